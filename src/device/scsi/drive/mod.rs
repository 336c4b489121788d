//! Tape drives, and drives of optical and other removable disks.

mod health;
mod held;
mod loaded;
mod media_types;
mod status;

use std::sync::Arc;
use std::sync::atomic::Ordering;

pub(super) use held::{Held, Shared, is_remark};

use super::command::{disk, primary, tape};
use super::disk::ScsiDisk;
use super::tape::ScsiTape;
use super::{Command, Unit};
use crate::device::{
    DeviceClass, DeviceError, DeviceErrorKind, DeviceIdentity, DeviceResult, Drive, DriveHealth,
    DriveStatus, MediumIo, Refusal,
};

/// A tape drive, or a drive of optical or other removable disks.
///
/// Nothing here waits for a drive to become ready. Dropping it leaves everything as it is.
#[derive(Debug)]
pub struct ScsiDrive {
    shared: Arc<Shared>,
}

impl ScsiDrive {
    /// The drive that a unit is. Asks it who it is, and nothing else.
    ///
    /// # Errors
    /// [`Refusal::Unsupported`] when it is no drive; those of [`Unit::identity`].
    ///
    /// ```no_run
    /// # fn find() -> std::sync::Arc<dyn rsm::device::scsi::Transport> { unimplemented!() }
    /// use rsm::device::Drive;
    /// use rsm::device::scsi::{ScsiDrive, Unit};
    ///
    /// let drive = ScsiDrive::new(Unit::new(find()))?;
    /// println!("{}: {:?}", drive.identity().serial, drive.status()?);
    /// # Ok::<(), rsm::device::DeviceError>(())
    /// ```
    pub fn new(unit: Unit) -> DeviceResult<Self> {
        let identity = unit.identity()?;
        if identity.class == DeviceClass::Changer {
            return Err(DeviceError::refused(Refusal::Unsupported, "it is a changer, no drive"));
        }
        let unit =
            if unit.class() == identity.class { unit } else { unit.with_class(identity.class) };
        Ok(Self { shared: Arc::new(Shared::new(unit, identity)) })
    }

    fn is_tape(&self) -> bool {
        self.shared.identity.class == DeviceClass::Tape
    }

    /// Unloads with the command of a tape drive. One that is ready after that takes another bit for
    /// it.
    fn unload_tape(&self) -> DeviceResult<()> {
        let by_ejecting = &self.shared.learned.unloads_by_ejecting;
        if !by_ejecting.load(Ordering::Relaxed) {
            self.shared.run(&tape::unload())?;
            if !matches!(self.ready(), Ok(DriveStatus::Ready(_))) {
                return Ok(());
            }
        }
        self.shared.run(&tape::unload_ejecting())?;
        by_ejecting.store(true, Ordering::Relaxed);
        Ok(())
    }
}

impl Drive for ScsiDrive {
    fn identity(&self) -> DeviceIdentity {
        self.shared.identity.clone()
    }

    fn status(&self) -> DeviceResult<DriveStatus> {
        Ok(match self.ready()? {
            DriveStatus::Ready(_) => DriveStatus::Ready(self.loaded()?),
            other => other,
        })
    }

    fn load(&self) -> DeviceResult<()> {
        if let DriveStatus::Ready(_) | DriveStatus::BecomingReady = self.ready()? {
            return Ok(());
        }
        let load = if self.is_tape() { tape::load() } else { disk::start() };
        match self.shared.run(&load) {
            // It has begun, or a cleaning has.
            Err(error) if error.kind() == DeviceErrorKind::NotReady => Ok(()),
            other => other,
        }
    }

    fn unload(&self) -> DeviceResult<()> {
        let unloaded =
            if self.is_tape() { self.unload_tape() } else { self.shared.run(&disk::eject()) };
        match unloaded {
            Err(error) if matches!(error.kind(), DeviceErrorKind::Refused(_)) => Err(error),
            Err(error) if error.kind() == DeviceErrorKind::NoMedium => {
                self.shared.close_all();
                Ok(())
            }
            other => {
                self.shared.close_all();
                other
            }
        }
    }

    fn prevent_removal(&self, prevent: bool) -> DeviceResult<()> {
        self.shared.run(&primary::prevent_allow_medium_removal(prevent))
    }

    fn health(&self) -> DeviceResult<DriveHealth> {
        self.ask_health()
    }

    fn open(&self) -> DeviceResult<Box<dyn MediumIo>> {
        let held = Held::take(&self.shared)?;
        self.shared.run(&ready())?;
        if self.is_tape() {
            return Ok(Box::new(ScsiTape::open(held)?));
        }
        Ok(Box::new(ScsiDisk::open(held)?))
    }
}

fn ready() -> Command {
    primary::test_unit_ready()
}
