//! The writer: group commit.
//!
//! Callers queue closures. The first caller becomes the leader: it enters the gate, drains the
//! queue into one transaction, commits once, hands leadership to the oldest caller that came
//! meanwhile, and wakes the others. So one sync to disk serves everybody who waits, and a caller
//! alone pays nothing for it.
//!
//! Rules: `queue` is held for a few instructions only. `connection` is held by the leader for the
//! length of its batch. Nobody waits for another lock while holding `queue`.
//!
//! Closures can be run again and must have no effect but on their transaction. An error or a panic
//! in one fails that caller alone. When it had changed something already, or when SQLite threw the
//! whole transaction away (full disk, I/O error), the batch is rolled back and every member is run
//! again in a transaction of its own, so that only those fail that really cannot be done.

#[cfg(test)]
mod tests;
mod ticket;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rusqlite::Connection;

use super::HandOff;
use super::channels::Channels;
use super::connection::{self, run};
use super::failure::is_fatal;
use super::gate::Gate;
use super::live::Living;
use super::statistics::Counters;
use super::supply::Noted;
use super::transaction::{Told, Transaction};
use super::wakes::Wakes;
use crate::error::{Error, ErrorKind, Result};
use ticket::{Job, Ran, Ticket};

/// The write-ahead log is copied back when it has grown to this many pages.
const CHECKPOINT_PAGES: u64 = 4000;

/// Called by the leader after each commit.
pub(crate) type AfterCommit = Arc<dyn Fn() + Send + Sync>;

/// How a writer is set up.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) database: PathBuf,
    pub(super) max_pages: Option<u32>,
    pub(super) busy_timeout: Duration,
    pub(super) after_commit: Option<AfterCommit>,
    pub(super) hand_off: HandOff,
}

/// What a writer shares with the rest of the catalog.
pub(super) struct Shared {
    /// Pages in the write-ahead log; its connection keeps the number.
    pub(super) wal_pages: Arc<AtomicU64>,
    pub(super) counters: Arc<Counters>,
    pub(super) wakes: Arc<Wakes>,
    pub(super) channels: Arc<Channels>,
    pub(super) living: Arc<Living>,
}

pub(super) struct Writer {
    settings: Settings,
    gate: Gate,
    queue: Mutex<Queue>,
    connection: Mutex<Option<Open>>,
    wal_pages: Arc<AtomicU64>,
    counters: Arc<Counters>,
    wakes: Arc<Wakes>,
    channels: Arc<Channels>,
    living: Arc<Living>,
}

/// The connection that writes.
struct Open {
    connection: Connection,
    /// What it said of other connections' commits when that was asked last.
    others: Option<i64>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Arc<dyn Job>>,
    /// Somebody leads, or has been told to.
    led: bool,
}

/// How one transaction went.
enum Batch {
    /// Every job has been answered.
    Answered { connection_is_dead: bool },
    /// Nothing is committed and nobody answered: each job must be run by itself.
    RunSingly { connection_is_dead: bool },
    /// COMMIT failed: nobody's work is in the catalog, and nobody has been answered.
    NotCommitted(rusqlite::Error),
}

impl Writer {
    pub(super) fn new(
        settings: Settings,
        gate: Gate,
        connection: Connection,
        shared: Shared,
    ) -> Self {
        let others = connection::commits_of_others(&connection).ok();
        let open = Open { connection, others };
        let Shared { wal_pages, counters, wakes, channels, living } = shared;
        Self {
            settings,
            gate,
            queue: Mutex::default(),
            connection: Mutex::new(Some(open)),
            wal_pages,
            counters,
            wakes,
            channels,
            living,
        }
    }

    /// Runs `work` in a transaction and returns when that is durable.
    pub(super) fn submit<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&Transaction<'_>) -> Result<T> + Send + Sync + 'static,
    {
        let ticket = Arc::new(Ticket::new(work));
        let leads = {
            let mut queue = self.queue.lock();
            queue.waiting.push_back(Arc::clone(&ticket) as Arc<dyn Job>);
            !std::mem::replace(&mut queue.led, true)
        };
        if leads || ticket.wait_is_lead() {
            self.lead(ticket.as_ref());
        }
        ticket.take()
    }

