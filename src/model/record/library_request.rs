//! Record of a library request.

use super::Common;
use crate::ErrorKind;
use crate::model::{
    DriveId, LibraryId, LibraryOperation, LibraryRequestId, LibraryRequestState, MountPriority,
    PhysicalMediaId, SideId, SlotId, Timestamp,
};

/// Something a library is to do, or has done.
///
/// Finished requests are kept for a
/// [time](crate::model::Computer::library_request_purge_time). What they name may be gone by then.
#[doc(alias = "NTMS_LIBREQUESTINFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LibraryRequest {
    /// Its id.
    pub id: LibraryRequestId,
    /// What every object has.
    pub common: Common,
    /// What is to be done.
    #[doc(alias = "OperationCode")]
    pub operation: LibraryOperation,
    /// How: for mounts, dismounts and ejects a number of
    /// [`OperationOption`](crate::model::OperationOption); for inventories 0, or 1 for slots only.
    pub operation_option: u32,
    /// How far it has got.
    pub state: LibraryRequestState,
    /// The library that does it.
    pub library: LibraryId,
    /// The medium.
    #[doc(alias = "PhysMediaId")]
    pub medium: Option<PhysicalMediaId>,
    /// The side.
    #[doc(alias = "PartitionId")]
    pub side: Option<SideId>,
    /// The drive: named by the caller, or chosen by the library.
    pub drive: Option<DriveId>,
    /// The slot.
    pub slot: Option<SlotId>,
    /// When it was asked for.
    #[doc(alias = "TimeQueued")]
    pub queued: Timestamp,
    /// When it was finished.
    #[doc(alias = "TimeCompleted")]
    pub completed: Option<Timestamp>,
    /// The application that asked for it; `RSM` for the library's own work.
    #[doc(alias = "szApplication")]
    pub application: String,
    /// Its user.
    #[doc(alias = "szUser")]
    pub user: String,
    /// Its computer.
    #[doc(alias = "szComputer")]
    pub computer: String,
    /// Why it failed, or was cancelled. Nothing while it waits.
    #[doc(alias = "dwErrorCode")]
    pub error: Option<ErrorKind>,
    /// The same in words. Of a mount, an inventory or a cartridge to be read that waits: what kept
    /// it from being done when it began to wait, such as the medium and whose it is, the drives, a
    /// person, or a door.
    pub reason: String,
    /// The request that is to be taken off the queue, when that is what this one is for: somebody
    /// has cancelled or stopped it while it was carried out.
    #[doc(alias = "WorkItemId")]
    pub work_item: Option<LibraryRequestId>,
    /// Who goes first among mounts.
    #[doc(alias = "dwPriority")]
    pub priority: MountPriority,
    /// The rank of a mount among those that wait in its library, from 1. 0 for what has no order:
    /// mounts that have been begun, and everything else.
    pub order: u32,
}
