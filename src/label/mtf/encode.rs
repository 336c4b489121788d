//! Writing a TAPE descriptor block.

use super::TapeBlock;
use super::block::{FIXED, TAPE, UTF_16, at, checksum};
use crate::label::bytes::put;

/// Longest string in a block that is written, in UTF-16 units, so that offsets always fit.
pub const MAX_TEXT: usize = 4000;

/// Streams begin at a multiple of this.
const STREAM_ALIGNMENT: usize = 4;

impl TapeBlock {
    /// The block as it is written to the beginning of a medium, in as many format logical blocks
    /// as it takes. Strings are cut to [`MAX_TEXT`].
    pub fn encode(&self) -> Vec<u8> {
        let strings = [
            (at::MEDIA_NAME, utf16_bytes(&self.media_name)),
            (at::MEDIA_LABEL, utf16_bytes(&self.media_label)),
            (at::SOFTWARE_NAME, utf16_bytes(&self.software_name)),
        ];
        let end = strings.iter().fold(FIXED, |end, (_, bytes)| end + bytes.len());
        let end = end.next_multiple_of(STREAM_ALIGNMENT);
        let unit = usize::from(self.logical_block_size.max(1));
        let mut block = vec![0; end.next_multiple_of(unit)];
        self.put_fixed(&mut block);
        put_u16(&mut block, at::FIRST_EVENT, end);
        let mut offset = FIXED;
        for (field, bytes) in &strings {
            put_u16(&mut block, *field, bytes.len());
            put_u16(&mut block, field + 2, offset);
            put(&mut block, offset, bytes);
            offset += bytes.len();
        }
        let sum = checksum(&block);
        put(&mut block, at::CHECKSUM, &sum.to_le_bytes());
        block
    }

    fn put_fixed(&self, block: &mut [u8]) {
        put(block, 0, TAPE);
        put(block, at::OS_ID, &[self.os_id]);
        put(block, at::STRING_TYPE, &[UTF_16]);
        put(block, at::FAMILY_ID, &self.media_family_id.to_le_bytes());
        put(block, at::ATTRIBUTES, &self.attributes.to_le_bytes());
        put(block, at::SEQUENCE, &self.sequence.to_le_bytes());
        put(block, at::LOGICAL_BLOCK_SIZE, &self.logical_block_size.to_le_bytes());
        put(block, at::VENDOR_ID, &self.vendor_id.to_le_bytes());
        put(block, at::DATE, &self.date.map(|date| date.to_bits()).unwrap_or_default());
        put(block, at::MAJOR_VERSION, &[self.major_version]);
    }
}

/// Sizes and offsets in a block are below 3 * 2 * [`MAX_TEXT`] + 98, which 16 bits hold.
fn put_u16(block: &mut [u8], at: usize, value: usize) {
    put(block, at, &u16::try_from(value).unwrap_or(u16::MAX).to_le_bytes());
}

fn utf16_bytes(text: &str) -> Vec<u8> {
    text.encode_utf16().take(MAX_TEXT).flat_map(u16::to_le_bytes).collect()
}
