//! Why a mount waits, for people.

use super::drives::DrivesNow;
use crate::catalog::{LibraryRequestRow, View};
use crate::error::Result;
use crate::model::{MountOptions, OperationalState, Timestamp};

/// What a mount that has just been looked at waits for.
pub(super) fn obstacle(view: &View<'_>, row: &LibraryRequestRow, now: Timestamp) -> Result<String> {
    let library = view.library(row.library)?;
    let name = &library.name;
    if !library.enabled {
        return Ok(format!("library {name} is disabled"));
    }
    if !library.is_working() {
        let is_there = library.operational_state == OperationalState::NeedsService;
        let what = if is_there { "needs service" } else { "is being attached" };
        return Ok(format!("library {name} {what}"));
    }
    if view.is_held_up(&library)? {
        return Ok(format!("a door of library {name} is open, or about to be opened"));
    }
    Ok(match of_medium(view, row)? {
        Some(obstacle) => obstacle,
        None => of_drives(view, row, now)?,
    })
}

fn of_medium(view: &View<'_>, row: &LibraryRequestRow) -> Result<Option<String>> {
    let Some(id) = row.task.medium else { return Ok(None) };
    let Some(seen) = view.wanted_medium(id)? else { return Ok(None) };
    let medium = view.cartridge(seen.key)?.medium;
    let title = medium.title();
    if !medium.enabled {
        return Ok(Some(format!("medium {title} is disabled")));
    }
    if let Some(mount) = view.mount_of_medium(seen.key)? {
        let is_own = row.waiter.is_some_and(|waiter| waiter.session == mount.session);
        let by = match view.pid_of_process(mount.process)? {
            _ if is_own => "this session".to_owned(),
            Some(pid) => format!("process {pid}"),
            None => "a process that has ended".to_owned(),
        };
        return Ok(Some(format!("medium {title} is in use by {by}")));
    }
    if seen.is_moving {
        return Ok(Some(format!("medium {title} is being moved or read")));
    }
    if seen.is_in_use {
        return Ok(Some(format!("medium {title} is being put out")));
    }
    let has_place = seen.slot.is_some() || seen.drive.is_some();
    Ok((!has_place).then(|| format!("medium {title} is in no slot and no drive")))
}

fn of_drives(view: &View<'_>, row: &LibraryRequestRow, now: Timestamp) -> Result<String> {
    let is_named = row.task.mount_options.contains(MountOptions::SPECIFIC_DRIVE);
    if let Some(id) = row.task.drive.filter(|_| is_named)
        && let Some(drive) = view.drive_by_id(id)?
    {
        return Ok(format!("drive {} is in use", drive.number));
    }
    if !row.call.is_single() && !DrivesNow::read(view, row.library, now)?.drives.are_all_taken() {
        return Ok("there are not drives for all media of the call at once".to_owned());
    }
    let reason = "every drive is in use, reserved, or keeps its medium after a deferred dismount";
    Ok(reason.to_owned())
}
