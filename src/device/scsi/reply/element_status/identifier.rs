//! The identifier of a drive in a drive element.

use super::Fields;
use crate::device::DeviceIdentity;

const HEADER: usize = 4;
const VENDOR: usize = 8;
const PRODUCT: usize = 16;
const SERIAL_AT: usize = VENDOR + PRODUCT;

/// The identifier of a drive in a drive element (DVCID), like a designator of VPD page 83h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceIdentifier<'a> {
    form: u8,
    bytes: Fields<'a>,
    is_whole: bool,
}

impl<'a> DeviceIdentifier<'a> {
    /// The identifier with its header at the beginning of `rest`, with this much room in the
    /// descriptor. `None` without one, and for one that is no text.
    ///
    /// In a descriptor longer than it declares, the identifier is as much longer. At the end of the
    /// answer, NULs can stand for what was never sent: then it counts as cut off.
    pub(super) fn new(
        rest: Fields<'a>,
        room: usize,
        surplus: usize,
        is_last: bool,
    ) -> Option<Self> {
        let length = usize::from(rest.byte(3).ok()?);
        if length == 0 {
            return None;
        }
        let length = (length + surplus).min(room.saturating_sub(HEADER));
        let bytes = rest.part(HEADER, length);
        let ends_blank = bytes.bytes().last() == Some(&0);
        let is_text = |byte: &u8| *byte == 0 || (0x20..0x7F).contains(byte);
        let is_whole = bytes.len() == length && !(is_last && ends_blank);
        let identifier = Self { form: rest.byte(1).ok()? & 0x0F, bytes, is_whole };
        (length > 0 && bytes.bytes().iter().all(is_text)).then_some(identifier)
    }

    /// Whether all of it came.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// What it says: vendor, product and serial number, or a serial number only. Of one that is
    /// [cut off](Self::is_whole), the serial number is a beginning. `None` where all is blank.
    pub fn identity(&self) -> Option<DeviceIdentity> {
        let is_long = self.form == 1 && (self.bytes.len() > SERIAL_AT || !self.is_whole);
        let identity = if is_long {
            DeviceIdentity {
                vendor: self.bytes.text(0, VENDOR),
                product: self.bytes.text(VENDOR, PRODUCT),
                serial: self.bytes.rest(SERIAL_AT).text(0, usize::MAX),
                ..DeviceIdentity::default()
            }
        } else {
            let serial = self.bytes.text(0, usize::MAX);
            DeviceIdentity { serial, ..DeviceIdentity::default() }
        };
        (identity != DeviceIdentity::default()).then_some(identity)
    }
}
