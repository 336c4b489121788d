//! Final requests go when they have been kept long enough.

use rusqlite::params;

use crate::catalog::column::id;
use crate::catalog::failure::damaged;
use crate::catalog::transaction::Transaction;
use crate::error::Result;
use crate::model::{OperatorRequestFlags, OperatorRequestId, OperatorRequestState, Timestamp};

/// At most so many of a state go with one operation: more than one operation can add.
const AT_ONCE: u32 = 16;

const SETTINGS: &str =
    "SELECT operator_request_purge, operator_request_flags FROM computer WHERE key = 1";
// A waiting allocation takes note of its request first, and deletes it itself.
const DUE: &str = "SELECT id FROM operator_request r WHERE state = ?1 AND finished <= ?2 \
     AND finished IS NOT NULL \
     AND NOT EXISTS (SELECT 1 FROM allocation_wait w WHERE w.request = r.id) \
     ORDER BY finished LIMIT ?3";

impl Transaction<'_> {
    /// Deletes what is due. Costs two looks into an index when nothing is.
    pub(super) fn purge_operator_requests(&self, now: Timestamp) -> Result<()> {
        let settings = self.first(SETTINGS, [], |row| {
            Ok((row.get::<_, u32>(0)?, OperatorRequestFlags::from_bits_retain(row.get(1)?)))
        })?;
        let (seconds, flags) =
            settings.ok_or_else(|| damaged("the catalog has no computer object"))?;
        if flags.contains(OperatorRequestFlags::NO_AUTO_PURGE) {
            return Ok(());
        }
        let until = now.as_micros().saturating_sub(i64::from(seconds) * 1_000_000);
        self.purge_finished_until(OperatorRequestState::Complete, until)?;
        if flags.contains(OperatorRequestFlags::NO_FAILED_PURGE) {
            return Ok(());
        }
        self.purge_finished_until(OperatorRequestState::Refused, until)
    }

    fn purge_finished_until(&self, state: OperatorRequestState, until: i64) -> Result<()> {
        let values = params![state.value(), until, AT_ONCE];
        for request in self.all(DUE, values, |row| id::<OperatorRequestId>(row, 0))? {
            self.delete_operator_request(request)?;
        }
        Ok(())
    }
}
