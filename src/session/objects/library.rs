//! Libraries.

use super::{Checking, Found, Identified, Reading, Settable, Writing};
use crate::catalog::{LibraryDetails, LibraryRow};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, Common, InventoryMethod, Library, LibraryFlags, LibraryId, ObjectType, text,
};
use crate::session::context::present;

/// Cleaner uses that are not counted.
const NOT_COUNTED: u32 = u32::MAX;

impl Identified for LibraryId {
    type Record = Library;
    const KIND: ObjectType = ObjectType::Library;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<Library>>> {
        let Some(row) = from.view.library_by_id(self)? else { return Ok(None) };
        let details = from.view.library_details(row.key)?;
        Ok(Some(Found { record: record(&row, &details), governor: row.into() }))
    }
}

fn record(row: &LibraryRow, details: &LibraryDetails) -> Library {
    Library {
        id: row.id,
        common: Common {
            created: row.created,
            modified: row.modified,
            enabled: row.enabled,
            operational_state: row.operational_state,
            name: row.name.clone(),
            description: row.description.clone(),
        },
        library_type: row.library_type,
        cleaner_slot: details.cleaner_slot,
        cleaner_slot_default: details.cleaner_slot_default,
        supports_drive_cleaning: details.drive_cleaning,
        bar_code_reader_installed: row.bar_code_reader,
        inventory_method: row.inventory_method,
        cleaner_uses_remaining: details.cleaner_uses,
        first_drive_number: details.drives.first,
        first_slot_number: details.slots.first,
        first_door_number: details.doors.first,
        first_port_number: details.ports.first,
        first_changer_number: details.changers.first,
        number_of_drives: details.drives.count,
        number_of_slots: details.slots.count,
        number_of_doors: details.doors.count,
        number_of_ports: details.ports.count,
        number_of_changers: details.changers.count,
        number_of_media: row.media_count,
        number_of_media_types: details.media_types,
        number_of_library_requests: details.requests,
        auto_recovery: row.auto_recovery,
        flags: row.flags,
        trouble: row.trouble.as_ref().map(|trouble| trouble.reason.clone()),
    }
}

impl Settable for Library {
    fn check(&self, _: &Checking) -> Result<()> {
        present(self.id, "the library")?;
        text::object_name(&self.common.name)?;
        text::description(&self.common.description)?;
        self.flags.known()?;
        let known = [InventoryMethod::None, InventoryMethod::Fast, InventoryMethod::FullLabelRead];
        if !known.contains(&self.inventory_method) {
            let reason = "a library's inventory method is None, Fast or FullLabelRead";
            return Err(
                Error::new(ErrorKind::InvalidParameter, reason).about(ObjectType::Library, self.id)
            );
        }
        Ok(())
    }

    fn store(&self, to: &Writing<'_, '_>) -> Result<()> {
        let mut row = to.transaction.library_by_id(self.id)?.ok_or_else(|| to.missing(self.id))?;
        let control = AccessRights::CONTROL;
        to.require(&row.clone().into(), control, Some(control))?;
        row.name.clone_from(&self.common.name);
        row.description.clone_from(&self.common.description);
        row.inventory_method = self.inventory_method;
        row.auto_recovery = self.auto_recovery;
        let settable = LibraryFlags::RECOGNIZE_CLEANER_BAR_CODE;
        row.flags.set(settable, self.flags.contains(settable));
        let not_counted = self.cleaner_uses_remaining == NOT_COUNTED;
        row.flags.set(LibraryFlags::IGNORE_CLEANER_USES_REMAINING, not_counted);
        row.cleaner_uses = self.cleaner_uses_remaining;
        to.transaction.set_library(&row, to.now)
    }
}
