//! Which processes have the catalog open, and what the dead left behind.
//!
//! Each process holds an advisory lock on a file of its own in `live/`, taken inside the gate before
//! its row exists. Whoever can lock another's file knows that process is dead, and releases what it
//! held. The kernel frees the lock however a process ends.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, params};

use super::directory::Directory;
use super::failure::io;
use super::transaction::Transaction;
use super::{Options, View};
use crate::error::Result;
use crate::model::Timestamp;

const ENTER: &str = "INSERT INTO process (live, pid, started) VALUES (?1, ?2, ?3)";
const OTHERS: &str = "SELECT key, live FROM process ORDER BY key";
const REMOVE: &str = "DELETE FROM process WHERE key = ?1";

/// Being among the living; ends when it is dropped or the process ends.
#[derive(Debug)]
pub(super) struct Life {
    key: i64,
    path: PathBuf,
    lock: File,
}

impl Life {
    pub(super) fn key(&self) -> i64 {
        self.key
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        // The row stays until another process sees that nobody holds the lock; a missing file says
        // so as well.
        let _removed = fs::remove_file(&self.path);
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
    let mut life = Life { key: 0, path, lock };
    life.lock.lock().map_err(io(format!("cannot lock {}", life.path.display())))?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let entered = enter_in(&Transaction::new(connection), directory, options);
    match entered {
        Ok(key) => life.key = key,
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

/// Removes the files of those who died before their row was written, or whose row is gone.
fn remove_unowned(folder: &Path) {
    let Ok(files) = fs::read_dir(folder) else { return };
    for path in files.flatten().map(|file| file.path()) {
        let is_unowned =
            File::options().write(true).open(&path).is_ok_and(|file| file.try_lock().is_ok());
        if is_unowned {
            // What cannot be removed now is only untidy.
            let _removed = fs::remove_file(path);
        }
    }
}

fn enter_in(
    transaction: &Transaction<'_>,
    directory: &Directory,
    options: &Options,
) -> Result<i64> {
    for (key, live) in others(transaction)? {
        if is_dead(directory, &live) {
            bury(transaction, key, options.now)?;
        }
    }
    let pid = i64::from(std::process::id());
    let key = transaction.insert(ENTER, params![options.life, pid, options.now.as_micros()])?;
    (options.hand_off)(transaction)?;
    transaction.append_changes()?;
    Ok(key)
}

fn others(view: &View<'_>) -> Result<Vec<(i64, Vec<u8>)>> {
    view.all(OTHERS, [], |row| Ok((row.get(0)?, row.get(1)?)))
}

fn is_dead(directory: &Directory, live: &[u8]) -> bool {
    match File::options().write(true).open(directory.live().join(file_name(live))) {
        Ok(file) => file.try_lock().is_ok(),
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// Releases what a dead process held. Its allocations stay: they belong to the catalog.
fn bury(transaction: &Transaction<'_>, key: i64, now: Timestamp) -> Result<()> {
    transaction.release_mounts_of_process(key, now)?;
    transaction.execute(REMOVE, params![key])?;
    Ok(())
}

fn file_name(live: &[u8]) -> String {
    live.iter().map(|byte| format!("{byte:02x}")).collect()
}
