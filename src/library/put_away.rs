//! A medium leaves its drive for a slot.

use super::Attached;
use super::failure::device;
use super::handling::NotCarried;
use super::units::{ChangerUnit, DriveUnit};
use crate::catalog::{Cartridge, Place, Transaction, View};
use crate::device::Occupancy;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{DriveState, MediaState, ObjectType, SlotState, Timestamp};

/// How many slots may turn out to be full before the library counts as full.
const TRIES: usize = 16;

/// How a medium is left in its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rest {
    pub(super) medium: MediaState,
    pub(super) slot: SlotState,
    /// Its label was read: it is the medium's own cartridge.
    pub(super) is_known: bool,
}

impl Rest {
    /// Nothing is wrong with it.
    pub(super) const WELL: Self =
        Self { medium: MediaState::Idle, slot: SlotState::Full, is_known: true };
    /// Nobody has looked at it: supposedly the medium's own cartridge.
    pub(super) const UNREAD: Self = Self { is_known: false, ..Self::WELL };
    /// Another cartridge than expected: to be identified.
    pub(super) const IN_DOUBT: Self = Self { slot: SlotState::NeedsInventory, ..Self::UNREAD };
    /// It cannot be read.
    pub(super) const UNREADABLE: Self =
        Self { medium: MediaState::RecoverableError, ..Self::IN_DOUBT };
}

impl Attached {
    /// Unloads a medium and carries it home, or to an empty slot, which is its home then. In a
    /// stand-alone drive it stays.
    ///
    /// The movement that owns the drive ends with it, if `ends`. When the medium cannot be put
    /// away it stays in the drive, nobody's.
    pub(super) fn put_away(
        &self,
        drive: &DriveUnit,
        medium: i64,
        rest: Rest,
        ends: bool,
    ) -> Result<()> {
        self.revoke_lease(drive.key);
        if self.is_stand_alone() {
            let done = self.leave_in_place(drive, medium, rest, ends);
            self.changed.raise();
            return done;
        }
        let _is_news = self.note_needs_of(drive);
        let done = self.try_to_put_away(drive, medium, rest, ends);
        if done.is_err() && self.is_stuck() {
            // Where the cartridge is, is found out when the robot can move again.
            self.owe_drive(drive.key);
        } else if let Err(error) = &done {
            tracing::warn!(%error, "a medium could not be put away");
            if let Err(error) = self.note_not_put_away(drive, medium, rest, ends) {
                self.owe_drive(drive.key);
                return Err(error);
            }
            if ends {
                self.want_room_after(error, drive.key);
            }
        }
        self.changed.raise();
        done
    }

    /// Puts away what was left in a drive. That it is the medium's own cartridge is known only if
    /// somebody left it there on purpose.
    pub(super) fn put_away_left(&self, drive: &DriveUnit, medium: i64, ends: bool) -> Result<()> {
        let row = self.host.catalog.read(|view| view.drive(drive.key))?;
        let rest = if row.deferred_since.is_some() { Rest::WELL } else { Rest::UNREAD };
        self.put_away(drive, medium, rest, ends)
    }

    fn try_to_put_away(
        &self,
        drive: &DriveUnit,
        medium: i64,
        rest: Rest,
        ends: bool,
    ) -> Result<()> {
        let changer = self.changer_of(drive)?;
        self.unload_or_note(drive, Some(medium))?;
        // People may have filled any number of slots. One that is found full counts as empty no more.
        let mut refused = Vec::new();
        loop {
            let (cartridge, slot) = self.host.catalog.read(|view| {
                let cartridge = view.cartridge(medium)?;
                let slot = free_slot(view, &cartridge, changer)?;
                Ok((cartridge, slot))
            })?;
            let slot =
                slot.map_or_else(|| self.unnoticed_slot(changer, &refused), |slot| Ok(Some(slot)))?;
            let Some((slot, address)) = slot else {
                let reason = format!("no slot is empty for medium {}", cartridge.medium.title());
                return Err(Error::new(ErrorKind::LibraryFull, reason)
                    .about(ObjectType::PhysicalMedia, cartridge.medium.id));
            };
            if cartridge.medium.home_slot != Some(slot) {
                let drive = drive.key;
                self.host.catalog.write(move |on| on.aim_movement(drive, medium, slot))?;
            }
            let flip = cartridge.medium.mounted_side == Some(1);
            let way = (drive.address, crate::device::ElementAddress(address));
            let carried = self.carry(changer, way, flip, || {
                self.record_home(drive.key, medium, slot, rest, ends)
            })?;
            match carried {
                Ok(()) => return Ok(()),
                Err(NotCarried::DestinationFull) => {
                    self.doubt_slot(slot)?;
                    refused.push(slot);
                }
                Err(NotCarried::SourceEmpty) => {
                    return self.record_gone(changer, drive.key, medium, ends);
                }
                Err(NotCarried::Failed(error)) => {
                    return Err(device("the robot could not put the medium away", error));
                }
            }
        }
    }

    /// A slot that is empty, and the catalog does not know it yet.
    fn unnoticed_slot(&self, changer: &ChangerUnit, refused: &[i64]) -> Result<Option<(i64, u16)>> {
        // A changer that tells of empty slots which are full is not believed for ever.
        if refused.len() >= TRIES {
            return Ok(None);
        }
        let reserved = self.host.catalog.read(|view| view.library(self.key))?.cleaner_slot;
        let refused: Vec<i64> = refused.iter().copied().chain(reserved).collect();
        self.any_slot(changer, &refused)
    }

