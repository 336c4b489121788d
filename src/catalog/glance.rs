//! What there may be to do in a library, at one glance.

use rusqlite::params;

use super::transaction::View;
use crate::error::Result;

/// What waits in a library. What is begun does not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Glance {
    /// Mounts for which people are asked, in any library.
    pub(crate) absent_media: bool,
    /// Dismounts that have not been begun.
    pub(crate) dismounts: bool,
    /// Work that is no mount, dismount or label and no cartridge to be read, or is being done.
    pub(crate) work: bool,
    /// Calls that want a drive for themselves, mounts and cartridges to be read that nobody has
    /// looked at, and these and labels while any drive may be had.
    pub(crate) for_drives: bool,
}

/// Who waits for a drive has no use for a look while each is in use.
const GLANCE: &str = "SELECT \
     EXISTS (SELECT 1 FROM library_request WHERE library IN (SELECT key FROM library) \
     AND completed IS NULL AND operator_request IS NOT NULL), \
     EXISTS (SELECT 1 FROM library_request WHERE library = ?1 AND operation = 16 AND state = 0) \
     OR EXISTS (SELECT 1 FROM library_request WHERE library = ?1 AND operation = 16 \
     AND operation <> 17 AND state = 5), \
     EXISTS (SELECT 1 FROM library_request WHERE library = ?1 AND operation < 14 \
     AND completed IS NULL) \
     OR EXISTS (SELECT 1 FROM library_request WHERE library = ?1 AND operation = 15 \
     AND completed IS NULL) \
     OR EXISTS (SELECT 1 FROM library_request WHERE library = ?1 AND operation > 19 \
     AND completed IS NULL), \
     EXISTS (SELECT 1 FROM drive_wait WHERE library = ?1) \
     OR EXISTS (SELECT 1 FROM library_request WHERE library = ?1 AND operation = 17 \
     AND state = 0) \
     OR EXISTS (SELECT 1 FROM library_request WHERE library = ?1 AND operation = 14 \
     AND state = 0) \
     OR EXISTS (SELECT 1 FROM library_request WHERE library = ?1 AND operation = 19 \
     AND state = 0) \
     OR ((EXISTS (SELECT 1 FROM library_request WHERE library = ?1 AND operation = 17 \
     AND state IN (0, 5)) \
     OR EXISTS (SELECT 1 FROM library_request WHERE library = ?1 AND operation = 18 \
     AND completed IS NULL AND state IN (0, 5)) \
     OR EXISTS (SELECT 1 FROM library_request WHERE library = ?1 AND operation = 14 \
     AND completed IS NULL AND state IN (0, 5)) \
     OR EXISTS (SELECT 1 FROM library_request WHERE library = ?1 AND operation = 19 \
     AND completed IS NULL AND state IN (0, 5))) \
     AND EXISTS (SELECT 1 FROM drive d WHERE d.library = ?1 AND d.state IN (0, 5, 7) \
     AND d.enabled = 1 AND d.operational_state = 0 \
     AND NOT EXISTS (SELECT 1 FROM movement v WHERE v.drive = d.key)))";

impl View<'_> {
    /// What waits in a library.
    pub(crate) fn glance(&self, library: i64) -> Result<Glance> {
        let glance = self.first(GLANCE, params![library], |row| {
            Ok(Glance {
                absent_media: row.get(0)?,
                dismounts: row.get(1)?,
                work: row.get(2)?,
                for_drives: row.get(3)?,
            })
        })?;
        Ok(glance.unwrap_or_default())
    }
}
