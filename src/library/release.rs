//! A mount ends, and its medium goes home.

use uuid::Uuid;

use super::dismount::dismounts_of;
use super::put_away::empty_drive_row;
use crate::catalog::{
    Cartridge, LibraryRequestRow, MountRow, MovementRow, Purpose, Transaction, first_side_key,
    medium_key,
};
use crate::error::Result;
use crate::model::{
    DriveState, LibraryRequestId, LibraryRequestState, LibraryType, MediaState, ObjectId,
    ObjectType, OperationOption, OperationalState, Timestamp,
};

/// A dismount that was not begun is cancelled: the medium stays in the drive, nobody's, unless
/// somebody else wants it away. Where the robot needs a person, it may be on its way: then it goes
/// home when the robot can move.
pub(crate) fn cancel_dismount(
    transaction: &Transaction<'_>,
    request: &LibraryRequestRow,
    now: Timestamp,
) -> Result<()> {
    let drive = request.task.drive.map(|id| transaction.drive_by_id(id)).transpose()?.flatten();
    let Some(drive) = drive.map(|row| row.key) else { return Ok(()) };
    let library = transaction.library(request.library)?;
    let may_be_on_its_way = library.operational_state == OperationalState::NeedsService;
    let medium = request.task.medium.map(|id| transaction.medium_key(id)).transpose()?.flatten();
    let is_it = |m: &MovementRow| m.purpose == Purpose::Dismount && m.medium == medium;
    let is_held = transaction.movement_of_drive(drive)?.is_some_and(|movement| is_it(&movement));
    let wanted = dismounts_of(transaction, drive, medium)?;
    let waits_for_room = request.operator_request.is_some();
    if !(is_held || waits_for_room)
        || (is_held && may_be_on_its_way)
        || wanted.iter().any(|row| row.state != LibraryRequestState::Deferred)
    {
        return Ok(());
    }
    let Some(medium) = medium else { return empty_drive_row(transaction, drive, true, now) };
    transaction.end_movement(drive)?;
    transaction.stay_in_drive(medium, drive, now)
}

/// Ends a mount so that the library takes the medium home. In a stand-alone drive it stays.
pub(crate) fn begin_dismount(
    transaction: &Transaction<'_>,
    mount: &MountRow,
    asked: (ObjectType, ObjectId),
    now: Timestamp,
) -> Result<()> {
    let before = &transaction.cartridge(medium_key(mount.side))?;
    let option = OperationOption::Immediate;
    if transaction.library(before.medium.library)?.library_type == LibraryType::Standalone {
        return transaction.leave_in_drive(mount, option, Some(asked), now);
    }
    transaction.ask_for_dismount(mount.side, mount.drive, option, Some(asked), None, now)?;
    transaction.delete_mount(before.medium.key)?;
    take_home(transaction, before, mount.drive, now)
}

/// Sends a medium home that was left in a drive. `watched` is woken when it has gone, or stays.
pub(super) fn send_home(
    transaction: &Transaction<'_>,
    medium: i64,
    drive: i64,
    watched: Option<Uuid>,
    now: Timestamp,
) -> Result<LibraryRequestId> {
    let before = &transaction.cartridge(medium)?;
    let side = first_side_key(medium) + i64::from(before.medium.mounted_side.unwrap_or(0));
    let option = OperationOption::Immediate;
    let request = transaction.ask_for_dismount(side, drive, option, None, watched, now)?;
    take_home(transaction, before, drive, now)?;
    Ok(request)
}

/// From here on the library owns drive and medium, until the medium is at home.
pub(super) fn take_home(
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
