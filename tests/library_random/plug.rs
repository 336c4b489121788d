//! A clock for a device whose plug can be pulled: nothing moves any more.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use rsm::clock::{Clock, Participation, Signal, VirtualClock, Woken};
use rsm::model::Timestamp;

/// The time of a device until its plug is pulled. From then on whoever uses the device for
/// something that lasts does not get back, as in a process that has died.
#[derive(Debug)]
pub struct Plug {
    time: Arc<VirtualClock>,
    is_pulled: AtomicBool,
}

impl Plug {
    pub fn new(time: &Arc<VirtualClock>) -> Arc<Self> {
        Arc::new(Self { time: Arc::clone(time), is_pulled: AtomicBool::new(false) })
    }

    pub fn pull(&self) {
        self.is_pulled.store(true, SeqCst);
    }

    /// The thread ends here, without a word.
    fn check(&self) {
        if self.is_pulled.load(SeqCst) {
            resume_unwind(Box::new("the plug was pulled"));
        }
    }
}

impl Clock for Plug {
    fn now(&self) -> Timestamp {
        self.time.now()
    }

    fn monotonic(&self) -> Duration {
        self.time.monotonic()
    }

    fn wait(&self, signal: &Arc<Signal>, seen: u64, deadline: Option<Duration>) -> Woken {
        self.time.wait(signal, seen, deadline)
    }

    fn pause(&self, time: Duration) {
        self.check();
        self.time.pause(time);
        self.check();
    }

    fn participate(&self) -> Participation {
        self.time.participate()
    }
}
