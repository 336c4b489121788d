//! Many calls wait at once, while others change everything that helps or hinders them: each side
//! goes to the oldest call that can use it, newcomers take nothing that is waited for, and nobody
//! waits after the end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/by_hand.rs"]
mod by_hand;
#[path = "support/ledger.rs"]
mod ledger;
#[path = "support/observer.rs"]
mod observer;
#[path = "support/shelf.rs"]
mod shelf;
mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use ledger::Dice;
use observer::Observer;
use rsm::clock::VirtualClock;
use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::model::{
    AllocateRequest, Allocation, AllocationPolicy, ComputerId, DeallocationPolicy, LibraryId,
    LogicalMediaId, MediaTypeCode, MountRequest, ObjectId, PhysicalMediaId, PoolId, PoolOpenMode,
    SideId, SideState, Timeout,
};
use rsm::{ErrorKind, Manager, OpenOptions, Session};
use rusqlite::Connection;
use shelf::Shelf;
use support::{Fixture, T1, T2};

/// Calls that wait, in so many sessions.
const CALLERS: usize = 64;
const SESSIONS: usize = 8;
/// Threads that change things, and how many changes they make together.
const HELPERS: usize = 4;
const CHANGES: usize = 1200;

/// Media of one side and of two, and how many are in application pools at the beginning; the
/// others are free.
const MEDIA: [(MediaTypeCode, u32); 2] = [(T1, 10), (T2, 15)];
const IN_POOLS: [usize; 2] = [10, 10];

/// A catalog with media of both types in a library, and pools for them.
struct Depot {
    dir: tempfile::TempDir,
    manager: Manager,
    session: Session,
    library: LibraryId,
    /// One-sided; two-sided; two-sided, with media from the free pool.
    pools: [PoolId; 3],
    free: PoolId,
}

impl Depot {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let manager = OpenOptions::new().create(true).open(dir.path()).unwrap();
        let session = manager.session("depot").unwrap();
        session.open_pool("App", None, PoolOpenMode::CreateNew).unwrap();
        let open = |path: &str, code| {
            let media_type = Some(session.media_type(code).unwrap());
            session.open_pool(path, media_type, PoolOpenMode::OpenAlways).unwrap()
        };
        let pools = [open(r"App\P1", T1), open(r"App\P2", T2), open(r"App\Q2", T2)];
        let cartridges = MEDIA.iter().flat_map(|(code, count)| {
            let name = code.value();
            (0..*count).map(move |n| {
                let cartridge = Cartridge::with_bar_code(format!("D{name:02}{n:03}"));
                let cartridge = cartridge.media_type(code.value());
                if code.known().sides == 2 { cartridge.two_sided() } else { cartridge }
            })
        });
        let layout = ChangerLayout { transports: 1, drives: 2, ports: 0, slots: 32 };
        let device = SimulatedLibrary::builder()
            .changer(layout)
            .media_type(T1.value())
            .media_type(T2.value())
            .can_flip(true)
            .cartridges(cartridges)
            .build()
            .unwrap();
        let library = manager.attach(Arc::new(device)).unwrap();
        manager.wait_until_idle(Timeout::Forever).unwrap();
        let system = |root: &str, code: MediaTypeCode| {
            let path = format!(r"{root}\{}", code.known().name);
            session.open_pool(&path, None, PoolOpenMode::OpenExisting).unwrap()
        };
        for (code, pool, count) in [(T1, pools[0], IN_POOLS[0]), (T2, pools[1], IN_POOLS[1])] {
            let (blank, free) = (system("Unrecognized", code), system("Free", code));
            let media: Vec<PhysicalMediaId> = session.list(Some(blank.into())).unwrap();
            media.iter().for_each(|medium| session.move_to_pool(*medium, free).unwrap());
            manager.wait_until_idle(Timeout::Forever).unwrap();
            media[..count].iter().for_each(|medium| session.move_to_pool(*medium, pool).unwrap());
        }
        let free = system("Free", T2);
        let depot = Self { dir, manager, session, library, pools, free };
        depot.set_policies(pools[2], true, false);
        let unlabelled = "SELECT count(*) FROM side WHERE state <> 4";
        assert_eq!(count(depot.dir.path(), unlabelled), 0, "free labels are written");
        depot
    }

    fn set_policies(&self, pool: PoolId, draws: bool, returns: bool) {
        let mut record = self.session.info(pool).unwrap();
        record.allocation_policy =
            if draws { AllocationPolicy::DRAW_FROM_FREE } else { AllocationPolicy::empty() };
        record.deallocation_policy =
            if returns { DeallocationPolicy::RETURN_TO_FREE } else { DeallocationPolicy::empty() };
        self.session.set_info(&record).unwrap();
    }
}

