//! Where the state of a library is kept: in memory, or in a directory for several processes.
//!
//! In a directory the state is one file that is only ever replaced as a whole, so whoever reads it
//! finds it complete, killed writers or not. Who changes it holds the file lock `lock` from before
//! he reads it until it is replaced; it is never held while a device takes its time. Lock order:
//! the mutex of this handle, then the file lock.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use super::world::World;
use crate::device::{DeviceError, DeviceErrorKind, DeviceResult};

const STATE: &str = "state";

#[derive(Debug)]
pub(super) enum Store {
    Memory(Mutex<World>),
    Directory(Directory),
}

impl Store {
    /// Looks at the state as it is now.
    pub(super) fn look<T>(&self, look: impl FnOnce(&World) -> DeviceResult<T>) -> DeviceResult<T> {
        match self {
            Self::Memory(world) => look(&world.lock()),
            Self::Directory(directory) => {
                let mut loaded = directory.loaded.lock();
                directory.refresh(&mut loaded)?;
                look(&loaded.world)
            }
        }
    }

    /// Changes the state, and keeps the change before it returns. `change` must leave the state
    /// alone when it fails.
    pub(super) fn change<T>(
        &self,
        change: impl FnOnce(&mut World) -> DeviceResult<T>,
    ) -> DeviceResult<T> {
        match self {
            Self::Memory(world) => change(&mut world.lock()),
            Self::Directory(directory) => directory.change(change),
        }
    }
}

#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    lock: File,
    loaded: Mutex<Loaded>,
}

/// The state as it was last read.
#[derive(Debug)]
struct Loaded {
    world: World,
    /// The file it was read from. Held open, so that no other file can get its number while we
    /// compare it with what the directory names now.
    file: Option<File>,
}

impl Directory {
    /// Opens a directory; if it holds no library yet and there is a `new` one, puts that into it.
    pub(super) fn open(path: &Path, new: Option<World>) -> DeviceResult<Self> {
        if new.is_some() {
            fs::create_dir_all(path).map_err(failed)?;
        }
        let lock = lock_file(path, new.is_some()).map_err(failed)?;
        let _locked = Locked::take(&lock).map_err(failed)?;
        let world = match (read(path), new) {
            (Ok((world, _)), _) => world?,
            (Err(error), Some(new)) if error.kind() == io::ErrorKind::NotFound => {
                replace(path, &new).map_err(failed)?;
                new
            }
            (Err(error), _) => return Err(failed(error)),
        };
        drop(_locked);
        let loaded = Mutex::new(Loaded { world, file: None });
        Ok(Self { path: path.to_owned(), lock, loaded })
    }

    fn refresh(&self, loaded: &mut Loaded) -> DeviceResult<()> {
        if let Some(file) = &loaded.file {
            let now = fs::metadata(self.path.join(STATE)).map_err(failed)?;
            let read = file.metadata().map_err(failed)?;
            if (now.dev(), now.ino()) == (read.dev(), read.ino()) {
                return Ok(());
            }
        }
        let (world, file) = read(&self.path).map_err(failed)?;
        loaded.world = world?;
        loaded.file = Some(file);
        Ok(())
    }

    fn change<T>(&self, change: impl FnOnce(&mut World) -> DeviceResult<T>) -> DeviceResult<T> {
        let mut loaded = self.loaded.lock();
        let _locked = Locked::take(&self.lock).map_err(failed)?;
        self.refresh(&mut loaded)?;
        let done = change(&mut loaded.world)?;
        // Whatever happens now, what the file says is right: read it again before the next verb.
        loaded.file = None;
        loaded.file = Some(replace(&self.path, &loaded.world).map_err(failed)?);
        Ok(done)
    }
}

/// Holds the file lock until dropped.
struct Locked<'a>(&'a File);

impl<'a> Locked<'a> {
    fn take(file: &'a File) -> io::Result<Self> {
        file.lock()?;
        Ok(Self(file))
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        // Fails only for a descriptor that is not one; closing it gives the lock back, too.
        let _ = self.0.unlock();
    }
}

fn lock_file(path: &Path, create: bool) -> io::Result<File> {
    File::options().read(true).write(true).create(create).truncate(false).open(path.join("lock"))
}

fn read(path: &Path) -> io::Result<(DeviceResult<World>, File)> {
    let file = File::open(path.join(STATE))?;
    let text = io::read_to_string(&file)?;
    Ok((World::from_text(&text), file))
}

/// Replaces the state as a whole. Returns the new file.
fn replace(path: &Path, world: &World) -> io::Result<File> {
    let new = path.join("state.new");
    let mut file = File::options().read(true).write(true).create(true).truncate(true).open(&new)?;
    file.write_all(world.to_text().as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path.join(STATE))?;
    File::open(path)?.sync_all()?;
    Ok(file)
}

pub(super) fn failed(error: io::Error) -> DeviceError {
    DeviceError::new(
        DeviceErrorKind::Gone,
        format!("the directory of the simulated library cannot be used: {error}"),
    )
    .caused_by(error)
}
