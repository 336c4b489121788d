//! Reading and writing optical and other removable disks, which know sectors only.
//!
//! Blocks and filemarks lie one behind the other, each beginning with a sector of its own. A header
//! of 160 bytes comes first: `RSMDISK1`, `B` or `F`, the length of the block and the number of the
//! record (big-endian), the checksum of the header before, those of the block and of what was in the
//! sector before, and that of all this (SHA-256). The block follows it. So no header is ever the same
//! as one that was there before, and what is left behind the last record from another time is not
//! taken for a record, nor is one that was written in part.
//!
//! A disk whose beginning is empty (or was never written, as the drive says) is blank. One that
//! begins with anything else holds something that was not written here: it is read in blocks of 32
//! KiB, so that its label or file system can be recognised, and can be written from its beginning
//! only, when all of it is lost.
//!
//! Written are magneto-optical, phase change and magnetic disks, and DVD-RAM; on media that are
//! written once, the drive refuses what cannot be. CDs and other DVDs are only read.

mod header;
mod layout;
mod sectors;

use header::LONGEST_BLOCK;
use layout::{Contents, Layout, extent};
use sectors::SectorIo;

use super::drive::Held;
use crate::device::records::{RecordKind, Records, space};
use crate::device::{
    BlockLimits, Capacity, DeviceClass, DeviceError, DeviceErrorKind, DeviceResult, MediumIo,
    Position, ReadOutcome, Refusal, Space, Spaced, Written,
};

/// The profile of the only DVD that is written sector by sector.
const DVD_RAM: u16 = 0x0012;
/// The early warning comes when less than this part of a disk is left, or this many bytes.
const WARNING_PART: u64 = 64;
const WARNING_BYTES: u64 = 64 << 20;

/// The disk that is loaded in a drive.
#[derive(Debug)]
pub(super) struct ScsiDisk {
    layout: Layout,
    at: u64,
    can_write: bool,
}

impl ScsiDisk {
    /// Opens the disk in a drive. It stands at the beginning.
    pub(super) fn open(held: Held) -> DeviceResult<Self> {
        let can_write = match held.drive.identity.class {
            DeviceClass::Disk => true,
            _ => held.drive.profile()? == Some(DVD_RAM),
        };
        let layout = Layout::open(SectorIo::open(held)?)?;
        Ok(Self { layout, at: 0, can_write })
    }

    fn check(&self) -> DeviceResult<()> {
        self.layout.io.held.check()
    }

    fn check_writable(&self) -> DeviceResult<()> {
        self.check()?;
        if !self.can_write {
            let reason = "media of this kind are only read";
            return Err(DeviceError::new(DeviceErrorKind::WriteProtected, reason));
        }
        if self.at > 0 && matches!(self.layout.contents, Contents::Foreign) {
            let reason = "the disk holds something else: it can be written from its beginning only";
            return Err(DeviceError::refused(Refusal::Invalid, reason));
        }
        Ok(())
    }

    /// Writes a block, or a filemark.
    fn append(&mut self, block: Option<&[u8]>) -> DeviceResult<()> {
        let used = self.layout.used_before(self.at)?;
        let needed = extent(self.layout.io.length, block.map_or(0, <[u8]>::len));
        if used + needed > self.layout.io.count {
            return Err(DeviceError::new(DeviceErrorKind::EndOfMedium, "the disk is full"));
        }
        self.layout.write(self.at, block)?;
        self.at += 1;
        Ok(())
    }

    fn written(&mut self) -> DeviceResult<Written> {
        let left = self.layout.io.count - self.layout.used_before(self.at)?;
        let part = self.layout.io.count / WARNING_PART;
        let most = WARNING_BYTES / self.layout.io.length as u64;
        Ok(Written { early_warning: left <= part.min(most) })
    }

