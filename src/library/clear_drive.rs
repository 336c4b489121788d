//! Drives are emptied, whatever lies in them.

use super::Attached;
use super::absence::abandon;
use super::failure::device;
use super::put_away::empty_drive_row;
use super::units::{ChangerUnit, DriveUnit};
use crate::catalog::{MovementRow, Place, Purpose, Transaction};
use crate::device::{
    DeviceError, DeviceErrorKind, ElementAddress, ElementKind, ElementStatus, Occupancy,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{MediaState, Timestamp};

impl Attached {
    /// Empties a drive whose state is in doubt, and ends its movement. If it cannot be emptied now,
    /// who needs it next tries again.
    pub(super) fn settle_drive(&self, drive: i64) -> Result<()> {
        if self.is_stuck() {
            self.owe_drive(drive);
            let error = DeviceError::new(DeviceErrorKind::NeedsOperator, "it needs a person");
            return Err(device("the robot is stuck", error));
        }
        let done = self.empty_drive(drive);
        if done.is_err()
            && let Err(error) = self.leave_inside(drive)
        {
            self.owe_drive(drive);
            return Err(error);
        }
        if let Err(error) = &done {
            self.want_room_after(error, drive);
        }
        self.changed.raise();
        done
    }

    /// What could not be put away stays in the drive, and the movement ends. What is on the robot's
    /// hand counts as in the drive, from where it is put away later.
    ///
    /// # Errors
    /// Also when it is neither in the drive nor on a hand: then the catalog could not be told where
    /// it is.
    pub(super) fn leave_inside(&self, drive: i64) -> Result<()> {
        let unit = self.drive_unit(drive)?;
        if self.occupancy(unit) == Some(Occupancy::Empty) && self.are_hands_empty(unit) {
            let reason = "the catalog could not be told what has left a drive";
            return Err(Error::new(ErrorKind::Busy, reason));
        }
        self.abandon(drive)
    }

    fn are_hands_empty(&self, drive: &DriveUnit) -> bool {
        let Ok(changer) = self.changer_of(drive) else { return false };
        let is_empty = |hand: &ElementStatus| hand.occupancy == Occupancy::Empty;
        changer.look_at_all(ElementKind::Transport).is_ok_and(|hands| hands.iter().all(is_empty))
    }

    /// What the robot sees in a drive; none if it cannot tell.
    pub(super) fn occupancy(&self, drive: &DriveUnit) -> Option<Occupancy> {
        let status = self.changer_of(drive).ok()?.look(drive.address);
        status.ok().flatten().map(|status| status.occupancy)
    }

    /// Puts what is in the drive into a slot, and ends its movement.
    pub(super) fn empty_drive(&self, drive: i64) -> Result<()> {
        self.clear_drive(self.drive_unit(drive)?, true)
    }

    /// Ends a movement with whatever lies in the drive left there.
    pub(super) fn abandon(&self, drive: i64) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| abandon(transaction, drive, now))
    }

    /// Puts whatever is in the drive into a slot; in a stand-alone drive it stays. The caller owns the
    /// drive.
    pub(super) fn clear_drive(&self, drive: &DriveUnit, ends: bool) -> Result<()> {
        self.revoke_lease(drive.key);
        if self.is_stand_alone() {
            self.let_out(drive);
            return if ends { self.abandon(drive.key) } else { Ok(()) };
        }
        let changer = self.changer_of(drive)?;
        let status = changer
            .look(drive.address)
            .map_err(|error| device("the drive's element could not be looked at", error))?;
        let (inside, movement) = self.host.catalog.read(|view| {
            Ok((view.medium_in_drive(drive.key)?, view.movement_of_drive(drive.key)?))
        })?;
        let status = status.filter(|status| status.occupancy != Occupancy::Empty);
        let Some(status) = status else {
            let inside = self.note_returned(changer, drive.key, inside, movement)?;
            return self.record_empty(drive.key, inside, movement, ends);
        };
        self.unload_or_note(drive, inside)?;
        self.stow(changer, &status, Some(drive.key), inside, movement)?;
        let left = self.host.catalog.read(|view| view.medium_in_drive(drive.key))?;
        self.record_empty(drive.key, left, movement, ends)
    }

    /// The medium may have been carried home, and the catalog not been told. Gives the medium that
    /// is still missing.
    pub(super) fn note_returned(
        &self,
        changer: &ChangerUnit,
        drive: i64,
        inside: Option<i64>,
        movement: Option<MovementRow>,
    ) -> Result<Option<i64>> {
        let Some(medium) = inside else { return Ok(None) };
        let cartridge = self.host.catalog.read(|view| view.cartridge(medium))?;
        let hints = movement.and_then(|m| m.slot).into_iter().chain(cartridge.medium.home_slot);
        for slot in hints {
            let (row, occupant) = self
                .host
                .catalog
                .read(|view| Ok((view.slot(slot)?, view.medium_in_slot(slot)?)))?;
            if row.changer != changer.key || occupant.is_some() {
                continue;
            }
            let status = changer
                .look(ElementAddress(row.address))
                .map_err(|error| device("a slot could not be looked at", error))?;
            let Some(status) = status.filter(|status| status.occupancy == Occupancy::Full) else {
                continue;
            };
            let code = status.volume_tag.text().unwrap_or_default();
            if code == cartridge.medium.bar_code {
                self.record_stowed(slot, &status, Some(&cartridge), Some(drive))?;
                return Ok(None);
            }
        }
        Ok(Some(medium))
    }

    /// Nothing is in the drive. A medium that was thought to be there is nowhere for now.
    pub(super) fn record_empty(
        &self,
        drive: i64,
        inside: Option<i64>,
        movement: Option<MovementRow>,
        ends: bool,
    ) -> Result<()> {
        let now = self.now();
        let moving = movement.and_then(|movement| movement.medium).filter(|_| ends);
        self.host.catalog.write(move |transaction| {
            for medium in inside.into_iter().chain(moving) {
                leave_nowhere(transaction, medium, drive, now)?;
            }
            empty_drive_row(transaction, drive, ends, now)
        })
    }

    /// During operation: puts away what lies in drives without anybody knowing why, and what was
    /// left in drives for a later mount.
    pub(super) fn tidy_drives(&self) -> Result<()> {
        for drive in &self.drives {
            // An inventory may be just what is missing: it finds empty slots.
            if let Err(error) = self.tidy_drive(drive) {
                tracing::warn!(%error, "a drive is not emptied for the inventory");
            }
        }
        Ok(())
    }

    /// The same for one drive. From a stand-alone one nothing goes anywhere.
    pub(super) fn tidy_drive(&self, drive: &DriveUnit) -> Result<()> {
        if self.is_stand_alone() {
            return Ok(());
        }
        let changer = self.changer_of(drive)?;
        let status = changer
            .look(drive.address)
            .map_err(|error| device("the drive's element could not be looked at", error))?;
        let is_full = status.is_some_and(|status| status.occupancy == Occupancy::Full);
        match if is_full { self.take_idle_drive(drive.key)? } else { Taken::No } {
            Taken::No => Ok(()),
            Taken::With(medium) => self.put_away_left(drive, medium, true),
            Taken::Unknown => self.settle_drive(drive.key),
        }
    }

    /// Takes a drive that nobody uses.
    fn take_idle_drive(&self, drive: i64) -> Result<Taken> {
        let (library, now) = (self.key, self.now());
        self.host.catalog.write(move |transaction| {
            if transaction.find_drive(drive)?.is_none()
                || transaction.movement_of_drive(drive)?.is_some()
                || transaction.mount_of_drive(drive)?.is_some()
                || transaction.reservation_of_drive(drive)?.is_some()
            {
                return Ok(Taken::No);
            }
            let medium = transaction.medium_in_drive(drive)?;
            let purpose = Purpose::Tidy;
            let row = MovementRow { drive, library, medium, slot: None, purpose };
            transaction.begin_movement(&row, now)?;
            Ok(medium.map_or(Taken::Unknown, Taken::With))
        })
    }
}

/// A medium is not in the drive, and nobody does anything with it any more. Where it is now, if it was
/// thought to be there, is found out later.
pub(super) fn leave_nowhere(
    transaction: &Transaction<'_>,
    medium: i64,
    drive: i64,
    now: Timestamp,
) -> Result<()> {
    let before = transaction.cartridge(medium)?;
    let mut after = before.clone();
    if before.medium.place == Place::Drive(drive) {
        after.medium.place = Place::Nowhere;
    }
    if after.medium.state != MediaState::RecoverableError {
        after.medium.state = MediaState::Idle;
    }
    after.medium.mounted_side = None;
    crate::catalog::finish_pending_return(transaction, &mut after)?;
    transaction.store_cartridge(&before, after, now)
}

/// Whether a drive could be taken, and what is in it.
enum Taken {
    /// Somebody uses it.
    No,
    /// This medium, left there for a later mount.
    With(i64),
    /// The catalog knows of nothing.
    Unknown,
}
