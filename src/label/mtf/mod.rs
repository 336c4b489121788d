//! Microsoft Tape Format 1.00a: the TAPE block a medium begins with.

mod block;
mod date;
mod encode;
#[cfg(test)]
pub(super) mod tests;

use md5::{Digest, Md5};

use super::info::{MAX_LABEL_TYPE, cut_chars};
use super::{LabelFormat, LabelImage, LabelInfo};

pub use block::{MEDIA_LABEL_PRESENT, TapeBlock};
pub use date::MtfDate;
pub use encode::MAX_TEXT;

/// Label type of media whose writer is not named **\[D]**.
const NAMELESS_TYPE: &str = "MTF";

/// Reads the labels of all programs that write MTF. The label type is the name of the program,
/// the description the media name; the id is the UUID in the media label, or a digest of the
/// block where there is none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mtf;

impl LabelFormat for Mtf {
    fn name(&self) -> &str {
        "MTF"
    }

    /// Offsets and sizes of strings have 16 bits each.
    fn max_label(&self) -> usize {
        2 * (usize::from(u16::MAX) + 1)
    }

    fn claim(&self, image: &LabelImage) -> Option<LabelInfo> {
        let record = image.first_data()?;
        let block = TapeBlock::decode(record)?;
        let id = match block.media_id() {
            Some(id) => id.into_bytes().to_vec(),
            None => digest(record, block.logical_block_size),
        };
        let mut label_type = block.software_name;
        if label_type.is_empty() {
            label_type = NAMELESS_TYPE.to_owned();
        }
        // [D] Cut, not refused: such a medium has an identity.
        cut_chars(&mut label_type, MAX_LABEL_TYPE);
        Some(LabelInfo::new(label_type, id).described(block.media_name))
    }
}

/// The id of a block without a UUID: the MD5 of the block, which is as long as it says, taken as
/// 512 bytes where that makes no sense, and no longer than the record **\[D]**.
fn digest(record: &[u8], logical_block_size: u16) -> Vec<u8> {
    let length = match usize::from(logical_block_size) {
        size if size >= 512 && size.is_multiple_of(512) => size,
        _ => 512,
    };
    Md5::digest(record.get(..length).unwrap_or(record)).to_vec()
}
