//! A caller's place in the queue: its closure, and where the result goes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

use crate::catalog::failure::has_fatal_cause;
use crate::catalog::transaction::Transaction;
use crate::error::{Error, ErrorKind, Result};

/// A queued closure with the place its result goes to, seen by the leader.
pub(super) trait Job: Send + Sync {
    fn queued_at(&self) -> Instant;
    /// Runs the closure, and what serves others with what it brought about, and keeps the result
    /// back. Says whether it succeeded.
    fn run(&self, transaction: &Transaction<'_>, serve: &Serve<'_>) -> Ran;
    /// The transaction that holds the job's work is durable: hands out the result.
    fn deliver(&self);
    fn fail(&self, error: Error);
    fn lead(&self);
}

/// Serves others with what a job brought about.
pub(super) type Serve<'s> = dyn Fn(&Transaction<'_>) -> Result<()> + 's;

/// How one job went.
pub(super) enum Ran {
    Well,
    Failed { connection_is_dead: bool },
}

/// One caller's closure and where its result goes.
pub(super) struct Ticket<T, F> {
    work: F,
    queued_at: Instant,
    state: Mutex<TicketState<T>>,
    changed: Condvar,
}

enum TicketState<T> {
    /// Not run, or run and to be run again.
    Waiting,
    /// Run; the transaction is not durable yet.
    Ran(Result<T>),
    /// The caller must lead.
    Lead,
    /// Final.
    Done(Result<T>),
    /// The caller has its result.
    Taken,
}

impl<T, F> Ticket<T, F> {
    pub(super) fn new(work: F) -> Self {
        Self {
            work,
            queued_at: Instant::now(),
            state: Mutex::new(TicketState::Waiting),
            changed: Condvar::new(),
        }
    }

    /// Waits until the job is done (false) or its caller must lead (true).
    pub(super) fn wait_is_lead(&self) -> bool {
        let mut state = self.state.lock();
        loop {
            match *state {
                TicketState::Lead => return true,
                TicketState::Done(_) | TicketState::Taken => return false,
                TicketState::Waiting | TicketState::Ran(_) => self.changed.wait(&mut state),
            }
        }
    }

    pub(super) fn take(&self) -> Result<T> {
        match std::mem::replace(&mut *self.state.lock(), TicketState::Taken) {
            TicketState::Done(result) => result,
            _ => Err(Error::new(ErrorKind::Internal, "an operation ended without a result")),
        }
    }
}

impl<T, F> Job for Ticket<T, F>
where
    T: Send + 'static,
    F: Fn(&Transaction<'_>) -> Result<T> + Send + Sync + 'static,
{
    fn queued_at(&self) -> Instant {
        self.queued_at
    }

    fn run(&self, transaction: &Transaction<'_>, serve: &Serve<'_>) -> Ran {
        let result = catch_unwind(AssertUnwindSafe(|| {
            let value = (self.work)(transaction)?;
            serve(transaction)?;
            transaction.append_changes()?;
            Ok(value)
        }))
        .unwrap_or_else(|_| Err(Error::new(ErrorKind::Internal, "an operation panicked")));
        let ran = match &result {
            Ok(_) => Ran::Well,
            Err(error) => Ran::Failed { connection_is_dead: has_fatal_cause(error) },
        };
        *self.state.lock() = TicketState::Ran(result);
        ran
    }

    fn deliver(&self) {
        let mut state = self.state.lock();
        if let TicketState::Ran(_) = *state
            && let TicketState::Ran(result) = std::mem::replace(&mut *state, TicketState::Taken)
        {
            *state = TicketState::Done(result);
        }
        self.changed.notify_one();
    }

    fn fail(&self, error: Error) {
        *self.state.lock() = TicketState::Done(Err(error));
    }

    fn lead(&self) {
        *self.state.lock() = TicketState::Lead;
        self.changed.notify_one();
    }
}
