//! EnableNtmsObject and DisableNtmsObject.

use super::Session;
use super::context::{Actor, present, require};
use crate::catalog::{LibraryRow, Transaction, finish_pending_return};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, DriveId, Id, LibraryId, LibraryType, MediaState, ObjectId, ObjectType,
    PhysicalMediaId,
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
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed; the id is missing, or an
    ///   [`ObjectId`] of something else.
    /// * `ObjectNotFound`: no such object, or another kind than the id's type says.
    /// * `AccessDenied`: MODIFY is missing on the library, or on that of the medium or drive.
    /// * `LibraryOffline`: the offline library is always enabled.
    /// * `InvalidState`: its own flag is set already.
    #[doc(alias = "EnableNtmsObject")]
    pub fn enable<I: Switchable>(&self, id: I) -> Result<()> {
        self.switch(id, true)
    }

    /// Makes a physical medium, a drive, or a library with all it contains, unusable until it is
    /// enabled.
    ///
    /// Searches and mounts pass over it. Data on it is not touched; a medium that is in use stays
    /// so until it is dismounted.
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
        let context = self.context();
        let switch = Switch { id: id.into(), kind: I::kind().0, enabled, actor: self.actor() };
        self.write(move |transaction| switch.run(transaction))?;
        if enabled {
            context.libraries.look_again();
        }
        Ok(())
    }
}

/// One call, prepared before it is queued.
struct Switch {
    id: ObjectId,
    kind: Option<ObjectType>,
    enabled: bool,
    actor: Actor,
}

impl Switch {
    fn run(&self, transaction: &Transaction<'_>) -> Result<()> {
        let kind = match self.kind {
            Some(kind) => kind,
            None => transaction.kind_of(self.id)?.ok_or_else(|| {
                Error::new(ErrorKind::ObjectNotFound, format!("nothing has id {}", self.id))
            })?,
        };
        match kind {
            ObjectType::PhysicalMedia => self.medium(transaction),
            ObjectType::Library => self.library(transaction),
            ObjectType::Drive => self.drive(transaction),
            _ => Err(Error::new(
                ErrorKind::InvalidParameter,
                format!("a {kind:?} cannot be enabled or disabled by itself"),
            )
            .about(kind, self.id)),
        }
    }

    fn medium(&self, transaction: &Transaction<'_>) -> Result<()> {
        let id = PhysicalMediaId::from_uuid(self.id.as_uuid());
        let kind = ObjectType::PhysicalMedia;
        let key = transaction.medium_key(id)?.ok_or_else(|| self.missing(kind))?;
        let before = transaction.cartridge(key)?;
        self.require(&transaction.library(before.medium.library)?)?;
        self.check_differs(before.medium.enabled, kind)?;
        let mut after = before.clone();
        after.medium.enabled = self.enabled;
        if self.enabled && after.medium.state == MediaState::Idle {
            finish_pending_return(transaction, &mut after)?;
        }
        transaction.store_cartridge(&before, after, self.actor.now)
    }

    fn library(&self, transaction: &Transaction<'_>) -> Result<()> {
        let id = LibraryId::from_uuid(self.id.as_uuid());
        let kind = ObjectType::Library;
        let library = transaction.library_by_id(id)?.ok_or_else(|| self.missing(kind))?;
        self.require(&library)?;
        if library.library_type == LibraryType::Offline {
            let reason = "the offline library is always enabled";
            return Err(Error::new(ErrorKind::LibraryOffline, reason).about(kind, self.id));
        }
        self.check_differs(library.enabled, kind)?;
        transaction.enable_library(&library, self.enabled, self.actor.now)
    }

    fn drive(&self, transaction: &Transaction<'_>) -> Result<()> {
        let id = DriveId::from_uuid(self.id.as_uuid());
        let kind = ObjectType::Drive;
        let drive = transaction.drive_by_id(id)?.ok_or_else(|| self.missing(kind))?;
        self.require(&transaction.library(drive.library)?)?;
        self.check_differs(drive.enabled, kind)?;
        transaction.enable_drive(&drive, self.enabled, self.actor.now)
    }

    fn require(&self, library: &LibraryRow) -> Result<()> {
        let wanted = self.actor.model.choose(AccessRights::MODIFY, AccessRights::CONTROL);
        require(&self.actor.caller, &library.security, wanted, ObjectType::Library, library.id)
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
}
