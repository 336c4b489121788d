//! What a simulated library is made of: fixed when it is made.

use crate::device::{
    DeviceClass, DeviceError, DeviceIdentity, DeviceResult, ElementAddress, ElementKind,
    ElementRange, Geometry, PortGeometry, Refusal,
};

/// Addresses of one changer.
const ADDRESSES: u64 = 65_536;

/// How many elements of each kind a changer has, at most 65,536 in all.
///
/// The addresses are consecutive from 0: transports, drives, ports, slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangerLayout {
    /// The hands; 1 unless told otherwise.
    pub transports: u32,
    /// The drives.
    pub drives: u32,
    /// The ports, each for one cartridge.
    pub ports: u32,
    /// The slots.
    pub slots: u32,
}

impl Default for ChangerLayout {
    /// A small library: one hand, two drives, one port, twenty slots.
    fn default() -> Self {
        Self { transports: 1, drives: 2, ports: 1, slots: 20 }
    }
}

impl ChangerLayout {
    /// One drive and nothing that could carry a cartridge there.
    pub(super) const STAND_ALONE: Self = Self { transports: 0, drives: 1, ports: 0, slots: 0 };

    pub(super) fn elements(&self) -> u64 {
        [self.transports, self.drives, self.ports, self.slots].into_iter().map(u64::from).sum()
    }

    pub(super) fn range(&self, kind: ElementKind) -> ElementRange {
        let (before, count) = match kind {
            ElementKind::Transport => (0, self.transports),
            ElementKind::Drive => (self.transports, self.drives),
            ElementKind::Port => (self.transports + self.drives, self.ports),
            ElementKind::Slot => (self.transports + self.drives + self.ports, self.slots),
        };
        // Only an empty range can begin behind the last address.
        let first = ElementAddress(u16::try_from(before).unwrap_or(u16::MAX));
        ElementRange { first, count }
    }
}

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
    pub changers: Vec<ChangerLayout>,
    pub status_limit: u32,
    pub bar_code_reader: bool,
    pub can_flip: bool,
    /// One drive, served by hand.
    pub stand_alone: bool,
    /// Its drive loads what a person puts in.
    pub loads_by_itself: bool,
}

impl Settings {
    pub(super) fn check(&self) -> DeviceResult<()> {
        let invalid = |reason: &'static str| Err(DeviceError::refused(Refusal::Invalid, reason));
        if self.name.is_empty() || self.name.chars().any(char::is_control) {
            return invalid("the name of a library is printable and not empty");
        }
        if self.media_types.is_empty() {
            return invalid("a library takes at least one media type");
        }
        if self.changers.is_empty() || self.changers.len() > usize::from(u16::MAX) {
            return invalid("a library has 1 to 65,535 changers");
        }
        if self.changers.iter().any(|c| c.elements() > ADDRESSES) {
            return invalid("a changer has at most 65,536 elements");
        }
        if self.stand_alone && self.changers != [ChangerLayout::STAND_ALONE] {
            return invalid("a stand-alone library has one drive and nothing else");
        }
        Ok(())
    }

    pub(super) fn geometry(&self, layout: &ChangerLayout) -> Geometry {
        let ports = layout.range(ElementKind::Port);
        let port_groups = ports.iter().map(|first| PortGeometry {
            cells: ElementRange { first, count: 1 },
            motorised: false,
            max_extended: None,
        });
        Geometry {
            transports: layout.range(ElementKind::Transport),
            slots: layout.range(ElementKind::Slot),
            ports,
            drives: layout.range(ElementKind::Drive),
            bar_code_reader: self.bar_code_reader,
            can_flip: self.can_flip,
            initializes_range: true,
            port_groups: port_groups.collect(),
            doors: Vec::new(),
        }
    }

    pub(super) fn layout(&self, changer: u16) -> Option<&ChangerLayout> {
        self.changers.get(usize::from(changer))
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
            ..Self::vendor()
        }
    }

    pub(super) fn drive_identity(&self, place: Place) -> DeviceIdentity {
        let Place { changer, address } = place;
        DeviceIdentity {
            product: "Drive".into(),
            serial: format!("{:016X}C{changer}D{address}", self.seed),
            device_name: format!("{} drive {changer}.{address}", self.name),
            class: self.drive_class,
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
