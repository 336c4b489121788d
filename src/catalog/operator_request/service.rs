//! Devices and media that a person has to look at: asked once for each, and heard when answered.

use rusqlite::params;

use super::OperatorRequestRow;
use crate::catalog::column::id;
use crate::catalog::health::NewEvent;
use crate::catalog::transaction::{Transaction, View};
use crate::catalog::{Because, LibraryRequestRow, LibraryRow};
use crate::error::{ErrorKind, Result};
use crate::model::{
    DeviceEventKind, Id, LibraryOperation, LibraryRequestState, OperationalState,
    OperatorRequestId, OperatorRequestKind, OperatorRequestState, OperatorTask, ServiceTarget,
    Timestamp,
};

const OPEN_OF_DEVICE: &str = "SELECT id FROM operator_request WHERE kind = 3 AND argument1 = ?1 \
     AND argument2 IS NULL AND origin = 2 AND finished IS NULL";

impl View<'_> {
    /// What people are asked to do about the device, if they are.
    pub(crate) fn service_request(
        &self,
        device: ServiceTarget,
    ) -> Result<Option<OperatorRequestId>> {
        let (_, object) = device.object();
        self.first(OPEN_OF_DEVICE, params![object.to_bytes()], |row| id(row, 0))
    }
}

impl Transaction<'_> {
    /// Asks a person to look at a device or medium. There is one open request for each.
    pub(crate) fn ask_for_service(
        &self,
        device: ServiceTarget,
        message: &str,
        now: Timestamp,
    ) -> Result<OperatorRequestId> {
        let task = OperatorTask::DeviceService { device };
        self.ask_people(&task, message, &self.submitter(), now)
    }

    /// The device works again, as the library has seen: nobody needs to look at it.
    pub(crate) fn end_service(&self, device: ServiceTarget, now: Timestamp) -> Result<()> {
        let (_, object) = device.object();
        self.complete_requests_about(OperatorRequestKind::DeviceService, object, now)
    }

    /// The medium was taken out, as a person was asked to do.
    pub(crate) fn was_taken_out(&self, medium: i64, now: Timestamp) -> Result<()> {
        let id = self.cartridge(medium)?.medium.id;
        self.complete_requests_about(OperatorRequestKind::MoveMedia, id, now)
    }

    /// The medium came up in the drive, and its label is right.
    pub(crate) fn medium_works(&self, medium: i64, drive: i64, now: Timestamp) -> Result<()> {
        if self.failed_couples_of_medium(medium)?.is_empty() {
            return Ok(());
        }
        self.note_working_couple(medium, drive)?;
        self.medium_is_well(medium, now)
    }

    /// The medium has been identified: it can be read.
    pub(crate) fn medium_is_well(&self, medium: i64, now: Timestamp) -> Result<()> {
        if !self.medium_health(medium)?.is_suspect {
            return Ok(());
        }
        let id = self.cartridge(medium)?.medium.id;
        self.end_service(ServiceTarget::Medium(id), now)?;
        // Nobody may have been asked.
        self.clear_medium(medium, now)
    }

    /// Somebody has looked at a device, or will not.
    pub(in crate::catalog) fn heed_service(
        &self,
        request: &OperatorRequestRow,
        now: Timestamp,
    ) -> Result<()> {
        let is_done = self
            .operator_request(request.id)?
            .is_some_and(|row| row.state == OperatorRequestState::Complete);
        let OperatorTask::DeviceService { device } = request.task()? else { return Ok(()) };
        match device {
            ServiceTarget::Drive(drive) if is_done => match self.drive_by_id(drive)? {
                Some(row) => self.return_drive_to_service(row.key, now),
                None => Ok(()),
            },
            ServiceTarget::Medium(medium) if is_done => match self.medium_key(medium)? {
                Some(key) => self.clear_medium(key, now),
                None => Ok(()),
            },
            ServiceTarget::Library(library) => match self.library_by_id(library)? {
                Some(row) => self.heed_library_service(&row, is_done, now),
                None => Ok(()),
            },
            ServiceTarget::Door(door) => match self.door_by_id(door)? {
                Some(row) => {
                    self.wake_library(row.library)?;
                    Ok(())
                }
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Somebody has looked at the library, or will not: then mounts that wait for it fail.
    fn heed_library_service(&self, row: &LibraryRow, is_done: bool, now: Timestamp) -> Result<()> {
        self.wake(row.id.as_uuid());
        let trouble = row.trouble.as_ref().filter(|trouble| trouble.stops && !is_done);
        let Some(trouble) = trouble else { return Ok(()) };
        let because = Because::new(ErrorKind::DeviceNotAvailable, trouble.reason.clone());
        for mount in self.request_queue(row.key, LibraryOperation::Mount)? {
            let mount = self.library_request(mount.id)?;
            if let Some(mount) = mount.filter(LibraryRequestRow::is_waiting) {
                self.end_call(&mount, LibraryRequestState::Failed, &because, now)?;
            }
        }
        Ok(())
    }

    /// What failed in the drive counts no more.
    fn return_drive_to_service(&self, drive: i64, now: Timestamp) -> Result<()> {
        let row = self.drive(drive)?;
        self.forget_failures_of_drive(drive)?;
        if row.operational_state != OperationalState::NeedsService {
            return Ok(());
        }
        self.suspect_drive(drive, false)?;
        self.set_drive_service(&row, OperationalState::Ready, now)?;
        let what = DeviceEventKind::InService;
        self.note_device_event(&NewEvent::new(what, Some(drive), None, "a person says so"), now)
    }

    /// What failed with the medium counts no more.
    fn clear_medium(&self, medium: i64, now: Timestamp) -> Result<()> {
        self.forget_failures_of_medium(medium)?;
        if !self.medium_health(medium)?.is_suspect {
            return Ok(());
        }
        self.suspect_medium(medium, false)?;
        let what = DeviceEventKind::MediumWell;
        let reason = "it was looked at, or identified again";
        self.note_device_event(&NewEvent::new(what, None, Some(medium), reason), now)
    }
}
