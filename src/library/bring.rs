//! A side comes up in a drive.

use super::Attached;
use super::failure::{device, loading};
use super::handling::NotCarried;
use super::health::Opinion;
use super::plan::{Claim, Way};
use super::put_away::Rest;
use super::units::{DriveUnit, asking};
use crate::catalog::{Cartridge, Place, first_side_key};
use crate::device::{
    DeviceError, DeviceErrorKind, DeviceResult, ElementAddress, LoadedMedium, Refusal,
};
use crate::error::{Error, ErrorKind, Result};
use crate::label::{Identified, read_label};
use crate::model::{DeviceEventKind, DriveState, MediaState, SlotState};

/// On its way from a drive to a drive.
const BETWEEN: Rest = Rest { medium: MediaState::InUse, ..Rest::UNREAD };

/// Why a side did not come up.
#[derive(Debug)]
pub(super) enum Trouble {
    /// There is no cartridge in the slot.
    SlotEmpty,
    /// There is no cartridge in the stand-alone drive.
    Taken,
    /// The drive could not load it.
    NotLoaded(DeviceError),
    /// The drive could not read it.
    NotRead(DeviceError),
    /// Something else.
    Failed(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Why a side is not somebody's.
#[derive(Debug)]
pub(super) struct NotUp {
    pub(super) error: Error,
    /// Another drive may do better.
    pub(super) wants_second: bool,
    /// The robot needs a person, and goes on with it then.
    pub(super) is_stuck: bool,
}

impl From<Error> for NotUp {
    fn from(error: Error) -> Self {
        Self { error, wants_second: false, is_stuck: false }
    }
}

/// A side that was read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) label: Identified,
    /// Why it could not be read, if it could not.
    pub(super) error: Option<DeviceError>,
    pub(super) capacity: Option<u64>,
}

impl Attached {
    /// Brings a side up, as the claim says, and loads it.
    pub(super) fn bring_up(
        &self,
        claim: &Claim,
        medium: i64,
        number: u8,
    ) -> std::result::Result<LoadedMedium, Trouble> {
        let drive = self.drive_unit(claim.drive)?;
        self.revoke_lease(drive.key);
        match claim.way {
            Way::InPlace => {}
            Way::Turn if self.is_stand_alone() => {
                let reason = "the other side of the medium is up: turn it over by hand";
                return Err(Error::new(ErrorKind::DriveMediaMismatch, reason).into());
            }
            Way::Turn => {
                self.put_away(drive, medium, BETWEEN, false)?;
                self.fetch_from_home(drive, medium, number)?;
            }
            Way::Fetch { slot, evicting } => {
                self.evict(drive, evicting)?;
                self.fetch(drive, medium, slot, number)?;
            }
            Way::Transfer { from, evicting } => {
                self.evict(drive, evicting)?;
                self.put_away(self.drive_unit(from)?, medium, BETWEEN, true)?;
                self.fetch_from_home(drive, medium, number)?;
            }
        }
        match self.load(drive) {
            Ok(loaded) => {
                self.keep_inside(drive);
                Ok(loaded)
            }
            Err(error) if self.is_stand_alone() && error.kind() == DeviceErrorKind::NoMedium => {
                Err(Trouble::Taken)
            }
            Err(error) => Err(Trouble::NotLoaded(error)),
        }
    }

    /// Puts away what was left in the drive. Its movement goes on.
    fn evict(&self, drive: &DriveUnit, other: Option<i64>) -> Result<()> {
        other.map_or(Ok(()), |other| self.put_away_left(drive, other, false))
    }

    fn fetch_from_home(
        &self,
        drive: &DriveUnit,
        medium: i64,
        number: u8,
    ) -> std::result::Result<(), Trouble> {
        let cartridge = self.host.catalog.read(|view| view.cartridge(medium))?;
        match cartridge.medium.place {
            Place::Slot(slot) => self.fetch(drive, medium, slot, number),
            _ => Err(Trouble::SlotEmpty),
        }
    }

    /// Carries a medium from its slot into the drive, turning it when its second side is wanted:
    /// in slots the first side is up.
    fn fetch(
        &self,
        drive: &DriveUnit,
        medium: i64,
        slot: i64,
        number: u8,
    ) -> std::result::Result<(), Trouble> {
        self.carry_from_slot(drive, slot, number == 1, || {
            let (drive, now) = (drive.key, self.now());
            self.host.catalog.write(move |transaction| {
                let before = transaction.cartridge(medium)?;
                let mut after = before.clone();
                after.medium.place = Place::Drive(drive);
                after.medium.mounted_side = Some(number);
                after.medium.state = MediaState::Mounted;
                transaction.store_cartridge(&before, after, now)?;
                transaction.set_slot_state(slot, SlotState::Empty, now)?;
                transaction.change_drive(drive, now, |row| {
                    row.state = DriveState::Mounted;
                    row.saved_side = Some(first_side_key(medium) + i64::from(number));
                    row.deferred_since = None;
                })
            })
        })
    }

