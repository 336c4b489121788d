//! The answer to REPORT LUNS (SPC-5, 6.33).

use super::{Fields, Malformed};

/// The number of a logical unit, as it is sent (SAM-5, 4.7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lun(pub u64);

impl Lun {
    /// The number of a unit of one level, as people write it; `None` for others.
    pub fn number(self) -> Option<u16> {
        let [high, low, rest @ ..] = self.0.to_be_bytes();
        let simple = match high >> 6 {
            // By peripheral device; a bus other than 0 is a level of its own.
            0 if high == 0 => Some(u16::from(low)),
            // Flat.
            1 => Some(u16::from_be_bytes([high & 0x3f, low])),
            _ => None,
        };
        simple.filter(|_| rest == [0; 6])
    }
}

/// The units of a target, as far as they came: how many there are, and those.
///
/// # Errors
/// [`Malformed::Short`] without the length of the list.
pub fn luns(bytes: &[u8]) -> Result<(usize, Vec<Lun>), Malformed> {
    let fields = Fields::new("list of units", bytes);
    let length = usize::try_from(fields.u32(0)?).unwrap_or(usize::MAX);
    let (entries, _) = fields.part(8, length).bytes().as_chunks::<8>();
    Ok((length / 8, entries.iter().map(|entry| Lun(u64::from_be_bytes(*entry))).collect()))
}
