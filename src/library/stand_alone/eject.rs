//! The medium of a stand-alone drive is ejected.

use std::time::Duration;

use super::sight::{Inside, Look};
use super::taken::{Mouth, set_mouth};
use super::tend::INTERVAL;
use crate::catalog::{LibraryRequestRow, MovementRow, Purpose, Transaction, finish_pending_return};
use crate::error::{Error, ErrorKind, Result};
use crate::library::Attached;
use crate::library::failure::device;
use crate::library::jobs::{Ended, Stop};
use crate::library::leave::dismiss;
use crate::library::put_away::{Rest, empty_drive_row};
use crate::library::units::DriveUnit;
use crate::model::{DriveState, LibraryRequestState, MediaState, Timestamp};

/// How the eject goes on when the cartridge is out: the argument of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AfterEject {
    /// It lies in the mouth of the drive until somebody takes it.
    Waits,
    /// That is all.
    Ends,
}

impl AfterEject {
    pub(crate) const fn argument(self) -> u32 {
        match self {
            Self::Waits => 0,
            Self::Ends => 1,
        }
    }
}

impl Attached {
    /// Brings the medium out, and lets it leave by the leave rule. One that is not taken can be
    /// stopped: then it is loaded again.
    pub(in crate::library) fn eject_by_hand(
        &self,
        row: &LibraryRequestRow,
        stop: &Stop,
    ) -> Result<Ended> {
        let drive = self.only_drive()?;
        let medium = row.task.medium;
        let (library, key, now) = (self.key, drive.key, self.now());
        let taken = self.host.catalog.write(move |transaction| {
            let medium = medium.map(|id| transaction.medium_key(id)).transpose()?.flatten();
            take_out(transaction, (library, key), medium, now)
        })?;
        let Some(medium) = taken else {
            let reason = "the medium is not in the drive, or somebody uses it";
            return Err(Error::new(ErrorKind::Busy, reason));
        };
        self.revoke_lease(key);
        let done = self.bring_out(drive, medium, row, stop);
        if done.is_err() {
            self.settle_drive(key)?;
            self.want_look(Look::START);
        }
        self.changed.raise();
        done
    }

    fn bring_out(
        &self,
        drive: &DriveUnit,
        medium: i64,
        row: &LibraryRequestRow,
        stop: &Stop,
    ) -> Result<Ended> {
        self.let_out(drive);
        self.unload(drive).map_err(|error| device("the drive could not eject", error))?;
        if row.task.argument == AfterEject::Ends.argument() {
            self.record_ejected(drive, medium, row, Mouth::Full)?;
            return Ok(Ended::Passed);
        }
        let (library, now) = (self.key, self.now());
        self.host
            .catalog
            .write(move |transaction| set_mouth(transaction, library, Mouth::Full, now))?;
        match self.await_taking(drive, stop)? {
            Outside::Taken => self.record_ejected(drive, medium, row, Mouth::Empty)?,
            Outside::Left => self.record_ejected(drive, medium, row, Mouth::Full)?,
            Outside::Back => self.take_back(drive, medium)?,
        }
        Ok(stop.asked().map_or(Ended::Passed, Ended::from))
    }

    /// Waits until somebody has taken the cartridge, the time of the port is over, or it is to come
    /// back.
    fn await_taking(&self, drive: &DriveUnit, stop: &Stop) -> Result<Outside> {
        let ports = self.host.catalog.read(|view| view.ports_of_library(self.key))?;
        let limit = ports.first().map_or(0, |port| u64::from(port.max_extend));
        let clock = &self.host.clock;
        let deadline = clock.monotonic().saturating_add(Duration::from_secs(limit));
        loop {
            let seen = stop.signal().count();
            if stop.asked().is_some() {
                return Ok(Outside::Back);
            }
            let sight = self
                .sight(drive, || Ok(false))
                .map_err(|error| device("the drive could not be looked at", error))?;
            match sight.map(|sight| sight.inside) {
                Some(Inside::Nothing) => return Ok(Outside::Taken),
                // Somebody has pushed it in again.
                Some(Inside::Loaded) => return Ok(Outside::Back),
                Some(Inside::Unloaded) | None => {}
            }
            let now = clock.monotonic();
            if now >= deadline {
                return Ok(Outside::Left);
            }
            let next = now.saturating_add(INTERVAL).min(deadline);
            clock.wait(stop.signal(), seen, Some(next));
        }
    }

    /// The medium has left, as it was asked for. Its record may go with it, and requests for it: this
    /// one passes before.
    fn record_ejected(
        &self,
        drive: &DriveUnit,
        medium: i64,
        row: &LibraryRequestRow,
        mouth: Mouth,
    ) -> Result<()> {
        let (library, key, request, now) = (self.key, drive.key, row.id, self.now());
        self.host.catalog.write(move |transaction| {
            if let Some(row) = transaction.unfinished_request(request)? {
                let passed = LibraryRequestState::Passed;
                transaction.finish_request(&row, passed, None, now)?;
            }
            let policy = transaction.computer()?.media_pool_policy;
            empty_drive_row(transaction, key, true, now)?;
            set_mouth(transaction, library, mouth, now)?;
            dismiss(transaction, medium, policy, now)
        })
    }

    /// The medium comes in again. What really lies there is read.
    fn take_back(&self, drive: &DriveUnit, medium: i64) -> Result<()> {
        self.load(drive).map_err(|error| device("the drive could not load again", error))?;
        self.leave_in_place(drive, medium, Rest::WELL, true)?;
        let (library, now) = (self.key, self.now());
        self.host
            .catalog
            .write(move |transaction| set_mouth(transaction, library, Mouth::Empty, now))?;
        self.want_look(Look::START);
        Ok(())
    }
}

/// What became of a cartridge that is out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outside {
    Taken,
    /// Nobody has taken it.
    Left,
    /// It is to come in again.
    Back,
}

/// Takes the drive with its medium; none when it is another one, or somebody uses it.
fn take_out(
    transaction: &Transaction<'_>,
    (library, drive): (i64, i64),
    wanted: Option<i64>,
    now: Timestamp,
) -> Result<Option<i64>> {
    let inside = transaction.medium_in_drive(drive)?;
    let medium = inside.filter(|inside| wanted.is_none_or(|wanted| wanted == *inside));
    let Some(medium) = medium else { return Ok(None) };
    let is_used = transaction.movement_of_drive(drive)?.is_some()
        || transaction.mount_of_drive(drive)?.is_some();
    if is_used {
        return Ok(None);
    }
    let before = transaction.cartridge(medium)?;
    let mut after = before.clone();
    finish_pending_return(transaction, &mut after)?;
    after.medium.state = MediaState::Unloaded;
    transaction.store_cartridge(&before, after, now)?;
    transaction.change_drive(drive, now, |row| {
        row.state = DriveState::Unloaded;
        row.deferred_since = None;
    })?;
    let purpose = Purpose::Work;
    let movement = MovementRow { drive, library, medium: Some(medium), slot: None, purpose };
    transaction.begin_movement(&movement, now)?;
    Ok(Some(medium))
}
