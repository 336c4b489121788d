//! Requests to people.

use super::{Checking, Found, Identified, Reading, Settable, Writing};
use crate::catalog::OperatorRequestRow;
use crate::error::Result;
use crate::model::{
    AccessRights, Common, ObjectType, OperationalState, OperatorRequest, OperatorRequestId,
    OperatorRequestKind, OperatorRequestState, text,
};
use crate::session::Session;
use crate::session::context::present;

impl Identified for OperatorRequestId {
    type Record = OperatorRequest;
    const KIND: ObjectType = ObjectType::OperatorRequest;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<OperatorRequest>>> {
        let Some(row) = from.view.operator_request(self)? else { return Ok(None) };
        Ok(Some(Found { record: record(row)?, governor: from.view.computer()?.into() }))
    }

    /// [D] An administrator who has read a request is an operator who knows of it.
    fn was_read(self, by: &Session, record: &OperatorRequest) {
        if record.state == OperatorRequestState::Submitted {
            by.note_delivery(vec![self]);
        }
    }
}

pub(in crate::session) fn record(row: OperatorRequestRow) -> Result<OperatorRequest> {
    Ok(OperatorRequest {
        id: row.id,
        common: Common {
            created: row.submitted,
            modified: row.modified,
            enabled: true,
            operational_state: OperationalState::Ready,
            name: name(row.kind).to_owned(),
            description: row.description.clone(),
        },
        task: row.task()?,
        state: row.state,
        submitted: row.submitted,
        message: row.message,
        application: row.submitter.application.clone(),
        user: row.submitter.user.clone(),
        computer: row.submitter.computer.clone(),
        answered_by: row.answer.by,
        answer: row.answer.reason,
    })
}

/// The kind in words.
fn name(kind: OperatorRequestKind) -> &'static str {
    match kind {
        OperatorRequestKind::Unknown => "Unknown",
        OperatorRequestKind::NewMedia => "New media",
        OperatorRequestKind::Cleaner => "Cleaning cartridge",
        OperatorRequestKind::DeviceService => "Service",
        OperatorRequestKind::MoveMedia => "Move a medium",
        OperatorRequestKind::Message => "Message",
    }
}

impl Settable for OperatorRequest {
    fn check(&self, _: &Checking) -> Result<()> {
        present(self.id, "the operator request")?;
        text::description(&self.common.description).map(drop)
    }

    fn store(&self, to: &Writing<'_, '_>) -> Result<()> {
        let row = to.transaction.operator_request(self.id)?.ok_or_else(|| to.missing(self.id))?;
        to.require(&to.transaction.computer()?.into(), AccessRights::MODIFY, None)?;
        to.transaction.describe_operator_request(&row, &self.common.description, to.now)
    }
}
