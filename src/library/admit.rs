//! What an identified cartridge changes in the catalog.

use std::sync::Arc;

use super::Attached;
use super::absence::leave_drive_or_port;
use super::arrival::{Arrival, Verdict};
use super::health::condemn_medium;
use super::identify::Held;
use super::leave::dismiss;
use super::media_types::ensure_media_type;
use super::newcomer::{NewIds, newcomer};
use super::run::Run;
use super::stand_alone::{Mouth, set_mouth};
use super::verify::{is_same, label_of};
use crate::catalog::{Cartridge, Place, Transaction, first_side_key};
use crate::error::Result;
use crate::label::Identified;
use crate::model::{BarCodeState, MediaState, PoolId, PoolType, SideState, SlotState, Timestamp};

impl Attached {
    /// Applies the arrive rule to a cartridge that was read. At the `end` of the run nothing stays
    /// undecided.
    /// The movement that read it, if it still owns a drive, ends in the same transaction.
    pub(super) fn admit(
        &self,
        run: &Arc<Run>,
        arrival: Arrival,
        held: Option<Held>,
        end: bool,
    ) -> Result<()> {
        let call = Admission {
            held,
            arrival: arrival.clone(),
            run: Arc::clone(run),
            library: self.key,
            ids: NewIds::fresh(&self.host.ids),
            pools: [self.host.ids.fresh(), self.host.ids.fresh(), self.host.ids.fresh()],
            end,
            now: self.now(),
        };
        match self.host.catalog.write(move |transaction| call.run(transaction))? {
            Admitted::Seated(medium) => run.confirm(medium),
            Admitted::Supposed(medium) => run.presume(medium),
            Admitted::Undecided => run.seen.lock().undecided.push(arrival),
            Admitted::Doubtful(other) => {
                self.read_too(run, other)?;
                run.seen.lock().undecided.push(arrival);
            }
        }
        Ok(())
    }

    /// Lets a medium be read that looks as if it were in its slot, while its label is elsewhere.
    fn read_too(&self, run: &Run, medium: i64) -> Result<()> {
        let slot = self.host.catalog.read(|view| view.medium_place(medium))?;
        // In a drive nobody reads it now: who was not read is here, at the end.
        let slot = slot.and_then(|place| place.slot);
        slot.into_iter().for_each(|slot| run.doubt(medium, slot));
        Ok(())
    }
}

/// What became of a cartridge that was read.
enum Admitted {
    /// It is this medium.
    Seated(i64),
    /// It cannot be read, and is taken for this medium.
    Supposed(i64),
    /// To be decided at the end of the run.
    Undecided,
    /// The same, when the cartridge that is taken for this medium has been read.
    Doubtful(i64),
}

struct Admission {
    held: Option<Held>,
    arrival: Arrival,
    run: Arc<Run>,
    library: i64,
    ids: NewIds,
    pools: [PoolId; 3],
    end: bool,
    now: Timestamp,
}

impl Admission {
    fn run(&self, transaction: &Transaction<'_>) -> Result<Admitted> {
        self.release(transaction)?;
        if self.end
            && let Some(medium) = self.arrival.taken_since(transaction, &self.run)?
        {
            return Ok(Admitted::Seated(medium));
        }
        let verdict = self.arrival.judge(transaction, &self.run, self.end)?;
        let medium = match verdict {
            Verdict::Undecided => return Ok(Admitted::Undecided),
            Verdict::Doubtful(other) => return Ok(Admitted::Doubtful(other)),
            Verdict::Known(medium) | Verdict::NowLabelled(medium) => {
                self.clear_place(transaction, Some(medium))?;
                self.welcome(transaction, medium, verdict)?;
                transaction.medium_is_well(medium, self.now)?;
                medium
            }
            Verdict::Unreadable(medium) => {
                self.clear_place(transaction, Some(medium))?;
                self.keep_unreadable(transaction, medium)?;
                medium
            }
            Verdict::New => {
                self.clear_place(transaction, None)?;
                self.enter_new(transaction)?
            }
        };
        self.record_place(transaction, medium)?;
        self.stay(transaction, medium)?;
        Ok(match verdict {
            Verdict::Unreadable(_) => Admitted::Supposed(medium),
            _ => Admitted::Seated(medium),
        })
    }

