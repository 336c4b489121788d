//! Drives are emptied for whoever asks, whoever uses what is in them.

use super::Attached;
use super::release::{send_home, take_home};
use super::room::look_for_room;
use super::stuck::NEEDS_PERSON;
use crate::catalog::{
    BayRow, Because, DriveRow, LibraryRequestRow, MovementRow, NewRequests, Purpose, Task,
    Transaction, View,
};
use crate::error::{ErrorKind, Result};
use crate::model::{
    DriveState, LibraryOperation, LibraryRequestState, ObjectType, OperationalState, Timestamp,
};

/// The unfinished dismounts of a medium, or, without one, of whatever is in the drive.
pub(super) fn dismounts_of(
    view: &View<'_>,
    drive: i64,
    medium: Option<i64>,
) -> Result<Vec<LibraryRequestRow>> {
    let drive = view.drive(drive)?;
    let Some(medium) = medium else {
        let mut rows = view.request_queue(drive.library, LibraryOperation::Dismount)?;
        rows.retain(|row| row.task.medium.is_none() && row.task.drive == Some(drive.id));
        return Ok(rows);
    };
    let mut rows = view.requests_of_medium(view.cartridge(medium)?.medium.id)?;
    rows.retain(|row| {
        row.task.operation == LibraryOperation::Dismount && row.library == drive.library
    });
    Ok(rows)
}

/// Asks for a drive to be emptied. It is begun at once if nobody else is using the drive, else when
/// it can be.
pub(crate) fn ask_for_drive(
    transaction: &Transaction<'_>,
    drive: &DriveRow,
    now: Timestamp,
) -> Result<LibraryRequestRow> {
    let row = insert_dismount(transaction, drive, now)?;
    if transaction.library(drive.library)?.operational_state == OperationalState::Ready {
        take(transaction, &row, now)?;
    }
    Ok(row)
}

/// A dismount of whatever is in the drive, that is not begun.
pub(super) fn insert_dismount(
    transaction: &Transaction<'_>,
    drive: &DriveRow,
    now: Timestamp,
) -> Result<LibraryRequestRow> {
    let mut task = Task {
        drive: Some(drive.id),
        subject: Some((ObjectType::Drive, drive.id.into())),
        ..Task::new(LibraryOperation::Dismount)
    };
    if let Some(medium) = transaction.medium_in_drive(drive.key)? {
        let cartridge = transaction.cartridge(medium)?;
        let is_up = |side: &&crate::catalog::SideRow| Some(side.key) == drive.saved_side;
        let side = cartridge.sides.iter().find(is_up).or(cartridge.sides.first());
        task.medium = Some(cartridge.medium.id);
        task.side = side.map(|side| side.id);
    }
    let (library, state) = (drive.library, LibraryRequestState::Queued);
    let new = NewRequests { library, tasks: &[task], state, waiter: None, watched: None };
    let row = transaction.insert_library_requests(&new, now)?.pop();
    row.ok_or_else(|| crate::Error::from(ErrorKind::Internal))
}

/// Begins a dismount, if nobody is using the drive.
fn take(transaction: &Transaction<'_>, row: &LibraryRequestRow, now: Timestamp) -> Result<()> {
    let end = |state, because: Option<Because>| {
        transaction.finish_request(row, state, because.as_ref(), now)
    };
    let drive = row.task.drive.map(|id| transaction.drive_by_id(id)).transpose()?.flatten();
    let Some(drive) = drive else {
        let because = Because::new(ErrorKind::InvalidDrive, "the drive does not exist any more");
        return end(LibraryRequestState::Invalid, Some(because));
    };
    if transaction.movement_of_drive(drive.key)?.is_some() {
        return Ok(());
    }
    let inside = transaction.medium_in_drive(drive.key)?;
    let meant = row.task.medium.map(|id| transaction.medium_key(id)).transpose()?.flatten();
    if row.task.medium.is_some() && inside != meant {
        return end(LibraryRequestState::Passed, None);
    }
    if transaction.mount_of_drive(drive.key)?.is_some_and(|mount| mount.handles > 0) {
        let because = Because::new(ErrorKind::InvalidState, "the medium was opened meanwhile");
        return end(LibraryRequestState::Failed, Some(because));
    }
    match inside {
        Some(medium) => {
            transaction.delete_mount(medium)?;
            take_home(transaction, &transaction.cartridge(medium)?, drive.key, now)
        }
        None => empty(transaction, &drive, now),
    }
}

/// The library puts whatever is in the drive into a slot.
fn empty(transaction: &Transaction<'_>, drive: &DriveRow, now: Timestamp) -> Result<()> {
    transaction.change_drive(drive.key, now, |row| row.state = DriveState::Unloaded)?;
    let movement = MovementRow {
        drive: drive.key,
        library: drive.library,
        medium: None,
        slot: None,
        purpose: Purpose::Dismount,
    };
    transaction.begin_movement(&movement, now)
}

