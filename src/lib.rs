//! Removable storage management in your own process.
#![deny(unsafe_code)]
#![warn(missing_docs)]

pub mod clock;
pub mod device;
mod error;
pub mod label;
pub mod model;

pub use error::{Error, ErrorKind, Result};
