//! Media that are put in through ports: examples IN1-IN5, and people who are late or in the way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/hall.rs"]
mod hall;
#[path = "support/robot.rs"]
mod robot;
mod support;

use std::time::Duration;

use hall::ports;
use robot::{DEFERRED, Robot, tape};
use rsm::ErrorKind;
use rsm::device::simulated::{CartridgeId, PortLayout};
use rsm::model::{
    InjectAction, InsertEjectPort, InventoryMethod, LibraryId, LibraryOperation, LibraryRequestId,
    LibraryRequestState, Location, ObjectType, OperatorRequestState, OperatorTask, PortContent,
    PortId, PortPosition, ServiceTarget, SideState, SlotState,
};
use support::unknown;

use InjectAction::{Retract, Start, StartMany, Stop};
use LibraryRequestState::{Cancelled, Failed, InProcess, Passed, Stopped, Waiting};
use hall::kind;

const MOTOR: PortLayout = PortLayout { cells: 1, motorised: true, reports_content: true };
const BY_HAND: PortLayout = PortLayout { motorised: false, ..MOTOR };
const FIVE: PortLayout = PortLayout { cells: 5, ..MOTOR };

fn port(robot: &Robot) -> InsertEjectPort {
    robot.session.info(robot.session.list::<PortId>(None).unwrap()[0]).unwrap()
}

fn inject(robot: &Robot, action: InjectAction) -> rsm::Result<LibraryRequestId> {
    robot.session.inject_media(robot.library, action)
}

/// Begins a request, and waits until people can put something in.
fn begin(robot: &Robot, action: InjectAction) -> LibraryRequestId {
    let request = inject(robot, action).unwrap();
    robot.until("people are waited for", || robot.state(request) == InProcess);
    robot.settle();
    request
}

fn make(robot: &Robot, code: &str) -> CartridgeId {
    robot.device.hands().make(tape(code)).unwrap()
}

fn put(robot: &Robot, code: &str, cell: u32) {
    robot.device.hands().put_in(make(robot, code), hall::cell(robot, cell)).unwrap();
}

#[test]
fn library_in1_a_blank_tape_goes_into_the_empty_slot() {
    let robot = ports(1, &[MOTOR], &["A1", "A2", "A3", "A4", "A5", "", "A7", "A8"]);
    assert_eq!((port(&robot).content, port(&robot).max_extend_secs), (PortContent::Empty, 60));
    let request = begin(&robot, Start);
    assert_eq!(port(&robot).position, PortPosition::Extended);
    put(&robot, "B1", 0);
    robot.until("it has passed", || robot.state(request) == Passed);
    assert!(hall::was_told(&robot, (5, ObjectType::LibraryRequest, request.into())));
    robot.settle();
    let medium = robot.in_slot(6).unwrap();
    assert_eq!(medium.bar_code, "B1");
    assert_eq!(medium.pool, robot.system("Unrecognized"));
    assert_eq!(robot.side(medium.id).state, SideState::Unrecognized);
    let now = port(&robot);
    assert_eq!((now.content, now.position), (PortContent::Empty, PortPosition::Retracted));
    robot.check();
    robot.assert_all_in_slots(8);
}

#[test]
fn library_in2_a_known_tape_comes_back() {
    for reader in [true, false] {
        let robot = hall::ports_and_reader(2, &[BY_HAND], &["A1", "A2"], reader);
        robot.prepare_all();
        let known = robot.in_slot(2).unwrap().id;
        let held = robot.allocate(known);
        let hands = robot.device.hands();
        let tape = hands.remove(robot.place(2)).unwrap();
        robot.look(InventoryMethod::Fast);
        assert_ne!(robot.medium(known).current_library, robot.library);
        let request = begin(&robot, Start);
        hands.pull_port(0, 0).unwrap();
        hands.put_in(tape, hall::cell(&robot, 0)).unwrap();
        robot.settle();
        assert_eq!(robot.state(request), InProcess, "the port is out");
        hands.push_port(0, 0).unwrap();
        robot.until("it has passed", || robot.state(request) == Passed);
        robot.settle();
        let medium = robot.medium(known);
        assert_eq!(medium.location, Some(Location::Slot(robot.slot(2))));
        assert_eq!(robot.side(known).logical_media, Some(held.logical_media));
        drop(robot.mount(held.logical_media));
        robot.check();
    }
}

