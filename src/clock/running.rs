//! Things that are under way, and waiting for the end of all of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Clock, Signal};

/// What is under way now. A clone is another reference to the same.
#[derive(Clone, Debug, Default)]
pub(crate) struct Running(Arc<Count>);

#[derive(Debug, Default)]
struct Count {
    calls: AtomicUsize,
    ended: Arc<Signal>,
}

/// One of them; it ends when this is dropped.
#[must_use]
pub(crate) struct RunningCall(Arc<Count>);

impl Running {
    pub(crate) fn begin(&self) -> RunningCall {
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        RunningCall(Arc::clone(&self.0))
    }

    /// Waits until every one has ended.
    pub(crate) fn wait_for_end(&self, clock: &dyn Clock) {
        loop {
            let seen = self.0.ended.count();
            if self.0.calls.load(Ordering::SeqCst) == 0 {
                return;
            }
            clock.wait(&self.0.ended, seen, None);
        }
    }
}

impl Drop for RunningCall {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::SeqCst);
        self.0.ended.raise();
    }
}
