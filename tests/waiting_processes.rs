//! Calls wait in several processes, which are stopped and killed: order holds between them, what
//! the dead held is free soon, and what they were handed and never knew of is undone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
#[path = "support/ledger.rs"]
mod ledger;
#[path = "support/observer.rs"]
mod observer;
#[path = "support/pace.rs"]
mod pace;
#[path = "support/until.rs"]
mod until;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use child::{Child, join};
use ledger::{Dice, Ledger};
use observer::Observer;
use rsm::clock::{Clock, SystemClock};
use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::model::{
    AllocateRequest, Allocation, DeallocationPolicy, Id, LogicalMediaId, MediaTypeCode,
    MountRequest, OperatorRequestId, OperatorTask, PhysicalMediaId, PoolId, PoolOpenMode, SideId,
    SideState, Timeout, UiDestinationAction, UiMessageType, UiScope,
};
use rsm::{ErrorKind, Manager, OpenOptions, Session};
use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process};
use until::until;
use uuid::Uuid;

const TAPE: MediaTypeCode = MediaTypeCode::LtoUltrium;
const POOL: &str = "Night";

/// How soon what the dead held is free, on a machine that has nothing else to do.
const SOON: Duration = Duration::from_secs(2);

/// Changes of the catalog that it takes besides, at most.
const CHANGES: u32 = 8;

/// What the dead held is free soon, for what the machine does at that time.
#[track_caller]
fn assert_soon<T>(freed: impl FnOnce() -> T) {
    let (time, pace) = pace::beside(|| {
        let begun = Instant::now();
        freed();
        begun.elapsed()
    });
    assert!(time < SOON + CHANGES * pace.slowest, "{time:?}, {pace:?}");
}

/// Threads of each process that works.
const THREADS: u64 = 3;

/// How often each process is killed and another takes its place.
const KILLS: u64 = 3;

/// What is told when there was nothing in time.
const NOTHING: &str = "nothing";

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// A catalog with media in a library that this process owns, and a session.
struct Site {
    directory: tempfile::TempDir,
    manager: Manager,
    session: Session,
    pool: PoolId,
}

impl Site {
    /// Blank tapes that were labelled and put into a pool.
    fn new(media: u32) -> Self {
        let directory = tempfile::tempdir().expect("temporary directory");
        let manager = OpenOptions::new().create(true).open(directory.path()).expect("catalog");
        let session = manager.session("parent").expect("session");
        let tape = |n| Cartridge::with_bar_code(format!("W{n:03}")).media_type(TAPE.value());
        let layout = ChangerLayout { transports: 1, drives: 1, ports: 0, slots: media };
        let device = SimulatedLibrary::builder().changer(layout).media_type(TAPE.value());
        let device = device.cartridges((0..media).map(tape)).build().expect("library");
        let library = manager.attach(Arc::new(device)).expect("attached");
        let settle = || manager.wait_until_idle(Timeout::Forever).expect("idle");
        settle();
        let free = format!("Free\\{}", TAPE.known().name);
        let free = session.open_pool(&free, None, PoolOpenMode::OpenExisting).expect("pool");
        let code = session.media_type(TAPE).expect("known");
        let pool = session.open_pool(POOL, Some(code), PoolOpenMode::CreateNew).expect("pool");
        let tapes: Vec<PhysicalMediaId> = session.list(Some(library.into())).expect("media");
        tapes.iter().for_each(|tape| session.move_to_pool(*tape, free).expect("moved"));
        settle();
        tapes.iter().for_each(|tape| session.move_to_pool(*tape, pool).expect("moved"));
        Self { directory, manager, session, pool }
    }

    fn start(&self, part: &str, argument: &str) -> Child {
        let mut child = Child::start(&[part, text(self.directory.path()), argument]);
        assert_eq!(child.next().as_deref(), Some("ready"));
        child
    }

    /// A child that waits for a side, as the last of so many.
    fn waiting(&self, number: u32) -> Child {
        let child = self.start("wait", "");
        until(|| self.count(WAITS) == number);
        self.pass_gate();
        child
    }

