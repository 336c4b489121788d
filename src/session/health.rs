//! How drives and media fare.

use super::Session;
use super::context::require_on_computer;
use crate::catalog::View;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessModel, AccessRights, DeviceEvent, DriveHealth, DriveId, HistoryOf, MediumHealth,
    ObjectType, PhysicalMediaId,
};

impl Session {
    /// How a drive fares: what failed in it, and with which media. Counted in the transaction that
    /// notes the failure, in whatever process.
    ///
    /// # Errors
    /// As [`info`](Session::info) for the drive: who may read its record may read this.
    pub fn drive_health(&self, drive: DriveId) -> Result<DriveHealth> {
        let record = self.info(drive)?;
        self.context().catalog.read(|view| {
            let row = view.drive_by_id(drive)?.ok_or_else(|| gone(ObjectType::Drive))?;
            let health = view.drive_health(row.key)?;
            let failed = view.failed_couples_of_drive(row.key)?.into_iter();
            let media = failed.map(|couple| Ok(view.cartridge(couple.medium)?.medium.id));
            Ok(DriveHealth {
                drive,
                mounts: record.mount_count,
                failures: health.failures,
                cleanings: health.cleanings,
                needs_cleaning: row.wants_cleaning,
                failed_with: media.collect::<Result<_>>()?,
                is_suspect: health.is_suspect,
            })
        })
    }

    /// How a medium fares: what failed with it, and in which drives.
    ///
    /// # Errors
    /// As [`info`](Session::info) for the medium: who may read its record may read this.
    pub fn medium_health(&self, medium: PhysicalMediaId) -> Result<MediumHealth> {
        let id = self.info(medium)?.id;
        self.context().catalog.read(|view| {
            let key = view.medium_key(id)?.ok_or_else(|| gone(ObjectType::PhysicalMedia))?;
            let health = view.medium_health(key)?;
            let sides = view.cartridge(key)?.sides;
            let failed = view.failed_couples_of_medium(key)?.into_iter();
            Ok(MediumHealth {
                medium,
                mounts: sides.iter().map(|side| u64::from(side.mount_count)).sum(),
                failures: health.failures,
                failed_in: failed
                    .map(|couple| view.drive_id(couple.drive))
                    .collect::<Result<_>>()?,
                is_suspect: health.is_suspect,
            })
        })
    }

    /// What happened to a drive, to a medium, or to all of them, newest first: at most `most`
    /// entries, those with numbers below `before` if that is given. To read on, give the number of
    /// the last one.
    ///
    /// The history holds failures, cleanings, and what was decided about drives and media; a mount
    /// that succeeds leaves no entry. The newest 16,384 entries of the catalog are kept at least, older ones
    /// go. Entries outlive the drives and media they are about.
    ///
    /// ```no_run
    /// use rsm::model::HistoryOf;
    /// # fn example(session: &rsm::Session) -> rsm::Result<()> {
    /// for event in session.device_history(HistoryOf::Everything, None, 100)? {
    ///     println!("{:?} {:?} {}", event.time, event.what, event.reason);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// For one drive or medium as [`info`](Session::info). For everything:
    /// * `InvalidHandle`: the session is closed.
    /// * `AccessDenied`: USE on the computer is missing (Server 2003 rules).
    pub fn device_history(
        &self,
        of: impl Into<HistoryOf>,
        before: Option<u64>,
        most: u32,
    ) -> Result<Vec<DeviceEvent>> {
        let before = before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX));
        let of = of.into();
        match of {
            HistoryOf::Everything => self.check_open()?,
            HistoryOf::Drive(drive) => self.info(drive).map(drop)?,
            HistoryOf::Medium(medium) => self.info(medium).map(drop)?,
        }
        self.context().catalog.read(|view| match of {
            HistoryOf::Everything => {
                self.require_use(view)?;
                view.device_events(before, most)
            }
            HistoryOf::Drive(drive) => view.events_of_drive(drive, before, most),
            HistoryOf::Medium(medium) => view.events_of_medium(medium, before, most),
        })
    }

    fn require_use(&self, view: &View<'_>) -> Result<()> {
        if self.context().access_model != AccessModel::Server2003 {
            return Ok(());
        }
        require_on_computer(view, self.caller(), AccessRights::USE).map(drop)
    }
}

fn gone(kind: ObjectType) -> Error {
    Error::new(ErrorKind::ObjectNotFound, format!("the {kind:?} has just been deleted"))
}
