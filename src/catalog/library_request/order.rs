//! The order of the mounts that wait in a library.
//!
//! A mount has a place, a number with gaps between it and those before and behind: what is put
//! between two others moves neither. The mounts of one call share a place, and lie in it by their
//! keys. When a gap is used up, all places of the library are given out anew.

use rusqlite::params;

use super::LibraryRequestRow;
use crate::catalog::{Transaction, View};
use crate::error::Result;
use crate::model::{LibraryOperation, MountPriority, ObjectType, Timestamp};

/// From the place of the last to that behind it, and from the first to that before it.
const APART: i64 = 1 << 32;
/// The same between two others, if there is room.
const BETWEEN: i64 = 1 << 16;

/// A place that no mount has.
const NOBODY: i64 = i64::MIN;

const LAST_OF_PRIORITY: &str = "SELECT place FROM library_request WHERE library = ?1 \
     AND priority = ?2 AND place < ?3 AND operation = 17 AND state IN (0, 5) AND pinned = 0 \
     ORDER BY place DESC LIMIT 1";
const FIRST_PINNED: &str = "SELECT place FROM library_request WHERE library = ?1 \
     AND operation = 17 AND state IN (0, 5) AND pinned = 1 ORDER BY place LIMIT 1";
const NEXT: &str = "SELECT place FROM library_request WHERE library = ?1 AND place > ?2 \
     AND place <> ?3 AND operation = 17 AND state IN (0, 5) ORDER BY place LIMIT 1";
const PREVIOUS: &str = "SELECT place FROM library_request WHERE library = ?1 AND place < ?2 \
     AND place <> ?3 AND operation = 17 AND state IN (0, 5) ORDER BY place DESC LIMIT 1";
const NTH: &str = "SELECT place FROM library_request WHERE library = ?1 AND place <> ?2 \
     AND operation = 17 AND state IN (0, 5) ORDER BY place, key LIMIT 1 OFFSET ?3";
const RANK: &str = "SELECT count(*) FROM library_request WHERE library = ?1 \
     AND (place, key) <= (?2, ?3) AND operation = 17 AND state IN (0, 5)";
const COUNT: &str = "SELECT count(*) FROM library_request WHERE library = ?1 AND operation = 17 \
     AND state IN (0, 5)";
const ALL: &str = "SELECT key, place FROM library_request WHERE library = ?1 AND operation = 17 \
     AND state IN (0, 5) ORDER BY place, key";
const SET: &str = "UPDATE library_request SET place = ?2 WHERE key = ?1";
const PUT: &str = "UPDATE library_request SET place = ?2, pinned = ?3, modified = ?4 \
     WHERE key = ?1";

/// A place between two others, if there is one.
fn between(before: Option<i64>, behind: Option<i64>) -> Option<i64> {
    match (before, behind) {
        (None, None) => Some(0),
        (Some(before), None) => before.checked_add(APART),
        (None, Some(behind)) => behind.checked_sub(APART),
        (Some(before), Some(behind)) => {
            let step = (behind.saturating_sub(before) / 2).min(BETWEEN);
            (step > 0).then(|| before.saturating_add(step))
        }
    }
}

impl LibraryRequestRow {
    /// Whether it has a place in the order of the mounts that wait.
    fn is_ordered(&self) -> bool {
        self.task.operation == LibraryOperation::Mount && self.is_waiting()
    }
}

