//! Allocating a further side of a medium that was allocated whole.

use super::Call;
use super::effect::check_reachable;
use crate::catalog::{Cartridge, PoolRow, Transaction, medium_key, side_number};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Allocation, LogicalMediaId, ObjectType, SideState};

impl Call {
    /// 3.7: another side of a medium that was allocated whole.
    pub(super) fn next_side(
        &self,
        transaction: &Transaction<'_>,
        pool: &PoolRow,
        reference: LogicalMediaId,
    ) -> Result<Allocation> {
        let invalid = |reason: &'static str| {
            Error::new(ErrorKind::InvalidMedia, reason).about(ObjectType::LogicalMedia, reference)
        };
        let key = transaction
            .side_of_logical(reference)?
            .ok_or_else(|| invalid("no such logical medium"))?;
        let cartridge = transaction.cartridge(medium_key(key))?;
        if !cartridge.medium.exclusive {
            return Err(invalid("its medium was not allocated with NEW"));
        }
        if let Some(side) = self.request.side
            && !cartridge.sides.iter().any(|s| s.id == side)
        {
            return Err(invalid("the side named is not one of its medium"));
        }
        if cartridge.medium.pool != pool.key {
            return Err(Error::new(ErrorKind::InvalidMediaPool, "the medium is in another pool")
                .about(ObjectType::MediaPool, pool.id));
        }
        check_reachable(transaction, &cartridge)?;
        let number = next_number(&cartridge, side_number(key)).ok_or_else(|| {
            Error::new(ErrorKind::MediaUnavailable, "the medium has no further side")
                .about(ObjectType::PhysicalMedia, cartridge.medium.id)
        })?;
        self.hand_out(transaction, cartridge, pool, pool.id, number)
    }
}

/// The side that NEXT takes: Reserved before Available before Import, each from the side after
/// the reference on, round to it.
fn next_number(cartridge: &Cartridge, reference: u8) -> Option<u8> {
    let count = cartridge.sides.len();
    let after = usize::from(reference) + 1;
    let in_turn = || cartridge.sides.iter().cycle().skip(after).take(count);
    [SideState::Reserved, SideState::Available, SideState::Import].into_iter().find_map(|wanted| {
        in_turn()
            .find(|side| side.state == wanted && side.number() != reference)
            .map(|s| s.number())
    })
}
