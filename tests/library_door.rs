//! Doors: examples DA1-DA4, and people who are late, refuse, or have a key.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/hall.rs"]
mod hall;
#[path = "support/robot.rs"]
mod robot;
mod support;

use std::time::Duration;

use hall::kind;
use robot::{DEFERRED, Robot, TAPE, builder, tape};
use rsm::ErrorKind;
use rsm::device::simulated::{ChangerLayout, DoorLayout, PortLayout, SimulatedLibrary};
use rsm::model::{
    DoorId, DoorInventory, DoorState, DriveState, InsertEjectDoor, InventoryMethod,
    LibraryOperation, LibraryRequestId, LibraryRequestState, Location, MountRequest, ObjectType,
    OperatorRequestState, OperatorTask, ServiceTarget, SlotState, Timeout,
};
use support::unknown;

use DoorInventory::{Fast, None as NoInventory};
use LibraryRequestState::{Cancelled, Failed, InProcess, Passed, Queued, Waiting};

const LOCKED: DoorLayout = DoorLayout { slots: 0..u32::MAX, lockable: true, sensor: true };

fn with_door(drives: u32, codes: &[&str]) -> Robot {
    let tapes = codes.iter().map(|code| tape(code));
    Robot::of(builder(drives, TAPE).door(LOCKED).cartridges(tapes), TAPE)
}

fn door(robot: &Robot) -> InsertEjectDoor {
    robot.session.info(robot.session.list::<DoorId>(None).unwrap()[0]).unwrap()
}

fn access(robot: &Robot, inventory: DoorInventory) -> LibraryRequestId {
    robot.session.access_library_door(robot.library, inventory).unwrap()
}

/// Waits until people can open the door.
fn let_in(robot: &Robot, request: LibraryRequestId) {
    robot.until("people are let in", || robot.state(request) == InProcess);
    robot.settle();
}

/// Opens the door as soon as it is unlocked, and waits until that is seen.
fn open(robot: &Robot) {
    robot.until("it is unlocked", || robot.device.hands().open_door(0, 0).is_ok());
    robot.until("the door is seen open", || door(robot).state == DoorState::Open);
}

/// Opens the door, does something behind it, and closes it again.
fn behind_door(robot: &Robot, work: impl FnOnce()) {
    open(robot);
    work();
    robot.device.hands().close_door(0, 0).unwrap();
}

#[test]
fn library_doors_are_objects_of_their_library() {
    let robot = with_door(1, &["A1"]);
    let record = door(&robot);
    assert_eq!((record.number, record.library), (1, robot.library));
    assert_eq!((record.state, record.max_open_secs), (DoorState::Closed, 300));
    assert_eq!(record.common.name, "Door 1");
    let library = robot.session.info(robot.library).unwrap();
    assert_eq!((library.number_of_doors, library.first_door_number), (1, 1));
    assert_eq!(robot.session.find(record.id).unwrap(), ObjectType::InsertEjectDoor);
    assert_eq!(robot.session.list::<DoorId>(Some(robot.library.into())).unwrap(), [record.id]);
    let mut changed = record.clone();
    changed.max_open_secs = u16::MAX;
    robot.session.set_info(&changed).unwrap();
    // It is the same door after a restart.
    let robot = robot.restart();
    assert_eq!(door(&robot).id, record.id);
    assert_eq!(door(&robot).max_open_secs, u16::MAX);
    let service = OperatorTask::DeviceService { device: ServiceTarget::Door(record.id) };
    robot.session.submit_operator_request(service, None).unwrap();
    let asked = robot.session.operator_requests().unwrap();
    assert_eq!(asked[0].subject.as_deref(), Some("door 1 of library Simulated library"));
    robot.manager.detach(robot.library).unwrap();
    robot.session.delete_library(robot.library).unwrap();
    assert_eq!(kind(robot.session.info(record.id)), ErrorKind::ObjectNotFound);
    robot.check();
}

#[test]
fn library_da1_the_door_opens_when_the_robot_has_done_its_work() {
    let robot = with_door(1, &["A1", "A2"]);
    robot.prepare_all();
    let media: Vec<_> = robot.media().iter().map(|m| robot.allocate(m.id).logical_media).collect();
    // A label job keeps the robot busy: while it is in a drive, nothing else is begun.
    let mount = robot.mount(media[0]);
    robot.session.queue_mount(media[1]).unwrap();
    let request = access(&robot, Fast);
    let_in(&robot, request);
    // What is in use stays, and what waits waits.
    assert_eq!(robot.drive(mount.drive()).state, DriveState::Loaded);
    assert_eq!(robot.states(LibraryOperation::Mount).pop(), Some(Waiting));
    behind_door(&robot, || {
        drop(mount);
        robot.settle();
        assert_eq!(robot.states(LibraryOperation::Mount).pop(), Some(Waiting));
    });
    robot.until("the door request has passed", || robot.state(request) == Passed);
    robot.clock.advance(Duration::from_secs(300));
    robot
        .until("the mount goes on", || robot.states(LibraryOperation::Mount).pop() == Some(Passed));
    assert_eq!(door(&robot).state, DoorState::Closed);
    assert_eq!(kind_of_opening(&robot), "the door is locked");
    robot.check();
}

