//! The parts of a library: drives, slots, changers and ports.

use super::{Checking, Found, Identified, Reading, Settable, Writing};
use crate::catalog::medium_key;
use crate::error::Result;
use crate::model::{
    AccessRights, Changer, ChangerId, ChangerTypeId, Common, Drive, DriveId, DriveTypeId,
    InsertEjectPort, ObjectType, OperationalState, PortId, ScsiAddress, SlotId, SlotState,
    StorageSlot, text,
};
use crate::session::context::present;

impl Identified for DriveId {
    type Record = Drive;
    const KIND: ObjectType = ObjectType::Drive;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<Drive>>> {
        let Some(row) = from.view.drive_by_id(self)? else { return Ok(None) };
        let library = from.view.library(row.library)?;
        let record = Drive {
            id: row.id,
            common: Common {
                created: row.created,
                modified: row.modified,
                enabled: row.enabled && library.enabled,
                operational_state: row.operational_state,
                name: format!("Drive {}", row.number),
                description: row.description,
            },
            number: row.number,
            state: row.state,
            drive_type: DriveTypeId::NULL,
            device_name: row.device.device_name,
            serial_number: row.device.serial,
            revision: row.device.revision,
            scsi: ScsiAddress::default(),
            mount_count: row.mount_count,
            last_cleaned: row.last_cleaned,
            saved_side: match row.saved_side {
                Some(side) => {
                    let cartridge = from.view.cartridge(medium_key(side))?;
                    cartridge.sides.iter().find(|row| row.key == side).map(|row| row.id)
                }
                None => None,
            },
            library: library.id,
            defer_dismount_delay: row.defer_delay,
        };
        Ok(Some(Found { record, governor: library.into() }))
    }
}

impl Settable for Drive {
    fn check(&self, _: &Checking) -> Result<()> {
        present(self.id, "the drive")?;
        text::description(&self.common.description).map(drop)
    }

    fn store(&self, to: &Writing<'_, '_>) -> Result<()> {
        let row = to.transaction.drive_by_id(self.id)?.ok_or_else(|| to.missing(self.id))?;
        let governor = to.transaction.library(row.library)?.into();
        to.require(&governor, AccessRights::CONTROL, Some(AccessRights::CONTROL))?;
        let description = &self.common.description;
        to.transaction.set_drive(&row, description, self.defer_dismount_delay, to.now)
    }
}

impl Identified for SlotId {
    type Record = StorageSlot;
    const KIND: ObjectType = ObjectType::StorageSlot;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<StorageSlot>>> {
        let Some(row) = from.view.slot_by_id(self)? else { return Ok(None) };
        let library = from.view.library(row.library)?;
        let is_there = row.state != SlotState::NotPresent;
        let record = StorageSlot {
            id: row.id,
            common: Common {
                created: row.created,
                modified: row.modified,
                enabled: library.enabled,
                operational_state: present_or_not(is_there),
                name: format!("Slot {}", row.number),
                description: row.description,
            },
            number: row.number,
            state: row.state,
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
        let record = Changer {
            id: row.id,
            common: Common {
                created: row.created,
                modified: row.modified,
                enabled: library.enabled,
                operational_state: library.operational_state,
                name: format!("Changer {}", row.number),
                description: row.description,
            },
            number: row.number,
            changer_type: ChangerTypeId::NULL,
            serial_number: row.device.serial,
            revision: row.device.revision,
            device_name: row.device.device_name,
            scsi: ScsiAddress::default(),
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
        let record = InsertEjectPort {
            id: row.id,
            common: Common {
                created: row.created,
                modified: row.modified,
                enabled: library.enabled,
                operational_state: library.operational_state,
                name: format!("Port {}", row.number),
                description: row.description,
            },
            number: row.number,
            content: row.content,
            position: row.position,
            max_extend_secs: row.max_extend,
            library: library.id,
        };
        Ok(Some(Found { record, governor: library.into() }))
    }
}

fn present_or_not(is_there: bool) -> OperationalState {
    if is_there { OperationalState::Ready } else { OperationalState::NotPresent }
}
