//! The catalog is replaced by its export, at an opening while nobody else has it open.
//!
//! Two marks are files. `import.wanted` says that somebody wants it. The new catalog is then built
//! beside the old one from the export, whole and on the disk, and `import.wanted` is renamed to
//! `import.ready`. Up to here, the old catalog is untouched: whoever dies leaves it and the mark.
//! From here on there is no way back: the old one's log and its index are removed, so that they are
//! never taken for those of the new one, and the new one takes its name. Whoever comes after a crash
//! goes on where it stopped. All this happens inside the gate.

mod build;
mod replace;
#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, sink};

use super::directory::Directory;
use super::export::verify;
use super::failure::of_folder;
use super::transaction::Transaction;
use super::{Catalog, connection, disk, live, migration};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{OperatorTask, ServiceTarget, Timestamp};
use rusqlite::Connection;

impl Catalog {
    /// At the next opening while nobody else has the catalog open, the export replaces it.
    ///
    /// # Errors
    /// `DatabaseFailure` when there is no export, or it is damaged, not whole or of a later release;
    /// `AccessDenied`, `DatabaseFull`, `NotEnoughMemory`. Nothing will be imported.
    pub(crate) fn want_import(&self) -> Result<()> {
        let place = self.directory.export().display().to_string();
        want(&self.directory).map_err(|error| error.at(&place))
    }
}

fn want(directory: &Directory) -> Result<()> {
    check_export(directory)?;
    let mark = directory.import_wanted();
    disk::write(&mark, b"")
        .and_then(|()| disk::sync_directory(directory.path()))
        .map_err(of_folder("cannot leave the mark for the import"))
}

/// Refuses an export that cannot be imported. Another export may replace it meanwhile: then that
/// one counts.
fn check_export(directory: &Directory) -> Result<()> {
    let folder = directory.export();
    let mut before = None;
    loop {
        let error = match verify(&folder, &mut sink()) {
            Ok((_, database)) => {
                let log = database.with_extension("db-wal");
                match connection::inspect(&database, &log, migration::NEWEST) {
                    Ok(()) => return Ok(()),
                    Err(error) => error,
                }
            }
            Err(error) => error,
        };
        let now = fs::read(folder.join("manifest")).ok();
        if before.as_ref() == Some(&now) {
            return Err(error);
        }
        before = Some(now);
    }
}

/// Whether an import is wanted or under way.
pub(super) fn is_pending(directory: &Directory) -> bool {
    directory.import_wanted().exists() || directory.import_ready().exists()
}

/// With the gate held, before the catalog is opened: does what is pending. Gives the reason if the
/// export could not be imported because it is damaged: the catalog is the old one then.
///
/// # Errors
/// `NotReady` while others have the catalog open. Others when the disk fails: what is pending stays
/// so.
pub(super) fn complete(directory: &Directory) -> Result<Option<Error>> {
    if live::is_anybody_alive(&directory.live())? {
        let reason = "an import is pending, and others still have the catalog open";
        return Err(Error::new(ErrorKind::NotReady, reason));
    }
    if !directory.import_ready().exists() {
        match build::build(directory) {
            Ok(()) => {}
            Err(build::NotBuilt::Damaged(error)) => return Ok(Some(error)),
            Err(build::NotBuilt::Later(error)) => return Err(error),
        }
        replace::commit(directory).map_err(cannot_replace)?;
    }
    replace::replace(directory).map_err(cannot_replace)?;
    tracing::warn!(directory = %directory.path().display(), "the catalog was replaced by its export");
    Ok(None)
}

fn cannot_replace(error: io::Error) -> Error {
    of_folder("the catalog cannot be replaced by its export")(error)
}

/// With the gate held, when the old catalog is open: people are told that it is the old one, and
/// the import is wanted no more.
pub(super) fn refuse(
    connection: &Connection,
    directory: &Directory,
    reason: &Error,
    now: Timestamp,
) -> Result<()> {
    tracing::error!(
        directory = %directory.path().display(),
        %reason,
        "the export is damaged and was not imported: the catalog is the one of before"
    );
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let asked = ask_people(&Transaction::new(connection), reason, now);
    let ended = connection.execute_batch(if asked.is_ok() { "COMMIT" } else { "ROLLBACK" });
    asked?;
    ended?;
    build::clear(directory)
        .and_then(|()| disk::remove(&directory.import_wanted()))
        .and_then(|()| disk::sync_directory(directory.path()))
        .map_err(of_folder("cannot remove the mark of an import"))
}

fn ask_people(transaction: &Transaction<'_>, reason: &Error, now: Timestamp) -> Result<()> {
    let device = ServiceTarget::Computer(transaction.computer()?.id);
    let message = format!("The catalog was not imported, it is the old one: {}.", reason.reason());
    let task = OperatorTask::DeviceService { device };
    transaction.ask_for(&task, &message, now)?;
    transaction.append_changes()
}
