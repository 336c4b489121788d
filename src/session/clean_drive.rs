//! CleanNtmsDrive: a drive is cleaned with the library's cleaning cartridge.

use super::Session;
use super::ask_library::Asked;
use super::context::{Actor, present, require_on_library};
use crate::catalog::{Task, Transaction};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, DriveId, LibraryOperation, LibraryRequestId, LibraryType, ObjectType,
    OperationalState,
};

impl Session {
    /// Cleans a drive.
    ///
    /// Returns the id of the request at once; it goes on when the session is closed. When nobody
    /// uses the drive, the medium that was left there goes home, and the cleaning cartridge is
    /// carried from the [reserved slot](Session::reserve_cleaner_slot) into the drive, and back.
    /// The drive is `BeingCleaned` meanwhile. Without a cartridge that can be used a person is
    /// asked for one, and the request waits; it fails with `UnableToClean` when that is refused. It
    /// fails with `InvalidCleaner` when the drive does not take the cartridge, and with
    /// `CleanerCartridgeSpent`: then, and after the last use, a person is asked for another one.
    ///
    /// Drives that ask for it are cleaned by themselves before they are used again, where a library
    /// [supports](crate::model::Library::supports_drive_cleaning) that. They are asked before a
    /// medium is brought into them and before it leaves. While no cleaner can be used, such a drive
    /// is used like any other when there is no better one.
    ///
    /// A stand-alone drive is cleaned by hand: the call notes the time, and gives no request.
    ///
    /// ```no_run
    /// # fn example(session: &rsm::Session, drive: rsm::model::DriveId) -> rsm::Result<()> {
    /// if session.drive_health(drive)?.needs_cleaning {
    ///     session.clean_drive(drive)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `InvalidDrive`: no such drive.
    /// * `AccessDenied`: CONTROL on its library is missing, and on the computer.
    /// * `ResourceDisabled`, `ResourceNotPresent`: the drive or its library is disabled; is not
    ///   present.
    #[doc(alias = "CleanNtmsDrive")]
    pub fn clean_drive(&self, drive: DriveId) -> Result<Option<LibraryRequestId>> {
        self.check_open()?;
        present(drive, "the drive")?;
        self.queue_request(move |on, actor| check(on, actor, drive))
    }
}

fn check(transaction: &Transaction<'_>, actor: &Actor, id: DriveId) -> Result<Asked> {
    let fail = |kind, reason| Error::new(kind, reason).about(ObjectType::Drive, id);
    let drive = transaction.drive_by_id(id)?;
    let drive = drive.ok_or_else(|| fail(ErrorKind::InvalidDrive, "no such drive"))?;
    let library = transaction.library(drive.library)?;
    require_on_library(&actor.caller, transaction, &library, AccessRights::CONTROL)?;
    if !drive.enabled || !library.enabled {
        return Err(fail(ErrorKind::ResourceDisabled, "the drive is disabled"));
    }
    let absent = OperationalState::NotPresent;
    if drive.operational_state == absent || library.operational_state == absent {
        return Err(fail(ErrorKind::ResourceNotPresent, "the drive is not present"));
    }
    if library.library_type == LibraryType::Standalone {
        transaction.change_drive(drive.key, actor.now, |row| {
            row.last_cleaned = Some(actor.now);
            row.wants_cleaning = false;
            row.cleaned_at = Some(row.mount_count);
        })?;
        return Ok(Asked::Done);
    }
    let task = Task {
        drive: Some(id),
        subject: Some((ObjectType::Drive, id.into())),
        ..Task::new(LibraryOperation::CleanDrive)
    };
    Ok(Asked::Queue(library.key, task))
}
