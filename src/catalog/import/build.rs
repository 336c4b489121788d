//! The new catalog is built beside the old one.

use std::fs::{self, File};
use std::io::Write;

use rusqlite::params;

use crate::catalog::connection::{self, run};
use crate::catalog::directory::Directory;
use crate::catalog::export::{Attire, verify};
use crate::catalog::failure::{has_disk_as_cause, of_folder};
use crate::catalog::transaction::{Transaction, View};
use crate::catalog::{disk, migration};
use crate::error::{Error, ErrorKind, Result};

const SEQUENCE: &str = "SELECT generation, next_sequence FROM computer WHERE key = 1";
const LAST_REQUEST: &str = "SELECT seq FROM sqlite_sequence WHERE name = 'library_request'";
const GO_ON: &str = "UPDATE computer SET generation = max(generation, ?1) + 1, \
     next_sequence = max(next_sequence, ?2) WHERE key = 1";
const GO_ON_REQUESTS: &str =
    "UPDATE sqlite_sequence SET seq = max(seq, ?1) WHERE name = 'library_request'";

/// Why there is no new catalog.
pub(super) enum NotBuilt {
    /// The export cannot be used, and never will be.
    Damaged(Error),
    /// It cannot be done now.
    Later(Error),
}

/// Numbers that are given out once.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counters {
    generation: i64,
    next_sequence: i64,
    last_request: i64,
}

/// Builds the new catalog, which is on the disk then, under a name of its own.
pub(super) fn build(directory: &Directory) -> std::result::Result<(), NotBuilt> {
    clear(directory).map_err(of_folder("cannot make room for the new catalog")).map_err(later)?;
    copy(directory)?;
    let incoming = directory.incoming();
    settle(directory).map_err(damaged_or_later)?;
    disk::sync(&incoming)
        .and_then(|()| disk::sync_directory(directory.path()))
        .map_err(of_folder("cannot write the new catalog"))
        .map_err(later)
}

/// Removes what an earlier attempt has left.
pub(super) fn clear(directory: &Directory) -> std::io::Result<()> {
    disk::remove(&directory.incoming())?;
    disk::remove(&directory.incoming_journal())
}

fn later(error: Error) -> NotBuilt {
    NotBuilt::Later(error)
}

fn damaged_or_later(error: Error) -> NotBuilt {
    match error.kind() {
        ErrorKind::DatabaseFailure if !has_disk_as_cause(&error) => NotBuilt::Damaged(error),
        _ => NotBuilt::Later(error),
    }
}

/// The file that is written, and whether writing it has failed.
struct Written {
    file: File,
    failure: Option<std::io::Error>,
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes).inspect_err(|error| self.failure = Some(error.kind().into()))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// Copies the export's database; what is copied is what its manifest says.
fn copy(directory: &Directory) -> std::result::Result<(), NotBuilt> {
    let (incoming, old) = (directory.incoming(), directory.database());
    let like = if old.exists() { old } else { directory.gate() };
    let failed = || of_folder("cannot write the new catalog");
    Attire::of(&like).and_then(|attire| attire.new_file(&incoming)).map_err(later)?;
    let file = File::options().write(true).open(&incoming).map_err(failed()).map_err(later)?;
    let mut written = Written { file, failure: None };
    let verified = verify(&directory.export(), &mut written);
    if let Some(error) = written.failure {
        // The disk that holds the catalog is at fault, not the export.
        return Err(later(failed()(error)));
    }
    verified.map(drop).map_err(damaged_or_later)
}

/// Makes the new catalog one of this release that goes on from both.
fn settle(directory: &Directory) -> Result<()> {
    let counters = counters_of_old(directory);
    let connection = connection::replacing(&directory.incoming())?;
    connection::check_identity(connection::read_identity(&connection)?, migration::NEWEST)?;
    migration::migrate(&connection)?;
    run(&connection, "BEGIN IMMEDIATE")?;
    let transaction = Transaction::new(&connection);
    transaction.go_on_from(&counters)?;
    transaction.put_off_labels()?;
    run(&connection, "COMMIT")?;
    connection.close().map_err(|(_, error)| Error::from(error))
}

/// The numbers that the old catalog has given out, as far as it can be read.
fn counters_of_old(directory: &Directory) -> Counters {
    let database = directory.database();
    let read = || {
        fs::metadata(&database).map_err(of_folder("there is no old catalog"))?;
        connection::inspect(&database, &directory.log(), migration::NEWEST)?;
        View::new(&connection::reading(&database)?).counters()
    };
    read().unwrap_or_else(|error: Error| {
        tracing::warn!(%error, "numbers that the old catalog has given out are given out again");
        Counters::default()
    })
}

impl View<'_> {
    fn counters(&self) -> Result<Counters> {
        let own = self.first(SEQUENCE, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (generation, next_sequence) = own.unwrap_or_default();
        let last_request = self.first(LAST_REQUEST, [], |row| row.get(0))?.unwrap_or(0);
        Ok(Counters { generation, next_sequence, last_request })
    }
}

impl Transaction<'_> {
    /// Numbers go on behind those that another catalog has given out.
    fn go_on_from(&self, counters: &Counters) -> Result<()> {
        self.execute(GO_ON, params![counters.generation, counters.next_sequence])?;
        self.execute(GO_ON_REQUESTS, params![counters.last_request])?;
        Ok(())
    }
}
