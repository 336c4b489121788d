//! A library of SCSI devices.

mod builder;
mod find_drive;
mod media_types;

use std::sync::Arc;
use std::time::Duration;

pub use builder::ScsiLibraryBuilder;

use super::{ScsiChanger, ScsiDrive, Transport};
use crate::clock::Clock;
use crate::device::{Changer, DeviceResult, Drive, LibraryDevice, LibraryIdentity, LibraryKind};

/// Between two looks at a device that is busy.
const PAUSE: Duration = Duration::from_secs(1);

/// A library of SCSI devices: changers and their drives, or a stand-alone drive.
///
/// It is built from what carries commands to each of them, in any order: which drive is where tell
/// the changers, by serial number. What a changer leaves out comes from
/// [`drive_at`](ScsiLibraryBuilder::drive_at), or is found out once by
/// [`find_drive`](Self::find_drive). One drive and one drive element left over on both sides belong
/// together where the changer tells the beginning of a serial number that fits. A drive that cannot
/// be bound is not used, and the library says so when it is attached.
///
/// Dropping it moves nothing and ends the way to each device.
///
/// ```no_run
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # #[cfg(target_os = "linux")] {
/// use std::sync::Arc;
/// use rsm::device::scsi::{ScsiLibrary, SgTransport};
///
/// let library = ScsiLibrary::builder()
///     .changer(Arc::new(SgTransport::open("/dev/sg2")?))
///     .drive(Arc::new(SgTransport::open("/dev/sg0")?))
///     .drive(Arc::new(SgTransport::open("/dev/sg1")?))
///     .build()?;
/// # }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ScsiLibrary {
    identity: LibraryIdentity,
    changers: Vec<Arc<ScsiChanger>>,
    drives: Vec<Arc<ScsiDrive>>,
    media_types: Vec<u32>,
    clock: Arc<dyn Clock>,
}

impl ScsiLibrary {
    /// A library to be described.
    pub fn builder() -> ScsiLibraryBuilder {
        ScsiLibraryBuilder::default()
    }

    /// A stand-alone drive as a library of its own.
    ///
    /// # Errors
    /// As [`ScsiLibraryBuilder::build`].
    pub fn stand_alone(drive: Arc<dyn Transport>) -> DeviceResult<Self> {
        Self::builder().drive(drive).build()
    }

    /// Its changers, with what a [`Changer`] has no verb for.
    pub fn scsi_changers(&self) -> &[Arc<ScsiChanger>] {
        &self.changers
    }

    /// Its drives, with what a [`Drive`] has no verb for.
    pub fn scsi_drives(&self) -> &[Arc<ScsiDrive>] {
        &self.drives
    }
}

impl LibraryDevice for ScsiLibrary {
    fn identity(&self) -> LibraryIdentity {
        self.identity.clone()
    }

    fn changers(&self) -> Vec<Arc<dyn Changer>> {
        self.changers.iter().map(|changer| Arc::clone(changer) as Arc<dyn Changer>).collect()
    }

    fn drives(&self) -> Vec<Arc<dyn Drive>> {
        drives_of(&self.drives)
    }

    fn media_types(&self) -> Vec<u32> {
        self.media_types.clone()
    }
}

fn drives_of(drives: &[Arc<ScsiDrive>]) -> Vec<Arc<dyn Drive>> {
    drives.iter().map(|drive| Arc::clone(drive) as Arc<dyn Drive>).collect()
}

/// Robots, or one drive alone.
const fn kind_of(changers: usize) -> LibraryKind {
    if changers == 0 { LibraryKind::StandAlone } else { LibraryKind::Robotic }
}
