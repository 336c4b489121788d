//! A mount ends, and its medium goes home.

use crate::catalog::{Cartridge, MountRow, MovementRow, Purpose, Transaction};
use crate::error::Result;
use crate::model::{DriveState, MediaState, Timestamp};

/// Ends a mount so that the library takes the medium home.
pub(crate) fn begin_dismount(
    transaction: &Transaction<'_>,
    mount: &MountRow,
    before: &Cartridge,
    now: Timestamp,
) -> Result<()> {
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
