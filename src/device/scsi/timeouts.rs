//! How long a command may take.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::device::DeviceClass;

/// How long each command may take at a device, from sending it to its answer.
///
/// A command that has no row takes at most a minute.
///
/// | tape drive | at most |
/// |---|---|
/// | READ, WRITE, WRITE FILEMARKS | 30 min |
/// | REWIND, LOAD UNLOAD | 20 min |
/// | SPACE, LOCATE, VERIFY | 60 min |
/// | ERASE | 24 h |
/// | FORMAT MEDIUM | 3 h |
/// | MODE SENSE, MODE SELECT, READ POSITION, READ ATTRIBUTE, WRITE ATTRIBUTE, PERSISTENT RESERVE IN and OUT | 5 min |
///
/// | changer | at most |
/// |---|---|
/// | INITIALIZE ELEMENT STATUS, also WITH RANGE | 5 h |
/// | MOVE MEDIUM, EXCHANGE MEDIUM | 30 min |
/// | READ ELEMENT STATUS, POSITION TO ELEMENT | 10 min |
/// | OPEN/CLOSE IMPORT/EXPORT ELEMENT, PREVENT ALLOW MEDIUM REMOVAL, MODE SENSE | 5 min |
///
/// | disk, CD, DVD | at most |
/// |---|---|
/// | READ, WRITE, VERIFY, START STOP UNIT | 3 min |
/// | SYNCHRONIZE CACHE, CLOSE TRACK/SESSION | 15 min |
/// | BLANK, ERASE, FORMAT UNIT | 4 h |
///
/// A device that [offers](Self::offer) its own time-outs (REPORT SUPPORTED OPERATION CODES) is
/// believed, within 30 seconds and 72 hours. What an application [sets](Self::set) counts before
/// both.
///
/// ```
/// use std::time::Duration;
/// use rsm::device::DeviceClass;
/// use rsm::device::scsi::CommandTimeouts;
///
/// let mut timeouts = CommandTimeouts::of(DeviceClass::Changer);
/// timeouts.set(0xA5, Duration::from_secs(90));
/// timeouts.offer(0xA5, Duration::from_secs(300));
/// assert_eq!(timeouts.of_operation(0xA5), Duration::from_secs(90));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandTimeouts {
    class: DeviceClass,
    offered: BTreeMap<u8, Duration>,
    set: BTreeMap<u8, Duration>,
}

const LEAST_OFFERED: Duration = Duration::from_secs(30);
const MOST_OFFERED: Duration = Duration::from_hours(72);

impl CommandTimeouts {
    /// The usual time-outs of a class of devices.
    pub fn of(class: DeviceClass) -> Self {
        Self { class, offered: BTreeMap::new(), set: BTreeMap::new() }
    }

    /// What the device itself recommends for an operation code. Of several (its service actions)
    /// the longest counts.
    pub fn offer(&mut self, operation: u8, recommended: Duration) {
        let within = recommended.clamp(LEAST_OFFERED, MOST_OFFERED);
        let offered = self.offered.entry(operation).or_insert(within);
        *offered = within.max(*offered);
    }

    /// What the application wants for an operation code.
    pub fn set(&mut self, operation: u8, timeout: Duration) {
        self.set.insert(operation, timeout);
    }

    /// How long commands with this operation code may take.
    pub fn of_operation(&self, operation: u8) -> Duration {
        let known = self.set.get(&operation).or_else(|| self.offered.get(&operation));
        known.copied().unwrap_or_else(|| usual(self.class, operation))
    }
}

/// What is usual for a class of devices.
fn usual(class: DeviceClass, operation: u8) -> Duration {
    let minutes = match class {
        DeviceClass::Tape => tape(operation),
        DeviceClass::Changer => changer(operation),
        DeviceClass::CdRom | DeviceClass::Disk | DeviceClass::Dvd => disk(operation),
    };
    Duration::from_mins(minutes)
}

fn tape(operation: u8) -> u64 {
    match operation {
        // READ, WRITE (6 and 16), WRITE FILEMARKS (6 and 16).
        0x08 | 0x88 | 0x0a | 0x8a | 0x10 | 0x80 => 30,
        // REWIND, LOAD UNLOAD.
        0x01 | 0x1b => 20,
        // SPACE (6 and 16), LOCATE (10 and 16), VERIFY (6 and 16).
        0x11 | 0x91 | 0x2b | 0x92 | 0x13 | 0x8f => 60,
        // ERASE (6 and 16).
        0x19 | 0x93 => 24 * 60,
        // FORMAT MEDIUM.
        0x04 => 3 * 60,
        // MODE SENSE, MODE SELECT (6 and 10), READ POSITION, READ ATTRIBUTE, WRITE ATTRIBUTE,
        // PERSISTENT RESERVE IN and OUT.
        0x1a | 0x5a | 0x15 | 0x55 | 0x34 | 0x8c | 0x8d | 0x5e | 0x5f => 5,
        _ => 1,
    }
}

fn changer(operation: u8) -> u64 {
    match operation {
        // INITIALIZE ELEMENT STATUS, and both codes of its form with a range.
        0x07 | 0x37 | 0xe7 => 5 * 60,
        // MOVE MEDIUM, EXCHANGE MEDIUM.
        0xa5 | 0xa6 => 30,
        // READ ELEMENT STATUS, REQUEST VOLUME ELEMENT ADDRESS, POSITION TO ELEMENT.
        0xb8 | 0xb5 | 0x2b => 10,
        // OPEN/CLOSE IMPORT/EXPORT ELEMENT, PREVENT ALLOW MEDIUM REMOVAL, MODE SENSE.
        0x1b | 0x1e | 0x1a | 0x5a => 5,
        _ => 1,
    }
}

fn disk(operation: u8) -> u64 {
    match operation {
        // READ, WRITE (6, 10, 12, 16), WRITE AND VERIFY, VERIFY, START STOP UNIT.
        0x08 | 0x28 | 0xa8 | 0x88 | 0x0a | 0x2a | 0xaa | 0x8a | 0x2e | 0x2f | 0x1b => 3,
        // SYNCHRONIZE CACHE, CLOSE TRACK/SESSION.
        0x35 | 0x91 | 0x5b => 15,
        // BLANK, ERASE, FORMAT UNIT.
        0xa1 | 0x2c | 0xac | 0x04 => 4 * 60,
        _ => 1,
    }
}
