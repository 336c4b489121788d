//! A mount ends, and its medium goes home.

use uuid::Uuid;

use crate::catalog::{
    Cartridge, MountRow, MovementRow, Place, Purpose, Transaction, first_side_key, medium_key,
};
use crate::error::Result;
use crate::model::{
    DriveState, LibraryRequestId, MediaState, ObjectId, ObjectType, OperationOption, Timestamp,
};

/// A dismount that was not begun is cancelled: the medium stays in the drive, nobody's.
pub(crate) fn cancel_dismount(
    transaction: &Transaction<'_>,
    medium: i64,
    now: Timestamp,
) -> Result<()> {
    let Place::Drive(drive) = transaction.cartridge(medium)?.medium.place else { return Ok(()) };
    transaction.end_movement(drive)?;
    transaction.stay_in_drive(medium, drive, now)
}

/// Ends a mount so that the library takes the medium home.
pub(crate) fn begin_dismount(
    transaction: &Transaction<'_>,
    mount: &MountRow,
    asked: (ObjectType, ObjectId),
    now: Timestamp,
) -> Result<()> {
    let before = &transaction.cartridge(medium_key(mount.side))?;
    let option = OperationOption::Immediate;
    transaction.ask_for_dismount(mount.side, mount.drive, option, Some(asked), None, now)?;
    transaction.delete_mount(before.medium.key)?;
    take_home(transaction, before, mount.drive, now)
}

/// Sends a medium home that was left in a drive. `watched` is woken when it has gone, or stays.
pub(super) fn send_home(
    transaction: &Transaction<'_>,
    medium: i64,
    drive: i64,
    watched: Uuid,
    now: Timestamp,
) -> Result<LibraryRequestId> {
    let before = &transaction.cartridge(medium)?;
    let side = first_side_key(medium) + i64::from(before.medium.mounted_side.unwrap_or(0));
    let option = OperationOption::Immediate;
    let request = transaction.ask_for_dismount(side, drive, option, None, Some(watched), now)?;
    take_home(transaction, before, drive, now)?;
    Ok(request)
}

/// From here on the library owns drive and medium, until the medium is at home.
fn take_home(
    transaction: &Transaction<'_>,
    before: &Cartridge,
    drive: i64,
    now: Timestamp,
) -> Result<()> {
    let mut after = before.clone();
    after.medium.state = MediaState::Unloaded;
    transaction.store_cartridge(before, after, now)?;
    transaction.change_drive(drive, now, |row| {
        row.state = DriveState::Unloaded;
        row.deferred_since = None;
    })?;
    let movement = MovementRow {
        drive,
        library: before.medium.library,
        medium: Some(before.medium.key),
        slot: None,
        purpose: Purpose::Dismount,
    };
    transaction.begin_movement(&movement, now)
}
