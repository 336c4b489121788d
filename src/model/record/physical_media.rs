//! Record of a physical medium.

use super::Common;
use crate::model::{
    BarCodeState, DriveId, LibraryId, MediaState, MediaTypeId, ObjectType, PhysicalMediaId, PoolId,
    PortId, SideId, SlotId,
};

/// Where in a library a medium is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Location {
    /// In a storage slot.
    Slot(SlotId),
    /// In a drive.
    Drive(DriveId),
    /// In an insert/eject port.
    Port(PortId),
}

impl Location {
    /// The kind of the place.
    pub const fn object_type(self) -> ObjectType {
        match self {
            Self::Slot(_) => ObjectType::StorageSlot,
            Self::Drive(_) => ObjectType::Drive,
            Self::Port(_) => ObjectType::InsertEjectPort,
        }
    }
}

/// A cartridge.
#[doc(alias = "NTMS_PMIDINFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PhysicalMedia {
    /// Its id (PMID).
    pub id: PhysicalMediaId,
    /// What every object has.
    pub common: Common,
    /// The library it is in; the offline library when it is in no device.
    pub current_library: LibraryId,
    /// The pool it is in, with all its sides.
    pub pool: PoolId,
    /// Where in the library it is; none when it is offline.
    pub location: Option<Location>,
    /// Its type.
    pub media_type: MediaTypeId,
    /// The slot it returns to: a hint.
    pub home_slot: Option<SlotId>,
    /// The bar code, empty when there is none; at most 63 characters, no trailing blanks.
    #[doc(alias = "szBarCode")]
    pub bar_code: String,
    /// Whether the bar code can be read.
    pub bar_code_state: BarCodeState,
    /// Running number of media in the catalog, never used twice; written on the cartridge so that
    /// it can be found on a shelf.
    #[doc(alias = "szSequenceNumber")]
    pub sequence_number: u64,
    /// What is being done with it.
    pub media_state: MediaState,
    /// How many sides it has.
    #[doc(alias = "dwNumberOfPartitions")]
    pub number_of_sides: u16,
    /// Code of the medium as its device states it, for applications.
    #[doc(alias = "dwMediaTypeCode")]
    pub media_type_code: u32,
    /// Density code as the device states it, for applications.
    #[doc(alias = "dwDensityCode")]
    pub density_code: u32,
    /// The side that is up in a drive.
    #[doc(alias = "MountedPartition")]
    pub mounted_side: Option<SideId>,
}

impl PhysicalMedia {
    /// The kind of place it is in; a storage slot for an offline medium.
    #[doc(alias = "LocationType")]
    pub fn location_type(&self) -> ObjectType {
        self.location.map_or(ObjectType::StorageSlot, Location::object_type)
    }
}
