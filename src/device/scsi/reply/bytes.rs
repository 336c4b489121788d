//! Fields of an answer.

use super::Malformed;

/// The bytes of an answer, or of a part of it, with its name for errors.
///
/// Numbers are big-endian, offsets are those of the standards. Nothing outside of the bytes is
/// read, whatever offset or length is given.
///
/// ```
/// use rsm::device::scsi::reply::Fields;
///
/// let fields = Fields::new("answer", b"\x01\x02\x03  AB \0");
/// assert_eq!(fields.u16(1)?, 0x0203);
/// assert_eq!(fields.text(3, 100), "AB");
/// assert!(fields.u32(6).is_err());
/// # Ok::<(), rsm::device::scsi::reply::Malformed>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fields<'a> {
    name: &'static str,
    bytes: &'a [u8],
}

impl<'a> Fields<'a> {
    /// The fields of these bytes.
    pub const fn new(name: &'static str, bytes: &'a [u8]) -> Self {
        Self { name, bytes }
    }

    /// All bytes.
    pub const fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// How many bytes there are.
    pub const fn len(self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.bytes.is_empty()
    }

    /// The byte at an offset.
    ///
    /// # Errors
    /// [`Malformed::Short`], as for every number, where it is not all there.
    pub fn byte(self, at: usize) -> Result<u8, Malformed> {
        self.array::<1>(at).map(|[byte]| byte)
    }

    /// Whether a bit (0 to 7) of the byte at an offset is set; not where there is no such byte.
    pub fn bit(self, at: usize, bit: u8) -> bool {
        self.bytes.get(at).is_some_and(|byte| byte & 1u8.checked_shl(bit.into()).unwrap_or(0) != 0)
    }

    /// A number of two bytes.
    ///
    /// # Errors
    /// [`Malformed::Short`].
    pub fn u16(self, at: usize) -> Result<u16, Malformed> {
        self.array(at).map(u16::from_be_bytes)
    }

    /// A number of three bytes.
    ///
    /// # Errors
    /// [`Malformed::Short`].
    pub fn u24(self, at: usize) -> Result<u32, Malformed> {
        self.array(at).map(|[high, middle, low]| u32::from_be_bytes([0, high, middle, low]))
    }

    /// A number of four bytes.
    ///
    /// # Errors
    /// [`Malformed::Short`].
    pub fn u32(self, at: usize) -> Result<u32, Malformed> {
        self.array(at).map(u32::from_be_bytes)
    }

    /// A number of eight bytes.
    ///
    /// # Errors
    /// [`Malformed::Short`].
    pub fn u64(self, at: usize) -> Result<u64, Malformed> {
        self.array(at).map(u64::from_be_bytes)
    }

    /// A number of all bytes there are; `None` for more than eight, or none.
    pub fn number(self) -> Option<u64> {
        (1..=8)
            .contains(&self.len())
            .then(|| self.bytes.iter().fold(0, |number: u64, &byte| number << 8 | u64::from(byte)))
    }

    /// The part at an offset of this length, cut where the bytes end. Empty behind the end.
    #[must_use]
    pub fn part(self, at: usize, length: usize) -> Self {
        let rest = self.bytes.get(at..).unwrap_or_default();
        Self { name: self.name, bytes: rest.get(..length).unwrap_or(rest) }
    }

    /// Everything from an offset on. Empty behind the end.
    #[must_use]
    pub fn rest(self, at: usize) -> Self {
        self.part(at, usize::MAX)
    }

    /// The part at an offset of this length.
    ///
    /// # Errors
    /// [`Malformed::Short`] where it is not all there.
    pub fn whole(self, at: usize, length: usize) -> Result<Self, Malformed> {
        let part = self.part(at, length);
        if part.len() == length { Ok(part) } else { Err(self.short(at.saturating_add(length))) }
    }

    /// The text at an offset, as far as it is there, without the spaces and NULs at both ends.
    /// What is not printable ASCII becomes `?`.
    pub fn text(self, at: usize, length: usize) -> String {
        let bytes = self.part(at, length).bytes;
        let blank = |byte: &u8| matches!(byte, 0 | b' ');
        let first = bytes.iter().position(|byte| !blank(byte)).unwrap_or(bytes.len());
        let end = bytes.iter().rposition(|byte| !blank(byte)).map_or(first, |last| last + 1);
        let text = bytes.get(first..end).unwrap_or_default();
        text.iter()
            .map(|&byte| if (0x20..0x7f).contains(&byte) { byte.into() } else { '?' })
            .collect()
    }

    /// Too short for a field that ends at this offset.
    fn short(self, needed: usize) -> Malformed {
        Malformed::Short { answer: self.name, needed, given: self.len() }
    }

    /// The answer says what cannot be.
    pub const fn senseless(self, wrong: &'static str) -> Malformed {
        Malformed::Senseless { answer: self.name, wrong }
    }

    fn array<const N: usize>(self, at: usize) -> Result<[u8; N], Malformed> {
        let found = self.bytes.get(at..).and_then(|rest| rest.first_chunk());
        found.copied().ok_or_else(|| self.short(at.saturating_add(N)))
    }
}
