//! AccessNtmsLibraryDoor: lets people reach the slots of a library.

use super::Session;
use super::ask_library::Asked;
use super::context::{Actor, library_to_control, present};
use crate::catalog::{Task, Transaction};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{DoorInventory, LibraryId, LibraryOperation, LibraryRequestId, ObjectType};

impl Session {
    /// Opens the doors of a library for people.
    ///
    /// Returns when this is queued. When what is under way in the library has been done, media that
    /// nobody uses go home from their drives; those in use stay. Then the doors are unlocked, and
    /// nothing is moved until people have opened and closed them, or have not opened any within
    /// [`max_open_secs`](crate::model::InsertEjectDoor::max_open_secs). A door that is open longer
    /// becomes an [operator request](crate::model::OperatorTask::DeviceService); when that is
    /// refused, the request fails with `ControllingPort`, and the library goes on when the door is
    /// closed. At the end the doors are locked, and the library looks for what has changed, as
    /// `inventory` says. The request is then Passed. It goes on when the session is closed, and can
    /// be [cancelled](Session::cancel_library_request).
    ///
    /// Where a library cannot tell whether its doors are open, people have the time of
    /// `max_open_secs`.
    ///
    /// ```no_run
    /// use rsm::model::{DoorInventory, LibraryId};
    /// # fn example(session: &rsm::Session, library: LibraryId) -> rsm::Result<()> {
    /// let request = session.access_library_door(library, DoorInventory::Fast)?;
    /// println!("the door opens: {:?}", session.info(request)?.state);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `InvalidLibrary`: no such library.
    /// * `AccessDenied`: CONTROL on it is missing, and on the computer.
    /// * `LibraryOffline`, `ResourceDisabled`, `DeviceNotAvailable`: it is the offline library; it
    ///   is disabled; it is not present.
    /// * `ResourceNotPresent`: it has no door.
    #[doc(alias = "AccessNtmsLibraryDoor")]
    pub fn access_library_door(
        &self,
        library: LibraryId,
        inventory: DoorInventory,
    ) -> Result<LibraryRequestId> {
        self.check_open()?;
        present(library, "the library")?;
        let check = move |on: &Transaction<'_>, actor: &Actor| ask(on, actor, library, inventory);
        self.queue_request(check)?.ok_or_else(|| ErrorKind::Internal.into())
    }
}

fn ask(
    transaction: &Transaction<'_>,
    actor: &Actor,
    library: LibraryId,
    inventory: DoorInventory,
) -> Result<Asked> {
    let row = library_to_control(transaction, actor, library)?;
    let subject = (ObjectType::Library, library.into());
    if transaction.doors_of_library(row.key)?.is_empty() {
        let reason = format!("library {} has no door", row.name);
        return Err(Error::new(ErrorKind::ResourceNotPresent, reason).about(subject.0, library));
    }
    let task = Task {
        argument: inventory.value(),
        subject: Some(subject),
        ..Task::new(LibraryOperation::DoorAccess)
    };
    Ok(Asked::Queue(row.key, task))
}
