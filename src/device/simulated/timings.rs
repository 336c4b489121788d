//! How long things take.

use std::time::Duration;

/// How long a simulated library takes for what it does. Nothing takes any time by default.
///
/// The time is spent on the library's [`Clock`](crate::clock::Clock), in the thread that calls. A
/// changer with several hands makes as many moves at the same time.
///
/// ```
/// use std::time::Duration;
///
/// use rsm::device::simulated::Timings;
///
/// let with_quick_drives = Timings { load: Duration::from_secs(5), ..Timings::ts4500() };
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timings {
    /// One move of a cartridge, wherever it goes.
    pub move_medium: Duration,
    /// What the way of the hand adds to it.
    pub travel: Travel,
    /// Turning it over besides.
    pub flip: Duration,
    /// Looking at one element with the robot's sensors.
    pub scan_element: Duration,
    /// What looking at a whole column adds to it.
    pub scan_column: ScanColumn,
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

/// How the way of a hand takes time: from where it is to the cartridge, and from there to where it
/// puts it down. The library is a row of frames, filled with slots and drives in the order of their
/// addresses; ports are in the first frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Travel {
    /// Past a whole frame.
    pub per_frame: Duration,
    /// How many slots a frame has. With 0 there is no way.
    pub slots_per_frame: u32,
    /// How many drives a frame has. With 0 they are all in the first one.
    pub drives_per_frame: u32,
}

/// How long a robot looks at the columns of elements that it passes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanColumn {
    /// At one column of slots or drives.
    pub column: Duration,
    /// How many slots a column has. With 0 that takes no time.
    pub slots: u32,
    /// How many drives a column has. With 0 that takes no time.
    pub drives: u32,
    /// At one port.
    pub port: Duration,
}

impl Timings {
    /// The times of a drive of the LTO-8 kind alone, or of a
    /// [stand-alone](super::SimulatedLibraryBuilder::stand_alone) one: the order of magnitude that
    /// data sheets give. Loading, searching half a tape, rewinding and unloading come to two and a
    /// half minutes; CERN reports "more than 2 minutes" for that.
    pub fn lto() -> Self {
        Self {
            load: Duration::from_secs(15),
            unload: Duration::from_secs(24),
            rewind: Duration::from_secs(112),
            seek: Duration::from_secs(112),
            clean: Duration::from_secs(120),
            bytes_per_second: Some(360_000_000),
            ..Self::default()
        }
    }

    /// The times of a library like IBM's TS4500, with LTO drives.
    ///
    /// IBM publishes the mounts in an hour, each with the dismount before it, of one accessor: 360
    /// with 4 frames, 315 with 6, 270 with 8, 220 with 12, 180 with 18. Two moves of 3.57 seconds and
    /// 0.536 seconds for each frame passed, a third of all on average on each of four ways, give 360,
    /// 315, 280, 229 and 180. An inventory takes 6 seconds a column of slots or drives and 8 an I/O
    /// station, a minute a frame in all. A frame has 720 slots in nine columns and 16 drives in one.
    /// For two accessors take two transports: twice as many mounts.
    pub fn ts4500() -> Self {
        let seconds = Duration::from_secs;
        Self {
            move_medium: Duration::from_millis(3570),
            travel: Travel {
                per_frame: Duration::from_millis(536),
                slots_per_frame: 720,
                drives_per_frame: 16,
            },
            scan_column: ScanColumn { column: seconds(6), slots: 80, drives: 16, port: seconds(8) },
            ..Self::lto()
        }
    }

    /// The times of a library like Oracle's StreamLine SL8500, with LTO drives.
    ///
    /// Published are less than 11 seconds for a cartridge, of which this takes 11, and 4 or 8 robots
    /// a module: take as many transports. The hand is free before the drive is ready. No time of an
    /// inventory is published; this takes that of the [TS4500](Self::ts4500).
    pub fn sl8500() -> Self {
        Self { move_medium: Duration::from_secs(11), travel: Travel::default(), ..Self::ts4500() }
    }

    /// The times of a small autoloader like Exabyte's 1x7 (seven slots and one drive), with an LTO
    /// drive: 26 seconds a move, and 35 seconds an inventory with bar codes.
    pub fn autoloader() -> Self {
        Self {
            move_medium: Duration::from_secs(26),
            scan_element: Duration::from_secs(35) / 8,
            ..Self::lto()
        }
    }

    /// The time to read or write so many bytes.
    pub(super) fn transfer(&self, bytes: usize) -> Duration {
        match self.bytes_per_second {
            Some(rate) if rate > 0 => fraction(Duration::from_secs(1), bytes as u64, rate),
            _ => Duration::ZERO,
        }
    }

    /// The time to look at so many elements.
    pub(super) fn scan(&self, slots: u32, drives: u32, port_cells: u32, ports: u32) -> Duration {
        let ScanColumn { column, slots: tall, drives: wide, port } = self.scan_column;
        let columns = |elements: u32, each: u32| match each {
            0 => Duration::ZERO,
            each => column.saturating_mul(elements.div_ceil(each)),
        };
        let elements = slots.saturating_add(drives).saturating_add(port_cells);
        let each = self.scan_element.saturating_mul(elements);
        each.saturating_add(columns(slots, tall))
            .saturating_add(columns(drives, wide))
            .saturating_add(port.saturating_mul(ports))
    }
}

impl Travel {
    /// The time from one place to another, in slots from the beginning.
    pub(super) fn time(&self, from: u32, to: u32) -> Duration {
        let way = u64::from(from.abs_diff(to));
        fraction(self.per_frame, way, u64::from(self.slots_per_frame))
    }

    /// Where a drive stands, in slots from the beginning.
    pub(super) fn drive_at(&self, index: u32) -> u32 {
        let along = u64::from(index) * u64::from(self.slots_per_frame);
        let along = along.checked_div(u64::from(self.drives_per_frame)).unwrap_or(0);
        u32::try_from(along).unwrap_or(u32::MAX)
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

    #[test]
    fn columns_that_are_begun_are_looked_at() {
        let timings = Timings::ts4500();
        assert_eq!(timings.scan(720, 16, 8, 1), Duration::from_secs(60 + 8));
        assert_eq!(timings.scan(81, 0, 0, 0), Duration::from_secs(12));
        assert_eq!(Timings::autoloader().scan(7, 1, 0, 0), Duration::from_secs(35));
        assert_eq!(Timings::default().scan(720, 16, 8, 1), Duration::ZERO);
    }

    #[test]
    fn the_way_is_measured_in_slots() {
        let travel = Timings::ts4500().travel;
        assert_eq!(travel.drive_at(8), 360);
        assert_eq!(travel.time(0, 720), travel.per_frame);
        assert_eq!(travel.time(1080, 720), travel.per_frame / 2);
        assert_eq!(Travel::default().time(0, 720), Duration::ZERO);
        assert_eq!(Travel::default().drive_at(3), 0);
    }
}
