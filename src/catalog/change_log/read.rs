//! Reading the change log.

use rusqlite::params;
use uuid::Uuid;

use super::WIDTH;
use crate::catalog::transaction::View;
use crate::error::Result;
use crate::model::{Id, Notification, NotificationOperation, ObjectId, ObjectType};

const NEWEST: &str = "SELECT max(sequence) FROM change_log";
const AFTER: &str =
    "SELECT sequence, changes FROM change_log WHERE sequence > ?1 ORDER BY sequence LIMIT ?2";

/// One operation.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::catalog) struct LogRow {
    pub(in crate::catalog) sequence: i64,
    /// In order; none when nobody knows what the row says.
    pub(in crate::catalog) events: Option<Vec<Notification>>,
}

impl View<'_> {
    /// The number of the operation that was committed last; 0 when there has been none.
    pub(in crate::catalog) fn newest_change(&self) -> Result<i64> {
        Ok(self.first(NEWEST, [], |row| row.get::<_, Option<i64>>(0))?.flatten().unwrap_or(0))
    }

    /// The operations behind this one, the oldest first, at most so many.
    pub(in crate::catalog) fn changes_after(
        &self,
        sequence: i64,
        most: usize,
    ) -> Result<Vec<LogRow>> {
        let limit = i64::try_from(most).unwrap_or(i64::MAX);
        self.all(AFTER, params![sequence, limit], |row| {
            let changes = row.get_ref(1)?.as_blob()?;
            Ok(LogRow { sequence: row.get(0)?, events: decode(changes) })
        })
    }
}

fn decode(changes: &[u8]) -> Option<Vec<Notification>> {
    changes.chunks(WIDTH).map(event).collect()
}

fn event(bytes: &[u8]) -> Option<Notification> {
    let [operation, kind, id @ ..] = bytes else { return None };
    Some(Notification {
        operation: NotificationOperation::try_from(i64::from(*operation)).ok()?,
        object: ObjectId::from_uuid(Uuid::from_slice(id).ok()?),
        object_type: ObjectType::try_from(i64::from(*kind)).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::change_log::{Change, encode};

    #[test]
    fn what_is_written_is_read() {
        let id = ObjectId::from_uuid(Uuid::from_u128(9));
        let events = vec![
            Change::updated(ObjectType::Side, id).event,
            Change::completed(ObjectType::UiDestination, id).event,
        ];
        let bytes = encode(&events);
        assert_eq!(bytes.len(), 36);
        assert_eq!((&bytes[..2], bytes[17]), (&[1, 14][..], 9));
        assert_eq!(decode(&bytes), Some(events));
        assert_eq!(decode(&[]), Some(vec![]));
    }

    #[test]
    fn what_cannot_be_read_is_not_taken_for_something_else() {
        let mut bytes = [0; WIDTH];
        for (operation, kind, is_known) in
            [(1, 1, true), (0, 2, false), (6, 2, false), (1, 99, false)]
        {
            (bytes[0], bytes[1]) = (operation, kind);
            assert_eq!(decode(&bytes).is_some(), is_known, "{operation} {kind}");
        }
        assert_eq!(decode(&bytes[..17]), None);
    }
}
