//! Libraries and the media types they list.

use rusqlite::{Row, params};

use super::column::{id, numbered, parsed, time, uuid};
use super::failure::damaged;
use super::transaction::{Transaction, View};
use crate::error::{ErrorKind, Result};
use crate::model::{
    Id, InventoryMethod, LibraryFlags, LibraryId, LibraryType, ObjectType, OperationalState,
    SecurityDescriptor, Timestamp,
};

/// The key of the offline library.
pub(crate) const OFFLINE_LIBRARY: i64 = 1;

/// A library's row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LibraryRow {
    pub(crate) key: i64,
    pub(crate) id: LibraryId,
    pub(crate) identity: Option<String>,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) security: SecurityDescriptor,
    pub(crate) enabled: bool,
    pub(crate) operational_state: OperationalState,
    pub(crate) library_type: LibraryType,
    pub(crate) flags: LibraryFlags,
    pub(crate) auto_recovery: bool,
    pub(crate) inventory_method: InventoryMethod,
    pub(crate) bar_code_reader: bool,
    pub(crate) media_count: u32,
    /// People may reach in: nothing moves.
    pub(crate) door_open: bool,
    /// The slot that is reserved for the cleaner.
    pub(crate) cleaner_slot: Option<i64>,
    /// How often the cleaner can still be used.
    pub(crate) cleaner_uses: u32,
    /// Drives that ask for it are cleaned.
    pub(crate) drive_cleaning: bool,
    /// Why it needs service.
    pub(crate) trouble: Option<Trouble>,
}

/// What is wrong with a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    pub(crate) reason: String,
    /// It can move nothing until a person has helped. Else, what can be used is used.
    pub(crate) stops: bool,
}

impl LibraryRow {
    /// Whether media in it count as offline: it is the offline library, or its hardware is gone.
    pub(crate) fn is_offline(&self) -> bool {
        self.library_type == LibraryType::Offline
            || self.operational_state == OperationalState::NotPresent
    }

    /// Whether it moves media, as far as it is known.
    pub(crate) fn is_working(&self) -> bool {
        match self.operational_state {
            OperationalState::Ready => true,
            OperationalState::NeedsService => self.trouble.as_ref().is_some_and(|t| !t.stops),
            OperationalState::Initializing | OperationalState::NotPresent => false,
        }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, identity, name, description, created, modified, security, enabled, \
             operational_state, type, flags, auto_recovery, inventory_method, bar_code_reader, \
             media_count, trouble, stopped, door_open, cleaner_slot, cleaner_uses, drive_cleaning FROM library ",
            $rest
        )
    };
}

const BY_KEY: &str = select!("WHERE key = ?1");
const BY_ID: &str = select!("WHERE id = ?1");
const ID: &str = "SELECT id FROM library WHERE key = ?1";
const ALL: &str = select!("ORDER BY key");
const BY_IDENTITY: &str = select!("WHERE identity = ?1");
const INSERT: &str = "INSERT INTO library (id, identity, name, created, modified, security, \
     operational_state, type, flags, bar_code_reader, drive_cleaning) \
     VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
const COUNT: &str = "UPDATE library SET media_count = media_count + ?2, modified = ?3 \
     WHERE key = ?1 RETURNING id";
const SET: &str = "UPDATE library SET name = ?2, description = ?3, inventory_method = ?4, \
     auto_recovery = ?5, flags = ?6, cleaner_uses = ?7, modified = ?8 WHERE key = ?1";
const SET_ENABLED: &str = "UPDATE library SET enabled = ?2, modified = ?3 WHERE key = ?1";
const SET_OPERATIONAL: &str = "UPDATE library SET operational_state = ?2, trouble = ?3, stopped = ?4, modified = ?5 \
     WHERE key = ?1";
const SET_READER: &str = "UPDATE library SET bar_code_reader = ?2, modified = ?3 WHERE key = ?1";
const SET_DOOR: &str = "UPDATE library SET door_open = ?2, modified = ?3 WHERE key = ?1";
const LIST: &str = "INSERT INTO library_media_type (library, media_type) VALUES (?1, ?2) \
     ON CONFLICT DO NOTHING";
