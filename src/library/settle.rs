//! Putting in order what nobody knows for sure: after a crash, after an error, after a start.
//!
//! Element status says where cartridges are. They are put into slots, and a cartridge whose bar
//! code is not that of its record is left to be identified. Nothing is lost or doubled: a slot holds
//! what the robot has put there, and one record is in one place.

use std::sync::Arc;

use super::Attached;
use super::absence::abandon;
use super::failure::device;
use super::handling::NotCarried;
use super::put_away::empty_drive_row;
use super::units::{ChangerUnit, DriveUnit, next_address};
use crate::catalog::{Cartridge, MovementRow, Place, Purpose, Transaction, View};
use crate::device::{
    DeviceError, DeviceErrorKind, ElementAddress, ElementKind, ElementStatus, Occupancy,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{MediaState, SlotState, Timestamp};

/// How many slots are tried for one cartridge.
const TRIES: usize = 4;

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
        self.unload(drive).map_err(|error| {
            self.note_stuck(drive.key, inside, &error);
            device("the drive could not unload", error)
        })?;
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

    /// Carries a cartridge from a drive or hand into a slot.
    fn stow(
        &self,
        changer: &ChangerUnit,
        status: &ElementStatus,
        drive: Option<i64>,
        inside: Option<i64>,
        movement: Option<MovementRow>,
    ) -> Result<()> {
        let suspect = inside.or(movement.and_then(|movement| movement.medium));
        let suspect = match suspect {
            Some(medium) => Some(self.host.catalog.read(|view| view.cartridge(medium))?),
            None => None,
        };
        let origin = status.source.and_then(|address| changer.slot_key(address));
        // The reserved slot is for the cleaner alone: for what came from there.
        let reserved = self.host.catalog.read(|view| view.library(self.key))?.cleaner_slot;
        let came_from = origin.or(movement.and_then(|movement| movement.slot));
        let is_cleaner = suspect.is_none() && came_from.is_some() && came_from == reserved;
        let mut refused: Vec<i64> = reserved.filter(|_| !is_cleaner).into_iter().collect();
        for _ in 0..TRIES {
            let slot = self.host.catalog.read(|view| {
                let mut hints: Vec<i64> = movement.and_then(|m| m.slot).into_iter().collect();
                hints.extend(suspect.as_ref().and_then(|c| c.medium.home_slot));
                hints.extend(origin);
                slot_for(view, changer, &hints, suspect.as_ref(), &refused)
            })?;
            let Some((slot, address)) =
                slot.map_or_else(|| self.any_slot(changer, &refused), |slot| Ok(Some(slot)))?
            else {
                break;
            };
            let way = (status.address, ElementAddress(address));
            let carried = self.carry(changer, way, status.flipped, || {
                self.record_stowed(slot, status, suspect.as_ref(), drive)
            })?;
            match carried {
                Ok(()) | Err(NotCarried::SourceEmpty) => return Ok(()),
                Err(NotCarried::DestinationFull) => refused.push(slot),
                Err(NotCarried::Failed(error)) => {
                    return Err(device("the robot could not put a cartridge away", error));
                }
            }
        }
        Err(Error::new(ErrorKind::LibraryFull, "no slot is empty"))
    }

    /// A slot the changer sees empty: after a first start the catalog knows of none yet. Better one
    /// in which the catalog has nothing either.
    pub(super) fn any_slot(
        &self,
        changer: &ChangerUnit,
        refused: &[i64],
    ) -> Result<Option<(i64, u16)>> {
        let slots = changer.geometry.slots;
        let mut next = (slots.count > 0).then_some(slots.first);
        let mut deserted = None;
        while let Some(first) = next {
            let chunk = changer
                .look_from(ElementKind::Slot, first)
                .map_err(|error| device("the slots could not be looked at", error))?;
            let empty: Vec<(i64, u16)> = chunk
                .iter()
                .filter(|status| status.occupancy == Occupancy::Empty)
                .filter_map(|status| Some((changer.slot_key(status.address)?, status.address.0)))
                .filter(|(slot, _)| !refused.contains(slot))
                .collect();
            let found = self.host.catalog.read(|view| {
                for (slot, address) in &empty {
                    if view.medium_in_slot(*slot)?.is_none() {
                        return Ok(Some((*slot, *address)));
                    }
                }
                Ok(None)
            })?;
            if found.is_some() {
                return Ok(found);
            }
            deserted = deserted.or(empty.first().copied());
            next = next_address(&chunk, first).filter(|address| slots.contains(*address));
        }
        Ok(deserted)
    }

    fn record_stowed(
        &self,
        slot: i64,
        status: &ElementStatus,
        suspect: Option<&Cartridge>,
        drive: Option<i64>,
    ) -> Result<()> {
        let now = self.now();
        let code = status.volume_tag.text();
        let is_surely = suspect.is_some_and(|c| {
            !c.medium.bar_code.is_empty() && code == Some(c.medium.bar_code.as_str())
        });
        let is_surely_not = suspect.is_some_and(|c| {
            !c.medium.bar_code.is_empty() && code.is_some_and(|code| code != c.medium.bar_code)
        });
        let medium = suspect.map(|c| c.medium.key).filter(|_| !is_surely_not);
        self.host.catalog.write(move |transaction| {
            // Somebody has taken what the catalog has in the slot: the robot put this there.
            if let Some(gone) = transaction.medium_in_slot(slot)?.filter(|m| Some(*m) != medium) {
                transaction.unseat_medium(gone, now)?;
            }
            if let Some(medium) = medium {
                let before = transaction.cartridge(medium)?;
                let mut after = before.clone();
                after.medium.place = Place::Slot(slot);
                after.medium.home_slot = Some(slot);
                after.medium.mounted_side = None;
                after.medium.state = MediaState::Idle;
                crate::catalog::finish_pending_return(transaction, &mut after)?;
                // It was taken from there, and the catalog was not told.
                if let Place::Slot(left) = before.medium.place
                    && left != slot
                {
                    transaction.set_slot_state(left, SlotState::NeedsInventory, now)?;
                }
                transaction.store_cartridge(&before, after, now)?;
            }
            let state = if is_surely { SlotState::Full } else { SlotState::NeedsInventory };
            transaction.set_slot_state(slot, state, now)?;
            let Some(drive) = drive else { return Ok(()) };
            // What the catalog has in the drive is another one.
            if let Some(other) = transaction.medium_in_drive(drive)? {
                leave_nowhere(transaction, other, drive, now)?;
            }
            empty_drive_row(transaction, drive, false, now)
        })?;
        medium.into_iter().for_each(|medium| self.supposes(medium));
        Ok(())
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

    fn is_mounted(&self, drive: i64) -> Result<bool> {
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
fn leave_nowhere(
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

/// The first of the hinted slots that can take the cartridge, else an empty one; with its address.
fn slot_for(
    view: &View<'_>,
    changer: &ChangerUnit,
    hints: &[i64],
    suspect: Option<&Cartridge>,
    refused: &[i64],
) -> Result<Option<(i64, u16)>> {
    for hint in hints.iter().filter(|hint| !refused.contains(hint)) {
        let row = view.slot(*hint)?;
        let occupant = view.medium_in_slot(*hint)?;
        let is_its_own = suspect.is_some_and(|c| occupant == Some(c.medium.key));
        if row.changer == changer.key
            && row.state != SlotState::NotPresent
            && (occupant.is_none() || is_its_own)
        {
            return Ok(Some((row.key, row.address)));
        }
    }
    match view.first_empty_slot(changer.key)?.filter(|slot| !refused.contains(slot)) {
        Some(slot) => Ok(Some((slot, view.slot(slot)?.address))),
        None => Ok(None),
    }
}
