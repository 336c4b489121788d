//! Full and failing disks: the documented error for those whose calls failed and nobody else,
//! nothing acknowledged is lost, nothing that failed is done, and work goes on afterwards.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
#[path = "support/fault_vfs.rs"]
mod fault_vfs;
#[path = "support/ledger.rs"]
mod ledger;
#[path = "support/stock.rs"]
mod stock;

use std::cell::Cell;
use std::path::Path;
use std::thread;

use child::Child;
use ledger::Ledger;
use rsm::model::PoolId;
use rsm::{Manager, OpenOptions};
use rusqlite::Connection;

const THREADS: u64 = 32;
const MEDIA: u32 = 320;
const CALLS: usize = 12;
/// Calls of each thread while the disk fills up.
const FILLING: usize = 60;

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// Reads answers until the child tells `end`.
fn note_until(child: &mut Child, ledger: &mut Ledger, end: &str) {
    loop {
        let line = child.next().unwrap_or_else(|| panic!("the child ended before {end}"));
        if line == end {
            return;
        }
        ledger.note(&line);
    }
}

#[test]
fn a_full_disk_fails_only_what_needs_room_and_nothing_is_lost() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let pool = stock::register(directory.path(), MEDIA);
    let manager = Manager::open(directory.path()).expect("catalog");
    stock::attach(&manager, MEDIA);
    let mut child = Child::start(&["full", text(directory.path())]);
    let mut ledger = Ledger::default();
    note_until(&mut child, &mut ledger, "full");
    assert!(!ledger.errors.is_empty(), "the disk got full");
    assert!(ledger.errors.iter().all(|kind| kind == "DatabaseFull"), "{:?}", ledger.errors);
    assert!(!ledger.held.is_empty(), "until then it had room");
    ledger.settle(&manager, pool, 0);
    let errors = std::mem::take(&mut ledger.errors);
    child.say("more room");
    note_until(&mut child, &mut ledger, "done");
    assert_eq!(ledger.errors, Vec::<String>::new(), "after {} errors", errors.len());
    ledger.settle(&manager, pool, 0);
}

#[test]
fn a_failed_write_or_sync_fails_one_batch_and_nothing_is_lost() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let pool = stock::register(directory.path(), MEDIA);
    let mut ledger = Ledger::default();
    for nth in [0, 1, 2, 3, 4, 5, 6, 7, 11, 17, 40, 90] {
        let mut child = Child::start(&["io", text(directory.path()), &nth.to_string(), "1"]);
        note_until(&mut child, &mut ledger, "done");
        let errors = std::mem::take(&mut ledger.errors);
        assert!(!errors.is_empty() && errors.len() <= THREADS as usize, "{nth}: {errors:?}");
        assert!(errors.iter().all(|kind| kind == "DatabaseFailure"), "{nth}: {errors:?}");
        // Everybody dies: whoever comes next knows the log only.
        child.kill();
        let manager = Manager::open(directory.path()).expect("catalog");
        ledger.settle(&manager, pool, 0);
        release_all(&manager, &mut ledger);
    }
}

/// The pages of a commit whose sync failed are in the log, whole: the next process must not take
/// them for committed.
#[test]
fn a_failed_call_is_not_done_after_everybody_died() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let pool = stock::register(directory.path(), MEDIA);
    let mut ledger = Ledger::default();
    for nth in 0..12 {
        let mut child = Child::start(&["until it fails", text(directory.path()), &nth.to_string()]);
        note_until(&mut child, &mut ledger, "failed");
        child.kill();
        let manager = Manager::open(directory.path()).expect("catalog");
        ledger.settle(&manager, pool, 0);
    }
    assert_eq!(ledger.errors, ["DatabaseFailure"; 12]);
}

#[test]
fn a_disk_that_goes_on_failing_loses_nothing_acknowledged() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let pool = stock::register(directory.path(), MEDIA);
    let mut ledger = Ledger::default();
    for (nth, failures) in [(0, 5), (3, 12), (9, 30)] {
        let failures = failures.to_string();
        let part = ["io", text(directory.path()), &nth.to_string(), &failures];
        let mut child = Child::start(&part);
        note_until(&mut child, &mut ledger, "done");
        let errors = std::mem::take(&mut ledger.errors);
        assert!(errors.iter().all(|kind| kind == "DatabaseFailure"), "{nth}: {errors:?}");
        // The process goes on: what failed is not done, for all who look now.
        child.say("close");
        assert_eq!(child.next(), None);
        let manager = Manager::open(directory.path()).expect("catalog");
        ledger.settle(&manager, pool, 0);
        release_all(&manager, &mut ledger);
    }
}

fn release_all(manager: &Manager, ledger: &mut Ledger) {
    let session = manager.session("parent").expect("session");
    for logical in std::mem::take(&mut ledger.held).into_keys() {
        session.deallocate_media(logical).expect("released");
    }
}

/// Many threads work, each so many calls.
fn work(manager: &Manager, pool: PoolId, calls: usize) {
    let session = manager.session("child").expect("session");
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (session, mut left) = (&session, calls);
            scope.spawn(move || {
                ledger::work(session, pool, thread, child::tell, || {
                    left = left.saturating_sub(1);
                    left > 0
                })
            });
        }
    });
}

/// Pages of the database, as a connection sees them through the log.
fn pages(directory: &Path) -> u32 {
    let database = Connection::open(directory.join("catalog.db")).expect("database");
    database.pragma_query_value(None, "page_count", |row| row.get(0)).expect("pragma")
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    let directory = Path::new(&part[1]);
    match part[0].as_str() {
        "full" => {
            let most = u64::from(pages(directory) + 4) * 4096;
            let manager = OpenOptions::new().max_size(most).open(directory).expect("catalog");
            let pool = stock::pool(&manager);
            work(&manager, pool, FILLING);
            child::tell("full");
            assert_eq!(child::hear().as_deref(), Some("more room"));
            drop(manager);
            let manager = OpenOptions::new().max_size(most * 2).open(directory).expect("catalog");
            work(&manager, pool, CALLS);
            child::tell("done");
        }
        "io" => {
            fault_vfs::install();
            let manager = Manager::open(directory).expect("catalog");
            stock::attach(&manager, MEDIA);
            let pool = stock::pool(&manager);
            fault_vfs::arm(part[2].parse().expect("number"), part[3].parse().expect("number"));
            work(&manager, pool, CALLS);
            assert_eq!(fault_vfs::disarm(), 0, "it failed as often as it should");
            // Whoever failed can go on.
            work(&manager, pool, 4);
            child::tell("done");
            assert_eq!(child::hear().as_deref(), Some("close"));
        }
        "until it fails" => {
            fault_vfs::install();
            let manager = Manager::open(directory).expect("catalog");
            stock::attach(&manager, MEDIA);
            let (pool, failed) = (stock::pool(&manager), Cell::new(false));
            fault_vfs::arm(part[2].parse().expect("number"), 1);
            let session = manager.session("child").expect("session");
            let tell = |line: &str| {
                failed.set(line.starts_with("error"));
                child::tell(line);
            };
            ledger::work(&session, pool, 0, tell, || !failed.get());
            child::tell("failed");
            child::hear();
        }
        other => panic!("no such part: {other}"),
    }
}
