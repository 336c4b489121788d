//! EnableNtmsObject and DisableNtmsObject.

use super::Session;
use super::ask_library::Asked;
use super::context::{Actor, present, require};
use crate::catalog::{LibraryRow, Task, Transaction, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, DriveId, Id, LibraryId, LibraryOperation, LibraryType, ObjectId, ObjectType,
    PhysicalMediaId, Timeout,
};

/// Ids of what can be enabled and disabled. An [`ObjectId`] leaves the kind to be found out.
/// Implemented by the ids of this crate only.
pub trait Switchable: Id {
    /// The kind of object the id stands for.
    #[doc(hidden)]
    fn kind() -> Kind;
}

/// What an id says about its kind; nobody else can make one.
pub struct Kind(Option<ObjectType>);

impl Switchable for PhysicalMediaId {
    fn kind() -> Kind {
        Kind(Some(ObjectType::PhysicalMedia))
    }
}

impl Switchable for LibraryId {
    fn kind() -> Kind {
        Kind(Some(ObjectType::Library))
    }
}

impl Switchable for DriveId {
    fn kind() -> Kind {
        Kind(Some(ObjectType::Drive))
    }
}

impl Switchable for ObjectId {
    fn kind() -> Kind {
        Kind(None)
    }
}

impl Session {
    /// Makes a physical medium, a drive or a library usable again.
    ///
    /// What it contains gets back the flags of its own: a medium that was disabled by itself stays
    /// disabled when its library is enabled. A medium that waited for this to return to the free
    /// pool returns.
    ///
    /// It is a [request](crate::model::LibraryRequest) to the library, and the call waits until it
    /// is done: while a door is open, that is when it is closed. Closing the session ends the wait.
    /// When no process has the library attached, and for offline media, nobody is asked: it is done
    /// at once.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed; the id is missing, or an
    ///   [`ObjectId`] of something else.
    /// * `ObjectNotFound`: no such object, or another kind than the id's type says.
    /// * `AccessDenied`: MODIFY is missing on the library, or on that of the medium or drive.
    /// * `LibraryOffline`: the offline library is always enabled.
    /// * `InvalidState`: its own flag is set already.
    /// * `Cancelled`: the session was closed, the request cancelled, or the process that owned the
    ///   library ended.
    /// * `InvalidMedia`, `InvalidDrive`: the medium or drive was deleted meanwhile.
    #[doc(alias = "EnableNtmsObject")]
    pub fn enable<I: Switchable>(&self, id: I) -> Result<()> {
        self.switch(id, true)
    }

    /// Makes a physical medium, a drive, or a library with all it contains, unusable until it is
    /// enabled.
    ///
    /// Searches and mounts pass over it. Data on it is not touched; a medium that is in use stays
    /// so until it is dismounted. The medium that a deferred dismount has left in a drive goes home
    /// when the drive is disabled, if it can. Else as [`enable`](Session::enable).
    ///
    /// # Errors
    /// As [`enable`](Session::enable).
    #[doc(alias = "DisableNtmsObject")]
    pub fn disable<I: Switchable>(&self, id: I) -> Result<()> {
        self.switch(id, false)
    }

    fn switch<I: Switchable>(&self, id: I, enabled: bool) -> Result<()> {
        self.check_open()?;
        present(id, "the object")?;
        let switch = Switch { id: id.into(), kind: I::kind().0, enabled };
        self.request_and_wait(move |on, actor| switch.check(on, actor), Timeout::Forever)
    }
}

/// One call, prepared before it is queued.
struct Switch {
    id: ObjectId,
    kind: Option<ObjectType>,
    enabled: bool,
}

impl Switch {
    /// What the library is to do. If there is nobody to do it, it is done.
    fn check(&self, transaction: &Transaction<'_>, actor: &Actor) -> Result<Asked> {
        let kind = match self.kind {
            Some(kind) => kind,
            None => transaction.kind_of(self.id)?.ok_or_else(|| {
                Error::new(ErrorKind::ObjectNotFound, format!("nothing has id {}", self.id))
            })?,
        };
        let (library, is_enabled, task) = match kind {
            ObjectType::PhysicalMedia => self.medium(transaction)?,
            ObjectType::Library => self.library(transaction)?,
            ObjectType::Drive => self.drive(transaction)?,
            _ => return Err(self.unfit(kind)),
        };
        require_modify(actor, &library)?;
        if kind == ObjectType::Library && library.library_type == LibraryType::Offline {
            let reason = "the offline library is always enabled";
            return Err(Error::new(ErrorKind::LibraryOffline, reason).about(kind, self.id));
        }
        self.check_differs(is_enabled, kind)?;
        let task = Task { subject: Some((kind, self.id)), ..task };
        if library.is_offline() || !transaction.is_attached_anywhere(library.key)? {
            transaction.switch(library.key, &task, actor.now)?;
            return Ok(Asked::Done);
        }
        Ok(Asked::Queue(library.key, task))
    }

    fn medium(&self, view: &View<'_>) -> Result<(LibraryRow, bool, Task)> {
        let id = PhysicalMediaId::from_uuid(self.id.as_uuid());
        let key = view.medium_key(id)?.ok_or_else(|| self.missing(ObjectType::PhysicalMedia))?;
        let medium = view.cartridge(key)?.medium;
        let task = self.task(LibraryOperation::EnableMedia, LibraryOperation::DisableMedia);
        Ok((view.library(medium.library)?, medium.enabled, Task { medium: Some(id), ..task }))
    }

    fn library(&self, view: &View<'_>) -> Result<(LibraryRow, bool, Task)> {
        let id = LibraryId::from_uuid(self.id.as_uuid());
        let library = view.library_by_id(id)?.ok_or_else(|| self.missing(ObjectType::Library))?;
        let enabled = library.enabled;
        let task = self.task(LibraryOperation::EnableLibrary, LibraryOperation::DisableLibrary);
        Ok((library, enabled, task))
    }

    fn drive(&self, view: &View<'_>) -> Result<(LibraryRow, bool, Task)> {
        let id = DriveId::from_uuid(self.id.as_uuid());
        let drive = view.drive_by_id(id)?.ok_or_else(|| self.missing(ObjectType::Drive))?;
        let task = self.task(LibraryOperation::EnableDrive, LibraryOperation::DisableDrive);
        Ok((view.library(drive.library)?, drive.enabled, Task { drive: Some(id), ..task }))
    }

    fn task(&self, enable: LibraryOperation, disable: LibraryOperation) -> Task {
        Task::new(if self.enabled { enable } else { disable })
    }

    fn check_differs(&self, enabled: bool, kind: ObjectType) -> Result<()> {
        if enabled != self.enabled {
            return Ok(());
        }
        let reason = if enabled { "it is enabled already" } else { "it is disabled already" };
        Err(Error::new(ErrorKind::InvalidState, reason).about(kind, self.id))
    }

    fn missing(&self, kind: ObjectType) -> Error {
        Error::new(ErrorKind::ObjectNotFound, "no such object").about(kind, self.id)
    }

    fn unfit(&self, kind: ObjectType) -> Error {
        let reason = format!("a {kind:?} cannot be enabled or disabled by itself");
        Error::new(ErrorKind::InvalidParameter, reason).about(kind, self.id)
    }
}

fn require_modify(actor: &Actor, library: &LibraryRow) -> Result<()> {
    let wanted = actor.model.choose(AccessRights::MODIFY, AccessRights::CONTROL);
    require(&actor.caller, &library.security, wanted, ObjectType::Library, library.id)
}
