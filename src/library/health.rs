//! What follows from failures: who is at fault, and who is to look at it.
//!
//! A failure in a drive says nothing about who is at fault. The medium is tried in another drive:
//! if it fails there too, the medium is; a drive in which several media failed that are not
//! suspect themselves is taken out of service.

use std::time::Duration;

use super::Attached;
use crate::catalog::{DriveRow, FailedCouple, NewEvent, Transaction, View};
use crate::device::{DeviceError, DeviceErrorKind};
use crate::error::Result;
use crate::model::{DeviceEventKind, OperationalState, ServiceTarget, Timestamp};

/// How long a medium is not tried again in a drive in which it failed, if there is another.
const AVOIDED: Duration = Duration::from_secs(60 * 60);

/// How long a failure counts when it is decided who is at fault.
const REMEMBERED: Duration = Duration::from_secs(24 * 60 * 60);

/// In how many drives a medium fails before it is believed to be at fault.
const DRIVES: usize = 2;

/// How many media fail in a drive before it is believed to be at fault.
const MEDIA: usize = 3;

/// A medium failed in a drive.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    pub(super) what: DeviceEventKind,
    pub(super) drive: i64,
    pub(super) medium: i64,
    pub(super) reason: String,
    /// The drive says that the medium is at fault.
    pub(super) blames_medium: bool,
}

impl Failure {
    /// What the drive said, if it says that one of the two is at fault.
    pub(super) fn of(
        what: DeviceEventKind,
        (drive, medium): (i64, i64),
        error: &DeviceError,
    ) -> Option<Self> {
        let blames_medium = error.kind() == DeviceErrorKind::MediumFault;
        let reason = error.to_string();
        is_failure(error).then_some(Self { what, drive, medium, reason, blames_medium })
    }
}

/// Whether the drive or the medium is at fault.
fn is_failure(error: &DeviceError) -> bool {
    matches!(
        error.kind(),
        DeviceErrorKind::MediumFault
            | DeviceErrorKind::DriveFault
            | DeviceErrorKind::Gone
            | DeviceErrorKind::NotReady
            | DeviceErrorKind::OutcomeUnknown
            | DeviceErrorKind::LookAgain(_)
    )
}

/// What is believed after a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Opinion {
    /// Another drive may do: the medium can be tried there.
    pub(super) wants_second: bool,
    /// The medium is at fault.
    pub(super) is_medium: bool,
}

fn is_within(couple: &FailedCouple, time: Duration, now: Timestamp) -> bool {
    couple.since.saturating_add(time) > now
}

/// The drives in which the medium is not to be tried now, if there is another, and until when.
pub(super) fn avoided(
    view: &View<'_>,
    medium: i64,
    now: Timestamp,
) -> Result<Vec<(i64, Timestamp)>> {
    let mut couples = view.failed_couples_of_medium(medium)?;
    couples.retain(|couple| is_within(couple, AVOIDED, now));
    let until = |couple: &FailedCouple| couple.since.saturating_add(AVOIDED);
    Ok(couples.iter().map(|couple| (couple.drive, until(couple))).collect())
}

/// Whether a drive in service can take the medium that is not one of these.
fn has_other(view: &View<'_>, drive: i64, avoided: &[i64]) -> Result<bool> {
    let row = view.drive(drive)?;
    let drives = view.drives_of_library(row.library)?;
    let is_other = |other: &DriveRow| {
        other.is_in_service() && other.changer == row.changer && !avoided.contains(&other.key)
    };
    Ok(drives.iter().any(is_other))
}

/// Counts a failure and decides what is to be believed.
pub(super) fn note(
    transaction: &Transaction<'_>,
    failure: &Failure,
    now: Timestamp,
) -> Result<Opinion> {
    let Failure { what, drive, medium, ref reason, blames_medium } = *failure;
    let event = NewEvent::new(what, Some(drive), Some(medium), reason);
    let known = transaction.failed_couples_of_medium(medium)?;
    let is_first = !known.iter().any(|couple| {
        couple.drive == drive && !couple.is_cleared && is_within(couple, REMEMBERED, now)
    });
    transaction.note_device_event(&event, now)?;
    let mut couples = transaction.failed_couples_of_medium(medium)?;
    couples.retain(|couple| is_within(couple, REMEMBERED, now) && !couple.is_cleared);
    let tried: Vec<i64> = couples.iter().map(|couple| couple.drive).collect();
    let has_other = has_other(transaction, drive, &tried)?;
    let is_medium = tried.len() >= DRIVES || (blames_medium && !has_other);
    if is_medium {
        condemn_medium(transaction, medium, reason, now)?;
    } else {
        judge_drive(transaction, drive, now)?;
    }
    Ok(Opinion { wants_second: has_other && is_first && !is_medium, is_medium })
}

