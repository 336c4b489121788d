//! The ids of the elements a medium can be in.

use rusqlite::params;

use super::column::id;
use super::failure::damaged;
use super::transaction::View;
use crate::error::Result;
use crate::model::{DriveId, Id, PortId, SlotId};

const SLOT: &str = "SELECT id FROM slot WHERE key = ?1";
const DRIVE: &str = "SELECT id FROM drive WHERE key = ?1";
const PORT: &str = "SELECT id FROM port WHERE key = ?1";

impl View<'_> {
    pub(crate) fn slot_id(&self, key: i64) -> Result<SlotId> {
        self.element_id(SLOT, key)
    }

    pub(crate) fn drive_id(&self, key: i64) -> Result<DriveId> {
        self.element_id(DRIVE, key)
    }

    pub(crate) fn port_id(&self, key: i64) -> Result<PortId> {
        self.element_id(PORT, key)
    }

    fn element_id<T: Id>(&self, sql: &'static str, key: i64) -> Result<T> {
        self.first(sql, params![key], |row| id(row, 0))?
            .ok_or_else(|| damaged("an element that is referred to does not exist"))
    }
}
