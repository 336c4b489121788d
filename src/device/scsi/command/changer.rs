//! Medium changers (SMC-3).

use super::Command;
use crate::device::{ElementAddress, ElementKind, ElementRange};

/// INITIALIZE ELEMENT STATUS (07h): the changer looks at all elements with its own sensors.
pub const fn initialize_element_status() -> Command {
    Command::six("INITIALIZE ELEMENT STATUS", [0x07, 0, 0, 0, 0, 0])
}

/// Under which operation code a changer knows INITIALIZE ELEMENT STATUS WITH RANGE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeForm {
    /// 37h, that of the standard.
    Standard,
    /// E7h, that of makers from before it was in the standard.
    Vendor,
}

impl RangeForm {
    /// Both, the standard's first.
    pub const ALL: [Self; 2] = [Self::Standard, Self::Vendor];

    /// The operation code.
    pub const fn operation(self) -> u8 {
        match self {
            Self::Standard => 0x37,
            Self::Vendor => 0xE7,
        }
    }
}

/// INITIALIZE ELEMENT STATUS WITH RANGE (37h or E7h): the changer looks at these elements only. A
/// range of more than 65,535 elements ends with the address space.
pub fn initialize_element_status_with_range(form: RangeForm, range: ElementRange) -> Command {
    let [first, last] = range.first.0.to_be_bytes();
    let [high, low] = u16::try_from(range.count).unwrap_or(u16::MAX).to_be_bytes();
    let bytes = [form.operation(), 0x01, first, last, 0, 0, high, low, 0, 0];
    Command::ten("INITIALIZE ELEMENT STATUS WITH RANGE", bytes)
}

/// What READ ELEMENT STATUS is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElementStatusQuery {
    /// Of which elements. All kinds at once cannot be asked for: it stops some changers.
    pub kind: ElementKind,
    /// The lowest address.
    pub first: ElementAddress,
    /// How many elements at most.
    pub count: u16,
    /// With bar codes.
    pub volume_tags: bool,
    /// With the identifiers of the drives.
    pub device_identifiers: bool,
    /// What the changer knows already, without moving anything.
    pub current_data: bool,
}

impl ElementStatusQuery {
    /// READ ELEMENT STATUS (B8h), for an answer of at most this many bytes.
    pub fn command(&self, allocation: usize) -> Command {
        let volume_tags = u8::from(self.volume_tags) << 4;
        let flags = u8::from(self.current_data) << 1 | u8::from(self.device_identifiers);
        let [first, second] = self.first.0.to_be_bytes();
        let [high, low] = self.count.to_be_bytes();
        let allocation = u32::try_from(allocation).unwrap_or(u32::MAX).min(0x00FF_FFFF);
        let [_, a, b, c] = allocation.to_be_bytes();
        let kind = volume_tags | type_code(self.kind);
        let bytes = [0xB8, kind, first, second, high, low, flags, a, b, c, 0, 0];
        Command::twelve("READ ELEMENT STATUS", bytes)
    }
}

/// The element type code of a kind of element.
pub(in crate::device::scsi) const fn type_code(kind: ElementKind) -> u8 {
    match kind {
        ElementKind::Transport => 1,
        ElementKind::Slot => 2,
        ElementKind::Port => 3,
        ElementKind::Drive => 4,
    }
}

/// MOVE MEDIUM (A5h): the cartridge at `from` goes to `to`, turned over if `invert`.
pub fn move_medium(
    transport: ElementAddress,
    from: ElementAddress,
    to: ElementAddress,
    invert: bool,
) -> Command {
    let ([a, b], [c, d], [e, f]) =
        (transport.0.to_be_bytes(), from.0.to_be_bytes(), to.0.to_be_bytes());
    let bytes = [0xA5, 0, a, b, c, d, e, f, 0, 0, u8::from(invert), 0];
    Command::twelve("MOVE MEDIUM", bytes)
}

