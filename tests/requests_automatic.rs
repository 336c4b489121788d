//! What the library manager asks people by itself: each situation is asked for, met by what is seen
//! to be done, and refused; there is one open request for each cause.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/hall.rs"]
mod hall;
#[path = "support/robot.rs"]
mod robot;
mod support;
#[path = "support/until.rs"]
mod until;

use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use robot::{DEFERRED, IMMEDIATE, Robot, kind, prepared, tape};
use rsm::device::DeviceErrorKind;
use rsm::device::simulated::{DoorLayout, Fault, PortLayout, SimulatedLibrary};
use rsm::model::{
    AllocateRequest, CleanerEject, CleanerInject, CleanerTarget, ComputerId, DoorInventory,
    EjectAction, InjectAction, InventoryMethod, LibraryId, LibraryOperation, LibraryRequestId,
    LibraryRequestState, Location, LogicalMediaId, MediaPoolPolicy, MediaState, MountRequest,
    OperationalState, OperatorRequest, OperatorRequestId, OperatorRequestState, OperatorTask,
    PhysicalMediaId, ServiceTarget, Timeout, WaitingCall,
};
use rsm::{ErrorKind, Mount};
use until::until;

use LibraryRequestState::{Failed, InProcess, Passed, Waiting};
use OperatorRequestState::{Complete, Refused};

const MOTOR: PortLayout = PortLayout { cells: 1, motorised: true, reports_content: true };

fn service(device: impl Into<ServiceTarget>) -> OperatorTask {
    OperatorTask::DeviceService { device: device.into() }
}

fn cleaner(target: impl Into<CleanerTarget>) -> OperatorTask {
    OperatorTask::Cleaner { target: target.into() }
}

fn offline(robot: &Robot) -> LibraryId {
    robot.session.list::<LibraryId>(None).unwrap()[0]
}

/// What was asked of this kind, oldest first.
fn asked(robot: &Robot, task: OperatorTask) -> Vec<OperatorRequest> {
    robot.asked().into_iter().filter(|asked| asked.task == task).collect()
}

fn open(robot: &Robot, task: OperatorTask) -> Option<OperatorRequestId> {
    let mut open: Vec<_> = asked(robot, task).into_iter().filter(|a| !a.state.is_final()).collect();
    assert!(open.len() <= 1, "asked twice: {open:?}");
    open.pop().map(|asked| asked.id)
}

fn state(robot: &Robot, request: OperatorRequestId) -> OperatorRequestState {
    robot.session.info(request).unwrap().state
}

fn outcome(robot: &Robot, request: LibraryRequestId) -> (LibraryRequestState, Option<ErrorKind>) {
    let record = robot.session.info(request).unwrap();
    (record.state, record.error)
}

/// A mount in another thread, once people are asked for its medium.
fn mount<'s>(
    scope: &'s thread::Scope<'s, '_>,
    robot: &'s Robot,
    media: LogicalMediaId,
    task: OperatorTask,
    nth: usize,
) -> ScopedJoinHandle<'s, rsm::Result<Mount>> {
    let waits = move || {
        let open = robot.session.operator_requests().unwrap();
        open.iter().find(|open| open.request.task == task).map_or(0, |open| open.waits.len())
    };
    let call = scope.spawn(move || robot.session.mount(MountRequest::from(media)));
    until(|| waits() == nth);
    call
}

