//! Storage slots.

use rusqlite::{Row, params};

use super::column::{id, numbered, time};
use super::failure::damaged;
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{Id, ObjectType, SlotId, SlotState, Timestamp};

/// A slot's row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SlotRow {
    pub(crate) key: i64,
    pub(crate) id: SlotId,
    pub(crate) library: i64,
    pub(crate) number: u32,
    pub(crate) changer: i64,
    pub(crate) address: u16,
    pub(crate) state: SlotState,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

/// What the catalog says about one slot of a changer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SlotContent {
    pub(crate) key: i64,
    pub(crate) address: u16,
    pub(crate) state: SlotState,
    /// The medium in it.
    pub(crate) medium: Option<i64>,
    /// The medium's bar code, when it can be read.
    pub(crate) bar_code: Option<String>,
    /// Something is being done with the cartridge that belongs here.
    pub(crate) is_under_way: bool,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, library, number, changer, address, state, description, created, \
             modified FROM slot ",
            $rest
        )
    };
}

const BY_KEY: &str = select!("WHERE key = ?1");
const BY_ID: &str = select!("WHERE id = ?1");
const PLACES: &str =
    "SELECT key, address FROM slot WHERE changer = ?1 AND address >= ?2 ORDER BY address LIMIT ?3";
const LAST_NUMBER: &str = "SELECT number FROM slot WHERE library = ?1 ORDER BY number DESC LIMIT 1";
const CONTENTS: &str = "SELECT s.key, s.address, s.state, m.key, m.bar_code, \
     m.bar_code_readable, v.drive IS NOT NULL \
     FROM slot s LEFT JOIN medium m ON m.slot = s.key AND m.slot IS NOT NULL \
     LEFT JOIN movement v ON v.slot = s.key \
     WHERE s.changer = ?1 AND s.address BETWEEN ?2 AND ?3 ORDER BY s.address";
// The literals are those of the indexes slot_empty and medium_home.
const EMPTY_UNCLAIMED: &str = "SELECT key FROM slot WHERE changer = ?1 AND state = 2 \
     AND NOT EXISTS (SELECT 1 FROM medium WHERE home_slot = slot.key \
     AND home_slot IS NOT NULL AND slot IS NULL) \
     AND key IS NOT (SELECT cleaner_slot FROM library WHERE library.key = slot.library) \
     ORDER BY address LIMIT 1";
const EMPTY: &str = "SELECT key FROM slot WHERE changer = ?1 AND state = 2 \
     AND key IS NOT (SELECT cleaner_slot FROM library WHERE library.key = slot.library) \
     ORDER BY address LIMIT 1";
const INSERT: &str = "INSERT INTO slot (id, library, number, changer, address, state, created, \
     modified) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)";
const DESCRIBE: &str = "UPDATE slot SET description = ?2, modified = ?3 WHERE key = ?1";
const SET_STATE: &str = "UPDATE slot SET state = ?2, cleaner = ?4, modified = ?3 \
     WHERE key = ?1 AND (state <> ?2 OR cleaner <> ?4) RETURNING id";

fn read(row: &Row<'_>) -> rusqlite::Result<SlotRow> {
    Ok(SlotRow {
        key: row.get(0)?,
        id: id(row, 1)?,
        library: row.get(2)?,
        number: row.get(3)?,
        changer: row.get(4)?,
        address: row.get(5)?,
        state: numbered(row, 6)?,
        description: row.get(7)?,
        created: time(row, 8)?,
        modified: time(row, 9)?,
    })
}

fn read_content(row: &Row<'_>) -> rusqlite::Result<SlotContent> {
    let readable: Option<bool> = row.get(5)?;
    let bar_code: Option<String> = if readable == Some(true) { row.get(4)? } else { None };
    Ok(SlotContent {
        key: row.get(0)?,
        address: row.get(1)?,
        state: numbered(row, 2)?,
        medium: row.get(3)?,
        bar_code: bar_code.filter(|code| !code.is_empty()),
        is_under_way: row.get(6)?,
    })
}

