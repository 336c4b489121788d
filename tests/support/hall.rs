//! What tests of doors, ports and cleaning look at besides, and libraries that notice nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(missing_docs, dead_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rsm::clock::VirtualClock;
use rsm::device::simulated::{
    ChangerLayout, Place, PortLayout, SimulatedLibrary, SimulatedLibraryBuilder,
};
use rsm::device::{Changer, Drive, LibraryDevice, LibraryIdentity};
use rsm::model::{
    Caller, Id, LibraryId, LibraryOperation, LibraryRequest, LibraryRequestId, LibraryRequestState,
    ObjectId, ObjectType, OperatorRequest, OperatorRequestId,
};
use rsm::{ErrorKind, Session};
use tempfile::TempDir;

pub use crate::robot::kind;
use crate::robot::{Robot, TAPE, options};

/// What there is to see while a library works.
impl Robot {
    /// Waits until something is so, in real time: time on the library's clock stands still.
    #[track_caller]
    pub fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < Duration::from_secs(120), "{what}: it does not come to that");
            std::thread::yield_now();
        }
    }

    pub fn state(&self, request: LibraryRequestId) -> LibraryRequestState {
        self.session.info(request).unwrap().state
    }

    pub fn last(&self, operation: LibraryOperation) -> LibraryRequest {
        self.requests(operation).pop().unwrap()
    }

    /// What people were asked, oldest first.
    pub fn asked(&self) -> Vec<OperatorRequest> {
        let all: Vec<OperatorRequestId> = self.session.list(None).unwrap();
        all.into_iter().filter_map(|id| self.session.info(id).ok()).collect()
    }
}

/// The checks that all calls about a library have in common, for one that fits the call. Nothing
/// is changed by a call that is refused.
pub fn check_library_call(robot: &Robot, call: impl Fn(&Session, LibraryId) -> rsm::Result<()>) {
    check_library_call_with(
        robot,
        [ErrorKind::ResourceDisabled, ErrorKind::DeviceNotAvailable],
        call,
    );
}

/// The same for calls with errors of their own for libraries that are disabled or not present.
pub fn check_library_call_with(
    robot: &Robot,
    [disabled, absent]: [ErrorKind; 2],
    call: impl Fn(&Session, LibraryId) -> rsm::Result<()>,
) {
    let refused = |session: &Session, library, expected: ErrorKind| {
        let before = crate::support::dump(robot.dir.path());
        assert_eq!(kind(call(session, library)), expected);
        assert!(crate::support::dump(robot.dir.path()) == before, "{expected:?} changed something");
    };
    let session = &robot.session;
    refused(session, LibraryId::NULL, ErrorKind::InvalidParameter);
    refused(session, crate::support::unknown(), ErrorKind::InvalidLibrary);
    let offline = session.list::<LibraryId>(None).unwrap()[0];
    refused(session, offline, ErrorKind::LibraryOffline);
    let stranger = stranger(robot);
    refused(&stranger, robot.library, ErrorKind::AccessDenied);
    refused(&stranger, offline, ErrorKind::AccessDenied);
    let closed = robot.manager.session("closed").unwrap();
    closed.close().unwrap();
    refused(&closed, robot.library, ErrorKind::InvalidHandle);
    session.disable(robot.library).unwrap();
    refused(session, robot.library, disabled);
    session.enable(robot.library).unwrap();
    robot.manager.detach(robot.library).unwrap();
    refused(session, robot.library, absent);
}

/// A session of somebody without any right but the usual ones.
pub fn stranger(robot: &Robot) -> Session {
    let nobody = Caller {
        user: crate::support::USER,
        groups: vec![],
        administrator: false,
        user_name: "somebody".to_owned(),
    };
    robot.manager.session_as("stranger", nobody).unwrap()
}

/// Whether an operation has told this: event, kind and id of an object.
pub fn was_told(robot: &Robot, change: (u8, ObjectType, ObjectId)) -> bool {
    let connection = rusqlite::Connection::open(robot.dir.path().join("catalog.db")).unwrap();
    let mut log = connection.prepare("SELECT changes FROM change_log").unwrap();
    let told: Vec<Vec<u8>> =
        log.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let (event, kind, id) = change;
    let wanted: Vec<u8> =
        [event, kind.value()].into_iter().chain(id.as_uuid().into_bytes()).collect();
    told.iter().any(|changes| changes.chunks(18).any(|change| change == wanted))
}

/// A library that does not tell when something changes.
#[derive(Debug)]
struct Deaf(Arc<SimulatedLibrary>);

impl LibraryDevice for Deaf {
    fn identity(&self) -> LibraryIdentity {
        self.0.identity()
    }

    fn changers(&self) -> Vec<Arc<dyn Changer>> {
        self.0.changers()
    }

    fn drives(&self) -> Vec<Arc<dyn Drive>> {
        self.0.drives()
    }

    fn media_types(&self) -> Vec<u32> {
        self.0.media_types()
    }
}