#[test]
fn library_in3_a_full_library_takes_nothing() {
    let robot = ports(1, &[MOTOR], &["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"]);
    let held = robot.allocate(robot.prepare(robot.in_slot(3).unwrap().id));
    let before = support::dump(robot.dir.path());
    assert_eq!(kind(inject(&robot, Start)), ErrorKind::LibraryFull);
    assert!(support::dump(robot.dir.path()) == before);
    // The home of a medium in a drive is not empty.
    robot.mount(held.logical_media).dismount(DEFERRED).unwrap();
    assert_eq!(robot.slot_state(3), SlotState::Empty);
    assert_eq!(kind(inject(&robot, StartMany)), ErrorKind::LibraryFull);
    assert_ne!(port(&robot).position, PortPosition::Extended);
    // Nor is the slot of the cleaner.
    robot.device.hands().remove(robot.place(8)).unwrap();
    robot.look(InventoryMethod::Fast);
    robot.session.reserve_cleaner_slot(robot.library, robot.slot(8)).unwrap();
    assert_eq!(kind(inject(&robot, Start)), ErrorKind::LibraryFull);
    robot.check();
}

#[test]
fn library_in4_what_finds_no_slot_stays_in_the_port() {
    let codes = ["A1", "A2", "", "A4", "A5", "A6", "", "A8"];
    let robot = ports(1, &[FIVE], &codes);
    // One of those that come back is known.
    let known = robot.prepare(robot.in_slot(8).unwrap().id);
    let _held = robot.allocate(known);
    let hands = robot.device.hands();
    let tape = hands.remove(robot.place(8)).unwrap();
    let other = make(&robot, "X1");
    hands.insert(other, robot.place(8)).unwrap();
    robot.look(InventoryMethod::Fast);
    let request = begin(&robot, StartMany);
    put(&robot, "B1", 0);
    put(&robot, "B2", 1);
    hands.put_in(tape, hall::cell(&robot, 2)).unwrap();
    hands.push_port(0, 0).unwrap();
    robot.until("it has passed", || robot.state(request) == Passed);
    robot.settle();
    assert_eq!(robot.in_slot(3).unwrap().bar_code, "B1");
    assert_eq!(robot.in_slot(7).unwrap().bar_code, "B2");
    let medium = robot.medium(known);
    assert_eq!(medium.location, Some(Location::Port(port(&robot).id)));
    assert_eq!(medium.current_library, robot.library);
    let offline = robot.session.list::<LibraryId>(None).unwrap()[0];
    let asked = robot.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].task, OperatorTask::MoveMedia { medium: known, to: offline });
    assert_eq!(port(&robot).position, PortPosition::Extended);
    robot.check();
    // An inventory does not take it away.
    robot.look(InventoryMethod::FullLabelRead);
    assert_eq!(robot.medium(known).current_library, robot.library);
    // When it is taken out, it has left.
    hands.take_out(hall::cell(&robot, 2)).unwrap();
    robot.until("it has left", || robot.medium(known).current_library == offline);
    robot.settle();
    assert_eq!(robot.asked()[0].state, OperatorRequestState::Complete);
    assert_eq!(port(&robot).position, PortPosition::Retracted);
    robot.check();
}

#[test]
fn library_in4_what_nobody_knows_is_asked_for_by_the_library() {
    let codes = ["A1", "A2", "", "A4", "A5", "A6", "A7", "A8"];
    let robot = ports(1, &[FIVE], &codes);
    let request = begin(&robot, Start);
    put(&robot, "B1", 0);
    put(&robot, "B2", 1);
    robot.device.hands().push_port(0, 0).unwrap();
    robot.until("it has passed", || robot.state(request) == Passed);
    robot.settle();
    let task = OperatorTask::DeviceService { device: ServiceTarget::Library(robot.library) };
    assert_eq!(robot.asked()[0].task, task);
    robot.device.hands().take_out(hall::cell(&robot, 1)).unwrap();
    robot.until("it is seen", || robot.asked()[0].state == OperatorRequestState::Complete);
    robot.check();
}

#[test]
fn library_in5_many_are_taken_in_until_it_is_stopped() {
    let robot = ports(1, &[MOTOR], &["A1"]);
    let request = begin(&robot, StartMany);
    for (number, code) in [(2, "B1"), (3, "B2")] {
        robot.until("the port is out", || port(&robot).position == PortPosition::Extended);
        put(&robot, code, 0);
        robot.until("it is in", || robot.slot_state(number) != SlotState::Empty);
    }
    assert_eq!(inject(&robot, Stop(request)).unwrap(), request);
    robot.until("it has ended", || robot.state(request) == Stopped);
    robot.settle();
    assert_eq!(robot.media().len(), 3);
    assert_eq!(port(&robot).position, PortPosition::Retracted);
    assert_eq!(kind(inject(&robot, Retract(request))), ErrorKind::InvalidOperation);
    assert_eq!(kind(inject(&robot, Stop(request))), ErrorKind::InvalidOperation);
    robot.check();
    robot.assert_all_in_slots(3);
}

