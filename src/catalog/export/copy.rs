//! The copy itself: pages of one consistent state, then what a start of the service makes of it.
//!
//! The pages are copied in steps, inside one read transaction: writers go on meanwhile, and what
//! they commit does not make the copy begin anew. Each step's bytes go to the disk before the next:
//! hundreds of megabytes at once would hold up the commits of writers.

use std::fs::File;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use crate::catalog::connection::{self, run};
use crate::catalog::failure::of_folder;
use crate::catalog::transaction::{Transaction, View};
use crate::catalog::{live, migration};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Timestamp;

/// Pages that are copied at a time: a megabyte.
const STEP: i32 = 256;

/// How often the log is copied back: writers go on meanwhile, and less is left each time.
const ROUNDS: u32 = 8;

/// So many pages are left to writers.
const FEW: i64 = 1000;

const FORGET_LOG: &str = "DELETE FROM change_log";

/// What the copy is a copy of.
pub(super) struct Origin {
    pub(super) schema: u32,
    pub(super) generation: u64,
}

/// Copies the database to an empty file, whose bytes are on the disk then.
pub(super) fn copy(database: &Path, to: &Path, now: Timestamp) -> Result<Origin> {
    // Closed last: closing it drops the locks on the file that the connection holds.
    let written = File::open(to).map_err(of_folder("cannot open the copy"))?;
    let sync = || written.sync_data().map_err(of_folder("cannot write the copy"));
    let mut copy = connection::copying(to)?;
    let origin = copy_pages(database, &mut copy, sync)?;
    if let Err(error) = relieve_writers(database) {
        tracing::warn!(%error, "the catalog's log is copied back by writers");
    }
    connection::leave_log(&copy)?;
    clean(&copy, now)?;
    copy.close().map_err(|(_, error)| Error::from(error))?;
    sync()?;
    Ok(origin)
}

fn copy_pages(
    database: &Path,
    copy: &mut Connection,
    sync: impl Fn() -> Result<()>,
) -> Result<Origin> {
    let source = connection::reading(database)?;
    run(&source, "BEGIN")?;
    // The first thing read fixes the state.
    let origin = Origin {
        schema: u32::try_from(migration::NEWEST).unwrap_or(0),
        generation: View::new(&source).generation()?,
    };
    let backup = Backup::new(&source, copy)?;
    loop {
        match backup.step(STEP)? {
            StepResult::Done => return Ok(origin),
            StepResult::More => sync()?,
            _ => return Err(Error::new(ErrorKind::Busy, "the catalog cannot be copied now")),
        }
    }
}

/// While the pages were copied, the log could not be copied back, and has grown. The next writer would
/// have to do all of it, and others would wait for him; here nobody does.
fn relieve_writers(database: &Path) -> Result<()> {
    let connection = connection::copying_back(database)?;
    for _ in 0..ROUNDS {
        if connection::copy_back(&connection)? < FEW {
            break;
        }
    }
    Ok(())
}

/// Nobody has the copy open, nothing is under way in it, and nobody has seen it change.
fn clean(copy: &Connection, now: Timestamp) -> Result<()> {
    run(copy, "BEGIN IMMEDIATE")?;
    let transaction = Transaction::new(copy);
    live::bury_all(&transaction, now)?;
    transaction.execute(FORGET_LOG, [])?;
    run(copy, "COMMIT")?;
    Ok(())
}
