//! A copy of the catalog, taken while it is in use, from which it can be made again.
//!
//! The folder `export` holds a database in one file under a name of its own, and a manifest that
//! names it. The manifest alone says what the export is, and is replaced by renaming: at every
//! moment the folder holds the former export or the new one, whole. Files that the manifest does not
//! name are left over from exports that died, and are removed by the next.
//!
//! The copy is what a start of the service would make of the catalog: nobody has it open, nothing
//! is under way, and nobody waits.

mod copy;
pub(super) mod digest;
mod folder;
mod manifest;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::directory::Directory;
use super::failure::of_folder;
use super::{Catalog, disk};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{ExportInfo, ExportedFile, Timestamp};
use folder::Folder;
pub(super) use folder::{Attire, verify};

impl Catalog {
    /// Copies the catalog as it is now into its folder `export`; `fresh` names the copy.
    ///
    /// # Errors
    /// `SharingViolation` when another export runs or somebody has locked the files of the former
    /// one, `DatabaseFull`, `DatabaseFailure`, `AccessDenied`, `NotEnoughMemory`. The former export
    /// stays.
    pub(crate) fn export(&self, fresh: Uuid, now: Timestamp) -> Result<ExportInfo> {
        let place = self.directory.export().display().to_string();
        export(&self.directory, fresh, now).map_err(|error| error.at(&place))
    }
}

fn export(directory: &Directory, fresh: Uuid, now: Timestamp) -> Result<ExportInfo> {
    let _exporting = lock(&directory.export_lock())?;
    let folder = Folder::make(directory)?;
    let _reserved = folder.reserve()?;
    folder.tidy()?;
    let name = Folder::name_of(fresh);
    let done = copy_into(directory, &folder, &name, now);
    if done.is_err() {
        // What cannot be removed now is removed by the next export.
        let _removed = disk::remove(&folder.file(&name));
    }
    let info = done?;
    // The new export stands, whatever becomes of the former one's file.
    if let Err(error) = folder.tidy() {
        tracing::warn!(%error, "the former export is removed later");
    }
    Ok(info)
}

fn copy_into(
    directory: &Directory,
    folder: &Folder,
    name: &str,
    now: Timestamp,
) -> Result<ExportInfo> {
    let to = folder.file(name);
    let attire = Attire::of(&directory.database())?;
    attire.new_file(&to)?;
    let origin = copy::copy(&directory.database(), &to, now)?;
    let mut file = File::open(&to).map_err(of_folder("cannot read the copy"))?;
    let (size, sha256) = digest::of_file(&mut file, &mut std::io::sink())
        .map_err(of_folder("cannot read the copy"))?;
    let info = ExportInfo {
        directory: folder.path().to_owned(),
        format_version: manifest::FORMAT,
        schema_version: origin.schema,
        generation: origin.generation,
        time: now,
        files: vec![ExportedFile { name: name.to_owned(), size, sha256 }],
    };
    folder.publish(&info, &attire)?;
    Ok(info)
}

/// One export at a time, of all processes.
fn lock(path: &PathBuf) -> Result<File> {
    let file = File::options().write(true).create(true).truncate(false).open(path);
    let file = file.map_err(of_folder("cannot open the lock of exports"))?;
    try_lock(&file, path, "another export runs")?;
    Ok(file)
}

fn try_lock(file: &File, path: &Path, reason: &str) -> Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            let reason = format!("{reason}: {} is locked", path.display());
            Err(Error::new(ErrorKind::SharingViolation, reason))
        }
        Err(TryLockError::Error(error)) => Err(of_folder("cannot lock a file")(error)),
    }
}
