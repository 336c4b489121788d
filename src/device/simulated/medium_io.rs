//! Reading and writing the medium in a drive.

use std::io;
use std::sync::Arc;

use super::Place;
use super::faults::Occasion;
use super::loaded::{Medium, loaded};
use super::power::Unsafe;
use super::shared::{LeftAt, Shared};
use super::tape::{HEADER, Record, Tape};
use super::timings::fraction;
use crate::device::records::space;
use crate::device::{
    Attention, BlockLimits, Capacity, DeviceError, DeviceErrorKind, DeviceResult, MediumIo,
    MediumPurpose, Position, ReadOutcome, Refusal, Space, Spaced, Written,
};

/// The longest block: what a large LTO drive takes.
const LONGEST_BLOCK: u32 = 8 << 20;

pub(super) struct SimulatedMedium {
    shared: Arc<Shared>,
    drive: Place,
    /// Which drive of those that were there one after the other.
    unit: u32,
    medium: Medium,
    tape: Tape,
    position: u64,
}

impl SimulatedMedium {
    pub(super) fn open(shared: Arc<Shared>, drive: Place, unit: u32) -> DeviceResult<Self> {
        let medium = shared.store.look(|world| loaded(world, drive))?;
        let left = {
            let mut state = shared.unit(drive)?.0.lock();
            if state.open == Some(medium.load) {
                return Err(DeviceError::refused(Refusal::InUse, "the medium is open already"));
            }
            state.open = Some(medium.load);
            state.left_at
        };
        let opened = shared.contents.open(medium.id, medium.side).and_then(Tape::open);
        let tape = match opened {
            Ok(tape) => tape,
            Err(error) => {
                shared.unit(drive)?.0.lock().open = None;
                return Err(medium_fault(error));
            }
        };
        let position = if left.load == medium.load { left.position.min(tape.len()) } else { 0 };
        Ok(Self { shared, drive, unit, medium, tape, position })
    }

    /// Whether the drive still holds what was opened.
    fn check(&self) -> DeviceResult<()> {
        self.shared.attend_drive(self.drive, self.unit)?;
        if self.shared.is_busy(self.drive) {
            return Err(DeviceError::new(DeviceErrorKind::NotReady, "the drive is busy"));
        }
        let now = self.shared.store.look(|world| loaded(world, self.drive))?;
        if (now.id, now.load) == (self.medium.id, self.medium.load) {
            return Ok(());
        }
        Err(DeviceError::new(
            DeviceErrorKind::LookAgain(Attention::MediumChanged),
            "the medium was unloaded since it was opened",
        ))
    }

    fn check_unprotected(&self) -> DeviceResult<()> {
        self.check()?;
        if self.medium.write_protected {
            return Err(protected("the medium is write protected"));
        }
        Ok(())
    }

    /// Whether something can be written here: on a medium that is written once, behind its end.
    fn check_writable(&self) -> DeviceResult<()> {
        self.check_unprotected()?;
        let write_once = self.medium.kind.purpose == MediumPurpose::WriteOnce;
        if write_once && self.position < self.tape.len() {
            return Err(protected("what was written once stays"));
        }
        Ok(())
    }

    fn check_block(&self) -> DeviceResult<()> {
        let block = Occasion::Block(self.medium.id, self.medium.side, Position(self.position));
        self.shared.fault(block).map_or(Ok(()), |_| {
            Err(DeviceError::new(DeviceErrorKind::MediumFault, "the block is bad"))
        })
    }

    /// Cuts off what lies behind the current position, writes there, and stands behind it.
    fn append(&mut self, write: impl FnOnce(&mut Tape) -> io::Result<()>) -> DeviceResult<()> {
        let power = self.shared.power();
        self.shared.step(power)?;
        let Medium { id: cartridge, side, .. } = self.medium;
        let from = self.tape.start_of(self.position);
        self.shared.not_safe(self.drive, Unsafe { cartridge, side, from })?;
        self.tape.truncate(self.position).map_err(medium_fault)?;
        self.check_block()?;
        write(&mut self.tape).map_err(medium_fault)?;
        self.stand_at(self.position + 1);
        self.shared.step(power)
    }

    fn sync(&self) -> DeviceResult<()> {
        self.shared.step(self.shared.power())?;
        self.tape.sync().map_err(medium_fault)?;
        self.shared.unit(self.drive)?.0.lock().not_safe = None;
        Ok(())
    }

    /// Whether so much more fits behind the current position.
    fn check_room(&self, bytes: u64) -> DeviceResult<()> {
        let end = self.tape.start_of(self.position).saturating_add(bytes);
        if end > self.medium.kind.capacity {
            return Err(DeviceError::new(DeviceErrorKind::EndOfMedium, "the medium is full"));
        }
        Ok(())
    }

