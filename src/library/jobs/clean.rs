//! Drives are cleaned.

use super::Ended;
use crate::catalog::LibraryRequestRow;
use crate::device::{
    DeviceError, DeviceErrorKind, DeviceResult, DriveStatus, ElementAddress, Refusal, TapeAlerts,
};
use crate::error::{Error, ErrorKind, Result};
use crate::library::Attached;
use crate::library::failure::device;
use crate::library::handling::NotCarried;
use crate::library::units::{DriveUnit, asking};
use crate::model::{DriveState, ObjectType, SlotState};

/// What the drive made of the cleaner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Cleaned,
    /// It is no cleaner for this drive.
    Rejected,
    Spent,
}

impl Attached {
    /// Whoever gets here has the drive, and the one cleaner.
    pub(super) fn carry_out_cleaning(&self, row: &LibraryRequestRow) -> Result<Ended> {
        let id = row.task.drive.ok_or_else(|| Error::from(ErrorKind::InvalidDrive))?;
        let (drive, library) = self
            .host
            .catalog
            .read(|view| Ok((view.drive_by_id(id)?, view.library(row.library)?)))?;
        let drive = drive.ok_or_else(|| Error::from(ErrorKind::InvalidDrive))?.key;
        let Some(slot) = library.cleaner_slot else { return self.without_cleaner(drive, None) };
        let unit = self.drive_unit(drive)?;
        let inside = self.host.catalog.read(|view| view.medium_in_drive(drive))?;
        if let Some(medium) = inside {
            self.put_away_left(unit, medium, false)?;
        }
        if !self.fetch_cleaner(unit, slot)? {
            return self.without_cleaner(drive, Some(slot));
        }
        let verdict = self.clean(unit);
        self.return_cleaner(unit, slot, verdict.as_ref().copied().unwrap_or(Verdict::Cleaned))?;
        let fail = |kind, reason| Err(Error::new(kind, reason).about(ObjectType::Drive, id));
        match verdict {
            Ok(Verdict::Cleaned) => Ok(Ended::Passed),
            Ok(Verdict::Rejected) => {
                fail(ErrorKind::InvalidCleaner, "the drive does not take the cleaning cartridge")
            }
            Ok(Verdict::Spent) => {
                fail(ErrorKind::CleanerCartridgeSpent, "the cleaning cartridge is spent")
            }
            Err(error) => Err(device("the drive could not be cleaned", error)),
        }
    }

    /// There is no cleaner after all: a person is asked at the next look.
    fn without_cleaner(&self, drive: i64, slot: Option<i64>) -> Result<Ended> {
        let (library, now) = (self.key, self.now());
        self.host.catalog.write(move |transaction| {
            slot.map_or(Ok(()), |slot| transaction.cleaner_is_missing(library, slot, now))?;
            transaction.end_movement(drive)
        })?;
        Ok(Ended::Waits)
    }

    /// Carries the cleaner into the drive; says no if it is not in its slot.
    fn fetch_cleaner(&self, unit: &DriveUnit, slot: i64) -> Result<bool> {
        let changer = self.changer_of(unit)?;
        let row = self.host.catalog.read(|view| view.slot(slot))?;
        if row.changer != changer.key {
            let reason = "the robot of the drive does not reach the cleaning cartridge";
            return Err(Error::new(ErrorKind::UnableToClean, reason));
        }
        let way = (ElementAddress(row.address), unit.address);
        let (drive, now) = (unit.key, self.now());
        let arrived = || {
            self.host.catalog.write(move |transaction| {
                transaction.set_slot_state(slot, SlotState::Empty, now)?;
                transaction.change_drive(drive, now, |row| {
                    row.state = DriveState::BeingCleaned;
                    row.saved_side = None;
                    row.deferred_since = None;
                })
            })
        };
        let carried = match self.carry(changer, way, false, arrived)? {
            Err(NotCarried::DestinationFull) => {
                self.clear_drive(unit, false)?;
                self.carry(changer, way, false, arrived)?
            }
            other => other,
        };
        match carried {
            Ok(()) => Ok(true),
            Err(NotCarried::SourceEmpty) => Ok(false),
            Err(NotCarried::DestinationFull) => {
                Err(Error::new(ErrorKind::DeviceNotAvailable, "the drive is occupied"))
            }
            Err(NotCarried::Failed(error)) => {
                Err(device("the robot could not bring the cleaning cartridge", error))
            }
        }
    }

    /// Waits until the drive has done with the cleaner.
    fn clean(&self, unit: &DriveUnit) -> DeviceResult<Verdict> {
        let limit = self.timeouts_of_drive(unit).load;
        let deadline = self.host.clock.monotonic().saturating_add(limit);
        if let Err(error) = self.waiting(limit, || unit.device.load()) {
            return verdict(unit, error);
        }
        let late = "the drive does not end its cleaning";
        self.await_drive(unit, deadline, late, |status| match status {
            DriveStatus::Unloaded | DriveStatus::Empty => Ok(Some(Verdict::Cleaned)),
            // A medium with data.
            DriveStatus::Ready(_) => Ok(Some(Verdict::Rejected)),
            DriveStatus::NotUsable => {
                let why = unit.device.load();
                let rejected = |()| Ok(Verdict::Rejected);
                why.map_or_else(|error| verdict(unit, error), rejected).map(Some)
            }
            DriveStatus::BecomingReady => Ok(None),
        })
    }

    /// Carries the cleaner home, and notes what it has done.
    fn return_cleaner(&self, unit: &DriveUnit, slot: i64, verdict: Verdict) -> Result<()> {
        self.unload(unit).map_err(|error| {
            self.note_stuck(unit.key, None, &error);
            device("the drive does not give the cleaning cartridge back", error)
        })?;
        let row = self.host.catalog.read(|view| view.slot(slot))?;
        let way = (unit.address, ElementAddress(row.address));
        let (drive, now) = (unit.key, self.now());
        let carried = self.carry(self.changer_of(unit)?, way, false, || {
            self.host.catalog.write(move |transaction| match verdict {
                Verdict::Cleaned => transaction.drive_was_cleaned(drive, slot, now),
                other => {
                    let spent = other == Verdict::Spent;
                    transaction.drive_was_not_cleaned(drive, slot, spent, now)
                }
            })
        })?;
        self.changed.raise();
        match carried {
            Ok(()) => Ok(()),
            Err(NotCarried::Failed(error)) => {
                Err(device("the robot could not take the cleaning cartridge back", error))
            }
            Err(NotCarried::SourceEmpty | NotCarried::DestinationFull) => Err(Error::new(
                ErrorKind::UnableToClean,
                "somebody moved a cartridge while the drive was cleaned",
            )),
        }
    }
}

/// What an error of the drive says about the cleaner.
fn verdict(unit: &DriveUnit, error: DeviceError) -> DeviceResult<Verdict> {
    match error.kind() {
        DeviceErrorKind::Refused(Refusal::Incompatible) => Ok(Verdict::Rejected),
        DeviceErrorKind::MediumFault => {
            let health = asking(|| unit.device.health());
            let is_expired =
                health.is_ok_and(|health| health.alerts.has(TapeAlerts::EXPIRED_CLEANER));
            Ok(if is_expired { Verdict::Spent } else { Verdict::Rejected })
        }
        _ => Err(error),
    }
}
