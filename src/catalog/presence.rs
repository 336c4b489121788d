//! Which media are where, for an inventory: looked up by bar code, label or place, and brought
//! online in batches.

use rusqlite::{Row, params};

use super::cartridge::first_side_key;
use super::column::id;
use super::failure::damaged;
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{MediaState, ObjectType, PhysicalMediaId, SlotId, SlotState, Timestamp};

/// As much of a medium as finding its place takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MediumPlace {
    pub(crate) key: i64,
    pub(crate) library: i64,
    pub(crate) slot: Option<i64>,
    pub(crate) drive: Option<i64>,
    pub(crate) home_slot: Option<i64>,
    pub(crate) is_idle: bool,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT key, library, slot, drive, home_slot, state FROM medium ", $rest)
    };
}

// The literals are those of the indexes.
const BY_BAR_CODE: &str = select!("WHERE bar_code = ?1 AND bar_code <> '' ORDER BY key LIMIT 2");
const BY_KEY: &str = select!("WHERE key = ?1");
const OF_LIBRARY: &str = select!("WHERE library = ?1 AND key > ?2 ORDER BY key LIMIT ?3");
const ANY: &str = "SELECT 1 FROM medium WHERE key > 0 LIMIT 1";
const OF_SLOT: &str = "SELECT key FROM medium WHERE slot = ?1 AND slot IS NOT NULL";
const OF_DRIVE: &str = "SELECT key FROM medium WHERE drive = ?1 AND drive IS NOT NULL";
const AT_HOME: &str = "SELECT key FROM medium WHERE home_slot = ?1 AND home_slot IS NOT NULL \
     AND slot IS NULL AND drive IS NULL AND port IS NULL ORDER BY key LIMIT 1";
const FROM_HOME: &str = "SELECT key FROM medium WHERE home_slot = ?1 AND home_slot IS NOT NULL \
     AND drive IS NOT NULL ORDER BY key LIMIT 1";
const BY_LABEL: &str = "SELECT key FROM side WHERE label_id = ?1 AND label_type = ?2 \
     AND label_id IS NOT NULL ORDER BY key LIMIT ?3";
const UNPREPARED: &str = "SELECT key FROM side WHERE library = ?1 AND state = 1 AND key >= ?2 \
     ORDER BY key LIMIT 1";
const IN_SLOT: &str = "UPDATE medium SET library = ?2, slot = ?3, drive = NULL, port = NULL, \
     home_slot = ?3, state = ?4, modified = ?5 WHERE key = ?1 RETURNING id";
const SIDES_IN: &str =
    "UPDATE side SET library = ?2 WHERE key BETWEEN ?1 AND ?1 + 255 AND library <> ?2";
const SLOT_FULL: &str =
    "UPDATE slot SET state = ?2, cleaner = 0, modified = ?3 WHERE key = ?1 RETURNING id";
const NOWHERE: &str = "UPDATE medium SET slot = NULL, modified = ?2 WHERE key = ?1 RETURNING id";

fn read(row: &Row<'_>) -> rusqlite::Result<MediumPlace> {
    let state: u32 = row.get(5)?;
    Ok(MediumPlace {
        key: row.get(0)?,
        library: row.get(1)?,
        slot: row.get(2)?,
        drive: row.get(3)?,
        home_slot: row.get(4)?,
        is_idle: state == MediaState::Idle.value(),
    })
}

