//! How reservations end.

use rusqlite::params;
use uuid::Uuid;

use super::ReservationRow;
use crate::catalog::transaction::Transaction;
use crate::error::{ErrorKind, Result};
use crate::model::ObjectType;

const DELETE: &str = "DELETE FROM drive_reservation WHERE key = ?1";
const END: &str = "UPDATE drive_reservation SET ended = ?2 WHERE key = ?1";

impl Transaction<'_> {
    /// The drive is open to others from now on; the library looks who has waited for it.
    pub(crate) fn release_reservation(&self, row: &ReservationRow) -> Result<()> {
        self.delete_reservation(row)?;
        if row.ended.is_none() {
            let drive = self.drive(row.drive)?;
            self.updated(ObjectType::Drive, drive.id);
            self.wake(row.id);
            self.wake_library(drive.library)?;
        }
        Ok(())
    }

    pub(super) fn delete_reservation(&self, row: &ReservationRow) -> Result<()> {
        self.execute(DELETE, params![row.key])?;
        Ok(())
    }

    /// A call that asked for a drive is gone, or its reservation is not wanted any more: nothing of
    /// it stays.
    pub(crate) fn drop_reservation(&self, id: Uuid) -> Result<()> {
        self.end_drive_waits(id)?;
        match self.reservation(id)? {
            Some(row) => self.release_reservation(&row),
            None => Ok(()),
        }
    }

    /// A session keeps no drive any more.
    pub(crate) fn release_reservations_of_session(&self, session: Uuid) -> Result<()> {
        let rows = self.reservations_of_session(session)?;
        rows.iter().try_for_each(|row| self.release_reservation(row))
    }

    /// A process has died.
    pub(in crate::catalog) fn release_reservations_of_process(&self, process: i64) -> Result<()> {
        self.end_drive_waits_of_process(process)?;
        let rows = self.reservations_of_process(process)?;
        rows.iter().try_for_each(|row| self.release_reservation(row))
    }

    /// The drive cannot be used any more. Its owner learns that from his next call.
    pub(in crate::catalog) fn end_reservation_of_drive(
        &self,
        drive: i64,
        why: ErrorKind,
    ) -> Result<()> {
        if let Some(row) = self.reservation_of_drive(drive)? {
            self.execute(END, params![row.key, why.code()])?;
            self.updated(ObjectType::Drive, self.drive_id(drive)?);
            self.wake(row.id);
        }
        self.wake_drive_waits(self.drive(drive)?.library)
    }

    /// No drive of the library can be used any more.
    pub(in crate::catalog) fn end_reservations_of_library(
        &self,
        library: i64,
        why: ErrorKind,
    ) -> Result<()> {
        for drive in self.drives_of_library(library)? {
            self.end_reservation_of_drive(drive.key, why)?;
        }
        self.wake_drive_waits(library)
    }
}
