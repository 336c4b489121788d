//! Where a tape stands, as far as it can be counted.

use std::collections::BTreeSet;

use super::unknown;
use crate::device::scsi::command::tape::{self, PositionForm};
use crate::device::scsi::drive::Shared;
use crate::device::scsi::reply::tape::{LongPosition, ShortPosition};
use crate::device::{DeviceErrorKind, DeviceResult, Refusal};

/// Where a tape stands: how many blocks and filemarks are before it.
///
/// It is counted from the beginning on. A drive that tells it is asked, and must agree. One that
/// tells nothing, or always the same, is not asked again: then it has to be known where the
/// filemarks are, too. Where a drive that was right before tells something else, somebody else has
/// moved the medium.
#[derive(Debug)]
pub(super) struct Track {
    at: Option<u64>,
    /// It was counted from the beginning on, not told.
    counted: bool,
    tells: bool,
    /// What the drive told first, and whether it was right about another position, too.
    first_told: Option<u64>,
    proven: bool,
    /// Where filemarks are, among the first `known` blocks and filemarks.
    filemarks: BTreeSet<u64>,
    known: u64,
}

/// A block or filemark that was passed or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    Block,
    Filemark,
}

impl Track {
    pub(super) fn new() -> Self {
        Self {
            at: None,
            counted: false,
            tells: true,
            first_told: None,
            proven: false,
            filemarks: BTreeSet::new(),
            known: 0,
        }
    }

    /// Where the medium stands, if that is counted.
    pub(super) fn at(&self) -> Option<u64> {
        self.at
    }

    /// Whether the drive tells where the medium stands.
    pub(super) fn tells(&self) -> bool {
        self.tells
    }

    /// It is not known any more where the medium stands.
    pub(super) fn lose(&mut self) {
        self.at = None;
    }

    /// It stands where it was counted to be.
    pub(super) fn stand_at(&mut self, at: u64) {
        self.at = Some(at);
    }

    pub(super) fn stand_at_beginning(&mut self) {
        (self.at, self.counted) = (Some(0), true);
    }

    /// A block or filemark was passed forwards.
    pub(super) fn passed(&mut self, record: Record) {
        let Some(at) = self.at else { return };
        self.at = Some(at + 1);
        if !self.tells && at == self.known {
            self.note(at, record);
        }
    }

    /// So many blocks or filemarks were written, and nothing is behind them.
    pub(super) fn written(&mut self, record: Record, count: u64) {
        let Some(at) = self.at else {
            self.forget();
            return;
        };
        self.at = Some(at + count);
        if self.tells {
            return;
        }
        self.filemarks.split_off(&at);
        self.known = self.known.min(at);
        if self.known == at {
            (at..at + count).for_each(|number| self.note(number, record));
        }
    }

    /// What is written where is not known any more.
    pub(super) fn forget(&mut self) {
        self.filemarks.clear();
        self.known = 0;
    }

    /// How many blocks and filemarks from the beginning on are known.
    pub(super) fn known(&self) -> u64 {
        self.known
    }

    /// Where filemarks are before a position up to which everything is known, the last one first.
    pub(super) fn filemarks_before(&self, position: u64) -> impl Iterator<Item = u64> {
        self.filemarks.range(..position).rev().copied()
    }

    fn note(&mut self, number: u64, record: Record) {
        self.known = number + 1;
        if record == Record::Filemark {
            self.filemarks.insert(number);
        }
    }

    /// Where the medium stands, asked of the drive as long as it tells.
    ///
    /// # Errors
    /// [`OutcomeUnknown`](DeviceErrorKind::OutcomeUnknown) where nobody can tell, or the medium is
    /// not where it was left.
    pub(super) fn ask(&mut self, drive: &Shared) -> DeviceResult<u64> {
        if self.tells {
            let told = told(drive)?;
            self.compare(told)?;
        }
        self.at.ok_or_else(|| {
            unknown("the drive does not tell where the medium stands; rewind it first")
        })
    }

    /// Compares what the drive tells with what was counted.
    fn compare(&mut self, told: Option<u64>) -> DeviceResult<()> {
        let first = *self.first_told.get_or_insert(told.unwrap_or_default());
        match (told, self.at) {
            (Some(told), None) => (self.at, self.counted) = (Some(told), false),
            (Some(told), Some(at)) if told == at => self.proven |= told != first,
            _ if self.proven => {
                self.at = None;
                return Err(unknown("the medium is not where it was left"));
            }
            _ => {
                self.tells = false;
                self.at = self.at.filter(|_| self.counted);
            }
        }
        Ok(())
    }
}

/// What the drive says how many blocks and filemarks are before the medium's position.
fn told(drive: &Shared) -> DeviceResult<Option<u64>> {
    let mut answer = [0; 20];
    if !supported(drive.read(&tape::read_position(PositionForm::Short), &mut answer))? {
        return Ok(None);
    }
    let position = ShortPosition::read(&answer)?;
    if position.overflow {
        return Ok(long_position(drive)?.and_then(|position| position.object));
    }
    Ok(position.object.map(u64::from))
}

/// How many filemarks are before the medium's position, where the drive tells.
pub(super) fn told_filemarks(drive: &Shared) -> DeviceResult<Option<u64>> {
    Ok(long_position(drive)?.and_then(|position| position.filemarks))
}

fn long_position(drive: &Shared) -> DeviceResult<Option<LongPosition>> {
    let mut answer = [0; 32];
    if !supported(drive.read(&tape::read_position(PositionForm::Long), &mut answer))? {
        return Ok(None);
    }
    Ok(Some(LongPosition::read(&answer)?))
}

/// Whether the drive has a command, or its form.
fn supported(answer: DeviceResult<usize>) -> DeviceResult<bool> {
    match answer {
        Ok(_) => Ok(true),
        Err(error) => match error.kind() {
            DeviceErrorKind::Refused(Refusal::Unsupported | Refusal::Invalid) => Ok(false),
            _ => Err(error),
        },
    }
}
