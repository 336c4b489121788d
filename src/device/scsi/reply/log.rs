//! The answers to LOG SENSE (SPC-5, 7.3; SSC-5, 8.3).

use std::time::Duration;

use super::{Fields, Malformed};
use crate::device::{Capacity, TapeAlerts};

/// The list of pages a device has (SPC-5).
pub const SUPPORTED_PAGES: u8 = 0x00;
/// Sequential-access device (SSC-5): whether it is to be cleaned.
pub const SEQUENTIAL_ACCESS: u8 = 0x0c;
/// Device statistics (SSC-5).
pub const DEVICE_STATISTICS: u8 = 0x14;
/// Volume statistics (SSC-5).
pub const VOLUME_STATISTICS: u8 = 0x17;
/// TapeAlert (SSC-5). Reading it clears it.
pub const TAPE_ALERT: u8 = 0x2e;
/// Tape capacity, of LTO drives older than volume statistics.
pub const TAPE_CAPACITY: u8 = 0x31;

/// A log page: what was counted.
#[derive(Clone, Copy, Debug)]
pub struct LogPage<'a> {
    code: u8,
    body: Fields<'a>,
}

/// One value of a log page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogParameter<'a> {
    /// Its code.
    pub code: u16,
    /// Its value.
    pub value: Fields<'a>,
}

impl<'a> LogPage<'a> {
    /// Reads the header of a page.
    ///
    /// # Errors
    /// [`Malformed`] without the header, or where it is another page.
    pub fn read(code: u8, bytes: &'a [u8]) -> Result<Self, Malformed> {
        let fields = Fields::new("log page", bytes);
        let length = usize::from(fields.u16(2)?);
        if fields.byte(0)? & 0x3f != code {
            return Err(fields.senseless("it is another page"));
        }
        Ok(Self { code, body: fields.part(4, length) })
    }

    /// Its code.
    pub fn code(self) -> u8 {
        self.code
    }

    /// Its values. One that is cut off is left out.
    pub fn parameters(self) -> impl Iterator<Item = LogParameter<'a>> {
        let mut rest = self.body;
        std::iter::from_fn(move || {
            let length = usize::from(rest.byte(3).ok()?);
            let parameter =
                LogParameter { code: rest.u16(0).ok()?, value: rest.whole(4, length).ok()? };
            rest = rest.rest(4 + length);
            Some(parameter)
        })
    }

    /// The number with this code; `None` where it is not told. All bits set mean just that.
    pub fn number(self, code: u16) -> Option<u64> {
        let value = self.value(code)?;
        let told = value.bytes().iter().any(|byte| *byte != 0xff);
        value.number().filter(|_| told)
    }

    /// The text with this code, trimmed; `None` for an empty one.
    pub fn text(self, code: u16) -> Option<String> {
        let value = self.value(code)?;
        Some(value.text(0, value.len())).filter(|text| !text.is_empty())
    }

    fn value(self, code: u16) -> Option<Fields<'a>> {
        self.parameters().find(|parameter| parameter.code == code).map(|parameter| parameter.value)
    }
}

/// The pages a device has (page 00h).
///
/// # Errors
/// [`Malformed`] where it is another page.
pub fn supported_pages(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let page = LogPage::read(SUPPORTED_PAGES, bytes)?;
    Ok(page.body.bytes().iter().map(|code| code & 0x3f).collect())
}

/// The alerts that are raised (page 2Eh).
///
/// # Errors
/// [`Malformed`] where it is another page.
pub fn tape_alerts(bytes: &[u8]) -> Result<TapeAlerts, Malformed> {
    let page = LogPage::read(TAPE_ALERT, bytes)?;
    let raised = page.parameters().filter(|parameter| parameter.value.bit(0, 0));
    Ok(raised.fold(TapeAlerts::default(), |alerts, parameter| {
        alerts.with(u8::try_from(parameter.code).unwrap_or(0))
    }))
}

