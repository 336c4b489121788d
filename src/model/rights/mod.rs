//! Rights: who may do what with which object.

mod access;

pub use access::{AccessModel, AccessRights, GenericRight};
