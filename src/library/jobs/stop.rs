//! Being asked to stop, and waiting for people meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use crate::catalog::Removal;
use crate::clock::Signal;
use crate::library::Attached;

/// Whether a job was asked to stop. It stops where no cartridge is on the robot's hand, and ends as
/// it was [asked](Stop::asked) to.
#[derive(Debug)]
pub(in crate::library) struct Stop {
    how: Mutex<Option<Removal>>,
    signal: Arc<Signal>,
    /// It is not to wait for people any longer.
    is_hurried: AtomicBool,
    /// The job waits for people, and uses no device. Changed with the library's tasks locked.
    rests: AtomicBool,
}

impl Stop {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            how: Mutex::default(),
            signal: Signal::new(),
            is_hurried: AtomicBool::new(false),
            rests: AtomicBool::new(false),
        })
    }

    /// How the job is to end, if it was asked to.
    pub(in crate::library) fn asked(&self) -> Option<Removal> {
        *self.how.lock()
    }

    /// Whether the job was told not to wait any longer, since this was asked last.
    pub(in crate::library) fn was_hurried(&self) -> bool {
        self.is_hurried.swap(false, Ordering::Relaxed)
    }

    /// Raised when the job is asked to stop, and whenever the library has looked at its queue.
    pub(in crate::library) fn signal(&self) -> &Arc<Signal> {
        &self.signal
    }
}

impl Attached {
    /// Waits for people: until the library has looked at its queue again since `seen`, the count of
    /// the [signal](Stop::signal), or until the deadline. Meanwhile the job counts as done for
    /// those who wait until the library can do nothing more.
    pub(in crate::library) fn wait_for_people(
        &self,
        stop: &Stop,
        seen: u64,
        deadline: Option<Duration>,
    ) {
        {
            let mut tasks = self.tasks.lock();
            if stop.signal.count() != seen {
                return;
            }
            stop.rests.store(true, Ordering::Relaxed);
            tasks.crew -= 1;
        }
        self.rested.raise();
        self.host.clock.wait(&stop.signal, seen, deadline);
        let mut tasks = self.tasks.lock();
        if stop.rests.swap(false, Ordering::Relaxed) {
            tasks.crew += 1;
        }
    }

    /// Lets a job look again at what it waits for. It is at work from now on.
    fn rouse(&self, stop: &Stop) {
        let mut tasks = self.tasks.lock();
        if stop.rests.swap(false, Ordering::Relaxed) {
            tasks.crew += 1;
        }
        stop.signal.raise();
    }

    /// Asks a job to stop. Who asks first decides how it ends.
    pub(super) fn ask_to_stop(&self, stop: &Stop, how: Removal) {
        stop.how.lock().get_or_insert(how);
        self.rouse(stop);
    }

    /// Tells a job not to wait for people any longer.
    pub(super) fn hurry(&self, stop: &Stop) {
        stop.is_hurried.store(true, Ordering::Relaxed);
        self.rouse(stop);
    }

    /// Lets every job look again at what it waits for.
    pub(super) fn rouse_jobs(&self) {
        self.stops().iter().for_each(|stop| self.rouse(stop));
    }

    pub(super) fn stops(&self) -> Vec<Arc<Stop>> {
        self.jobs.lock().values().map(|job| Arc::clone(&job.stop)).collect()
    }
}