fn forever(pool: PoolId) -> AllocateRequest {
    AllocateRequest::from(pool).timeout(Timeout::Forever)
}

fn count(directory: &Path, sql: &str) -> u32 {
    let database = Connection::open(directory.join("catalog.db")).unwrap();
    database.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// No call waits any more, and nobody is asked for anything.
fn assert_nobody_waits(directory: &Path, manager: &Manager) {
    assert_eq!(count(directory, "SELECT count(*) FROM allocation_wait"), 0);
    let open = "SELECT count(*) FROM operator_request WHERE finished IS NULL";
    assert_eq!(count(directory, open), 0);
    assert_eq!(manager.check().unwrap(), []);
}

/// What the threads of the storm share.
struct Storm<'d> {
    depot: &'d Depot,
    sessions: Vec<Mutex<Arc<Session>>>,
    held: Mutex<Vec<LogicalMediaId>>,
    media: Vec<PhysicalMediaId>,
    sides: Vec<SideId>,
    changes: AtomicUsize,
    is_over: AtomicBool,
    timed_out: AtomicUsize,
    cancelled: AtomicUsize,
}

/// A result that is an error of one of these kinds, or good.
#[track_caller]
fn or_one_of<T>(result: rsm::Result<T>, kinds: &[ErrorKind]) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) if kinds.contains(&error.kind()) => None,
        Err(error) => panic!("{error:?}"),
    }
}

