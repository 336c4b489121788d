//! Physical media.

use super::{Checking, Found, Identified, Reading, Settable, Writing};
use crate::catalog::{LibraryRow, MediumRow, Place, View};
use crate::error::Result;
use crate::model::{
    AccessRights, Common, Location, ObjectType, OperationalState, PhysicalMedia, PhysicalMediaId,
    PoolId, text,
};
use crate::session::context::present;

impl Identified for PhysicalMediaId {
    type Record = PhysicalMedia;
    const KIND: ObjectType = ObjectType::PhysicalMedia;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<PhysicalMedia>>> {
        let Some(key) = from.view.medium_key(self)? else { return Ok(None) };
        let cartridge = from.view.cartridge(key)?;
        let pool = from.view.pool(cartridge.medium.pool)?;
        let sides = u16::try_from(cartridge.sides.len()).unwrap_or(u16::MAX);
        let mut record = record(&from.view, cartridge.medium.clone(), pool.id, sides)?;
        record.mounted_side = cartridge.medium.mounted_side.and_then(|number| {
            cartridge.sides.iter().find(|side| side.number() == number).map(|side| side.id)
        });
        Ok(Some(Found { record, governor: pool.into() }))
    }
}

fn record(view: &View<'_>, row: MediumRow, pool: PoolId, sides: u16) -> Result<PhysicalMedia> {
    let library = view.library(row.library)?;
    Ok(PhysicalMedia {
        id: row.id,
        common: Common {
            created: row.created,
            modified: row.modified,
            enabled: is_enabled(&row, &library),
            operational_state: OperationalState::Ready,
            name: row.name,
            description: row.description,
        },
        current_library: library.id,
        pool,
        location: match row.place {
            Place::Nowhere => None,
            Place::Slot(key) => Some(Location::Slot(view.slot_id(key)?)),
            Place::Drive(key) => Some(Location::Drive(view.drive_id(key)?)),
            Place::Port(key) => Some(Location::Port(view.port_id(key)?)),
        },
        media_type: view.media_type(row.media_type)?.id,
        home_slot: row.home_slot.map(|key| view.slot_id(key)).transpose()?,
        bar_code: row.bar_code,
        bar_code_state: row.bar_code_state,
        sequence_number: row.key.unsigned_abs(),
        media_state: row.state,
        number_of_sides: sides,
        media_type_code: row.media_code,
        density_code: row.density_code,
        mounted_side: None,
    })
}

/// The effective flag of a medium, its sides and logical media.
pub(super) fn is_enabled(row: &MediumRow, library: &LibraryRow) -> bool {
    row.enabled && library.enabled
}

impl Settable for PhysicalMedia {
    fn check(&self, _: &Checking) -> Result<()> {
        present(self.id, "the medium")?;
        text::object_name(&self.common.name)?;
        text::description(&self.common.description).map(drop)
    }

    fn store(&self, to: &Writing<'_, '_>) -> Result<()> {
        let view = to.transaction;
        let key = view.medium_key(self.id)?.ok_or_else(|| to.missing(self.id))?;
        let row = view.cartridge(key)?.medium;
        to.require(&view.pool(row.pool)?.into(), AccessRights::MODIFY, None)?;
        view.set_medium_texts(&row, &self.common.name, &self.common.description, to.now)
    }
}
