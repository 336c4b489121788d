//! Kinds: of libraries, inventories, pools, recording and devices.

use super::numbered::numbered;

numbered! {
    /// Kind of library.
    #[doc(alias = "NtmsLibraryType")]
    LibraryType: u32 {
        /// Cannot be determined.
        #[doc(alias = "NTMS_LIBRARYTYPE_UNKNOWN")]
        Unknown = 0,
        /// Holder of media that are in no device.
        #[doc(alias = "NTMS_LIBRARYTYPE_OFFLINE")]
        Offline = 1,
        /// Robotic library.
        #[doc(alias = "NTMS_LIBRARYTYPE_ONLINE")]
        Online = 2,
        /// Single drive modelled as a library.
        #[doc(alias = "NTMS_LIBRARYTYPE_STANDALONE")]
        Standalone = 3,
    }
}

numbered! {
    /// How an inventory finds out what is where.
    #[doc(alias = "NtmsInventoryMethod")]
    InventoryMethod: u32 {
        /// No inventory after door closes.
        #[doc(alias = "NTMS_INVENTORY_NONE")]
        None = 0,
        /// Bar codes, else only slots newly filled.
        #[doc(alias = "NTMS_INVENTORY_FAST")]
        Fast = 1,
        /// Mount every side and read its label.
        #[doc(alias = "NTMS_INVENTORY_OMID")]
        FullLabelRead = 2,
        /// Method configured on the library.
        #[doc(alias = "NTMS_INVENTORY_DEFAULT")]
        LibraryDefault = 3,
        /// As the library's method but slots only.
        #[doc(alias = "NTMS_INVENTORY_SLOT")]
        SlotsOnly = 4,
        /// Stop a running inventory.
        #[doc(alias = "NTMS_INVENTORY_STOP")]
        Stop = 5,
    }
}

numbered! {
    /// How a library looks for what people have done behind its doors.
    #[doc(alias = "NtmsInventoryMethod")]
    DoorInventory: u32 {
        /// Not at all: mounts find out.
        #[doc(alias = "NTMS_INVENTORY_NONE")]
        None = 0,
        /// Bar codes, else only slots newly filled.
        #[doc(alias = "NTMS_INVENTORY_FAST")]
        Fast = 1,
        /// Every label is read.
        #[doc(alias = "NTMS_INVENTORY_OMID")]
        Omid = 2,
        /// As is set for the library.
        #[doc(alias = "NTMS_INVENTORY_DEFAULT")]
        Default = 3,
    }
}

impl DoorInventory {
    /// The inventory that it stands for.
    pub const fn method(self) -> InventoryMethod {
        match self {
            Self::None => InventoryMethod::None,
            Self::Fast => InventoryMethod::Fast,
            Self::Omid => InventoryMethod::FullLabelRead,
            Self::Default => InventoryMethod::LibraryDefault,
        }
    }
}

numbered! {
    /// Kind of media pool.
    #[doc(alias = "NtmsPoolType")]
    PoolType: u32 {
        /// Unknown.
        #[doc(alias = "NTMS_POOLTYPE_UNKNOWN")]
        Unknown = 0,
        /// Free pool.
        #[doc(alias = "NTMS_POOLTYPE_SCRATCH")]
        Free = 1,
        /// Unrecognized pool.
        #[doc(alias = "NTMS_POOLTYPE_FOREIGN")]
        Unrecognized = 2,
        /// Import pool.
        #[doc(alias = "NTMS_POOLTYPE_IMPORT")]
        Import = 3,
        /// Pool made by or for an application.
        #[doc(alias = "NTMS_POOLTYPE_APPLICATION")]
        Application = 1000,
    }
}

numbered! {
    /// How the media of a type can be recorded.
    #[doc(alias = "NtmsReadWriteCharacteristics")]
    ReadWriteKind: u32 {
        /// Not known yet.
        #[doc(alias = "NTMS_MEDIARW_UNKNOWN")]
        Unknown = 0,
        /// Can be rewritten.
        #[doc(alias = "NTMS_MEDIARW_REWRITABLE")]
        Rewritable = 1,
        /// Can be written once.
        #[doc(alias = "NTMS_MEDIARW_WRITEONCE")]
        WriteOnce = 2,
        /// Cannot be written.
        #[doc(alias = "NTMS_MEDIARW_READONLY")]
        ReadOnly = 3,
    }
}

numbered! {
    /// Class of device.
    #[doc(alias = "FileDeviceType")]
    DeviceType: u32 {
        /// CD-ROM device.
        #[doc(alias = "FILE_DEVICE_CD_ROM")]
        CdRom = 2,
        /// Direct-access device.
        #[doc(alias = "FILE_DEVICE_DISK")]
        Disk = 7,
        /// Sequential-access device.
        #[doc(alias = "FILE_DEVICE_TAPE")]
        Tape = 31,
        /// Medium changer.
        #[doc(alias = "FILE_DEVICE_CHANGER")]
        Changer = 48,
        /// DVD device (drive types only).
        #[doc(alias = "FILE_DEVICE_DVD")]
        Dvd = 51,
    }
}

numbered! {
    /// What opening a pool by its path does when the pool exists, and when it does not.
    #[doc(alias = "NtmsCreateOptions")]
    PoolOpenMode: u32 {
        /// Open only; fail if pool is missing.
        #[doc(alias = "NTMS_OPEN_EXISTING")]
        OpenExisting = 1,
        /// Create only; fail if pool exists.
        #[doc(alias = "NTMS_CREATE_NEW")]
        CreateNew = 2,
        /// Open, or create when missing.
        #[doc(alias = "NTMS_OPEN_ALWAYS")]
        OpenAlways = 3,
    }
}
