//! What is done with the files beside the database, one step at a time. A crash may follow each
//! step, so each is one call of the file system.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Renames a file. The other name is replaced, at one stroke.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    step::begin()?;
    fs::rename(from, to)
}

/// Removes a file, if there is one.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    step::begin()?;
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What was renamed, made and removed in a directory stays so, whatever happens.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    step::begin()?;
    File::open(path)?.sync_all()
}

/// Writes a small file, whose bytes are on the disk then. Its name is not yet.
pub(super) fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    step::begin()?;
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// The bytes of a file are on the disk.
pub(super) fn sync(path: &Path) -> io::Result<()> {
    step::begin()?;
    File::open(path)?.sync_all()
}

#[cfg(not(test))]
mod step {
    pub(super) fn begin() -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod step {
    //! In tests, a disk that is there for so many steps and no more.

    use std::cell::Cell;
    use std::io;

    thread_local! {
        static LEFT: Cell<Option<u32>> = const { Cell::new(None) };
    }

    /// So many steps of this thread are done; those after them fail. None: all are done.
    pub(in crate::catalog) fn allow(steps: Option<u32>) {
        LEFT.set(steps);
    }

    pub(super) fn begin() -> io::Result<()> {
        match LEFT.get() {
            None => Ok(()),
            Some(0) => Err(io::Error::from(io::ErrorKind::StorageFull)),
            Some(left) => {
                LEFT.set(Some(left - 1));
                Ok(())
            }
        }
    }
}
