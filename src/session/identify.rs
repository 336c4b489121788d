//! IdentifyNtmsSlot: what is in a slot.

use super::Session;
use super::ask_library::Asked;
use super::context::{Actor, check_works, present, require_on_library};
use crate::catalog::{Task, Transaction};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, DismountOptions, LibraryRequestId, ObjectType, SlotId, SlotState, Timeout,
};

impl Session {
    /// Finds out what is in a slot: every side is mounted and its label read.
    ///
    /// It is a [request](crate::model::LibraryOperation::Classify) to the library, and the call
    /// waits until it is done. What applications ask for goes first. Closing the session ends the
    /// wait, and takes back what has not been begun.
    ///
    /// With `after` [`IMMEDIATE`](DismountOptions::IMMEDIATE), or nothing, the cartridge is back in
    /// its slot then. With [`DEFERRED`](DismountOptions::DEFERRED) it stays in the drive with the
    /// last side up, as after a deferred dismount: a mount of that side needs no move. A cartridge
    /// whose label is that of a medium that may be elsewhere goes back all the same.
    ///
    /// An empty slot is nothing to read, nor is one whose medium is in a drive, the slot that is
    /// reserved for the cleaner, or one that holds a cleaning cartridge.
    ///
    /// ```no_run
    /// use rsm::model::{DismountOptions, SlotId, SlotState};
    /// # fn example(session: &rsm::Session) -> rsm::Result<()> {
    /// for slot in session.list::<SlotId>(None)? {
    ///     if session.info(slot)?.state == SlotState::NeedsInventory {
    ///         session.identify_slot(slot, DismountOptions::IMMEDIATE)?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed; the id is missing, or `after`
    ///   says two things at once.
    /// * `ObjectNotFound`: no such slot.
    /// * `AccessDenied`: CONTROL on its library is missing, and on the computer.
    /// * `ResourceDisabled`, `DeviceNotAvailable`: the library is disabled; is not present.
    /// * `ResourceNotPresent`: the slot is not present: its magazine is out.
    /// * `Cancelled`: the request was cancelled, or the session closed.
    /// * `DeviceNotAvailable`, `NotReady`, `UnableToLoadMedium`, `LibraryFull`, and what else devices
    ///   say: the cartridge could not be brought into a drive.
    #[doc(alias = "IdentifyNtmsSlot")]
    pub fn identify_slot(&self, slot: SlotId, after: DismountOptions) -> Result<()> {
        let stays = self.check_identification(slot, after)?;
        let check = move |on: &Transaction<'_>, actor: &Actor| check(on, actor, slot, stays);
        self.request_and_wait(check, Timeout::Forever)
    }

    /// Asks what is in a slot, as [`identify_slot`](Session::identify_slot) does, and returns at
    /// once: the id of the request, none when there is nothing to read. The request goes on when
    /// the session is closed, and can be [cancelled](Session::cancel_library_request) until it is
    /// begun.
    ///
    /// ```no_run
    /// use rsm::model::{DismountOptions, SlotId};
    /// # fn example(session: &rsm::Session, slot: SlotId) -> rsm::Result<()> {
    /// if let Some(request) = session.queue_identify_slot(slot, DismountOptions::IMMEDIATE)? {
    ///     println!("{:?}", session.info(request)?.state);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those that `identify_slot` finds before it waits: `InvalidHandle`, `InvalidParameter`,
    /// `ObjectNotFound`, `AccessDenied`, `ResourceDisabled`, `DeviceNotAvailable` when the library
    /// is not present, `ResourceNotPresent`.
    pub fn queue_identify_slot(
        &self,
        slot: SlotId,
        after: DismountOptions,
    ) -> Result<Option<LibraryRequestId>> {
        let stays = self.check_identification(slot, after)?;
        self.queue_request(move |on: &Transaction<'_>, actor: &Actor| check(on, actor, slot, stays))
    }

    /// Says whether the cartridge is to stay in the drive.
    fn check_identification(&self, slot: SlotId, after: DismountOptions) -> Result<bool> {
        self.check_open()?;
        present(slot, "the slot")?;
        Ok(after.checked()?.contains(DismountOptions::DEFERRED))
    }
}

fn check(transaction: &Transaction<'_>, actor: &Actor, id: SlotId, stays: bool) -> Result<Asked> {
    let fail = |kind, reason| Error::new(kind, reason).about(ObjectType::StorageSlot, id);
    let slot = transaction.slot_by_id(id)?;
    let slot = slot.ok_or_else(|| fail(ErrorKind::ObjectNotFound, "no such slot"))?;
    let library = transaction.library(slot.library)?;
    require_on_library(&actor.caller, transaction, &library, AccessRights::CONTROL)?;
    check_works(&library, ErrorKind::ResourceDisabled)?;
    if slot.state == SlotState::NotPresent {
        return Err(fail(ErrorKind::ResourceNotPresent, "the slot is not present"));
    }
    let is_cleaners = library.cleaner_slot == Some(slot.key)
        || transaction.slots_of_cleaners(library.key)?.contains(&slot.key);
    if slot.state == SlotState::Empty || is_cleaners {
        return Ok(Asked::Done);
    }
    Ok(Asked::Queue(library.key, Task::reading_of(id, stays)))
}
