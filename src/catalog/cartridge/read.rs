//! Reading media with their sides.

use rusqlite::{Row, params};

use super::{Cartridge, LogicalRow, MediumRow, Place, SideRow, View, first_side_key};
use crate::catalog::column::{id, id_or_null, numbered, time};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{BarCodeState, Id, Label, PhysicalMediaId, SideId};

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
