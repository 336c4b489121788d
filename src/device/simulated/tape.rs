//! The records of one side: blocks and filemarks, one behind the other.
//!
//! Each record is a header of 16 bytes (`RSM` and a letter, the length, the number of the record;
//! little-endian) and the bytes of the block. What is written goes to the end, and what lies behind
//! it is cut off first, so a writer killed at any moment leaves at worst a record that is not
//! complete. Reading ends there, and the next write cuts it off.

use std::io;

use super::contents::Blob;
use crate::device::DeviceResult;
use crate::device::records::{RecordKind, Records};

/// What a record takes besides its data.
pub(super) const HEADER: u64 = 16;

const BLOCK: [u8; 4] = *b"RSMB";
const FILEMARK: [u8; 4] = *b"RSMF";

/// One record. `data` is where its bytes begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    Block { data: u64, len: u32 },
    Filemark { data: u64 },
}

impl Record {
    fn end(self) -> u64 {
        match self {
            Self::Block { data, len } => data + u64::from(len),
            Self::Filemark { data } => data,
        }
    }
}

#[derive(Debug)]
pub(super) struct Tape {
    blob: Blob,
    records: Vec<Record>,
    /// There may be something behind the last record that is none.
    torn: bool,
}

impl Tape {
    pub(super) fn open(blob: Blob) -> io::Result<Self> {
        let length = blob.len()?;
        let mut tape = Self { blob, records: Vec::new(), torn: false };
        while let Some(record) = tape.next_record(length)? {
            tape.records.push(record);
        }
        tape.torn = tape.end() < length;
        Ok(tape)
    }

    /// The record at the end of those known, if it is complete.
    fn next_record(&self, length: u64) -> io::Result<Option<Record>> {
        let start = self.end();
        let data = start + HEADER;
        if data > length {
            return Ok(None);
        }
        let mut tag = [0; 4];
        let mut len = [0; 4];
        let mut number = [0; 8];
        self.blob.read_at(start, &mut tag)?;
        self.blob.read_at(start + 4, &mut len)?;
        self.blob.read_at(start + 8, &mut number)?;
        let record = match (tag, u32::from_le_bytes(len)) {
            (BLOCK, len) => Record::Block { data, len },
            (FILEMARK, 0) => Record::Filemark { data },
            _ => return Ok(None),
        };
        let whole = u64::from_le_bytes(number) == self.len() && record.end() <= length;
        Ok(whole.then_some(record))
    }

    /// How many records there are.
    pub(super) fn len(&self) -> u64 {
        self.records.len() as u64
    }

    pub(super) fn record(&self, number: u64) -> Option<Record> {
        self.records.get(usize::try_from(number).ok()?).copied()
    }

    /// The room taken by all records.
    pub(super) fn end(&self) -> u64 {
        self.records.last().map_or(0, |record| record.end())
    }

    /// The room taken by the records before this one.
    pub(super) fn start_of(&self, number: u64) -> u64 {
        let before = number.checked_sub(1).and_then(|n| self.record(n));
        before.map_or(0, Record::end)
    }

    pub(super) fn read(&self, data: u64, buffer: &mut [u8]) -> io::Result<()> {
        self.blob.read_at(data, buffer)
    }

    /// Makes this record the end: it and all behind it are gone.
    pub(super) fn truncate(&mut self, number: u64) -> io::Result<()> {
        if number < self.len() || self.torn {
            let keep = usize::try_from(number).unwrap_or(usize::MAX);
            self.records.truncate(keep);
            self.torn = true;
            self.blob.truncate(self.end())?;
            self.torn = false;
        }
        Ok(())
    }

    /// Writes a block behind the last record.
    pub(super) fn append_block(&mut self, block: &[u8]) -> io::Result<()> {
        let len = u32::try_from(block.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.append_record(BLOCK, block, |data| Record::Block { data, len })
    }

    /// Writes a filemark behind the last record.
    pub(super) fn append_filemark(&mut self) -> io::Result<()> {
        self.append_record(FILEMARK, &[], |data| Record::Filemark { data })
    }

    fn append_record(
        &mut self,
        tag: [u8; 4],
        bytes: &[u8],
        record: impl FnOnce(u64) -> Record,
    ) -> io::Result<()> {
        self.truncate(self.len())?;
        let start = self.end();
        let record = record(start + HEADER);
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes();
        let [number_low, number_high] = halves(self.len());
        let header = [tag, len, number_low, number_high].concat();
        self.torn = true;
        self.blob.append(start, &header)?;
        self.blob.append(start + HEADER, bytes)?;
        self.torn = false;
        self.records.push(record);
        Ok(())
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.blob.sync()
    }
}

/// The bytes of a number, in two halves.
fn halves(number: u64) -> [[u8; 4]; 2] {
    let [a, b, c, d, e, f, g, h] = number.to_le_bytes();
    [[a, b, c, d], [e, f, g, h]]
}

impl Records for Tape {
    fn kind(&mut self, number: u64) -> DeviceResult<Option<RecordKind>> {
        Ok(self.record(number).map(|record| match record {
            Record::Block { .. } => RecordKind::Block,
            Record::Filemark { .. } => RecordKind::Filemark,
        }))
    }

    fn count(&mut self) -> DeviceResult<u64> {
        Ok(self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use parking_lot::Mutex;
    use std::sync::Arc;

    fn bytes() -> Arc<Mutex<Vec<u8>>> {
        Arc::default()
    }

    fn open(bytes: &Arc<Mutex<Vec<u8>>>) -> Tape {
        Tape::open(Blob::Memory(Arc::clone(bytes))).unwrap()
    }

    #[test]
    fn any_tail_cut_off_leaves_whole_records_only() {
        let whole = bytes();
        let mut tape = open(&whole);
        tape.append_block(b"first").unwrap();
        tape.append_filemark().unwrap();
        tape.append_block(b"second").unwrap();
        let (ends, bytes_written) = ([0, 21, 37, 59], whole.lock().clone());
        assert_eq!(bytes_written.len(), 59);
        for cut in 0..=bytes_written.len() {
            let torn = Arc::new(Mutex::new(bytes_written.get(..cut).unwrap().to_vec()));
            let mut tape = open(&torn);
            let expected = ends.iter().filter(|end| **end > 0 && **end <= cut).count();
            assert_eq!(tape.len(), expected as u64, "cut at {cut}");
            tape.append_block(b"after").unwrap();
            let again = open(&torn);
            assert_eq!(again.len(), expected as u64 + 1, "cut at {cut}");
            assert!(!again.torn);
        }
    }

    #[test]
    fn garbage_behind_the_end_is_no_record() {
        let tail = bytes();
        open(&tail).append_block(b"good").unwrap();
        // A record of another time, in the place of the second one.
        let copy = tail.lock().clone();
        tail.lock().extend_from_slice(&copy);
        tail.lock().extend_from_slice(&[0; 40]);
        let tape = open(&tail);
        assert_eq!(tape.len(), 1);
        assert!(tape.torn);
    }

    #[test]
    fn writing_in_the_middle_cuts_off_the_rest() {
        let all = bytes();
        let mut tape = open(&all);
        for _ in 0..3 {
            tape.append_block(b"block").unwrap();
        }
        tape.truncate(1).unwrap();
        tape.append_filemark().unwrap();
        let tape = open(&all);
        assert_eq!(tape.len(), 2);
        assert_eq!(tape.record(1), Some(Record::Filemark { data: 37 }));
    }
}