/// Whether a drive asks to be cleaned (page 0Ch); `None` where it does not tell.
///
/// # Errors
/// [`Malformed`] where it is another page.
pub fn wants_cleaning(bytes: &[u8]) -> Result<Option<bool>, Malformed> {
    let page = LogPage::read(SEQUENTIAL_ACCESS, bytes)?;
    Ok(page.value(0x0100).map(|value| value.bytes().iter().any(|byte| *byte != 0)))
}

/// What is known of a drive's life (page 14h).
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeviceStatistics {
    /// How often a medium was loaded.
    pub loads: Option<u64>,
    /// How often it was cleaned.
    pub cleanings: Option<u64>,
    /// How long it was switched on.
    pub powered: Option<Duration>,
    /// How long media moved over its heads.
    pub head_time: Option<Duration>,
    /// How long they did since it was cleaned.
    pub head_time_since_cleaning: Option<Duration>,
    /// Writes that failed for good.
    pub hard_write_errors: Option<u64>,
    /// Reads that failed for good.
    pub hard_read_errors: Option<u64>,
}

impl DeviceStatistics {
    /// Reads page 14h.
    ///
    /// # Errors
    /// [`Malformed`] where it is another page.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let page = LogPage::read(DEVICE_STATISTICS, bytes)?;
        let hours = |code: u16| {
            let seconds = page.number(code)?.checked_mul(3600)?;
            Some(Duration::from_secs(seconds))
        };
        Ok(Self {
            loads: page.number(0x0000),
            cleanings: page.number(0x0001),
            powered: hours(0x0002),
            head_time: hours(0x0003),
            head_time_since_cleaning: hours(0x0008),
            hard_write_errors: page.number(0x000e),
            hard_read_errors: page.number(0x000f),
        })
    }
}

/// What is known of the loaded medium (page 17h).
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VolumeStatistics {
    /// How often it was loaded.
    pub loads: Option<u64>,
    /// Writes that failed for good.
    pub unrecovered_write_errors: Option<u64>,
    /// Reads that failed for good.
    pub unrecovered_read_errors: Option<u64>,
    /// Bytes written in its life, in whole megabytes.
    pub written: Option<u64>,
    /// Bytes read in its life, in whole megabytes.
    pub read: Option<u64>,
    /// How much fits on it, without compression, in bytes.
    pub capacity: Option<u64>,
    /// How much of that is used, in bytes.
    pub used: Option<u64>,
    /// Its serial number.
    pub serial: Option<String>,
    /// The bar code that its memory holds.
    pub bar_code: Option<String>,
    /// Who made it.
    pub manufacturer: Option<String>,
    /// It cannot be written.
    pub write_protected: Option<bool>,
    /// It is written once.
    pub write_once: Option<bool>,
}

impl VolumeStatistics {
    /// Reads page 17h. Empty where the drive says that the page is not valid: nothing is loaded.
    ///
    /// # Errors
    /// [`Malformed`] where it is another page.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let page = LogPage::read(VOLUME_STATISTICS, bytes)?;
        if page.number(0x0000) == Some(0) {
            return Ok(Self::default());
        }
        let megabytes = |code: u16| page.number(code)?.checked_mul(1_000_000);
        let flag = |code: u16| page.number(code).map(|number| number & 1 != 0);
        Ok(Self {
            loads: page.number(0x0001),
            unrecovered_write_errors: page.number(0x0004),
            unrecovered_read_errors: page.number(0x0009),
            written: megabytes(0x0010),
            read: megabytes(0x0011),
            capacity: megabytes(0x0016),
            used: megabytes(0x0017),
            serial: page.text(0x0040),
            bar_code: page.text(0x0042),
            manufacturer: page.text(0x0043),
            write_protected: flag(0x0080),
            write_once: flag(0x0081),
        })
    }
}

/// How much fits on the loaded medium (page 31h), in its first partition.
///
/// # Errors
/// [`Malformed`] where it is another page.
pub fn tape_capacity(bytes: &[u8]) -> Result<Capacity, Malformed> {
    let page = LogPage::read(TAPE_CAPACITY, bytes)?;
    let mebibytes = |code: u16| page.number(code)?.checked_mul(1 << 20);
    Ok(Capacity { total: mebibytes(3), remaining: mebibytes(1) })
}
