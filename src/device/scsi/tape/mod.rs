//! Reading and writing tapes.
//!
//! Every drive is used in variable block mode, where it can: a block is what one command writes.
//! SILI stays off, so that the drive says how long a block is that has another length than the
//! buffer; how much was transferred is no answer, many ways to a drive report the whole buffer.

mod ended;
mod mode;
mod reading;
mod spacing;
mod track;
mod walk;
mod writing;

use mode::{BlockMode, Blocks, block_mode};
use track::{Record, Track};

use super::command::tape::{self, LONGEST};
use super::drive::{Held, is_remark};
use super::reply::sense::SenseData;
use super::{Command, Completion, Data, Status};
use crate::device::{
    BlockLimits, Capacity, DeviceError, DeviceErrorKind, DeviceResult, MediumIo, Position,
    ReadOutcome, Refusal, Space, Spaced, Written,
};

/// The tape that is loaded in a drive.
#[derive(Debug)]
pub(super) struct ScsiTape {
    held: Held,
    blocks: Blocks,
    limits: BlockLimits,
    track: Track,
    /// The early warning was given, and nothing has moved since.
    near_end: bool,
    /// The drive has no LOCATE.
    cannot_locate: bool,
}

impl ScsiTape {
    /// Opens the tape in a drive.
    pub(super) fn open(held: Held) -> DeviceResult<Self> {
        let BlockMode { blocks, limits } = block_mode(&held.drive)?;
        let mut tape = Self {
            held,
            blocks,
            limits,
            track: Track::new(),
            near_end: false,
            cannot_locate: false,
        };
        // Whether it tells its position is known from here on.
        match tape.track.ask(&tape.held.drive) {
            Err(error) if error.kind() != DeviceErrorKind::OutcomeUnknown => Err(error),
            _ => Ok(tape),
        }
    }

    /// Sends a command that moves the medium. Where it stands is not known if nobody can tell how
    /// that ended.
    fn send(
        &mut self,
        command: &Command,
        data: Data<'_>,
    ) -> DeviceResult<(Completion, Option<SenseData>)> {
        let ended = self.held.drive.complete(command, data);
        ended.inspect_err(|_| self.track.lose())
    }

    /// What it means that a command failed; where the medium stands then is not known, unless
    /// nothing was done.
    fn failed(&mut self, command: &Command, completion: &Completion) -> DeviceError {
        let error = self.held.drive.failure(command, completion);
        let did_nothing = matches!(
            error.kind(),
            DeviceErrorKind::NotReady
                | DeviceErrorKind::Reserved
                | DeviceErrorKind::WriteProtected
                | DeviceErrorKind::Refused(_)
        );
        if !did_nothing {
            self.track.lose();
        }
        error
    }

    /// Sends a command that only moves or waits; remarks are no failure.
    fn move_by(&mut self, command: &Command) -> DeviceResult<()> {
        match self.send(command, Data::None)? {
            (completion, _) if completion.status == Status::GOOD => Ok(()),
            (_, Some(sense)) if is_remark(&sense) => Ok(()),
            (completion, _) => Err(self.failed(command, &completion)),
        }
    }

    fn go_to_beginning(&mut self) -> DeviceResult<()> {
        self.near_end = false;
        self.track.lose();
        self.move_by(&tape::rewind())?;
        self.track.stand_at_beginning();
        Ok(())
    }
}

impl MediumIo for ScsiTape {
    fn block_limits(&mut self) -> DeviceResult<BlockLimits> {
        self.held.check()?;
        Ok(self.limits)
    }

    fn capacity(&mut self) -> DeviceResult<Capacity> {
        self.held.check()?;
        let memory = self.held.drive.memory(0x0000)?.unwrap_or_default();
        Ok(Capacity { total: memory.total, remaining: memory.remaining })
    }

    fn read_block(&mut self, buffer: &mut [u8]) -> DeviceResult<ReadOutcome> {
        self.held.check()?;
        self.near_end = false;
        match self.blocks {
            Blocks::Variable => self.read_variable(buffer),
            Blocks::Fixed(length) => self.read_fixed(buffer, length),
        }
    }

    fn write_block(&mut self, data: &[u8]) -> DeviceResult<Written> {
        self.held.check()?;
        let BlockLimits { min, max } = self.limits;
        let length = u32::try_from(data.len()).ok().filter(|length| (min..=max).contains(length));
        let Some(length) = length else {
            let reason = format!("a block has {min} to {max} bytes, not {}", data.len());
            return Err(DeviceError::refused(Refusal::Invalid, reason));
        };
        let command = match self.blocks {
            Blocks::Variable => tape::write_block(length),
            Blocks::Fixed(_) => tape::write_fixed_block(),
        };
        let ended = self.send(&command, Data::Out(data)).inspect_err(|_| self.track.forget())?;
        self.wrote(&command, ended, Record::Block, 1)
    }

    fn write_filemarks(&mut self, count: u32) -> DeviceResult<Written> {
        self.held.check()?;
        if count == 0 {
            self.flush()?;
        }
        let mut left = count;
        while left > 0 {
            let now = left.min(LONGEST);
            let command = tape::write_filemarks(now);
            let ended = self.send(&command, Data::None).inspect_err(|_| self.track.forget())?;
            let _ = self.wrote(&command, ended, Record::Filemark, now.into())?;
            left -= now;
        }
        Ok(Written { early_warning: self.near_end })
    }

    fn space(&mut self, by: Space) -> DeviceResult<Spaced> {
        self.held.check()?;
        self.near_end = false;
        self.space_by(by)
    }

    fn rewind(&mut self) -> DeviceResult<()> {
        self.held.check()?;
        self.go_to_beginning()
    }

    fn locate(&mut self, position: Position) -> DeviceResult<()> {
        self.held.check()?;
        self.near_end = false;
        self.go_to(position.0)
    }

    fn position(&mut self) -> DeviceResult<Position> {
        self.held.check()?;
        self.track.ask(&self.held.drive).map(Position)
    }

    fn flush(&mut self) -> DeviceResult<()> {
        self.held.check()?;
        let command = tape::write_filemarks(0);
        let ended = self.send(&command, Data::None)?;
        match self.wrote(&command, ended, Record::Filemark, 0) {
            // Nothing can have been written.
            Err(error) if error.kind() == DeviceErrorKind::WriteProtected => Ok(()),
            other => other.map(drop),
        }
    }
}

fn unknown(reason: &'static str) -> DeviceError {
    DeviceError::new(DeviceErrorKind::OutcomeUnknown, reason)
}
