//! How long devices may take.

use std::time::Duration;

use super::DeviceClass;

/// How long a device may take, from the command to the end of what it began. When the time is over
/// the library takes the device to be at fault.
///
/// | class | load | unload | ready |
/// |---|---|---|---|
/// | tape | 14 min | 16 min | 10 min |
/// | disk, CD, DVD | 2 min | 2 min | 2 min |
/// | changer | 5 min | 5 min | 30 min |
///
/// Makers of tape drives ask for a quarter of an hour to load a damaged cartridge; a changer that
/// scans its slots takes minutes. A device that knows better [says so](super::Drive::timeouts), and
/// an application has the [last word](crate::Manager::set_timeouts) on each device.
///
/// ```
/// use std::time::Duration;
/// use rsm::device::{DeviceClass, Timeouts};
///
/// let patient = Timeouts::of(DeviceClass::Tape).load(Duration::from_secs(1800));
/// assert_eq!(patient.ready, Timeouts::of(DeviceClass::Tape).ready);
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From the load to a medium that can be read.
    pub load: Duration,
    /// From the unload to a cartridge that can be taken out.
    pub unload: Duration,
    /// Becoming ready after a reset or a closed door, before a command is taken.
    pub ready: Duration,
}

impl Timeouts {
    /// The usual time-outs of a class of devices.
    pub const fn of(class: DeviceClass) -> Self {
        const fn minutes(n: u64) -> Duration {
            Duration::from_secs(60 * n)
        }
        match class {
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

    /// With this time to load.
    #[must_use]
    pub fn load(mut self, time: Duration) -> Self {
        self.load = time;
        self
    }

    /// With this time to unload.
    #[must_use]
    pub fn unload(mut self, time: Duration) -> Self {
        self.unload = time;
        self
    }

    /// With this time to become ready.
    #[must_use]
    pub fn ready(mut self, time: Duration) -> Self {
        self.ready = time;
        self
    }
}