fn kind_of_opening(robot: &Robot) -> String {
    robot.device.hands().open_door(0, 0).unwrap_err().reason().to_owned()
}

#[test]
fn library_da1_media_that_nobody_uses_go_home_first() {
    let robot = with_door(1, &["A1"]);
    let media = robot.allocate(robot.prepare(robot.media()[0].id)).logical_media;
    robot.mount(media).dismount(DEFERRED).unwrap();
    let request = access(&robot, NoInventory);
    let_in(&robot, request);
    behind_door(&robot, || {
        assert_eq!(robot.by_bar_code("A1").location, Some(Location::Slot(robot.slot(1))));
    });
    robot.until("it has passed", || robot.state(request) == Passed);
    assert!(hall::was_told(&robot, (5, ObjectType::Library, robot.library.into())));
    robot.check();
}

#[test]
fn library_da2_without_bar_codes_a_swap_is_found_at_the_next_mount() {
    let tapes = (0..5).map(|_| tape(""));
    let without = builder(1, TAPE).bar_code_reader(false).door(LOCKED).cartridges(tapes);
    let robot = Robot::of(without, TAPE);
    // Slot 3 is empty, and every tape has a label.
    let gone = robot.in_slot(3).unwrap();
    robot.prepare_all();
    robot.session.disable(gone.id).unwrap();
    let hands = robot.device.hands();
    hands.remove(robot.place(3)).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(robot.slot_state(3), SlotState::Empty);
    let fifth = robot.in_slot(5).unwrap();
    let media = robot.allocate(fifth.id).logical_media;
    let count = robot.media().len();
    let request = access(&robot, Fast);
    let_in(&robot, request);
    behind_door(&robot, || {
        hands.put_in(hands.make(tape("")).unwrap(), robot.place(3)).unwrap();
        hands.take_out(robot.place(5)).unwrap();
        hands.put_in(hands.make(tape("")).unwrap(), robot.place(5)).unwrap();
    });
    robot.until("it has passed", || robot.state(request) == Passed);
    robot.settle();
    // Only slot 3 was identified.
    assert_eq!(robot.media().len(), count + 1);
    assert!(robot.in_slot(3).is_some());
    assert_eq!(robot.in_slot(5).unwrap().id, fifth.id);
    assert_eq!(kind(robot.session.mount(media)), ErrorKind::InvalidMedia);
    robot.settle();
    robot.check();
}

#[test]
fn library_da3_without_an_inventory_a_mount_finds_the_slot_empty() {
    let robot = with_door(1, &["A1", "A2"]);
    robot.prepare_all();
    let second = robot.by_bar_code("A2");
    let media = robot.allocate(second.id).logical_media;
    let request = access(&robot, NoInventory);
    let_in(&robot, request);
    let hands = robot.device.hands();
    behind_door(&robot, || {
        let tape = hands.take_out(robot.place(2)).unwrap();
        hands.put_in(tape, robot.place(6)).unwrap();
    });
    robot.until("it has passed", || robot.state(request) == Passed);
    assert_eq!(robot.in_slot(2).unwrap().id, second.id, "nobody has looked");
    assert_eq!(kind(robot.session.mount(media)), ErrorKind::MediaOffline);
    let mount = robot.last(LibraryOperation::Mount);
    assert_eq!((mount.state, mount.error), (Failed, Some(ErrorKind::Empty)));
    // The full inventory that follows finds it in the other slot.
    robot.settle();
    assert_eq!(robot.slot_state(2), SlotState::Empty);
    assert_eq!(robot.by_bar_code("A2").location, Some(Location::Slot(robot.slot(6))));
    drop(robot.mount(media));
    robot.check();
}

#[test]
fn library_da4_a_library_with_ports_only_has_no_door() {
    let layout = ChangerLayout { ports: 1, ..robot::layout(1) };
    let device = SimulatedLibrary::builder().changer(layout).port(PortLayout::default());
    let device = device.media_type(TAPE.value());
    let robot = Robot::of(device, TAPE);
    let before = support::dump(robot.dir.path());
    let refused = robot.session.access_library_door(robot.library, Fast);
    assert_eq!(kind(refused), ErrorKind::ResourceNotPresent);
    assert!(support::dump(robot.dir.path()) == before);
}

