//! The thread that looks at what other processes do.
//!
//! While anybody is on the lookout, it looks every few milliseconds whether another process has
//! committed something, and wakes those who wait; and once a second whether a process has died,
//! and buries it, whether a call has left its wait behind, and whether requests to people have been
//! kept long enough. That is always real time. While nobody is, it sleeps.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::abandoned::Abandoned;
use super::channels::Channels;
use super::live::{self, Living};
use super::reader::Readers;
use super::wakes::Wakes;
use super::writer::Writer;
use crate::clock::Clock;

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
    pub(super) channels: Arc<Channels>,
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
        let mut reaped = Instant::now();
        while self.wait_for_turn() {
            sight.look();
            if reaped.elapsed() >= REAP {
                sight.reap();
                sight.abandoned.release(&sight.writer, sight.clock.now());
                sight.purge();
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
    /// Wakes everybody if another process has committed something; channels get what they want of
    /// it, and of what this process has committed.
    fn look(&self) {
        if self.writer.others_have_committed() {
            self.wakes.wake_all();
            self.channels.others_have_committed();
        }
        if let Err(error) = self.channels.feed(&self.readers) {
            tracing::debug!(%error, "channels are fed later");
        }
    }

    /// Deletes requests to people that have been kept long enough, a few at a time. Nothing is
    /// written when none has.
    fn purge(&self) {
        let now = self.clock.now();
        match self.readers.read(|view| view.are_operator_requests_due(now)) {
            Ok(false) => return,
            Ok(true) => {}
            Err(error) => return tracing::debug!(%error, "requests are purged later"),
        }
        let purged =
            self.writer.submit(move |transaction| transaction.purge_operator_requests(now));
        if let Err(error) = purged {
            tracing::debug!(%error, "requests are purged later");
        }
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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use crate::catalog::Catalog;
    use crate::catalog::testing::{open, open_with};
    use crate::clock::{Clock, Signal, SystemClock, Woken};

    use super::*;

    fn commit(catalog: &Catalog) {
        catalog.write(|transaction| transaction.append_to_log(&[])).expect("committed");
    }

    /// Waits until the signal is raised beyond `seen`; says how long that took.
    fn wait(signal: &Arc<Signal>, seen: u64) -> Duration {
        let (clock, begun) = (SystemClock::new(), Instant::now());
        let woken = clock.wait(signal, seen, Some(Duration::from_secs(60)));
        assert_eq!(woken, Woken::Signalled);
        begun.elapsed()
    }

    #[test]
    fn commits_of_others_are_told_from_our_own() {
        let temp = tempfile::tempdir().expect("temporary directory");
        let (ours, theirs) = (open(temp.path(), 1), open(temp.path(), 2));
        let _known = ours.writer.others_have_committed();
        commit(&ours);
        assert!(!ours.writer.others_have_committed(), "our own commit");
        commit(&theirs);
        commit(&ours);
        assert!(ours.writer.others_have_committed(), "theirs, though we committed after them");
        assert!(!ours.writer.others_have_committed(), "nothing since");
    }

    #[test]
    fn a_commit_of_another_process_wakes_who_waits_within_50_milliseconds() {
        let temp = tempfile::tempdir().expect("temporary directory");
        let (ours, theirs) = (open(temp.path(), 1), open(temp.path(), 2));
        let watch = ours.watch(Uuid::from_u128(1));
        let mut times: Vec<Duration> = std::iter::repeat_with(|| {
            let seen = watch.signal().count();
            commit(&theirs);
            wait(watch.signal(), seen)
        })
        .take(21)
        .collect();
        times.sort();
        assert!(times[10] < Duration::from_millis(50), "{times:?}");
    }

    #[test]
    fn the_dead_are_buried_while_somebody_is_on_the_lookout() {
        let temp = tempfile::tempdir().expect("temporary directory");
        let committed = Signal::new();
        let raised = Arc::clone(&committed);
        let ours = open_with(temp.path(), 1, Some(Arc::new(move || raised.raise())));
        let theirs = open(temp.path(), 2);
        let key = theirs.process();
        let is_alive = |key| ours.read(|view| ours.living().is_alive(view, key)).expect("readable");
        let _watch = ours.watch(Uuid::from_u128(1));
        assert!(is_alive(ours.process()) && is_alive(key));
        drop(theirs);
        assert!(!is_alive(key));
        let (begun, unburied) = (Instant::now(), || {
            !ours.read(|view| ours.living().dead(view)).expect("readable").is_empty()
        });
        let mut seen = committed.count();
        while unburied() {
            wait(&committed, seen);
            seen = committed.count();
        }
        assert!(begun.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn who_closes_the_catalog_waits_for_nothing_else() {
        let temp = tempfile::tempdir().expect("temporary directory");
        let ours = open(temp.path(), 1);
        let watch = ours.watch(Uuid::from_u128(1));
        drop(ours);
        assert_eq!(watch.signal().count(), 0, "a watch that outlives it is told nothing");
        assert!(open(temp.path(), 2).was_first(), "it is closed");
    }
}
