//! What a drive is doing.

use super::{ScsiDrive, is_remark, ready};
use crate::device::scsi::reply::sense::SenseData;
use crate::device::scsi::{Data, Status};
use crate::device::{DeviceResult, DriveStatus, LoadedMedium};

impl ScsiDrive {
    /// Whether it is ready, asked with TEST UNIT READY; of a medium that is loaded nothing is known
    /// yet.
    pub(super) fn ready(&self) -> DeviceResult<DriveStatus> {
        let command = ready();
        let loaded = || Ok(DriveStatus::Ready(LoadedMedium::default()));
        match self.shared.complete(&command, Data::None)? {
            (completion, _) if completion.status == Status::GOOD => loaded(),
            (_, Some(sense)) if is_remark(&sense) => loaded(),
            (completion, sense) => match sense.as_ref().and_then(of_sense) {
                Some(status) => Ok(status),
                None => Err(self.shared.failure(&command, &completion)),
            },
        }
    }
}

/// What sense data say a drive is doing, if they say that.
fn of_sense(sense: &SenseData) -> Option<DriveStatus> {
    if sense.deferred {
        return None;
    }
    match (sense.key, sense.code, sense.qualifier) {
        // Nothing in it, or nothing it can see.
        (SenseData::NOT_READY, 0x3a, 0x03) => Some(DriveStatus::Unloaded),
        (SenseData::NOT_READY, 0x3a, _) => Some(DriveStatus::Empty),
        // It waits to be told to load.
        (SenseData::NOT_READY, 0x04, 0x02) => Some(DriveStatus::Unloaded),
        // Somebody has to do something, or it is taken out of service.
        (SenseData::NOT_READY, 0x04, 0x03 | 0x12) => None,
        (SenseData::NOT_READY, 0x04, _) => Some(DriveStatus::BecomingReady),
        // A cleaning cartridge is at work.
        (SenseData::NOT_READY, 0x30, 0x03) => Some(DriveStatus::BecomingReady),
        // Cartridge and drive do not fit, or what is on it cannot be read.
        (SenseData::NOT_READY, 0x30 | 0x31 | 0x53, _) | (SenseData::MEDIUM_ERROR, ..) => {
            Some(DriveStatus::NotUsable)
        }
        (SenseData::ILLEGAL_REQUEST, 0x30, _) => Some(DriveStatus::NotUsable),
        _ => None,
    }
}
