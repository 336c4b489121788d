//! After an unclean end everything is put in order by itself, in a bounded number of attempts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/robot.rs"]
mod robot;
#[path = "support/until.rs"]
mod until;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use hostile::Hostile;
use parking_lot::Mutex;
use robot::{DEFERRED, IMMEDIATE, Robot, TAPE, builder, options, tape};
use rsm::ErrorKind;
use rsm::clock::{Clock, VirtualClock};
use rsm::device::{DeviceClass, LibraryDevice, Timeouts};
use rsm::model::{
    DriveState, InventoryMethod, LibraryOperation, LibraryRequest, LibraryRequestId,
    LibraryRequestState, LogicalMediaId, MediaState, OperatorRequestId, OperatorRequestState,
    OperatorRequestSummary, OperatorTask, PhysicalMediaId, SideId, Timeout,
};
use tempfile::TempDir;
use until::until;

/// A robot whose devices can be twisted.
fn hostile_robot(drives: u32, codes: &[&str]) -> (Robot, Arc<Hostile>) {
    let clock = VirtualClock::new();
    let builder = builder(drives, TAPE).cartridges(codes.iter().map(|code| tape(code)));
    let hostile = Hostile::new(builder.clock(clock.clone()).build().unwrap());
    let dir = TempDir::new().unwrap();
    let options = options(&clock).busy_timeout(Duration::from_millis(20));
    let manager = options.open(dir.path()).unwrap();
    let session = manager.session("test").unwrap();
    let library = manager.attach(hostile.clone() as Arc<dyn LibraryDevice>).unwrap();
    let device = Arc::clone(&hostile.inner);
    let robot = Robot { session, library, manager, device, clock, code: TAPE, dir };
    robot.settle();
    robot.prepare_all();
    (robot, hostile)
}

fn held(robot: &Robot, code: &str) -> LogicalMediaId {
    robot.allocate(robot.by_bar_code(code).id).logical_media
}

fn unfinished(robot: &Robot) -> Vec<LibraryRequest> {
    let all = robot.session.list::<LibraryRequestId>(Some(robot.library.into())).unwrap();
    let all = all.into_iter().map(|id| robot.session.info(id).unwrap());
    all.filter(|request| !request.state.is_final()).collect()
}

/// Time goes by until something is so.
fn later(robot: &Robot, is_so: impl Fn() -> bool) {
    until(|| {
        robot.clock.advance(Duration::from_secs(60));
        robot.settle();
        is_so()
    });
}

/// Mounts a medium while time goes by, and puts it away.
fn take_turn(robot: &Robot, media: LogicalMediaId) {
    std::thread::scope(|scope| {
        let call = scope.spawn(|| robot.mount(media));
        later(robot, || call.is_finished());
        call.join().unwrap().dismount(IMMEDIATE).unwrap();
    });
    later(robot, || unfinished(robot).is_empty());
}

/// Nothing can be written while these are kept, whoever was inside has left.
fn close_gate(directory: &Path) -> [File; 2] {
    ["gate", "lock"].map(|name| {
        let file = File::open(directory.join(name)).unwrap();
        file.lock().unwrap();
        file
    })
}

const NO_WAIT: Timeout = Timeout::NoWait;

#[test]
fn wrong_21_a_mount_whose_last_step_cannot_be_written_is_undone_by_itself() {
    let (robot, hostile) = hostile_robot(1, &["A1", "A2"]);
    let (first, second) = (held(&robot, "A1"), held(&robot, "A2"));
    let gate = Arc::new(Mutex::new(None));
    let (directory, held) = (robot.dir.path().to_owned(), Arc::clone(&gate));
    *hostile.manners.before_load.lock() =
        Some(Box::new(move || *held.lock() = Some(close_gate(&directory))));
    robot.session.mount(first).unwrap_err();
    robot.settle();
    *hostile.manners.before_load.lock() = None;
    assert_eq!(unfinished(&robot).len(), 1, "nobody could write that it failed");
    // Tried again, in vain.
    robot.clock.advance(Duration::from_secs(1));
    robot.settle();
    *gate.lock() = None;
    // The session is still open.
    later(&robot, || unfinished(&robot).is_empty());
    assert_eq!(robot.by_bar_code("A1").media_state, MediaState::Idle);
    [second, first].into_iter().for_each(|media| take_turn(&robot, media));
    robot.assert_all_in_slots(2);
    robot.check();
}

