//! Cartridges that are to be read: queued for an inventory a few at a time, and read in whatever
//! drives are free, side by side.

use std::sync::Arc;

use super::Attached;
use super::claim::{record_reading, wanted_in_slot};
use super::crew::caught;
use super::plan::Plan;
use super::run::Run;
use crate::catalog::{LibraryRequestRow, Reader, Transaction, View};
use crate::error::Result;
use crate::model::{LibraryOperation, LibraryRequestState, Timestamp};

/// How many cartridges are queued for each drive.
const AHEAD: usize = 2;

/// Lets cartridges be read as far as the plan still has drives for them.
pub(super) fn grant_readings(
    transaction: &Transaction<'_>,
    (library, operation): (i64, LibraryOperation),
    plan: &mut Plan,
    now: Timestamp,
) -> Result<()> {
    let queue = transaction.request_queue(library, operation)?.into_iter();
    for row in queue.filter(|row| row.is_waiting()) {
        let slot = row.task.slot.map(|id| transaction.slot_by_id(id)).transpose()?.flatten();
        let wanted = match slot {
            Some(slot) => wanted_in_slot(transaction, row.key, slot.key, now)?,
            None => None,
        };
        let is_granted = wanted.is_some_and(|wanted| plan.offer(&[wanted]));
        if !is_granted {
            transaction.let_wait(&row, "no drive is free, or the cartridge is in use", now)?;
            continue;
        }
        for grant in std::mem::take(&mut plan.grants) {
            record_reading(transaction, grant.claim, (library, grant.medium), now)?;
            let drive = transaction.drive_id(grant.claim.drive)?;
            transaction.set_request_drive(&row, drive)?;
            transaction.advance_request(&row, LibraryRequestState::InProcess, now)?;
        }
    }
    Ok(())
}

/// Slots that are next to be read, by what becomes of them.
#[derive(Default)]
struct Next {
    /// A mount has read their media since the inventory began: they are not read again.
    checked: Vec<i64>,
    /// Media are known to be in them.
    known: Vec<i64>,
    /// What is in them is new: that is classified, whoever reads it.
    new: Vec<i64>,
}

fn sort(view: &View<'_>, run: &Run, slots: &[i64]) -> Result<Next> {
    let mut next = Next::default();
    for slot in slots {
        match view.medium_of_slot(*slot)? {
            Some(medium) if run.is_checked_off(medium) => next.checked.push(*slot),
            Some(_) => next.known.push(*slot),
            None => next.new.push(*slot),
        }
    }
    Ok(next)
}

impl Attached {
    /// The run that what is read counts for.
    pub(super) fn run_for_reading(&self) -> Result<Arc<Run>> {
        if let Some(run) = self.run.lock().clone() {
            return Ok(run);
        }
        let new = self.run_of_some()?;
        Ok(Arc::clone(self.run.lock().get_or_insert(new)))
    }

    /// Has the next cartridges of the run read; ends it when all have been.
    pub(super) fn tend_run(self: &Arc<Self>) -> Result<()> {
        let run = self.run.lock().clone();
        let (is_reading, is_busy) = {
            let tasks = self.tasks.lock();
            (tasks.reading > 0, tasks.collecting || tasks.finishing)
        };
        let Some(run) = run.filter(|_| !is_busy) else { return Ok(()) };
        if self.end_stopped(&run) {
            return Ok(());
        }
        let library = self.key;
        let queued = self.host.catalog.read(|view| view.readings(library))?;
        let is_begun = |state| state == LibraryRequestState::InProcess;
        if !is_reading && queued.iter().any(|row| is_begun(row.state)) {
            let now = self.now();
            let put_back = move |on: &Transaction<'_>| on.put_back_readings(library, now);
            self.host.catalog.write(put_back)?;
        }
        let queued = self.pass_checked(&run, queued)?;
        let reader = if run.reads_labels() { Reader::FullInventory } else { Reader::Inventory };
        let most = match reader {
            Reader::FullInventory if self.are_drives_short()? => 0,
            _ => (AHEAD * self.drives.len()).max(1),
        };
        let room = most.saturating_sub(queued.len());
        let next = run.next_to_read(room);
        if !next.slots.is_empty() {
            let (slots, sorted_for, now) = (next.slots.clone(), Arc::clone(&run), self.now());
            let checked = self.host.catalog.write(move |transaction| {
                let next = sort(transaction, &sorted_for, &slots)?;
                transaction.queue_readings(library, &next.known, reader, now)?;
                transaction.queue_readings(library, &next.new, Reader::Inventory, now)?;
                Ok(next.checked)
            })?;
            run.have_queued(&next);
            checked.iter().for_each(|slot| run.has_read(*slot));
            if !checked.is_empty() {
                self.changed.raise();
            }
        } else if queued.is_empty() && !is_reading && run.next_to_read(1).slots.is_empty() {
            self.send_to_finish(run)?;
        }
        Ok(())
    }

    /// Labels that need not be read any more: a mount has read them. Gives what is left.
    fn pass_checked(
        &self,
        run: &Run,
        queued: Vec<LibraryRequestRow>,
    ) -> Result<Vec<LibraryRequestRow>> {
        if !run.has_checked_off() {
            return Ok(queued);
        }
        let is_label = |row: &LibraryRequestRow| {
            row.task.operation == LibraryOperation::ProcessLabel && row.is_waiting()
        };
        let (slots, checked) = self.host.catalog.read(|view| {
            let waiting = queued.iter().filter(|row| is_label(row)).filter_map(|row| row.task.slot);
            let keys = waiting.map(|id| Ok(view.slot_by_id(id)?.map(|slot| (id, slot.key))));
            let slots = keys.filter_map(Result::transpose).collect::<Result<Vec<_>>>()?;
            let keys: Vec<i64> = slots.iter().map(|(_, key)| *key).collect();
            let checked = sort(view, run, &keys)?.checked;
            Ok((slots, checked))
        })?;
        if checked.is_empty() {
            return Ok(queued);
        }
        let is_checked = |row: &LibraryRequestRow| {
            let slot = slots.iter().find(|(id, _)| Some(*id) == row.task.slot);
            is_label(row) && slot.is_some_and(|(_, key)| checked.contains(key))
        };
        let (passed, left): (Vec<_>, Vec<_>) = queued.into_iter().partition(is_checked);
        passed.iter().try_for_each(|row| self.end_request(row.id, None))?;
        checked.iter().for_each(|slot| run.has_read(*slot));
        Ok(left)
    }

    fn send_to_finish(self: &Arc<Self>, run: Arc<Run>) -> Result<()> {
        self.tasks.lock().finishing = true;
        let sent = self.employ(move |library| {
            if let Err(error) = caught(|| library.finish_run(&run)) {
                tracing::error!(%error, "an inventory could not be brought to its end");
            }
            library.tasks.lock().finishing = false;
        });
        if !matches!(sent, Ok(true)) {
            self.tasks.lock().finishing = false;
        }
        sent.map(drop)
    }

    /// Whether something waits to be read.
    pub(super) fn has_readings(&self) -> Result<bool> {
        let library = self.key;
        self.host.catalog.read(|view| view.has_readings(library))
    }

    /// Whether somebody waits for a drive, and none is left over. Labels that are queued are read
    /// before that, so an inventory queues no more then.
    fn are_drives_short(&self) -> Result<bool> {
        let (library, is_short) = (self.key, self.tasks.lock().drives_short);
        let waits =
            |operation| self.host.catalog.read(|view| view.has_requests(library, operation));
        Ok(is_short
            && (waits(LibraryOperation::Mount)? || waits(LibraryOperation::WriteFreeLabel)?))
    }
}
