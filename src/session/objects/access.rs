//! On which access list the rights to an object depend.

use crate::catalog::{ComputerRow, LibraryRow, PoolRow, View, medium_key};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, Caller, Id, LibraryId, LibraryRequestId, LogicalMediaId, ObjectId, ObjectType,
    PhysicalMediaId, PoolId, SecurityDescriptor, SideId,
};
use crate::session::context;

/// The pool, library or computer an object belongs to, or is.
pub(in crate::session) struct Governor {
    kind: ObjectType,
    id: ObjectId,
    security: SecurityDescriptor,
}

impl Governor {
    pub(in crate::session) fn require(&self, caller: &Caller, wanted: AccessRights) -> Result<()> {
        context::require(caller, &self.security, wanted, self.kind, self.id)
    }

    /// The object whose list decides.
    pub(in crate::session) fn object(&self) -> (ObjectType, ObjectId) {
        (self.kind, self.id)
    }

    pub(in crate::session) fn security(&self) -> &SecurityDescriptor {
        &self.security
    }
}

/// An object of any kind, and on what the rights to it depend.
pub(in crate::session) struct Governed {
    pub(in crate::session) kind: ObjectType,
    pub(in crate::session) by: Governor,
}

impl Governed {
    /// The object with this id.
    ///
    /// # Errors
    /// `ObjectNotFound`.
    pub(in crate::session) fn find(view: &View<'_>, id: ObjectId) -> Result<Self> {
        let kind = view
            .kind_of(id)?
            .ok_or_else(|| Error::new(ErrorKind::ObjectNotFound, format!("nothing has id {id}")))?;
        let by = if let Some(pool) = pool_of(view, kind, id)? {
            view.pool(pool)?.into()
        } else if let Some(library) = library_of(view, kind, id)? {
            view.library(library)?.into()
        } else {
            view.computer()?.into()
        };
        Ok(Self { kind, by })
    }

    /// The same, for callers who have a right on what governs it.
    ///
    /// # Errors
    /// `ObjectNotFound`, `AccessDenied`.
    pub(in crate::session) fn find_for(
        view: &View<'_>,
        id: ObjectId,
        caller: &Caller,
        wanted: AccessRights,
    ) -> Result<Self> {
        let found = Self::find(view, id)?;
        found.by.require(caller, wanted)?;
        Ok(found)
    }
}

/// The key of the pool that an object is, or is in.
fn pool_of(view: &View<'_>, kind: ObjectType, id: ObjectId) -> Result<Option<i64>> {
    let uuid = id.as_uuid();
    let medium = match kind {
        ObjectType::MediaPool => {
            return Ok(view.pool_by_id(PoolId::from_uuid(uuid))?.map(|row| row.key));
        }
        ObjectType::PhysicalMedia => view.medium_key(PhysicalMediaId::from_uuid(uuid))?,
        ObjectType::Side => view.side_key(SideId::from_uuid(uuid))?.map(medium_key),
        ObjectType::LogicalMedia => {
            view.side_of_logical(LogicalMediaId::from_uuid(uuid))?.map(medium_key)
        }
        _ => None,
    };
    medium.map(|key| Ok(view.cartridge(key)?.medium.pool)).transpose()
}

/// The key of the library that an object is, or is part of.
fn library_of(view: &View<'_>, kind: ObjectType, id: ObjectId) -> Result<Option<i64>> {
    let uuid = id.as_uuid();
    Ok(match kind {
        ObjectType::Library => view.library_by_id(LibraryId::from_uuid(uuid))?.map(|row| row.key),
        ObjectType::LibraryRequest => {
            view.library_request(LibraryRequestId::from_uuid(uuid))?.map(|row| row.library)
        }
        _ => view.library_of_part(kind, id)?,
    })
}

impl From<PoolRow> for Governor {
    fn from(row: PoolRow) -> Self {
        Self { kind: ObjectType::MediaPool, id: row.id.into(), security: row.security }
    }
}

impl From<LibraryRow> for Governor {
    fn from(row: LibraryRow) -> Self {
        Self { kind: ObjectType::Library, id: row.id.into(), security: row.security }
    }
}

impl From<ComputerRow> for Governor {
    fn from(row: ComputerRow) -> Self {
        Self { kind: ObjectType::Computer, id: row.id.into(), security: row.security }
    }
}
