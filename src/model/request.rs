//! Requests to people and to libraries: kinds and states.

use super::ObjectType;
use super::numbered::numbered;
use crate::error::{Error, ErrorKind, Result};

numbered! {
    /// To whom a request was made. The numbers are those of [`ObjectType`](super::ObjectType).
    RequestKind: u8 {
        /// To a library: a work item.
        #[doc(alias = "NTMS_LIBREQUEST")]
        Library = 10,
        /// To a person.
        #[doc(alias = "NTMS_OPREQUEST")]
        Operator = 17,
    }
}

impl TryFrom<ObjectType> for RequestKind {
    type Error = Error;

    /// Fails with `InvalidParameter` for objects that are no requests.
    fn try_from(object_type: ObjectType) -> Result<Self> {
        match object_type {
            ObjectType::LibraryRequest => Ok(Self::Library),
            ObjectType::OperatorRequest => Ok(Self::Operator),
            other => {
                Err(Error::new(ErrorKind::InvalidParameter, format!("a {other:?} is no request")))
            }
        }
    }
}

numbered! {
    /// What a person is asked to do.
    #[doc(alias = "NtmsOpreqCommand")]
    OperatorRequestKind: u32 {
        /// Unknown; cannot be submitted.
        #[doc(alias = "NTMS_OPREQ_UNKNOWN")]
        Unknown = 0,
        /// Bring media for a pool.
        #[doc(alias = "NTMS_OPREQ_NEWMEDIA")]
        NewMedia = 1,
        /// Bring a cleaning cartridge.
        #[doc(alias = "NTMS_OPREQ_CLEANER")]
        Cleaner = 2,
        /// Repair a device, or look at a medium.
        #[doc(alias = "NTMS_OPREQ_DEVICESERVICE")]
        DeviceService = 3,
        /// Move a medium to another library.
        #[doc(alias = "NTMS_OPREQ_MOVEMEDIA")]
        MoveMedia = 4,
        /// Read a text of an application.
        #[doc(alias = "NTMS_OPREQ_MESSAGE")]
        Message = 5,
    }
}

numbered! {
    /// How far a request to a person has got.
    #[doc(alias = "NtmsOpreqState")]
    OperatorRequestState: u32 {
        /// Never stored.
        #[doc(alias = "NTMS_OPSTATE_UNKNOWN")]
        Unknown = 0,
        /// Nobody has read it.
        #[doc(alias = "NTMS_OPSTATE_SUBMITTED")]
        Submitted = 1,
        /// An operator has read it.
        #[doc(alias = "NTMS_OPSTATE_ACTIVE")]
        Active = 2,
        /// An operator is at it.
        #[doc(alias = "NTMS_OPSTATE_INPROGRESS")]
        InProgress = 3,
        /// Final: refused or cancelled.
        #[doc(alias = "NTMS_OPSTATE_REFUSED")]
        Refused = 4,
        /// Final: done.
        #[doc(alias = "NTMS_OPSTATE_COMPLETE")]
        Complete = 5,
    }
}

impl OperatorRequestState {
    /// Whether nothing follows.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Refused | Self::Complete)
    }
}

numbered! {
    /// What a library is asked to do.
    #[doc(alias = "NtmsLmOperation")]
    LibraryOperation: u32 {
        /// Take another request off the queue.
        #[doc(alias = "NTMS_LM_REMOVE")]
        RemoveRequest = 0,
        /// Disable the library.
        #[doc(alias("NTMS_LM_DISABLELIBRARY", "NTMS_LM_DISABLECHANGER"))]
        DisableLibrary = 1,
        /// Enable the library.
        #[doc(alias("NTMS_LM_ENABLELIBRARY", "NTMS_LM_ENABLECHANGER"))]
        EnableLibrary = 2,
        /// Disable a drive.
        #[doc(alias = "NTMS_LM_DISABLEDRIVE")]
        DisableDrive = 3,
        /// Enable a drive.
        #[doc(alias = "NTMS_LM_ENABLEDRIVE")]
        EnableDrive = 4,
        /// Disable a physical medium.
        #[doc(alias = "NTMS_LM_DISABLEMEDIA")]
        DisableMedia = 5,
        /// Enable a physical medium.
        #[doc(alias = "NTMS_LM_ENABLEMEDIA")]
        EnableMedia = 6,
        /// Record a new label.
        #[doc(alias = "NTMS_LM_UPDATEOMID")]
        UpdateLabel = 7,
        /// Find out what is where.
        #[doc(alias = "NTMS_LM_INVENTORY")]
        Inventory = 8,
        /// Unlock a door.
        #[doc(alias = "NTMS_LM_DOORACCESS")]
        DoorAccess = 9,
        /// Put a medium out.
        #[doc(alias = "NTMS_LM_EJECT")]
        Eject = 10,
        /// Put the cleaner out.
        #[doc(alias = "NTMS_LM_EJECTCLEANER")]
        EjectCleaner = 11,
        /// Take a medium in.
        #[doc(alias = "NTMS_LM_INJECT")]
        Inject = 12,
        /// Take a cleaner in.
        #[doc(alias = "NTMS_LM_INJECTCLEANER")]
        InjectCleaner = 13,
        /// Read the labels of what is in a slot, for an inventory that reads every label.
        #[doc(alias = "NTMS_LM_PROCESSOMID")]
        ProcessLabel = 14,
        /// Clean a drive.
        #[doc(alias = "NTMS_LM_CLEANDRIVE")]
        CleanDrive = 15,
        /// Dismount a medium.
        #[doc(alias = "NTMS_LM_DISMOUNT")]
        Dismount = 16,
        /// Mount a side.
        #[doc(alias = "NTMS_LM_MOUNT")]
        Mount = 17,
        /// Write a free label.
        #[doc(alias = "NTMS_LM_WRITESCRATCH")]
        WriteFreeLabel = 18,
        /// Find out what is in a slot that is new, or in doubt.
        #[doc(alias = "NTMS_LM_CLASSIFY")]
        Classify = 19,
        /// Reserve the cleaner's slot.
        #[doc(alias = "NTMS_LM_RESERVECLEANER")]
        ReserveCleanerSlot = 20,
        /// Release the cleaner's slot.
        #[doc(alias = "NTMS_LM_RELEASECLEANER")]
        ReleaseCleanerSlot = 21,
    }
}

