//! The kinds of object a catalog holds.

use super::numbered::numbered;

numbered! {
    /// Kind of an object.
    #[doc(alias = "NtmsObjectsTypes")]
    ObjectType: u8 {
        /// Not stated.
        Unknown = 0,
        /// Any kind; used only to watch all of them.
        Generic = 1,
        /// Robot that moves cartridges inside a library.
        Changer = 2,
        /// Vendor and product of changers.
        ChangerType = 3,
        /// The one computer object.
        Computer = 4,
        /// Device that reads or writes a medium.
        Drive = 5,
        /// Vendor and product of drives.
        DriveType = 6,
        /// Door giving direct access to slots.
        InsertEjectDoor = 7,
        /// Mail slot for inserting or ejecting cartridges.
        InsertEjectPort = 8,
        /// Robotic, stand-alone or offline library.
        Library = 9,
        /// Work item of a library.
        LibraryRequest = 10,
        /// An application's hold on one allocated side.
        LogicalMedia = 11,
        /// Named group of media or of pools.
        MediaPool = 12,
        /// Kind of cartridge.
        MediaType = 13,
        /// Side of a physical medium.
        Side = 14,
        /// Physical cartridge.
        PhysicalMedia = 15,
        /// Storage position in a library.
        StorageSlot = 16,
        /// Task for a person.
        OperatorRequest = 17,
        /// Where operator messages go.
        UiDestination = 18,
    }
}