    fn record_home(
        &self,
        drive: i64,
        medium: i64,
        slot: i64,
        rest: Rest,
        ends: bool,
    ) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            let before = transaction.cartridge(medium)?;
            let mut after = before.clone();
            after.medium.place = Place::Slot(slot);
            after.medium.home_slot = Some(slot);
            after.medium.mounted_side = None;
            after.medium.state = rest.medium;
            if rest.medium == MediaState::Idle && after.medium.enabled {
                crate::catalog::finish_pending_return(transaction, &mut after)?;
            }
            // Somebody has taken what the catalog has in the slot.
            if let Some(gone) = transaction.medium_in_slot(slot)?.filter(|m| *m != medium) {
                transaction.unseat_medium(gone, now)?;
            }
            transaction.store_cartridge(&before, after, now)?;
            transaction.set_slot_state(slot, rest.slot, now)?;
            if rest == Rest::IN_DOUBT {
                transaction.find_wrong(medium, slot)?;
            }
            empty_drive_row(transaction, drive, ends, now)
        })?;
        match rest {
            Rest::IN_DOUBT => {
                self.lost_sight_of(medium);
                self.read_again(slot);
            }
            Rest { is_known: false, .. } => self.supposes(medium),
            _ => self.saw(medium),
        }
        Ok(())
    }

    /// The drive was empty: the medium is in its slot already, and the catalog could not be told,
    /// or somebody has taken it.
    fn record_gone(
        &self,
        changer: &ChangerUnit,
        drive: i64,
        medium: i64,
        ends: bool,
    ) -> Result<()> {
        let movement = self.host.catalog.read(|view| view.movement_of_drive(drive))?;
        match self.note_returned(changer, drive, Some(medium), movement)? {
            None => self.record_empty(drive, None, movement, ends),
            Some(lost) => self.record_lost(drive, lost, ends),
        }
    }

    fn record_lost(&self, drive: i64, medium: i64, ends: bool) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            super::leave::take_offline(transaction, medium, now)?;
            empty_drive_row(transaction, drive, ends, now)
        })?;
        self.lost_sight_of(medium);
        Ok(())
    }

    /// The medium is still in the drive, or the catalog could not be told that it is not.
    fn note_not_put_away(
        &self,
        drive: &DriveUnit,
        medium: i64,
        rest: Rest,
        ends: bool,
    ) -> Result<()> {
        let occupancy = self.occupancy(drive);
        if occupancy == Some(Occupancy::Empty) {
            self.clear_drive(drive, ends)
        } else if rest == Rest::IN_DOUBT {
            self.disown(drive.key, medium, ends)
        } else {
            let is_known = rest.is_known && occupancy == Some(Occupancy::Full);
            self.strand(drive.key, medium, is_known, ends)
        }
    }

    /// Another cartridge than the medium's stays in the drive. The medium may be seen elsewhere; who
    /// needs the drive next finds out what lies in it.
    fn disown(&self, drive: i64, medium: i64, ends: bool) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            let before = transaction.cartridge(medium)?;
            let mut after = before.clone();
            after.medium.place = Place::Nowhere;
            after.medium.mounted_side = None;
            after.medium.state = MediaState::Idle;
            crate::catalog::finish_pending_return(transaction, &mut after)?;
            transaction.store_cartridge(&before, after, now)?;
            empty_drive_row(transaction, drive, ends, now)
        })?;
        self.lost_sight_of(medium);
        Ok(())
    }

    /// The medium stays in the drive. Who needs the drive next tries again.
    fn strand(&self, drive: i64, medium: i64, is_known: bool, ends: bool) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            if ends {
                transaction.end_movement(drive)?;
            }
            transaction.stay_in_drive(medium, drive, now)?;
            if is_known {
                return Ok(());
            }
            transaction.change_drive(drive, now, |row| row.deferred_since = None)
        })
    }

    /// Something is in a slot that should be empty.
    pub(super) fn doubt_slot(&self, slot: i64) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            transaction.set_slot_state(slot, SlotState::NeedsInventory, now)
        })
    }
}

/// The row of a drive that holds nothing any more.
pub(super) fn empty_drive_row(
    transaction: &Transaction<'_>,
    drive: i64,
    ends: bool,
    now: Timestamp,
) -> Result<()> {
    if ends {
        transaction.end_movement(drive)?;
    }
    transaction.change_drive(drive, now, |row| {
        row.state = DriveState::Dismounted;
        row.saved_side = None;
        row.deferred_since = None;
    })
}

/// The home of a medium, if it is empty, else an empty slot; with its address.
fn free_slot(
    view: &View<'_>,
    cartridge: &Cartridge,
    changer: &ChangerUnit,
) -> Result<Option<(i64, u16)>> {
    if let Some(home) = cartridge.medium.home_slot {
        let row = view.slot(home)?;
        let is_free = row.changer == changer.key
            && row.state == SlotState::Empty
            && view.is_for_data(&row)?
            && view.medium_in_slot(home)?.is_none();
        if is_free {
            return Ok(Some((home, row.address)));
        }
    }
    let Some(slot) = view.first_empty_slot(changer.key)? else { return Ok(None) };
    Ok(Some((slot, view.slot(slot)?.address)))
}
