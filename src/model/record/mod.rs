//! What is known of each kind of object: the records that calls take and return.
//!
//! A record is a snapshot. Fields marked *settable* may be changed and written back; differences
//! in other fields are ignored then.

mod allocation;
mod common;
mod computer;
mod description;
mod device;
mod export;
mod health;
mod label;
mod library;
mod library_request;
mod logical_media;
mod media_pool;
mod media_type;
mod mount;
mod operator_request;
mod physical_media;
mod reservation;
mod side;

pub use allocation::{AllocateRequest, Allocation};
pub use common::Common;
pub use computer::Computer;
pub use description::{CreatedMedia, CreatedSide, MediumDescription, SideDescription};
pub use device::{Changer, ChangerType, Drive, DriveType, ScsiAddress};
pub use export::{ExportInfo, ExportedFile};
pub use health::{
    DeviceEvent, DeviceEventKind, DriveHealth, FailureCounts, HistoryOf, LastFailure, MediumHealth,
};
pub use label::Label;
pub use library::{InsertEjectDoor, InsertEjectPort, Library, StorageSlot};
pub use library_request::LibraryRequest;
pub use logical_media::LogicalMedia;
pub use media_pool::MediaPool;
pub use media_type::MediaType;
pub use mount::{Access, FileSystemLabel, LabelUpdate, MediaRef, MountRequest};
pub use operator_request::{
    OperatorRequest, OperatorRequestSummary, OperatorRequestWait, WaitingCall,
};
pub use physical_media::{Location, PhysicalMedia};
pub use reservation::{
    DriveSelector, Holder, OwnerId, ProcessId, Released, ReservationInfo, ReserveOptions,
    WaitingReservation,
};
pub use side::Side;
