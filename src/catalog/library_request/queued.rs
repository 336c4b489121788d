//! Requests that wait for a drive, a few at a time, in their order.

use std::collections::VecDeque;

use rusqlite::{Row, params};
use uuid::Uuid;

use super::LibraryRequestRow;
use crate::catalog::column::{id_or_null, numbered};
use crate::catalog::{Keeper, View};
use crate::error::Result;
use crate::model::{
    DriveId, Id, LibraryOperation, MediaState, MountOptions, PhysicalMediaId, SideId,
};

/// As much of a request as tells what it wants.
#[derive(Clone, Debug)]
pub(crate) struct QueuedRow {
    pub(crate) key: i64,
    /// The same for all of a call.
    pub(crate) place: i64,
    pub(crate) medium: Option<PhysicalMediaId>,
    pub(crate) side: Option<SideId>,
    /// The only drive that will do.
    pub(crate) named: Option<DriveId>,
    /// It waits for a person.
    pub(crate) asks: bool,
    /// Whose reserved drives it may use.
    pub(crate) keeper: Option<Keeper>,
}

/// A medium that somebody wants, as far as that matters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WantedMedium {
    pub(crate) key: i64,
    pub(crate) library: i64,
    pub(crate) enabled: bool,
    pub(crate) state: MediaState,
    /// The slot in which it is, and the changer that reaches it.
    pub(crate) slot: Option<(i64, i64)>,
    pub(crate) drive: Option<i64>,
    pub(crate) port: Option<i64>,
    pub(crate) mounted_side: Option<u8>,
    pub(crate) is_moving: bool,
    /// A session has it mounted, or it is being put out.
    pub(crate) is_in_use: bool,
    /// Another cartridge was found in its place, and nothing has changed there since.
    pub(crate) is_found_wrong: bool,
}

/// How many are read at once: first, and at most.
const FIRST_CHUNK: i64 = 8;
const CHUNK: i64 = 64;

/// Those behind a request: first what is left of its call, then the others.
macro_rules! behind {
    ($of_kind:literal) => {
        concat!(
            "SELECT key, place, medium, side, drive, mount_options, operator_request, process, \
             session FROM library_request WHERE library = ?1 AND place = ?2 AND key > ?3 AND ",
            $of_kind,
            " UNION ALL SELECT key, place, medium, side, drive, mount_options, operator_request, \
             process, session FROM library_request WHERE library = ?1 AND place > ?2 AND ",
            $of_kind,
            " ORDER BY place, key LIMIT ?4"
        )
    };
}

const MOUNTS: &str = behind!("operation = 17 AND state IN (0, 5)");
const LABELS: &str = behind!("operation = 18 AND completed IS NULL AND state IN (0, 5)");
const OTHERS: &str = "SELECT 1 FROM library_request WHERE library = ?1 AND operation = 17 \
     AND state IN (0, 5) AND key NOT BETWEEN ?2 AND ?3 LIMIT 1";
const MEDIUM: &str = "SELECT m.key, m.library, m.enabled, m.state, m.slot, s.changer, m.drive, \
     m.port, m.mounted_side, EXISTS (SELECT 1 FROM movement v WHERE v.medium = m.key), \
     EXISTS (SELECT 1 FROM mount t WHERE t.medium = m.key) OR EXISTS (SELECT 1 \
     FROM port_move p LEFT JOIN library_request r ON r.key = p.request WHERE p.medium = m.key \
     AND (p.cell IS NOT NULL OR r.state = 1)), \
     s.state = 4 AND EXISTS (SELECT 1 FROM medium_health h WHERE h.medium = m.key \
     AND h.wrong_slot = m.slot) FROM medium m LEFT JOIN slot s ON s.key = m.slot WHERE m.id = ?1";

