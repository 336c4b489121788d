//! The medium that is loaded in a drive.

use super::cartridge::Kind;
use super::world::{World, no_medium};
use super::{CartridgeId, Place};
use crate::device::{DeviceError, DeviceErrorKind, DeviceResult};

/// A medium as it was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Medium {
    pub id: CartridgeId,
    pub side: u8,
    pub load: u32,
    pub kind: Kind,
    pub write_protected: bool,
}

/// The medium that is loaded in a drive.
pub(super) fn loaded(world: &World, drive: Place) -> DeviceResult<Medium> {
    let id = world.cartridge_at(drive)?.ok_or_else(no_medium)?;
    let record = world.record(id)?;
    let load = record.spot.loaded.ok_or_else(|| {
        DeviceError::new(DeviceErrorKind::NotReady, "the cartridge is not loaded")
    })?;
    let kind = world.kind(record)?;
    let side = u8::from(record.spot.turned);
    Ok(Medium { id, side, load, kind, write_protected: record.write_protected })
}
