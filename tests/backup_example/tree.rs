//! Directory trees to back up, and their comparison.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File, FileType, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use walkdir::WalkDir;

/// A tree with one of everything, and files of `kib` KiB besides.
pub fn make(root: &Path, kib: usize) {
    fs::create_dir_all(root.join("empty directory")).unwrap();
    fs::write(root.join("empty"), "").unwrap();
    fs::write(root.join("program"), "#!/bin/sh\n").unwrap();
    mode(&root.join("program"), 0o755);
    fs::write(root.join("secret"), "not for everyone").unwrap();
    mode(&root.join("secret"), 0o400);
    let long = root.join("d".repeat(90)).join("e".repeat(90));
    fs::create_dir_all(&long).unwrap();
    fs::write(long.join("f".repeat(200)), "at the end of a long path").unwrap();
    fs::write(root.join(OsStr::from_bytes(b"not \xff text")), "a name that is no text").unwrap();
    symlink("program", root.join("link")).unwrap();
    symlink("nowhere/to be found", root.join("dangling")).unwrap();
    symlink("l".repeat(300), root.join("long link")).unwrap();
    fs::create_dir(root.join("data")).unwrap();
    for number in 0..kib / 100 {
        fs::write(root.join(format!("data/{number}")), content(number)).unwrap();
    }
    let old = UNIX_EPOCH + Duration::new(1_000_000_000, 123_456_789);
    File::options().write(true).open(root.join("empty")).unwrap().set_modified(old).unwrap();
    fs::create_dir(root.join("closed")).unwrap();
    fs::write(root.join("closed/inside"), "in a directory nobody may write").unwrap();
    mode(&root.join("closed"), 0o555);
    File::open(root.join("closed")).unwrap().set_modified(old).unwrap();
}

/// 100 KiB that do not repeat themselves.
fn content(number: usize) -> Vec<u8> {
    let mut state = number as u64 + 1;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    (0..100 << 10).map(|_| next()).collect()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

#[derive(Debug, PartialEq, Eq)]
struct Facts {
    kind: FileType,
    mode: u32,
    modified: Option<(i64, i64)>,
    content: Vec<u8>,
    target: Option<PathBuf>,
}

fn read(root: &Path) -> BTreeMap<PathBuf, Facts> {
    let facts = |path: &Path| {
        let metadata = fs::symlink_metadata(path).unwrap();
        let kind = metadata.file_type();
        let modified = (metadata.mtime(), metadata.mtime_nsec());
        Facts {
            kind,
            mode: metadata.mode(),
            modified: (!kind.is_symlink()).then_some(modified),
            content: if kind.is_file() { fs::read(path).unwrap() } else { Vec::new() },
            target: fs::read_link(path).ok(),
        }
    };
    let walk = WalkDir::new(root).into_iter().map(|entry| entry.unwrap().into_path());
    walk.map(|path| (path.strip_prefix(root).unwrap().to_owned(), facts(&path))).collect()
}

/// Fails when the trees differ in a name, type, content, permission, time or link target.
pub fn assert_equal(original: &Path, restored: &Path) {
    let (original, restored) = (read(original), read(restored));
    assert!(!original.is_empty());
    let names = |tree: &BTreeMap<PathBuf, Facts>| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&original), names(&restored));
    for (name, facts) in &original {
        assert!(*facts == restored[name], "{} differs", name.display());
    }
}
