//! Inventories among the work of libraries.

use rusqlite::params;

use super::{LibraryRequestRow, NewRequests, Task};
use crate::catalog::{LibraryRow, Transaction, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Id, InventoryMethod, LibraryOperation, LibraryRequestState, ObjectType, OperationOption,
    Timestamp,
};

/// How an inventory looks, as its request says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Inventory {
    /// Every label is read.
    pub(crate) reads_labels: bool,
    /// Drives are left alone.
    pub(crate) slots_only: bool,
}

/// The option of an inventory that leaves drives alone, by its number.
const SLOTS_ONLY: OperationOption = OperationOption::Deferred;

/// In the argument of a request, beside the method: everything has been looked at, and what must be
/// read is read later.
const LOOKED: u32 = 1 << 8;

/// The same, but somebody has joined since it began to look: what he knows of may not have been seen.
const AGAIN: u32 = 1 << 9;

/// What must be read has been marked once.
const MARKED: u32 = 1 << 10;

const SET_ARGUMENT: &str = "UPDATE library_request SET argument = ?2, modified = ?3 WHERE key = ?1";

impl Inventory {
    /// What this method means for a library; none when nothing is to be looked at.
    pub(crate) fn wanted(library: &LibraryRow, method: InventoryMethod) -> Option<Self> {
        let slots_only = method == InventoryMethod::SlotsOnly;
        let method = match method {
            InventoryMethod::LibraryDefault | InventoryMethod::SlotsOnly => {
                library.inventory_method
            }
            other => other,
        };
        let reads_labels = match method {
            InventoryMethod::Fast => false,
            InventoryMethod::FullLabelRead => true,
            _ => return None,
        };
        Some(Self { reads_labels, slots_only })
    }

    /// What a request asks for.
    pub(crate) fn of(task: &Task) -> Self {
        let method = task.argument & !(LOOKED | AGAIN | MARKED);
        Self {
            reads_labels: method == InventoryMethod::FullLabelRead.value(),
            slots_only: task.option == SLOTS_ONLY,
        }
    }

    /// Whether who has this needs nothing of the other.
    fn covers(self, other: Self) -> bool {
        self.reads_labels >= other.reads_labels && self.slots_only <= other.slots_only
    }

    fn task(self, library: &LibraryRow) -> Task {
        let method = match self.reads_labels {
            true => InventoryMethod::FullLabelRead,
            false => InventoryMethod::Fast,
        };
        Task {
            option: if self.slots_only { SLOTS_ONLY } else { OperationOption::Immediate },
            argument: method.value(),
            subject: Some((ObjectType::Library, library.id.into())),
            ..Task::new(LibraryOperation::Inventory)
        }
    }
}

impl LibraryRequestRow {
    /// Whether this inventory has looked at everything.
    pub(crate) fn has_looked(&self) -> bool {
        self.is_inventory_with(LOOKED)
    }

    /// Whether what this inventory must read has been marked before.
    pub(crate) fn has_marked(&self) -> bool {
        self.is_inventory_with(MARKED)
    }

    fn is_inventory_with(&self, flag: u32) -> bool {
        self.task.operation == LibraryOperation::Inventory && self.task.argument & flag != 0
    }
}

impl View<'_> {
    /// The unfinished inventories of a library.
    pub(crate) fn inventories(&self, library: i64) -> Result<Vec<LibraryRequestRow>> {
        self.request_queue(library, LibraryOperation::Inventory)
    }
}

