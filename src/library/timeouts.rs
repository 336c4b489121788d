//! How long the devices of a library may take: what they say, or what the application says of them.

use std::collections::HashMap;
use std::time::Duration;

use parking_lot::Mutex;

use super::Attached;
use super::units::{ChangerUnit, DriveUnit};
use crate::device::Timeouts;

/// What the application says of devices, by their serial numbers.
#[derive(Debug, Default)]
pub(crate) struct Patience(Mutex<HashMap<String, Timeouts>>);

impl Patience {
    /// From now on the device may take as long as this; as long as it says itself, without.
    pub(crate) fn set(&self, serial: &str, timeouts: Option<Timeouts>) {
        let mut known = self.0.lock();
        match timeouts {
            Some(timeouts) => known.insert(serial.to_owned(), timeouts),
            None => known.remove(serial),
        };
    }

    fn of(&self, serial: &str) -> Option<Timeouts> {
        self.0.lock().get(serial).copied()
    }
}

impl Attached {
    pub(super) fn timeouts_of_drive(&self, drive: &DriveUnit) -> Timeouts {
        let said = self.host.patience.of(&drive.device.identity().serial);
        said.unwrap_or_else(|| drive.device.timeouts())
    }

    pub(super) fn timeouts_of_changer(&self, changer: &ChangerUnit) -> Timeouts {
        let said = self.host.patience.of(&changer.device.identity().serial);
        said.unwrap_or_else(|| changer.device.timeouts())
    }
}

/// The first and the longest pause between two looks at a device that is busy.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Ever longer pauses.
pub(super) fn pauses() -> impl Iterator<Item = Duration> {
    std::iter::successors(Some(FIRST_PAUSE), |pause| Some((*pause * 2).min(LONGEST_PAUSE)))
}