#[test]
fn what_is_in_the_port_is_taken_in_when_it_is_stopped_or_retracted() {
    let robot = ports(1, &[FIVE], &["A1"]);
    let request = begin(&robot, StartMany);
    put(&robot, "B1", 3);
    robot.settle();
    assert_eq!(robot.state(request), InProcess);
    inject(&robot, Retract(request)).unwrap();
    robot.until("it is in", || robot.in_slot(2).is_some());
    robot.until("the port is out again", || port(&robot).position == PortPosition::Extended);
    put(&robot, "B2", 0);
    inject(&robot, Stop(request)).unwrap();
    robot.until("it has ended", || robot.state(request) == Stopped);
    robot.settle();
    assert_eq!(robot.in_slot(3).unwrap().bar_code, "B2");
    let removals = robot.requests(LibraryOperation::RemoveRequest);
    assert!(removals.iter().all(|removal| removal.state == Passed));
    robot.check();
}

#[test]
fn nobody_comes() {
    let robot = ports(1, &[MOTOR, BY_HAND], &["A1"]);
    let request = begin(&robot, StartMany);
    robot.clock.advance(Duration::from_secs(59));
    robot.settle();
    assert_eq!(robot.state(request), InProcess);
    robot.clock.advance(Duration::from_secs(1));
    robot.until("it has passed", || robot.state(request) == Passed);
    assert!(robot.asked().is_empty());
    assert_eq!(port(&robot).position, PortPosition::Retracted);
    // The time can be set, up to what two bytes hold.
    let mut record = port(&robot);
    record.max_extend_secs = u16::MAX;
    robot.session.set_info(&record).unwrap();
    let request = begin(&robot, Start);
    robot.clock.advance(Duration::from_secs(65_534));
    robot.settle();
    assert_eq!(robot.state(request), InProcess);
    robot.clock.advance(Duration::from_secs(1));
    robot.until("it has passed", || robot.state(request) == Passed);
}

#[test]
fn a_port_that_is_left_out_is_told_of() {
    let robot = ports(1, &[BY_HAND], &["A1"]);
    let hands = robot.device.hands();
    for refuses in [false, true] {
        let request = begin(&robot, Start);
        let asked = robot.asked().len();
        hands.pull_port(0, 0).unwrap();
        robot.until("it is seen", || port(&robot).position == PortPosition::Extended);
        robot.clock.advance(Duration::from_secs(60));
        robot.until("somebody is asked", || robot.asked().len() > asked);
        let last = robot.asked().pop().unwrap();
        let task = OperatorTask::DeviceService { device: ServiceTarget::Library(robot.library) };
        assert_eq!(last.task, task);
        if refuses {
            robot.session.cancel_operator_request(last.id).unwrap();
            robot.until("it has failed", || robot.state(request) == Failed);
            let error = robot.last(LibraryOperation::Inject).error;
            assert_eq!(error, Some(ErrorKind::ControllingPort));
            hands.push_port(0, 0).unwrap();
        } else {
            hands.push_port(0, 0).unwrap();
            robot.until("it has passed", || robot.state(request) == Passed);
            let last = robot.session.info(last.id).unwrap();
            assert_eq!(last.state, OperatorRequestState::Complete);
        }
        robot.settle();
        robot.check();
    }
}

#[test]
fn one_request_at_a_time_is_at_the_ports() {
    let robot = ports(1, &[MOTOR], &["A1"]);
    let first = begin(&robot, Start);
    let second = inject(&robot, Start).unwrap();
    robot.settle();
    assert_eq!((robot.state(first), robot.state(second)), (InProcess, Waiting));
    robot.session.cancel_library_request(first).unwrap();
    robot.until("the next has its turn", || robot.state(second) == InProcess);
    assert_eq!(robot.state(first), Cancelled);
    robot.settle();
    robot.session.cancel_library_request(second).unwrap();
    robot.until("it has ended", || robot.state(second) == Cancelled);
    robot.settle();
    assert_eq!(port(&robot).position, PortPosition::Retracted);
}

