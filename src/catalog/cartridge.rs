//! A physical medium together with its sides: the unit that is read, changed and stored.
//!
//! Calls load a [`Cartridge`], change it in memory by the rules of the model, and
//! [store](Transaction::store_cartridge) it. Storing writes only what differs, in statements that
//! touch no index without need, and keeps everything that follows from the change in the same
//! transaction: how searches find the sides, the counters of pools and libraries, the names that
//! logical ids go by, and the change log.

use rusqlite::{Row, params};

use super::column::{id, id_or_null, numbered, time};
use super::logical::side_key_of;
use super::transaction::{Transaction, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    BarCodeState, Grade, Id, Label, LibraryStanding, LogicalMediaId, MediaState, MediumFacts,
    ObjectType, PhysicalMediaId, PoolType, SideContext, SideEvent, SideId, SideState, Timestamp,
    side_after,
};

/// A medium's row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MediumRow {
    pub(crate) key: i64,
    pub(crate) id: PhysicalMediaId,
    pub(crate) pool: i64,
    pub(crate) pool_type: PoolType,
    pub(crate) media_type: i64,
    pub(crate) library: i64,
    pub(crate) place: Place,
    pub(crate) home_slot: Option<i64>,
    pub(crate) state: MediaState,
    pub(crate) enabled: bool,
    pub(crate) exclusive: bool,
    pub(crate) return_pending: bool,
    pub(crate) mounted_side: Option<u8>,
    pub(crate) bar_code: String,
    pub(crate) bar_code_state: BarCodeState,
    pub(crate) name: String,
    pub(crate) name_is_manual: bool,
    pub(crate) description: String,
    pub(crate) media_code: u32,
    pub(crate) density_code: u32,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

/// Where a cartridge is, as the key of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Nowhere,
    Slot(i64),
    Drive(i64),
    Port(i64),
}

/// A side's row, with the logical medium on it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SideRow {
    pub(crate) key: i64,
    pub(crate) id: SideId,
    pub(crate) grade: Option<i64>,
    pub(crate) state: SideState,
    pub(crate) allocate_count: u32,
    pub(crate) logical: Option<LogicalRow>,
    pub(crate) mount_count: u32,
    pub(crate) capacity: i64,
    pub(crate) label: Option<Label>,
    pub(crate) pending_label: Option<Vec<u8>>,
    pub(crate) name: Option<String>,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

impl SideRow {
    /// 0 = A, 1 = B.
    pub(crate) fn number(&self) -> u8 {
        side_number(self.key)
    }
}

/// A logical medium, as part of its side's row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LogicalRow {
    pub(crate) id: LogicalMediaId,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

/// A medium and its sides in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cartridge {
    pub(crate) medium: MediumRow,
    pub(crate) sides: Vec<SideRow>,
}

/// Sides of a medium have keys from here on.
pub(crate) fn first_side_key(medium: i64) -> i64 {
    medium << 8
}

pub(crate) fn medium_key(side: i64) -> i64 {
    side >> 8
}

pub(crate) fn side_number(side: i64) -> u8 {
    (side & 0xFF) as u8
}

macro_rules! medium_columns {
    ($rest:literal) => {
        concat!(
            "SELECT m.key, m.id, m.pool, p.type, m.media_type, m.library, m.slot, m.drive, m.port, \
             m.home_slot, m.state, m.enabled, m.exclusive, m.return_pending, m.mounted_side, \
             m.bar_code, m.bar_code_readable, m.name, m.name_is_manual, m.description, \
             m.media_code, m.density_code, m.created, m.modified \
             FROM medium m JOIN pool p ON p.key = m.pool ",
            $rest
        )
    };
}

const MEDIUM: &str = medium_columns!("WHERE m.key = ?1");
const MEDIUM_KEY: &str = "SELECT key FROM medium WHERE id = ?1";
const SIDE_KEY: &str = "SELECT key FROM side WHERE id = ?1";
const SIDES: &str = "SELECT key, id, grade, state, allocate_count, logical, logical_name, \
     logical_description, logical_created, logical_modified, mount_count, capacity, label_type, \
     label_id, label_info, pending_label, name, description, created, modified \
     FROM side WHERE key BETWEEN ?1 AND ?1 + 255 ORDER BY key";
const MEDIUM_STATE: &str = "UPDATE medium SET state = ?2, enabled = ?3, exclusive = ?4, \
     return_pending = ?5, mounted_side = ?6, modified = ?7 WHERE key = ?1";
