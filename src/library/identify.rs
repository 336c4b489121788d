//! Reading the labels of a cartridge in a drive.

use std::sync::Arc;

use super::Attached;
use super::arrival::Arrival;
use super::bring::{Read, Trouble};
use super::failure::device;
use super::handling::NotCarried;
use super::put_away::empty_drive_row;
use super::run::Run;
use super::units::DriveUnit;
use crate::catalog::{Place, Transaction};
use crate::device::{
    DeviceError, DeviceErrorKind, ElementAddress, LoadedMedium, Refusal, VolumeTag,
};
use crate::error::{Error, Result};
use crate::label::Identified;
use crate::model::{DeviceEventKind, DriveState, MediaState, Timestamp};

/// What reading a cartridge has taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    drive: i64,
    /// The medium that was thought to be in the slot.
    occupant: Option<i64>,
    /// The cartridge stays in the drive for a later mount, with this side up.
    up: Option<u8>,
    /// The number that was set aside for it.
    number: Option<i64>,
}

impl Held {
    /// A drive, and what was thought to be in it or in the slot.
    pub(super) fn new(drive: i64, occupant: Option<i64>) -> Self {
        Self { drive, occupant, up: None, number: None }
    }

    /// The cartridge stays in the drive for a later mount, with this side up.
    pub(super) fn that_stays(self, up: u8) -> Self {
        Self { up: Some(up), ..self }
    }

    /// If it is new, it has this number.
    pub(super) fn numbered(self, number: Option<i64>) -> Self {
        Self { number, ..self }
    }

    pub(super) fn number(self) -> Option<i64> {
        self.number
    }

    /// The drive in which it stays, and the side that is up there.
    pub(super) fn stays(self) -> Option<(i64, u8)> {
        self.up.map(|up| (self.drive, up))
    }

    pub(super) fn occupant(self) -> Option<i64> {
        self.occupant
    }

    /// Gives the drive, which is empty, and the medium back.
    pub(super) fn release(self, transaction: &Transaction<'_>, now: Timestamp) -> Result<()> {
        self.release_medium(transaction, now)?;
        empty_drive_row(transaction, self.drive, true, now)
    }

    /// Gives the drive, in which the cartridge stays, and the medium back.
    pub(super) fn release_in_place(
        self,
        transaction: &Transaction<'_>,
        now: Timestamp,
    ) -> Result<()> {
        self.release_medium(transaction, now)?;
        transaction.end_movement(self.drive)?;
        transaction.change_drive(self.drive, now, |row| row.state = DriveState::Dismountable)
    }

    fn release_medium(self, transaction: &Transaction<'_>, now: Timestamp) -> Result<()> {
        if let Some(medium) = self.occupant {
            let before = transaction.cartridge(medium)?;
            let mut after = before.clone();
            after.medium.state = MediaState::Idle;
            crate::catalog::finish_pending_return(transaction, &mut after)?;
            transaction.store_cartridge(&before, after, now)?;
        }
        Ok(())
    }
}

/// What the drive said of a cartridge.
#[derive(Debug, Default)]
pub(super) struct Findings {
    sides: Vec<Identified>,
    media_type: Option<u32>,
    media_code: u32,
    density_code: u32,
    pub(super) is_incompatible: bool,
    pub(super) wants_second: bool,
}

impl Attached {
    /// Loads the cartridge with one side up and reads it. A cartridge the drive cannot load is read
    /// with an error.
    pub(super) fn examine_side(
        &self,
        drive: &DriveUnit,
        slot: i64,
        (flip, occupant): (bool, Option<i64>),
        findings: &mut Findings,
    ) -> std::result::Result<(), Trouble> {
        let (key, now) = (drive.key, self.now());
        self.carry_from_slot(drive, slot, flip, || {
            self.host.catalog.write(move |transaction| {
                transaction.change_drive(key, now, |row| {
                    row.state = DriveState::Mounted;
                    row.saved_side = None;
                    row.deferred_since = None;
                    row.mount_count = row.mount_count.saturating_add(1);
                })
            })
        })?;
        self.read_loaded(drive, occupant, findings);
        Ok(())
    }

