//! A mount ends, and its medium goes home.

use super::dismount::dismounts_of;
use super::put_away::empty_drive_row;
use crate::catalog::{
    LibraryRequestRow, MountRow, MovementRow, Purpose, Transaction, finish_pending_return,
    medium_key,
};
use crate::error::Result;
use crate::model::{
    DriveState, LibraryRequestState, MediaState, ObjectId, ObjectType, OperationOption, Timestamp,
};

/// A dismount that was not begun is cancelled: the medium stays in the drive, nobody's, unless
/// somebody else wants it away.
pub(crate) fn cancel_dismount(
    transaction: &Transaction<'_>,
    request: &LibraryRequestRow,
    now: Timestamp,
) -> Result<()> {
    let drive = request.task.drive.map(|id| transaction.drive_by_id(id)).transpose()?.flatten();
    let Some(drive) = drive.map(|row| row.key) else { return Ok(()) };
    let medium = request.task.medium.map(|id| transaction.medium_key(id)).transpose()?.flatten();
    let is_it = |m: &MovementRow| m.purpose == Purpose::Dismount && m.medium == medium;
    let is_held = transaction.movement_of_drive(drive)?.is_some_and(|movement| is_it(&movement));
    let wanted = dismounts_of(transaction, drive, medium)?;
    if !is_held || wanted.iter().any(|row| row.state != LibraryRequestState::Deferred) {
        return Ok(());
    }
    let Some(medium) = medium else { return empty_drive_row(transaction, drive, true, now) };
    let before = transaction.cartridge(medium)?;
    let mut after = before.clone();
    after.medium.state = MediaState::Idle;
    finish_pending_return(transaction, &mut after)?;
    transaction.store_cartridge(&before, after, now)?;
    transaction.end_movement(drive)?;
    transaction.change_drive(drive, now, |row| {
        row.state = DriveState::Dismountable;
        row.deferred_since = Some(now);
    })
}

/// Ends a mount so that the library takes the medium home.
pub(crate) fn begin_dismount(
    transaction: &Transaction<'_>,
    mount: &MountRow,
    asked: (ObjectType, ObjectId),
    now: Timestamp,
) -> Result<()> {
    transaction.ask_for_dismount(mount, OperationOption::Immediate, Some(asked), now)?;
    send_home(transaction, mount.drive, medium_key(mount.side), now)
}

/// The medium in the drive is nobody's any more, and the library takes it home.
pub(super) fn send_home(
    transaction: &Transaction<'_>,
    drive: i64,
    medium: i64,
    now: Timestamp,
) -> Result<()> {
    let before = &transaction.cartridge(medium)?;
    let mut after = before.clone();
    after.medium.state = MediaState::Unloaded;
    transaction.delete_mount(medium)?;
    transaction.store_cartridge(before, after, now)?;
    transaction.change_drive(drive, now, |row| row.state = DriveState::Unloaded)?;
    let movement = MovementRow {
        drive,
        library: before.medium.library,
        medium: Some(medium),
        slot: None,
        purpose: Purpose::Dismount,
    };
    transaction.begin_movement(&movement, now)
}
