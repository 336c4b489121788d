//! The part every record has.

use crate::model::{OperationalState, Timestamp};

/// What is known of every object.
#[doc(alias = "NTMS_OBJECTINFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Common {
    /// When the object came into the catalog.
    pub created: Timestamp,
    /// When any stored field last changed.
    pub modified: Timestamp,
    /// Whether the object may be used: its own flag and that of the library, drive or medium it
    /// belongs to.
    #[doc(alias = "Enabled")]
    pub enabled: bool,
    /// Whether the thing behind the object can be used.
    #[doc(alias = "dwOperationalState")]
    pub operational_state: OperationalState,
    /// Display name, at most 63 characters; settable for pools, media, sides, logical media and
    /// libraries.
    #[doc(alias = "szName")]
    pub name: String,
    /// Free text, at most 126 characters; settable.
    #[doc(alias = "szDescription")]
    pub description: String,
}
