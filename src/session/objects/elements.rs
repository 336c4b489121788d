//! Storage slots, drives, changers, doors and ports: what a library is made of.

use super::{Checking, Found, Identified, Reading, Settable, Writing};
use crate::catalog::{LibraryRow, View, medium_key};
use crate::error::Result;
use crate::model::{
    AccessRights, Changer, ChangerId, Common, DoorId, Drive, DriveId, InsertEjectDoor,
    InsertEjectPort, ObjectType, OperationalState, PortId, SideId, SlotId, SlotState, StorageSlot,
    Timestamp, limits, text,
};
use crate::session::context::present;
use crate::session::reserve::holder_of_drive;

impl Identified for SlotId {
    type Record = StorageSlot;
    const KIND: ObjectType = ObjectType::StorageSlot;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<StorageSlot>>> {
        let Some(row) = from.view.slot_by_id(self)? else { return Ok(None) };
        let library = from.view.library(row.library)?;
        let state = match row.state {
            SlotState::NotPresent => OperationalState::NotPresent,
            _ => with_library(OperationalState::Ready, &library),
        };
        let record = StorageSlot {
            id: row.id,
            common: Common {
                operational_state: state,
                ..common("Slot", row.number, row.description, (row.created, row.modified), &library)
            },
            number: row.number,
            state: row.state,
            library: library.id,
        };
        Ok(Some(Found { record, governor: library.into() }))
    }
}

impl Identified for DoorId {
    type Record = InsertEjectDoor;
    const KIND: ObjectType = ObjectType::InsertEjectDoor;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<InsertEjectDoor>>> {
        let Some(row) = from.view.door_by_id(self)? else { return Ok(None) };
        let library = from.view.library(row.library)?;
        let times = (row.created, row.modified);
        let record = InsertEjectDoor {
            id: row.id,
            common: common("Door", row.number, row.description, times, &library),
            number: row.number,
            state: row.state,
            max_open_secs: row.max_open,
            library: library.id,
        };
        Ok(Some(Found { record, governor: library.into() }))
    }
}

impl Identified for PortId {
    type Record = InsertEjectPort;
    const KIND: ObjectType = ObjectType::InsertEjectPort;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<InsertEjectPort>>> {
        let Some(row) = from.view.port_by_id(self)? else { return Ok(None) };
        let library = from.view.library(row.library)?;
        let times = (row.created, row.modified);
        let record = InsertEjectPort {
            id: row.id,
            common: common("Port", row.number, row.description, times, &library),
            number: row.number,
            content: row.content,
            position: row.position,
            max_extend_secs: row.max_extend,
            library: library.id,
        };
        Ok(Some(Found { record, governor: library.into() }))
    }
}

impl Identified for ChangerId {
    type Record = Changer;
    const KIND: ObjectType = ObjectType::Changer;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<Changer>>> {
        let Some(row) = from.view.changer_by_id(self)? else { return Ok(None) };
        let library = from.view.library(row.library)?;
        let times = (row.created, row.modified);
        let device = row.device;
        let record = Changer {
            id: row.id,
            common: Common {
                operational_state: with_library(row.operational_state, &library),
                ..common("Changer", row.number, row.description, times, &library)
            },
            number: row.number,
            changer_type: from.view.device_type_of(
                ObjectType::ChangerType,
                &device.vendor,
                &device.product,
            )?,
            serial_number: text::legible_within(&device.serial, limits::SERIALNUMBER_LENGTH),
            revision: device.revision,
            device_name: device.device_name,
            scsi: device.scsi,
            library: library.id,
        };
        Ok(Some(Found { record, governor: library.into() }))
    }
}

impl Identified for DriveId {
    type Record = Drive;
    const KIND: ObjectType = ObjectType::Drive;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<Drive>>> {
        let Some(row) = from.view.drive_by_id(self)? else { return Ok(None) };
        let library = from.view.library(row.library)?;
        let times = (row.created, row.modified);
        let device = row.device;
        let record = Drive {
            id: row.id,
            common: Common {
                enabled: row.enabled && library.enabled,
                operational_state: with_library(row.operational_state, &library),
                ..common("Drive", row.number, row.description, times, &library)
            },
            number: row.number,
            state: row.state,
            drive_type: from.view.device_type_of(
                ObjectType::DriveType,
                &device.vendor,
                &device.product,
            )?,
            device_name: device.device_name,
            serial_number: text::legible_within(&device.serial, limits::SERIALNUMBER_LENGTH),
            revision: device.revision,
            scsi: device.scsi,
            mount_count: row.mount_count,
            last_cleaned: row.last_cleaned,
            saved_side: saved_side(&from.view, row.saved_side)?,
            library: library.id,
            reservation: holder_of_drive(&from.view, row.key)?,
            defer_dismount_delay: row.defer_delay,
        };
        Ok(Some(Found { record, governor: library.into() }))
    }
}

fn saved_side(view: &View<'_>, key: Option<i64>) -> Result<Option<SideId>> {
    let Some(key) = key else { return Ok(None) };
    let sides = view.cartridge(medium_key(key))?.sides;
    Ok(sides.into_iter().find(|side| side.key == key).map(|side| side.id))
}

/// What elements have in common. They are named by kind and number **\[D]**.
fn common(
    kind: &str,
    number: u32,
    description: String,
    (created, modified): (Timestamp, Timestamp),
    library: &LibraryRow,
) -> Common {
    Common {
        created,
        modified,
        enabled: library.enabled,
        operational_state: library.operational_state,
        name: format!("{kind} {number}"),
        description,
    }
}

/// Without the library, nothing of it is there.
fn with_library(own: OperationalState, library: &LibraryRow) -> OperationalState {
    match library.operational_state {
        OperationalState::NotPresent => OperationalState::NotPresent,
        _ => own,
    }
}

/// A record of which the description can be set, with the right to its library.
macro_rules! described {
    ($record:ident, $by_id:ident, $what:literal, $set:ident $(, $field:ident)?) => {
        impl Settable for $record {
            fn check(&self, _: &Checking) -> Result<()> {
                present(self.id, $what)?;
                text::description(&self.common.description).map(drop)
            }

            fn store(&self, to: &Writing<'_, '_>) -> Result<()> {
                let view = to.transaction;
                let row = view.$by_id(self.id)?.ok_or_else(|| to.missing(self.id))?;
                let library = view.library(row.library)?;
                to.require(&library.into(), AccessRights::MODIFY, None)?;
                view.$set(&row, &self.common.description, $(self.$field,)? to.now)
            }
        }
    };
}

described!(StorageSlot, slot_by_id, "the slot", describe_slot);
described!(Changer, changer_by_id, "the changer", describe_changer);
described!(InsertEjectDoor, door_by_id, "the door", set_door, max_open_secs);
described!(InsertEjectPort, port_by_id, "the port", set_port, max_extend_secs);
described!(Drive, drive_by_id, "the drive", set_drive, defer_dismount_delay);
