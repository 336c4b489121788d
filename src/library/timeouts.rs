//! How long devices may take. Makers of tape drives ask for a quarter of an hour to load a damaged
//! cartridge; a changer that scans its slots takes minutes.

use std::time::Duration;

use crate::device::{DeviceClass, DeviceIdentity};

/// How long one device may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Timeouts {
    /// From the load to a medium that can be read.
    pub(super) load: Duration,
    /// Rewinding and unloading.
    pub(super) unload: Duration,
    /// Becoming ready after a reset or a closed door.
    pub(super) ready: Duration,
}

/// The first and the longest pause between two looks at a device that is busy.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

impl Timeouts {
    /// The time-outs of a device.
    pub(super) fn of(device: &DeviceIdentity) -> Self {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        match device.class {
            DeviceClass::Tape => {
                Self { load: minutes(14), unload: minutes(16), ready: minutes(10) }
            }
            DeviceClass::Changer => {
                Self { load: minutes(5), unload: minutes(5), ready: minutes(30) }
            }
            DeviceClass::CdRom | DeviceClass::Disk | DeviceClass::Dvd => {
                Self { load: minutes(2), unload: minutes(2), ready: minutes(2) }
            }
        }
    }
}

/// Ever longer pauses.
pub(super) fn pauses() -> impl Iterator<Item = Duration> {
    std::iter::successors(Some(FIRST_PAUSE), |pause| Some((*pause * 2).min(LONGEST_PAUSE)))
}
