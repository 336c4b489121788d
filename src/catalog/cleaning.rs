//! Drives that are to be cleaned, and the cartridge that cleans them: whether it can be used, how
//! often still, and what people are asked when it cannot.

use super::attendance::Unattended;
use super::health::NewEvent;
use super::library::LibraryRow;
use super::library_request::{Because, LibraryRequestRow, NewRequests, Task};
use super::transaction::{Transaction, View};
use crate::error::{ErrorKind, Result};
use crate::model::{
    CleanerTarget, DeviceEventKind, DriveState, Id, LibraryFlags, LibraryOperation,
    LibraryRequestState, ObjectType, OperatorRequestId, OperatorRequestKind, OperatorTask,
    ServiceTarget, SlotState, Timestamp,
};

/// Cleaner uses that are not counted.
pub(crate) const NOT_COUNTED: u32 = u32::MAX;

impl LibraryRow {
    /// Whether a cleaner is in its slot that can be used, as far as is known.
    pub(crate) fn has_cleaner(&self) -> bool {
        let uncounted = self.flags.contains(LibraryFlags::IGNORE_CLEANER_USES_REMAINING);
        self.cleaner_slot.is_some()
            && self.flags.contains(LibraryFlags::CLEANER_PRESENT)
            && (uncounted || self.cleaner_uses > 0)
    }
}

impl View<'_> {
    /// What people are asked about the cleaner, if they are.
    pub(crate) fn cleaner_request(
        &self,
        library: &LibraryRow,
    ) -> Result<Option<OperatorRequestId>> {
        self.open_request_about(OperatorRequestKind::Cleaner, library.id)
    }

    /// Whether drives can be cleaned now. Not while a person is asked to see to the cleaner.
    pub(crate) fn can_clean(&self, library: &LibraryRow) -> Result<bool> {
        Ok(library.has_cleaner() && self.cleaner_request(library)?.is_none())
    }

    /// Whether a drive is to be cleaned as soon as nobody uses it. Not while that waits for a
    /// person: then the drive is used as it is.
    pub(crate) fn is_about_to_be_cleaned(&self, drive: i64) -> Result<bool> {
        let row = self.drive(drive)?;
        if !row.wants_cleaning {
            return Ok(false);
        }
        let queue = self.request_queue(row.library, LibraryOperation::CleanDrive)?;
        let is_it = queue.iter().any(|request| {
            request.task.drive == Some(row.id) && request.operator_request.is_none()
        });
        Ok(is_it && self.can_clean(&self.library(row.library)?)?)
    }
}

/// What people are asked to do about the cleaner of a library.
fn cleaner_wanted(library: &LibraryRow, why: &str) -> (OperatorTask, String) {
    let message = format!("Put a cleaning cartridge into library {}: {why}.", library.name);
    (OperatorTask::Cleaner { target: CleanerTarget::Library(library.id) }, message)
}

