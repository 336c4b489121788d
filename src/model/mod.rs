//! What things are: ids, states, policies, options, records and rights. No I/O, no clock, no
//! randomness.

mod flags;
mod grade;
mod id;
mod kind;
pub mod limits;
mod media_type;
mod numbered;
mod object_type;
mod options;
mod policy;
mod pool_path;
mod record;
mod rights;
mod state;
pub mod text;
mod time;

pub(crate) use grade::{Grade, MediumFacts};
pub use id::*;
pub use kind::{DeviceType, InventoryMethod, LibraryType, PoolOpenMode, PoolType, ReadWriteKind};
pub use media_type::{KNOWN_MEDIA_TYPES, KnownMediaType, MediaClass, MediaTypeCode};
pub use numbered::UnknownValue;
pub(crate) use numbered::numbered;
pub use object_type::ObjectType;
pub use options::{
    AllocateOptions, CreateMediaOptions, DismountOptions, EnumerateOptions, MountOptions,
    MountPriority,
};
pub use policy::{
    AllocationPolicy, DeallocationPolicy, LibraryFlags, LibraryRequestFlags, MediaPoolPolicy,
    OperatorRequestFlags,
};
pub use pool_path::PoolPath;
pub use record::*;
pub use rights::{
    AccessEntry, AccessModel, AccessRights, Caller, DescriptorSyntax, GenericRight, NewPoolParent,
    Principal, SecurityDescriptor,
};
pub use state::{
    BarCodeState, DoorState, DriveState, MediaState, OperationalState, PortContent, PortPosition,
    SideState, SlotState,
};
pub use time::{Timeout, Timestamp};

#[cfg(test)]
mod published_values;
