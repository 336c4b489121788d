//! How requests go on and end.

use rusqlite::params;
use uuid::Uuid;

use super::{Because, LibraryRequestRow};
use crate::catalog::Transaction;
use crate::error::{ErrorKind, Result};
use crate::model::{
    DriveId, Id, LibraryOperation, LibraryRequestId, LibraryRequestState, ObjectType,
    OperatorRequestId, Timestamp,
};

/// Without the time of completion, which is in the condition of every index of what is unfinished.
const SET_STATE: &str = "UPDATE library_request SET state = ?2, error = ?3, reason = ?4, \
     modified = ?5 WHERE key = ?1";
const FINISH: &str = "UPDATE library_request SET state = ?2, error = ?3, reason = ?4, \
     modified = ?5, completed = ?5 WHERE key = ?1";
const SET_DRIVE: &str = "UPDATE library_request SET drive = ?2 WHERE key = ?1";
const SET_LIBRARY: &str =
    "UPDATE library_request SET library = ?2, place = ?3, pinned = 0 WHERE key = ?1";
const SET_OPERATOR: &str = "UPDATE library_request SET operator_request = ?2 WHERE key = ?1";
const DESCRIBE: &str = "UPDATE library_request SET description = ?2, modified = ?3 WHERE key = ?1";
const WITHDRAW: &str = "DELETE FROM library_request WHERE key = ?1";
const DELETE_FINAL: &str = "DELETE FROM library_request WHERE id = ?1 AND completed IS NOT NULL";

/// Whether nobody wants a request any more when nobody waits for it. Of what has been begun, that
/// is so for mounts only.
fn ends_with_its_waiter(row: &LibraryRequestRow) -> bool {
    row.is_waiting() || row.task.operation == LibraryOperation::Mount
}

