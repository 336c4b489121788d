//! A lock that is held while time passes.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Clock, Signal};

/// So many at a time, the others after them in the order in which they came; who waits, waits on
/// the clock. For what lasts: the owner may wait on the clock too.
#[derive(Debug)]
pub(crate) struct Turn(Mutex<Line>);

#[derive(Debug, Default)]
struct Line {
    /// The numbers nobody has.
    free: Vec<usize>,
    waiting: VecDeque<Arc<Called>>,
}

/// One who waits, and the number he is given.
#[derive(Debug)]
struct Called {
    signal: Arc<Signal>,
    number: Mutex<usize>,
}

/// It is one's turn until this is dropped.
#[must_use]
pub(crate) struct TurnHeld<'t> {
    turn: &'t Turn,
    number: usize,
}

impl Default for Turn {
    /// One after the other.
    fn default() -> Self {
        Self::of(1)
    }
}

impl Turn {
    /// At most `places`, but at least one, at the same time.
    pub(crate) fn of(places: usize) -> Self {
        let free = (0..places.max(1)).rev().collect();
        Self(Mutex::new(Line { free, waiting: VecDeque::new() }))
    }

    pub(crate) fn take(&self, clock: &dyn Clock) -> TurnHeld<'_> {
        let number = {
            let mut line = self.0.lock();
            line.free.pop().ok_or_else(|| {
                let called = Called { signal: Signal::new(), number: Mutex::new(0) };
                let called = Arc::new(called);
                line.waiting.push_back(Arc::clone(&called));
                called
            })
        };
        let number = number.unwrap_or_else(|called| {
            clock.wait(&called.signal, 0, None);
            *called.number.lock()
        });
        TurnHeld { turn: self, number }
    }
}

impl TurnHeld<'_> {
    /// Which of the places it is, from 0.
    pub(crate) fn number(&self) -> usize {
        self.number
    }
}

impl Drop for TurnHeld<'_> {
    fn drop(&mut self) {
        let mut line = self.turn.0.lock();
        let Some(next) = line.waiting.pop_front() else {
            line.free.push(self.number);
            return;
        };
        drop(line);
        *next.number.lock() = self.number;
        next.signal.raise();
    }
}
