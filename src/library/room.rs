//! Dismounts that wait for an empty slot.

use super::Attached;
use super::dismount::{dismounts_of, insert_dismount};
use crate::catalog::{LibraryRequestRow, MovementRow, Place, Purpose, Transaction};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{LibraryRequestId, LibraryRequestState, Timestamp};

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
            transaction.want_room(row, &cartridge, drive, now)?;
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

/// What lies in a drive that nobody uses is to go home as soon as there is a slot, and a person is
/// asked to see to that, unless somebody waits for the same.
fn ask_for_slot(transaction: &Transaction<'_>, drive: i64, now: Timestamp) -> Result<()> {
    let Some(medium) = transaction.medium_in_drive(drive)? else { return Ok(()) };
    let is_used = transaction.movement_of_drive(drive)?.is_some()
        || transaction.mount_of_drive(drive)?.is_some();
    let mut rows = dismounts_of(transaction, drive, Some(medium))?;
    if is_used || rows.iter().any(|row| row.state != LibraryRequestState::Deferred) {
        return Ok(());
    }
    let row = match rows.pop() {
        Some(deferred) => deferred,
        None => insert_dismount(transaction, &transaction.drive(drive)?, now)?,
    };
    transaction.ask_for_room(&row, &transaction.cartridge(medium)?, drive, now)
}

impl Attached {
    /// Nobody asked for the drive to be emptied, and it was not, for want of a slot: it waits for
    /// one. If that cannot be written, whoever needs the drive next tries again.
    pub(super) fn want_room_after(&self, error: &Error, drive: i64) {
        if error.kind() != ErrorKind::LibraryFull {
            return;
        }
        let now = self.now();
        let asked =
            self.host.catalog.write(move |transaction| ask_for_slot(transaction, drive, now));
        if let Err(error) = asked {
            tracing::warn!(%error, "nobody is asked for an empty slot");
        }
    }

    /// There was no slot for the medium of a dismount: it waits in the drive.
    pub(super) fn wait_for_room(&self, request: LibraryRequestId, medium: i64) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            let Some(row) = transaction.unfinished_request(request)? else { return Ok(()) };
            let cartridge = transaction.cartridge(medium)?;
            match cartridge.medium.place {
                Place::Drive(drive) => transaction.want_room(&row, &cartridge, drive, now),
                _ => Ok(()),
            }
        })
    }
}