/// A library that has to be asked what has changed.
pub fn deaf(builder: SimulatedLibraryBuilder) -> (Robot, Arc<SimulatedLibrary>) {
    let clock = VirtualClock::new();
    let device = Arc::new(builder.clock(clock.clone()).build().unwrap());
    let dir = TempDir::new().unwrap();
    let manager = options(&clock).open(dir.path()).unwrap();
    let session = manager.session("test").unwrap();
    let library = manager.attach(Arc::new(Deaf(device.clone()))).unwrap();
    let robot = Robot { session, library, manager, device: device.clone(), clock, code: TAPE, dir };
    robot.settle();
    (robot, device)
}

/// A library of eight slots with ports. Tapes with these bar codes lie in the first slots; where
/// there is none, the slot is empty.
pub fn ports(drives: u32, layouts: &[PortLayout], codes: &[&str]) -> Robot {
    ports_and_reader(drives, layouts, codes, true)
}

pub fn ports_and_reader(
    drives: u32,
    layouts: &[PortLayout],
    codes: &[&str],
    reader: bool,
) -> Robot {
    let cells = layouts.iter().map(|layout| layout.cells).sum();
    let changer = ChangerLayout { ports: cells, ..crate::robot::layout(drives) };
    let device = SimulatedLibrary::builder().changer(changer).media_type(TAPE.value());
    let device = layouts.iter().fold(device, |device, layout| device.port(*layout));
    let device = device.bar_code_reader(reader);
    let clock = VirtualClock::new();
    let device = Arc::new(device.clock(clock.clone()).build().unwrap());
    let (hands, slots) = (device.hands(), device.changers()[0].geometry().unwrap().slots);
    for (code, address) in codes.iter().zip(slots.iter()).filter(|(code, _)| !code.is_empty()) {
        let cartridge = hands.make(crate::robot::tape(code)).unwrap();
        hands.insert(cartridge, Place { changer: 0, address }).unwrap();
    }
    Robot::with_device(device, clock, TAPE)
}

/// An element of the ports, counted from 0.
pub fn cell(robot: &Robot, number: u32) -> Place {
    let geometry = robot.device.changers()[0].geometry().unwrap();
    Place { changer: 0, address: geometry.ports.address(number).unwrap() }
}

/// Time passes while it is here: a second after the other, as fast as the others let it.
struct Ticking(Arc<AtomicBool>, Option<std::thread::JoinHandle<()>>);

impl Ticking {
    fn of(clock: Arc<VirtualClock>) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let ends = ended.clone();
        let ticks = std::thread::spawn(move || {
            while !ends.load(Ordering::Relaxed) {
                clock.advance(Duration::from_secs(1));
                std::thread::yield_now();
            }
        });
        Self(ended, Some(ticks))
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.take().unwrap().join().unwrap();
    }
}

/// The process dies, something happens to the library, and another process takes it: the rows in
/// the catalog are those of the moment.
pub fn crash(robot: Robot, meanwhile: impl FnOnce(&SimulatedLibrary)) -> Robot {
    crash_while(robot, |_| None, meanwhile)
}

/// The same with a drive at work, for whose end both processes wait.
pub fn crash_at_work(robot: Robot) -> Robot {
    crash_while(robot, |clock| Some(Ticking::of(clock)), |_| {})
}

fn crash_while(
    robot: Robot,
    ticks: impl FnOnce(Arc<VirtualClock>) -> Option<Ticking>,
    meanwhile: impl FnOnce(&SimulatedLibrary),
) -> Robot {
    let saved = TempDir::new().unwrap();
    rusqlite::Connection::open(robot.dir.path().join("catalog.db"))
        .unwrap()
        .execute("VACUUM INTO ?1", [saved.path().join("catalog.db").to_str().unwrap()])
        .unwrap();
    let places: Vec<_> = robot.device.hands().elements().unwrap();
    let Robot { session, manager, device, clock, code, library, dir } = robot;
    let _ticking = ticks(clock.clone());
    drop(session);
    let _given_back = manager.detach(library);
    drop(manager);
    drop(dir);
    // What the end of the process has still moved goes back to where it was.
    let hands = device.hands();
    let now: Vec<_> = hands.elements().unwrap();
    for seen in &now {
        let was = places.iter().find(|was| was.place == seen.place).unwrap();
        if seen.cartridge.is_some() && seen.cartridge != was.cartridge {
            hands.remove(seen.place).unwrap();
        }
    }
    for was in &places {
        if let Some(cartridge) = was.cartridge
            && hands.look(was.place).unwrap().is_none()
        {
            hands.insert(cartridge, was.place).unwrap();
        }
    }
    meanwhile(&device);
    let manager = options(&clock).open(saved.path()).unwrap();
    let session = manager.session("test").unwrap();
    let library = manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
    let robot = Robot { session, library, manager, device, clock, code, dir: saved };
    robot.settle();
    robot
}
