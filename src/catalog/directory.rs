//! The files of a catalog.

use std::fs;
use std::path::{Path, PathBuf};

use super::failure::io;
use crate::error::{Error, ErrorKind, Result};

/// Names of the files and folders of a catalog's directory that are the catalog's own.
const OWN_NAMES: [&str; 14] = [
    "catalog.db",
    "catalog.db-wal",
    "catalog.db-shm",
    "catalog.db-journal",
    "catalog.new",
    "catalog.new-journal",
    "catalog.import",
    "catalog.import-journal",
    "export.lock",
    "gate",
    "import.ready",
    "import.wanted",
    "live",
    "lock",
];

/// The directory a catalog lives in.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    path: PathBuf,
}

impl Directory {
    /// The directory at `path`, which must exist.
    pub(crate) fn new(path: &Path) -> Result<Self> {
        let path = fs::canonicalize(path)
            .map_err(io(format!("cannot use the catalog directory {}", path.display())))?;
        if !path.is_dir() {
            let reason = format!("{} is not a directory", path.display());
            return Err(Error::new(ErrorKind::InvalidParameter, reason));
        }
        Ok(Self { path })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("catalog.db")
    }

    /// Where a new catalog is built before it takes its name.
    pub(super) fn unfinished(&self) -> PathBuf {
        self.path.join("catalog.new")
    }

    /// What a creation that died may have left beside it.
    pub(super) fn unfinished_journal(&self) -> PathBuf {
        self.path.join("catalog.new-journal")
    }

    /// The write-ahead log.
    pub(super) fn log(&self) -> PathBuf {
        self.path.join("catalog.db-wal")
    }

    /// The index of the log, which all processes share.
    pub(super) fn log_index(&self) -> PathBuf {
        self.path.join("catalog.db-shm")
    }

    /// A journal that whoever changed the database in another mode may have left beside it.
    pub(super) fn journal(&self) -> PathBuf {
        self.path.join("catalog.db-journal")
    }

    /// The folder of the last export.
    pub(super) fn export(&self) -> PathBuf {
        self.path.join("export")
    }

    /// Who has this lock exports.
    pub(super) fn export_lock(&self) -> PathBuf {
        self.path.join("export.lock")
    }

    /// The mark that the export is to replace the catalog.
    pub(super) fn import_wanted(&self) -> PathBuf {
        self.path.join("import.wanted")
    }

    /// The mark that the new catalog is whole, and takes the place of the old one whatever happens.
    pub(super) fn import_ready(&self) -> PathBuf {
        self.path.join("import.ready")
    }

    /// The catalog that takes the place of the old one.
    pub(super) fn incoming(&self) -> PathBuf {
        self.path.join("catalog.import")
    }

    pub(super) fn incoming_journal(&self) -> PathBuf {
        self.path.join("catalog.import-journal")
    }

    pub(super) fn gate(&self) -> PathBuf {
        self.path.join("gate")
    }

    pub(super) fn lock(&self) -> PathBuf {
        self.path.join("lock")
    }

    /// The folder of the liveness locks.
    pub(crate) fn live(&self) -> PathBuf {
        self.path.join("live")
    }

    /// Whether `path` is one of the catalog's files, which no other code may open: closing any
    /// descriptor of them drops the locks SQLite holds in this process.
    pub(crate) fn owns(&self, path: &Path) -> bool {
        let absolute = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let Ok(inside) = absolute.strip_prefix(&self.path) else {
            return self.is_linked_to(&absolute);
        };
        let first = inside.components().next().map(|c| c.as_os_str().to_os_string());
        first.is_some_and(|name| OWN_NAMES.iter().any(|own| name == *own))
            || self.is_linked_to(&absolute)
    }

    /// Hard links to the database files are the same danger under another name.
    fn is_linked_to(&self, path: &Path) -> bool {
        use std::os::unix::fs::MetadataExt;
        let Ok(theirs) = fs::metadata(path) else { return false };
        theirs.is_file()
            && ["catalog.db", "catalog.db-wal", "catalog.db-shm"].iter().any(|name| {
                fs::metadata(self.path.join(name))
                    .is_ok_and(|own| own.dev() == theirs.dev() && own.ino() == theirs.ino())
            })
    }
}