    /// Serves one batch, its own job in it, and hands leadership on.
    fn lead(&self, own: &dyn Job) {
        let deadline = own.queued_at() + self.settings.busy_timeout;
        let mut told = Told::default();
        let answered = match self.gate.enter(deadline) {
            Ok(inside) => {
                let batch = std::mem::take(&mut self.queue.lock().waiting);
                told = self.serve(&batch);
                drop(inside);
                batch
            }
            Err(error) => self.turn_away(&error),
        };
        self.hand_on();
        self.wakes.wake(&told.woken);
        self.channels.tell(told.kinds);
        for job in answered {
            job.deliver();
        }
    }

    /// The gate stayed shut: everybody whose time is over is told so; later callers try again.
    fn turn_away(&self, error: &Error) -> VecDeque<Arc<dyn Job>> {
        let now = Instant::now();
        let mut queue = self.queue.lock();
        let is_over = |job: &Arc<dyn Job>| job.queued_at() + self.settings.busy_timeout <= now;
        let (over, later) = std::mem::take(&mut queue.waiting)
            .into_iter()
            .partition(|job| is_over(job) || error.kind() != ErrorKind::Busy);
        queue.waiting = later;
        let over: VecDeque<Arc<dyn Job>> = over;
        for job in &over {
            job.fail(Error::new(error.kind(), error.reason().to_owned()));
        }
        over
    }

    fn hand_on(&self) {
        let mut queue = self.queue.lock();
        match queue.waiting.front() {
            Some(next) => next.lead(),
            None => queue.led = false,
        }
    }

    /// Gives who is to be told of what the batch did.
    fn serve(&self, batch: &VecDeque<Arc<dyn Job>>) -> Told {
        let mut told = Told::default();
        let all: Vec<&Arc<dyn Job>> = batch.iter().collect();
        if let Batch::RunSingly { connection_is_dead } = self.attempt(&all, &mut told) {
            self.counters.replayed();
            self.drop_dead(connection_is_dead);
            for job in all {
                // Alone, a job is always answered.
                self.attempt(&[job], &mut told);
            }
        }
        told
    }

    fn drop_dead(&self, connection_is_dead: bool) {
        if connection_is_dead {
            *self.connection.lock() = None;
        }
    }

    /// Runs `jobs` in one transaction; `told` gets who is to be told of it if it is durable.
    fn attempt(&self, jobs: &[&Arc<dyn Job>], told: &mut Told) -> Batch {
        let mut slot = self.connection.lock();
        let connection = match slot.take().map_or_else(|| self.connect(), Ok) {
            Ok(open) => &slot.insert(open).connection,
            Err(error) => {
                fail_all(jobs, &error);
                return Batch::Answered { connection_is_dead: true };
            }
        };
        let outcome = self.transact(connection, jobs, told);
        match outcome {
            Batch::Answered { connection_is_dead: true } => *slot = None,
            Batch::NotCommitted(error) => {
                drop(slot.take());
                *slot = self.overwrite_failed_commit();
                fail_all(jobs, &Error::from(error));
                return Batch::Answered { connection_is_dead: slot.is_none() };
            }
            _ => {}
        }
        outcome
    }

    /// A COMMIT that failed may have left its pages in the log, whole but for the sync. Nobody sees
    /// them there; but if every process died now, the next would find them and take them for
    /// committed, although their callers were told that they failed. So something else is committed
    /// in their place. Gives the connection that did it.
    fn overwrite_failed_commit(&self) -> Option<Open> {
        let overwrite = || {
            let open = self.connect()?;
            run(&open.connection, "BEGIN IMMEDIATE")?;
            Transaction::new(&open.connection).append_to_log(&[])?;
            run(&open.connection, "COMMIT")?;
            Ok::<_, Error>(open)
        };
        overwrite()
            .inspect_err(|error| {
                tracing::warn!(%error, "the traces of a failed commit could not be overwritten");
            })
            .ok()
    }