const UNLIST: &str = "DELETE FROM library_media_type WHERE library = ?1 AND media_type = ?2";
const TOUCH: &str = "UPDATE library SET modified = ?2 WHERE key = ?1";
const LISTED_ANYWHERE: &str = "SELECT 1 FROM library_media_type WHERE media_type = ?1 LIMIT 1";
const LISTS: &str = "SELECT 1 FROM library_media_type WHERE library = ?1 AND media_type = ?2";
const HOLDS_TYPE: &str = "SELECT 1 FROM medium WHERE library = ?1 AND media_type = ?2 LIMIT 1";

fn trouble(reason: Option<String>, stops: bool) -> Option<Trouble> {
    reason.map(|reason| Trouble { reason, stops })
}

fn read(row: &Row<'_>) -> rusqlite::Result<LibraryRow> {
    Ok(LibraryRow {
        key: row.get(0)?,
        id: id(row, 1)?,
        identity: row.get(2)?,
        name: row.get(3)?,
        description: row.get(4)?,
        created: time(row, 5)?,
        modified: time(row, 6)?,
        security: parsed(row, 7)?,
        enabled: row.get(8)?,
        operational_state: numbered(row, 9)?,
        library_type: numbered(row, 10)?,
        flags: LibraryFlags::from_bits_retain(row.get(11)?),
        auto_recovery: row.get(12)?,
        inventory_method: numbered(row, 13)?,
        bar_code_reader: row.get(14)?,
        media_count: row.get(15)?,
        trouble: trouble(row.get(16)?, row.get(17)?),
        door_open: row.get(18)?,
        cleaner_slot: row.get(19)?,
        cleaner_uses: row.get(20)?,
        drive_cleaning: row.get(21)?,
    })
}

impl View<'_> {
    pub(crate) fn library(&self, key: i64) -> Result<LibraryRow> {
        self.first(BY_KEY, params![key], read)?
            .ok_or_else(|| damaged("a library that is referred to does not exist"))
    }

    pub(crate) fn library_by_id(&self, id: LibraryId) -> Result<Option<LibraryRow>> {
        self.first(BY_ID, params![id.to_bytes()], read)
    }

    /// Every library, the offline one first.
    pub(crate) fn libraries(&self) -> Result<Vec<LibraryRow>> {
        self.all(ALL, [], read)
    }

    pub(crate) fn library_by_identity(&self, identity: &str) -> Result<Option<LibraryRow>> {
        self.first(BY_IDENTITY, params![identity], read)
    }

    /// Whether the library lists the media type.
    pub(crate) fn lists_media_type(&self, library: i64, media_type: i64) -> Result<bool> {
        Ok(self.first(LISTS, params![library, media_type], |_| Ok(()))?.is_some())
    }

    /// Whether any library lists the media type.
    pub(crate) fn is_listed_anywhere(&self, media_type: i64) -> Result<bool> {
        Ok(self.first(LISTED_ANYWHERE, params![media_type], |_| Ok(()))?.is_some())
    }

    /// Whether a medium of the type is in the library.
    pub(crate) fn library_holds_type(&self, library: i64, media_type: i64) -> Result<bool> {
        Ok(self.first(HOLDS_TYPE, params![library, media_type], |_| Ok(()))?.is_some())
    }
}

