//! One process at a time owns a library's hardware.

use std::fs::{File, TryLockError};
use std::os::unix::fs::FileExt;

use crate::catalog::Catalog;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Id, LibraryId, ObjectType};

/// Owning a library's hardware; ends when it is dropped or the process ends.
#[derive(Debug)]
pub(super) struct LibraryLock {
    _file: File,
}

impl LibraryLock {
    /// Takes the library.
    ///
    /// # Errors
    /// `Busy` naming the process that has it.
    pub(super) fn take(catalog: &Catalog, library: LibraryId, name: &str) -> Result<Self> {
        let path =
            catalog.directory().live().join(format!("library-{}", library.as_uuid().simple()));
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
                let reason = format!("process {} has library {name} attached", holder.trim());
                return Err(Error::new(ErrorKind::Busy, reason).about(ObjectType::Library, library));
            }
        }
        // A missing signature costs a name in a message, nothing else.
        let _written = file.write_at(format!("{:<20}", std::process::id()).as_bytes(), 0);
        Ok(Self { _file: file })
    }
}
