//! GetNtmsObjectInformation and SetNtmsObjectInformation: the records of objects.
//!
//! One file per kind of object: how its record is read, and which of its fields may be set.

mod access;
mod computer;
mod device_type;
mod elements;
mod library;
mod library_request;
mod logical_media;
mod media_pool;
mod media_type;
mod operator_request;
mod physical_media;
mod side;

use super::Session;
use super::context::present;
use crate::catalog::{Transaction, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AccessModel, AccessRights, Caller, Id, ObjectId, ObjectType, Timestamp};
pub(super) use access::Governed;
use access::Governor;
pub(super) use operator_request::record as operator_request_record;

/// Ids of objects that have a record. Implemented by the ids of this crate only.
pub trait Identified: Id {
    /// The record.
    type Record;

    /// The kind of object.
    const KIND: ObjectType;

    /// Reads the record.
    #[doc(hidden)]
    fn read(self, from: Reading<'_>) -> Result<Option<Found<Self::Record>>>;

    /// What follows when somebody with the right has read the record.
    #[doc(hidden)]
    fn was_read(self, _by: &Session, _record: &Self::Record) {}
}

/// Records with fields that may be set. Implemented by the records of this crate only.
pub trait Settable: Clone + Send + Sync + 'static {
    /// Checks what can be checked without the catalog.
    #[doc(hidden)]
    fn check(&self, by: &Checking) -> Result<()>;

    /// Checks the rest and writes the settable fields.
    #[doc(hidden)]
    fn store(&self, to: &Writing<'_, '_>) -> Result<()>;
}

/// The catalog, for reading; nobody else can make one.
pub struct Reading<'a> {
    view: View<'a>,
}

/// A record, and on what the right to see it depends.
pub struct Found<R> {
    record: R,
    governor: Governor,
}

/// Permission to check a record; nobody else can make one.
pub struct Checking(());

/// One change of an object.
pub struct Writing<'a, 'c> {
    transaction: &'a Transaction<'c>,
    caller: &'a Caller,
    model: AccessModel,
    now: Timestamp,
}

impl Writing<'_, '_> {
    /// Tests the right the model in force asks for; the rules of Windows XP ask for none at times.
    fn require(
        &self,
        governor: &Governor,
        server_2003: AccessRights,
        windows_xp: Option<AccessRights>,
    ) -> Result<()> {
        match self.model.choose(Some(server_2003), windows_xp) {
            Some(wanted) => governor.require(self.caller, wanted),
            None => Ok(()),
        }
    }

    fn missing<I: Identified>(&self, id: I) -> Error {
        missing(self.transaction, id)
    }
}

impl Session {
    /// The record of an object, as it is now.
    ///
    /// An operator request that an administrator reads, who has CONTROL on the computer, is Active
    /// from then on instead of Submitted. Nothing else changes by reading.
    ///
    /// ```no_run
    /// # fn example(session: &rsm::Session, pool: rsm::model::PoolId) -> rsm::Result<()> {
    /// let record = session.info(pool)?;
    /// println!("{} holds {} media", record.common.name, record.number_of_physical_media);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: the id is missing, or that of another kind of object.
    /// * `ObjectNotFound`: no such object.
    /// * `AccessDenied`: USE is missing on the pool, library or computer the object belongs to
    ///   (Server 2003 rules; those of Windows XP ask for nothing).
    #[doc(alias = "GetNtmsObjectInformation")]
    pub fn info<I: Identified>(&self, id: I) -> Result<I::Record> {
        self.check_open()?;
        present(id, "the object")?;
        let context = self.context();
        let found = context
            .catalog
            .read(|view| id.read(Reading { view: *view })?.ok_or_else(|| missing(view, id)))?;
        if context.access_model == AccessModel::Server2003 {
            found.governor.require(self.caller(), AccessRights::USE)?;
        }
        id.was_read(self, &found.record);
        Ok(found.record)
    }

    /// Writes every settable field of a record that was read with [`info`](Session::info) and
    /// changed. Other differences are ignored. What others changed in between is overwritten.
    ///
    /// Settable are: description and name of pools (not system pools), media, sides, logical media
    /// and libraries; policies, limit and media type of application pools; inventory method,
    /// automatic recovery, cleaner uses and bar-code flag of libraries; the five settings of the
    /// computer; the delay of drives, the times of doors and ports; descriptions of everything else. All are
    /// checked before any is written. Every success counts as a change, even when nothing differs.
    ///
    /// ```no_run
    /// use rsm::model::{AllocationPolicy, DeallocationPolicy, PoolId};
    /// # fn example(session: &rsm::Session, pool: PoolId) -> rsm::Result<()> {
    /// let mut record = session.info(pool)?;
    /// record.allocation_policy = AllocationPolicy::DRAW_FROM_FREE;
    /// record.deallocation_policy = DeallocationPolicy::RETURN_TO_FREE;
    /// session.set_info(&record)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: the id is missing or that of another kind of object; a text is too
    ///   long or contains control characters; an unknown bit; an inventory method that is none of
    ///   None, Fast and FullLabelRead; a media type for a pool that is not empty, or no such type.
    /// * `ObjectNotFound`: no such object.
    /// * `AccessDenied`: MODIFY is missing on the pool, library or computer the object belongs to,
    ///   CONTROL on a library itself; another field than the description of a system pool differs.
    /// * `InvalidName`, `AlreadyExists`: a pool name that is no pool name, makes a path too long,
    ///   or is another pool's.
    #[doc(alias = "SetNtmsObjectInformation")]
    pub fn set_info<R: Settable>(&self, record: &R) -> Result<()> {
        self.check_open()?;
        record.check(&Checking(()))?;
        let context = self.context();
        let (caller, model, now) =
            (self.caller().clone(), context.access_model, context.clock.now());
        let record = record.clone();
        context.catalog.write(move |transaction| {
            record.store(&Writing { transaction, caller: &caller, model, now })
        })
    }

    /// The kind of the object that has this id. Needs no right.
    ///
    /// # Errors
    /// `InvalidHandle`: the session is closed; `InvalidParameter`: the id is missing;
    /// `ObjectNotFound`: nothing has it.
    pub fn find(&self, id: impl Into<ObjectId>) -> Result<ObjectType> {
        self.check_open()?;
        let id: ObjectId = id.into();
        present(id, "the object")?;
        let found = self.context().catalog.read(|view| view.kind_of(id))?;
        found.ok_or_else(|| Error::new(ErrorKind::ObjectNotFound, format!("nothing has id {id}")))
    }
}

/// Why there is no object of that kind with that id.
fn missing<I: Identified>(view: &View<'_>, id: I) -> Error {
    match view.kind_of(id.into()) {
        Ok(Some(kind)) => Error::new(
            ErrorKind::InvalidParameter,
            format!("this is the id of a {kind:?}, not of a {:?}", I::KIND),
        )
        .about(kind, id),
        Ok(None) => Error::new(ErrorKind::ObjectNotFound, "no such object").about(I::KIND, id),
        Err(error) => error,
    }
}
