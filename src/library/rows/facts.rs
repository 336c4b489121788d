//! What devices say of themselves that the catalog has to know.

use crate::catalog::DeviceFacts;
use crate::device::DeviceIdentity;
use crate::library::geometry::Found;
use crate::library::units::port_groups;
use crate::model::text::{legible, legible_within};
use crate::model::{DeviceType, ObjectType, limits};

/// A drive to be bound: its changer's place in the list, if it has one, its address, what it says,
/// whether it answers.
type DriveFacts = (Option<usize>, u16, DeviceFacts, bool);

/// What the catalog has to know of changers, drives, ports and doors.
#[derive(Clone, Debug)]
pub(in crate::library) struct Facts {
    pub(super) changers: Vec<DeviceFacts>,
    pub(super) drives: Vec<DriveFacts>,
    /// Changer, if there is one, address of the first cell, and number of cells.
    pub(super) ports: Vec<(Option<usize>, u16, u32)>,
    /// Changer, and which of its doors.
    pub(super) doors: Vec<(usize, u32)>,
    pub(super) models: Vec<Model>,
}

/// What a changer or drive is one of.
#[derive(Clone, Debug)]
pub(super) struct Model {
    /// `ChangerType` or `DriveType`.
    pub(super) kind: ObjectType,
    pub(super) vendor: String,
    pub(super) product: String,
    pub(super) device_type: DeviceType,
    /// Whether a device has said so itself, and not a changer of it.
    pub(super) is_certain: bool,
}

impl Model {
    fn of(kind: ObjectType, identity: &DeviceIdentity, is_certain: bool) -> Self {
        let DeviceFacts { vendor, product, .. } = known(identity);
        Self { kind, vendor, product, device_type: identity.class.into(), is_certain }
    }
}

pub(in crate::library) fn facts(found: &Found) -> Facts {
    let ports = found.changers.iter().enumerate().flat_map(|(index, changer)| {
        let geometry = &changer.geometry;
        let ports = port_groups(geometry).into_iter().filter(|group| group.cells.count > 0);
        ports.map(move |group| (Some(index), group.cells.first.0, group.cells.count))
    });
    // The port of a stand-alone library is the mouth of its drive.
    let mouth = found.changers.is_empty().then_some((None, 0, 1));
    let doors = found.changers.iter().enumerate().flat_map(|(index, changer)| {
        (0u32..).zip(&changer.geometry.doors).map(move |(place, _)| (index, place))
    });
    let of_changers = found.changers.iter().map(|changer| {
        let model = Model::of(ObjectType::ChangerType, &changer.identity, true);
        Model { device_type: DeviceType::Changer, ..model }
    });
    let of_drives = found
        .drives
        .iter()
        .map(|drive| Model::of(ObjectType::DriveType, &drive.identity, drive.device.is_some()));
    Facts {
        models: of_changers.chain(of_drives).collect(),
        doors: doors.collect(),
        changers: found.changers.iter().map(|changer| known(&changer.identity)).collect(),
        drives: found
            .drives
            .iter()
            .map(|d| (d.changer, d.address.0, known(&d.identity), d.device.is_some()))
            .collect(),
        ports: ports.chain(mouth).collect(),
    }
}

fn known(identity: &DeviceIdentity) -> DeviceFacts {
    DeviceFacts {
        vendor: legible_within(&identity.vendor, limits::VENDORNAME_LENGTH),
        product: legible_within(&identity.product, limits::PRODUCTNAME_LENGTH),
        revision: legible_within(&identity.revision, limits::REVISION_LENGTH),
        // It tells devices apart, whatever its length: records show the beginning.
        serial: legible(&identity.serial),
        device_name: legible_within(&identity.device_name, limits::DEVICENAME_LENGTH),
        scsi: identity.address.unwrap_or_default(),
    }
}
