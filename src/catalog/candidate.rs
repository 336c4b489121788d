//! Finding a side that can be allocated.
//!
//! `side.grade` says how a search may find a side, and only gradable sides are in the index. One
//! look per usable library and grade gives the side whose medium came first; disabling a library
//! touches no side.

use rusqlite::params;

use super::transaction::View;
use crate::error::Result;
use crate::model::Grade;

const USABLE_LIBRARIES: &str =
    "SELECT key FROM library WHERE enabled = 1 AND operational_state = 0 AND type IN (2, 3)";
const FIRST: &str = "SELECT key FROM side WHERE pool = ?1 AND library = ?2 AND grade = ?3 \
     AND grade IS NOT NULL ORDER BY key LIMIT 1";

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
}