impl Storm<'_> {
    /// Allocates and waits again and again, until the sessions are closed.
    fn wait(&self, caller: usize) {
        let pool = self.depot.pools[caller % 3];
        let is_whole = caller.is_multiple_of(4);
        let mut dice = Dice(caller as u64);
        loop {
            let session = Arc::clone(&self.sessions[caller % SESSIONS].lock().unwrap());
            let mut request = forever(pool);
            if is_whole {
                request = request.new_medium();
            }
            if dice.below(8) == 0 {
                request = request.timeout(Timeout::from_millis(1 + dice.below(20) as u32));
            }
            match session.allocate_media(request) {
                Ok(allocation) => self.held.lock().unwrap().push(allocation.logical_media),
                Err(error) if error.kind() == ErrorKind::Timeout => {
                    self.timed_out.fetch_add(1, SeqCst);
                }
                Err(error) => {
                    use ErrorKind::{Cancelled, InvalidHandle};
                    assert!([Cancelled, InvalidHandle].contains(&error.kind()), "{error:?}");
                    self.cancelled.fetch_add(1, SeqCst);
                    if self.is_over.load(SeqCst) {
                        return;
                    }
                }
            }
        }
    }

    fn help(&self, seed: u64) {
        let (mut dice, session) = (Dice(seed), self.depot.manager.session("helper").unwrap());
        while self.changes.fetch_add(1, SeqCst) < CHANGES {
            self.change(&session, &mut dice);
        }
    }

    fn change(&self, session: &Session, dice: &mut Dice) {
        use ErrorKind::{Busy, InvalidMedia, InvalidMediaPool, InvalidState};
        use ErrorKind::{MediaIncompatible, MediaOffline, MediaUnavailable, ResourceDisabled};
        let depot = self.depot;
        let pool = depot.pools[dice.below(3)];
        match dice.below(100) {
            0..44 => {
                if let Some(logical) = self.take_held(dice) {
                    session.deallocate_media(logical).unwrap();
                }
            }
            44..52 => self.turn_over(session, self.media[dice.below(self.media.len())]),
            52..60 => {
                let request = AllocateRequest::from(pool).error_if_unavailable();
                let request = if dice.below(2) == 0 { request } else { request.new_medium() };
                self.hold(or_one_of(session.allocate_media(request), &[MediaUnavailable]));
            }
            60..65 => {
                let side = self.sides[dice.below(self.sides.len())];
                let found = session.allocate_media(AllocateRequest::from(pool).naming(side));
                let kinds = [MediaIncompatible, MediaUnavailable, ResourceDisabled, Busy];
                self.hold(or_one_of(found, &kinds));
            }
            65..70 => {
                let Some(logical) = self.take_held(dice) else { return };
                let found = session.allocate_media(AllocateRequest::from(pool).next_of(logical));
                let kinds = [InvalidMedia, InvalidMediaPool, MediaUnavailable, ResourceDisabled];
                self.hold(or_one_of(found, &kinds));
                self.held.lock().unwrap().push(logical);
            }
            70..78 => {
                let medium = self.media[dice.below(self.media.len())];
                let switched = if dice.below(3) == 0 {
                    session.disable(medium)
                } else {
                    session.enable(medium)
                };
                or_one_of(switched, &[InvalidState]);
            }
            78..81 => {
                or_one_of(session.disable(depot.library), &[InvalidState]);
                or_one_of(session.enable(depot.library), &[InvalidState]);
            }
            81..89 => {
                let medium = self.media[dice.below(self.media.len())];
                let pool = if dice.below(3) == 0 { depot.free } else { pool };
                let kinds = [InvalidMediaPool, MediaIncompatible, Busy, MediaOffline];
                or_one_of(session.move_to_pool(medium, pool), &kinds);
            }
            89..92 => {
                depot.set_policies(depot.pools[2], dice.below(4) > 0, false);
                depot.set_policies(depot.pools[1], false, dice.below(2) == 0);
            }
            92..96 => {
                let new = Arc::new(depot.manager.session("waiter").unwrap());
                let slot = &self.sessions[dice.below(SESSIONS)];
                let old = std::mem::replace(&mut *slot.lock().unwrap(), new);
                old.close().unwrap();
            }
            _ => self.wait_for_a_pool_that_goes(session),
        }
    }

    /// Both sides of a medium turn up at once, for whoever wants it whole; or it goes to the free
    /// pool.
    fn turn_over(&self, session: &Session, medium: PhysicalMediaId) {
        or_one_of(session.disable(medium), &[ErrorKind::InvalidState]);
        for side in session.list::<SideId>(Some(medium.into())).unwrap() {
            let Some(logical) = session.info(side).unwrap().logical_media else { continue };
            let mut held = self.held.lock().unwrap();
            let at = held.iter().position(|held| *held == logical);
            // Not yet, when its call is still about to return.
            if let Some(at) = at {
                held.swap_remove(at);
                drop(held);
                session.deallocate_media(logical).unwrap();
            }
        }
        or_one_of(session.enable(medium), &[ErrorKind::InvalidState]);
    }

    fn wait_for_a_pool_that_goes(&self, session: &Session) {
        let path = format!(r"App\Gone{}", self.changes.fetch_add(1, SeqCst));
        let media_type = session.media_type(T1).unwrap();
        let pool = session.open_pool(&path, Some(media_type), PoolOpenMode::CreateNew).unwrap();
        thread::scope(|scope| {
            let call = scope.spawn(move || session.allocate_media(forever(pool)));
            session.delete_pool(pool).unwrap();
            let error = call.join().unwrap().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidMediaPool, "{error}");
        });
    }

    fn hold(&self, allocation: Option<Allocation>) {
        self.held.lock().unwrap().extend(allocation.map(|allocation| allocation.logical_media));
    }

    fn take_held(&self, dice: &mut Dice) -> Option<LogicalMediaId> {
        let mut held = self.held.lock().unwrap();
        (!held.is_empty()).then(|| {
            let at = dice.below(held.len());
            held.swap_remove(at)
        })
    }
}

