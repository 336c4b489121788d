//! InjectNtmsMedia: people put media into a library.

use super::Session;
use super::ask_library::Asked;
use super::context::{Actor, check_works, library_under, present};
use crate::catalog::{LibraryRequestRow, LibraryRow, Removal, Task, Transaction, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    InjectAction, LibraryId, LibraryOperation, LibraryRequestId, LibraryType, ObjectType,
    OperationOption,
};

impl Session {
    /// Lets people put media into a library through its ports.
    ///
    /// [`Start`](InjectAction::Start) and [`StartMany`](InjectAction::StartMany) return the id of the
    /// request at once; it goes on when the session is closed. The ports are unlocked, and extended
    /// where they have motors, until one for a single cartridge is full, a port has been pushed in,
    /// or [`max_extend_secs`](crate::model::InsertEjectPort::max_extend_secs) are over. A port that
    /// people have pulled out and leave out longer becomes an operator request; when that is refused
    /// the request fails with `ControllingPort`. Then every cartridge goes into the first empty slot,
    /// a cleaning cartridge that is known by its bar code into the slot that is reserved for it.
    /// Media that are known by their bar codes are online then; the labels of others are read as
    /// soon as a drive is free. `StartMany` begins again when something was put in.
    ///
    /// What finds no slot stays in its port, and a person is asked to take it out. The request is
    /// Passed, whether anything was put in or not.
    ///
    /// In a stand-alone library people put a medium into the drive, where it is identified. The
    /// request is Passed when that is done, or when the time is over.
    ///
    /// [`Stop`](InjectAction::Stop) ends a request, which is Stopped when what is in the ports has
    /// been taken in. [`Retract`](InjectAction::Retract) does that without ending it. Both return the
    /// id that was given.
    ///
    /// ```no_run
    /// use rsm::model::{InjectAction, LibraryId};
    /// # fn example(session: &rsm::Session, library: LibraryId) -> rsm::Result<()> {
    /// let request = session.inject_media(library, InjectAction::StartMany)?;
    /// println!("put the tapes in, and press enter when that is done");
    /// std::io::stdin().read_line(&mut String::new()).ok();
    /// session.inject_media(library, InjectAction::Stop(request))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed; an id is missing.
    /// * `InvalidLibrary`: no such library.
    /// * `AccessDenied`: CONTROL on it is missing, and on the computer.
    /// * `LibraryOffline`, `DeviceNotAvailable`: it is the offline library; it is disabled or not
    ///   present.
    /// * `ResourceNotPresent`: it has no port: [open a door](Session::access_library_door).
    /// * `LibraryFull`: no slot is empty that is not the home of a medium in a drive, or reserved.
    /// * `InvalidOperation`: to stop or retract: no such request, one of another kind or library,
    ///   one that has ended; to retract: one that was begun with `Start`.
    #[doc(alias = "InjectNtmsMedia")]
    pub fn inject_media(
        &self,
        library: LibraryId,
        action: InjectAction,
    ) -> Result<LibraryRequestId> {
        self.check_open()?;
        present(library, "the library")?;
        let many = match action {
            InjectAction::Start => false,
            InjectAction::StartMany => true,
            InjectAction::Stop(request) | InjectAction::Retract(request) => {
                present(request, "the request")?;
                let actor = self.actor();
                self.write(move |on| tell(on, &actor, library, action, request))?;
                self.context().libraries.look_again();
                return Ok(request);
            }
        };
        let check = move |on: &Transaction<'_>, actor: &Actor| start(on, actor, library, many);
        self.queue_request(check)?.ok_or_else(|| ErrorKind::Internal.into())
    }
}

fn usable(view: &View<'_>, actor: &Actor, library: LibraryId) -> Result<LibraryRow> {
    let row = library_under(view, actor, library)?;
    check_works(&row, ErrorKind::DeviceNotAvailable)?;
    Ok(row)
}

fn start(view: &View<'_>, actor: &Actor, library: LibraryId, many: bool) -> Result<Asked> {
    let row = usable(view, actor, library)?;
    let fail = |kind, what: &str| {
        let reason = format!("library {} has no {what}", row.name);
        Err(Error::new(kind, reason).about(ObjectType::Library, library))
    };
    let ports = view.ports_of_library(row.key)?;
    if ports.is_empty() {
        return fail(ErrorKind::ResourceNotPresent, "port");
    }
    // A stand-alone drive is its own slot.
    let mut has_slot = row.library_type == LibraryType::Standalone;
    for changer in ports.iter().filter_map(|port| port.changer) {
        has_slot |= view.first_free_slot(changer)?.is_some();
    }
    if !has_slot {
        return fail(ErrorKind::LibraryFull, "empty slot");
    }
    let option = if many { OperationOption::InjectMany } else { OperationOption::Immediate };
    Ok(Asked::Queue(row.key, Task { option, ..Task::new(LibraryOperation::Inject) }))
}

fn tell(
    transaction: &Transaction<'_>,
    actor: &Actor,
    library: LibraryId,
    action: InjectAction,
    request: LibraryRequestId,
) -> Result<()> {
    let library = usable(transaction, actor, library)?;
    let row = unfinished(transaction, request, LibraryOperation::Inject, Some(library.key))?;
    match action {
        InjectAction::Retract(_) if row.task.option == OperationOption::InjectMany => {
            transaction.retract_request(&row, actor.now)
        }
        InjectAction::Retract(_) => {
            Err(not_valid(request, "only a request for many media can be retracted"))
        }
        _ => transaction.remove_request(&row, Removal::Stop, actor.now),
    }
}

/// The request of a kind that is to be stopped, in the library, if one is named.
pub(super) fn unfinished(
    view: &View<'_>,
    request: LibraryRequestId,
    operation: LibraryOperation,
    library: Option<i64>,
) -> Result<LibraryRequestRow> {
    let row = view.unfinished_request(request)?.filter(|row| {
        row.task.operation == operation && library.is_none_or(|library| library == row.library)
    });
    row.ok_or_else(|| not_valid(request, "there is no such request, or it has ended"))
}

fn not_valid(request: LibraryRequestId, reason: &'static str) -> Error {
    Error::new(ErrorKind::InvalidOperation, reason).about(ObjectType::LibraryRequest, request)
}
