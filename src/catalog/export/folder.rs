//! The folder of an export, and what its files may be for whom.

use std::fs::{self, File, Metadata};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::{digest, manifest, try_lock};
use crate::catalog::directory::Directory;
use crate::catalog::disk;
use crate::catalog::failure::{damaged, of_folder};
use crate::error::Result;
use crate::model::{ExportInfo, ExportedFile};

const MANIFEST: &str = "manifest";
const NEW_MANIFEST: &str = "manifest.new";

/// How the names of copies begin.
const COPY: &str = "catalog-";

/// The folder.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder of a catalog's export, which is made if it is not there.
    pub(super) fn make(directory: &Directory) -> Result<Self> {
        let path = directory.export();
        if !path.exists() {
            let made = fs::create_dir(&path)
                .and_then(|()| fs::metadata(directory.path()))
                .and_then(|parent| fs::set_permissions(&path, parent.permissions()))
                .and_then(|()| disk::sync_directory(directory.path()));
            made.map_err(of_folder("cannot make the folder"))?;
        }
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// What the copy is called that is made under this name.
    pub(super) fn name_of(fresh: Uuid) -> String {
        format!("{COPY}{}.db", fresh.simple())
    }

    /// The manifest, if there is one that is whole.
    fn info(&self) -> Option<ExportInfo> {
        let text = fs::read_to_string(self.file(MANIFEST)).ok()?;
        manifest::decode(&text, &self.0).ok()
    }

    /// The files of the export that is there, locked: whoever has locked one reads it.
    pub(super) fn reserve(&self) -> Result<Vec<File>> {
        let files = self.info().map(|info| info.files).unwrap_or_default();
        let names = files.into_iter().map(|file| file.name).chain([MANIFEST.to_owned()]);
        let mut reserved = Vec::new();
        for path in names.map(|name| self.file(&name)) {
            match File::open(&path) {
                Ok(file) => {
                    try_lock(&file, &path, "somebody uses the former export")?;
                    reserved.push(file);
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(of_folder("cannot open the former export")(error)),
            }
        }
        Ok(reserved)
    }

    /// Removes what exports that died have left, and former exports. Nothing else that lies here is
    /// touched.
    pub(super) fn tidy(&self) -> Result<()> {
        let kept = self.info().map(|info| info.files).unwrap_or_default();
        let is_left_over = |name: &str| {
            let is_ours = name == NEW_MANIFEST || name.starts_with(COPY);
            is_ours && !kept.iter().any(|file| file.name == name)
        };
        // Without a manifest that is whole nobody can tell what belongs to it.
        if kept.is_empty() && self.file(MANIFEST).exists() {
            return Ok(());
        }
        let failed = || of_folder("cannot tidy up");
        for entry in fs::read_dir(&self.0).map_err(failed())? {
            let name = entry.map_err(failed())?.file_name();
            if name.to_str().is_some_and(is_left_over) {
                disk::remove(&self.0.join(name)).map_err(failed())?;
            }
        }
        Ok(())
    }

    /// From now on, this is the export.
    pub(super) fn publish(&self, info: &ExportInfo, attire: &Attire) -> Result<()> {
        let new = self.file(NEW_MANIFEST);
        disk::remove(&new).map_err(of_folder("cannot write the manifest"))?;
        attire.new_file(&new)?;
        disk::write(&new, manifest::encode(info).as_bytes())
            // The copy has its name before anybody is told of it.
            .and_then(|()| disk::sync_directory(&self.0))
            .and_then(|()| disk::rename(&new, &self.file(MANIFEST)))
            .and_then(|()| disk::sync_directory(&self.0))
            .map_err(of_folder("cannot write the manifest"))
    }
}

/// The export in this folder, if it is whole: every file is there and what it must be. The one
/// database is copied to `to`.
///
/// # Errors
/// `DatabaseFailure`: there is none, it is not whole, or of a later release. `AccessDenied`,
/// `DatabaseFull`, `NotEnoughMemory`.
pub(in crate::catalog) fn verify(
    folder: &Path,
    to: &mut dyn std::io::Write,
) -> Result<(ExportInfo, PathBuf)> {
    let text = fs::read(folder.join(MANIFEST)).map_err(of_folder("there is no whole export"))?;
    let info = manifest::decode(&String::from_utf8_lossy(&text), folder)?;
    let [file] = info.files.as_slice() else {
        return Err(damaged("the manifest of the export names no database, or several"));
    };
    let path = folder.join(&file.name);
    check(&path, file, to)?;
    Ok((info, path))
}

fn check(path: &Path, wanted: &ExportedFile, to: &mut dyn std::io::Write) -> Result<()> {
    let failed = || of_folder("a file of the export is missing, or cannot be read");
    let mut file = File::open(path).map_err(failed())?;
    let found = file.metadata().map_err(failed())?;
    if !found.is_file() || found.len() != wanted.size {
        return Err(damaged("a file of the export has another size than its manifest says"));
    }
    let (_, sum) = digest::of_file(&mut file, to).map_err(failed())?;
    if sum != wanted.sha256 {
        return Err(damaged("a file of the export is damaged: its checksum is another"));
    }
    Ok(())
}

/// Whose a file is, and who may do what with it.
pub(in crate::catalog) struct Attire(Metadata);

impl Attire {
    /// That of a file.
    pub(in crate::catalog) fn of(path: &Path) -> Result<Self> {
        fs::metadata(path).map(Self).map_err(of_folder("cannot read the catalog"))
    }

    /// Makes an empty file that nobody may use whom this keeps out.
    pub(in crate::catalog) fn new_file(&self, path: &Path) -> Result<()> {
        let failed = || of_folder("cannot make a file");
        let file = File::options().write(true).create_new(true).mode(0o600).open(path);
        let file = file.map_err(failed())?;
        let (owner, group) = (self.0.uid(), self.0.gid());
        let owner = rustix::fs::Uid::from_raw(owner);
        let has_group = rustix::fs::Gid::from_raw(group);
        // Only the superuser may give files away.
        let _given = rustix::fs::fchown(&file, Some(owner), None);
        let _given = rustix::fs::fchown(&file, None, Some(has_group));
        let is_same_group = file.metadata().map_err(failed())?.gid() == group;
        // What a group may do is for that group.
        let mode = self.0.permissions().mode() & if is_same_group { 0o777 } else { 0o707 };
        file.set_permissions(fs::Permissions::from_mode(mode)).map_err(failed())
    }
}
