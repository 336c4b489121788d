//! Waiting for what other threads and processes do.
#![allow(missing_docs)]

use std::time::{Duration, Instant};

use rsm::clock::{Clock, SystemClock};

/// Waits until it is so, for a minute at most; how long that took.
pub fn until(mut so: impl FnMut() -> bool) -> Duration {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(120), "it does not come about");
        SystemClock::new().pause(Duration::from_millis(1));
    }
    begun.elapsed()
}
