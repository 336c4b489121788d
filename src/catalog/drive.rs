//! Drives.

use rusqlite::{Row, params};

use super::column::{id, numbered, time, time_or_null};
use super::device::DeviceFacts;
use super::failure::damaged;
use super::transaction::{Transaction, View};
use crate::error::{ErrorKind, Result};
use crate::model::{DriveId, DriveState, Id, ObjectType, OperationalState, Timestamp};

/// A drive's row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DriveRow {
    pub(crate) key: i64,
    pub(crate) id: DriveId,
    pub(crate) library: i64,
    pub(crate) number: u32,
    pub(crate) changer: Option<i64>,
    pub(crate) address: u16,
    pub(crate) device: DeviceFacts,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) enabled: bool,
    pub(crate) operational_state: OperationalState,
    pub(crate) state: DriveState,
    pub(crate) saved_side: Option<i64>,
    pub(crate) deferred_since: Option<Timestamp>,
    pub(crate) mount_count: u32,
    pub(crate) last_cleaned: Option<Timestamp>,
    /// It has asked to be cleaned, and has not been since.
    pub(crate) wants_cleaning: bool,
    /// The mount count when it was cleaned last.
    pub(crate) cleaned_at: Option<u32>,
    /// Seconds a medium stays at least after a deferred dismount.
    pub(crate) defer_delay: u32,
}

impl DriveRow {
    /// Whether it asks for cleaning though nothing was mounted in it since it was cleaned.
    pub(crate) fn is_cleaned_in_vain(&self) -> bool {
        self.cleaned_at == Some(self.mount_count)
    }

    /// Whether the drive can be used, apart from what is in it now.
    pub(crate) fn is_in_service(&self) -> bool {
        self.enabled && self.operational_state == OperationalState::Ready
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, library, number, changer, address, vendor, product, revision, \
             serial, device_name, scsi, description, created, modified, enabled, \
             operational_state, state, saved_side, deferred_since, mount_count, last_cleaned, wants_cleaning, \
             cleaned_at, defer_delay FROM drive ",
            $rest
        )
    };
}

const BY_KEY: &str = select!("WHERE key = ?1");
const BY_ID: &str = select!("WHERE id = ?1");
const OF_LIBRARY: &str = select!("WHERE library = ?1 ORDER BY number");
const INSERT: &str = "INSERT INTO drive (id, library, number, changer, address, vendor, product, \
     revision, serial, device_name, scsi, operational_state, state, created, modified) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14)";
const SET_DEVICE: &str = "UPDATE drive SET changer = ?2, address = ?3, vendor = ?4, product = ?5, \
     revision = ?6, serial = ?7, device_name = ?8, scsi = ?9, operational_state = ?10, \
     modified = ?11 WHERE key = ?1";
const SET: &str =
    "UPDATE drive SET description = ?2, defer_delay = ?3, modified = ?4 WHERE key = ?1";
const SET_ENABLED: &str = "UPDATE drive SET enabled = ?2, modified = ?3 WHERE key = ?1";
const SET_STATE: &str = "UPDATE drive SET state = ?2, deferred_since = ?3, mount_count = ?4, \
     last_cleaned = ?5, wants_cleaning = ?6, cleaned_at = ?7, modified = ?8 WHERE key = ?1";
const SET_SIDE: &str = "UPDATE drive SET saved_side = ?2 WHERE key = ?1";

fn read(row: &Row<'_>) -> rusqlite::Result<DriveRow> {
    Ok(DriveRow {
        key: row.get(0)?,
        id: id(row, 1)?,
        library: row.get(2)?,
        number: row.get(3)?,
        changer: row.get(4)?,
        address: row.get(5)?,
        device: DeviceFacts::read(row, 6)?,
        description: row.get(12)?,
        created: time(row, 13)?,
        modified: time(row, 14)?,
        enabled: row.get(15)?,
        operational_state: numbered(row, 16)?,
        state: numbered(row, 17)?,
        saved_side: row.get(18)?,
        deferred_since: time_or_null(row, 19)?,
        mount_count: row.get(20)?,
        last_cleaned: time_or_null(row, 21)?,
        wants_cleaning: row.get(22)?,
        cleaned_at: row.get(23)?,
        defer_delay: row.get(24)?,
    })
}

