//! Drives that sessions keep for themselves, and who they are.

mod end;
mod wait;

use rusqlite::{Row, params};
use uuid::Uuid;

use super::column::{id_or_null, time, uuid};
use super::transaction::{Transaction, View};
pub(crate) use wait::DriveWaitRow;

use crate::error::{ErrorKind, Result};
use crate::model::{Id, LibraryRequestId, ObjectType, Timestamp};

/// Who keeps a drive: a session, or all sessions of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keeper {
    pub(crate) process: i64,
    pub(crate) session: Option<Uuid>,
}

impl Keeper {
    /// A session of a process.
    pub(crate) fn session(process: i64, session: Uuid) -> Self {
        Self { process, session: Some(session) }
    }

    /// Whether the other may use what this one keeps.
    pub(crate) fn covers(self, other: Self) -> bool {
        self == other || (self.process == other.process && self.session.is_none())
    }
}

/// In whose name a drive is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asker {
    pub(crate) keeper: Keeper,
    pub(crate) application: String,
    pub(crate) user: String,
    pub(crate) since: Timestamp,
}

/// A reservation's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReservationRow {
    pub(crate) key: i64,
    pub(crate) id: Uuid,
    pub(crate) drive: i64,
    pub(crate) asker: Asker,
    /// The request that empties the drive for it.
    pub(crate) dismount: Option<LibraryRequestId>,
    /// The error with which it has ended.
    pub(crate) ended: Option<ErrorKind>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, drive, process, session, application, user, since, dismount, ended \
             FROM drive_reservation ",
            $rest
        )
    };
}

const BY_ID: &str = select!("WHERE id = ?1");
const OF_DRIVE: &str = select!("WHERE drive = ?1 AND ended IS NULL");
const ENDED_OF_DRIVE: &str = select!("WHERE drive = ?1 AND ended IS NOT NULL ORDER BY key");
const OF_SESSION: &str = select!("WHERE session = ?1 AND session IS NOT NULL ORDER BY key");
const OF_PROCESS: &str = select!("WHERE process = ?1 ORDER BY key");
const ALL: &str = select!("WHERE ended IS NULL ORDER BY key");
const INSERT: &str = "INSERT INTO drive_reservation (id, drive, process, session, application, \
     user, since, dismount) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";

fn read(row: &Row<'_>) -> rusqlite::Result<ReservationRow> {
    let ended: Option<u32> = row.get(9)?;
    Ok(ReservationRow {
        key: row.get(0)?,
        id: uuid(row, 1)?,
        drive: row.get(2)?,
        asker: read_asker(row, 3)?,
        dismount: id_or_null(row, 8)?,
        ended: ended.map(|code| ErrorKind::of_code(code).unwrap_or(ErrorKind::Internal)),
    })
}

/// Process, session, application, user and time, from a column on.
fn read_asker(row: &Row<'_>, first: usize) -> rusqlite::Result<Asker> {
    let session: Option<[u8; 16]> = row.get(first + 1)?;
    let session = session.map(Uuid::from_bytes);
    Ok(Asker {
        keeper: Keeper { process: row.get(first)?, session },
        application: row.get(first + 2)?,
        user: row.get(first + 3)?,
        since: time(row, first + 4)?,
    })
}

impl View<'_> {
    pub(crate) fn reservation(&self, id: Uuid) -> Result<Option<ReservationRow>> {
        self.first(BY_ID, params![id.as_bytes()], read)
    }

    /// Who keeps the drive.
    pub(crate) fn reservation_of_drive(&self, drive: i64) -> Result<Option<ReservationRow>> {
        self.first(OF_DRIVE, params![drive], read)
    }

    /// Reservations that ended with the drive, and of which the owners have not heard.
    pub(crate) fn ended_reservations_of_drive(&self, drive: i64) -> Result<Vec<ReservationRow>> {
        self.all(ENDED_OF_DRIVE, params![drive], read)
    }

    pub(crate) fn reservations_of_session(&self, session: Uuid) -> Result<Vec<ReservationRow>> {
        self.all(OF_SESSION, params![session.as_bytes()], read)
    }

    pub(super) fn reservations_of_process(&self, process: i64) -> Result<Vec<ReservationRow>> {
        self.all(OF_PROCESS, params![process], read)
    }

    /// Every drive that somebody keeps.
    pub(crate) fn reservations(&self) -> Result<Vec<ReservationRow>> {
        self.all(ALL, [], read)
    }
}

impl Transaction<'_> {
    /// The call that waits has got the drive; it is woken, and waits nowhere else any more. What
    /// its owner had not heard of this drive is of no interest to him now.
    pub(crate) fn reserve_drive(
        &self,
        wait: &DriveWaitRow,
        drive: i64,
        dismount: Option<LibraryRequestId>,
        now: Timestamp,
    ) -> Result<()> {
        self.end_drive_waits(wait.id)?;
        for old in self.ended_reservations_of_drive(drive)? {
            if old.asker.keeper == wait.asker.keeper {
                self.delete_reservation(&old)?;
            }
        }
        let Asker { keeper, application, user, .. } = &wait.asker;
        self.insert(
            INSERT,
            params![
                wait.id.as_bytes(),
                drive,
                keeper.process,
                keeper.session.map(Uuid::into_bytes),
                application,
                user,
                now.as_micros(),
                dismount.map(|id| id.to_bytes())
            ],
        )?;
        self.updated(ObjectType::Drive, self.drive_id(drive)?);
        self.wake(wait.id);
        Ok(())
    }
}
