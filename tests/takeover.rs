//! A library outlives the process that owns it: another that has its devices takes over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
#[path = "support/owned.rs"]
mod owned;
#[path = "support/until.rs"]
mod until;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use child::Child;
use rsm::clock::{Clock, Signal, SystemClock, Woken};
use rsm::device::LibraryDevice;
use rsm::device::simulated::{
    Cartridge, ChangerLayout, SimulatedLibrary, SimulatedLibraryBuilder, Timings,
};
use rsm::model::{
    DeallocationPolicy, DriveState, EnumerateOptions, Id, LibraryId, LogicalMediaId, MediaState,
    MediaTypeCode, MountOptions, MountRequest, ObjectType, OperationalState, PhysicalMedia,
    PhysicalMediaId, PoolOpenMode, Timeout, Timestamp,
};
use rsm::{ErrorKind, Manager, OpenOptions, Session};
use rustix::process::{Pid, Signal as Kill, kill_process};
use tempfile::TempDir;
use until::until;

const TAPE: MediaTypeCode = MediaTypeCode::LtoUltrium;

/// How soon a standby has taken over from an owner who died.
const SOON: Duration = Duration::from_secs(2);

fn builder() -> SimulatedLibraryBuilder {
    let layout = ChangerLayout { transports: 1, drives: 2, ports: 0, slots: 4 };
    let cartridge = |code| Cartridge::with_bar_code(code).media_type(TAPE.value());
    SimulatedLibrary::builder()
        .changer(layout)
        .media_type(TAPE.value())
        .cartridges(["A1", "A2"].map(cartridge))
}

fn device(directory: &Path, clock: Arc<dyn Clock>) -> Arc<dyn LibraryDevice> {
    let (move_medium, load) = (Duration::from_secs(1), Duration::from_secs(2));
    let timings = Timings { move_medium, load, ..Timings::default() };
    Arc::new(
        builder()
            .clock(clock)
            .timings(timings)
            .open_or_create(directory.join("library"))
            .expect("library"),
    )
}

fn open(directory: &Path) -> Manager {
    OpenOptions::new().create(true).open(directory.join("catalog")).expect("catalog")
}

/// A catalog and a library, in directories that processes share, with two media in a pool.
struct Site {
    dir: TempDir,
    manager: Manager,
    session: Session,
    library: LibraryId,
    media: Vec<LogicalMediaId>,
}

impl Site {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let manager = open(dir.path());
        let session = manager.session("parent").unwrap();
        let library = manager.attach(device(dir.path(), Halting::never())).unwrap();
        let mut site = Self { dir, manager, session, library, media: Vec::new() };
        site.settle();
        site.media = owned::allocate_all(&site.manager, &site.session, TAPE);
        site
    }

    /// The library belongs to a child; we stand by.
    fn owned_by_child(part: &str) -> (Self, Child) {
        let site = Self::new();
        site.manager.detach(site.library).unwrap();
        let mut child = site.start(part);
        assert_eq!(child.next().as_deref(), Some("attached"));
        site.attach();
        assert!(!site.manager.owns_library(site.library));
        assert_eq!(site.state(), OperationalState::Ready);
        (site, child)
    }

    fn attach(&self) {
        let device = device(self.dir.path(), Halting::never());
        assert_eq!(self.manager.attach(device).unwrap(), self.library);
    }

    fn start(&self, part: &str) -> Child {
        let media: Vec<String> = self.media.iter().map(ToString::to_string).collect();
        let mut parts = vec![part, self.dir.path().to_str().unwrap()];
        parts.extend(media.iter().map(String::as_str));
        Child::start(&parts)
    }

    fn settle(&self) {
        self.manager.wait_until_idle(Timeout::Forever).unwrap();
    }

    fn state(&self) -> OperationalState {
        self.session.info(self.library).unwrap().common.operational_state
    }

    /// Waits until the library is ours and ready; says how long that took.
    fn wait_to_own(&self) -> Duration {
        until(|| self.manager.owns_library(self.library) && self.state() == OperationalState::Ready)
    }

    fn tapes(&self) -> Vec<PhysicalMedia> {
        let (kind, all) = (ObjectType::PhysicalMedia, EnumerateOptions::DEFAULT);
        let ids = self.session.enumerate(None, kind, all).unwrap();
        let ids = ids.into_iter().map(|id| PhysicalMediaId::from_uuid(id.as_uuid()));
        ids.map(|id| self.session.info(id).unwrap()).collect()
    }

    fn drives(&self) -> Vec<DriveState> {
        let all = EnumerateOptions::DEFAULT;
        let ids = self.session.enumerate(Some(self.library.into()), ObjectType::Drive, all);
        let ids = ids.unwrap().into_iter().map(|id| rsm::model::DriveId::from_uuid(id.as_uuid()));
        ids.map(|id| self.session.info(id).unwrap().state).collect()
    }

    /// Everything is as if nobody had died, and both media come up.
    fn assert_in_order(&self) {
        self.settle();
        assert_eq!(self.manager.check().unwrap(), []);
        assert!(self.tapes().iter().all(|tape| tape.media_state == MediaState::Idle));
        let mounts: Vec<_> =
            self.media.iter().map(|media| self.session.mount(*media).unwrap()).collect();
        assert_eq!(self.drives(), [DriveState::Loaded; 2]);
        drop(mounts);
        assert_eq!(self.manager.check().unwrap(), []);
    }
}