impl Transaction<'_> {
    /// The request goes on to a state that is not its last. Deferred is as good as done for whoever
    /// asked.
    pub(crate) fn advance_request(
        &self,
        row: &LibraryRequestRow,
        state: LibraryRequestState,
        now: Timestamp,
    ) -> Result<()> {
        if row.state != state {
            self.set_request_state(row, state, None, now)?;
            if state == LibraryRequestState::Deferred {
                self.tell_completion(row);
            }
        }
        Ok(())
    }

    /// The request waits for this.
    pub(crate) fn let_wait(
        &self,
        row: &LibraryRequestRow,
        obstacle: &str,
        now: Timestamp,
    ) -> Result<()> {
        let state = LibraryRequestState::Waiting;
        if row.state == state && row.waits_for == obstacle {
            return Ok(());
        }
        self.store_request_state(row, state, (0, obstacle), now)
    }

    /// The request ends.
    pub(crate) fn finish_request(
        &self,
        row: &LibraryRequestRow,
        state: LibraryRequestState,
        because: Option<&Because>,
        now: Timestamp,
    ) -> Result<()> {
        self.set_request_state(row, state, because, now)?;
        if row.state != LibraryRequestState::Deferred {
            self.tell_completion(row);
        }
        if row.task.operation == LibraryOperation::Eject {
            self.release_port_moves(row.key, now)?;
        }
        self.stop_asking(row, now)
    }

    fn tell_completion(&self, row: &LibraryRequestRow) {
        if let Some((kind, id)) = row.task.subject {
            self.completed(kind, id);
        }
        if row.task.operation.is_at_port() {
            self.completed(ObjectType::LibraryRequest, row.id);
        }
    }

    fn set_request_state(
        &self,
        row: &LibraryRequestRow,
        state: LibraryRequestState,
        because: Option<&Because>,
        now: Timestamp,
    ) -> Result<()> {
        let why = because.map_or((0, ""), |because| (because.kind.code(), &because.reason));
        self.store_request_state(row, state, why, now)
    }

    fn store_request_state(
        &self,
        row: &LibraryRequestRow,
        state: LibraryRequestState,
        (error, reason): (u32, &str),
        now: Timestamp,
    ) -> Result<()> {
        let statement = if state.is_final() { FINISH } else { SET_STATE };
        self.execute(statement, params![row.key, state.value(), error, reason, now.as_micros()])?;
        self.updated(ObjectType::LibraryRequest, row.id);
        self.wake(row.call.watched);
        self.tell_of_work(row, state, now)
    }

    /// The drive in which the request is carried out.
    pub(crate) fn set_request_drive(&self, row: &LibraryRequestRow, drive: DriveId) -> Result<()> {
        self.execute(SET_DRIVE, params![row.key, drive.to_bytes()])?;
        self.updated(ObjectType::LibraryRequest, row.id);
        Ok(())
    }

    /// The mount goes to the queue of another library, as if it had been asked for now.
    pub(crate) fn move_request(&self, row: &LibraryRequestRow, library: i64) -> Result<()> {
        let place = self.new_place(library, row.task.priority)?;
        self.execute(SET_LIBRARY, params![row.key, library, place])?;
        self.updated(ObjectType::LibraryRequest, row.id);
        Ok(())
    }

    /// What a person has been asked for the request.
    pub(crate) fn set_request_operator(
        &self,
        row: &LibraryRequestRow,
        operator: Option<OperatorRequestId>,
    ) -> Result<()> {
        self.execute(SET_OPERATOR, params![row.key, operator.map(|id| id.to_bytes())])?;
        Ok(())
    }

    /// Stores the one settable field.
    pub(crate) fn describe_library_request(
        &self,
        row: &LibraryRequestRow,
        description: &str,
        now: Timestamp,
    ) -> Result<()> {
        self.execute(DESCRIBE, params![row.key, description, now.as_micros()])?;
        self.updated(ObjectType::LibraryRequest, row.id);
        Ok(())
    }

    /// Deletes a finished request; says whether there was one.
    pub(crate) fn delete_final_library_request(&self, request: LibraryRequestId) -> Result<bool> {
        let deleted = self.execute(DELETE_FINAL, params![request.to_bytes()])? > 0;
        if deleted {
            self.request_gone(request)?;
        }
        Ok(deleted)
    }

    /// Takes a request away without a trace but its deletion.
    pub(crate) fn withdraw_request(&self, row: &LibraryRequestRow) -> Result<()> {
        self.execute(WITHDRAW, params![row.key])?;
        self.request_gone(row.id)
    }

    /// Nothing more is told of a request whose row is gone.
    pub(in crate::catalog) fn request_gone(&self, request: LibraryRequestId) -> Result<()> {
        self.deleted(ObjectType::LibraryRequest, request);
        self.drop_news_of_work(request)
    }

    /// Cancels these, unless they are finished.
    pub(crate) fn cancel_requests(
        &self,
        rows: &[LibraryRequestRow],
        because: &Because,
        now: Timestamp,
    ) -> Result<()> {
        let unfinished = rows.iter().filter(|row| row.completed.is_none());
        for row in unfinished {
            self.finish_request(row, LibraryRequestState::Cancelled, Some(because), now)?;
        }
        Ok(())
    }

    /// Cancels what a session waits for: nobody would get it. Work that is being carried out goes
    /// on.
    pub(crate) fn cancel_requests_of_session(&self, session: Uuid, now: Timestamp) -> Result<()> {
        let mut rows = self.requests_of_session(session)?;
        rows.retain(ends_with_its_waiter);
        let because = Because::new(ErrorKind::Cancelled, "the session was closed");
        self.cancel_requests(&rows, &because, now)
    }

    /// Cancels what the former owner of a library was doing.
    pub(crate) fn cancel_interrupted_requests(&self, library: i64, now: Timestamp) -> Result<()> {
        let mut rows = self.unfinished_requests(library)?;
        rows.retain(|row| row.state == LibraryRequestState::InProcess);
        let reason = "the process that had the library attached has ended";
        self.cancel_requests(&rows, &Because::new(ErrorKind::Cancelled, reason), now)
    }

    /// Cancels everything: nobody is there to do it or to wait for it. What people were asked for
    /// mounts is asked no more, what they were asked for other work is refused. Drives that were to
    /// be cleaned are not remembered.
    pub(in crate::catalog) fn cancel_all_requests(&self, now: Timestamp) -> Result<()> {
        let because =
            Because::new(ErrorKind::Cancelled, "no process had the catalog open any more");
        for library in self.libraries()? {
            let rows = self.unfinished_requests(library.key)?;
            let (calls, work): (Vec<_>, Vec<_>) =
                rows.into_iter().partition(|row| row.task.operation == LibraryOperation::Mount);
            let asked = work.iter().filter(|row| row.operator_request.is_some());
            self.refuse_what_was_asked(&asked.cloned().collect::<Vec<_>>(), now)?;
            self.cancel_requests(&calls, &because, now)?;
            self.cancel_requests(&work, &because, now)?;
            for row in work.iter().filter(|row| row.task.operation == LibraryOperation::CleanDrive)
            {
                self.withdraw_request(row)?;
            }
        }
        Ok(())
    }

    /// Cancels what a dead process waited for.
    pub(in crate::catalog) fn cancel_requests_of_process(
        &self,
        process: i64,
        now: Timestamp,
    ) -> Result<()> {
        let mut rows = self.requests_of_process(process)?;
        rows.retain(ends_with_its_waiter);
        let because = Because::new(ErrorKind::Cancelled, "the process that waited has ended");
        self.cancel_requests(&rows, &because, now)
    }
}
