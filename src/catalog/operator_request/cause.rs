//! What the library manager asks people for: one open request for one cause.

use std::sync::Arc;

use rusqlite::params;

use super::{Answer, OperatorRequestRow, Origin, columns};
use crate::catalog::column::id;
use crate::catalog::submitter::Submitter;
use crate::catalog::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{
    Id, ObjectId, OperatorRequestId, OperatorRequestKind, OperatorRequestState, OperatorTask,
    Timestamp, text,
};

const OF_CAUSE: &str = "SELECT id FROM operator_request WHERE kind = ?1 AND argument1 = ?2 \
     AND argument2 IS ?3 AND origin = 2 AND finished IS NULL";
const ABOUT: &str = "SELECT id FROM operator_request WHERE argument1 = ?1 AND kind = ?2 \
     AND origin = 2 AND finished IS NULL";

impl View<'_> {
    /// What the library manager asks people about an object, if it does.
    pub(in crate::catalog) fn open_request_about(
        &self,
        kind: OperatorRequestKind,
        object: impl Into<ObjectId>,
    ) -> Result<Option<OperatorRequestId>> {
        let object: ObjectId = object.into();
        self.first(ABOUT, params![object.to_bytes(), kind.value()], |row| id(row, 0))
    }
}

impl Transaction<'_> {
    /// Asks people for something, unless the library manager does so already; gives the request.
    pub(crate) fn ask_people(
        &self,
        task: &OperatorTask,
        message: &str,
        submitter: &Arc<Submitter>,
        now: Timestamp,
    ) -> Result<OperatorRequestId> {
        let [(_, first), (_, second)] = task.arguments().map(columns);
        let cause = params![task.kind().value(), first, second];
        if let Some(open) = self.first(OF_CAUSE, cause, |row| id::<OperatorRequestId>(row, 0))? {
            // Another session may have a destination that has not been told.
            if let (Some(row), Some(_)) = (self.operator_request(open)?, submitter.session) {
                self.post_ui_messages(&row, submitter.session, now)?;
            }
            return Ok(open);
        }
        let submitted = OperatorRequestState::Submitted;
        self.insert_of_manager(task, message, submitter, (submitted, Answer::default()), now)
    }

    /// A new request of the library manager.
    pub(in crate::catalog) fn insert_of_manager(
        &self,
        task: &OperatorTask,
        message: &str,
        submitter: &Arc<Submitter>,
        (state, answer): (OperatorRequestState, Answer),
        now: Timestamp,
    ) -> Result<OperatorRequestId> {
        let request = OperatorRequestId::from_uuid(self.fresh_request_id(now)?);
        self.insert_operator_request(&OperatorRequestRow {
            key: 0,
            id: request,
            kind: task.kind(),
            state,
            origin: Origin::Manager,
            message: text::to_message(message),
            description: String::new(),
            arguments: task.arguments(),
            submitter: Arc::clone(submitter),
            submitted: now,
            modified: now,
            answer,
        })?;
        Ok(request)
    }

    /// The same, in the name of whoever acts.
    pub(crate) fn ask_for(
        &self,
        task: &OperatorTask,
        message: &str,
        now: Timestamp,
    ) -> Result<OperatorRequestId> {
        self.ask_people(task, message, &self.submitter(), now)
    }

    /// What the library manager asked for about an object has been seen to be done.
    pub(in crate::catalog) fn complete_requests_about(
        &self,
        kind: OperatorRequestKind,
        object: impl Into<ObjectId>,
        now: Timestamp,
    ) -> Result<()> {
        let object: ObjectId = object.into();
        let open: Vec<OperatorRequestId> =
            self.all(ABOUT, params![object.to_bytes(), kind.value()], |row| id(row, 0))?;
        for request in open {
            self.set_operator_request_state(request, OperatorRequestState::Complete, now)?;
        }
        Ok(())
    }
}