    fn read_record(&mut self) -> DeviceResult<Option<Vec<u8>>> {
        let Some(record) = self.layout.record(self.at)? else { return Ok(None) };
        self.at += 1;
        let length = record.sectors as usize * self.layout.io.length;
        let mut bytes = vec![0; length];
        self.layout.io.read(record.sector, &mut bytes)?;
        let end = header::LENGTH + record.header.length as usize;
        let block = bytes.get(header::LENGTH..end).unwrap_or_default();
        if !record.header.fits(block) {
            let reason = "the block is not what was written";
            return Err(DeviceError::new(DeviceErrorKind::MediumFault, reason));
        }
        Ok(Some(block.to_vec()))
    }

    fn read_foreign(&mut self) -> DeviceResult<Option<Vec<u8>>> {
        let Some((first, length)) = self.layout.foreign_block(self.at) else { return Ok(None) };
        self.at += 1;
        let mut bytes = vec![0; length];
        self.layout.io.read(first, &mut bytes)?;
        Ok(Some(bytes))
    }
}

impl MediumIo for ScsiDisk {
    fn block_limits(&mut self) -> DeviceResult<BlockLimits> {
        self.check()?;
        Ok(BlockLimits { min: 1, max: LONGEST_BLOCK })
    }

    fn capacity(&mut self) -> DeviceResult<Capacity> {
        self.check()?;
        let length = self.layout.io.length as u64;
        let end = self.layout.count()?;
        let left = match self.layout.contents {
            Contents::Foreign => 0,
            Contents::Records { .. } => self.layout.io.count - self.layout.used_before(end)?,
        };
        let total = Some(self.layout.io.count * length);
        Ok(Capacity { total, remaining: Some(left * length) })
    }

    fn read_block(&mut self, buffer: &mut [u8]) -> DeviceResult<ReadOutcome> {
        self.check()?;
        let Some(kind) = self.layout.kind(self.at)? else { return Ok(ReadOutcome::EndOfData) };
        let block = match (kind, &self.layout.contents) {
            (RecordKind::Filemark, _) => {
                self.at += 1;
                return Ok(ReadOutcome::Filemark);
            }
            (_, Contents::Foreign) => self.read_foreign()?,
            _ => self.read_record()?,
        };
        let Some(block) = block else { return Ok(ReadOutcome::EndOfData) };
        let fits = block.len().min(buffer.len());
        let (part, from) = (buffer.get_mut(..fits), block.get(..fits));
        if let (Some(part), Some(from)) = (part, from) {
            part.copy_from_slice(from);
        }
        Ok(if fits == block.len() {
            ReadOutcome::Block(fits)
        } else {
            ReadOutcome::TooLarge(Some(block.len()))
        })
    }

    fn write_block(&mut self, data: &[u8]) -> DeviceResult<Written> {
        self.check_writable()?;
        if data.is_empty() || data.len() > LONGEST_BLOCK as usize {
            let reason = format!("a block has 1 to {LONGEST_BLOCK} bytes, not {}", data.len());
            return Err(DeviceError::refused(Refusal::Invalid, reason));
        }
        self.append(Some(data))?;
        self.written()
    }

    fn write_filemarks(&mut self, count: u32) -> DeviceResult<Written> {
        self.check_writable()?;
        for _ in 0..count {
            self.append(None)?;
        }
        self.layout.io.flush()?;
        self.written()
    }

    fn space(&mut self, by: Space) -> DeviceResult<Spaced> {
        self.check()?;
        let (to, spaced) = space(&mut self.layout, self.at, by)?;
        self.at = to;
        Ok(spaced)
    }

    fn rewind(&mut self) -> DeviceResult<()> {
        self.check()?;
        self.at = 0;
        Ok(())
    }

    fn locate(&mut self, position: Position) -> DeviceResult<()> {
        self.check()?;
        if position.0 > 0 && self.layout.kind(position.0 - 1)?.is_none() {
            self.at = self.layout.count()?;
            return Err(DeviceError::refused(Refusal::Invalid, "beyond the end of the data"));
        }
        self.at = position.0;
        Ok(())
    }

    fn position(&mut self) -> DeviceResult<Position> {
        self.check()?;
        Ok(Position(self.at))
    }

    fn flush(&mut self) -> DeviceResult<()> {
        self.check()?;
        self.layout.io.flush()
    }
}
