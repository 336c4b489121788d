//! What a directory holds, to compare before and after.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(clippy::print_stderr, missing_docs, dead_code)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every name below a directory, with the bytes of the files.
pub type Snapshot = BTreeMap<PathBuf, Option<Vec<u8>>>;

/// Reads everything below `directory`. No catalog may be open there in this process.
pub fn snapshot(directory: &Path) -> Snapshot {
    let mut found = Snapshot::new();
    collect(directory, &mut found);
    found
}

fn collect(directory: &Path, found: &mut Snapshot) {
    for entry in fs::read_dir(directory).expect("directory") {
        let entry = entry.expect("entry");
        let path = entry.path();
        if entry.file_type().expect("type").is_dir() {
            collect(&path, found);
            found.insert(path, None);
        } else {
            let bytes = fs::read(&path).expect("file");
            found.insert(path, Some(bytes));
        }
    }
}
