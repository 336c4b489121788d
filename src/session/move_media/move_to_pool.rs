//! MoveToNtmsMediaPool: a medium changes its pool.

use super::Transfer;
use crate::catalog::{PoolRow, Transaction};
use crate::error::{ErrorKind, Result};
use crate::model::pool_matrix::move_permitted;
use crate::model::{AccessRights, ObjectType, PhysicalMediaId, PoolId, PoolType, SideState};
use crate::session::Session;
use crate::session::context::{Actor, present, require_on_pool};

impl Session {
    /// Moves a medium with all its sides, and the logical media on them, to another pool of its
    /// media type.
    ///
    /// In a free pool every side that is not Decommissioned is Unprepared until it has got a free
    /// label, which an offline medium gets when it comes online. The library writes it after the
    /// call ([`wait_until_idle`](crate::Manager::wait_until_idle)): **what was on the side is lost**.
    /// Media that are no tapes keep the label they have: their sides are read, and are Available
    /// then. A side whose label could not be written stays Unprepared. Moving a medium to the free
    /// pool it is in changes nothing, but tries again to write free labels that are missing.
    ///
    /// # Errors
    /// In the order of the checks:
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, an id is missing.
    /// * `InvalidMedia`: no such medium.
    /// * `InvalidMediaPool`: no such pool, or one that holds only pools.
    /// * `AccessDenied`: CONTROL is missing on one of the pools; USE, on a free pool.
    /// * `InvalidMediaPool`: media do not move from such a pool to such a pool. They go from free
    ///   to application pools, from import and unrecognized to free pools, and from application
    ///   pools to others; to a free pool when no side is Allocated, Complete or Reserved, to an
    ///   import pool when all sides are Import.
    /// * `MediaIncompatible`: the media types differ, a side is Incompatible, or the medium cannot
    ///   get a free label.
    /// * `Busy`: the medium is in use, disabled, or waits for a free label; a side that is to be
    ///   relabelled has not been read.
    #[doc(alias = "MoveToNtmsMediaPool")]
    pub fn move_to_pool(&self, medium: PhysicalMediaId, pool: PoolId) -> Result<()> {
        self.check_open()?;
        present(medium, "the medium")?;
        present(pool, "the media pool")?;
        let call = Move { medium, pool, actor: self.actor() };
        self.write(move |transaction| call.run(transaction))
    }
}

/// One call, prepared before it is queued.
struct Move {
    medium: PhysicalMediaId,
    pool: PoolId,
    actor: Actor,
}

impl Move {
    /// Gives the key of the medium.
    fn run(&self, transaction: &Transaction<'_>) -> Result<()> {
        let transfer = Transfer::load(transaction, self.medium, self.pool)?;
        self.check_rights(&transfer.source)?;
        self.check_rights(&transfer.destination)?;
        if !transfer.is_there() {
            check(&transfer)?;
            let (after, now) = (transfer.moved(self.actor.now), self.actor.now);
            transaction.store_cartridge(&transfer.before, after, now)?;
        } else if transfer.source.pool_type == PoolType::Free {
            transaction.ask_for_labels_of(transfer.key(), self.actor.now)?;
        }
        transaction.completed(ObjectType::MediaPool, transfer.destination.id);
        Ok(())
    }

    fn check_rights(&self, pool: &PoolRow) -> Result<()> {
        let server_2003 = if pool.pool_type == PoolType::Free {
            AccessRights::USE
        } else {
            AccessRights::CONTROL
        };
        let wanted = self.actor.model.choose(server_2003, AccessRights::MODIFY);
        require_on_pool(&self.actor.caller, pool, wanted)
    }
}

/// 10.3 from row 5 on, in its order.
fn check(transfer: &Transfer) -> Result<()> {
    let Transfer { before, source, destination, media_type } = transfer;
    let states = transfer.states();
    if !move_permitted(source.pool_type, destination.pool_type, &states) {
        return Err(transfer.refuse_pool("a medium like this does not move between such pools"));
    }
    if media_type.key != before.medium.media_type {
        let reason = "the medium is of another type than the pool";
        return Err(transfer.refuse(ErrorKind::MediaIncompatible, reason));
    }
    if states.contains(&SideState::Incompatible) {
        return Err(transfer.refuse(ErrorKind::MediaIncompatible, "a side is Incompatible"));
    }
    transfer.check_fits()?;
    if !before.medium.enabled {
        return Err(transfer.refuse(ErrorKind::Busy, "the medium is disabled"));
    }
    transfer.check_at_rest()
}
