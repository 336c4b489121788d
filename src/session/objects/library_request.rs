//! Library requests.

use super::{Checking, Found, Identified, Reading, Settable, Writing};
use crate::catalog::LibraryRequestRow;
use crate::error::Result;
use crate::model::{
    AccessRights, Common, LibraryId, LibraryRequest, LibraryRequestId, ObjectType,
    OperationalState, text,
};
use crate::session::context::present;
use crate::session::work_in_words::name_of_work;

impl Identified for LibraryRequestId {
    type Record = LibraryRequest;
    const KIND: ObjectType = ObjectType::LibraryRequest;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<LibraryRequest>>> {
        let Some(row) = from.view.library_request(self)? else { return Ok(None) };
        let library = from.view.library(row.library)?;
        let order = from.view.order_of(&row)?;
        Ok(Some(Found { record: record(row, order, library.id), governor: library.into() }))
    }
}

fn record(row: LibraryRequestRow, order: u32, library: LibraryId) -> LibraryRequest {
    let name = name_of_work(&row);
    let task = row.task;
    let (error, reason) = match row.because {
        Some(because) => (Some(because.kind), because.reason),
        None => (None, row.waits_for),
    };
    LibraryRequest {
        id: row.id,
        common: Common {
            created: row.queued,
            modified: row.modified,
            enabled: true,
            operational_state: OperationalState::Ready,
            name,
            description: row.description,
        },
        operation: task.operation,
        operation_option: task.option.value(),
        state: row.state,
        library,
        medium: task.medium,
        side: task.side,
        drive: task.drive,
        slot: task.slot,
        queued: row.queued,
        completed: row.completed,
        application: row.submitter.application.clone(),
        user: row.submitter.user.clone(),
        computer: row.submitter.computer.clone(),
        error,
        reason,
        work_item: task.work_item,
        priority: task.priority,
        order,
    }
}

impl Settable for LibraryRequest {
    fn check(&self, _: &Checking) -> Result<()> {
        present(self.id, "the library request")?;
        text::description(&self.common.description).map(drop)
    }

    fn store(&self, to: &Writing<'_, '_>) -> Result<()> {
        let view = to.transaction;
        let row = view.library_request(self.id)?.ok_or_else(|| to.missing(self.id))?;
        let library = view.library(row.library)?;
        to.require(&library.into(), AccessRights::MODIFY, None)?;
        view.describe_library_request(&row, &self.common.description, to.now)
    }
}
