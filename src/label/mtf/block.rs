//! The TAPE descriptor block: its fields, and reading them.

use uuid::Uuid;

use super::MtfDate;
use crate::label::bytes::{array_at, u16_le, u32_le};
use crate::label::uuids::find_uuid;

/// What a TAPE block begins with.
pub(super) const TAPE: &[u8; 4] = b"TAPE";

/// Length of the fixed fields; strings follow.
pub(super) const FIXED: usize = 94;

/// Where the fields are.
pub(super) mod at {
    pub const FIRST_EVENT: usize = 8;
    pub const OS_ID: usize = 10;
    pub const STRING_TYPE: usize = 48;
    pub const CHECKSUM: usize = 50;
    pub const FAMILY_ID: usize = 52;
    pub const ATTRIBUTES: usize = 56;
    pub const SEQUENCE: usize = 60;
    pub const MEDIA_NAME: usize = 68;
    pub const MEDIA_LABEL: usize = 72;
    pub const SOFTWARE_NAME: usize = 80;
    pub const LOGICAL_BLOCK_SIZE: usize = 84;
    pub const VENDOR_ID: usize = 86;
    pub const DATE: usize = 88;
    pub const MAJOR_VERSION: usize = 93;
}

/// Bit of [`TapeBlock::attributes`]: the description holds a media label.
pub const MEDIA_LABEL_PRESENT: u32 = 1 << 1;

/// String types.
const SINGLE_BYTE: u8 = 1;
pub(super) const UTF_16: u8 = 2;

/// What an MTF TAPE descriptor block says about its medium.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TapeBlock {
    /// Operating system of the writer; 14 Windows NT, 28 Unix.
    pub os_id: u8,
    /// Number that is equal for all media of one family.
    pub media_family_id: u32,
    /// Attribute bits; see [`MEDIA_LABEL_PRESENT`].
    pub attributes: u32,
    /// Number of the medium in its family, from 1.
    pub sequence: u16,
    /// Name of the medium.
    pub media_name: String,
    /// Description, or media label: fields separated by `|`, of which the eighth is a UUID.
    pub media_label: String,
    /// Name of the program that wrote the medium.
    pub software_name: String,
    /// Length of a format logical block in bytes, 512 or 1024.
    pub logical_block_size: u16,
    /// Number of the vendor of the program.
    pub vendor_id: u16,
    /// When the medium was written first, if that is a date.
    pub date: Option<MtfDate>,
    /// Major version of the format: 1.
    pub major_version: u8,
}

impl TapeBlock {
    /// Reads the block at the beginning of a medium's first record. `None` if that is no TAPE
    /// block, is too short, or its checksum is wrong.
    ///
    /// A string that does not lie in the record, or has no sensible form, reads as empty;
    /// characters that make no sense are replaced; trailing blanks and NULs are cut.
    pub fn decode(record: &[u8]) -> Option<Self> {
        let fixed: &[u8; FIXED] = record.first_chunk()?;
        if !fixed.starts_with(TAPE) || checksum(fixed) != u16_le(fixed, at::CHECKSUM)? {
            return None;
        }
        Some(Self {
            os_id: *fixed.get(at::OS_ID)?,
            media_family_id: u32_le(fixed, at::FAMILY_ID)?,
            attributes: u32_le(fixed, at::ATTRIBUTES)?,
            sequence: u16_le(fixed, at::SEQUENCE)?,
            media_name: text_at(record, at::MEDIA_NAME),
            media_label: text_at(record, at::MEDIA_LABEL),
            software_name: text_at(record, at::SOFTWARE_NAME),
            logical_block_size: u16_le(fixed, at::LOGICAL_BLOCK_SIZE)?,
            vendor_id: u16_le(fixed, at::VENDOR_ID)?,
            date: MtfDate::from_bits(array_at(fixed, at::DATE)?),
            major_version: *fixed.get(at::MAJOR_VERSION)?,
        })
    }

    /// The UUID of the medium, if the block has a media label with one.
    pub fn media_id(&self) -> Option<Uuid> {
        if self.attributes & MEDIA_LABEL_PRESENT == 0 {
            return None;
        }
        find_uuid(&self.media_label)
    }
}

/// XOR of the 16-bit words before the checksum.
pub(super) fn checksum(block: &[u8]) -> u16 {
    let covered = block.get(..at::CHECKSUM).unwrap_or_default();
    covered.as_chunks().0.iter().fold(0, |sum, word| sum ^ u16::from_le_bytes(*word))
}

/// The string whose size and offset are at `field`.
fn text_at(record: &[u8], field: usize) -> String {
    let Some(bytes) = string_bytes(record, field) else { return String::new() };
    let mut text = match record.get(at::STRING_TYPE) {
        Some(&SINGLE_BYTE) => String::from_utf8_lossy(bytes).into_owned(),
        Some(&UTF_16) => utf16_text(bytes),
        _ => String::new(),
    };
    text.truncate(text.trim_end_matches([' ', '\0']).len());
    text
}

fn string_bytes(record: &[u8], field: usize) -> Option<&[u8]> {
    let size = usize::from(u16_le(record, field)?);
    let offset = usize::from(u16_le(record, field + 2)?);
    record.get(offset..)?.get(..size)
}

fn utf16_text(bytes: &[u8]) -> String {
    let (units, odd) = bytes.as_chunks();
    if !odd.is_empty() {
        return String::new();
    }
    let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}
