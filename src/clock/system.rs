//! Real time.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::{Clock, Signal, Woken};
use crate::model::Timestamp;

/// Real time.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Real time, counted from now.
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        SystemTime::now().into()
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    fn wait(&self, signal: &Arc<Signal>, seen: u64, deadline: Option<Duration>) -> Woken {
        signal.wait_until(seen, deadline.and_then(|d| self.start.checked_add(d)))
    }
}
