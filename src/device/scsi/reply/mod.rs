//! What devices answer, read from bytes.
//!
//! Nothing an answer says is believed: lengths in it are bounded by what was received.

mod bytes;
pub mod disk;
mod element_status;
pub mod inquiry;
pub mod log;
pub mod luns;
pub mod mode;
pub mod mode_changer;
pub mod reservation;
pub mod sense;
pub mod supported_commands;
pub mod tape;

pub use bytes::Fields;
pub use element_status::{DeviceIdentifier, ElementDescriptor, ElementStatusReport, StatusPage};

use crate::device::{DeviceError, DeviceErrorKind};

/// Why an answer cannot be read.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It ends before a field that it cannot be read without.
    #[error("the {answer} is cut off: it has {given} bytes, and {needed} are needed")]
    Short {
        /// What was read.
        answer: &'static str,
        /// How many bytes are needed at least.
        needed: usize,
        /// How many there are.
        given: usize,
    },
    /// It says what cannot be, or is the answer to another question.
    #[error("the {answer} makes no sense: {wrong}")]
    Senseless {
        /// What was read.
        answer: &'static str,
        /// What is wrong with it.
        wrong: &'static str,
    },
}

impl From<Malformed> for DeviceError {
    /// A device whose answer cannot be read: [`OutcomeUnknown`](DeviceErrorKind::OutcomeUnknown).
    fn from(malformed: Malformed) -> Self {
        Self::new(DeviceErrorKind::OutcomeUnknown, malformed.to_string()).caused_by(malformed)
    }
}
