//! The catalog is exported and imported: examples DB1-DB5, every row of the tables of errors, and
//! what is in an export that is taken while everybody goes on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
#[path = "support/fault_vfs.rs"]
mod fault_vfs;
#[path = "support/ledger.rs"]
mod ledger;
#[path = "support/reopen.rs"]
mod reopen;
#[path = "support/robot.rs"]
mod robot;
#[path = "support/stock.rs"]
mod stock;
mod support;

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;

use child::{Child, join};
use ledger::Ledger;
use reopen::reopened;
use robot::{Robot, kind, prepared};
use rsm::model::{
    AllocateRequest, DriveSelector, LibraryOperation, LibraryRequestId, LibraryRequestState,
    LogicalMediaId, MediaState, OperatorRequestId, OperatorRequestState, OperatorTask,
    PoolOpenMode, ReserveOptions, ServiceTarget, SideState, Timeout,
};
use rsm::{ErrorKind, Manager, OpenOptions, Session};
use rusqlite::Connection;
use support::open_catalog;

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// The export's manifest and database.
fn files(catalog: &Path) -> [PathBuf; 2] {
    let folder = catalog.join("export");
    let mut databases: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "db"))
        .collect();
    assert_eq!(databases.len(), 1, "{databases:?}");
    [folder.join("manifest"), databases.remove(0)]
}

