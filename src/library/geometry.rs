//! What an attached library's devices say they are made of: asked once, checked, and bound by
//! serial number, never by order.

use std::sync::Arc;

use super::failure::device;
use super::units::{all_status, asking};
use crate::device::{
    Changer, DeviceError, DeviceErrorKind, DeviceIdentity, Drive, ElementAddress, ElementKind,
    ElementStatus, Geometry, LibraryDevice, LibraryKind, Occupancy,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::text::legible;

/// A library's devices, bound to each other.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) changers: Vec<FoundChanger>,
    pub(super) drives: Vec<FoundDrive>,
    /// What cannot be used, in words.
    pub(super) troubles: Vec<String>,
}

#[derive(Debug)]
pub(super) struct FoundChanger {
    pub(super) device: Arc<dyn Changer>,
    pub(super) identity: DeviceIdentity,
    pub(super) geometry: Geometry,
}

#[derive(Debug)]
pub(super) struct FoundDrive {
    /// The place of its changer in the list; none of a stand-alone drive.
    pub(super) changer: Option<usize>,
    pub(super) address: ElementAddress,
    pub(super) identity: DeviceIdentity,
    /// None when no device answers to the element's serial number.
    pub(super) device: Option<Arc<dyn Drive>>,
}

/// Asks the devices of a library what they are.
///
/// # Errors
/// `InvalidLibrary`: it is none that can be attached. What a device says or fails with has its
/// [`DeviceError`] as source.
pub(super) fn examine(library: &dyn LibraryDevice) -> Result<Found> {
    match library.identity().kind {
        LibraryKind::Robotic => examine_robots(library),
        LibraryKind::StandAlone => examine_drive(library),
    }
}

/// One drive and nothing else.
fn examine_drive(library: &dyn LibraryDevice) -> Result<Found> {
    let drives = library.drives();
    let [drive] = drives.as_slice() else {
        return Err(Error::new(ErrorKind::InvalidLibrary, "a stand-alone library has one drive"));
    };
    if !library.changers().is_empty() {
        let reason = "a stand-alone library has no changer";
        return Err(Error::new(ErrorKind::InvalidLibrary, reason));
    }
    let (identity, device) = (drive.identity(), Some(Arc::clone(drive)));
    let drive = FoundDrive { changer: None, address: ElementAddress(0), identity, device };
    Ok(Found { changers: Vec::new(), drives: vec![drive], troubles: Vec::new() })
}

fn examine_robots(library: &dyn LibraryDevice) -> Result<Found> {
    let devices = library.changers();
    if devices.is_empty() {
        return Err(Error::new(ErrorKind::InvalidLibrary, "the library has no changer"));
    }
    let mut found = Found { changers: Vec::new(), drives: Vec::new(), troubles: Vec::new() };
    let mut elements = Vec::new();
    for (index, changer) in devices.into_iter().enumerate() {
        let mut geometry = asking(|| changer.geometry())
            .map_err(|error| device("the changer does not answer", error))?;
        check(&geometry)?;
        found.troubles.extend(check_ports(&mut geometry));
        let told = all_status(changer.as_ref(), &geometry, ElementKind::Drive)
            .map_err(|error| device("the changer does not tell of drives", error))?;
        found.troubles.extend(told.oddity);
        elements.extend(told.elements.into_iter().map(|status| (index, status)));
        found.changers.push(FoundChanger {
            identity: changer.identity(),
            device: changer,
            geometry,
        });
    }
    bind(&mut found, elements, &library.drives());
    Ok(found)
}

/// Finds the device of each drive element by its serial number, which must be nobody else's.
fn bind(found: &mut Found, elements: Vec<(usize, ElementStatus)>, drives: &[Arc<dyn Drive>]) {
    let own = |drive: &Arc<dyn Drive>| legible(&drive.identity().serial);
    let told = |status: &ElementStatus| {
        status.device.as_ref().map_or_else(String::new, |device| legible(&device.serial))
    };
    let serials: Vec<String> = drives.iter().map(own).collect();
    let all: Vec<String> = elements.iter().map(|(_, status)| told(status)).collect();
    for (changer, status) in elements {
        let mut identity = status.device.clone().unwrap_or_default();
        let serial = told(&status);
        let is_shared = count(&all, &serial) > 1 || count(&serials, &serial) > 1;
        let mut device = None;
        if !serial.is_empty() && is_shared {
            let trouble = format!("several drives have the serial number {serial}");
            note(&mut found.troubles, trouble);
            // It tells nobody apart.
            identity.serial.clear();
        } else if !serial.is_empty() {
            device = drives.iter().find(|drive| own(drive) == serial).cloned();
        }
        // A changer that does not tell serial numbers leaves no doubt when there is one drive.
        if let ([_], [only], true) = (all.as_slice(), drives, serial.is_empty()) {
            device = Some(Arc::clone(only));
        }
        let address = status.address;
        match &device {
            Some(device) => identity = device.identity(),
            None if status.occupancy == Occupancy::NotPresent || is_shared => {}
            None if serial.is_empty() => {
                let trouble = format!("the changer does not tell which drive is at {address}");
                note(&mut found.troubles, trouble);
            }
            None => {
                let trouble = format!("no drive answers with serial number {serial} of {address}");
                note(&mut found.troubles, trouble);
            }
        }
        found.drives.push(FoundDrive { changer: Some(changer), address, identity, device });
    }
}

fn note(troubles: &mut Vec<String>, trouble: String) {
    tracing::warn!(trouble, "a part of the library is not used");
    if !troubles.contains(&trouble) {
        troubles.push(trouble);
    }
}

fn count(serials: &[String], serial: &str) -> usize {
    serials.iter().filter(|other| *other == serial).count()
}

/// What a changer is made of can be.
fn check(geometry: &Geometry) -> Result<()> {
    if !geometry.is_possible() {
        let reason = "it reports element addresses that cannot be";
        let error = DeviceError::new(DeviceErrorKind::ChangerFault, reason);
        return Err(device("the changer cannot be used", error));
    }
    Ok(())
}

/// Ports whose cells are none are not believed: each import/export element is one, then.
fn check_ports(geometry: &mut Geometry) -> Option<String> {
    let ports = geometry.ports;
    let is_sound = |group: &crate::device::PortGeometry| {
        let first = ports.index_of(group.cells.first);
        first.is_some_and(|first| {
            group.cells.count > 0
                && u64::from(first) + u64::from(group.cells.count) <= u64::from(ports.count)
        })
    };
    if geometry.port_groups.iter().all(is_sound) {
        return None;
    }
    geometry.port_groups.clear();
    Some("the changer tells of ports whose cells it does not have".to_owned())
}