#[test]
fn wrong_21_a_dismount_that_cannot_be_written_loses_nothing() {
    let (robot, _hostile) = hostile_robot(1, &["A1", "A2"]);
    let media = [held(&robot, "A1"), held(&robot, "A2")];
    let mount = robot.mount(media[0]);
    // Closed when the robot has the tape: the dismount was acknowledged before.
    mount.dismount(IMMEDIATE).unwrap();
    let gate = close_gate(robot.dir.path());
    robot.settle();
    drop(gate);
    later(&robot, || unfinished(&robot).is_empty());
    assert_eq!(robot.by_bar_code("A1").media_state, MediaState::Idle);
    media.into_iter().for_each(|media| take_turn(&robot, media));
    robot.assert_all_in_slots(2);
    robot.check();
    let all = robot.session.list::<LibraryRequestId>(Some(robot.library.into())).unwrap();
    let states = all.into_iter().map(|id| robot.session.info(id).unwrap().state);
    assert!(states.into_iter().all(LibraryRequestState::is_final));
}

#[test]
fn wrong_21_a_tape_that_went_home_unwritten_is_found_there() {
    for tries in 1..=6 {
        let (robot, hostile) = hostile_robot(1, &["A1", "A2"]);
        let media = [held(&robot, "A1"), held(&robot, "A2")];
        let mount = robot.mount(media[0]);
        let (directory, gate) = (robot.dir.path().to_owned(), Arc::new(Mutex::new(None)));
        let held = Arc::clone(&gate);
        *hostile.manners.after_move.lock() =
            Some(Box::new(move || *held.lock() = Some(close_gate(&directory))));
        let waits = || robot.manager.statistics().gate_waits;
        let before = waits();
        mount.dismount(IMMEDIATE).unwrap();
        // So many writes are in vain, or as many as there are before it is tried again later.
        for tried in 1..=tries {
            until(|| {
                robot.clock.advance(Duration::from_millis(100));
                waits() >= before + tried || robot.manager.wait_until_idle(NO_WAIT).is_ok()
            });
        }
        *gate.lock() = None;
        // The request may end before the drive has been looked at again.
        later(&robot, || unfinished(&robot).is_empty() && robot.in_slot(1).is_some());
        let tape = robot.in_slot(1).expect("at home");
        assert_eq!((tape.bar_code.as_str(), tape.media_state), ("A1", MediaState::Idle));
        assert_eq!(robot.session.operator_requests().unwrap(), []);
        media.into_iter().for_each(|media| take_turn(&robot, media));
        robot.assert_all_in_slots(2);
        robot.check();
    }
}

/// Mounts a tape whose drive is busy for 20 minutes when it loads.
fn mount_slowly(patience: Option<Timeouts>) -> Result<(), rsm::Error> {
    let clock = VirtualClock::automatic();
    let builder = builder(1, TAPE).cartridge(tape("A1"));
    let device = Hostile::new(builder.clock(clock.clone()).build().unwrap());
    let dir = TempDir::new().unwrap();
    let manager = options(&clock).open(dir.path()).unwrap();
    let session = manager.session("test").unwrap();
    let library = manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
    manager.wait_until_idle(Timeout::Forever).unwrap();
    let medium = session.list::<PhysicalMediaId>(Some(library.into())).unwrap()[0];
    let side = session.list::<SideId>(Some(medium.into())).unwrap()[0];
    manager.set_timeouts(&device.drives()[0].identity().serial, patience).unwrap();
    let until = clock.monotonic() + Duration::from_secs(20 * 60);
    *device.manners.busy.lock() = Some(Box::new(move || clock.monotonic() < until));
    session.mount(side).map(drop)
}

#[test]
fn wrong_19_how_long_a_device_may_take_is_told_for_each_device() {
    let usual = Timeouts::of(DeviceClass::Tape);
    let error = mount_slowly(None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnableToLoadMedium);
    mount_slowly(Some(usual.load(Duration::from_secs(3600)))).unwrap();
    // Each command and class has its own.
    assert_ne!(usual.load, usual.unload);
    assert_ne!(usual, Timeouts::of(DeviceClass::Changer));
    let robot = Robot::with_tapes(1, &["A1"]);
    let refused = robot.manager.set_timeouts("", Some(usual)).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidParameter);
    let refused = robot.manager.set_timeouts("S1", Some(usual.ready(Duration::ZERO))).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidParameter);
}

/// A tape is mounted, and people have filled its slot: no slot is empty.
fn without_room() -> (Robot, LogicalMediaId) {
    let codes: Vec<String> = (1..=8).map(|n| format!("A{n}")).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let robot = Robot::with_tapes(1, &codes);
    robot.prepare_all();
    let media = held(&robot, "A1");
    let mount = robot.mount(media);
    let hands = robot.device.hands();
    hands.insert(hands.make(tape("X1")).unwrap(), robot.place(1)).unwrap();
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    let dismount = unfinished(&robot).remove(0);
    assert_eq!(dismount.operation, LibraryOperation::Dismount);
    assert_eq!(dismount.state, LibraryRequestState::Waiting);
    assert_eq!(robot.drives()[0].state, DriveState::Unloaded);
    assert_eq!(robot.by_bar_code("A1").media_state, MediaState::Unloaded);
    robot.check();
    (robot, media)
}

