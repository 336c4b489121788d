//! An element descriptor.

use super::Fields;
use super::identifier::DeviceIdentifier;
use super::tag;
use crate::device::{
    DeviceIdentity, ElementAddress, ElementKind, ElementStatus, MediumPurpose, Occupancy,
    PortAccess, Sense, VolumeTag,
};

/// Up to the flags and what is wrong.
const LEAST: usize = 6;
const FIXED: usize = 12;
const IDENTIFIER_HEADER: usize = 4;

const NOT_READY: u8 = 0x02;
/// Medium magazine not accessible, medium magazine removed, element disabled.
const NOT_THERE: [(u8, u8); 3] = [(0x3B, 0x11), (0x3B, 0x12), (0x3B, 0x18)];
const DISABLED: (u8, u8) = (0x3B, 0x18);

/// What the descriptors of a page have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub stride: usize,
    /// By how much they are longer than declared.
    pub surplus: usize,
    pub volume_tag: bool,
    pub alternate_volume_tag: bool,
}

/// An element descriptor, as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElementDescriptor<'a> {
    kind: ElementKind,
    address: ElementAddress,
    bytes: Fields<'a>,
    layout: Layout,
    is_last: bool,
}

impl<'a> ElementDescriptor<'a> {
    /// `None` where it is cut off before it says anything.
    pub(super) fn new(
        kind: ElementKind,
        bytes: Fields<'a>,
        layout: Layout,
        is_last: bool,
    ) -> Option<Self> {
        let address = ElementAddress(bytes.u16(0).ok()?);
        (bytes.len() >= LEAST).then_some(Self { kind, address, bytes, layout, is_last })
    }

    /// What it is.
    pub fn kind(&self) -> ElementKind {
        self.kind
    }

    /// Where it is.
    pub fn address(&self) -> ElementAddress {
        self.address
    }

    /// Whether its end is missing.
    pub fn is_cut_off(&self) -> bool {
        self.bytes.len() < self.layout.stride
    }

    /// FULL: it holds a cartridge.
    pub fn is_full(&self) -> bool {
        self.bytes.bit(2, 0)
    }

    /// ACCESS: the transport can reach it. Hands have no such bit.
    pub fn has_access(&self) -> bool {
        self.bytes.bit(2, 3)
    }

    /// The additional sense code and qualifier of what is wrong, if anything is.
    pub fn exception(&self) -> Option<(u8, u8)> {
        let (code, qualifier) = (self.bytes.byte(4).ok()?, self.bytes.byte(5).ok()?);
        self.bytes.bit(2, 2).then_some((code, qualifier))
    }

    /// ED: the element is switched off.
    pub fn is_disabled(&self) -> bool {
        self.bytes.bit(9, 3)
    }

    /// The element the cartridge came from, where the changer says so.
    pub fn source(&self) -> Option<ElementAddress> {
        let source = self.bytes.u16(10).ok()?;
        self.bytes.bit(9, 7).then_some(ElementAddress(source))
    }

    /// The bar code.
    pub fn volume_tag(&self) -> VolumeTag {
        if self.layout.volume_tag { tag::read(self.bytes, FIXED) } else { VolumeTag::Absent }
    }

    /// The bar code of the other side. The flag of the page alone is not believed: there is one
    /// where it fits, and reads as text.
    pub fn alternate_volume_tag(&self) -> VolumeTag {
        let at = FIXED + self.primary_length();
        if self.has_alternate() { tag::read(self.bytes, at) } else { VolumeTag::Absent }
    }

    /// The identifier of the drive, where the changer says it.
    pub fn device_identifier(&self) -> Option<DeviceIdentifier<'a>> {
        let alternate = if self.has_alternate() { tag::LENGTH } else { 0 };
        let at = FIXED + self.primary_length() + alternate;
        let room = self.layout.stride.checked_sub(at)?;
        DeviceIdentifier::new(self.bytes.rest(at), room, self.layout.surplus, self.is_last)
    }

    fn primary_length(&self) -> usize {
        if self.layout.volume_tag { tag::LENGTH } else { 0 }
    }

    fn has_alternate(&self) -> bool {
        let at = FIXED + self.primary_length();
        let behind = self.layout.stride.checked_sub(at + tag::LENGTH);
        let fits = behind.is_some_and(|rest| rest == 0 || rest >= IDENTIFIER_HEADER);
        self.layout.alternate_volume_tag && fits && tag::is_text(self.bytes, at)
    }

    /// What it says, as a [`Changer`](crate::device::Changer) tells it.
    ///
    /// An element that is said to be empty but has an exception is of [unknown](Occupancy::Unknown)
    /// occupancy. An identifier that is cut off is no [`device`](ElementStatus::device) with a
    /// serial number.
    pub fn status(&self) -> ElementStatus {
        let exception = self.exception().or(self.is_disabled().then_some(DISABLED));
        let occupancy = match exception {
            Some(why) if self.is_disabled() || NOT_THERE.contains(&why) => Occupancy::NotPresent,
            _ if self.is_full() => Occupancy::Full,
            Some(_) => Occupancy::Unknown,
            None => Occupancy::Empty,
        };
        let sense = |(code, qualifier)| Sense { key: NOT_READY, code, qualifier };
        ElementStatus {
            occupancy,
            exception: exception.map(sense),
            accessible: self.kind == ElementKind::Transport || self.has_access(),
            port: self.port(),
            source: self.source(),
            flipped: self.bytes.bit(9, 7) && self.bytes.bit(9, 6),
            purpose: self.purpose(),
            volume_tag: self.volume_tag(),
            alternate_volume_tag: self.alternate_volume_tag(),
            device: self.device(),
            ..ElementStatus::empty(self.kind, self.address)
        }
    }

    fn port(&self) -> PortAccess {
        if self.kind != ElementKind::Port {
            return PortAccess::default();
        }
        PortAccess {
            import: self.bytes.bit(2, 5),
            export: self.bytes.bit(2, 4),
            placed_by_operator: self.bytes.bit(2, 1),
        }
    }

    fn purpose(&self) -> MediumPurpose {
        match self.bytes.byte(9).map(|byte| byte & 0x07) {
            Ok(1) => MediumPurpose::Data,
            Ok(2) => MediumPurpose::Cleaning,
            Ok(3 | 5) => MediumPurpose::Service,
            Ok(4) => MediumPurpose::WriteOnce,
            _ => MediumPurpose::Unknown,
        }
    }

    fn device(&self) -> Option<DeviceIdentity> {
        let identifier = self.device_identifier().filter(|_| self.kind == ElementKind::Drive)?;
        identifier.is_whole().then(|| identifier.identity())?
    }
}
