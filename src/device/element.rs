//! The elements of a changer: where a cartridge can be.

use std::fmt;
use std::time::Duration;

use super::{DeviceIdentity, Sense};

/// The address of an element, unique in its changer. SMC has 65,536 of them per changer; a larger
/// library has several changers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ElementAddress(pub u16);

impl fmt::Display for ElementAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04X}", self.0)
    }
}

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ElementKind {
    /// The hand of the robot.
    Transport,
    /// A place where cartridges are kept.
    Slot,
    /// A place where a person puts in or takes out cartridges.
    Port,
    /// A drive.
    Drive,
}

impl ElementKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Transport, Self::Slot, Self::Port, Self::Drive];
}

/// Consecutive addresses of one kind of element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ElementRange {
    /// The first address. Without meaning when the range is empty.
    pub first: ElementAddress,
    /// How many elements there are, 0 to 65,536.
    pub count: u32,
}

impl ElementRange {
    /// Whether the address lies in the range.
    pub fn contains(&self, address: ElementAddress) -> bool {
        self.index_of(address).is_some()
    }

    /// How many elements of the range come before this one; `None` outside of it.
    pub fn index_of(&self, address: ElementAddress) -> Option<u32> {
        let index = u32::from(address.0).checked_sub(u32::from(self.first.0))?;
        (index < self.count).then_some(index)
    }

    /// The address of the element with `index` others before it; `None` beyond the end.
    pub fn address(&self, index: u32) -> Option<ElementAddress> {
        let address = u32::from(self.first.0).checked_add(index)?;
        (index < self.count).then(|| u16::try_from(address).ok().map(ElementAddress))?
    }

    /// The addresses in order.
    pub fn iter(&self) -> impl Iterator<Item = ElementAddress> + use<> {
        let range = *self;
        (0..self.count).map_while(move |i| range.address(i))
    }
}

/// What a changer is made of.
///
/// It comes from the device: whoever uses it checks that the ranges do not overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Geometry {
    /// The hands. May be empty: then moves need not name one, and none can hold a cartridge.
    pub transports: ElementRange,
    /// The slots.
    pub slots: ElementRange,
    /// The import/export elements, one per cartridge that fits.
    pub ports: ElementRange,
    /// The drives.
    pub drives: ElementRange,
    /// Whether a bar-code reader is installed.
    pub bar_code_reader: bool,
    /// Whether the transport can turn a two-sided medium over.
    pub can_flip: bool,
    /// Whether [`initialize_element_status`](super::Changer::initialize_element_status) takes a
    /// range.
    pub initializes_range: bool,
    /// How the import/export elements are grouped. Where the device does not tell, one port per
    /// element.
    pub port_groups: Vec<PortGeometry>,
    /// Doors through which a person reaches the slots, numbered from 0. A magazine that slides out
    /// is a door.
    pub doors: Vec<DoorGeometry>,
}

impl Geometry {
    /// The addresses of one kind of element.
    pub fn range(&self, kind: ElementKind) -> ElementRange {
        match kind {
            ElementKind::Transport => self.transports,
            ElementKind::Slot => self.slots,
            ElementKind::Port => self.ports,
            ElementKind::Drive => self.drives,
        }
    }

    /// Whether the ranges of its elements do not overlap, and end within the address space.
    pub fn is_possible(&self) -> bool {
        let mut ranges: Vec<(u64, u64)> = ElementKind::ALL
            .into_iter()
            .map(|kind| self.range(kind))
            .filter(|range| range.count > 0)
            .map(|range| {
                let first = u64::from(range.first.0);
                (first, first + u64::from(range.count))
            })
            .collect();
        ranges.sort_unstable();
        let overlap = ranges.windows(2).any(|pair| matches!(pair, [a, b] if a.1 > b.0));
        !overlap && ranges.iter().all(|(_, end)| *end <= 0x1_0000)
    }

    /// What kind of element has this address.
    pub fn kind_of(&self, address: ElementAddress) -> Option<ElementKind> {
        ElementKind::ALL.into_iter().find(|kind| self.range(*kind).contains(address))
    }
}

/// Import/export elements that a person reaches together: a port with one or many cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortGeometry {
    /// Its elements.
    pub cells: ElementRange,
    /// Whether the host can extend and retract it
    /// ([`set_port`](super::Changer::set_port)).
    pub motorised: bool,
    /// How long the device leaves it extended, if it has a limit.
    pub max_extended: Option<Duration>,
}

