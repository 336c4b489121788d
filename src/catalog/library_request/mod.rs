//! What libraries are to do, and have done.
//!
//! A request is unfinished until it has a time of completion; indexes that work needs hold the
//! unfinished ones only. What a request names is kept as ids, which may outlive their objects.

mod change;
mod insert;
mod inventory;
mod order;
mod purge;
mod queued;
mod reading;
mod task;
mod work;

use std::sync::Arc;

use rusqlite::{Row, params};
use uuid::Uuid;

use super::column::{id, id_or_null, numbered, time, time_or_null, uuid};
use super::reservation::Keeper;
use super::submitter::Submitter;
use super::transaction::View;
pub(crate) use insert::NewRequests;
pub(crate) use inventory::Inventory;
pub(crate) use queued::{Queued, QueuedRow, WantedMedium};
pub(crate) use reading::Reader;
pub(crate) use task::{Because, Task, Waiter};
pub(crate) use work::{RETRACT, Removal};

use crate::error::{ErrorKind, Result};
use crate::model::{
    Attendance, Id, LibraryOperation, LibraryRequestId, LibraryRequestState, MountOptions,
    ObjectId, OperatorRequestId, PhysicalMediaId, Timestamp,
};

/// The requests of one call: they belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// What those who wait for the call watch.
    pub(crate) watched: Uuid,
    first: i64,
    members: u32,
}

impl Call {
    pub(crate) fn is_single(self) -> bool {
        self.members == 1
    }
}

/// A request's row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LibraryRequestRow {
    pub(crate) key: i64,
    pub(crate) id: LibraryRequestId,
    pub(crate) call: Call,
    pub(crate) library: i64,
    pub(crate) task: Task,
    pub(crate) state: LibraryRequestState,
    pub(crate) because: Option<Because>,
    /// What keeps it from being done, as long as it waits.
    pub(crate) waits_for: String,
    pub(crate) description: String,
    pub(crate) submitter: Arc<Submitter>,
    pub(crate) queued: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) completed: Option<Timestamp>,
    pub(crate) waiter: Option<Waiter>,
    pub(crate) operator_request: Option<OperatorRequestId>,
    /// Of a mount among those of its library, the same for all of a call.
    pub(crate) place: i64,
}

impl LibraryRequestRow {
    /// Whether nothing has been done for it yet.
    pub(crate) fn is_waiting(&self) -> bool {
        matches!(self.state, LibraryRequestState::Queued | LibraryRequestState::Waiting)
    }

    /// Whose reserved drives it may use.
    pub(crate) fn keeper(&self) -> Option<Keeper> {
        self.waiter.map(|waiter| Keeper::session(waiter.process, waiter.session))
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, call, first, members, library, operation, option, mount_options, state, \
             priority, medium, side, drive, slot, subject_type, subject, error, reason, \
             description, application, user, computer, queued, modified, completed, process, \
             session, operator_request, deadline, argument, work_item, place, caller, attendance FROM library_request ",
            $rest
        )
    };
}

const BY_ID: &str = select!("WHERE id = ?1");
const BY_KEY: &str = select!("WHERE key = ?1");
const OF_CALL: &str = select!("WHERE key BETWEEN ?1 AND ?2 ORDER BY key");
const NEW: &str = select!("WHERE library = ?1 AND operation = ?2 AND state = 0 ORDER BY key");
const QUEUE: &str =
    select!("WHERE library = ?1 AND operation = ?2 AND completed IS NULL ORDER BY place, key");
const BETWEEN: &str = select!(
    "WHERE library = ?1 AND operation BETWEEN ?2 AND ?3 AND completed IS NULL \
     ORDER BY operation, place, key"
);
const ANY: &str = "SELECT 1 FROM library_request WHERE library = ?1 AND operation = ?2 \
     AND completed IS NULL LIMIT 1";
const OF_MEDIUM: &str =
    select!("WHERE medium = ?1 AND medium IS NOT NULL AND completed IS NULL ORDER BY key");
const OF_SESSION: &str =
    select!("WHERE session = ?1 AND session IS NOT NULL AND completed IS NULL ORDER BY key");
const OF_PROCESS: &str =
    select!("WHERE process = ?1 AND process IS NOT NULL AND completed IS NULL ORDER BY key");
const OF_LIBRARY: &str = select!("WHERE library = ?1 AND completed IS NULL");
const WITH_OPERATOR: &str = select!(
    "WHERE library = ?1 AND operator_request IS NOT NULL AND completed IS NULL ORDER BY key"
);
const COUNT: &str = "SELECT count(*) FROM library_request WHERE library = ?1 AND completed IS NULL";

