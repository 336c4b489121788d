//! The change log: one row per operation, in commit order.
//!
//! A row holds 18 bytes per object: what happened, the kind of object, its id. Numbers of rows
//! follow each other without a gap, whatever is trimmed: who has read up to one of them can tell
//! whether the next one he finds is the next there was.

mod coalesce;
mod read;

use rusqlite::params;

use super::transaction::Transaction;
use crate::error::Result;
use crate::model::{Id, Notification, NotificationOperation, ObjectId, ObjectType};
use coalesce::coalesced;
pub(super) use read::LogRow;

/// Operations that are kept at least, where the catalog has room.
const KEPT: i64 = 65_536;

/// The oldest operations, more than a page of the log holds.
const A_FEW: i64 = 1_024;

/// Old rows go in batches of this many, so that trimming costs next to nothing per operation.
const TRIM_BATCH: i64 = 4_096;

/// Bytes per object.
const WIDTH: usize = 18;

const APPEND: &str = "INSERT INTO change_log (changes) VALUES (?1)";
const TRIM: &str = "DELETE FROM change_log WHERE sequence <= ?1";
/// The newest row stays: numbers go on from it.
const SHORTEN: &str = "DELETE FROM change_log \
     WHERE sequence < (SELECT min(sequence) FROM change_log) + ?1 \
     AND sequence < (SELECT max(sequence) FROM change_log)";

/// What happened to one object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Change {
    event: Notification,
    /// Whatever else happened to the object.
    is_apart: bool,
}

impl Change {
    fn new(operation: NotificationOperation, object_type: ObjectType, object: ObjectId) -> Self {
        Self { event: Notification { operation, object, object_type }, is_apart: false }
    }

    pub(super) fn inserted(object_type: ObjectType, id: ObjectId) -> Self {
        Self::new(NotificationOperation::Insert, object_type, id)
    }

    pub(super) fn updated(object_type: ObjectType, id: ObjectId) -> Self {
        Self::new(NotificationOperation::Update, object_type, id)
    }

    pub(super) fn deleted(object_type: ObjectType, id: ObjectId) -> Self {
        Self::new(NotificationOperation::Delete, object_type, id)
    }

    /// The object, if it is gone.
    pub(super) fn gone(&self) -> Option<ObjectId> {
        (self.event.operation == NotificationOperation::Delete).then_some(self.event.object)
    }

    pub(super) fn completed(object_type: ObjectType, id: ObjectId) -> Self {
        let change = Self::new(NotificationOperation::EventComplete, object_type, id);
        Self { is_apart: true, ..change }
    }

    pub(super) fn went_on(object_type: ObjectType, id: ObjectId) -> Self {
        Self { is_apart: true, ..Self::updated(object_type, id) }
    }
}

/// Kinds of objects, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kinds(pub(super) u32);

impl Kinds {
    /// Those that somebody wants who asks for this kind.
    pub(super) fn wanted_as(kind: ObjectType) -> Self {
        if kind == ObjectType::Generic { Self(u32::MAX) } else { Self(1 << kind.value()) }
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

fn encode(events: &[Notification]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(events.len() * WIDTH);
    for event in events {
        bytes.push(event.operation.value());
        bytes.push(event.object_type.value());
        bytes.extend_from_slice(&event.object.to_bytes());
    }
    bytes
}

impl Transaction<'_> {
    /// Writes the row of an operation; says what kinds of objects it is about.
    pub(super) fn log_changes(&self, changes: Vec<Change>) -> Result<Kinds> {
        let events = coalesced(changes);
        self.append_to_log(&encode(&events))?;
        let kinds = events.iter().map(|event| Kinds::wanted_as(event.object_type));
        Ok(kinds.fold(Kinds::default(), Kinds::or))
    }

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
    use crate::catalog::testing::open;

    #[test]
    fn numbers_go_on_however_much_is_taken_away() {
        let temp = tempfile::tempdir().expect("temporary directory");
        let catalog = open(temp.path(), 1);
        let newest = || catalog.read(|view| view.newest_change()).expect("readable");
        let write = |shortens: bool| {
            let written = catalog.write(move |transaction| {
                transaction.append_to_log(&[])?;
                if shortens { transaction.shorten_log() } else { Ok(()) }
            });
            written.expect("committed");
        };
        write(false);
        write(true);
        let last = newest();
        write(true);
        write(false);
        assert_eq!(newest(), last + 2);
        let left = catalog.read(|view| view.changes_after(0, 10)).expect("readable");
        let left: Vec<i64> = left.iter().map(|row| row.sequence).collect();
        assert_eq!(left, [last + 1, last + 2]);
    }
}
