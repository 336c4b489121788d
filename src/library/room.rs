//! Dismounts that wait for an empty slot.

use super::Attached;
use crate::catalog::{LibraryRequestRow, MovementRow, Place, Purpose, Transaction};
use crate::error::Result;
use crate::model::{LibraryRequestId, Timestamp};

/// Where the medium of a waiting dismount lies in a drive that nobody uses.
fn waiting_in(
    transaction: &Transaction<'_>,
    row: &LibraryRequestRow,
) -> Result<Option<(i64, i64)>> {
    let medium = row.task.medium.map(|id| transaction.medium_key(id)).transpose()?.flatten();
    let Some(medium) = medium else { return Ok(None) };
    let Place::Drive(drive) = transaction.cartridge(medium)?.medium.place else { return Ok(None) };
    let is_used = transaction.movement_of_drive(drive)?.is_some()
        || transaction.mount_of_drive(drive)?.is_some();
    Ok((!is_used).then_some((medium, drive)))
}

/// The dismount goes on if there is a slot by now; else a person is asked, if none is. Says no when
/// its medium does not lie in a drive that nobody uses.
pub(super) fn look_for_room(
    transaction: &Transaction<'_>,
    row: &LibraryRequestRow,
    has_room: bool,
    now: Timestamp,
) -> Result<bool> {
    let Some((medium, drive)) = waiting_in(transaction, row)? else { return Ok(false) };
    let changer = transaction.drive(drive)?.changer;
    let slot = changer.map(|changer| transaction.first_empty_slot(changer)).transpose()?.flatten();
    let cartridge = transaction.cartridge(medium)?;
    if slot.is_none() && !has_room {
        if row.operator_request.is_none() {
            transaction.ask_for_room(row, &cartridge, drive, now)?;
        }
        return Ok(true);
    }
    if let Some(asked) = row.operator_request {
        transaction.end_wait_for_room(row, asked, now)?;
    }
    let purpose = Purpose::Dismount;
    let library = row.library;
    let movement = MovementRow { drive, library, medium: Some(medium), slot: None, purpose };
    transaction.begin_movement(&movement, now)?;
    Ok(true)
}

impl Attached {
    /// There was no slot for the medium of a dismount: it waits in the drive.
    pub(super) fn wait_for_room(&self, request: LibraryRequestId, medium: i64) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            let row = transaction.library_request(request)?;
            let Some(row) = row.filter(|row| row.completed.is_none()) else { return Ok(()) };
            let cartridge = transaction.cartridge(medium)?;
            match cartridge.medium.place {
                Place::Drive(drive) => transaction.ask_for_room(&row, &cartridge, drive, now),
                _ => Ok(()),
            }
        })
    }
}
