//! Allocating a side that the caller names, and importing it.

use super::Call;
use super::effect::check_reachable;
use crate::catalog::{Cartridge, PoolRow, Transaction, View, medium_key, side_number};
use crate::error::{Error, ErrorKind, Result};
use crate::model::pool_matrix::claimed;
use crate::model::{
    AccessRights, AllocateOptions, Allocation, MediaState, ObjectType, PoolType, SideId, SideState,
};

impl Call {
    /// 3.6: a particular side.
    pub(super) fn named_side(
        &self,
        transaction: &Transaction<'_>,
        pool: &PoolRow,
        side: SideId,
    ) -> Result<Allocation> {
        let no_side =
            || Error::new(ErrorKind::InvalidMedia, "no such side").about(ObjectType::Side, side);
        let key = transaction.side_key(side)?.ok_or_else(no_side)?;
        let cartridge = transaction.cartridge(medium_key(key))?;
        let moves = cartridge.medium.pool != pool.key;
        let other = if moves { Some(transaction.pool(cartridge.medium.pool)?) } else { None };
        let source = other.as_ref().unwrap_or(pool);
        if moves {
            self.require_source(source)?;
        }
        let refuse = |kind, reason: &'static str| {
            Err(Error::new(kind, reason).about(ObjectType::Side, side))
        };
        let medium = &cartridge.medium;
        if Some(medium.media_type) != pool.media_type {
            return refuse(
                ErrorKind::MediaIncompatible,
                "the medium is of another type than the pool",
            );
        }
        let number = side_number(key);
        let state = cartridge.sides.iter().find(|s| s.key == key).map(|s| s.state);
        if !matches!(state, Some(SideState::Available | SideState::Import)) {
            return refuse(ErrorKind::MediaUnavailable, "the side is neither Available nor Import");
        }
        if medium.exclusive {
            return refuse(
                ErrorKind::MediaUnavailable,
                "the medium is held whole by an application",
            );
        }
        check_reachable(transaction, &cartridge)?;
        if moves && cartridge.siblings(number).any(claimed) {
            return refuse(ErrorKind::MediaUnavailable, "another side of the medium is in use");
        }
        self.check_not_busy(transaction, &cartridge, key, moves)?;
        let may_follow =
            |s| matches!(s, SideState::Available | SideState::Decommissioned | SideState::Import);
        if self.request.options.contains(AllocateOptions::NEW)
            && !cartridge.siblings(number).all(may_follow)
        {
            return refuse(ErrorKind::MediaUnavailable, "another side of the medium is in use");
        }
        self.hand_out(transaction, cartridge, pool, source.id, number)
    }

    fn require_source(&self, source: &PoolRow) -> Result<()> {
        let (server_2003, windows_xp) = if source.pool_type == PoolType::Free {
            (AccessRights::USE, AccessRights::empty())
        } else {
            (AccessRights::CONTROL, AccessRights::MODIFY)
        };
        self.actor.require_on_pool(source, server_2003, windows_xp)
    }

    /// 3.6 row 9.
    fn check_not_busy(
        &self,
        view: &View<'_>,
        cartridge: &Cartridge,
        side: i64,
        moves: bool,
    ) -> Result<()> {
        let busy = |reason: &'static str| {
            Err(Error::new(ErrorKind::Busy, reason)
                .about(ObjectType::PhysicalMedia, cartridge.medium.id))
        };
        let mount = view.mount_of_medium(cartridge.medium.key)?;
        if mount.is_some_and(|m| m.side == side && m.session != self.session) {
            return busy("the side is up in a drive for another session");
        }
        if moves && cartridge.medium.state != MediaState::Idle {
            return busy("the medium is in use");
        }
        if moves && cartridge.siblings(side_number(side)).any(|s| s == SideState::Unprepared) {
            return busy("another side of the medium waits for its free label");
        }
        Ok(())
    }
}
