//! CancelNtmsLibraryRequest: takes a request off the queue of a library.

use uuid::Uuid;

use super::Session;
use super::context::{Actor, present, require_on_library};
use crate::catalog::{Because, Removal, Transaction};
use crate::error::{Error, ErrorKind, Result};
use crate::library::cancel_dismount;
use crate::model::{
    AccessRights, LibraryOperation, LibraryRequestId, LibraryRequestState, ObjectType,
};

impl Session {
    /// Cancels a request of a library.
    ///
    /// What the library has not begun is Cancelled at once. Of what it is at, inventories, door
    /// accesses, ejects and injects end as soon as no cartridge is on its way, after the call: a
    /// [`RemoveRequest`](LibraryOperation::RemoveRequest) in the queue says so until then. Nothing
    /// else can be stopped. Whoever waits for the request gets `Cancelled`. The mounts of one call are cancelled together; what an
    /// operator was asked for them is refused, unless others wait for it. The medium of a cancelled
    /// dismount stays in its drive, to be put away when the drive is needed; while the robot needs a
    /// person, it may be on its way, and goes home all the same. A side whose free label
    /// is cancelled stays Unprepared.
    ///
    /// ```no_run
    /// use rsm::model::{LibraryId, LibraryOperation, LibraryRequestId};
    /// # fn example(session: &rsm::Session, library: LibraryId) -> rsm::Result<()> {
    /// for request in session.list::<LibraryRequestId>(Some(library.into()))? {
    ///     let record = session.info(request)?;
    ///     if !record.state.is_final() && record.operation == LibraryOperation::Mount {
    ///         session.cancel_library_request(request)?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `ObjectNotFound`: no such request, or one that is finished.
    /// * `AccessDenied`: CONTROL on the library is missing, as well as on the computer, and the
    ///   request is no mount of this session; or it is in process and cannot be stopped.
    #[doc(alias = "CancelNtmsLibraryRequest")]
    pub fn cancel_library_request(&self, request: LibraryRequestId) -> Result<()> {
        self.check_open()?;
        present(request, "the library request")?;
        let actor = self.actor();
        let session = self.id();
        let cancelled =
            self.write(move |transaction| cancel(transaction, &actor, session, request));
        self.context().libraries.look_again();
        cancelled
    }
}

fn cancel(
    transaction: &Transaction<'_>,
    actor: &Actor,
    session: Uuid,
    request: LibraryRequestId,
) -> Result<()> {
    let fail = |kind, reason: &'static str| {
        Error::new(kind, reason).about(ObjectType::LibraryRequest, request)
    };
    let row = transaction.unfinished_request(request)?;
    let row = row.ok_or_else(|| {
        fail(ErrorKind::ObjectNotFound, "there is no such request, or it is finished")
    })?;
    let library = transaction.library(row.library)?;
    let is_own = row.task.operation == LibraryOperation::Mount
        && row.waiter.is_some_and(|waiter| waiter.session == session);
    if !is_own {
        require_on_library(&actor.caller, transaction, &library, AccessRights::CONTROL)?;
    }
    if row.state == LibraryRequestState::InProcess && row.task.operation.is_stoppable() {
        return transaction.remove_request(&row, Removal::Cancel, actor.now);
    }
    if row.state == LibraryRequestState::InProcess {
        let reason = "the request is in process and cannot be stopped";
        return Err(fail(ErrorKind::AccessDenied, reason));
    }
    let rows = transaction.requests_of_call(row.call)?;
    transaction.refuse_what_was_asked(&rows, actor.now)?;
    let because = Because::new(ErrorKind::Cancelled, "the request was cancelled");
    transaction.cancel_requests(&rows, &because, actor.now)?;
    if row.task.operation == LibraryOperation::Dismount {
        cancel_dismount(transaction, &row, actor.now)?;
    }
    transaction.completed(ObjectType::LibraryRequest, request);
    Ok(())
}
