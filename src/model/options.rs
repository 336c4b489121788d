//! Options of calls, and the priority of a mount.

use super::flags::flags;
use super::numbered::UnknownValue;
use crate::{Error, ErrorKind, Result};

flags! {
    /// Options of a session. They change nothing.
    SessionOptions {
        /// Taken for the sake of programs that give it.
        #[doc(alias = "NTMS_SESSION_QUERYEXPEDITE")]
        QUERY_EXPEDITE = 0x1,
    }
}

flags! {
    /// Options of an allocation.
    #[doc(alias = "NtmsAllocateOptions")]
    AllocateOptions {
        /// Exclusive medium: reserve every other side.
        #[doc(alias = "NTMS_ALLOCATE_NEW")]
        NEW = 0x1,
        /// Take the next side of a medium allocated with NEW.
        #[doc(alias = "NTMS_ALLOCATE_NEXT")]
        NEXT = 0x2,
        /// Never ask the operator; fail at once.
        #[doc(alias = "NTMS_ALLOCATE_ERROR_IF_UNAVAILABLE")]
        ERROR_IF_UNAVAILABLE = 0x4,
    }
}

flags! {
    /// Options of a mount. Neither `READ` nor `WRITE` means `READ`.
    #[doc(alias = "NtmsMountOptions")]
    MountOptions {
        /// Read access, which every mount gives.
        #[doc(alias = "NTMS_MOUNT_READ")]
        READ = 0x1,
        /// Write access; refused for Complete sides.
        #[doc(alias = "NTMS_MOUNT_WRITE")]
        WRITE = 0x2,
        /// Fail at once when medium or drive is busy.
        #[doc(alias("NTMS_MOUNT_ERROR_NOT_AVAILABLE", "NTMS_MOUNT_ERROR_IF_UNAVAILABLE"))]
        ERROR_IF_UNAVAILABLE = 0x4,
        /// Fail when the medium is offline, instead of asking the operator to bring it.
        #[doc(alias("NTMS_MOUNT_ERROR_OFFLINE", "NTMS_MOUNT_ERROR_IF_OFFLINE"))]
        ERROR_IF_OFFLINE = 0x8,
        /// Use exactly the drives named in the call;
        /// [`MountRequest::in_drives`](crate::model::MountRequest::in_drives) sets it.
        #[doc(alias = "NTMS_MOUNT_SPECIFIC_DRIVE")]
        SPECIFIC_DRIVE = 0x10,
        /// Queue the mount and return at once: what
        /// [`Session::queue_mount`](crate::Session::queue_mount) does, which sets it.
        /// [`Timeout::NoWait`](crate::model::Timeout::NoWait) is something else.
        #[doc(alias = "NTMS_MOUNT_NOWAIT")]
        NO_WAIT = 0x20,
    }
}

flags! {
    /// Options of a dismount. Empty means `IMMEDIATE`; both bits together are refused.
    #[doc(alias = "NtmsDismountOptions")]
    DismountOptions {
        /// Keep the medium in the drive until the drive is needed.
        #[doc(alias = "NTMS_DISMOUNT_DEFERRED")]
        DEFERRED = 0x1,
        /// Return the medium to storage now; what an empty set means.
        #[doc(alias = "NTMS_DISMOUNT_IMMEDIATE")]
        IMMEDIATE = 0x2,
    }
}

flags! {
    /// Options of registering an offline medium.
    #[doc(alias = "NtmsCreateNtmsMediaOptions")]
    CreateMediaOptions {
        /// Refuse a medium whose on-media id is already catalogued.
        #[doc(alias("NTMS_ERROR_ON_DUPLICATE", "NTMS_ERROR_ON_DUPLICATION"))]
        ERROR_ON_DUPLICATE = 0x1,
    }
}

flags! {
    /// Options of an enumeration.
    #[doc(alias = "NtmsEnumerateOption")]
    EnumerateOptions {
        /// Put the root pool first.
        #[doc(alias = "NTMS_ENUM_ROOTPOOL")]
        INCLUDE_ROOT_POOL = 0x1,
    }
}

