//! The thread that looks at what other processes do.
//!
//! While anybody is on the lookout, it looks every few milliseconds whether another process has
//! committed something, and wakes those who wait; and once a second whether a process has died,
//! and buries it, and whether a call has left its wait behind. That is always real time. While nobody is, it sleeps.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::abandoned::Abandoned;
use super::live::{self, Living};
use super::reader::Readers;
use super::wakes::Wakes;
use super::writer::Writer;
use crate::clock::{Clock, Signal};

/// How often it looks for commits of other processes.
const LOOK: Duration = Duration::from_millis(10);

/// How often it looks for dead processes.
const REAP: Duration = Duration::from_secs(1);

/// The thread, from the first time that somebody is on the lookout until the catalog is closed.
#[derive(Debug)]
pub(super) struct Watcher {
    shared: Arc<Shared>,
    sight: Arc<Sight>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lookouts: usize,
    closed: bool,
}

/// Somebody wants to know what other processes do; ends when it is dropped.
#[derive(Debug)]
pub(super) struct Lookout(Arc<Shared>);

impl Drop for Lookout {
    fn drop(&mut self) {
        self.0.state.lock().lookouts -= 1;
    }
}

/// What the thread looks at, and whom it wakes.
pub(super) struct Sight {
    pub(super) writer: Arc<Writer>,
    pub(super) readers: Arc<Readers>,
    pub(super) wakes: Arc<Wakes>,
    pub(super) committed: Arc<Signal>,
    pub(super) living: Arc<Living>,
    pub(super) abandoned: Arc<Abandoned>,
    pub(super) clock: Arc<dyn Clock>,
}

impl Watcher {
    pub(super) fn new(sight: Sight) -> Self {
        Self { shared: Arc::default(), sight: Arc::new(sight), thread: Mutex::default() }
    }

    /// From now on, nothing that another process commits is missed.
    pub(super) fn lookout(&self) -> Lookout {
        self.start();
        self.shared.state.lock().lookouts += 1;
        self.shared.changed.notify_one();
        Lookout(Arc::clone(&self.shared))
    }

    fn start(&self) {
        let mut running = self.thread.lock();
        if running.is_some() {
            return;
        }
        let (shared, sight) = (Arc::clone(&self.shared), Arc::clone(&self.sight));
        let thread = thread::Builder::new().name("rsm-watcher".into());
        match thread.spawn(move || shared.watch(&sight)) {
            Ok(thread) => *running = Some(thread),
            // The next one who is on the lookout tries again.
            Err(error) => tracing::error!(%error, "nobody looks at what other processes do"),
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.shared.state.lock().closed = true;
        self.shared.changed.notify_one();
        let thread = self.thread.lock().take();
        // An operation of somebody else, which this thread was the last to hold, may have kept the
        // catalog open.
        let other = thread.filter(|thread| thread.thread().id() != thread::current().id());
        if other.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that looks at other processes has panicked");
        }
    }
}

impl Shared {
    fn watch(&self, sight: &Sight) {
        let (mut reaped, mut news) = (Instant::now(), false);
        while self.wait_for_turn() {
            news |= sight.look();
            if reaped.elapsed() >= REAP {
                sight.reap();
                sight.abandoned.release(&sight.writer, sight.clock.now());
                if std::mem::take(&mut news) {
                    sight.wakes.wake_workers();
                }
                reaped = Instant::now();
            }
        }
    }

    /// Waits until it is time to look; says whether the catalog is still open.
    fn wait_for_turn(&self) -> bool {
        let mut state = self.state.lock();
        if !state.closed && state.lookouts > 0 {
            self.changed.wait_for(&mut state, LOOK);
        }
        while !state.closed && state.lookouts == 0 {
            self.changed.wait(&mut state);
        }
        !state.closed
    }
}

impl Sight {
    /// Wakes those who wait if another process has committed something; says whether it has.
    fn look(&self) -> bool {
        let news = self.writer.others_have_committed();
        if news {
            self.wakes.wake_waiters();
            self.committed.raise();
        }
        news
    }

    /// Buries the dead. Nothing is written when nobody has died.
    fn reap(&self) {
        let dead = match self.readers.read(|view| self.living.dead(view)) {
            Ok(dead) if dead.is_empty() => return,
            Ok(dead) => dead,
            Err(error) => return tracing::warn!(%error, "nobody can tell who is alive"),
        };
        let (living, now) = (Arc::clone(&self.living), self.clock.now());
        let buried = self.writer.submit(move |transaction| {
            for (key, _) in living.dead(transaction)? {
                live::bury(transaction, key, now)?;
            }
            Ok(())
        });
        match buried {
            Ok(()) => dead.iter().for_each(|(_, live)| self.living.forget(live)),
            Err(error) => tracing::warn!(%error, "what the dead held is released later"),
        }
    }
}

impl std::fmt::Debug for Sight {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sight").field("living", &self.living).finish_non_exhaustive()
    }
}
