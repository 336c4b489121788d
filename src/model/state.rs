//! The states of slots, drives, media, sides, doors and ports.

use super::numbered::numbered;

numbered! {
    /// State of a storage slot.
    #[doc(alias = "NtmsSlotState")]
    SlotState: u32 {
        /// Cannot be determined.
        #[doc(alias = "NTMS_SLOTSTATE_UNKNOWN")]
        Unknown = 0,
        /// Holds a cartridge.
        #[doc(alias = "NTMS_SLOTSTATE_FULL")]
        Full = 1,
        /// Present and empty.
        #[doc(alias = "NTMS_SLOTSTATE_EMPTY")]
        Empty = 2,
        /// Slot or its magazine is missing.
        #[doc(alias = "NTMS_SLOTSTATE_NOTPRESENT")]
        NotPresent = 3,
        /// Content must be re-identified.
        #[doc(alias = "NTMS_SLOTSTATE_NEEDSINVENTORY")]
        NeedsInventory = 4,
    }
}

numbered! {
    /// State of a drive. The numbers 3 and 4 are not used.
    #[doc(alias = "NtmsDriveState")]
    DriveState: u32 {
        /// Empty drive.
        #[doc(alias = "NTMS_DRIVESTATE_DISMOUNTED")]
        Dismounted = 0,
        /// Medium inserted, not yet ready for I/O.
        #[doc(alias = "NTMS_DRIVESTATE_MOUNTED")]
        Mounted = 1,
        /// Medium ready for I/O.
        #[doc(alias = "NTMS_DRIVESTATE_LOADED")]
        Loaded = 2,
        /// Medium released by drive, ready for removal.
        #[doc(alias = "NTMS_DRIVESTATE_UNLOADED")]
        Unloaded = 5,
        /// Cleaning in progress; unusable.
        #[doc(alias = "NTMS_DRIVESTATE_BEING_CLEANED")]
        BeingCleaned = 6,
        /// Deferred dismount done; medium still inside.
        #[doc(alias = "NTMS_DRIVESTATE_DISMOUNTABLE")]
        Dismountable = 7,
    }
}

numbered! {
    /// State of a physical medium: what is being done with it.
    #[doc(alias = "NtmsMediaState")]
    MediaState: u32 {
        /// In slot, offline, or dismounted inside a drive.
        #[doc(alias = "NTMS_MEDIASTATE_IDLE")]
        Idle = 0,
        /// An accepted operation concerns this medium.
        #[doc(alias = "NTMS_MEDIASTATE_INUSE")]
        InUse = 1,
        /// Inside a drive, not yet accessible.
        #[doc(alias = "NTMS_MEDIASTATE_MOUNTED")]
        Mounted = 2,
        /// Inside a drive and accessible.
        #[doc(alias = "NTMS_MEDIASTATE_LOADED")]
        Loaded = 3,
        /// Ready to be taken out of the drive.
        #[doc(alias = "NTMS_MEDIASTATE_UNLOADED")]
        Unloaded = 4,
        /// Recoverable error, no operator needed.
        #[doc(alias = "NTMS_MEDIASTATE_OPERROR")]
        RecoverableError = 5,
        /// Waiting for an operator request.
        #[doc(alias = "NTMS_MEDIASTATE_OPREQ")]
        WaitingForOperator = 6,
    }
}

numbered! {
    /// State of one side of a medium: what may be done with its content.
    #[doc(alias = "NtmsPartitionState")]
    SideState: u32 {
        /// State not established.
        #[doc(alias("NTMS_PARTSTATE_UNKNOWN", "NTMS_PARTSTATE_NEW"))]
        Unknown = 0,
        /// Free label still has to be written.
        #[doc(alias = "NTMS_PARTSTATE_UNPREPARED")]
        Unprepared = 1,
        /// Does not fit the drive or library.
        #[doc(alias = "NTMS_PARTSTATE_INCOMPATIBLE")]
        Incompatible = 2,
        /// Retired for good.
        #[doc(alias = "NTMS_PARTSTATE_DECOMMISSIONED")]
        Decommissioned = 3,
        /// May be allocated.
        #[doc(alias = "NTMS_PARTSTATE_AVAILABLE")]
        Available = 4,
        /// Owned by an application through an LMID.
        #[doc(alias = "NTMS_PARTSTATE_ALLOCATED")]
        Allocated = 5,
        /// Allocated and closed for writing.
        #[doc(alias = "NTMS_PARTSTATE_COMPLETE")]
        Complete = 6,
        /// Content not recognised; unrecognized pool.
        #[doc(alias = "NTMS_PARTSTATE_FOREIGN")]
        Unrecognized = 7,
        /// Label type known, identity new; must be imported.
        #[doc(alias = "NTMS_PARTSTATE_IMPORT")]
        Import = 8,
        /// Held for the owner of another side.
        #[doc(alias = "NTMS_PARTSTATE_RESERVED")]
        Reserved = 9,
    }
}

numbered! {
    /// Whether the bar code of a medium can be read.
    #[doc(alias = "NtmsBarCodeState")]
    BarCodeState: u32 {
        /// Bar code present and readable.
        #[doc(alias = "NTMS_BARCODESTATE_OK")]
        Readable = 1,
        /// No bar code, or unreadable.
        #[doc(alias = "NTMS_BARCODESTATE_UNREADABLE")]
        Unreadable = 2,
    }
}

numbered! {
    /// Whether the thing behind an object can be used.
    #[doc(alias = "NtmsOperationalState")]
    OperationalState: u32 {
        /// Usable.
        #[doc(alias = "NTMS_READY")]
        Ready = 0,
        /// Starting up, not usable yet.
        #[doc(alias = "NTMS_INITIALIZING")]
        Initializing = 10,
        /// Failed; needs service.
        #[doc(alias = "NTMS_NEEDS_SERVICE")]
        NeedsService = 20,
        /// Device or object is absent.
        #[doc(alias = "NTMS_NOT_PRESENT")]
        NotPresent = 21,
    }
}

numbered! {
    /// State of an insert/eject door.
    #[doc(alias = "NtmsDoorState")]
    DoorState: u32 {
        /// Unknown.
        #[doc(alias = "NTMS_DOORSTATE_UNKNOWN")]
        Unknown = 0,
        /// Closed.
        #[doc(alias = "NTMS_DOORSTATE_CLOSED")]
        Closed = 1,
        /// Open.
        #[doc(alias = "NTMS_DOORSTATE_OPEN")]
        Open = 2,
    }
}

numbered! {
    /// Position of an insert/eject port.
    #[doc(alias = "NtmsPortPosition")]
    PortPosition: u32 {
        /// Unknown.
        #[doc(alias = "NTMS_PORTPOSITION_UNKNOWN")]
        Unknown = 0,
        /// Port is out, reachable by operator.
        #[doc(alias = "NTMS_PORTPOSITION_EXTENDED")]
        Extended = 1,
        /// Port is in.
        #[doc(alias = "NTMS_PORTPOSITION_RETRACTED")]
        Retracted = 2,
    }
}

numbered! {
    /// What an insert/eject port holds.
    #[doc(alias = "NtmsPortContent")]
    PortContent: u32 {
        /// Unknown.
        #[doc(alias = "NTMS_PORTCONTENT_UNKNOWN")]
        Unknown = 0,
        /// Holds a cartridge.
        #[doc(alias = "NTMS_PORTCONTENT_FULL")]
        Full = 1,
        /// Empty.
        #[doc(alias = "NTMS_PORTCONTENT_EMPTY")]
        Empty = 2,
    }
}
