//! What is in which container.

use crate::catalog::{Listing, ROOT_POOL, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Id, LibraryId, LogicalMediaId, ObjectId, ObjectType, PhysicalMediaId, PoolId, SideId,
};

/// A checked request.
#[derive(Clone, Copy)]
pub(super) struct Enumeration {
    pub(super) container: Option<ObjectId>,
    pub(super) object_type: ObjectType,
    /// What there is of the kind.
    pub(super) everything: Listing,
    pub(super) with_root: bool,
}

impl Enumeration {
    /// What comes before the list itself.
    pub(super) fn root(self, view: &View<'_>) -> Result<Vec<ObjectId>> {
        if self.with_root { Ok(vec![view.pool_id(ROOT_POOL)?.into()]) } else { Ok(Vec::new()) }
    }

    pub(super) fn listing(self, view: &View<'_>) -> Result<Listing> {
        match self.container {
            None => Ok(self.everything),
            Some(container) => self.within(view, container),
        }
    }

    fn within(self, view: &View<'_>, container: ObjectId) -> Result<Listing> {
        let kind = view.kind_of(container)?.ok_or_else(|| {
            Error::new(ErrorKind::ObjectNotFound, format!("nothing has id {container}"))
        })?;
        let listing = match kind {
            ObjectType::Library => in_library(view, container, self.object_type)?,
            ObjectType::MediaPool => in_pool(view, container, self.object_type)?,
            ObjectType::PhysicalMedia if self.object_type == ObjectType::Side => {
                let medium = PhysicalMediaId::from_uuid(container.as_uuid());
                view.medium_key(medium)?.map(Listing::SidesOfMedium)
            }
            ObjectType::LogicalMedia if self.object_type == ObjectType::Side => {
                let logical = LogicalMediaId::from_uuid(container.as_uuid());
                view.side_of_logical(logical)?.map(Listing::Side)
            }
            ObjectType::Side if self.object_type == ObjectType::LogicalMedia => {
                let side = SideId::from_uuid(container.as_uuid());
                view.side_key(side)?.map(Listing::LogicalMediaOfSide)
            }
            _ => None,
        };
        let reason = || format!("a {kind:?} contains no {:?}", self.object_type);
        listing
            .ok_or_else(|| Error::new(ErrorKind::InvalidParameter, reason()).about(kind, container))
    }
}

pub(super) fn everything(object_type: ObjectType) -> Option<Listing> {
    Some(match object_type {
        ObjectType::Computer => Listing::Computer,
        ObjectType::Library => Listing::Libraries,
        ObjectType::MediaType => Listing::MediaTypes,
        ObjectType::MediaPool => Listing::PoolsOfPool(ROOT_POOL),
        ObjectType::PhysicalMedia => Listing::Media,
        ObjectType::Side => Listing::Sides,
        ObjectType::LogicalMedia => Listing::LogicalMedia,
        ObjectType::ChangerType => Listing::ChangerTypes,
        ObjectType::DriveType => Listing::DriveTypes,
        ObjectType::Changer => Listing::Changers,
        ObjectType::Drive => Listing::Drives,
        ObjectType::InsertEjectDoor => Listing::Doors,
        ObjectType::InsertEjectPort => Listing::Ports,
        ObjectType::StorageSlot => Listing::Slots,
        ObjectType::LibraryRequest => Listing::LibraryRequests,
        ObjectType::OperatorRequest => Listing::OperatorRequests,
        ObjectType::Unknown | ObjectType::Generic | ObjectType::UiDestination => return None,
    })
}

fn in_library(
    view: &View<'_>,
    container: ObjectId,
    object_type: ObjectType,
) -> Result<Option<Listing>> {
    let library = LibraryId::from_uuid(container.as_uuid());
    let Some(library) = view.library_by_id(library)? else { return Ok(None) };
    Ok(match object_type {
        ObjectType::MediaType => Some(Listing::MediaTypesOfLibrary(library.key)),
        ObjectType::PhysicalMedia => Some(Listing::MediaOfLibrary(library.key)),
        ObjectType::Changer => Some(Listing::ChangersOfLibrary(library.key)),
        ObjectType::Drive => Some(Listing::DrivesOfLibrary(library.key)),
        ObjectType::InsertEjectPort => Some(Listing::PortsOfLibrary(library.key)),
        ObjectType::StorageSlot => Some(Listing::SlotsOfLibrary(library.key)),
        ObjectType::LibraryRequest => Some(Listing::LibraryRequestsOfLibrary(library.key)),
        ObjectType::InsertEjectDoor => Some(Listing::DoorsOfLibrary(library.key)),
        _ => None,
    })
}

fn in_pool(
    view: &View<'_>,
    container: ObjectId,
    object_type: ObjectType,
) -> Result<Option<Listing>> {
    let pool = PoolId::from_uuid(container.as_uuid());
    let Some(pool) = view.pool_by_id(pool)? else { return Ok(None) };
    Ok(match object_type {
        ObjectType::MediaPool => Some(Listing::PoolsOfPool(pool.key)),
        ObjectType::PhysicalMedia => Some(Listing::MediaOfPool(pool.key)),
        ObjectType::Side => Some(Listing::SidesOfPool(pool.key)),
        ObjectType::LogicalMedia => Some(Listing::LogicalMediaOfPool(pool.key)),
        _ => None,
    })
}

pub(super) fn invalid(reason: &'static str) -> Error {
    Error::new(ErrorKind::InvalidParameter, reason)
}
