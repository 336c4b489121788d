//! EjectDiskFromSADrive: the medium of a stand-alone drive comes out.

use super::Session;
use super::ask_library::Asked;
use super::context::{Actor, require_on_library};
use crate::catalog::{
    Because, DriveRow, LibraryRequestRow, LibraryRow, Purpose, Removal, Task, Transaction, View,
};
use crate::error::{Error, ErrorKind, Result};
use crate::library::AfterEject;
use crate::model::{
    AccessRights, Caller, EjectAnswer, EjectMode, EjectPrompt, EjectQuestion, LibraryOperation,
    LibraryRequestId, LibraryRequestState, LibraryType, ObjectType, OperationOption,
    OperationalState, Timeout,
};

impl Session {
    pub(crate) fn eject_standalone(
        &self,
        device: &str,
        mode: EjectMode,
        confirm: Option<&dyn EjectPrompt>,
    ) -> Result<Option<LibraryRequestId>> {
        self.check_open()?;
        let invalid = |reason| Err(Error::new(ErrorKind::InvalidParameter, reason));
        if device.is_empty() {
            return invalid("the device is missing");
        }
        if mode == EjectMode::AskUser && confirm.is_none() {
            return invalid("nobody is given who could be asked");
        }
        let caller = self.caller().clone();
        let (library, is_moving) = self.context().catalog.read(|view| {
            let (library, drive) = find(view, device)?;
            check_library(view, &library, &caller)?;
            Ok((library, view.movement_of_drive(drive.key)?.is_some()))
        })?;
        if mode == EjectMode::Stop {
            return self.stop_eject(device).map(Some);
        }
        // What people have put in or taken out counts, whether or not anybody has noticed.
        if !is_moving {
            self.poll_changes(library.id)?;
        }
        match (mode, confirm) {
            (EjectMode::Immediate, _) => self.eject_now(device).map(|()| None),
            (EjectMode::AskUser, Some(confirm)) => self.eject_or_ask(device, confirm),
            _ => self.queue_eject(device, mode == EjectMode::Force),
        }
    }

    fn queue_eject(&self, device: &str, by_force: bool) -> Result<Option<LibraryRequestId>> {
        let device = device.to_owned();
        self.queue_request(move |transaction, actor| {
            ask(transaction, actor, &device, AfterEject::Waits, by_force)
        })
    }

    fn eject_now(&self, device: &str) -> Result<()> {
        let device = device.to_owned();
        let check = move |transaction: &Transaction<'_>, actor: &Actor| {
            ask(transaction, actor, &device, AfterEject::Ends, false)
        };
        self.request_and_wait(check, Timeout::Forever)
    }

    fn eject_or_ask(
        &self,
        device: &str,
        confirm: &dyn EjectPrompt,
    ) -> Result<Option<LibraryRequestId>> {
        let Err(error) = self.eject_now(device) else { return Ok(None) };
        // Force helps against none of these.
        if matches!(
            error.kind(),
            ErrorKind::InvalidDrive
                | ErrorKind::AccessDenied
                | ErrorKind::MediaNotAvailable
                | ErrorKind::InvalidState
                | ErrorKind::InvalidHandle
        ) {
            return Err(error);
        }
        let question = EjectQuestion::new(device, error.kind(), error.reason());
        match confirm.ask(&question) {
            EjectAnswer::Force => self.queue_eject(device, true),
            EjectAnswer::Cancel => {
                let reason = format!("the eject was given up: {}", error.reason());
                Err(Error::new(ErrorKind::Cancelled, reason).caused_by(error))
            }
        }
    }

    fn stop_eject(&self, device: &str) -> Result<LibraryRequestId> {
        let device = device.to_owned();
        let now = self.context().clock.now();
        self.write(move |transaction| {
            let (library, drive) = find(transaction, &device)?;
            let running = eject_of(transaction, &library, &drive)?;
            let row = running.ok_or_else(|| {
                Error::new(ErrorKind::InvalidOperation, "no eject of this drive has been started")
                    .about(ObjectType::Drive, drive.id)
            })?;
            transaction.remove_request(&row, Removal::Stop, now)?;
            Ok(row.id)
        })
    }
}