impl LibraryOperation {
    /// Whether it enables or disables something.
    pub const fn is_switch(self) -> bool {
        matches!(
            self,
            Self::DisableLibrary
                | Self::EnableLibrary
                | Self::DisableDrive
                | Self::EnableDrive
                | Self::DisableMedia
                | Self::EnableMedia
        )
    }

    /// Whether it takes something in or puts it out. Its completion tells of the request itself.
    pub(crate) const fn is_at_port(self) -> bool {
        matches!(self, Self::Eject | Self::EjectCleaner | Self::Inject | Self::InjectCleaner)
    }

    /// Whether one side of a medium comes up for it.
    pub(crate) const fn brings_up_side(self) -> bool {
        matches!(self, Self::Mount | Self::WriteFreeLabel)
    }

    /// Whether what is in a slot is read.
    pub(crate) const fn is_reading(self) -> bool {
        matches!(self, Self::ProcessLabel | Self::Classify)
    }

    /// Whether it can be cancelled while it is carried out.
    pub const fn is_stoppable(self) -> bool {
        matches!(
            self,
            Self::Inventory
                | Self::DoorAccess
                | Self::Eject
                | Self::EjectCleaner
                | Self::Inject
                | Self::InjectCleaner
        )
    }
}

numbered! {
    /// How far a request to a library has got.
    #[doc(alias = "NtmsLmState")]
    LibraryRequestState: u32 {
        /// Nobody has looked at it yet.
        #[doc(alias = "NTMS_LM_QUEUED")]
        Queued = 0,
        /// It is being carried out.
        #[doc(alias = "NTMS_LM_INPROCESS")]
        InProcess = 1,
        /// Final: it succeeded.
        #[doc(alias = "NTMS_LM_PASSED")]
        Passed = 2,
        /// Final: it failed; the request says why.
        #[doc(alias = "NTMS_LM_FAILED")]
        Failed = 3,
        /// Final: something it names is gone.
        #[doc(alias = "NTMS_LM_INVALID")]
        Invalid = 4,
        /// A drive, the medium or a person is waited for.
        #[doc(alias = "NTMS_LM_WAITING")]
        Waiting = 5,
        /// A deferred dismount whose medium is still in the drive.
        #[doc(alias("NTMS_LM_DEFERRED", "NTMS_LM_DEFFERED"))]
        Deferred = 6,
        /// Final: it was cancelled.
        #[doc(alias = "NTMS_LM_CANCELLED")]
        Cancelled = 7,
        /// Final: it was stopped while it ran.
        #[doc(alias = "NTMS_LM_STOPPED")]
        Stopped = 8,
    }
}

impl LibraryRequestState {
    /// Whether nothing follows.
    pub const fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::InProcess | Self::Waiting | Self::Deferred => false,
            Self::Passed | Self::Failed | Self::Invalid | Self::Cancelled | Self::Stopped => true,
        }
    }
}

numbered! {
    /// How a mount, a dismount or an eject is to be done.
    OperationOption: u32 {
        /// Now.
        Immediate = 0,
        /// When its place is needed.
        Deferred = 1,
        /// Now, whatever is open.
        ForceImmediate = 2,
        /// When its place is needed, whatever is open.
        ForceDeferred = 3,
        /// It concerns several slots.
        InjectMany = 4,
    }
}
