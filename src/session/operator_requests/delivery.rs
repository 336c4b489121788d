//! A request that an operator has read is Active.

use crate::error::Result;
use crate::model::{OperatorRequestId, OperatorRequestState};
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
            for request in &requests {
                let row = transaction.operator_request(*request)?;
                if row.is_some_and(|row| row.state == OperatorRequestState::Submitted) {
                    let active = OperatorRequestState::Active;
                    transaction.set_operator_request_state(*request, active, now)?;
                }
            }
            Ok(())
        })
    }
}
