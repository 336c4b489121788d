//! Requests to people.

mod cause;
mod purge;
mod service;
mod wait;

pub(crate) use wait::{NewRequestWait, WaitedFor, WaitingCaller};

use std::sync::Arc;

use rusqlite::{Row, params};
use uuid::Uuid;

use super::column::{id, id_or_null, numbered, time, uuid};
use super::failure::damaged;
use super::submitter::Submitter;
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{
    Id, ObjectId, ObjectType, OperatorRequestId, OperatorRequestKind, OperatorRequestState,
    OperatorTask, TaskArgument, Timestamp, numbered, text,
};

impl Answer {
    /// That it was refused, with the reason if there is one.
    pub(crate) fn refusal(&self, refused: &str) -> String {
        match self.reason.as_str() {
            "" => refused.to_owned(),
            reason => format!("{refused}: {}", reason.replace(char::is_control, " ")),
        }
    }
}

numbered! {
    /// Who made a request.
    Origin: i64 {
        /// An application. Nothing completes it but a person.
        Application = 0,
        /// An allocation that waits; the request is its own and ends with it.
        Allocation = 1,
        /// The library manager. One request serves all who wait for the same thing.
        Manager = 2,
    }
}

/// A request's row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OperatorRequestRow {
    pub(crate) key: i64,
    pub(crate) id: OperatorRequestId,
    pub(crate) kind: OperatorRequestKind,
    pub(crate) state: OperatorRequestState,
    pub(crate) origin: Origin,
    pub(crate) message: String,
    pub(crate) description: String,
    pub(crate) arguments: [TaskArgument; 2],
    pub(crate) submitter: Arc<Submitter>,
    pub(crate) submitted: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) answer: Answer,
}

/// What people have said to a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The user who is at it, or has answered.
    pub(crate) by: String,
    /// Why it was refused.
    pub(crate) reason: String,
}

impl OperatorRequestRow {
    /// Whether a library is to be looked at.
    pub(super) fn is_about_library(&self) -> bool {
        self.kind == OperatorRequestKind::DeviceService
            && self.arguments[0].is_some_and(|(kind, _)| kind == ObjectType::Library)
    }

    /// What is asked.
    pub(crate) fn task(&self) -> Result<OperatorTask> {
        OperatorTask::from_arguments(self.kind, self.arguments).map_err(|error| {
            damaged("an operator request has arguments that do not fit its kind")
                .about(ObjectType::OperatorRequest, self.id)
                .caused_by(error)
        })
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, kind, state, origin, message, description, argument1_type, \
             argument1, argument2_type, argument2, application, user, computer, submitted, \
             modified, answered_by, answer, session FROM operator_request ",
            $rest
        )
    };
}

const BY_ID: &str = select!("WHERE id = ?1");
const OPEN: &str = select!("WHERE finished IS NULL AND key > ?1 ORDER BY key");
const OPEN_ABOUT: &str =
    "SELECT id FROM operator_request WHERE argument1 = ?1 AND finished IS NULL";
const WAITING_ALLOCATION: &str = "SELECT id FROM allocation_wait WHERE request = ?1";
const INSERT: &str = "INSERT INTO operator_request (id, kind, state, origin, message, \
     description, argument1_type, argument1, argument2_type, argument2, application, user, \
     computer, submitted, modified, finished, answered_by, answer, session) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14, ?15, ?16, ?17, ?18)";
const SET_STATE: &str = "UPDATE operator_request SET state = ?2, finished = ?3, modified = ?4 \
     WHERE id = ?1";
const ANSWER: &str = "UPDATE operator_request SET answered_by = ?2, answer = ?3 WHERE id = ?1";
const DESCRIBE: &str = "UPDATE operator_request SET description = ?2, modified = ?3 WHERE key = ?1";
const DELETE: &str = "DELETE FROM operator_request WHERE id = ?1";

fn read(row: &Row<'_>) -> rusqlite::Result<OperatorRequestRow> {
    Ok(OperatorRequestRow {
        key: row.get(0)?,
        id: id(row, 1)?,
        kind: numbered(row, 2)?,
        state: numbered(row, 3)?,
        origin: numbered(row, 4)?,
        message: row.get(5)?,
        description: row.get(6)?,
        arguments: [argument(row, 7)?, argument(row, 9)?],
        submitter: Arc::new(Submitter {
            application: row.get(11)?,
            user: row.get(12)?,
            computer: row.get(13)?,
            session: row.get::<_, Option<[u8; 16]>>(18)?.map(Uuid::from_bytes),
            attendance: None,
        }),
        submitted: time(row, 14)?,
        modified: time(row, 15)?,
        answer: Answer { by: row.get(16)?, reason: row.get(17)? },
    })
}

fn argument(row: &Row<'_>, column: usize) -> rusqlite::Result<TaskArgument> {
    let object_type = numbered(row, column)?;
    Ok(id_or_null(row, column + 1)?.map(|id| (object_type, id)))
}

