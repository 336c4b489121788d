//! Any object by its id: ids are unique over all kinds.

use rusqlite::params;

use super::column::numbered;
use super::transaction::View;
use crate::error::Result;
use crate::model::{Id, LogicalMediaId, ObjectId, ObjectType};

// The numbers are those of `ObjectType`. Logical media are looked for by themselves.
const KIND: &str = "SELECT 15 FROM medium WHERE id = ?1 \
     UNION ALL SELECT 14 FROM side WHERE id = ?1 \
     UNION ALL SELECT 12 FROM pool WHERE id = ?1 \
     UNION ALL SELECT 16 FROM slot WHERE id = ?1 \
     UNION ALL SELECT 5 FROM drive WHERE id = ?1 \
     UNION ALL SELECT 9 FROM library WHERE id = ?1 \
     UNION ALL SELECT 13 FROM media_type WHERE id = ?1 \
     UNION ALL SELECT 2 FROM changer WHERE id = ?1 \
     UNION ALL SELECT 8 FROM port WHERE id = ?1 \
     UNION ALL SELECT 7 FROM door WHERE id = ?1 \
     UNION ALL SELECT 10 FROM library_request WHERE id = ?1 \
     UNION ALL SELECT 17 FROM operator_request WHERE id = ?1 \
     UNION ALL SELECT kind FROM device_type WHERE id = ?1 \
     UNION ALL SELECT 4 FROM computer WHERE key = 1 AND id = ?1 \
     LIMIT 1";

impl View<'_> {
    /// The kind of the object with this id.
    pub(crate) fn kind_of(&self, id: ObjectId) -> Result<Option<ObjectType>> {
        let found = self.first(KIND, params![id.to_bytes()], |row| numbered(row, 0))?;
        if found.is_some() {
            return Ok(found);
        }
        let logical = self.side_of_logical(LogicalMediaId::from_uuid(id.as_uuid()))?;
        Ok(logical.map(|_| ObjectType::LogicalMedia))
    }

    /// Whether an object of any kind has this id.
    pub(crate) fn id_in_use(&self, id: ObjectId) -> Result<bool> {
        Ok(self.kind_of(id)?.is_some())
    }
}