#[test]
fn automatic_mount_of_an_offline_medium() {
    let (robot, media) = prepared(1, &["A1"]);
    let tape = robot.device.hands().remove(robot.place(1)).unwrap();
    robot.look(InventoryMethod::Fast);
    let task = OperatorTask::MoveMedia { medium: robot.by_bar_code("A1").id, to: robot.library };
    // Refused: whoever waits fails; there is one request for two of them.
    thread::scope(|scope| {
        let first = mount(scope, &robot, media[0], task, 1);
        let request = open(&robot, task).unwrap();
        let second = mount(scope, &robot, media[0], task, 2);
        assert_eq!(open(&robot, task), Some(request));
        assert_eq!(robot.by_bar_code("A1").media_state, MediaState::WaitingForOperator);
        robot.session.cancel_operator_request(request).unwrap();
        for call in [first, second] {
            assert_eq!(kind(call.join().unwrap()), ErrorKind::RequestRefused);
        }
        assert_eq!(state(&robot, request), Refused);
    });
    for id in robot.requests(LibraryOperation::Mount).into_iter().map(|request| request.id) {
        assert_eq!(outcome(&robot, id), (Failed, Some(ErrorKind::RequestRefused)));
    }
    // Met: the medium is seen.
    thread::scope(|scope| {
        let call = mount(scope, &robot, media[0], task, 1);
        let request = open(&robot, task).unwrap();
        robot.device.hands().insert(tape, robot.place(1)).unwrap();
        robot.look(InventoryMethod::Fast);
        call.join().unwrap().unwrap().dismount(IMMEDIATE).unwrap();
        assert_eq!(state(&robot, request), Complete);
    });
    robot.settle();
    // Deleted: nobody waits any more.
    robot.device.hands().remove(robot.place(1)).unwrap();
    robot.look(InventoryMethod::Fast);
    thread::scope(|scope| {
        let call = mount(scope, &robot, media[0], task, 1);
        let request = open(&robot, task).unwrap();
        robot.session.close().unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::Cancelled);
        let other = robot.manager.session("other").unwrap();
        assert_eq!(kind(other.info(request)), ErrorKind::ObjectNotFound);
    });
    robot.settle();
    robot.check();
}

#[test]
fn automatic_allocation_that_finds_nothing() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let (pool, medium) = (robot.pool(), robot.by_bar_code("A1").id);
    let task = OperatorTask::NewMedia { pool, library: None };
    let request = AllocateRequest::from(pool).timeout(Timeout::Forever);
    let open = || asked(&robot, task).into_iter().filter(|asked| !asked.state.is_final()).count();
    thread::scope(|scope| {
        // Each call has a request of its own.
        let calls = [(); 2].map(|()| scope.spawn(|| robot.session.allocate_media(request)));
        until(|| open() == 2);
        let first = asked(&robot, task)[0].id;
        robot.session.cancel_operator_request(first).unwrap();
        until(|| calls.iter().any(ScopedJoinHandle::is_finished));
        assert_eq!((state(&robot, first), open()), (Refused, 1));
        robot.prepare(medium);
        let mut results = calls.map(|call| call.join().unwrap());
        results.sort_by_key(Result::is_ok);
        let [refused, allocated] = results;
        assert_eq!(kind(refused), ErrorKind::Cancelled);
        assert_eq!(allocated.unwrap().physical_media, medium);
    });
    // Whoever got something has taken its request with it.
    assert_eq!(asked(&robot, task).len(), 1);
    robot.check();
}

#[test]
fn automatic_drive_fails() {
    let (robot, media) = prepared(2, &["A1", "A2", "A3"]);
    let drive = robot.drives()[0].id;
    let fault = Fault::LoadFails {
        drive: robot.device.drive_places()[0],
        kind: DeviceErrorKind::DriveFault,
    };
    robot.device.inject_always(fault);
    for medium in &media {
        robot.mount(*medium).dismount(IMMEDIATE).unwrap();
        robot.settle();
    }
    let needs = || robot.drive(drive).common.operational_state == OperationalState::NeedsService;
    let first = open(&robot, service(drive)).unwrap();
    assert!(needs());
    // Refused: it stays out of service, and nobody waits for it.
    robot.session.cancel_operator_request(first).unwrap();
    assert!(needs());
    assert_eq!(open(&robot, service(drive)), None);
    drop(robot.mount(media[0]));
    robot.check();
}

#[test]
fn automatic_changer_fails() {
    let (robot, media) = prepared(1, &["A1"]);
    let task = service(robot.library);
    // Refused: what waits for it fails with the error of the device.
    thread::scope(|scope| {
        robot.device.inject(Fault::Jam { changer: 0 });
        let call = scope.spawn(|| robot.session.mount(media[0]));
        until(|| open(&robot, task).is_some());
        robot.settle();
        let request = open(&robot, task).unwrap();
        robot.session.refuse_operator_request(request, "the keys are lost").unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::DeviceNotAvailable);
        assert_eq!(state(&robot, request), Refused);
    });
    let mount = robot.last(LibraryOperation::Mount);
    assert_eq!((mount.state, mount.error), (Failed, Some(ErrorKind::DeviceNotAvailable)));
    // Met: the robot is seen to move again.
    robot.device.hands().clear_jam(0).unwrap();
    let library = || robot.session.info(robot.library).unwrap().common.operational_state;
    until(|| {
        robot.clock.advance(Duration::from_secs(60));
        library() == OperationalState::Ready
    });
    robot.settle();
    assert_eq!(open(&robot, task), None);
    drop(robot.mount(media[0]));
    robot.check();
}

