//! Putting in order what nobody knows for sure: after a crash, after an error, after a start.
//!
//! Element status says where cartridges are. They are put into slots, and a cartridge whose bar
//! code is not that of its record is left to be identified. Nothing is lost or doubled: a slot holds
//! what the robot has put there, and one record is in one place.

use std::sync::Arc;

use super::Attached;
use super::failure::device;
use super::units::{ChangerUnit, DriveUnit};
use crate::device::{
    DeviceError, DeviceErrorKind, ElementAddress, ElementKind, ElementStatus, Occupancy,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::MediaState;

impl Attached {
    /// After a start: empties every drive and hand, and ends what was under way.
    pub(super) fn settle(&self) -> Result<()> {
        self.release_stale_mounts()?;
        for drive in &self.drives {
            if self.is_mounted(drive.key)? {
                self.keep_inside(drive);
            } else if let Err(error) = self.settle_drive(drive.key)
                && (self.is_stuck() || !self.is_of_drive(drive.key, &error)?)
            {
                return Err(error);
            }
        }
        for changer in &self.changers {
            self.settle_hands(changer)?;
        }
        self.see_to_ports()?;
        self.end_stale_movements()
    }

    /// Whether a drive that could not be emptied is no reason not to use the others.
    fn is_of_drive(&self, drive: i64, error: &Error) -> Result<bool> {
        let is_out = !self.host.catalog.read(|view| view.drive(drive))?.is_in_service();
        let is_full = error.kind() == ErrorKind::LibraryFull;
        if is_out || is_full {
            tracing::warn!(%error, "what is in a drive stays there");
        }
        Ok(is_out || is_full)
    }

    /// Puts away what lies on the robot's hands.
    pub(super) fn settle_hands(&self, changer: &ChangerUnit) -> Result<()> {
        let hands = changer
            .look_at_all(ElementKind::Transport)
            .map_err(|error| device("the robot's hands could not be looked at", error))?;
        for hand in hands.iter().filter(|hand| hand.occupancy == Occupancy::Full) {
            let suspect = self.suspect_in_hand(changer, hand)?;
            self.stow(changer, hand, None, suspect, None).map_err(|error| {
                if error.kind() != ErrorKind::LibraryFull {
                    return error;
                }
                let reason = "a cartridge lies on the robot's hand, and no slot is empty";
                device(
                    "the robot is stuck",
                    DeviceError::new(DeviceErrorKind::NeedsOperator, reason),
                )
            })?;
        }
        Ok(())
    }

    /// The medium that the robot has taken where this cartridge comes from, if it looks like it.
    fn suspect_in_hand(&self, changer: &ChangerUnit, hand: &ElementStatus) -> Result<Option<i64>> {
        let Some(source) = hand.source else { return Ok(None) };
        let (slot, drive) = (changer.slot_key(source), self.drive_at(changer, source));
        let code = hand.volume_tag.text().unwrap_or_default();
        self.host.catalog.read(|view| {
            let medium = match (slot, drive) {
                (Some(slot), _) => view.medium_in_slot(slot)?,
                (None, Some(drive)) => view.medium_in_drive(drive)?,
                (None, None) => None,
            };
            let Some(medium) = medium else { return Ok(None) };
            Ok((view.cartridge(medium)?.medium.bar_code == code).then_some(medium))
        })
    }

    fn drive_at(&self, changer: &ChangerUnit, address: ElementAddress) -> Option<i64> {
        let is_it = |drive: &&DriveUnit| {
            drive.address == address
                && self.changer_of(drive).is_ok_and(|unit| unit.key == changer.key)
        };
        self.drives.iter().find(is_it).map(|drive| drive.key)
    }

    pub(super) fn is_mounted(&self, drive: i64) -> Result<bool> {
        self.host.catalog.read(|view| Ok(view.mount_of_drive(drive)?.is_some()))
    }

    /// The mounts of the dead are over. Those of the living outlast an owner who died.
    fn release_stale_mounts(&self) -> Result<()> {
        let (library, now) = (self.key, self.now());
        let living = Arc::clone(self.host.catalog.living());
        self.host.catalog.write(move |transaction| {
            for drive in transaction.drives_of_library(library)? {
                if let Some(mount) = transaction.mount_of_drive(drive.key)?
                    && !living.is_alive(transaction, mount.process)?
                {
                    transaction.release_mount(&mount, None, now)?;
                }
            }
            Ok(())
        })
    }

    /// Movements of drives that are gone.
    fn end_stale_movements(&self) -> Result<()> {
        let (library, now) = (self.key, self.now());
        self.host.catalog.write(move |transaction| {
            for drive in transaction.drives_of_library(library)? {
                let Some(movement) = transaction.movement_of_drive(drive.key)? else { continue };
                if let Some(medium) = movement.medium {
                    let before = transaction.cartridge(medium)?;
                    let mut after = before.clone();
                    after.medium.state = MediaState::Idle;
                    crate::catalog::finish_pending_return(transaction, &mut after)?;
                    transaction.store_cartridge(&before, after, now)?;
                }
                transaction.end_movement(drive.key)?;
            }
            Ok(())
        })
    }
}
