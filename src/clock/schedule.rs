//! Who works, who waits, and when time moves on.
//!
//! One lock for all; it is taken inside that of a signal, and nothing is taken inside it. Each
//! thread sleeps on a condition of its own, so that nobody is woken for nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::Woken;
use super::signal::Signal;
use crate::ids::{Randomness, SeededRandomness};

/// What moves time.
#[derive(Debug)]
pub(super) enum Mode {
    /// Somebody from outside.
    ByHand,
    /// All participants wait.
    SideBySide,
    /// The same; and one participant works at a time. Who is next among those that can go on is
    /// drawn.
    OneAtATime(SeededRandomness),
}

/// The time of a virtual clock, and the threads in it.
#[derive(Debug)]
pub(super) struct Schedule {
    state: Mutex<State>,
    /// Somebody has begun to wait.
    waits: Condvar,
}

#[derive(Debug)]
pub(super) struct State {
    mode: Mode,
    elapsed: Duration,
    next: u64,
    places: BTreeMap<u64, Place>,
    /// The earliest first, among equals who joined first.
    deadlines: BTreeSet<(Duration, u64)>,
    at_work: usize,
    waiting: usize,
    /// Those that can go on and may not yet.
    ready: Vec<u64>,
}

/// A thread, or the place kept for it.
#[derive(Debug)]
struct Place {
    turn: Arc<Condvar>,
    standing: Standing,
    /// Why it does not wait any more.
    woken: Woken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    AtWork,
    Ready,
    Waiting(Option<Duration>),
    /// Time does not care for it.
    Outside,
}

impl Schedule {
    pub(super) fn new(mode: Mode) -> Arc<Self> {
        let state = State {
            mode,
            elapsed: Duration::ZERO,
            next: 0,
            places: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            at_work: 0,
            waiting: 0,
            ready: Vec::new(),
        };
        Arc::new(Self { state: Mutex::new(state), waits: Condvar::new() })
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.state.lock().elapsed
    }

    /// Time waits for one more.
    pub(super) fn join(&self) -> u64 {
        let mut state = self.state.lock();
        let number = state.add(Standing::Outside);
        state.go_to_work(number);
        number
    }

    /// Waits until a participant may work.
    pub(super) fn wait_for_turn(&self, number: u64) {
        sleep(&mut self.state.lock(), number);
    }

    pub(super) fn leave(&self, number: u64) {
        self.state.lock().remove(number);
    }

    /// Time does not wait for this one until it comes [back](Self::come_back).
    pub(super) fn step_out(&self, number: u64) {
        self.state.lock().stand(number, Standing::Outside);
    }

    pub(super) fn come_back(&self, number: u64) {
        let mut state = self.state.lock();
        state.go_to_work(number);
        sleep(&mut state, number);
    }

    /// A wait of the calling thread, whose place is `known` if it takes part.
    pub(super) fn wait(
        self: &Arc<Self>,
        known: Option<u64>,
        signal: Option<(&Signal, u64)>,
        deadline: Option<Duration>,
    ) -> Woken {
        let mut watched = None;
        if let Some((signal, seen)) = signal {
            let Some(state) = signal.unless_raised(seen) else { return Woken::Signalled };
            watched = Some(state);
        }
        let mut state = self.state.lock();
        if deadline.is_some_and(|deadline| deadline <= state.elapsed) {
            return Woken::Deadline;
        }
        let number = known.unwrap_or_else(|| state.add(Standing::Outside));
        if let Some(mut watched) = watched {
            watched.rouses(self, number);
        }
        state.stand(number, Standing::Waiting(deadline));
        self.waits.notify_all();
        let woken = sleep(&mut state, number);
        if known.is_none() {
            state.remove(number);
        }
        drop(state);
        match signal {
            Some((signal, seen)) if signal.forget(number, seen) => Woken::Signalled,
            _ => woken,
        }
    }

    /// What this one waited for has come.
    pub(super) fn rouse(&self, number: u64) {
        self.state.lock().rouse(number, Woken::Signalled);
    }

    /// Moves time forward and wakes everybody whose deadline has come.
    pub(super) fn advance(&self, by: Duration) {
        let mut state = self.state.lock();
        let to = state.elapsed.saturating_add(by);
        state.advance_to(to);
    }