pub(super) fn columns(argument: TaskArgument) -> (u8, Option<[u8; 16]>) {
    match argument {
        Some((object_type, id)) => (object_type.value(), Some(id.to_bytes())),
        None => (ObjectType::Unknown.value(), None),
    }
}

impl View<'_> {
    pub(crate) fn operator_request(
        &self,
        request: OperatorRequestId,
    ) -> Result<Option<OperatorRequestRow>> {
        self.first(BY_ID, params![request.to_bytes()], read)
    }

    /// The requests that are not final, in the order in which they were made.
    pub(crate) fn open_operator_requests(&self) -> Result<Vec<OperatorRequestRow>> {
        self.all(OPEN, params![0], read)
    }

    fn waiting_allocation(&self, request: OperatorRequestId) -> Result<Option<Uuid>> {
        self.first(WAITING_ALLOCATION, params![request.to_bytes()], |row| uuid(row, 0))
    }
}

impl Transaction<'_> {
    /// A new request; it takes the next place in order.
    pub(crate) fn insert_operator_request(&self, row: &OperatorRequestRow) -> Result<()> {
        let [(type1, argument1), (type2, argument2)] = row.arguments.map(columns);
        self.insert(
            INSERT,
            params![
                row.id.to_bytes(),
                row.kind.value(),
                row.state.value(),
                row.origin.value(),
                row.message,
                row.description,
                type1,
                argument1,
                type2,
                argument2,
                row.submitter.application,
                text::to_object_name(&row.submitter.user),
                row.submitter.computer,
                row.submitted.as_micros(),
                row.state.is_final().then_some(row.submitted.as_micros()),
                row.answer.by,
                row.answer.reason,
                row.submitter.session.map(Uuid::into_bytes)
            ],
        )?;
        self.inserted(ObjectType::OperatorRequest, row.id);
        if !row.state.is_final() {
            self.post_ui_messages(row, row.submitter.session, row.submitted)?;
        }
        if row.origin != Origin::Application && !row.state.is_final() {
            self.wake_stand_alone_libraries()?;
        }
        self.purge_operator_requests(row.submitted)
    }

    /// When nothing follows the state, those who wait for the request are told and woken.
    pub(crate) fn set_operator_request_state(
        &self,
        request: OperatorRequestId,
        state: OperatorRequestState,
        now: Timestamp,
    ) -> Result<()> {
        let finished = state.is_final().then_some(now.as_micros());
        let values = params![request.to_bytes(), state.value(), finished, now.as_micros()];
        self.execute(SET_STATE, values)?;
        self.updated(ObjectType::OperatorRequest, request);
        if state.is_final() {
            self.recall_ui_messages(request, Some(state))?;
            self.set_outcome_of_waits(request, state)?;
            self.wake_waiting_for(request)?;
            self.heed_answer(request, now)?;
        }
        self.purge_operator_requests(now)
    }

    /// Who gives the answer that follows, and why.
    pub(crate) fn note_answer(&self, request: OperatorRequestId, answer: &Answer) -> Result<()> {
        self.execute(ANSWER, params![request.to_bytes(), answer.by, answer.reason])?;
        Ok(())
    }

    fn wake_waiting_for(&self, request: OperatorRequestId) -> Result<()> {
        self.wake(request.as_uuid());
        if let Some(wait) = self.waiting_allocation(request)? {
            self.wake(wait);
        }
        Ok(())
    }

    pub(crate) fn describe_operator_request(
        &self,
        row: &OperatorRequestRow,
        description: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.execute(DESCRIBE, params![row.key, description, now.as_micros()])?;
        self.updated(ObjectType::OperatorRequest, row.id);
        Ok(())
    }

    /// Those who wait for the request are woken. Nothing happens when it is gone already.
    pub(crate) fn delete_operator_request(&self, request: OperatorRequestId) -> Result<()> {
        if self.execute(DELETE, params![request.to_bytes()])? > 0 {
            self.deleted(ObjectType::OperatorRequest, request);
            self.recall_ui_messages(request, None)?;
            self.wake_waiting_for(request)?;
        }
        Ok(())
    }

    /// Deletes a request that is final, unless an allocation has still to take note of it; says
    /// whether it did.
    pub(crate) fn delete_final_operator_request(&self, request: OperatorRequestId) -> Result<bool> {
        let row = self.operator_request(request)?;
        if !row.is_some_and(|row| row.state.is_final())
            || self.waiting_allocation(request)?.is_some()
        {
            return Ok(false);
        }
        self.delete_operator_request(request)?;
        Ok(true)
    }

    /// Nobody needs to do any more what was asked about an object that is gone.
    pub(super) fn delete_open_requests_about(&self, object: impl Into<ObjectId>) -> Result<()> {
        let object: ObjectId = object.into();
        for request in self.all(OPEN_ABOUT, params![object.to_bytes()], |row| id(row, 0))? {
            self.delete_operator_request(request)?;
        }
        Ok(())
    }
}
