//! Policies of pools, settings of libraries and of the computer.

use super::flags::flags;

flags! {
    /// Where a pool may take media from when it has none left.
    #[doc(alias = "NtmsAllocationPolicy")]
    AllocationPolicy {
        /// Draw from free pool when own pool is empty.
        #[doc(alias = "NTMS_ALLOCATE_FROMSCRATCH")]
        DRAW_FROM_FREE = 0x1,
    }
}

flags! {
    /// What a pool does with a medium that nobody uses any more.
    #[doc(alias = "NtmsDeallocationPolicy")]
    DeallocationPolicy {
        /// Give medium back to free pool.
        #[doc(alias = "NTMS_DEALLOCATE_TOSCRATCH")]
        RETURN_TO_FREE = 0x1,
    }
}

flags! {
    /// What happens to media of system pools that leave a library.
    #[doc(alias = "NtmsMediaPoolPolicy")]
    MediaPoolPolicy {
        /// Forget free media when ejected.
        #[doc(alias = "NTMS_POOLPOLICY_PURGEOFFLINESCRATCH")]
        PURGE_OFFLINE_FREE = 0x1,
        /// Keep import media when ejected.
        #[doc(alias = "NTMS_POOLPOLICY_KEEPOFFLINEIMPORT")]
        KEEP_OFFLINE_IMPORT = 0x2,
    }
}

flags! {
    /// Facts about and settings of a library.
    #[doc(alias = "NtmsLibraryFlags")]
    LibraryFlags {
        /// Permanent offline library, not merely absent.
        #[doc(alias = "NTMS_LIBRARYFLAG_FIXEDOFFLINE")]
        FIXED_OFFLINE = 0x1,
        /// A cleaner cartridge is in the library.
        #[doc(alias = "NTMS_LIBRARYFLAG_CLEANERPRESENT")]
        CLEANER_PRESENT = 0x2,
        /// Media changes are detected automatically (header only).
        #[doc(alias = "NTMS_LIBRARYFLAG_AUTODETECTCHANGE")]
        AUTO_DETECT_CHANGE = 0x4,
        /// Cleaner uses not counted; managed by the server.
        #[doc(alias = "NTMS_LIBRARYFLAG_IGNORECLEANERUSESREMAINING")]
        IGNORE_CLEANER_USES_REMAINING = 0x8,
        /// Bar code prefix CLN marks a cleaner.
        #[doc(alias = "NTMS_LIBRARYFLAG_RECOGNIZECLEANERBARCODE")]
        RECOGNIZE_CLEANER_BAR_CODE = 0x10,
    }
}

flags! {
    /// What is kept of finished library requests.
    #[doc(alias = "NtmsLibRequestFlags")]
    LibraryRequestFlags {
        /// Keep finished library requests.
        #[doc(alias = "NTMS_LIBREQFLAGS_NOAUTOPURGE")]
        NO_AUTO_PURGE = 0x1,
        /// Keep failed library requests.
        #[doc(alias = "NTMS_LIBREQFLAGS_NOFAILEDPURGE")]
        NO_FAILED_PURGE = 0x2,
    }
}

flags! {
    /// What is kept of finished operator requests, and how operators are told.
    #[doc(alias = "NtmsOpRequestFlags")]
    OperatorRequestFlags {
        /// Keep finished operator requests.
        #[doc(alias = "NTMS_OPREQFLAGS_NOAUTOPURGE")]
        NO_AUTO_PURGE = 0x1,
        /// Keep refused operator requests.
        #[doc(alias = "NTMS_OPREQFLAGS_NOFAILEDPURGE")]
        NO_FAILED_PURGE = 0x2,
        /// No alert pop-up.
        #[doc(alias = "NTMS_OPREQFLAGS_NOALERTS")]
        NO_ALERTS = 0x10,
        /// No icon.
        #[doc(alias = "NTMS_OPREQFLAGS_NOTRAYICON")]
        NO_TRAY_ICON = 0x20,
    }
}
