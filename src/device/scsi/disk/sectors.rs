//! The sectors of a disk.

use crate::device::scsi::command::disk;
use crate::device::scsi::drive::{Held, Shared};
use crate::device::scsi::reply::disk::Sectors;
use crate::device::scsi::reply::sense::SenseData;
use crate::device::scsi::{Data, Status};
use crate::device::{DeviceError, DeviceErrorKind, DeviceResult, Refusal};

/// The most that one command transfers.
const LONGEST_TRANSFER: usize = 512 << 10;
/// The lengths that sectors of removable media have.
const LENGTHS: std::ops::RangeInclusive<u32> = 512..=8192;

/// The sectors of the disk in a drive.
#[derive(Debug)]
pub(super) struct SectorIo {
    pub held: Held,
    /// The length of each, in bytes.
    pub length: usize,
    /// How many are used: READ(10) and WRITE(10) have 32 bits for them.
    pub count: u64,
    /// How many one command transfers.
    at_once: usize,
}

impl SectorIo {
    pub(super) fn open(held: Held) -> DeviceResult<Self> {
        let Sectors { count, length, .. } = capacity(&held.drive)?;
        if !LENGTHS.contains(&length) {
            let reason = format!("sectors of {length} bytes are not used");
            return Err(DeviceError::refused(Refusal::Unsupported, reason));
        }
        let most = held.drive.unit.transport().max_transfer().min(LONGEST_TRANSFER);
        let length = length as usize;
        if most < length {
            let reason = "a sector is longer than the way to the drive allows";
            return Err(DeviceError::refused(Refusal::Unsupported, reason));
        }
        Ok(Self { held, length, count: count.min(u32::MAX.into()), at_once: most / length })
    }

    /// Reads whole sectors from this one on. What was never written reads as zeros.
    pub(super) fn read(&self, first: u64, buffer: &mut [u8]) -> DeviceResult<()> {
        let step = self.at_once * self.length;
        for (number, part) in buffer.chunks_mut(step).enumerate() {
            let at = first + (number * self.at_once) as u64;
            if !self.read_once(at, part)? {
                self.read_singly(at, part)?;
            }
        }
        Ok(())
    }

    /// Reads sectors of which one was never written.
    fn read_singly(&self, first: u64, part: &mut [u8]) -> DeviceResult<()> {
        for (number, sector) in part.chunks_mut(self.length).enumerate() {
            if !self.read_once(first + number as u64, sector)? {
                sector.fill(0);
            }
        }
        Ok(())
    }

    /// Reads sectors with one command; false where one of them was never written.
    fn read_once(&self, first: u64, part: &mut [u8]) -> DeviceResult<bool> {
        let length = part.len();
        let command = disk::read(self.address(first)?, narrow(length / self.length));
        let (completion, sense) = self.held.drive.complete(&command, Data::In(part))?;
        let is_good = completion.status == Status::GOOD;
        let recovered =
            sense.as_ref().is_some_and(|s| !s.deferred && s.key == SenseData::RECOVERED_ERROR);
        if is_good || recovered {
            if completion.transferred < length {
                let reason = "less came from the drive than was asked for";
                return Err(DeviceError::new(DeviceErrorKind::OutcomeUnknown, reason));
            }
            return Ok(true);
        }
        if sense.is_some_and(|sense| !sense.deferred && sense.key == SenseData::BLANK_CHECK) {
            return Ok(false);
        }
        Err(self.held.drive.failure(&command, &completion))
    }

    /// Writes whole sectors from this one on, the last ones first: the first sector says what the
    /// others are.
    pub(super) fn write(&self, first: u64, data: &[u8]) -> DeviceResult<()> {
        let step = self.at_once * self.length;
        for (number, part) in data.chunks(step).enumerate().rev() {
            let at = first + (number * self.at_once) as u64;
            let command = disk::write(self.address(at)?, narrow(part.len() / self.length));
            let (completion, sense) = self.held.drive.complete(&command, Data::Out(part))?;
            let recovered =
                sense.is_some_and(|s| !s.deferred && s.key == SenseData::RECOVERED_ERROR);
            if completion.status != Status::GOOD && !recovered {
                return Err(self.held.drive.failure(&command, &completion));
            }
        }
        Ok(())
    }

    /// Waits until everything is on the medium.
    pub(super) fn flush(&self) -> DeviceResult<()> {
        match self.held.drive.run(&disk::synchronize_cache()) {
            // It keeps nothing back.
            Err(error) if error.kind() == UNSUPPORTED => Ok(()),
            other => other,
        }
    }

    fn address(&self, sector: u64) -> DeviceResult<u32> {
        u32::try_from(sector).map_err(|_| {
            DeviceError::refused(Refusal::Invalid, "the sector is beyond what a command can name")
        })
    }
}

const UNSUPPORTED: DeviceErrorKind = DeviceErrorKind::Refused(Refusal::Unsupported);

fn narrow(sectors: usize) -> u16 {
    u16::try_from(sectors).unwrap_or(u16::MAX)
}

fn capacity(drive: &Shared) -> DeviceResult<Sectors> {
    let mut short = [0; 8];
    drive.read(&disk::read_capacity_10(), &mut short)?;
    if let Some(sectors) = Sectors::read_10(&short)? {
        return Ok(sectors);
    }
    let mut long = [0; 32];
    drive.read(&disk::read_capacity_16(32), &mut long)?;
    Ok(Sectors::read_16(&long)?)
}