const MEDIUM_POOL: &str = "UPDATE medium SET pool = ?2, media_type = ?3 WHERE key = ?1";
const MEDIUM_PLACE: &str = "UPDATE medium SET library = ?2, slot = ?3, drive = ?4, port = ?5, \
     home_slot = ?6 WHERE key = ?1";
const MEDIUM_NAMES: &str = "UPDATE medium SET name = ?2, name_is_manual = ?3, description = ?4, \
     bar_code = ?5, bar_code_readable = ?6, media_code = ?7, density_code = ?8 WHERE key = ?1";
const SIDE_STATE: &str = "UPDATE side SET state = ?2, grade = ?3, allocate_count = ?4, \
     logical = ?5, logical_name = ?6, logical_description = ?7, logical_created = ?8, \
     logical_modified = ?9, modified = ?10 WHERE key = ?1";
const SIDE_PLACE: &str = "UPDATE side SET pool = ?2, library = ?3 WHERE key = ?1";
const SIDE_LABEL: &str = "UPDATE side SET label_type = ?2, label_id = ?3, label_info = ?4 \
     WHERE key = ?1";
const SIDE_REST: &str = "UPDATE side SET mount_count = ?2, capacity = ?3, pending_label = ?4, \
     name = ?5, description = ?6 WHERE key = ?1";
const INSERT_MEDIUM: &str = "INSERT INTO medium (key, id, pool, media_type, library, slot, drive, \
     port, home_slot, state, enabled, exclusive, return_pending, mounted_side, bar_code, \
     bar_code_readable, name, name_is_manual, description, media_code, density_code, created, \
     modified) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, \
     ?17, ?18, ?19, ?20, ?21, ?22, ?23)";
const INSERT_SIDE: &str = "INSERT INTO side (key, id, pool, library, grade, state, \
     allocate_count, logical, logical_name, logical_description, logical_created, \
     logical_modified, mount_count, capacity, label_type, label_id, label_info, name, \
     description, created, modified) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, \
     ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)";
const DELETE_SIDES: &str = "DELETE FROM side WHERE key BETWEEN ?1 AND ?1 + 255";
const DELETE_MEDIUM: &str = "DELETE FROM medium WHERE key = ?1";

fn read_medium(row: &Row<'_>) -> rusqlite::Result<MediumRow> {
    let place = match (row.get(6)?, row.get(7)?, row.get(8)?) {
        (Some(slot), _, _) => Place::Slot(slot),
        (_, Some(drive), _) => Place::Drive(drive),
        (_, _, Some(port)) => Place::Port(port),
        _ => Place::Nowhere,
    };
    let readable: bool = row.get(16)?;
    Ok(MediumRow {
        key: row.get(0)?,
        id: id(row, 1)?,
        pool: row.get(2)?,
        pool_type: numbered(row, 3)?,
        media_type: row.get(4)?,
        library: row.get(5)?,
        place,
        home_slot: row.get(9)?,
        state: numbered(row, 10)?,
        enabled: row.get(11)?,
        exclusive: row.get(12)?,
        return_pending: row.get(13)?,
        mounted_side: row.get(14)?,
        bar_code: row.get(15)?,
        bar_code_state: if readable { BarCodeState::Readable } else { BarCodeState::Unreadable },
        name: row.get(17)?,
        name_is_manual: row.get(18)?,
        description: row.get(19)?,
        media_code: row.get(20)?,
        density_code: row.get(21)?,
        created: time(row, 22)?,
        modified: time(row, 23)?,
    })
}

fn read_side(row: &Row<'_>) -> rusqlite::Result<SideRow> {
    let logical = match id_or_null(row, 5)? {
        None => None,
        Some(logical) => Some(LogicalRow {
            id: logical,
            name: row.get(6)?,
            description: row.get(7)?,
            created: time(row, 8)?,
            modified: time(row, 9)?,
        }),
    };
    let label = match row.get(13)? {
        None => None,
        Some(label_id) => {
            Some(Label { label_type: row.get(12)?, label_id, label_info: row.get(14)? })
        }
    };
    Ok(SideRow {
        key: row.get(0)?,
        id: id(row, 1)?,
        grade: row.get(2)?,
        state: numbered(row, 3)?,
        allocate_count: row.get(4)?,
        logical,
        mount_count: row.get(10)?,
        capacity: row.get(11)?,
        label,
        pending_label: row.get(15)?,
        name: row.get(16)?,
        description: row.get(17)?,
        created: time(row, 18)?,
        modified: time(row, 19)?,
    })
}

