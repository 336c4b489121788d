//! Changer types and drive types.

use super::{Checking, Found, Identified, Reading, Settable, Writing};
use crate::catalog::DeviceTypeRow;
use crate::error::Result;
use crate::model::{
    AccessRights, ChangerType, ChangerTypeId, Common, DriveType, DriveTypeId, Id, ObjectType,
    OperationalState, text,
};
use crate::session::context::present;

impl Identified for DriveTypeId {
    type Record = DriveType;
    const KIND: ObjectType = ObjectType::DriveType;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<DriveType>>> {
        let Some(row) = from.view.device_type_by_id(self, Self::KIND)? else { return Ok(None) };
        let record = DriveType {
            id: self,
            common: common(&row, "Drive"),
            vendor: row.vendor,
            product: row.product,
            number_of_heads: 0,
            device_type: row.device_type,
        };
        Ok(Some(Found { record, governor: from.view.computer()?.into() }))
    }
}

impl Identified for ChangerTypeId {
    type Record = ChangerType;
    const KIND: ObjectType = ObjectType::ChangerType;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<ChangerType>>> {
        let Some(row) = from.view.device_type_by_id(self, Self::KIND)? else { return Ok(None) };
        let record = ChangerType {
            id: self,
            common: common(&row, "Changer"),
            vendor: row.vendor,
            product: row.product,
            device_type: row.device_type,
        };
        Ok(Some(Found { record, governor: from.view.computer()?.into() }))
    }
}

/// Types are named after vendor and product **\[D]**.
fn common(row: &DeviceTypeRow, nameless: &str) -> Common {
    let name = text::to_object_name(&format!("{} {}", row.vendor, row.product));
    Common {
        created: row.created,
        modified: row.modified,
        enabled: true,
        operational_state: OperationalState::Ready,
        name: if name.is_empty() { nameless.to_owned() } else { name },
        description: row.description.clone(),
    }
}

impl Settable for DriveType {
    fn check(&self, _: &Checking) -> Result<()> {
        check(self.id, &self.common)
    }

    fn store(&self, to: &Writing<'_, '_>) -> Result<()> {
        describe(self.id, &self.common, to)
    }
}

impl Settable for ChangerType {
    fn check(&self, _: &Checking) -> Result<()> {
        check(self.id, &self.common)
    }

    fn store(&self, to: &Writing<'_, '_>) -> Result<()> {
        describe(self.id, &self.common, to)
    }
}

fn check(id: impl Id, common: &Common) -> Result<()> {
    present(id, "the type")?;
    text::description(&common.description).map(drop)
}

fn describe<I: Identified>(id: I, common: &Common, to: &Writing<'_, '_>) -> Result<()> {
    let row = to.transaction.device_type_by_id(id, I::KIND)?.ok_or_else(|| to.missing(id))?;
    to.require(&to.transaction.computer()?.into(), AccessRights::MODIFY, None)?;
    let row = DeviceTypeRow { description: common.description.clone(), ..row };
    to.transaction.set_device_type(&row, to.now)
}
