//! The sides of a call that are to come up: what is to be done for each, and whether it is still
//! wanted.

use super::Attached;
use super::claim::{relinquish, way_of};
use super::plan::{Claim, Way};
use crate::catalog::{Call, LibraryRequestRow, Purpose, View, Waiter, medium_key};
use crate::error::Result;
use crate::model::{LibraryRequestId, LibraryRequestState, MountOptions};

/// One side that comes up.
#[derive(Clone, Debug)]
pub(super) struct Rise {
    pub(super) request: LibraryRequestId,
    pub(super) side: i64,
    pub(super) claim: Claim,
    pub(super) waiter: Waiter,
    pub(super) writable: bool,
    /// The drive is to be cleaned before anything is brought into it.
    is_drive_dirty: bool,
}

/// What was granted to a call, as the catalog has it now.
#[derive(Default)]
struct Granted {
    /// The call has not ended, and the drives are still its own.
    is_wanted: bool,
    rises: Vec<Rise>,
    /// Drives and media that are of no use to it.
    useless: Vec<(i64, i64)>,
}

impl Granted {
    fn read(view: &View<'_>, call: Call, drives: &[i64]) -> Result<Self> {
        for drive in drives {
            let movement = view.movement_of_drive(*drive)?;
            if movement.is_none_or(|movement| movement.purpose != Purpose::Mount) {
                return Ok(Self::default());
            }
        }
        let rows = view.requests_of_call(call)?;
        let is_wanted = rows.iter().all(|row| row.state == LibraryRequestState::InProcess);
        let mut granted = Self { is_wanted, ..Self::default() };
        for row in &rows {
            let medium = row.task.medium.map(|id| view.medium_key(id));
            let Some(medium) = medium.transpose()?.flatten() else { continue };
            let Some(movement) = view.movement_of_medium(medium)? else { continue };
            let drive = movement.drive;
            let rise = if is_wanted { rise(view, row, drive, medium)? } else { None };
            match rise {
                Some(rise) => granted.rises.push(rise),
                None => granted.useless.push((drive, medium)),
            }
        }
        Ok(granted)
    }
}

/// What a request in process asks for; nothing when its medium has lost its place.
fn rise(view: &View<'_>, row: &LibraryRequestRow, drive: i64, medium: i64) -> Result<Option<Rise>> {
    let cartridge = view.cartridge(medium)?;
    let side = cartridge.sides.iter().find(|side| Some(side.id) == row.task.side);
    let (Some(side), Some(waiter)) = (side.map(|side| side.key), row.waiter) else {
        return Ok(None);
    };
    let way = way_of(view, drive, &cartridge, side)?;
    let is_drive_dirty = view.is_about_to_be_cleaned(drive)?;
    let writable = row.task.mount_options.contains(MountOptions::WRITE);
    let request = row.id;
    Ok(way.map(|way| {
        let claim = Claim { drive, way };
        Rise { request, side, claim, waiter, writable, is_drive_dirty }
    }))
}

impl Attached {
    /// What is to be done for a call. If it has ended already, everything is given back.
    pub(super) fn rises_of(&self, call: Call, drives: &[i64]) -> Result<Option<Vec<Rise>>> {
        let mut granted = self.host.catalog.read(|view| Granted::read(view, call, drives))?;
        if !granted.useless.is_empty() {
            let (now, drives) = (self.now(), drives.to_vec());
            granted = self.host.catalog.write(move |transaction| {
                let granted = Granted::read(transaction, call, &drives)?;
                for (drive, medium) in &granted.useless {
                    relinquish(transaction, *drive, Some(*medium), now)?;
                }
                Ok(granted)
            })?;
        }
        Ok(granted.is_wanted.then_some(granted.rises))
    }

    /// Before something is brought into a drive, it is asked whether it must be cleaned. If it is to
    /// be, and can be, the call waits for that, or for other drives; if it cannot be, another drive
    /// may still be better.
    pub(super) fn puts_off_for_cleaning(&self, call: Call, rises: &[Rise]) -> Result<bool> {
        let mut puts_off = false;
        for rise in rises {
            let drive = rise.claim.drive;
            if matches!(rise.claim.way, Way::Fetch { .. } | Way::Transfer { .. })
                && let Ok(unit) = self.drive_unit(drive)
            {
                puts_off |= self.note_needs_of(unit) || rise.is_drive_dirty;
            }
        }
        if !puts_off {
            return Ok(false);
        }
        let taken: Vec<(i64, i64)> =
            rises.iter().map(|rise| (rise.claim.drive, medium_key(rise.side))).collect();
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            for row in transaction.requests_of_call(call)? {
                if row.state == LibraryRequestState::InProcess {
                    transaction.let_wait(&row, "its drive is to be cleaned first", now)?;
                }
            }
            taken
                .iter()
                .try_for_each(|(drive, medium)| relinquish(transaction, *drive, Some(*medium), now))
        })?;
        self.changed.raise();
        Ok(true)
    }
}
