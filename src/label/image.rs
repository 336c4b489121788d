//! The beginning of a medium.

use crate::device::DeviceError;

/// The beginning of one side, as [`read_label`](super::read_label) found it.
#[derive(Debug, Default)]
pub struct LabelImage {
    /// Blocks and filemarks in the order of the medium.
    pub records: Vec<LabelRecord>,
    /// Why the medium could not be read beyond [`records`](Self::records), if it could not.
    pub read_error: Option<DeviceError>,
    /// Whether the medium holds nothing at all.
    pub blank: bool,
}

/// One thing on a medium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabelRecord {
    /// A block; its end may be missing where it is longer than what was asked for.
    Data(Vec<u8>),
    /// A filemark.
    Filemark,
}

impl LabelImage {
    /// The image of a medium of which only the first block is known.
    pub fn from_record(first: impl Into<Vec<u8>>) -> Self {
        Self { records: vec![LabelRecord::Data(first.into())], ..Self::default() }
    }

    /// The first block. The offsets of most formats are counted in it.
    pub fn first_data(&self) -> Option<&[u8]> {
        self.records.iter().find_map(|record| match record {
            LabelRecord::Data(block) => Some(block.as_slice()),
            LabelRecord::Filemark => None,
        })
    }
}
