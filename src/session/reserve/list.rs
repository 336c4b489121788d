//! Who keeps drives, and who waits for them.

use crate::catalog::{Asker, Keeper, View};
use crate::error::Result;
use crate::model::{DriveId, Holder, OwnerId, ReservationInfo, WaitingReservation};
use crate::session::Session;

impl Session {
    /// The drives that somebody keeps, in the order in which they were reserved.
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * [Those of the catalog](Session#errors-of-the-catalog).
    pub fn drive_reservations(&self) -> Result<Vec<ReservationInfo>> {
        self.check_open()?;
        self.context().catalog.read(|view| {
            let rows = view.reservations()?.into_iter();
            let info = |row: crate::catalog::ReservationRow| {
                let drive = view.drive(row.drive)?;
                let library = view.library(drive.library)?.id;
                Ok(ReservationInfo { drive: drive.id, library, holder: holder(view, row.asker)? })
            };
            rows.map(info).collect()
        })
    }

    /// The calls that wait for a drive they can reserve, in the order in which they are served.
    ///
    /// # Errors
    /// As [`drive_reservations`](Session::drive_reservations).
    pub fn waiting_drive_reservations(&self) -> Result<Vec<WaitingReservation>> {
        self.check_open()?;
        self.context().catalog.read(|view| {
            let rows = view.drive_waits()?.into_iter();
            let info = |row: crate::catalog::DriveWaitRow| {
                Ok(WaitingReservation {
                    library: view.library(row.library)?.id,
                    drive: row
                        .drive
                        .map(|drive| -> Result<DriveId> { view.drive_id(drive) })
                        .transpose()?,
                    holder: holder(view, row.asker)?,
                    deadline: row.deadline,
                })
            };
            rows.map(info).collect()
        })
    }
}

/// Who keeps a drive.
pub(crate) fn holder_of_drive(view: &View<'_>, drive: i64) -> Result<Option<Holder>> {
    let row = view.reservation_of_drive(drive)?;
    row.map(|row| holder(view, row.asker)).transpose()
}

fn holder(view: &View<'_>, asker: Asker) -> Result<Holder> {
    let Asker { keeper, application, user, since } = asker;
    Ok(Holder { owner: owner_of(view, keeper)?, application, user, since })
}

/// The owner, as others know him.
pub(super) fn owner_of(view: &View<'_>, keeper: Keeper) -> Result<OwnerId> {
    let (process, started) = view.process_identity(keeper.process)?;
    Ok(OwnerId { process: process.into(), started, session: keeper.session })
}
