//! Which session has which side up in which drive.

use rusqlite::{Row, params};
use uuid::Uuid;

use super::cartridge::medium_key;
use super::column::{id, uuid};
use super::failure::damaged;
use super::free_pool::finish_pending_return;
use super::library_request::{NewRequests, Task};
use super::transaction::{Transaction, View};
use crate::error::{ErrorKind, Result};
use crate::model::{
    DriveId, DriveState, LibraryOperation, LibraryRequestId, LibraryRequestState, LibraryType,
    MediaState, ObjectId, ObjectType, OperationOption, Timestamp,
};

/// A mount's row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MountRow {
    pub(crate) side: i64,
    pub(crate) drive: i64,
    pub(crate) process: i64,
    pub(crate) session: Uuid,
    pub(crate) handles: u32,
    /// Mounted for writing as well.
    pub(crate) writable: bool,
}

const OF_MEDIUM: &str =
    "SELECT side, drive, process, session, handles, writable FROM mount WHERE medium = ?1";
const OF_DRIVE: &str =
    "SELECT side, drive, process, session, handles, writable FROM mount WHERE drive = ?1";
const OF_SESSION: &str = "SELECT side, drive, process, session, handles, writable FROM mount WHERE session = ?1 ORDER BY medium";
const OF_PROCESS: &str = "SELECT side, drive, process, session, handles, writable FROM mount WHERE process = ?1 ORDER BY medium";
const MEDIA: &str = "SELECT medium FROM mount ORDER BY medium";
const INSERT: &str = "INSERT INTO mount (medium, side, drive, process, session, since, writable) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
const DELETE: &str = "DELETE FROM mount WHERE medium = ?1";
const COUNT_HANDLES: &str = "UPDATE mount SET handles = handles + ?2 WHERE medium = ?1";
const DEFER_DRIVE: &str = "UPDATE drive SET state = ?2, deferred_since = ?3, modified = ?3 \
     WHERE key = ?1 RETURNING id";

fn read(row: &Row<'_>) -> rusqlite::Result<MountRow> {
    Ok(MountRow {
        side: row.get(0)?,
        drive: row.get(1)?,
        process: row.get(2)?,
        session: uuid(row, 3)?,
        handles: row.get(4)?,
        writable: row.get(5)?,
    })
}

impl View<'_> {
    pub(crate) fn mount_of_medium(&self, medium: i64) -> Result<Option<MountRow>> {
        self.first(OF_MEDIUM, params![medium], read)
    }

    pub(crate) fn mount_of_drive(&self, drive: i64) -> Result<Option<MountRow>> {
        self.first(OF_DRIVE, params![drive], read)
    }

    /// Keys of all media that sessions have mounted: at most one per drive.
    pub(crate) fn mounted_media(&self) -> Result<Vec<i64>> {
        self.all(MEDIA, [], |row| row.get(0))
    }

    pub(crate) fn mounts_of_session(&self, session: Uuid) -> Result<Vec<MountRow>> {
        self.all(OF_SESSION, params![session.as_bytes()], read)
    }
}

