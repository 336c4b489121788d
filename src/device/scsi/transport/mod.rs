//! What carries commands to a logical unit.

mod error;
#[cfg(feature = "iscsi")]
mod iscsi;
#[cfg(target_os = "linux")]
mod sg;
#[cfg(target_os = "linux")]
mod sg_header;
#[cfg(target_os = "linux")]
mod sg_ioctl;

use std::fmt::Debug;
use std::time::Duration;

pub use error::{TransportError, TransportErrorKind};
#[cfg(feature = "iscsi")]
pub use iscsi::{InvalidIscsiUrl, IscsiOptions, IscsiTarget, IscsiTransport, IscsiUrl};
#[cfg(target_os = "linux")]
pub use sg::SgTransport;

use crate::model::ScsiAddress;

/// Carries commands to one logical unit, one after the other.
///
/// It holds no policy: nothing is repeated, and no sense data is read but to hand it on.
/// Implement it for a way to devices that this crate does not know; then
/// [`Unit::new`](super::Unit::new).
pub trait Transport: Send + Sync + Debug {
    /// Sends a command and waits for its end, at most this long. A second caller waits for the
    /// first.
    ///
    /// # Errors
    /// What kept the command from ending; a command the device refused is no error here, but a
    /// [`Completion`] with its status.
    fn execute(
        &self,
        command: &[u8],
        data: Data<'_>,
        timeout: Duration,
    ) -> Result<Completion, TransportError>;

    /// What finds the device today: a device node, a target and a unit.
    fn name(&self) -> String;

    /// Where the device is, where that can be told.
    fn address(&self) -> Option<ScsiAddress> {
        None
    }

    /// The longest transfer in one command, in bytes, as far as it is known.
    fn max_transfer(&self) -> usize;
}

/// The data of a command.
#[derive(Debug)]
pub enum Data<'a> {
    /// None.
    None,
    /// From the device. What lies behind the bytes that were
    /// [transferred](Completion::transferred) keeps what it held.
    In(&'a mut [u8]),
    /// To the device.
    Out(&'a [u8]),
}

impl Data<'_> {
    /// How many bytes it has room for, or holds.
    pub fn len(&self) -> usize {
        match self {
            Self::None => 0,
            Self::In(buffer) => buffer.len(),
            Self::Out(bytes) => bytes.len(),
        }
    }

    /// Whether there is no byte to transfer.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The status the device gave.
    pub status: Status,
    /// Its sense data as they came; empty where it gave none.
    pub sense: Vec<u8>,
    /// How many bytes of data were transferred, as far as the transport knows: many report the
    /// whole buffer. Never more than the buffer.
    pub transferred: usize,
}

impl Completion {
    /// A command that ended well.
    pub fn good(transferred: usize) -> Self {
        Self { status: Status::GOOD, sense: Vec::new(), transferred }
    }
}

/// The status of a command (SAM-5, 5.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Status(pub u8);

impl Status {
    /// It ended well.
    pub const GOOD: Self = Self(0x00);
    /// There are sense data.
    pub const CHECK_CONDITION: Self = Self(0x02);
    /// The device is busy with something else.
    pub const BUSY: Self = Self(0x08);
    /// Somebody else has reserved the device.
    pub const RESERVATION_CONFLICT: Self = Self(0x18);
    /// The device has no room for another command.
    pub const TASK_SET_FULL: Self = Self(0x28);
    /// The device waits until an earlier condition is cleared.
    pub const ACA_ACTIVE: Self = Self(0x30);
    /// The command was ended by somebody else.
    pub const TASK_ABORTED: Self = Self(0x40);
}
