//! How reading and writing ended.

use crate::device::ReadOutcome;
use crate::device::scsi::reply::sense::SenseData;

/// How reading one block ended, as far as it was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadEnd {
    Found(ReadOutcome),
    /// A block was read, but the drive does not tell how long it was.
    LengthUnknown,
    /// The block was not read, or the drive tells nothing of it.
    Failed,
}

/// What sense data say about reading one block of up to `asked` bytes.
///
/// The length of a block is what the information field says, within its bounds. How much was
/// transferred is never asked: many ways to a drive report the whole buffer.
pub(super) fn read_end(sense: &SenseData, asked: u32) -> ReadEnd {
    if sense.deferred {
        return ReadEnd::Failed;
    }
    match sense.key {
        SenseData::NO_SENSE | SenseData::RECOVERED_ERROR => {}
        // 14h means that the end of the data was looked for and not found.
        SenseData::BLANK_CHECK if sense.code != 0x14 => {
            return ReadEnd::Found(ReadOutcome::EndOfData);
        }
        _ => return ReadEnd::Failed,
    }
    if sense.filemark {
        return ReadEnd::Found(ReadOutcome::Filemark);
    }
    if sense.incorrect_length {
        return of_length(signed(sense), asked);
    }
    match (sense.key, sense.condition(), sense.end_of_medium) {
        (SenseData::NO_SENSE, 0x0005, _) => ReadEnd::Found(ReadOutcome::EndOfData),
        (SenseData::NO_SENSE, 0, false) => ReadEnd::LengthUnknown,
        _ => ReadEnd::Found(ReadOutcome::Block(asked as usize)),
    }
}

/// A block that is longer or shorter than what was asked for.
fn of_length(residual: Option<i64>, asked: u32) -> ReadEnd {
    let Some(residual) = residual else { return ReadEnd::LengthUnknown };
    let length = i64::from(asked).checked_sub(residual).map(usize::try_from);
    let Some(Ok(length)) = length else { return ReadEnd::LengthUnknown };
    match residual {
        // Blocks have up to 2^24 - 1 bytes.
        ..=-1 if length < 1 << 24 => ReadEnd::Found(ReadOutcome::TooLarge(Some(length))),
        1.. if length > 0 => ReadEnd::Found(ReadOutcome::Block(length)),
        _ => ReadEnd::LengthUnknown,
    }
}

/// What was asked for less what was done. In descriptors, some drives give a negative number in
/// four of the eight bytes.
pub(super) fn signed(sense: &SenseData) -> Option<i64> {
    let residual = sense.residual?;
    let low = u32::try_from(residual).ok().filter(|low| *low > i32::MAX.unsigned_abs());
    Some(low.map_or(residual, |low| low.cast_signed().into()))
}

/// How writing ended, as far as it was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WriteEnd {
    Written {
        early_warning: bool,
    },
    /// The early warning was reached, and the drive says that not all of it was written.
    Partly,
    Failed,
}

/// What sense data say about writing.
pub(super) fn write_end(sense: &SenseData) -> WriteEnd {
    if sense.deferred || sense.key > SenseData::RECOVERED_ERROR {
        return WriteEnd::Failed;
    }
    if signed(sense).unwrap_or(0) != 0 {
        return WriteEnd::Partly;
    }
    WriteEnd::Written { early_warning: sense.end_of_medium }
}
