//! Where the contents of media are kept: bytes, in memory or in a file for each side.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::Mutex;

use super::CartridgeId;

type Sides = HashMap<(CartridgeId, u8), Arc<Mutex<Vec<u8>>>>;

/// The contents of all media. A side that nobody has loaded yet takes no room.
#[derive(Debug)]
pub(super) enum Contents {
    Memory(Mutex<Sides>),
    /// Files `<cartridge>-<side>` in a directory.
    Directory(PathBuf),
}

impl Contents {
    pub(super) fn memory() -> Self {
        Self::Memory(Mutex::default())
    }

    pub(super) fn directory(path: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&path)?;
        Ok(Self::Directory(path))
    }

    pub(super) fn open(&self, id: CartridgeId, side: u8) -> io::Result<Blob> {
        match self {
            Self::Memory(sides) => {
                let mut sides = sides.lock();
                Ok(Blob::Memory(Arc::clone(sides.entry((id, side)).or_default())))
            }
            Self::Directory(path) => {
                let mut options = File::options();
                options.read(true).write(true).create(true).truncate(false);
                let file = options.open(path.join(format!("{:06}-{side}", id.0)))?;
                File::open(path)?.sync_all()?;
                Ok(Blob::File(file))
            }
        }
    }
}

/// The bytes of one side.
#[derive(Debug)]
pub(super) enum Blob {
    Memory(Arc<Mutex<Vec<u8>>>),
    File(File),
}

impl Blob {
    pub(super) fn len(&self) -> io::Result<u64> {
        match self {
            Self::Memory(bytes) => Ok(bytes.lock().len() as u64),
            Self::File(file) => Ok(file.metadata()?.len()),
        }
    }

    pub(super) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        match self {
            Self::Memory(bytes) => {
                let bytes = bytes.lock();
                let rest = usize::try_from(offset).ok().and_then(|at| bytes.get(at..));
                let found = rest.and_then(|rest| rest.get(..buffer.len()));
                buffer.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
                Ok(())
            }
            Self::File(file) => file.read_exact_at(buffer, offset),
        }
    }

    /// Writes at the end, which is at `offset`.
    pub(super) fn append(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        match self {
            Self::Memory(bytes) => {
                bytes.lock().extend_from_slice(data);
                Ok(())
            }
            Self::File(file) => file.write_all_at(data, offset),
        }
    }

    pub(super) fn truncate(&self, length: u64) -> io::Result<()> {
        match self {
            Self::Memory(bytes) => {
                bytes.lock().truncate(usize::try_from(length).unwrap_or(usize::MAX));
                Ok(())
            }
            Self::File(file) => file.set_len(length),
        }
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::File(file) => file.sync_data(),
        }
    }
}