    /// Carries what is in a slot into the drive. A cartridge that lies there unknown to anybody is
    /// put away first.
    pub(super) fn carry_from_slot(
        &self,
        drive: &DriveUnit,
        slot: i64,
        flip: bool,
        arrived: impl Fn() -> Result<()>,
    ) -> std::result::Result<(), Trouble> {
        let changer = self.changer_of(drive)?;
        if flip && !changer.geometry.can_flip {
            let reason = "the robot cannot turn media over";
            return Err(Error::new(ErrorKind::DriveMediaMismatch, reason).into());
        }
        let from = ElementAddress(self.host.catalog.read(|view| view.slot(slot))?.address);
        let way = (from, drive.address);
        let carried = match self.carry(changer, way, flip, &arrived)? {
            Err(NotCarried::DestinationFull) => {
                self.clear_drive(drive, false)?;
                self.carry(changer, way, flip, &arrived)?
            }
            other => other,
        };
        carried.map_err(|not| match not {
            NotCarried::SourceEmpty => Trouble::SlotEmpty,
            NotCarried::DestinationFull => {
                Error::new(ErrorKind::DeviceNotAvailable, "the drive is occupied").into()
            }
            NotCarried::Failed(error) => {
                device("the robot could not bring the medium", error).into()
            }
        })
    }

    /// Reads the label of the side that is up.
    pub(super) fn read_side(&self, drive: &DriveUnit) -> DeviceResult<Read> {
        let max_label = self.host.formats.max_label();
        let mut capacity = None;
        let image = asking(|| {
            let mut medium = drive.device.open()?;
            read_label(medium.as_mut(), max_label)
        })?;
        if let Ok(mut medium) = drive.device.open() {
            capacity = medium.capacity().ok().and_then(|capacity| capacity.total);
        }
        let label = self.host.formats.identify(&image);
        Ok(Read { label, error: image.read_error, capacity })
    }

    /// The side did not come up: the cartridge goes back where it belongs. Returns the error of
    /// whoever wanted it. The movement is over.
    pub(super) fn give_up(&self, claim: &Claim, medium: i64, trouble: Trouble) -> NotUp {
        let failure = match &trouble {
            Trouble::NotLoaded(error) => Some((DeviceEventKind::LoadFailed, error)),
            Trouble::NotRead(error) => Some((DeviceEventKind::ReadFailed, error)),
            Trouble::SlotEmpty | Trouble::Taken | Trouble::Failed(_) => None,
        };
        let opinion = failure.map_or_else(Opinion::default, |(what, error)| {
            self.count_failure(what, (claim.drive, medium), error)
        });
        let title = self.host.catalog.read(|view| Ok(view.cartridge(medium)?.medium.title()));
        // Only a text depends on it.
        let title = title.unwrap_or_default();
        let undone = self.undo(claim, medium, &trouble, opinion);
        if let Err(error) = undone {
            tracing::warn!(%error, "what a failed movement left could not be put in order");
            self.owe_if_left(claim.drive, medium);
        }
        self.changed.raise();
        let error = match trouble {
            Trouble::SlotEmpty => Error::new(
                ErrorKind::MediaOffline,
                format!("medium {title} is not in its slot; it counts as offline now"),
            ),
            Trouble::Taken => Error::new(
                ErrorKind::MediaOffline,
                format!("somebody took medium {title} out of its drive; it counts as offline now"),
            ),
            Trouble::NotLoaded(error) => loading(&title, error),
            Trouble::NotRead(error) => device("the label could not be read", error),
            Trouble::Failed(error) => error,
        };
        NotUp { error, wants_second: opinion.wants_second, is_stuck: self.is_stuck() }
    }

    fn undo(&self, claim: &Claim, medium: i64, trouble: &Trouble, opinion: Opinion) -> Result<()> {
        let (drive, now) = (claim.drive, self.now());
        let cartridge = self.host.catalog.read(|view| view.cartridge(medium))?;
        match (cartridge.medium.place, trouble) {
            (_, Trouble::Taken) => self.record_missing(drive, medium),
            (Place::Drive(at), _) if at == drive => {
                let rest = match trouble {
                    _ if opinion.wants_second => Rest::UNREAD,
                    _ if opinion.is_medium => Rest::UNREADABLE,
                    Trouble::NotLoaded(error) | Trouble::NotRead(error) => {
                        self.after_bad_load(&cartridge, error)?
                    }
                    Trouble::SlotEmpty | Trouble::Taken | Trouble::Failed(_) => Rest::UNREAD,
                };
                self.put_away(self.drive_unit(drive)?, medium, rest, true)
            }
            (place, Trouble::SlotEmpty) => {
                self.lost_sight_of(medium);
                self.host.catalog.write(move |transaction| {
                    super::leave::take_offline(transaction, medium, now)?;
                    if let Place::Slot(slot) = place {
                        transaction.set_slot_state(slot, SlotState::Empty, now)?;
                    }
                    transaction.end_movement(drive)
                })
            }
            _ => self.settle_drive(drive),
        }
    }

    /// How a medium is left that the drive could not load.
    fn after_bad_load(&self, before: &Cartridge, error: &DeviceError) -> Result<Rest> {
        match error.kind() {
            DeviceErrorKind::MediumFault => Ok(Rest::UNREADABLE),
            DeviceErrorKind::Refused(Refusal::Incompatible) => {
                let (medium, now) = (before.medium.key, self.now());
                self.host.catalog.write(move |transaction| {
                    let before = transaction.cartridge(medium)?;
                    let mut after = before.clone();
                    super::admit::reclassify_incompatible(&mut after);
                    transaction.store_cartridge(&before, after, now)
                })?;
                Ok(Rest::UNREAD)
            }
            _ => Ok(Rest::UNREAD),
        }
    }
}
