//! The change log: one row per operation, in commit order.
//!
//! A row holds 18 bytes per object: what happened, the kind of object, its id. One event per
//! object and operation: several changes give one, an insert swallows updates, and an object that
//! came and went in the same operation leaves no trace. Told apart from these, and behind them: that
//! a request went on in the operation that made it, and completions.

use std::collections::HashMap;

use rusqlite::params;

use super::transaction::Transaction;
use crate::error::Result;
use crate::model::{Id, ObjectId, ObjectType};

/// Operations that are kept at least, where the catalog has room.
const KEPT: i64 = 65_536;

/// The oldest operations, more than a page of the log holds.
const A_FEW: i64 = 1_024;

/// Old rows go in batches of this many, so that trimming costs next to nothing per operation.
const TRIM_BATCH: i64 = 4_096;

const APPEND: &str = "INSERT INTO change_log (changes) VALUES (?1)";
const TRIM: &str = "DELETE FROM change_log WHERE sequence <= ?1";
const SHORTEN: &str = "DELETE FROM change_log \
     WHERE sequence < (SELECT min(sequence) FROM change_log) + ?1";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Updated = 1,
    Inserted = 2,
    Deleted = 3,
    Completed = 5,
}

/// What happened to one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    what: What,
    object_type: ObjectType,
    id: ObjectId,
    /// Whatever else happened to the object.
    is_apart: bool,
}

impl Change {
    pub(super) fn inserted(object_type: ObjectType, id: ObjectId) -> Self {
        Self { what: What::Inserted, object_type, id, is_apart: false }
    }

    pub(super) fn updated(object_type: ObjectType, id: ObjectId) -> Self {
        Self { what: What::Updated, object_type, id, is_apart: false }
    }

    pub(super) fn deleted(object_type: ObjectType, id: ObjectId) -> Self {
        Self { what: What::Deleted, object_type, id, is_apart: false }
    }

    pub(super) fn completed(object_type: ObjectType, id: ObjectId) -> Self {
        Self { what: What::Completed, object_type, id, is_apart: true }
    }

    /// The object, if it is gone.
    pub(super) fn gone(&self) -> Option<ObjectId> {
        (self.what == What::Deleted).then_some(self.id)
    }

    pub(super) fn went_on(object_type: ObjectType, id: ObjectId) -> Self {
        Self { what: What::Updated, object_type, id, is_apart: true }
    }
}

/// One event per object; what is told apart stays, and comes last.
fn coalesced(changes: Vec<Change>) -> Vec<Change> {
    let (apart, changes): (Vec<_>, Vec<_>) =
        changes.into_iter().partition(|change| change.is_apart);
    let mut kept: Vec<Option<Change>> = Vec::with_capacity(changes.len());
    let mut places = HashMap::with_capacity(changes.len());
    for change in changes {
        let earlier = places.get(&change.id).and_then(|at: &usize| kept.get_mut(*at));
        match (earlier.and_then(Option::take), change.what) {
            (Some(Change { what: What::Inserted, .. }), What::Deleted) => {
                places.remove(&change.id);
            }
            (None, _) | (Some(_), What::Deleted) => {
                places.insert(change.id, kept.len());
                kept.push(Some(change));
            }
            (Some(before), _) => {
                if let Some(place) = places.get(&change.id).and_then(|at| kept.get_mut(*at)) {
                    *place = Some(before);
                }
            }
        }
    }
    kept.into_iter().flatten().chain(apart).collect()
}

pub(super) fn encode(changes: Vec<Change>) -> Vec<u8> {
    let changes = coalesced(changes);
    let mut bytes = Vec::with_capacity(changes.len() * 18);
    for change in changes {
        bytes.push(change.what as u8);
        bytes.push(change.object_type.value());
        bytes.extend_from_slice(&change.id.to_bytes());
    }
    bytes
}

impl Transaction<'_> {
    pub(super) fn append_to_log(&self, changes: &[u8]) -> Result<()> {
        let sequence = self.insert(APPEND, params![changes])?;
        if sequence % TRIM_BATCH == 0 && sequence > KEPT {
            self.execute(TRIM, params![sequence - KEPT])?;
        }
        Ok(())
    }

    /// Makes room in a catalog that is full, for what only takes away: that needs room in the log.
    pub(super) fn shorten_log(&self) -> Result<()> {
        self.execute(SHORTEN, params![A_FEW]).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PoolId;

    fn id(n: u128) -> ObjectId {
        PoolId::from_uuid(uuid::Uuid::from_u128(n)).into()
    }

    #[test]
    fn one_event_per_object_and_completions_last() {
        let pool = ObjectType::MediaPool;
        let changes = vec![
            Change::completed(pool, id(1)),
            Change::updated(pool, id(1)),
            Change::inserted(pool, id(2)),
            Change::updated(pool, id(1)),
            Change::updated(pool, id(2)),
            Change::inserted(pool, id(3)),
            Change::deleted(pool, id(3)),
            Change::updated(pool, id(4)),
            Change::deleted(pool, id(4)),
        ];
        let expected = vec![
            Change::updated(pool, id(1)),
            Change::inserted(pool, id(2)),
            Change::deleted(pool, id(4)),
            Change::completed(pool, id(1)),
        ];
        assert_eq!(coalesced(changes), expected);
    }

    #[test]
    fn a_record_is_eighteen_bytes_per_object() {
        let bytes = encode(vec![Change::updated(ObjectType::Side, id(9))]);
        assert_eq!(bytes.len(), 18);
        assert_eq!(bytes[..2], [1, 14]);
        assert_eq!(bytes[17], 9);
    }
}
