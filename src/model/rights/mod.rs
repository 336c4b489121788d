//! Rights: who may do what with which object.
//!
//! Evaluating a list allocates nothing; it runs inside every transaction.

mod access;
mod audit;
mod claimant;
mod descriptor;
mod parts;
mod principal;
mod text_form;

pub use access::{AccessModel, AccessRights, GenericRight, SecurityInformation};
pub use audit::AuditEntry;
pub(crate) use claimant::Claimant;
pub use descriptor::{AccessEntry, NewPoolParent, SecurityDescriptor};
pub use parts::SecurityParts;
pub use principal::{Caller, Principal};
pub use text_form::DescriptorSyntax;
