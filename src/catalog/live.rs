//! Which processes have the catalog open, and what the dead left behind.
//!
//! Each process holds an advisory lock on a file of its own in `live/`, taken inside the gate before
//! its row exists. Whoever can lock another's file knows that process is dead, and releases what it
//! held. The kernel frees the lock however a process ends.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use super::column::time;
use super::directory::Directory;
use super::failure::{damaged, io};
use super::transaction::Transaction;
use super::{Options, View};
use crate::error::Result;
use crate::model::Timestamp;

const ENTER: &str = "INSERT INTO process (live, pid, started) VALUES (?1, ?2, ?3)";
const ALL: &str = "SELECT key, live FROM process ORDER BY key";
const LIVE: &str = "SELECT live FROM process WHERE key = ?1";
const IDENTITY: &str = "SELECT pid, started FROM process WHERE key = ?1";
const OF_PID: &str = "SELECT key FROM process WHERE pid = ?1 ORDER BY key";
const REMOVE: &str = "DELETE FROM process WHERE key = ?1";

/// Being among the living; ends when it is dropped or the process ends.
#[derive(Debug)]
pub(super) struct Life {
    key: i64,
    was_first: bool,
    path: PathBuf,
    lock: File,
}

impl Life {
    pub(super) fn key(&self) -> i64 {
        self.key
    }

    /// Whether nobody else lived when it began.
    pub(super) fn was_first(&self) -> bool {
        self.was_first
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        // The row stays until another process sees that nobody holds the lock; a missing file says
        // so as well.
        let _removed = fs::remove_file(&self.path);
    }
}

/// Tells living processes from dead ones.
///
/// Looking takes the lock of a dead process for a moment. Another who looks in that moment takes
/// the dead for living, and finds out the next time; nobody ever takes the living for dead.
#[derive(Debug)]
pub(crate) struct Living {
    folder: PathBuf,
    own: i64,
}

impl Living {
    pub(super) fn new(directory: &Directory, own: i64) -> Self {
        Self { folder: directory.live(), own }
    }

    /// Whether the process with this row lives. One that is stopped lives.
    pub(crate) fn is_alive(&self, view: &View<'_>, process: i64) -> Result<bool> {
        if process == self.own {
            return Ok(true);
        }
        let live: Option<Vec<u8>> = view.first(LIVE, params![process], |row| row.get(0))?;
        Ok(live.is_some_and(|live| !is_dead(&self.folder, &live)))
    }

    /// The row of the one living process with this number, if there is one.
    pub(crate) fn find(&self, view: &View<'_>, pid: u32) -> Result<Option<i64>> {
        let mut living = Vec::new();
        for key in view.all(OF_PID, params![pid], |row| row.get(0))? {
            if self.is_alive(view, key)? {
                living.push(key);
            }
        }
        // In containers that share the catalog, several may go by one number.
        Ok(living.pop().filter(|_| living.is_empty()))
    }

    /// The dead that nobody has buried yet: their rows, and the names of their locks.
    pub(super) fn dead(&self, view: &View<'_>) -> Result<Vec<(i64, Vec<u8>)>> {
        let mut dead = all(view)?;
        dead.retain(|(key, live)| *key != self.own && is_dead(&self.folder, live));
        Ok(dead)
    }

    /// Removes what is left of a process that has been buried.
    pub(super) fn forget(&self, live: &[u8]) {
        // What cannot be removed now is only untidy.
        let _removed = fs::remove_file(self.folder.join(file_name(live)));
    }
}

impl View<'_> {
    /// The number of a process, and when it opened the catalog.
    pub(crate) fn process_identity(&self, process: i64) -> Result<(u32, Timestamp)> {
        self.first(IDENTITY, params![process], |row| Ok((row.get(0)?, time(row, 1)?)))?
            .ok_or_else(|| damaged("a process that is referred to has no row"))
    }
}

/// With the gate held: buries the dead and enters this process.
pub(super) fn enter(
    connection: &Connection,
    directory: &Directory,
    options: &Options,
) -> Result<Life> {
    let folder = directory.live();
    fs::create_dir_all(&folder).map_err(io(format!("cannot make {}", folder.display())))?;
    let path = folder.join(file_name(&options.life));
    let lock = File::options()
        .write(true)
        .create_new(true)
        .open(&path)
        .map_err(io(format!("cannot make {}", path.display())))?;
    // From here on the file goes away again when something fails.
    let mut life = Life { key: 0, was_first: false, path, lock };
    life.lock.lock().map_err(io(format!("cannot lock {}", life.path.display())))?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let entered = enter_in(&Transaction::new(connection), &folder, options);
    match entered {
        Ok((key, was_first)) => (life.key, life.was_first) = (key, was_first),
        Err(error) => {
            // SQLite may have rolled back by itself; closing the connection does too.
            let _rolled_back = connection.execute_batch("ROLLBACK");
            return Err(error);
        }
    }
    connection.execute_batch("COMMIT")?;
    remove_unowned(&folder);
    Ok(life)
}

