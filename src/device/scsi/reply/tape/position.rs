//! READ POSITION (SSC-5, 7.7).

use crate::device::scsi::reply::{Fields, Malformed};

/// The short form.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShortPosition {
    /// It stands at the beginning.
    pub beginning: bool,
    /// It stands between the early warning and the end.
    pub end: bool,
    /// How many blocks and filemarks are before it; `None` where the drive does not know, or the
    /// number has more than 32 bits.
    pub object: Option<u32>,
    /// The number does not fit into this form: ask for the [long one](LongPosition).
    pub overflow: bool,
}

impl ShortPosition {
    /// Reads the short form.
    ///
    /// # Errors
    /// [`Malformed::Short`].
    ///
    /// ```
    /// use rsm::device::scsi::reply::tape::ShortPosition;
    ///
    /// let answer = [0x10, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0];
    /// assert_eq!(ShortPosition::read(&answer)?.object, Some(7));
    /// # Ok::<(), rsm::device::scsi::reply::Malformed>(())
    /// ```
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let fields = Fields::new("position", bytes);
        let (beginning, end) = (fields.bit(0, 7), fields.bit(0, 6));
        let (unknown, overflow) = (fields.bit(0, 2), fields.bit(0, 1));
        let object = fields.u32(4)?;
        let object = (!unknown && !overflow).then_some(object);
        Ok(Self { beginning, end, object, overflow })
    }
}

/// The long form.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LongPosition {
    /// It stands at the beginning.
    pub beginning: bool,
    /// It stands between the early warning and the end.
    pub end: bool,
    /// The partition.
    pub partition: u32,
    /// How many blocks and filemarks are before it, where the drive knows.
    pub object: Option<u64>,
    /// How many filemarks are before it, where the drive knows.
    pub filemarks: Option<u64>,
}

impl LongPosition {
    /// Reads the long form.
    ///
    /// # Errors
    /// [`Malformed::Short`].
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let fields = Fields::new("position", bytes);
        let (marks_unknown, object_unknown) = (fields.bit(0, 3), fields.bit(0, 2));
        let (object, filemarks) = (fields.u64(8)?, fields.u64(16)?);
        Ok(Self {
            beginning: fields.bit(0, 7),
            end: fields.bit(0, 6),
            partition: fields.u32(4)?,
            object: (!object_unknown).then_some(object),
            filemarks: (!marks_unknown).then_some(filemarks),
        })
    }
}
