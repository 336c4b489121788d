//! What a request is for, who waits for it, and why it did not succeed.

use uuid::Uuid;

use crate::error::{Error, ErrorKind};
use crate::model::{
    DriveId, LibraryOperation, LibraryRequestId, MountOptions, MountPriority, ObjectId, ObjectType,
    OperationOption, PhysicalMediaId, SideId, SlotId, Timestamp,
};

/// Whose mount it will be, or who waits for what a library does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiter {
    pub(crate) process: i64,
    pub(crate) session: Uuid,
    /// When it is not waited for any longer.
    pub(crate) deadline: Option<Timestamp>,
}

/// What a request is for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Task {
    pub(crate) operation: LibraryOperation,
    pub(crate) option: OperationOption,
    /// What else the operation says about how: a number of its own.
    pub(crate) argument: u32,
    pub(crate) mount_options: MountOptions,
    pub(crate) priority: MountPriority,
    pub(crate) medium: Option<PhysicalMediaId>,
    pub(crate) side: Option<SideId>,
    pub(crate) drive: Option<DriveId>,
    pub(crate) slot: Option<SlotId>,
    /// The request that is to be taken off the queue.
    pub(crate) work_item: Option<LibraryRequestId>,
    /// What its completion tells of.
    pub(crate) subject: Option<(ObjectType, ObjectId)>,
}

impl Task {
    /// Something to be done now, and nothing more said about it.
    pub(crate) const fn new(operation: LibraryOperation) -> Self {
        Self {
            operation,
            option: OperationOption::Immediate,
            argument: 0,
            mount_options: MountOptions::empty(),
            priority: MountPriority::NORMAL,
            medium: None,
            side: None,
            drive: None,
            slot: None,
            work_item: None,
            subject: None,
        }
    }

    /// Something to be done with a side of a medium, now.
    pub(crate) fn on_side(
        operation: LibraryOperation,
        medium: PhysicalMediaId,
        side: SideId,
    ) -> Self {
        Self { medium: Some(medium), side: Some(side), ..Self::new(operation) }
    }
}

/// Why a request did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Because {
    pub(crate) kind: ErrorKind,
    pub(crate) reason: String,
}

impl Because {
    pub(crate) fn new(kind: ErrorKind, reason: impl Into<String>) -> Self {
        Self { kind, reason: reason.into() }
    }
}

impl From<&Error> for Because {
    fn from(error: &Error) -> Self {
        Self::new(error.kind(), error.reason())
    }
}