/// EXCHANGE MEDIUM (A6h): the cartridge at `source` goes to `first`, and the one that is there goes
/// to `second`, which can be `source`. Each is turned over on its way as `invert` says.
pub fn exchange_medium(
    transport: ElementAddress,
    source: ElementAddress,
    first: ElementAddress,
    second: ElementAddress,
    invert: [bool; 2],
) -> Command {
    let ([a, b], [c, d]) = (transport.0.to_be_bytes(), source.0.to_be_bytes());
    let ([e, f], [g, h]) = (first.0.to_be_bytes(), second.0.to_be_bytes());
    let [one, two] = invert.map(u8::from);
    Command::twelve("EXCHANGE MEDIUM", [0xA6, 0, a, b, c, d, e, f, g, h, one << 1 | two, 0])
}

/// POSITION TO ELEMENT (2Bh): a hand goes to an element, and turns over if `invert`.
pub fn position_to_element(transport: ElementAddress, to: ElementAddress, invert: bool) -> Command {
    let ([a, b], [c, d]) = (transport.0.to_be_bytes(), to.0.to_be_bytes());
    Command::ten("POSITION TO ELEMENT", [0x2B, 0, a, b, c, d, 0, 0, u8::from(invert), 0])
}

/// OPEN/CLOSE IMPORT/EXPORT ELEMENT (1Bh): opens the port with this element, or closes it.
pub fn open_close_import_export_element(element: ElementAddress, open: bool) -> Command {
    let [high, low] = element.0.to_be_bytes();
    let action = u8::from(!open);
    Command::six("OPEN/CLOSE IMPORT/EXPORT ELEMENT", [0x1B, 0, high, low, action, 0])
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(address: u16) -> ElementAddress {
        ElementAddress(address)
    }

    #[test]
    fn the_bytes_are_those_of_the_standard() {
        let all = initialize_element_status();
        assert_eq!(all.bytes(), [0x07, 0, 0, 0, 0, 0]);
        let range = ElementRange { first: at(0x0400), count: 0x102 };
        let some = initialize_element_status_with_range(RangeForm::Standard, range);
        assert_eq!(some.bytes(), [0x37, 1, 4, 0, 0, 0, 1, 2, 0, 0]);
        let some = initialize_element_status_with_range(RangeForm::Vendor, range);
        assert_eq!(some.bytes(), [0xE7, 1, 4, 0, 0, 0, 1, 2, 0, 0]);
        let moved = move_medium(at(0x0102), at(0x0304), at(0x0506), true);
        assert_eq!(moved.bytes(), [0xA5, 0, 1, 2, 3, 4, 5, 6, 0, 0, 1, 0]);
        let exchanged = exchange_medium(at(1), at(0x0203), at(0x0405), at(0x0607), [true, false]);
        assert_eq!(exchanged.bytes(), [0xA6, 0, 0, 1, 2, 3, 4, 5, 6, 7, 2, 0]);
        let position = position_to_element(at(0x0102), at(0x0304), true);
        assert_eq!(position.bytes(), [0x2B, 0, 1, 2, 3, 4, 0, 0, 1, 0]);
        let opened = open_close_import_export_element(at(0x0110), true);
        assert_eq!(opened.bytes(), [0x1B, 0, 1, 0x10, 0, 0]);
        let closed = open_close_import_export_element(at(0x0110), false);
        assert_eq!(closed.bytes(), [0x1B, 0, 1, 0x10, 1, 0]);
    }

    #[test]
    fn a_query_says_what_it_wants() {
        let query = ElementStatusQuery {
            kind: ElementKind::Drive,
            first: at(0x0102),
            count: 0x0304,
            volume_tags: true,
            device_identifiers: true,
            current_data: false,
        };
        let expected = [0xB8, 0x14, 1, 2, 3, 4, 1, 1, 0, 0, 0, 0];
        assert_eq!(query.command(0x1_0000).bytes(), expected);
        let current = ElementStatusQuery {
            current_data: true,
            device_identifiers: false,
            volume_tags: false,
            ..query
        };
        let expected = [0xB8, 0x04, 1, 2, 3, 4, 2, 0xFF, 0xFF, 0xFF, 0, 0];
        assert_eq!(current.command(usize::MAX).bytes(), expected);
    }
}
