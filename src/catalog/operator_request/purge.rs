//! Final requests go when they have been kept long enough.

use rusqlite::params;

use crate::catalog::column::id;
use crate::catalog::failure::damaged;
use crate::catalog::transaction::{Transaction, View};
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

/// What may go: requests of these states that have been finished since then.
struct Purge {
    states: &'static [OperatorRequestState],
    until: i64,
}

impl View<'_> {
    fn purge_of_operator_requests(&self, now: Timestamp) -> Result<Purge> {
        use OperatorRequestState::{Complete, Refused};
        let settings = self.first(SETTINGS, [], |row| {
            Ok((row.get::<_, u32>(0)?, OperatorRequestFlags::from_bits_retain(row.get(1)?)))
        })?;
        let (seconds, flags) =
            settings.ok_or_else(|| damaged("the catalog has no computer object"))?;
        let states: &[_] = if flags.contains(OperatorRequestFlags::NO_AUTO_PURGE) {
            &[]
        } else if flags.contains(OperatorRequestFlags::NO_FAILED_PURGE) {
            &[Complete]
        } else {
            &[Complete, Refused]
        };
        let until = now.as_micros().saturating_sub(i64::from(seconds) * 1_000_000);
        Ok(Purge { states, until })
    }

    fn due(
        &self,
        state: OperatorRequestState,
        until: i64,
        most: u32,
    ) -> Result<Vec<OperatorRequestId>> {
        self.all(DUE, params![state.value(), until, most], |row| id(row, 0))
    }

    /// Whether anything is due.
    pub(in crate::catalog) fn are_operator_requests_due(&self, now: Timestamp) -> Result<bool> {
        let purge = self.purge_of_operator_requests(now)?;
        for state in purge.states {
            if !self.due(*state, purge.until, 1)?.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Transaction<'_> {
    /// Deletes what is due. Costs two looks into an index when nothing is.
    pub(in crate::catalog) fn purge_operator_requests(&self, now: Timestamp) -> Result<()> {
        let purge = self.purge_of_operator_requests(now)?;
        for state in purge.states {
            for request in self.due(*state, purge.until, AT_ONCE)? {
                self.delete_operator_request(request)?;
            }
        }
        Ok(())
    }
}