    /// Returns when whoever has written the catalog is past it: who is stopped before shuts others
    /// out. Nothing is written.
    fn pass_gate(&self) {
        let (scope, kind) = (UiScope::Application, UiMessageType::Error);
        let (delete, nobody) = (UiDestinationAction::Delete, Some("nobody"));
        let passed = self.session.set_ui_destinations(scope, kind, delete, nobody);
        assert_eq!(passed.expect_err("no such name").kind(), ErrorKind::ObjectNotFound);
    }

    fn database(&self) -> Connection {
        Connection::open(self.directory.path().join("catalog.db")).expect("database")
    }

    fn count(&self, sql: &str) -> u32 {
        self.database().query_row(sql, [], |row| row.get(0)).expect("count")
    }

    /// Whether the process still counts as one that has the catalog open.
    fn knows(&self, process: u32) -> bool {
        self.count(&format!("SELECT count(*) FROM process WHERE pid = {process}")) > 0
    }

    /// How often sides have been allocated.
    fn allocations(&self) -> u32 {
        self.count("SELECT sum(allocate_count) FROM side")
    }

    fn held(&self) -> Vec<LogicalMediaId> {
        self.session.list(Some(self.pool.into())).expect("logical media")
    }

    fn release(&self, logical: LogicalMediaId) {
        self.session.deallocate_media(logical).expect("released");
    }

    fn allocate(&self) -> rsm::Result<Allocation> {
        self.session.allocate_media(AllocateRequest::from(self.pool).error_if_unavailable())
    }

    fn assert_nobody_waits(&self) {
        assert_eq!((self.count(WAITS), self.count(OPEN)), (0, 0));
        assert_eq!(self.count("SELECT count(*) FROM operator_request WHERE finished IS NULL"), 0);
        assert_eq!(self.manager.check().expect("readable"), []);
    }
}

const WAITS: &str = "SELECT count(*) FROM allocation_wait";
const OPEN: &str = "SELECT count(*) FROM allocation_wait WHERE side IS NULL";

/// Sends a signal to a process; a process that is stopped has stopped when this returns.
fn signal(child: &Child, signal: Signal) {
    let pid = i32::try_from(child.id()).expect("small");
    kill_process(Pid::from_raw(pid).expect("not 0"), signal).expect("it is ours");
    if signal == Signal::STOP {
        let status = format!("/proc/{pid}/stat");
        until(|| std::fs::read_to_string(&status).expect("it lives").contains(") T "));
    }
}

/// What a child was given.
fn answer(child: &mut Child) -> (LogicalMediaId, SideId) {
    let line = child.next().expect("it answers");
    let words: Vec<&str> = line.split(' ').collect();
    assert_eq!(words[0], "allocated", "{line}");
    let id = |text: &str| Uuid::parse_str(text).expect("id");
    (LogicalMediaId::from_uuid(id(words[1])), SideId::from_uuid(id(words[2])))
}

#[test]
fn media_a22b_two_processes() {
    let site = Site::new(1);
    let observer = Observer::install(site.directory.path());
    for _ in 0..3 {
        let held = site.allocate().expect("free");
        let (mut older, mut younger) = (site.waiting(1), site.waiting(2));
        let request = "SELECT count(*) FROM allocation_wait w JOIN operator_request r \
             ON r.id = w.request WHERE w.key = 2 AND r.submitted = w.since";
        site.release(held.logical_media);
        let (logical, side) = answer(&mut older);
        assert_eq!(side, held.side);
        assert_eq!(site.count(request), 1, "the younger waits on its first request");
        site.release(logical);
        site.release(answer(&mut younger).0);
    }
    assert_eq!(observer.verify().handed_over, 6);
    site.assert_nobody_waits();
}

