//! Points in time and time-outs.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A point in wall time: microseconds since 1970-01-01 00:00:00 UTC.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
pub struct Timestamp(i64);

impl Timestamp {
    /// The point that many microseconds after 1970-01-01 00:00:00 UTC.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970-01-01 00:00:00 UTC.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// This point moved by `by` into the future; stays at the end of time when it would pass it.
    pub fn saturating_add(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How long this point is after an `earlier` one; zero when it is not.
    pub fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(after) => Self(i64::try_from(after.as_micros()).unwrap_or(i64::MAX)),
            Err(before) => {
                Self(i64::try_from(before.duration().as_micros()).map_or(i64::MIN, |us| -us))
            }
        }
    }
}

impl From<Timestamp> for SystemTime {
    fn from(time: Timestamp) -> Self {
        let distance = Duration::from_micros(time.0.unsigned_abs());
        if time.0 < 0 { UNIX_EPOCH - distance } else { UNIX_EPOCH + distance }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Timestamp({} us)", self.0)
    }
}

/// In universal time to the second, as RFC 3339 has it.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(1_000_000);
        let (year, month, day) = civil(seconds.div_euclid(86_400));
        let of_day = seconds.rem_euclid(86_400);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

/// Year, month and day of a day counted from 1970-01-01.
///
/// The year is taken to begin in March, so that the leap day is its last one; 400 years always
/// have 146,097 days.
pub(crate) fn civil(day: i64) -> (i64, i64, i64) {
    const DAYS_IN_400_YEARS: i64 = 146_097;
    const MARCH_OF_YEAR_0: i64 = -719_468;
    let day = day - MARCH_OF_YEAR_0;
    let (period, day) = (day.div_euclid(DAYS_IN_400_YEARS), day.rem_euclid(DAYS_IN_400_YEARS));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let next_year = i64::from(month >= 10);
    (400 * period + year + next_year, month + 3 - 12 * next_year, day_of_month)
}

/// How long a call may wait, counted from its start. Retries inside the call do not extend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Timeout {
    /// Do not wait at all.
    NoWait,
    /// Wait at most this long.
    After(Duration),
    /// Wait without limit; closing the session ends it.
    Forever,
}

/// What the raw time-out 0 means. **[C1]** The original page says "wait for media", the remote
/// protocol "must not wait"; this one constant turns the reading round.
const RAW_ZERO: Timeout = Timeout::Forever;

/// The raw value for "no limit" (`INFINITE`).
const RAW_INFINITE: u32 = u32::MAX;

impl Timeout {
    /// The original reading of a raw value in milliseconds: 0 and `0xFFFF_FFFF` wait without
    /// limit, everything else is a time.
    #[doc(alias = "INFINITE")]
    pub const fn from_millis(millis: u32) -> Self {
        match millis {
            0 => RAW_ZERO,
            RAW_INFINITE => Self::Forever,
            other => Self::After(Duration::from_millis(other as u64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_timeouts_read_as_in_the_original() {
        assert_eq!(Timeout::from_millis(0), Timeout::Forever);
        assert_eq!(Timeout::from_millis(u32::MAX), Timeout::Forever);
        assert_eq!(Timeout::from_millis(50), Timeout::After(Duration::from_millis(50)));
    }

    #[test]
    fn time_between_timestamps_is_never_negative() {
        let [early, late] = [-1_000_000, 2_000_000].map(Timestamp::from_micros);
        assert_eq!(late.saturating_since(early), Duration::from_secs(3));
        assert_eq!(early.saturating_since(late), Duration::ZERO);
        assert_eq!(early.saturating_since(early), Duration::ZERO);
    }

    #[test]
    fn timestamps_read_as_people_write_them() {
        let text = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000 + 999_999).to_string();
        assert_eq!(text(981_173_106), "2001-02-03T04:05:06Z");
        assert_eq!(text(-1), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn timestamps_convert_both_ways() {
        for micros in [-5_000_000, 0, 1_700_000_000_123_456] {
            let time = Timestamp::from_micros(micros);
            assert_eq!(Timestamp::from(SystemTime::from(time)), time);
        }
    }
}
