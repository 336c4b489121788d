//! What a mount changes in the catalog.

use super::bring::Read;
use super::rise::Rise;
use super::verify::{Check, check};
use crate::catalog::{
    MountRow, Place, SideRow, Transaction, Waiter, first_side_key, medium_key, side_number,
};
use crate::device::LoadedMedium;
use crate::error::Result;
use crate::model::{DriveState, MediaState, SideState, Timestamp};

/// A side is a session's from here on.
pub(super) fn record_mount(
    transaction: &Transaction<'_>,
    rise: &Rise,
    loaded: &LoadedMedium,
    read: &Read,
    now: Timestamp,
) -> Result<()> {
    let drive = rise.claim.drive;
    let before = transaction.cartridge(medium_key(rise.side))?;
    let mut after = before.clone();
    let number = side_number(rise.side);
    after.medium.state = MediaState::Loaded;
    after.medium.place = Place::Drive(drive);
    after.medium.mounted_side = Some(number);
    for side in after.sides.iter_mut().filter(|side| side.key == rise.side) {
        if side.mount_count == 0 {
            after.medium.media_code = loaded.medium_code.map_or(after.medium.media_code, u32::from);
            after.medium.density_code = loaded.density.map_or(after.medium.density_code, u32::from);
            let capacity = read.capacity.and_then(|bytes| i64::try_from(bytes).ok());
            side.capacity = capacity.unwrap_or(side.capacity);
        }
        side.mount_count = side.mount_count.saturating_add(1);
        adopt_pending(side, read);
    }
    transaction.store_cartridge(&before, after, now)?;
    transaction.change_drive(drive, now, |row| {
        row.state = DriveState::Loaded;
        row.saved_side = Some(first_side_key(before.medium.key) + i64::from(number));
        row.deferred_since = None;
        row.mount_count = row.mount_count.saturating_add(1);
    })?;
    transaction.end_movement(drive)?;
    transaction.medium_works(before.medium.key, drive, now)?;
    transaction.pass_deferred_dismounts(before.medium.id, now)?;
    let Waiter { process, session, .. } = rise.waiter;
    let writable = rise.writable;
    let mount = MountRow { side: rise.side, drive, process, session, handles: 0, writable };
    transaction.insert_mount(&mount, now)
}

/// A free label whose record was lost turns out to be there.
pub(super) fn adopt_pending(side: &mut SideRow, read: &Read) {
    if let Check::Pending(label) = check(side, &read.label) {
        side.label = Some(label);
        side.pending_label = None;
        if side.state == SideState::Unprepared {
            side.state = SideState::Available;
        }
    }
}
