//! One run of an inventory: what was seen, what is still to be read, and what waits for the end.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::arrival::Arrival;
use super::jobs::Stop;
use super::observed::{Confirmed, Observation, Observations, Seen};
use crate::device::VolumeTag;

/// One run of an inventory.
///
/// The locks are held for a few instructions, or while one batch is written; `seen` before
/// `confirmed` before `presumed`.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// Dismounts that wait for a slot have tried those that were seen empty.
    pub(super) room_tried: AtomicBool,
    pub(super) seen: Mutex<Sightings>,
    pub(super) confirmed: Mutex<Confirmed>,
    /// Of the confirmed media, those whose labels were not read: their slots look as the catalog
    /// says, or their cartridges cannot be read. Two cartridges with one bar code, or with none, look alike.
    pub(super) presumed: Mutex<Confirmed>,
    /// Media of one side, whose labels mounts have found to be right meanwhile.
    checked: Mutex<Confirmed>,
    /// It is about a few cartridges: who is not seen has not left.
    is_partial: AtomicBool,
    /// The inventories that it is for.
    pub(super) requests: Mutex<Vec<Asking>>,
}

/// An inventory that a run is for.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    /// Its request.
    pub(super) key: i64,
    pub(super) stop: Arc<Stop>,
    /// It reads every label.
    pub(super) reads_labels: bool,
}

/// What a run has seen and has not dealt with yet.
#[derive(Debug, Default)]
pub(super) struct Sightings {
    pub(super) differences: Observations,
    /// Everything before was queued to be read, or need not be read.
    next: usize,
    /// Cartridges that carry the label of a medium that may still be seen in its own place.
    pub(super) undecided: Vec<Arrival>,
    /// The slots that were queued to be read, and have not been.
    unread: HashSet<i64>,
}

impl Run {
    /// A run that is about a few cartridges.
    pub(super) fn of_some() -> Self {
        Self { is_partial: AtomicBool::new(true), ..Self::default() }
    }

    /// Not all that is there is known: who is not seen has not left.
    pub(super) fn keep_all(&self) {
        self.is_partial.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_partial(&self) -> bool {
        self.is_partial.load(Ordering::Relaxed)
    }

    /// A run for inventories.
    pub(super) fn of_all(requests: Vec<Asking>) -> Self {
        Self { requests: Mutex::new(requests), ..Self::default() }
    }

    /// The requests of the inventories that it is for.
    pub(super) fn keys(&self) -> Vec<i64> {
        self.requests.lock().iter().map(|asking| asking.key).collect()
    }

    /// Whether one of them reads every label.
    pub(super) fn reads_labels(&self) -> bool {
        self.requests.lock().iter().any(|asking| asking.reads_labels)
    }

    /// Whether nobody wants it any more who wanted it.
    pub(super) fn is_unwanted(&self) -> bool {
        let requests = self.requests.lock();
        !requests.is_empty() && requests.iter().all(|asking| asking.stop.asked().is_some())
    }

    /// What tells one of the inventories that it is for to stop.
    pub(super) fn stop_of(&self, key: i64) -> Option<Arc<Stop>> {
        let requests = self.requests.lock();
        requests.iter().find(|asking| asking.key == key).map(|asking| Arc::clone(&asking.stop))
    }

    /// The inventories that were asked to stop. They are none of its own from now on.
    pub(super) fn take_stopped(&self) -> Vec<Asking> {
        let is_asked = |asking: &mut Asking| asking.stop.asked().is_some();
        self.requests.lock().extract_if(.., is_asked).collect()
    }

    /// The labels of this cartridge are to be read as well.
    pub(super) fn read_also(&self, slot: i64) {
        self.seen.lock().differences.push(slot, Seen::ToRead, &VolumeTag::Absent);
    }

    pub(super) fn confirm(&self, medium: i64) {
        self.confirmed.lock().add(medium);
        self.presumed.lock().remove(medium);
    }

    /// The medium is confirmed, but not by its label.
    pub(super) fn presume(&self, medium: i64) {
        self.checked.lock().remove(medium);
        self.confirmed.lock().add(medium);
        self.presumed.lock().add(medium);
    }

    /// A mount has found the only label of the medium to be right.
    pub(super) fn check_off(&self, medium: i64) {
        self.checked.lock().add(medium);
    }

    /// Whether a mount has done so.
    pub(super) fn is_checked_off(&self, medium: i64) -> bool {
        self.checked.lock().has(medium)
    }

    /// Whether mounts have done so with any.
    pub(super) fn has_checked_off(&self) -> bool {
        self.checked.lock().has_any()
    }

    pub(super) fn is_presumed(&self, medium: i64) -> bool {
        self.presumed.lock().has(medium)
    }

    /// Whether slots were seen empty of which the catalog does not say so yet. Says it once.
    pub(super) fn has_new_room(&self) -> bool {
        let is_empty = |seen: &Observation| seen.seen == Seen::Empty;
        self.seen.lock().differences.iter().any(|seen| is_empty(&seen))
            && !self.room_tried.swap(true, Ordering::Relaxed)
    }

    /// Whatever confirmed the medium does not count any more.
    pub(super) fn forget(&self, medium: i64) {
        self.checked.lock().remove(medium);
        self.confirmed.lock().remove(medium);
        self.presumed.lock().remove(medium);
    }

    /// The looks of this cartridge deceive: its labels are read as well.
    pub(super) fn doubt(&self, medium: i64, slot: i64) {
        let mut seen = self.seen.lock();
        self.forget(medium);
        seen.differences.push(slot, Seen::ToRead, &VolumeTag::Absent);
    }

    pub(super) fn is_confirmed(&self, medium: i64) -> bool {
        self.confirmed.lock().has(medium)
    }

    /// The next cartridges whose labels must be read, at most so many. They stay the next ones until
    /// they are [queued](Self::have_queued).
    pub(super) fn next_to_read(&self, most: usize) -> ToRead {
        let seen = self.seen.lock();
        let mut next = ToRead { slots: Vec::new(), end: seen.next };
        while next.slots.len() < most
            && let Some(observation) = seen.differences.get(next.end)
        {
            next.slots.extend((observation.seen == Seen::ToRead).then_some(observation.slot));
            next.end += 1;
        }
        next
    }

    /// These will be read.
    pub(super) fn have_queued(&self, next: &ToRead) {
        let mut seen = self.seen.lock();
        seen.next = seen.next.max(next.end);
        seen.unread.extend(&next.slots);
    }

    /// It is known now what is in this slot, or that it cannot be.
    pub(super) fn has_read(&self, slot: i64) {
        self.seen.lock().unread.remove(&slot);
    }

    /// The slots that somebody did not want to be read any more: nobody knows who is there.
    pub(super) fn take_unread(&self) -> HashSet<i64> {
        std::mem::take(&mut self.seen.lock().unread)
    }
}

/// Cartridges that are to be read.
#[derive(Debug)]
pub(super) struct ToRead {
    pub(super) slots: Vec<i64>,
    /// What comes behind them.
    end: usize,
}
