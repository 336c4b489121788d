//! EnumerateNtmsObject: which objects there are, and what they contain.

mod container;
mod stream;

use super::context::present;
use super::{Identified, Session};
use crate::catalog::Position;
use crate::error::Result;
use crate::model::{EnumerateOptions, Id, ObjectId, ObjectType};
use container::{Enumeration, everything, invalid};
pub use stream::Objects;
use stream::PAGE;

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
    /// [`objects`](Session::objects) does without a list.
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

    /// The ids [`enumerate`](Session::enumerate) would give, one after another.
    ///
    /// Needs constant memory, and holds nothing in the catalog between two ids. Objects that come
    /// or go meanwhile may be seen or not; no object is seen twice while it stays where it is.
    /// When the container goes, the list ends.
    ///
    /// ```no_run
    /// use rsm::model::{EnumerateOptions, ObjectType};
    /// # fn example(session: &rsm::Session) -> rsm::Result<()> {
    /// let all = EnumerateOptions::DEFAULT;
    /// for side in session.objects(None, ObjectType::Side, all)?.take(10) {
    ///     println!("{}", side?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`enumerate`](Session::enumerate); so can each id fail, after which there are no more:
    /// with `InvalidHandle` when the session is closed meanwhile.
    pub fn objects(
        &self,
        container: Option<ObjectId>,
        object_type: ObjectType,
        options: EnumerateOptions,
    ) -> Result<Objects<'_>> {
        let request = self.enumeration(container, object_type, options)?;
        let catalog = &self.context().catalog;
        let (root, listing) =
            catalog.read(|view| Ok((request.root(view)?, request.listing(view)?)))?;
        Ok(Objects::new(self, root, listing))
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