    /// Loads what is in the drive and reads it.
    pub(super) fn read_loaded(
        &self,
        drive: &DriveUnit,
        occupant: Option<i64>,
        findings: &mut Findings,
    ) {
        let pair = (drive.key, occupant);
        let loaded = match self.load(drive) {
            Ok(loaded) => loaded,
            Err(error) => {
                findings.is_incompatible |=
                    error.kind() == DeviceErrorKind::Refused(Refusal::Incompatible);
                tracing::warn!(%error, "a cartridge could not be loaded");
                self.note_unread(DeviceEventKind::LoadFailed, pair, &error, findings);
                return;
            }
        };
        findings.note(&loaded);
        match self.read_side(drive) {
            Ok(Read { error: Some(error), .. }) | Err(error) => {
                tracing::warn!(%error, "a label could not be read");
                self.note_unread(DeviceEventKind::ReadFailed, pair, &error, findings);
            }
            Ok(read) => findings.sides.push(read.label),
        }
    }

    /// A side that cannot be read. One of a medium that is known is tried in another drive.
    fn note_unread(
        &self,
        what: DeviceEventKind,
        (drive, occupant): (i64, Option<i64>),
        error: &DeviceError,
        findings: &mut Findings,
    ) {
        findings.sides.push(Identified::ReadError);
        if let Some(medium) = occupant {
            findings.wants_second |= self.count_failure(what, (drive, medium), error).wants_second;
        }
    }

    pub(super) fn put_back(&self, drive: &DriveUnit, slot: i64, flip: bool) -> Result<()> {
        self.unload(drive).map_err(|error| device("the drive could not unload", error))?;
        let address = ElementAddress(self.host.catalog.read(|view| view.slot(slot))?.address);
        let changer = self.changer_of(drive)?;
        match self.carry(changer, (drive.address, address), flip, || Ok(()))? {
            Ok(()) => Ok(()),
            Err(NotCarried::Failed(error)) => Err(device("a cartridge could not go back", error)),
            Err(NotCarried::SourceEmpty | NotCarried::DestinationFull) => Err(Error::new(
                crate::ErrorKind::DeviceNotAvailable,
                "somebody moved a cartridge that was being examined",
            )),
        }
    }

    /// The bar code of what is in a slot.
    pub(super) fn bar_code_in(&self, slot: i64) -> Result<VolumeTag> {
        let row = self.host.catalog.read(|view| view.slot(slot))?;
        let changer = self.changers.iter().find(|unit| unit.key == row.changer);
        let changer = changer.ok_or_else(|| Error::from(crate::ErrorKind::Internal))?;
        let status = changer
            .look(ElementAddress(row.address))
            .map_err(|error| device("a slot could not be looked at", error))?;
        Ok(status.map_or(VolumeTag::Absent, |status| status.volume_tag))
    }

    pub(super) fn sides_of(&self, findings: &Findings, occupant: Option<i64>) -> Result<u16> {
        let media_type = self.media_type_of(findings, occupant)?;
        Ok(self.host.catalog.read(|view| view.media_type(media_type))?.sides)
    }

    /// The media type the drive tells, else that of the record, else the library's usual one.
    fn media_type_of(&self, findings: &Findings, occupant: Option<i64>) -> Result<i64> {
        self.host.catalog.read(|view| {
            if let Some(code) = findings.media_type
                && let Some(known) = view.media_type_by_code(code)?
            {
                return Ok(known.key);
            }
            match occupant {
                Some(medium) => Ok(view.cartridge(medium)?.medium.media_type),
                None => Ok(self.usual_type),
            }
        })
    }

    pub(super) fn arrival(
        &self,
        place: Place,
        bar_code: VolumeTag,
        occupant: Option<i64>,
        findings: Findings,
    ) -> Result<Arrival> {
        Ok(Arrival {
            place,
            bar_code,
            first: 0,
            media_type: self.media_type_of(&findings, occupant)?,
            sides: findings.sides,
            is_incompatible: findings.is_incompatible,
            media_code: findings.media_code,
            density_code: findings.density_code,
        })
    }
}

impl Attached {
    /// Admits a cartridge that was read, and ends its movement.
    pub(super) fn admit_read(&self, run: &Arc<Run>, arrival: Arrival, held: Held) -> Result<()> {
        let done = self.admit(run, arrival, Some(held), false);
        if done.is_err() {
            self.settle_drive(held.drive)?;
        }
        self.changed.raise();
        done
    }
}

impl Findings {
    fn note(&mut self, loaded: &LoadedMedium) {
        self.media_type = self.media_type.or(loaded.media_type);
        self.media_code = loaded.medium_code.map_or(self.media_code, u32::from);
        self.density_code = loaded.density.map_or(self.density_code, u32::from);
    }
}
