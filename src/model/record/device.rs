//! Records of drives and changers, and of their types.

use super::{Common, Holder};
use crate::model::{
    ChangerId, ChangerTypeId, DeviceType, DriveId, DriveState, DriveTypeId, LibraryId, SideId,
    Timestamp,
};

/// Address of a device on a SCSI bus; zero where it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ScsiAddress {
    /// Host adapter.
    #[doc(alias = "ScsiPort")]
    pub port: u16,
    /// Bus of the adapter.
    #[doc(alias = "ScsiBus")]
    pub bus: u16,
    /// Target on the bus.
    #[doc(alias = "ScsiTarget")]
    pub target: u16,
    /// Logical unit of the target.
    #[doc(alias = "ScsiLun")]
    pub lun: u16,
}

/// A device that reads or writes a medium.
#[doc(alias = "NTMS_DRIVEINFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Drive {
    /// Its id.
    pub id: DriveId,
    /// What every object has.
    pub common: Common,
    /// Its number in the library.
    pub number: u32,
    /// What it is doing.
    pub state: DriveState,
    /// Its vendor and product.
    #[doc(alias = "DriveType")]
    pub drive_type: DriveTypeId,
    /// Name of the device in the operating system.
    pub device_name: String,
    /// Serial number, of a long one the first 31 characters; empty when it has none.
    pub serial_number: String,
    /// Firmware revision.
    pub revision: String,
    /// Address.
    pub scsi: ScsiAddress,
    /// Mounts by this drive, or by this position when it has no serial number.
    #[doc(alias = "dwMountCount")]
    pub mount_count: u32,
    /// When it was last cleaned.
    #[doc(alias = "LastCleanedTs")]
    pub last_cleaned: Option<Timestamp>,
    /// The side inside. None when empty, or when what is inside was not identified yet.
    #[doc(alias = "SavedPartitionId")]
    pub saved_side: Option<SideId>,
    /// Its library.
    pub library: LibraryId,
    /// Who keeps it for himself, by [`Session::reserve_drive`](crate::Session::reserve_drive).
    pub reservation: Option<Holder>,
    /// Least stay of a medium after a deferred dismount, in seconds; 300 in a new drive. Until it is
    /// over, mounts of other media do not get the drive. Unused in a stand-alone library. Settable.
    #[doc(alias = "dwDeferDismountDelay")]
    pub defer_dismount_delay: u32,
}

/// A robot that moves cartridges inside a library.
#[doc(alias = "NTMS_CHANGERINFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Changer {
    /// Its id.
    pub id: ChangerId,
    /// What every object has.
    pub common: Common,
    /// Its number in the library.
    pub number: u32,
    /// Its vendor and product.
    #[doc(alias = "ChangerType")]
    pub changer_type: ChangerTypeId,
    /// Serial number, of a long one the first 31 characters; empty when it has none.
    pub serial_number: String,
    /// Firmware revision.
    pub revision: String,
    /// Name of the device in the operating system.
    pub device_name: String,
    /// Address.
    pub scsi: ScsiAddress,
    /// Its library.
    pub library: LibraryId,
}

/// A vendor and product of drives, one object each. It comes with the first such drive that is
/// attached, and stays.
#[doc(alias = "NTMS_DRIVETYPEINFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DriveType {
    /// Its id.
    pub id: DriveTypeId,
    /// What every object has.
    pub common: Common,
    /// Who makes it; empty when unknown.
    #[doc(alias = "szVendor")]
    pub vendor: String,
    /// The model; empty when unknown.
    #[doc(alias = "szProduct")]
    pub product: String,
    /// Always 0.
    #[doc(alias = "NumberOfHeads")]
    pub number_of_heads: u32,
    /// The class of device: CD-ROM, disk, tape or DVD. Tape until such a drive has answered.
    pub device_type: DeviceType,
}

/// A vendor and product of changers, one object each. It comes with the first such changer that is
/// attached, and stays.
#[doc(alias = "NTMS_CHANGERTYPEINFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ChangerType {
    /// Its id.
    pub id: ChangerTypeId,
    /// What every object has.
    pub common: Common,
    /// Who makes it; empty when unknown.
    #[doc(alias = "szVendor")]
    pub vendor: String,
    /// The model; empty when unknown.
    #[doc(alias = "szProduct")]
    pub product: String,
    /// Always changer.
    pub device_type: DeviceType,
}
