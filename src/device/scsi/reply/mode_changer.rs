//! What changers say in their mode pages (SMC-3, 7.3).
//!
//! Each page begins with its code and its length, as it lies in the answer to MODE SENSE.

use super::{Fields, Malformed};
use crate::device::{ElementAddress, ElementKind, ElementRange};

/// The code of the element address assignment page.
pub const ELEMENT_ADDRESSES: u8 = 0x1D;
/// The code of the transport geometry parameters page.
pub const TRANSPORT_GEOMETRY: u8 = 0x1E;
/// The code of the device capabilities page.
pub const CAPABILITIES: u8 = 0x1F;

/// Which addresses the elements of a changer have (page 1Dh). Not checked against each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ElementAddresses {
    /// The hands.
    pub transports: ElementRange,
    /// The slots.
    pub slots: ElementRange,
    /// The import/export elements.
    pub ports: ElementRange,
    /// The drives.
    pub drives: ElementRange,
}

impl ElementAddresses {
    /// Reads page 1Dh.
    ///
    /// # Errors
    /// [`Malformed`] where it is another page, or cut off.
    pub fn read(page: &[u8]) -> Result<Self, Malformed> {
        let page = body("element address assignment page", page, ELEMENT_ADDRESSES)?;
        let range = |at: usize| -> Result<ElementRange, Malformed> {
            let first = ElementAddress(page.u16(at)?);
            Ok(ElementRange { first, count: page.u16(at + 2)?.into() })
        };
        Ok(Self { transports: range(0)?, slots: range(4)?, ports: range(8)?, drives: range(12)? })
    }
}

/// Whether any hand of a changer can turn a medium over, by page 1Eh.
///
/// # Errors
/// [`Malformed`] where it is another page.
pub fn can_rotate(page: &[u8]) -> Result<bool, Malformed> {
    let page = body("transport geometry page", page, TRANSPORT_GEOMETRY)?;
    Ok(page.bytes().iter().step_by(2).any(|hand| hand & 1 != 0))
}

/// What a changer can do with its elements (page 1Fh).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// It says that it has a reader for bar codes. Some that have one do not say so.
    pub volume_tag_reader: bool,
    stores: u8,
    moves: [u8; 4],
    exchanges: [u8; 4],
}

impl Capabilities {
    /// Reads page 1Fh.
    ///
    /// # Errors
    /// [`Malformed`] where it is another page, or cut off before what it says of moves. What it
    /// says of exchanges may be missing.
    pub fn read(page: &[u8]) -> Result<Self, Malformed> {
        let page = body("device capabilities page", page, CAPABILITIES)?;
        let four = |at: usize| -> Result<[u8; 4], Malformed> {
            Ok([page.byte(at)?, page.byte(at + 1)?, page.byte(at + 2)?, page.byte(at + 3)?])
        };
        Ok(Self {
            volume_tag_reader: page.bit(1, 0),
            stores: page.byte(0)?,
            moves: four(2)?,
            exchanges: four(10).unwrap_or_default(),
        })
    }

    /// Whether such an element can keep a cartridge.
    pub fn stores(&self, kind: ElementKind) -> bool {
        self.stores & bit(kind) != 0
    }

    /// Whether MOVE MEDIUM takes this way.
    pub fn moves(&self, from: ElementKind, to: ElementKind) -> bool {
        row(self.moves, from) & bit(to) != 0
    }

    /// Whether EXCHANGE MEDIUM takes from the one and to the other.
    pub fn exchanges(&self, source: ElementKind, destination: ElementKind) -> bool {
        row(self.exchanges, source) & bit(destination) != 0
    }
}

const fn row(rows: [u8; 4], kind: ElementKind) -> u8 {
    let [transport, slot, port, drive] = rows;
    match kind {
        ElementKind::Transport => transport,
        ElementKind::Slot => slot,
        ElementKind::Port => port,
        ElementKind::Drive => drive,
    }
}

const fn bit(kind: ElementKind) -> u8 {
    row([1, 2, 4, 8], kind)
}

/// What is behind the page's header, no longer than the page says and the answer is.
fn body<'a>(name: &'static str, page: &'a [u8], code: u8) -> Result<Fields<'a>, Malformed> {
    let page = Fields::new(name, page);
    if page.byte(0)? & 0x3F != code {
        return Err(page.senseless("it is another page"));
    }
    Ok(page.part(2, page.byte(1)?.into()))
}
