//! A clock for a device that panics in the middle of a step.
#![allow(missing_docs, dead_code, clippy::panic)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use rsm::clock::{Clock, Signal, SystemClock, Woken};
use rsm::model::Timestamp;

/// A device's clock: steps take no time, and the next one panics when it is lit.
#[derive(Debug, Default)]
pub struct Fuse {
    real: SystemClock,
    lit: AtomicBool,
}

impl Fuse {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The next step of the device panics.
    pub fn light(&self) {
        self.lit.store(true, SeqCst);
    }
}

impl Clock for Fuse {
    fn now(&self) -> Timestamp {
        self.real.now()
    }

    fn monotonic(&self) -> Duration {
        self.real.monotonic()
    }

    fn wait(&self, signal: &Arc<Signal>, seen: u64, deadline: Option<Duration>) -> Woken {
        self.real.wait(signal, seen, deadline)
    }

    fn pause(&self, _: Duration) {
        assert!(!self.lit.swap(false, SeqCst), "a device that is out of order");
    }
}
