//! Logical media.

use super::physical_media::is_enabled;
use super::{Checking, Found, Identified, Reading, Settable, Writing};
use crate::catalog::{LogicalRow, medium_key};
use crate::error::Result;
use crate::model::{
    AccessRights, Common, LogicalMedia, LogicalMediaId, ObjectType, OperationalState, PoolId, text,
};
use crate::session::context::present;

impl Identified for LogicalMediaId {
    type Record = LogicalMedia;
    const KIND: ObjectType = ObjectType::LogicalMedia;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<LogicalMedia>>> {
        let Some(key) = from.view.side_of_logical(self)? else { return Ok(None) };
        let cartridge = from.view.cartridge(medium_key(key))?;
        let row = cartridge.sides.into_iter().find(|side| side.key == key);
        let Some(logical) = row.and_then(|side| side.logical) else { return Ok(None) };
        let library = from.view.library(cartridge.medium.library)?;
        let pool = from.view.pool(cartridge.medium.pool)?;
        let record = record(logical, pool.id, is_enabled(&cartridge.medium, &library));
        Ok(Some(Found { record, governor: pool.into() }))
    }
}

fn record(row: LogicalRow, pool: PoolId, enabled: bool) -> LogicalMedia {
    LogicalMedia {
        id: row.id,
        common: Common {
            created: row.created,
            modified: row.modified,
            enabled,
            operational_state: OperationalState::Ready,
            name: row.name,
            description: row.description,
        },
        pool,
        number_of_sides: 1,
    }
}

impl Settable for LogicalMedia {
    fn check(&self, _: &Checking) -> Result<()> {
        present(self.id, "the logical medium")?;
        text::object_name(&self.common.name)?;
        text::description(&self.common.description).map(drop)
    }

    fn store(&self, to: &Writing<'_, '_>) -> Result<()> {
        let view = to.transaction;
        let key = view.side_of_logical(self.id)?.ok_or_else(|| to.missing(self.id))?;
        let pool = view.cartridge(medium_key(key))?.medium.pool;
        to.require(&view.pool(pool)?.into(), AccessRights::MODIFY, None)?;
        let Common { name, description, .. } = &self.common;
        view.set_logical_texts(key, self.id, name, description, to.now)
    }
}
