//! Device numbers, and what the layer holds.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::outcome::Failure;
use crate::model::{DriveId, LibraryId};
use crate::session::{DriveReservation, Mount};

/// What a device number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Device {
    /// A drive.
    Drive(DriveId),
    /// A library: the autochanger itself.
    Library(LibraryId),
}

impl From<DriveId> for Device {
    fn from(id: DriveId) -> Self {
        Self::Drive(id)
    }
}

impl From<LibraryId> for Device {
    fn from(id: LibraryId) -> Self {
        Self::Library(id)
    }
}

/// Device numbers, and what the layer holds.
#[derive(Debug, Default)]
pub(super) struct Table {
    mounts: HashMap<DriveId, Arc<Mount>>,
    reservations: HashMap<DriveId, DriveReservation>,
    devices: BTreeMap<i32, Device>,
    pub(super) is_switched_on: bool,
}

impl Table {
    pub(super) fn assign(&mut self, ldev: i32, device: Device) -> Result<(), Failure> {
        if ldev <= 0 {
            return Err(Failure::InvalidDrive);
        }
        self.devices.retain(|_, other| *other != device);
        self.devices.insert(ldev, device);
        Ok(())
    }

    pub(super) fn device(&self, ldev: i32) -> Option<Device> {
        self.devices.get(&ldev).copied()
    }

    pub(super) fn drive(&self, ldev: i32) -> Result<DriveId, Failure> {
        match self.device(ldev) {
            Some(Device::Drive(drive)) => Ok(drive),
            Some(Device::Library(_)) => Err(Failure::NotAnOpticalDrive),
            None => Err(Failure::InvalidDrive),
        }
    }

    /// The number of a drive, which it gets now if it has none.
    fn number(&mut self, drive: DriveId) -> i32 {
        let device = Device::Drive(drive);
        let known = self.devices.iter().find(|(_, other)| **other == device);
        if let Some((ldev, _)) = known {
            return *ldev;
        }
        let free = (1..).zip(self.devices.keys()).find(|(number, taken)| number != *taken);
        let ldev = free.map_or_else(
            || self.devices.keys().next_back().map_or(1, |last| last.saturating_add(1)),
            |(number, _)| number,
        );
        self.devices.insert(ldev, device);
        ldev
    }

    /// Keeps a reservation until the drive is given back; gives the number of the drive, and what
    /// it was kept by before, unless that is the same.
    pub(super) fn keep(
        &mut self,
        reservation: DriveReservation,
    ) -> (i32, Option<DriveReservation>) {
        let drive = reservation.drive();
        let ldev = self.number(drive);
        let before = match self.reservations.remove(&drive) {
            Some(before) => before.unless_same(&reservation),
            None => None,
        };
        self.reservations.insert(drive, reservation);
        (ldev, before)
    }

    /// A drive was given back.
    pub(super) fn release(&mut self, drive: DriveId) -> Option<DriveReservation> {
        self.reservations.remove(&drive)
    }

    pub(super) fn mount(&self, ldev: i32) -> Option<Arc<Mount>> {
        self.mounts.get(&self.drive(ldev).ok()?).cloned()
    }

    /// Something was mounted; gives what was mounted there before.
    pub(super) fn put(&mut self, drive: DriveId, mount: Arc<Mount>) -> Option<Arc<Mount>> {
        self.mounts.insert(drive, mount)
    }

    pub(super) fn take(&mut self, drive: DriveId) -> Option<Arc<Mount>> {
        self.mounts.remove(&drive)
    }
}
