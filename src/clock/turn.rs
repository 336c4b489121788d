//! A lock that is held while time passes.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Clock, Signal};

/// One after the other, in the order in which they came; who waits, waits on the clock. For what
/// lasts: the owner may wait on the clock too.
#[derive(Debug, Default)]
pub(crate) struct Turn(Mutex<Line>);

#[derive(Debug, Default)]
struct Line {
    taken: bool,
    waiting: VecDeque<Arc<Signal>>,
}

/// It is one's turn until this is dropped.
#[must_use]
pub(crate) struct TurnHeld<'t>(&'t Turn);

impl Turn {
    pub(crate) fn take(&self, clock: &dyn Clock) -> TurnHeld<'_> {
        let called = {
            let mut line = self.0.lock();
            let is_taken = std::mem::replace(&mut line.taken, true);
            is_taken.then(|| {
                let called = Signal::new();
                line.waiting.push_back(Arc::clone(&called));
                called
            })
        };
        if let Some(called) = called {
            clock.wait(&called, 0, None);
        }
        TurnHeld(self)
    }
}

impl Drop for TurnHeld<'_> {
    fn drop(&mut self) {
        let next = {
            let mut line = self.0.0.lock();
            let next = line.waiting.pop_front();
            line.taken = next.is_some();
            next
        };
        next.into_iter().for_each(|next| next.raise());
    }
}
