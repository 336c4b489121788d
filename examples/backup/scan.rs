//! What there is to back up.

use std::fs::Metadata;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::failure::{Explain, Failure, Result};

/// A file, directory or link that was found.
pub struct Source {
    /// Where it is.
    pub path: PathBuf,
    pub metadata: Metadata,
}

/// What a walk over the trees found.
#[derive(Default)]
pub struct Scan {
    pub sources: Vec<Source>,
    /// Bytes of all files.
    pub bytes: u64,
    /// Sockets, devices, pipes: there is nothing in them to back up.
    pub special: Vec<PathBuf>,
    /// Files that must not be read.
    pub owned: Vec<PathBuf>,
    /// What could not be looked at, and why.
    pub unreadable: Vec<String>,
}

/// Absolute paths without links, none inside of another: every file is found once.
pub fn roots(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let absolute = |path: &PathBuf| {
        path.canonicalize().map_err(|error| {
            Failure::new(format!("cannot back up {}", path.display()))
                .advise("check the path")
                .caused_by(error)
        })
    };
    let mut roots = paths.iter().map(absolute).collect::<Result<Vec<_>>>()?;
    // A directory sorts before what is in it.
    roots.sort();
    let mut outermost: Vec<PathBuf> = Vec::new();
    for root in roots {
        if !outermost.last().is_some_and(|outer| root.starts_with(outer)) {
            outermost.push(root);
        }
    }
    Ok(outermost)
}

/// Walks over the trees. `skip` says what to leave out with all that is in it, `owned` which files
/// belong to an open catalog.
pub fn scan(
    roots: &[PathBuf],
    mut skip: impl FnMut(&Path) -> bool,
    owned: impl Fn(&Path) -> bool,
) -> Scan {
    let mut scan = Scan::default();
    for root in roots {
        let walk = WalkDir::new(root).sort_by_file_name().into_iter();
        for found in walk.filter_entry(|entry| !skip(entry.path())) {
            let found = found.and_then(|entry| Ok((entry.metadata()?, entry.into_path())));
            match found {
                Ok((metadata, path)) => scan.add(path, metadata, &owned),
                Err(error) => scan.unreadable.push(error.to_string()),
            }
        }
    }
    scan
}

impl Scan {
    fn add(&mut self, path: PathBuf, metadata: Metadata, owned: impl Fn(&Path) -> bool) {
        let kind = metadata.file_type();
        if kind.is_socket() || kind.is_fifo() || kind.is_block_device() || kind.is_char_device() {
            self.special.push(path);
        } else if kind.is_file() && owned(&path) {
            self.owned.push(path);
        } else {
            self.bytes += if kind.is_file() { metadata.len() } else { 0 };
            self.sources.push(Source { path, metadata });
        }
    }
}

/// The name of a path inside the archive: without the leading slash.
pub fn name_in_archive(path: &Path) -> Result<&Path> {
    path.strip_prefix("/").explain(|| format!("{} is not an absolute path", path.display()))
}
