//! Waiting until the sides of a call are up.

use std::sync::Arc;
use std::time::Duration;

use super::queue::Queued;
use crate::catalog::{Because, Call, LibraryRequestRow};
use crate::clock::Woken;
use crate::error::{Error, ErrorKind, Result};
use crate::library::{Awaiting, deadline_of, error_of};
use crate::model::{LibraryRequestState, MountRequest, Timeout};
use crate::session::{Mount, Session};

/// How far a call has got.
enum Progress {
    Waiting,
    Mounted,
    Ended(Option<Because>),
}

/// Judges by the requests of a call. Those that have passed may have been purged.
fn progress(rows: &[LibraryRequestRow]) -> Progress {
    let is_over = |state| matches!(state, LibraryRequestState::Passed);
    if rows.iter().all(|row| is_over(row.state)) {
        return Progress::Mounted;
    }
    if rows.iter().any(|row| row.completed.is_none()) {
        return Progress::Waiting;
    }
    // Of those that did not succeed, the others were cancelled for the sake of one.
    let ended: Vec<&LibraryRequestRow> = rows.iter().filter(|row| !is_over(row.state)).collect();
    let is_cause = |row: &&&LibraryRequestRow| {
        row.because.as_ref().is_some_and(|because| because.kind != ErrorKind::Cancelled)
    };
    let cause = ended.iter().find(is_cause);
    Progress::Ended(cause.or(ended.first()).and_then(|row| row.because.clone()))
}

impl Session {
    pub(super) fn mount_and_wait(&self, request: MountRequest) -> Result<Vec<Mount>> {
        let _running = self.begin_wait()?;
        let context = Arc::clone(self.context());
        let deadline = match request.timeout {
            // What is granted at once is up: only its label is to be read.
            Timeout::NoWait => None,
            timeout => deadline_of(context.clock.as_ref(), timeout),
        };
        let mounting = Arc::new(self.mounting(request));
        let watch = context.catalog.watch(mounting.watched);
        let awaiting = context.libraries.outcomes().await_call(mounting.watched, watch.signal());
        let (call, sides) = match self.queue(&mounting)? {
            Queued::Requests { call, sides, .. } => (call, sides),
            Queued::Nothing(kind) => return Err(self.in_use(&mounting, kind)),
        };
        loop {
            let seen = watch.signal().count();
            if let Some(error) = awaiting.take_last_error() {
                return Err(error);
            }
            let rows = context.catalog.read(|view| view.requests_of_call(call))?;
            match progress(&rows) {
                Progress::Waiting => {}
                Progress::Mounted => return self.taken(&awaiting, &sides),
                Progress::Ended(because) => return Err(self.failure(&awaiting, because)),
            }
            let why = if self.is_closed() {
                Because::new(ErrorKind::Cancelled, "the session was closed")
            } else if self.wait(&watch, seen, deadline) == Woken::Signalled {
                continue;
            } else {
                let error = self.in_use(&mounting, ErrorKind::Timeout);
                Because::new(ErrorKind::Timeout, error.reason())
            };
            return match self.give_up(call, why)? {
                Progress::Mounted => self.taken(&awaiting, &sides),
                Progress::Ended(because) => Err(self.failure(&awaiting, because)),
                Progress::Waiting => Err(ErrorKind::Internal.into()),
            };
        }
    }

    /// The mounts of a call that has succeeded: or whose requests have been purged by now.
    fn taken(&self, awaiting: &Awaiting, sides: &[i64]) -> Result<Vec<Mount>> {
        self.mounts_of(sides).map_err(|error| awaiting.take_error().unwrap_or(error))
    }

    fn wait(&self, watch: &crate::catalog::Watch, seen: u64, deadline: Option<Duration>) -> Woken {
        self.context().clock.wait(watch.signal(), seen, deadline)
    }

    /// Ends a call that has waited long enough, unless it has just succeeded or failed. What is
    /// under way for it is finished and undone by the library.
    fn give_up(&self, call: Call, because: Because) -> Result<Progress> {
        let context = self.context();
        let now = context.clock.now();
        let ended = context.catalog.write(move |transaction| {
            let rows = transaction.requests_of_call(call)?;
            match progress(&rows) {
                Progress::Waiting => {
                    transaction.cancel_requests(&rows, &because, now)?;
                    Ok(Progress::Ended(Some(because.clone())))
                }
                over => Ok(over),
            }
        });
        context.libraries.look_again();
        ended
    }

    /// The error of a call whose requests have ended.
    fn failure(&self, awaiting: &Awaiting, because: Option<Because>) -> Error {
        if self.is_closed() {
            return Error::new(ErrorKind::Cancelled, "the session was closed");
        }
        if let Some(error) = awaiting.take_error() {
            return error;
        }
        match because {
            Some(because) => error_of(&because),
            None => Error::new(ErrorKind::Cancelled, "the request was cancelled"),
        }
    }
}