/// A tape that fails in two drives.
fn suspect() -> (Robot, PhysicalMediaId, OperatorRequestId) {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    let medium = robot.by_bar_code("A1").id;
    for drive in robot.device.drive_places() {
        robot.device.inject(Fault::LoadFails { drive, kind: DeviceErrorKind::DriveFault });
    }
    assert_eq!(kind(robot.session.mount(media[0])), ErrorKind::UnableToLoadMedium);
    robot.settle();
    let request = open(&robot, service(medium)).unwrap();
    assert!(robot.session.medium_health(medium).unwrap().is_suspect);
    (robot, medium, request)
}

#[test]
fn automatic_medium_fails_in_two_drives() {
    // Met: it is identified again.
    let (robot, medium, request) = suspect();
    robot.look(InventoryMethod::FullLabelRead);
    assert_eq!(state(&robot, request), Complete);
    assert!(!robot.session.medium_health(medium).unwrap().is_suspect);
    robot.check();
    // Or somebody has taken it out.
    let (robot, medium, request) = suspect();
    let tape = robot.device.hands().remove(robot.place(1)).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(state(&robot, request), Complete);
    robot.device.hands().insert(tape, robot.place(1)).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(open(&robot, service(medium)), None);
    robot.check();
    // Or it is deleted.
    let robot = Robot::with_tapes(2, &["A1"]);
    let medium = robot.by_bar_code("A1").id;
    robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
    robot.settle();
    let computer = robot.session.list::<ComputerId>(None).unwrap()[0];
    let mut policy = robot.session.info(computer).unwrap();
    policy.media_pool_policy = MediaPoolPolicy::PURGE_OFFLINE_FREE;
    robot.session.set_info(&policy).unwrap();
    let side = robot.side(medium).id;
    for drive in robot.device.drive_places() {
        robot.device.inject(Fault::LoadFails { drive, kind: DeviceErrorKind::DriveFault });
    }
    assert_eq!(kind(robot.session.mount(side)), ErrorKind::UnableToLoadMedium);
    robot.settle();
    let request = open(&robot, service(medium)).unwrap();
    robot.device.hands().remove(robot.place(1)).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(kind(robot.session.info(medium)), ErrorKind::ObjectNotFound);
    assert_eq!(open(&robot, service(medium)), None);
    assert!(!robot.asked().iter().any(|asked| asked.id == request && !asked.state.is_final()));
    robot.check();
    // Refused: nobody waits for it.
    let (robot, medium, request) = suspect();
    robot.session.cancel_operator_request(request).unwrap();
    assert!(robot.session.medium_health(medium).unwrap().is_suspect);
    robot.check();
}

/// A library with a port and slot 8 reserved for the cleaner.
fn reserved(uses: Option<u32>) -> Robot {
    let robot = hall::ports(1, &[MOTOR], &["A1"]);
    robot.session.reserve_cleaner_slot(robot.library, robot.slot(8)).unwrap();
    if let Some(uses) = uses {
        put_in(&robot, uses);
    }
    robot
}

fn put_in(robot: &Robot, uses: u32) {
    let action = CleanerInject::Start { cleans_left: uses };
    let request = robot.session.inject_cleaner(robot.library, action).unwrap();
    robot.until("people are waited for", || robot.state(request) == InProcess);
    robot.settle();
    let cleaner = robot.device.hands().make(tape("CLN001L8").cleaner(uses)).unwrap();
    robot.device.hands().put_in(cleaner, hall::cell(robot, 0)).unwrap();
    robot.until("it is in", || robot.state(request) == Passed);
    robot.settle();
}

fn clean(robot: &Robot) -> LibraryRequestId {
    let request = robot.session.clean_drive(robot.drives()[0].id).unwrap().unwrap();
    robot.settle();
    request
}