#[test]
fn sixty_four_callers_are_served_in_order_whatever_happens() {
    let depot = Depot::new();
    let observer = Observer::install(depot.dir.path());
    let waiter = || Mutex::new(Arc::new(depot.manager.session("waiter").unwrap()));
    let media: Vec<PhysicalMediaId> = depot.session.list(Some(depot.library.into())).unwrap();
    let sides_of =
        |medium: &PhysicalMediaId| depot.session.list::<SideId>(Some((*medium).into())).unwrap();
    let storm = Storm {
        depot: &depot,
        sessions: std::iter::repeat_with(waiter).take(SESSIONS).collect(),
        held: Mutex::default(),
        sides: media.iter().flat_map(sides_of).collect(),
        media,
        changes: AtomicUsize::new(0),
        is_over: AtomicBool::new(false),
        timed_out: AtomicUsize::new(0),
        cancelled: AtomicUsize::new(0),
    };
    thread::scope(|scope| {
        let (tell, ended) = mpsc::channel();
        let storm = &storm;
        for caller in 0..CALLERS {
            let tell = tell.clone();
            scope.spawn(move || {
                storm.wait(caller);
                tell.send(()).unwrap();
            });
        }
        let helpers: Vec<_> =
            (0..HELPERS as u64).map(|n| scope.spawn(move || storm.help(1000 + n))).collect();
        helpers.into_iter().for_each(|helper| helper.join().unwrap());
        storm.is_over.store(true, SeqCst);
        for session in &storm.sessions {
            let session = Arc::clone(&session.lock().unwrap());
            session.close().unwrap();
        }
        for _ in 0..CALLERS {
            // Who hangs must not hang the test.
            if ended.recv_timeout(Duration::from_secs(60)).is_err() {
                eprintln!("a call hangs after its session was closed");
                std::process::abort();
            }
        }
    });
    depot.manager.wait_until_idle(Timeout::Forever).unwrap();
    assert_nobody_waits(depot.dir.path(), &depot.manager);
    let held: BTreeSet<_> = storm.held.lock().unwrap().iter().copied().collect();
    let pools = depot.pools.iter().map(|pool| ObjectId::from(*pool));
    let there = pools.flat_map(|pool| depot.session.list::<LogicalMediaId>(Some(pool)).unwrap());
    assert_eq!(there.collect::<BTreeSet<_>>(), held, "exactly what was returned is allocated");
    let seen = observer.verify();
    println!("{seen:?}, {:?} timed out, {:?} cancelled", storm.timed_out, storm.cancelled);
    assert!(seen.handed_over > 150 && seen.overtaking > 20 && seen.from_free > 5, "{seen:?}");
}

/// A session with a mounted medium is searched for twice: for what everybody finds, and for what
/// only it finds.
#[test]
fn a_call_that_could_be_served_twice_is_served_once() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let (own, other) = (shelf.medium(p), shelf.medium(p));
    let observer = Observer::install(shelf.f.dir.path());
    let held = shelf.allocate(p).unwrap().logical_media;
    let _mount = shelf.mount(MountRequest::from(held)).unwrap();
    shelf.disable(shelf.library).unwrap();
    shelf.deallocate_media(held).unwrap();
    let given = thread::scope(|scope| {
        let call = scope.spawn(|| shelf.allocate_media(forever(p)));
        shelf.f.clock.wait_for_waiters(2);
        shelf.enable(shelf.library).unwrap();
        call.join().unwrap().unwrap()
    });
    assert_eq!(given.side, own.sides[0]);
    assert_eq!(shelf.state(other.sides[0]), SideState::Available);
    let there: Vec<LogicalMediaId> = shelf.list(Some(p.into())).unwrap();
    assert_eq!(there, [given.logical_media]);
    observer.verify();
    assert_nobody_waits(shelf.f.dir.path(), &shelf.f.manager);
}

/// Everything that the user of the tests needs on a pool to allocate in it, and what a free pool
/// asks for.
const CONTROL: u32 = 4;
const USE: u32 = 1;

/// Starts a call in a thread of the scope and returns when so many wait.
fn waits_in<'s>(
    scope: &'s thread::Scope<'s, '_>,
    shelf: &Shelf,
    session: &'s Session,
    request: AllocateRequest,
) -> thread::ScopedJoinHandle<'s, rsm::Result<Allocation>> {
    let before = count(shelf.f.dir.path(), "SELECT count(*) FROM allocation_wait");
    let call = scope.spawn(move || session.allocate_media(request));
    // The library's thread rests on the same clock.
    shelf.f.clock.wait_for_waiters(before as usize + 2);
    call
}

/// Of those who wait in one pool, each has rights of his own.
#[test]
fn whoever_may_not_use_the_free_pool_is_told_when_it_is_looked_into() {
    let shelf = Shelf::new(T1);
    let p = shelf.p();
    shelf.f.grant("pool", p, CONTROL);
    shelf.f.grant("pool", shelf.free(), 0);
    let user = shelf.f.user();
    thread::scope(|scope| {
        let first = waits_in(scope, &shelf, &shelf.f.session, forever(p));
        let second = waits_in(scope, &shelf, &user, forever(p));
        shelf.draw_from_free(p);
        let error = second.join().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AccessDenied, "{error}");
        assert!(!first.is_finished());
        shelf.delete_pool(p).unwrap();
        let error = first.join().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidMediaPool, "{error}");
    });
    assert_nobody_waits(shelf.f.dir.path(), &shelf.f.manager);
}