/// Whether nobody has begun it.
fn is_left(view: &View<'_>, row: &LibraryRequestRow) -> Result<bool> {
    let drive = row.task.drive.map(|id| view.drive_by_id(id)).transpose()?.flatten();
    let movement = drive.map(|drive| view.movement_of_drive(drive.key)).transpose()?.flatten();
    Ok(row.is_waiting() && movement.is_none())
}

/// Whether the library is given up just now, or not taken over yet: nothing is begun in it.
fn is_given_up(view: &View<'_>, library: i64) -> Result<bool> {
    Ok(view.library(library)?.operational_state == OperationalState::Initializing)
}

/// A medium that nobody uses, in a drive that nobody can use.
struct Left {
    drive: i64,
    medium: i64,
    until: Timestamp,
}

fn left_in_disabled_drives(view: &View<'_>, library: i64) -> Result<Vec<Left>> {
    if !view.library(library)?.enabled {
        return Ok(Vec::new());
    }
    let is_left = |row: &BayRow| {
        !row.enabled
            && row.changer.is_some()
            && row.operational_state == OperationalState::Ready
            && row.state == DriveState::Dismountable
            && !row.is_moving
    };
    let rows = view.bays_of_library(library)?.into_iter().filter(is_left);
    let left = rows.filter_map(|row| {
        let until = row.left_since.saturating_add(row.delay());
        Some(Left { drive: row.key, medium: row.medium?, until })
    });
    Ok(left.collect())
}

impl Attached {
    /// Begins the dismounts whose drives others were using.
    pub(super) fn take_dismounts(&self) -> Result<()> {
        let library = self.key;
        let left = self.host.catalog.read(|view| {
            let mut left = Vec::new();
            for row in view.request_queue(library, LibraryOperation::Dismount)? {
                if is_left(view, &row)? {
                    left.push(row.id);
                }
            }
            Ok(left)
        })?;
        if left.is_empty() {
            return Ok(());
        }
        // What waits may be what the end of the run waits for.
        let run = self.run.lock().clone();
        let has_room = run.is_some_and(|run| run.has_new_room());
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            if is_given_up(transaction, library)? {
                return Ok(());
            }
            for id in &left {
                match transaction.library_request(*id)? {
                    Some(row) if row.is_waiting() => {
                        let has_gone_on = row.state == LibraryRequestState::Waiting
                            && look_for_room(transaction, &row, has_room, now)?;
                        if !has_gone_on && row.operator_request.is_none() {
                            take(transaction, &row, now)?;
                        }
                    }
                    _ => {}
                }
            }
            Ok(())
        })
    }

    /// Media that were left in drives which are disabled by now go home when their time is over:
    /// somebody may wait for them. Says when that will be.
    pub(super) fn empty_disabled_drives(&self) -> Result<Option<Timestamp>> {
        let (library, now) = (self.key, self.now());
        let left = move |view: &View<'_>| left_in_disabled_drives(view, library);
        let all = self.host.catalog.read(left)?;
        let until = all.iter().map(|left| left.until).min();
        if until.is_none_or(|until| until > now) {
            return Ok(until);
        }
        self.host.catalog.write(move |transaction| {
            for Left { drive, medium, .. } in
                left(transaction)?.into_iter().filter(|left| left.until <= now)
            {
                send_home(transaction, medium, drive, None, now)?;
            }
            Ok(())
        })?;
        Ok(None)
    }

    /// Dismounts that nothing can be done about before a person has helped say so.
    pub(super) fn hold_up_dismounts(&self) -> Result<()> {
        let (library, now, is_stuck) = (self.key, self.now(), self.is_stuck());
        let queued = move |view: &View<'_>| {
            if !is_stuck && !view.is_shut(&view.library(library)?)? {
                return Ok(Vec::new());
            }
            let mut rows = view.request_queue(library, LibraryOperation::Dismount)?;
            rows.retain(|row| row.state == LibraryRequestState::Queued);
            Ok(rows)
        };
        if self.host.catalog.read(queued)?.is_empty() {
            return Ok(());
        }
        let obstacle = if is_stuck { NEEDS_PERSON } else { "a door is open" };
        self.host.catalog.write(move |transaction| {
            queued(transaction)?.iter().try_for_each(|row| transaction.let_wait(row, obstacle, now))
        })
    }

    /// Whether a cartridge is in the drive, as the robot sees it. What it cannot tell is not there.
    pub(crate) fn sees_cartridge(&self, drive: i64) -> bool {
        let seen = self.drive_unit(drive).ok().and_then(|unit| self.occupancy(unit));
        seen == Some(crate::device::Occupancy::Full)
    }
}
