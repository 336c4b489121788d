//! The catalog of this program: which backup set lies on which tapes, and what is in it.
//!
//! The manager knows media: which side is whose, where it is, what its label says. What is *on* a
//! side is the application's to know. The link between the two is the id of the logical medium,
//! which stays valid across restarts until the medium is deallocated.
//!
//! One JSON file for each set. A file is only ever replaced as a whole and is on disk before the
//! step it announces is taken, so whatever moment the program is killed in, the next start finds
//! out what to tidy up.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::{Explain, Failure, Result};

/// A backup set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BackupSet {
    /// How people name it.
    pub number: u32,
    /// What its tapes' labels say; never used twice.
    pub id: String,
    /// How far it has come.
    pub state: SetState,
    /// Seconds since 1970.
    pub started: u64,
    /// What was asked for.
    pub roots: Vec<Name>,
    /// Its tapes in their order. Each is listed before anything is written on it.
    pub tapes: Vec<Tape>,
    /// What is on them, in the order of the stream.
    pub entries: Vec<Entry>,
}

/// How far a set has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetState {
    /// Being written, or left so by a program that was killed: worthless, its tapes are given back
    /// at the next start.
    Unfinished,
    /// All of it is on tape.
    Complete,
    /// Its tapes are being given back.
    Discarded,
}

/// One tape of a set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tape {
    /// The manager's id of the logical medium.
    pub logical_media: String,
    /// The id in its label.
    pub label: String,
    /// How people find it.
    pub bar_code: String,
}

/// A file, directory or link in a set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its path, without the leading slash.
    pub name: Name,
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
    pub user: u32,
    pub group: u32,
    /// Modification time: seconds since 1970 and nanoseconds.
    pub modified: (i64, u32),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Directory,
    File { size: u64, sha256: String },
    Link { target: Name },
}

/// A path. Any bytes can be in one; JSON takes text only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Name {
    Text(String),
    Bytes(Vec<u8>),
}

impl From<&Path> for Name {
    fn from(path: &Path) -> Self {
        match path.to_str() {
            Some(text) => Self::Text(text.to_owned()),
            None => Self::Bytes(path.as_os_str().as_bytes().to_vec()),
        }
    }
}

impl Name {
    pub fn to_path(&self) -> PathBuf {
        match self {
            Self::Text(text) => PathBuf::from(text),
            Self::Bytes(bytes) => PathBuf::from(OsString::from_vec(bytes.clone())),
        }
    }
}

impl BackupSet {
    pub fn files(&self) -> usize {
        self.entries.iter().filter(|entry| matches!(entry.kind, Kind::File { .. })).count()
    }

    pub fn bytes(&self) -> u64 {
        self.entries.iter().map(Entry::size).sum()
    }

    pub fn bar_codes(&self) -> String {
        self.tapes.iter().map(|tape| tape.bar_code.as_str()).collect::<Vec<_>>().join(" ")
    }
}

impl Entry {
    /// Bytes of content; none but for files.
    pub fn size(&self) -> u64 {
        match self.kind {
            Kind::File { size, .. } => size,
            Kind::Directory | Kind::Link { .. } => 0,
        }
    }
}

/// The directory of the sets.
pub struct Store {
    directory: PathBuf,
}

impl Store {
    /// Opens the store, or makes an empty one.
    pub fn open(directory: PathBuf) -> Result<Self> {
        fs::create_dir_all(&directory)
            .explain(|| format!("cannot make the directory {}", directory.display()))?;
        Ok(Self { directory })
    }

    /// All sets, oldest first.
    pub fn sets(&self) -> Result<Vec<BackupSet>> {
        let cannot = || format!("cannot read the backup sets in {}", self.directory.display());
        let mut sets = Vec::new();
        for found in fs::read_dir(&self.directory).explain(cannot)? {
            let path = found.explain(cannot)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                sets.push(read(&path)?);
            }
        }
        sets.sort_by_key(|set| set.number);
        Ok(sets)
    }

    /// Keeps a set as it is now. When this returns it is on disk.
    pub fn save(&self, set: &BackupSet) -> Result<()> {
        let path = self.path(set.number);
        write_whole(&path, set).explain(|| format!("cannot write {}", path.display()))
    }

    /// Forgets a set.
    pub fn remove(&self, set: &BackupSet) -> Result<()> {
        let path = self.path(set.number);
        fs::remove_file(&path)
            .and_then(|()| sync_directory(&self.directory))
            .explain(|| format!("cannot remove {}", path.display()))
    }

    fn path(&self, number: u32) -> PathBuf {
        self.directory.join(format!("{number:06}.json"))
    }
}

fn read(path: &Path) -> Result<BackupSet> {
    let cannot = || format!("cannot read the backup set {}", path.display());
    let file = File::open(path).explain(cannot)?;
    serde_json::from_reader(BufReader::new(file)).map_err(|error| {
        Failure::new(cannot())
            .advise("put back a copy of that file; its tapes stay allocated until then")
            .caused_by(error)
    })
}

/// Writes a temporary file, makes it durable, and gives it its name: readers see the old set or the
/// new one, never half of one.
fn write_whole(path: &Path, set: &BackupSet) -> std::io::Result<()> {
    let new = path.with_extension("new");
    let mut file = BufWriter::new(File::create(&new)?);
    serde_json::to_writer(&mut file, set)?;
    file.flush()?;
    file.get_ref().sync_all()?;
    fs::rename(&new, path)?;
    path.parent().map_or(Ok(()), sync_directory)
}

fn sync_directory(path: &Path) -> std::io::Result<()> {
    File::open(path)?.sync_all()
}
