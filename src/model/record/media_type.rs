//! Record of a media type.

use super::Common;
use crate::model::{DeviceType, MediaTypeId, ReadWriteKind};

/// A kind of cartridge. Its name is also the name of its three system pools.
#[doc(alias = "NTMS_MEDIATYPEINFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MediaType {
    /// Its id.
    pub id: MediaTypeId,
    /// What every object has.
    pub common: Common,
    /// Its number, different for each type; that of a
    /// [`MediaTypeCode`](crate::model::MediaTypeCode) for the types every catalog knows.
    #[doc(alias = "MediaType")]
    pub code: u32,
    /// How many sides its media have.
    #[doc(alias = "NumberOfSides")]
    pub number_of_sides: u16,
    /// How its media can be recorded.
    #[doc(alias = "ReadWriteCharacteristics")]
    pub recording: ReadWriteKind,
    /// The class of device that uses it: CD-ROM, disk or tape.
    pub device_type: DeviceType,
}
