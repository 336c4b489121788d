//! Calls that ask a library to do something: they queue a request, and may wait for its end.

use std::sync::Arc;

use super::Session;
use super::context::Actor;
use crate::catalog::{LibraryRequestRow, NewRequests, Removal, Task, Transaction, Waiter};
use crate::clock::Woken;
use crate::error::{Error, ErrorKind, Result};
use crate::library::{deadline_of, error_of};
use crate::model::{LibraryRequestId, LibraryRequestState, Timeout, Timestamp};

/// What the checks of a call come to.
pub(super) enum Asked {
    /// This is queued in the library with this key.
    Queue(i64, Task),
    /// It has been done already, in the same transaction, or nothing needs to be done.
    Done,
}

/// How a wait for a request ended.
pub(super) enum Watched {
    /// It has passed, or got far enough.
    Done,
    /// It goes on, and is waited for no longer.
    Left(Box<LibraryRequestRow>, Error),
}

impl Session {
    /// Checks a call, and queues what it asks for, in one transaction. The library does it whatever
    /// becomes of the session. Nothing is queued when there is nothing to do.
    pub(super) fn queue_request<F>(&self, check: F) -> Result<Option<LibraryRequestId>>
    where
        F: Fn(&Transaction<'_>, &Actor) -> Result<Asked> + Send + Sync + 'static,
    {
        let row = self.insert_request(check, None)?;
        Ok(row.map(|row| row.id))
    }

    /// The same, and waits until it is done. What is not done when the time is over or the session
    /// is closed is [given up](Self::await_request).
    pub(super) fn request_and_wait<F>(&self, check: F, timeout: Timeout) -> Result<()>
    where
        F: Fn(&Transaction<'_>, &Actor) -> Result<Asked> + Send + Sync + 'static,
    {
        let _running = self.begin_wait()?;
        let deadline = match timeout {
            Timeout::After(time) => Some(self.context().clock.now().saturating_add(time)),
            Timeout::NoWait | Timeout::Forever => None,
        };
        let context = self.context();
        let waiter = Waiter { process: context.catalog.process(), session: self.id(), deadline };
        let row = self.insert_request(check, Some(waiter))?;
        row.map_or(Ok(()), |row| self.await_request(&row, timeout))
    }

    fn insert_request<F>(
        &self,
        check: F,
        waiter: Option<Waiter>,
    ) -> Result<Option<LibraryRequestRow>>
    where
        F: Fn(&Transaction<'_>, &Actor) -> Result<Asked> + Send + Sync + 'static,
    {
        let actor = self.actor();
        let queued = self.write(move |transaction| match check(transaction, &actor)? {
            Asked::Done => Ok(None),
            Asked::Queue(library, task) => insert(transaction, library, task, waiter, actor.now),
        })?;
        if queued.is_none() {
            self.context().libraries.look_again();
        }
        Ok(queued)
    }

    /// Waits until a request has ended, in whatever process its library is. When the time is over
    /// or the session is closed it is taken off the queue, as far as that is possible: what cannot
    /// be stopped goes on.
    ///
    /// # Errors
    /// What the request failed with. `Timeout`; `Cancelled`: the session was closed, the request
    /// cancelled, or its record deleted, with its library or after its end.
    pub(super) fn await_request(&self, row: &LibraryRequestRow, timeout: Timeout) -> Result<()> {
        match self.watch_request(row, timeout, |_| false)? {
            Watched::Done => Ok(()),
            Watched::Left(now, why) => match self.give_up_request(&now)? {
                Some(ended) => outcome(&ended),
                None => Err(why),
            },
        }
    }

    /// Waits until a request has ended, or `suffices`.
    ///
    /// # Errors
    /// What the request failed with. `ObjectNotFound`: it has ended, and its record was deleted.
    pub(super) fn watch_request(
        &self,
        row: &LibraryRequestRow,
        timeout: Timeout,
        suffices: impl Fn(&LibraryRequestRow) -> bool,
    ) -> Result<Watched> {
        let context = Arc::clone(self.context());
        let deadline = deadline_of(context.clock.as_ref(), timeout);
        let watch = context.catalog.watch(row.call.watched);
        loop {
            let seen = watch.signal().count();
            let now = context.catalog.read(|view| view.library_request(row.id))?;
            let now =
                now.ok_or_else(|| Error::new(ErrorKind::Cancelled, "the request was deleted"))?;
            if now.completed.is_some() {
                return outcome(&now).map(|()| Watched::Done);
            }
            if suffices(&now) {
                return Ok(Watched::Done);
            }
            if self.is_closed() {
                let why = Error::new(ErrorKind::Cancelled, "the session was closed");
                return Ok(Watched::Left(Box::new(now), why));
            }
            if context.clock.wait(watch.signal(), seen, deadline) == Woken::Deadline {
                let why =
                    Error::new(ErrorKind::Timeout, "the time to wait for the library is over");
                return Ok(Watched::Left(Box::new(now), why));
            }
        }
    }

    /// Takes a request off the queue. Gives it, if it has ended by now.
    fn give_up_request(&self, row: &LibraryRequestRow) -> Result<Option<LibraryRequestRow>> {
        let (id, now) = (row.id, self.context().clock.now());
        self.write(move |transaction| {
            let Some(row) = transaction.library_request(id)? else { return Ok(None) };
            if row.completed.is_some() {
                return Ok(Some(row));
            }
            if row.is_waiting() || row.task.operation.is_stoppable() {
                transaction.remove_request(&row, Removal::Cancel, now)?;
            }
            Ok(None)
        })
    }
}

pub(super) fn insert(
    transaction: &Transaction<'_>,
    library: i64,
    task: Task,
    waiter: Option<Waiter>,
    now: Timestamp,
) -> Result<Option<LibraryRequestRow>> {
    let new = NewRequests {
        library,
        tasks: &[task],
        state: LibraryRequestState::Queued,
        waiter,
        watched: None,
    };
    Ok(transaction.insert_library_requests(&new, now)?.pop())
}

/// What a request that has ended means for whoever waited for it.
fn outcome(row: &LibraryRequestRow) -> Result<()> {
    if row.state == LibraryRequestState::Passed {
        return Ok(());
    }
    let error = row
        .because
        .as_ref()
        .map_or_else(|| Error::new(ErrorKind::Cancelled, "the request was cancelled"), error_of);
    Err(match row.task.subject {
        Some((object, id)) => error.about(object, id),
        None => error,
    })
}
