//! Messages to people on their way: a row for each request and destination, from the operation that
//! asks until nobody needs to do anything any more. Each is shown by one of those who serve the
//! destination; if that ends, by another.

use rusqlite::{Row, params};
use uuid::Uuid;

use super::column::{id, numbered, time};
use super::operator_request::OperatorRequestRow;
use super::transaction::{Transaction, View};
use super::ui_destination::folded;
use crate::error::Result;
use crate::model::{
    CleanerTarget, Id, LibraryId, OperatorRequestId, OperatorRequestKind, OperatorRequestState,
    OperatorTask, PhysicalMediaId, ServiceTarget, Timestamp, UiMessageType,
};

/// A message for one destination.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct UiMessageRow {
    pub(crate) key: i64,
    pub(crate) destination: String,
    pub(crate) kind: UiMessageType,
    pub(crate) request: OperatorRequestId,
    /// When it was made.
    pub(crate) time: Timestamp,
    /// How the request ended, if it was not deleted.
    pub(crate) outcome: Option<OperatorRequestState>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT key, destination, kind, request, time, outcome FROM ui_message ", $rest)
    };
}

// States: 0 nobody has shown it, 1 shown, 2 to be recalled.
const WAITING: &str = select!("WHERE folded = ?1 AND state = 0 ORDER BY key LIMIT 1");
const RECALLED: &str = select!("WHERE sink = ?1 AND sink IS NOT NULL AND state = 2 ORDER BY key");
const POST: &str = "INSERT INTO ui_message (request, kind, destination, folded, time) \
     SELECT ?1, ?2, name, folded, ?3 FROM ui_destination WHERE scope = ?4 AND kind = ?2 \
     ON CONFLICT (request, folded) DO NOTHING";
const CLAIM: &str = "UPDATE ui_message SET state = 1, sink = ?2, process = ?3 \
     WHERE key = ?1 AND state = 0";
const PUT_BACK: &str = "UPDATE ui_message SET state = 0, sink = NULL, process = NULL \
     WHERE key = ?1 AND state = 1";
const DROP_WAITING: &str = "DELETE FROM ui_message WHERE request = ?1 AND state = 0";
const RECALL: &str = "UPDATE ui_message SET state = 2, outcome = ?2 \
     WHERE request = ?1 AND state = 1";
const DELETE: &str = "DELETE FROM ui_message WHERE key = ?1";
const RELEASE_SINK: &str = "UPDATE ui_message SET state = 0, sink = NULL, process = NULL \
     WHERE sink = ?1 AND sink IS NOT NULL AND state = 1";
const END_SINK: &str = "DELETE FROM ui_message WHERE sink = ?1 AND sink IS NOT NULL AND state = 2";
const RELEASE_PROCESS: &str = "UPDATE ui_message SET state = 0, sink = NULL, process = NULL \
     WHERE process = ?1 AND process IS NOT NULL AND state = 1";
const END_PROCESS: &str =
    "DELETE FROM ui_message WHERE process = ?1 AND process IS NOT NULL AND state = 2";

fn read(row: &Row<'_>) -> rusqlite::Result<UiMessageRow> {
    let outcome: Option<i64> = row.get(5)?;
    Ok(UiMessageRow {
        key: row.get(0)?,
        destination: row.get(1)?,
        kind: numbered(row, 2)?,
        request: id(row, 3)?,
        time: time(row, 4)?,
        outcome: outcome.and_then(|value| OperatorRequestState::try_from(value).ok()),
    })
}

/// As what requests of a kind are told.
fn type_of(kind: OperatorRequestKind) -> UiMessageType {
    match kind {
        OperatorRequestKind::DeviceService => UiMessageType::Error,
        _ => UiMessageType::Request,
    }
}

