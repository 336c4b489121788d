//! A medium that is used cannot be taken out of a stand-alone drive, and what is not used can.

use crate::device::{DeviceErrorKind, Refusal};
use crate::error::Result;
use crate::library::Attached;
use crate::library::put_away::Rest;
use crate::library::units::{DriveUnit, asking};
use crate::model::{DriveState, MediaState, SlotState};

impl Attached {
    /// Locks the drive's button.
    pub(in crate::library) fn keep_inside(&self, drive: &DriveUnit) {
        let Some(by_hand) = &self.by_hand else { return };
        by_hand.tending.lock().holds = true;
        prevent_removal(drive, true);
    }

    /// Releases the drive's button.
    pub(in crate::library) fn let_out(&self, drive: &DriveUnit) {
        let Some(by_hand) = &self.by_hand else { return };
        by_hand.tending.lock().holds = false;
        prevent_removal(drive, false);
    }

    /// A mount has ended without anybody being sent: its medium is nobody's, and may be taken.
    pub(super) fn let_go_of_medium(&self) -> Result<()> {
        let drive = self.only_drive()?;
        let is_used = || {
            self.host.catalog.read(|view| {
                let is_mounted = view.mount_of_drive(drive.key)?.is_some();
                Ok(is_mounted || view.movement_of_drive(drive.key)?.is_some())
            })
        };
        if is_used()? {
            return Ok(());
        }
        self.let_out(drive);
        // Somebody may have mounted it meanwhile.
        if is_used()? {
            self.keep_inside(drive);
        }
        Ok(())
    }

    /// The medium is nobody's any more, and stays in the drive. The movement that owns the drive
    /// ends with it, if `ends`.
    pub(in crate::library) fn leave_in_place(
        &self,
        drive: &DriveUnit,
        medium: i64,
        rest: Rest,
        ends: bool,
    ) -> Result<()> {
        self.let_out(drive);
        let (drive, now) = (drive.key, self.now());
        self.host.catalog.write(move |transaction| {
            let before = transaction.cartridge(medium)?;
            let mut after = before.clone();
            after.medium.state = rest.medium;
            if rest.medium == MediaState::Idle && after.medium.enabled {
                crate::catalog::finish_pending_return(transaction, &mut after)?;
            }
            transaction.store_cartridge(&before, after, now)?;
            transaction.pass_dismounts(before.medium.id, now)?;
            if ends {
                transaction.end_movement(drive)?;
            }
            transaction.change_drive(drive, now, |row| {
                row.state = DriveState::Dismountable;
                row.deferred_since = None;
                // What is not known for sure is to be identified.
                if rest.slot == SlotState::NeedsInventory {
                    row.saved_side = None;
                }
            })
        })
    }
}

/// A drive that has no lock is left alone; one that fails says so when it is used.
fn prevent_removal(drive: &DriveUnit, prevent: bool) {
    match asking(|| drive.device.prevent_removal(prevent)) {
        Ok(()) => {}
        Err(error) if error.kind() == DeviceErrorKind::Refused(Refusal::Unsupported) => {}
        Err(error) => tracing::warn!(%error, prevent, "the drive's button was not set"),
    }
}
