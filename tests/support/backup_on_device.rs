//! The example for backups with a real library.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, dead_code)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The example as `cargo build` has made it, or where the environment says that it is.
fn program() -> PathBuf {
    if let Some(program) = std::env::var_os("RSM_TEST_BACKUP") {
        return program.into();
    }
    let test = std::env::current_exe().unwrap();
    let program = test.parent().and_then(Path::parent).unwrap().join("examples/backup");
    assert!(program.exists(), "run `cargo build --example backup --features iscsi` first");
    program
}

/// Backs up files to more than one tape of a library, reads and restores them, and gives the tapes
/// back. `tape` is what fits on a tape.
pub fn back_up(device: &str, tape: usize) {
    let place = tempfile::tempdir().unwrap();
    let original = place.path().canonicalize().unwrap().join("original");
    fs::create_dir_all(original.join("deep/inside")).unwrap();
    for number in 0..20_usize {
        let bytes: Vec<u8> = (0..tape / 16).map(|at| (at * (number + 7) % 251) as u8).collect();
        fs::write(original.join(format!("file{number}")), bytes).unwrap();
    }
    fs::write(original.join("deep/inside/empty"), []).unwrap();
    let home = place.path().join("home");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(program());
        command.args(["--home", home.to_str().unwrap(), "--device", device]);
        command.arg("--take-unknown-tapes").args(arguments);
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}{complaint}");
        said
    };
    let said = run(&["create", original.to_str().unwrap()]);
    assert!(said.contains("on 2 tapes"), "{said}");
    let _checked = run(&["verify", "1"]);
    let restored = place.path().join("restored");
    let _restored = run(&["restore", "1", restored.to_str().unwrap()]);
    let inside = restored.join(original.strip_prefix("/").unwrap());
    assert!(files(&original) == files(&inside), "{} files differ", original.display());
    let _given_back = run(&["prune", "1"]);
    assert!(!run(&["list"]).contains("tape A"));
}

fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let found = walkdir::WalkDir::new(root).into_iter().map(Result::unwrap);
    let files = found.filter(|entry| entry.file_type().is_file());
    files
        .map(|file| {
            let name = file.path().strip_prefix(root).unwrap().to_owned();
            (name, fs::read(file.path()).unwrap())
        })
        .collect()
}
