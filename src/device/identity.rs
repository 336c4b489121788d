//! Who a changer or a drive is.

use crate::model::{DeviceType, ScsiAddress};

/// What a device says about itself. Texts are trimmed at both ends and empty where the device
/// does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct DeviceIdentity {
    /// Who made it.
    pub vendor: String,
    /// The model.
    pub product: String,
    /// The revision of its firmware.
    pub revision: String,
    /// The serial number: what re-identifies the device in the catalog, and binds a drive to the
    /// changer's element.
    pub serial: String,
    /// The name of the host's device node, or another text that finds the device today. Not
    /// stable across restarts.
    pub device_name: String,
    /// What it is.
    pub class: DeviceClass,
    /// Where it is, for a SCSI device.
    pub address: Option<ScsiAddress>,
}

/// What kind of device it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DeviceClass {
    /// A reader or writer of CDs.
    CdRom,
    /// A drive of removable disks.
    Disk,
    /// A tape drive.
    #[default]
    Tape,
    /// A changer.
    Changer,
    /// A reader or writer of DVDs.
    Dvd,
}

impl From<DeviceClass> for DeviceType {
    fn from(class: DeviceClass) -> Self {
        match class {
            DeviceClass::CdRom => Self::CdRom,
            DeviceClass::Disk => Self::Disk,
            DeviceClass::Tape => Self::Tape,
            DeviceClass::Changer => Self::Changer,
            DeviceClass::Dvd => Self::Dvd,
        }
    }
}
