//! Adding and removing media with their sides.

use rusqlite::params;

use super::{Cartridge, MediumRow, SideRow, Transaction, first_side_key, grades, place_columns};
use crate::catalog::logical::side_key_of;
use crate::error::Result;
use crate::model::{BarCodeState, Id, ObjectType, Timestamp};

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

impl Transaction<'_> {
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
            if grade.is_some() {
                self.supplied(m.pool);
            }
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

    /// Removes a medium and its sides, and the open requests that name it. It must hold no logical
    /// medium.
    pub(crate) fn delete_cartridge(&self, cartridge: &Cartridge, now: Timestamp) -> Result<()> {
        self.execute(DELETE_SIDES, params![first_side_key(cartridge.medium.key)])?;
        self.execute(DELETE_MEDIUM, params![cartridge.medium.key])?;
        for side in &cartridge.sides {
            self.deleted(ObjectType::Side, side.id);
        }
        self.deleted(ObjectType::PhysicalMedia, cartridge.medium.id);
        self.delete_open_requests_about(cartridge.medium.id)?;
        self.count_in_pool(cartridge.medium.pool, -1, -cartridge.logical_count(), now)?;
        self.count_in_library(cartridge.medium.library, -1, now)?;
        self.end_requests_of_medium(cartridge.medium.id, now)
    }
}
