//! Devices: what a library's robot and drives can do, what they report and how they fail.
//!
//! A [`LibraryDevice`] is what a manager attaches: its [`Changer`]s move cartridges between
//! elements, its [`Drive`]s load them, and a drive's [`MediumIo`] reads and writes blocks. The verbs
//! are small and hold no policy: nothing here retries, waits for readiness, chooses a slot or knows
//! a label. Errors are [typed](DeviceErrorKind) by what the caller can do next.
//!
//! To attach hardware of another kind, implement [`LibraryDevice`], [`Changer`], [`Drive`] and
//! [`MediumIo`], and give the first to [`Manager::attach`](crate::Manager::attach). For developing
//! and testing there is the [simulated library](simulated). An application itself meets only
//! [`MediumIo`], as [`MediumHandle`](crate::MediumHandle), and [`DeviceError`]; at the end of a
//! medium that is [`DeviceErrorKind::EndOfMedium`], after [`Written::early_warning`].
//!
//! All verbs block until they are done, and may be called from several threads: a library's own
//! thread moves and reads while sessions write. Capacities and lengths are in bytes, addresses are
//! those of SCSI elements.
//!
//! Which drive a changer's drive element holds is told by the serial number both report, never by
//! order ([`ElementStatus::device`], [`Drive::identity`]).

mod changer;
mod drive;
mod element;
mod error;
mod identity;
mod library;
mod medium_io;
mod records;
pub mod scsi;
pub mod simulated;
mod timeouts;

pub use changer::Changer;
pub use drive::{Drive, DriveHealth, DriveStatus, LoadedMedium, TapeAlerts};
pub use element::{
    DoorGeometry, ElementAddress, ElementKind, ElementRange, ElementStatus, Geometry,
    MediumPurpose, Occupancy, PortAccess, PortGeometry, VolumeTag,
};
pub use error::{Attention, DeviceError, DeviceErrorKind, DeviceResult, Refusal, Sense};
pub use identity::{DeviceClass, DeviceIdentity};
pub use library::{LibraryDevice, LibraryIdentity, LibraryKind};
pub use medium_io::{
    BlockLimits, Capacity, MediumIo, Position, ReadOutcome, Space, SpaceStop, Spaced, Written,
};
pub use timeouts::Timeouts;
