//! How drives and media fare: what failed is counted, for the drive, for the medium and for both
//! together, in the transaction that notes it.

mod event;

use rusqlite::{Row, params};

pub(crate) use event::NewEvent;

use super::column::{time, time_or_null};
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{DeviceEventKind, FailureCounts, LastFailure, Timestamp};

/// The counters of a drive or a medium.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HealthRow {
    pub(crate) failures: FailureCounts,
    pub(crate) cleanings: u32,
    pub(crate) is_suspect: bool,
}

/// A medium that failed in a drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FailedCouple {
    pub(crate) medium: i64,
    pub(crate) drive: i64,
    pub(crate) since: Timestamp,
    /// The medium has worked in another drive since: it was not at fault.
    pub(crate) is_cleared: bool,
}

const OF_DRIVE: &str = "SELECT loads, unloads, reads, writes, last, last_kind, last_reason, \
     suspect, cleanings FROM drive_health WHERE drive = ?1";
const OF_MEDIUM: &str = "SELECT loads, unloads, reads, writes, last, last_kind, last_reason, \
     suspect, 0 FROM medium_health WHERE medium = ?1";
const SET_DRIVE: &str = "INSERT INTO drive_health (drive, loads, unloads, reads, writes, last, \
     last_kind, last_reason, suspect, cleanings) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) \
     ON CONFLICT (drive) DO UPDATE SET loads = ?2, unloads = ?3, reads = ?4, writes = ?5, \
     last = ?6, last_kind = ?7, last_reason = ?8, suspect = ?9, cleanings = ?10";
const SET_MEDIUM: &str = "INSERT INTO medium_health (medium, loads, unloads, reads, writes, last, \
     last_kind, last_reason, suspect) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) \
     ON CONFLICT (medium) DO UPDATE SET loads = ?2, unloads = ?3, reads = ?4, writes = ?5, \
     last = ?6, last_kind = ?7, last_reason = ?8, suspect = ?9";
const COUPLES_OF_MEDIUM: &str = "SELECT medium, drive, since, cleared FROM failed_couple \
     WHERE medium = ?1";
const COUPLES_OF_DRIVE: &str = "SELECT medium, drive, since, cleared FROM failed_couple \
     WHERE drive = ?1";
const COUPLE: &str = "INSERT INTO failed_couple (medium, drive, since) VALUES (?1, ?2, ?3) \
     ON CONFLICT (medium, drive) DO UPDATE SET since = ?3, cleared = 0";
const CLEAR: &str = "UPDATE failed_couple SET cleared = 1 WHERE medium = ?1";
const PART: &str = "DELETE FROM failed_couple WHERE medium = ?1 AND drive = ?2";
const FORGET_MEDIUM: &str = "DELETE FROM failed_couple WHERE medium = ?1";
const FORGET_DRIVE: &str = "DELETE FROM failed_couple WHERE drive = ?1";

fn read(row: &Row<'_>) -> rusqlite::Result<HealthRow> {
    let last = time_or_null(row, 4)?;
    let last = last.map(|time| -> rusqlite::Result<LastFailure> {
        Ok(LastFailure { time, what: super::column::numbered(row, 5)?, reason: row.get(6)? })
    });
    Ok(HealthRow {
        failures: FailureCounts {
            loads: row.get(0)?,
            unloads: row.get(1)?,
            reads: row.get(2)?,
            writes: row.get(3)?,
            last: last.transpose()?,
        },
        is_suspect: row.get(7)?,
        cleanings: row.get(8)?,
    })
}

fn couple(row: &Row<'_>) -> rusqlite::Result<FailedCouple> {
    Ok(FailedCouple {
        medium: row.get(0)?,
        drive: row.get(1)?,
        since: time(row, 2)?,
        is_cleared: row.get(3)?,
    })
}

const SET_WRONG: &str = "INSERT INTO medium_health (medium, wrong_slot) VALUES (?1, ?2) \
     ON CONFLICT (medium) DO UPDATE SET wrong_slot = ?2";

impl View<'_> {
    pub(crate) fn drive_health(&self, drive: i64) -> Result<HealthRow> {
        Ok(self.first(OF_DRIVE, params![drive], read)?.unwrap_or_default())
    }

    pub(crate) fn medium_health(&self, medium: i64) -> Result<HealthRow> {
        Ok(self.first(OF_MEDIUM, params![medium], read)?.unwrap_or_default())
    }

    /// The drives in which the medium failed, the last one first.
    pub(crate) fn failed_couples_of_medium(&self, medium: i64) -> Result<Vec<FailedCouple>> {
        Ok(last_first(self.all(COUPLES_OF_MEDIUM, params![medium], couple)?))
    }

    /// The media that failed in the drive, the last one first.
    pub(crate) fn failed_couples_of_drive(&self, drive: i64) -> Result<Vec<FailedCouple>> {
        Ok(last_first(self.all(COUPLES_OF_DRIVE, params![drive], couple)?))
    }
}

