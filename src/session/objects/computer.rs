//! The computer.

use super::{Checking, Found, Identified, Reading, Settable, Writing};
use crate::catalog::ComputerRow;
use crate::error::Result;
use crate::model::{
    AccessRights, Common, Computer, ComputerId, ObjectType, OperationalState, text,
};
use crate::session::context::present;

impl Identified for ComputerId {
    type Record = Computer;
    const KIND: ObjectType = ObjectType::Computer;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<Computer>>> {
        let row = from.view.computer()?;
        if row.id != self {
            return Ok(None);
        }
        Ok(Some(Found { record: record(&row), governor: row.into() }))
    }
}

fn record(row: &ComputerRow) -> Computer {
    Computer {
        id: row.id,
        common: Common {
            created: row.created,
            modified: row.modified,
            enabled: true,
            operational_state: OperationalState::Ready,
            name: row.name.clone(),
            description: row.description.clone(),
        },
        library_request_purge_time: row.library_request_purge,
        operator_request_purge_time: row.operator_request_purge,
        library_request_flags: row.library_request_flags,
        operator_request_flags: row.operator_request_flags,
        media_pool_policy: row.media_pool_policy,
        complete_requests_by_detection: row.detection,
    }
}

impl Settable for Computer {
    fn check(&self, _: &Checking) -> Result<()> {
        present(self.id, "the computer")?;
        text::description(&self.common.description)?;
        self.library_request_flags.known()?;
        self.operator_request_flags.known()?;
        self.media_pool_policy.known()?;
        Ok(())
    }

    fn store(&self, to: &Writing<'_, '_>) -> Result<()> {
        let mut row = to.transaction.computer()?;
        if row.id != self.id {
            return Err(to.missing(self.id));
        }
        to.require(&row.clone().into(), AccessRights::MODIFY, None)?;
        row.description.clone_from(&self.common.description);
        row.library_request_purge = self.library_request_purge_time;
        row.operator_request_purge = self.operator_request_purge_time;
        row.library_request_flags = self.library_request_flags;
        row.operator_request_flags = self.operator_request_flags;
        row.media_pool_policy = self.media_pool_policy;
        row.detection = self.complete_requests_by_detection;
        to.transaction.set_computer(&row, to.now)
    }
}
