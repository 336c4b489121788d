//! Cartridges whose labels are to be read.

use super::{LibraryRequestRow, NewRequests, Task};
use crate::catalog::{Because, Transaction, View};
use crate::error::{ErrorKind, Result};
use crate::model::{
    LibraryOperation, LibraryRequestState, ObjectType, OperationOption, SlotId, Timestamp,
};

/// On whose account a cartridge is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    /// An inventory's: nobody wants it without that.
    Inventory,
    /// The same, and it reads every label.
    FullInventory,
    /// The library's own: people have put it in.
    Library,
}

impl Reader {
    const fn operation(self) -> LibraryOperation {
        match self {
            Self::FullInventory => LibraryOperation::ProcessLabel,
            Self::Inventory | Self::Library => LibraryOperation::Classify,
        }
    }
}

/// In the argument of a request: an inventory wants it. The other bits are the number that was set
/// aside for it.
const OF_INVENTORY: u32 = 1;

impl LibraryRequestRow {
    /// The number that was set aside for what is read, if it is new: media that are read side by
    /// side are numbered by their slots, not by who is ready first.
    pub(crate) fn number_set_aside(&self) -> Option<i64> {
        let is_reading = self.task.operation.is_reading();
        Some(i64::from(self.task.argument >> 1)).filter(|number| is_reading && *number > 0)
    }
}

impl Task {
    /// What is in a slot is to be read; it may stay in its drive for a later mount.
    pub(crate) fn reading_of(slot: SlotId, stays: bool) -> Self {
        Self {
            option: if stays { OperationOption::Deferred } else { OperationOption::Immediate },
            slot: Some(slot),
            subject: Some((ObjectType::StorageSlot, slot.into())),
            ..Self::new(LibraryOperation::Classify)
        }
    }
}

impl View<'_> {
    /// The cartridges that are to be read in a library, or are being read.
    pub(crate) fn readings(&self, library: i64) -> Result<Vec<LibraryRequestRow>> {
        let mut readings = self.request_queue(library, LibraryOperation::ProcessLabel)?;
        readings.extend(self.request_queue(library, LibraryOperation::Classify)?);
        Ok(readings)
    }

    /// Whether there are any.
    pub(crate) fn has_readings(&self, library: i64) -> Result<bool> {
        Ok(self.has_requests(library, LibraryOperation::ProcessLabel)?
            || self.has_requests(library, LibraryOperation::Classify)?)
    }
}

impl Transaction<'_> {
    /// Has what is in these slots read. What is queued for that already stays so.
    pub(crate) fn queue_readings(
        &self,
        library: i64,
        slots: &[i64],
        reader: Reader,
        now: Timestamp,
    ) -> Result<()> {
        let queued: Vec<_> = self.readings(library)?.iter().map(|row| row.task.slot).collect();
        for slot in slots {
            let (key, slot) = (*slot, Some(self.slot(*slot)?.id));
            if queued.contains(&slot) {
                continue;
            }
            let flag = if reader == Reader::Library { 0 } else { OF_INVENTORY };
            let argument = self.set_number_aside(key)? | flag;
            let task = Task { slot, argument, ..Task::new(reader.operation()) };
            let new = NewRequests {
                library,
                tasks: &[task],
                state: LibraryRequestState::Queued,
                waiter: None,
                watched: None,
            };
            self.insert_library_requests(&new, now)?;
        }
        Ok(())
    }

    /// A number, as it is kept in the argument of a request, for what may be new in a slot.
    fn set_number_aside(&self, slot: i64) -> Result<u32> {
        let known = self.medium_in_slot(slot)?.or(self.medium_missing_from(slot)?);
        if known.is_some() {
            return Ok(0);
        }
        let number = u32::try_from(self.take_sequence_number()?).ok();
        Ok(number.and_then(|number| number.checked_mul(2)).unwrap_or(0))
    }

    /// No inventory wants what it has queued to be read any more.
    pub(crate) fn drop_readings(&self, library: i64, now: Timestamp) -> Result<()> {
        let because = Because::new(ErrorKind::Cancelled, "the inventory has ended");
        let mut dropped = self.readings(library)?;
        dropped.retain(|row| row.is_waiting() && row.task.argument & OF_INVENTORY != 0);
        self.cancel_requests(&dropped, &because, now)
    }

    /// What was being read and is not any more waits to be read again.
    pub(crate) fn put_back_readings(&self, library: i64, now: Timestamp) -> Result<()> {
        for row in self.readings(library)? {
            let slot = row.task.slot.map(|slot| self.slot_by_id(slot)).transpose()?.flatten();
            let movement = slot.map(|slot| self.movement_of_slot(slot.key)).transpose()?.flatten();
            if row.state == LibraryRequestState::InProcess && movement.is_none() {
                self.advance_request(&row, LibraryRequestState::Waiting, now)?;
            }
        }
        Ok(())
    }
}