/// The medium is believed to be at fault: a person is asked to look at it.
pub(super) fn condemn_medium(
    transaction: &Transaction<'_>,
    medium: i64,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    let cartridge = transaction.cartridge(medium)?;
    if !transaction.medium_health(medium)?.is_suspect {
        transaction.suspect_medium(medium, true)?;
        let what = DeviceEventKind::MediumSuspect;
        let event = NewEvent::new(what, None, Some(medium), reason);
        transaction.note_device_event(&event, now)?;
    }
    let message = format!("Look at medium {}: it fails. {reason}", cartridge.medium.title());
    let device = ServiceTarget::Medium(cartridge.medium.id);
    transaction.ask_for_service(device, &message, now).map(drop)
}

fn judge_drive(transaction: &Transaction<'_>, drive: i64, now: Timestamp) -> Result<()> {
    let mut media = 0;
    for couple in transaction.failed_couples_of_drive(drive)? {
        let counts = is_within(&couple, REMEMBERED, now)
            && !transaction.medium_health(couple.medium)?.is_suspect;
        media += usize::from(counts);
    }
    if media < MEDIA {
        return Ok(());
    }
    let reason = format!("{media} media failed in it");
    take_out_of_service(transaction, drive, &reason, now)
}

/// Nobody gets the drive until a person has looked at it.
pub(super) fn take_out_of_service(
    transaction: &Transaction<'_>,
    drive: i64,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    let row = transaction.drive(drive)?;
    if row.operational_state == OperationalState::Ready {
        transaction.set_drive_service(&row, OperationalState::NeedsService, now)?;
        transaction.suspect_drive(drive, true)?;
        let what = DeviceEventKind::OutOfService;
        transaction.note_device_event(&NewEvent::new(what, Some(drive), None, reason), now)?;
    }
    ask_about_drive(transaction, &row, reason, now)
}

/// A person is to look at a drive that is out of service, and to say when it can be used again.
pub(super) fn ask_about_drive(
    transaction: &Transaction<'_>,
    row: &DriveRow,
    reason: &str,
    now: Timestamp,
) -> Result<()> {
    let library = transaction.library(row.library)?.name;
    let message = format!("Look at drive {} of library {library}: {reason}.", row.number);
    transaction.ask_for_service(ServiceTarget::Drive(row.id), &message, now).map(drop)
}

impl Attached {
    /// Counts a failure, if somebody is at fault.
    pub(super) fn count_failure(
        &self,
        what: DeviceEventKind,
        couple: (i64, i64),
        error: &DeviceError,
    ) -> Opinion {
        Failure::of(what, couple, error)
            .map_or_else(Opinion::default, |failure| self.note_failure(failure))
    }

    /// Counts a failure and decides what is to be believed. What cannot be written is not known.
    /// A medium is stuck in a drive: nobody gets the drive until a person has looked at it.
    pub(super) fn note_stuck(&self, drive: i64, medium: Option<i64>, error: &DeviceError) {
        let what = DeviceEventKind::UnloadFailed;
        if !is_failure(error) {
            return;
        }
        let (reason, now) = (error.to_string(), self.now());
        let noted = self.host.catalog.write(move |transaction| {
            let event = NewEvent::new(what, Some(drive), medium, &reason);
            transaction.note_device_event(&event, now)?;
            let reason = format!("it does not unload: {reason}");
            take_out_of_service(transaction, drive, &reason, now)
        });
        if let Err(error) = noted {
            tracing::warn!(%error, "a failure could not be counted");
        }
    }

    fn note_failure(&self, failure: Failure) -> Opinion {
        let now = self.now();
        let noted = self.host.catalog.write(move |transaction| note(transaction, &failure, now));
        noted.unwrap_or_else(|error| {
            tracing::warn!(%error, "a failure could not be counted");
            Opinion::default()
        })
    }
}
