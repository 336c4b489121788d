//! Changers.

use rusqlite::{Row, params};

use super::column::{id, numbered, time};
use super::device::DeviceFacts;
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{ChangerId, Id, ObjectType, OperationalState, Timestamp};

/// A changer's row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ChangerRow {
    pub(crate) key: i64,
    pub(crate) id: ChangerId,
    pub(crate) library: i64,
    pub(crate) number: u32,
    pub(crate) device: DeviceFacts,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) operational_state: OperationalState,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, library, number, vendor, product, revision, serial, device_name, \
             scsi, description, created, modified, operational_state FROM changer ",
            $rest
        )
    };
}

const BY_ID: &str = select!("WHERE id = ?1");
const OF_LIBRARY: &str = select!("WHERE library = ?1 ORDER BY number");
const INSERT: &str = "INSERT INTO changer (id, library, number, vendor, product, revision, \
     serial, device_name, scsi, created, modified) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10)";
const DESCRIBE: &str = "UPDATE changer SET description = ?2, modified = ?3 WHERE key = ?1";
const SET_STATE: &str = "UPDATE changer SET operational_state = ?2, modified = ?3 WHERE key = ?1";
const SET_DEVICE: &str = "UPDATE changer SET vendor = ?2, product = ?3, revision = ?4, \
     serial = ?5, device_name = ?6, scsi = ?7, modified = ?8 WHERE key = ?1";

fn read(row: &Row<'_>) -> rusqlite::Result<ChangerRow> {
    Ok(ChangerRow {
        key: row.get(0)?,
        id: id(row, 1)?,
        library: row.get(2)?,
        number: row.get(3)?,
        device: DeviceFacts::read(row, 4)?,
        description: row.get(10)?,
        created: time(row, 11)?,
        modified: time(row, 12)?,
        operational_state: numbered(row, 13)?,
    })
}

impl View<'_> {
    pub(crate) fn changer_by_id(&self, id: ChangerId) -> Result<Option<ChangerRow>> {
        self.first(BY_ID, params![id.to_bytes()], read)
    }

    /// A library's changers by number.
    pub(crate) fn changers_of_library(&self, library: i64) -> Result<Vec<ChangerRow>> {
        self.all(OF_LIBRARY, params![library], read)
    }
}

impl Transaction<'_> {
    pub(crate) fn insert_changer(
        &self,
        id: ChangerId,
        library: i64,
        number: u32,
        device: &DeviceFacts,
        now: Timestamp,
    ) -> Result<i64> {
        let key = self.insert(
            INSERT,
            params![
                id.to_bytes(),
                library,
                number,
                device.vendor,
                device.product,
                device.revision,
                device.serial,
                device.device_name,
                device.scsi,
                now.as_micros()
            ],
        )?;
        self.inserted(ObjectType::Changer, id);
        Ok(key)
    }

    /// Stores what the device says about itself, if it says something else now.
    pub(crate) fn set_changer_device(
        &self,
        row: &ChangerRow,
        device: &DeviceFacts,
        now: Timestamp,
    ) -> Result<()> {
        if row.device == *device {
            return Ok(());
        }
        self.execute(
            SET_DEVICE,
            params![
                row.key,
                device.vendor,
                device.product,
                device.revision,
                device.serial,
                device.device_name,
                device.scsi,
                now.as_micros()
            ],
        )?;
        self.updated(ObjectType::Changer, row.id);
        Ok(())
    }

    /// Stores whether the changer is there, if that has changed.
    pub(crate) fn set_changer_state(
        &self,
        row: &ChangerRow,
        state: OperationalState,
        now: Timestamp,
    ) -> Result<()> {
        if row.operational_state == state {
            return Ok(());
        }
        self.execute(SET_STATE, params![row.key, state.value(), now.as_micros()])?;
        self.updated(ObjectType::Changer, row.id);
        Ok(())
    }

    /// Stores the settable field.
    pub(crate) fn describe_changer(
        &self,
        row: &ChangerRow,
        description: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.execute(DESCRIBE, params![row.key, description, now.as_micros()])?;
        self.updated(ObjectType::Changer, row.id);
        Ok(())
    }
}
