//! Reading what lies in a stand-alone drive, in place.

use std::sync::Arc;

use super::look::Looked;
use super::sight::Look;
use crate::catalog::{MovementRow, Place, Purpose, Transaction};
use crate::device::{DeviceErrorKind, Refusal, VolumeTag};
use crate::error::{Error, ErrorKind, Result};
use crate::library::Attached;
use crate::library::arrival::Arrival;
use crate::library::failure::device;
use crate::library::identify::{Findings, Held};
use crate::library::run::Run;
use crate::library::units::DriveUnit;
use crate::model::{DriveState, MediaState, Timestamp};

impl Attached {
    /// Finds out what is in the drive, by its label. A mount on what was there before is lost.
    pub(super) fn read_inside(&self, drive: &DriveUnit, loses_mount: bool) -> Result<Looked> {
        let (library, key, now) = (self.key, drive.key, self.now());
        let held = self
            .host
            .catalog
            .write(move |transaction| take(transaction, (library, key), loses_mount, now))?;
        let Some(held) = held else { return Ok(Looked::Busy) };
        self.revoke_lease(key);
        let done = self.examine_inside(drive, held);
        if done.is_err() {
            self.settle_drive(key)?;
        }
        self.changed.raise();
        done
    }

    fn examine_inside(&self, drive: &DriveUnit, held: Held) -> Result<Looked> {
        match self.load(drive) {
            Ok(_) => {
                let (key, now) = (drive.key, self.now());
                self.host.catalog.write(move |transaction| {
                    transaction.change_drive(key, now, |row| row.state = DriveState::Loaded)
                })?;
            }
            Err(error) => match error.kind() {
                DeviceErrorKind::NoMedium => {
                    self.settle_drive(drive.key)?;
                    return self.record_taken(drive, false);
                }
                // These are about the cartridge.
                DeviceErrorKind::MediumFault | DeviceErrorKind::Refused(Refusal::Incompatible) => {}
                _ => return Err(device("the drive could not load what is in it", error)),
            },
        }
        let mut findings = Findings::default();
        self.read_loaded(drive, held.occupant(), &mut findings);
        let arrival = self.arrival_in(drive.key, held, findings)?;
        // Nothing else can be here: what is not known now is new.
        let run = Arc::new(Run::default());
        self.admit(&run, arrival, Some(held), true)?;
        if run.seen.lock().undecided.is_empty() {
            return Ok(Looked::Done);
        }
        self.want_look(Look::START);
        let reason = "the medium with the label of what is in the drive is being moved elsewhere";
        Err(Error::new(ErrorKind::NotReady, reason))
    }

    fn arrival_in(&self, drive: i64, held: Held, findings: Findings) -> Result<Arrival> {
        let mut arrival =
            self.arrival(Place::Drive(drive), VolumeTag::Absent, held.occupant(), findings)?;
        arrival.first = self.host.catalog.read(|view| arrival.side_up(view))?;
        Ok(arrival)
    }
}

/// Takes the drive, with what the catalog has in it; none when somebody uses it.
fn take(
    transaction: &Transaction<'_>,
    (library, drive): (i64, i64),
    loses_mount: bool,
    now: Timestamp,
) -> Result<Option<Held>> {
    if transaction.movement_of_drive(drive)?.is_some() {
        return Ok(None);
    }
    if loses_mount {
        transaction.lose_mount(drive, now)?;
    }
    if transaction.mount_of_drive(drive)?.is_some() {
        return Ok(None);
    }
    let medium = transaction.medium_in_drive(drive)?;
    let purpose = Purpose::Identify;
    let movement = MovementRow { drive, library, medium, slot: None, purpose };
    transaction.begin_movement(&movement, now)?;
    if let Some(medium) = medium {
        let before = transaction.cartridge(medium)?;
        let mut after = before.clone();
        after.medium.state = MediaState::InUse;
        transaction.store_cartridge(&before, after, now)?;
    }
    transaction.change_drive(drive, now, |row| {
        row.state = DriveState::Mounted;
        row.saved_side = None;
        row.deferred_since = None;
        row.mount_count = row.mount_count.saturating_add(1);
    })?;
    Ok(Some(Held::new(drive, medium)))
}
