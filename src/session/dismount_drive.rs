//! DismountNtmsDrive: empties a drive.

use super::Session;
use super::context::{Actor, present, require_on_library};
use crate::catalog::{DriveRow, LibraryRow, Transaction, View};
use crate::error::{Error, ErrorKind, Result};
use crate::library::ask_for_drive;
use crate::model::{
    AccessRights, DriveId, DriveState, LibraryRequestId, ObjectType, OperationalState,
};

impl Session {
    /// Takes the medium that is in a drive home, whoever has it mounted: for operators. Whatever
    /// else is in the drive goes into a slot, to be identified by the next
    /// [inventory](Session::inventory_library).
    ///
    /// A session that has the side mounted loses it: its [`Mount`](super::Mount) refuses every
    /// further use. A medium that is open stays, and the call fails; one that is being brought for
    /// somebody goes home as soon as it is up. When its home slot is occupied, the medium goes into
    /// the first empty slot, which is its home then.
    ///
    /// Returns when the request is queued; what becomes of it is in its
    /// [record](crate::model::LibraryRequest). It fails when no slot is empty.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `InvalidDrive`: no such drive.
    /// * `AccessDenied`: MODIFY on its library (CONTROL by the rules of Windows XP) is missing, and
    ///   CONTROL on the computer.
    /// * `ResourceDisabled`, `DeviceNotAvailable`: library or drive are disabled, or not present.
    /// * `InvalidState`: the drive is empty or being cleaned, or its medium is open. What people
    ///   have put into a drive is seen in the process that owns the library; in others the drive is
    ///   empty.
    #[doc(alias = "DismountNtmsDrive")]
    pub fn dismount_drive(&self, drive: DriveId) -> Result<LibraryRequestId> {
        self.check_open()?;
        present(drive, "the drive")?;
        let (actor, context) = (self.actor(), self.context());
        let (row, library) = context.catalog.read(|view| find(view, &actor, drive))?;
        let owned = context.libraries.find(library.key);
        let is_full = row.state == DriveState::Dismounted
            && owned.is_some_and(|library| library.sees_cartridge(row.key));
        self.write(move |transaction| queue(transaction, &actor, drive, is_full))
    }
}

/// The drive, if it is there and the caller may empty it.
fn find(view: &View<'_>, actor: &Actor, id: DriveId) -> Result<(DriveRow, LibraryRow)> {
    let fail = |kind, reason: String| Error::new(kind, reason).about(ObjectType::Drive, id);
    let row = view
        .drive_by_id(id)?
        .ok_or_else(|| fail(ErrorKind::InvalidDrive, "no such drive".to_owned()))?;
    let library = view.library(row.library)?;
    let wanted = actor.model.choose(AccessRights::MODIFY, AccessRights::CONTROL);
    require_on_library(&actor.caller, view, &library, wanted)?;
    let what = || format!("drive {} of library {}", row.number, library.name);
    if !library.enabled || !row.enabled {
        return Err(fail(ErrorKind::ResourceDisabled, format!("{} is disabled", what())));
    }
    let absent = OperationalState::NotPresent;
    if library.operational_state == absent || row.operational_state == absent {
        return Err(fail(ErrorKind::DeviceNotAvailable, format!("{} is not present", what())));
    }
    Ok((row, library))
}

fn queue(
    transaction: &Transaction<'_>,
    actor: &Actor,
    drive: DriveId,
    is_full: bool,
) -> Result<LibraryRequestId> {
    let (row, _) = find(transaction, actor, drive)?;
    let refuse = |reason: &'static str| {
        Err(Error::new(ErrorKind::InvalidState, reason).about(ObjectType::Drive, drive))
    };
    let is_free = transaction.movement_of_drive(row.key)?.is_none();
    match row.state {
        DriveState::Dismounted if !(is_full && is_free) => return refuse("the drive is empty"),
        DriveState::BeingCleaned => return refuse("the drive is being cleaned"),
        _ => {}
    }
    if transaction.mount_of_drive(row.key)?.is_some_and(|mount| mount.handles > 0) {
        return refuse("the medium in the drive is open");
    }
    Ok(ask_for_drive(transaction, &row, actor.now)?.id)
}
