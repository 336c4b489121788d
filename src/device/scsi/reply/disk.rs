//! What disk and optical drives answer (SBC-4, MMC-6).

use super::{Fields, Malformed};

/// How many sectors a medium has, and how long they are.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sectors {
    /// How many there are.
    pub count: u64,
    /// The length of each, in bytes.
    pub length: u32,
}

impl Sectors {
    /// Reads the answer to READ CAPACITY(10) (SBC-4, 5.20); `None` where the number does not fit
    /// into it.
    ///
    /// # Errors
    /// [`Malformed`] where it is cut off, or the sectors have no length.
    pub fn read_10(bytes: &[u8]) -> Result<Option<Self>, Malformed> {
        let fields = Fields::new("capacity", bytes);
        let (last, length) = (fields.u32(0)?, fields.u32(4)?);
        let sectors = Self::of(fields, last.into(), length)?;
        Ok((last != u32::MAX).then_some(sectors))
    }

    /// Reads the answer to READ CAPACITY(16) (SBC-4, 5.21).
    ///
    /// # Errors
    /// As for [`read_10`](Self::read_10).
    pub fn read_16(bytes: &[u8]) -> Result<Self, Malformed> {
        let fields = Fields::new("capacity", bytes);
        Self::of(fields, fields.u64(0)?, fields.u32(8)?)
    }

    fn of(fields: Fields<'_>, last: u64, length: u32) -> Result<Self, Malformed> {
        if length == 0 {
            return Err(fields.senseless("a sector has no length"));
        }
        Ok(Self { count: last.saturating_add(1), length })
    }
}

/// The current profile of an optical drive (MMC-6, 5.3.1): what kind of medium it holds; 0 for
/// none.
///
/// # Errors
/// [`Malformed::Short`].
pub fn current_profile(configuration: &[u8]) -> Result<u16, Malformed> {
    Fields::new("configuration", configuration).u16(6)
}