/// A catalog made of an export, as on another machine.
fn made_of_export(export: &Path) -> (tempfile::TempDir, Manager) {
    let directory = tempfile::tempdir().unwrap();
    let manager = OpenOptions::new().create(true).open(directory.path()).unwrap();
    copy_folder(export, &directory.path().join("export"));
    manager.session("operator").unwrap().import_database().unwrap();
    drop(manager);
    let manager = Manager::open(directory.path()).unwrap();
    (directory, manager)
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

fn has_pool(session: &Session, name: &str) -> bool {
    session.open_pool(name, None, PoolOpenMode::OpenExisting).is_ok()
}

fn add_pool(session: &Session, name: &str) {
    session.open_pool(name, None, PoolOpenMode::CreateNew).unwrap();
}

#[test]
fn requests_db1_what_was_allocated_since_the_export_is_available_again() {
    let robot = Robot::with_tapes(1, &["A1", "A2"]);
    robot.prepare_all();
    let side = robot.side(robot.by_bar_code("A1").id).id;
    let before = robot.session.info(side).unwrap();
    robot.session.export_database().unwrap();
    let lost = robot.allocate(robot.by_bar_code("A1").id).logical_media;
    robot.session.import_database().unwrap();
    assert_eq!(robot.session.info(side).unwrap().state, SideState::Allocated, "not yet");
    let robot = reopened(robot, |_| ());
    assert_eq!(robot.session.info(side).unwrap().state, SideState::Available);
    assert_eq!(robot.session.info(side).unwrap().allocate_count, before.allocate_count);
    assert_eq!(kind(robot.session.deallocate_media(lost)), ErrorKind::InvalidMedia);
    assert_eq!(kind(robot.session.mount(lost)), ErrorKind::InvalidMedia);
    let again = robot.allocate(robot.by_bar_code("A1").id).logical_media;
    assert_ne!(again, lost);
    let _mount = robot.mount(again);
    robot.check();
}

#[test]
fn requests_db2_without_an_export_nothing_is_imported() {
    let fixture = open_catalog();
    fixture.refused(ErrorKind::DatabaseFailure, || fixture.session.import_database());
    add_pool(&fixture.session, "App");
    let support::Fixture { session, manager, dir, clock } = fixture;
    drop((session, manager));
    let manager = OpenOptions::new().clock(clock).open(dir.path()).unwrap();
    assert!(has_pool(&manager.session("test").unwrap(), "App"));
}

#[test]
fn requests_db3_an_export_for_which_there_is_no_room_leaves_the_former_one() {
    for fault in ["full", "io"] {
        let directory = tempfile::tempdir().unwrap();
        let manager = OpenOptions::new().create(true).open(directory.path()).unwrap();
        let session = manager.session("test").unwrap();
        add_pool(&session, "old");
        drop((session, manager));
        let mut child = Child::start(&["export", fault, text(directory.path())]);
        assert_eq!(child.next().as_deref(), Some("done"));
        assert_eq!(child.next(), None);
        // What failed has left nothing but the former export.
        assert_eq!(fs::read_dir(directory.path().join("export")).unwrap().count(), 2);
        let manager = Manager::open(directory.path()).unwrap();
        manager.session("test").unwrap().import_database().unwrap();
        drop(manager);
        let manager = Manager::open(directory.path()).unwrap();
        let session = manager.session("test").unwrap();
        assert!(has_pool(&session, "old") && !has_pool(&session, "newer"), "{fault}");
    }
}

/// Exports, then again with a disk that fails at each write and sync in turn.
fn failing_exports(fault: &str, directory: &Path) {
    fault_vfs::install();
    let manager = Manager::open(directory).unwrap();
    let session = manager.session("child").unwrap();
    session.export_database().unwrap();
    add_pool(&session, "newer");
    let former = fs::read(&files(directory)[0]).unwrap();
    let wanted = if fault == "full" {
        fault_vfs::fill();
        ErrorKind::DatabaseFull
    } else {
        ErrorKind::DatabaseFailure
    };
    for nth in 0..40 {
        fault_vfs::arm(nth, 1);
        let done = session.export_database();
        if fault_vfs::disarm() > 0 {
            done.unwrap();
            break;
        }
        // A log that cannot be copied back is no reason not to export.
        if let Err(error) = done {
            assert_eq!(error.kind(), wanted, "{nth}: {error:?}");
            assert!(fs::read(&files(directory)[0]).unwrap() == former, "{nth}");
        }
    }
    // The last word is a failure, for who looks at what is left.
    fault_vfs::arm(0, 1);
    assert_eq!(kind(session.export_database()), wanted);
    child::tell("done");
}

/// A program that runs this one with a small file system of its own on a folder.
fn on_small_disk(folder: &Path) -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let (disk, path) = (text(folder), folder.with_extension("sh"));
    let script = format!(
        "#!/bin/sh\nexport DISK='{disk}' OWN='{}'\nexec unshare -rm sh -c \
         'mount -t tmpfs -o size=8m none \"$DISK\" && exec \"$OWN\" \"$@\"' sh \"$@\"\n",
        text(&own)
    );
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn requests_db3_a_full_file_system_leaves_the_former_export() {
    let directory = tempfile::tempdir().unwrap();
    let disk = directory.path().join("disk");
    fs::create_dir(&disk).unwrap();
    let program = on_small_disk(&disk);
    let mut child = Child::start_with(&["full disk", text(&disk)], &program, |_| {});
    match child.next().as_deref() {
        Some("mounted") => assert_eq!(child.next().as_deref(), Some("done")),
        None => println!("nobody may mount a file system here"),
        other => panic!("{other:?}"),
    }
    assert_eq!(child.next(), None);
}

/// Fills the disk but for so many bytes.
fn fill(filler: &Path, but: usize) {
    let mut file = File::create(filler).unwrap();
    let mut size: u64 = 0;
    while let Ok(written) = file.write(&[1; 4096]) {
        size += written as u64;
    }
    file.set_len(size.saturating_sub(but as u64)).unwrap();
}

/// Exports, then again with more and more room on the disk, until there is enough.
fn exports_on_a_full_disk(directory: &Path) {
    let catalog = directory.join("catalog");
    let manager = OpenOptions::new().create(true).open(&catalog).unwrap();
    let session = manager.session("child").unwrap();
    child::tell("mounted");
    session.export_database().unwrap();
    let filler = directory.join("filler");
    let former = fs::read(&files(&catalog)[0]).unwrap();
    let mut failures = 0;
    for room in 0.. {
        fill(&filler, room * 16 * 1024);
        let done = session.export_database();
        fs::remove_file(&filler).unwrap();
        let Err(error) = done else { break };
        assert_eq!(error.kind(), ErrorKind::DatabaseFull, "{room}: {error:?}");
        failures += 1;
        let [manifest, _database] = files(&catalog);
        assert!(fs::read(manifest).unwrap() == former, "{room}");
        // Nothing is left over.
        assert_eq!(fs::read_dir(catalog.join("export")).unwrap().count(), 2, "{room}");
    }
    assert!(failures > 3, "{failures}");
    // The former one was good to the end, and the new one is.
    session.import_database().unwrap();
    child::tell("done");
}

#[test]
fn requests_db4_the_newest_export_is_imported() {
    let fixture = open_catalog();
    fixture.session.export_database().unwrap();
    fixture.session.import_database().unwrap();
    add_pool(&fixture.session, "App");
    fixture.session.export_database().unwrap();
    fixture.session.import_database().unwrap();
    let support::Fixture { session, manager, dir, .. } = fixture;
    drop((session, manager));
    let manager = Manager::open(dir.path()).unwrap();
    assert!(has_pool(&manager.session("test").unwrap(), "App"));
    assert_eq!(manager.check().unwrap(), []);
    drop(manager);
    // Once: what happens now stays.
    let manager = Manager::open(dir.path()).unwrap();
    add_pool(&manager.session("test").unwrap(), "Later");
    drop(manager);
    let manager = Manager::open(dir.path()).unwrap();
    assert!(has_pool(&manager.session("test").unwrap(), "Later"));
}

#[test]
fn the_export_says_what_it_is() {
    let fixture = open_catalog();
    let info = fixture.session.export_database().unwrap();
    let [manifest, database] = files(fixture.dir.path());
    assert_eq!((info.format_version, info.schema_version, info.generation), (1, 1, 1));
    assert_eq!(info.directory, manifest.parent().unwrap());
    let [file] = info.files.as_slice() else { panic!("{info:?}") };
    assert_eq!(info.directory.join(&file.name), database);
    assert_eq!(file.size, fs::metadata(&database).unwrap().len());
    let listed = fs::read_to_string(&manifest).unwrap();
    assert!(listed.contains(&file.sha256) && listed.contains("generation 1\n"), "{listed}");
    // A backup program may read it, unlike the catalog's own files.
    assert!(!fixture.manager.owns(&manifest) && !fixture.manager.owns(&database));
    for own in ["export.lock", "import.wanted", "import.ready", "catalog.import"] {
        assert!(fixture.manager.owns(fixture.dir.path().join(own)), "{own}");
    }
    // After an import it is the next generation.
    fixture.session.import_database().unwrap();
    let support::Fixture { session, manager, dir, .. } = fixture;
    drop((session, manager));
    let manager = Manager::open(dir.path()).unwrap();
    assert_eq!(manager.session("test").unwrap().export_database().unwrap().generation, 2);
}

#[test]
fn who_may_read_the_catalog_may_read_its_export_and_nobody_else() {
    let fixture = open_catalog();
    let catalog = fixture.dir.path().join("catalog.db");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for wanted in [0o600, 0o660, 0o644] {
        fs::set_permissions(&catalog, fs::Permissions::from_mode(wanted)).unwrap();
        fixture.session.export_database().unwrap();
        for file in files(fixture.dir.path()) {
            assert_eq!(mode(&file), wanted, "{}", file.display());
        }
    }
    fs::set_permissions(&catalog, fs::Permissions::from_mode(0o640)).unwrap();
    fixture.session.import_database().unwrap();
    let support::Fixture { session, manager, dir, .. } = fixture;
    drop((session, manager));
    let _manager = Manager::open(dir.path()).unwrap();
    assert_eq!(mode(&catalog), 0o640);
}

#[test]
fn both_need_control_on_the_computer() {
    let fixture = open_catalog();
    let user = fixture.user();
    fixture.refused(ErrorKind::AccessDenied, || user.export_database());
    assert!(!fixture.dir.path().join("export").exists());
    fixture.session.export_database().unwrap();
    fixture.refused(ErrorKind::AccessDenied, || user.import_database());
    assert!(!fixture.dir.path().join("import.wanted").exists());
    let computer = fixture.id::<rsm::model::ComputerId>("SELECT id FROM computer", []);
    fixture.grant("computer", computer, 5);
    user.export_database().unwrap();
    user.import_database().unwrap();
}

#[test]
fn a_closed_session_exports_nothing() {
    let fixture = open_catalog();
    fixture.session.close().unwrap();
    fixture.refused(ErrorKind::InvalidHandle, || fixture.session.export_database());
    fixture.refused(ErrorKind::InvalidHandle, || fixture.session.import_database());
}

#[test]
fn an_export_that_somebody_has_locked_is_a_sharing_violation() {
    let fixture = open_catalog();
    fixture.session.export_database().unwrap();
    for which in 0..2 {
        let file = files(fixture.dir.path())[which].clone();
        let held = File::open(&file).unwrap();
        held.lock_shared().unwrap();
        let before = fs::read(&file).unwrap();
        let refused = kind(fixture.session.export_database());
        assert_eq!(refused, ErrorKind::SharingViolation);
        assert!(fs::read(&file).unwrap() == before);
        drop(held);
        fixture.session.export_database().unwrap();
    }
    // Another export, here and in another process, has this one locked.
    let lock = File::open(fixture.dir.path().join("export.lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(kind(fixture.session.export_database()), ErrorKind::SharingViolation);
    drop(lock);
    fixture.session.export_database().unwrap();
}

#[test]
fn exports_at_once_in_threads_and_processes_leave_one_that_is_whole() {
    let directory = tempfile::tempdir().unwrap();
    let manager = OpenOptions::new().create(true).open(directory.path()).unwrap();
    let mut child = Child::start(&["keep exporting", text(directory.path())]);
    assert_eq!(child.next().as_deref(), Some("exported"));
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let session = manager.session("thread").unwrap();
                for _ in 0..20 {
                    match session.export_database() {
                        Ok(_) => _ = done.fetch_add(1, SeqCst),
                        Err(error) => {
                            assert_eq!(error.kind(), ErrorKind::SharingViolation, "{error:?}");
                        }
                    }
                    // Whatever others do, there is a whole one.
                    session.import_database().unwrap();
                }
            });
        }
    });
    child.kill();
    let session = manager.session("last").unwrap();
    session.export_database().unwrap();
    assert_eq!(fs::read_dir(directory.path().join("export")).unwrap().count(), 2);
}

