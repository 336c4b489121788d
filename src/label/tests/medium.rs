//! A medium in memory, no more than reading and writing a label needs.

use crate::device::{
    BlockLimits, Capacity, DeviceError, DeviceErrorKind, DeviceResult, MediumIo, Position,
    ReadOutcome, Space, Spaced, Written,
};
use crate::label::LabelRecord;

/// A medium that answers from a list.
#[derive(Default)]
pub struct ListedMedium {
    pub records: Vec<LabelRecord>,
    /// Reading the record of this number fails in this way.
    pub fails: Option<(usize, DeviceErrorKind)>,
    /// Length of the buffer of each read.
    pub reads: Vec<usize>,
    at: usize,
}

impl ListedMedium {
    pub fn new(records: impl Into<Vec<LabelRecord>>) -> Self {
        // Wherever the medium stands: reading rewinds.
        Self { records: records.into(), at: 1, ..Self::default() }
    }

    fn write(&mut self, record: LabelRecord) -> DeviceResult<Written> {
        self.records.truncate(self.at);
        self.records.push(record);
        self.at += 1;
        Ok(Written::default())
    }
}

impl MediumIo for ListedMedium {
    fn read_block(&mut self, buffer: &mut [u8]) -> DeviceResult<ReadOutcome> {
        self.reads.push(buffer.len());
        if let Some((at, kind)) = self.fails
            && at == self.at
        {
            return Err(DeviceError::new(kind, "planned"));
        }
        let Some(record) = self.records.get(self.at) else { return Ok(ReadOutcome::EndOfData) };
        self.at += 1;
        let LabelRecord::Data(block) = record else { return Ok(ReadOutcome::Filemark) };
        let length = block.len().min(buffer.len());
        buffer[..length].copy_from_slice(&block[..length]);
        Ok(match length < block.len() {
            true => ReadOutcome::TooLarge(None),
            false => ReadOutcome::Block(length),
        })
    }

    fn write_block(&mut self, data: &[u8]) -> DeviceResult<Written> {
        self.write(LabelRecord::Data(data.to_vec()))
    }

    fn write_filemarks(&mut self, count: u32) -> DeviceResult<Written> {
        (0..count).try_fold(Written::default(), |_, _| self.write(LabelRecord::Filemark))
    }

    fn rewind(&mut self) -> DeviceResult<()> {
        self.at = 0;
        Ok(())
    }

    fn block_limits(&mut self) -> DeviceResult<BlockLimits> {
        unreachable!("not needed for a label")
    }

    fn capacity(&mut self) -> DeviceResult<Capacity> {
        unreachable!("not needed for a label")
    }

    fn space(&mut self, _: Space) -> DeviceResult<Spaced> {
        unreachable!("not needed for a label")
    }

    fn locate(&mut self, _: Position) -> DeviceResult<()> {
        unreachable!("not needed for a label")
    }

    fn position(&mut self) -> DeviceResult<Position> {
        unreachable!("not needed for a label")
    }

    fn flush(&mut self) -> DeviceResult<()> {
        unreachable!("not needed for a label")
    }
}