impl View<'_> {
    /// The rank of a mount among those that wait in its library, from 1; 0 for everything else.
    pub(crate) fn order_of(&self, row: &LibraryRequestRow) -> Result<u32> {
        if !row.is_ordered() {
            return Ok(0);
        }
        let values = params![row.library, row.place, row.key];
        Ok(self.first(RANK, values, |row| row.get(0))?.unwrap_or(0))
    }

    fn place(&self, statement: &'static str, values: [i64; 3]) -> Result<Option<i64>> {
        self.first(statement, values, |row| row.get(0))
    }

    /// The place behind which a new mount goes: that of the last one of the same or a higher
    /// priority, but before those that were put last.
    fn last_before(&self, library: i64, priority: MountPriority) -> Result<Option<i64>> {
        let pinned: Option<i64> = self.first(FIRST_PINNED, params![library], |row| row.get(0))?;
        let limit = pinned.unwrap_or(i64::MAX);
        let mut last = None;
        for priority in priority.value()..=MountPriority::HIGHEST.value() {
            last = last.max(self.place(LAST_OF_PRIORITY, [library, priority.into(), limit])?);
        }
        Ok(last)
    }

    /// The place that is at this rank when the mount itself is taken out, if there is room.
    fn place_at(&self, row: &LibraryRequestRow, order: u32) -> Result<Option<i64>> {
        let (library, own) = (row.library, row.place);
        let behind = self.place(NTH, [library, own, i64::from(order) - 1])?;
        let before = self.place(PREVIOUS, [library, behind.unwrap_or(i64::MAX), own])?;
        Ok(between(before, behind))
    }
}

impl Transaction<'_> {
    /// The place of a new mount.
    pub(super) fn new_place(&self, library: i64, priority: MountPriority) -> Result<i64> {
        let find = || -> Result<Option<i64>> {
            let before = self.last_before(library, priority)?;
            let behind = self.place(NEXT, [library, before.unwrap_or(i64::MIN), NOBODY])?;
            Ok(between(before, behind))
        };
        match find()? {
            Some(place) => Ok(place),
            None => {
                self.renumber(library)?;
                Ok(find()?.unwrap_or_default())
            }
        }
    }

    /// Gives out all places anew.
    fn renumber(&self, library: i64) -> Result<()> {
        let rows: Vec<(i64, i64)> =
            self.all(ALL, params![library], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (mut last, mut place) = (None, 0_i64);
        for (key, old) in rows {
            if last.is_some_and(|last| last != old) {
                place = place.saturating_add(APART);
            }
            last = Some(old);
            self.execute(SET, params![key, place])?;
        }
        Ok(())
    }

    /// Puts a mount, with the others of its call, at this rank among those that wait in its library:
    /// last, and behind those that come later, when there are fewer. Says no when it has no order.
    pub(crate) fn set_order(
        &self,
        row: &LibraryRequestRow,
        order: u32,
        now: Timestamp,
    ) -> Result<bool> {
        if !row.is_ordered() {
            return Ok(false);
        }
        let place = match self.place_at(row, order)? {
            Some(place) => place,
            None => {
                self.renumber(row.library)?;
                let row = self.library_request(row.id)?.unwrap_or_else(|| row.clone());
                self.place_at(&row, order)?.unwrap_or_default()
            }
        };
        let count: u32 = self.first(COUNT, params![row.library], |row| row.get(0))?.unwrap_or(0);
        for member in self.requests_of_call(row.call)? {
            self.execute(PUT, params![member.key, place, order > count, now.as_micros()])?;
            self.updated(ObjectType::LibraryRequest, member.id);
        }
        self.wake_library(row.library)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_between_their_neighbours_until_there_is_no_room() {
        assert_eq!(between(None, None), Some(0));
        assert_eq!(between(Some(5), None), Some(5 + APART));
        assert_eq!(between(None, Some(5)), Some(5 - APART));
        assert_eq!(between(Some(0), Some(APART)), Some(BETWEEN));
        assert_eq!(between(Some(0), Some(2)), Some(1));
        assert_eq!(between(Some(0), Some(1)), None);
        assert_eq!(between(Some(i64::MAX), None), None);
        assert_eq!(between(None, Some(i64::MIN)), None);
        let (mut behind, mut steps) = (APART, 0);
        while let Some(place) = between(Some(0), Some(behind)) {
            assert!(0 < place && place < behind);
            (behind, steps) = (place, steps + 1);
        }
        assert_eq!(steps, 17, "always in the same gap");
        let (mut before, mut steps) = (0, 0);
        while let Some(place) = between(Some(before), Some(APART)) {
            assert!(before < place && place < APART);
            (before, steps) = (place, steps + 1);
        }
        assert!(steps > 65_000, "a queue of another priority grows before the others");
    }
}
