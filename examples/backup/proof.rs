//! What runs without arguments: backs up the repository of this program, restores it, and proves
//! the two equal.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, FileType};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::commands::{Backup, Outcome};
use crate::console::{self, Console};
use crate::digest::digest;
use crate::failure::{Explain, Failure, Result};
use crate::home::Home;
use crate::scan::{Source, name_in_archive, roots, scan};
use crate::tapes::{Hardware, Layout, Tapes};

/// Tapes in the library, how many of them the repository is to fill about, and the smallest tape.
const TAPES: u32 = 12;
const TAPES_TO_FILL: u64 = 4;
const SMALLEST_TAPE: u64 = 512 << 10;

/// The number of the first set in a new home.
const FIRST_SET: u32 = 1;

/// Runs the proof in a temporary home, which is gone afterwards: in a simulated library, or in that
/// of a device, whose free tapes are written.
pub fn run(library: Option<Hardware>, console: Console) -> Result<Outcome> {
    let roots = roots(&[PathBuf::from(env!("CARGO_MANIFEST_DIR"))])?;
    let repository = roots.first().ok_or_else(|| Failure::new("there is no repository"))?;
    let build = repository.join("target");
    let begun = SystemTime::now();
    let size = scan(&roots, |path| path == build, |_| false).bytes;
    let layout = Layout { tapes: TAPES, bytes_per_tape: SMALLEST_TAPE.max(size / TAPES_TO_FILL) };
    let hardware = library.unwrap_or(Hardware::Simulated(layout));
    let place = match &hardware {
        Hardware::Device { name, .. } => format!("to {name}"),
        Hardware::Simulated(_) => {
            format!("to tapes of {}", console::bytes(layout.bytes_per_tape))
        }
    };

    let temporary = tempfile::tempdir().explain(|| "cannot make a temporary directory")?;
    let home = Home::open(&temporary.path().join("home"))?;
    let tapes = Tapes::open(&home, &hardware)?;
    tapes.settle(&home.store, &console)?;
    let mut backup = Backup { home, tapes, console };
    backup.console.say(format!(
        "{} without target/, {}, {place}",
        repository.display(),
        console::bytes(size),
    ));

    let destination = temporary.path().join("restored");
    backup.create(&roots, std::slice::from_ref(&build))?;
    backup.restore(FIRST_SET, &destination)?;
    let original = read_tree(repository, &build)?;
    let restored = read_tree(&destination.join(name_in_archive(repository)?), &build)?;
    conclude(&backup.console, &original, &restored, begun)
}

/// Says whether the two trees are equal. What somebody wrote to since `begun` says nothing about
/// the backup, and is counted on its own.
fn conclude(
    console: &Console,
    original: &Tree,
    restored: &Tree,
    begun: SystemTime,
) -> Result<Outcome> {
    let (changed, wrong): (Vec<_>, Vec<_>) = differences(original, restored)
        .into_iter()
        .partition(|path| original.get(*path).is_some_and(|facts| facts.is_from(begun)));
    if !changed.is_empty() {
        console.notice(format!("{} were written to meanwhile and not compared", changed.len()));
    }
    for path in &wrong {
        console.notice(format!("{} is not equal", path.display()));
    }
    if !wrong.is_empty() {
        return Err(Failure::new(format!("{} of {} differ", wrong.len(), original.len())));
    }
    console.say(format!(
        "equal: {} files, directories and links in type, content, permissions, time and target",
        original.len() - changed.len(),
    ));
    Ok(Outcome::Done)
}

fn differences<'a>(original: &'a Tree, restored: &'a Tree) -> BTreeSet<&'a PathBuf> {
    let all = original.keys().chain(restored.keys());
    all.filter(|path| original.get(*path) != restored.get(*path)).collect()
}

/// Everything a backup has to bring back of one file, directory or link.
#[derive(PartialEq, Eq)]
struct Facts {
    kind: FileType,
    mode: u32,
    size: u64,
    /// Not of links: who restores one cannot set its time.
    modified: Option<SystemTime>,
    target: Option<PathBuf>,
    digest: Option<String>,
}

type Tree = BTreeMap<PathBuf, Facts>;

/// Reads a whole tree, without help from anything that took part in the backup but the walk.
fn read_tree(root: &Path, leave_out: &Path) -> Result<Tree> {
    let found = scan(&[root.to_owned()], |path| path == leave_out, |_| false);
    let facts = |source: &Source| {
        let inside = source.path.strip_prefix(root).unwrap_or(&source.path).to_owned();
        // A file that is gone by now shows up as missing.
        Facts::read(source).ok().map(|facts| (inside, facts))
    };
    Ok(found.sources.iter().filter_map(facts).collect())
}

impl Facts {
    fn read(source: &Source) -> Result<Self> {
        let metadata = &source.metadata;
        let kind = metadata.file_type();
        let mut facts = Self {
            kind,
            mode: metadata.mode(),
            size: if kind.is_dir() { 0 } else { metadata.len() },
            modified: (!kind.is_symlink()).then(|| metadata.modified()).transpose()?,
            target: kind.is_symlink().then(|| fs::read_link(&source.path)).transpose()?,
            digest: None,
        };
        if kind.is_file() {
            let (_, digest) = digest(&mut File::open(&source.path)?, |_| Ok(()))?;
            facts.digest = Some(digest);
        }
        Ok(facts)
    }

    fn is_from(&self, begun: SystemTime) -> bool {
        self.modified.is_some_and(|modified| modified >= begun)
    }
}
