//! What a library of SCSI devices is built from.

use std::sync::Arc;

use super::media_types::of_drives;
use super::{PAUSE, ScsiLibrary, drives_of, kind_of};
use crate::clock::{Clock, SystemClock};
use crate::device::scsi::{ScsiChanger, ScsiDrive, Transport, Unit};
use crate::device::{
    Changer, DeviceClass, DeviceError, DeviceErrorKind, DeviceIdentity, DeviceResult, Drive,
    ElementAddress, LibraryIdentity, Refusal,
};

/// What a [`ScsiLibrary`] is built from.
#[must_use]
#[derive(Debug, Default)]
pub struct ScsiLibraryBuilder {
    changers: Vec<Described>,
    drives: Vec<Arc<dyn Transport>>,
    media_types: Option<Vec<u32>>,
    name: Option<String>,
    key: Option<String>,
    clock: Option<Arc<dyn Clock>>,
}

/// A changer, and what is known of its drives.
#[derive(Debug)]
struct Described {
    transport: Arc<dyn Transport>,
    drives: Vec<(ElementAddress, String)>,
}

impl ScsiLibraryBuilder {
    /// With this changer. The order is that of their numbers.
    pub fn changer(mut self, transport: Arc<dyn Transport>) -> Self {
        self.changers.push(Described { transport, drives: Vec::new() });
        self
    }

    /// With this drive.
    pub fn drive(mut self, transport: Arc<dyn Transport>) -> Self {
        self.drives.push(transport);
        self
    }

    /// With the drive of this serial number at an element of the changer that was given last. What
    /// the changer itself says counts more.
    pub fn drive_at(mut self, element: ElementAddress, serial: impl Into<String>) -> Self {
        if let Some(changer) = self.changers.last_mut() {
            changer.drives.push((element, serial.into()));
        }
        self
    }

    /// With these media types (the original's codes), the usual one first, instead of those the
    /// drives' names stand for.
    pub fn media_types(mut self, codes: impl IntoIterator<Item = u32>) -> Self {
        self.media_types = Some(codes.into_iter().collect());
        self
    }

    /// With this name to show when it is seen first, instead of that of the model.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Re-identified by this key, instead of one made of the first changer's serial number, or of a
    /// stand-alone drive's. For devices that have none.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// In the time of this clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Asks the devices who they are, and waits for changers that are becoming ready, each as long
    /// as its [time-outs](Changer::timeouts) allow. A drive that does not answer is left out, with a
    /// warning; its element is then one without a drive.
    ///
    /// # Errors
    /// * [`NotReady`](DeviceErrorKind::NotReady) for a changer that does not become ready in time.
    /// * [`Refusal::Invalid`] without changer for anything but one drive, without a serial number
    ///   or [`key`](Self::key), and where the names of the drives stand for no media type that is
    ///   known and [`media_types`](Self::media_types) says none.
    /// * [`Refusal::Unsupported`] for a changer that is none.
    /// * What keeps a changer, or a stand-alone drive, from answering.
    pub fn build(self) -> DeviceResult<ScsiLibrary> {
        if self.changers.is_empty() && self.drives.len() != 1 {
            return invalid("a library has a changer, or is one drive alone");
        }
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock::new()));
        let must_answer = self.changers.is_empty();
        let drives = open_drives(self.drives, &clock, must_answer)?;
        let mut changers = Vec::new();
        for described in self.changers {
            let unit = Unit::new(described.transport).with_class(DeviceClass::Changer);
            let changer = ScsiChanger::new(unit.with_clock(Arc::clone(&clock)))?;
            await_ready(&changer, clock.as_ref())?;
            let changer = changer.with_drives(drives_of(&drives));
            let placed = described.drives.into_iter();
            let placed = placed.fold(changer, |it, (at, serial)| it.with_drive_at(at, serial));
            changers.push(Arc::new(placed));
        }
        let identities: Vec<DeviceIdentity> = drives.iter().map(|drive| drive.identity()).collect();
        let first = changers.first().map(|changer| changer.identity());
        let Some(first) = first.or_else(|| identities.first().cloned()) else {
            return invalid("the library has no device");
        };
        let known = self.key.or_else(|| key_of(&first));
        let Some(key) = known else {
            return invalid("the device has no serial number: the library needs a key");
        };
        let media_types = self.media_types.unwrap_or_else(|| of_drives(&identities));
        if media_types.is_empty() {
            return invalid("what media the drives take is not known: the library needs types");
        }
        let name = self
            .name
            .unwrap_or_else(|| format!("{} {}", first.vendor, first.product).trim().to_owned());
        let identity = LibraryIdentity { key, name, kind: kind_of(changers.len()) };
        Ok(ScsiLibrary { identity, changers, drives, media_types, clock })
    }
}

fn open_drives(
    transports: Vec<Arc<dyn Transport>>,
    clock: &Arc<dyn Clock>,
    must_answer: bool,
) -> DeviceResult<Vec<Arc<ScsiDrive>>> {
    let mut drives = Vec::new();
    for transport in transports {
        let name = transport.name();
        let unit = Unit::new(transport).with_clock(Arc::clone(clock));
        match ScsiDrive::new(unit) {
            Ok(drive) => drives.push(Arc::new(drive)),
            Err(error) if must_answer => return Err(error),
            Err(error) => tracing::warn!(%error, name, "a drive is left out"),
        }
    }
    Ok(drives)
}

/// Waits until a changer is ready, or is not for another reason than that it is becoming so.
fn await_ready(changer: &ScsiChanger, clock: &dyn Clock) -> DeviceResult<()> {
    let deadline = clock.monotonic().saturating_add(changer.timeouts().ready);
    loop {
        match changer.ready() {
            Err(error) if is_passing(&error) && clock.monotonic() >= deadline => return Err(error),
            Err(error) if is_passing(&error) => clock.pause(PAUSE),
            _ => return Ok(()),
        }
    }
}

/// Whether a later try may do without anybody's help.
fn is_passing(error: &DeviceError) -> bool {
    matches!(error.kind(), DeviceErrorKind::NotReady | DeviceErrorKind::LookAgain(_))
}

/// The key that a device gives its library.
fn key_of(identity: &DeviceIdentity) -> Option<String> {
    let DeviceIdentity { vendor, product, serial, .. } = identity;
    (!serial.is_empty()).then(|| format!("scsi:{vendor}:{product}:{serial}"))
}

fn invalid<T>(reason: &'static str) -> DeviceResult<T> {
    Err(DeviceError::refused(Refusal::Invalid, reason))
}