impl AllocateOptions {
    /// These options when they are known and do not contradict each other.
    ///
    /// # Errors
    /// `InvalidParameter` for unknown bits, and for `NEW` together with `NEXT`.
    pub fn checked(self) -> Result<Self> {
        let options = self.known()?;
        if options.contains(Self::NEW | Self::NEXT) {
            return Err(Error::new(ErrorKind::InvalidParameter, "NEW and NEXT exclude each other"));
        }
        Ok(options)
    }
}

impl DismountOptions {
    /// These options when they are known and do not contradict each other.
    ///
    /// # Errors
    /// `InvalidParameter` for unknown bits, and for both bits together.
    pub fn checked(self) -> Result<Self> {
        let options = self.known()?;
        if options.contains(Self::DEFERRED | Self::IMMEDIATE) {
            return Err(Error::new(
                ErrorKind::InvalidParameter,
                "DEFERRED and IMMEDIATE exclude each other",
            ));
        }
        Ok(options)
    }
}

impl EnumerateOptions {
    /// No option: the top-level pools without the root pool.
    #[doc(alias = "NTMS_ENUM_DEFAULT")]
    pub const DEFAULT: Self = Self::empty();
}

/// Priority of a mount, -15 to 15: the higher goes first, equals in the order they came.
#[doc(alias = "NtmsMountPriority")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "i64", into = "i64")
)]
pub struct MountPriority(i8);

impl MountPriority {
    /// The highest priority.
    #[doc(alias = "NTMS_PRIORITY_HIGHEST")]
    pub const HIGHEST: Self = Self(15);
    /// For mounts somebody waits for.
    #[doc(alias = "NTMS_PRIORITY_HIGH")]
    pub const HIGH: Self = Self(7);
    /// For mounts without time pressure; the default.
    #[doc(alias("NTMS_PRIORITY_NORMAL", "NTMS_PRIORITY_DEFAULT"))]
    pub const NORMAL: Self = Self(0);
    /// For mounts in the background.
    #[doc(alias = "NTMS_PRIORITY_LOW")]
    pub const LOW: Self = Self(-7);
    /// The lowest priority.
    #[doc(alias = "NTMS_PRIORITY_LOWEST")]
    pub const LOWEST: Self = Self(-15);

    /// The number, -15 to 15.
    pub const fn value(self) -> i8 {
        self.0
    }
}

impl From<MountPriority> for i64 {
    fn from(priority: MountPriority) -> Self {
        Self::from(priority.0)
    }
}

impl TryFrom<i64> for MountPriority {
    type Error = UnknownValue;

    fn try_from(value: i64) -> Result<Self, UnknownValue> {
        i8::try_from(value)
            .ok()
            .map(Self)
            .filter(|priority| (Self::LOWEST..=Self::HIGHEST).contains(priority))
            .ok_or(UnknownValue { enumeration: "MountPriority", value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_bits_are_kept_and_refused() {
        let odd = AllocateOptions::from_bits_retain(0x14);
        assert!(odd.contains(AllocateOptions::ERROR_IF_UNAVAILABLE));
        let error = odd.checked().expect_err("bit 0x10 means nothing");
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
        assert!(error.reason().contains("0x10"), "{error}");
        assert!(AllocateOptions::try_from(0x14).is_err());
        assert!(AllocateOptions::try_from(-1).is_err());
        assert_eq!(
            AllocateOptions::try_from(5),
            Ok(AllocateOptions::NEW | AllocateOptions::ERROR_IF_UNAVAILABLE)
        );
    }

    #[test]
    fn contradictory_options_are_refused() {
        assert!((AllocateOptions::NEW | AllocateOptions::NEXT).checked().is_err());
        assert!(DismountOptions::all().checked().is_err());
        assert!(AllocateOptions::NEW.checked().is_ok());
        assert!(DismountOptions::empty().checked().is_ok());
    }

    #[test]
    fn priorities_end_at_fifteen() {
        assert_eq!(MountPriority::try_from(-15), Ok(MountPriority::LOWEST));
        assert_eq!(MountPriority::try_from(15), Ok(MountPriority::HIGHEST));
        for outside in [-16, 16, 256, i64::MAX] {
            assert!(MountPriority::try_from(outside).is_err(), "{outside}");
        }
        assert!(MountPriority::HIGH > MountPriority::default());
    }
}
