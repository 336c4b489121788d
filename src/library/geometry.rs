//! What an attached library's devices say they are made of: asked once, checked, and bound by
//! serial number, never by order.

use std::sync::Arc;

use super::units::{all_status, asking};
use crate::device::{
    Changer, DeviceIdentity, Drive, ElementAddress, ElementKind, Geometry, LibraryDevice,
    LibraryKind,
};
use crate::error::{Error, ErrorKind, Result};

/// A library's devices, bound to each other.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) changers: Vec<FoundChanger>,
    pub(super) drives: Vec<FoundDrive>,
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
    Ok(Found { changers: Vec::new(), drives: vec![drive] })
}

fn examine_robots(library: &dyn LibraryDevice) -> Result<Found> {
    let devices = library.changers();
    if devices.is_empty() {
        return Err(Error::new(ErrorKind::InvalidLibrary, "the library has no changer"));
    }
    let drives = library.drives();
    let mut found = Found { changers: Vec::new(), drives: Vec::new() };
    for (index, device) in devices.into_iter().enumerate() {
        let geometry = asking(|| device.geometry())
            .map_err(|error| super::failure::device("the changer does not answer", error))?;
        check(&geometry)?;
        found.drives.extend(drive_elements(index, device.as_ref(), &geometry, &drives)?);
        found.changers.push(FoundChanger { identity: device.identity(), device, geometry });
    }
    bind_the_only_one(&mut found, &drives);
    Ok(found)
}

fn drive_elements(
    changer: usize,
    device: &dyn Changer,
    geometry: &Geometry,
    drives: &[Arc<dyn Drive>],
) -> Result<Vec<FoundDrive>> {
    let elements = all_status(device, geometry, ElementKind::Drive)
        .map_err(|error| super::failure::device("the changer does not tell of drives", error))?;
    Ok(elements
        .into_iter()
        .map(|status| {
            let told = status.device.unwrap_or_default();
            let device = drives
                .iter()
                .find(|drive| !told.serial.is_empty() && drive.identity().serial == told.serial)
                .cloned();
            let identity = device.as_ref().map_or(told, |drive| drive.identity());
            FoundDrive { changer: Some(changer), address: status.address, identity, device }
        })
        .collect())
}

/// A changer that does not tell serial numbers leaves no doubt when there is one drive.
fn bind_the_only_one(found: &mut Found, drives: &[Arc<dyn Drive>]) {
    if let ([element], [drive]) = (found.drives.as_mut_slice(), drives)
        && element.device.is_none()
        && element.identity.serial.is_empty()
    {
        element.identity = drive.identity();
        element.device = Some(Arc::clone(drive));
    }
    for element in found.drives.iter().filter(|element| element.device.is_none()) {
        tracing::warn!(
            address = %element.address,
            serial = element.identity.serial,
            "no drive answers for this element; it is not used"
        );
    }
}

/// The ranges of a changer do not overlap, and end within the address space.
fn check(geometry: &Geometry) -> Result<()> {
    let mut ranges: Vec<(u32, u32)> = ElementKind::ALL
        .into_iter()
        .map(|kind| geometry.range(kind))
        .filter(|range| range.count > 0)
        .map(|range| (u32::from(range.first.0), u32::from(range.first.0) + range.count))
        .collect();
    ranges.sort_unstable();
    let overlap = ranges.windows(2).any(|pair| matches!(pair, [a, b] if a.1 > b.0));
    if overlap || ranges.iter().any(|(_, end)| *end > 0x1_0000) {
        return Err(Error::new(
            ErrorKind::InvalidLibrary,
            "the changer reports element addresses that cannot be",
        ));
    }
    Ok(())
}