#[test]
fn what_is_no_folder_or_may_not_be_written_is_no_place_for_an_export() {
    let fixture = open_catalog();
    fs::write(fixture.dir.path().join("export"), "a file").unwrap();
    fixture.refused(ErrorKind::DatabaseFailure, || fixture.session.export_database());
    fixture.refused(ErrorKind::DatabaseFailure, || fixture.session.import_database());
}

/// What can be wrong with an export, and how to bring it about in the directory of a catalog.
type Damage = (&'static str, fn(&Path));

fn damages() -> Vec<Damage> {
    fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = fs::read(path).unwrap();
        change(&mut bytes);
        fs::write(path, bytes).unwrap();
    }
    vec![
        ("no folder", |c| fs::remove_dir_all(c.join("export")).unwrap()),
        ("no manifest", |c| fs::remove_file(&files(c)[0]).unwrap()),
        ("no database", |c| fs::remove_file(&files(c)[1]).unwrap()),
        ("an empty manifest", |c| fs::write(&files(c)[0], "").unwrap()),
        ("half a manifest", |c| change(&files(c)[0], |bytes| bytes.truncate(40))),
        ("a short database", |c| change(&files(c)[1], |bytes| bytes.truncate(8192))),
        ("a long database", |c| change(&files(c)[1], |bytes| bytes.push(0))),
        ("another bit", |c| change(&files(c)[1], |bytes| bytes[5000] ^= 4)),
        ("a folder for a database", |c| {
            let [_, database] = files(c);
            fs::remove_file(&database).unwrap();
            fs::create_dir(&database).unwrap();
        }),
        ("a later format", |c| fs::write(&files(c)[0], "rsm export 9\n").unwrap()),
    ]
}