impl View<'_> {
    pub(crate) fn slot(&self, key: i64) -> Result<SlotRow> {
        self.first(BY_KEY, params![key], read)?
            .ok_or_else(|| damaged("a slot that is referred to does not exist"))
    }

    pub(crate) fn slot_by_id(&self, id: SlotId) -> Result<Option<SlotRow>> {
        self.first(BY_ID, params![id.to_bytes()], read)
    }

    /// Keys and addresses of a changer's slots from an address on.
    pub(crate) fn slot_places(
        &self,
        changer: i64,
        from: u32,
        limit: u32,
    ) -> Result<Vec<(i64, u16)>> {
        self.all(PLACES, params![changer, from, limit], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// The highest slot number of a library, 0 without slots.
    pub(crate) fn last_slot_number(&self, library: i64) -> Result<u32> {
        Ok(self.first(LAST_NUMBER, params![library], |row| row.get(0))?.unwrap_or(0))
    }

    /// What the slots between two addresses hold.
    pub(crate) fn slot_contents(
        &self,
        changer: i64,
        first: u16,
        last: u16,
    ) -> Result<Vec<SlotContent>> {
        self.all(CONTENTS, params![changer, first, last], read_content)
    }

    /// Whether a cartridge may be put into the slot if nothing is in it: the reserved slot is for
    /// the cleaner alone. [`first_empty_slot`](Self::first_empty_slot) goes by the same rule.
    pub(crate) fn is_for_data(&self, slot: &SlotRow) -> Result<bool> {
        Ok(self.library(slot.library)?.cleaner_slot != Some(slot.key))
    }

    /// The first empty slot of a changer that no medium in a drive calls its home, else the first
    /// empty one. Never the slot of the cleaner.
    pub(crate) fn first_empty_slot(&self, changer: i64) -> Result<Option<i64>> {
        match self.first_free_slot(changer)? {
            Some(slot) => Ok(Some(slot)),
            None => self.first(EMPTY, params![changer], |row| row.get(0)),
        }
    }

    /// The first empty slot of a changer that no medium that is elsewhere calls its home. Never the
    /// slot of the cleaner.
    pub(crate) fn first_free_slot(&self, changer: i64) -> Result<Option<i64>> {
        self.first(EMPTY_UNCLAIMED, params![changer], |row| row.get(0))
    }
}

impl Transaction<'_> {
    /// Adds a slot about which nothing is known yet.
    pub(crate) fn insert_slot(
        &self,
        id: SlotId,
        library: i64,
        number: u32,
        (changer, address): (i64, u16),
        now: Timestamp,
    ) -> Result<i64> {
        let key = self.insert(
            INSERT,
            params![
                id.to_bytes(),
                library,
                number,
                changer,
                address,
                SlotState::Unknown.value(),
                now.as_micros()
            ],
        )?;
        self.inserted(ObjectType::StorageSlot, id);
        Ok(key)
    }

    /// Records what a slot holds; nothing is written when that is known already.
    pub(crate) fn set_slot_state(&self, slot: i64, state: SlotState, now: Timestamp) -> Result<()> {
        self.set_slot(slot, state, false, now)
    }

    /// Records that a slot holds a cleaning cartridge.
    pub(super) fn set_slot_of_cleaner(&self, slot: i64, now: Timestamp) -> Result<()> {
        self.set_slot(slot, SlotState::Full, true, now)
    }

    fn set_slot(&self, slot: i64, state: SlotState, cleaner: bool, now: Timestamp) -> Result<()> {
        let values = params![slot, state.value(), now.as_micros(), cleaner];
        let changed = self.first(SET_STATE, values, |row| id::<SlotId>(row, 0))?;
        changed.into_iter().for_each(|id| self.updated(ObjectType::StorageSlot, id));
        Ok(())
    }

    /// Stores the settable field.
    pub(crate) fn describe_slot(
        &self,
        row: &SlotRow,
        description: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.execute(DESCRIBE, params![row.key, description, now.as_micros()])?;
        self.updated(ObjectType::StorageSlot, row.id);
        Ok(())
    }
}
