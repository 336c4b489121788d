//! Full and failing disks while calls wait: a call that fails leaves no wait behind, no side is
//! handed to nobody, nothing acknowledged is lost, and those who still wait are served afterwards.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
#[path = "support/fault_vfs.rs"]
mod fault_vfs;
#[path = "support/ledger.rs"]
mod ledger;
#[path = "support/stock.rs"]
mod stock;
#[path = "support/until.rs"]
mod until;

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use child::Child;
use ledger::{Dice, Ledger};
use rsm::model::{AllocateRequest, LogicalMediaId, OperatorRequestId, PoolId, Timeout};
use rsm::{ErrorKind, Manager, OpenOptions, Session};
use rusqlite::Connection;
use until::until;

const MEDIA: u32 = 6;
const CALLERS: usize = 16;

/// Releases before the disk begins to fail, while it fails, and afterwards.
const RELEASES: [usize; 3] = [4, 60, 12];

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// Plays a part to its end, and holds what it told against the catalog. Gives the errors.
fn play(part: &[&str]) -> Vec<String> {
    let directory = tempfile::tempdir().expect("temporary directory");
    let pool = stock::register(directory.path(), MEDIA);
    let mut parts = vec![part[0], text(directory.path())];
    parts.extend(&part[1..]);
    let mut child = Child::start(&parts);
    let mut ledger = Ledger::default();
    let lines = child.rest();
    assert_eq!(lines.last().map(String::as_str), Some("done"), "{lines:?}");
    lines[..lines.len() - 1].iter().for_each(|line| ledger.note(line));
    let manager = Manager::open(directory.path()).expect("catalog");
    // Exactly what was acknowledged is allocated.
    let errors = std::mem::take(&mut ledger.errors);
    ledger.settle(&manager, pool, 0);
    assert_eq!(count(directory.path(), "SELECT count(*) FROM operator_request"), 0);
    errors
}

#[test]
fn a_failed_write_or_sync_hands_no_side_to_nobody() {
    let mut failed = 0;
    for nth in [0, 1, 2, 3, 4, 5, 7, 10] {
        let errors = play(&["io", &nth.to_string(), "1"]);
        assert!(!errors.is_empty() && errors.len() <= CALLERS + 1, "{nth}: {errors:?}");
        assert!(errors.iter().all(|kind| kind == "DatabaseFailure"), "{nth}: {errors:?}");
        failed += errors.len();
    }
    println!("{failed} calls failed");
}

#[test]
fn a_disk_that_goes_on_failing_leaves_no_wait_behind() {
    for (nth, failures) in [(0, 4), (1, 9), (4, 25)] {
        let errors = play(&["io", &nth.to_string(), &failures.to_string()]);
        assert!(!errors.is_empty(), "{nth}");
        assert!(errors.iter().all(|kind| kind == "DatabaseFailure"), "{nth}: {errors:?}");
    }
}

#[test]
fn a_full_disk_fails_those_who_begin_to_wait_and_serves_the_others() {
    let errors = play(&["full"]);
    assert!(!errors.is_empty(), "the disk got full");
    assert!(errors.iter().all(|kind| kind == "DatabaseFull"), "{errors:?}");
}

/// Nobody in its process calls again, and yet the wait is ended when the disk is well.
#[test]
fn the_wait_of_a_call_that_could_not_end_it_is_ended_later() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let pool = stock::register(directory.path(), MEDIA);
    let manager = Manager::open(directory.path()).expect("catalog");
    let session = manager.session("parent").expect("session");
    let mut child = Child::start(&["alone", text(directory.path())]);
    until(|| count(directory.path(), WAITS) == 1);
    child.say("fail");
    assert_eq!(child.next().as_deref(), Some("failing"));
    let requests: Vec<OperatorRequestId> = session.list(None).expect("requests");
    session.satisfy_operator_request(requests[0]).expect("it is open");
    assert_eq!(child.next().as_deref(), Some("error DatabaseFailure"));
    assert_eq!(count(directory.path(), WAITS), 1, "it could not be ended");
    child.say("recover");
    assert_eq!(child.next().as_deref(), Some("recovered"));
    until(|| count(directory.path(), WAITS) == 0);
    stock::attach(&manager, MEDIA);
    session.allocate_media(AllocateRequest::from(pool)).expect("it is for nobody else");
    assert_eq!(manager.check().expect("readable"), []);
    child.say("end");
    assert_eq!(child.next().as_deref(), Some("done"));
}

fn count(directory: &Path, sql: &str) -> usize {
    let database = Connection::open(directory.join("catalog.db")).expect("database");
    let count: u32 = database.query_row(sql, [], |row| row.get(0)).expect("count");
    count as usize
}

const WAITS: &str = "SELECT count(*) FROM allocation_wait";

/// What the threads of a child share.
struct Night {
    session: Session,
    pool: PoolId,
    held: Mutex<Vec<LogicalMediaId>>,
}

impl Night {
    /// Waits for sides again and again until the session is closed; after an error too, unless the
    /// caller gives up then.
    fn wait(&self, gives_up: bool) {
        loop {
            let request = AllocateRequest::from(self.pool).timeout(Timeout::Forever);
            match self.session.allocate_media(request) {
                Ok(allocation) => {
                    child::tell(&ledger::allocated(&allocation));
                    self.held.lock().expect("held").push(allocation.logical_media);
                }
                Err(error) if error.kind() == ErrorKind::Cancelled => return,
                Err(error) if error.kind() == ErrorKind::InvalidHandle => return,
                Err(error) => {
                    child::tell(&format!("error {:?}", error.kind()));
                    if gives_up {
                        return;
                    }
                }
            }
        }
    }

