//! Opening a catalog that is missing, damaged, foreign, newer or not permitted gives the
//! documented error and touches nothing; opening a good one works whatever is left around it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(clippy::print_stderr, missing_docs, dead_code)]

#[path = "support/child.rs"]
mod child;
#[path = "support/files.rs"]
mod files;

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use child::Child;
use files::{Snapshot, snapshot};
use rsm::clock::VirtualClock;
use rsm::model::{AccessModel, PoolOpenMode};
use rsm::{ErrorKind, Manager, OpenOptions, SeededRandomness};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use tempfile::TempDir;

fn directory() -> TempDir {
    tempfile::tempdir().expect("temporary directory")
}

fn create(path: &Path) -> Manager {
    OpenOptions::new().create(true).open(path).expect("a new catalog")
}

/// A directory with a catalog that nobody has open, with one pool.
fn catalog() -> TempDir {
    let directory = directory();
    let manager = create(directory.path());
    let session = manager.session("test").expect("session");
    session.open_pool("App", None, PoolOpenMode::CreateNew).expect("pool");
    directory
}

/// The same, all in one file: as after a copy of an export.
fn catalog_in_one_file() -> TempDir {
    let directory = catalog();
    raw(directory.path()).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("checkpoint");
    assert!(!directory.path().join("catalog.db-wal").exists());
    directory
}

/// The database, past the crate.
fn raw(directory: &Path) -> Connection {
    Connection::open(directory.join("catalog.db")).expect("database")
}

fn holds_the_pool(manager: &Manager) -> bool {
    let session = manager.session("test").expect("session");
    session.open_pool("App", None, PoolOpenMode::OpenExisting).is_ok()
}

/// Opening fails with this kind, with and without `create`, and changes nothing.
fn refused(directory: &Path, kind: ErrorKind) {
    let before = snapshot(directory);
    for create in [false, true] {
        let error = OpenOptions::new().create(create).open(directory).expect_err("refused");
        assert_eq!(error.kind(), kind, "create({create}): {error:?}");
        assert_same(&before, &snapshot(directory));
    }
}

fn assert_same(before: &Snapshot, after: &Snapshot) {
    let names = |files: &Snapshot| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(before), names(after));
    for (path, bytes) in before {
        assert!(after.get(path) == Some(bytes), "{} was changed", path.display());
    }
}

#[test]
fn a_missing_catalog_is_not_found() {
    let parent = directory();
    for path in [parent.path().join("none"), parent.path().to_owned()] {
        let error = Manager::open(&path).expect_err("nothing there");
        assert_eq!(error.kind(), ErrorKind::ObjectNotFound);
    }
    assert_eq!(snapshot(parent.path()).len(), 0);
}

#[test]
fn a_path_to_a_file_is_no_directory() {
    let parent = directory();
    let file = parent.path().join("file");
    fs::write(&file, "text").expect("file");
    let before = snapshot(parent.path());
    for create in [false, true] {
        let error = OpenOptions::new().create(create).open(&file).expect_err("a file");
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    }
    assert_same(&before, &snapshot(parent.path()));
}

#[test]
fn what_is_no_database_is_refused() {
    let text = "just some text\n".repeat(1000);
    for bytes in [&b""[..], b"x", b"SQLite format 3\0", text.as_bytes(), &[0; 8192]] {
        let directory = directory();
        fs::write(directory.path().join("catalog.db"), bytes).expect("file");
        refused(directory.path(), ErrorKind::DatabaseFailure);
    }
    let directory = directory();
    fs::create_dir(directory.path().join("catalog.db")).expect("folder");
    refused(directory.path(), ErrorKind::DatabaseFailure);
}

#[test]
fn somebody_elses_database_is_refused() {
    for mode in ["DELETE", "WAL"] {
        for page_size in [1024, 4096] {
            let directory = directory();
            let theirs = raw(directory.path());
            theirs.pragma_update(None, "page_size", page_size).expect("pragma");
            theirs.pragma_update(None, "journal_mode", mode).expect("pragma");
            theirs.execute_batch("CREATE TABLE t (a); INSERT INTO t VALUES (1)").expect("table");
            drop(theirs);
            refused(directory.path(), ErrorKind::DatabaseFailure);
        }
    }
}