fn read(row: &Row<'_>) -> rusqlite::Result<QueuedRow> {
    let options = MountOptions::from_bits_retain(row.get(5)?);
    let drive: Option<DriveId> = id_or_null(row, 4)?;
    let process: Option<i64> = row.get(7)?;
    let session: Option<[u8; 16]> = row.get(8)?;
    let keeper = |(process, session)| Keeper::session(process, Uuid::from_bytes(session));
    Ok(QueuedRow {
        key: row.get(0)?,
        place: row.get(1)?,
        medium: id_or_null(row, 2)?,
        side: id_or_null(row, 3)?,
        named: drive.filter(|_| options.contains(MountOptions::SPECIFIC_DRIVE)),
        asks: row.get_ref(6)? != rusqlite::types::ValueRef::Null,
        keeper: process.zip(session).map(keeper),
    })
}

fn read_medium(row: &Row<'_>) -> rusqlite::Result<WantedMedium> {
    let slot: Option<i64> = row.get(4)?;
    Ok(WantedMedium {
        key: row.get(0)?,
        library: row.get(1)?,
        enabled: row.get(2)?,
        state: numbered(row, 3)?,
        slot: slot.zip(row.get(5)?),
        drive: row.get(6)?,
        port: row.get(7)?,
        mounted_side: row.get(8)?,
        is_moving: row.get(9)?,
        is_in_use: row.get(10)?,
        is_found_wrong: row.get::<_, Option<bool>>(11)?.unwrap_or_default(),
    })
}

impl From<&LibraryRequestRow> for QueuedRow {
    fn from(row: &LibraryRequestRow) -> Self {
        let is_named = row.task.mount_options.contains(MountOptions::SPECIFIC_DRIVE);
        Self {
            key: row.key,
            place: row.place,
            medium: row.task.medium,
            side: row.task.side,
            named: row.task.drive.filter(|_| is_named),
            asks: row.operator_request.is_some(),
            keeper: row.keeper(),
        }
    }
}

/// The requests of a kind that wait, read as they are asked for.
pub(crate) struct Queued<'c> {
    view: View<'c>,
    statement: &'static str,
    library: i64,
    read: VecDeque<QueuedRow>,
    after: Option<(i64, i64)>,
    chunk: i64,
}

impl Queued<'_> {
    /// The next one.
    pub(crate) fn take(&mut self) -> Result<Option<QueuedRow>> {
        self.fill()?;
        Ok(self.read.pop_front())
    }

    /// The next one, if it is of the call that has this place.
    pub(crate) fn take_of_call(&mut self, place: i64) -> Result<Option<QueuedRow>> {
        self.fill()?;
        Ok(self.read.pop_front_if(|row| row.place == place))
    }

    /// Leaves out what is left of the call that has this place.
    pub(crate) fn skip_call(&mut self, place: i64) {
        while self.read.pop_front_if(|row| row.place == place).is_some() {}
        if self.read.is_empty() && self.after.is_some() {
            (self.after, self.chunk) = (Some((place, i64::MAX)), FIRST_CHUNK);
        }
    }

    fn fill(&mut self) -> Result<()> {
        if self.read.is_empty()
            && let Some((place, key)) = self.after.take()
        {
            let values = params![self.library, place, key, self.chunk];
            self.read = self.view.all(self.statement, values, read)?.into();
            self.after = self.read.back().map(|row| (row.place, row.key));
            self.chunk = (self.chunk * 2).min(CHUNK);
        }
        Ok(())
    }
}

impl<'c> View<'c> {
    /// The mounts or labels that wait in a library.
    pub(crate) fn queued(&self, library: i64, operation: LibraryOperation) -> Queued<'c> {
        let statement = if operation == LibraryOperation::Mount { MOUNTS } else { LABELS };
        let after = Some((i64::MIN, i64::MIN));
        let (read, chunk) = (VecDeque::new(), FIRST_CHUNK);
        Queued { view: *self, statement, library, read, after, chunk }
    }

    /// Whether mounts of other calls wait in the library of this one.
    pub(crate) fn do_others_wait(&self, call: &[LibraryRequestRow]) -> Result<bool> {
        let (Some(first), Some(last)) = (call.first(), call.last()) else { return Ok(false) };
        let values = params![first.library, first.key, last.key];
        Ok(self.first(OTHERS, values, |_| Ok(()))?.is_some())
    }

    pub(crate) fn wanted_medium(&self, medium: PhysicalMediaId) -> Result<Option<WantedMedium>> {
        self.first(MEDIUM, params![medium.to_bytes()], read_medium)
    }
}
