//! What an allocation changes, and the conditions all ways of allocating share.

use super::Call;
use crate::catalog::{Cartridge, LogicalRow, PoolRow, Transaction, View, logical_id};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AllocateOptions, Allocation, LibraryStanding, ObjectType, PoolId, SideEvent, SideState,
};

impl Call {
    /// 3.9: the effect, in the transaction that found the side.
    pub(super) fn hand_out(
        &self,
        transaction: &Transaction<'_>,
        before: Cartridge,
        pool: &PoolRow,
        source: PoolId,
        number: u8,
    ) -> Result<Allocation> {
        let mut after = before.clone();
        after.medium.pool = pool.key;
        after.medium.pool_type = pool.pool_type;
        after.medium.return_pending = false;
        let whole = self.request.options.contains(AllocateOptions::NEW);
        after.medium.exclusive |= whole;
        let event = self.event(before.medium.pool != pool.key);
        let named = self.request.side.is_some();
        let library = if named || self.request.next_of.is_some() {
            LibraryStanding::Online
        } else {
            LibraryStanding::Ready
        };
        let mut allocation = None;
        for side in &mut after.sides {
            if side.number() == number {
                let logical = logical_id(self.fresh, side.key);
                side.state = before.state_after(number, event, library)?;
                side.allocate_count = side.allocate_count.saturating_add(1);
                side.logical = Some(LogicalRow {
                    id: logical,
                    name: before.medium.name.clone(),
                    description: String::new(),
                    created: self.actor.now,
                    modified: self.actor.now,
                });
                allocation = Some(Allocation {
                    logical_media: logical,
                    side: side.id,
                    physical_media: before.medium.id,
                    allocated_from: source,
                    side_number: u16::from(number),
                });
            } else if whole && side.state == SideState::Available {
                let reserved = SideEvent::Reserved { named };
                side.state = before.state_after(side.number(), reserved, library)?;
            }
        }
        let allocation = allocation.ok_or_else(|| Error::from(ErrorKind::Internal))?;
        transaction.store_cartridge(&before, after, self.actor.now)?;
        transaction.completed(ObjectType::LogicalMedia, allocation.logical_media);
        Ok(allocation)
    }

    /// What happens to the side, for the state machine.
    fn event(&self, pool_change: bool) -> SideEvent {
        match self.request.next_of {
            Some(_) => SideEvent::AllocatedNext { same_medium: true },
            None => SideEvent::Allocated {
                named: self.request.side.is_some(),
                new: self.request.options.contains(AllocateOptions::NEW),
                pool_change,
            },
        }
    }
}

/// The medium is online and enabled, and so is its library.
pub(super) fn check_reachable(view: &View<'_>, cartridge: &Cartridge) -> Result<()> {
    let medium = &cartridge.medium;
    let library = view.library(medium.library)?;
    if library.is_offline() {
        let reason = format!("medium {} is in no online library", medium.title());
        return Err(
            Error::new(ErrorKind::MediaOffline, reason).about(ObjectType::PhysicalMedia, medium.id)
        );
    }
    if !medium.enabled {
        let reason = format!("medium {} is disabled", medium.title());
        return Err(Error::new(ErrorKind::ResourceDisabled, reason)
            .about(ObjectType::PhysicalMedia, medium.id));
    }
    if !library.enabled {
        let reason = format!("library {} is disabled", library.name);
        return Err(
            Error::new(ErrorKind::ResourceDisabled, reason).about(ObjectType::Library, library.id)
        );
    }
    Ok(())
}