#[test]
fn a_damaged_export_is_refused_at_the_call() {
    for (what, damage) in damages() {
        let fixture = open_catalog();
        fixture.session.export_database().unwrap();
        damage(fixture.dir.path());
        let error = fixture.session.import_database().expect_err(what);
        assert_eq!(error.kind(), ErrorKind::DatabaseFailure, "{what}: {error:?}");
        assert!(error.reason().contains("export"), "{what}: {error}");
        assert!(!fixture.dir.path().join("import.wanted").exists(), "{what}");
        // The next one is good again.
        if what != "a folder for a database" {
            fixture.session.export_database().unwrap();
            fixture.session.import_database().unwrap();
        }
    }
}

#[test]
fn an_export_that_is_damaged_later_leaves_the_catalog_and_asks_for_service() {
    for (what, damage) in damages() {
        let fixture = open_catalog();
        fixture.session.export_database().unwrap();
        add_pool(&fixture.session, "App");
        fixture.session.import_database().unwrap();
        let support::Fixture { session, manager, dir, .. } = fixture;
        drop((session, manager));
        damage(dir.path());
        let manager = Manager::open(dir.path()).unwrap();
        let session = manager.session("test").unwrap();
        assert!(has_pool(&session, "App"), "{what}");
        let asked = session.operator_requests().unwrap();
        let [asked] = asked.as_slice() else { panic!("{what}: {asked:?}") };
        let device = matches!(
            asked.request.task,
            OperatorTask::DeviceService { device: ServiceTarget::Computer(_) }
        );
        assert!(device, "{asked:?}");
        assert!(asked.to_string().contains("not imported"), "{asked}");
        session.satisfy_operator_request(asked.request.id).unwrap();
        assert_eq!(manager.check().unwrap(), []);
        drop((session, manager));
        // The mark is gone: it is not tried again.
        let manager = Manager::open(dir.path()).unwrap();
        assert!(manager.session("test").unwrap().operator_requests().unwrap().is_empty());
    }
}

