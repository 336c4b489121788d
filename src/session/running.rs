//! Calls of a session that wait: closing it waits for their end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::clock::{Clock, Signal};

/// The calls that wait now.
#[derive(Debug, Default)]
pub(super) struct Running {
    calls: AtomicUsize,
    ended: Arc<Signal>,
}

/// One of them; it ends when this is dropped.
#[must_use]
pub(super) struct RunningCall<'r>(&'r Running);

impl Running {
    pub(super) fn begin(&self) -> RunningCall<'_> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        RunningCall(self)
    }

    /// Waits until every call has ended.
    pub(super) fn wait_for_end(&self, clock: &dyn Clock) {
        loop {
            let seen = self.ended.count();
            if self.calls.load(Ordering::SeqCst) == 0 {
                return;
            }
            clock.wait(&self.ended, seen, None);
        }
    }
}

impl Drop for RunningCall<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::SeqCst);
        self.0.ended.raise();
    }
}
