//! What a changer is made of: fixed when the library is made.

use std::ops::Range;

use crate::device::{
    DeviceError, DeviceResult, DoorGeometry, ElementAddress, ElementKind, ElementRange,
    PortGeometry, Refusal,
};

/// Addresses of one changer.
const ADDRESSES: u64 = 65_536;

/// How many elements of each kind a changer has, at most 65,536 in all.
///
/// The addresses are consecutive from 0: transports, drives, ports, slots. Doors, magazines and
/// ports of several cells are added to it with the
/// [builder](super::SimulatedLibraryBuilder::door).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangerLayout {
    /// The hands; 1 unless told otherwise.
    pub transports: u32,
    /// The drives.
    pub drives: u32,
    /// The import/export elements, each for one cartridge.
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

    fn slots(&self, slots: &Range<u32>) -> ElementRange {
        part(self.range(ElementKind::Slot), slots)
    }
}

/// A door, through which a person reaches slots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoorLayout {
    /// The slots behind it, counted from 0. What lies beyond the last slot is left out.
    pub slots: Range<u32>,
    /// Whether it is locked until the host
    /// [releases](crate::device::Changer::release_door) it. Without a lock it opens at any time.
    pub lockable: bool,
    /// Whether the library notices that it is open. Where it does not, its state is always unknown,
    /// the robot goes on, and nobody is told that it was closed.
    pub sensor: bool,
}

impl Default for DoorLayout {
    /// A door to all slots, with lock and sensor.
    fn default() -> Self {
        Self { slots: 0..u32::MAX, lockable: true, sensor: true }
    }
}

/// A port: import/export elements that a person reaches together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortLayout {
    /// How many cartridges fit.
    pub cells: u32,
    /// Whether the host [extends](crate::device::Changer::set_port) it. Otherwise a person pulls
    /// it out.
    pub motorised: bool,
    /// Whether the library knows what is in it. Where it does not, the occupancy of its elements is
    /// [unknown](crate::device::Occupancy::Unknown), and moving is the way to find out.
    pub reports_content: bool,
}

impl Default for PortLayout {
    /// One cell, pulled out by hand, its content known.
    fn default() -> Self {
        Self { cells: 1, motorised: false, reports_content: true }
    }
}

/// Some of the drives of a changer, that differ from the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DriveLayout {
    /// Which ones, counted from 0. What lies beyond the last drive is left out.
    pub drives: Range<u32>,
    /// The media types they take, by the original's codes; empty: those of the library.
    pub media_types: Vec<u32>,
    /// Whether they take cleaning cartridges.
    pub takes_cleaners: bool,
}

impl Default for DriveLayout {
    /// All drives, taking what the library takes, and cleaning cartridges.
    fn default() -> Self {
        Self { drives: 0..u32::MAX, media_types: Vec::new(), takes_cleaners: true }
    }
}

/// All that is fixed of one changer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ChangerPlan {
    pub layout: ChangerLayout,
    pub doors: Vec<DoorLayout>,
    pub ports: Vec<PortLayout>,
    /// The slots of each magazine, counted from 0.
    pub magazines: Vec<Range<u32>>,
    pub drives: Vec<DriveLayout>,
}

impl ChangerPlan {
    pub(super) fn of(layout: ChangerLayout) -> Self {
        Self { layout, ..Self::default() }
    }

    /// One drive and nothing that could carry a cartridge there.
    pub(super) fn stand_alone() -> Self {
        Self::of(ChangerLayout { transports: 0, drives: 1, ports: 0, slots: 0 })
    }

    pub(super) fn check(&self) -> DeviceResult<()> {
        if self.layout.elements() > ADDRESSES {
            return invalid("a changer has at most 65,536 elements");
        }
        let cells: u64 = self.ports.iter().map(|port| u64::from(port.cells)).sum();
        if cells > u64::from(self.layout.ports) || self.ports.iter().any(|port| port.cells == 0) {
            return invalid("each port has a cell, and no more than the changer has");
        }
        if !apart(&self.magazines) {
            return invalid("no slot is in two magazines, and no magazine is empty");
        }
        Ok(())
    }

    /// The ports, those that were not grouped one by one.
    pub(super) fn ports(&self) -> impl Iterator<Item = PortLayout> + '_ {
        let cells: u32 = self.ports.iter().map(|port| port.cells).sum();
        let rest = self.layout.ports.saturating_sub(cells);
        let single = std::iter::repeat_n(PortLayout::default(), rest as usize);
        self.ports.iter().copied().chain(single)
    }

    pub(super) fn port_groups(&self) -> Vec<PortGeometry> {
        let all = self.layout.range(ElementKind::Port);
        let mut next = 0;
        let group = |port: PortLayout| {
            let cells = part(all, &(next..next + port.cells));
            next += port.cells;
            PortGeometry { cells, motorised: port.motorised, max_extended: None }
        };
        self.ports().map(group).collect()
    }

    pub(super) fn door_geometry(&self) -> Vec<DoorGeometry> {
        let door = |door: &DoorLayout| DoorGeometry {
            slots: self.layout.slots(&door.slots),
            lockable: door.lockable,
        };
        self.doors.iter().map(door).collect()
    }

    /// The slots behind a door; none where there is no such door.
    pub(super) fn door_slots(&self, door: usize) -> ElementRange {
        self.doors.get(door).map(|door| self.layout.slots(&door.slots)).unwrap_or_default()
    }

    /// The slots of a magazine; none where there is no such magazine.
    pub(super) fn magazine_slots(&self, magazine: usize) -> ElementRange {
        self.magazines.get(magazine).map(|slots| self.layout.slots(slots)).unwrap_or_default()
    }

    /// The port that an element belongs to, and its number.
    pub(super) fn port_of(&self, address: ElementAddress) -> Option<(usize, PortLayout)> {
        let index = self.layout.range(ElementKind::Port).index_of(address)?;
        let mut end = 0;
        for (number, port) in self.ports.iter().enumerate() {
            end += port.cells;
            if index < end {
                return Some((number, *port));
            }
        }
        let single = usize::try_from(index - end).ok()?;
        Some((self.ports.len() + single, PortLayout::default()))
    }

    /// What was said about a drive in particular; the last word counts.
    pub(super) fn drive(&self, address: ElementAddress) -> Option<&DriveLayout> {
        let index = self.layout.range(ElementKind::Drive).index_of(address)?;
        self.drives.iter().rev().find(|some| some.drives.contains(&index))
    }
}

/// Some elements of a range, counted from its beginning.
fn part(all: ElementRange, some: &Range<u32>) -> ElementRange {
    let end = some.end.min(all.count);
    match all.address(some.start) {
        Some(first) if some.start < end => ElementRange { first, count: end - some.start },
        _ => ElementRange::default(),
    }
}

/// Whether no range is empty or reaches into another.
fn apart(ranges: &[Range<u32>]) -> bool {
    let mut sorted: Vec<_> = ranges.iter().map(|range| (range.start, range.end)).collect();
    sorted.sort_unstable();
    let in_order = sorted.windows(2).all(|pair| matches!(pair, [a, b] if a.1 <= b.0));
    in_order && sorted.iter().all(|(start, end)| start < end)
}

pub(super) fn invalid<T>(reason: &'static str) -> DeviceResult<T> {
    Err(DeviceError::refused(Refusal::Invalid, reason))
}
