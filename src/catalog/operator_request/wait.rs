//! Calls that wait for a request to be done.
//!
//! Each has a row. The operation that ends the request writes the outcome there, so that a call
//! learns it also when the request is deleted before it looks, in whatever process it waits.

use rusqlite::params;
use uuid::Uuid;

use crate::catalog::column::{time, time_or_null, uuid};
use crate::catalog::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{Id, OperatorRequestId, OperatorRequestState, Timestamp};

/// A call that begins to wait.
#[derive(Clone, Debug)]
pub(crate) struct NewRequestWait {
    pub(crate) request: OperatorRequestId,
    pub(crate) process: i64,
    pub(crate) session: Uuid,
    pub(crate) application: String,
    pub(crate) user: String,
    pub(crate) since: Timestamp,
    pub(crate) deadline: Option<Timestamp>,
}

/// What became of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WaitedFor {
    /// Nothing yet.
    Open,
    Complete,
    Refused,
    /// It was deleted before it was done.
    Gone,
}

/// A call that waits, for people.
#[derive(Clone, Debug)]
pub(crate) struct WaitingCaller {
    pub(crate) application: String,
    pub(crate) user: String,
    /// None: nobody's in particular.
    pub(crate) process: Option<u32>,
    pub(crate) session: Option<Uuid>,
    pub(crate) since: Timestamp,
    pub(crate) deadline: Option<Timestamp>,
}

const INSERT: &str = "INSERT INTO operator_request_wait (request, process, session, application, \
     user, since, deadline) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const LOOK: &str = "SELECT outcome, EXISTS (SELECT 1 FROM operator_request r WHERE r.id = w.request) \
     FROM operator_request_wait w WHERE key = ?1";
const SET_OUTCOME: &str = "UPDATE operator_request_wait SET outcome = ?2 WHERE request = ?1";
const DELETE: &str = "DELETE FROM operator_request_wait WHERE key = ?1";
const DELETE_OF_PROCESS: &str = "DELETE FROM operator_request_wait WHERE process = ?1";
const WAITING: &str = "SELECT w.application, w.user, p.pid, w.session, w.since, w.deadline \
     FROM operator_request_wait w JOIN process p ON p.key = w.process \
     WHERE w.request = ?1 ORDER BY w.key";
// An allocation's request carries the names of who asked.
const WAITING_ALLOCATION: &str = "SELECT r.application, r.user, p.pid, w.session, w.since, w.deadline \
     FROM allocation_wait w JOIN process p ON p.key = w.process \
     JOIN operator_request r ON r.id = w.request WHERE w.request = ?1";

fn caller(row: &rusqlite::Row<'_>) -> rusqlite::Result<WaitingCaller> {
    Ok(WaitingCaller {
        application: row.get(0)?,
        user: row.get(1)?,
        process: row.get(2)?,
        session: Some(uuid(row, 3)?),
        since: time(row, 4)?,
        deadline: time_or_null(row, 5)?,
    })
}

impl View<'_> {
    /// What became of the request for which the call with this row waits.
    pub(crate) fn waited_for(&self, wait: i64) -> Result<WaitedFor> {
        let complete = OperatorRequestState::Complete.value();
        let found = self.first(LOOK, params![wait], |row| {
            let (outcome, exists): (Option<u32>, bool) = (row.get(0)?, row.get(1)?);
            Ok(match outcome {
                Some(state) if state == complete => WaitedFor::Complete,
                Some(_) => WaitedFor::Refused,
                None if exists => WaitedFor::Open,
                None => WaitedFor::Gone,
            })
        })?;
        Ok(found.unwrap_or(WaitedFor::Gone))
    }

    /// The calls that wait for the request itself.
    pub(crate) fn waiting_for_request(
        &self,
        request: OperatorRequestId,
    ) -> Result<Vec<WaitingCaller>> {
        self.all(WAITING, params![request.to_bytes()], caller)
    }

    /// The allocation whose request it is.
    pub(crate) fn allocation_waiting_for(
        &self,
        request: OperatorRequestId,
    ) -> Result<Option<WaitingCaller>> {
        self.first(WAITING_ALLOCATION, params![request.to_bytes()], caller)
    }
}

impl Transaction<'_> {
    /// A call begins to wait for an open request. Gives the key of its row.
    pub(crate) fn begin_request_wait(&self, new: &NewRequestWait) -> Result<i64> {
        self.insert(
            INSERT,
            params![
                new.request.to_bytes(),
                new.process,
                new.session.as_bytes(),
                new.application,
                new.user,
                new.since.as_micros(),
                new.deadline.map(Timestamp::as_micros)
            ],
        )
    }

    pub(super) fn set_outcome_of_waits(
        &self,
        request: OperatorRequestId,
        state: OperatorRequestState,
    ) -> Result<()> {
        self.execute(SET_OUTCOME, params![request.to_bytes(), state.value()])?;
        Ok(())
    }

    /// The call waits no longer; says what has become of the request.
    pub(crate) fn end_request_wait(&self, wait: i64) -> Result<WaitedFor> {
        let found = self.waited_for(wait)?;
        self.execute(DELETE, params![wait])?;
        Ok(found)
    }

    /// The waits of a process that has died.
    pub(in crate::catalog) fn end_request_waits_of_process(&self, process: i64) -> Result<()> {
        self.execute(DELETE_OF_PROCESS, params![process])?;
        Ok(())
    }
}
