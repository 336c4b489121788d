//! Finished requests are forgotten after a time.

use std::time::Duration;

use rusqlite::params;
use uuid::Uuid;

use crate::catalog::Transaction;
use crate::catalog::column::{id, uuid};
use crate::catalog::failure::damaged;
use crate::error::Result;
use crate::model::{LibraryRequestFlags, LibraryRequestId, Timestamp};

/// Requests that one new request purges at most, of each kind.
const AT_ONCE: u32 = 4;

const SETTINGS: &str =
    "SELECT id, library_request_purge, library_request_flags FROM computer WHERE key = 1";
const PURGE: &str = "DELETE FROM library_request WHERE key IN (SELECT key FROM library_request \
     WHERE (state = 3) = ?1 AND completed <= ?2 AND completed IS NOT NULL \
     ORDER BY completed LIMIT ?3) RETURNING id";

/// What the computer object says.
pub(super) struct Settings {
    /// Its id: what tells this catalog from others.
    pub(super) catalog: Uuid,
    keep: Duration,
    flags: LibraryRequestFlags,
}

impl Transaction<'_> {
    /// Deletes a few of the requests whose time is over.
    pub(super) fn purge_library_requests(&self, now: Timestamp) -> Result<Settings> {
        let settings = self.first(SETTINGS, [], |row| {
            let seconds: u32 = row.get(1)?;
            Ok(Settings {
                catalog: uuid(row, 0)?,
                keep: Duration::from_secs(u64::from(seconds)),
                flags: LibraryRequestFlags::from_bits_retain(row.get(2)?),
            })
        })?;
        let settings = settings.ok_or_else(|| damaged("the catalog has no computer object"))?;
        if !settings.flags.contains(LibraryRequestFlags::NO_AUTO_PURGE) {
            self.purge(false, &settings, now)?;
            if !settings.flags.contains(LibraryRequestFlags::NO_FAILED_PURGE) {
                self.purge(true, &settings, now)?;
            }
        }
        Ok(settings)
    }

    fn purge(&self, failed: bool, settings: &Settings, now: Timestamp) -> Result<()> {
        let keep = i64::try_from(settings.keep.as_micros()).unwrap_or(i64::MAX);
        let oldest = now.as_micros().saturating_sub(keep);
        let purged: Vec<LibraryRequestId> =
            self.all(PURGE, params![failed, oldest, AT_ONCE], |row| id(row, 0))?;
        purged.into_iter().try_for_each(|request| self.request_gone(request))
    }
}
