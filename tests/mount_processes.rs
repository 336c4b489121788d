//! Mounts asked for by processes that do not have the library: its owner carries them out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
#[path = "support/owned.rs"]
mod owned;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use child::Child;
use rsm::clock::{Clock, SystemClock};
use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::model::{
    Access, DismountOptions, DriveId, DriveState, LibraryId, LibraryOperation, LibraryRequest,
    LibraryRequestId, LibraryRequestState, LogicalMediaId, MediaState, MediaTypeCode, MountOptions,
    MountRequest, OperationalState, PhysicalMedia, PhysicalMediaId, SideId, Timeout,
};
use rsm::{ErrorKind, Manager, Mount, OpenOptions, Session};
use tempfile::TempDir;

const TAPE: MediaTypeCode = MediaTypeCode::LtoUltrium;
const AT_ONCE: MountOptions = MountOptions::ERROR_IF_UNAVAILABLE;

/// A catalog, and a library that this process owns, with one drive and two media in a pool.
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
        let manager = OpenOptions::new().create(true).open(dir.path()).unwrap();
        let session = manager.session("owner").unwrap();
        let layout = ChangerLayout { transports: 1, drives: 1, ports: 0, slots: 4 };
        let tape = |code| Cartridge::with_bar_code(code).media_type(TAPE.value());
        let device = SimulatedLibrary::builder()
            .changer(layout)
            .media_type(TAPE.value())
            .cartridges(["A1", "A2"].map(tape));
        let library = manager.attach(Arc::new(device.build().unwrap())).unwrap();
        let mut site = Self { dir, manager, session, library, media: Vec::new() };
        site.settle();
        site.media = owned::allocate_all(&site.manager, &site.session, TAPE);
        site
    }

    fn settle(&self) {
        self.manager.wait_until_idle(Timeout::Forever).unwrap();
    }

    fn tapes(&self) -> Vec<PhysicalMedia> {
        let all = self.session.list::<PhysicalMediaId>(None).unwrap();
        all.into_iter().map(|id| self.session.info(id).unwrap()).collect()
    }

    fn drive(&self) -> DriveState {
        let drives = self.session.list::<DriveId>(None).unwrap();
        self.session.info(drives[0]).unwrap().state
    }

    fn mounts(&self) -> Vec<LibraryRequest> {
        let all = self.session.list::<LibraryRequestId>(None).unwrap();
        let all = all.into_iter().map(|id| self.session.info(id).unwrap());
        all.filter(|request| request.operation == LibraryOperation::Mount).collect()
    }

    fn last_mount(&self) -> Option<LibraryRequestState> {
        self.mounts().last().map(|request| request.state)
    }

    /// Another process, without the library.
    fn guest(&self) -> Child {
        let media = self.media[0].to_string();
        let mut guest = Child::start(&["guest", self.dir.path().to_str().unwrap(), &media]);
        assert_eq!(guest.next().as_deref(), Some("ready"));
        guest
    }

    fn check(&self) {
        assert_eq!(self.manager.check().unwrap(), []);
    }
}

/// What it says to that.
fn ask(guest: &mut Child, what: &str) -> String {
    guest.say(what);
    guest.next().expect("an answer")
}

/// Waits until it is so, for a minute at most.
fn until(so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not come about");
        SystemClock::new().pause(Duration::from_millis(5));
    }
}

#[test]
fn a_process_without_the_library_mounts_and_dismounts() {
    let site = Site::new();
    let mut guest = site.guest();
    assert_eq!(ask(&mut guest, "mount"), "mounted");
    assert_eq!(site.last_mount(), Some(LibraryRequestState::Passed));
    assert_eq!(site.mounts()[0].application, "guest");
    assert_eq!(site.drive(), DriveState::Loaded);
    assert_eq!(ask(&mut guest, "open"), format!("{:?}", ErrorKind::DeviceNotAvailable));
    // It is nobody else's.
    let refused = site.session.mount(MountRequest::from(site.media[0]).options(AT_ONCE));
    assert_eq!(refused.expect_err("in use").kind(), ErrorKind::Busy);
    assert_eq!(ask(&mut guest, "dismount"), "done");
    until(|| site.drive() == DriveState::Dismounted);
    assert_eq!(ask(&mut guest, "queue"), "queued");
    until(|| site.last_mount() == Some(LibraryRequestState::Passed));
    assert_eq!(ask(&mut guest, "take"), "mounted");
    assert_eq!(ask(&mut guest, "drop"), "done");
    assert_eq!(site.drive(), DriveState::Dismountable);
    assert_eq!(ask(&mut guest, "up"), "mounted", "without waiting: it is there");
    assert_eq!(ask(&mut guest, "dismount"), "done");
    until(|| site.drive() == DriveState::Dismounted);
    assert_eq!(ask(&mut guest, "up"), format!("{:?}", ErrorKind::Timeout));
    site.settle();
    site.check();
}

