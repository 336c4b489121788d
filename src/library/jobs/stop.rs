//! Being asked to stop.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::catalog::Removal;
use crate::clock::{Signal, Woken};
use crate::library::Attached;

/// Whether a job was asked to stop. It stops where no cartridge is on the robot's hand, and ends as
/// it was [asked](Stop::asked) to.
#[derive(Debug)]
pub(in crate::library) struct Stop {
    how: Mutex<Option<Removal>>,
    signal: Arc<Signal>,
}

impl Stop {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { how: Mutex::default(), signal: Signal::new() })
    }

    /// Who asks first decides how it ends.
    pub(in crate::library) fn ask(&self, how: Removal) {
        self.how.lock().get_or_insert(how);
        self.signal.raise();
    }

    /// How the job is to end, if it was asked to.
    pub(in crate::library) fn asked(&self) -> Option<Removal> {
        *self.how.lock()
    }

    #[allow(dead_code, reason = "for operations that can be stopped")]
    pub(in crate::library) fn wanted(&self) -> bool {
        self.asked().is_some()
    }

    /// Raised when the job is asked to stop.
    pub(in crate::library) fn signal(&self) -> &Arc<Signal> {
        &self.signal
    }
}

impl Attached {
    /// Waits until the job is asked to stop, or until the deadline; says whether it was asked.
    #[allow(dead_code, reason = "for operations that can be stopped")]
    pub(in crate::library) fn wait_or_stop(&self, stop: &Stop, deadline: Option<Duration>) -> bool {
        loop {
            let seen = stop.signal().count();
            if stop.wanted() {
                return true;
            }
            if self.host.clock.wait(stop.signal(), seen, deadline) == Woken::Deadline {
                return stop.wanted();
            }
        }
    }
}
