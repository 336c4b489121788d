//! What a person is asked to do, and with what.

use super::{
    ComputerId, DoorId, DriveId, Id, LibraryId, ObjectId, ObjectType, OperatorRequestKind,
    PhysicalMediaId, PoolId, SlotId,
};
use crate::error::{Error, ErrorKind, Result};

/// What a person is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum OperatorTask {
    /// Bring media that can be allocated in a pool.
    #[doc(alias = "NTMS_OPREQ_NEWMEDIA")]
    NewMedia {
        /// The pool.
        pool: PoolId,
        /// The library they should come into, if it matters.
        library: Option<LibraryId>,
    },
    /// Bring a cleaning cartridge, or put it where it belongs.
    #[doc(alias = "NTMS_OPREQ_CLEANER")]
    Cleaner {
        /// The library it is for, or the slot in question.
        target: CleanerTarget,
    },
    /// Repair a device, or look at a medium.
    #[doc(alias = "NTMS_OPREQ_DEVICESERVICE")]
    DeviceService {
        /// What needs somebody's hands.
        device: ServiceTarget,
    },
    /// Move a medium to a library.
    #[doc(alias = "NTMS_OPREQ_MOVEMEDIA")]
    MoveMedia {
        /// The medium.
        medium: PhysicalMediaId,
        /// Where to; the offline library stands for a shelf.
        to: LibraryId,
    },
    /// Read a text.
    #[doc(alias = "NTMS_OPREQ_MESSAGE")]
    Message,
}

/// What a request for a cleaning cartridge is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum CleanerTarget {
    /// A library that needs a cleaning cartridge.
    Library(LibraryId),
    /// A slot with a cleaning cartridge that belongs elsewhere.
    Slot(SlotId),
}

/// What a request for service is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ServiceTarget {
    /// A door.
    Door(DoorId),
    /// A library, or its changer.
    Library(LibraryId),
    /// A medium.
    Medium(PhysicalMediaId),
    /// A drive.
    Drive(DriveId),
    /// The computer: its catalog. Only the library manager asks for this.
    Computer(ComputerId),
}

macro_rules! targets {
    ($($target:ident::$variant:ident($id:ident);)*) => {$(
        impl From<$id> for $target {
            fn from(id: $id) -> Self {
                Self::$variant(id)
            }
        }
    )*};
}

targets! {
    CleanerTarget::Library(LibraryId);
    CleanerTarget::Slot(SlotId);
    ServiceTarget::Door(DoorId);
    ServiceTarget::Library(LibraryId);
    ServiceTarget::Medium(PhysicalMediaId);
    ServiceTarget::Drive(DriveId);
    ServiceTarget::Computer(ComputerId);
}

/// An object that a request names, with its kind.
pub type TaskArgument = Option<(ObjectType, ObjectId)>;

impl OperatorTask {
    /// The kind of task.
    pub const fn kind(&self) -> OperatorRequestKind {
        match self {
            Self::NewMedia { .. } => OperatorRequestKind::NewMedia,
            Self::Cleaner { .. } => OperatorRequestKind::Cleaner,
            Self::DeviceService { .. } => OperatorRequestKind::DeviceService,
            Self::MoveMedia { .. } => OperatorRequestKind::MoveMedia,
            Self::Message => OperatorRequestKind::Message,
        }
    }

    /// The two arguments of the original.
    #[doc(alias("Arg1Type", "Arg1", "Arg2Type", "Arg2"))]
    pub fn arguments(&self) -> [TaskArgument; 2] {
        fn some(object_type: ObjectType, id: impl Into<ObjectId>) -> TaskArgument {
            Some((object_type, id.into()))
        }
        match *self {
            Self::NewMedia { pool, library } => [
                some(ObjectType::MediaPool, pool),
                library.and_then(|library| some(ObjectType::Library, library)),
            ],
            Self::Cleaner { target } => [Some(target.object()), None],
            Self::DeviceService { device } => [Some(device.object()), None],
            Self::MoveMedia { medium, to } => {
                [some(ObjectType::PhysicalMedia, medium), some(ObjectType::Library, to)]
            }
            Self::Message => [None, None],
        }
    }

    /// The task that a kind and the two arguments of the original stand for. A null id counts as
    /// no argument.
    ///
    /// # Errors
    /// `InvalidParameter`: the kind is `Unknown`, a required argument is missing, or one is given
    /// that the kind does not have. `ObjectNotFound`: an argument of another kind of object.
    pub fn from_arguments(kind: OperatorRequestKind, arguments: [TaskArgument; 2]) -> Result<Self> {
        let [first, second] = arguments.map(|argument| argument.filter(|(_, id)| !id.is_null()));
        match (kind, first, second) {
            (OperatorRequestKind::NewMedia, Some(pool), library) => Ok(Self::NewMedia {
                pool: typed(ObjectType::MediaPool, pool)?,
                library: library.map(|id| typed(ObjectType::Library, id)).transpose()?,
            }),
            (OperatorRequestKind::Cleaner, Some(target), None) => {
                Ok(Self::Cleaner { target: CleanerTarget::from_object(target)? })
            }
            (OperatorRequestKind::DeviceService, Some(device), None) => {
                Ok(Self::DeviceService { device: ServiceTarget::from_object(device)? })
            }
            (OperatorRequestKind::MoveMedia, Some(medium), Some(to)) => Ok(Self::MoveMedia {
                medium: typed(ObjectType::PhysicalMedia, medium)?,
                to: typed(ObjectType::Library, to)?,
            }),
            (OperatorRequestKind::Message, None, None) => Ok(Self::Message),
            (OperatorRequestKind::Unknown, ..) => {
                Err(invalid("a request of no known kind".to_owned()))
            }
            _ => Err(invalid(format!("these are not the arguments of a {kind:?} request"))),
        }
    }
}

