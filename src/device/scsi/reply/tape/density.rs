//! REPORT DENSITY SUPPORT (SSC-5, 7.10).

use crate::device::scsi::reply::Fields;

/// The length of a descriptor, with all that is read here.
const DESCRIPTOR: usize = 52;

/// A density.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Density {
    /// Its code.
    pub code: u8,
    /// The code of the density with which it is written, where that is another.
    pub secondary: u8,
    /// The drive can write it.
    pub writable: bool,
    /// It is the drive's usual one.
    pub usual: bool,
    /// How much fits, in units of 1,000,000 bytes; 0 where that is not told.
    pub capacity: u32,
    /// Who defined it.
    pub organization: String,
    /// What it is called.
    pub name: String,
    /// What it is, in words.
    pub description: String,
}

/// Reads the densities. What is cut off is left out.
pub fn densities(bytes: &[u8]) -> Vec<Density> {
    let fields = Fields::new("density support", bytes);
    let Ok(available) = fields.u16(0) else { return Vec::new() };
    let mut rest = fields.part(4, usize::from(available).saturating_sub(2));
    let mut found = Vec::new();
    while let Some((density, length)) = descriptor(rest) {
        found.push(density);
        rest = rest.rest(length);
    }
    found
}

fn descriptor(fields: Fields<'_>) -> Option<(Density, usize)> {
    let whole = fields.whole(0, DESCRIPTOR).ok()?;
    // Where the length is not said to be valid, descriptors have their usual one.
    let length = if whole.bit(2, 0) { whole.u16(3).ok()? } else { 0 };
    let density = Density {
        code: whole.byte(0).ok()?,
        secondary: whole.byte(1).ok()?,
        writable: whole.bit(2, 7),
        usual: whole.bit(2, 5),
        capacity: whole.u32(12).ok()?,
        organization: whole.text(16, 8),
        name: whole.text(24, 8),
        description: whole.text(32, 20),
    };
    Some((density, usize::from(length).saturating_add(5).max(DESCRIPTOR)))
}
