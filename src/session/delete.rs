//! DeleteNtmsDrive and DeleteNtmsLibrary: hardware that is gone for good.

use std::sync::Arc;

use super::Session;
use super::context::{Actor, present, require_on_library};
use crate::catalog::{DriveRow, LibraryRow, View};
use crate::error::{Error, ErrorKind, Result};
use crate::library::{LibraryLock, remove_drive, remove_library};
use crate::model::{AccessRights, DriveId, LibraryId, LibraryType, ObjectType, OperationalState};

impl Session {
    /// Deletes the record of a drive that is not there any more.
    ///
    /// A medium that is recorded in it leaves the library, as one that is taken out does: its record
    /// is kept, offline, or removed, as its pool and the
    /// [policies of the computer](crate::model::Computer::media_pool_policy) say. Whoever had it
    /// mounted has lost the mount. Requests that name the drive fail with `InvalidDrive`. When the
    /// drive is seen again, it is a new one.
    ///
    /// The drive of a stand-alone library goes with its library, as by
    /// [`delete_library`](Session::delete_library).
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `InvalidDrive`: no such drive.
    /// * `AccessDenied`: MODIFY on its library is missing, and CONTROL on the computer.
    /// * `InvalidState`: the library is disabled; the drive is present, or a cartridge is being
    ///   moved with it; the library is present, if it is a stand-alone one.
    #[doc(alias = "DeleteNtmsDrive")]
    pub fn delete_drive(&self, drive: DriveId) -> Result<()> {
        self.check_open()?;
        present(drive, "the drive")?;
        let actor = self.actor();
        let (_, library) = self.context().catalog.read(|view| find_drive(view, &actor, drive))?;
        let whole = self.context().catalog.read(|view| is_standalone(view, &library))?;
        if whole {
            return self.delete_absent(&library, actor);
        }
        let living = Arc::clone(self.context().catalog.living());
        self.write(move |transaction| {
            let (row, library) = find_drive(transaction, &actor, drive)?;
            // Those who had the library may have died.
            transaction.is_attached_by_the_living(library.key, &living, actor.now)?;
            let library = transaction.library(library.key)?;
            check_drive_gone(transaction, &row, &library)?;
            remove_drive(transaction, &row, actor.now)
        })
    }

    /// Deletes the record of a library that is not there any more, with its slots, drives, changers
    /// and ports.
    ///
    /// All its media, those of the import and unrecognized pools as well, are in the offline library
    /// then: pools, states and allocations stay, and they are known again in whatever library they
    /// turn up. Its requests are deleted; whoever waits for one gets `Cancelled`. What operators were
    /// asked about the library or its parts is deleted. When the hardware comes back, it is a new
    /// library.
    ///
    /// All of it is one operation: other writers of the catalog wait as long as it takes, which for
    /// a library of 100,000 media is a second or two.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `InvalidLibrary`: no such library, or the offline library.
    /// * `AccessDenied`: MODIFY on the library is missing, and CONTROL on the computer.
    /// * `InvalidState`: it is disabled; or it is present: a process has it attached, or stands by.
    #[doc(alias = "DeleteNtmsLibrary")]
    pub fn delete_library(&self, library: LibraryId) -> Result<()> {
        self.check_open()?;
        present(library, "the library")?;
        let actor = self.actor();
        let row = self.context().catalog.read(|view| find_library(view, &actor, library))?;
        self.delete_absent(&row, actor)
    }

    /// The library may be somebody's until it is locked.
    fn delete_absent(&self, row: &LibraryRow, actor: Actor) -> Result<()> {
        let catalog = &self.context().catalog;
        let lock = LibraryLock::keep_detached(catalog, row)?;
        let living = Arc::clone(catalog.living());
        let id = row.id;
        self.write(move |transaction| {
            let row = find_library(transaction, &actor, id)?;
            let attached = transaction.is_attached_by_the_living(row.key, &living, actor.now)?;
            let row = transaction.library(row.key)?;
            if attached || row.operational_state != OperationalState::NotPresent {
                let reason = format!("library {} is present", row.name);
                return Err(refused(reason).about(ObjectType::Library, id));
            }
            remove_library(transaction, &row, actor.now)
        })?;
        lock.discard();
        Ok(())
    }
}

fn refused(reason: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::InvalidState, reason)
}

fn check_library(view: &View<'_>, actor: &Actor, library: &LibraryRow) -> Result<()> {
    require_on_library(&actor.caller, view, library, AccessRights::MODIFY)?;
    let about = |error: Error| Err(error.about(ObjectType::Library, library.id));
    if library.library_type == LibraryType::Offline {
        let reason = "the offline library cannot be deleted";
        return about(Error::new(ErrorKind::InvalidLibrary, reason));
    }
    if !library.enabled {
        return about(refused(format!("library {} is disabled", library.name)));
    }
    Ok(())
}

fn find_library(view: &View<'_>, actor: &Actor, id: LibraryId) -> Result<LibraryRow> {
    let row = view.library_by_id(id)?.ok_or_else(|| {
        Error::new(ErrorKind::InvalidLibrary, "no such library").about(ObjectType::Library, id)
    })?;
    check_library(view, actor, &row)?;
    Ok(row)
}

fn find_drive(view: &View<'_>, actor: &Actor, id: DriveId) -> Result<(DriveRow, LibraryRow)> {
    let row = view.drive_by_id(id)?.ok_or_else(|| {
        Error::new(ErrorKind::InvalidDrive, "no such drive").about(ObjectType::Drive, id)
    })?;
    let library = view.library(row.library)?;
    check_library(view, actor, &library)?;
    Ok((row, library))
}

/// Whether a drive of the library is all there is of it.
fn is_standalone(view: &View<'_>, library: &LibraryRow) -> Result<bool> {
    Ok(library.library_type == LibraryType::Standalone || !view.has_slots(library.key)?)
}

fn check_drive_gone(view: &View<'_>, row: &DriveRow, library: &LibraryRow) -> Result<()> {
    let about = |error: Error| Err(error.about(ObjectType::Drive, row.id));
    if library.operational_state == OperationalState::NotPresent {
        return Ok(());
    }
    if row.operational_state != OperationalState::NotPresent {
        return about(refused(format!("drive {} is present", row.number)));
    }
    if view.movement_of_drive(row.key)?.is_some() {
        return about(refused(format!("a cartridge is being moved with drive {}", row.number)));
    }
    Ok(())
}
