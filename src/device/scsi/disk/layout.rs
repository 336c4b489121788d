//! What lies on a disk: the blocks and filemarks that were written here, or something else.

use super::header::{self, Header, Seal};
use super::sectors::SectorIo;
use crate::device::DeviceResult;
use crate::device::records::{RecordKind, Records};

/// What is looked at to tell a blank disk from another: file systems, partition tables and volume
/// labels show within it.
const BEGINNING: u64 = 512 << 10;
/// A disk that holds something else is read in blocks of this many bytes.
const FOREIGN_BLOCK: u64 = 32 << 10;

/// A block or filemark, and where it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub sector: u64,
    pub sectors: u64,
    pub header: Header,
}

/// What lies on a disk.
#[derive(Debug)]
pub(super) enum Contents {
    /// Blocks and filemarks, one behind the other; those that are known so far.
    Records { known: Vec<Record>, complete: bool },
    /// Something that was not written here.
    Foreign,
}

/// The sectors of a disk, and what lies on them.
#[derive(Debug)]
pub(super) struct Layout {
    pub io: SectorIo,
    pub contents: Contents,
}

impl Layout {
    pub(super) fn open(io: SectorIo) -> DeviceResult<Self> {
        let empty = Contents::Records { known: Vec::new(), complete: false };
        let mut layout = Self { io, contents: empty };
        if layout.record(0)?.is_none() && !layout.is_blank()? {
            layout.contents = Contents::Foreign;
        }
        Ok(layout)
    }

    fn is_blank(&self) -> DeviceResult<bool> {
        let sectors = BEGINNING.div_ceil(self.io.length as u64).min(self.io.count);
        let mut beginning = vec![0; sectors as usize * self.io.length];
        self.io.read(0, &mut beginning)?;
        Ok(beginning.iter().all(|byte| *byte == 0))
    }

    /// The record with this number, found by way of those before it.
    pub(super) fn record(&mut self, number: u64) -> DeviceResult<Option<Record>> {
        let Contents::Records { known, complete } = &mut self.contents else { return Ok(None) };
        let wanted = usize::try_from(number).unwrap_or(usize::MAX);
        let mut sector_bytes = vec![0; self.io.length];
        while known.len() <= wanted && !*complete {
            let (sector, before) = behind(known);
            let found = if sector < self.io.count {
                self.io.read(sector, &mut sector_bytes)?;
                Header::read(known.len() as u64, &before, &sector_bytes)
            } else {
                None
            };
            let record = found.map(|header| {
                let sectors = extent(self.io.length, header.length as usize);
                Record { sector, sectors, header }
            });
            match record.filter(|record| record.sector + record.sectors <= self.io.count) {
                Some(record) => known.push(record),
                None => *complete = true,
            }
        }
        Ok(known.get(wanted).copied())
    }

    /// Which sectors a foreign block has, from the first on; `None` behind the last one.
    pub(super) fn foreign_block(&self, number: u64) -> Option<(u64, usize)> {
        let each = FOREIGN_BLOCK / self.io.length as u64;
        let first = number.checked_mul(each).filter(|first| *first < self.io.count)?;
        let sectors = each.min(self.io.count - first);
        Some((first, sectors as usize * self.io.length))
    }

    /// How many sectors are used before the record with this number.
    pub(super) fn used_before(&mut self, number: u64) -> DeviceResult<u64> {
        let Some(before) = number.checked_sub(1) else { return Ok(0) };
        Ok(self.record(before)?.map_or(0, |record| record.sector + record.sectors))
    }

    /// Writes a block, or a filemark, as the record with this number. Nothing is behind it then.
    pub(super) fn write(&mut self, number: u64, block: Option<&[u8]>) -> DeviceResult<()> {
        if let Some(before) = number.checked_sub(1) {
            self.record(before)?;
        }
        let mut kept = match &mut self.contents {
            Contents::Records { known, .. } => std::mem::take(known),
            Contents::Foreign => Vec::new(),
        };
        kept.truncate(usize::try_from(number).unwrap_or(usize::MAX));
        let put = self.put_behind(&kept, block);
        let complete = put.is_ok();
        // Whatever came of it otherwise is looked up.
        let written = put.map(|record| kept.push(record));
        self.contents = Contents::Records { known: kept, complete };
        written
    }

    fn put_behind(&self, kept: &[Record], block: Option<&[u8]>) -> DeviceResult<Record> {
        let (sector, before) = behind(kept);
        let mut replaced = vec![0; self.io.length];
        self.io.read(sector, &mut replaced)?;
        let (header, bytes) = Header::new(kept.len() as u64, &before, &replaced, block);
        let sectors = extent(self.io.length, header.length as usize);
        let mut image = [&bytes, block.unwrap_or_default()].concat();
        image.resize(sectors as usize * self.io.length, 0);
        self.io.write(sector, &image)?;
        Ok(Record { sector, sectors, header })
    }
}

/// Where the next record begins, and the seal of the last one.
fn behind(known: &[Record]) -> (u64, Seal) {
    known.last().map_or((0, Seal::default()), |last| (last.sector + last.sectors, last.header.seal))
}

/// How many sectors a block of this length takes.
pub(super) fn extent(sector: usize, length: usize) -> u64 {
    (header::LENGTH + length).div_ceil(sector) as u64
}

impl Records for Layout {
    fn kind(&mut self, number: u64) -> DeviceResult<Option<RecordKind>> {
        if let Contents::Foreign = self.contents {
            return Ok(self.foreign_block(number).map(|_| RecordKind::Block));
        }
        Ok(self.record(number)?.map(|record| record.header.kind))
    }

    fn count(&mut self) -> DeviceResult<u64> {
        self.record(u64::MAX)?;
        Ok(match &self.contents {
            Contents::Records { known, .. } => known.len() as u64,
            Contents::Foreign => (self.io.count * self.io.length as u64).div_ceil(FOREIGN_BLOCK),
        })
    }
}
