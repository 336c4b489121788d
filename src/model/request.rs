//! Requests: to people, with their kinds and states, and to libraries.

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
