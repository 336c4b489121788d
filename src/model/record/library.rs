//! Records of a library and of its places.

use super::Common;
use crate::model::{
    DoorId, DoorState, InventoryMethod, LibraryFlags, LibraryId, LibraryType, PortContent, PortId,
    PortPosition, SlotId, SlotState,
};

/// A robotic library, a stand-alone drive, or the offline library, for which only the type and
/// the number of media mean anything.
#[doc(alias = "NTMS_LIBRARYINFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Library {
    /// Its id.
    pub id: LibraryId,
    /// What every object has.
    pub common: Common,
    /// Kind of library.
    pub library_type: LibraryType,
    /// The slot reserved for the cleaner.
    pub cleaner_slot: Option<SlotId>,
    /// The slot preferred for the cleaner.
    pub cleaner_slot_default: Option<SlotId>,
    /// Whether drives can be cleaned automatically.
    #[doc(alias = "LibrarySupportsDriveCleaning")]
    pub supports_drive_cleaning: bool,
    /// Whether there is a bar-code reader.
    pub bar_code_reader_installed: bool,
    /// How an inventory works unless stated otherwise: None, Fast or FullLabelRead. Settable.
    pub inventory_method: InventoryMethod,
    /// How often the cleaner can still be used; `0xFFFFFFFF` = not counted. Settable.
    #[doc(alias = "dwCleanerUsesRemaining")]
    pub cleaner_uses_remaining: u32,
    /// Number of the first drive.
    pub first_drive_number: u32,
    /// Number of the first slot.
    pub first_slot_number: u32,
    /// Number of the first door.
    pub first_door_number: u32,
    /// Number of the first port.
    pub first_port_number: u32,
    /// Number of the first changer.
    pub first_changer_number: u32,
    /// How many drives it has.
    pub number_of_drives: u32,
    /// How many slots it has.
    pub number_of_slots: u32,
    /// How many doors it has.
    pub number_of_doors: u32,
    /// How many ports it has.
    pub number_of_ports: u32,
    /// How many changers it has.
    pub number_of_changers: u32,
    /// Media now in it.
    pub number_of_media: u32,
    /// Media types it lists.
    pub number_of_media_types: u32,
    /// Requests now in its queue.
    #[doc(alias = "dwNumberOfLibRequests")]
    pub number_of_library_requests: u32,
    /// Whether a failed mount is followed by a full inventory. Settable.
    pub auto_recovery: bool,
    /// Facts and settings; partly settable.
    pub flags: LibraryFlags,
    /// Why the library is NeedsService, for a person to read; none in another state.
    pub trouble: Option<String>,
}

/// A storage position in a library.
#[doc(alias = "NTMS_STORAGESLOTINFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StorageSlot {
    /// Its id.
    pub id: SlotId,
    /// What every object has.
    pub common: Common,
    /// Its number in the library.
    pub number: u32,
    /// What is known of its content.
    pub state: SlotState,
    /// Its library.
    pub library: LibraryId,
}

/// A door that gives hands access to slots. A magazine that slides out is a door.
#[doc(alias = "NTMS_IEDOORINFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct InsertEjectDoor {
    /// Its id.
    pub id: DoorId,
    /// What every object has.
    pub common: Common,
    /// Its number in the library.
    pub number: u32,
    /// Whether it is open. Unknown where the library does not tell.
    pub state: DoorState,
    /// After this many seconds an operator is asked to close it; 0: as soon as it is open. 300 in a
    /// new one. Settable.
    #[doc(alias = "MaxOpenSecs")]
    pub max_open_secs: u16,
    /// Its library.
    pub library: LibraryId,
}

/// A mail slot.
#[doc(alias = "NTMS_IEPORTINFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct InsertEjectPort {
    /// Its id.
    pub id: PortId,
    /// What every object has.
    pub common: Common,
    /// Its number in the library.
    pub number: u32,
    /// What it holds.
    pub content: PortContent,
    /// Whether it is out or in.
    pub position: PortPosition,
    /// After this many seconds out, an operator is asked to close it. Settable.
    #[doc(alias = "MaxExtendSecs")]
    pub max_extend_secs: u16,
    /// Its library.
    pub library: LibraryId,
}
