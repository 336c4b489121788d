//! InjectNtmsCleaner and EjectNtmsCleaner: the cleaning cartridge is put in and taken out.

use super::Session;
use super::ask_library::Asked;
use super::context::{Actor, library_to_control, present};
use super::inject::unfinished;
use crate::catalog::{LibraryRow, Removal, SlotRow, Task, Transaction, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    CleanerEject, CleanerInject, LibraryId, LibraryOperation, LibraryRequestId, ObjectType,
    SlotState,
};

impl Session {
    /// Lets people put the cleaning cartridge into its [reserved
    /// slot](Session::reserve_cleaner_slot).
    ///
    /// [`Start`](CleanerInject::Start) returns the id of the request at once. The cartridge goes
    /// through a port as [media do](Session::inject_media), or through a door where there is no port:
    /// then an operator request tells into which slot. Afterwards the library has a cleaner for so
    /// many uses, and what waited for it goes on. If nobody puts anything in, the request fails with
    /// `Timeout`. [`Stop`](CleanerInject::Stop) ends a request that goes through a port, and
    /// returns its id.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed; an id is missing; no use is
    ///   left.
    /// * `InvalidLibrary`: no such library.
    /// * `AccessDenied`: CONTROL on it is missing, and on the computer.
    /// * `LibraryOffline`, `ResourceDisabled`, `DeviceNotAvailable`: it is the offline library; it
    ///   is disabled; it is not present.
    /// * `CleanerSlotNotSet`: no slot is reserved.
    /// * `ResourceNotPresent`: the slot is not there; the library has neither port nor door.
    /// * `ResourceNotAvailable`: the slot is not known to be empty, or the cleaner is in a drive.
    /// * `InvalidOperation`: to stop: the library has no port; no such request, one of another kind
    ///   or library, one that has ended.
    #[doc(alias = "InjectNtmsCleaner")]
    pub fn inject_cleaner(
        &self,
        library: LibraryId,
        action: CleanerInject,
    ) -> Result<LibraryRequestId> {
        let operation = LibraryOperation::InjectCleaner;
        match action {
            CleanerInject::Stop(request) => self.stop_cleaner(library, request, operation),
            CleanerInject::Start { cleans_left } => {
                self.check_open()?;
                present(library, "the library")?;
                if cleans_left == 0 {
                    let reason = "a cartridge that cannot be used any more is no cleaner";
                    return Err(Error::new(ErrorKind::InvalidParameter, reason));
                }
                let task = Task { argument: cleans_left, ..Task::new(operation) };
                self.move_cleaner(library, task)
            }
        }
    }

    /// Puts the cleaning cartridge out for people to take. It is not known any more then, and the
    /// library has none.
    ///
    /// [`Start`](CleanerEject::Start) returns the id of the request at once; it waits until no drive
    /// is being cleaned. Else as [`inject_cleaner`](Session::inject_cleaner). What has not been
    /// taken when it is [stopped](CleanerEject::Stop) goes back.
    ///
    /// # Errors
    /// As [`inject_cleaner`](Session::inject_cleaner), but `Empty` when there is no cleaner, neither
    /// in its slot nor in a drive.
    #[doc(alias = "EjectNtmsCleaner")]
    pub fn eject_cleaner(
        &self,
        library: LibraryId,
        action: CleanerEject,
    ) -> Result<LibraryRequestId> {
        let operation = LibraryOperation::EjectCleaner;
        match action {
            CleanerEject::Stop(request) => self.stop_cleaner(library, request, operation),
            CleanerEject::Start => {
                self.check_open()?;
                present(library, "the library")?;
                self.move_cleaner(library, Task::new(operation))
            }
        }
    }

    fn move_cleaner(&self, library: LibraryId, task: Task) -> Result<LibraryRequestId> {
        let check = move |on: &Transaction<'_>, actor: &Actor| {
            let row = library_to_control(on, actor, library)?;
            let slot = check_place(on, &row, task.operation)?;
            Ok(Asked::Queue(row.key, Task { slot: Some(slot.id), ..task.clone() }))
        };
        self.queue_request(check)?.ok_or_else(|| ErrorKind::Internal.into())
    }

    fn stop_cleaner(
        &self,
        library: LibraryId,
        request: LibraryRequestId,
        operation: LibraryOperation,
    ) -> Result<LibraryRequestId> {
        self.check_open()?;
        present(library, "the library")?;
        present(request, "the request")?;
        let actor = self.actor();
        self.write(move |on| {
            let row = library_to_control(on, &actor, library)?;
            if on.ports_of_library(row.key)?.is_empty() {
                let reason = format!("library {} has no port", row.name);
                return Err(Error::new(ErrorKind::InvalidOperation, reason)
                    .about(ObjectType::Library, library));
            }
            let request = unfinished(on, request, operation, Some(row.key))?;
            on.remove_request(&request, Removal::Stop, actor.now)
        })?;
        self.context().libraries.look_again();
        Ok(request)
    }
}

/// The reserved slot, if the cleaner can be moved there or from there.
fn check_place(
    view: &View<'_>,
    library: &LibraryRow,
    operation: LibraryOperation,
) -> Result<SlotRow> {
    let fail = |kind, reason: &'static str| {
        Err(Error::new(kind, reason).about(ObjectType::Library, library.id))
    };
    let Some(reserved) = library.cleaner_slot else {
        let reason = "no slot of the library is reserved for a cleaner";
        return fail(ErrorKind::CleanerSlotNotSet, reason);
    };
    let slot = view.slot(reserved)?;
    if slot.state == SlotState::NotPresent {
        return fail(ErrorKind::ResourceNotPresent, "the reserved slot is not there");
    }
    let is_empty = slot.state == SlotState::Empty;
    let is_in_drive = view.is_cleaning(library.key)? || view.is_slot_awaited(reserved)?;
    if operation == LibraryOperation::InjectCleaner && (!is_empty || is_in_drive) {
        let reason = "the reserved slot is not known to be empty, or the cleaner is in a drive";
        return fail(ErrorKind::ResourceNotAvailable, reason);
    }
    if operation == LibraryOperation::EjectCleaner && is_empty && !is_in_drive {
        return fail(ErrorKind::Empty, "the library has no cleaner");
    }
    let has_way = !view.ports_of_library(library.key)?.is_empty()
        || !view.doors_of_library(library.key)?.is_empty();
    if !has_way {
        return fail(ErrorKind::ResourceNotPresent, "the library has neither port nor door");
    }
    Ok(slot)
}
