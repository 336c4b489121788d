//! On which access list the rights to an object depend.

use crate::catalog::{ComputerRow, LibraryRow, PoolRow};
use crate::error::Result;
use crate::model::{AccessRights, Caller, ObjectId, ObjectType, SecurityDescriptor};
use crate::session::context;

/// The pool, library or computer an object belongs to, or is.
pub(super) struct Governor {
    kind: ObjectType,
    id: ObjectId,
    security: SecurityDescriptor,
}

impl Governor {
    pub(super) fn require(&self, caller: &Caller, wanted: AccessRights) -> Result<()> {
        context::require(caller, &self.security, wanted, self.kind, self.id)
    }
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
