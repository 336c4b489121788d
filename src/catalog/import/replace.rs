//! The new catalog takes the place of the old one. Each step can be done again.

use std::io;

use crate::catalog::directory::Directory;
use crate::catalog::disk::{remove, rename, sync_directory};

/// The new catalog is whole: from now on there is no way back.
pub(super) fn commit(directory: &Directory) -> io::Result<()> {
    rename(&directory.import_wanted(), &directory.import_ready())?;
    sync_directory(directory.path())
}

/// Puts the new catalog in its place, if it is not there already, and forgets the import.
pub(super) fn replace(directory: &Directory) -> io::Result<()> {
    let incoming = directory.incoming();
    if incoming.exists() {
        // Nothing of the old one may be taken for the new one's: a log that is found beside a
        // database counts as its own.
        remove(&directory.log())?;
        remove(&directory.log_index())?;
        remove(&directory.journal())?;
        sync_directory(directory.path())?;
        rename(&incoming, &directory.database())?;
        sync_directory(directory.path())?;
    }
    remove(&directory.import_ready())?;
    sync_directory(directory.path())
}