#[test]
fn a_truncated_catalog_is_refused() {
    let whole = catalog_in_one_file();
    let bytes = fs::read(whole.path().join("catalog.db")).expect("file");
    let pages = bytes.len() / 4096;
    let cuts = [0, 1, 50, 100, 512, 4096, 4097, bytes.len() / 2, (pages - 1) * 4096];
    for cut in cuts.into_iter().chain([bytes.len() - 4095, bytes.len() - 1]) {
        let bytes = bytes.get(..cut).expect("shorter");
        fs::write(whole.path().join("catalog.db"), bytes).expect("file");
        refused(whole.path(), ErrorKind::DatabaseFailure);
    }
    fs::write(whole.path().join("catalog.db"), &bytes).expect("file");
    assert!(holds_the_pool(&Manager::open(whole.path()).expect("whole again")));
}

#[test]
fn a_damaged_head_or_schema_is_refused() {
    let directory = catalog_in_one_file();
    let database = directory.path().join("catalog.db");
    let bytes = fs::read(&database).expect("file");
    // The magic, the page size, the schema format, the application's number; the kind of page 1, its
    // number of cells; a definition.
    let text = b"CREATE TABLE medium";
    let definition = bytes.windows(text.len()).position(|at| at == text).expect("definition");
    for place in [0, 16, 47, 68, 100, 103, definition, definition + 8] {
        let mut damaged = bytes.clone();
        damaged[place] ^= 0x55;
        fs::write(&database, damaged).expect("file");
        refused(directory.path(), ErrorKind::DatabaseFailure);
    }
}

#[test]
fn any_flipped_bit_is_harmless_or_a_database_failure() {
    let directory = catalog_in_one_file();
    let database = directory.path().join("catalog.db");
    let bytes = fs::read(&database).expect("file");
    let mut refusals = 0;
    for step in 0..300 {
        let place = step * 7919 % bytes.len();
        let mut damaged = bytes.clone();
        damaged[place] ^= 1 << (step % 8);
        fs::write(&database, &damaged).expect("file");
        match Manager::open(directory.path()) {
            Ok(manager) => {
                // Nothing panics, whatever it finds.
                if let Err(error) = manager.check() {
                    assert_eq!(error.kind(), ErrorKind::DatabaseFailure, "byte {place}");
                }
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::DatabaseFailure, "byte {place}: {error:?}");
                assert!(fs::read(&database).expect("file") == damaged, "byte {place}");
                let live = fs::read_dir(directory.path().join("live")).expect("folder");
                assert_eq!(live.count(), 0, "byte {place}");
                refusals += 1;
            }
        }
        for beside in ["catalog.db-wal", "catalog.db-shm"] {
            let _removed = fs::remove_file(directory.path().join(beside));
        }
    }
    assert!((1..300).contains(&refusals), "{refusals}");
}

#[test]
fn a_newer_catalog_is_refused() {
    let directory = catalog_in_one_file();
    raw(directory.path()).pragma_update(None, "user_version", 999).expect("pragma");
    refused(directory.path(), ErrorKind::DatabaseFailure);
    let error = Manager::open(directory.path()).expect_err("newer");
    assert!(error.reason().contains("999"), "{error}");
}

/// The newer release was ended before it copied its log back.
#[test]
fn a_catalog_that_is_newer_in_its_log_only_is_refused() {
    let directory = catalog();
    let newer = raw(directory.path());
    newer.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).expect("setting");
    newer.pragma_update(None, "user_version", 999).expect("pragma");
    drop(newer);
    let read = |name: &str| fs::read(directory.path().join(name)).expect("file");
    let before = (read("catalog.db"), read("catalog.db-wal"));
    let error = Manager::open(directory.path()).expect_err("newer");
    assert_eq!(error.kind(), ErrorKind::DatabaseFailure);
    assert!(before == (read("catalog.db"), read("catalog.db-wal")));
    let live = fs::read_dir(directory.path().join("live")).expect("folder");
    assert_eq!(live.count(), 0);
}