impl Transaction<'_> {
    /// A drive has asked to be cleaned: that is queued, if it is done automatically. Says whether
    /// that is news.
    pub(crate) fn want_cleaning(&self, drive: i64, now: Timestamp) -> Result<bool> {
        let row = self.drive(drive)?;
        let library = self.library(row.library)?;
        if row.wants_cleaning {
            return Ok(false);
        }
        self.change_drive(drive, now, |row| row.wants_cleaning = true)?;
        if !row.is_cleaned_in_vain() {
            return self.queue_cleaning(&library, drive, now).map(|()| true);
        }
        let message = format!(
            "Drive {} of library {} asks for cleaning, and has just been cleaned.",
            row.number, library.name
        );
        self.ask_for_service(ServiceTarget::Drive(row.id), &message, now).map(|_| true)
    }

    /// Queues the cleaning of a drive that asks for it, unless somebody has.
    fn queue_cleaning(&self, library: &LibraryRow, drive: i64, now: Timestamp) -> Result<()> {
        let row = self.drive(drive)?;
        let queue = self.request_queue(library.key, LibraryOperation::CleanDrive)?;
        let is_queued = queue.iter().any(|request| request.task.drive == Some(row.id));
        if is_queued || !library.drive_cleaning {
            return Ok(());
        }
        let task = Task {
            drive: Some(row.id),
            subject: Some((ObjectType::Drive, row.id.into())),
            ..Task::new(LibraryOperation::CleanDrive)
        };
        let state = LibraryRequestState::Queued;
        let library = library.key;
        let new = NewRequests { library, tasks: &[task], state, waiter: None, watched: None };
        self.insert_library_requests(&new, now).map(drop)
    }

    /// Asks a person to see to the cleaner of a library; there is one request for each.
    pub(crate) fn ask_for_cleaner(
        &self,
        library: &LibraryRow,
        why: &str,
        now: Timestamp,
    ) -> Result<OperatorRequestId> {
        let (task, message) = cleaner_wanted(library, why);
        self.ask_people(&task, &message, &self.submitter(), now)
    }

    /// Nobody is there to put a cleaner in: the cleaning fails.
    pub(crate) fn leave_uncleaned(
        &self,
        row: &LibraryRequestRow,
        why: &Unattended,
        now: Timestamp,
    ) -> Result<()> {
        let library = self.library(row.library)?;
        let (task, message) = cleaner_wanted(&library, "a drive was to be cleaned");
        self.note_unattended(&task, &message, &row.submitter, why, now)?;
        let reason = why.answer.refusal("nobody puts in a cleaning cartridge");
        let because = Because::new(ErrorKind::UnableToClean, reason);
        self.finish_request(row, LibraryRequestState::Failed, Some(&because), now)
    }

    /// The cleaner has been seen to: what people were asked is done, and drives that ask for it are
    /// cleaned.
    pub(crate) fn cleaner_is_ready(&self, library: &LibraryRow, now: Timestamp) -> Result<()> {
        if !library.has_cleaner() {
            return Ok(());
        }
        self.complete_requests_about(OperatorRequestKind::Cleaner, library.id, now)?;
        for drive in self.drives_of_library(library.key)? {
            if drive.wants_cleaning && !drive.is_cleaned_in_vain() {
                self.queue_cleaning(library, drive.key, now)?;
            }
        }
        self.wake(library.id.as_uuid());
        Ok(())
    }

    /// The library has been attached: drives that asked for cleaning before still do.
    pub(crate) fn resume_cleaning(&self, library: i64, now: Timestamp) -> Result<()> {
        let library = self.library(library)?;
        for drive in self.drives_of_library(library.key)? {
            if drive.wants_cleaning && drive.is_in_service() && !drive.is_cleaned_in_vain() {
                self.queue_cleaning(&library, drive.key, now)?;
            }
        }
        Ok(())
    }

    /// A drive has been cleaned, and the cleaner is back in its slot.
    pub(crate) fn drive_was_cleaned(&self, drive: i64, slot: i64, now: Timestamp) -> Result<()> {
        let mut library = self.library(self.drive(drive)?.library)?;
        self.cleaner_came_back(&library, drive, slot, now)?;
        self.change_drive(drive, now, |row| {
            row.last_cleaned = Some(now);
            row.wants_cleaning = false;
            row.cleaned_at = Some(row.mount_count);
        })?;
        let event = NewEvent::new(DeviceEventKind::Cleaned, Some(drive), None, "");
        self.note_device_event(&event, now)?;
        if library.flags.contains(LibraryFlags::IGNORE_CLEANER_USES_REMAINING) {
            return Ok(());
        }
        library.cleaner_uses = library.cleaner_uses.saturating_sub(1);
        self.set_cleaner(&library, now)?;
        if library.cleaner_uses > 0 {
            return Ok(());
        }
        self.ask_for_cleaner(&library, "the one it has is spent", now).map(drop)
    }

    /// A drive could not be cleaned, and the cleaner is back in its slot: a person has to see to it.
    pub(crate) fn drive_was_not_cleaned(
        &self,
        drive: i64,
        slot: i64,
        spent: bool,
        now: Timestamp,
    ) -> Result<()> {
        let row = self.drive(drive)?;
        let mut library = self.library(row.library)?;
        self.cleaner_came_back(&library, drive, slot, now)?;
        let why = if spent {
            library.cleaner_uses = 0;
            library.flags.remove(LibraryFlags::IGNORE_CLEANER_USES_REMAINING);
            self.set_cleaner(&library, now)?;
            "the one it has is spent".to_owned()
        } else {
            format!("drive {} does not take the one it has", row.number)
        };
        self.ask_for_cleaner(&library, &why, now).map(drop)
    }

    fn cleaner_came_back(
        &self,
        library: &LibraryRow,
        drive: i64,
        slot: i64,
        now: Timestamp,
    ) -> Result<()> {
        self.end_movement(drive)?;
        self.change_drive(drive, now, |row| row.state = DriveState::Dismounted)?;
        self.cleaner_seen(library, slot, now)
    }

    /// There is no cartridge in the slot of the cleaner.
    pub(crate) fn cleaner_is_missing(&self, library: i64, slot: i64, now: Timestamp) -> Result<()> {
        let library = self.library(library)?;
        self.set_slot_state(slot, SlotState::Empty, now)?;
        self.cleaner_gone(&library, now)
    }

    /// A cleaner has been put in, for so many uses.
    pub(crate) fn cleaner_was_put_in(
        &self,
        library: i64,
        slot: i64,
        uses: u32,
        now: Timestamp,
    ) -> Result<()> {
        self.cleaner_seen(&self.library(library)?, slot, now)?;
        let mut row = self.library(library)?;
        row.cleaner_uses = uses;
        row.flags.set(LibraryFlags::IGNORE_CLEANER_USES_REMAINING, uses == NOT_COUNTED);
        self.set_cleaner(&row, now)?;
        self.cleaner_is_ready(&row, now)
    }
}
