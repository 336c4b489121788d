//! Moving over the blocks and filemarks of one side.

use super::{DeviceResult, Space, SpaceStop, Spaced};

/// A block or a filemark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordKind {
    Block,
    Filemark,
}

/// The blocks and filemarks of one side, one behind the other.
pub(super) trait Records {
    /// What is at this place; `None` behind the last one.
    fn kind(&mut self, number: u64) -> DeviceResult<Option<RecordKind>>;

    /// How many there are.
    fn count(&mut self) -> DeviceResult<u64>;
}

/// Where a movement from `from` ends, and how far it got.
pub(super) fn space(
    records: &mut impl Records,
    from: u64,
    by: Space,
) -> DeviceResult<(u64, Spaced)> {
    let (by, over_blocks) = match by {
        Space::EndOfData => return Ok((records.count()?, Spaced { moved: 0, stopped: None })),
        Space::Blocks(by) => (by, true),
        Space::Filemarks(by) => (by, false),
    };
    let mut at = from;
    let mut moved = 0;
    while moved < by.unsigned_abs() {
        let (next, record) = match beyond(records, at, by > 0)? {
            Ok(passed) => passed,
            Err(stop) => return Ok((at, Spaced { moved, stopped: Some(stop) })),
        };
        at = next;
        match (record, over_blocks) {
            (RecordKind::Filemark, true) => {
                return Ok((at, Spaced { moved, stopped: Some(SpaceStop::Filemark) }));
            }
            (RecordKind::Block, false) => {}
            (RecordKind::Block, true) | (RecordKind::Filemark, false) => moved += 1,
        }
    }
    Ok((at, Spaced { moved, stopped: None }))
}

/// The next record in a direction, and where the medium stands beyond it.
fn beyond(
    records: &mut impl Records,
    at: u64,
    forward: bool,
) -> DeviceResult<Result<(u64, RecordKind), SpaceStop>> {
    if forward {
        let record = records.kind(at)?.ok_or(SpaceStop::EndOfData);
        return Ok(record.map(|record| (at + 1, record)));
    }
    let Some(before) = at.checked_sub(1) else { return Ok(Err(SpaceStop::Beginning)) };
    let record = records.kind(before)?.ok_or(SpaceStop::Beginning);
    Ok(record.map(|record| (before, record)))
}
