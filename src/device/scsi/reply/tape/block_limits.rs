//! READ BLOCK LIMITS (SSC-5, 7.6).

use crate::device::scsi::reply::{Fields, Malformed};

/// Which lengths of blocks a drive takes, in bytes.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlockLengths {
    /// Lengths are multiples of 2 to this power. Some drives give one that they do not keep.
    pub granularity: u8,
    /// The longest; `None` where the drive sets no limit.
    pub max: Option<u32>,
    /// The shortest.
    pub min: u16,
}

impl BlockLengths {
    /// Reads the answer.
    ///
    /// # Errors
    /// [`Malformed`] where it is cut off, or the shortest is longer than the longest.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let fields = Fields::new("block limits", bytes);
        let (max, min) = (fields.u24(1)?, fields.u16(4)?);
        if max != 0 && u32::from(min) > max {
            return Err(fields.senseless("the shortest block is longer than the longest"));
        }
        Ok(Self { granularity: fields.byte(0)? & 0x1f, max: (max != 0).then_some(max), min })
    }

    /// The only length there is, where the drive takes only one.
    pub fn fixed(self) -> Option<u32> {
        self.max.filter(|max| *max == u32::from(self.min))
    }
}
