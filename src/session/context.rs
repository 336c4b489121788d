//! What all sessions of one open catalog share.

use std::sync::Arc;

use super::Session;
use crate::catalog::{Catalog, ComputerRow, LibraryRow, PoolRow, ROOT_POOL, View};
use crate::clock::Clock;
use crate::error::{Error, ErrorKind, Result};
use crate::ids::Ids;
use crate::label::LabelFormats;
use crate::library::{Host, Libraries};
use crate::model::{
    AccessModel, AccessRights, Caller, Id, LibraryId, LibraryType, ObjectId, ObjectType,
    OperationalState, SecurityDescriptor, Timestamp,
};

/// The open catalog with everything calls need besides.
pub(crate) struct Context {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Ids,
    pub(crate) access_model: AccessModel,
    pub(crate) formats: Arc<LabelFormats>,
    pub(crate) libraries: Libraries,
    /// The process that opened the catalog: its locks, threads and connections are not those of
    /// its children.
    pub(crate) process: u32,
}

impl Context {
    /// Refuses calls in a forked child.
    pub(crate) fn check_process(&self) -> Result<()> {
        if self.process != std::process::id() {
            let reason = "the catalog was opened by another process, of which this is a fork";
            return Err(Error::new(ErrorKind::InvalidHandle, reason));
        }
        Ok(())
    }

    /// In a forked child, what it has inherited is never dropped: there it would release what is
    /// the parent's, and wait for threads that do not exist. Says whether this is one.
    pub(crate) fn is_kept_for_parent(self: &Arc<Self>) -> bool {
        let is_forked = self.check_process().is_err();
        if is_forked {
            std::mem::forget(Arc::clone(self));
        }
        is_forked
    }

    /// What libraries need of it.
    pub(crate) fn host(&self) -> Host {
        Host {
            catalog: Arc::clone(&self.catalog),
            clock: Arc::clone(&self.clock),
            ids: self.ids.clone(),
            formats: Arc::clone(&self.formats),
            leases: Arc::clone(self.libraries.leases()),
            outcomes: Arc::clone(self.libraries.outcomes()),
            patience: Arc::clone(self.libraries.patience()),
        }
    }
}

/// Who calls, by which rules, at what time: what a call carries into its transaction.
#[derive(Clone)]
pub(super) struct Actor {
    pub(super) caller: Caller,
    pub(super) model: AccessModel,
    pub(super) now: Timestamp,
}

impl Actor {
    /// Refuses callers who lack the right on a pool that the rules in force ask for.
    pub(super) fn require_on_pool(
        &self,
        pool: &PoolRow,
        server_2003: AccessRights,
        windows_xp: AccessRights,
    ) -> Result<()> {
        require_on_pool(&self.caller, pool, self.model.choose(server_2003, windows_xp))
    }
}

impl Session {
    /// The caller, now.
    pub(super) fn actor(&self) -> Actor {
        let context = self.context();
        Actor {
            caller: self.caller().clone(),
            model: context.access_model,
            now: context.clock.now(),
        }
    }
}

/// Refuses a caller who lacks a right on an object.
pub(super) fn require(
    caller: &Caller,
    descriptor: &SecurityDescriptor,
    wanted: AccessRights,
    object_type: ObjectType,
    object: impl Into<ObjectId>,
) -> Result<()> {
    if descriptor.grants(caller, wanted) {
        return Ok(());
    }
    Err(denied(caller, wanted, &format!("this {object_type:?}")).about(object_type, object))
}

fn denied(caller: &Caller, wanted: AccessRights, what: &str) -> Error {
    let rights: Vec<_> = wanted.iter_names().map(|(name, _)| name).collect();
    let rights = rights.join(" and ");
    let reason =
        format!("user {} (uid {}) has no {rights} right on {what}", caller.user_name, caller.user);
    Error::new(ErrorKind::AccessDenied, reason)
}

/// Refuses a caller who lacks a right on a pool.
pub(super) fn require_on_pool(caller: &Caller, pool: &PoolRow, wanted: AccessRights) -> Result<()> {
    if pool.security.grants(caller, wanted) {
        return Ok(());
    }
    let what = if pool.key == ROOT_POOL { "the root pool" } else { &format!("pool {}", pool.name) };
    Err(denied(caller, wanted, what).about(ObjectType::MediaPool, pool.id))
}

/// Refuses a caller who lacks a right on the computer, which it gives.
pub(super) fn require_on_computer(
    view: &View<'_>,
    caller: &Caller,
    wanted: AccessRights,
) -> Result<ComputerRow> {
    let computer = view.computer()?;
    require(caller, &computer.security, wanted, ObjectType::Computer, computer.id)?;
    Ok(computer)
}

/// Refuses a caller who lacks a right on a library. [D] An administrator, who has CONTROL on the
/// computer, lacks none.
pub(super) fn require_on_library(
    caller: &Caller,
    view: &View<'_>,
    library: &LibraryRow,
    wanted: AccessRights,
) -> Result<()> {
    let granted = require(caller, &library.security, wanted, ObjectType::Library, library.id);
    if granted.is_ok() || is_administrator(caller, &view.computer()?) { Ok(()) } else { granted }
}

/// The library with this id, if the caller may control it, and it is there to be controlled.
pub(super) fn library_to_control(
    view: &View<'_>,
    actor: &Actor,
    id: LibraryId,
) -> Result<LibraryRow> {
    let row = library_under(view, actor, id)?;
    check_works(&row, ErrorKind::ResourceDisabled)?;
    Ok(row)
}

/// A library, not the offline one, that the caller may control.
pub(super) fn library_under(view: &View<'_>, actor: &Actor, id: LibraryId) -> Result<LibraryRow> {
    let fail = |kind, reason| Error::new(kind, reason).about(ObjectType::Library, id);
    let row = view.library_by_id(id)?;
    let row = row.ok_or_else(|| fail(ErrorKind::InvalidLibrary, "no such library"))?;
    require_on_library(&actor.caller, view, &row, AccessRights::CONTROL)?;
    if row.library_type == LibraryType::Offline {
        return Err(fail(ErrorKind::LibraryOffline, "this is the offline library"));
    }
    Ok(row)
}

/// Refuses a library that is disabled, with an error of this kind, or not present.
pub(super) fn check_works(row: &LibraryRow, disabled: ErrorKind) -> Result<()> {
    let fail =
        |kind, reason: String| Err(Error::new(kind, reason).about(ObjectType::Library, row.id));
    if !row.enabled {
        return fail(disabled, format!("library {} is disabled", row.name));
    }
    if row.operational_state == OperationalState::NotPresent {
        return fail(ErrorKind::DeviceNotAvailable, format!("library {} is not present", row.name));
    }
    Ok(())
}

/// Whether the caller counts as an administrator: has CONTROL on the computer.
pub(super) fn is_administrator(caller: &Caller, computer: &ComputerRow) -> bool {
    computer.security.grants(caller, AccessRights::CONTROL)
}

/// Refuses a missing id.
pub(super) fn present<T: Id>(id: T, what: &'static str) -> Result<()> {
    if id.is_null() {
        return Err(Error::new(ErrorKind::InvalidParameter, format!("{what} is missing")));
    }
    Ok(())
}
