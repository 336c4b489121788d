//! Vendors and products of changers and drives.

use rusqlite::{Row, params};

use super::column::{id, numbered, time};
use super::failure::damaged;
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{DeviceType, Id, ObjectId, ObjectType, Timestamp};

/// A vendor and product. Of drives and of changers: ids tell by their type which.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DeviceTypeRow {
    pub(crate) key: i64,
    pub(crate) id: ObjectId,
    /// `ChangerType` or `DriveType`.
    pub(crate) kind: ObjectType,
    pub(crate) vendor: String,
    pub(crate) product: String,
    pub(crate) device_type: DeviceType,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, kind, vendor, product, device_type, description, created, modified \
             FROM device_type ",
            $rest
        )
    };
}

const BY_ID: &str = select!("WHERE id = ?1 AND kind = ?2");
const OF_DEVICE: &str = select!("WHERE kind = ?1 AND vendor = ?2 AND product = ?3");
const INSERT: &str = "INSERT INTO device_type (id, kind, vendor, product, device_type, created, \
     modified) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)";
const SET: &str = "UPDATE device_type SET device_type = ?2, description = ?3, modified = ?4 \
     WHERE key = ?1";

fn read(row: &Row<'_>) -> rusqlite::Result<DeviceTypeRow> {
    Ok(DeviceTypeRow {
        key: row.get(0)?,
        id: id(row, 1)?,
        kind: numbered(row, 2)?,
        vendor: row.get(3)?,
        product: row.get(4)?,
        device_type: numbered(row, 5)?,
        description: row.get(6)?,
        created: time(row, 7)?,
        modified: time(row, 8)?,
    })
}

impl View<'_> {
    /// The changer type or drive type with this id.
    pub(crate) fn device_type_by_id<I: Id>(
        &self,
        id: I,
        kind: ObjectType,
    ) -> Result<Option<DeviceTypeRow>> {
        self.first(BY_ID, params![id.to_bytes(), kind.value()], read)
    }

    /// That of a changer or drive.
    pub(crate) fn device_type_of<I: Id>(
        &self,
        kind: ObjectType,
        vendor: &str,
        product: &str,
    ) -> Result<I> {
        let row = self.find_device_type(kind, vendor, product)?;
        let row = row.ok_or_else(|| damaged("a device is of a type that does not exist"))?;
        Ok(I::from_uuid(row.id.as_uuid()))
    }

    pub(crate) fn find_device_type(
        &self,
        kind: ObjectType,
        vendor: &str,
        product: &str,
    ) -> Result<Option<DeviceTypeRow>> {
        self.first(OF_DEVICE, params![kind.value(), vendor, product], read)
    }
}

impl Transaction<'_> {
    pub(crate) fn insert_device_type(&self, row: &DeviceTypeRow) -> Result<()> {
        self.insert(
            INSERT,
            params![
                row.id.to_bytes(),
                row.kind.value(),
                row.vendor,
                row.product,
                row.device_type.value(),
                row.created.as_micros()
            ],
        )?;
        self.inserted(row.kind, row.id);
        Ok(())
    }

    /// Stores class and description.
    pub(crate) fn set_device_type(&self, row: &DeviceTypeRow, now: Timestamp) -> Result<()> {
        let values = params![row.key, row.device_type.value(), row.description, now.as_micros()];
        self.execute(SET, values)?;
        self.updated(row.kind, row.id);
        Ok(())
    }
}
