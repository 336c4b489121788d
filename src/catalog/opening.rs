//! A catalog is opened: what is there is looked at, replaced, made or brought up to date, and this
//! process enters among the living.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use rusqlite::Connection;

use super::directory::Directory;
use super::failure::{damaged, io};
use super::gate::Gate;
use super::hold::Hold;
use super::live::{self, Life};
use super::statistics::Counters;
use super::transaction::Transaction;
use super::{NewCatalog, Options, connection, disk, import, migration};
use crate::error::{Error, ErrorKind, Result};

/// What an opening brings about.
pub(super) struct Opened {
    pub(super) gate: Gate,
    /// How many pages the log holds, as its hook counts them.
    pub(super) wal_pages: Arc<AtomicU64>,
    pub(super) established: Established,
}

/// Opens the catalog of a directory, or makes one there.
pub(super) fn open(
    directory: &Directory,
    options: &Options,
    counters: &Arc<Counters>,
) -> Result<Opened> {
    let is_inspected = !import::is_pending(directory);
    if is_inspected {
        inspect(directory, options.create.is_some())?;
    } else {
        // What is there now is replaced, and need not be a catalog.
        require_writable(directory.path())?;
    }
    let gate = Gate::open(directory, Arc::clone(counters))?;
    let wal_pages = Arc::default();
    let established = {
        let _inside = gate.enter(Instant::now() + options.busy_timeout)?;
        let damaged_export = replace_if_wanted(directory, options, is_inspected)?;
        establish(directory, options, &wal_pages, damaged_export.as_ref())?
    };
    Ok(Opened { gate, wal_pages, established })
}

/// Looks at what is there before anything is touched.
fn inspect(directory: &Directory, create: bool) -> Result<()> {
    let database = directory.database();
    match fs::metadata(&database) {
        Ok(file) if file.len() == 0 => Err(damaged("the file catalog.db is empty: no catalog")),
        Ok(file) if !file.is_file() => Err(damaged("catalog.db is not a file")),
        Ok(_) => {
            require_writable(&database)?;
            connection::inspect(&database, &directory.log(), migration::NEWEST)?;
            require_writable(directory.path())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && create => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Error::new(
            ErrorKind::ObjectNotFound,
            format!("there is no catalog in {}", directory.path().display()),
        )),
        Err(error) => Err(io(format!("cannot read {}", database.display()))(error)),
    }
}

/// Refuses what this process may not write, before SQLite falls back to reading only.
fn require_writable(path: &Path) -> Result<()> {
    use rustix::fs::{Access, AtFlags, CWD, accessat};
    accessat(CWD, path, Access::READ_OK | Access::WRITE_OK, AtFlags::EACCESS)
        .map_err(|error| io(format!("{} may not be written", path.display()))(error.into()))
}

/// What an opening brings about inside the gate.
pub(super) struct Established {
    pub(super) connection: Connection,
    pub(super) life: Life,
    pub(super) hold: Hold,
}

/// With the gate held: makes the catalog if there is none, brings its schema up to date, and
/// enters this process among the living.
fn establish(
    directory: &Directory,
    options: &Options,
    wal_pages: &Arc<AtomicU64>,
    damaged_export: Option<&Error>,
) -> Result<Established> {
    let database = directory.database();
    if !database.exists() {
        let Some(new) = &options.create else {
            return Err(Error::new(ErrorKind::ObjectNotFound, "the catalog has just been removed"));
        };
        create(directory, new)?;
    }
    let connection = connection::writing(&database, Arc::clone(wal_pages))?;
    connection::check_identity(connection::read_identity(&connection)?, migration::NEWEST)?;
    // The index exists since the connection has read something.
    let hold = Hold::take(&directory.log_index())?;
    migration::migrate(&connection)?;
    let life = live::enter(&connection, directory, options)?;
    if let Some(reason) = damaged_export {
        import::refuse(&connection, directory, reason, options.clock.now())?;
    }
    // Entering needs room for a row, so the limit comes after it.
    connection::limit(&connection, options.max_pages)?;
    Ok(Established { connection, life, hold })
}

/// With the gate held: does what is pending of an import. Then the catalog is looked at, whichever it
/// is, unless it has been and is the same. Gives the reason if the export could not be used.
fn replace_if_wanted(
    directory: &Directory,
    options: &Options,
    is_inspected: bool,
) -> Result<Option<Error>> {
    let is_pending = import::is_pending(directory);
    let damaged_export = if is_pending { import::complete(directory)? } else { None };
    if is_pending || !is_inspected {
        inspect(directory, options.create.is_some())?;
    }
    Ok(damaged_export)
}

/// Builds a catalog under another name and gives it its name when it is whole.
fn create(directory: &Directory, new: &NewCatalog) -> Result<()> {
    let unfinished = directory.unfinished();
    for left_over in [&unfinished, &directory.unfinished_journal()] {
        let named = || format!("cannot remove {}", left_over.display());
        disk::remove(left_over).map_err(|error| io(named())(error))?;
    }
    {
        let connection = connection::create(&unfinished)?;
        migration::migrate(&connection)?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let transaction = Transaction::new(&connection);
        (new.fill)(&transaction)?;
        connection.execute_batch("COMMIT")?;
    }
    fs::create_dir_all(directory.live())
        .and_then(|()| disk::rename(&unfinished, &directory.database()))
        .and_then(|()| disk::sync_directory(directory.path()))
        .map_err(io("cannot put the new catalog in its place".into()))
}