#[test]
fn nobody_but_the_library_manager_asks_for_service_of_the_computer() {
    let fixture = open_catalog();
    let device = ServiceTarget::Computer(fixture.id("SELECT id FROM computer", []));
    fixture.refused(ErrorKind::ObjectNotFound, || {
        fixture.session.submit_operator_request(OperatorTask::DeviceService { device }, None)
    });
}

#[test]
fn a_lost_or_damaged_catalog_is_replaced_all_the_same() {
    for damage in ["missing", "foreign", "torn"] {
        let fixture = open_catalog();
        add_pool(&fixture.session, "App");
        fixture.session.export_database().unwrap();
        fixture.session.import_database().unwrap();
        let support::Fixture { session, manager, dir, .. } = fixture;
        drop((session, manager));
        let catalog = dir.path().join("catalog.db");
        match damage {
            "missing" => fs::remove_file(&catalog).unwrap(),
            "foreign" => fs::write(&catalog, "something else").unwrap(),
            _ => File::options().write(true).open(&catalog).unwrap().set_len(5000).unwrap(),
        }
        let manager = Manager::open(dir.path()).unwrap();
        assert!(has_pool(&manager.session("test").unwrap(), "App"), "{damage}");
        assert_eq!(manager.check().unwrap(), []);
    }
}

#[test]
fn while_another_process_lives_nobody_joins_and_it_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    drop(OpenOptions::new().create(true).open(directory.path()).unwrap());
    let mut child = Child::start(&["hold", text(directory.path())]);
    assert_eq!(child.next().as_deref(), Some("open"));
    // It wants the import, and lives on.
    let error = Manager::open(directory.path()).expect_err("it has the catalog open");
    assert_eq!(error.kind(), ErrorKind::NotReady);
    assert!(error.is_retryable() && error.reason().contains("import"), "{error}");
    child.say("work");
    assert_eq!(child.next().as_deref(), Some("worked"));
    child.kill();
    let manager = Manager::open(directory.path()).unwrap();
    assert!(!has_pool(&manager.session("test").unwrap(), "Late"), "it was replaced");
}