/// Rights that were granted are not tested again, whoever consulted the free pool.
#[test]
fn a_right_found_while_waiting_is_not_tested_again() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    shelf.f.grant("pool", p, CONTROL);
    shelf.f.grant("pool", shelf.free(), USE);
    let user = shelf.f.user();
    thread::scope(|scope| {
        let call = waits_in(scope, &shelf, &user, forever(p));
        shelf.draw_from_free(p);
        shelf.f.grant("pool", shelf.free(), 0);
        shelf.f.grant("pool", p, 0);
        let blank = shelf.blank_medium();
        shelf.move_to_pool(blank.id, shelf.free()).unwrap();
        assert_eq!(call.join().unwrap().unwrap().side, blank.sides[0]);
    });
    assert_nobody_waits(shelf.f.dir.path(), &shelf.f.manager);
}

/// A person completes the request in the moment in which the time is over.
#[test]
fn satisfied_at_the_deadline_a_call_looks_once_more_and_asks_nobody_again() {
    for is_there in [false, true] {
        let mut shelf = Shelf::new(T1);
        let p = shelf.p();
        detect(&shelf, false);
        let request = AllocateRequest::from(p).timeout(Timeout::from_millis(50));
        thread::scope(|scope| {
            let session = shelf.f.manager.session("waiter").unwrap();
            let call = scope.spawn(move || session.allocate_media(request));
            shelf.f.clock.wait_for_waiters(2);
            let medium = is_there.then(|| shelf.medium(p));
            // What the call does at its deadline comes after what is done here.
            let person = shelf.f.connection();
            person.execute_batch("BEGIN IMMEDIATE").unwrap();
            let satisfied = "UPDATE operator_request SET state = 5, finished = modified";
            person.execute(satisfied, []).unwrap();
            shelf.f.clock.advance(Duration::from_millis(50));
            person.execute_batch("COMMIT").unwrap();
            match (call.join().unwrap(), medium) {
                (Ok(given), Some(medium)) => assert_eq!(given.side, medium.sides[0]),
                (Err(error), None) => assert_eq!(error.kind(), ErrorKind::Timeout, "{error}"),
                (answer, _) => panic!("{answer:?}"),
            }
        });
        let requests = "SELECT count(*) FROM operator_request";
        assert_eq!(count(shelf.f.dir.path(), requests), 0);
        assert_nobody_waits(shelf.f.dir.path(), &shelf.f.manager);
    }
}

/// The deadline comes, or the session is closed, between the commit that hands a side over and the
/// waking of the call.
#[test]
fn what_was_handed_over_is_returned_after_the_deadline_and_after_close() {
    for closes in [false, true] {
        let clock = VirtualClock::new();
        let (moment, comes) =
            (Arc::new(Mutex::new(None::<Box<dyn FnOnce() + Send>>)), clock.clone());
        let next_moment = Arc::clone(&moment);
        let options = OpenOptions::new().create(true).clock(clock.clone());
        let options = options.after_commit(move || {
            if let Some(comes) = next_moment.lock().unwrap().take() {
                comes();
            }
        });
        let dir = tempfile::tempdir().unwrap();
        let manager = options.open(dir.path()).unwrap();
        let session = manager.session("test").unwrap();
        let f = Fixture { session, clock, manager, dir };
        let p = f.pool(r"\App\P", T1);
        let medium = f.medium(p, &[SideState::Available], 1);
        let library = by_hand::add_library(&f.connection(), 1);
        by_hand::bring_online(&f.connection(), library, &[medium.physical_media]);
        let held = f.session.allocate_media(forever(p)).unwrap();
        let waiting = Arc::new(f.manager.session("waiter").unwrap());
        let calling = Arc::clone(&waiting);
        let request = AllocateRequest::from(p).timeout(Timeout::from_millis(50));
        let call = thread::spawn(move || calling.allocate_media(request));
        f.clock.wait_for_waiters(1);
        *moment.lock().unwrap() = Some(Box::new(move || {
            if closes {
                thread::spawn(move || waiting.close().unwrap());
            } else {
                comes.advance(Duration::from_millis(50));
            }
        }));
        f.session.deallocate_media(held.logical_media).unwrap();
        assert_eq!(call.join().unwrap().unwrap().side, held.side);
        assert_nobody_waits(f.dir.path(), &f.manager);
    }
}

fn detect(shelf: &Shelf, detection: bool) {
    let computer: ComputerId = shelf.f.id("SELECT id FROM computer", []);
    let mut record = shelf.info(computer).unwrap();
    record.complete_requests_by_detection = detection;
    shelf.set_info(&record).unwrap();
}