#[test]
fn a_port_that_does_not_tell_what_is_in_it_is_emptied_when_it_comes_back() {
    let silent = PortLayout { cells: 3, motorised: false, reports_content: false };
    let robot = ports(1, &[silent], &["A1"]);
    let request = begin(&robot, Start);
    let hands = robot.device.hands();
    hands.pull_port(0, 0).unwrap();
    robot.until("it is seen", || port(&robot).position == PortPosition::Extended);
    put(&robot, "B1", 2);
    hands.push_port(0, 0).unwrap();
    robot.until("it has passed", || robot.state(request) == Passed);
    robot.settle();
    assert!(robot.in_slot(2).is_some());
    assert_eq!(port(&robot).content, PortContent::Unknown);
    robot.check();
}

#[test]
fn a_cleaning_cartridge_goes_into_its_slot() {
    let robot = ports(1, &[MOTOR], &["A1"]);
    robot.session.reserve_cleaner_slot(robot.library, robot.slot(7)).unwrap();
    let request = begin(&robot, Start);
    put(&robot, "CLN001L8", 0);
    robot.until("it has passed", || robot.state(request) == Passed);
    robot.settle();
    assert_eq!(robot.slot_state(7), SlotState::Full);
    assert!(robot.in_slot(7).is_none());
    let library = robot.session.info(robot.library).unwrap();
    assert!(library.flags.contains(rsm::model::LibraryFlags::CLEANER_PRESENT));
    robot.check();
}

#[test]
fn a_second_tape_with_the_same_bar_code_is_another_medium() {
    let robot = ports(2, &[MOTOR], &["A1"]);
    let known = robot.prepare(robot.in_slot(1).unwrap().id);
    let request = begin(&robot, Start);
    put(&robot, "A1", 0);
    robot.until("it has passed", || robot.state(request) == Passed);
    robot.settle();
    assert_eq!(robot.in_slot(1).unwrap().id, known);
    assert_ne!(robot.in_slot(2).unwrap().id, known);
    robot.check();
}

#[test]
fn a_library_given_back_in_the_middle_takes_nothing_with_it() {
    let robot = ports(1, &[FIVE], &["A1"]);
    let request = begin(&robot, StartMany);
    put(&robot, "B1", 0);
    robot.manager.detach(robot.library).unwrap();
    assert_eq!(robot.state(request), Cancelled);
    let robot = robot.restart();
    let request = begin(&robot, Start);
    robot.device.hands().push_port(0, 0).unwrap();
    robot.until("it has passed", || robot.state(request) == Passed);
    robot.settle();
    assert_eq!(robot.in_slot(2).unwrap().bar_code, "B1");
    robot.check();
}

#[test]
fn ports_are_for_those_who_may_control_the_library() {
    let robot = ports(1, &[MOTOR], &["A1"]);
    let request = begin(&robot, Start);
    assert_eq!(kind(inject(&robot, Retract(request))), ErrorKind::InvalidOperation);
    for bad in [unknown(), LibraryRequestId::NULL] {
        let expected = match bad == LibraryRequestId::NULL {
            true => ErrorKind::InvalidParameter,
            false => ErrorKind::InvalidOperation,
        };
        assert_eq!(kind(inject(&robot, Stop(bad))), expected);
        assert_eq!(kind(inject(&robot, Retract(bad))), expected);
    }
    inject(&robot, Stop(request)).unwrap();
    robot.until("it has ended", || robot.state(request) == Stopped);
    robot.settle();
    let errors = [ErrorKind::DeviceNotAvailable; 2];
    hall::check_library_call_with(&robot, errors, |session, library| {
        session.inject_media(library, Start).map(drop)
    });
    let portless = Robot::with_tapes(1, &["A1"]);
    assert_eq!(kind(inject(&portless, Start)), ErrorKind::ResourceNotPresent);
}

#[test]
fn what_is_in_a_port_that_does_not_tell_is_taken_in_at_the_end() {
    let blind = PortLayout { reports_content: false, ..MOTOR };
    for stops in [true, false] {
        let robot = ports(1, &[blind], &["A1"]);
        let request = begin(&robot, Start);
        put(&robot, "B1", 0);
        if stops {
            inject(&robot, Stop(request)).unwrap();
        } else {
            robot.clock.advance(Duration::from_secs(60));
        }
        robot.until("it ends", || robot.state(request).is_final());
        robot.settle();
        assert_eq!(robot.state(request), if stops { Stopped } else { Passed });
        assert_eq!(robot.by_bar_code("B1").location, Some(Location::Slot(robot.slot(2))));
        robot.check();
    }
}
