//! A request that an operator has read is Active.

use crate::catalog::Transaction;
use crate::error::Result;
use crate::model::{OperatorRequestId, OperatorRequestState, Timestamp};
use crate::session::Session;
use crate::session::context::is_administrator;

impl Session {
    /// Notes that this caller has read these requests, if that makes a difference: an administrator
    /// has, and nobody had before. What was read has been given out by then, so that a catalog that
    /// cannot be written fails nobody.
    pub(in crate::session) fn note_delivery(&self, requests: Vec<OperatorRequestId>) {
        if let Err(error) = self.mark_delivered(requests) {
            tracing::warn!(%error, "operator requests that were read could not be marked as read");
        }
    }

    fn mark_delivered(&self, requests: Vec<OperatorRequestId>) -> Result<()> {
        if requests.is_empty() {
            return Ok(());
        }
        let context = self.context();
        let computer = context.catalog.read(|view| view.computer())?;
        if !is_administrator(self.caller(), &computer) {
            return Ok(());
        }
        let now = context.clock.now();
        context.catalog.write(move |transaction| {
            requests.iter().try_for_each(|request| mark_read(transaction, *request, now))
        })
    }
}

/// A person has read the request, or it is before his eyes.
pub(in crate::session) fn mark_read(
    transaction: &Transaction<'_>,
    request: OperatorRequestId,
    now: Timestamp,
) -> Result<()> {
    let row = transaction.operator_request(request)?;
    if row.is_some_and(|row| row.state == OperatorRequestState::Submitted) {
        transaction.set_operator_request_state(request, OperatorRequestState::Active, now)?;
    }
    Ok(())
}
