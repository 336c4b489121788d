//! MoveToNtmsMediaPool: a medium changes its pool.

use super::Session;
use super::context::{Actor, present, require_on_pool};
use crate::catalog::{Cartridge, PoolRow, Transaction, View};
use crate::error::{Error, ErrorKind, Result};
use crate::library::{fits_free_pool, give_to_free_pool};
use crate::model::pool_matrix::move_permitted;
use crate::model::{
    AccessRights, MediaState, ObjectType, PhysicalMediaId, PoolId, PoolType, SideState,
};

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
        let context = self.context();
        let call = Move { medium, pool, actor: self.actor() };
        let medium = context.catalog.write(move |transaction| call.run(transaction))?;
        context.libraries.label_again(medium);
        Ok(())
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
    fn run(&self, transaction: &Transaction<'_>) -> Result<i64> {
        let key = transaction
            .medium_key(self.medium)?
            .ok_or_else(|| self.refuse(ErrorKind::InvalidMedia, "no such medium"))?;
        let before = transaction.cartridge(key)?;
        let source = transaction.pool(before.medium.pool)?;
        let destination = self.destination(transaction)?;
        self.check_rights(&source)?;
        self.check_rights(&destination)?;
        if source.key != destination.key {
            self.check(transaction, &before, &source, &destination)?;
            let after = self.moved(&before, &destination);
            transaction.store_cartridge(&before, after, self.actor.now)?;
        }
        transaction.completed(ObjectType::MediaPool, destination.id);
        Ok(key)
    }

    fn destination(&self, view: &View<'_>) -> Result<PoolRow> {
        let invalid = |reason: &'static str| {
            Error::new(ErrorKind::InvalidMediaPool, reason).about(ObjectType::MediaPool, self.pool)
        };
        let pool = view.pool_by_id(self.pool)?.ok_or_else(|| invalid("no such pool"))?;
        match pool.media_type {
            Some(_) => Ok(pool),
            None => Err(invalid("this pool holds pools, not media")),
        }
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

    fn check(
        &self,
        view: &View<'_>,
        cartridge: &Cartridge,
        source: &PoolRow,
        destination: &PoolRow,
    ) -> Result<()> {
        let medium = &cartridge.medium;
        let to_free = destination.pool_type == PoolType::Free;
        let states: Vec<SideState> = cartridge.sides.iter().map(|side| side.state).collect();
        if !move_permitted(source.pool_type, destination.pool_type, &states) {
            let reason = "a medium like this does not move between such pools";
            return Err(Error::new(ErrorKind::InvalidMediaPool, reason)
                .about(ObjectType::MediaPool, destination.id));
        }
        if destination.media_type != Some(medium.media_type) {
            return Err(self.refuse(
                ErrorKind::MediaIncompatible,
                "the medium is of another type than the pool",
            ));
        }
        if states.contains(&SideState::Incompatible) {
            return Err(self.refuse(ErrorKind::MediaIncompatible, "a side is Incompatible"));
        }
        if to_free && !fits_free_pool(view, cartridge)? {
            let reason = "the medium cannot be written again and gets no free label";
            return Err(self.refuse(ErrorKind::MediaIncompatible, reason));
        }
        if medium.state != MediaState::Idle {
            return Err(self.refuse(ErrorKind::Busy, "the medium is in use"));
        }
        if !medium.enabled {
            return Err(self.refuse(ErrorKind::Busy, "the medium is disabled"));
        }
        if states.contains(&SideState::Unprepared) {
            return Err(self.refuse(ErrorKind::Busy, "a side waits for its free label"));
        }
        // What has not been read is not overwritten.
        if to_free && states.contains(&SideState::Unknown) {
            return Err(self.refuse(ErrorKind::Busy, "a side has not been read"));
        }
        Ok(())
    }

    fn moved(&self, before: &Cartridge, destination: &PoolRow) -> Cartridge {
        let mut after = before.clone();
        if destination.pool_type == PoolType::Free {
            give_to_free_pool(&mut after, destination);
            return after;
        }
        after.medium.pool = destination.key;
        after.medium.pool_type = destination.pool_type;
        after.medium.return_pending = false;
        // Their pool changes too.
        for logical in after.sides.iter_mut().filter_map(|side| side.logical.as_mut()) {
            logical.modified = self.actor.now;
        }
        after
    }

    fn refuse(&self, kind: ErrorKind, reason: &'static str) -> Error {
        Error::new(kind, reason).about(ObjectType::PhysicalMedia, self.medium)
    }
}