impl View<'_> {
    /// The first two media with this bar code: more than one says that it identifies none.
    pub(crate) fn media_with_bar_code(&self, bar_code: &str) -> Result<Vec<MediumPlace>> {
        self.all(BY_BAR_CODE, params![bar_code], read)
    }

    pub(crate) fn medium_place(&self, medium: i64) -> Result<Option<MediumPlace>> {
        self.first(BY_KEY, params![medium], read)
    }

    /// A library's media with keys above `after`.
    pub(crate) fn media_places(
        &self,
        library: i64,
        after: i64,
        limit: u32,
    ) -> Result<Vec<MediumPlace>> {
        self.all(OF_LIBRARY, params![library, after, limit], read)
    }

    /// Whether the catalog knows any medium.
    pub(crate) fn has_media(&self) -> Result<bool> {
        Ok(self.first(ANY, [], |_| Ok(()))?.is_some())
    }

    pub(crate) fn medium_in_slot(&self, slot: i64) -> Result<Option<i64>> {
        self.first(OF_SLOT, params![slot], |row| row.get(0))
    }

    pub(crate) fn medium_in_drive(&self, drive: i64) -> Result<Option<i64>> {
        self.first(OF_DRIVE, params![drive], |row| row.get(0))
    }

    /// A medium that belongs into this slot and is nowhere.
    pub(crate) fn medium_missing_from(&self, slot: i64) -> Result<Option<i64>> {
        self.first(AT_HOME, params![slot], |row| row.get(0))
    }

    /// The medium that is in this slot, or belongs there and is in a drive.
    pub(crate) fn medium_of_slot(&self, slot: i64) -> Result<Option<i64>> {
        match self.medium_in_slot(slot)? {
            Some(medium) => Ok(Some(medium)),
            None => self.first(FROM_HOME, params![slot], |row| row.get(0)),
        }
    }

    /// Keys of sides with this label, at most `limit`.
    pub(crate) fn sides_with_label(
        &self,
        label_type: &str,
        label_id: &[u8],
        limit: u32,
    ) -> Result<Vec<i64>> {
        self.all(BY_LABEL, params![label_id, label_type, limit], |row| row.get(0))
    }

    /// The first side from this key on that waits in this library for its free label.
    pub(crate) fn unprepared_side(&self, library: i64, from: i64) -> Result<Option<i64>> {
        self.first(UNPREPARED, params![library, from], |row| row.get(0))
    }
}

impl Transaction<'_> {
    /// An idle medium is in this slot now; nothing else about it changes, so how searches find it
    /// does not either.
    ///
    /// Whoever calls this counts the medium in its libraries.
    pub(crate) fn seat_idle_medium(
        &self,
        medium: &MediumPlace,
        library: i64,
        slot: i64,
        now: Timestamp,
    ) -> Result<()> {
        let idle = MediaState::Idle.value();
        let values = params![medium.key, library, slot, idle, now.as_micros()];
        let id = self.first(IN_SLOT, values, |row| id::<PhysicalMediaId>(row, 0))?;
        let id = id.ok_or_else(|| damaged("a medium that was found does not exist"))?;
        self.updated(ObjectType::PhysicalMedia, id);
        if medium.library != library {
            self.move_sides(medium.key, library)?;
            self.ask_for_missing_labels(medium.key, now)?;
            self.follow_move(id, now)?;
            self.supplied_everywhere();
        }
        let values = params![slot, SlotState::Full.value(), now.as_micros()];
        let id = self.first(SLOT_FULL, values, |row| super::column::id::<SlotId>(row, 0))?;
        id.into_iter().for_each(|id| self.updated(ObjectType::StorageSlot, id));
        Ok(())
    }

    /// The sides of a medium are listed where it is.
    pub(super) fn move_sides(&self, medium: i64, library: i64) -> Result<()> {
        self.execute(SIDES_IN, params![first_side_key(medium), library])?;
        Ok(())
    }

    /// The medium is not in its slot any more, and nobody has seen it elsewhere yet.
    pub(crate) fn unseat_medium(&self, medium: i64, now: Timestamp) -> Result<()> {
        let values = params![medium, now.as_micros()];
        let id = self.first(NOWHERE, values, |row| id::<PhysicalMediaId>(row, 0))?;
        id.into_iter().for_each(|id| self.updated(ObjectType::PhysicalMedia, id));
        Ok(())
    }

    /// So many media came to a library, by the library they came from.
    pub(crate) fn count_arrivals(
        &self,
        library: i64,
        came_from: &[(i64, i64)],
        now: Timestamp,
    ) -> Result<()> {
        for (from, media) in came_from.iter().filter(|(from, _)| *from != library) {
            self.count_in_library(*from, -media, now)?;
            self.count_in_library(library, *media, now)?;
        }
        Ok(())
    }
}
