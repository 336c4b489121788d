//! One process at a time owns a library's hardware.

use std::fs::{File, TryLockError};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use crate::catalog::{Catalog, LibraryRow};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Id, ObjectType};

/// Owning a library's hardware; ends when it is dropped or the process ends.
#[derive(Debug)]
pub(crate) struct LibraryLock {
    path: PathBuf,
    _file: File,
}

/// Whether a library could be taken.
#[derive(Debug)]
pub(super) enum Taking {
    Taken(LibraryLock),
    /// The process with this id has it.
    Held(String),
}

impl LibraryLock {
    /// Takes the library if nobody has it.
    pub(super) fn take(catalog: &Catalog, library: &LibraryRow) -> Result<Taking> {
        let name = format!("library-{}", library.id.as_uuid().simple());
        let path = catalog.directory().live().join(name);
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::DatabaseFailure, format!("cannot lock {}", path.display()))
                .caused_by(error)
        };
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(failed(error)),
            Err(TryLockError::WouldBlock) => {
                let mut text = [0; 20];
                let read = file.read_at(&mut text, 0).unwrap_or(0);
                let holder = String::from_utf8_lossy(text.get(..read).unwrap_or_default());
                return Ok(Taking::Held(holder.trim().to_owned()));
            }
        }
        // A missing signature costs a name in a message, nothing else.
        let _written = file.write_at(format!("{:<20}", std::process::id()).as_bytes(), 0);
        Ok(Taking::Taken(Self { path, _file: file }))
    }

    /// Takes a library that nobody has, so that nobody attaches it meanwhile.
    pub(crate) fn keep_detached(catalog: &Catalog, library: &LibraryRow) -> Result<Self> {
        match Self::take(catalog, library)? {
            Taking::Taken(lock) => Ok(lock),
            Taking::Held(by) => {
                let reason = format!("process {by} has library {} attached", library.name);
                Err(Error::new(ErrorKind::InvalidState, reason)
                    .about(ObjectType::Library, library.id))
            }
        }
    }

    /// The library is gone, and its id is never given again.
    pub(crate) fn discard(self) {
        // What cannot be removed now is only untidy.
        let _removed = std::fs::remove_file(&self.path);
    }
}

/// This process has the library already.
pub(super) fn attached_already(library: &LibraryRow) -> Error {
    let reason = format!("process {} has library {} attached", std::process::id(), library.name);
    Error::new(ErrorKind::Busy, reason).about(ObjectType::Library, library.id)
}
