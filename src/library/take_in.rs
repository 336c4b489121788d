//! Cartridges that people have put into a port go into slots.

use std::sync::Arc;

use super::Attached;
use super::compare::{Look, compare};
use super::failure::device;
use super::handling::NotCarried;
use super::observed::{Observation, Seen};
use super::ports::Port;
use super::reconcile::Settled;
use super::run::Run;
use super::units::{CHUNK, ChangerUnit};
use crate::catalog::{
    LibraryRow, OFFLINE_LIBRARY, Place, Reader, SlotContent, Submitter, Transaction,
};
use crate::device::{ElementAddress, ElementStatus, Occupancy};
use crate::error::Result;
use crate::model::{
    InventoryMethod, MediaState, OperatorTask, PortContent, PortPosition, SlotState, Timestamp,
};

/// What people are asked to do with what finds no slot.
const EMPTY_IT: &str = "take out what is in the port; no slot is empty";

/// What was in the ports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TakenIn {
    /// Cartridges that are in slots now.
    pub(super) stored: usize,
    /// Cartridges for which there is no slot.
    pub(super) left: usize,
}

/// What became of what was in a cell.
enum Stored {
    InSlot,
    /// No slot is empty.
    NoSlot,
    /// There was nothing in it.
    Nothing,
}

impl Attached {
    /// Puts what is in the ports into slots, as far as people have pushed them in. What is known by
    /// its bar code is online then, what is not is read later. What finds no slot stays in its
    /// port, and a person is asked to take it out.
    pub(super) fn take_in(&self, ports: &[Port<'_>]) -> Result<TakenIn> {
        let mut taken = TakenIn::default();
        let mut run = None;
        self.lock_ports(ports, true);
        let done = ports.iter().try_for_each(|port| {
            self.move_port(port, PortPosition::Retracted)?;
            self.empty_port(port, &mut taken, &mut run)
        });
        self.lock_ports(ports, false);
        if let Some(run) = run {
            self.read_later(run)?;
        }
        done?;
        for port in ports.iter().filter(|_| taken.left > 0) {
            if self.look_at_port(port)?.content() == PortContent::Full {
                self.move_port(port, PortPosition::Extended)?;
            }
        }
        Ok(taken)
    }

    fn empty_port(
        &self,
        port: &Port<'_>,
        taken: &mut TakenIn,
        run: &mut Option<Arc<Run>>,
    ) -> Result<()> {
        let now = self.look_at_port(port)?;
        if !now.is_in() {
            return Ok(());
        }
        for cell in now.cells {
            if self.is_stopped() {
                break;
            }
            let may_be_there = matches!(cell.occupancy, Occupancy::Full | Occupancy::Unknown);
            if !may_be_there || !cell.accessible {
                continue;
            }
            match self.store_cell(port.changer, &cell, run)? {
                Stored::InSlot => taken.stored += 1,
                Stored::NoSlot if cell.occupancy == Occupancy::Full => {
                    taken.left += 1;
                    self.note_surplus(port, &cell)?;
                }
                Stored::NoSlot | Stored::Nothing => {}
            }
        }
        self.look_at_port(port).map(drop)
    }

    fn store_cell(
        &self,
        changer: &ChangerUnit,
        cell: &ElementStatus,
        run: &mut Option<Arc<Run>>,
    ) -> Result<Stored> {
        loop {
            let library = self.host.catalog.read(|view| view.library(self.key))?;
            let Some(slot) = self.slot_for_cell(&library, changer, cell)? else {
                return Ok(Stored::NoSlot);
            };
            let row = self.host.catalog.read(|view| view.slot(slot))?;
            let way = (cell.address, ElementAddress(row.address));
            let run = match &run {
                Some(run) => Arc::clone(run),
                None => Arc::clone(run.insert(self.run_of_some()?)),
            };
            let seen = self.observation(&library, changer, slot, cell);
            let carried = self.carry(changer, way, false, || self.admit_cell(&run, seen))?;
            match carried {
                Ok(()) => return Ok(Stored::InSlot),
                Err(NotCarried::DestinationFull) => self.doubt_slot(slot)?,
                Err(NotCarried::SourceEmpty) => return Ok(Stored::Nothing),
                Err(NotCarried::Failed(error)) => {
                    return Err(device("the robot could not take a cartridge in", error));
                }
            }
        }
    }

    /// The cartridge is in its slot: what it is, as far as its bar code tells.
    fn admit_cell(&self, run: &Arc<Run>, seen: Observation) -> Result<()> {
        for settled in self.settle_batch(run, &Arc::from([seen.clone()]))? {
            match settled {
                Settled::Seated(medium) => {
                    run.presume(medium);
                    self.saw(medium);
                }
                Settled::MustRead => run.read_also(seen.slot),
                Settled::Done => {}
            }
        }
        Ok(())
    }

    /// What a look at the slot will tell.
    fn observation(
        &self,
        library: &LibraryRow,
        changer: &ChangerUnit,
        slot: i64,
        cell: &ElementStatus,
    ) -> Observation {
        let reads_labels = library.inventory_method == InventoryMethod::FullLabelRead;
        let content = SlotContent {
            key: slot,
            address: cell.address.0,
            state: SlotState::Empty,
            medium: None,
            bar_code: None,
            is_under_way: false,
        };
        let status = ElementStatus { occupancy: Occupancy::Full, ..cell.clone() };
        let look = Look::at(library, changer, reads_labels);
        let seen = compare(&content, &status, look).unwrap_or(Seen::ToRead);
        Observation { slot, seen, bar_code: cell.volume_tag.clone() }
    }

    /// The first empty slot; for the cleaner its own, if that is empty.
    fn slot_for_cell(
        &self,
        library: &LibraryRow,
        changer: &ChangerUnit,
        cell: &ElementStatus,
    ) -> Result<Option<i64>> {
        let is_cleaner = self.observation(library, changer, 0, cell).seen == Seen::Cleaner;
        self.host.catalog.read(|view| {
            if let Some(reserved) = library.cleaner_slot.filter(|_| is_cleaner) {
                let row = view.slot(reserved)?;
                let is_free = row.changer == changer.key
                    && row.state == SlotState::Empty
                    && !view.is_cleaning(library.key)?;
                if is_free {
                    return Ok(Some(reserved));
                }
            }
            view.first_free_slot(changer.key)
        })
    }

    /// A cartridge stays in the port: a person is asked to take it out.
    fn note_surplus(&self, port: &Port<'_>, cell: &ElementStatus) -> Result<()> {
        let code = cell.volume_tag.text().map(str::to_owned);
        let (library, port, now) = (self.key, port.row.key, self.now());
        self.host.catalog.write(move |transaction| {
            let known = match &code {
                Some(code) => transaction.media_with_bar_code(code)?,
                None => Vec::new(),
            };
            match known.as_slice() {
                [only] if only.slot.is_none() && only.drive.is_none() => {
                    seat_in_port(transaction, only.key, (library, port), now)
                }
                _ => transaction.ask_about_ports(library, EMPTY_IT, now).map(drop),
            }
        })
    }

    /// A run in which every medium of the library that has a place is taken to be there.
    pub(super) fn run_of_some(&self) -> Result<Arc<Run>> {
        let run = Run::of_some();
        let mut after = 0;
        loop {
            let chunk = self.host.catalog.read(|view| view.media_places(self.key, after, CHUNK))?;
            let Some(last) = chunk.last() else { return Ok(Arc::new(run)) };
            after = last.key;
            let placed = chunk.iter().filter(|place| place.slot.or(place.drive).is_some());
            placed.for_each(|place| run.presume(place.key));
        }
    }

    /// Has the cartridges of a run read that their bar codes do not identify. They count for the
    /// inventory that is under way, if there is one.
    fn read_later(&self, run: Arc<Run>) -> Result<()> {
        let to_read = run.next_to_read(usize::MAX);
        if to_read.slots.is_empty() {
            return Ok(());
        }
        run.have_queued(&to_read);
        let (library, now) = (self.key, self.now());
        self.run.lock().get_or_insert(run);
        self.host.catalog.write(move |transaction| {
            transaction.queue_readings(library, &to_read.slots, Reader::Library, now)
        })
    }
}

/// A known medium lies in a port and finds no slot.
fn seat_in_port(
    transaction: &Transaction<'_>,
    medium: i64,
    (library, port): (i64, i64),
    now: Timestamp,
) -> Result<()> {
    let before = transaction.cartridge(medium)?;
    let mut after = before.clone();
    after.medium.library = library;
    after.medium.place = Place::Port(port);
    after.medium.home_slot = None;
    after.medium.state = MediaState::Idle;
    transaction.store_cartridge(&before, after, now)?;
    let message = format!(
        "Take medium {} out of the port of library {}: no slot is empty.",
        before.medium.title(),
        transaction.library(library)?.name
    );
    let offline = transaction.library(OFFLINE_LIBRARY)?.id;
    let task = OperatorTask::MoveMedia { medium: before.medium.id, to: offline };
    let manager = Arc::new(Submitter::manager());
    transaction.ask_people(&task, &message, &manager, now).map(drop)
}
