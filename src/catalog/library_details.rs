//! What a library's record shows besides its row.

use rusqlite::params;

use super::column::id_or_null;
use super::failure::damaged;
use super::transaction::View;
use crate::error::Result;
use crate::model::SlotId;

/// Cleaning, and what belongs to the library.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LibraryDetails {
    pub(crate) cleaner_slot: Option<SlotId>,
    pub(crate) cleaner_slot_default: Option<SlotId>,
    pub(crate) drive_cleaning: bool,
    pub(crate) cleaner_uses: u32,
    pub(crate) media_types: u32,
    pub(crate) changers: Elements,
    pub(crate) drives: Elements,
    pub(crate) slots: Elements,
    pub(crate) doors: Elements,
    pub(crate) ports: Elements,
    pub(crate) requests: u32,
}

/// How many elements of a kind there are, and the number of the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Elements {
    pub(crate) count: u32,
    pub(crate) first: u32,
}

const CLEANING: &str = "SELECT c.id, d.id, l.drive_cleaning, l.cleaner_uses, \
     (SELECT count(*) FROM library_media_type t WHERE t.library = l.key) FROM library l \
     LEFT JOIN slot c ON c.key = l.cleaner_slot \
     LEFT JOIN slot d ON d.key = l.cleaner_slot_default WHERE l.key = ?1";
const CHANGERS: &str = "SELECT count(*), coalesce(min(number), 0) FROM changer WHERE library = ?1";
const DRIVES: &str = "SELECT count(*), coalesce(min(number), 0) FROM drive WHERE library = ?1";
// Slots are numbered without gaps, and go with their library: of many thousands, nobody counts each.
const SLOTS: &str = "SELECT coalesce((SELECT max(number) FROM slot WHERE library = ?1) - \
     (SELECT min(number) FROM slot WHERE library = ?1) + 1, 0), \
     coalesce((SELECT min(number) FROM slot WHERE library = ?1), 0)";
const DOORS: &str = "SELECT count(*), coalesce(min(number), 0) FROM door WHERE library = ?1";
const PORTS: &str = "SELECT count(*), coalesce(min(number), 0) FROM port WHERE library = ?1";

impl View<'_> {
    pub(crate) fn library_details(&self, library: i64) -> Result<LibraryDetails> {
        let elements = |sql| {
            let elements = self.first(sql, params![library], |row| {
                Ok(Elements { count: row.get(0)?, first: row.get(1)? })
            })?;
            elements.ok_or_else(|| damaged("a count gave nothing"))
        };
        let (changers, drives, slots) = (elements(CHANGERS)?, elements(DRIVES)?, elements(SLOTS)?);
        let (doors, ports) = (elements(DOORS)?, elements(PORTS)?);
        let requests = self.count_requests(library)?;
        let details = self.first(CLEANING, params![library], |row| {
            Ok(LibraryDetails {
                cleaner_slot: id_or_null(row, 0)?,
                cleaner_slot_default: id_or_null(row, 1)?,
                drive_cleaning: row.get(2)?,
                cleaner_uses: row.get(3)?,
                media_types: row.get(4)?,
                changers,
                drives,
                slots,
                doors,
                ports,
                requests,
            })
        })?;
        details.ok_or_else(|| damaged("a library that is referred to does not exist"))
    }
}
