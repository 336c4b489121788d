//! SwapNtmsMedia: two logical media exchange their sides.

use super::Session;
use super::context::{Actor, present};
use crate::catalog::{Cartridge, SideRow, Transaction, View, medium_key};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, LibraryStanding, LogicalMediaId, MediaState, ObjectType, SideEvent, SideState,
};

impl Session {
    /// Exchanges the sides behind two logical media of one pool, so that data copied to another
    /// cartridge are found under the old id: copy from `first` to `second`, swap, deallocate
    /// `second`.
    ///
    /// Names, descriptions and times of creation stay with the logical media. State, label, counts
    /// and place stay with the sides, and a medium that was allocated as a whole stays so: with
    /// [`next_of`](crate::model::AllocateRequest::next_of) each id now reaches the other medium.
    /// Nothing is moved. Offline media may be swapped, and the two sides of one medium.
    ///
    /// # Errors
    /// In the order of the checks:
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, an id is missing.
    /// * `InvalidMedia`: no such logical medium, or twice the same.
    /// * `AccessDenied`: MODIFY is missing on the pool of one.
    /// * `InvalidMediaPool`: they are in different pools.
    /// * `InvalidState`: one is Complete.
    /// * `InvalidMedia`: the medium of one is in use; dismount it first.
    /// * `BadFormat`: no label is recorded for the side of one; an application records its own
    ///   with [`update_omid`](Session::update_omid).
    #[doc(alias = "SwapNtmsMedia")]
    pub fn swap_media(&self, first: LogicalMediaId, second: LogicalMediaId) -> Result<()> {
        self.check_open()?;
        present(first, "the first logical medium")?;
        present(second, "the second logical medium")?;
        let actor = self.actor();
        self.context().catalog.write(move |transaction| swap(transaction, &actor, [first, second]))
    }
}

/// A logical medium with the side it is on.
struct Held {
    id: LogicalMediaId,
    side: SideRow,
    cartridge: Cartridge,
}

fn swap(transaction: &Transaction<'_>, actor: &Actor, ids: [LogicalMediaId; 2]) -> Result<()> {
    let [first, second] = ids;
    let both = [Held::load(transaction, first)?, Held::load(transaction, second)?];
    if first == second {
        return Err(refuse(first, ErrorKind::InvalidMedia, "it cannot be swapped with itself"));
    }
    for held in &both {
        let pool = transaction.pool(held.cartridge.medium.pool)?;
        actor.require_on_pool(&pool, AccessRights::MODIFY, AccessRights::MODIFY)?;
    }
    check(&both)?;
    let [one, other] = &both;
    transaction.exchange_logical([&one.side, &other.side], actor.now)
}

fn check(both: &[Held; 2]) -> Result<()> {
    let [one, other] = both;
    if one.pool() != other.pool() {
        let reason = "the two logical media are in different pools";
        return Err(refuse(other.id, ErrorKind::InvalidMediaPool, reason));
    }
    for held in both {
        if held.side.state != SideState::Allocated {
            return Err(refuse(held.id, ErrorKind::InvalidState, "the side is Complete"));
        }
    }
    for held in both {
        if !held.is_idle() {
            return Err(refuse(held.id, ErrorKind::InvalidMedia, "the medium is in use"));
        }
    }
    for held in both {
        if held.side.label.as_ref().is_none_or(|label| label.label_id.is_empty()) {
            return Err(refuse(held.id, ErrorKind::BadFormat, "the side has no recorded label"));
        }
    }
    for (held, partner) in [(one, other), (other, one)] {
        let event = SideEvent::Swapped {
            other_idle: partner.is_idle(),
            same_pool: held.pool() == partner.pool(),
        };
        held.cartridge.state_after(held.side.number(), event, LibraryStanding::Offline)?;
    }
    Ok(())
}

impl Held {
    fn load(view: &View<'_>, id: LogicalMediaId) -> Result<Self> {
        let key = view
            .side_of_logical(id)?
            .ok_or_else(|| refuse(id, ErrorKind::InvalidMedia, "no such logical medium"))?;
        let cartridge = view.cartridge(medium_key(key))?;
        let side = cartridge.sides.iter().find(|side| side.key == key).cloned();
        let side = side.ok_or_else(|| Error::from(ErrorKind::InvalidPartition))?;
        Ok(Self { id, side, cartridge })
    }

    fn pool(&self) -> i64 {
        self.cartridge.medium.pool
    }

    fn is_idle(&self) -> bool {
        self.cartridge.medium.state == MediaState::Idle
    }
}

fn refuse(id: LogicalMediaId, kind: ErrorKind, reason: &'static str) -> Error {
    Error::new(kind, reason).about(ObjectType::LogicalMedia, id)
}