impl View<'_> {
    /// The oldest message to a destination that nobody has shown.
    pub(crate) fn waiting_ui_message(&self, destination: &str) -> Result<Option<UiMessageRow>> {
        self.first(WAITING, params![folded(destination)], read)
    }

    /// The messages that this sink has shown and is to recall.
    pub(crate) fn recalled_ui_messages(&self, sink: Uuid) -> Result<Vec<UiMessageRow>> {
        self.all(RECALLED, params![sink.as_bytes()], read)
    }

    /// The libraries that a task is about.
    fn libraries_of(&self, task: &OperatorTask) -> Result<Vec<LibraryId>> {
        let of_medium = |medium: PhysicalMediaId| -> Result<Option<i64>> {
            let key = self.medium_key(medium)?;
            key.map(|key| self.cartridge(key).map(|it| it.medium.library)).transpose()
        };
        let (named, key) = match *task {
            OperatorTask::NewMedia { library, .. } => (library, None),
            OperatorTask::MoveMedia { medium, to } => (Some(to), of_medium(medium)?),
            OperatorTask::Message => (None, None),
            OperatorTask::Cleaner { target: CleanerTarget::Library(library) }
            | OperatorTask::DeviceService { device: ServiceTarget::Library(library) } => {
                (Some(library), None)
            }
            OperatorTask::Cleaner { target: CleanerTarget::Slot(slot) } => {
                (None, self.slot_by_id(slot)?.map(|row| row.library))
            }
            OperatorTask::DeviceService { device: ServiceTarget::Door(door) } => {
                (None, self.door_by_id(door)?.map(|row| row.library))
            }
            OperatorTask::DeviceService { device: ServiceTarget::Drive(drive) } => {
                (None, self.drive_by_id(drive)?.map(|row| row.library))
            }
            OperatorTask::DeviceService { device: ServiceTarget::Medium(medium) } => {
                (None, of_medium(medium)?)
            }
        };
        let other = key.map(|key| self.library(key).map(|row| row.id)).transpose()?;
        Ok(named.into_iter().chain(other).collect())
    }
}

impl Transaction<'_> {
    /// Tells of a request: once for each destination of the session that caused it, of the libraries
    /// it is about and of the computer.
    pub(super) fn post_ui_messages(
        &self,
        request: &OperatorRequestRow,
        session: Option<Uuid>,
        now: Timestamp,
    ) -> Result<()> {
        let computer = self.computer()?.id.as_uuid();
        let libraries = self.libraries_of(&request.task()?)?;
        let libraries = libraries.into_iter().map(|library| library.as_uuid());
        let kind = type_of(request.kind).value();
        let mut posted = 0;
        for scope in session.into_iter().chain(libraries).chain([computer]) {
            let (request, now) = (request.id.to_bytes(), now.as_micros());
            posted += self.execute(POST, params![request, kind, now, scope.as_bytes()])?;
        }
        if posted > 0 {
            // Whoever serves destinations watches the computer.
            self.wake(computer);
        }
        Ok(())
    }

    /// Nobody needs to do any more what messages ask for.
    pub(super) fn recall_ui_messages(
        &self,
        request: OperatorRequestId,
        outcome: Option<OperatorRequestState>,
    ) -> Result<()> {
        self.execute(DROP_WAITING, params![request.to_bytes()])?;
        let outcome = outcome.map(OperatorRequestState::value);
        let values = params![request.to_bytes(), outcome];
        if self.execute(RECALL, values)? > 0 {
            self.wake(self.computer()?.id.as_uuid());
        }
        Ok(())
    }

    /// The message is this sink's to show, unless somebody else was first.
    pub(crate) fn claim_ui_message(&self, message: i64, sink: Uuid, process: i64) -> Result<bool> {
        Ok(self.execute(CLAIM, params![message, sink.as_bytes(), process])? > 0)
    }

    /// The message could not be shown: somebody may try again, if it is still needed.
    pub(crate) fn put_back_ui_message(&self, message: i64) -> Result<()> {
        if self.execute(PUT_BACK, params![message])? == 0 {
            return self.delete_ui_message(message);
        }
        self.wake(self.computer()?.id.as_uuid());
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
            self.wake(self.computer()?.id.as_uuid());
        }
        Ok(())
    }

    /// The same for all sinks of a process that has died.
    pub(super) fn release_ui_sinks_of_process(&self, process: i64) -> Result<()> {
        self.execute(END_PROCESS, params![process])?;
        if self.execute(RELEASE_PROCESS, params![process])? > 0 {
            self.wake(self.computer()?.id.as_uuid());
        }
        Ok(())
    }
}
