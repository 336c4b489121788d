//! A side that is given back.

use super::Cartridge;
use crate::error::Result;
use crate::model::{LibraryStanding, SideEvent, SideState};

/// The logical medium of a side ends: what becomes of the side, and what follows for its siblings.
pub(crate) fn release_side(
    before: &Cartridge,
    number: u8,
    max_allocates: u32,
) -> Result<Cartridge> {
    let mut after = before.clone();
    for side in after.sides.iter_mut().filter(|side| side.number() == number) {
        let event = SideEvent::Deallocated { allocate_count: side.allocate_count, max_allocates };
        side.state = before.state_after(number, event, LibraryStanding::Offline)?;
        side.logical = None;
    }
    if after.sides.iter().all(|side| side.logical.is_none()) {
        let released = after.clone();
        after.medium.exclusive = false;
        for side in after.sides.iter_mut().filter(|s| s.state == SideState::Reserved) {
            let event = SideEvent::OwnersGone;
            side.state = released.state_after(side.number(), event, LibraryStanding::Offline)?;
        }
    }
    Ok(after)
}
