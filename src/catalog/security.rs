//! Security descriptors of the computer, of libraries and of pools.

use rusqlite::params;

use super::transaction::Transaction;
use crate::error::{ErrorKind, Result};
use crate::model::{Id, ObjectId, ObjectType, SecurityDescriptor, Timestamp};

const OF_COMPUTER: &str =
    "UPDATE computer SET security = ?2, modified = ?3 WHERE key = 1 AND id = ?1";
const OF_LIBRARY: &str = "UPDATE library SET security = ?2, modified = ?3 WHERE id = ?1";
const OF_POOL: &str = "UPDATE pool SET security = ?2, modified = ?3 WHERE id = ?1";

impl Transaction<'_> {
    /// Replaces the descriptor of the computer, a library or a pool. Nothing else has one.
    pub(crate) fn set_security(
        &self,
        (kind, id): (ObjectType, ObjectId),
        descriptor: &SecurityDescriptor,
        now: Timestamp,
    ) -> Result<()> {
        let sql = match kind {
            ObjectType::Computer => OF_COMPUTER,
            ObjectType::Library => OF_LIBRARY,
            ObjectType::MediaPool => OF_POOL,
            _ => return Err(ErrorKind::Internal.into()),
        };
        self.execute(sql, params![id.to_bytes(), descriptor.to_string(), now.as_micros()])?;
        self.updated(kind, id);
        Ok(())
    }
}
