//! Media types.

use super::{Checking, Found, Identified, Reading, Settable, Writing};
use crate::catalog::MediaTypeRow;
use crate::error::Result;
use crate::model::{
    AccessRights, Common, MediaType, MediaTypeId, ObjectType, OperationalState, text,
};
use crate::session::context::present;

impl Identified for MediaTypeId {
    type Record = MediaType;
    const KIND: ObjectType = ObjectType::MediaType;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<MediaType>>> {
        let Some(row) = from.view.media_type_by_id(self)? else { return Ok(None) };
        Ok(Some(Found { record: record(row), governor: from.view.computer()?.into() }))
    }
}

fn record(row: MediaTypeRow) -> MediaType {
    MediaType {
        id: row.id,
        common: Common {
            created: row.created,
            modified: row.modified,
            enabled: true,
            operational_state: OperationalState::Ready,
            name: row.name,
            description: row.description,
        },
        code: row.code,
        number_of_sides: row.sides,
        recording: row.recording,
        device_type: row.device_type,
    }
}

impl Settable for MediaType {
    fn check(&self, _: &Checking) -> Result<()> {
        present(self.id, "the media type")?;
        text::description(&self.common.description).map(drop)
    }

    fn store(&self, to: &Writing<'_, '_>) -> Result<()> {
        let row = to.transaction.media_type_by_id(self.id)?.ok_or_else(|| to.missing(self.id))?;
        to.require(&to.transaction.computer()?.into(), AccessRights::MODIFY, None)?;
        to.transaction.describe_media_type(&row, &self.common.description, to.now)
    }
}
