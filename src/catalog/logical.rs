//! How a logical medium is found by its id.
//!
//! A logical medium is part of its side's row, and an id that the crate makes carries the key of
//! that row, so finding it costs one look and keeping it no page of its own. An id that came from
//! elsewhere, or was swapped to another side, is found through `logical_forward`.

use rusqlite::params;
use uuid::Uuid;

use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{Id, LogicalMediaId};

/// The low bits of an id hold the key.
const KEY_BITS: u32 = 40;
const KEY_MASK: u128 = (1 << KEY_BITS) - 1;

const AT_KEY: &str = "SELECT key FROM side WHERE key = ?1 AND logical = ?2";
const FORWARD: &str = "SELECT side FROM logical_forward WHERE logical = ?1";
const ADD_FORWARD: &str = "INSERT INTO logical_forward (logical, side) VALUES (?1, ?2)";
const REMOVE_FORWARD: &str = "DELETE FROM logical_forward WHERE logical = ?1";

/// A time-ordered id made of `fresh` (itself such an id) that carries a side's key.
pub(crate) fn logical_id(fresh: Uuid, side: i64) -> LogicalMediaId {
    let key = u128::from(side.unsigned_abs()) & KEY_MASK;
    LogicalMediaId::from_uuid(Uuid::from_u128((fresh.as_u128() & !KEY_MASK) | key))
}

/// The side's key such an id carries; of any other id, some number.
pub(super) fn side_key_of(logical: LogicalMediaId) -> i64 {
    (logical.as_uuid().as_u128() & KEY_MASK) as i64
}

impl View<'_> {
    /// The key of the side this logical medium is on.
    pub(crate) fn side_of_logical(&self, logical: LogicalMediaId) -> Result<Option<i64>> {
        let bytes = logical.to_bytes();
        let direct = self.first(AT_KEY, params![side_key_of(logical), bytes], |row| row.get(0))?;
        match direct {
            Some(key) => Ok(Some(key)),
            None => self.first(FORWARD, params![bytes], |row| row.get(0)),
        }
    }
}

impl Transaction<'_> {
    pub(super) fn add_forward(&self, logical: LogicalMediaId, side: i64) -> Result<()> {
        self.execute(ADD_FORWARD, params![logical.to_bytes(), side])?;
        Ok(())
    }

    pub(super) fn remove_forward(&self, logical: LogicalMediaId) -> Result<()> {
        self.execute(REMOVE_FORWARD, params![logical.to_bytes()])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_carries_its_sides_key_and_keeps_the_rest() {
        let fresh = Uuid::from_u128(0x0190_0000_0000_7abc_8000_1234_5678_9abc);
        let key = (123_456_i64 << 8) | 1;
        let id = logical_id(fresh, key);
        assert_eq!(side_key_of(id), key);
        assert_eq!(id.as_uuid().as_u128() >> KEY_BITS, fresh.as_u128() >> KEY_BITS);
        assert_eq!(id.as_uuid().get_version_num(), 7);
    }
}