#[test]
fn media_a29() {
    // The process that has the library notices, or the next one that opens the catalog.
    for another_opens in [false, true] {
        let site = Site::new(1);
        let observer = Observer::install(site.directory.path());
        let held = site.allocate().expect("free");
        let before = site.allocations();
        let mut child = site.waiting(1);
        // It cannot take what is handed to it.
        signal(&child, Signal::STOP);
        site.release(held.logical_media);
        assert_eq!((site.count(WAITS), site.count(OPEN)), (1, 0), "it is handed over");
        assert_eq!(site.allocate().expect_err("kept").kind(), ErrorKind::MediaUnavailable);
        assert_eq!(site.allocations(), before + 1);
        observer.kills(child.id());
        child.kill();
        if another_opens {
            site.start("open", "");
            assert!(!site.knows(child.id()), "who opens the catalog buries the dead");
        }
        assert_soon(|| until(|| site.count(WAITS) == 0));
        let side = site.session.info(held.side).expect("side");
        assert_eq!((side.state, side.logical_media), (SideState::Available, None));
        assert_eq!((site.allocations(), site.held()), (before, vec![]), "nobody knew of it");
        assert_eq!(site.count("SELECT count(*) FROM operator_request"), 0);
        assert_eq!(site.allocate().expect("it is free").side, held.side);
        assert_eq!(observer.verify().undone, 1);
        site.assert_nobody_waits();
    }
}

/// What is undone is for those who waited behind.
#[test]
fn what_a_dead_call_was_handed_goes_to_the_next() {
    let site = Site::new(1);
    let observer = Observer::install(site.directory.path());
    let held = site.allocate().expect("free");
    let (mut dead, mut next) = (site.waiting(1), site.waiting(2));
    signal(&dead, Signal::STOP);
    site.release(held.logical_media);
    assert_eq!((site.count(WAITS), site.count(OPEN)), (2, 1));
    observer.kills(dead.id());
    dead.kill();
    assert_soon(|| assert_eq!(answer(&mut next).1, held.side));
    let seen = observer.verify();
    assert_eq!((seen.handed_over, seen.undone), (2, 1));
    site.assert_nobody_waits();
}

#[test]
fn what_a_dead_call_was_handed_returns_to_the_free_pool_and_gets_its_label() {
    let site = Site::new(1);
    let held = site.allocate().expect("free");
    let mut child = site.waiting(1);
    signal(&child, Signal::STOP);
    site.release(held.logical_media);
    let mut pool = site.session.info(site.pool).expect("pool");
    pool.deallocation_policy = DeallocationPolicy::RETURN_TO_FREE;
    site.session.set_info(&pool).expect("set");
    // The library has seen everything that the process did.
    SystemClock::new().pause(SOON);
    child.kill();
    // Nobody but the one who buries the dead tells the library.
    let labelled = "SELECT count(*) FROM side s JOIN pool p ON p.key = s.pool \
         WHERE p.type = 1 AND s.state = 4 AND s.grade = 2";
    until(|| site.count(labelled) == 1);
    site.assert_nobody_waits();
}

/// What it was handed is undone where it is by then, and the side it was handed was not allocated.
#[test]
fn what_a_dead_call_was_handed_is_undone_after_a_swap_too() {
    let site = Site::new(2);
    let [first, second] = [(); 2].map(|()| site.allocate().expect("free"));
    let before = site.allocations();
    let mut child = site.waiting(1);
    signal(&child, Signal::STOP);
    site.release(first.logical_media);
    let given = site.held().into_iter().find(|held| *held != second.logical_media);
    site.session.swap_media(given.expect("handed over"), second.logical_media).expect("swapped");
    child.kill();
    until(|| site.count(WAITS) == 0);
    let sides = [first.side, second.side].map(|side| site.session.info(side).expect("side"));
    assert_eq!(sides[0].logical_media, Some(second.logical_media));
    assert_eq!(sides[1].state, SideState::Available);
    assert_eq!(sides.map(|side| side.allocate_count), [1, 1]);
    assert_eq!(site.allocations(), before);
    site.assert_nobody_waits();
}

/// A dead call that nobody has noticed yet is passed over.
#[test]
fn the_dead_are_handed_nothing() {
    let site = Site::new(1);
    let observer = Observer::install(site.directory.path());
    let held = site.allocate().expect("free");
    let (mut dead, mut next) = (site.waiting(1), site.waiting(2));
    observer.kills(dead.id());
    dead.kill();
    site.release(held.logical_media);
    assert_eq!(answer(&mut next).1, held.side);
    assert_eq!(observer.verify().undone, 0);
    until(|| site.count(WAITS) == 0);
    site.assert_nobody_waits();
}

