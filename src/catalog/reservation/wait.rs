//! Calls that wait for a drive they can reserve, in the order in which they came.

use rusqlite::{Row, params};
use uuid::Uuid;

use super::{Asker, read_asker};
use crate::catalog::column::{time_or_null, uuid};
use crate::catalog::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::Timestamp;

/// A call that waits, as far as a library is concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DriveWaitRow {
    /// Its place in the order.
    pub(crate) key: i64,
    /// What it watches, and what the reservation will be called.
    pub(crate) id: Uuid,
    pub(crate) library: i64,
    /// This drive and no other.
    pub(crate) drive: Option<i64>,
    /// A drive that this changer reaches.
    pub(crate) changer: Option<i64>,
    /// Where the call waits.
    pub(crate) process: i64,
    pub(crate) asker: Asker,
    pub(crate) deadline: Option<Timestamp>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, library, drive, changer, process, owner, session, application, user, \
             since, deadline FROM drive_wait ",
            $rest
        )
    };
}

const OF_LIBRARY: &str = select!("WHERE library = ?1 ORDER BY key");
const ALL: &str = select!("ORDER BY key");
const WAITS: &str = "SELECT 1 FROM drive_wait WHERE id = ?1 LIMIT 1";
const INSERT: &str = "INSERT INTO drive_wait (id, library, drive, changer, process, owner, \
     session, application, user, since, deadline) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
const END: &str = "DELETE FROM drive_wait WHERE id = ?1";
const END_OF_PROCESS: &str = "DELETE FROM drive_wait WHERE process = ?1";
const END_OF_OWNER: &str = "DELETE FROM drive_wait WHERE owner = ?1 RETURNING id";

fn read(row: &Row<'_>) -> rusqlite::Result<DriveWaitRow> {
    Ok(DriveWaitRow {
        key: row.get(0)?,
        id: uuid(row, 1)?,
        library: row.get(2)?,
        drive: row.get(3)?,
        changer: row.get(4)?,
        process: row.get(5)?,
        asker: read_asker(row, 6)?,
        deadline: time_or_null(row, 11)?,
    })
}

impl View<'_> {
    /// The calls that wait for a drive of a library, in their order.
    pub(crate) fn drive_waits_of_library(&self, library: i64) -> Result<Vec<DriveWaitRow>> {
        self.all(OF_LIBRARY, params![library], read)
    }

    /// Every call that waits for a drive.
    pub(crate) fn drive_waits(&self) -> Result<Vec<DriveWaitRow>> {
        self.all(ALL, [], read)
    }

    /// Whether the call still waits.
    pub(crate) fn is_drive_waited_for(&self, id: Uuid) -> Result<bool> {
        Ok(self.first(WAITS, params![id.as_bytes()], |_| Ok(()))?.is_some())
    }
}

impl Transaction<'_> {
    /// A call begins to wait in a library, behind all others.
    pub(crate) fn insert_drive_wait(&self, row: &DriveWaitRow) -> Result<()> {
        let Asker { keeper, application, user, since } = &row.asker;
        self.insert(
            INSERT,
            params![
                row.id.as_bytes(),
                row.library,
                row.drive,
                row.changer,
                row.process,
                keeper.process,
                keeper.session.map(Uuid::into_bytes),
                application,
                user,
                since.as_micros(),
                row.deadline.map(Timestamp::as_micros)
            ],
        )?;
        Ok(())
    }

    /// The call waits nowhere any more.
    pub(crate) fn end_drive_waits(&self, id: Uuid) -> Result<()> {
        self.execute(END, params![id.as_bytes()])?;
        Ok(())
    }

    /// A process has died: its calls are gone, and those of others that waited for it are told.
    pub(super) fn end_drive_waits_of_process(&self, process: i64) -> Result<()> {
        self.execute(END_OF_PROCESS, params![process])?;
        for id in self.all(END_OF_OWNER, params![process], |row| uuid(row, 0))? {
            self.wake(id);
        }
        Ok(())
    }

    /// What a library can do has changed: calls that wait for its drives look whether they still
    /// may.
    pub(in crate::catalog) fn wake_drive_waits(&self, library: i64) -> Result<()> {
        for wait in self.drive_waits_of_library(library)? {
            self.wake(wait.id);
        }
        Ok(())
    }
}
