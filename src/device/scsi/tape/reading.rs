//! Reading one block.

use super::ended::{ReadEnd, read_end};
use super::mode::Blocks;
use super::track::Record;
use super::{ScsiTape, unknown};
use crate::device::scsi::command::tape::{self, LONGEST, SpaceOver};
use crate::device::scsi::drive::is_remark;
use crate::device::scsi::reply::sense::SenseData;
use crate::device::scsi::{Data, Status};
use crate::device::{DeviceError, DeviceErrorKind, DeviceResult, ReadOutcome, Refusal};

impl ScsiTape {
    /// Reads the next block into a buffer that is not empty and not longer than can be read, and
    /// makes sure that it is filled as far as it must be.
    ///
    /// An emulator gives only a part of a block that has another length than the buffer, and a
    /// transport may lose some of it. Such a block is read once more, with its own length.
    fn read_into(&mut self, buffer: &mut [u8]) -> DeviceResult<ReadOutcome> {
        let (found, came) = self.read_once(buffer)?;
        match found {
            ReadOutcome::Block(length) if length < buffer.len() && self.doubts(came, length) => {
                self.read_again(buffer.get_mut(..length).unwrap_or_default())?;
            }
            ReadOutcome::TooLarge(Some(length)) if self.doubts(came, buffer.len()) => {
                // Before room is taken for whatever the drive says.
                if length > self.limits.max as usize {
                    return Err(too_long(length, self.limits.max));
                }
                let mut whole = vec![0; length];
                self.read_again(&mut whole)?;
                buffer.copy_from_slice(whole.get(..buffer.len()).unwrap_or_default());
            }
            ReadOutcome::Block(length) if came < length => {
                return Err(unknown("less came from the drive than the block has"));
            }
            _ => {}
        }
        Ok(found)
    }

    /// Whether it is doubtful that so much came of a block of another length than asked for. No
    /// drive that does not even tell where it stands is believed.
    fn doubts(&self, came: usize, needed: usize) -> bool {
        came < needed || !self.track.tells()
    }

    /// Reads the block before once more, which has exactly this length.
    fn read_again(&mut self, block: &mut [u8]) -> DeviceResult<()> {
        let at = self.track.at();
        self.track.lose();
        self.move_by(&tape::space(SpaceOver::Blocks, -1))?;
        let (found, came) = self.read_once(block)?;
        if found != ReadOutcome::Block(block.len()) || came < block.len() {
            self.track.lose();
            return Err(unknown("a block that was read twice was not the same"));
        }
        at.into_iter().for_each(|at| self.track.stand_at(at));
        Ok(())
    }

    /// Reads over the next block or filemark; of a block only so much as the drive must be asked for.
    pub(super) fn read_over(&mut self) -> DeviceResult<ReadOutcome> {
        match self.blocks {
            Blocks::Variable => self.read_once(&mut [0]),
            Blocks::Fixed(length) => self.read_once(&mut vec![0; length as usize]),
        }
        .map(|(found, _)| found)
    }

    /// Reads the next block, and says how much came.
    fn read_once(&mut self, buffer: &mut [u8]) -> DeviceResult<(ReadOutcome, usize)> {
        let asked = u32::try_from(buffer.len()).unwrap_or(LONGEST);
        let command = match self.blocks {
            Blocks::Variable => tape::read_block(asked),
            Blocks::Fixed(_) => tape::read_fixed_block(),
        };
        let (completion, sense) = self.send(&command, Data::In(buffer))?;
        let end = match (completion.status, sense) {
            (Status::GOOD, _) => ReadEnd::Found(ReadOutcome::Block(buffer.len())),
            (_, Some(sense)) if is_fixed_mismatch(self.blocks, &sense) => ReadEnd::LengthUnknown,
            (_, Some(sense)) => read_end(&sense, asked),
            _ => ReadEnd::Failed,
        };
        match end {
            ReadEnd::Found(found) => {
                match found {
                    ReadOutcome::Block(_) | ReadOutcome::TooLarge(_) => {
                        self.track.passed(Record::Block);
                    }
                    ReadOutcome::Filemark => self.track.passed(Record::Filemark),
                    ReadOutcome::EndOfData => {}
                }
                Ok((found, completion.transferred))
            }
            ReadEnd::LengthUnknown => {
                self.track.lose();
                let reason = "the drive does not tell how long the block is that it has read";
                Err(DeviceError::new(DeviceErrorKind::MediumFault, reason))
            }
            ReadEnd::Failed => Err(self.failed(&command, &completion)),
        }
    }

    /// Reads a block of the one length that the drive takes.
    pub(super) fn read_fixed(
        &mut self,
        buffer: &mut [u8],
        length: u32,
    ) -> DeviceResult<ReadOutcome> {
        if let Some(block) = buffer.get_mut(..length as usize) {
            return self.read_into(block);
        }
        let mut block = vec![0; length as usize];
        let found = self.read_into(&mut block)?;
        let ReadOutcome::Block(length) = found else { return Ok(found) };
        buffer.copy_from_slice(block.get(..buffer.len()).unwrap_or_default());
        Ok(ReadOutcome::TooLarge(Some(length)))
    }

    pub(super) fn read_variable(&mut self, buffer: &mut [u8]) -> DeviceResult<ReadOutcome> {
        if buffer.is_empty() {
            return Ok(match self.read_over()? {
                ReadOutcome::Block(length) => ReadOutcome::TooLarge(Some(length)),
                found => found,
            });
        }
        let room = buffer.len();
        let most = room.min(self.limits.max as usize);
        let part = buffer.get_mut(..most).unwrap_or_default();
        match self.read_into(part)? {
            ReadOutcome::TooLarge(length) if room > most => {
                Err(too_long(length.unwrap_or_default(), self.limits.max))
            }
            found => Ok(found),
        }
    }
}

fn too_long(length: usize, most: u32) -> DeviceError {
    let reason =
        format!("the block has {length} bytes, and no more than {most} can be read at once");
    DeviceError::refused(Refusal::Unsupported, reason)
}

/// A drive of fixed blocks tells of a block of another length, and not which.
fn is_fixed_mismatch(blocks: Blocks, sense: &SenseData) -> bool {
    let mismatch = sense.incorrect_length && !sense.filemark && is_remark(sense);
    mismatch && matches!(blocks, Blocks::Fixed(_))
}
