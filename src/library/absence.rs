//! Drives and changers that are not there, and what is recorded in them.

use super::put_away::empty_drive_row;
use crate::catalog::{Place, Transaction, View, WantedMedium, finish_pending_return, medium_key};
use crate::error::Result;
use crate::model::{DriveState, MediaState, OperationalState, Timestamp};

/// Ends whatever is done with a drive. What lies in it stays there, nobody's.
pub(super) fn abandon(transaction: &Transaction<'_>, drive: i64, now: Timestamp) -> Result<()> {
    let inside = transaction.medium_in_drive(drive)?;
    let movement = transaction.movement_of_drive(drive)?;
    let moving = movement.and_then(|movement| movement.medium);
    for medium in inside.into_iter().chain(moving.filter(|m| Some(*m) != inside)) {
        let before = transaction.cartridge(medium)?;
        let mut after = before.clone();
        // A person may have been asked for it.
        if before.medium.state != MediaState::WaitingForOperator {
            after.medium.state = MediaState::Idle;
        }
        finish_pending_return(transaction, &mut after)?;
        transaction.store_cartridge(&before, after, now)?;
    }
    if inside.is_none() {
        return empty_drive_row(transaction, drive, true, now);
    }
    transaction.end_movement(drive)?;
    transaction.change_drive(drive, now, |row| {
        row.state = DriveState::Dismountable;
        // Nobody knows for sure that it is this medium, and nobody left it there for later.
        row.deferred_since = None;
    })
}

/// The drive is not there. The medium that is recorded in it stays so, and nobody has it mounted
/// any more.
pub(super) fn miss_drive(transaction: &Transaction<'_>, drive: i64, now: Timestamp) -> Result<()> {
    if let Some(mount) = transaction.mount_of_drive(drive)? {
        transaction.delete_mount(medium_key(mount.side))?;
    }
    abandon(transaction, drive, now)
}

/// A medium that is recorded in a drive or port has been seen elsewhere: the drive is not there, or
/// another cartridge was put out.
pub(super) fn leave_drive_or_port(
    transaction: &Transaction<'_>,
    medium: i64,
    place: Place,
    now: Timestamp,
) -> Result<()> {
    match place {
        Place::Drive(drive) => empty_drive_row(transaction, drive, false, now),
        Place::Port(_) => transaction.end_port_move(medium),
        Place::Slot(_) | Place::Nowhere => Ok(()),
    }
}

/// Whether a drive is not there.
pub(super) fn is_drive_missing(view: &View<'_>, drive: i64) -> Result<bool> {
    Ok(view.drive(drive)?.operational_state == OperationalState::NotPresent)
}

/// Where nobody reaches: drives that are not there, and changers with their slots.
pub(super) struct OutOfReach {
    drives: Vec<i64>,
    changers: Vec<i64>,
}

impl OutOfReach {
    /// With the drives that are not there.
    pub(super) fn read(view: &View<'_>, library: i64, drives: &[i64]) -> Result<Self> {
        let mut changers = view.changers_of_library(library)?;
        changers.retain(|changer| changer.operational_state == OperationalState::NotPresent);
        let changers = changers.into_iter().map(|changer| changer.key).collect();
        Ok(Self { drives: drives.to_vec(), changers })
    }

    /// Whether the medium is there.
    pub(super) fn holds(&self, medium: &WantedMedium) -> bool {
        medium.drive.is_some_and(|drive| self.drives.contains(&drive))
            || medium.slot.is_some_and(|(_, changer)| self.changers.contains(&changer))
    }
}
