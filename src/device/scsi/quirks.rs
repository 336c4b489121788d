//! What some makes do otherwise.
//!
//! Most deviations need no row, since they show themselves or do no harm to anybody who expects
//! them: kinds of elements are asked for one at a time (all at once stops `tgt`); answers, chunks
//! and descriptors may have any length; what a changer never tells is not waited for (`tgt` says of
//! no element that it is reachable); an element that a cartridge came from is a hint (after a move
//! out of a drive nearly all name the drive); a bar-code reader shows by its bar codes (the IBM
//! 3573 denies having one).

use super::command::changer::RangeForm;
use crate::device::DeviceIdentity;

/// What a make does otherwise, by the beginnings of its vendor and product names.
struct Row {
    vendor: &'static str,
    product: &'static str,
    quirk: Quirk,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quirk {
    /// It knows INITIALIZE ELEMENT STATUS WITH RANGE by the makers' own code, E7h. The other one is
    /// tried when it refuses.
    VendorRange,
}

const ROWS: &[Row] = &[
    // These had the command before it was in the standard, and kept their code for it.
    Row { vendor: "EXABYTE", product: "", quirk: Quirk::VendorRange },
    Row { vendor: "HP", product: "MSL", quirk: Quirk::VendorRange },
    Row { vendor: "QUANTUM", product: "", quirk: Quirk::VendorRange },
];

/// What is known of one changer before it is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Quirks {
    vendor_range: bool,
}

impl Quirks {
    pub(super) fn of(identity: &DeviceIdentity) -> Self {
        let fits = |row: &&Row| {
            identity.vendor.starts_with(row.vendor) && identity.product.starts_with(row.product)
        };
        let has = |quirk| ROWS.iter().filter(fits).any(|row| row.quirk == quirk);
        Self { vendor_range: has(Quirk::VendorRange) }
    }

    /// The forms of the command with a range in the order in which they are tried.
    pub(super) fn range_forms(self) -> Vec<RangeForm> {
        let mut forms = RangeForm::ALL.to_vec();
        if self.vendor_range {
            forms.reverse();
        }
        forms
    }
}
