//! What tests of doors, ports and cleaning look at besides, and libraries that notice nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(missing_docs, dead_code)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use rsm::clock::VirtualClock;
use rsm::device::simulated::{SimulatedLibrary, SimulatedLibraryBuilder};
use rsm::device::{Changer, Drive, LibraryDevice, LibraryIdentity};
use rsm::model::{
    Caller, LibraryId, LibraryOperation, LibraryRequest, LibraryRequestId, LibraryRequestState,
    OperatorRequest, OperatorRequestId,
};
use rsm::{ErrorKind, Session};
use tempfile::TempDir;

use crate::robot::{Robot, TAPE, options};

pub fn kind<T>(result: rsm::Result<T>) -> ErrorKind {
    result.err().expect("must fail").kind()
}

/// What there is to see while a library works.
pub trait Hall {
    fn session(&self) -> &Session;

    /// Waits until something is so, in real time: time on the library's clock stands still.
    #[track_caller]
    fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < Duration::from_secs(20), "{what}: it does not come to that");
            std::thread::yield_now();
        }
    }

    fn state(&self, request: LibraryRequestId) -> LibraryRequestState {
        self.session().info(request).unwrap().state
    }

    /// The requests of a kind, oldest first.
    fn of(&self, operation: LibraryOperation) -> Vec<LibraryRequest> {
        let ids = self.session().list::<LibraryRequestId>(None).unwrap();
        let all = ids.into_iter().filter_map(|id| self.session().info(id).ok());
        all.filter(|request| request.operation == operation).collect()
    }

    fn states(&self, operation: LibraryOperation) -> Vec<LibraryRequestState> {
        self.of(operation).iter().map(|request| request.state).collect()
    }

    fn last(&self, operation: LibraryOperation) -> LibraryRequest {
        self.of(operation).pop().unwrap()
    }

    /// What people were asked, oldest first.
    fn asked(&self) -> Vec<OperatorRequest> {
        let all: Vec<OperatorRequestId> = self.session().list(None).unwrap();
        all.into_iter().filter_map(|id| self.session().info(id).ok()).collect()
    }
}

impl Hall for Robot {
    fn session(&self) -> &Session {
        &self.session
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
    let nobody = Caller {
        user: crate::support::USER,
        groups: vec![],
        administrator: false,
        user_name: "somebody".to_owned(),
    };
    let stranger = robot.manager.session_as("stranger", nobody).unwrap();
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
