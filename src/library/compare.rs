//! What one look at a slot says against what the catalog says about it.

use super::observed::Seen;
use super::units::ChangerUnit;
use crate::catalog::{LibraryRow, SlotContent};
use crate::device::{ElementStatus, MediumPurpose, Occupancy, VolumeTag};
use crate::model::{LibraryFlags, SlotState};

/// How an inventory looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// Every label is to be read.
    pub(super) reads_labels: bool,
    /// There is a bar-code reader.
    pub(super) has_reader: bool,
    /// Bar codes with the prefix CLN are cleaners.
    pub(super) knows_cleaners: bool,
    /// The slot that is reserved for the cleaner.
    pub(super) cleaner_slot: Option<i64>,
}

impl Look {
    /// How the slots of a changer are looked at.
    pub(super) fn at(library: &LibraryRow, changer: &ChangerUnit, reads_labels: bool) -> Self {
        Self {
            reads_labels,
            has_reader: changer.geometry.bar_code_reader,
            cleaner_slot: library.cleaner_slot,
            knows_cleaners: library.flags.contains(LibraryFlags::RECOGNIZE_CLEANER_BAR_CODE),
        }
    }
}

/// The prefix of the bar codes of cleaning cartridges, in any case. **[D]**
const CLEANER_PREFIX: &str = "CLN";

/// What differs; `None` when the catalog has it right.
pub(super) fn compare(content: &SlotContent, status: &ElementStatus, look: Look) -> Option<Seen> {
    if content.is_under_way {
        return None;
    }
    match status.occupancy {
        Occupancy::Unknown => None,
        Occupancy::NotPresent => {
            let known = content.state == SlotState::NotPresent && content.medium.is_none();
            (!known).then_some(Seen::NotPresent)
        }
        Occupancy::Empty => {
            let known = content.state == SlotState::Empty && content.medium.is_none();
            (!known).then_some(Seen::Empty)
        }
        Occupancy::Full if is_cleaner(content, status, look) => {
            let known = content.state == SlotState::Full && content.medium.is_none();
            (!known).then_some(Seen::Cleaner)
        }
        Occupancy::Full => compare_cartridge(content, &status.volume_tag, look),
    }
}

fn compare_cartridge(content: &SlotContent, tag: &VolumeTag, look: Look) -> Option<Seen> {
    let is_settled = content.state == SlotState::Full && content.medium.is_some();
    if look.reads_labels {
        return Some(Seen::ToRead);
    }
    if !look.has_reader {
        return (!is_settled).then_some(Seen::ToRead);
    }
    let same_code = content.bar_code.as_deref() == tag.text();
    if is_settled && same_code {
        return None;
    }
    // What has to be identified anew is not believed for its bar code.
    let in_doubt = content.state == SlotState::NeedsInventory && same_code;
    match tag {
        VolumeTag::Read(_) if !in_doubt => Some(Seen::BarCode),
        _ => Some(Seen::ToRead),
    }
}

/// Whatever turns up in the reserved slot is the cleaner; a medium that is known to be there stays
/// one for as long as it looks the same.
fn is_cleaner(content: &SlotContent, status: &ElementStatus, look: Look) -> bool {
    if look.cleaner_slot == Some(content.key) {
        let same_code = content.bar_code.as_deref() == status.volume_tag.text();
        return content.medium.is_none() || !same_code;
    }
    let by_code = status
        .volume_tag
        .text()
        .and_then(|text| text.get(..CLEANER_PREFIX.len()))
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case(CLEANER_PREFIX));
    (look.knows_cleaners && by_code) || status.purpose == MediumPurpose::Cleaning
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::{ElementAddress, ElementKind};

    const FAST: Look =
        Look { reads_labels: false, has_reader: true, knows_cleaners: true, cleaner_slot: None };
    const DIFFERENTIAL: Look = Look { has_reader: false, ..FAST };
    const FULL: Look = Look { reads_labels: true, ..FAST };

    fn slot(state: SlotState, medium: Option<&str>) -> SlotContent {
        SlotContent {
            key: 1,
            address: 9,
            state,
            medium: medium.map(|_| 7),
            bar_code: medium.filter(|code| !code.is_empty()).map(str::to_owned),
            is_under_way: false,
        }
    }

    fn seen(occupancy: Occupancy, code: &str) -> ElementStatus {
        let mut status = ElementStatus::empty(ElementKind::Slot, ElementAddress(9));
        status.occupancy = occupancy;
        if !code.is_empty() {
            status.volume_tag = VolumeTag::Read(code.into());
        }
        status
    }

    #[test]
    fn what_is_as_known_is_no_difference() {
        let full = seen(Occupancy::Full, "A1");
        assert_eq!(compare(&slot(SlotState::Full, Some("A1")), &full, FAST), None);
        assert_eq!(compare(&slot(SlotState::Empty, None), &seen(Occupancy::Empty, ""), FAST), None);
        assert_eq!(compare(&slot(SlotState::Full, Some("")), &full, DIFFERENTIAL), None);
        let busy = SlotContent { is_under_way: true, ..slot(SlotState::Full, Some("A1")) };
        assert_eq!(compare(&busy, &seen(Occupancy::Empty, ""), FAST), None);
    }

    #[test]
    fn another_bar_code_is_looked_up_and_a_lost_one_read() {
        let known = slot(SlotState::Full, Some("A1"));
        assert_eq!(compare(&known, &seen(Occupancy::Full, "B2"), FAST), Some(Seen::BarCode));
        assert_eq!(compare(&known, &seen(Occupancy::Full, ""), FAST), Some(Seen::ToRead));
        assert_eq!(compare(&known, &seen(Occupancy::Full, "A1"), FULL), Some(Seen::ToRead));
    }

    #[test]
    fn a_slot_in_doubt_is_read_even_with_its_bar_code() {
        let doubtful = slot(SlotState::NeedsInventory, Some("A1"));
        assert_eq!(compare(&doubtful, &seen(Occupancy::Full, "A1"), FAST), Some(Seen::ToRead));
    }

    #[test]
    fn cleaners_are_never_read() {
        let cleaner = seen(Occupancy::Full, "cln001L1");
        assert_eq!(compare(&slot(SlotState::Unknown, None), &cleaner, FULL), Some(Seen::Cleaner));
        assert_eq!(compare(&slot(SlotState::Full, None), &cleaner, FULL), None);
        let unknowing = Look { knows_cleaners: false, ..FAST };
        let found = compare(&slot(SlotState::Unknown, None), &cleaner, unknowing);
        assert_eq!(found, Some(Seen::BarCode));
    }

    #[test]
    fn what_is_in_the_reserved_slot_is_the_cleaner() {
        let reserved = Look { cleaner_slot: Some(1), ..FULL };
        let tape = seen(Occupancy::Full, "A1");
        assert_eq!(compare(&slot(SlotState::Empty, None), &tape, reserved), Some(Seen::Cleaner));
        assert_eq!(compare(&slot(SlotState::Full, None), &tape, reserved), None);
        let known = slot(SlotState::Full, Some("A1"));
        let fast = Look { cleaner_slot: Some(1), ..FAST };
        assert_eq!(compare(&known, &tape, fast), None);
        assert_eq!(compare(&known, &seen(Occupancy::Full, "B2"), fast), Some(Seen::Cleaner));
        let elsewhere = Look { cleaner_slot: Some(2), ..FULL };
        let found = compare(&slot(SlotState::Empty, None), &tape, elsewhere);
        assert_eq!(found, Some(Seen::ToRead));
    }
}
