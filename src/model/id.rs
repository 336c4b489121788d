//! Typed object ids.
//!
//! Every object is known by a 128-bit id. The all-zero id means "missing" and is refused by
//! every call. Ids made by the crate are ordered by time (UUID version 7) and never used twice.

use std::fmt;

use uuid::Uuid;

/// An id of an object whose kind is not stated.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct ObjectId(Uuid);

/// What every typed id has in common.
pub trait Id: Copy + fmt::Display + fmt::Debug + Into<ObjectId> {
    /// Takes any 128-bit value as an id of this kind; calls check that such an object exists.
    fn from_uuid(value: Uuid) -> Self;
    /// The 128-bit value.
    fn as_uuid(&self) -> Uuid;

    /// The 16 bytes as they are stored.
    fn to_bytes(&self) -> [u8; 16] {
        *self.as_uuid().as_bytes()
    }

    /// Whether this is the all-zero id, which stands for "missing".
    fn is_null(&self) -> bool {
        self.as_uuid().is_nil()
    }
}

macro_rules! common {
    ($name:ident) => {
        impl Id for $name {
            fn from_uuid(value: Uuid) -> Self {
                Self(value)
            }
            fn as_uuid(&self) -> Uuid {
                self.0
            }
        }

        impl $name {
            /// The all-zero id, which stands for "missing".
            pub const NULL: Self = Self(Uuid::nil());
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

common!(ObjectId);

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
        pub struct $name(Uuid);

        common!($name);

        impl From<$name> for ObjectId {
            fn from(id: $name) -> Self {
                Self(id.0)
            }
        }
    )*};
}

typed_ids! {
    /// Id of the one computer object of a catalog.
    ComputerId
    /// Id of a library.
    LibraryId
    /// Id of a changer (transport).
    ChangerId
    /// Id of a changer type.
    ChangerTypeId
    /// Id of a drive.
    DriveId
    /// Id of a drive type.
    DriveTypeId
    /// Id of a door.
    DoorId
    /// Id of an insert/eject port.
    PortId
    /// Id of a storage slot.
    SlotId
    /// Id of a media type.
    MediaTypeId
    /// Id of a media pool.
    PoolId
    /// Id of a physical medium (PMID): one cartridge.
    PhysicalMediaId
    /// Id of a side (partition) of a physical medium.
    SideId
    /// Id of a logical medium (LMID): an application's hold on one allocated side.
    LogicalMediaId
    /// Id of a work item of a library.
    LibraryRequestId
    /// Id of a task for a person.
    OperatorRequestId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_all_zero_and_nothing_else_is() {
        assert!(PoolId::NULL.is_null());
        assert!(!PoolId::from_uuid(Uuid::from_u128(1)).is_null());
        assert_eq!(PoolId::default(), PoolId::NULL);
    }

    #[test]
    fn text_form_reads_back() -> Result<(), uuid::Error> {
        let id = SideId::from_uuid(Uuid::from_u128(0x1234));
        assert_eq!(id.to_string().parse::<SideId>()?, id);
        assert!(format!("{id:?}").starts_with("SideId("));
        Ok(())
    }
}
