//! What a simulated library is made of: fixed when it is made.

use super::layout::{ChangerLayout, ChangerPlan, invalid};
use crate::device::{
    DeviceClass, DeviceIdentity, DeviceResult, ElementAddress, ElementKind, Geometry,
};
use crate::model::ScsiAddress;

/// A place for a cartridge: an element of one of the changers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The changer, in the order of [`LibraryDevice::changers`](crate::device::LibraryDevice::changers).
    pub changer: u16,
    /// The element.
    pub address: ElementAddress,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub name: String,
    pub seed: u64,
    pub media_types: Vec<u32>,
    pub drive_class: DeviceClass,
    pub changers: Vec<ChangerPlan>,
    pub status_limit: u32,
    pub bar_code_reader: bool,
    pub can_flip: bool,
    /// After how many loads a drive asks to be cleaned.
    pub dirty_after: Option<u32>,
    /// One drive, served by hand.
    pub stand_alone: bool,
    /// Its drive loads what a person puts in.
    pub loads_by_itself: bool,
}

impl Settings {
    pub(super) fn check(&self) -> DeviceResult<()> {
        if self.name.is_empty() || self.name.chars().any(char::is_control) {
            return invalid("the name of a library is printable and not empty");
        }
        if self.media_types.is_empty() {
            return invalid("a library takes at least one media type");
        }
        if self.changers.is_empty() || self.changers.len() > usize::from(u16::MAX) {
            return invalid("a library has 1 to 65,535 changers");
        }
        if self.stand_alone && self.changers != [ChangerPlan::stand_alone()] {
            return invalid("a stand-alone library has one drive and nothing else");
        }
        self.changers.iter().try_for_each(ChangerPlan::check)
    }

    pub(super) fn geometry(&self, plan: &ChangerPlan) -> Geometry {
        let layout = &plan.layout;
        Geometry {
            transports: layout.range(ElementKind::Transport),
            slots: layout.range(ElementKind::Slot),
            ports: layout.range(ElementKind::Port),
            drives: layout.range(ElementKind::Drive),
            bar_code_reader: self.bar_code_reader,
            can_flip: self.can_flip,
            initializes_range: true,
            port_groups: plan.port_groups(),
            doors: plan.door_geometry(),
        }
    }

    pub(super) fn plan(&self, changer: u16) -> Option<&ChangerPlan> {
        self.changers.get(usize::from(changer))
    }

    pub(super) fn layout(&self, changer: u16) -> Option<&ChangerLayout> {
        self.plan(changer).map(|plan| &plan.layout)
    }

    pub(super) fn kind_of(&self, place: Place) -> Option<ElementKind> {
        let layout = self.layout(place.changer)?;
        ElementKind::ALL.into_iter().find(|kind| layout.range(*kind).contains(place.address))
    }

    pub(super) fn key(&self) -> String {
        format!("simulated {:016X} {}", self.seed, self.name)
    }

    pub(super) fn changer_identity(&self, changer: u16) -> DeviceIdentity {
        DeviceIdentity {
            product: "Changer".into(),
            serial: format!("{:016X}C{changer}", self.seed),
            device_name: format!("{} changer {changer}", self.name),
            class: DeviceClass::Changer,
            address: Some(ScsiAddress { bus: changer, ..ScsiAddress::default() }),
            ..Self::vendor()
        }
    }

    /// The drive in an element, which is the `unit`th after the first one there.
    pub(super) fn drive_identity(&self, place: Place, unit: u32) -> DeviceIdentity {
        let Place { changer, address } = place;
        let successor = if unit == 0 { String::new() } else { format!("U{unit}") };
        DeviceIdentity {
            product: match self.drive_class {
                DeviceClass::Tape => "Drive".into(),
                class => format!("{class:?} drive"),
            },
            serial: format!("{:016X}C{changer}D{address}{successor}", self.seed),
            device_name: format!("{} drive {changer}.{address}", self.name),
            class: self.drive_class,
            address: Some(ScsiAddress {
                bus: changer,
                target: address.0,
                ..ScsiAddress::default()
            }),
            ..Self::vendor()
        }
    }

    fn vendor() -> DeviceIdentity {
        DeviceIdentity {
            vendor: "Simulated".into(),
            revision: "1".into(),
            ..DeviceIdentity::default()
        }
    }
}