impl CleanerTarget {
    /// The object, with its kind.
    pub fn object(self) -> (ObjectType, ObjectId) {
        match self {
            Self::Library(id) => (ObjectType::Library, id.into()),
            Self::Slot(id) => (ObjectType::StorageSlot, id.into()),
        }
    }

    fn from_object((object_type, id): (ObjectType, ObjectId)) -> Result<Self> {
        match object_type {
            ObjectType::Library => Ok(Self::Library(LibraryId::from_uuid(id.as_uuid()))),
            ObjectType::StorageSlot => Ok(Self::Slot(SlotId::from_uuid(id.as_uuid()))),
            _ => Err(not_found(object_type, id)),
        }
    }
}

impl ServiceTarget {
    /// The object, with its kind.
    pub fn object(self) -> (ObjectType, ObjectId) {
        match self {
            Self::Door(id) => (ObjectType::InsertEjectDoor, id.into()),
            Self::Library(id) => (ObjectType::Library, id.into()),
            Self::Medium(id) => (ObjectType::PhysicalMedia, id.into()),
            Self::Drive(id) => (ObjectType::Drive, id.into()),
            Self::Computer(id) => (ObjectType::Computer, id.into()),
        }
    }

    fn from_object((object_type, id): (ObjectType, ObjectId)) -> Result<Self> {
        let uuid = id.as_uuid();
        match object_type {
            ObjectType::InsertEjectDoor => Ok(Self::Door(DoorId::from_uuid(uuid))),
            ObjectType::Library => Ok(Self::Library(LibraryId::from_uuid(uuid))),
            ObjectType::PhysicalMedia => Ok(Self::Medium(PhysicalMediaId::from_uuid(uuid))),
            ObjectType::Drive => Ok(Self::Drive(DriveId::from_uuid(uuid))),
            ObjectType::Computer => Ok(Self::Computer(ComputerId::from_uuid(uuid))),
            _ => Err(not_found(object_type, id)),
        }
    }
}

fn typed<I: Id>(wanted: ObjectType, (found, id): (ObjectType, ObjectId)) -> Result<I> {
    if found == wanted { Ok(I::from_uuid(id.as_uuid())) } else { Err(not_found(found, id)) }
}

fn invalid(reason: String) -> Error {
    Error::new(ErrorKind::InvalidParameter, reason)
}

fn not_found(object_type: ObjectType, id: ObjectId) -> Error {
    let reason = format!("a {object_type:?} is not what this request can be about");
    Error::new(ErrorKind::ObjectNotFound, reason).about(object_type, id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id<I: Id>(n: u128) -> I {
        I::from_uuid(Uuid::from_u128(n))
    }

    #[test]
    fn kind_and_arguments_read_back() {
        let tasks = [
            OperatorTask::NewMedia { pool: id(1), library: None },
            OperatorTask::NewMedia { pool: id(1), library: Some(id(2)) },
            OperatorTask::Cleaner { target: id::<LibraryId>(2).into() },
            OperatorTask::Cleaner { target: id::<SlotId>(3).into() },
            OperatorTask::DeviceService { device: id::<DoorId>(4).into() },
            OperatorTask::DeviceService { device: id::<LibraryId>(2).into() },
            OperatorTask::DeviceService { device: id::<PhysicalMediaId>(5).into() },
            OperatorTask::DeviceService { device: id::<DriveId>(6).into() },
            OperatorTask::DeviceService { device: id::<ComputerId>(7).into() },
            OperatorTask::MoveMedia { medium: id(5), to: id(2) },
            OperatorTask::Message,
        ];
        for task in tasks {
            let again = OperatorTask::from_arguments(task.kind(), task.arguments());
            assert_eq!(again.ok(), Some(task));
        }
    }

    #[test]
    fn arguments_that_do_not_fit_the_kind_are_refused() {
        let kind = |kind, arguments| {
            OperatorTask::from_arguments(kind, arguments).err().map(|error| error.kind())
        };
        let pool = Some((ObjectType::MediaPool, id(1)));
        let medium = Some((ObjectType::PhysicalMedia, id(5)));
        let library = Some((ObjectType::Library, id(2)));
        let null = Some((ObjectType::MediaPool, ObjectId::NULL));
        let (invalid, missing) =
            (Some(ErrorKind::InvalidParameter), Some(ErrorKind::ObjectNotFound));
        assert_eq!(kind(OperatorRequestKind::Unknown, [None, None]), invalid);
        assert_eq!(kind(OperatorRequestKind::NewMedia, [None, library]), invalid);
        assert_eq!(kind(OperatorRequestKind::NewMedia, [null, None]), invalid);
        assert_eq!(kind(OperatorRequestKind::NewMedia, [library, None]), missing);
        assert_eq!(kind(OperatorRequestKind::NewMedia, [pool, medium]), missing);
        assert_eq!(kind(OperatorRequestKind::Cleaner, [library, library]), invalid);
        assert_eq!(kind(OperatorRequestKind::Cleaner, [medium, None]), missing);
        assert_eq!(kind(OperatorRequestKind::DeviceService, [None, None]), invalid);
        assert_eq!(kind(OperatorRequestKind::DeviceService, [pool, None]), missing);
        assert_eq!(kind(OperatorRequestKind::MoveMedia, [medium, None]), invalid);
        assert_eq!(kind(OperatorRequestKind::MoveMedia, [library, library]), missing);
        assert_eq!(kind(OperatorRequestKind::Message, [pool, None]), invalid);
        assert_eq!(kind(OperatorRequestKind::Message, [null, null]), None);
    }
}
