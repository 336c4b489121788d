//! Giving reserved drives back.

use std::sync::Arc;

use uuid::Uuid;

use super::checks::no_such_drive;
use super::list::owner_of;
use crate::catalog::{DriveRow, Keeper, ReservationRow, Transaction, View};
use crate::error::{Error, ErrorKind, Result};
use crate::library::grant_reservations;
use crate::model::{AccessRights, Caller, DriveId, ObjectType, OwnerId, Released, Timestamp};
use crate::session::context::{present, require_on_library};
use crate::session::{Context, Session};

/// What a release came to.
pub(super) enum Outcome {
    Released(Released),
    /// The reservation had ended with this error before, of which the owner has heard now.
    Ended(ErrorKind),
}

impl Outcome {
    pub(super) fn into_result(self) -> Result<Released> {
        match self {
            Self::Released(released) => Ok(released),
            Self::Ended(why) => Err(ended(why)),
        }
    }
}

/// The error of a reservation that has ended with its drive.
pub(super) fn ended(why: ErrorKind) -> Error {
    let reason = match why {
        ErrorKind::ResourceDisabled => "the drive was disabled: that ended its reservation",
        _ => "the drive is not there any more: that ended its reservation",
    };
    Error::new(why, reason)
}

impl Session {
    /// Releases a reserved drive: it is open to others when the call returns. A medium stays mounted
    /// there until its session dismounts it. A drive that nobody has reserved is left as it is.
    ///
    /// Without `owner`, the calling process is meant: any of its sessions may release what one of
    /// them has reserved. With `owner`, the drive must be reserved by exactly that session of this
    /// process.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed; the id is missing.
    /// * `InvalidDrive`: no such drive.
    /// * `AccessDenied`: somebody else has reserved it than is meant, or another process has.
    /// * `ResourceDisabled`, `DeviceNotAvailable`: the reservation had ended before, since the drive
    ///   was disabled, or is not there any more. That is said once.
    ///
    /// ```no_run
    /// use rsm::model::{DriveId, Released};
    /// # fn example(session: &rsm::Session, drive: DriveId) -> rsm::Result<()> {
    /// let _ = session.release_drive(drive, None)?;
    /// assert_eq!(session.release_drive(drive, None)?, Released::AlreadyFree);
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "AIFMODEALLOCATE")]
    pub fn release_drive(&self, drive: DriveId, owner: Option<OwnerId>) -> Result<Released> {
        self.check_open()?;
        present(drive, "the drive")?;
        let (process, now) = (self.context().catalog.process(), self.context().clock.now());
        let released = self.write(move |transaction| {
            let row = transaction.drive_by_id(drive)?.ok_or_else(|| no_such_drive(drive))?;
            let is_meant = |view: &View<'_>, keeper: Keeper| match owner {
                _ if keeper.process != process => Ok(false),
                None => Ok(true),
                Some(owner) => Ok(owner_of(view, keeper)? == owner),
            };
            match transaction.reservation_of_drive(row.key)? {
                None => forget_ended(transaction, &row, is_meant),
                Some(kept) if is_meant(transaction, kept.asker.keeper)? => {
                    free(transaction, &kept, now)
                }
                Some(kept) => Err(reserved_by_another(transaction, &kept, drive)),
            }
        });
        released?.into_result()
    }

    /// Releases a drive whoever has reserved it, for administrators: its owner is not asked. A
    /// medium stays mounted there until its session dismounts it.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed; the id is missing.
    /// * `InvalidDrive`: no such drive.
    /// * `AccessDenied`: CONTROL on the library is missing, as well as on the computer.
    pub fn force_release_drive(&self, drive: DriveId) -> Result<Released> {
        self.check_open()?;
        present(drive, "the drive")?;
        let (caller, now) = (self.caller().clone(), self.context().clock.now());
        let released = self.write(move |transaction| {
            let row = transaction.drive_by_id(drive)?.ok_or_else(|| no_such_drive(drive))?;
            require_control(transaction, &caller, &row)?;
            match transaction.reservation_of_drive(row.key)? {
                Some(kept) => free(transaction, &kept, now),
                None => Ok(Outcome::Released(Released::AlreadyFree)),
            }
        });
        released?.into_result()
    }
}

fn require_control(view: &View<'_>, caller: &Caller, drive: &DriveRow) -> Result<()> {
    require_on_library(caller, view, &view.library(drive.library)?, AccessRights::CONTROL)
}

fn reserved_by_another(view: &View<'_>, kept: &ReservationRow, drive: DriveId) -> Error {
    // Only a text depends on it.
    let process = owner_of(view, kept.asker.keeper).map_or(0, |owner| owner.process.value());
    let (application, user) = (&kept.asker.application, &kept.asker.user);
    let reason = format!("the drive is reserved by {application} of {user}, process {process}");
    Error::new(ErrorKind::AccessDenied, reason).about(ObjectType::Drive, drive)
}

/// Ends a reservation. Who has waited for the drive gets it in the same transaction.
fn free(transaction: &Transaction<'_>, kept: &ReservationRow, now: Timestamp) -> Result<Outcome> {
    transaction.release_reservation(kept)?;
    if let Some(why) = kept.ended {
        return Ok(Outcome::Ended(why));
    }
    grant_reservations(transaction, transaction.drive(kept.drive)?.library, now)?;
    Ok(Outcome::Released(Released::Freed))
}

/// Nobody has the drive reserved. Who is meant may have had it.
fn forget_ended(
    transaction: &Transaction<'_>,
    drive: &DriveRow,
    is_meant: impl Fn(&View<'_>, Keeper) -> Result<bool>,
) -> Result<Outcome> {
    let mut outcome = Outcome::Released(Released::AlreadyFree);
    for row in transaction.ended_reservations_of_drive(drive.key)? {
        if let Some(why) = row.ended
            && is_meant(transaction, row.asker.keeper)?
        {
            transaction.release_reservation(&row)?;
            outcome = Outcome::Ended(why);
        }
    }
    Ok(outcome)
}

/// Ends what a call has asked for, as far as it has got.
pub(super) fn release_by_id(context: &Arc<Context>, id: Uuid) -> Result<Outcome> {
    let now = context.clock.now();
    context.catalog.write(move |transaction| {
        transaction.end_drive_waits(id)?;
        match transaction.reservation(id)? {
            Some(kept) => free(transaction, &kept, now),
            None => Ok(Outcome::Released(Released::AlreadyFree)),
        }
    })
}
