//! Storing what has changed of a medium and its sides.

use rusqlite::params;

use super::{Cartridge, MediumRow, SideRow, Transaction, grades, place_columns, side_up};
use crate::catalog::logical::side_key_of;
use crate::error::Result;
use crate::model::{BarCodeState, Id, ObjectType, Timestamp};

const MEDIUM_STATE: &str = "UPDATE medium SET state = ?2, enabled = ?3, exclusive = ?4, \
     return_pending = ?5, mounted_side = ?6, modified = ?7 WHERE key = ?1";
const MEDIUM_POOL: &str = "UPDATE medium SET pool = ?2, media_type = ?3 WHERE key = ?1";
const MEDIUM_PLACE: &str = "UPDATE medium SET slot = ?2, drive = ?3, port = ?4 WHERE key = ?1";
const MEDIUM_HOME: &str = "UPDATE medium SET library = ?2, home_slot = ?3 WHERE key = ?1";
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
        self.note_supply(before, &after);
        self.store_counters(before, &after, now)?;
        self.follow_dismounts(before, &after, now)?;
        self.follow_free_labels(before, &after, now)?;
        self.follow_logical_media(before, &after, now)?;
        if before.medium.library == after.medium.library {
            return Ok(());
        }
        self.follow_move(after.medium.id, now)
    }

    /// Notes what searches can find now that they could not before.
    fn note_supply(&self, before: &Cartridge, after: &Cartridge) {
        let place = |cartridge: &Cartridge| (cartridge.medium.pool, cartridge.medium.library);
        let moved = place(before) != place(after);
        let mut sides = before.sides.iter().zip(&after.sides);
        if sides.any(|(old, new)| new.grade.is_some() && (moved || new.grade > old.grade)) {
            self.supplied(after.medium.pool);
        }
        if side_up(after.medium.state, after.medium.mounted_side).is_none() {
            return;
        }
        let mut grades = before.grades_for_user().zip(after.grades_for_user());
        if grades.any(|(old, new)| new > old) {
            self.supplied_to_holder(after.medium.key);
        }
    }

    fn store_medium(&self, old: &MediumRow, new: &MediumRow, now: Timestamp) -> Result<()> {
        let facts =
            |m: &MediumRow| (m.state, m.enabled, m.exclusive, m.return_pending, m.mounted_side);
        let pool_changed = (old.pool, old.media_type) != (new.pool, new.media_type);
        let place_changed = old.place != new.place;
        let home_changed = (old.library, old.home_slot) != (new.library, new.home_slot);
        let names_changed = names_and_codes(old) != names_and_codes(new);
        let where_changed = pool_changed || place_changed || home_changed;
        if !(where_changed || names_changed || facts(old) != facts(new)) {
            return Ok(());
        }
        if pool_changed {
            self.execute(MEDIUM_POOL, params![new.key, new.pool, new.media_type])?;
        }
        if place_changed {
            let [slot, drive, port] = place_columns(new.place);
            self.execute(MEDIUM_PLACE, params![new.key, slot, drive, port])?;
        }
        if home_changed {
            self.execute(MEDIUM_HOME, params![new.key, new.library, new.home_slot])?;
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
        if little_changed(old) != little_changed(new) {
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
}

/// What [`MEDIUM_NAMES`] stores.
fn names_and_codes(m: &MediumRow) -> ([&str; 3], bool, BarCodeState, [u32; 2]) {
    let texts = [m.name.as_str(), &m.description, &m.bar_code];
    (texts, m.name_is_manual, m.bar_code_state, [m.media_code, m.density_code])
}

/// What [`SIDE_REST`] stores.
fn little_changed(s: &SideRow) -> (u32, i64, Option<&[u8]>, Option<&str>, &str) {
    (s.mount_count, s.capacity, s.pending_label.as_deref(), s.name.as_deref(), &s.description)
}