/// The stand-alone library whose drive this is, by the name of its device or its serial number.
fn find(view: &View<'_>, device: &str) -> Result<(LibraryRow, DriveRow)> {
    let mut known = false;
    for library in view.libraries()? {
        for drive in view.drives_of_library(library.key)? {
            let is_it = drive.device.device_name == device || drive.device.serial == device;
            if is_it && library.library_type == LibraryType::Standalone {
                return Ok((library, drive));
            }
            known |= is_it;
        }
    }
    let what = if known { "is not stand-alone" } else { "is unknown" };
    Err(Error::new(ErrorKind::InvalidDrive, format!("the drive {device} {what}")))
}

fn check_library(view: &View<'_>, library: &LibraryRow, caller: &Caller) -> Result<()> {
    require_on_library(caller, view, library, AccessRights::CONTROL)?;
    let what = match (library.enabled, library.operational_state) {
        (false, _) => "is disabled",
        (_, OperationalState::NotPresent) => "is not present",
        _ => return Ok(()),
    };
    let reason = format!("library {} {what}", library.name);
    Err(Error::new(ErrorKind::DeviceNotAvailable, reason).about(ObjectType::Library, library.id))
}

/// The eject of the drive that has not ended.
fn eject_of(
    view: &View<'_>,
    library: &LibraryRow,
    drive: &DriveRow,
) -> Result<Option<LibraryRequestRow>> {
    let rows = view.request_queue(library.key, LibraryOperation::Eject)?;
    Ok(rows.into_iter().find(|row| row.task.drive == Some(drive.id)))
}

/// Checks an eject. By force, whoever uses the medium loses it here.
fn ask(
    transaction: &Transaction<'_>,
    actor: &Actor,
    device: &str,
    after: AfterEject,
    by_force: bool,
) -> Result<Asked> {
    let (library, drive) = find(transaction, device)?;
    check_library(transaction, &library, &actor.caller)?;
    let fail = |kind, reason: &str| {
        Err(Error::new(kind, reason.to_owned()).about(ObjectType::Drive, drive.id))
    };
    let Some(medium) = transaction.medium_in_drive(drive.key)? else {
        return fail(ErrorKind::InvalidState, "the drive is empty");
    };
    let cartridge = transaction.cartridge(medium)?;
    if !cartridge.medium.enabled {
        return fail(ErrorKind::MediaNotAvailable, "the medium is disabled");
    }
    if eject_of(transaction, &library, &drive)?.is_some() {
        return fail(ErrorKind::Busy, "the medium is being ejected already");
    }
    let is_used = transaction.movement_of_drive(drive.key)?.is_some()
        || transaction.mount_of_drive(drive.key)?.is_some();
    if is_used && !by_force {
        return fail(ErrorKind::Busy, "somebody uses the medium");
    }
    if by_force {
        take_away(transaction, actor, &drive)?;
    }
    let option =
        if by_force { OperationOption::ForceImmediate } else { OperationOption::Immediate };
    let task = Task {
        option,
        argument: after.argument(),
        medium: Some(cartridge.medium.id),
        drive: Some(drive.id),
        subject: Some((ObjectType::Drive, drive.id.into())),
        ..Task::new(LibraryOperation::Eject)
    };
    Ok(Asked::Queue(library.key, task))
}

/// Whoever has the medium loses it, as does whoever is about to have it.
pub(super) fn take_away(
    transaction: &Transaction<'_>,
    actor: &Actor,
    drive: &DriveRow,
) -> Result<()> {
    if let Some(mount) = transaction.mount_of_drive(drive.key)? {
        return transaction.release_mount(&mount, None, actor.now);
    }
    let movement = transaction.movement_of_drive(drive.key)?;
    let medium = movement.filter(|m| m.purpose == Purpose::Mount).and_then(|m| m.medium);
    let Some(medium) = medium else { return Ok(()) };
    let because = Because::new(ErrorKind::Cancelled, "the medium is ejected by force");
    for row in transaction.requests_of_medium(transaction.cartridge(medium)?.medium.id)? {
        let is_it = row.task.operation == LibraryOperation::Mount
            && row.state == LibraryRequestState::InProcess;
        if is_it {
            transaction.end_call(&row, LibraryRequestState::Cancelled, &because, actor.now)?;
        }
    }
    Ok(())
}
