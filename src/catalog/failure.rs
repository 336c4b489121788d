//! What SQLite and the file system report, as the crate's errors.

use rusqlite::ErrorCode;

use crate::error::{Error, ErrorKind};

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let (kind, reason) = match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => {
                (ErrorKind::DatabaseFull, "the disk, or the size allowed to the catalog, is full")
            }
            Some(ErrorCode::OutOfMemory) => {
                (ErrorKind::NotEnoughMemory, "memory ran out in the catalog")
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                (ErrorKind::Busy, "the catalog is locked by a program that bypasses its gate")
            }
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                (ErrorKind::AccessDenied, "the catalog's files may not be written")
            }
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                (ErrorKind::DatabaseFailure, "the catalog is damaged")
            }
            Some(ErrorCode::SystemIoFailure) => {
                (ErrorKind::DatabaseFailure, "the catalog's files could not be read or written")
            }
            _ => (ErrorKind::DatabaseFailure, "the catalog could not be used"),
        };
        Self::new(kind, reason).caused_by(error)
    }
}

/// Whether a connection that gave this error must not be used again.
pub(super) fn is_fatal(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::SystemIoFailure
                | ErrorCode::DatabaseCorrupt
                | ErrorCode::NotADatabase
                | ErrorCode::CannotOpen
                | ErrorCode::OutOfMemory
        )
    )
}

/// Whether SQLite found the file damaged.
pub(super) fn has_damage_as_cause(error: &Error) -> bool {
    let code = cause(error).and_then(rusqlite::Error::sqlite_error_code);
    matches!(code, Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// Whether the disk failed under SQLite, or it could not even open a file.
pub(super) fn has_disk_as_cause(error: &Error) -> bool {
    let code = cause(error).and_then(rusqlite::Error::sqlite_error_code);
    matches!(code, Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen))
}

/// Whether an error was caused by a connection that must not be used again.
pub(super) fn has_fatal_cause(error: &Error) -> bool {
    cause(error).is_some_and(is_fatal)
}

fn cause(error: &Error) -> Option<&rusqlite::Error> {
    std::error::Error::source(error)?.downcast_ref()
}

/// A file operation around the catalog that failed.
pub(super) fn io(what: String) -> impl FnOnce(std::io::Error) -> Error {
    use std::io::ErrorKind as Io;
    move |error| {
        let kind = match error.kind() {
            Io::PermissionDenied | Io::ReadOnlyFilesystem => ErrorKind::AccessDenied,
            Io::NotFound => ErrorKind::ObjectNotFound,
            Io::StorageFull | Io::QuotaExceeded => ErrorKind::DatabaseFull,
            Io::OutOfMemory => ErrorKind::NotEnoughMemory,
            _ => ErrorKind::DatabaseFailure,
        };
        Error::new(kind, what).caused_by(error)
    }
}

/// A file operation on an export, or on a catalog that is to be replaced, that failed. What should
/// be there and is not makes it useless.
pub(super) fn of_folder(what: &'static str) -> impl FnOnce(std::io::Error) -> Error {
    move |error| {
        let is_missing = error.kind() == std::io::ErrorKind::NotFound;
        if is_missing { damaged(what).caused_by(error) } else { io(what.to_owned())(error) }
    }
}

/// Stored bytes that no release of this crate can have written.
pub(super) fn damaged(what: &'static str) -> Error {
    Error::new(ErrorKind::DatabaseFailure, what)
}