fn last_first(mut couples: Vec<FailedCouple>) -> Vec<FailedCouple> {
    couples.sort_by_key(|couple| std::cmp::Reverse(couple.since));
    couples
}

impl HealthRow {
    fn count(&mut self, what: DeviceEventKind, reason: &str, now: Timestamp) {
        let counts = &mut self.failures;
        let counter = match what {
            DeviceEventKind::LoadFailed => &mut counts.loads,
            DeviceEventKind::UnloadFailed => &mut counts.unloads,
            DeviceEventKind::ReadFailed => &mut counts.reads,
            DeviceEventKind::WriteFailed => &mut counts.writes,
            DeviceEventKind::Cleaned => {
                self.cleanings = self.cleanings.saturating_add(1);
                return;
            }
            _ => return,
        };
        *counter = counter.saturating_add(1);
        counts.last = Some(LastFailure { time: now, what, reason: reason.to_owned() });
    }
}

impl Transaction<'_> {
    /// Counts what happened for the drive and for the medium, and enters it in the history. What
    /// failed makes them a couple that is not tried again at once.
    pub(crate) fn note_device_event(&self, event: &NewEvent, now: Timestamp) -> Result<()> {
        if let Some(drive) = event.drive {
            let mut row = self.drive_health(drive)?;
            row.count(event.what, &event.reason, now);
            self.set_drive_health(drive, &row)?;
        }
        if let Some(medium) = event.medium {
            let mut row = self.medium_health(medium)?;
            row.count(event.what, &event.reason, now);
            self.set_medium_health(medium, &row)?;
        }
        if let (Some(drive), Some(medium), true) =
            (event.drive, event.medium, event.what.is_failure())
        {
            self.execute(COUPLE, params![medium, drive, now.as_micros()])?;
        }
        self.enter_event(event, now)
    }

    /// Another cartridge was found in this slot than the medium.
    pub(crate) fn find_wrong(&self, medium: i64, slot: i64) -> Result<()> {
        self.execute(SET_WRONG, params![medium, slot])?;
        Ok(())
    }

    /// The drive is out of service for what failed in it, or is not any more.
    pub(crate) fn suspect_drive(&self, drive: i64, is_suspect: bool) -> Result<()> {
        let mut row = self.drive_health(drive)?;
        row.is_suspect = is_suspect;
        self.set_drive_health(drive, &row)
    }

    /// The medium is believed to be at fault, or is not any more.
    pub(crate) fn suspect_medium(&self, medium: i64, is_suspect: bool) -> Result<()> {
        let mut row = self.medium_health(medium)?;
        row.is_suspect = is_suspect;
        self.set_medium_health(medium, &row)
    }

    /// The medium works in the drive. Where it failed before, the drives were at fault.
    pub(crate) fn note_working_couple(&self, medium: i64, drive: i64) -> Result<()> {
        self.execute(PART, params![medium, drive])?;
        self.execute(CLEAR, params![medium])?;
        Ok(())
    }

    /// Whatever failed with the medium counts for it no more when a drive is chosen.
    pub(crate) fn forget_failures_of_medium(&self, medium: i64) -> Result<()> {
        self.execute(FORGET_MEDIUM, params![medium])?;
        Ok(())
    }

    /// Whatever failed in the drive counts for it no more when a drive is chosen.
    pub(crate) fn forget_failures_of_drive(&self, drive: i64) -> Result<()> {
        self.execute(FORGET_DRIVE, params![drive])?;
        Ok(())
    }

    fn set_drive_health(&self, drive: i64, row: &HealthRow) -> Result<()> {
        let FailureCounts { loads, unloads, reads, writes, last } = &row.failures;
        let (time, kind, reason) = columns(last.as_ref());
        let (suspect, cleanings) = (row.is_suspect, row.cleanings);
        let values =
            params![drive, loads, unloads, reads, writes, time, kind, reason, suspect, cleanings];
        self.execute(SET_DRIVE, values)?;
        Ok(())
    }

    fn set_medium_health(&self, medium: i64, row: &HealthRow) -> Result<()> {
        let FailureCounts { loads, unloads, reads, writes, last } = &row.failures;
        let (time, kind, reason) = columns(last.as_ref());
        let values =
            params![medium, loads, unloads, reads, writes, time, kind, reason, row.is_suspect];
        self.execute(SET_MEDIUM, values)?;
        Ok(())
    }
}

fn columns(last: Option<&LastFailure>) -> (Option<i64>, Option<u8>, Option<&str>) {
    let Some(last) = last else { return (None, None, None) };
    (Some(last.time.as_micros()), Some(last.what.value()), Some(&last.reason))
}
