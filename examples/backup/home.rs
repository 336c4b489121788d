//! The directory in which the program keeps everything.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::failure::{Explain, Failure, Result};
use crate::store::Store;

/// `catalog` holds the manager's catalog, `library` the simulated library with the contents of its
/// tapes, `sets` our own catalog.
///
/// While it is open nobody else has it: a set that another running program is writing must not be
/// taken for one that was left unfinished.
pub struct Home {
    path: PathBuf,
    pub store: Store,
    _lock: File,
}

impl Home {
    /// Opens the home, or makes a new one.
    pub fn open(path: &Path) -> Result<Self> {
        let cannot = || format!("cannot use {} as the home of the backups", path.display());
        for part in ["catalog", "library"] {
            fs::create_dir_all(path.join(part)).explain(cannot)?;
        }
        let path = path.canonicalize().explain(cannot)?;
        let mut options = File::options();
        let lock = options.write(true).create(true).truncate(false).open(path.join("running"));
        let lock = lock.explain(cannot)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Failure::new("another backup is running with this home")
                    .advise("wait until it has ended, or choose another --home"));
            }
            Err(TryLockError::Error(error)) => return Err(error).explain(cannot),
        }
        let store = Store::open(path.join("sets"))?;
        Ok(Self { path, store, _lock: lock })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory of the manager's catalog.
    pub fn catalog(&self) -> PathBuf {
        self.path.join("catalog")
    }

    /// The directory of the simulated library.
    pub fn library(&self) -> PathBuf {
        self.path.join("library")
    }
}