impl View<'_> {
    /// The key of the medium with this id.
    pub(crate) fn medium_key(&self, medium: PhysicalMediaId) -> Result<Option<i64>> {
        self.first(MEDIUM_KEY, params![medium.to_bytes()], |row| row.get(0))
    }

    /// The key of the side with this id.
    pub(crate) fn side_key(&self, side: SideId) -> Result<Option<i64>> {
        self.first(SIDE_KEY, params![side.to_bytes()], |row| row.get(0))
    }

    /// The medium with this key and its sides.
    pub(crate) fn cartridge(&self, medium: i64) -> Result<Cartridge> {
        let row = self.first(MEDIUM, params![medium], read_medium)?.ok_or_else(|| {
            Error::new(ErrorKind::DatabaseFailure, "a medium that is referred to does not exist")
        })?;
        let sides = self.all(SIDES, params![first_side_key(medium)], read_side)?;
        Ok(Cartridge { medium: row, sides })
    }
}

impl Transaction<'_> {
    /// Stores what differs between `before` (as it was read) and `after`.
    pub(crate) fn store_cartridge(
        &self,
        before: &Cartridge,
        mut after: Cartridge,
        now: Timestamp,
    ) -> Result<()> {
        self.store_medium(&before.medium, &after.medium, now)?;
        let grades = grades(&after);
        for ((old, new), grade) in before.sides.iter().zip(&mut after.sides).zip(grades) {
            new.grade = grade;
            self.store_side(old, new, &before.medium, &after.medium, now)?;
        }
        self.store_counters(before, &after, now)
    }

    fn store_medium(&self, old: &MediumRow, new: &MediumRow, now: Timestamp) -> Result<()> {
        let facts =
            |m: &MediumRow| (m.state, m.enabled, m.exclusive, m.return_pending, m.mounted_side);
        let names = |m: &MediumRow| {
            let texts = (m.name.clone(), m.description.clone(), m.bar_code.clone());
            (texts, m.name_is_manual, m.bar_code_state, m.media_code, m.density_code)
        };
        let pool_changed = (old.pool, old.media_type) != (new.pool, new.media_type);
        let place_changed =
            (old.library, old.place, old.home_slot) != (new.library, new.place, new.home_slot);
        let names_changed = names(old) != names(new);
        if !(pool_changed || place_changed || names_changed || facts(old) != facts(new)) {
            return Ok(());
        }
        if pool_changed {
            self.execute(MEDIUM_POOL, params![new.key, new.pool, new.media_type])?;
        }
        if place_changed {
            let [slot, drive, port] = place_columns(new.place);
            let values = params![new.key, new.library, slot, drive, port, new.home_slot];
            self.execute(MEDIUM_PLACE, values)?;
        }
        if names_changed {
            let readable = new.bar_code_state == BarCodeState::Readable;
            self.execute(
                MEDIUM_NAMES,
                params![
                    new.key,
                    new.name,
                    new.name_is_manual,
                    new.description,
                    new.bar_code,
                    readable,
                    new.media_code,
                    new.density_code
                ],
            )?;
        }
        self.execute(
            MEDIUM_STATE,
            params![
                new.key,
                new.state.value(),
                new.enabled,
                new.exclusive,
                new.return_pending,
                new.mounted_side,
                now.as_micros()
            ],
        )?;
        self.updated(ObjectType::PhysicalMedia, new.id);
        Ok(())
    }

    fn store_side(
        &self,
        old: &SideRow,
        new: &SideRow,
        old_medium: &MediumRow,
        medium: &MediumRow,
        now: Timestamp,
    ) -> Result<()> {
        if (old_medium.pool, old_medium.library) != (medium.pool, medium.library) {
            self.execute(SIDE_PLACE, params![new.key, medium.pool, medium.library])?;
        }
        let mut visible = false;
        if old.label != new.label {
            let label = new.label.as_ref();
            self.execute(
                SIDE_LABEL,
                params![
                    new.key,
                    label.map(|l| &l.label_type),
                    label.map(|l| &l.label_id),
                    label.map(|l| &l.label_info)
                ],
            )?;
            visible = true;
        }
        let rest = |s: &SideRow| {
            (
                s.mount_count,
                s.capacity,
                s.pending_label.clone(),
                s.name.clone(),
                s.description.clone(),
            )
        };
        if rest(old) != rest(new) {
            self.execute(
                SIDE_REST,
                params![
                    new.key,
                    new.mount_count,
                    new.capacity,
                    new.pending_label,
                    new.name,
                    new.description
                ],
            )?;
            visible = true;
        }
        let state = |s: &SideRow| (s.state, s.allocate_count, s.logical.as_ref().map(|l| l.id));
        let own_change = state(old) != state(new);
        if own_change || visible || old.grade != new.grade || old.logical != new.logical {
            let modified = if own_change || visible { now } else { old.modified };
            self.write_side_state(new, modified)?;
        }
        self.store_logical(old, new)?;
        if own_change || visible {
            self.updated(ObjectType::Side, new.id);
        }
        Ok(())
    }

    fn write_side_state(&self, side: &SideRow, modified: Timestamp) -> Result<()> {
        let logical = side.logical.as_ref();
        self.execute(
            SIDE_STATE,
            params![
                side.key,
                side.state.value(),
                side.grade,
                side.allocate_count,
                logical.map(|l| l.id.to_bytes()),
                logical.map(|l| &l.name),
                logical.map(|l| &l.description),
                logical.map(|l| l.created.as_micros()),
                logical.map(|l| l.modified.as_micros()),
                modified.as_micros()
            ],
        )?;
        Ok(())
    }

    /// Keeps the names that lead to logical media, and tells of those that came and went.
    fn store_logical(&self, old: &SideRow, new: &SideRow) -> Result<()> {
        let (before, after) = (old.logical.as_ref(), new.logical.as_ref());
        if before.map(|l| l.id) == after.map(|l| l.id) {
            if let (Some(before), Some(after)) = (before, after)
                && before != after
            {
                self.updated(ObjectType::LogicalMedia, after.id);
            }
            return Ok(());
        }
        if let Some(gone) = before {
            if side_key_of(gone.id) != old.key {
                self.remove_forward(gone.id)?;
            }
            self.deleted(ObjectType::LogicalMedia, gone.id);
        }
        if let Some(come) = after {
            if side_key_of(come.id) != new.key {
                self.add_forward(come.id, new.key)?;
            }
            self.inserted(ObjectType::LogicalMedia, come.id);
        }
        Ok(())
    }

    fn store_counters(&self, before: &Cartridge, after: &Cartridge, now: Timestamp) -> Result<()> {
        let (old, new) = (before.logical_count(), after.logical_count());
        if before.medium.pool != after.medium.pool {
            self.count_in_pool(before.medium.pool, -1, -old, now)?;
            self.count_in_pool(after.medium.pool, 1, new, now)?;
        } else if old != new {
            self.count_in_pool(after.medium.pool, 0, new - old, now)?;
        }
        if before.medium.library != after.medium.library {
            self.count_in_library(before.medium.library, -1, now)?;
            self.count_in_library(after.medium.library, 1, now)?;
        }
        Ok(())
    }

    /// Adds a new medium with its sides.
    pub(crate) fn insert_cartridge(&self, cartridge: &Cartridge, now: Timestamp) -> Result<()> {
        let m = &cartridge.medium;
        let [slot, drive, port] = place_columns(m.place);
        let readable = m.bar_code_state == BarCodeState::Readable;
        self.insert(
            INSERT_MEDIUM,
            params![
                m.key,
                m.id.to_bytes(),
                m.pool,
                m.media_type,
                m.library,
                slot,
                drive,
                port,
                m.home_slot,
                m.state.value(),
                m.enabled,
                m.exclusive,
                m.return_pending,
                m.mounted_side,
                m.bar_code,
                readable,
                m.name,
                m.name_is_manual,
                m.description,
                m.media_code,
                m.density_code,
                m.created.as_micros(),
                m.modified.as_micros()
            ],
        )?;
        self.inserted(ObjectType::PhysicalMedia, m.id);
        for (side, grade) in cartridge.sides.iter().zip(grades(cartridge)) {
            self.insert_side(side, grade, m)?;
        }
        self.count_in_pool(m.pool, 1, cartridge.logical_count(), now)?;
        self.count_in_library(m.library, 1, now)
    }

    fn insert_side(&self, side: &SideRow, grade: Option<i64>, medium: &MediumRow) -> Result<()> {
        let (logical, label) = (side.logical.as_ref(), side.label.as_ref());
        self.insert(
            INSERT_SIDE,
            params![
                side.key,
                side.id.to_bytes(),
                medium.pool,
                medium.library,
                grade,
                side.state.value(),
                side.allocate_count,
                logical.map(|l| l.id.to_bytes()),
                logical.map(|l| &l.name),
                logical.map(|l| &l.description),
                logical.map(|l| l.created.as_micros()),
                logical.map(|l| l.modified.as_micros()),
                side.mount_count,
                side.capacity,
                label.map(|l| &l.label_type),
                label.map(|l| &l.label_id),
                label.map(|l| &l.label_info),
                side.name,
                side.description,
                side.created.as_micros(),
                side.modified.as_micros()
            ],
        )?;
        self.inserted(ObjectType::Side, side.id);
        if let Some(logical) = logical {
            if side_key_of(logical.id) != side.key {
                self.add_forward(logical.id, side.key)?;
            }
            self.inserted(ObjectType::LogicalMedia, logical.id);
        }
        Ok(())
    }

    /// Removes a medium and its sides. It must hold no logical medium.
    pub(crate) fn delete_cartridge(&self, cartridge: &Cartridge, now: Timestamp) -> Result<()> {
        self.execute(DELETE_SIDES, params![first_side_key(cartridge.medium.key)])?;
        self.execute(DELETE_MEDIUM, params![cartridge.medium.key])?;
        for side in &cartridge.sides {
            self.deleted(ObjectType::Side, side.id);
        }
        self.deleted(ObjectType::PhysicalMedia, cartridge.medium.id);
        self.count_in_pool(cartridge.medium.pool, -1, -cartridge.logical_count(), now)?;
        self.count_in_library(cartridge.medium.library, -1, now)
    }
}

