//! Work of libraries that is no mount, no dismount and no label, and how it is ended by others.

use super::{Because, LibraryRequestRow, NewRequests, Task};
use crate::catalog::{LibraryRow, Transaction, View};
use crate::error::{ErrorKind, Result};
use crate::model::{LibraryOperation, LibraryRequestState, Timestamp, numbered};

numbered! {
    /// How a request is to be taken off the queue.
    Removal: u32 {
        /// Somebody does not want it any more.
        Cancel = 0,
        /// Whoever asked for it says that it is enough.
        Stop = 1,
    }
}

/// Instead of a removal: the request is not to wait for people any longer.
pub(crate) const RETRACT: u32 = 2;

impl Removal {
    /// What becomes of the request.
    pub(crate) const fn state(self) -> LibraryRequestState {
        match self {
            Self::Cancel => LibraryRequestState::Cancelled,
            Self::Stop => LibraryRequestState::Stopped,
        }
    }

    pub(crate) fn because(self) -> Because {
        let reason = match self {
            Self::Cancel => "the request was cancelled",
            Self::Stop => "the request was stopped",
        };
        Because::new(ErrorKind::Cancelled, reason)
    }
}

/// The operations that are work: all but mounts, dismounts and labels, and the reading of media,
/// of which there may be any number.
const WORK: [(LibraryOperation, LibraryOperation); 3] = [
    (LibraryOperation::RemoveRequest, LibraryOperation::InjectCleaner),
    (LibraryOperation::CleanDrive, LibraryOperation::CleanDrive),
    (LibraryOperation::ReserveCleanerSlot, LibraryOperation::ReleaseCleanerSlot),
];

impl View<'_> {
    /// The unfinished work of a library, in the order in which it is to be done.
    pub(crate) fn work_of_library(&self, library: i64) -> Result<Vec<LibraryRequestRow>> {
        let mut work = Vec::new();
        for (first, last) in WORK {
            work.extend(self.unfinished_between(library, first, last)?);
        }
        Ok(work)
    }

    /// Whether nothing may be moved in a library, or soon: a door is open, or is to be.
    pub(crate) fn is_held_up(&self, library: &LibraryRow) -> Result<bool> {
        Ok(library.door_open || !self.requests_for_doors(library)?.is_empty())
    }

    /// Whether nothing is to be begun in a library: a door is open, or is being opened.
    pub(crate) fn is_shut(&self, library: &LibraryRow) -> Result<bool> {
        Ok(library.door_open || self.are_doors_asked_for(library)?)
    }

    /// Whether somebody is being let in.
    pub(crate) fn are_doors_asked_for(&self, library: &LibraryRow) -> Result<bool> {
        let rows = self.requests_for_doors(library)?;
        Ok(rows.iter().any(|row| row.state == LibraryRequestState::InProcess))
    }

    /// Whether a request takes media in or puts them out now.
    pub(crate) fn are_ports_in_use(&self, library: i64) -> Result<bool> {
        let work = self.work_of_library(library)?;
        let is_there = |row: &LibraryRequestRow| {
            row.task.operation.is_at_port() && row.state == LibraryRequestState::InProcess
        };
        Ok(work.iter().any(is_there))
    }

    fn requests_for_doors(&self, library: &LibraryRow) -> Result<Vec<LibraryRequestRow>> {
        let mut rows = self.request_queue(library.key, LibraryOperation::DoorAccess)?;
        for operation in [LibraryOperation::InjectCleaner, LibraryOperation::EjectCleaner] {
            let through = self.request_queue(library.key, operation)?;
            // Where there is no port, the cleaner goes through a door.
            if !through.is_empty() && self.ports_of_library(library.key)?.is_empty() {
                rows.extend(through);
            }
        }
        Ok(rows)
    }
}

impl Transaction<'_> {
    /// Takes a request off the queue: at once, if it has not been begun, else when whoever carries
    /// it out comes to a point where it can be left.
    pub(crate) fn remove_request(
        &self,
        row: &LibraryRequestRow,
        how: Removal,
        now: Timestamp,
    ) -> Result<()> {
        if row.state != LibraryRequestState::InProcess {
            return self.finish_request(row, how.state(), Some(&how.because()), now);
        }
        let removals = self.request_queue(row.library, LibraryOperation::RemoveRequest)?;
        let is_it = |removal: &LibraryRequestRow| {
            removal.task.work_item == Some(row.id) && removal.task.argument != RETRACT
        };
        if removals.iter().any(is_it) {
            return Ok(());
        }
        self.tell_request(row, how.value(), now)
    }

    /// A request that waits for people at a port goes on without them.
    pub(crate) fn retract_request(&self, row: &LibraryRequestRow, now: Timestamp) -> Result<()> {
        self.tell_request(row, RETRACT, now)
    }

    /// Tells whoever carries out a request, in whatever process.
    fn tell_request(&self, row: &LibraryRequestRow, what: u32, now: Timestamp) -> Result<()> {
        let task = Task {
            argument: what,
            work_item: Some(row.id),
            ..Task::new(LibraryOperation::RemoveRequest)
        };
        let new = NewRequests {
            library: row.library,
            tasks: &[task],
            state: LibraryRequestState::Queued,
            waiter: None,
            watched: None,
        };
        self.insert_library_requests(&new, now).map(drop)
    }

    /// Nobody is left to do a library's work: what is to be enabled or disabled is; all else fails.
    pub(in crate::catalog) fn end_work_of_library(
        &self,
        library: i64,
        now: Timestamp,
    ) -> Result<()> {
        let reason = "no process has the library any more";
        let because = Because::new(ErrorKind::DeviceNotAvailable, reason);
        for row in self.readings(library)? {
            self.finish_request(&row, LibraryRequestState::Failed, Some(&because), now)?;
        }
        for row in self.work_of_library(library)? {
            match self.switch(row.library, &row.task, now) {
                Ok(true) => self.finish_request(&row, LibraryRequestState::Passed, None, now)?,
                Ok(false) => {
                    self.finish_request(&row, LibraryRequestState::Failed, Some(&because), now)?;
                }
                Err(error) => {
                    let because = Because::from(&error);
                    self.finish_request(&row, LibraryRequestState::Failed, Some(&because), now)?;
                }
            }
        }
        Ok(())
    }
}
