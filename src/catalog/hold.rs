//! A lock that other programs cannot take from us by accident.
//!
//! SQLite's locks belong to the process, and closing *any* descriptor of a file drops those the
//! process has on it. So a program that reads every file, the catalog's among them, takes from
//! its own process the lock that says "the index of the log is in use" (`catalog.db-shm`, which
//! all processes map). The next process that opens the catalog then believes it is the first, cuts
//! the index off and builds it anew, under the eyes of those who have it mapped: they die of a bus
//! error, or read nonsense.
//!
//! This lock is a second one on the same byte that belongs to an open file instead, and ends only
//! when that is closed. SQLite sees it as that of another process that uses the index.

//!
//! Systems other than Linux have no such lock that this crate could take: there the danger remains
//! for as long as a program reads `catalog.db-shm`.

use std::path::Path;

use crate::error::Result;

#[cfg(not(target_os = "linux"))]
pub(super) use elsewhere::Hold;
#[cfg(target_os = "linux")]
pub(super) use linux::Hold;

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::File;

    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;

    use super::{Path, Result};
    use crate::catalog::failure::io;

    /// The byte of the index that SQLite locks while a process uses it: behind the eight locks of the
    /// log, which begin at 120.
    const IN_USE: libc::off_t = 128;

    /// The index is in use, until this is dropped; the process's connections must be closed before.
    #[derive(Debug)]
    pub(in crate::catalog) struct Hold {
        _index: File,
    }

    impl Hold {
        /// Locks the index, which a connection of this process has open. With the gate held.
        pub(in crate::catalog) fn take(index: &Path) -> Result<Self> {
            let failed = || io(format!("cannot lock {}", index.display()));
            let file = File::open(index).map_err(failed())?;
            let lock = libc::flock {
                l_type: libc::F_RDLCK as libc::c_short,
                l_whence: libc::SEEK_SET as libc::c_short,
                l_start: IN_USE,
                l_len: 1,
                l_pid: 0,
            };
            fcntl(&file, FcntlArg::F_OFD_SETLK(&lock)).map_err(|error| failed()(error.into()))?;
            Ok(Self { _index: file })
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use super::{Path, Result};

    #[derive(Debug)]
    pub(in crate::catalog) struct Hold;

    impl Hold {
        pub(in crate::catalog) fn take(_index: &Path) -> Result<Self> {
            Ok(Self)
        }
    }
}