#[test]
fn doors_are_for_those_who_may_control_the_library() {
    let robot = with_door(1, &[]);
    hall::check_library_call(&robot, |session, library| {
        session.access_library_door(library, Fast).map(drop)
    });
    assert_eq!(kind(robot.session.access_library_door(unknown(), Fast)), ErrorKind::InvalidLibrary);
    assert!(robot.states(LibraryOperation::DoorAccess).is_empty());
}

#[test]
fn a_door_that_is_open_too_long_is_told_of_and_closed() {
    let robot = with_door(1, &["A1"]);
    let request = access(&robot, Fast);
    let_in(&robot, request);
    open(&robot);
    robot.clock.advance(Duration::from_secs(299));
    robot.settle();
    assert!(robot.asked().is_empty());
    robot.clock.advance(Duration::from_secs(1));
    robot.until("somebody is asked", || robot.asked().len() == 1);
    let task = OperatorTask::DeviceService { device: ServiceTarget::Door(door(&robot).id) };
    assert_eq!(robot.asked()[0].task, task);
    // Somebody says that it is closed, and it is not: he is asked again.
    robot.session.satisfy_operator_request(robot.asked()[0].id).unwrap();
    robot.until("somebody is asked again", || robot.asked().len() == 2);
    assert_eq!(robot.asked()[0].state, OperatorRequestState::Complete);
    robot.device.hands().close_door(0, 0).unwrap();
    robot.until("it has passed", || robot.state(request) == Passed);
    assert_eq!(robot.asked()[1].state, OperatorRequestState::Complete);
    robot.check();
}

#[test]
fn a_door_that_nobody_closes_fails_the_request_and_holds_up_the_library() {
    let robot = with_door(1, &["A1"]);
    let media = robot.allocate(robot.prepare(robot.media()[0].id)).logical_media;
    let mut record = door(&robot);
    record.max_open_secs = 0;
    robot.session.set_info(&record).unwrap();
    let request = access(&robot, Fast);
    let_in(&robot, request);
    open(&robot);
    robot.until("somebody is asked at once", || robot.asked().len() == 1);
    robot.session.cancel_operator_request(robot.asked()[0].id).unwrap();
    robot.until("it has failed", || robot.state(request) == Failed);
    assert_eq!(robot.last(LibraryOperation::DoorAccess).error, Some(ErrorKind::ControllingPort));
    let now = MountRequest::from(media).timeout(Timeout::NoWait);
    assert_eq!(kind(robot.session.mount(now)), ErrorKind::Timeout);
    robot.session.queue_mount(media).unwrap();
    robot.settle();
    assert_eq!(robot.last(LibraryOperation::Mount).state, Waiting);
    let hands = robot.device.hands();
    hands.put_in(hands.make(tape("B1")).unwrap(), robot.place(4)).unwrap();
    hands.close_door(0, 0).unwrap();
    robot.until("the mount goes on", || robot.last(LibraryOperation::Mount).state == Passed);
    assert_eq!(door(&robot).state, DoorState::Closed);
    drop(robot.session.mounted(robot.side(robot.by_bar_code("A1").id).id).unwrap());
    robot.clock.advance(Duration::from_secs(300));
    // What was asked for is still done.
    robot.until("the tape is found", || robot.in_slot(4).is_some());
    assert_eq!(kind_of_opening(&robot), "the door is locked");
    robot.check();
}

#[test]
fn a_door_that_nobody_opens_is_locked_again() {
    let robot = with_door(1, &["A1"]);
    let request = access(&robot, Fast);
    let_in(&robot, request);
    robot.clock.advance(Duration::from_secs(300));
    robot.until("it has passed", || robot.state(request) == Passed);
    assert_eq!(kind_of_opening(&robot), "the door is locked");
    assert!(robot.asked().is_empty());
}

#[test]
fn a_door_request_can_be_cancelled_before_and_while_people_are_let_in() {
    let robot = with_door(1, &["A1"]);
    let first = access(&robot, Fast);
    let_in(&robot, first);
    let second = access(&robot, Fast);
    robot.settle();
    assert!(matches!(robot.state(second), Queued | Waiting));
    robot.session.cancel_library_request(second).unwrap();
    assert_eq!(robot.state(second), Cancelled);
    robot.session.cancel_library_request(first).unwrap();
    robot.until("it has ended", || robot.state(first) == Cancelled);
    assert_eq!(kind_of_opening(&robot), "the door is locked");
    assert_eq!(kind(robot.session.cancel_library_request(first)), ErrorKind::ObjectNotFound);
    // With a door open, it is locked when it is closed.
    let third = access(&robot, Fast);
    let_in(&robot, third);
    behind_door(&robot, || {
        robot.session.cancel_library_request(third).unwrap();
        robot.until("it has ended", || robot.state(third) == Cancelled);
        robot.settle();
    });
    robot.until("it is locked", || door(&robot).state == DoorState::Closed);
    robot.settle();
    assert_eq!(kind_of_opening(&robot), "the door is locked");
    robot.check();
}