    /// Whether another process has committed something since this was asked last; yes when nobody
    /// can tell. Commits of this process do not count: they go through the connection that is asked.
    pub(super) fn others_have_committed(&self) -> bool {
        let mut slot = self.connection.lock();
        let Ok(mut open) = slot.take().map_or_else(|| self.connect(), Ok) else { return true };
        let Ok(others) = connection::commits_of_others(&open.connection) else { return true };
        let before = open.others.replace(others);
        *slot = Some(open);
        before != Some(others)
    }

    fn connect(&self) -> Result<Open> {
        self.wal_pages.store(0, Relaxed);
        let connection = connection::writing(&self.settings.database, Arc::clone(&self.wal_pages))?;
        let identity = connection::read_identity(&connection)?;
        connection::check_identity(identity, super::migration::NEWEST)?;
        connection::limit(&connection, self.settings.max_pages)?;
        Ok(Open { connection, others: None })
    }

    fn transact(&self, connection: &Connection, jobs: &[&Arc<dyn Job>], told: &mut Told) -> Batch {
        if let Err(error) = run(connection, "BEGIN IMMEDIATE") {
            return give_up(connection, jobs, error);
        }
        let (mut done, mut to_tell, mut anybody_waits) = (0, Told::default(), None);
        for job in jobs {
            let changes_before = connection.total_changes();
            let transaction = Transaction::noting(connection, Noted::behind(anybody_waits));
            let serve = |t: &Transaction<'_>| (self.settings.hand_off)(t, &self.living);
            let Ran::Failed { connection_is_dead } = job.run(&transaction, &serve) else {
                done += 1;
                anybody_waits = transaction.noted.anybody_waits();
                to_tell.append(transaction.into_told());
                continue;
            };
            let untouched =
                !connection.is_autocommit() && connection.total_changes() == changes_before;
            if untouched && !connection_is_dead {
                continue;
            }
            roll_back(connection);
            return if jobs.len() == 1 {
                Batch::Answered { connection_is_dead }
            } else {
                Batch::RunSingly { connection_is_dead }
            };
        }
        if done == 0 {
            roll_back(connection);
            return Batch::Answered { connection_is_dead: false };
        }
        let pages_before = self.wal_pages.load(Relaxed);
        if let Err(error) = run(connection, "COMMIT") {
            roll_back(connection);
            return Batch::NotCommitted(error);
        }
        told.append(to_tell);
        self.account(done, pages_before);
        self.checkpoint_when_due(connection);
        Batch::Answered { connection_is_dead: false }
    }

    fn account(&self, operations: usize, pages_before: u64) {
        let pages = self.wal_pages.load(Relaxed);
        // A log that was started anew is shorter than before and counts whole.
        let written = pages.checked_sub(pages_before).unwrap_or(pages);
        self.counters.committed(operations, written);
        if let Some(after_commit) = &self.settings.after_commit {
            after_commit();
        }
    }

    fn checkpoint_when_due(&self, connection: &Connection) {
        if self.wal_pages.load(Relaxed) < CHECKPOINT_PAGES {
            return;
        }
        match connection.execute_batch("PRAGMA wal_checkpoint(PASSIVE)") {
            Ok(()) => self.counters.checkpointed(),
            // The commit is safe in the log; the next commit tries again.
            Err(error) => tracing::warn!(%error, "the catalog's log could not be copied back"),
        }
    }
}

/// The transaction could not be begun: nobody's work is in the catalog.
fn give_up(connection: &Connection, jobs: &[&Arc<dyn Job>], error: rusqlite::Error) -> Batch {
    roll_back(connection);
    let connection_is_dead = is_fatal(&error);
    fail_all(jobs, &Error::from(error));
    Batch::Answered { connection_is_dead }
}

fn roll_back(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = run(connection, "ROLLBACK")
    {
        tracing::warn!(%error, "a transaction of the catalog could not be rolled back");
    }
}

/// Gives each job its own copy of one error.
fn fail_all(jobs: &[&Arc<dyn Job>], error: &Error) {
    let cause: Arc<str> =
        std::error::Error::source(error).map_or_else(String::new, ToString::to_string).into();
    for job in jobs {
        let mut copy = Error::new(error.kind(), error.reason().to_owned());
        if !cause.is_empty() {
            copy = copy.caused_by(cause.to_string());
        }
        job.fail(copy);
    }
}
