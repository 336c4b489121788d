//! Sense data (SPC-5, 4.4): why a command was not carried out, or what is worth knowing about it.

use super::{Fields, Malformed};
use crate::device::Sense;

/// Sense data, in either format.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SenseData {
    /// They are about an earlier command, which had been said to have ended well. The command that
    /// brought them was not carried out.
    pub deferred: bool,
    /// The sense key, 0 to 15.
    pub key: u8,
    /// The additional sense code.
    pub code: u8,
    /// The additional sense code qualifier.
    pub qualifier: u8,
    /// The information field, where it is valid, as an unsigned number.
    pub information: Option<u64>,
    /// The information field, where it is valid, as a signed number: what was asked for less what
    /// was done (SSC-5, 4.2.20). Negative where a block is longer than what was asked for.
    pub residual: Option<i64>,
    /// The command-specific information.
    pub command_specific: Option<u64>,
    /// A filemark was met.
    pub filemark: bool,
    /// The end of the medium, the early warning before it, or the beginning was met.
    pub end_of_medium: bool,
    /// A block was of another length than asked for.
    pub incorrect_length: bool,
    /// What belongs to the sense key, where it was given.
    pub specific: Option<SenseSpecific>,
}

/// What belongs to a sense key.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SenseSpecific {
    /// Key 5: which field the device did not like.
    Field {
        /// It is in the command, otherwise in the parameter data.
        in_command: bool,
        /// The offset of its first byte.
        byte: u16,
        /// Its most significant bit.
        bit: Option<u8>,
    },
    /// Keys 1, 3 and 4: how often the device tried.
    Retries(u16),
    /// Keys 0 and 2: how far it is, in parts of 65,536.
    Progress(u16),
}

impl SenseData {
    /// NO SENSE: nothing is wrong.
    pub const NO_SENSE: u8 = 0x0;
    /// RECOVERED ERROR: it was done, not without trouble.
    pub const RECOVERED_ERROR: u8 = 0x1;
    /// NOT READY.
    pub const NOT_READY: u8 = 0x2;
    /// MEDIUM ERROR.
    pub const MEDIUM_ERROR: u8 = 0x3;
    /// HARDWARE ERROR.
    pub const HARDWARE_ERROR: u8 = 0x4;
    /// ILLEGAL REQUEST.
    pub const ILLEGAL_REQUEST: u8 = 0x5;
    /// UNIT ATTENTION.
    pub const UNIT_ATTENTION: u8 = 0x6;
    /// DATA PROTECT.
    pub const DATA_PROTECT: u8 = 0x7;
    /// BLANK CHECK: nothing was ever written here.
    pub const BLANK_CHECK: u8 = 0x8;
    /// ABORTED COMMAND.
    pub const ABORTED_COMMAND: u8 = 0xB;
    /// VOLUME OVERFLOW: the medium is full.
    pub const VOLUME_OVERFLOW: u8 = 0xD;

    /// Reads sense data of fixed (70h, 71h) or descriptor (72h, 73h) format. Whatever is cut off,
    /// or lies behind the length the data state, counts as not given.
    ///
    /// # Errors
    /// [`Malformed`] where not even the sense key is there, or the format is unknown.
    ///
    /// ```
    /// use rsm::device::scsi::reply::sense::SenseData;
    ///
    /// let sense = SenseData::read(&[0x72, 0x05, 0x21, 0x01, 0, 0, 0, 0])?;
    /// assert_eq!((sense.key, sense.code, sense.qualifier), (5, 0x21, 0x01));
    /// # Ok::<(), rsm::device::scsi::reply::Malformed>(())
    /// ```
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let fields = Fields::new("sense data", bytes);
        let format = fields.byte(0)? & 0x7f;
        let deferred = format & 1 != 0;
        match format {
            0x70 | 0x71 => Ok(Self { deferred, ..Self::fixed(stated(fields))? }),
            0x72 | 0x73 => Ok(Self { deferred, ..Self::descriptors(stated(fields))? }),
            _ => Err(fields.senseless("its format is unknown")),
        }
    }

    /// Key, code and qualifier.
    pub fn sense(&self) -> Sense {
        Sense { key: self.key, code: self.code, qualifier: self.qualifier }
    }

    /// Code and qualifier as one number: `3B0Eh` is `0x3B0E`.
    pub fn condition(&self) -> u16 {
        u16::from_be_bytes([self.code, self.qualifier])
    }

    fn fixed(fields: Fields<'_>) -> Result<Self, Malformed> {
        let key = fields.byte(2)? & 0x0f;
        let valid = fields.bit(0, 7);
        let information = fields.u32(3).ok().filter(|_| valid);
        Ok(Self {
            key,
            code: fields.byte(12).unwrap_or(0),
            qualifier: fields.byte(13).unwrap_or(0),
            information: information.map(u64::from),
            residual: information.map(|raw| raw.cast_signed().into()),
            command_specific: fields.u32(8).ok().map(u64::from),
            filemark: fields.bit(2, 7),
            end_of_medium: fields.bit(2, 6),
            incorrect_length: fields.bit(2, 5),
            specific: SenseSpecific::read(key, fields.part(15, 3)),
            ..Self::default()
        })
    }

    fn descriptors(fields: Fields<'_>) -> Result<Self, Malformed> {
        let mut sense = Self {
            key: fields.byte(1)? & 0x0f,
            code: fields.byte(2).unwrap_or(0),
            qualifier: fields.byte(3).unwrap_or(0),
            ..Self::default()
        };
        let mut rest = fields.rest(8);
        while let (Ok(kind), Ok(length)) = (rest.byte(0), rest.byte(1)) {
            let length = usize::from(length) + 2;
            sense.add(kind, rest.part(0, length));
            rest = rest.rest(length);
        }
        Ok(sense)
    }

    fn add(&mut self, kind: u8, descriptor: Fields<'_>) {
        match kind {
            0x00 => {
                let information = descriptor.u64(4).ok().filter(|_| descriptor.bit(2, 7));
                self.information = information;
                self.residual = information.map(u64::cast_signed);
            }
            0x01 => self.command_specific = descriptor.u64(4).ok(),
            0x02 => self.specific = SenseSpecific::read(self.key, descriptor.part(4, 3)),
            0x04 => {
                self.filemark = descriptor.bit(3, 7);
                self.end_of_medium = descriptor.bit(3, 6);
                self.incorrect_length = descriptor.bit(3, 5);
            }
            0x05 => self.incorrect_length = descriptor.bit(3, 5),
            _ => {}
        }
    }
}

impl SenseSpecific {
    fn read(key: u8, fields: Fields<'_>) -> Option<Self> {
        let value = fields.u16(1).ok().filter(|_| fields.bit(0, 7))?;
        let first = fields.byte(0).ok()?;
        match key {
            SenseData::ILLEGAL_REQUEST => Some(Self::Field {
                in_command: fields.bit(0, 6),
                byte: value,
                bit: fields.bit(0, 3).then_some(first & 0x07),
            }),
            SenseData::RECOVERED_ERROR | SenseData::MEDIUM_ERROR | SenseData::HARDWARE_ERROR => {
                Some(Self::Retries(value))
            }
            SenseData::NO_SENSE | SenseData::NOT_READY => Some(Self::Progress(value)),
            _ => None,
        }
    }
}

/// The data without what follows the length they state.
fn stated(fields: Fields<'_>) -> Fields<'_> {
    fields.byte(7).map_or(fields, |additional| fields.part(0, 8 + usize::from(additional)))
}
