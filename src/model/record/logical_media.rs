//! Record of a logical medium.

use super::Common;
use crate::model::{LogicalMediaId, PoolId};

/// An application's hold on one allocated side. It exists from the allocation to the release and
/// outlives sessions; which side it stands for is found by [enumerating](crate::Session::enumerate)
/// its sides. What it may be called by people is settable: an application can put its own name for
/// what it wrote there.
#[doc(alias = "NTMS_LMIDINFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LogicalMedia {
    /// Its id (LMID).
    pub id: LogicalMediaId,
    /// What every object has.
    pub common: Common,
    /// The pool of its medium.
    pub pool: PoolId,
    /// Always 1.
    #[doc(alias = "dwNumberOfPartitions")]
    pub number_of_sides: u16,
}
