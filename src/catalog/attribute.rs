//! Attributes: what applications keep beside objects.

use rusqlite::params;

use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{Id, ObjectId, ObjectType};

const GET: &str = "SELECT data FROM attribute WHERE object = ?1 AND name = ?2";
const SET: &str = "INSERT INTO attribute (object, name, data) VALUES (?1, ?2, ?3) \
     ON CONFLICT (object, name) DO UPDATE SET data = excluded.data";
const DELETE: &str = "DELETE FROM attribute WHERE object = ?1 AND name = ?2";
const DELETE_ALL: &str = "DELETE FROM attribute WHERE object = ?1";

impl View<'_> {
    pub(crate) fn attribute(&self, object: ObjectId, name: &str) -> Result<Option<Vec<u8>>> {
        self.first(GET, params![object.to_bytes(), name], |row| row.get(0))
    }
}

impl Transaction<'_> {
    /// Stores an attribute; without data it goes.
    pub(crate) fn set_attribute(
        &self,
        (object_type, object): (ObjectType, ObjectId),
        name: &str,
        data: &[u8],
    ) -> Result<()> {
        let changed = if data.is_empty() {
            self.execute(DELETE, params![object.to_bytes(), name])?
        } else {
            self.execute(SET, params![object.to_bytes(), name, data])?
        };
        if changed > 0 {
            self.updated(object_type, object);
        }
        Ok(())
    }

    /// The object is gone, and its attributes with it.
    pub(super) fn delete_attributes(&self, object: ObjectId) -> Result<()> {
        self.execute(DELETE_ALL, params![object.to_bytes()]).map(drop)
    }
}
