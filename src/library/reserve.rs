//! Drives go to the calls that wait to reserve one, in the order in which they came.

use super::drives::DrivesNow;
use super::release::send_home;
use crate::catalog::{DriveWaitRow, Keeper, Transaction, View};
use crate::error::Result;
use crate::model::Timestamp;

/// Lets every call have a drive that waits to reserve one and can. A medium that was left in it is
/// sent home; the drive is the caller's from now on.
pub(crate) fn grant_reservations(
    transaction: &Transaction<'_>,
    library: i64,
    now: Timestamp,
) -> Result<()> {
    let waits = transaction.drive_waits_of_library(library)?;
    let row = transaction.library(library)?;
    if waits.is_empty() || !row.enabled || !row.is_working() {
        return Ok(());
    }
    let mut drives = DrivesNow::read(transaction, library, now)?;
    for wait in waits {
        let chosen = match drives.choose_unreserved(|drive, changer| suits(&wait, drive, changer)) {
            Some(chosen) => Some(chosen),
            None => own_in_use(transaction, &wait)?.map(|drive| (drive, None)),
        };
        let Some((drive, left)) = chosen else { continue };
        // What lies in a drive that no changer reaches stays there.
        let left = left.filter(|_| drives.is_in_reach(drive));
        let dismount = left
            .map(|medium| send_home(transaction, medium, drive, Some(wait.id), now))
            .transpose()?;
        transaction.reserve_drive(&wait, drive, dismount, now)?;
        let _used = drives.drives.take(drive);
    }
    Ok(())
}

fn suits(wait: &DriveWaitRow, drive: i64, changer: Option<i64>) -> bool {
    wait.drive.is_none_or(|wanted| wanted == drive)
        && (wait.changer.is_none() || wait.changer == changer)
}

/// A drive in which the caller has a medium mounted himself, and that nobody has reserved.
fn own_in_use(view: &View<'_>, wait: &DriveWaitRow) -> Result<Option<i64>> {
    for drive in view.drives_of_library(wait.library)? {
        if !drive.is_in_service()
            || !suits(wait, drive.key, drive.changer)
            || view.reservation_of_drive(drive.key)?.is_some()
            || view.movement_of_drive(drive.key)?.is_some()
        {
            continue;
        }
        let mount = view.mount_of_drive(drive.key)?;
        let user = mount.map(|mount| Keeper::session(mount.process, mount.session));
        if user.is_some_and(|user| wait.asker.keeper.covers(user)) {
            return Ok(Some(drive.key));
        }
    }
    Ok(None)
}