    fn written(&self) -> Written {
        let left = self.medium.kind.capacity.saturating_sub(self.tape.end());
        Written { early_warning: left <= self.medium.kind.early_warning }
    }

    /// Stands at `position` from now on.
    fn stand_at(&mut self, position: u64) {
        self.position = position;
        let offset = self.tape.start_of(position);
        if let Ok(unit) = self.shared.unit(self.drive) {
            unit.0.lock().left_at = LeftAt { load: self.medium.load, position, offset };
        }
    }

    /// Goes to `position` without reading what is on the way.
    fn seek(&mut self, position: u64) {
        let from = self.tape.start_of(self.position);
        let way = from.abs_diff(self.tape.start_of(position));
        let (timings, whole) = (&self.shared.timings, self.medium.kind.capacity);
        let time = if position == 0 { timings.rewind } else { timings.seek };
        self.shared.clock.pause(fraction(time, way, whole));
        self.stand_at(position);
    }
}

impl Drop for SimulatedMedium {
    fn drop(&mut self) {
        if let Ok(unit) = self.shared.unit(self.drive) {
            let mut unit = unit.0.lock();
            if unit.open == Some(self.medium.load) {
                unit.open = None;
            }
        }
    }
}

impl MediumIo for SimulatedMedium {
    fn block_limits(&mut self) -> DeviceResult<BlockLimits> {
        self.check()?;
        Ok(BlockLimits { min: 1, max: LONGEST_BLOCK })
    }

    fn capacity(&mut self) -> DeviceResult<Capacity> {
        self.check()?;
        let total = self.medium.kind.capacity;
        let remaining = total.saturating_sub(self.tape.end());
        Ok(Capacity { total: Some(total), remaining: Some(remaining) })
    }

    fn read_block(&mut self, buffer: &mut [u8]) -> DeviceResult<ReadOutcome> {
        self.check()?;
        let Some(record) = self.tape.record(self.position) else {
            return Ok(ReadOutcome::EndOfData);
        };
        let bad = self.check_block();
        self.stand_at(self.position + 1);
        bad?;
        let Record::Block { data, len } = record else { return Ok(ReadOutcome::Filemark) };
        let len = len as usize;
        let fits = len.min(buffer.len());
        if let Some(part) = buffer.get_mut(..fits) {
            self.tape.read(data, part).map_err(medium_fault)?;
        }
        self.shared.clock.pause(self.shared.timings.transfer(len));
        Ok(if fits == len { ReadOutcome::Block(len) } else { ReadOutcome::TooLarge(Some(len)) })
    }

    fn write_block(&mut self, data: &[u8]) -> DeviceResult<Written> {
        self.check_writable()?;
        if data.is_empty() || data.len() > LONGEST_BLOCK as usize {
            return Err(DeviceError::refused(
                Refusal::Invalid,
                format!("a block has 1 to {LONGEST_BLOCK} bytes, not {}", data.len()),
            ));
        }
        self.check_room(HEADER + data.len() as u64)?;
        self.append(|tape| tape.append_block(data))?;
        self.shared.clock.pause(self.shared.timings.transfer(data.len()));
        Ok(self.written())
    }

    fn write_filemarks(&mut self, count: u32) -> DeviceResult<Written> {
        self.check_unprotected()?;
        for _ in 0..count {
            self.check_writable()?;
            self.check_room(HEADER)?;
            self.append(Tape::append_filemark)?;
        }
        self.sync()?;
        Ok(self.written())
    }

    fn space(&mut self, by: Space) -> DeviceResult<Spaced> {
        self.check()?;
        let (to, spaced) = space(&mut self.tape, self.position, by)?;
        self.seek(to);
        Ok(spaced)
    }

    fn rewind(&mut self) -> DeviceResult<()> {
        self.check()?;
        self.seek(0);
        Ok(())
    }

    fn locate(&mut self, position: Position) -> DeviceResult<()> {
        self.check()?;
        let end = self.tape.len();
        self.seek(position.0.min(end));
        if position.0 > end {
            return Err(DeviceError::refused(Refusal::Invalid, "beyond the end of the data"));
        }
        Ok(())
    }

    fn position(&mut self) -> DeviceResult<Position> {
        self.check()?;
        Ok(Position(self.position))
    }

    fn flush(&mut self) -> DeviceResult<()> {
        self.check()?;
        self.sync()
    }
}

fn protected(reason: &'static str) -> DeviceError {
    DeviceError::new(DeviceErrorKind::WriteProtected, reason)
}

fn medium_fault(error: io::Error) -> DeviceError {
    DeviceError::new(DeviceErrorKind::MediumFault, format!("the medium failed: {error}"))
        .caused_by(error)
}
