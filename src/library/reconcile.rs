//! The second phase of an inventory: the differences go into the catalog, in batches.

use std::sync::Arc;

use super::Attached;
use super::absence::{is_drive_missing, leave_drive_or_port};
use super::observed::{Observation, Seen};
use super::run::Run;
use super::units::CHUNK;
use crate::catalog::{MediumPlace, Place, Transaction};
use crate::error::Result;
use crate::model::{MediaState, SlotState, Timestamp};

/// What became of a slot.
pub(super) enum Settled {
    /// Its cartridge is this medium.
    Seated(i64),
    /// Its labels must be read.
    MustRead,
    Done,
}

impl Attached {
    /// Applies what bar codes and empty slots say. What is left are the cartridges to be read.
    pub(super) fn reconcile(&self, run: &Arc<Run>) -> Result<()> {
        run.seen.lock().differences.doubt_repeated_bar_codes();
        let count = run.seen.lock().differences.len();
        let mut from = 0;
        while from < count {
            let batch: Arc<[Observation]> = {
                let seen = run.seen.lock();
                (from..count).take(CHUNK as usize).filter_map(|i| seen.differences.get(i)).collect()
            };
            let settled = self.settle_batch(run, &batch)?;
            let mut seen = run.seen.lock();
            for (index, settled) in (from..).zip(settled) {
                match settled {
                    Settled::Seated(medium) => run.presume(medium),
                    Settled::MustRead => seen.differences.must_be_read(index),
                    Settled::Done => {}
                }
            }
            from += batch.len();
        }
        Ok(())
    }

    pub(super) fn settle_batch(
        &self,
        run: &Arc<Run>,
        batch: &Arc<[Observation]>,
    ) -> Result<Vec<Settled>> {
        let (run, batch) = (Arc::clone(run), Arc::clone(batch));
        let (library, now) = (self.key, self.now());
        self.host.catalog.write(move |transaction| {
            let mut came_from: Vec<(i64, i64)> = Vec::new();
            let mut settled = Vec::with_capacity(batch.len());
            let cleaners = transaction.slots_of_cleaners(library)?;
            for observation in batch.iter() {
                let batch = Batch { transaction, run: &run, library, now };
                if observation.seen != Seen::Cleaner && cleaners.contains(&observation.slot) {
                    let row = transaction.library(library)?;
                    transaction.cleaner_left(&row, observation.slot, now)?;
                }
                settled.push(batch.settle(observation, &mut came_from)?);
            }
            transaction.count_arrivals(library, &came_from, now)?;
            Ok(settled)
        })
    }
}

struct Batch<'a> {
    transaction: &'a Transaction<'a>,
    run: &'a Run,
    library: i64,
    now: Timestamp,
}

impl Batch<'_> {
    fn settle(
        &self,
        observation: &Observation,
        came_from: &mut Vec<(i64, i64)>,
    ) -> Result<Settled> {
        let slot = observation.slot;
        let occupant = self.transaction.medium_in_slot(slot)?;
        match (observation.seen, observation.bar_code.text()) {
            (Seen::Empty, _) => {
                // Until it is known where its medium went, the slot is in doubt.
                let state =
                    if occupant.is_some() { SlotState::NeedsInventory } else { SlotState::Empty };
                self.transaction.set_slot_state(slot, state, self.now)?;
                Ok(Settled::Done)
            }
            (Seen::NotPresent, _) => {
                self.unseat(occupant)?;
                self.transaction.set_slot_state(slot, SlotState::NotPresent, self.now)?;
                Ok(Settled::Done)
            }
            (Seen::Cleaner, _) => {
                self.unseat(occupant)?;
                let library = self.transaction.library(self.library)?;
                self.transaction.cleaner_seen(&library, slot, self.now)?;
                Ok(Settled::Done)
            }
            (Seen::BarCode, Some(code)) => match self.known(code, slot)? {
                Some(medium) => self.seat(slot, occupant, &medium, came_from),
                None => self.in_doubt(slot),
            },
            (Seen::BarCode | Seen::ToRead, _) => self.in_doubt(slot),
        }
    }

    fn in_doubt(&self, slot: i64) -> Result<Settled> {
        self.transaction.set_slot_state(slot, SlotState::NeedsInventory, self.now)?;
        Ok(Settled::MustRead)
    }

    /// Another cartridge is where this one was: whatever has confirmed it, it is not there.
    fn unseat(&self, occupant: Option<i64>) -> Result<()> {
        let Some(medium) = occupant else { return Ok(()) };
        self.run.forget(medium);
        self.transaction.unseat_medium(medium, self.now)
    }

    /// The one medium this bar code identifies, if it can be in this slot.
    fn known(&self, bar_code: &str, slot: i64) -> Result<Option<MediumPlace>> {
        let found = self.transaction.media_with_bar_code(bar_code)?;
        let &[medium] = found.as_slice() else { return Ok(None) };
        let is_in_drive = match medium.drive {
            Some(drive) => !is_drive_missing(self.transaction, drive)?,
            None => false,
        };
        let elsewhere = is_in_drive
            || self.run.is_confirmed(medium.key)
            || (medium.slot != Some(slot)
                && self.transaction.movement_of_medium(medium.key)?.is_some());
        Ok((!elsewhere).then_some(medium))
    }

    fn seat(
        &self,
        slot: i64,
        occupant: Option<i64>,
        medium: &MediumPlace,
        came_from: &mut Vec<(i64, i64)>,
    ) -> Result<Settled> {
        let transaction = self.transaction;
        self.unseat(occupant.filter(|other| *other != medium.key))?;
        if let Some(left) = medium.slot.filter(|left| *left != slot) {
            transaction.set_slot_state(left, SlotState::NeedsInventory, self.now)?;
        }
        if medium.is_idle && medium.drive.is_none() {
            transaction.seat_idle_medium(medium, self.library, slot, self.now)?;
            count(came_from, medium.library);
        } else {
            let before = transaction.cartridge(medium.key)?;
            leave_drive_or_port(transaction, medium.key, before.medium.place, self.now)?;
            let mut after = before.clone();
            after.medium.library = self.library;
            after.medium.place = Place::Slot(slot);
            after.medium.home_slot = Some(slot);
            after.medium.mounted_side = None;
            after.medium.state = MediaState::Idle;
            crate::catalog::finish_pending_return(transaction, &mut after)?;
            transaction.store_cartridge(&before, after, self.now)?;
            transaction.set_slot_state(slot, SlotState::Full, self.now)?;
        }
        Ok(Settled::Seated(medium.key))
    }
}

fn count(came_from: &mut Vec<(i64, i64)>, library: i64) {
    match came_from.iter_mut().find(|(from, _)| *from == library) {
        Some((_, media)) => *media += 1,
        None => came_from.push((library, 1)),
    }
}
