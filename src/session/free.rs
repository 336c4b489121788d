//! What a medium's way into a free pool means.

use crate::catalog::{Cartridge, PoolRow, View};
use crate::error::Result;
use crate::model::{ReadWriteKind, SideState};

/// Whether the medium's type may lie in a free pool: not when it cannot be written, nor when it
/// can be written once and carries a label already.
pub(super) fn fits_free_pool(view: &View<'_>, cartridge: &Cartridge) -> Result<bool> {
    let recording = view.media_type(cartridge.medium.media_type)?.recording;
    Ok(match recording {
        ReadWriteKind::ReadOnly => false,
        ReadWriteKind::WriteOnce => cartridge.sides.iter().all(|side| side.label.is_none()),
        ReadWriteKind::Rewritable | ReadWriteKind::Unknown => true,
    })
}

/// Moves the medium into the free pool: every side that is still of use needs a free label first.
pub(super) fn give_to_free_pool(cartridge: &mut Cartridge, free: &PoolRow) {
    cartridge.medium.pool = free.key;
    cartridge.medium.pool_type = free.pool_type;
    cartridge.medium.return_pending = false;
    for side in &mut cartridge.sides {
        if side.state != SideState::Decommissioned {
            side.state = SideState::Unprepared;
        }
    }
}
