//! Connections to the database file: how they are set up, and what is looked at first.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::failure::{damaged, has_damage_as_cause};
use crate::error::{Error, ErrorKind, Result};

/// "RSM1": how a catalog is told from other SQLite files.
pub(super) const APPLICATION_ID: i32 = 0x5253_4D31;

/// Room for every statement of the crate.
const STATEMENT_CACHE: usize = 512;

/// The gate keeps writers apart; this is for programs that bypass it.
const LAST_RESORT_WAIT: Duration = Duration::from_secs(5);

const PAGE_SIZE: u32 = 4096;

const SCHEMA: &str = "SELECT count(*) FROM sqlite_schema";

/// What the head of a database file says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) application: i32,
    pub(super) version: i32,
}

/// Refuses a file that is no catalog this release can use, without creating, locking or changing
/// anything.
pub(super) fn inspect(path: &Path, log: &Path, newest: i32) -> Result<()> {
    let has_log = std::fs::metadata(log).is_ok_and(|file| file.len() > 0);
    match inspect_connection(&untouching(path)?, newest) {
        // Whoever died while he copied the log back left a file that is whole only together with
        // the log. Reading both changes nothing either.
        Err(error) if has_log && has_damage_as_cause(&error) => {
            inspect_connection(&reading(path)?, newest)
        }
        Ok(()) if !has_log && is_cut_short(path) => {
            Err(damaged("the file catalog.db has been cut short"))
        }
        inspected => inspected,
    }
}

/// A connection that reads one file and nothing beside it.
fn untouching(path: &Path) -> Result<Connection> {
    let uri = format!("file:{}?immutable=1", percent_encoded(path)?);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(uri, flags)?)
}

fn inspect_connection(connection: &Connection, newest: i32) -> Result<()> {
    check_identity(read_identity(connection)?, newest)?;
    // Parses the schema, so that damage there is seen before anything is opened for writing.
    connection.query_row(SCHEMA, [], |_| Ok(()))?;
    Ok(())
}

fn is_cut_short(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|file| file.len() % u64::from(PAGE_SIZE) != 0)
}

pub(super) fn read_identity(connection: &Connection) -> Result<Identity> {
    Ok(Identity {
        application: connection.pragma_query_value(None, "application_id", |row| row.get(0))?,
        version: connection.pragma_query_value(None, "user_version", |row| row.get(0))?,
    })
}

/// Refuses files that are no catalog, or one of a later release.
pub(super) fn check_identity(identity: Identity, newest: i32) -> Result<()> {
    if identity.application != APPLICATION_ID {
        return Err(damaged("the file catalog.db is not a catalog of this library"));
    }
    if identity.version > newest {
        return Err(Error::new(
            ErrorKind::DatabaseFailure,
            format!(
                "the catalog has schema version {}, this program knows up to {newest}: open it with a newer release",
                identity.version
            ),
        ));
    }
    Ok(())
}

/// A connection for a new file that is not yet a catalog.
pub(super) fn create(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "page_size", PAGE_SIZE)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    Ok(connection)
}

/// A connection to an empty file that becomes a copy of the catalog. Nothing is synced, and no
/// journal is kept: a copy that is not finished is thrown away.
pub(super) fn copying(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    connection.pragma_update_and_check(None, "locking_mode", "EXCLUSIVE", |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_mode", "OFF", |_| Ok(()))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// A connection to a copy that takes the place of the catalog: in one file, and everything that it
/// commits is on the disk.
pub(super) fn replacing(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    leave_log(&connection)?;
    Ok(connection)
}

/// The database is in one file from now on, with no log beside it.
pub(super) fn leave_log(connection: &Connection) -> Result<()> {
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "delete", |row| row.get(0))?;
    if mode != "delete" {
        return Err(damaged("the copy of the catalog cannot do without a log"));
    }
    Ok(())
}

/// The one connection of the process that writes. `wal_pages` is told, at each commit, how many
/// pages the write-ahead log holds.
pub(super) fn writing(path: &Path, wal_pages: Arc<AtomicU64>) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(damaged("the file system does not support the catalog's write-ahead log"));
    }
    // Never less: NORMAL loses acknowledged operations at a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // The writer checkpoints by itself, after the commit.
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
        wal_pages.store(u64::try_from(pages).unwrap_or(0), Relaxed);
        Ok(())
    }))?;
    Ok(connection)
}

/// Forbids a connection to let the database grow beyond so many pages.
pub(super) fn limit(connection: &Connection, max_pages: Option<u32>) -> Result<()> {
    if let Some(pages) = max_pages {
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok(())
}

/// A connection that only reads.
pub(super) fn reading(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection)?;
    Ok(connection)
}

/// A connection that does nothing but copy the log back.
pub(super) fn copying_back(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    prepare(&connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(connection)
}

/// Copies as much of the log back as can be without anybody waiting; says how many pages are left.
pub(super) fn copy_back(connection: &Connection) -> Result<i64> {
    let left = |row: &rusqlite::Row<'_>| Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?);
    Ok(connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], left)?)
}

fn prepare(connection: &Connection) -> Result<()> {
    // A connection that closes must not clear the log away: a program that reads the catalog's
    // files drops this process's locks, and another would then believe it is the last.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // Plans must not depend on the values of parameters: else statements are parsed again at each
    // use, and their plans could change.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.busy_timeout(LAST_RESORT_WAIT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    Ok(())
}

/// A number that changes whenever another connection has committed something.
pub(super) fn commits_of_others(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

/// Runs a statement of transaction control, parsed once per connection.
pub(super) fn run(connection: &Connection, sql: &'static str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

/// The path as SQLite's URI form wants it.
fn percent_encoded(path: &Path) -> Result<String> {
    use std::fmt::Write;
    use std::os::unix::ffi::OsStrExt;
    let mut text = String::new();
    for &byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}")
                .map_err(|e| Error::from(ErrorKind::Internal).caused_by(e))?;
        }
    }
    Ok(text)
}