#[test]
fn a_stopped_process_blocks_nobody_and_loses_nothing() {
    let site = Site::new(3);
    let observer = Observer::install(site.directory.path());
    let held: Vec<Allocation> = (0..3).map(|_| site.allocate().expect("free")).collect();
    let mut stopped = site.waiting(1);
    signal(&stopped, Signal::STOP);
    let mut other = site.waiting(2);
    site.release(held[0].logical_media);
    assert_eq!((site.count(WAITS), site.count(OPEN)), (2, 1), "kept for the one that is stopped");
    site.release(held[1].logical_media);
    let (given, side) = answer(&mut other);
    assert_eq!(side, held[1].side);
    // Others allocate, wait and deallocate on.
    site.release(given);
    for _ in 0..5 {
        let again = site.allocate().expect("free");
        assert_eq!(again.side, held[1].side, "the other one is not theirs");
        let mut waiting = site.waiting(2);
        site.release(again.logical_media);
        site.release(answer(&mut waiting).0);
    }
    // Longer than it takes to notice the dead.
    SystemClock::new().pause(SOON);
    assert_eq!(site.count(WAITS), 1);
    signal(&stopped, Signal::CONT);
    assert_eq!(answer(&mut stopped).1, held[0].side);
    assert_eq!(observer.verify().undone, 0);
    until(|| !site.knows(stopped.id()));
    site.assert_nobody_waits();
}

/// How soon a waiting call returns, where a change of the catalog costs nothing. `limits --wake-up`
/// measures it.
const AT_ONCE: Duration = Duration::from_millis(50);

/// Changes of the catalog that it takes besides, at most: of whoever serves the call, and its own.
const CHANGES_OF_CALL: u32 = 6;

/// Calls of one try, and how many of them return soon: what else the machine does can slow some
/// down, and those that are woken late by a fault return soon by chance now and then.
const CALLS: usize = 10;
const RETURN_SOON: usize = 5;
const TRIES: usize = 4;

/// The times of one try in which enough calls returned soon.
fn times_of_calls(session: &Session, mut one: impl FnMut() -> Duration) -> Vec<Duration> {
    let mut all = Vec::new();
    for _ in 0..TRIES {
        let calls: Vec<_> = (0..CALLS)
            .map(|_| {
                let before = pace::change(session);
                let time = one();
                (time, before.max(pace::change(session)))
            })
            .collect();
        let is_soon =
            |(time, change): &&(Duration, Duration)| *time < AT_ONCE + CHANGES_OF_CALL * *change;
        if calls.iter().filter(is_soon).count() >= RETURN_SOON {
            return calls.into_iter().map(|(time, _)| time).collect();
        }
        all.push(calls);
    }
    panic!("too few calls return soon, for what a change takes: {all:?}");
}

#[test]
fn a_call_returns_soon_after_the_commit_that_serves_it() {
    let site = Site::new(1);
    let mut held = site.allocate().expect("free").logical_media;
    let within = times_of_calls(&site.session, || {
        let request = AllocateRequest::from(site.pool).timeout(Timeout::Forever);
        thread::scope(|scope| {
            let call = scope.spawn(|| (site.session.allocate_media(request), Instant::now()));
            until(|| site.count(OPEN) == 1);
            let released = Instant::now();
            site.release(held);
            let (given, returned) = call.join().expect("no panic");
            held = given.expect("a side").logical_media;
            returned - released
        })
    });
    let across = times_of_calls(&site.session, || {
        let mut child = site.waiting(1);
        let released = Instant::now();
        site.release(held);
        held = answer(&mut child).0;
        released.elapsed()
    });
    println!("within a process {within:?}, across two {across:?}");
}

