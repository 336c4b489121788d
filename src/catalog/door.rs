//! Doors through which people reach slots.

use rusqlite::{Row, params};

use super::attendance::Unattended;
use super::column::{id, numbered, time};
use super::library_request::LibraryRequestRow;
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{
    DoorId, DoorState, Id, ObjectType, OperatorRequestId, OperatorTask, ServiceTarget, Timestamp,
};

/// A door's row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DoorRow {
    pub(crate) key: i64,
    pub(crate) id: DoorId,
    pub(crate) library: i64,
    pub(crate) number: u32,
    pub(crate) changer: i64,
    /// Which of the changer's doors it is.
    pub(crate) place: u32,
    pub(crate) state: DoorState,
    /// Seconds after which a person is asked to close it.
    pub(crate) max_open: u16,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, library, number, changer, place, state, max_open, description, \
             created, modified FROM door ",
            $rest
        )
    };
}

const BY_ID: &str = select!("WHERE id = ?1");
const OF_LIBRARY: &str = select!("WHERE library = ?1 ORDER BY number");
const INSERT: &str = "INSERT INTO door (id, library, number, changer, place, state, created, \
     modified) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)";
const SET: &str = "UPDATE door SET description = ?2, max_open = ?3, modified = ?4 WHERE key = ?1";
const SET_STATE: &str = "UPDATE door SET state = ?2, modified = ?3 WHERE key = ?1";

fn read(row: &Row<'_>) -> rusqlite::Result<DoorRow> {
    Ok(DoorRow {
        key: row.get(0)?,
        id: id(row, 1)?,
        library: row.get(2)?,
        number: row.get(3)?,
        changer: row.get(4)?,
        place: row.get(5)?,
        state: numbered(row, 6)?,
        max_open: row.get(7)?,
        description: row.get(8)?,
        created: time(row, 9)?,
        modified: time(row, 10)?,
    })
}

impl View<'_> {
    pub(crate) fn door_by_id(&self, id: DoorId) -> Result<Option<DoorRow>> {
        self.first(BY_ID, params![id.to_bytes()], read)
    }

    /// A library's doors by number.
    pub(crate) fn doors_of_library(&self, library: i64) -> Result<Vec<DoorRow>> {
        self.all(OF_LIBRARY, params![library], read)
    }

    /// What people are told of a door that they have left open.
    fn door_open(&self, door: &DoorRow) -> Result<String> {
        let library = self.library(door.library)?.name;
        let number = door.number;
        Ok(format!("Close door {number} of library {library}: nothing is moved while it is open."))
    }
}

impl Transaction<'_> {
    /// Adds a door of which nothing is known yet.
    pub(crate) fn insert_door(
        &self,
        id: DoorId,
        library: i64,
        number: u32,
        (changer, place): (i64, u32),
        now: Timestamp,
    ) -> Result<()> {
        let state = DoorState::Unknown.value();
        let values =
            params![id.to_bytes(), library, number, changer, place, state, now.as_micros()];
        self.insert(INSERT, values)?;
        self.inserted(ObjectType::InsertEjectDoor, id);
        Ok(())
    }

    /// Records whether a door is open, if that has changed.
    pub(crate) fn set_door_state(
        &self,
        row: &DoorRow,
        state: DoorState,
        now: Timestamp,
    ) -> Result<()> {
        if row.state == state {
            return Ok(());
        }
        self.execute(SET_STATE, params![row.key, state.value(), now.as_micros()])?;
        self.updated(ObjectType::InsertEjectDoor, row.id);
        Ok(())
    }

    /// Asks a person to close a door; gives the request.
    pub(crate) fn ask_to_close(&self, door: &DoorRow, now: Timestamp) -> Result<OperatorRequestId> {
        let message = self.door_open(door)?;
        self.ask_for_service(ServiceTarget::Door(door.id), &message, now)
    }

    /// The same for work of a library. When nobody is there, nobody is asked, and the request says
    /// so.
    pub(crate) fn ask_to_close_for(
        &self,
        row: &LibraryRequestRow,
        door: &DoorRow,
        now: Timestamp,
    ) -> Result<std::result::Result<OperatorRequestId, Unattended>> {
        if let Some(why) = self.why_unattended_work(row, now)? {
            let task = OperatorTask::DeviceService { device: ServiceTarget::Door(door.id) };
            self.note_unattended(&task, &self.door_open(door)?, &row.submitter, &why, now)?;
            return Ok(Err(why));
        }
        let asked = self.ask_to_close(door, now)?;
        self.set_request_operator(row, Some(asked))?;
        Ok(Ok(asked))
    }

    /// Stores the settable fields.
    pub(crate) fn set_door(
        &self,
        row: &DoorRow,
        description: &str,
        max_open: u16,
        now: Timestamp,
    ) -> Result<()> {
        self.execute(SET, params![row.key, description, max_open, now.as_micros()])?;
        self.updated(ObjectType::InsertEjectDoor, row.id);
        // Who watches the door goes by the new time.
        self.wake_library(row.library)?;
        Ok(())
    }
}