#[test]
fn the_export_holds_what_stays_and_nothing_of_the_moment() {
    let (robot, media) = prepared(2, &["A1", "A2", "A3"]);
    let _held = robot.mount(media[0]);
    let other = robot.manager.session("other").unwrap();
    let selector = DriveSelector::from(robot.library);
    let reserved = other.reserve_drive(selector, ReserveOptions::default()).unwrap();
    // Both drives are taken: it waits.
    robot.session.queue_mount(media[1]).unwrap();
    robot
        .session
        .set_info(&{
            let mut record = robot.session.info(robot.pool()).unwrap();
            record.common.description = "kept".to_owned();
            record
        })
        .unwrap();
    let info = robot.session.export_database().unwrap();
    drop(reserved);
    let copy = Connection::open(info.directory.join(&info.files[0].name)).unwrap();
    for table in [
        "process",
        "attachment",
        "mount",
        "drive_reservation",
        "drive_wait",
        "allocation_wait",
        "operator_request_wait",
        "detection",
        "change_log",
    ] {
        let sql = format!("SELECT count(*) FROM {table}");
        let rows: i64 = copy.query_row(&sql, [], |row| row.get(0)).unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    drop(copy);
    let (_directory, manager) = made_of_export(&info.directory);
    assert_eq!(manager.check().unwrap(), []);
    let session = manager.session("after").unwrap();
    for logical in &media {
        assert_eq!(session.info(*logical).unwrap().id, *logical);
    }
    assert_eq!(session.info(robot.pool()).unwrap().common.description, "kept");
    assert_eq!(session.info(robot.by_bar_code("A1").id).unwrap().media_state, MediaState::Idle);
    let requests: Vec<LibraryRequestId> = session.list(None).unwrap();
    let states = requests.iter().map(|id| session.info(*id).unwrap());
    assert!(states.clone().all(|request| request.state.is_final()));
    let is_cancelled = |state| state == LibraryRequestState::Cancelled;
    let mounts = states.filter(|request| request.operation == LibraryOperation::Mount);
    assert!(mounts.map(|mount| mount.state).any(is_cancelled));
    // The catalog that was exported is as it was.
    assert_eq!(robot.by_bar_code("A1").media_state, MediaState::Loaded);
    robot.check();
}

#[test]
fn what_people_were_asked_for_calls_that_wait_is_not_in_the_export() {
    let robot = Robot::with_tapes(1, &["A1"]);
    robot.prepare_all();
    let pool = robot.pool();
    let _all = robot.allocate(robot.by_bar_code("A1").id);
    let kept = robot.session.submit_operator_request(OperatorTask::Message, Some("keep")).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let request = AllocateRequest::from(pool).timeout(Timeout::Forever);
            robot.session.allocate_media(request)
        });
        while robot.session.operator_requests().unwrap().len() < 2 {
            thread::yield_now();
        }
        let exported = robot.session.export_database();
        // Here it waits still.
        let open = robot.session.operator_requests().unwrap();
        let wait = open.iter().find(|open| open.request.id != kept).unwrap();
        robot.session.cancel_operator_request(wait.request.id).unwrap();
        assert_eq!(kind(waiting.join().unwrap()), ErrorKind::Cancelled);
        exported.unwrap();
    });
    let (_directory, manager) = made_of_export(&robot.dir.path().join("export"));
    let session = manager.session("after").unwrap();
    let asked: Vec<OperatorRequestId> = session.list(None).unwrap();
    assert_eq!(asked, [kept]);
    assert_eq!(session.info(kept).unwrap().state, OperatorRequestState::Active);
    assert_eq!(manager.check().unwrap(), []);
}

