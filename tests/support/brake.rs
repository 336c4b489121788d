//! A clock for a device that stands still in the middle of a step until it is let go.
#![allow(missing_docs, dead_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

use rsm::clock::{Clock, Signal, SystemClock, Woken};
use rsm::model::Timestamp;

/// A device's clock: steps take no time while the brake is off. While it is on, they last until it
/// is released.
#[derive(Debug, Default)]
pub struct Brake {
    real: SystemClock,
    on: AtomicBool,
    reached: Arc<Signal>,
    released: Arc<Signal>,
}

impl Brake {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// From now on devices stop in their next step.
    pub fn pull(&self) -> u64 {
        let seen = self.reached.count();
        self.on.store(true, SeqCst);
        seen
    }

    /// Waits until a device has stopped since the brake was pulled.
    pub fn wait_until_reached(&self, seen: u64) {
        assert_eq!(self.real.wait(&self.reached, seen, None), Woken::Signalled);
    }

    pub fn release(&self) {
        self.on.store(false, SeqCst);
        self.released.raise();
    }
}

impl Clock for Brake {
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
        let seen = self.released.count();
        if self.on.load(SeqCst) {
            self.reached.raise();
            self.real.wait(&self.released, seen, None);
        }
    }
}
