//! DeallocateNtmsMedia: ends a logical medium and releases its side.

use super::Session;
use super::context::{Actor, present, require_on_pool};
use crate::catalog::{
    Transaction, free_pool_to_return_to, medium_key, release_side, return_to_free_pool, side_number,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AccessModel, AccessRights, LogicalMediaId, ObjectType};

impl Session {
    /// Ends a logical medium: its side becomes Available again, or Decommissioned when it has
    /// been allocated as often as the pool allows.
    ///
    /// When the pool's policy returns media to the free pool and every side of the medium is now
    /// Available, the medium goes there and gets a free label before it can be allocated again; a
    /// medium that is in use returns when it is idle. A medium that is up in a drive stays there:
    /// the session that mounted it dismounts it by the id of the side.
    ///
    /// The data are gone for the caller with this call, and lost when the free label is written.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `InvalidMedia`: no such logical medium, or deallocated already.
    /// * `AccessDenied`: CONTROL is missing on the pool, or USE on the free pool it returns to.
    #[doc(alias = "DeallocateNtmsMedia")]
    pub fn deallocate_media(&self, logical_media: LogicalMediaId) -> Result<()> {
        self.check_open()?;
        present(logical_media, "the logical medium")?;
        let actor = self.actor();
        self.write(move |transaction| deallocate(transaction, &actor, logical_media))
    }
}

fn deallocate(
    transaction: &Transaction<'_>,
    actor: &Actor,
    logical_media: LogicalMediaId,
) -> Result<()> {
    let key = transaction.side_of_logical(logical_media)?.ok_or_else(|| {
        Error::new(ErrorKind::InvalidMedia, "no such logical medium")
            .about(ObjectType::LogicalMedia, logical_media)
    })?;
    let before = transaction.cartridge(medium_key(key))?;
    let pool = transaction.pool(before.medium.pool)?;
    actor.require_on_pool(&pool, AccessRights::CONTROL, AccessRights::MODIFY)?;
    let mut after = release_side(&before, side_number(key), pool.max_allocates)?;
    if let Some(free) = free_pool_to_return_to(transaction, &after, &pool)? {
        if actor.model == AccessModel::Server2003 {
            require_on_pool(&actor.caller, &free, AccessRights::USE)?;
        }
        return_to_free_pool(&mut after, &free);
    }
    transaction.store_cartridge(&before, after, actor.now)
}