#[test]
fn it_waits_in_the_same_queue() {
    let site = Site::new();
    let mut guest = site.guest();
    let held = site.session.mount(site.media[1]).unwrap();
    assert_eq!(ask(&mut guest, "try"), format!("{:?}", ErrorKind::Busy));
    guest.say("mount");
    until(|| site.last_mount() == Some(LibraryRequestState::Waiting));
    held.dismount(DismountOptions::IMMEDIATE).unwrap();
    assert_eq!(guest.next().as_deref(), Some("mounted"));
    // And the other way round.
    let other = site.manager.session("other").unwrap();
    std::thread::scope(|scope| {
        let call = scope.spawn(|| other.mount(site.media[1]).map(drop));
        until(|| site.last_mount() == Some(LibraryRequestState::Waiting));
        assert_eq!(ask(&mut guest, "dismount"), "done");
        assert!(call.join().unwrap().is_ok());
    });
    site.settle();
    site.check();
}

#[test]
fn what_a_dead_process_waited_for_or_had_is_free_soon() {
    let site = Site::new();
    let held = site.session.mount(site.media[1]).unwrap();
    let mut guest = site.guest();
    guest.say("mount");
    until(|| site.last_mount() == Some(LibraryRequestState::Waiting));
    guest.kill();
    until(|| site.last_mount() == Some(LibraryRequestState::Cancelled));
    held.dismount(DismountOptions::IMMEDIATE).unwrap();
    let mut guest = site.guest();
    assert_eq!(ask(&mut guest, "mount"), "mounted");
    guest.kill();
    until(|| site.drive() == DriveState::Dismountable);
    assert!(site.tapes().iter().all(|tape| tape.media_state == MediaState::Idle));
    drop(site.session.mount(site.media[0]).expect("nobody has it"));
    site.check();
}

#[test]
fn library_st6_a_process_that_joins_cancels_nothing_of_the_living() {
    let site = Site::new();
    let _held = site.session.mount(site.media[1]).unwrap();
    let mut guest = site.guest();
    guest.say("mount");
    until(|| site.last_mount() == Some(LibraryRequestState::Waiting));
    let _another = site.guest();
    assert_eq!(site.last_mount(), Some(LibraryRequestState::Waiting));
    guest.kill();
    until(|| site.last_mount() == Some(LibraryRequestState::Cancelled));
}

#[test]
fn a_process_without_the_library_asks_its_owner_to_disable_a_drive() {
    let site = Site::new();
    let mut guest = site.guest();
    assert_eq!(ask(&mut guest, "mount"), "mounted");
    assert_eq!(ask(&mut guest, "drop"), "done");
    assert_eq!(site.drive(), DriveState::Dismountable);
    assert_eq!(ask(&mut guest, "disable"), "disabled");
    assert_eq!(site.drive(), DriveState::Dismounted, "its medium has gone home");
    assert_eq!(ask(&mut guest, "disable"), format!("{:?}", ErrorKind::InvalidState));
    site.manager.detach(site.library).unwrap();
    site.check();
}

#[test]
fn without_an_owner_nobody_waits_blindly() {
    let site = Site::new();
    let mut guest = site.guest();
    let held = site.session.mount(site.media[1]).unwrap();
    guest.say("mount");
    until(|| site.last_mount() == Some(LibraryRequestState::Waiting));
    drop(held);
    until(|| site.last_mount() == Some(LibraryRequestState::Waiting));
    site.manager.detach(site.library).unwrap();
    let state = site.session.info(site.library).unwrap().common.operational_state;
    assert_eq!(state, OperationalState::NotPresent);
    let refused = format!("{:?}", ErrorKind::ResourceNotAvailable);
    assert_eq!(guest.next(), Some(refused.clone()));
    assert_eq!(ask(&mut guest, "mount"), refused, "its media count as offline");
    site.check();
}

/// A process that has the catalog open, and no library.
fn guest(directory: &Path, media: LogicalMediaId) {
    let manager = Manager::open(directory).expect("catalog");
    let session = manager.session("guest").expect("session");
    let mut mount: Option<Mount> = None;
    let side: SideId = session.list(Some(media.into())).unwrap()[0];
    child::tell("ready");
    while let Some(line) = child::hear() {
        let request = MountRequest::from(media);
        let mounted = match line.as_str() {
            "mount" => session.mount(request),
            "try" => session.mount(request.options(AT_ONCE)),
            "up" => session.mount(request.timeout(Timeout::NoWait)),
            "take" => session.mounted(side),
            other => {
                child::tell(
                    &match other {
                        "disable" => {
                            let drive = session.list::<DriveId>(None).unwrap()[0];
                            session.disable(drive).map(|()| "disabled".to_owned())
                        }
                        "queue" => session.queue_mount(request).map(|_| "queued".to_owned()),
                        "open" => {
                            let opened = mount.as_ref().unwrap().open(Access::Read);
                            opened.map(|_| "open".to_owned())
                        }
                        "dismount" => {
                            let options = DismountOptions::IMMEDIATE;
                            mount.take().unwrap().dismount(options).map(|()| "done".to_owned())
                        }
                        _ => {
                            drop(mount.take());
                            Ok("done".to_owned())
                        }
                    }
                    .unwrap_or_else(|error| format!("{:?}", error.kind())),
                );
                continue;
            }
        };
        child::tell(&match mounted {
            Ok(up) => {
                mount = Some(up);
                "mounted".to_owned()
            }
            Err(error) => format!("{:?}", error.kind()),
        });
    }
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    guest(Path::new(&part[1]), part[2].parse().expect("id"));
}