/// Removes the files of those who died before their row was written, or whose row is gone. The
/// locks of libraries stay: somebody may be about to take one.
fn remove_unowned(folder: &Path) {
    let Ok(files) = fs::read_dir(folder) else { return };
    let is_life = |path: &PathBuf| path.file_name().is_some_and(|name| name.len() == NAME_LENGTH);
    for path in files.flatten().map(|file| file.path()).filter(is_life) {
        let is_unowned =
            File::options().write(true).open(&path).is_ok_and(|file| file.try_lock().is_ok());
        if is_unowned {
            // What cannot be removed now is only untidy.
            let _removed = fs::remove_file(path);
        }
    }
}

/// The new process's row, and whether nobody else is alive.
fn enter_in(
    transaction: &Transaction<'_>,
    folder: &Path,
    options: &Options,
) -> Result<(i64, bool)> {
    let now = options.clock.now();
    let (dead, living): (Vec<_>, Vec<_>) =
        all(transaction)?.into_iter().partition(|(_, live)| is_dead(folder, live));
    // [D] this is what the start of the service is, when there are several processes: whatever the
    // dead wanted is cancelled, and what burying them leaves to be done as well.
    let is_start = living.is_empty();
    if is_start {
        bury_all(transaction, now)?;
    } else {
        for (key, _) in dead {
            bury(transaction, key, now)?;
        }
    }
    let pid = i64::from(std::process::id());
    let key = transaction.insert(ENTER, params![options.life, pid, now.as_micros()])?;
    transaction.purge_operator_requests(now)?;
    (options.hand_off)(transaction, &Living { folder: folder.to_owned(), own: key })?;
    transaction.append_changes()?;
    Ok((key, is_start))
}

/// Nobody lives: what is unfinished is cancelled, and all who are listed are buried.
pub(super) fn bury_all(transaction: &Transaction<'_>, now: Timestamp) -> Result<()> {
    transaction.cancel_all_requests(now)?;
    for (key, _) in all(transaction)? {
        bury(transaction, key, now)?;
    }
    // What the dead had mounted has been dismounted.
    transaction.cancel_all_requests(now)
}

/// Whether any process holds its lock in this folder, listed in the catalog or not.
pub(super) fn is_anybody_alive(folder: &Path) -> Result<bool> {
    let cannot_tell = || io(format!("cannot see who has the catalog open in {}", folder.display()));
    let files = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        files => files.map_err(cannot_tell())?,
    };
    for file in files {
        let name = file.map_err(cannot_tell())?.file_name();
        if name.len() == NAME_LENGTH && !is_unlocked(&folder.join(name)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn all(view: &View<'_>) -> Result<Vec<(i64, Vec<u8>)>> {
    view.all(ALL, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

fn is_dead(folder: &Path, live: &[u8]) -> bool {
    is_unlocked(&folder.join(file_name(live)))
}

/// Whether nobody holds the lock of this file, or it does not exist.
fn is_unlocked(path: &Path) -> bool {
    match File::options().write(true).open(path) {
        Ok(file) => file.try_lock().is_ok(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// Releases what a dead process held. Its allocations stay: they belong to the catalog.
///
/// The one place that says what that is: mounts, mounts that are waited for, waiting allocations,
/// reserved drives and waits for them, as in session close; waits for operator requests; what it
/// watches; where its sessions' messages go; libraries.
pub(super) fn bury(transaction: &Transaction<'_>, process: i64, now: Timestamp) -> Result<()> {
    transaction.cancel_requests_of_process(process, now)?;
    transaction.release_mounts_of_process(process, now)?;
    transaction.release_waits_of_process(process, now)?;
    transaction.release_reservations_of_process(process)?;
    transaction.end_request_waits_of_process(process)?;
    transaction.end_detection_of_process(process)?;
    transaction.delete_ui_destinations_of_process(process)?;
    transaction.release_ui_sinks_of_process(process)?;
    transaction.leave_libraries(process, now)?;
    transaction.execute(REMOVE, params![process])?;
    Ok(())
}

/// How long the names of the locks are: two digits for each of 16 bytes.
const NAME_LENGTH: usize = 32;

fn file_name(live: &[u8]) -> String {
    live.iter().map(|byte| format!("{byte:02x}")).collect()
}
