//! New requests.

use rusqlite::params;
use uuid::{Builder, Uuid};

use super::{Call, LibraryRequestRow, Task, Waiter};
use crate::catalog::Transaction;
use crate::error::Result;
use crate::model::{
    Attendance, Id, LibraryOperation, LibraryRequestId, LibraryRequestState, ObjectType, Timestamp,
};

/// A new request, or several of one call that belong together.
pub(crate) struct NewRequests<'a> {
    pub(crate) library: i64,
    /// In the order of the call.
    pub(crate) tasks: &'a [Task],
    pub(crate) state: LibraryRequestState,
    pub(crate) waiter: Option<Waiter>,
    /// What those who wait for the call watch.
    pub(crate) watched: Option<Uuid>,
}

const LAST_KEY: &str = "SELECT seq FROM sqlite_sequence WHERE name = 'library_request'";
const TAKE_KEY: &str = "UPDATE sqlite_sequence SET seq = seq + 1 \
     WHERE name = 'library_request' RETURNING seq";
const FIRST_KEY: &str = "INSERT INTO sqlite_sequence (name, seq) VALUES ('library_request', 1)";
const INSERT: &str = "INSERT INTO library_request (key, id, call, first, members, library, \
     operation, option, mount_options, state, priority, medium, side, drive, slot, subject_type, \
     subject, application, user, computer, queued, modified, process, session, deadline, \
     argument, work_item, place, caller, attendance) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, \
     ?19, ?20, ?21, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29)";

/// An id that no other request has: it carries the request's key, which is used once.
fn id_of(key: i64, catalog: Uuid, now: Timestamp) -> LibraryRequestId {
    let millis = u64::try_from(now.as_micros() / 1000).unwrap_or(0);
    let [.., c0, c1, c2, c3, c4] = *catalog.as_bytes();
    let [.., k0, k1, k2, k3, k4] = key.to_be_bytes();
    let rest = [c0, c1, c2, c3, c4, k0, k1, k2, k3, k4];
    LibraryRequestId::from_uuid(Builder::from_unix_timestamp_millis(millis, &rest).into_uuid())
}

impl Transaction<'_> {
    /// An id for something that comes of a request.
    pub(in crate::catalog) fn fresh_request_id(&self, now: Timestamp) -> Result<Uuid> {
        let number: Option<i64> = self.first(TAKE_KEY, [], |row| row.get(0))?;
        let number = match number {
            Some(number) => number,
            // There has been none before.
            None => self.insert(FIRST_KEY, []).map(|_| 1)?,
        };
        Ok(id_of(number, self.computer()?.id.as_uuid(), now).as_uuid())
    }

    /// Queues the requests of one call, and wakes the library; gives their rows in the order of the
    /// call. Some of the finished requests whose time is over are purged.
    pub(crate) fn insert_library_requests(
        &self,
        new: &NewRequests<'_>,
        now: Timestamp,
    ) -> Result<Vec<LibraryRequestRow>> {
        let settings = self.purge_library_requests(now)?;
        let last: Option<i64> = self.first(LAST_KEY, [], |row| row.get(0))?;
        let first = last.unwrap_or(0) + 1;
        let watched = new.watched.unwrap_or(id_of(first, settings.catalog, now).as_uuid());
        let members = u32::try_from(new.tasks.len()).unwrap_or(u32::MAX);
        let call = Call { watched, first, members };
        let place = match new.tasks.first() {
            Some(task) if task.operation == LibraryOperation::Mount => {
                self.new_place(new.library, task.priority)?
            }
            _ => 0,
        };
        let mut rows = Vec::with_capacity(new.tasks.len());
        for (key, task) in (first..).zip(new.tasks) {
            let row = LibraryRequestRow {
                key,
                id: id_of(key, settings.catalog, now),
                call,
                library: new.library,
                task: task.clone(),
                state: new.state,
                because: None,
                waits_for: String::new(),
                description: String::new(),
                submitter: self.submitter(),
                queued: now,
                modified: now,
                completed: None,
                waiter: new.waiter,
                operator_request: None,
                place,
            };
            self.insert_row(&row)?;
            rows.push(row);
        }
        self.wake_library(new.library)?;
        Ok(rows)
    }

    fn insert_row(&self, row: &LibraryRequestRow) -> Result<()> {
        let task = &row.task;
        let subject_type = task.subject.map_or(ObjectType::Unknown, |(kind, _)| kind);
        self.insert(
            INSERT,
            params![
                row.key,
                row.id.to_bytes(),
                row.call.watched.as_bytes(),
                row.call.first,
                row.call.members,
                row.library,
                task.operation.value(),
                task.option.value(),
                task.mount_options.bits(),
                row.state.value(),
                task.priority.value(),
                task.medium.map(|id| id.to_bytes()),
                task.side.map(|id| id.to_bytes()),
                task.drive.map(|id| id.to_bytes()),
                task.slot.map(|id| id.to_bytes()),
                subject_type.value(),
                task.subject.map(|(_, id)| id.to_bytes()),
                row.submitter.application,
                row.submitter.user,
                row.submitter.computer,
                row.queued.as_micros(),
                row.waiter.map(|waiter| waiter.process),
                row.waiter.map(|waiter| waiter.session.into_bytes()),
                row.waiter.and_then(|waiter| waiter.deadline).map(Timestamp::as_micros),
                task.argument,
                task.work_item.map(|id| id.to_bytes()),
                row.place,
                row.submitter.session.map(Uuid::into_bytes),
                row.submitter.attendance.map(Attendance::value)
            ],
        )?;
        self.inserted(ObjectType::LibraryRequest, row.id);
        self.tell_of_work(row, row.state, row.queued)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_by_key_catalog_and_time() {
        let catalog = Uuid::from_u128(0x1234_5678_9abc_def0);
        let now = Timestamp::from_micros(1_767_225_600_000_000);
        let id = id_of(7, catalog, now);
        assert_eq!(id.as_uuid().get_version_num(), 7);
        assert_eq!(id.as_uuid().as_u128() & 0xFF_FFFF_FFFF, 7);
        assert_ne!(id, id_of(8, catalog, now));
        assert_ne!(id, id_of(7, Uuid::from_u128(5), now));
        assert_ne!(id, id_of(7, catalog, Timestamp::from_micros(0)));
    }
}
