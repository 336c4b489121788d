//! Record of a media pool.

use super::Common;
use crate::model::{AllocationPolicy, DeallocationPolicy, MediaTypeId, PoolId, PoolType};

/// A named group of media, or of pools.
#[doc(alias = "NTMS_MEDIAPOOLINFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MediaPool {
    /// Its id.
    pub id: PoolId,
    /// What every object has.
    pub common: Common,
    /// Kind of pool.
    pub pool_type: PoolType,
    /// The type of its media; none for a pool of pools. Settable while the pool is empty.
    pub media_type: Option<MediaTypeId>,
    /// The pool it lies in; none for the root pool only.
    pub parent: Option<PoolId>,
    /// Where the pool may take media from when it has none left; settable.
    pub allocation_policy: AllocationPolicy,
    /// What the pool does with a medium that nobody uses any more; settable.
    pub deallocation_policy: DeallocationPolicy,
    /// How often a side may be allocated before its release decommissions it; 0 and `0xFFFFFFFF`
    /// mean no limit. Settable.
    #[doc(alias = "dwMaxAllocates")]
    pub max_allocates: u32,
    /// Media directly in the pool.
    #[doc(alias = "dwNumberOfPhysicalMedia")]
    pub number_of_physical_media: u32,
    /// Logical media directly in the pool.
    #[doc(alias = "dwNumberOfLogicalMedia")]
    pub number_of_logical_media: u32,
    /// Pools directly in the pool.
    #[doc(alias = "dwNumberOfMediaPools")]
    pub number_of_media_pools: u32,
}
