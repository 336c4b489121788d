//! Reading one block.

use super::ended::{ReadEnd, read_end};
use super::mode::Blocks;
use super::track::Record;
use super::{ScsiTape, unknown};
use crate::device::scsi::command::tape::{self, LONGEST};
use crate::device::scsi::drive::is_remark;
use crate::device::scsi::reply::sense::SenseData;
use crate::device::scsi::{Data, Status};
use crate::device::{DeviceError, DeviceErrorKind, DeviceResult, ReadOutcome, Refusal};

impl ScsiTape {
    /// Reads the next block into a buffer that is not empty and not longer than can be read.
    fn read_into(&mut self, buffer: &mut [u8]) -> DeviceResult<ReadOutcome> {
        let asked = u32::try_from(buffer.len()).unwrap_or(LONGEST);
        let command = match self.blocks {
            Blocks::Variable => tape::read_block(asked),
            Blocks::Fixed(_) => tape::read_fixed_block(),
        };
        let (completion, sense) = self.send(&command, Data::In(buffer))?;
        let end = match (completion.status, sense) {
            (Status::GOOD, _) if completion.transferred < buffer.len() => {
                self.track.passed(Record::Block);
                return Err(unknown("less came from the drive than the block has"));
            }
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
                Ok(found)
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
            return Ok(match self.read_into(&mut [0])? {
                ReadOutcome::Block(length) => ReadOutcome::TooLarge(Some(length)),
                found => found,
            });
        }
        let room = buffer.len();
        let most = room.min(self.limits.max as usize);
        let part = buffer.get_mut(..most).unwrap_or_default();
        match self.read_into(part)? {
            ReadOutcome::TooLarge(length) if room > most => {
                let length = length.unwrap_or_default();
                let reason = format!(
                    "the block has {length} bytes, and no more than {most} can be read at once"
                );
                Err(DeviceError::refused(Refusal::Unsupported, reason))
            }
            found => Ok(found),
        }
    }
}

/// A drive of fixed blocks tells of a block of another length, and not which.
fn is_fixed_mismatch(blocks: Blocks, sense: &SenseData) -> bool {
    let mismatch = sense.incorrect_length && !sense.filemark && is_remark(sense);
    mismatch && matches!(blocks, Blocks::Fixed(_))
}