impl Cartridge {
    fn logical_count(&self) -> i64 {
        self.sides.iter().filter(|side| side.logical.is_some()).count() as i64
    }

    /// The state that `event` takes a side to, asked before anything of the cartridge is changed.
    ///
    /// # Errors
    /// `InvalidState` when the state machine does not permit it. Calls check their documented
    /// conditions first; this is the last guard.
    pub(crate) fn state_after(
        &self,
        number: u8,
        event: SideEvent,
        library: LibraryStanding,
    ) -> Result<SideState> {
        let siblings: Vec<SideState> = self.siblings(number).collect();
        let labelled = |own: bool| {
            let mut sides = self.sides.iter().filter(|side| (side.number() == number) == own);
            sides.any(|side| side.label.is_some())
        };
        let context = SideContext {
            exclusive: self.medium.exclusive,
            media_state: self.medium.state,
            enabled: self.medium.enabled,
            library,
            labelled: labelled(true),
            sibling_labelled: labelled(false),
            ..SideContext::at_rest(self.medium.pool_type, &siblings)
        };
        let from = self.sides.iter().find(|side| side.number() == number).map(|side| side.state);
        side_after(from, event, &context)?
            .ok_or_else(|| Error::new(ErrorKind::Internal, "a side in use cannot vanish"))
    }

