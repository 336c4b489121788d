//! What may be done with an object, and which rules say who may do what.

use crate::model::flags::flags;

flags! {
    /// What a caller may do with an object.
    #[doc(alias = "NtmsAccessMask")]
    AccessRights {
        /// Use an object (mount, read info).
        #[doc(alias("NTMS_USE_ACCESS", "NTMS_GENERIC_READ"))]
        USE = 0x1,
        /// Change names, attributes, settings.
        #[doc(alias = "NTMS_MODIFY_ACCESS")]
        MODIFY = 0x2,
        /// Operate or allocate (protocol text says 3).
        #[doc(alias = "NTMS_CONTROL_ACCESS")]
        CONTROL = 0x4,
        /// Standard right: delete.
        DELETE = 0x10000,
        /// Standard right: read the descriptor.
        READ_CONTROL = 0x20000,
        /// Standard right: replace the DACL.
        WRITE_DAC = 0x40000,
        /// Standard right: change owner.
        WRITE_OWNER = 0x80000,
        /// Right to read or write the SACL.
        ACCESS_SYSTEM_SECURITY = 0x1000000,
    }
}

flags! {
    /// Parts of a security descriptor.
    #[doc(alias = "SECURITY_INFORMATION")]
    SecurityInformation {
        /// The owner.
        #[doc(alias = "OWNER_SECURITY_INFORMATION")]
        OWNER = 0x1,
        /// The owner's group.
        #[doc(alias = "GROUP_SECURITY_INFORMATION")]
        GROUP = 0x2,
        /// The access list.
        #[doc(alias = "DACL_SECURITY_INFORMATION")]
        DACL = 0x4,
        /// The audit list.
        #[doc(alias = "SACL_SECURITY_INFORMATION")]
        SACL = 0x8,
    }
}

impl AccessRights {
    /// The three rights of the original: `USE`, `MODIFY` and `CONTROL`. Each stands for itself;
    /// `CONTROL` does not include `USE`.
    #[doc(alias("NTMS_GENERIC_ALL", "NTMS_GENERIC_EXECUTE"))]
    pub const ALL: Self = Self::USE.union(Self::MODIFY).union(Self::CONTROL);

    /// Everything except the audit list.
    pub const FULL: Self = Self::ALL
        .union(Self::DELETE)
        .union(Self::READ_CONTROL)
        .union(Self::WRITE_DAC)
        .union(Self::WRITE_OWNER);
}

/// A right stated without regard to the kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum GenericRight {
    /// Look at it: `USE`.
    #[doc(alias = "NTMS_GENERIC_READ")]
    Read,
    /// Change it: `USE` and `MODIFY`.
    #[doc(alias = "NTMS_GENERIC_WRITE")]
    Write,
    /// Operate it: `USE`, `MODIFY` and `CONTROL`.
    #[doc(alias = "NTMS_GENERIC_EXECUTE")]
    Execute,
    /// All of it: `USE`, `MODIFY` and `CONTROL`.
    #[doc(alias = "NTMS_GENERIC_ALL")]
    All,
}

impl From<GenericRight> for AccessRights {
    fn from(right: GenericRight) -> Self {
        match right {
            GenericRight::Read => Self::USE,
            GenericRight::Write => Self::USE | Self::MODIFY,
            GenericRight::Execute | GenericRight::All => Self::ALL,
        }
    }
}

/// Which published rules say what right a call needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum AccessModel {
    /// The rules of Windows Server 2003.
    #[default]
    Server2003,
    /// The rules of Windows XP.
    WindowsXp,
}

impl AccessModel {
    /// The one of two values that this model's rule names.
    pub(crate) fn choose<T>(self, server_2003: T, windows_xp: T) -> T {
        match self {
            Self::Server2003 => server_2003,
            Self::WindowsXp => windows_xp,
        }
    }
}
