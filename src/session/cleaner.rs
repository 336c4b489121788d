//! ReserveNtmsCleanerSlot and ReleaseNtmsCleanerSlot: a slot for the cleaning cartridge.

use super::Session;
use super::context::{Actor, library_to_control, present};
use crate::catalog::{LibraryRow, NewRequests, SlotRow, Task, Transaction, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    LibraryId, LibraryOperation, LibraryRequestState, ObjectType, SlotId, SlotState,
};

impl Session {
    /// Reserves an empty slot for the cleaning cartridge of a library. From now on no medium is put
    /// there, and whatever an inventory finds in it is the cleaner.
    ///
    /// A library has one such slot, or none. Needs no device, and is done when the call returns.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, an id is missing.
    /// * `InvalidLibrary`: no such library.
    /// * `AccessDenied`: CONTROL on it is missing, and on the computer.
    /// * `LibraryOffline`, `ResourceDisabled`, `DeviceNotAvailable`: it is the offline library; it
    ///   is disabled; it is not present.
    /// * `ObjectNotFound`: it has no such slot.
    /// * `CleanerSlotSet`: it has a reserved slot, this one or another.
    /// * `ResourceNotAvailable`: the slot is not there, or not known to be empty; or it is the home
    ///   of a medium that is in a drive.
    #[doc(alias = "ReserveNtmsCleanerSlot")]
    pub fn reserve_cleaner_slot(&self, library: LibraryId, slot: SlotId) -> Result<()> {
        self.check_open()?;
        present(library, "the library")?;
        present(slot, "the slot")?;
        let actor = self.actor();
        self.write(move |transaction| reserve(transaction, &actor, library, slot))
    }

    /// Releases the slot that is reserved for the cleaning cartridge: media can be put there again.
    /// The cartridge must be gone. Done when the call returns.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `InvalidLibrary`: no such library.
    /// * `AccessDenied`: CONTROL on it is missing, and on the computer.
    /// * `LibraryOffline`, `ResourceDisabled`, `DeviceNotAvailable`: it is the offline library; it
    ///   is disabled; it is not present.
    /// * `CleanerSlotNotSet`: none is reserved.
    /// * `ResourceNotPresent`: the slot is not there.
    /// * `ResourceNotAvailable`: the slot is not known to be empty, or the cleaner is in a drive.
    #[doc(alias = "ReleaseNtmsCleanerSlot")]
    pub fn release_cleaner_slot(&self, library: LibraryId) -> Result<()> {
        self.check_open()?;
        present(library, "the library")?;
        let actor = self.actor();
        self.write(move |transaction| release(transaction, &actor, library))
    }
}

fn reserve(
    transaction: &Transaction<'_>,
    actor: &Actor,
    library: LibraryId,
    slot: SlotId,
) -> Result<()> {
    let library = library_to_control(transaction, actor, library)?;
    let about =
        |kind, reason: &'static str| Error::new(kind, reason).about(ObjectType::StorageSlot, slot);
    let found = transaction.slot_by_id(slot)?.filter(|row| row.library == library.key);
    let row =
        found.ok_or_else(|| about(ErrorKind::ObjectNotFound, "the library has no such slot"))?;
    if library.cleaner_slot.is_some() {
        let reason = "a slot of the library is reserved for the cleaner already";
        return Err(about(ErrorKind::CleanerSlotSet, reason));
    }
    check_empty(transaction, &row, ErrorKind::ResourceNotAvailable)?;
    if transaction.is_slot_awaited(row.key)? {
        let reason = "the slot is kept for a medium that is in a drive";
        return Err(about(ErrorKind::ResourceNotAvailable, reason));
    }
    transaction.set_cleaner_slot(&library, Some(row.key), actor.now)?;
    record(transaction, &library, LibraryOperation::ReserveCleanerSlot, &row, actor)
}

fn release(transaction: &Transaction<'_>, actor: &Actor, library: LibraryId) -> Result<()> {
    let library = library_to_control(transaction, actor, library)?;
    let about = |kind, reason: &'static str| {
        Error::new(kind, reason).about(ObjectType::Library, library.id)
    };
    let reserved = library.cleaner_slot.ok_or_else(|| {
        about(ErrorKind::CleanerSlotNotSet, "no slot of the library is reserved for a cleaner")
    })?;
    let row = transaction.slot(reserved)?;
    check_empty(transaction, &row, ErrorKind::ResourceNotPresent)?;
    if transaction.is_cleaning(library.key)? || transaction.is_slot_awaited(row.key)? {
        return Err(about(ErrorKind::ResourceNotAvailable, "the cleaner is in a drive"));
    }
    transaction.set_cleaner_slot(&library, None, actor.now)?;
    record(transaction, &library, LibraryOperation::ReleaseCleanerSlot, &row, actor)
}

/// The slot is there, and nothing is in it.
fn check_empty(view: &View<'_>, slot: &SlotRow, absent: ErrorKind) -> Result<()> {
    let fail = |kind, reason: &'static str| {
        Err(Error::new(kind, reason).about(ObjectType::StorageSlot, slot.id))
    };
    match slot.state {
        SlotState::NotPresent => fail(absent, "the slot is not there"),
        SlotState::Empty if view.medium_in_slot(slot.key)?.is_none() => Ok(()),
        _ => fail(ErrorKind::ResourceNotAvailable, "the slot is not known to be empty"),
    }
}

/// What was done at once is recorded as a request that has passed.
fn record(
    transaction: &Transaction<'_>,
    library: &LibraryRow,
    operation: LibraryOperation,
    slot: &SlotRow,
    actor: &Actor,
) -> Result<()> {
    let task = Task {
        slot: Some(slot.id),
        subject: Some((ObjectType::Library, library.id.into())),
        ..Task::new(operation)
    };
    let state = LibraryRequestState::Queued;
    let library = library.key;
    let new = NewRequests { library, tasks: &[task], state, waiter: None, watched: None };
    for row in transaction.insert_library_requests(&new, actor.now)? {
        transaction.finish_request(&row, LibraryRequestState::Passed, None, actor.now)?;
    }
    Ok(())
}
