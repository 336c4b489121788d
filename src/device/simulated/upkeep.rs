//! Drives: what they take, how they become dirty, and how they are cleaned.

use super::cartridge::Kind;
use super::frame::Noticed;
use super::world::{World, no_such_element};
use super::{CartridgeId, Place};
use crate::device::{DeviceResult, ElementKind, MediumPurpose};

/// What can be different from one moment to the next in a drive, besides its cartridge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DriveNow {
    /// How often it was exchanged for another one.
    pub unit: u32,
    /// Loads since it was cleaned.
    pub wear: u32,
    pub dirty: bool,
    pub noticed: Noticed,
}

impl World {
    pub(super) fn drive_now(&self, drive: Place) -> DeviceResult<&DriveNow> {
        let now = self
            .drive_index(drive)
            .and_then(|index| self.frames.get(usize::from(drive.changer))?.drives.get(index));
        now.ok_or_else(|| no_such_element(drive))
    }

    pub(super) fn drive_now_mut(&mut self, drive: Place) -> DeviceResult<&mut DriveNow> {
        let now = self.drive_index(drive).and_then(|index| {
            self.frames.get_mut(usize::from(drive.changer))?.drives.get_mut(index)
        });
        now.ok_or_else(|| no_such_element(drive))
    }

    fn drive_index(&self, place: Place) -> Option<usize> {
        let layout = self.settings.layout(place.changer)?;
        usize::try_from(layout.range(ElementKind::Drive).index_of(place.address)?).ok()
    }

    /// Whether cartridge and drive fit.
    pub(super) fn takes(&self, drive: Place, kind: &Kind) -> bool {
        let own = self.settings.plan(drive.changer).and_then(|plan| plan.drive(drive.address));
        let cleaners = own.is_none_or(|own| own.takes_cleaners);
        let types = own.map(|own| &own.media_types).filter(|types| !types.is_empty());
        types.unwrap_or(&self.settings.media_types).contains(&kind.media_type)
            && (cleaners || kind.purpose != MediumPurpose::Cleaning)
    }

    /// A cartridge has arrived. A drive begins by itself with a cleaning cartridge that fits and is
    /// not spent.
    pub(super) fn arrived(&mut self, id: CartridgeId, place: Place) -> DeviceResult<()> {
        let record = self.record(id)?;
        let kind = self.kind(record)?;
        let cleans = kind.purpose == MediumPurpose::Cleaning
            && record.uses > 0
            && self.settings.kind_of(place) == Some(ElementKind::Drive)
            && self.takes(place, &kind);
        if cleans {
            let record = self.record_mut(id)?;
            record.uses -= 1;
            record.spot.cleaning = true;
            let drive = self.drive_now_mut(place)?;
            (drive.wear, drive.dirty) = (0, false);
        }
        Ok(())
    }

    /// Whether what lies here has cleaned the drive, or does so.
    pub(super) fn is_cleaning(&self, place: Place) -> bool {
        let id = self.cartridge_at(place).ok().flatten();
        id.and_then(|id| self.record(id).ok()).is_some_and(|record| record.spot.cleaning)
    }

    /// A load wears a drive.
    pub(super) fn wear(&mut self, drive: Place) -> DeviceResult<()> {
        let limit = self.settings.dirty_after;
        let now = self.drive_now_mut(drive)?;
        now.wear = now.wear.saturating_add(1);
        now.dirty |= limit.is_some_and(|limit| now.wear >= limit);
        Ok(())
    }

    /// Another drive, which is clean, stands where this one was. What was in the old one is in the
    /// new one, not loaded.
    pub(super) fn exchange_drive(&mut self, drive: Place) -> DeviceResult<()> {
        let now = self.drive_now_mut(drive)?;
        *now = DriveNow { unit: now.unit.wrapping_add(1), ..DriveNow::default() };
        if self.cartridge_at(drive)?.is_some() {
            self.unload(drive)?;
        }
        Ok(())
    }
}