/// Waits, requests and mounts.
#[test]
fn what_the_dead_held_is_free_within_two_seconds() {
    let site = Site::new(2);
    let [mounted, held] = [(); 2].map(|()| site.allocate().expect("free").logical_media);
    let mut child = site.start("hold", &mounted.to_string());
    assert_eq!(child.next().as_deref(), Some("mounted"));
    let waits = "SELECT (SELECT count(*) FROM allocation_wait) \
         + (SELECT count(*) FROM operator_request_wait) \
         + (SELECT count(*) FROM operator_request WHERE origin = 1)";
    until(|| site.count(waits) == 3);
    let mounts = "SELECT count(*) FROM mount";
    assert_eq!(site.count(mounts), 1);
    child.kill();
    assert_soon(|| until(|| site.count(waits) + site.count(mounts) == 0));
    assert!(!site.knows(child.id()));
    let request = MountRequest::from(mounted).timeout(Timeout::NoWait);
    let _mount = site.session.mount(request).expect("it is still up in the drive");
    site.release(held);
    site.allocate().expect("nobody waits for it");
    let requests: Vec<OperatorRequestId> = site.session.list(None).expect("requests");
    assert_eq!(requests.len(), 1, "what an application asks for stays");
    assert_eq!(site.manager.check().expect("readable"), []);
}

#[test]
fn two_processes_wait_and_are_killed() {
    storm(2);
}

#[test]
fn four_processes_wait_and_are_killed() {
    storm(4);
}

#[test]
fn eight_processes_wait_and_are_killed() {
    storm(8);
}

/// One storm at a time: the machine is small.
static ALONE: Mutex<()> = Mutex::new(());

/// So many processes, and this one, allocate, wait and deallocate; each but this one is killed at
/// some moment while the others go on. Then everything that was acknowledged is there, and they
/// begin anew. The last time nobody is killed.
fn storm(processes: u64) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let site = Site::new(processes as u32 * 3);
    let observer = Mutex::new(Observer::install(site.directory.path()));
    let (mut times, mut ledger) = (Vec::new(), Ledger::default());
    let mut paces = Vec::new();
    for round in 0..=KILLS {
        let (noted, is_over) = (Mutex::new(&mut ledger), AtomicBool::new(false));
        let is_killed = round < KILLS;
        let ((), pace) = pace::beside(|| {
            thread::scope(|scope| {
                let note = |line: &str| {
                    if line != NOTHING {
                        noted.lock().expect("ledger").note(line);
                    }
                };
                let (site, observer, is_over) = (&site, &observer, &is_over);
                let goes_on = || !is_over.load(SeqCst);
                scope.spawn(move || work(&site.session, site.pool, round, note, goes_on));
                let children = (0..processes).map(|n| {
                    let seed = (round * processes + n + 1) * THREADS;
                    scope.spawn(move || match is_killed {
                        true => live_until_killed(site, observer, seed, note),
                        false => live_well(site, seed, note),
                    })
                });
                let children: Vec<_> = children.collect();
                for child in children {
                    times.push(child.join().expect("no panic"));
                }
                is_over.store(true, SeqCst);
            })
        });
        paces.push(pace);
        site.assert_nobody_waits();
        assert_eq!(ledger.errors, Vec::<String>::new());
        let seen = observer.lock().expect("observer").verify();
        assert_eq!(site.allocations() as usize, seen.allocations - seen.undone);
        // Who was killed may have allocated or taken something, and not told.
        let unanswered = if is_killed { (processes * THREADS) as usize } else { 0 };
        ledger.settle(&site.manager, site.pool, unanswered);
        for logical in std::mem::take(&mut ledger.held).into_keys() {
            site.release(logical);
        }
    }
    let seen = observer.into_inner().expect("observer").verify();
    times.sort_unstable();
    println!("{processes} processes: free so long after the kill: {times:?}, {seen:?}");
    println!("meanwhile a change of another catalog took {paces:?}");
    // Each stands in a queue with all the others.
    let soon = |change: Duration| SOON + (CHANGES + (processes * THREADS) as u32) * change;
    let mean = paces.iter().map(|pace| pace.mean).max().expect("a round");
    let slowest = paces.iter().map(|pace| pace.slowest).max().expect("a round");
    let (middle, last) = (times[times.len() / 2], times[times.len() - 1]);
    assert!(middle < soon(mean) && last < 3 * soon(slowest), "{times:?}, {paces:?}");
    assert!(seen.handed_over > 0, "{seen:?}");
}

