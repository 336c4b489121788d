//! Finding devices.

#[cfg(target_os = "linux")]
mod host;
#[cfg(feature = "iscsi")]
mod target;

use std::sync::Arc;

#[cfg(target_os = "linux")]
pub use host::host;
#[cfg(feature = "iscsi")]
pub use target::target;

use super::{ScsiChanger, ScsiDrive, Transport, Unit};
use crate::device::{
    Changer, DeviceClass, DeviceError, DeviceErrorKind, DeviceIdentity, DeviceResult, Drive,
    ElementKind,
};

/// A changer or a drive that was found.
#[derive(Clone, Debug)]
pub struct Discovered {
    /// It, with the time-outs of its kind.
    pub unit: Unit,
    /// Who it is.
    pub identity: DeviceIdentity,
}

/// What was looked for and what came of it: devices, and places where one is that cannot be asked.
#[derive(Debug, Default)]
pub struct Discovery {
    /// What was found, by ascending place.
    pub devices: Vec<Discovered>,
    /// Where something is that cannot be asked, and why.
    pub failures: Vec<(String, DeviceError)>,
}

/// A changer with its drives, as it names them.
#[derive(Clone, Debug)]
pub struct DiscoveredLibrary {
    /// The changer.
    pub changer: Discovered,
    /// Its drives, in the order of their elements.
    pub drives: Vec<Discovered>,
}

impl Discovery {
    /// Which drives belong to which changers, by what the changers tell of them; and the devices
    /// that belong to none. Asks each changer what is in its drive elements; a changer that does
    /// not tell has no drives here.
    pub fn libraries(&self) -> (Vec<DiscoveredLibrary>, Vec<Discovered>) {
        let is_changer = |device: &&Discovered| device.identity.class == DeviceClass::Changer;
        let (changers, mut alone): (Vec<_>, Vec<_>) = self.devices.iter().partition(is_changer);
        let libraries = changers.into_iter().map(|changer| {
            let serials = serials_of_drives(&changer.unit, &alone).unwrap_or_default();
            let drives = serials.iter().filter_map(|serial| {
                let at = alone.iter().position(|drive| drive.identity.serial == *serial)?;
                Some(alone.remove(at).clone())
            });
            DiscoveredLibrary { drives: drives.collect(), changer: changer.clone() }
        });
        (libraries.collect(), alone.into_iter().cloned().collect())
    }

    /// Asks a unit who it is. What is no changer and no drive is left out.
    fn ask(&mut self, transport: Arc<dyn Transport>) {
        let name = transport.name();
        let unit = Unit::new(transport);
        match unit.identity() {
            Ok(identity) => {
                let unit = unit.with_class(identity.class);
                self.devices.push(Discovered { unit, identity });
            }
            Err(error) if is_of_no_use(&error) => {}
            Err(error) => self.failures.push((name, error)),
        }
    }

    #[cfg(target_os = "linux")]
    fn cannot_be_asked(&mut self, name: String, error: super::TransportError) {
        let error = super::failure::of_transport(&super::command::primary::inquiry(0), error);
        self.failures.push((name, error));
    }
}

/// Whether there is no unit, or one of another kind; a unit that cannot be reached is another
/// matter.
fn is_of_no_use(error: &DeviceError) -> bool {
    let has_answered = std::error::Error::source(error).is_none();
    has_answered && matches!(error.kind(), DeviceErrorKind::Gone | DeviceErrorKind::Refused(_))
}

/// How often a changer is asked again that has noticed something: it was new to nobody here.
const ATTENTIONS: usize = 8;

/// The serial numbers of a changer's drives, as it tells them.
fn serials_of_drives(unit: &Unit, drives: &[&Discovered]) -> DeviceResult<Vec<String>> {
    let drives = drives.iter().filter_map(|drive| ScsiDrive::new(drive.unit.clone()).ok());
    let drives = drives.map(|drive| Arc::new(drive) as Arc<dyn Drive>).collect();
    let changer = ScsiChanger::new(unit.clone())?.with_drives(drives);
    for _ in 0..ATTENTIONS {
        match told_by(&changer) {
            Err(error) if matches!(error.kind(), DeviceErrorKind::LookAgain(_)) => {}
            told => return told,
        }
    }
    told_by(&changer)
}

fn told_by(changer: &ScsiChanger) -> DeviceResult<Vec<String>> {
    let drives = changer.geometry()?.drives;
    let mut serials = Vec::new();
    let mut from = 0;
    while let Some(first) = drives.address(from) {
        let found = changer.element_status(ElementKind::Drive, first, drives.count - from)?;
        let Some(last) = found.last() else { break };
        from = drives.index_of(last.address).map_or(drives.count, |index| index + 1);
        let told = found.into_iter().filter_map(|status| status.device);
        serials.extend(told.map(|device| device.serial).filter(|serial| !serial.is_empty()));
    }
    Ok(serials)
}