impl Transaction<'_> {
    /// Whoever has the library looks what there is to do.
    pub(crate) fn wake_library(&self, library: i64) -> Result<()> {
        let id = self.first(ID, params![library], |row| uuid(row, 0))?;
        id.into_iter().for_each(|id| self.wake(id));
        Ok(())
    }

    /// Adds a library. Its key, counters, `auto_recovery` and `inventory_method` start as the schema says.
    pub(crate) fn insert_library(&self, row: &LibraryRow) -> Result<i64> {
        let key = self.insert(
            INSERT,
            params![
                row.id.to_bytes(),
                row.identity,
                row.name,
                row.created.as_micros(),
                row.security.to_string(),
                row.operational_state.value(),
                row.library_type.value(),
                row.flags.bits(),
                row.bar_code_reader,
                row.drive_cleaning
            ],
        )?;
        self.inserted(ObjectType::Library, row.id);
        Ok(key)
    }

    /// Lists a media type, unless it is listed.
    pub(crate) fn list_media_type(
        &self,
        library: &LibraryRow,
        media_type: i64,
        now: Timestamp,
    ) -> Result<()> {
        let changed = self.execute(LIST, params![library.key, media_type])?;
        self.touch_library(library, changed, now)
    }

    /// Takes a media type off the list, if it is there.
    pub(crate) fn unlist_media_type(
        &self,
        library: &LibraryRow,
        media_type: i64,
        now: Timestamp,
    ) -> Result<()> {
        let changed = self.execute(UNLIST, params![library.key, media_type])?;
        self.touch_library(library, changed, now)
    }

    pub(super) fn touch_library(
        &self,
        library: &LibraryRow,
        changed: usize,
        now: Timestamp,
    ) -> Result<()> {
        if changed > 0 {
            self.execute(TOUCH, params![library.key, now.as_micros()])?;
            self.updated(ObjectType::Library, library.id);
        }
        Ok(())
    }

    pub(super) fn count_in_library(&self, library: i64, media: i64, now: Timestamp) -> Result<()> {
        let id = self.first(COUNT, params![library, media, now.as_micros()], |row| {
            id::<LibraryId>(row, 0)
        })?;
        id.into_iter().for_each(|id| self.updated(ObjectType::Library, id));
        Ok(())
    }

    /// Stores the settable fields.
    pub(crate) fn set_library(&self, row: &LibraryRow, now: Timestamp) -> Result<()> {
        let before = self.library(row.key)?;
        self.execute(
            SET,
            params![
                row.key,
                row.name,
                row.description,
                row.inventory_method.value(),
                row.auto_recovery,
                row.flags.bits(),
                row.cleaner_uses,
                now.as_micros()
            ],
        )?;
        self.updated(ObjectType::Library, row.id);
        if before.cleaner_uses == row.cleaner_uses {
            Ok(())
        } else {
            self.cleaner_is_ready(row, now)
        }
    }

    pub(crate) fn enable_library(
        &self,
        library: &LibraryRow,
        enabled: bool,
        now: Timestamp,
    ) -> Result<()> {
        self.execute(SET_ENABLED, params![library.key, enabled, now.as_micros()])?;
        self.supplied_everywhere();
        self.updated(ObjectType::Library, library.id);
        if !enabled {
            self.end_reservations_of_library(library.key, ErrorKind::ResourceDisabled)?;
        }
        Ok(())
    }

    /// Stores whether a bar-code reader is installed, if that has changed.
    pub(crate) fn set_bar_code_reader(
        &self,
        library: &LibraryRow,
        installed: bool,
        now: Timestamp,
    ) -> Result<()> {
        if library.bar_code_reader == installed {
            return Ok(());
        }
        self.execute(SET_READER, params![library.key, installed, now.as_micros()])?;
        self.updated(ObjectType::Library, library.id);
        Ok(())
    }

    /// A door is open, or all are closed. While one is open nothing is begun in the library.
    pub(crate) fn set_door_open(
        &self,
        library: &LibraryRow,
        is_open: bool,
        now: Timestamp,
    ) -> Result<()> {
        if library.door_open == is_open {
            return Ok(());
        }
        self.execute(SET_DOOR, params![library.key, is_open, now.as_micros()])?;
        self.updated(ObjectType::Library, library.id);
        self.wake(library.id.as_uuid());
        Ok(())
    }

    pub(crate) fn set_library_state(
        &self,
        library: &LibraryRow,
        state: OperationalState,
        trouble: Option<&Trouble>,
        now: Timestamp,
    ) -> Result<()> {
        let reason = trouble.map(|trouble| trouble.reason.as_str());
        let stops = trouble.is_some_and(|trouble| trouble.stops);
        let values = params![library.key, state.value(), reason, stops, now.as_micros()];
        self.execute(SET_OPERATIONAL, values)?;
        self.supplied_everywhere();
        self.updated(ObjectType::Library, library.id);
        Ok(())
    }
}