#[test]
fn automatic_cleaning_without_a_usable_cleaner() {
    let robot = reserved(None);
    let task = cleaner(robot.library);
    let refused = clean(&robot);
    assert_eq!(robot.state(refused), Waiting);
    let request = open(&robot, task).unwrap();
    // The list says what waits.
    let listed = robot.session.operator_requests().unwrap().remove(0);
    let wait = &listed.waits[0];
    assert_eq!(wait.call, WaitingCall::Library(LibraryOperation::CleanDrive));
    assert_eq!((wait.work_item, wait.process), (Some(refused), None));
    assert!(listed.to_string().contains("the library waits"), "{listed}");
    robot.session.cancel_operator_request(request).unwrap();
    robot.settle();
    assert_eq!(outcome(&robot, refused), (Failed, Some(ErrorKind::UnableToClean)));
    // Met: a cleaner is put in.
    let served = clean(&robot);
    let request = open(&robot, task).unwrap();
    put_in(&robot, 3);
    robot.until("it is cleaned", || robot.state(served) == Passed);
    assert_eq!(state(&robot, request), Complete);
    robot.check();
}

#[test]
fn automatic_last_use_of_the_cleaner() {
    let robot = reserved(Some(1));
    let task = cleaner(robot.library);
    let cleaned = clean(&robot);
    robot.until("it is cleaned", || robot.state(cleaned) == Passed);
    robot.settle();
    let request = open(&robot, task).unwrap();
    // Met: it is replaced.
    let out = robot.session.eject_cleaner(robot.library, CleanerEject::Start).unwrap();
    robot.until("it is offered", || robot.state(out) == InProcess);
    robot.settle();
    robot.device.hands().take_out(hall::cell(&robot, 0)).unwrap();
    robot.until("it is out", || robot.state(out) == Passed);
    robot.settle();
    assert_eq!(open(&robot, task), Some(request));
    put_in(&robot, 3);
    assert_eq!(state(&robot, request), Complete);
    robot.check();
}

#[test]
fn automatic_more_cartridges_than_slots() {
    let codes = ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"];
    let port = PortLayout { cells: 2, ..MOTOR };
    let robot = hall::ports(1, &[port], &codes[..7]);
    let request = robot.session.inject_media(robot.library, InjectAction::Start).unwrap();
    robot.until("people are waited for", || robot.state(request) == InProcess);
    robot.settle();
    for cell in 0..2 {
        let cartridge = robot.device.hands().make(tape(&format!("B{cell}"))).unwrap();
        robot.device.hands().put_in(cartridge, hall::cell(&robot, cell)).unwrap();
    }
    robot.device.hands().push_port(0, 0).unwrap();
    robot.until("it has passed", || robot.state(request) == Passed);
    robot.settle();
    let task = service(robot.library);
    let asked = open(&robot, task).unwrap();
    // Met: the port is empty.
    robot.device.hands().take_out(hall::cell(&robot, 1)).unwrap();
    robot.until("it is seen", || state(&robot, asked) == Complete);
    robot.check();
}

#[test]
fn automatic_port_or_door_left_open() {
    // Refused, at a port: what was offered goes back.
    let robot = hall::ports(1, &[MOTOR], &["A1"]);
    let medium = robot.prepare(robot.by_bar_code("A1").id);
    let session = &robot.session;
    let request = session.eject_media(EjectAction::Start(Some(medium))).unwrap().unwrap();
    let is_offered = || matches!(robot.medium(medium).location, Some(Location::Port(_)));
    robot.until("it is offered", is_offered);
    robot.settle();
    let task = service(robot.library);
    robot.until("somebody is asked", || {
        robot.clock.advance(Duration::from_secs(60));
        open(&robot, task).is_some()
    });
    session.cancel_operator_request(open(&robot, task).unwrap()).unwrap();
    let failed = (Failed, Some(ErrorKind::ControllingPort));
    robot.until("it has failed", || outcome(&robot, request) == failed);
    robot.settle();
    robot.check();

    // Met, at a door: it is closed.
    let builder = SimulatedLibrary::builder().changer(robot::layout(1));
    let builder = builder.media_type(robot::TAPE.value()).door(DoorLayout::default());
    let robot = Robot::of(builder, robot::TAPE);
    let request = robot.session.access_library_door(robot.library, DoorInventory::None).unwrap();
    robot.until("it is unlocked", || robot.state(request) == InProcess);
    robot.settle();
    robot.until("it is unlocked", || robot.device.hands().open_door(0, 0).is_ok());
    let door = robot.session.list::<rsm::model::DoorId>(None).unwrap()[0];
    robot.until("somebody is asked", || {
        robot.clock.advance(Duration::from_secs(60));
        open(&robot, service(door)).is_some()
    });
    let asked = open(&robot, service(door)).unwrap();
    robot.device.hands().close_door(0, 0).unwrap();
    robot.until("it is seen", || state(&robot, asked) == Complete);
    robot.until("it has passed", || robot.state(request) == Passed);
    robot.settle();
    robot.check();
}