impl View<'_> {
    pub(crate) fn drive(&self, key: i64) -> Result<DriveRow> {
        self.find_drive(key)?.ok_or_else(|| damaged("a drive that is referred to does not exist"))
    }

    /// The drive, unless it has been deleted.
    pub(crate) fn find_drive(&self, key: i64) -> Result<Option<DriveRow>> {
        self.first(BY_KEY, params![key], read)
    }

    pub(crate) fn drive_by_id(&self, id: DriveId) -> Result<Option<DriveRow>> {
        self.first(BY_ID, params![id.to_bytes()], read)
    }

    /// A library's drives by number.
    pub(crate) fn drives_of_library(&self, library: i64) -> Result<Vec<DriveRow>> {
        self.all(OF_LIBRARY, params![library], read)
    }
}

impl Transaction<'_> {
    /// Adds an empty drive. Its key, enabled, counts and delay start as the schema says.
    pub(crate) fn insert_drive(&self, row: &DriveRow, now: Timestamp) -> Result<i64> {
        let device = &row.device;
        let key = self.insert(
            INSERT,
            params![
                row.id.to_bytes(),
                row.library,
                row.number,
                row.changer,
                row.address,
                device.vendor,
                device.product,
                device.revision,
                device.serial,
                device.device_name,
                device.scsi,
                row.operational_state.value(),
                row.state.value(),
                now.as_micros()
            ],
        )?;
        self.inserted(ObjectType::Drive, row.id);
        Ok(key)
    }

    /// Stores where the drive is, what it says about itself and whether it is there.
    pub(crate) fn set_drive_device(
        &self,
        before: &DriveRow,
        after: &DriveRow,
        now: Timestamp,
    ) -> Result<()> {
        if before == after {
            return Ok(());
        }
        let device = &after.device;
        self.execute(
            SET_DEVICE,
            params![
                after.key,
                after.changer,
                after.address,
                device.vendor,
                device.product,
                device.revision,
                device.serial,
                device.device_name,
                device.scsi,
                after.operational_state.value(),
                now.as_micros()
            ],
        )?;
        self.updated(ObjectType::Drive, after.id);
        match after.operational_state {
            OperationalState::NotPresent => {
                self.end_reservation_of_drive(after.key, ErrorKind::DeviceNotAvailable)
            }
            _ => self.wake_drive_waits(after.library),
        }
    }

    /// Stores the settable fields of a drive.
    pub(crate) fn set_drive(
        &self,
        row: &DriveRow,
        description: &str,
        defer_delay: u32,
        now: Timestamp,
    ) -> Result<()> {
        self.execute(SET, params![row.key, description, defer_delay, now.as_micros()])?;
        self.updated(ObjectType::Drive, row.id);
        // What waits for the old delay may go on.
        self.wake_library(row.library)?;
        Ok(())
    }

    /// Changes what the drive is doing, what is in it, how often it was used and cleaned.
    pub(crate) fn change_drive(
        &self,
        key: i64,
        now: Timestamp,
        change: impl FnOnce(&mut DriveRow),
    ) -> Result<()> {
        let before = self.drive(key)?;
        let mut after = before.clone();
        change(&mut after);
        if before == after {
            return Ok(());
        }
        if before.saved_side != after.saved_side {
            self.execute(SET_SIDE, params![after.key, after.saved_side])?;
        }
        self.execute(
            SET_STATE,
            params![
                after.key,
                after.state.value(),
                after.deferred_since.map(Timestamp::as_micros),
                after.mount_count,
                after.last_cleaned.map(Timestamp::as_micros),
                after.wants_cleaning,
                after.cleaned_at,
                now.as_micros()
            ],
        )?;
        self.updated(ObjectType::Drive, after.id);
        Ok(())
    }

    /// Takes the drive out of service, or puts it back.
    pub(crate) fn set_drive_service(
        &self,
        before: &DriveRow,
        state: OperationalState,
        now: Timestamp,
    ) -> Result<()> {
        let after = DriveRow { operational_state: state, ..before.clone() };
        self.set_drive_device(before, &after, now)?;
        // Mounts may wait for it, or for another one now.
        self.wake_library(before.library)?;
        Ok(())
    }

    pub(crate) fn enable_drive(&self, row: &DriveRow, enabled: bool, now: Timestamp) -> Result<()> {
        self.execute(SET_ENABLED, params![row.key, enabled, now.as_micros()])?;
        self.updated(ObjectType::Drive, row.id);
        if !enabled {
            self.end_reservation_of_drive(row.key, ErrorKind::ResourceDisabled)?;
        }
        Ok(())
    }
}
