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

/// What a make does otherwise, by the beginnings of its vendor and product names, and why it has a
/// row.
struct Row {
    vendor: &'static str,
    product: &'static str,
    quirk: Quirk,
    #[allow(dead_code, reason = "for those who read the table")]
    reason: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quirk {
    /// It knows INITIALIZE ELEMENT STATUS WITH RANGE by the makers' own code.
    VendorRange,
}

const ROWS: &[Row] = &[
    Row {
        vendor: "HP",
        product: "MSL",
        quirk: Quirk::VendorRange,
        reason: "it took E7h before 37h was in the standard, and still does",
    },
    Row {
        vendor: "QUANTUM",
        product: "",
        quirk: Quirk::VendorRange,
        reason: "E7h comes from ATL, which it bought",
    },
    Row {
        vendor: "EXABYTE",
        product: "",
        quirk: Quirk::VendorRange,
        reason: "its changers are from before SMC-3",
    },
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
