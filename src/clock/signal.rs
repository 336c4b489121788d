//! What waiters watch.

use std::sync::{Arc, Weak};
use std::time::Instant;

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::Woken;
use super::schedule::Schedule;

/// Something that waiters watch: a count that only grows.
///
/// Read the [count](Signal::count) *before* looking at the condition, then wait for it to change:
/// a raise in between is never missed.
#[derive(Debug, Default)]
pub struct Signal {
    state: Mutex<State>,
    changed: Condvar,
}

/// Locked before the schedule of a clock.
#[derive(Debug, Default)]
pub(super) struct State {
    count: u64,
    /// Who waits on it in virtual time.
    sleepers: Vec<(Arc<Schedule>, u64)>,
    /// Those that are raised with it.
    followers: Vec<Weak<Signal>>,
}

impl Signal {
    /// A signal nobody has raised yet.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// How often it was raised.
    pub fn count(&self) -> u64 {
        self.state.lock().count
    }

    /// Wakes everybody who waits on it.
    pub fn raise(&self) {
        let followers = {
            let mut state = self.state.lock();
            state.count += 1;
            for (schedule, number) in state.sleepers.drain(..) {
                schedule.rouse(number);
            }
            self.changed.notify_all();
            state.followers.clone()
        };
        followers.iter().filter_map(Weak::upgrade).for_each(|follower| follower.raise());
    }

    /// From now on the other is raised whenever this is, for as long as somebody has it. Signals do
    /// not follow each other in a circle.
    pub(crate) fn pass_on_to(&self, other: &Arc<Signal>) {
        let mut state = self.state.lock();
        state.followers.retain(|follower| follower.strong_count() > 0);
        state.followers.push(Arc::downgrade(other));
    }

    /// Waits in real time.
    pub(super) fn wait_until(&self, seen: u64, until: Option<Instant>) -> Woken {
        let mut state = self.state.lock();
        while state.count == seen {
            match until {
                None => self.changed.wait(&mut state),
                Some(until) => {
                    let is_over = self.changed.wait_until(&mut state, until).timed_out();
                    if is_over && state.count == seen {
                        return Woken::Deadline;
                    }
                }
            }
        }
        Woken::Signalled
    }

    /// Its state, if it has not been raised beyond `seen`.
    pub(super) fn unless_raised(&self, seen: u64) -> Option<MutexGuard<'_, State>> {
        let state = self.state.lock();
        (state.count == seen).then_some(state)
    }

    /// One waits on it no more; says whether it was raised beyond `seen`.
    pub(super) fn forget(&self, number: u64, seen: u64) -> bool {
        let mut state = self.state.lock();
        state.sleepers.retain(|(_, sleeper)| *sleeper != number);
        state.count != seen
    }
}

impl State {
    pub(super) fn rouses(&mut self, schedule: &Arc<Schedule>, number: u64) {
        self.sleepers.push((Arc::clone(schedule), number));
    }
}