#[test]
fn free_labels_are_not_written_again_by_themselves_after_an_import() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let held = robot.mount(media[0]);
    robot.session.deallocate_media(media[1]).unwrap();
    let medium = robot.by_bar_code("A2").id;
    robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
    robot.settle();
    assert_eq!(robot.side(medium).state, SideState::Unprepared, "the drive is in use");
    robot.session.export_database().unwrap();
    robot.session.import_database().unwrap();
    drop(held);
    let mut robot = reopened(robot, |_| ());
    for _ in 0..2 {
        assert_eq!(robot.side(medium).state, SideState::Unprepared);
        let labels = robot.states(LibraryOperation::WriteFreeLabel);
        assert!(labels.iter().all(|state| state.is_final()), "{labels:?}");
        // The next start does not either.
        robot = reopened(robot, |_| ());
    }
    // Somebody asks.
    robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
    robot.settle();
    assert_eq!(robot.side(medium).state, SideState::Available);
    robot.check();
}

#[test]
fn an_export_while_eight_threads_allocate_is_consistent_and_holds_all_that_was_acknowledged() {
    const MEDIA: u32 = 64;
    let directory = tempfile::tempdir().unwrap();
    let pool = stock::register(directory.path(), MEDIA);
    let manager = Manager::open(directory.path()).unwrap();
    stock::attach(&manager, MEDIA);
    let (ledger, stop) = (Mutex::new(Ledger::default()), AtomicBool::new(false));
    let exports = AtomicUsize::new(0);
    thread::scope(|scope| {
        for seed in 0..8 {
            let (session, ledger, stop) = (manager.session("worker").unwrap(), &ledger, &stop);
            scope.spawn(move || {
                let tell = |line: &str| ledger.lock().unwrap().note(line);
                ledger::work(&session, pool, seed, tell, || !stop.load(SeqCst))
            });
        }
        scope.spawn(|| {
            let session = manager.session("exporter").unwrap();
            for _ in 0..6 {
                let before = {
                    let ledger = ledger.lock().unwrap();
                    (ledger.held.clone(), ledger.gone.len())
                };
                let info = session.export_database().unwrap();
                let (_directory, copy) = made_of_export(&info.directory);
                assert_eq!(copy.check().unwrap(), []);
                // Whoever was released since the call began may be gone from the copy.
                let ledger = ledger.lock().unwrap();
                let copy = copy.session("check").unwrap();
                let is_released = |logical: &LogicalMediaId| {
                    !ledger.held.contains_key(logical) || ledger.going.contains(logical)
                };
                for (logical, side) in &before.0 {
                    match copy.info(*side).unwrap().logical_media {
                        Some(found) if found == *logical => {}
                        other => assert!(is_released(logical), "{logical} is lost: {other:?}"),
                    }
                }
                for logical in &ledger.gone[..before.1] {
                    assert!(copy.info(*logical).is_err(), "{logical} was released before");
                }
                exports.fetch_add(1, SeqCst);
            }
            stop.store(true, SeqCst);
        });
    });
    assert_eq!(exports.load(SeqCst), 6);
    ledger.into_inner().unwrap().settle(&manager, pool, 0);
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    match part[0].as_str() {
        "export" => failing_exports(&part[1], Path::new(&part[2])),
        "full disk" => exports_on_a_full_disk(Path::new(&part[1])),
        "keep exporting" => {
            let (_manager, session) = join(&part[1], "child");
            let mut is_told = false;
            loop {
                if session.export_database().is_ok() && !std::mem::replace(&mut is_told, true) {
                    child::tell("exported");
                }
            }
        }
        "hold" => {
            let (_manager, session) = join(&part[1], "child");
            session.export_database().unwrap();
            session.import_database().unwrap();
            child::tell("open");
            assert_eq!(child::hear().as_deref(), Some("work"));
            add_pool(&session, "Late");
            child::tell("worked");
            child::hear();
        }
        other => panic!("no such part: {other}"),
    }
}
