//! Sides of media.

use super::physical_media::is_enabled;
use super::{Checking, Found, Identified, Reading, Settable, Writing};
use crate::catalog::{Cartridge, LibraryRow, SideRow, medium_key};
use crate::error::Result;
use crate::label::side_name;
use crate::model::{AccessRights, Common, ObjectType, OperationalState, Side, SideId, text};
use crate::session::context::present;

impl Identified for SideId {
    type Record = Side;
    const KIND: ObjectType = ObjectType::Side;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<Side>>> {
        let Some(key) = from.view.side_key(self)? else { return Ok(None) };
        let cartridge = from.view.cartridge(medium_key(key))?;
        let Some(row) = cartridge.sides.iter().find(|side| side.key == key) else {
            return Ok(None);
        };
        let library = from.view.library(cartridge.medium.library)?;
        let governor = from.view.pool(cartridge.medium.pool)?.into();
        Ok(Some(Found { record: record(&cartridge, row, &library), governor }))
    }
}

fn record(cartridge: &Cartridge, row: &SideRow, library: &LibraryRow) -> Side {
    Side {
        id: row.id,
        common: Common {
            created: row.created,
            modified: row.modified,
            enabled: is_enabled(&cartridge.medium, library),
            operational_state: OperationalState::Ready,
            name: row.name.clone().unwrap_or_else(|| name_after_medium(cartridge, row)),
            description: row.description.clone(),
        },
        physical_media: cartridge.medium.id,
        logical_media: row.logical.as_ref().map(|logical| logical.id),
        state: row.state,
        side_number: u16::from(row.number()),
        label: row.label.clone(),
        mount_count: row.mount_count,
        allocate_count: row.allocate_count,
        capacity: row.capacity,
    }
}

/// The name of a side that nobody has named.
fn name_after_medium(cartridge: &Cartridge, row: &SideRow) -> String {
    let sides = u32::try_from(cartridge.sides.len()).unwrap_or(u32::MAX);
    side_name(&cartridge.medium.name, u32::from(row.number()) + 1, sides)
}

impl Settable for Side {
    fn check(&self, _: &Checking) -> Result<()> {
        present(self.id, "the side")?;
        text::object_name(&self.common.name)?;
        text::description(&self.common.description).map(drop)
    }

    fn store(&self, to: &Writing<'_, '_>) -> Result<()> {
        let view = to.transaction;
        let key = view.side_key(self.id)?.ok_or_else(|| to.missing(self.id))?;
        let cartridge = view.cartridge(medium_key(key))?;
        let pool = view.pool(cartridge.medium.pool)?;
        to.require(&pool.into(), AccessRights::MODIFY, Some(AccessRights::CONTROL))?;
        for row in cartridge.sides.iter().filter(|side| side.key == key) {
            // A name that was only read and written back goes on following the medium's.
            let follows =
                row.name.is_none() && self.common.name == name_after_medium(&cartridge, row);
            let name = Some(self.common.name.as_str()).filter(|_| !follows);
            view.set_side_texts(row, name, &self.common.description, to.now)?;
        }
        Ok(())
    }
}