/// A door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoorGeometry {
    /// The slots behind it.
    pub slots: ElementRange,
    /// Whether the host can lock and release it ([`release_door`](super::Changer::release_door)).
    pub lockable: bool,
}

/// The state of one element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElementStatus {
    /// Where it is.
    pub address: ElementAddress,
    /// What it is.
    pub kind: ElementKind,
    /// Whether it holds a cartridge.
    pub occupancy: Occupancy,
    /// What is wrong with it or with what is known about it. [`occupancy`](Self::occupancy) and
    /// [`volume_tag`](Self::volume_tag) are then doubtful.
    pub exception: Option<Sense>,
    /// Whether the transport can reach it: not in a port that is extended, nor in a magazine that
    /// is out. In a drive: whether the cartridge can be taken out.
    pub accessible: bool,
    /// What a person can do with it; meaningful in ports.
    pub port: PortAccess,
    /// The element the cartridge last came from, where the changer knows. A hint: some changers
    /// name the drive itself.
    pub source: Option<ElementAddress>,
    /// Whether the cartridge was turned over on its way from there.
    pub flipped: bool,
    /// What the cartridge is for, where the changer knows.
    pub purpose: MediumPurpose,
    /// The bar code.
    pub volume_tag: VolumeTag,
    /// The second bar code, of the other side, where there are two.
    pub alternate_volume_tag: VolumeTag,
    /// In a drive element: the drive, where the changer tells. Compare
    /// [`serial`](DeviceIdentity::serial) with that of [`Drive::identity`](super::Drive::identity).
    pub device: Option<DeviceIdentity>,
}

impl ElementStatus {
    /// An empty, reachable element.
    pub fn empty(kind: ElementKind, address: ElementAddress) -> Self {
        Self {
            address,
            kind,
            occupancy: Occupancy::Empty,
            exception: None,
            accessible: true,
            port: PortAccess::default(),
            source: None,
            flipped: false,
            purpose: MediumPurpose::Unknown,
            volume_tag: VolumeTag::Absent,
            alternate_volume_tag: VolumeTag::Absent,
            device: None,
        }
    }
}

/// Whether an element holds a cartridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Occupancy {
    /// It holds none.
    Empty,
    /// It holds one.
    Full,
    /// The changer does not know. [`exception`](ElementStatus::exception) says why; there is none
    /// where no sensor looks at the element, as in some ports: a move finds out.
    Unknown,
    /// The element itself is not there: its magazine is missing, or it is switched off. It stays in
    /// the [`Geometry`], and [`exception`](ElementStatus::exception) says why, often 2/3B/11.
    NotPresent,
}

/// A bar code, as the changer reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VolumeTag {
    /// No bar code is known: the cartridge has none, it was not scanned, or there is no reader.
    #[default]
    Absent,
    /// There is one, and it could not be read.
    Unreadable,
    /// The text, without padding.
    Read(String),
}

impl VolumeTag {
    /// The text, if it was read.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Read(text) => Some(text),
            Self::Absent | Self::Unreadable => None,
        }
    }
}

/// What a cartridge is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MediumPurpose {
    /// The changer does not tell.
    #[default]
    Unknown,
    /// It holds data.
    Data,
    /// It holds data and can be written once.
    WriteOnce,
    /// It cleans drives.
    Cleaning,
    /// It is for service: diagnosis or firmware.
    Service,
}

/// What a person can do with an import/export element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PortAccess {
    /// Cartridges can be put in from outside.
    pub import: bool,
    /// Cartridges can be taken out from outside.
    pub export: bool,
    /// What lies here was put in by a person, not by the robot.
    pub placed_by_operator: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_ends_with_the_address_space() {
        let range = ElementRange { first: ElementAddress(0xFFFE), count: 5 };
        assert_eq!(range.iter().count(), 2);
        assert_eq!(range.address(2), None);
        assert_eq!(range.index_of(ElementAddress(0xFFFF)), Some(1));
        assert!(!range.contains(ElementAddress(0xFFFD)));
    }

    #[test]
    fn a_range_can_hold_every_address() {
        let range = ElementRange { first: ElementAddress(0), count: 65_536 };
        assert_eq!(range.iter().count(), 65_536);
        assert_eq!(range.address(65_535), Some(ElementAddress(65_535)));
    }
}
