//! READ ATTRIBUTE (SPC-5, 6.18 and 7.4): what the memory of a cartridge holds.

use crate::device::scsi::reply::{Fields, Malformed};

/// What the memory of a cartridge holds, as far as it was given.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CartridgeMemory {
    /// How much more fits, in bytes.
    pub remaining: Option<u64>,
    /// How much fits at all, in bytes.
    pub total: Option<u64>,
    /// How often it was loaded.
    pub loads: Option<u64>,
    /// Who made the cartridge.
    pub manufacturer: Option<String>,
    /// The serial number of the cartridge.
    pub serial: Option<String>,
    /// The code of its density.
    pub density: Option<u8>,
    /// What it is.
    pub kind: Option<MemoryKind>,
    /// The bar code that a host has noted in it.
    pub bar_code: Option<String>,
}

/// What a cartridge is, as its memory says.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MemoryKind {
    /// It takes data.
    Data,
    /// It cleans drives.
    Cleaning,
    /// What is written to it stays.
    WriteOnce,
}

impl CartridgeMemory {
    /// Reads the attributes that an answer gives. One that is cut off, or of another length than it
    /// must have, counts as not given.
    ///
    /// # Errors
    /// [`Malformed::Short`] without even the length.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let fields = Fields::new("cartridge memory", bytes);
        let available = usize::try_from(fields.u32(0)?).unwrap_or(usize::MAX);
        let mut rest = fields.part(4, available);
        let mut memory = Self::default();
        while let (Ok(id), Ok(length)) = (rest.u16(0), rest.u16(3)) {
            let length = usize::from(length);
            if let Ok(value) = rest.whole(5, length) {
                memory.add(id, value);
            }
            rest = rest.rest(5 + length);
        }
        Ok(memory)
    }

    /// Notes an attribute, unless it was given before: what fills an answer up looks like attribute 0.
    fn add(&mut self, id: u16, value: Fields<'_>) {
        match id {
            0x0000 => note(&mut self.remaining, mebibytes(value)),
            0x0001 => note(&mut self.total, mebibytes(value)),
            0x0003 => note(&mut self.loads, value.u64(0).ok()),
            0x0400 => note(&mut self.manufacturer, text(value)),
            0x0401 => note(&mut self.serial, text(value)),
            0x0405 => note(&mut self.density, value.byte(0).ok()),
            0x0408 => note(&mut self.kind, value.byte(0).ok().and_then(MemoryKind::of)),
            0x0806 => note(&mut self.bar_code, text(value)),
            _ => {}
        }
    }
}

impl MemoryKind {
    fn of(code: u8) -> Option<Self> {
        match code {
            0x00 => Some(Self::Data),
            0x01 => Some(Self::Cleaning),
            0x80 => Some(Self::WriteOnce),
            _ => None,
        }
    }
}

fn note<T>(known: &mut Option<T>, given: Option<T>) {
    if known.is_none() {
        *known = given;
    }
}

fn text(value: Fields<'_>) -> Option<String> {
    Some(value.text(0, value.len())).filter(|text| !text.is_empty())
}

fn mebibytes(value: Fields<'_>) -> Option<u64> {
    value.u64(0).ok()?.checked_mul(1 << 20)
}
