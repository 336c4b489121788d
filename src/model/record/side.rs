//! Record of a side.

use super::{Common, Label};
use crate::model::{LogicalMediaId, PhysicalMediaId, SideId, SideState};

/// One side of a medium.
#[doc(alias = "NTMS_PARTITIONINFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Side {
    /// Its id.
    pub id: SideId,
    /// What every object has.
    pub common: Common,
    /// Its medium.
    pub physical_media: PhysicalMediaId,
    /// The logical medium, when the state is Allocated or Complete.
    pub logical_media: Option<LogicalMediaId>,
    /// What may be done with its content.
    pub state: SideState,
    /// Its number on the medium, from 0.
    #[doc(alias = "Side")]
    pub side_number: u16,
    /// The label recorded for it; none when none was recognised.
    pub label: Option<Label>,
    /// How often it was mounted.
    #[doc(alias = "dwMountCount")]
    pub mount_count: u32,
    /// How often it was allocated.
    #[doc(alias = "dwAllocateCount")]
    pub allocate_count: u32,
    /// Capacity in bytes, 0 when unknown; refreshed at the first mount.
    pub capacity: i64,
}
