//! Names and descriptions of media, sides and logical media.

use rusqlite::params;

use super::cartridge::{MediumRow, SideRow};
use super::transaction::Transaction;
use crate::error::Result;
use crate::model::{Id, LogicalMediaId, ObjectType, Timestamp};

const MEDIUM: &str = "UPDATE medium SET name = ?2, name_is_manual = ?3, description = ?4, \
     modified = ?5 WHERE key = ?1";
const SIDE: &str = "UPDATE side SET name = ?2, description = ?3, modified = ?4 WHERE key = ?1";
const LOGICAL: &str = "UPDATE side SET logical_name = ?3, logical_description = ?4, \
     logical_modified = ?5 WHERE key = ?1 AND logical = ?2";

impl Transaction<'_> {
    /// A name that differs is somebody's choice from then on: no automatic one replaces it.
    pub(crate) fn set_medium_texts(
        &self,
        row: &MediumRow,
        name: &str,
        description: &str,
        now: Timestamp,
    ) -> Result<()> {
        let is_manual = row.name_is_manual || row.name != name;
        self.execute(MEDIUM, params![row.key, name, is_manual, description, now.as_micros()])?;
        self.updated(ObjectType::PhysicalMedia, row.id);
        Ok(())
    }

    /// Without a name the side goes by that of its medium.
    pub(crate) fn set_side_texts(
        &self,
        row: &SideRow,
        name: Option<&str>,
        description: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.execute(SIDE, params![row.key, name, description, now.as_micros()])?;
        self.updated(ObjectType::Side, row.id);
        Ok(())
    }

    pub(crate) fn set_logical_texts(
        &self,
        side: i64,
        logical: LogicalMediaId,
        name: &str,
        description: &str,
        now: Timestamp,
    ) -> Result<()> {
        let values = params![side, logical.to_bytes(), name, description, now.as_micros()];
        self.execute(LOGICAL, values)?;
        self.updated(ObjectType::LogicalMedia, logical);
        Ok(())
    }
}
