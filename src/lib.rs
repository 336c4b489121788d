//! Removable storage management in your own process.
#![deny(unsafe_code)]
#![warn(missing_docs)]

mod catalog;
pub mod clock;
pub mod device;
mod error;
mod ids;
pub mod label;
mod library;
mod manager;
pub mod model;
mod session;

pub use catalog::Statistics;
pub use error::{Error, ErrorKind, Result};
pub use ids::{Randomness, SeededRandomness, SystemRandomness};
pub use manager::{Manager, OpenOptions};
pub use session::{MediumHandle, Mount, Session};