impl Transaction<'_> {
    /// An inventory of the library: one that is unfinished and finds out as much, which looks again
    /// for that, else a new one in the queue.
    pub(crate) fn ask_for_inventory(
        &self,
        library: &LibraryRow,
        wanted: Inventory,
        now: Timestamp,
    ) -> Result<LibraryRequestRow> {
        let mut known = self.inventories(library.key)?;
        known.retain(|row| Inventory::of(&row.task).covers(wanted));
        // One that is being carried out comes before one that waits.
        known.sort_by_key(LibraryRequestRow::is_waiting);
        let Some(mut row) = known.into_iter().next() else {
            let state = match library.is_working() {
                true => LibraryRequestState::Queued,
                false => LibraryRequestState::Waiting,
            };
            return self.insert_inventory(library, wanted, state, now);
        };
        if !row.is_waiting() {
            row.task.argument = (row.task.argument & !LOOKED) | AGAIN;
            self.set_argument(&row, now)?;
            self.wake(library.id.as_uuid());
        }
        Ok(row)
    }

    /// No inventory of the library can be begun now: nobody waits until it has looked.
    pub(in crate::catalog) fn let_inventories_wait(
        &self,
        library: i64,
        now: Timestamp,
    ) -> Result<()> {
        let waiting = self.inventories(library)?.into_iter();
        waiting
            .filter(LibraryRequestRow::is_waiting)
            .try_for_each(|row| self.let_wait(&row, "the library needs service", now))
    }

    /// An inventory that is carried out now: one that was begun before and finds out as much, else
    /// a new one.
    pub(crate) fn begin_inventory(
        &self,
        library: &LibraryRow,
        wanted: Inventory,
        now: Timestamp,
    ) -> Result<LibraryRequestRow> {
        let state = LibraryRequestState::InProcess;
        let known = self.inventories(library.key)?.into_iter();
        let mut begun = known.filter(|row| row.state == state);
        match begun.find(|row| Inventory::of(&row.task).covers(wanted)) {
            Some(row) => Ok(row),
            None => self.insert_inventory(library, wanted, state, now),
        }
    }

    fn insert_inventory(
        &self,
        library: &LibraryRow,
        wanted: Inventory,
        state: LibraryRequestState,
        now: Timestamp,
    ) -> Result<LibraryRequestRow> {
        let new = NewRequests {
            library: library.key,
            tasks: &[wanted.task(library)],
            state,
            waiter: None,
            watched: None,
        };
        let row = self.insert_library_requests(&new, now)?.pop();
        row.ok_or_else(|| Error::from(ErrorKind::Internal))
    }

    /// From now on inventories look at everything: for all who have joined.
    pub(crate) fn begin_look(&self, requests: &[i64], now: Timestamp) -> Result<()> {
        self.change_inventories(requests, now, |row| row.task.argument &= !AGAIN)
    }

    /// Inventories have looked at everything: whoever waited for that goes on, unless he has joined
    /// meanwhile.
    pub(crate) fn note_looked(&self, requests: &[i64], now: Timestamp) -> Result<()> {
        self.change_inventories(requests, now, |row| {
            let is_joined = row.is_inventory_with(AGAIN);
            row.task.argument |= if is_joined { MARKED } else { LOOKED | MARKED };
        })
    }

    fn change_inventories(
        &self,
        requests: &[i64],
        now: Timestamp,
        change: impl Fn(&mut LibraryRequestRow),
    ) -> Result<()> {
        for key in requests {
            let row = self.library_request_by_key(*key)?;
            let Some(before) = row.filter(|row| row.completed.is_none()) else { continue };
            let mut row = before.clone();
            change(&mut row);
            if row.task.argument != before.task.argument {
                self.set_argument(&row, now)?;
            }
        }
        Ok(())
    }

    fn set_argument(&self, row: &LibraryRequestRow, now: Timestamp) -> Result<()> {
        self.execute(SET_ARGUMENT, params![row.key, row.task.argument, now.as_micros()])?;
        self.updated(ObjectType::LibraryRequest, row.id);
        self.wake(row.call.watched);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stronger_inventory_covers_a_weaker_one() {
        let of = |reads_labels, slots_only| Inventory { reads_labels, slots_only };
        assert!(of(true, false).covers(of(false, true)));
        assert!(of(false, false).covers(of(false, false)));
        assert!(!of(false, false).covers(of(true, false)));
        assert!(!of(true, true).covers(of(false, false)), "drives are looked at, too");
        assert!(of(true, true).covers(of(false, true)));
    }
}
