//! Why mounts failed, for the calls of this process that wait for them: what the catalog keeps is a
//! number and a text, an error has causes.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use uuid::Uuid;

use crate::clock::Signal;
use crate::error::Error;

/// The calls that wait in this process, by what they watch, and what was found out for them.
#[derive(Debug, Default)]
pub(crate) struct Outcomes(Mutex<HashMap<Uuid, Awaited>>);

#[derive(Debug)]
struct Awaited {
    signal: Arc<Signal>,
    error: Option<Error>,
    /// Nothing will be found in the catalog.
    is_last: bool,
}

/// Waiting for the outcome of a call; ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Awaiting {
    outcomes: Arc<Outcomes>,
    watched: Uuid,
}

impl Outcomes {
    /// Somebody waits for the call that is watched by this, on this signal.
    pub(crate) fn await_call(self: &Arc<Self>, watched: Uuid, signal: &Arc<Signal>) -> Awaiting {
        let awaited = Awaited { signal: Arc::clone(signal), error: None, is_last: false };
        self.0.lock().insert(watched, awaited);
        Awaiting { outcomes: Arc::clone(self), watched }
    }

    /// Tells whoever waits here why the call fails. That it has failed, the catalog says.
    pub(super) fn tell(&self, watched: Uuid, error: Error) {
        if let Some(awaited) = self.0.lock().get_mut(&watched) {
            awaited.error = Some(error);
        }
    }

    /// The same when the catalog cannot be written.
    pub(super) fn tell_last(&self, watched: Uuid, error: Error) {
        if let Some(awaited) = self.0.lock().get_mut(&watched) {
            awaited.error.get_or_insert(error);
            awaited.is_last = true;
            awaited.signal.raise();
        }
    }
}

impl Awaiting {
    /// What was told.
    pub(crate) fn take_error(&self) -> Option<Error> {
        self.outcomes.0.lock().get_mut(&self.watched)?.error.take()
    }

    /// What was told, if the catalog will not say that the call has failed.
    pub(crate) fn take_last_error(&self) -> Option<Error> {
        let mut outcomes = self.outcomes.0.lock();
        outcomes.get_mut(&self.watched).filter(|awaited| awaited.is_last)?.error.take()
    }
}

impl Drop for Awaiting {
    fn drop(&mut self) {
        self.outcomes.0.lock().remove(&self.watched);
    }
}
