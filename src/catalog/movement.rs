//! The journal of what libraries are doing with cartridges: who owns which drive and medium.

use rusqlite::{Row, params};

use super::column::numbered;
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{Timestamp, numbered};

numbered! {
    /// What a cartridge is moved for.
    Purpose: i64 {
        /// Somebody mounts a side.
        Mount = 1,
        /// It goes home.
        Dismount = 2,
        /// Its labels are read.
        Identify = 3,
        /// A free label is written.
        Label = 4,
        /// It goes home because its drive is to be empty.
        Tidy = 5,
        /// Something else is done with the drive.
        Work = 6,
    }
}

/// A movement's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MovementRow {
    pub(crate) drive: i64,
    pub(crate) library: i64,
    /// None while the cartridge is not identified.
    pub(crate) medium: Option<i64>,
    /// Where the cartridge was taken from.
    pub(crate) slot: Option<i64>,
    pub(crate) purpose: Purpose,
}

const OF_DRIVE: &str =
    "SELECT drive, library, medium, slot, purpose FROM movement WHERE drive = ?1";
const OF_MEDIUM: &str =
    "SELECT drive, library, medium, slot, purpose FROM movement WHERE medium = ?1";
const OF_SLOT: &str = "SELECT drive, library, medium, slot, purpose FROM movement WHERE slot = ?1";
const OF_LIBRARY: &str = "SELECT drive, library, medium, slot, purpose FROM movement \
     WHERE library = ?1 ORDER BY drive";
const AIM: &str = "UPDATE OR IGNORE movement SET slot = ?3 WHERE drive = ?1 AND medium = ?2";
const INSERT: &str = "INSERT INTO movement (drive, library, medium, slot, purpose, since) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
const DELETE: &str = "DELETE FROM movement WHERE drive = ?1";

fn read(row: &Row<'_>) -> rusqlite::Result<MovementRow> {
    Ok(MovementRow {
        drive: row.get(0)?,
        library: row.get(1)?,
        medium: row.get(2)?,
        slot: row.get(3)?,
        purpose: numbered(row, 4)?,
    })
}

impl View<'_> {
    pub(crate) fn movement_of_drive(&self, drive: i64) -> Result<Option<MovementRow>> {
        self.first(OF_DRIVE, params![drive], read)
    }

    pub(crate) fn movement_of_medium(&self, medium: i64) -> Result<Option<MovementRow>> {
        self.first(OF_MEDIUM, params![medium], read)
    }

    pub(crate) fn movement_of_slot(&self, slot: i64) -> Result<Option<MovementRow>> {
        self.first(OF_SLOT, params![slot], read)
    }
}

impl View<'_> {
    /// What is going on in a library.
    pub(crate) fn movements_of_library(&self, library: i64) -> Result<Vec<MovementRow>> {
        self.all(OF_LIBRARY, params![library], read)
    }
}

impl Transaction<'_> {
    pub(crate) fn begin_movement(&self, row: &MovementRow, now: Timestamp) -> Result<()> {
        let values = params![
            row.drive,
            row.library,
            row.medium,
            row.slot,
            row.purpose.value(),
            now.as_micros()
        ];
        self.insert(INSERT, values)?;
        Ok(())
    }

    /// The robot is about to carry the medium into a slot that is not its home. Of two that are on
    /// their way to one slot, the first is noted.
    pub(crate) fn aim_movement(&self, drive: i64, medium: i64, slot: i64) -> Result<()> {
        self.execute(AIM, params![drive, medium, slot])?;
        Ok(())
    }

    pub(crate) fn end_movement(&self, drive: i64) -> Result<()> {
        self.execute(DELETE, params![drive])?;
        Ok(())
    }
}