/// A process died when it had copied the head of the log back and nothing else: the file is
/// shorter than its head says, and whole only together with the log.
#[test]
fn a_catalog_that_died_while_its_log_was_copied_back_opens() {
    let directory = catalog();
    let manager = Manager::open(directory.path()).expect("catalog");
    let session = manager.session("test").expect("session");
    for number in 0..60 {
        let path = format!("App\\Pool {number:>040}");
        session.open_pool(&path, None, PoolOpenMode::CreateNew).expect("pool");
    }
    drop((session, manager));
    let copied = tempfile::tempdir().expect("temporary directory");
    for name in ["catalog.db", "catalog.db-wal"] {
        fs::copy(directory.path().join(name), copied.path().join(name)).expect("copy");
    }
    raw(copied.path()).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("checkpoint");
    let whole = fs::read(copied.path().join("catalog.db")).expect("file");
    let mut torn = fs::read(directory.path().join("catalog.db")).expect("file");
    assert!(whole.len() > torn.len(), "the catalog grew");
    torn[..4096].copy_from_slice(&whole[..4096]);
    fs::write(directory.path().join("catalog.db"), torn).expect("file");
    let manager = Manager::open(directory.path()).expect("it is whole with its log");
    let session = manager.session("test").expect("session");
    let last = format!("App\\Pool {:>040}", 59);
    assert!(session.open_pool(&last, None, PoolOpenMode::OpenExisting).is_ok());
    assert_eq!(manager.check().expect("readable"), []);
}

#[test]
fn a_creation_that_died_is_begun_anew() {
    let directory = directory();
    for left_over in ["catalog.new", "catalog.new-journal", "gate", "lock"] {
        fs::write(directory.path().join(left_over), [0x5A; 5000]).expect("file");
    }
    let before = snapshot(directory.path());
    let error = Manager::open(directory.path()).expect_err("no catalog yet");
    assert_eq!(error.kind(), ErrorKind::ObjectNotFound);
    assert_same(&before, &snapshot(directory.path()));
    let manager = create(directory.path());
    assert_eq!(manager.check().expect("readable"), []);
    drop(manager);
    let names = snapshot(directory.path());
    assert!(names.keys().all(|path| !path.to_string_lossy().contains("catalog.new")));
}

#[test]
fn create_opens_what_is_there() {
    let directory = catalog();
    assert!(holds_the_pool(&create(directory.path())));
    let nested = directory.path().join("a/b/c");
    create(&nested);
    assert!(Manager::open(&nested).is_ok(), "made with the folders above it");
}

#[test]
fn a_copy_of_the_database_alone_opens() {
    let directory = catalog_in_one_file();
    let copy = tempfile::tempdir().expect("temporary directory");
    let database = directory.path().join("catalog.db");
    fs::copy(database, copy.path().join("catalog.db")).expect("copy");
    let manager = Manager::open(copy.path()).expect("gate and folders are made anew");
    assert!(holds_the_pool(&manager));
}

#[test]
fn the_same_catalog_is_the_same_manager() {
    let directory = catalog();
    let link = directory.path().join("link");
    symlink(directory.path(), &link).expect("link");
    let first = Manager::open(directory.path()).expect("catalog");
    let others = [
        Manager::open(directory.path()).expect("again"),
        Manager::open(&link).expect("by a link"),
        Manager::open(link.join("..").join(directory.path().file_name().expect("name")))
            .expect("by another path"),
    ];
    let session = first.session("test").expect("session");
    session.open_pool("Other", None, PoolOpenMode::CreateNew).expect("pool");
    for other in others {
        assert_eq!(other.statistics(), first.statistics());
        assert_eq!(other.statistics().operations, 1);
    }
}

