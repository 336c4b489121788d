//! One process at a time owns a library's hardware.

use std::fs::{File, TryLockError};
use std::os::unix::fs::FileExt;

use crate::catalog::{Catalog, LibraryRow};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Id, ObjectType};

/// Owning a library's hardware; ends when it is dropped or the process ends.
#[derive(Debug)]
pub(super) struct LibraryLock {
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
        Ok(Taking::Taken(Self { _file: file }))
    }
}

/// This process has the library already.
pub(super) fn attached_already(library: &LibraryRow) -> Error {
    let reason = format!("process {} has library {} attached", std::process::id(), library.name);
    Error::new(ErrorKind::Busy, reason).about(ObjectType::Library, library.id)
}
