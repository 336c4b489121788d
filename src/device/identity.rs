//! Who a changer or a drive is.

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

/// What kind of device it is, with the number the original used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DeviceClass {
    /// A reader or writer of CDs.
    CdRom = 2,
    /// A drive of removable disks.
    Disk = 7,
    /// A tape drive.
    #[default]
    Tape = 0x1F,
    /// A changer.
    Changer = 0x30,
    /// A reader or writer of DVDs.
    Dvd = 0x33,
}

/// Where a SCSI device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ScsiAddress {
    /// The host adapter.
    pub port: u16,
    /// The bus.
    pub bus: u16,
    /// The target.
    pub target: u16,
    /// The logical unit.
    pub lun: u16,
}