impl Transaction<'_> {
    pub(crate) fn insert_mount(&self, mount: &MountRow, now: Timestamp) -> Result<()> {
        self.insert(
            INSERT,
            params![
                medium_key(mount.side),
                mount.side,
                mount.drive,
                mount.process,
                mount.session.as_bytes(),
                now.as_micros(),
                mount.writable
            ],
        )?;
        Ok(())
    }

    pub(crate) fn delete_mount(&self, medium: i64) -> Result<()> {
        self.execute(DELETE, params![medium])?;
        Ok(())
    }

    /// Counts data handles that were opened (1) or closed (-1).
    pub(crate) fn count_handles(&self, medium: i64, by: i64) -> Result<()> {
        self.execute(COUNT_HANDLES, params![medium, by])?;
        Ok(())
    }

    /// Queues the dismount of a side that is up. A deferred one counts as done for whoever asks; in
    /// a stand-alone drive, where nothing moves, every one is done. Else the drive is to be the
    /// library's in the same transaction, and the request is begun, if the library moves anything
    /// now. `watched` is woken when it is over.
    pub(crate) fn ask_for_dismount(
        &self,
        side: i64,
        drive: i64,
        option: OperationOption,
        asked: Option<(ObjectType, ObjectId)>,
        watched: Option<Uuid>,
        now: Timestamp,
    ) -> Result<LibraryRequestId> {
        let cartridge = self.cartridge(medium_key(side))?;
        let side = cartridge.sides.iter().find(|row| row.key == side);
        let side = side.ok_or_else(|| damaged("a side that is referred to does not exist"))?.id;
        let subject = asked.unwrap_or((ObjectType::Side, side.into()));
        let task = Task {
            option,
            drive: Some(self.drive_id(drive)?),
            subject: Some(subject),
            ..Task::on_side(LibraryOperation::Dismount, cartridge.medium.id, side)
        };
        let row = self.library(cartridge.medium.library)?;
        let stays = row.library_type == LibraryType::Standalone;
        let state = if stays || option == OperationOption::Deferred {
            self.completed(subject.0, subject.1);
            LibraryRequestState::Deferred
        } else if row.is_working() && !self.is_held_up(&row)? {
            LibraryRequestState::InProcess
        } else {
            LibraryRequestState::Queued
        };
        let library = row.key;
        let new = NewRequests { library, tasks: &[task], state, waiter: None, watched };
        let rows = self.insert_library_requests(&new, now)?;
        for row in rows.iter().filter(|_| stays) {
            self.finish_request(row, LibraryRequestState::Passed, None, now)?;
        }
        rows.first().map(|row| row.id).ok_or_else(|| ErrorKind::Internal.into())
    }

    /// Ends a mount as a deferred dismount does: the medium stays in the drive, nobody's. If it was
    /// to return to the free pool when idle, it does. `asked` is what the dismount was asked for
    /// with; the side, when nobody asked.
    pub(crate) fn release_mount(
        &self,
        mount: &MountRow,
        asked: Option<(ObjectType, ObjectId)>,
        now: Timestamp,
    ) -> Result<()> {
        self.leave_in_drive(mount, OperationOption::Deferred, asked, now)
    }

    /// The same, for a dismount of either kind.
    pub(crate) fn leave_in_drive(
        &self,
        mount: &MountRow,
        option: OperationOption,
        asked: Option<(ObjectType, ObjectId)>,
        now: Timestamp,
    ) -> Result<()> {
        self.ask_for_dismount(mount.side, mount.drive, option, asked, None, now)?;
        let dismountable = DriveState::Dismountable.value();
        let values = params![mount.drive, dismountable, now.as_micros()];
        let drive = self
            .first(DEFER_DRIVE, values, |row| id::<DriveId>(row, 0))?
            .ok_or_else(|| damaged("a drive that is referred to does not exist"))?;
        self.updated(ObjectType::Drive, drive);
        self.end_mount(mount, now)
    }

    /// Somebody took out what was mounted in a stand-alone drive: the mount is lost.
    pub(crate) fn lose_mount(&self, drive: i64, now: Timestamp) -> Result<()> {
        let mount = self.mount_of_drive(drive)?;
        mount.map_or(Ok(()), |mount| self.end_mount(&mount, now))
    }

    /// Nobody has the medium any more.
    fn end_mount(&self, mount: &MountRow, now: Timestamp) -> Result<()> {
        let before = self.cartridge(medium_key(mount.side))?;
        let mut after = before.clone();
        after.medium.state = MediaState::Idle;
        if after.medium.enabled {
            finish_pending_return(self, &mut after)?;
        }
        self.delete_mount(before.medium.key)?;
        self.store_cartridge(&before, after, now)
    }

    /// Releases what a dead process had mounted.
    pub(super) fn release_mounts_of_process(&self, process: i64, now: Timestamp) -> Result<()> {
        for mount in self.all(OF_PROCESS, params![process], read)? {
            self.release_mount(&mount, None, now)?;
        }
        Ok(())
    }
}
