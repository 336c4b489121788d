//! Files out of the tar stream, each compared with what the catalog says about it.

use std::fs::{self, DirBuilder, File, FileTimes, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, fchown, lchown, symlink};
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tar::{Archive, EntryType};

use crate::console::Console;
use crate::digest::digest;
use crate::failure::{Explain, Failure, Result};
use crate::store::{Entry, Kind};

/// Only the owner may look at a restored tree before it is finished.
const PRIVATE_FILE: u32 = 0o600;
const PRIVATE_DIRECTORY: u32 = 0o700;

/// Reads the tar stream of a set and compares it with its entries. With a `destination`, a
/// directory, the files are written there on the way. Returns the files whose content is damaged.
pub fn unpack(
    entries: &[Entry],
    stream: &mut dyn Read,
    destination: Option<&Path>,
    console: &Console,
) -> Result<Vec<PathBuf>> {
    let mut damaged = Vec::new();
    let mut archive = Archive::new(stream);
    let mut archived = archive.entries()?;
    for entry in entries {
        let path = entry.name.to_path();
        let mut found = archived.next().ok_or_else(|| out_of_step(&path))??;
        if !is_same(entry, &found)? {
            return Err(out_of_step(&path));
        }
        let Kind::File { size, sha256 } = &entry.kind else { continue };
        let file = destination.map(|root| new_file(root, &path)).transpose()?;
        let (length, digest) = digest(&mut found, |data| {
            console.advance(data.len() as u64);
            let written = file.as_ref().map_or(Ok(()), |mut file| file.write_all(data));
            written.explain(|| cannot("write", &path))
        })?;
        if length != *size || digest != *sha256 {
            damaged.push(path.clone());
        }
        if let Some(file) = file {
            set_attributes(&file, entry).explain(|| cannot("set the attributes of", &path))?;
        }
    }
    // Directories come last: a file that is made in one changes its time, and one that may not be
    // written takes no files. So do links: nothing is ever written through one.
    if let Some(root) = destination {
        for entry in entries.iter().rev() {
            finish(entry, root).explain(|| cannot("restore", &entry.name.to_path()))?;
        }
    }
    Ok(damaged)
}

/// The stream must hold what the catalog lists, in the same order.
fn is_same(entry: &Entry, found: &tar::Entry<'_, impl Read>) -> io::Result<bool> {
    let kind = found.header().entry_type();
    let same_kind = match &entry.kind {
        Kind::Directory => kind == EntryType::Directory,
        Kind::File { .. } => kind == EntryType::Regular,
        Kind::Link { target } => {
            kind == EntryType::Symlink
                && found.link_name()?.is_some_and(|link| *link == target.to_path())
        }
    };
    Ok(same_kind && *found.path()? == entry.name.to_path())
}

fn out_of_step(path: &Path) -> Failure {
    Failure::new(format!("the tapes do not hold {} where the catalog says", path.display()))
        .advise("restore from another backup set; this one was damaged or written over")
}

/// A new file; the directories above it are made when they are missing.
fn new_file(root: &Path, path: &Path) -> Result<File> {
    let whole = inside(root, path).explain(|| cannot("restore", path))?;
    let mut options = File::options();
    options.write(true).create_new(true).mode(PRIVATE_FILE);
    make_parent(&whole).and_then(|()| options.open(&whole)).explain(|| cannot("create", &whole))
}

/// Makes what is no file, and gives directories their attributes.
fn finish(entry: &Entry, root: &Path) -> io::Result<()> {
    let path = inside(root, &entry.name.to_path())?;
    match &entry.kind {
        Kind::File { .. } => Ok(()),
        Kind::Link { target } => {
            make_parent(&path)?;
            symlink(target.to_path(), &path)?;
            // Who is not the superuser can give nothing away.
            let _ = lchown(&path, Some(entry.user), Some(entry.group));
            Ok(())
        }
        Kind::Directory => {
            make_directories(&path)?;
            set_attributes(&File::open(&path)?, entry)
        }
    }
}

/// Owner where we may, permissions, time. Without its owner a file must not act in his name: the
/// set-user and set-group bits go.
fn set_attributes(file: &File, entry: &Entry) -> io::Result<()> {
    let owned = fchown(file, Some(entry.user), Some(entry.group)).is_ok();
    let kept = if owned { 0o7777 } else { 0o1777 };
    file.set_permissions(Permissions::from_mode(entry.mode & kept))?;
    file.set_times(FileTimes::new().set_modified(time(entry.modified)))
}

fn time((seconds, nanoseconds): (i64, u32)) -> SystemTime {
    let whole = Duration::from_secs(seconds.unsigned_abs());
    let start =
        if seconds < 0 { UNIX_EPOCH.checked_sub(whole) } else { UNIX_EPOCH.checked_add(whole) };
    start.unwrap_or(UNIX_EPOCH) + Duration::from_nanos(nanoseconds.into())
}

/// The place of a path below `root`; nothing leads out of there.
fn inside(root: &Path, path: &Path) -> io::Result<PathBuf> {
    if path.components().all(|part| matches!(part, Component::Normal(_))) {
        return Ok(root.join(path));
    }
    Err(io::Error::other("the path leads out of the destination"))
}

fn make_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), make_directories)
}

fn make_directories(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(PRIVATE_DIRECTORY).create(path)
}

fn cannot(what: &str, path: &Path) -> String {
    format!("cannot {what} {}", path.display())
}

/// Makes the directory a restore goes to. It must be empty: nothing that is there is overwritten.
pub fn make_destination(path: &Path) -> Result<()> {
    make_directories(path).explain(|| cannot("make the directory", path))?;
    let mut found = fs::read_dir(path).explain(|| cannot("read the directory", path))?;
    if found.next().is_none() {
        return Ok(());
    }
    Err(Failure::new(format!("{} is not empty", path.display()))
        .advise("name a directory that is empty or does not exist yet"))
}