/// What people are asked for the tape that finds no slot.
fn asked(robot: &Robot) -> OperatorRequestId {
    let open = robot.session.operator_requests().unwrap();
    let medium = robot.by_bar_code("A1").id;
    let moves = |open: &&OperatorRequestSummary| matches!(open.request.task, OperatorTask::MoveMedia { medium: m, .. } if m == medium);
    let mut found: Vec<_> = open.iter().filter(moves).map(|open| open.request.id).collect();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn a_dismount_without_an_empty_slot_waits_for_one_and_goes_on() {
    // library-control 4.2
    let (robot, media) = without_room();
    let asked = asked(&robot);
    robot.device.hands().remove(robot.place(5)).unwrap();
    robot.look(InventoryMethod::Fast);
    assert!(unfinished(&robot).is_empty());
    assert_eq!(robot.session.info(asked).unwrap().state, OperatorRequestState::Complete);
    assert_eq!(robot.in_slot(5).unwrap().bar_code, "A1");
    drop(robot.mount(media));
    robot.check();
}

#[test]
fn a_dismount_without_an_empty_slot_fails_when_a_person_refuses() {
    let (robot, media) = without_room();
    let first = asked(&robot);
    // It is not done, whatever somebody says: it is asked for again.
    robot.session.satisfy_operator_request(first).unwrap();
    robot.settle();
    let second = asked(&robot);
    assert_ne!(first, second);
    robot.check();
    let request = unfinished(&robot).remove(0).id;
    robot.session.cancel_operator_request(second).unwrap();
    robot.settle();
    let request = robot.session.info(request).unwrap();
    let failed = (LibraryRequestState::Failed, Some(ErrorKind::LibraryFull));
    assert_eq!((request.state, request.error), failed);
    assert_eq!(robot.drives()[0].state, DriveState::Dismountable);
    robot.check();
    drop(robot.mount(media));
    robot.check();
}

#[test]
fn a_tape_that_waits_for_a_slot_can_be_mounted_where_it_is_or_its_dismount_cancelled() {
    let (robot, media) = without_room();
    let mount = robot.mount(media);
    assert!(unfinished(&robot).is_empty());
    assert!(robot.session.operator_requests().unwrap().is_empty());
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    robot.session.cancel_library_request(unfinished(&robot).remove(0).id).unwrap();
    assert_eq!(robot.drives()[0].state, DriveState::Dismountable);
    assert!(robot.session.operator_requests().unwrap().is_empty());
    robot.check();
    let robot = robot.restart();
    robot.mount(media).dismount(IMMEDIATE).unwrap();
    robot.settle();
    robot.check();
}

#[test]
fn a_tape_that_the_library_puts_away_by_itself_waits_for_a_slot_too() {
    let codes: Vec<String> = (1..=8).map(|n| format!("A{n}")).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let robot = Robot::with_tapes(1, &codes);
    robot.prepare_all();
    let (first, second) = (held(&robot, "A1"), held(&robot, "A2"));
    robot.mount(first).dismount(DEFERRED).unwrap();
    robot.settle();
    assert_eq!(unfinished(&robot).remove(0).state, LibraryRequestState::Deferred);
    let hands = robot.device.hands();
    hands.insert(hands.make(tape("X1")).unwrap(), robot.place(1)).unwrap();
    robot.clock.advance(Duration::from_secs(3600));
    // Somebody else wants the drive.
    let error = robot.session.mount(second).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LibraryFull);
    robot.settle();
    let person = asked(&robot);
    let dismount = unfinished(&robot).remove(0);
    assert_eq!(dismount.operation, LibraryOperation::Dismount);
    assert_eq!(dismount.state, LibraryRequestState::Waiting);
    robot.check();
    // Whoever wants the drive now waits until there is room, and is served then.
    let waiting = robot.session.queue_mount(second).unwrap().remove(0);
    robot.settle();
    assert!(!robot.session.info(waiting).unwrap().state.is_final());
    hands.remove(robot.place(5)).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(robot.session.info(waiting).unwrap().state, LibraryRequestState::Passed);
    assert_eq!(robot.session.info(person).unwrap().state, OperatorRequestState::Complete);
    assert_eq!(robot.in_slot(5).unwrap().bar_code, "A1");
    robot.check();
}