#[test]
fn a_door_without_a_sensor_is_taken_for_open_for_its_time() {
    let silent = DoorLayout { sensor: false, ..LOCKED };
    let robot = Robot::of(builder(1, TAPE).door(silent).cartridges([tape("A1")]), TAPE);
    let request = access(&robot, Fast);
    let_in(&robot, request);
    let hands = robot.device.hands();
    robot.until("it is unlocked", || hands.open_door(0, 0).is_ok());
    hands.put_in(hands.make(tape("B1")).unwrap(), robot.place(3)).unwrap();
    hands.close_door(0, 0).unwrap();
    robot.settle();
    assert_eq!((robot.state(request), door(&robot).state), (InProcess, DoorState::Unknown));
    robot.clock.advance(Duration::from_secs(300));
    robot.until("it has passed", || robot.state(request) == Passed);
    robot.settle();
    assert_eq!(robot.in_slot(3).unwrap().bar_code, "B1");
    // With no time for it, a person says when he is done.
    let mut record = door(&robot);
    record.max_open_secs = 0;
    robot.session.set_info(&record).unwrap();
    let request = access(&robot, Fast);
    robot.until("somebody is asked", || robot.asked().len() == 1);
    robot.session.satisfy_operator_request(robot.asked()[0].id).unwrap();
    robot.until("it has passed", || robot.state(request) == Passed);
    robot.check();
}

#[test]
fn a_door_opened_with_a_key_holds_up_everything_until_it_is_closed() {
    let free = DoorLayout { lockable: false, ..LOCKED };
    let robot = Robot::of(builder(1, TAPE).door(free).cartridges([tape("A1")]), TAPE);
    let media = robot.allocate(robot.prepare(robot.media()[0].id)).logical_media;
    let hands = robot.device.hands();
    hands.open_door(0, 0).unwrap();
    robot.until("it is seen", || door(&robot).state == DoorState::Open);
    robot.session.queue_mount(media).unwrap();
    robot.settle();
    assert_eq!(robot.last(LibraryOperation::Mount).state, Waiting);
    robot.clock.advance(Duration::from_secs(300));
    robot.until("somebody is asked", || robot.asked().len() == 1);
    hands.put_in(hands.make(tape("B1")).unwrap(), robot.place(4)).unwrap();
    hands.close_door(0, 0).unwrap();
    robot.until("the mount goes on", || robot.last(LibraryOperation::Mount).state == Passed);
    assert_eq!(robot.asked()[0].state, OperatorRequestState::Complete);
    drop(robot.session.mounted(robot.side(robot.by_bar_code("A1").id).id).unwrap());
    robot.clock.advance(Duration::from_secs(300));
    robot.until("the library has looked", || robot.in_slot(4).is_some());
    robot.settle();
    robot.check();
}

#[test]
fn a_movement_that_meets_an_open_door_waits_for_it() {
    let free = DoorLayout { lockable: false, ..LOCKED };
    let tapes = builder(1, TAPE).door(free).cartridges([tape("A1")]);
    // No device tells of anything by itself.
    let (robot, deaf) = hall::deaf(tapes);
    let media = robot.allocate(robot.prepare(robot.media()[0].id)).logical_media;
    deaf.hands().open_door(0, 0).unwrap();
    robot.session.queue_mount(media).unwrap();
    robot.until("the robot has met it", || door(&robot).state == DoorState::Open);
    assert_eq!(robot.last(LibraryOperation::Mount).state, InProcess);
    deaf.hands().close_door(0, 0).unwrap();
    robot.clock.advance(Duration::from_secs(2));
    robot.until("the mount goes on", || robot.last(LibraryOperation::Mount).state == Passed);
    robot.until("everything goes on", || door(&robot).state == DoorState::Closed);
    robot.check();
}

#[test]
fn a_library_that_is_attached_with_an_open_door_waits_for_it() {
    let robot = with_door(1, &["A1"]);
    let request = access(&robot, NoInventory);
    let_in(&robot, request);
    open(&robot);
    robot.manager.detach(robot.library).unwrap();
    let robot = robot.restart();
    assert_eq!(robot.state(request), Cancelled);
    assert_eq!(door(&robot).state, DoorState::Open);
    robot.device.hands().close_door(0, 0).unwrap();
    robot.until("it is seen closed", || door(&robot).state == DoorState::Closed);
    robot.settle();
    assert_eq!(kind_of_opening(&robot), "the door is locked");
    robot.check();
}
