//! A medium's way into the free pool.

use super::{Cartridge, MediaTypeRow, PoolRow, Transaction, View};
use crate::error::Result;
use crate::model::pool_matrix::fit_for_free_pool;
use crate::model::{DeallocationPolicy, MediaState, PoolType, SideState};

/// Whether the medium, if it is of this type, may lie in a free pool: not when it cannot be
/// written, nor when it can be written once and carries a label already.
pub(crate) fn fits_free_pool(media_type: &MediaTypeRow, cartridge: &Cartridge) -> bool {
    let labelled = cartridge.sides.iter().any(|side| side.label.is_some());
    fit_for_free_pool(media_type.recording, labelled)
}

/// Moves the medium into the free pool: every side that is still of use needs a free label first.
pub(crate) fn give_to_free_pool(cartridge: &mut Cartridge, free: &PoolRow) {
    cartridge.medium.pool = free.key;
    cartridge.medium.pool_type = free.pool_type;
    cartridge.medium.return_pending = false;
    for side in &mut cartridge.sides {
        if side.state != SideState::Decommissioned {
            side.state = SideState::Unprepared;
        }
    }
}

/// Where the medium returns to after a deallocation, if the pool's policy says so and nothing
/// keeps it.
pub(crate) fn free_pool_to_return_to(
    view: &View<'_>,
    cartridge: &Cartridge,
    pool: &PoolRow,
) -> Result<Option<PoolRow>> {
    let returns = pool.deallocation_policy.contains(DeallocationPolicy::RETURN_TO_FREE)
        && cartridge.sides.iter().all(|side| side.state == SideState::Available);
    if !returns || !fits_free_pool(&view.media_type(cartridge.medium.media_type)?, cartridge) {
        return Ok(None);
    }
    view.system_pool(PoolType::Free, cartridge.medium.media_type)
}

/// A medium with `return_pending` has become idle and enabled: it returns now, or the flag is
/// dropped. To be called by whoever makes it so, in the same transaction.
pub(crate) fn finish_pending_return(
    transaction: &Transaction<'_>,
    cartridge: &mut Cartridge,
) -> Result<()> {
    if !cartridge.medium.return_pending {
        return Ok(());
    }
    cartridge.medium.return_pending = false;
    let pool = transaction.pool(cartridge.medium.pool)?;
    if let Some(free) = free_pool_to_return_to(transaction, cartridge, &pool)? {
        give_to_free_pool(cartridge, &free);
    }
    Ok(())
}

/// The medium returns to the free pool, at once or when it is idle and enabled.
pub(crate) fn return_to_free_pool(cartridge: &mut Cartridge, free: &PoolRow) {
    if cartridge.medium.state == MediaState::Idle && cartridge.medium.enabled {
        give_to_free_pool(cartridge, free);
    } else {
        cartridge.medium.return_pending = true;
    }
}
