//! The parts of an attached library, bound to their rows.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::clock::Turn;
use crate::device::{Changer, Drive, ElementAddress, ElementKind, ElementStatus, Geometry};
use crate::device::{
    DeviceError, DeviceErrorKind, DeviceResult, ElementRange, Occupancy, PortGeometry, Refusal,
};

/// How often a device may say "look again" before it is believed to be broken.
const LOOKS: usize = 8;

/// How many elements are asked for in one look.
pub(super) const CHUNK: u32 = 1000;

/// A changer with its row and those of its slots.
#[derive(Debug)]
pub(super) struct ChangerUnit {
    pub(super) key: i64,
    pub(super) device: Arc<dyn Changer>,
    pub(super) geometry: Geometry,
    /// The keys of the slots, in the order of their addresses.
    pub(super) slots: Vec<i64>,
    /// Held while the robot moves and until the catalog knows of it, and while element status is
    /// compared with the catalog. Nothing is waited for while it is held but the robot and one
    /// commit.
    pub(super) arm: Turn,
    /// The first thing it has told that cannot be.
    pub(super) oddity: Mutex<Option<String>>,
}

/// A drive with its row.
#[derive(Debug)]
pub(super) struct DriveUnit {
    pub(super) key: i64,
    /// The place of its changer in the list of changers; none of a stand-alone drive.
    pub(super) changer: Option<usize>,
    pub(super) address: ElementAddress,
    pub(super) device: Arc<dyn Drive>,
}

impl ChangerUnit {
    pub(super) fn slot_key(&self, address: ElementAddress) -> Option<i64> {
        let index = self.geometry.slots.index_of(address)?;
        self.slots.get(usize::try_from(index).ok()?).copied()
    }

    /// The status of one element; `None` when the changer knows nothing about it.
    pub(super) fn look(&self, address: ElementAddress) -> DeviceResult<Option<ElementStatus>> {
        let kind = self.geometry.kind_of(address).ok_or_else(|| {
            DeviceError::refused(Refusal::NoSuchElement, format!("no element {address}"))
        })?;
        let found = asking(|| self.device.element_status(kind, address, 1))?;
        let is_it = |status: &ElementStatus| status.kind == kind && status.address == address;
        Ok(found.into_iter().find(is_it))
    }

    /// The status of the elements of a kind from an address on, as many as the changer gives in
    /// one answer; empty behind the last one. Asks for fewer when many are refused.
    pub(super) fn look_from(
        &self,
        kind: ElementKind,
        first: ElementAddress,
    ) -> DeviceResult<Vec<ElementStatus>> {
        let range = self.geometry.range(kind);
        let told = status_from(self.device.as_ref(), kind, (first, range))?;
        Ok(self.note(told))
    }

    /// All elements of a kind.
    pub(super) fn look_at_all(&self, kind: ElementKind) -> DeviceResult<Vec<ElementStatus>> {
        let told = all_status(self.device.as_ref(), &self.geometry, kind)?;
        Ok(self.note(told))
    }

    fn note(&self, told: Told) -> Vec<ElementStatus> {
        if let Some(oddity) = told.oddity {
            self.oddity.lock().get_or_insert(oddity);
        }
        told.elements
    }
}

/// What a changer has told of elements: in order, each once, and none that it does not have.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) elements: Vec<ElementStatus>,
    /// What was wrong with it.
    pub(super) oddity: Option<String>,
}

/// Makes sense of an answer about the elements of a range from an address on.
fn sensible(
    mut elements: Vec<ElementStatus>,
    kind: ElementKind,
    (first, range): (ElementAddress, ElementRange),
) -> Told {
    let mut oddity = None;
    let before = elements.len();
    elements.retain(|status| {
        status.kind == kind && status.address >= first && range.contains(status.address)
    });
    if elements.len() < before {
        oddity = Some("the changer tells of elements that it does not have".to_owned());
    }
    elements.sort_by_key(|status| status.address);
    elements.dedup_by(|second, kept| {
        let is_twice = second.address == kept.address;
        if is_twice {
            let address = kept.address;
            oddity = Some(format!("the changer tells of two elements with address {address}"));
        }
        if is_twice && second != kept {
            kept.occupancy = Occupancy::Unknown;
            kept.device = None;
        }
        is_twice
    });
    Told { elements, oddity }
}

/// The ports of a changer. Where it does not tell, each element is one, moved by hand.
pub(super) fn port_groups(geometry: &Geometry) -> Vec<PortGeometry> {
    if !geometry.port_groups.is_empty() {
        return geometry.port_groups.clone();
    }
    let single = |first| PortGeometry {
        cells: ElementRange { first, count: 1 },
        motorised: false,
        max_extended: None,
    };
    geometry.ports.iter().map(single).collect()
}

/// Every element of a kind, whatever number the changer gives in one answer.
pub(super) fn all_status(
    changer: &dyn Changer,
    geometry: &Geometry,
    kind: ElementKind,
) -> DeviceResult<Told> {
    let range = geometry.range(kind);
    let mut all = Told::default();
    let mut next = (range.count > 0).then_some(range.first);
    while let Some(first) = next {
        let chunk = status_from(changer, kind, (first, range))?;
        next = next_address(&chunk.elements, first).filter(|address| range.contains(*address));
        all.elements.extend(chunk.elements);
        all.oddity = all.oddity.or(chunk.oddity);
    }
    Ok(all)
}

fn status_from(
    changer: &dyn Changer,
    kind: ElementKind,
    (first, range): (ElementAddress, ElementRange),
) -> DeviceResult<Told> {
    let mut count = CHUNK;
    loop {
        match asking(|| changer.element_status(kind, first, count)) {
            Err(error)
                if count > 1 && error.kind() == DeviceErrorKind::Refused(Refusal::Invalid) =>
            {
                count /= 4;
                count = count.max(1);
            }
            other => return other.map(|told| sensible(told, kind, (first, range))),
        }
    }
}

/// Where to go on after an answer; `None` when it was empty, or did not get any further.
pub(super) fn next_address(
    chunk: &[ElementStatus],
    first: ElementAddress,
) -> Option<ElementAddress> {
    let last = chunk.iter().map(|status| status.address).max()?;
    if last < first {
        return None;
    }
    last.0.checked_add(1).map(ElementAddress)
}

/// Asks a device that may have something to tell first.
pub(super) fn asking<T>(ask: impl Fn() -> DeviceResult<T>) -> DeviceResult<T> {
    let mut answer = ask();
    for _ in 1..LOOKS {
        match &answer {
            Err(error) if matches!(error.kind(), DeviceErrorKind::LookAgain(_)) => answer = ask(),
            _ => break,
        }
    }
    answer
}