    /// The movement that read it is over.
    fn release(&self, transaction: &Transaction<'_>) -> Result<()> {
        match (self.held, self.arrival.place) {
            (None, _) => Ok(()),
            (Some(held), Place::Drive(_)) => held.release_in_place(transaction, self.now),
            (Some(held), _) if held.stays().is_some() => {
                held.release_in_place(transaction, self.now)
            }
            (Some(held), _) => held.release(transaction, self.now),
        }
    }

    /// Whatever the catalog has in the place besides this medium is not there. From a slot it may
    /// have gone to another, whatever has confirmed it; from a stand-alone drive people took it.
    fn clear_place(&self, transaction: &Transaction<'_>, stays: Option<i64>) -> Result<()> {
        let other = match self.arrival.place {
            Place::Slot(slot) => transaction.medium_in_slot(slot)?,
            Place::Drive(drive) => transaction.medium_in_drive(drive)?,
            Place::Port(_) | Place::Nowhere => None,
        };
        match (other.filter(|other| Some(*other) != stays), self.arrival.place) {
            (None, _) => Ok(()),
            (Some(other), Place::Drive(_)) => {
                let policy = transaction.computer()?.media_pool_policy;
                dismiss(transaction, other, policy, self.now)
            }
            (Some(other), _) => {
                self.run.forget(other);
                transaction.unseat_medium(other, self.now)
            }
        }
    }

    /// The place holds this medium.
    fn record_place(&self, transaction: &Transaction<'_>, medium: i64) -> Result<()> {
        match self.arrival.place {
            Place::Slot(slot) => {
                let unreadable =
                    transaction.cartridge(medium)?.medium.state == MediaState::RecoverableError;
                let state = if unreadable { SlotState::NeedsInventory } else { SlotState::Full };
                transaction.set_slot_state(slot, state, self.now)
            }
            Place::Drive(drive) => {
                set_mouth(transaction, self.library, Mouth::Empty, self.now)?;
                let side = first_side_key(medium) + i64::from(self.arrival.first);
                transaction.change_drive(drive, self.now, |row| row.saved_side = Some(side))
            }
            Place::Port(_) | Place::Nowhere => Ok(()),
        }
    }

    /// The medium, whose home is the slot, is still in the drive, as after a deferred dismount.
    fn stay(&self, transaction: &Transaction<'_>, medium: i64) -> Result<()> {
        let Some((drive, up)) = self.held.and_then(Held::stays) else { return Ok(()) };
        let before = transaction.cartridge(medium)?;
        let mut after = before.clone();
        after.medium.place = Place::Drive(drive);
        after.medium.mounted_side = Some(up);
        transaction.store_cartridge(&before, after, self.now)?;
        if let Place::Slot(slot) = self.arrival.place {
            transaction.set_slot_state(slot, SlotState::Empty, self.now)?;
        }
        let side = first_side_key(medium) + i64::from(up);
        transaction.change_drive(drive, self.now, |row| row.saved_side = Some(side))?;
        transaction.stay_in_drive(medium, drive, self.now)
    }

    /// A medium the catalog knows is in the slot.
    fn welcome(&self, transaction: &Transaction<'_>, medium: i64, verdict: Verdict) -> Result<()> {
        let before = transaction.cartridge(medium)?;
        let mut after = before.clone();
        self.seat(&mut after);
        after.medium.state = MediaState::Idle;
        if self.arrival.is_incompatible {
            reclassify_incompatible(&mut after);
        }
        for (number, found) in self.arrival.numbered() {
            if let Some(side) = after.sides.get_mut(usize::from(number)) {
                note_reading(side, found);
            }
        }
        if matches!(verdict, Verdict::NowLabelled(_)) {
            self.to_import(transaction, &mut after)?;
        }
        match before.medium.place {
            left if left == self.arrival.place => {}
            Place::Slot(left) => {
                transaction.set_slot_state(left, SlotState::NeedsInventory, self.now)?;
            }
            left => leave_drive_or_port(transaction, medium, left, self.now)?,
        }
        crate::catalog::finish_pending_return(transaction, &mut after)?;
        transaction.store_cartridge(&before, after, self.now)
    }

