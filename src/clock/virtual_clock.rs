//! Time that somebody or nothing but the program itself moves.

use std::sync::Arc;
use std::time::Duration;

use super::participant::{Participation, place_here};
use super::schedule::{Mode, Schedule};
use super::{Clock, Signal, Woken};
use crate::ids::SeededRandomness;
use crate::model::Timestamp;

/// Time that stands still until it is moved, or until everybody waits.
#[derive(Debug)]
pub struct VirtualClock {
    schedule: Arc<Schedule>,
    automatic: bool,
}

/// Wall time of a virtual clock that has not been advanced: 2026-01-01 00:00:00 UTC.
const VIRTUAL_EPOCH: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);

impl VirtualClock {
    /// A clock that moves only by [`advance`](Self::advance) and
    /// [`advance_to_next`](Self::advance_to_next). Nobody has to take part.
    pub fn new() -> Arc<Self> {
        Self::with_mode(Mode::ByHand)
    }

    /// A clock that moves by itself: as soon as all [participants](super#who-takes-part) wait, it
    /// jumps to the earliest deadline. What lasts in several threads overlaps, as in real time.
    pub fn automatic() -> Arc<Self> {
        Self::with_mode(Mode::SideBySide)
    }

    /// The same, and one participant works at a time: the next one when it waits or ends. Which one,
    /// if several can go on, is drawn from `seed`; so one seed gives
    /// [the same history](super#what-is-reproducible), and another one another history of those
    /// that are possible. A thread waits for its turn when it [begins](Participation::begin).
    pub fn one_at_a_time(seed: u64) -> Arc<Self> {
        Self::with_mode(Mode::OneAtATime(SeededRandomness::new(seed)))
    }

    fn with_mode(mode: Mode) -> Arc<Self> {
        let automatic = !matches!(mode, Mode::ByHand);
        Arc::new(Self { schedule: Schedule::new(mode), automatic })
    }

    /// Moves time forward and wakes everybody whose deadline has come.
    pub fn advance(&self, by: Duration) {
        self.schedule.advance(by);
    }

    /// Moves time to the nearest deadline somebody waits for. Returns how far that was, or `None`
    /// when nobody waits with a deadline.
    pub fn advance_to_next(&self) -> Option<Duration> {
        self.schedule.advance_to_next()
    }

    /// Blocks until at least `n` threads wait on this clock. Real time passes, virtual time does
    /// not.
    pub fn wait_for_waiters(&self, n: usize) {
        self.schedule.wait_for_waiters(n);
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        VIRTUAL_EPOCH.saturating_add(self.monotonic())
    }

    fn monotonic(&self) -> Duration {
        self.schedule.elapsed()
    }

    fn wait(&self, signal: &Arc<Signal>, seen: u64, deadline: Option<Duration>) -> Woken {
        self.schedule.wait(place_here(&self.schedule), Some((signal, seen)), deadline)
    }

    fn pause(&self, time: Duration) {
        if !time.is_zero() {
            let deadline = self.monotonic().saturating_add(time);
            self.schedule.wait(place_here(&self.schedule), None, Some(deadline));
        }
    }

    fn participate(&self) -> Participation {
        if self.automatic { Participation::join(&self.schedule) } else { Participation::default() }
    }
}
