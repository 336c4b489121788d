//! How writing ended, and what that says of where the medium stands.

use super::ended::{WriteEnd, write_end};
use super::track::Record;
use super::{ScsiTape, unknown};
use crate::device::scsi::reply::sense::SenseData;
use crate::device::scsi::{Command, Completion, Status};
use crate::device::{DeviceError, DeviceErrorKind, DeviceResult, Written};

impl ScsiTape {
    /// Looks at the end of a command that wrote.
    pub(super) fn wrote(
        &mut self,
        command: &Command,
        (completion, sense): (Completion, Option<SenseData>),
        record: Record,
        count: u64,
    ) -> DeviceResult<Written> {
        let end = match (completion.status, sense) {
            (Status::GOOD, _) => WriteEnd::Written { early_warning: false },
            (_, Some(sense)) => write_end(&sense),
            _ => WriteEnd::Failed,
        };
        match end {
            WriteEnd::Written { early_warning } => {
                self.near_end |= early_warning;
                self.track.written(record, count);
                Ok(Written { early_warning: self.near_end })
            }
            WriteEnd::Partly => self.wrote_partly(record, count),
            WriteEnd::Failed => {
                let before = self.track.at();
                let error = self.failed(command, &completion);
                if before.is_some() && self.track.at().is_none() {
                    self.track.forget();
                }
                Err(error)
            }
        }
    }

    /// The drive says that not all was written before the early warning: its position tells.
    fn wrote_partly(&mut self, record: Record, count: u64) -> DeviceResult<Written> {
        let before = self.track.at();
        self.track.lose();
        self.track.forget();
        let now = if self.track.tells() { Some(self.track.ask(&self.held.drive)?) } else { None };
        match (before, now) {
            (Some(before), Some(now)) if now == before + count => {
                self.near_end = true;
                self.track.written(record, 0);
                Ok(Written { early_warning: true })
            }
            (Some(before), Some(now)) if now == before => Err(DeviceError::new(
                DeviceErrorKind::EndOfMedium,
                "nothing was written at the end of the medium",
            )),
            _ => Err(unknown("the drive does not tell how much it has written")),
        }
    }
}
