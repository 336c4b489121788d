//! One run of an inventory: what was seen, what is still to be read, and what waits for the end.

use parking_lot::Mutex;

use super::arrival::Arrival;
use super::observed::{Confirmed, Observation, Observations, Seen};

/// One run of an inventory.
///
/// Both locks are held for a few instructions, or while one batch is written; `seen` before
/// `confirmed`.
#[derive(Debug, Default)]
pub(super) struct Run {
    pub(super) seen: Mutex<Sightings>,
    pub(super) confirmed: Mutex<Confirmed>,
}

/// What a run has seen and has not dealt with yet.
#[derive(Debug, Default)]
pub(super) struct Sightings {
    pub(super) differences: Observations,
    /// Everything before was read, or need not be.
    next: usize,
    /// Cartridges that carry the label of a medium that may still be seen in its own place.
    pub(super) undecided: Vec<Arrival>,
}

impl Run {
    pub(super) fn confirm(&self, medium: i64) {
        self.confirmed.lock().add(medium);
    }

    pub(super) fn is_confirmed(&self, medium: i64) -> bool {
        self.confirmed.lock().has(medium)
    }

    /// The next cartridge whose labels must be read. It stays the next one until
    /// [`done_reading`](Self::done_reading).
    pub(super) fn next_to_read(&self) -> Option<Observation> {
        let mut seen = self.seen.lock();
        loop {
            let observation = seen.differences.get(seen.next)?;
            if observation.seen == Seen::ToRead {
                return Some(observation);
            }
            seen.next += 1;
        }
    }

    /// The next cartridge was read, or cannot be.
    pub(super) fn done_reading(&self) {
        self.seen.lock().next += 1;
    }
}