#[test]
fn automatic_dismount_without_an_empty_slot() {
    let codes = ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"];
    for refuse in [false, true] {
        let (robot, media) = prepared(1, &codes);
        let held = robot.mount(media[0]);
        let hands = robot.device.hands();
        hands.insert(hands.make(tape("X1")).unwrap(), robot.place(1)).unwrap();
        held.dismount(IMMEDIATE).unwrap();
        robot.settle();
        let medium = robot.by_bar_code("A1").id;
        let task = OperatorTask::MoveMedia { medium, to: offline(&robot) };
        let asked = open(&robot, task).unwrap();
        let listed = robot.session.operator_requests().unwrap().remove(0);
        let work = WaitingCall::Library(LibraryOperation::Dismount);
        assert_eq!(listed.waits[0].call, work);
        let dismount = listed.waits[0].work_item.unwrap();
        if refuse {
            robot.session.cancel_operator_request(asked).unwrap();
            robot.settle();
            assert_eq!(outcome(&robot, dismount), (Failed, Some(ErrorKind::LibraryFull)));
            drop(robot.mount(media[0]));
        } else {
            // Met: a slot is empty.
            hands.remove(robot.place(5)).unwrap();
            robot.look(InventoryMethod::Fast);
            assert_eq!((state(&robot, asked), robot.state(dismount)), (Complete, Passed));
        }
        robot.check();
    }
}

#[test]
fn automatic_cleaner_outside_of_the_reserved_slot() {
    let robot = Robot::with_tapes(1, &["A1", "CLN001L1"]);
    let task = cleaner(robot.slot(2));
    let request = open(&robot, task).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(open(&robot, task), Some(request));
    // Met: it is gone.
    robot.device.hands().remove(robot.place(2)).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(state(&robot, request), Complete);
    robot.check();
}

#[test]
fn requests_at_a_start_of_the_service() {
    let robot = reserved(None);
    let medium = robot.prepare(robot.by_bar_code("A1").id);
    let media = robot.allocate(medium).logical_media;
    robot.mount(media).dismount(DEFERRED).unwrap();
    let submitted = robot.session.submit_operator_request(OperatorTask::Message, Some("look"));
    let submitted = submitted.unwrap();
    let cleaning = clean(&robot);
    let own = open(&robot, cleaner(robot.library)).unwrap();
    let robot = robot.restart();
    // What the library asked for work that was cancelled is refused, what applications asked stays.
    assert_eq!(state(&robot, own), Refused);
    assert!(!state(&robot, submitted).is_final());
    assert!(robot.session.info(cleaning).is_ok_and(|request| request.state.is_final()));
    robot.check();
}

#[test]
fn a_request_of_an_application_is_no_cause_of_the_library_manager() {
    let robot = Robot::with_tapes(1, &["A1", "CLN001L1"]);
    let task = cleaner(robot.slot(2));
    let own = open(&robot, task).unwrap();
    let submitted = robot.session.submit_operator_request(task, None).unwrap();
    assert_ne!(own, submitted);
    robot.session.cancel_operator_request(own).unwrap();
    // Nothing attaches to it: the library asks for itself.
    robot.look(InventoryMethod::FullLabelRead);
    robot.device.hands().remove(robot.place(2)).unwrap();
    robot.look(InventoryMethod::Fast);
    assert!(!state(&robot, submitted).is_final());
    robot.check();
}
