//! Objects are enabled and disabled.

use super::free_pool::finish_pending_return;
use super::library_request::Task;
use super::transaction::Transaction;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{LibraryOperation, MediaState, ObjectType, Timestamp};

/// Whether the operation enables or disables something.
const fn switched(operation: LibraryOperation) -> Option<(ObjectType, bool)> {
    use LibraryOperation as Op;
    Some(match operation {
        Op::DisableLibrary => (ObjectType::Library, false),
        Op::EnableLibrary => (ObjectType::Library, true),
        Op::DisableDrive => (ObjectType::Drive, false),
        Op::EnableDrive => (ObjectType::Drive, true),
        Op::DisableMedia => (ObjectType::PhysicalMedia, false),
        Op::EnableMedia => (ObjectType::PhysicalMedia, true),
        _ => return None,
    })
}

fn check_differs(was: bool, enabled: bool) -> Result<()> {
    if was != enabled {
        return Ok(());
    }
    let reason = if was { "it is enabled already" } else { "it is disabled already" };
    Err(Error::new(ErrorKind::InvalidState, reason))
}

impl Transaction<'_> {
    /// Enables or disables what a task names, if that is what it is for; says whether it is.
    ///
    /// # Errors
    /// `InvalidState`: it is so already. `InvalidMedia`, `InvalidDrive`: it is gone.
    pub(crate) fn switch(&self, library: i64, task: &Task, now: Timestamp) -> Result<bool> {
        let Some((object, enabled)) = switched(task.operation) else { return Ok(false) };
        let done = match object {
            ObjectType::Library => self.switch_library(library, enabled, now),
            ObjectType::Drive => self.switch_drive(task, enabled, now),
            _ => self.switch_medium(task, enabled, now),
        };
        done.map(|()| true).map_err(|error| match task.subject {
            Some((object, id)) => error.about(object, id),
            None => error,
        })
    }

    fn switch_library(&self, library: i64, enabled: bool, now: Timestamp) -> Result<()> {
        let row = self.library(library)?;
        check_differs(row.enabled, enabled)?;
        self.enable_library(&row, enabled, now)
    }

    fn switch_drive(&self, task: &Task, enabled: bool, now: Timestamp) -> Result<()> {
        let row = task.drive.map(|id| self.drive_by_id(id)).transpose()?.flatten();
        let row = row.ok_or_else(|| Error::new(ErrorKind::InvalidDrive, "the drive is gone"))?;
        check_differs(row.enabled, enabled)?;
        self.enable_drive(&row, enabled, now)
    }

    /// A medium that waited for this to return to the free pool returns.
    fn switch_medium(&self, task: &Task, enabled: bool, now: Timestamp) -> Result<()> {
        let key = task.medium.map(|id| self.medium_key(id)).transpose()?.flatten();
        let key = key.ok_or_else(|| Error::new(ErrorKind::InvalidMedia, "the medium is gone"))?;
        let before = self.cartridge(key)?;
        check_differs(before.medium.enabled, enabled)?;
        let mut after = before.clone();
        after.medium.enabled = enabled;
        if enabled && after.medium.state == MediaState::Idle {
            finish_pending_return(self, &mut after)?;
        }
        self.store_cartridge(&before, after, now)
    }
}
