//! A cartridge goes from a drive or a hand into a slot, whatever it is.

use super::Attached;
use super::clear_drive::leave_nowhere;
use super::failure::device;
use super::handling::NotCarried;
use super::put_away::empty_drive_row;
use super::units::{ChangerUnit, next_address};
use crate::catalog::{Cartridge, MovementRow, Place, View};
use crate::device::{ElementAddress, ElementKind, ElementStatus, Occupancy};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{MediaState, SlotState};

/// How many slots are tried for one cartridge.
const TRIES: usize = 4;

impl Attached {
    /// Carries a cartridge from a drive or hand into a slot.
    pub(super) fn stow(
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

    pub(super) fn record_stowed(
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