/// A process that is killed. Gives how long it took until what it held was free.
fn live_until_killed(
    site: &Site,
    observer: &Mutex<Observer>,
    seed: u64,
    note: impl Fn(&str),
) -> Duration {
    let mut child = site.start("work", &seed.to_string());
    for _ in 0..1 + Dice(seed).below(60) {
        note(&child.next().expect("it works until it is killed"));
    }
    let process = child.id();
    observer.lock().expect("observer").kills(process);
    child.kill();
    let freed = until(|| !site.knows(process));
    child.rest().iter().for_each(|line| note(line));
    freed
}

fn live_well(site: &Site, seed: u64, note: impl Fn(&str)) -> Duration {
    let mut child = site.start("work", &seed.to_string());
    for _ in 0..40 {
        note(&child.next().expect("it works until it is told to stop"));
    }
    child.say("stop");
    child.rest().iter().for_each(|line| note(line));
    Duration::ZERO
}

/// Allocates, waits and deallocates at random, and tells as [`ledger::work`] does.
fn work(
    session: &Session,
    pool: PoolId,
    seed: u64,
    tell: impl Fn(&str),
    goes_on: impl Fn() -> bool,
) {
    let (mut dice, mut held) = (Dice(seed), Vec::<LogicalMediaId>::new());
    while goes_on() {
        if held.is_empty() || (held.len() < 2 && dice.below(2) == 0) {
            let limit = Timeout::from_millis(1 + dice.below(100) as u32);
            match session.allocate_media(AllocateRequest::from(pool).timeout(limit)) {
                Ok(allocation) => {
                    held.push(allocation.logical_media);
                    tell(&ledger::allocated(&allocation));
                }
                Err(error) if error.kind() == ErrorKind::Timeout => tell(NOTHING),
                Err(error) => tell(&format!("error {:?}", error.kind())),
            }
        } else {
            let logical = held.swap_remove(dice.below(held.len()));
            tell(&format!("releasing {logical}"));
            match session.deallocate_media(logical) {
                Ok(()) => tell(&format!("released {logical}")),
                Err(error) => tell(&format!("error {:?}", error.kind())),
            }
        }
    }
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    let (_manager, session) = join(&part[1], "child");
    let pool = session.open_pool(POOL, None, PoolOpenMode::OpenExisting).expect("pool");
    let waiting = AllocateRequest::from(pool).timeout(Timeout::Forever);
    child::tell("ready");
    match part[0].as_str() {
        "wait" => {
            let allocation = session.allocate_media(waiting).expect("a side");
            child::tell(&ledger::allocated(&allocation));
        }
        "open" => drop(child::hear()),
        "hold" => {
            let logical = LogicalMediaId::from_uuid(Uuid::parse_str(&part[2]).expect("id"));
            let _mount = session.mount(MountRequest::from(logical)).expect("mounted");
            let asked = session.submit_operator_request(OperatorTask::Message, Some("hello"));
            let asked = asked.expect("submitted");
            child::tell("mounted");
            thread::scope(|scope| {
                scope.spawn(|| session.allocate_media(waiting));
                scope.spawn(|| session.wait_operator_request(asked, Timeout::Forever));
            });
        }
        "work" => {
            let (seed, is_over) = (part[2].parse::<u64>().expect("number"), AtomicBool::new(false));
            thread::scope(|scope| {
                for thread in 0..THREADS {
                    let (session, is_over) = (&session, &is_over);
                    let goes_on = || !is_over.load(SeqCst);
                    scope.spawn(move || work(session, pool, seed + thread, child::tell, goes_on));
                }
                assert_eq!(child::hear().as_deref(), Some("stop"));
                is_over.store(true, SeqCst);
            });
        }
        other => panic!("no such part: {other}"),
    }
}
