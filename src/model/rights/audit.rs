//! Audit lists.

use super::{AccessRights, Principal};

/// One line of an audit list: whose uses of which rights are to be written down. The catalog keeps
/// the list for programs that do; this library writes nothing down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AuditEntry {
    /// Of uses that were allowed.
    pub success: bool,
    /// Of uses that were denied.
    pub failure: bool,
    /// By whom.
    pub principal: Principal,
    /// Of which rights.
    pub rights: AccessRights,
}

impl AuditEntry {
    /// What is allowed.
    pub const fn successes(principal: Principal, rights: AccessRights) -> Self {
        Self { success: true, failure: false, principal, rights }
    }

    /// What is denied.
    pub const fn failures(principal: Principal, rights: AccessRights) -> Self {
        Self { success: false, failure: true, principal, rights }
    }
}
