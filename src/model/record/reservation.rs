//! Reservations of drives: what is asked for, whose they are, what can be seen of them.

use std::fmt;

use uuid::Uuid;

use crate::model::{DriveId, LibraryId, LogicalMediaId, MediaRef, MediaTypeId, SideId};
use crate::model::{Timeout, Timestamp};

/// The number of a process in its operating system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct ProcessId(u32);

impl ProcessId {
    /// The number.
    pub const fn value(self) -> u32 {
        self.0
    }
}

impl From<u32> for ProcessId {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

impl fmt::Display for ProcessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Whose a reservation is. A process that has got the number of a dead one is told from it by the
/// time at which it opened the catalog.
#[doc(alias = "pin")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OwnerId {
    /// The process.
    pub process: ProcessId,
    /// When the process opened the catalog.
    pub started: Timestamp,
    /// The session; none when every session of the process may use the drive.
    pub session: Option<Uuid>,
}

/// Which drive is to be reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum DriveSelector {
    /// This one and no other.
    Drive(DriveId),
    /// Any of a library.
    AnyIn(LibraryId),
    /// Any that the medium can be brought into from where it is.
    ForMedium(MediaRef),
    /// Any of a library that lists the media type.
    ForMediaType(MediaTypeId),
}

macro_rules! selects {
    ($($id:ident => $by:ident),*) => {$(
        impl From<$id> for DriveSelector {
            fn from(id: $id) -> Self {
                Self::$by(id.into())
            }
        }
    )*};
}

selects! {
    DriveId => Drive, LibraryId => AnyIn, MediaRef => ForMedium, LogicalMediaId => ForMedium,
    SideId => ForMedium, MediaTypeId => ForMediaType
}

/// How a drive is to be reserved.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReserveOptions {
    /// How long to wait for a drive. Without a statement, without limit.
    pub timeout: Timeout,
    /// The process for which it is reserved; without a statement, the calling session.
    pub owner: Option<ProcessId>,
}

impl Default for ReserveOptions {
    /// For the calling session, however long it takes.
    fn default() -> Self {
        Self { timeout: Timeout::Forever, owner: None }
    }
}

impl ReserveOptions {
    /// Waits as stated.
    #[must_use]
    pub fn timeout(self, timeout: Timeout) -> Self {
        Self { timeout, ..self }
    }

    /// For this process, all of whose sessions may use the drive.
    #[must_use]
    pub fn for_process(self, owner: impl Into<ProcessId>) -> Self {
        Self { owner: Some(owner.into()), ..self }
    }
}

impl From<Timeout> for ReserveOptions {
    fn from(timeout: Timeout) -> Self {
        Self::default().timeout(timeout)
    }
}

/// What a release found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Released {
    /// The drive was reserved, and is open to others now.
    Freed,
    /// Nobody had it reserved.
    AlreadyFree,
}

/// Who keeps a drive, or waits for one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Holder {
    /// Whose the reservation is.
    pub owner: OwnerId,
    /// The name of the application that asked for it.
    pub application: String,
    /// The user for whom it asked.
    pub user: String,
    /// Since when.
    pub since: Timestamp,
}

/// A reservation of a drive.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ReservationInfo {
    /// The drive.
    pub drive: DriveId,
    /// Its library.
    pub library: LibraryId,
    /// Who keeps it.
    pub holder: Holder,
}

/// A call that waits for a drive it can reserve, as far as a library is concerned. A call that
/// waits in several libraries is there once for each.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct WaitingReservation {
    /// The library.
    pub library: LibraryId,
    /// The drive, if it must be this one.
    pub drive: Option<DriveId>,
    /// Who waits.
    pub holder: Holder,
    /// Until when it waits; none: without limit.
    pub deadline: Option<Timestamp>,
}
