//! A drive.

use std::fmt::Debug;
use std::time::Duration;

use super::{DeviceIdentity, DeviceResult, MediumIo, Timeouts};

/// A drive.
///
/// Every verb is one command and may block for as long as that takes. Any verb can fail with
/// [`LookAgain`](super::DeviceErrorKind::LookAgain) before it did anything.
pub trait Drive: Send + Sync + Debug {
    /// Who the drive is. Known since it was found; asks no device.
    fn identity(&self) -> DeviceIdentity;

    /// How long it may take; what is usual for its class, unless it knows better. Asks no device.
    fn timeouts(&self) -> Timeouts {
        Timeouts::of(self.identity().class)
    }

    /// What the drive is doing now. Never waits for a load or unload under way.
    fn status(&self) -> DeviceResult<DriveStatus>;

    /// Loads the cartridge that the robot or a person has put in.
    ///
    /// A drive may return while it is still [`BecomingReady`](DriveStatus::BecomingReady), and may
    /// have begun by itself: ask [`status`](Self::status) until it is ready. Does nothing when it
    /// is loaded already.
    ///
    /// With a cleaning cartridge the drive cleans itself, which some drives begin when it is put in.
    /// While that lasts, the status is [`BecomingReady`](DriveStatus::BecomingReady); it ends with
    /// [`Unloaded`](DriveStatus::Unloaded), and the robot can take the cartridge.
    ///
    /// # Errors
    /// [`NoMedium`](super::DeviceErrorKind::NoMedium), [`MediumFault`](super::DeviceErrorKind::MediumFault),
    /// [`DriveFault`](super::DeviceErrorKind::DriveFault);
    /// [`Refusal::Incompatible`](super::Refusal::Incompatible) for a medium or a cleaning cartridge
    /// that the drive does not take. A cleaning cartridge that is spent is a `MediumFault`, and
    /// [`TapeAlerts::EXPIRED_CLEANER`] is raised while it is in the drive.
    fn load(&self) -> DeviceResult<()>;

    /// Rewinds, and brings the cartridge to where the robot or a person can take it.
    ///
    /// Open [`MediumIo`]s of this drive fail from here on. Does nothing when it is unloaded
    /// already. A drive may return while it is still busy: ask [`status`](Self::status).
    ///
    /// # Errors
    /// [`Refusal::RemovalPrevented`](super::Refusal::RemovalPrevented),
    /// [`DriveFault`](super::DeviceErrorKind::DriveFault).
    fn unload(&self) -> DeviceResult<()>;

    /// Prevents the cartridge from being taken out with the drive's own button, or allows it again.
    fn prevent_removal(&self, prevent: bool) -> DeviceResult<()>;

    /// What the drive says about its health. Some drives forget an alert once it has been read.
    fn health(&self) -> DeviceResult<DriveHealth>;

    /// Opens the loaded medium. It stands wherever it was left; rewind first.
    ///
    /// # Errors
    /// [`NotReady`](super::DeviceErrorKind::NotReady) or [`NoMedium`](super::DeviceErrorKind::NoMedium)
    /// without a loaded medium, [`Refusal::InUse`](super::Refusal::InUse) where the drive serves
    /// one at a time and another is open.
    fn open(&self) -> DeviceResult<Box<dyn MediumIo>>;
}

/// What a drive is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DriveStatus {
    /// It holds no cartridge.
    Empty,
    /// It is loading or unloading. Wait.
    BecomingReady,
    /// A medium is loaded and can be used.
    Ready(LoadedMedium),
    /// It holds a cartridge that is not loaded: the robot can take it, or it can be loaded.
    Unloaded,
    /// It holds a cartridge it can neither use nor is busy with; the drive says more when asked to
    /// load it.
    NotUsable,
}

/// What a drive knows about the loaded medium.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadedMedium {
    /// The original's media type code, where the drive can tell.
    pub media_type: Option<u32>,
    /// The density it is recorded with, or would be.
    pub density: Option<u8>,
    /// The device's own code for the kind of medium.
    pub medium_code: Option<u8>,
    /// It cannot be written.
    pub write_protected: bool,
    /// What was written cannot be changed.
    pub write_once: bool,
    /// The serial number in the cartridge's memory, where there is one.
    pub serial: Option<String>,
}

/// What a drive says about its health.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DriveHealth {
    /// It asks to be cleaned now.
    pub needs_cleaning: bool,
    /// The alerts that are raised.
    pub alerts: TapeAlerts,
    /// How long its heads have been in use, where it counts.
    pub head_time: Option<Duration>,
}

/// TapeAlert flags 1 to 64: flag `n` is bit `n - 1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TapeAlerts(pub u64);

impl TapeAlerts {
    /// The drive needs cleaning now.
    pub const CLEAN_NOW: u8 = 20;
    /// The drive is due for cleaning.
    pub const CLEAN_PERIODIC: u8 = 21;
    /// The cleaning cartridge is spent.
    pub const EXPIRED_CLEANER: u8 = 22;

    /// Whether flag `number` (1 to 64) is raised.
    pub fn has(self, number: u8) -> bool {
        Self::bit(number) & self.0 != 0
    }

    /// The same flags with `number` (1 to 64) raised; any other number changes nothing.
    #[must_use]
    pub fn with(self, number: u8) -> Self {
        Self(self.0 | Self::bit(number))
    }

    fn bit(number: u8) -> u64 {
        number.checked_sub(1).and_then(|n| 1u64.checked_shl(u32::from(n))).unwrap_or(0)
    }
}