    /// Moves time to the earliest deadline. Returns how far that was, if there is one.
    pub(super) fn advance_to_next(&self) -> Option<Duration> {
        let mut state = self.state.lock();
        let (next, _) = state.deadlines.first().copied()?;
        let by = next.saturating_sub(state.elapsed);
        state.advance_to(next);
        Some(by)
    }

    /// Blocks until at least `n` threads wait.
    pub(super) fn wait_for_waiters(&self, n: usize) {
        let mut state = self.state.lock();
        while state.waiting < n {
            self.waits.wait(&mut state);
        }
    }
}

/// Blocks until this one may work; says what woke it.
fn sleep(state: &mut MutexGuard<'_, State>, number: u64) -> Woken {
    loop {
        let Some(place) = state.places.get(&number) else { return Woken::Deadline };
        if place.standing == Standing::AtWork {
            return place.woken;
        }
        let turn = Arc::clone(&place.turn);
        turn.wait(state);
    }
}

impl State {
    fn add(&mut self, standing: Standing) -> u64 {
        let number = self.next;
        self.next += 1;
        let place = Place { turn: Arc::new(Condvar::new()), standing, woken: Woken::Signalled };
        self.places.insert(number, place);
        number
    }

    fn remove(&mut self, number: u64) {
        self.stand(number, Standing::Outside);
        self.places.remove(&number);
    }

    /// Changes how one stands, and lets the next one or time go on if nobody works any more.
    fn stand(&mut self, number: u64, standing: Standing) {
        self.change(number, standing);
        self.go_on();
    }

    fn change(&mut self, number: u64, standing: Standing) {
        let Some(place) = self.places.get_mut(&number) else { return };
        match std::mem::replace(&mut place.standing, standing) {
            Standing::AtWork => self.at_work -= 1,
            Standing::Ready => self.ready.retain(|ready| *ready != number),
            Standing::Waiting(deadline) => {
                self.waiting -= 1;
                deadline.map(|deadline| self.deadlines.remove(&(deadline, number)));
            }
            Standing::Outside => {}
        }
        match standing {
            Standing::AtWork => {
                self.at_work += 1;
                place.turn.notify_one();
            }
            Standing::Ready => self.ready.push(number),
            Standing::Waiting(deadline) => {
                self.waiting += 1;
                deadline.map(|deadline| self.deadlines.insert((deadline, number)));
            }
            Standing::Outside => {}
        }
    }

    /// Work for this one, as soon as it is its turn.
    fn go_to_work(&mut self, number: u64) {
        let takes_turns = matches!(self.mode, Mode::OneAtATime(_));
        self.stand(number, if takes_turns { Standing::Ready } else { Standing::AtWork });
    }

    fn rouse(&mut self, number: u64, woken: Woken) {
        if let Some(place) = self.places.get_mut(&number)
            && matches!(place.standing, Standing::Waiting(_))
        {
            place.woken = woken;
            self.go_to_work(number);
        }
    }

    /// When nobody works: the next one that can goes on, or else time.
    fn go_on(&mut self) {
        if self.at_work > 0 || matches!(self.mode, Mode::ByHand) {
            return;
        }
        if let Some(number) = self.draw() {
            self.change(number, Standing::AtWork);
        } else if let Some((deadline, number)) = self.deadlines.first().copied() {
            self.elapsed = self.elapsed.max(deadline);
            self.rouse(number, Woken::Deadline);
        }
    }

    /// One of those that are ready.
    fn draw(&self) -> Option<u64> {
        let Mode::OneAtATime(seed) = &self.mode else { return None };
        let index = match self.ready.len() {
            0 | 1 => 0,
            // The remainder is less than a length.
            many => usize::try_from(seed.bits() % many as u128).unwrap_or(0),
        };
        self.ready.get(index).copied()
    }

    fn advance_to(&mut self, time: Duration) {
        self.elapsed = self.elapsed.max(time);
        while let Some((deadline, number)) = self.deadlines.first().copied()
            && deadline <= self.elapsed
        {
            self.rouse(number, Woken::Deadline);
        }
    }
}
