//! DeleteNtmsMedia: forgets a medium that is in no device.

use super::Session;
use super::context::{Actor, present, require_on_computer};
use crate::catalog::Transaction;
use crate::error::{Error, ErrorKind, Result};
use crate::model::pool_matrix::claimed;
use crate::model::{AccessModel, AccessRights, LibraryType, ObjectType, PhysicalMediaId};

impl Session {
    /// Forgets an offline medium of which no side is in use.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `InvalidMedia`: no such medium.
    /// * `AccessDenied`: MODIFY is missing on the pool or on the computer.
    /// * `InvalidState`: it is in a device, or a side is Allocated, Complete or Reserved.
    #[doc(alias = "DeleteNtmsMedia")]
    pub fn delete_offline_media(&self, medium: PhysicalMediaId) -> Result<()> {
        self.check_open()?;
        present(medium, "the medium")?;
        let actor = self.actor();
        self.context().catalog.write(move |transaction| delete(transaction, &actor, medium))
    }
}

fn delete(transaction: &Transaction<'_>, actor: &Actor, medium: PhysicalMediaId) -> Result<()> {
    let fail = |kind, reason: &'static str| {
        Error::new(kind, reason).about(ObjectType::PhysicalMedia, medium)
    };
    let key = transaction
        .medium_key(medium)?
        .ok_or_else(|| fail(ErrorKind::InvalidMedia, "no such medium"))?;
    let cartridge = transaction.cartridge(key)?;
    let pool = transaction.pool(cartridge.medium.pool)?;
    actor.require_on_pool(&pool, AccessRights::MODIFY, AccessRights::MODIFY)?;
    if actor.model == AccessModel::Server2003 {
        require_on_computer(transaction, &actor.caller, AccessRights::MODIFY)?;
    }
    if transaction.library(cartridge.medium.library)?.library_type != LibraryType::Offline {
        return Err(fail(ErrorKind::InvalidState, "the medium is in a device"));
    }
    if cartridge.sides.iter().any(|side| claimed(side.state)) {
        return Err(fail(ErrorKind::InvalidState, "a side of the medium is in use"));
    }
    transaction.delete_cartridge(&cartridge, actor.now)
}
