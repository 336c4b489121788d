//! How long things take.

use std::time::Duration;

/// How long a simulated library takes for what it does. Nothing takes any time by default.
///
/// The time is spent on the library's [`Clock`](crate::clock::Clock), in the thread that calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// One move of a cartridge.
    pub move_medium: Duration,
    /// Turning it over besides.
    pub flip: Duration,
    /// Looking at one element with the robot's sensors.
    pub scan_element: Duration,
    /// Loading a cartridge in a drive.
    pub load: Duration,
    /// Unloading it, once rewound.
    pub unload: Duration,
    /// Rewinding a whole side; less from nearer the beginning.
    pub rewind: Duration,
    /// Searching over a whole side; less over a part of it.
    pub seek: Duration,
    /// Cleaning a drive, from when the cleaning cartridge is put in.
    pub clean: Duration,
    /// Bytes read or written in a second; `None` for no limit.
    pub bytes_per_second: Option<u64>,
}

impl Timings {
    /// The time to read or write so many bytes.
    pub(super) fn transfer(&self, bytes: usize) -> Duration {
        match self.bytes_per_second {
            Some(rate) if rate > 0 => fraction(Duration::from_secs(1), bytes as u64, rate),
            _ => Duration::ZERO,
        }
    }
}

/// `part / whole` of a time.
pub(super) fn fraction(time: Duration, part: u64, whole: u64) -> Duration {
    if whole == 0 {
        return Duration::ZERO;
    }
    let nanos = time.as_nanos().saturating_mul(u128::from(part)) / u128::from(whole);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_spent_in_proportion() {
        let timings = Timings { bytes_per_second: Some(1000), ..Timings::default() };
        assert_eq!(timings.transfer(500), Duration::from_millis(500));
        assert_eq!(Timings::default().transfer(500), Duration::ZERO);
        assert_eq!(fraction(Duration::from_secs(8), 1, 4), Duration::from_secs(2));
        assert_eq!(fraction(Duration::from_secs(8), 1, 0), Duration::ZERO);
    }
}
