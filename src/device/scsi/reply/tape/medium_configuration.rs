//! The mode page Medium Configuration, 1Dh (SSC-5, 8.5.7).

use crate::device::scsi::reply::{Fields, Malformed};

/// What the page says of the loaded medium.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MediumConfiguration {
    /// The drive treats it as written once.
    pub write_once: bool,
    /// Which labels may be overwritten all the same.
    pub label_restrictions: u8,
    /// Which filemarks may be overwritten all the same.
    pub filemark_restrictions: u8,
}

impl MediumConfiguration {
    /// The number of the page.
    pub const PAGE: u8 = 0x1d;

    /// Reads the page, from its header of two bytes on.
    ///
    /// # Errors
    /// [`Malformed`] where it is cut off or is another page.
    pub fn read(page: &[u8]) -> Result<Self, Malformed> {
        let fields = Fields::new("medium configuration", page);
        if fields.byte(0)? & 0x3f != Self::PAGE {
            return Err(fields.senseless("it is another page"));
        }
        let (label_restrictions, filemark_restrictions) = (fields.byte(4)?, fields.byte(5)?);
        Ok(Self { write_once: fields.bit(2, 0), label_restrictions, filemark_restrictions })
    }

    /// Whether the medium is written once, as far as the page can be believed: a drive that knows
    /// such media says which filemarks can be overwritten (2 or 3), and one whose page never
    /// changes leaves that out (0 and 1 mean nothing).
    pub fn is_write_once(self) -> bool {
        self.write_once && matches!(self.filemark_restrictions, 2 | 3)
    }
}