    /// The states of all sides but this one.
    pub(crate) fn siblings(&self, number: u8) -> impl Iterator<Item = SideState> + '_ {
        self.sides.iter().filter(move |side| side.number() != number).map(|side| side.state)
    }
}

/// How a search may find each side, in order.
fn grades(cartridge: &Cartridge) -> Vec<Option<i64>> {
    let medium = &cartridge.medium;
    let facts = MediumFacts {
        enabled: medium.enabled,
        state: medium.state,
        exclusive: medium.exclusive,
        side_up: side_up(medium.state, medium.mounted_side),
        pool: medium.pool_type,
    };
    let states: Vec<SideState> = cartridge.sides.iter().map(|side| side.state).collect();
    let of = |number| Grade::of_side(number, &states, &facts).stored();
    (0..states.len()).map(of).collect()
}

/// The side that is up in a drive, whose user may still be writing.
pub(super) fn side_up(state: MediaState, mounted_side: Option<u8>) -> Option<u8> {
    let is_up = matches!(state, MediaState::Mounted | MediaState::Loaded | MediaState::Unloaded);
    mounted_side.filter(|_| is_up)
}

fn place_columns(place: Place) -> [Option<i64>; 3] {
    match place {
        Place::Nowhere => [None, None, None],
        Place::Slot(key) => [Some(key), None, None],
        Place::Drive(key) => [None, Some(key), None],
        Place::Port(key) => [None, None, Some(key)],
    }
}
