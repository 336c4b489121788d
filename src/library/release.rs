//! A mount ends, and its medium goes home.

use crate::catalog::{
    MountRow, MovementRow, Purpose, Transaction, finish_pending_return, medium_key,
};
use crate::error::Result;
use crate::model::{DriveState, MediaState, ObjectId, ObjectType, OperationOption, Timestamp};

/// A dismount that was not begun is cancelled: the medium stays in the drive, nobody's.
pub(crate) fn cancel_dismount(
    transaction: &Transaction<'_>,
    medium: i64,
    now: Timestamp,
) -> Result<()> {
    let Some(movement) = transaction.movement_of_medium(medium)? else { return Ok(()) };
    let before = transaction.cartridge(medium)?;
    let mut after = before.clone();
    after.medium.state = MediaState::Idle;
    finish_pending_return(transaction, &mut after)?;
    transaction.store_cartridge(&before, after, now)?;
    transaction.end_movement(movement.drive)?;
    transaction.change_drive(movement.drive, now, |row| {
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
    let before = &transaction.cartridge(medium_key(mount.side))?;
    transaction.ask_for_dismount(mount, OperationOption::Immediate, Some(asked), now)?;
    let mut after = before.clone();
    after.medium.state = MediaState::Unloaded;
    transaction.delete_mount(before.medium.key)?;
    transaction.store_cartridge(before, after, now)?;
    transaction.change_drive(mount.drive, now, |row| row.state = DriveState::Unloaded)?;
    let movement = MovementRow {
        drive: mount.drive,
        library: before.medium.library,
        medium: Some(before.medium.key),
        slot: None,
        purpose: Purpose::Dismount,
    };
    transaction.begin_movement(&movement, now)
}
