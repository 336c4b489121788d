//! Finding out by a cartridge which drive is at an element.

use std::sync::Arc;

use super::{PAUSE, ScsiLibrary};
use crate::device::scsi::{ScsiChanger, ScsiDrive};
use crate::device::{
    Changer, DeviceError, DeviceErrorKind, DeviceResult, Drive, DriveStatus, ElementAddress,
    Refusal,
};

impl ScsiLibrary {
    /// Finds out which drive is at an element of a changer that does not tell: brings the cartridge
    /// of a slot there, sees which drive gets one, and brings it back. Returns the drive's serial
    /// number, for [`drive_at`](super::ScsiLibraryBuilder::drive_at) the next time; this library
    /// knows it from now on.
    ///
    /// Takes as long as a mount, and nothing is written. Not while the library is attached to a
    /// manager, which would see the cartridge move.
    ///
    /// # Errors
    /// * [`Refusal::Invalid`] for a changer that the library does not have.
    /// * [`DriveFault`](DeviceErrorKind::DriveFault) when no drive gets a cartridge in time, or
    ///   several do; the cartridge is back in its slot.
    /// * [`Refusal::Invalid`] also for a drive without a serial number.
    /// * Those of the moves and of the drive. The cartridge can then still be there.
    pub fn find_drive(
        &self,
        changer: usize,
        element: ElementAddress,
        slot: ElementAddress,
    ) -> DeviceResult<String> {
        let Some(changer) = self.changers.get(changer) else {
            let reason = "there is no such changer";
            return Err(DeviceError::refused(Refusal::Invalid, reason));
        };
        let empty: Vec<&Arc<ScsiDrive>> = self
            .drives
            .iter()
            .filter(|drive| matches!(status(drive), Ok(DriveStatus::Empty)))
            .collect();
        changer.move_medium(slot, element, false)?;
        let found = self.filled(&empty);
        if let Ok(drive) = &found {
            self.unload(drive)?;
        }
        self.take_back(changer, element, slot)?;
        let serial = found?.identity().serial;
        if serial.is_empty() {
            let reason = "the drive there has no serial number";
            return Err(DeviceError::refused(Refusal::Invalid, reason));
        }
        changer.learn_drive(element, serial.clone());
        Ok(serial)
    }

    /// The one of these drives that has got a cartridge.
    fn filled<'a>(&self, empty: &[&'a Arc<ScsiDrive>]) -> DeviceResult<&'a Arc<ScsiDrive>> {
        let limit = empty.iter().map(|drive| drive.timeouts().load).max().unwrap_or_default();
        let deadline = self.clock.monotonic().saturating_add(limit);
        loop {
            let full: Vec<_> = empty
                .iter()
                .filter(|drive| status(drive).is_ok_and(|now| now != DriveStatus::Empty))
                .collect();
            match full.as_slice() {
                [drive] => return Ok(drive),
                [] if self.clock.monotonic() < deadline => self.clock.pause(PAUSE),
                [] => return Err(no_drive("no drive has got the cartridge")),
                _ => return Err(no_drive("several drives have got a cartridge")),
            }
        }
    }

    /// Brings the cartridge to where the robot can take it.
    fn unload(&self, drive: &ScsiDrive) -> DeviceResult<()> {
        let deadline = self.clock.monotonic().saturating_add(drive.timeouts().load);
        loop {
            match drive.unload() {
                Err(error) if is_passing(&error) && self.clock.monotonic() < deadline => {
                    self.clock.pause(PAUSE);
                }
                other => return other,
            }
        }
    }

    fn take_back(
        &self,
        changer: &ScsiChanger,
        element: ElementAddress,
        slot: ElementAddress,
    ) -> DeviceResult<()> {
        let deadline = self.clock.monotonic().saturating_add(changer.timeouts().unload);
        loop {
            match changer.move_medium(element, slot, false) {
                Err(error) if is_passing(&error) && self.clock.monotonic() < deadline => {
                    self.clock.pause(PAUSE);
                }
                other => return other,
            }
        }
    }
}

/// What a drive is doing; what it has noticed is no news here.
fn status(drive: &ScsiDrive) -> DeviceResult<DriveStatus> {
    match drive.status() {
        Err(error) if matches!(error.kind(), DeviceErrorKind::LookAgain(_)) => drive.status(),
        other => other,
    }
}

/// Whether nothing was done, and a later try may do.
fn is_passing(error: &DeviceError) -> bool {
    matches!(
        error.kind(),
        DeviceErrorKind::LookAgain(_)
            | DeviceErrorKind::NotReady
            | DeviceErrorKind::Refused(Refusal::NotAccessible)
    )
}

fn no_drive(reason: &'static str) -> DeviceError {
    DeviceError::new(DeviceErrorKind::DriveFault, reason)
}
