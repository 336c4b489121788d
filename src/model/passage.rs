//! What libraries are to take in and put out.

use super::{LibraryRequestId, PhysicalMediaId};

/// What [`inject_media`](crate::Session::inject_media) is to do.
#[doc(alias = "NtmsInjectOperation")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InjectAction {
    /// Let people put in media once.
    #[doc(alias = "NTMS_INJECT_START")]
    Start,
    /// Let people put in media again and again.
    #[doc(alias = "NTMS_INJECT_STARTMANY")]
    StartMany,
    /// Take in what is there, and end.
    #[doc(alias = "NTMS_INJECT_STOP")]
    Stop(LibraryRequestId),
    /// Take in now what is there, and go on. For one that was started with `StartMany`.
    #[doc(alias = "NTMS_INJECT_RETRACT")]
    Retract(LibraryRequestId),
}

/// What [`eject_media`](crate::Session::eject_media) is to do.
#[doc(alias = "NtmsEjectOperation")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EjectAction {
    /// Put out this medium, with what the session has queued for its library; without one, all that
    /// the session has queued.
    #[doc(alias = "NTMS_EJECT_START")]
    Start(Option<PhysicalMediaId>),
    /// End, and put back what has not been taken out.
    #[doc(alias = "NTMS_EJECT_STOP")]
    Stop(LibraryRequestId),
    /// Remember this medium for the next `Start` or `Force`.
    #[doc(alias = "NTMS_EJECT_QUEUE")]
    Queue(PhysicalMediaId),
    /// As `Start`, whoever uses this medium.
    #[doc(alias = "NTMS_EJECT_FORCE")]
    Force(PhysicalMediaId),
}

/// What [`inject_cleaner`](crate::Session::inject_cleaner) is to do.
#[doc(alias = "NtmsInjectOperation")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CleanerInject {
    /// Let people put in the cleaning cartridge.
    Start {
        /// How often it can still be used; `u32::MAX`: it is not counted.
        cleans_left: u32,
    },
    /// End.
    Stop(LibraryRequestId),
}

/// What [`eject_cleaner`](crate::Session::eject_cleaner) is to do.
#[doc(alias = "NtmsEjectOperation")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CleanerEject {
    /// Put out the cleaning cartridge.
    Start,
    /// End, and put it back if it has not been taken out.
    Stop(LibraryRequestId),
}
