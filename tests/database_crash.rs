//! Processes are killed while they export the catalog, or put its export in its place: there is a
//! whole export, and the catalog is the old one or the new one; whoever comes next ends what was
//! begun.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
#[path = "support/fault_vfs.rs"]
mod fault_vfs;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use child::{Child, join};
use rsm::model::PoolOpenMode;
use rsm::{Manager, OpenOptions, Session};
use tempfile::TempDir;

fn has_pool(session: &Session, name: &str) -> bool {
    session.open_pool(name, None, PoolOpenMode::OpenExisting).is_ok()
}

fn add_pool(session: &Session, name: &str) {
    session.open_pool(name, None, PoolOpenMode::CreateNew).unwrap();
}

/// A catalog that is to be replaced by its export, which has the pool "old" only. Its log is long.
fn to_be_replaced() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let manager = OpenOptions::new().create(true).open(directory.path()).unwrap();
    let session = manager.session("test").unwrap();
    add_pool(&session, "old");
    session.export_database().unwrap();
    for n in 0..8 {
        add_pool(&session, &format!("newer {n}"));
    }
    session.import_database().unwrap();
    directory
}

/// The next opening ends the import; everything is there, and nothing of the old catalog.
fn assert_replaced(directory: &Path, when: &str) {
    let manager = Manager::open(directory).unwrap_or_else(|error| panic!("{when}: {error:?}"));
    let session = manager.session("test").unwrap();
    assert!(has_pool(&session, "old"), "{when}");
    assert!((0..8).all(|n| !has_pool(&session, &format!("newer {n}"))), "{when}");
    assert_eq!(manager.check().unwrap(), [], "{when}");
    assert_eq!(session.export_database().unwrap().generation, 2, "{when}");
    for name in ["import.wanted", "import.ready", "catalog.import", "catalog.import-journal"] {
        assert!(!directory.join(name).exists(), "{when}: {name}");
    }
}

#[test]
fn who_dies_at_any_write_of_a_replacement_leaves_it_to_the_next() {
    for nth in 0.. {
        let directory = to_be_replaced();
        let part = ["open", directory.path().to_str().unwrap(), &nth.to_string()];
        let opened = Child::start(&part).next();
        assert_replaced(directory.path(), &format!("at write {nth}"));
        if opened.is_some() {
            assert!(nth > 8, "it wrote {nth} times");
            return;
        }
    }
}

/// Kills the child some time after it told that it begins.
fn kill_after(child: &mut Child, micros: u64) {
    assert_eq!(child.next().as_deref(), Some("begins"));
    let end = Instant::now() + Duration::from_micros(micros);
    while Instant::now() < end {
        std::hint::spin_loop();
    }
    child.kill();
}

#[test]
fn who_is_killed_at_any_time_leaves_the_replacement_to_the_next() {
    for round in 0..40 {
        let directory = to_be_replaced();
        let mut child = Child::start(&["open", directory.path().to_str().unwrap(), "never"]);
        kill_after(&mut child, round * round * 25);
        assert_replaced(directory.path(), &format!("round {round}"));
    }
}

#[test]
fn who_is_killed_while_he_exports_leaves_a_whole_export() {
    let directory = tempfile::tempdir().unwrap();
    let manager = OpenOptions::new().create(true).open(directory.path()).unwrap();
    let session = manager.session("test").unwrap();
    session.export_database().unwrap();
    for round in 0..40 {
        let mut child = Child::start(&["export", directory.path().to_str().unwrap()]);
        kill_after(&mut child, round * round * 25);
        // It is whole: else this would be refused.
        session.import_database().unwrap();
        // Who comes next may open the catalog all the same.
        fs::remove_file(directory.path().join("import.wanted")).unwrap();
    }
    session.export_database().unwrap();
    let left: Vec<_> = fs::read_dir(directory.path().join("export")).unwrap().collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    match part[0].as_str() {
        "open" => {
            if let Ok(nth) = part[2].parse() {
                fault_vfs::install();
                fault_vfs::die_at(nth);
            } else {
                child::tell("begins");
            }
            let _manager = Manager::open(&part[1]).unwrap();
            child::tell("opened");
            child::hear();
        }
        "export" => {
            let (_manager, session) = join(&part[1], "child");
            child::tell("begins");
            loop {
                session.export_database().unwrap();
            }
        }
        other => panic!("no such part: {other}"),
    }
}
