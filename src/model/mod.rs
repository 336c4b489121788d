//! What things are: ids, states, policies, options, records and rights. No I/O, no clock, no
//! randomness.

mod attendance;
mod drive_machine;
mod eject;
mod flags;
mod grade;
mod id;
mod kind;
mod leave_rule;
pub mod limits;
mod media_type;
mod medium_machine;
mod notification;
mod numbered;
mod object_type;
mod operator_task;
mod options;
mod passage;
mod policy;
pub mod pool_matrix;
mod pool_path;
mod record;
mod refused;
mod request;
mod rights;
mod side_machine;
mod state;
pub mod text;
mod time;
mod ui;

pub use attendance::{Absence, Attendance};
pub use drive_machine::{DriveEvent, drive_after};
pub use eject::{EjectAnswer, EjectMode, EjectPrompt, EjectQuestion};
pub(crate) use grade::{Grade, MediumFacts};
pub use id::*;
pub use kind::{
    DeviceType, DoorInventory, InventoryMethod, LibraryType, PoolOpenMode, PoolType, ReadWriteKind,
};
pub use leave_rule::{Leaving, leave};
pub use media_type::{KNOWN_MEDIA_TYPES, KnownMediaType, MediaClass, MediaTypeCode};
pub use medium_machine::{MediumAt, MediumEvent, MediumWork, Place, medium_after};
pub use notification::{Notification, NotificationOperation};
pub use numbered::UnknownValue;
pub(crate) use numbered::numbered;
pub use object_type::ObjectType;
pub use operator_task::{CleanerTarget, OperatorTask, ServiceTarget, TaskArgument};
pub use options::{
    AllocateOptions, CreateMediaOptions, DismountOptions, EnumerateOptions, MountOptions,
    MountPriority, SessionOptions,
};
pub use passage::{CleanerEject, CleanerInject, EjectAction, InjectAction};
pub use policy::{
    AllocationPolicy, DeallocationPolicy, LibraryFlags, LibraryRequestFlags, MediaPoolPolicy,
    OperatorRequestFlags,
};
pub use pool_path::PoolPath;
pub use record::*;
pub use refused::Refused;
pub use request::{
    LibraryOperation, LibraryRequestState, OperationOption, OperatorRequestKind,
    OperatorRequestState, RequestKind,
};
pub(crate) use rights::Claimant;
pub use rights::{
    AccessEntry, AccessModel, AccessRights, AuditEntry, Caller, DescriptorSyntax, GenericRight,
    NewPoolParent, Principal, SecurityDescriptor, SecurityInformation, SecurityParts,
};
pub use side_machine::{LabelReading, LibraryStanding, SideContext, SideEvent, side_after};
pub use state::{
    BarCodeState, DoorState, DriveState, MediaState, OperationalState, PortContent, PortPosition,
    SideState, SlotState,
};
pub(crate) use time::civil;
pub use time::{Timeout, Timestamp};
pub use ui::{UiDestinationAction, UiMessage, UiMessageType, UiRecall, UiRequest, UiScope};

#[cfg(test)]
mod published_values;
