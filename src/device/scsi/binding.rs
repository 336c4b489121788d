//! Which drive is in which drive element.
//!
//! A changer says it by the drive's serial number, and is believed. Where it says nothing, or the
//! number is cut off, a table given by the application says it, and at last what is left: the one
//! drive that nothing else is known of belongs to the one element that nothing is known of, if it
//! begins like what the changer says of it. Whatever the changer does not say itself is checked
//! against what lies in element and drive, whenever the changer is asked anew what it is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::changer::Seen;
use crate::device::{
    DeviceIdentity, DeviceResult, Drive, DriveStatus, ElementAddress, ElementStatus, Occupancy,
};

/// Serial numbers of drives by their elements.
type Table = BTreeMap<ElementAddress, String>;

/// Completes what a changer says of its drives.
#[derive(Debug, Default)]
pub(super) struct Binder {
    drives: Vec<Arc<dyn Drive>>,
    given: Mutex<Table>,
    bound: Mutex<Option<BTreeMap<ElementAddress, DeviceIdentity>>>,
}

impl Binder {
    pub(super) fn with_drives(self, drives: Vec<Arc<dyn Drive>>) -> Self {
        Self { drives, ..self }
    }

    /// What is not told is found out anew.
    pub(super) fn forget(&self) {
        *self.bound.lock() = None;
    }

    /// Notes what has been found out.
    pub(super) fn learn(&self, element: ElementAddress, serial: String) {
        self.given.lock().insert(element, serial);
        self.forget();
    }

    /// Completes the status of drive elements; `all` looks at all of them.
    pub(super) fn bind(
        &self,
        found: &mut Seen,
        all: impl FnOnce() -> DeviceResult<Seen>,
    ) -> DeviceResult<()> {
        if found.elements.iter().all(is_told) || self.drives.is_empty() {
            return Ok(());
        }
        let known = self.bound.lock().clone();
        let bound = match known {
            Some(bound) => bound,
            None => {
                let bound = self.find(&all()?);
                *self.bound.lock() = Some(bound.clone());
                bound
            }
        };
        for status in found.elements.iter_mut().filter(|status| !is_told(status)) {
            status.device = bound.get(&status.address).cloned();
        }
        Ok(())
    }

    fn find(&self, all: &Seen) -> BTreeMap<ElementAddress, DeviceIdentity> {
        let identities: Vec<DeviceIdentity> =
            self.drives.iter().map(|drive| drive.identity()).collect();
        let given = self.given.lock().clone();
        let mut bound = infer(all, &identities, &given);
        bound.retain(|address, identity| {
            let is_sound = !self.is_contradicted(all, *address, identity);
            if !is_sound {
                let serial = &identity.serial;
                tracing::warn!(%address, serial, "a drive is not where it should be");
            }
            is_sound
        });
        bound
    }

    /// Whether the element is empty and the drive is not. The other way round means nothing: many
    /// drives call themselves empty once the cartridge can be taken.
    fn is_contradicted(
        &self,
        all: &Seen,
        address: ElementAddress,
        identity: &DeviceIdentity,
    ) -> bool {
        let is_empty = all
            .elements
            .iter()
            .any(|status| status.address == address && status.occupancy == Occupancy::Empty);
        let drive = self.drives.iter().find(|drive| drive.identity().serial == identity.serial);
        let status = drive.filter(|_| is_empty).map(|drive| drive.status());
        matches!(status, Some(Ok(DriveStatus::Ready(_))))
    }
}

fn is_told(status: &ElementStatus) -> bool {
    status.device.as_ref().is_some_and(|device| !device.serial.is_empty())
}

/// The drives of elements that the changer does not tell.
fn infer(
    all: &Seen,
    drives: &[DeviceIdentity],
    given: &Table,
) -> BTreeMap<ElementAddress, DeviceIdentity> {
    let told = |serial: &str| {
        let mut devices = all.elements.iter().filter_map(|status| status.device.as_ref());
        devices.any(|device| device.serial == serial)
    };
    let mut open: Vec<&DeviceIdentity> =
        drives.iter().filter(|drive| !drive.serial.is_empty() && !told(&drive.serial)).collect();
    let untold = all.elements.iter().filter(|status| !is_told(status));
    let mut elements: Vec<ElementAddress> = untold.map(|status| status.address).collect();
    let mut bound = BTreeMap::new();
    elements.retain(|address| {
        let beginning = all.beginnings.get(address);
        let is_it = |drive: &&&DeviceIdentity| {
            Some(&drive.serial) == given.get(address) && begins_so(drive, beginning)
        };
        let Some(drive) = open.iter().find(is_it).copied() else { return true };
        open.retain(|other| other.serial != drive.serial);
        bound.insert(*address, drive.clone());
        false
    });
    let is_pair = elements.len() == 1 && open.len() == 1;
    for address in elements {
        let Some(beginning) = all.beginnings.get(&address) else { continue };
        let mut fitting = open.iter().filter(|drive| begins_so(drive, Some(beginning)));
        if let (Some(drive), None) = (fitting.next(), fitting.next())
            && (is_pair || drive.serial == beginning.serial)
        {
            bound.insert(address, (*drive).clone());
        }
    }
    bound
}

/// Whether a drive can be the one that the changer says the beginning of.
fn begins_so(drive: &DeviceIdentity, beginning: Option<&DeviceIdentity>) -> bool {
    let Some(beginning) = beginning else { return true };
    let same = |told: &str, own: &str| told.is_empty() || told == own;
    let product = match beginning.serial.as_str() {
        "" => drive.product.starts_with(&beginning.product),
        _ => same(&beginning.product, &drive.product),
    };
    same(&beginning.vendor, &drive.vendor) && product && drive.serial.starts_with(&beginning.serial)
}
