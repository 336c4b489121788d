//! Free labels that nobody writes before somebody asks for them: after an import, the catalog may
//! be older than the tapes.

use rusqlite::params;

use super::cartridge::{SideRow, first_side_key};
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::Timestamp;

const IS_PUT_OFF: &str = "SELECT 1 FROM label_not_asked WHERE side = ?1";
const PUT_OFF_ALL: &str =
    "INSERT OR IGNORE INTO label_not_asked (side) SELECT key FROM side WHERE state = 1";
const OVER: &str = "DELETE FROM label_not_asked WHERE side = ?1";
const OVER_FOR_MEDIUM: &str = "DELETE FROM label_not_asked WHERE side BETWEEN ?1 AND ?1 + 255";

impl View<'_> {
    /// Whether the label of this Unprepared side waits for somebody to ask for it.
    pub(super) fn is_label_put_off(&self, side: &SideRow) -> Result<bool> {
        Ok(self.first(IS_PUT_OFF, params![side.key], |_| Ok(()))?.is_some())
    }
}

impl Transaction<'_> {
    /// Every side that is Unprepared now waits for somebody to ask for its label.
    pub(super) fn put_off_labels(&self) -> Result<()> {
        self.execute(PUT_OFF_ALL, [])?;
        Ok(())
    }

    /// The side is Unprepared no longer.
    pub(super) fn forget_put_off_label(&self, side: &SideRow) -> Result<()> {
        self.execute(OVER, params![side.key])?;
        Ok(())
    }

    /// Somebody asks for the labels of this medium: each Unprepared side that has no request gets
    /// one.
    pub(crate) fn ask_for_labels_of(&self, medium: i64, now: Timestamp) -> Result<()> {
        self.execute(OVER_FOR_MEDIUM, params![first_side_key(medium)])?;
        self.ask_for_missing_labels(medium, now)
    }
}