    /// The known medium cannot be read: nothing else about it changes.
    fn keep_unreadable(&self, transaction: &Transaction<'_>, medium: i64) -> Result<()> {
        let before = transaction.cartridge(medium)?;
        let mut after = before.clone();
        self.put_there(&mut after);
        after.medium.state = MediaState::RecoverableError;
        transaction.store_cartridge(&before, after, self.now)?;
        condemn_medium(transaction, medium, "it cannot be read", self.now)
    }

    fn put_there(&self, cartridge: &mut Cartridge) {
        let medium = &mut cartridge.medium;
        medium.library = self.library;
        medium.place = self.arrival.place;
        (medium.home_slot, medium.mounted_side) = match self.arrival.place {
            Place::Slot(slot) => (Some(slot), None),
            _ => (None, Some(self.arrival.first)),
        };
    }

    fn seat(&self, cartridge: &mut Cartridge) {
        self.put_there(cartridge);
        let medium = &mut cartridge.medium;
        medium.media_code = self.arrival.media_code;
        medium.density_code = self.arrival.density_code;
        match self.arrival.bar_code_text() {
            Some(code) => {
                medium.bar_code = code.to_owned();
                medium.bar_code_state = BarCodeState::Readable;
            }
            // Nobody looks for one there.
            None if matches!(self.arrival.place, Place::Drive(_)) => {}
            None => medium.bar_code_state = BarCodeState::Unreadable,
        }
    }

    /// Labels turned up on a medium that had none: it waits to be imported.
    fn to_import(&self, transaction: &Transaction<'_>, cartridge: &mut Cartridge) -> Result<()> {
        self.list_type(transaction, cartridge.medium.media_type)?;
        let pool = transaction.system_pool(PoolType::Import, cartridge.medium.media_type)?;
        if let Some(pool) = pool {
            cartridge.medium.pool = pool.key;
            cartridge.medium.pool_type = pool.pool_type;
        }
        for side in &mut cartridge.sides {
            side.state = SideState::Import;
        }
        Ok(())
    }

    fn enter_new(&self, transaction: &Transaction<'_>) -> Result<i64> {
        let media_type = transaction.media_type(self.arrival.media_type)?;
        self.list_type(transaction, media_type.key)?;
        let claimed = self.arrival.is_claimed();
        let kind = if claimed { PoolType::Import } else { PoolType::Unrecognized };
        let pool = transaction.system_pool(kind, media_type.key)?.ok_or_else(|| {
            crate::Error::new(crate::ErrorKind::DatabaseFailure, "a system pool is missing")
        })?;
        let number = match self.held.and_then(Held::number) {
            Some(number) if transaction.medium_place(number)?.is_none() => number,
            _ => transaction.take_sequence_number()?,
        };
        let mut cartridge =
            newcomer(&self.arrival, &media_type, &pool, number, &self.ids, self.now);
        self.seat(&mut cartridge);
        transaction.insert_cartridge(&cartridge, self.now)?;
        Ok(number)
    }

    fn list_type(&self, transaction: &Transaction<'_>, media_type: i64) -> Result<()> {
        let library = transaction.library(self.library)?;
        let media_type = transaction.media_type(media_type)?;
        ensure_media_type(transaction, &library, &media_type, self.pools, self.now)
    }
}

/// Sides nobody has a hold on turn out to be of no use here.
pub(super) fn reclassify_incompatible(cartridge: &mut Cartridge) {
    for side in &mut cartridge.sides {
        if matches!(
            side.state,
            SideState::Unknown
                | SideState::Unrecognized
                | SideState::Import
                | SideState::Available
                | SideState::Unprepared
        ) {
            side.state = SideState::Incompatible;
        }
    }
}

/// A good reading of a side whose label is the recorded one, was being written, or was unknown.
fn note_reading(side: &mut crate::catalog::SideRow, found: &Identified) {
    if side.state == SideState::Unknown && *found != Identified::ReadError {
        side.state = SideState::Unrecognized;
    }
    let Some(info) = found.label() else { return };
    if side.label.as_ref().is_some_and(|label| is_same(label, info)) {
        return;
    }
    let was_pending = side.pending_label.as_deref() == Some(info.label_id());
    if was_pending && side.state == SideState::Unprepared {
        side.state = SideState::Available;
    }
    if was_pending || side.label.is_none() {
        side.label = Some(label_of(info));
        side.pending_label = None;
    }
}
