//! EnumerateNtmsObject: which objects there are, and what they contain.

use std::ops::ControlFlow;

use super::context::present;
use super::{Identified, Session};
use crate::catalog::{Listing, Position, ROOT_POOL, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    EnumerateOptions, Id, LibraryId, LogicalMediaId, ObjectId, ObjectType, PhysicalMediaId, PoolId,
    SideId,
};

/// Objects that are fetched at once.
const PAGE: u32 = 1024;

impl Session {
    /// The ids of the objects of a kind, in the order in which they were created; logical media in
    /// the order of their sides.
    ///
    /// Without a container, all of that kind; of pools those at the top level only, after the root
    /// pool with `INCLUDE_ROOT_POOL`. With one, those directly in it:
    ///
    /// | kind | containers |
    /// |---|---|
    /// | changers, drives, doors, ports, slots, library requests | library |
    /// | media types (those it lists) | library |
    /// | physical media | library, also the offline one; pool |
    /// | sides | physical medium, logical medium, pool |
    /// | logical media | pool, side |
    /// | pools | pool |
    ///
    /// The list is one consistent state of the catalog. Needs no right.
    /// [`enumerate_each`](Session::enumerate_each) does without a list.
    ///
    /// The ids come without their kind, which is the one asked for:
    /// [`Id::from_uuid`](crate::model::Id::from_uuid) makes typed ids of them.
    ///
    /// ```no_run
    /// use rsm::model::{EnumerateOptions, Id, ObjectType, PhysicalMediaId};
    /// # fn example(session: &rsm::Session, pool: rsm::model::PoolId) -> rsm::Result<()> {
    /// let all = EnumerateOptions::DEFAULT;
    /// let libraries = session.enumerate(None, ObjectType::Library, all)?;
    /// for medium in session.enumerate(Some(pool.into()), ObjectType::PhysicalMedia, all)? {
    ///     let medium = session.info(PhysicalMediaId::from_uuid(medium.as_uuid()))?;
    ///     println!("{} is {:?}", medium.bar_code, medium.media_state);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: the kind is `Unknown`, `Generic` or `UiDestination`; a null container,
    ///   or one that cannot contain that kind; an option that is unknown or of no use here.
    /// * `ObjectNotFound`: there is no such container.
    #[doc(alias = "EnumerateNtmsObject")]
    pub fn enumerate(
        &self,
        container: Option<ObjectId>,
        object_type: ObjectType,
        options: EnumerateOptions,
    ) -> Result<Vec<ObjectId>> {
        let request = self.enumeration(container, object_type, options)?;
        self.context().catalog.read(|view| {
            let mut ids = request.root(view)?;
            let listing = request.listing(view)?;
            let mut position = Some(Position::default());
            while let Some(from) = position {
                let (page, next) = view.page(listing, from, PAGE)?;
                ids.extend(page);
                position = next;
            }
            Ok(ids)
        })
    }

    /// The ids of the objects of one kind, as [`enumerate`](Session::enumerate) gives them, as ids of
    /// that kind.
    ///
    /// ```no_run
    /// # fn example(session: &rsm::Session, pool: rsm::model::PoolId) -> rsm::Result<()> {
    /// use rsm::model::PhysicalMediaId;
    ///
    /// for medium in session.list::<PhysicalMediaId>(Some(pool.into()))? {
    ///     println!("{}", session.info(medium)?.bar_code);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`enumerate`](Session::enumerate).
    pub fn list<I: Identified>(&self, container: Option<ObjectId>) -> Result<Vec<I>> {
        let ids = self.enumerate(container, I::KIND, EnumerateOptions::DEFAULT)?;
        Ok(ids.into_iter().map(|id| I::from_uuid(id.as_uuid())).collect())
    }

    /// Calls `each` for the ids [`enumerate`](Session::enumerate) would give, until it breaks; says
    /// whether it did.
    ///
    /// Needs constant memory, and holds nothing in the catalog while `each` runs, which may call
    /// anything. Objects that come or go meanwhile may be seen or not; no object is seen twice
    /// while it stays where it is.
    ///
    /// # Errors
    /// As [`enumerate`](Session::enumerate).
    pub fn enumerate_each(
        &self,
        container: Option<ObjectId>,
        object_type: ObjectType,
        options: EnumerateOptions,
        mut each: impl FnMut(ObjectId) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>> {
        let request = self.enumeration(container, object_type, options)?;
        let catalog = &self.context().catalog;
        let (root, listing) =
            catalog.read(|view| Ok((request.root(view)?, request.listing(view)?)))?;
        let (mut page, mut position) = (root, Some(Position::default()));
        loop {
            if page.into_iter().try_for_each(&mut each).is_break() {
                return Ok(ControlFlow::Break(()));
            }
            let Some(from) = position else { return Ok(ControlFlow::Continue(())) };
            (page, position) = catalog.read(|view| view.page(listing, from, PAGE))?;
        }
    }

    fn enumeration(
        &self,
        container: Option<ObjectId>,
        object_type: ObjectType,
        options: EnumerateOptions,
    ) -> Result<Enumeration> {
        self.check_open()?;
        if let Some(container) = container {
            present(container, "the container")?;
        }
        let options = options.known()?;
        let with_root = options.contains(EnumerateOptions::INCLUDE_ROOT_POOL);
        if with_root && (object_type != ObjectType::MediaPool || container.is_some()) {
            return Err(invalid("the root pool is listed with the top-level pools only"));
        }
        let everything = everything(object_type)
            .ok_or_else(|| invalid("objects of this kind cannot be listed"))?;
        Ok(Enumeration { container, object_type, everything, with_root })
    }
}

/// A checked request.
#[derive(Clone, Copy)]
struct Enumeration {
    container: Option<ObjectId>,
    object_type: ObjectType,
    /// What there is of the kind.
    everything: Listing,
    with_root: bool,
}

impl Enumeration {
    /// What comes before the list itself.
    fn root(self, view: &View<'_>) -> Result<Vec<ObjectId>> {
        if self.with_root { Ok(vec![view.pool_id(ROOT_POOL)?.into()]) } else { Ok(Vec::new()) }
    }

    fn listing(self, view: &View<'_>) -> Result<Listing> {
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

fn everything(object_type: ObjectType) -> Option<Listing> {
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

fn invalid(reason: &'static str) -> Error {
    Error::new(ErrorKind::InvalidParameter, reason)
}
