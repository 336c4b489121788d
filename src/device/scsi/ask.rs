//! Questions that every device is asked.

use super::Unit;
use super::command::{mode, primary};
use super::reply::luns::{self, Lun};
use super::reply::mode::ModeData;
use super::reply::supported_commands::{SupportedCommand, supported_commands};
use crate::device::{DeviceErrorKind, DeviceResult, Refusal};

const LOG_PAGE: u16 = 4096;
const COMMANDS: u32 = 8192;
const UNITS: u32 = 4096;

impl Unit {
    /// Whether it is ready (TEST UNIT READY).
    ///
    /// # Errors
    /// As [`run`](Self::run): what it is not ready for.
    pub fn test_unit_ready(&self) -> DeviceResult<()> {
        self.run(&primary::test_unit_ready())
    }

    /// The current values of a mode page, with the block descriptor where `block`: MODE SENSE(6),
    /// or (10) where the device has only that. Give [`ALL_PAGES`](mode::ALL_PAGES) for all of them.
    ///
    /// # Errors
    /// As [`run`](Self::run); [`OutcomeUnknown`](DeviceErrorKind::OutcomeUnknown) for an answer that
    /// cannot be read.
    pub fn mode_sense(&self, page: u8, block: bool) -> DeviceResult<ModeData> {
        let short = self.answer(&mode::mode_sense_6(page, block, u8::MAX), u8::MAX.into());
        match short {
            Ok(answer) => Ok(ModeData::read_6(&answer)?),
            Err(error) if error.kind() == UNSUPPORTED => {
                let current = mode::PageControl::Current;
                let command = mode::mode_sense_10(page, 0, current, block, LOG_PAGE);
                Ok(ModeData::read_10(&self.answer(&command, LOG_PAGE.into())?)?)
            }
            Err(error) => Err(error),
        }
    }

    /// A log page as it came, for the decoders of [`reply::log`](super::reply::log).
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn log_sense(&self, page: u8) -> DeviceResult<Vec<u8>> {
        self.answer(&primary::log_sense(page, LOG_PAGE), LOG_PAGE.into())
    }

    /// The units behind the same target (REPORT LUNS).
    ///
    /// # Errors
    /// As [`mode_sense`](Self::mode_sense). Not every target knows the command.
    pub fn report_luns(&self) -> DeviceResult<Vec<Lun>> {
        let mut room = UNITS;
        loop {
            let answer = self.answer(&primary::report_luns(room), room)?;
            let (count, found) = luns::luns(&answer)?;
            if found.len() >= count || room > UNITS {
                return Ok(found);
            }
            // SAM-5 knows at most 16,384 units of one level.
            room = u32::try_from(count.min(16_384) * 8 + 8).unwrap_or(UNITS).max(UNITS + 8);
        }
    }

    /// The commands it knows (REPORT SUPPORTED OPERATION CODES); `None` where it does not tell.
    ///
    /// # Errors
    /// As [`mode_sense`](Self::mode_sense). A device that refuses the command is no error.
    pub fn supported_commands(&self) -> DeviceResult<Option<Vec<SupportedCommand>>> {
        let command = primary::report_supported_operation_codes(true, COMMANDS);
        match self.answer(&command, COMMANDS) {
            Err(error) if matches!(error.kind(), DeviceErrorKind::Refused(_)) => Ok(None),
            answer => Ok(Some(supported_commands(&answer?)?)),
        }
    }

    /// The same unit with the time-outs that it offers itself
    /// ([`supported_commands`](Self::supported_commands)), besides its own; unchanged where it
    /// offers none.
    ///
    /// # Errors
    /// As [`mode_sense`](Self::mode_sense). A device that refuses the command is no error.
    pub fn with_offered_timeouts(self) -> DeviceResult<Self> {
        let commands = self.supported_commands()?.unwrap_or_default();
        Ok(self.offering(&commands))
    }

    /// The same unit with the time-outs that go with these commands.
    pub(super) fn offering(self, commands: &[SupportedCommand]) -> Self {
        let mut timeouts = self.timeouts().clone();
        for command in commands {
            if let Some(recommended) = command.recommended {
                timeouts.offer(command.operation, recommended);
            }
        }
        self.with_timeouts(timeouts)
    }

    /// The answer to a command, as long as the transport says.
    pub(super) fn answer(&self, command: &super::Command, room: u32) -> DeviceResult<Vec<u8>> {
        let mut buffer = vec![0; usize::try_from(room).unwrap_or(usize::MAX)];
        let length = self.read(command, &mut buffer)?;
        buffer.truncate(length);
        Ok(buffer)
    }
}

const UNSUPPORTED: DeviceErrorKind = DeviceErrorKind::Refused(Refusal::Unsupported);
