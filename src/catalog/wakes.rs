//! Who waits in this process, and for what.
//!
//! A [`Watch`] is somebody's wish to be told when a thing with an id (a request, a waiting
//! allocation, a library) may have changed. An operation names such ids with
//! [`Transaction::wake`](super::Transaction::wake); the leader of the group commit raises the
//! signals of those who watch them when it is durable. What other processes commit names nobody:
//! it wakes every watch.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use parking_lot::Mutex;
use uuid::Uuid;

use super::watcher::Lookout;
use crate::clock::Signal;

/// The watches of one open catalog.
#[derive(Debug, Default)]
pub(super) struct Wakes {
    watched: Mutex<HashMap<Uuid, Vec<Watched>>>,
    next: AtomicU64,
}

#[derive(Debug)]
struct Watched {
    number: u64,
    signal: Arc<Signal>,
}

impl Wakes {
    pub(super) fn watch(self: &Arc<Self>, id: Uuid, lookout: Lookout) -> Watch {
        let number = self.next.fetch_add(1, Relaxed);
        let signal = Signal::new();
        let watched = Watched { number, signal: Arc::clone(&signal) };
        self.watched.lock().entry(id).or_default().push(watched);
        Watch { id, number, signal, wakes: Arc::clone(self), _lookout: lookout }
    }

    /// Wakes whoever watches one of these ids.
    pub(super) fn wake(&self, ids: &[Uuid]) {
        if ids.is_empty() {
            return;
        }
        let watched = self.watched.lock();
        ids.iter()
            .filter_map(|id| watched.get(id))
            .flatten()
            .for_each(|watch| watch.signal.raise());
    }

    /// Wakes everybody: another process has committed something.
    pub(super) fn wake_all(&self) {
        self.watched.lock().values().flatten().for_each(|watch| watch.signal.raise());
    }

    fn end(&self, id: Uuid, number: u64) {
        let mut watched = self.watched.lock();
        if let Some(of_id) = watched.get_mut(&id) {
            of_id.retain(|watch| watch.number != number);
            if of_id.is_empty() {
                watched.remove(&id);
            }
        }
    }
}

/// Being told of what happens to one thing; ends when it is dropped.
///
/// Read the signal's count, look at the catalog, then wait for the count to change: what is
/// committed in between is never missed.
#[derive(Debug)]
pub(crate) struct Watch {
    id: Uuid,
    number: u64,
    signal: Arc<Signal>,
    wakes: Arc<Wakes>,
    _lookout: Lookout,
}

impl Watch {
    /// Raised when the thing may have changed, in this process or another.
    pub(crate) fn signal(&self) -> &Arc<Signal> {
        &self.signal
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.wakes.end(self.id, self.number);
    }
}