#[test]
fn the_same_catalog_with_other_options_is_refused() {
    let directory = catalog();
    let usual = OpenOptions::new;
    let manager = usual().open(directory.path()).expect("catalog");
    let other = [
        usual().max_size(1 << 30),
        usual().busy_timeout(Duration::from_secs(1)),
        usual().access_model(AccessModel::WindowsXp),
        usual().clock(VirtualClock::new()),
        usual().randomness(Arc::new(SeededRandomness::new(1))),
        usual().after_commit(|| {}),
    ];
    for options in other {
        let error = options.clone().open(directory.path()).expect_err("other options");
        assert_eq!(error.kind(), ErrorKind::InvalidParameter);
    }
    usual().create(true).open(directory.path()).expect("create asks for nothing more");
    drop(manager);
    usual().busy_timeout(Duration::from_secs(1)).open(directory.path()).expect("closed before");
}

/// Directories and files without rights, as a user who is not the superuser meets them.
#[test]
fn what_may_not_be_written_is_refused() {
    let cases: [(&str, u32, u32, ErrorKind); 5] = [
        ("nothing may be written", 0o555, 0o444, ErrorKind::AccessDenied),
        ("the files may not be written", 0o777, 0o444, ErrorKind::AccessDenied),
        ("the files may not be read", 0o777, 0o000, ErrorKind::AccessDenied),
        ("the directory may not be written", 0o555, 0o666, ErrorKind::AccessDenied),
        ("the directory may not be entered", 0o000, 0o666, ErrorKind::AccessDenied),
    ];
    let programs = directory();
    let program = child::program_for_everybody(programs.path());
    for (case, folder_mode, file_mode, kind) in cases {
        let directory = catalog();
        let before = snapshot(directory.path());
        for (path, bytes) in &before {
            let mode = if bytes.is_some() { file_mode } else { folder_mode };
            fs::set_permissions(path, Permissions::from_mode(mode)).expect("permissions");
        }
        fs::set_permissions(directory.path(), Permissions::from_mode(folder_mode)).expect("mode");
        for create in ["open", "create"] {
            let answer = as_somebody_else(&program, &[create, &text(directory.path())]);
            assert_eq!(answer, format!("{kind:?}"), "{case}: {create}");
        }
        give_back(directory.path(), &before);
        assert_same(&before, &snapshot(directory.path()));
        assert!(holds_the_pool(&Manager::open(directory.path()).expect("permitted again")));
    }
}

#[test]
fn a_catalog_is_not_made_without_rights() {
    let programs = directory();
    let program = child::program_for_everybody(programs.path());
    let directory = directory();
    fs::set_permissions(directory.path(), Permissions::from_mode(0o555)).expect("permissions");
    for path in [directory.path().to_owned(), directory.path().join("below")] {
        let answer = as_somebody_else(&program, &["create", &text(&path)]);
        assert_eq!(answer, "AccessDenied");
    }
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).expect("permissions");
    assert_eq!(snapshot(directory.path()).len(), 0);
}

fn give_back(directory: &Path, files: &Snapshot) {
    fs::set_permissions(directory, Permissions::from_mode(0o755)).expect("permissions");
    let folders = files.iter().filter(|(_, bytes)| bytes.is_none());
    let others = files.iter().filter(|(_, bytes)| bytes.is_some());
    for (path, _) in folders.chain(others) {
        fs::set_permissions(path, Permissions::from_mode(0o755)).expect("permissions");
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("text").to_owned()
}

/// Opens a catalog in a child that is not the superuser; what came of it.
fn as_somebody_else(program: &Path, part: &[&str]) -> String {
    const NOBODY: u32 = 65_534;
    let mut child = Child::start_with(part, program, |command| {
        if rustix::process::geteuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command.current_dir("/");
    });
    child.next().expect("an answer")
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    let [how, path] = part.as_slice() else { panic!("{part:?}") };
    match OpenOptions::new().create(how == "create").open(path) {
        Ok(_) => child::tell("opened"),
        Err(error) => child::tell(&format!("{:?}", error.kind())),
    }
}