fn signal(child: &Child, signal: Kill) {
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, signal).unwrap();
}

#[test]
fn a_standby_takes_over_from_an_owner_who_dies_while_the_robot_moves() {
    for stopping_at in ["move", "load"] {
        let (site, mut owner) = Site::owned_by_child("owner");
        owner.say(&format!("mount {stopping_at}"));
        assert_eq!(owner.next().as_deref(), Some("mounted"));
        assert_eq!(owner.next().as_deref(), Some("stays there"));
        let at_once = MountOptions::ERROR_IF_UNAVAILABLE;
        let wanted = MountRequest::from(site.media[0]).options(at_once);
        let refused = site.session.mount(wanted).expect_err("it is the child's");
        assert_eq!(refused.kind(), ErrorKind::Busy);
        owner.kill();
        let time = site.wait_to_own();
        assert!(time < SOON, "{time:?}");
        assert_eq!(site.drives(), [DriveState::Dismounted; 2], "settled");
        site.assert_in_order();
    }
}

#[test]
fn a_standby_takes_over_at_once_when_the_owner_gives_the_library_back() {
    let (site, mut other) = Site::owned_by_child("owner");
    // What else the machine does can spoil one round, not all.
    let times: Vec<Duration> = (0..5)
        .map(|_| {
            other.say("detach");
            assert_eq!(other.next().as_deref(), Some("detached"));
            let time = site.wait_to_own();
            site.assert_in_order();
            other.say("attach");
            assert_eq!(other.next().as_deref(), Some("attached"));
            site.manager.detach(site.library).unwrap();
            other.say("wait");
            assert_eq!(other.next().as_deref(), Some("owner"));
            site.attach();
            time
        })
        .collect();
    assert!(times.iter().any(|time| *time < Duration::from_millis(500)), "{times:?}");
    // A standby gives back nothing.
    site.manager.detach(site.library).unwrap();
    assert_eq!(site.state(), OperationalState::Ready);
    let refused = site.manager.detach(site.library).expect_err("not attached");
    assert_eq!(refused.kind(), ErrorKind::InvalidLibrary);
    site.attach();
    let refused = site
        .manager
        .attach(device(site.dir.path(), Halting::never()))
        .expect_err("it stands by already");
    assert_eq!(refused.kind(), ErrorKind::Busy);
    other.say("detach");
    site.wait_to_own();
    site.manager.detach(site.library).unwrap();
    assert_eq!(site.state(), OperationalState::NotPresent, "nobody stands by");
}

#[test]
fn of_several_standbys_one_takes_over() {
    let (site, mut owner) = Site::owned_by_child("owner");
    let mut others: Vec<Child> = (0..2).map(|_| site.start("owner")).collect();
    for other in &mut others {
        assert_eq!(other.next().as_deref(), Some("attached"));
    }
    owner.kill();
    let mut count = || {
        let theirs = others.iter_mut().filter_map(|other| {
            other.say("who");
            other.next().filter(|answer| answer == "owner")
        });
        theirs.count() + usize::from(site.manager.owns_library(site.library))
    };
    until(|| count() > 0);
    until(|| site.state() == OperationalState::Ready);
    assert_eq!(count(), 1);
    // The last of them has it in the end.
    drop(others);
    site.wait_to_own();
    site.assert_in_order();
}

#[test]
fn what_a_dead_process_had_mounted_is_free_soon() {
    let site = Site::new();
    let mut pool = site.session.info(site.tapes()[0].pool).unwrap();
    pool.deallocation_policy = DeallocationPolicy::RETURN_TO_FREE;
    site.session.set_info(&pool).unwrap();
    site.manager.detach(site.library).unwrap();
    // Who has a library attached looks for the dead, whatever library that is.
    let another = SimulatedLibrary::builder().media_type(TAPE.value()).build().unwrap();
    site.manager.attach(Arc::new(another)).unwrap();
    let mut owner = site.start("owner");
    assert_eq!(owner.next().as_deref(), Some("attached"));
    owner.say("mount nowhere");
    assert_eq!(owner.next().as_deref(), Some("mounted"));
    assert_eq!(owner.next().as_deref(), Some("mounted"));
    // One of them is to return to the free pool as soon as it is idle.
    site.session.deallocate_media(site.media[0]).unwrap();
    let in_pool = || site.tapes().iter().filter(|tape| tape.pool == pool.id).count();
    assert_eq!((site.drives(), in_pool()), (vec![DriveState::Loaded; 2], 2));
    owner.kill();
    let idle = |tape: &PhysicalMedia| tape.media_state == MediaState::Idle;
    let time = until(|| site.tapes().iter().all(idle));
    assert!(time < SOON, "{time:?}");
    assert_eq!((site.drives(), in_pool()), (vec![DriveState::Dismountable; 2], 1));
    assert_eq!(site.state(), OperationalState::NotPresent, "nobody has the library");
    assert_eq!(site.manager.check().unwrap(), []);
    site.attach();
    site.settle();
    assert!(site.manager.owns_library(site.library));
    assert_eq!(site.drives(), [DriveState::Dismounted; 2]);
}

