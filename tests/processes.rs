//! Several processes use one catalog: each gets its turn, no side is given twice, and one that
//! stops costs the others a clear error, not their freedom.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
#[path = "support/ledger.rs"]
mod ledger;
#[path = "support/stock.rs"]
mod stock;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use child::Child;
use ledger::Ledger;
use rsm::model::AllocateRequest;
use rsm::{ErrorKind, Manager, OpenOptions};
use rustix::process::{Pid, Signal, getpid, kill_process};

const MEDIA: u32 = 40;

/// How long the processes of a race run at least, and how many answers the first has at the end.
const RACE: Duration = Duration::from_millis(1500);
const ANSWERS: usize = 100;

/// Where nobody gets his turn, no race is fair; a machine that has more to do lets processes wait in
/// some.
const RACES: usize = 6;

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// How often sides have been allocated, by all processes.
struct Allocations(rusqlite::Connection);

impl Allocations {
    fn of(directory: &Path) -> Self {
        Self(rusqlite::Connection::open(directory.join("catalog.db")).expect("catalog"))
    }

    fn count(&self) -> i64 {
        let sql = "SELECT sum(allocate_count) FROM side";
        self.0.query_row(sql, [], |row| row.get(0)).expect("count")
    }
}

/// One test at a time: they measure.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn two_processes_share_a_pool_fairly() {
    assert_fair(2);
}

#[test]
fn four_processes_share_a_pool_fairly() {
    assert_fair(4);
}

/// From one answer of a process to the next, each other gets one, most of the time, and every
/// second one is a side: who gets how much of the machine does not count.
fn assert_fair(processes: usize) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut unfair = Vec::new();
    for _ in 0..RACES {
        let ranks = race(processes);
        println!("{processes} processes: answers, and sides that were given meanwhile: {ranks:?}");
        let most = ranks.iter().map(|(answers, _)| *answers).max().expect("somebody");
        let is_fair =
            |(answers, passed): &(usize, i64)| *passed <= processes as i64 && answers * 10 >= most;
        if ranks.iter().all(is_fair) {
            return;
        }
        unfair.push(ranks);
    }
    panic!("no race was fair: {unfair:?}");
}

/// So many processes allocate and deallocate as fast as they can for a while. Gives how many
/// answers each got, and how many sides were given from one of them to the next, in the middle.
fn race(processes: usize) -> Vec<(usize, i64)> {
    let directory = tempfile::tempdir().expect("temporary directory");
    let pool = stock::register(directory.path(), MEDIA);
    let manager = Manager::open(directory.path()).expect("catalog");
    stock::attach(&manager, MEDIA);
    let mut children: Vec<Child> = (0..processes)
        .map(|n| Child::start(&["race", text(directory.path()), &n.to_string()]))
        .collect();
    for child in &mut children {
        assert_eq!(child.next().as_deref(), Some("ready"));
    }
    for child in &mut children {
        child.say("go");
    }
    let (mut ledger, mut counts) = (Ledger::default(), Vec::new());
    for child in &mut children {
        for line in child.rest() {
            match line.strip_prefix("answers ").and_then(|rest| rest.split_once(" passed ")) {
                Some((count, passed)) => {
                    counts.push((count.parse().expect("number"), passed.parse().expect("number")))
                }
                None => ledger.note(&line),
            }
        }
    }
    assert_eq!(ledger.errors, Vec::<String>::new());
    assert!(ledger.going.is_empty());
    // Each side that is held is held once; everything told is there, and nothing else.
    ledger.settle(&manager, pool, 0);
    assert_eq!(counts.len(), processes);
    counts
}

#[test]
fn a_process_that_stops_inside_the_gate_makes_others_busy_until_it_goes_on() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let directory = tempfile::tempdir().expect("temporary directory");
    let pool = stock::register(directory.path(), MEDIA);
    let impatient = OpenOptions::new().busy_timeout(Duration::from_millis(200));
    let manager = impatient.open(directory.path()).expect("catalog");
    stock::attach(&manager, MEDIA);
    let session = manager.session("parent").expect("session");
    let mut child = Child::start(&["stop inside", text(directory.path())]);
    let pid = child.id();
    assert_eq!(child.next().as_deref(), Some("stops"));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let asked = Instant::now();
                let request = AllocateRequest::from(pool);
                let error = session.allocate_media(request).expect_err("the gate is shut");
                assert_eq!(error.kind(), ErrorKind::Busy);
                assert!(error.reason().contains(&pid.to_string()), "{error}");
                assert!(error.is_retryable());
                assert!(asked.elapsed() >= Duration::from_millis(200));
                assert!(asked.elapsed() < Duration::from_secs(20), "it has a deadline");
            });
        }
    });
    // Reading goes on meanwhile.
    assert_eq!(manager.check().expect("readable"), []);
    let pid = Pid::from_raw(i32::try_from(pid).expect("small")).expect("not 0");
    kill_process(pid, Signal::CONT).expect("it goes on");
    child.say("go on");
    let mut ledger = Ledger::default();
    for line in child.rest() {
        ledger.note(&line);
    }
    assert_eq!((ledger.held.len(), ledger.errors.len()), (1, 0), "it was answered");
    ledger.note(&ledger::allocated(
        &session.allocate_media(AllocateRequest::from(pool)).expect("the gate is open"),
    ));
    ledger.settle(&manager, pool, 0);
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    let directory = Path::new(&part[1]);
    match part[0].as_str() {
        "race" => {
            let manager = Manager::open(directory).expect("catalog");
            let (pool, seed) = (stock::pool(&manager), part[2].parse().expect("number"));
            let session = manager.session("child").expect("session");
            child::tell("ready");
            assert_eq!(child::hear().as_deref(), Some("go"));
            let (begun, mut lines) = (Instant::now(), Vec::new());
            let told = std::cell::RefCell::new(&mut lines);
            let tell = |line: &str| told.borrow_mut().push(line.to_owned());
            let (over, allocations) = (directory.join("over"), Allocations::of(directory));
            let (mut last, mut passed) = (allocations.count(), Vec::new());
            let goes_on = || {
                let now = allocations.count();
                passed.push(now - last);
                last = now;
                if passed.len() > ANSWERS && begun.elapsed() >= RACE {
                    std::fs::write(&over, "").expect("written");
                }
                !over.exists()
            };
            let answers = ledger::work(&session, pool, seed, tell, goes_on);
            lines.iter().for_each(|line| child::tell(line));
            passed.sort_unstable();
            child::tell(&format!("answers {answers} passed {}", passed[passed.len() / 2]));
        }
        "stop inside" => {
            // Commits are counted from the first allocation on, not while the catalog is opened.
            static ARMED: AtomicBool = AtomicBool::new(false);
            let options = OpenOptions::new().after_commit(|| {
                if ARMED.swap(false, Relaxed) {
                    child::tell("stops");
                    kill_process(getpid(), Signal::STOP).expect("stopped");
                    // The signal may reach another thread first; this one stays inside.
                    assert_eq!(child::hear().as_deref(), Some("go on"));
                }
            });
            let manager = options.open(directory).expect("catalog");
            let pool = stock::pool(&manager);
            let session = manager.session("child").expect("session");
            ARMED.store(true, Relaxed);
            let allocation = session.allocate_media(AllocateRequest::from(pool)).expect("a side");
            child::tell(&ledger::allocated(&allocation));
        }
        other => panic!("no such part: {other}"),
    }
}
