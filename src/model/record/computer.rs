//! Record of the computer.

use super::Common;
use crate::model::{ComputerId, LibraryRequestFlags, MediaPoolPolicy, OperatorRequestFlags};

/// The one computer object of a catalog: settings that concern all of it.
#[doc(alias = "NTMS_COMPUTERINFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Computer {
    /// Its id.
    pub id: ComputerId,
    /// What every object has.
    pub common: Common,
    /// How long finished library requests are kept, in seconds. Settable.
    #[doc(alias = "dwLibRequestPurgeTime")]
    pub library_request_purge_time: u32,
    /// How long finished operator requests are kept, in seconds. They go when the catalog is opened,
    /// when requests are made or answered, and about once a second while anybody waits for
    /// something or a library is attached; some at a time. Settable.
    #[doc(alias = "dwOpRequestPurgeTime")]
    pub operator_request_purge_time: u32,
    /// What is kept of finished library requests. Settable.
    #[doc(alias = "dwLibRequestFlags")]
    pub library_request_flags: LibraryRequestFlags,
    /// What is kept of finished operator requests, and how operators are told. Settable.
    #[doc(alias = "dwOpRequestFlags")]
    pub operator_request_flags: OperatorRequestFlags,
    /// What happens to media of system pools that leave a library. Settable.
    #[doc(alias = "dwMediaPoolPolicy")]
    pub media_pool_policy: MediaPoolPolicy,
    /// Whether a medium that turns up completes the request of a call that waits for one; yes in a
    /// new catalog. Without it only a person completes such requests. Settable.
    pub complete_requests_by_detection: bool,
}

impl Computer {
    /// The purge times of a new catalog, in seconds: three days.
    // [D] the sources give no default.
    pub const DEFAULT_PURGE_TIME: u32 = 259_200;
}
