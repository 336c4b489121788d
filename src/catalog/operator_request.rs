//! Requests to people.

use rusqlite::{Row, params};
use uuid::Uuid;

use super::column::{id, id_or_null, numbered, time};
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{
    Id, ObjectId, ObjectType, OperatorRequestId, OperatorRequestKind, OperatorRequestState,
    Timestamp, UnknownValue,
};

/// Who made a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An application. Nothing completes it but a person.
    Application = 0,
    /// An allocation that waits; the request is its own and ends with it.
    Allocation = 1,
    /// The library manager. One request serves all who wait for the same thing.
    Manager = 2,
}

impl TryFrom<i64> for Origin {
    type Error = UnknownValue;

    fn try_from(value: i64) -> std::result::Result<Self, UnknownValue> {
        [Self::Application, Self::Allocation, Self::Manager]
            .into_iter()
            .find(|origin| *origin as i64 == value)
            .ok_or(UnknownValue { enumeration: "Origin", value })
    }
}

/// What a request is about.
pub(crate) type Argument = Option<(ObjectType, ObjectId)>;

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
    pub(crate) arguments: [Argument; 2],
    pub(crate) application: String,
    pub(crate) user: String,
    pub(crate) computer: String,
    pub(crate) submitted: Timestamp,
    pub(crate) modified: Timestamp,
}

const BY_ID: &str = "SELECT key, id, kind, state, origin, message, description, argument1_type, \
     argument1, argument2_type, argument2, application, user, computer, submitted, modified \
     FROM operator_request WHERE id = ?1";
const INSERT: &str = "INSERT INTO operator_request (id, kind, state, origin, message, \
     description, argument1_type, argument1, argument2_type, argument2, application, user, \
     computer, submitted, modified) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14)";
const SET_STATE: &str = "UPDATE operator_request SET state = ?2, finished = ?3, modified = ?4 \
     WHERE id = ?1";
const ALLOCATION: &str = "SELECT id FROM allocation_wait WHERE request = ?1";
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
        application: row.get(11)?,
        user: row.get(12)?,
        computer: row.get(13)?,
        submitted: time(row, 14)?,
        modified: time(row, 15)?,
    })
}

fn argument(row: &Row<'_>, column: usize) -> rusqlite::Result<Argument> {
    let object_type = numbered(row, column)?;
    Ok(id_or_null(row, column + 1)?.map(|id| (object_type, id)))
}

fn columns(argument: Argument) -> (u8, Option<[u8; 16]>) {
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
                row.origin as i64,
                row.message,
                row.description,
                type1,
                argument1,
                type2,
                argument2,
                row.application,
                row.user,
                row.computer,
                row.submitted.as_micros()
            ],
        )?;
        self.inserted(ObjectType::OperatorRequest, row.id);
        Ok(())
    }

    /// Those who wait for the request are woken.
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
        self.wake_allocation(request)?;
        Ok(())
    }

    /// Those who wait for the request are woken. Nothing happens when it is gone already.
    pub(crate) fn delete_operator_request(&self, request: OperatorRequestId) -> Result<()> {
        if self.execute(DELETE, params![request.to_bytes()])? > 0 {
            self.deleted(ObjectType::OperatorRequest, request);
        }
        Ok(())
    }

    /// Wakes the allocation that has made the request.
    fn wake_allocation(&self, request: OperatorRequestId) -> Result<()> {
        let wait: Option<[u8; 16]> =
            self.first(ALLOCATION, params![request.to_bytes()], |row| row.get(0))?;
        wait.into_iter().for_each(|wait| self.wake(Uuid::from_bytes(wait)));
        Ok(())
    }
}
