//! What the changer reports about its elements.

use super::world::{Record, World};
use super::{CartridgeId, Place};
use crate::device::{
    DeviceResult, ElementAddress, ElementKind, ElementStatus, MediumPurpose, Occupancy, PortAccess,
    Sense,
};

/// What a slot says whose magazine is out.
const MAGAZINE_NOT_ACCESSIBLE: Sense = Sense { key: 2, code: 0x3B, qualifier: 0x11 };

/// What the bar codes of cleaning cartridges begin with.
const CLEANING_PREFIX: &str = "CLN";

impl World {
    /// The state of up to `count` elements of one kind, beginning with `first`.
    pub(super) fn element_status(
        &self,
        changer: u16,
        kind: ElementKind,
        first: ElementAddress,
        count: u32,
    ) -> DeviceResult<Vec<ElementStatus>> {
        let range = self.settings.layout(changer).map(|l| l.range(kind));
        let range = range.unwrap_or_default();
        let skip = u32::from(first.0).saturating_sub(u32::from(range.first.0));
        let count = count.min(self.settings.status_limit).min(range.count.saturating_sub(skip));
        (skip..skip.saturating_add(count))
            .map_while(|index| range.address(index))
            .map(|address| self.status_of(Place { changer, address }, kind))
            .collect()
    }

    fn status_of(&self, place: Place, kind: ElementKind) -> DeviceResult<ElementStatus> {
        let mut status = ElementStatus::empty(kind, place.address);
        if kind == ElementKind::Port {
            status.port = PortAccess { import: true, export: true, placed_by_operator: false };
        }
        if kind == ElementKind::Drive {
            let unit = self.drive_now(place)?.unit;
            status.device = Some(self.settings.drive_identity(place, unit));
        }
        if self.is_pulled(place) {
            status.occupancy = Occupancy::NotPresent;
            status.exception = Some(MAGAZINE_NOT_ACCESSIBLE);
            status.accessible = false;
            return Ok(status);
        }
        if !self.content_known(place) {
            status.occupancy = Occupancy::Unknown;
        } else if let Some(id) = self.cartridge_at(place)? {
            self.describe(id, &mut status)?;
        }
        status.accessible &= !self.is_extended(place);
        Ok(status)
    }

    fn describe(&self, id: CartridgeId, status: &mut ElementStatus) -> DeviceResult<()> {
        let record = self.record(id)?;
        status.occupancy = Occupancy::Full;
        status.accessible = record.spot.loaded.is_none();
        status.source = record.spot.source;
        status.flipped = record.spot.turned_since;
        status.purpose = self.purpose_seen(record)?;
        status.port.placed_by_operator = status.kind == ElementKind::Port && record.spot.by_hand;
        if self.settings.bar_code_reader {
            status.volume_tag = record.bar_code.clone();
        }
        Ok(())
    }

    /// What the bar code tells the changer of what a cartridge is for.
    fn purpose_seen(&self, record: &Record) -> DeviceResult<MediumPurpose> {
        let text = record.bar_code.text().filter(|_| self.settings.bar_code_reader);
        let purpose = self.kind(record)?.purpose;
        let told = text.is_some_and(|text| {
            purpose != MediumPurpose::Cleaning || text.starts_with(CLEANING_PREFIX)
        });
        Ok(if told { purpose } else { MediumPurpose::Unknown })
    }
}