fn read(row: &Row<'_>) -> rusqlite::Result<LibraryRequestRow> {
    let subject: Option<ObjectId> = id_or_null(row, 16)?;
    let (code, reason): (u32, String) = (row.get(17)?, row.get(18)?);
    let kind = ErrorKind::of_code(code);
    let waits_for = if kind.is_none() { reason.clone() } else { String::new() };
    let process: Option<i64> = row.get(26)?;
    let session: Option<[u8; 16]> = row.get(27)?;
    let deadline = time_or_null(row, 29)?;
    let caller: Option<[u8; 16]> = row.get(33)?;
    let attendance: Option<i64> = row.get(34)?;
    Ok(LibraryRequestRow {
        key: row.get(0)?,
        id: id(row, 1)?,
        call: Call { watched: uuid(row, 2)?, first: row.get(3)?, members: row.get(4)? },
        library: row.get(5)?,
        task: Task {
            operation: numbered(row, 6)?,
            option: numbered(row, 7)?,
            argument: row.get(30)?,
            mount_options: MountOptions::from_bits_retain(row.get(8)?),
            priority: numbered(row, 10)?,
            medium: id_or_null(row, 11)?,
            side: id_or_null(row, 12)?,
            drive: id_or_null(row, 13)?,
            slot: id_or_null(row, 14)?,
            work_item: id_or_null(row, 31)?,
            subject: match subject {
                Some(subject) => Some((numbered(row, 15)?, subject)),
                None => None,
            },
        },
        state: numbered(row, 9)?,
        because: kind.map(|kind| Because { kind, reason }),
        waits_for,
        description: row.get(19)?,
        submitter: Arc::new(Submitter {
            application: row.get(20)?,
            user: row.get(21)?,
            computer: row.get(22)?,
            session: caller.map(Uuid::from_bytes),
            attendance: attendance.and_then(|value| Attendance::try_from(value).ok()),
        }),
        queued: time(row, 23)?,
        modified: time(row, 24)?,
        completed: time_or_null(row, 25)?,
        waiter: process.zip(session).map(|(process, session)| Waiter {
            process,
            session: Uuid::from_bytes(session),
            deadline,
        }),
        operator_request: id_or_null(row, 28)?,
        place: row.get(32)?,
    })
}

impl View<'_> {
    pub(crate) fn library_request(
        &self,
        request: LibraryRequestId,
    ) -> Result<Option<LibraryRequestRow>> {
        self.first(BY_ID, params![request.to_bytes()], read)
    }

    /// The request, unless it has ended.
    pub(crate) fn unfinished_request(
        &self,
        request: LibraryRequestId,
    ) -> Result<Option<LibraryRequestRow>> {
        Ok(self.library_request(request)?.filter(|row| row.completed.is_none()))
    }

    pub(crate) fn library_request_by_key(&self, key: i64) -> Result<Option<LibraryRequestRow>> {
        self.first(BY_KEY, params![key], read)
    }

    /// The requests of a call, as many as are still known, in the order of the call.
    pub(crate) fn requests_of_call(&self, call: Call) -> Result<Vec<LibraryRequestRow>> {
        let last = call.first + i64::from(call.members) - 1;
        self.all(OF_CALL, params![call.first, last], read)
    }

    /// The requests of a kind that nobody has looked at yet.
    pub(crate) fn new_requests(
        &self,
        library: i64,
        operation: LibraryOperation,
    ) -> Result<Vec<LibraryRequestRow>> {
        self.all(NEW, params![library, operation.value()], read)
    }

    /// The unfinished requests of a kind, in the order in which they are to be done.
    pub(crate) fn request_queue(
        &self,
        library: i64,
        operation: LibraryOperation,
    ) -> Result<Vec<LibraryRequestRow>> {
        self.all(QUEUE, params![library, operation.value()], read)
    }

    /// The unfinished requests of several kinds, kind after kind.
    fn unfinished_between(
        &self,
        library: i64,
        first: LibraryOperation,
        last: LibraryOperation,
    ) -> Result<Vec<LibraryRequestRow>> {
        self.all(BETWEEN, params![library, first.value(), last.value()], read)
    }

    /// Whether there are unfinished requests of a kind.
    pub(crate) fn has_requests(&self, library: i64, operation: LibraryOperation) -> Result<bool> {
        Ok(self.first(ANY, params![library, operation.value()], |_| Ok(()))?.is_some())
    }

    /// The unfinished requests that concern a medium.
    pub(crate) fn requests_of_medium(
        &self,
        medium: PhysicalMediaId,
    ) -> Result<Vec<LibraryRequestRow>> {
        self.all(OF_MEDIUM, params![medium.to_bytes()], read)
    }

    /// The unfinished requests whose mounts a session waits for.
    pub(crate) fn requests_of_session(&self, session: Uuid) -> Result<Vec<LibraryRequestRow>> {
        self.all(OF_SESSION, params![session.as_bytes()], read)
    }

    /// The unfinished requests whose mounts a process waits for.
    pub(super) fn requests_of_process(&self, process: i64) -> Result<Vec<LibraryRequestRow>> {
        self.all(OF_PROCESS, params![process], read)
    }

    /// The unfinished requests of a library that wait for a person.
    pub(crate) fn requests_with_operator(&self, library: i64) -> Result<Vec<LibraryRequestRow>> {
        self.all(WITH_OPERATOR, params![library], read)
    }

    /// The unfinished requests of a library, kind after kind.
    pub(crate) fn unfinished_requests(&self, library: i64) -> Result<Vec<LibraryRequestRow>> {
        self.all(OF_LIBRARY, params![library], read)
    }

    /// How many requests are in a library's queue.
    pub(super) fn count_requests(&self, library: i64) -> Result<u32> {
        Ok(self.first(COUNT, params![library], |row| row.get(0))?.unwrap_or(0))
    }
}
