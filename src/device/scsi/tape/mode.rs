//! How long blocks are.

use crate::device::scsi::command::mode;
use crate::device::scsi::command::tape::{self, LONGEST};
use crate::device::scsi::drive::{Shared, is_remark};
use crate::device::scsi::reply::mode::BlockDescriptor;
use crate::device::scsi::reply::tape::BlockLengths;
use crate::device::scsi::{Data, Status};
use crate::device::{BlockLimits, DeviceError, DeviceErrorKind, DeviceResult, Refusal};

/// The lengths of the blocks of a drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blocks {
    /// Each has its own.
    Variable,
    /// All have this one.
    Fixed(u32),
}

/// How a drive is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct BlockMode {
    pub blocks: Blocks,
    pub limits: BlockLimits,
}

/// Buffered writing, in the header of mode parameters.
const BUFFERED: u8 = 0x10;
const BUFFERED_MODE: u8 = 0x70;

/// Sets a drive to variable block mode and buffered writing, where it is not, and can be.
pub(super) fn block_mode(drive: &Shared) -> DeviceResult<BlockMode> {
    let lengths = block_lengths(drive)?;
    let mode = drive.mode(0)?;
    let block = mode.block.unwrap_or_default();
    let wanted = lengths.fixed().unwrap_or(0);
    let is_set = block.length == wanted && mode.device_specific & BUFFERED_MODE != 0;
    let is_variable = wanted == 0 && (is_set || set(drive, block.density, 0)?);
    let blocks = match wanted {
        0 if is_variable => Blocks::Variable,
        // It does not take variable blocks.
        0 => Blocks::Fixed(block.length),
        fixed if is_set || set(drive, block.density, fixed)? => Blocks::Fixed(fixed),
        _ => return Err(refused("the drive does not take its own length of blocks")),
    };
    let limits = limits(blocks, lengths, drive.unit.transport().max_transfer())?;
    Ok(BlockMode { blocks, limits })
}

/// Sets the length of blocks, at the density in force; false where the drive refuses that.
fn set(drive: &Shared, density: u8, length: u32) -> DeviceResult<bool> {
    let block = BlockDescriptor { density, count: 0, length };
    let parameters = mode::select_parameters_6(BUFFERED, Some(block), &[]);
    let command = mode::mode_select_6(false, u8::try_from(parameters.len()).unwrap_or(u8::MAX));
    let (completion, sense) = drive.complete(&command, Data::Out(&parameters))?;
    let carried_out = sense.is_some_and(|sense| is_remark(&sense));
    if completion.status == Status::GOOD || carried_out {
        return Ok(true);
    }
    let error = drive.failure(&command, &completion);
    match error.kind() {
        DeviceErrorKind::Refused(_) => Ok(false),
        _ => Err(error),
    }
}

fn block_lengths(drive: &Shared) -> DeviceResult<BlockLengths> {
    let mut answer = [0; 6];
    match drive.read(&tape::read_block_limits(), &mut answer) {
        Ok(_) => Ok(BlockLengths::read(&answer)?),
        Err(error) => match error.kind() {
            DeviceErrorKind::Refused(Refusal::Unsupported) => Ok(BlockLengths::default()),
            _ => Err(error),
        },
    }
}

/// What the drive takes, as far as the way to it allows.
fn limits(blocks: Blocks, lengths: BlockLengths, max_transfer: usize) -> DeviceResult<BlockLimits> {
    let most = u32::try_from(max_transfer).unwrap_or(u32::MAX).min(LONGEST);
    let limits = match blocks {
        Blocks::Variable => BlockLimits {
            min: u32::from(lengths.min).max(1),
            max: lengths.max.unwrap_or(LONGEST).min(most),
        },
        Blocks::Fixed(length) => BlockLimits { min: length, max: length },
    };
    if limits.min == 0 || limits.max > most || limits.min > limits.max {
        return Err(refused("the blocks of the drive are longer than the way to it allows"));
    }
    Ok(limits)
}

fn refused(reason: &'static str) -> DeviceError {
    DeviceError::refused(Refusal::Unsupported, reason)
}
