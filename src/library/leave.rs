//! What becomes of a medium that leaves a library.

use super::Attached;
use super::run::Run;
use super::units::CHUNK;
use crate::catalog::{MediumPlace, OFFLINE_LIBRARY, Place, SlotRow, Transaction};
use crate::error::Result;
use crate::model::{
    Leaving, MediaPoolPolicy, MediaState, ServiceTarget, SideState, SlotState, Timestamp, leave,
};

/// The medium is in no library any more, but known.
pub(super) fn take_offline(
    transaction: &Transaction<'_>,
    medium: i64,
    now: Timestamp,
) -> Result<()> {
    let before = transaction.cartridge(medium)?;
    let mut after = before.clone();
    after.medium.library = OFFLINE_LIBRARY;
    after.medium.place = Place::Nowhere;
    after.medium.home_slot = None;
    after.medium.mounted_side = None;
    // A person may have been asked for it already.
    if before.medium.state != MediaState::WaitingForOperator {
        after.medium.state = MediaState::Idle;
    }
    crate::catalog::finish_pending_return(transaction, &mut after)?;
    transaction.store_cartridge(&before, after, now)?;
    // Whoever was to look at it has it.
    transaction.end_service(ServiceTarget::Medium(before.medium.id), now)
}

/// The leave rule.
pub(super) fn dismiss(
    transaction: &Transaction<'_>,
    medium: i64,
    policy: MediaPoolPolicy,
    now: Timestamp,
) -> Result<()> {
    let cartridge = transaction.cartridge(medium)?;
    let states: Vec<SideState> = cartridge.sides.iter().map(|side| side.state).collect();
    match leave(cartridge.medium.pool_type, &states, policy) {
        Leaving::Kept => take_offline(transaction, medium, now),
        Leaving::Removed => transaction.delete_cartridge(&cartridge, now),
    }
}

impl Attached {
    /// Ends a run: what was not seen has left.
    pub(super) fn dismiss_unseen(&self, run: &Run) -> Result<()> {
        let mut after = 0;
        loop {
            let chunk = self.host.catalog.read(|view| view.media_places(self.key, after, CHUNK))?;
            let Some(last) = chunk.last() else { break };
            after = last.key;
            let unseen: Vec<MediumPlace> = {
                let confirmed = run.confirmed.lock();
                let unseen =
                    |medium: &&MediumPlace| medium.drive.is_none() && !confirmed.has(medium.key);
                chunk.iter().filter(unseen).copied().collect()
            };
            let unseen = self.within_reach(unseen)?;
            if !unseen.is_empty() {
                self.dismiss(unseen)?;
            }
        }
        self.clear_empty_slots(run)
    }

    /// Those of the media that would have been seen: where a changer is missing, nobody has looked.
    fn within_reach(&self, media: Vec<MediumPlace>) -> Result<Vec<i64>> {
        self.host.catalog.read(|view| {
            let mut reached = Vec::with_capacity(media.len());
            for medium in &media {
                let changer = medium.slot.map(|slot| view.slot(slot)).transpose()?;
                let is_there =
                    |row: SlotRow| self.changers.iter().any(|unit| unit.key == row.changer);
                if changer.is_none_or(is_there) {
                    reached.push(medium.key);
                }
            }
            Ok(reached)
        })
    }

    fn dismiss(&self, media: Vec<i64>) -> Result<()> {
        let (library, now) = (self.key, self.now());
        self.host.catalog.write(move |transaction| {
            let policy = transaction.computer()?.media_pool_policy;
            for medium in &media {
                let place = transaction.medium_place(*medium)?;
                let moving = transaction.movement_of_medium(*medium)?.is_some();
                // It may have been dealt with since it was listed.
                let is_gone = |place: &MediumPlace| {
                    place.library == library && place.drive.is_none() && !moving
                };
                if let Some(place) = place.filter(is_gone) {
                    dismiss(transaction, *medium, policy, now)?;
                    place.slot.map_or(Ok(()), |slot| {
                        transaction.set_slot_state(slot, SlotState::Empty, now)
                    })?;
                }
            }
            Ok(())
        })
    }

    /// Slots that were seen empty hold nothing now, for the catalog as well.
    fn clear_empty_slots(&self, run: &Run) -> Result<()> {
        let empty: Vec<i64> = run
            .seen
            .lock()
            .differences
            .iter()
            .filter(|observation| observation.seen == super::observed::Seen::Empty)
            .map(|observation| observation.slot)
            .collect();
        for batch in empty.chunks(CHUNK as usize) {
            let (batch, now) = (batch.to_vec(), self.now());
            self.host.catalog.write(move |transaction| {
                for slot in &batch {
                    let in_doubt = transaction.slot(*slot)?.state == SlotState::NeedsInventory;
                    if in_doubt && transaction.medium_in_slot(*slot)?.is_none() {
                        transaction.set_slot_state(*slot, SlotState::Empty, now)?;
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}
