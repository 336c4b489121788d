//! What listeners are told.

use super::{ObjectId, ObjectType, numbered};

numbered! {
    /// What happened to an object.
    ///
    /// More may come: a `match` needs a `_` arm.
    #[non_exhaustive]
    #[doc(alias = "NtmsNotificationOperations")]
    NotificationOperation: u8 {
        /// A stored property, state or attribute of it changed.
        #[doc(alias = "NTMS_OBJ_UPDATE")]
        Update = 1,
        /// It was created.
        #[doc(alias = "NTMS_OBJ_INSERT")]
        Insert = 2,
        /// It was deleted: its id can no longer be read.
        #[doc(alias = "NTMS_OBJ_DELETE")]
        Delete = 3,
        /// An operation that asked for every change of its status has gone on. No call of this
        /// crate asks for that.
        #[doc(alias = "NTMS_EVENT_SIGNAL")]
        EventSignal = 4,
        /// An operation that gives this object's id has ended, whatever came of it.
        #[doc(alias = "NTMS_EVENT_COMPLETE")]
        EventComplete = 5,
    }
}

/// One event of a channel.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[doc(alias = "NTMS_NOTIFICATIONINFORMATION")]
pub struct Notification {
    /// What happened.
    pub operation: NotificationOperation,
    /// To which object. It may be gone by now.
    pub object: ObjectId,
    /// Which kind of object that is.
    pub object_type: ObjectType,
}
