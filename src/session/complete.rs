//! SetNtmsMediaComplete: no further writing.

use super::Session;
use super::context::{Actor, present};
use crate::catalog::{Transaction, medium_key};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, LibraryStanding, LogicalMediaId, MediaState, ObjectType, SideEvent, SideState,
};

impl Session {
    /// Closes an allocated side for writing, for good: only deallocation ends this state.
    ///
    /// The medium must be Idle: dismount it first. After an immediate dismount that is so when the
    /// library has taken it home ([`wait_until_idle`](crate::Manager::wait_until_idle)), after a
    /// deferred one at once.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `InvalidMedia`: no such logical medium.
    /// * `AccessDenied`: CONTROL is missing on the pool.
    /// * `InvalidState`: the side is Complete already, or the medium is not idle.
    #[doc(alias = "SetNtmsMediaComplete")]
    pub fn complete_media(&self, logical_media: LogicalMediaId) -> Result<()> {
        self.check_open()?;
        present(logical_media, "the logical medium")?;
        let actor = self.actor();
        self.context()
            .catalog
            .write(move |transaction| complete(transaction, &actor, logical_media))
    }
}

fn complete(
    transaction: &Transaction<'_>,
    actor: &Actor,
    logical_media: LogicalMediaId,
) -> Result<()> {
    let fail = |kind, reason: &'static str| {
        Error::new(kind, reason).about(ObjectType::LogicalMedia, logical_media)
    };
    let key = transaction
        .side_of_logical(logical_media)?
        .ok_or_else(|| fail(ErrorKind::InvalidMedia, "no such logical medium"))?;
    let before = transaction.cartridge(medium_key(key))?;
    let pool = transaction.pool(before.medium.pool)?;
    actor.require_on_pool(&pool, AccessRights::CONTROL, AccessRights::MODIFY)?;
    let mut after = before.clone();
    for side in after.sides.iter_mut().filter(|side| side.key == key) {
        if side.state != SideState::Allocated {
            return Err(fail(ErrorKind::InvalidState, "the side is Complete already"));
        }
        if before.medium.state != MediaState::Idle {
            return Err(fail(ErrorKind::InvalidState, "the medium is in use"));
        }
        let event = SideEvent::Completed;
        side.state = before.state_after(side.number(), event, LibraryStanding::Offline)?;
    }
    transaction.store_cartridge(&before, after, actor.now)
}
