//! Requests to people: asking, answering, waiting for an answer.

mod answer;
mod delete;
mod delivery;
mod list;
mod submit;
mod wait;

pub(super) use delivery::mark_read;
pub(super) use list::summary_of;

use crate::catalog::{OperatorRequestRow, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{ObjectType, OperatorRequestId};

/// The request, which must exist.
fn find(view: &View<'_>, request: OperatorRequestId) -> Result<OperatorRequestRow> {
    view.operator_request(request)?.ok_or_else(|| missing(request))
}

fn missing(request: OperatorRequestId) -> Error {
    Error::new(ErrorKind::ObjectNotFound, "no such operator request")
        .about(ObjectType::OperatorRequest, request)
}