#[test]
fn a_stopped_owner_stays_the_owner_and_holds_up_nobody_else() {
    let (site, mut owner) = Site::owned_by_child("owner");
    owner.say("mount nowhere");
    assert_eq!(owner.next().as_deref(), Some("mounted"));
    assert_eq!(owner.next().as_deref(), Some("mounted"));
    signal(&owner, Kill::STOP);
    // A process that dies later is buried: so the stopped one has been looked at as well.
    let before = lives(&site);
    let mut mortal = site.start("owner");
    assert_eq!(mortal.next().as_deref(), Some("attached"));
    let born: Vec<_> = lives(&site).into_iter().filter(|life| !before.contains(life)).collect();
    assert_eq!(born.len(), 1);
    mortal.kill();
    until(|| !lives(&site).contains(&born[0]));
    assert!(!site.manager.owns_library(site.library));
    assert_eq!(site.state(), OperationalState::Ready);
    assert!(site.tapes().iter().all(|tape| tape.media_state == MediaState::Loaded));
    assert_eq!(site.drives(), [DriveState::Loaded; 2]);
    let kind = site.session.media_type(TAPE).unwrap();
    site.session
        .open_pool("Other", Some(kind), PoolOpenMode::CreateNew)
        .expect("nobody is in the way");
    signal(&owner, Kill::CONT);
    owner.say("who");
    assert_eq!(owner.next().as_deref(), Some("owner"));
    owner.kill();
    site.wait_to_own();
    site.assert_in_order();
}

/// The files that tell the living.
fn lives(site: &Site) -> Vec<std::ffi::OsString> {
    let files = fs::read_dir(site.dir.path().join("catalog/live")).unwrap();
    files.map(|file| file.unwrap().file_name()).collect()
}

/// A clock on which devices take no time, but can be made to stay where they are.
#[derive(Debug)]
struct Halting {
    real: SystemClock,
    /// How many seconds the step takes at which it stays: see [`device`].
    at: AtomicU64,
}

impl Halting {
    fn never() -> Arc<Self> {
        Arc::new(Self { real: SystemClock::new(), at: AtomicU64::new(0) })
    }
}

impl Clock for Halting {
    fn now(&self) -> Timestamp {
        self.real.now()
    }

    fn monotonic(&self) -> Duration {
        self.real.monotonic()
    }

    fn wait(&self, signal: &Arc<Signal>, seen: u64, deadline: Option<Duration>) -> Woken {
        self.real.wait(signal, seen, deadline)
    }

    fn pause(&self, time: Duration) {
        if !time.is_zero() && time.as_secs() == self.at.load(SeqCst) {
            child::tell("stays there");
            self.real.wait(&Signal::new(), 0, None);
        }
    }
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    assert_eq!(part[0], "owner");
    let directory = Path::new(&part[1]);
    let media: Vec<LogicalMediaId> = part[2..].iter().map(|id| id.parse().unwrap()).collect();
    let manager = open(directory);
    let session = manager.session("child").unwrap();
    let clock = Halting::never();
    let attach = || manager.attach(device(directory, clock.clone())).unwrap();
    let library = attach();
    child::tell("attached");
    let mut mounts = Vec::new();
    while let Some(line) = child::hear() {
        match line.as_str() {
            "attach" => {
                assert_eq!(attach(), library);
                child::tell("attached");
            }
            "detach" => {
                manager.detach(library).unwrap();
                child::tell("detached");
            }
            "wait" => {
                until(|| manager.owns_library(library));
                manager.wait_until_idle(Timeout::Forever).unwrap();
                child::tell("owner");
            }
            "who" => {
                child::tell(if manager.owns_library(library) { "owner" } else { "standby" });
            }
            mount => {
                mounts.push(session.mount(MountRequest::from(media[0])).unwrap());
                child::tell("mounted");
                let at = ["mount nowhere", "mount move", "mount load"];
                let at = at.iter().position(|at| *at == mount).unwrap();
                clock.at.store(at as u64, SeqCst);
                mounts.push(session.mount(MountRequest::from(media[1])).unwrap());
                child::tell("mounted");
            }
        }
    }
}