    /// Releases one side that is held, when there is one.
    fn release(&self, dice: &mut Dice) {
        until(|| !self.held.lock().expect("held").is_empty());
        let mut held = self.held.lock().expect("held");
        let at = dice.below(held.len());
        let logical = held.swap_remove(at);
        drop(held);
        child::tell(&format!("releasing {logical}"));
        match self.session.deallocate_media(logical) {
            Ok(()) => child::tell(&format!("released {logical}")),
            Err(error) => {
                child::tell(&format!("kept {logical}"));
                child::tell(&format!("error {:?}", error.kind()));
                self.held.lock().expect("held").push(logical);
            }
        }
    }
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    let directory = Path::new(&part[1]);
    match part[0].as_str() {
        "io" => fail(directory, &part[2], &part[3]),
        "full" => fill(directory),
        "alone" => wait_alone(directory),
        other => panic!("no such part: {other}"),
    }
    child::tell("done");
}

/// One call waits, and cannot write any more.
fn wait_alone(directory: &Path) {
    fault_vfs::install();
    let manager = Manager::open(directory).expect("catalog");
    let (pool, session) = (stock::pool(&manager), manager.session("night").expect("session"));
    thread::scope(|scope| {
        scope.spawn(|| {
            let request = AllocateRequest::from(pool).timeout(Timeout::Forever);
            let error = session.allocate_media(request).expect_err("the disk fails");
            child::tell(&format!("error {:?}", error.kind()));
        });
        assert_eq!(child::hear().as_deref(), Some("fail"));
        fault_vfs::arm(0, u32::MAX);
        child::tell("failing");
        assert_eq!(child::hear().as_deref(), Some("recover"));
        fault_vfs::disarm();
        child::tell("recovered");
    });
    assert_eq!(child::hear().as_deref(), Some("end"));
}

/// Calls wait and are served while writes and syncs fail.
fn fail(directory: &Path, nth: &str, failures: &str) {
    fault_vfs::install();
    let manager = Manager::open(directory).expect("catalog");
    stock::attach(&manager, MEDIA);
    let (pool, session) = (stock::pool(&manager), manager.session("night").expect("session"));
    let night = Night { session, pool, held: Mutex::default() };
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| night.wait(false));
        }
        let mut dice = Dice(1);
        (0..RELEASES[0]).for_each(|_| night.release(&mut dice));
        fault_vfs::arm(nth.parse().expect("number"), failures.parse().expect("number"));
        (0..RELEASES[1]).for_each(|_| night.release(&mut dice));
        assert_eq!(fault_vfs::disarm(), 0, "it failed as often as it should");
        (0..RELEASES[2]).for_each(|_| night.release(&mut dice));
        // Everybody waits, and nobody else seems to.
        let all = MEDIA as usize;
        until(|| night.held.lock().expect("held").len() == all);
        until(|| count(directory, WAITS) == CALLERS);
        assert_eq!(manager.check().expect("readable"), []);
        night.session.close().expect("closed");
    });
    assert_eq!(count(directory, WAITS), 0);
}

/// More calls begin to wait than the catalog has room for.
fn fill(directory: &Path) {
    let database = Connection::open(directory.join("catalog.db")).expect("database");
    let pages: u32 =
        database.pragma_query_value(None, "page_count", |row| row.get(0)).expect("pragma");
    drop(database);
    let options = OpenOptions::new().max_size(u64::from(pages + 12) * 4096);
    let manager = options.open(directory).expect("catalog");
    stock::attach(&manager, MEDIA);
    let (pool, session) = (stock::pool(&manager), manager.session("night").expect("session"));
    let night = Night { session, pool, held: Mutex::default() };
    let gone = AtomicUsize::new(0);
    thread::scope(|scope| {
        let mut begun = 0;
        while gone.load(SeqCst) < 4 {
            assert!(begun < 5000, "the disk does not get full");
            scope.spawn(|| {
                night.wait(true);
                gone.fetch_add(1, SeqCst);
            });
            begun += 1;
            // One after the other begins to wait, or fails.
            let all = MEDIA as usize;
            until(|| {
                let held = night.held.lock().expect("held").len();
                held == all && count(directory, WAITS) + gone.load(SeqCst) == begun
            });
        }
        let waiting = count(directory, WAITS);
        assert!(waiting > 8, "until then it had room: {waiting}");
        let mut dice = Dice(2);
        (0..RELEASES[2]).for_each(|_| night.release(&mut dice));
        let all = MEDIA as usize;
        until(|| night.held.lock().expect("held").len() == all);
        assert_eq!(manager.check().expect("readable"), []);
        fill_log(directory, pages + 12);
        night.session.close().expect("closed");
    });
    // What could not be ended at once is ended though the disk is full still.
    until(|| count(directory, WAITS) == 0);
}

/// No operation can be written any more, not even one that only takes away.
fn fill_log(directory: &Path, pages: u32) {
    let database = Connection::open(directory.join("catalog.db")).expect("database");
    let wait = std::time::Duration::from_secs(30);
    database.busy_timeout(wait).expect("time-out");
    database.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).expect("pragma");
    for length in [180, 18] {
        let change = vec![0_u8; length];
        while database.execute("INSERT INTO change_log (changes) VALUES (?1)", [&change]).is_ok() {}
    }
}
