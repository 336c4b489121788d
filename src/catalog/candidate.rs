//! Finding a side that can be allocated.
//!
//! `side.grade` says how a search may find a side, and only gradable sides are in the index. One
//! look per usable library and grade gives the side whose medium came first; disabling a library
//! touches no side.

use rusqlite::params;

use super::transaction::View;
use crate::error::Result;
use crate::model::Grade;

const USABLE_LIBRARIES: &str = "SELECT key FROM library WHERE enabled = 1 AND operational_state IN (0, 20) AND stopped = 0 \
     AND type IN (2, 3)";
const FIRST: &str = "SELECT key FROM side WHERE pool = ?1 AND library = ?2 AND grade = ?3 \
     AND grade IS NOT NULL ORDER BY key LIMIT 1";
const FOUND_ELSEWHERE: &str = "SELECT count(*) FROM \
     (SELECT 1 FROM side WHERE pool = ?1 AND grade IS NOT NULL LIMIT ?2)";
const UNPREPARED: &str =
    "SELECT count(*) FROM (SELECT 1 FROM side WHERE pool = ?1 AND state = 1 LIMIT ?2)";
const DISABLED: &str = "SELECT count(*) FROM (SELECT 1 FROM medium m \
     CROSS JOIN side s ON s.key BETWEEN m.key << 8 AND (m.key << 8) + 255 \
     WHERE m.pool = ?1 AND m.enabled = 0 AND s.state = 4 LIMIT ?2)";

/// Sides that are not ready are counted up to here.
const COUNTED: u32 = 1000;

impl View<'_> {
    /// Keys of the libraries whose media can be used now.
    pub(crate) fn usable_libraries(&self) -> Result<Vec<i64>> {
        self.all(USABLE_LIBRARIES, [], |row| row.get(0))
    }

    /// The key of the first side of a pool, in the order of media, that a search may take; with
    /// `whole_medium` only sides whose siblings are free too.
    pub(crate) fn first_candidate(
        &self,
        pool: i64,
        libraries: &[i64],
        whole_medium: bool,
    ) -> Result<Option<i64>> {
        let grades: &[Grade] =
            if whole_medium { &[Grade::New] } else { &[Grade::New, Grade::Plain] };
        let mut first: Option<i64> = None;
        for library in libraries {
            for grade in grades {
                let found =
                    self.first(FIRST, params![pool, library, grade.stored()], |row| row.get(0))?;
                first = match (first, found) {
                    (Some(a), Some(b)) => Some(std::cmp::min::<i64>(a, b)),
                    (a, b) => a.or(b),
                };
            }
        }
        Ok(first)
    }

    /// How many sides of a pool in which a search has found nothing only wait to come online, to
    /// be enabled or to get their free label; counts up to a thousand of each kind.
    pub(crate) fn sides_not_ready(&self, pool: i64) -> Result<u32> {
        let mut sides = 0;
        for sql in [FOUND_ELSEWHERE, UNPREPARED, DISABLED] {
            let counted: Option<u32> = self.first(sql, params![pool, COUNTED], |row| row.get(0))?;
            sides += counted.unwrap_or_default();
        }
        Ok(sides)
    }
}
