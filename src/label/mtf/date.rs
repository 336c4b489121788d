//! Dates in MTF blocks.

use std::fmt;

use crate::model::{Timestamp, civil};

/// A date and time of day as MTF stores it. Its text form is that of media labels,
/// `YYYY/MM/DD.HH:MM:SS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MtfDate {
    /// Year, 0 to 9999.
    year: u16,
    month: u8,
    day: u8,
    hour: u8,
    minute: u8,
    second: u8,
}

/// Widths of the fields in bits, from the least significant: second, minute, hour, day, month;
/// the year is what remains.
const WIDTHS: [u32; 5] = [6, 6, 5, 5, 4];

const SECONDS_A_DAY: i64 = 86_400;

/// 0001-01-01 00:00:00 and 9999-12-31 23:59:59 in seconds from 1970.
const FIRST_SECOND: i64 = -62_135_596_800;
const LAST_SECOND: i64 = 253_402_300_799;

impl MtfDate {
    /// Reads the 40 bits of a block. `None` if that is no date; 0 stands for "unknown".
    pub(super) fn from_bits(bits: [u8; 5]) -> Option<Self> {
        let mut rest = bits.iter().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        let [second, minute, hour, day, month] = WIDTHS.map(|width| {
            let field = rest & ((1 << width) - 1);
            rest >>= width;
            field as u8
        });
        let is_date = (1..=12).contains(&month) && (1..=31).contains(&day) && rest <= 9999;
        let is_time = hour < 24 && minute < 60 && second < 60;
        (is_date && is_time).then_some(Self { year: rest as u16, month, day, hour, minute, second })
    }

    /// The 40 bits as a block stores them.
    pub(super) fn to_bits(self) -> [u8; 5] {
        let fields = [self.second, self.minute, self.hour, self.day, self.month];
        let higher = fields.iter().zip(WIDTHS).rev();
        let all = higher
            .fold(u64::from(self.year), |all, (field, width)| all << width | u64::from(*field));
        let [_, _, _, bits @ ..] = all.to_be_bytes();
        bits
    }
}

/// In universal time; times outside of the years 1 to 9999 become the nearest within.
impl From<Timestamp> for MtfDate {
    fn from(time: Timestamp) -> Self {
        let seconds = time.as_micros().div_euclid(1_000_000).clamp(FIRST_SECOND, LAST_SECOND);
        let (year, month, day) = civil(seconds.div_euclid(SECONDS_A_DAY));
        let of_day = seconds.rem_euclid(SECONDS_A_DAY);
        Self {
            year: year as u16,
            month: month as u8,
            day: day as u8,
            hour: (of_day / 3600) as u8,
            minute: (of_day / 60 % 60) as u8,
            second: (of_day % 60) as u8,
        }
    }
}

impl fmt::Display for MtfDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { year, month, day, hour, minute, second } = self;
        write!(f, "{year:04}/{month:02}/{day:02}.{hour:02}:{minute:02}:{second:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(seconds: i64) -> String {
        MtfDate::from(Timestamp::from_micros(seconds.saturating_mul(1_000_000))).to_string()
    }

    #[test]
    fn times_become_dates() {
        assert_eq!(text(0), "1970/01/01.00:00:00");
        assert_eq!(text(-1), "1969/12/31.23:59:59");
        assert_eq!(text(951_782_400), "2000/02/29.00:00:00");
        assert_eq!(text(981_173_106), "2001/02/03.04:05:06");
        assert_eq!(text(4_107_542_399), "2100/02/28.23:59:59");
        assert_eq!(text(4_107_542_400), "2100/03/01.00:00:00");
        assert_eq!(text(i64::MIN), "0001/01/01.00:00:00");
        assert_eq!(text(i64::MAX), "9999/12/31.23:59:59");
    }

    #[test]
    fn bits_read_back_and_nonsense_is_no_date() {
        for seconds in [FIRST_SECOND, 0, 981_173_106, LAST_SECOND] {
            let date = MtfDate::from(Timestamp::from_micros(seconds * 1_000_000));
            assert_eq!(MtfDate::from_bits(date.to_bits()), Some(date));
        }
        assert_eq!(MtfDate::from_bits([0; 5]), None);
        assert_eq!(MtfDate::from_bits([0xff; 5]), None);
    }
}
