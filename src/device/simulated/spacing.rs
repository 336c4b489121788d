//! Moving over records.

use super::tape::{Record, Tape};
use crate::device::{Space, SpaceStop, Spaced};

/// Where a movement from `from` ends, and how far it got.
pub(super) fn space(tape: &Tape, from: u64, by: Space) -> (u64, Spaced) {
    let (by, over_blocks) = match by {
        Space::EndOfData => return (tape.len(), Spaced { moved: 0, stopped: None }),
        Space::Blocks(by) => (by, true),
        Space::Filemarks(by) => (by, false),
    };
    let mut at = from;
    let mut moved = 0;
    while moved < by.unsigned_abs() {
        let (next, record) = match beyond(tape, at, by > 0) {
            Ok(passed) => passed,
            Err(stop) => return (at, Spaced { moved, stopped: Some(stop) }),
        };
        at = next;
        match (record, over_blocks) {
            (Record::Filemark { .. }, true) => {
                return (at, Spaced { moved, stopped: Some(SpaceStop::Filemark) });
            }
            (Record::Block { .. }, false) => {}
            (Record::Block { .. }, true) | (Record::Filemark { .. }, false) => moved += 1,
        }
    }
    (at, Spaced { moved, stopped: None })
}

/// The next record in a direction, and where the medium stands beyond it.
fn beyond(tape: &Tape, at: u64, forward: bool) -> Result<(u64, Record), SpaceStop> {
    if forward {
        let record = tape.record(at).ok_or(SpaceStop::EndOfData)?;
        return Ok((at + 1, record));
    }
    let before = at.checked_sub(1).ok_or(SpaceStop::Beginning)?;
    let record = tape.record(before).ok_or(SpaceStop::Beginning)?;
    Ok((before, record))
}
