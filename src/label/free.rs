//! The label of free media: the only label the manager itself writes.
//!
//! **\[D]** No public source gives the original bytes. It is an MTF TAPE block, so that other
//! readers of MTF see a labelled tape.

use uuid::Uuid;

use super::info::cut_chars;
use super::mtf::{MEDIA_LABEL_PRESENT, MtfDate, TapeBlock};
use super::uuids::find_uuid;
use super::{LabelFormat, LabelImage, LabelInfo};
use crate::device::{DeviceResult, MediumIo};
use crate::model::{ComputerId, Timestamp};

/// Label type of free media; the software name in their block.
pub const FREE_LABEL_TYPE: &str = "RSM Free Label";

/// Length of the block.
const BLOCK_SIZE: u16 = 1024;

/// The number of "Unix" as the operating system of the writer.
const UNIX: u8 = 28;

/// Longest name and bar code, in characters. With these, everything fits into one block.
const MAX_TEXT: usize = 63;

/// The label that is written to a side entering a free pool.
#[doc(alias = "NTMS_LM_WRITESCRATCH")]
#[derive(Clone, Debug)]
pub struct FreeLabel<'a> {
    /// Display name of the medium; cut to 63 characters.
    pub media_name: &'a str,
    /// Now.
    pub time: Timestamp,
    /// Bar code, else sequence number of the medium; cut to 63 characters.
    pub cartridge: &'a str,
    /// Number of the side, 1 or 2.
    pub side: u32,
    /// The new identity of the side. Must be new for every label that is written.
    pub media_id: Uuid,
    /// The computer that writes.
    pub computer_id: ComputerId,
}

impl FreeLabel<'_> {
    /// The block: 1024 bytes, to be followed by one filemark.
    pub fn to_block(&self) -> Vec<u8> {
        let (media_family_id, ..) = self.media_id.as_fields();
        let date = MtfDate::from(self.time);
        let block = TapeBlock {
            os_id: UNIX,
            media_family_id,
            attributes: MEDIA_LABEL_PRESENT,
            sequence: 1,
            media_name: cut(self.media_name),
            media_label: self.media_label(date),
            software_name: FREE_LABEL_TYPE.to_owned(),
            logical_block_size: BLOCK_SIZE,
            vendor_id: 0,
            date: Some(date),
            major_version: 1,
        };
        block.encode()
    }

    /// What reading the label will say.
    pub fn info(&self) -> LabelInfo {
        let name = cut(self.media_name);
        let name = name.trim_end_matches([' ', '\0']);
        LabelInfo::new(FREE_LABEL_TYPE, self.media_id.into_bytes()).described(name)
    }

    /// Writes the label and one filemark to the beginning of a loaded medium. **Everything that
    /// was on the side is lost.** Who calls this has read the label that is there and knows that
    /// it may go. When it returns, the label is on the medium to stay; reading it back is the
    /// caller's.
    ///
    /// # Errors
    /// Those of the device. What the side holds is then unknown: the old label, the new one, or
    /// neither.
    pub fn write(&self, medium: &mut dyn MediumIo) -> DeviceResult<()> {
        medium.rewind()?;
        let _ = medium.write_block(&self.to_block())?;
        let _ = medium.write_filemarks(1)?;
        Ok(())
    }

    fn media_label(&self, date: MtfDate) -> String {
        let Self { side, media_id, computer_id, .. } = self;
        let cartridge = plain_cartridge(self.cartridge);
        format!(
            "MTF Media Label|1.0|RSM|Free|{date}|{cartridge}|{side}|{{{media_id}}}|{{{computer_id}}}|"
        )
    }
}

/// The bar code in a form that ends no field and is not mistaken for the id, which is the first
/// UUID in the media label.
fn plain_cartridge(bar_code: &str) -> String {
    let mut text = cut(bar_code).replace(|c: char| c == '|' || c.is_control(), "_");
    if find_uuid(&text).is_some() {
        text = text.replace('-', "_");
    }
    text
}

fn cut(text: &str) -> String {
    let mut text = text.to_owned();
    cut_chars(&mut text, MAX_TEXT);
    text
}

/// Recognises the label of free media.
#[derive(Clone, Copy, Debug)]
pub(super) struct FreeLabelFormat;

impl LabelFormat for FreeLabelFormat {
    fn name(&self) -> &str {
        FREE_LABEL_TYPE
    }

    fn max_label(&self) -> usize {
        usize::from(BLOCK_SIZE)
    }

    fn claim(&self, image: &LabelImage) -> Option<LabelInfo> {
        let block = TapeBlock::decode(image.first_data()?)?;
        if block.software_name != FREE_LABEL_TYPE {
            return None;
        }
        let id = block.media_id()?;
        Some(LabelInfo::new(FREE_LABEL_TYPE, id.into_bytes()).described(block.media_name))
    }
}
