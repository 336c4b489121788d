//! Real libraries and drives: SCSI changers, tape drives and optical drives.
//!
//! Three layers: [`command`] and [`reply`] build commands and read answers, pure functions over
//! bytes; a [`Transport`] carries them to one logical unit; and above them the verbs of a
//! [`Changer`](super::Changer) and a [`Drive`](super::Drive). Whatever a device says is checked
//! before it is believed.

mod ask;
mod binding;
mod changer;
pub mod command;
#[cfg(any(target_os = "linux", feature = "iscsi"))]
pub mod discover;
mod disk;
mod drive;
mod effect;
mod failure;
mod identify;
mod library;
mod noticed;
mod quirks;
pub mod reply;
mod reservation;
mod tape;
mod timeouts;
mod transport;
mod unit;

pub use changer::ScsiChanger;
pub use command::Command;
pub use drive::ScsiDrive;
pub use library::{ScsiLibrary, ScsiLibraryBuilder};
pub use reservation::{Holder, Preempt, Reservation, Reserving};
pub use timeouts::CommandTimeouts;
#[cfg(target_os = "linux")]
pub use transport::SgTransport;
pub use transport::{Completion, Data, Status, Transport, TransportError, TransportErrorKind};
#[cfg(feature = "iscsi")]
pub use transport::{InvalidIscsiUrl, IscsiOptions, IscsiTarget, IscsiTransport, IscsiUrl};
pub use unit::Unit;
