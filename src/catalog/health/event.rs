//! The history of drives and media. It is bounded: the oldest entries go first.

use rusqlite::{Row, params};

use crate::catalog::column::{id_or_null, numbered, time};
use crate::catalog::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{DeviceEvent, DeviceEventKind, DriveId, Id, PhysicalMediaId, Timestamp, text};

/// Entries that are kept at least.
const KEPT: i64 = 16_384;

/// Old entries go in batches of this many.
const TRIM_BATCH: i64 = 1_024;

/// Something that happened to a drive, a medium, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NewEvent {
    pub(crate) what: DeviceEventKind,
    pub(crate) drive: Option<i64>,
    pub(crate) medium: Option<i64>,
    pub(crate) reason: String,
}

impl NewEvent {
    /// The reason is what a device said, whatever that is.
    pub(crate) fn new(
        what: DeviceEventKind,
        drive: Option<i64>,
        medium: Option<i64>,
        reason: &str,
    ) -> Self {
        Self { what, drive, medium, reason: text::legible(reason) }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT key, time, what, drive, medium, reason FROM device_event ", $rest)
    };
}

const ALL: &str = select!("WHERE key < ?1 ORDER BY key DESC LIMIT ?2");
const OF_DRIVE: &str =
    select!("WHERE drive = ?3 AND drive IS NOT NULL AND key < ?1 ORDER BY key DESC LIMIT ?2");
const OF_MEDIUM: &str =
    select!("WHERE medium = ?3 AND medium IS NOT NULL AND key < ?1 ORDER BY key DESC LIMIT ?2");
const ENTER: &str = "INSERT INTO device_event (time, what, drive, medium, reason) \
     VALUES (?1, ?2, ?3, ?4, ?5)";
const TRIM: &str = "DELETE FROM device_event WHERE key <= ?1";

fn read(row: &Row<'_>) -> rusqlite::Result<DeviceEvent> {
    let number: i64 = row.get(0)?;
    Ok(DeviceEvent {
        number: number.unsigned_abs(),
        time: time(row, 1)?,
        what: numbered(row, 2)?,
        drive: id_or_null(row, 3)?,
        medium: id_or_null(row, 4)?,
        reason: row.get(5)?,
    })
}

impl View<'_> {
    /// The newest entries before a number, newest first.
    pub(crate) fn device_events(&self, before: i64, most: u32) -> Result<Vec<DeviceEvent>> {
        self.all(ALL, params![before, most], read)
    }

    /// The same of one drive.
    pub(crate) fn events_of_drive(
        &self,
        drive: DriveId,
        before: i64,
        most: u32,
    ) -> Result<Vec<DeviceEvent>> {
        self.all(OF_DRIVE, params![before, most, drive.to_bytes()], read)
    }

    /// The same of one medium.
    pub(crate) fn events_of_medium(
        &self,
        medium: PhysicalMediaId,
        before: i64,
        most: u32,
    ) -> Result<Vec<DeviceEvent>> {
        self.all(OF_MEDIUM, params![before, most, medium.to_bytes()], read)
    }
}

impl Transaction<'_> {
    pub(super) fn enter_event(&self, event: &NewEvent, now: Timestamp) -> Result<()> {
        let drive = event.drive.map(|key| self.drive_id(key)).transpose()?;
        let medium = event.medium.map(|key| self.cartridge(key)).transpose()?;
        let key = self.insert(
            ENTER,
            params![
                now.as_micros(),
                event.what.value(),
                drive.map(|id| id.to_bytes()),
                medium.map(|cartridge| cartridge.medium.id.to_bytes()),
                event.reason
            ],
        )?;
        if key % TRIM_BATCH == 0 && key > KEPT {
            self.execute(TRIM, params![key - KEPT])?;
        }
        Ok(())
    }
}
