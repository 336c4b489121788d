//! Libraries, drives and media are enabled and disabled.

use super::Ended;
use crate::catalog::LibraryRequestRow;
use crate::error::Result;
use crate::library::Attached;
use crate::model::LibraryOperation;

impl Attached {
    /// Enables or disables what a request names. A drive that is disabled gives away the medium that
    /// nobody uses, if it can.
    pub(super) fn carry_out_switch(&self, row: &LibraryRequestRow) -> Result<Ended> {
        let (library, now) = (row.library, self.now());
        let (task, drive) = (row.task.clone(), row.task.drive);
        let drive = self.host.catalog.write(move |transaction| {
            transaction.switch(library, &task, now)?;
            Ok(drive.map(|id| transaction.drive_by_id(id)).transpose()?.flatten())
        })?;
        if row.task.operation == LibraryOperation::DisableDrive
            && let Some(drive) = drive
            && let Err(error) = self.drive_unit(drive.key).and_then(|unit| self.tidy_drive(unit))
        {
            tracing::warn!(%error, "a disabled drive keeps its medium");
        }
        self.changed.raise();
        Ok(Ended::Passed)
    }
}
