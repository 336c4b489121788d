//! Messages to people on their way. Each is shown by one of those who serve the destination; if that
//! ends, by another.
//!
//! What people are asked has a row for each request and destination, from the operation that asks
//! until nobody needs to do anything any more. What the work of a library has come to has a row for
//! each destination until it is shown.

mod asked;
mod work;

use rusqlite::{Row, params};
use uuid::Uuid;

use super::column::{id, numbered, time};
use super::transaction::{Transaction, View};
use super::ui_destination::folded;
use crate::error::Result;
use crate::model::{
    Id, ObjectId, OperatorRequestId, OperatorRequestState, Timestamp, UiMessageType, UiRequest,
};

/// A message for one destination.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct UiMessageRow {
    pub(crate) key: i64,
    pub(crate) destination: String,
    pub(crate) kind: UiMessageType,
    pub(crate) request: UiRequest,
    /// When it was made.
    pub(crate) time: Timestamp,
}

/// That a message is to be recalled.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct UiRecallRow {
    pub(crate) key: i64,
    pub(crate) destination: String,
    pub(crate) kind: UiMessageType,
    pub(crate) request: OperatorRequestId,
    /// How the request ended, if it was not deleted.
    pub(crate) outcome: Option<OperatorRequestState>,
}

// States: 0 nobody has shown it, 1 shown, 2 to be recalled.
const WAITING: &str = "SELECT key, destination, kind, request, time, work FROM ui_message \
     WHERE folded = ?1 AND state = 0 ORDER BY key LIMIT 1";
const RECALLED: &str = "SELECT key, destination, kind, request, outcome FROM ui_message \
     WHERE sink = ?1 AND sink IS NOT NULL AND state = 2 ORDER BY key";
const CLAIM: &str = "UPDATE ui_message SET state = 1, sink = ?2, process = ?3 \
     WHERE key = ?1 AND request = ?4 AND state = 0";
const PUT_BACK: &str = "UPDATE ui_message SET state = 0, sink = NULL, process = NULL \
     WHERE key = ?1 AND sink = ?2 AND state = 1";
const DROP_RECALLED: &str = "DELETE FROM ui_message WHERE key = ?1 AND sink = ?2 AND state = 2";
const END_WORK: &str =
    "DELETE FROM ui_message WHERE key = ?1 AND sink = ?2 AND state = 1 AND work = 1";
const DELETE: &str = "DELETE FROM ui_message WHERE key = ?1";
const RELEASE_SINK: &str = "UPDATE ui_message SET state = 0, sink = NULL, process = NULL \
     WHERE sink = ?1 AND sink IS NOT NULL AND state = 1";
const END_SINK: &str = "DELETE FROM ui_message WHERE sink = ?1 AND sink IS NOT NULL AND state = 2";
const RELEASE_PROCESS: &str = "UPDATE ui_message SET state = 0, sink = NULL, process = NULL \
     WHERE process = ?1 AND process IS NOT NULL AND state = 1";
const END_PROCESS: &str =
    "DELETE FROM ui_message WHERE process = ?1 AND process IS NOT NULL AND state = 2";

fn read(row: &Row<'_>) -> rusqlite::Result<UiMessageRow> {
    let request = match row.get(5)? {
        true => UiRequest::Library(id(row, 3)?),
        false => UiRequest::Operator(id(row, 3)?),
    };
    Ok(UiMessageRow {
        key: row.get(0)?,
        destination: row.get(1)?,
        kind: numbered(row, 2)?,
        request,
        time: time(row, 4)?,
    })
}

fn read_recall(row: &Row<'_>) -> rusqlite::Result<UiRecallRow> {
    let outcome: Option<i64> = row.get(4)?;
    Ok(UiRecallRow {
        key: row.get(0)?,
        destination: row.get(1)?,
        kind: numbered(row, 2)?,
        request: id(row, 3)?,
        outcome: outcome.and_then(|value| OperatorRequestState::try_from(value).ok()),
    })
}

impl View<'_> {
    /// The oldest message to a destination that nobody has shown.
    pub(crate) fn waiting_ui_message(&self, destination: &str) -> Result<Option<UiMessageRow>> {
        self.first(WAITING, params![folded(destination)], read)
    }

    /// The messages that this sink has shown and is to recall.
    pub(crate) fn recalled_ui_messages(&self, sink: Uuid) -> Result<Vec<UiRecallRow>> {
        self.all(RECALLED, params![sink.as_bytes()], read_recall)
    }
}

impl Transaction<'_> {
    /// Whoever serves destinations looks: they watch the computer.
    fn wake_ui_services(&self) -> Result<()> {
        self.wake(self.computer()?.id.as_uuid());
        Ok(())
    }

    /// The message is this sink's to show, unless somebody else was first or nobody needs it.
    pub(crate) fn claim_ui_message(
        &self,
        message: &UiMessageRow,
        sink: Uuid,
        process: i64,
    ) -> Result<bool> {
        let request = ObjectId::from(message.request).to_bytes();
        let values = params![message.key, sink.as_bytes(), process, request];
        Ok(self.execute(CLAIM, values)? > 0)
    }

    /// The message could not be shown: somebody may try again, if it is still needed.
    pub(crate) fn put_back_ui_message(&self, message: i64, sink: Uuid) -> Result<()> {
        self.execute(DROP_RECALLED, params![message, sink.as_bytes()])?;
        if self.execute(PUT_BACK, params![message, sink.as_bytes()])? > 0 {
            self.wake_ui_services()?;
        }
        Ok(())
    }

    /// What the work had come to was shown. If it has gone on since, that is still to be shown.
    pub(crate) fn end_news_of_work(&self, message: i64, sink: Uuid) -> Result<()> {
        self.execute(END_WORK, params![message, sink.as_bytes()])?;
        Ok(())
    }

    /// Nothing more comes of the message.
    pub(crate) fn delete_ui_message(&self, message: i64) -> Result<()> {
        self.execute(DELETE, params![message])?;
        Ok(())
    }

    /// The sink is gone: what it has shown and is still needed, another may show.
    pub(crate) fn release_ui_sink(&self, sink: Uuid) -> Result<()> {
        self.execute(END_SINK, params![sink.as_bytes()])?;
        if self.execute(RELEASE_SINK, params![sink.as_bytes()])? > 0 {
            self.wake_ui_services()?;
        }
        Ok(())
    }

    /// The same for all sinks of a process that has died.
    pub(super) fn release_ui_sinks_of_process(&self, process: i64) -> Result<()> {
        self.execute(END_PROCESS, params![process])?;
        if self.execute(RELEASE_PROCESS, params![process])? > 0 {
            self.wake_ui_services()?;
        }
        Ok(())
    }
}
