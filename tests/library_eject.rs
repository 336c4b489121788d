//! Media that are put out through ports: examples EJ1-EJ5 and SE5, people who are late or in the
//! way, and what an interrupted request leaves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/hall.rs"]
mod hall;
#[path = "support/robot.rs"]
mod robot;
mod support;

use std::time::Duration;

use hall::{kind, ports};
use robot::{DEFERRED, Robot, tape};
use rsm::ErrorKind;
use rsm::device::simulated::{Fault, PortLayout};
use rsm::device::{DeviceErrorKind, MediumIo};
use rsm::model::{
    Access, ComputerId, DriveState, EjectAction, InsertEjectPort, InventoryMethod, LibraryId,
    LibraryOperation, LibraryRequestId, LibraryRequestState, Location, MediaPoolPolicy, MediaState,
    MountRequest, ObjectType, OperatorRequestState, OperatorTask, PhysicalMediaId, PortContent,
    PortId, PortPosition, ServiceTarget, SlotState, Timeout,
};
use support::unknown;

use EjectAction::{Force, Queue, Start, Stop};
use LibraryRequestState::{Cancelled, Failed, InProcess, Passed, Stopped};

const MOTOR: PortLayout = PortLayout { cells: 1, motorised: true, reports_content: true };
const BY_HAND: PortLayout = PortLayout { motorised: false, ..MOTOR };
const TWO: PortLayout = PortLayout { cells: 2, ..MOTOR };

fn port(robot: &Robot) -> InsertEjectPort {
    robot.session.info(robot.session.list::<PortId>(None).unwrap()[0]).unwrap()
}

fn eject(robot: &Robot, action: EjectAction) -> rsm::Result<Option<LibraryRequestId>> {
    robot.session.eject_media(action)
}

fn start(robot: &Robot, medium: PhysicalMediaId) -> LibraryRequestId {
    eject(robot, Start(Some(medium))).unwrap().unwrap()
}

/// Puts a medium out, and waits until people can take it.
fn offer(robot: &Robot, medium: PhysicalMediaId) -> LibraryRequestId {
    let request = start(robot, medium);
    robot.until("it is in the port", || in_port(robot, medium));
    robot.settle();
    request
}

fn in_port(robot: &Robot, medium: PhysicalMediaId) -> bool {
    robot.medium(medium).location == Some(Location::Port(port(robot).id))
}

fn take(robot: &Robot, cell: u32) {
    robot.device.hands().take_out(hall::cell(robot, cell)).unwrap();
}

fn offline(robot: &Robot) -> LibraryId {
    robot.session.list::<LibraryId>(None).unwrap()[0]
}

#[test]
fn library_ej1_an_allocated_tape_is_taken_out_and_stays_allocated() {
    for layout in [MOTOR, BY_HAND] {
        let robot = ports(1, &[layout], &["A1", "A2"]);
        let medium = robot.prepare(robot.in_slot(2).unwrap().id);
        let held = robot.allocate(medium);
        let request = offer(&robot, medium);
        assert_eq!(robot.state(request), InProcess);
        assert_eq!(robot.slot_state(2), SlotState::Empty);
        assert_eq!(port(&robot).content, PortContent::Full);
        robot.check();
        let hands = robot.device.hands();
        if !layout.motorised {
            hands.pull_port(0, 0).unwrap();
        }
        assert_eq!(robot.medium(medium).current_library, robot.library);
        take(&robot, 0);
        robot.until("it has passed", || robot.state(request) == Passed);
        assert!(hall::was_told(&robot, (5, ObjectType::LibraryRequest, request.into())));
        let record = robot.medium(medium);
        assert_eq!((record.current_library, record.location), (offline(&robot), None));
        assert_eq!(record.media_state, MediaState::Idle);
        assert_eq!(robot.side(medium).logical_media, Some(held.logical_media));
        if layout.motorised {
            assert_eq!(port(&robot).position, PortPosition::Retracted);
        }
        let request = robot.last(LibraryOperation::Eject);
        assert_eq!(request.medium, Some(medium));
        robot.check();
    }
}

#[test]
fn library_ej2_an_import_tape_is_forgotten_unless_it_is_to_be_kept() {
    for keep in [false, true] {
        let robot = ports(1, &[MOTOR], &["A1"]);
        // It has a label, and the next catalog has never seen it.
        robot.prepare(robot.in_slot(1).unwrap().id);
        let (device, clock) = (robot.device.clone(), robot.clock.clone());
        robot.manager.detach(robot.library).unwrap();
        drop(robot);
        let robot = Robot::with_device(device, clock, robot::TAPE);
        let medium = robot.in_slot(1).unwrap();
        assert_eq!(medium.pool, robot.system("Import"));
        if keep {
            let computer = robot.session.list::<ComputerId>(None).unwrap()[0];
            let mut record = robot.session.info(computer).unwrap();
            record.media_pool_policy = MediaPoolPolicy::KEEP_OFFLINE_IMPORT;
            robot.session.set_info(&record).unwrap();
        }
        let request = offer(&robot, medium.id);
        take(&robot, 0);
        robot.until("it has passed", || robot.state(request) == Passed);
        match robot.session.info(medium.id) {
            Ok(record) => assert!(keep && record.current_library == offline(&robot)),
            Err(error) => assert!(!keep && error.kind() == ErrorKind::ObjectNotFound),
        }
        // It stays named in the request.
        assert_eq!(robot.last(LibraryOperation::Eject).medium, Some(medium.id));
        robot.check();
    }
}

#[test]
fn library_ej3_a_mounted_tape_is_put_out_by_force_only() {
    let robot = ports(1, &[MOTOR], &["A1"]);
    let medium = robot.prepare(robot.in_slot(1).unwrap().id);
    let media = robot.allocate(medium).logical_media;
    let other = robot.manager.session("other").unwrap();
    let mount = other.mount(MountRequest::from(media).for_writing()).unwrap();
    let mut handle = mount.open(Access::Write).unwrap();
    assert_eq!(kind(eject(&robot, Start(Some(medium)))), ErrorKind::Busy);
    assert_eq!(kind(eject(&robot, Queue(medium))), ErrorKind::Busy);
    let request = eject(&robot, Force(medium)).unwrap().unwrap();
    robot.until("it is in the port", || in_port(&robot, medium));
    robot.settle();
    assert!(handle.write_block(b"too late").is_err());
    drop(handle);
    assert_eq!(kind(mount.open(Access::Read)), ErrorKind::InvalidState);
    assert_eq!(robot.drives()[0].state, DriveState::Dismounted);
    take(&robot, 0);
    robot.until("it has passed", || robot.state(request) == Passed);
    assert_eq!(robot.medium(medium).current_library, offline(&robot));
    drop(mount);
    robot.settle();
    robot.check();
}

#[test]
fn library_ej4_a_batch_is_no_larger_than_the_port() {
    let robot = ports(1, &[TWO], &["A1", "A2", "A3"]);
    let media: Vec<_> = robot.media().iter().map(|medium| medium.id).collect();
    eject(&robot, Queue(media[0])).unwrap();
    eject(&robot, Queue(media[0])).unwrap();
    eject(&robot, Queue(media[1])).unwrap();
    assert_eq!(kind(eject(&robot, Queue(media[2]))), ErrorKind::Busy);
    assert_eq!(kind(eject(&robot, Start(Some(media[2])))), ErrorKind::Busy);
    assert!(robot.requests(LibraryOperation::Eject).is_empty());
    let request = eject(&robot, Start(None)).unwrap().unwrap();
    robot.until("both are in the port", || media[..2].iter().all(|m| in_port(&robot, *m)));
    robot.settle();
    assert_eq!(robot.medium(media[2]).location, Some(Location::Slot(robot.slot(3))));
    take(&robot, 0);
    robot.settle();
    assert_eq!(robot.state(request), InProcess, "one is still there");
    take(&robot, 1);
    robot.until("it has passed", || robot.state(request) == Passed);
    assert_eq!(robot.media().len(), 1);
    assert_eq!(kind(eject(&robot, Start(None))), ErrorKind::InvalidParameter);
    robot.check();
}

#[test]
fn library_ej5_what_has_not_been_taken_goes_back() {
    let robot = ports(1, &[MOTOR], &["A1", "A2"]);
    let medium = robot.prepare(robot.in_slot(2).unwrap().id);
    let held = robot.allocate(medium);
    let before = robot.medium(medium);
    let request = offer(&robot, medium);
    assert_eq!(eject(&robot, Stop(request)).unwrap(), None);
    robot.until("it has ended", || robot.state(request) == Stopped);
    robot.settle();
    let now = robot.medium(medium);
    assert_eq!(now.location, Some(Location::Slot(robot.slot(2))));
    assert_eq!((now.pool, now.media_state), (before.pool, MediaState::Idle));
    assert_eq!(port(&robot).position, PortPosition::Retracted);
    assert_eq!(kind(eject(&robot, Stop(request))), ErrorKind::InvalidOperation);
    robot.assert_all_in_slots(2);
    drop(robot.mount(held.logical_media));
    robot.check();
}

#[test]
fn sessions_se5_a_batch_ends_with_its_session() {
    let robot = ports(1, &[MOTOR], &["A1"]);
    let medium = robot.media()[0].id;
    let session = robot.manager.session("first").unwrap();
    session.eject_media(Queue(medium)).unwrap();
    session.close().unwrap();
    let session = robot.manager.session("second").unwrap();
    assert_eq!(kind(session.eject_media(Start(None))), ErrorKind::InvalidParameter);
    // A request that was begun goes on.
    let request = session.eject_media(Start(Some(medium))).unwrap().unwrap();
    session.close().unwrap();
    robot.until("it is in the port", || in_port(&robot, medium));
    robot.settle();
    take(&robot, 0);
    robot.until("it has passed", || robot.state(request) == Passed);
    robot.check();
}

#[test]
fn a_batch_that_fails_stays_as_it_was() {
    let robot = ports(1, &[TWO], &["A1", "A2"]);
    let media: Vec<_> = robot.media().iter().map(|medium| medium.id).collect();
    eject(&robot, Queue(media[0])).unwrap();
    robot.session.disable(media[0]).unwrap();
    assert_eq!(kind(eject(&robot, Start(Some(media[1])))), ErrorKind::MediaNotAvailable);
    assert_eq!(kind(eject(&robot, Start(None))), ErrorKind::MediaNotAvailable);
    robot.session.enable(media[0]).unwrap();
    let request = eject(&robot, Start(None)).unwrap().unwrap();
    robot.until("it is in the port", || in_port(&robot, media[0]));
    robot.settle();
    // What is being put out is nobody else's.
    assert_eq!(kind(eject(&robot, Queue(media[0]))), ErrorKind::Busy);
    assert_eq!(kind(eject(&robot, Force(media[0]))), ErrorKind::Busy);
    take(&robot, 0);
    robot.until("it has passed", || robot.state(request) == Passed);
}

#[test]
fn a_medium_that_was_left_in_a_drive_is_fetched_from_there() {
    let robot = ports(1, &[MOTOR], &["A1"]);
    let medium = robot.prepare(robot.media()[0].id);
    let media = robot.allocate(medium).logical_media;
    robot.mount(media).dismount(DEFERRED).unwrap();
    let request = offer(&robot, medium);
    assert_eq!(robot.drives()[0].state, DriveState::Dismounted);
    // A mount waits for it, as for any medium that has left.
    robot.session.queue_mount(media).unwrap();
    robot.settle();
    take(&robot, 0);
    robot.until("it has passed", || robot.state(request) == Passed);
    robot.settle();
    let task = OperatorTask::MoveMedia { medium, to: robot.library };
    assert_eq!(robot.asked().pop().unwrap().task, task);
    assert_eq!(robot.medium(medium).media_state, MediaState::WaitingForOperator);
    robot.check();
}

#[test]
fn a_port_that_nobody_empties_is_told_of_and_its_media_go_back() {
    let robot = ports(1, &[MOTOR], &["A1", "A2"]);
    let medium = robot.media()[0].id;
    let request = offer(&robot, medium);
    robot.clock.advance(Duration::from_secs(60));
    robot.until("somebody is asked", || robot.asked().len() == 1);
    let task = OperatorTask::DeviceService { device: ServiceTarget::Library(robot.library) };
    assert_eq!(robot.asked()[0].task, task);
    // He says that he has done so, and has not.
    robot.session.satisfy_operator_request(robot.asked()[0].id).unwrap();
    robot.until("he is asked again", || robot.asked().len() == 2);
    robot.session.cancel_operator_request(robot.asked()[1].id).unwrap();
    robot.until("it has failed", || robot.state(request) == Failed);
    robot.settle();
    assert_eq!(robot.last(LibraryOperation::Eject).error, Some(ErrorKind::ControllingPort));
    assert_eq!(robot.medium(medium).location, Some(Location::Slot(robot.slot(1))));
    robot.assert_all_in_slots(2);
    robot.check();
    // Late is not too late.
    let request = offer(&robot, medium);
    robot.clock.advance(Duration::from_secs(60));
    robot.until("somebody is asked", || robot.asked().len() == 3);
    take(&robot, 0);
    robot.until("it has passed", || robot.state(request) == Passed);
    assert_eq!(robot.asked()[2].state, OperatorRequestState::Complete);
    robot.check();
}

#[test]
fn nobody_waits_for_a_medium_that_is_out_when_its_mount_ends_before_the_port_is_empty() {
    let robot = ports(1, &[TWO], &["A1", "A2"]);
    let media = [1, 2].map(|slot| robot.prepare(robot.in_slot(slot).unwrap().id));
    let logical = media.map(|medium| robot.allocate(medium).logical_media);
    for medium in media {
        eject(&robot, Queue(medium)).unwrap();
    }
    let request = eject(&robot, Start(None)).unwrap().unwrap();
    robot.until("both are in the port", || media.iter().all(|medium| in_port(&robot, *medium)));
    robot.settle();
    robot.clock.advance(Duration::from_secs(60));
    robot.until("somebody is asked", || robot.asked().len() == 1);
    let other = robot.manager.session("other").unwrap();
    logical.iter().for_each(|logical| drop(other.queue_mount(*logical).unwrap()));
    robot.settle();
    // Only the first is taken out, and nobody wants it any more.
    take(&robot, 0);
    robot.until("it is out", || robot.medium(media[0]).current_library == offline(&robot));
    robot.settle();
    assert_eq!(robot.medium(media[0]).media_state, MediaState::WaitingForOperator);
    robot.check();
    other.close().unwrap();
    assert_eq!(robot.medium(media[0]).media_state, MediaState::Idle);
    robot.check();
    take(&robot, 1);
    robot.until("it has passed", || robot.state(request) == Passed);
    robot.settle();
    robot.check();
}

#[test]
fn a_port_that_does_not_tell_what_is_in_it_counts_as_emptied() {
    let silent = PortLayout { reports_content: false, ..MOTOR };
    let robot = ports(1, &[silent], &["A1", "A2"]);
    let medium = robot.prepare(robot.media()[0].id);
    let _held = robot.allocate(medium);
    let request = start(&robot, medium);
    robot.until("it has passed", || robot.state(request) == Passed);
    assert_eq!(robot.medium(medium).current_library, offline(&robot));
    assert_eq!(port(&robot).content, PortContent::Unknown);
    robot.check();
}

#[test]
fn a_cancelled_request_leaves_what_the_robot_cannot_reach_for_later() {
    let robot = ports(1, &[BY_HAND], &["A1", "A2"]);
    let medium = robot.prepare(robot.media()[0].id);
    let held = robot.allocate(medium);
    let request = offer(&robot, medium);
    let hands = robot.device.hands();
    hands.pull_port(0, 0).unwrap();
    robot.session.cancel_library_request(request).unwrap();
    robot.until("it has ended", || robot.state(request) == Cancelled);
    robot.settle();
    assert!(in_port(&robot, medium));
    let now = MountRequest::from(held.logical_media).timeout(Timeout::NoWait);
    assert_eq!(kind(robot.session.mount(now)), ErrorKind::Timeout);
    hands.push_port(0, 0).unwrap();
    robot.until("it is taken home", || !in_port(&robot, medium));
    robot.settle();
    assert_eq!(robot.medium(medium).location, Some(Location::Slot(robot.slot(1))));
    drop(robot.mount(held.logical_media));
    robot.check();
}

#[test]
fn a_robot_that_fails_puts_back_what_it_has_put_out() {
    let robot = ports(1, &[TWO], &["A1", "A2"]);
    let media: Vec<_> = robot.media().iter().map(|medium| medium.id).collect();
    eject(&robot, Queue(media[0])).unwrap();
    // The second movement fails, however often it is tried.
    let fault = Fault::MoveFails { changer: 0, kind: DeviceErrorKind::ChangerFault };
    let request = eject(&robot, Start(Some(media[1]))).unwrap().unwrap();
    robot.device.inject_times(fault, 8);
    robot.until("it has ended", || {
        robot.state(request) == Failed || media.iter().all(|medium| in_port(&robot, *medium))
    });
    robot.device.clear_faults();
    if robot.state(request) != Failed {
        robot.settle();
        eject(&robot, Stop(request)).unwrap();
        robot.until("it has ended", || robot.state(request) == Stopped);
    }
    robot.settle();
    robot.check();
    let seen = robot.device.hands().elements().unwrap();
    assert_eq!(seen.iter().filter(|seen| seen.cartridge.is_some()).count(), 2);
}

#[test]
fn a_crash_with_media_in_the_port_loses_none() {
    for pulled in [false, true] {
        let layout = PortLayout { cells: 2, motorised: false, reports_content: true };
        let robot = ports(1, &[layout], &["A1", "A2", "A3"]);
        robot.prepare_all();
        let media: Vec<_> = robot.media().iter().map(|medium| medium.id).collect();
        eject(&robot, Queue(media[0])).unwrap();
        let request = eject(&robot, Start(Some(media[1]))).unwrap().unwrap();
        robot.until("both are in the port", || media[..2].iter().all(|m| in_port(&robot, *m)));
        robot.settle();
        let robot = hall::crash(robot, |device| {
            if pulled {
                device.hands().pull_port(0, 0).unwrap();
            }
        });
        assert_eq!(robot.state(request), Cancelled);
        robot.check();
        if pulled {
            assert!(in_port(&robot, media[0]));
            robot.device.hands().push_port(0, 0).unwrap();
            robot.until("they go home", || !media.iter().any(|medium| in_port(&robot, *medium)));
            robot.settle();
        }
        for (medium, slot) in media.iter().zip(1..) {
            assert_eq!(robot.medium(*medium).location, Some(Location::Slot(robot.slot(slot))));
            assert_eq!(robot.medium(*medium).media_state, MediaState::Idle);
        }
        robot.assert_all_in_slots(3);
        robot.check();
    }
}

#[test]
fn ejecting_is_for_those_who_may_control_the_library() {
    let robot = ports(1, &[MOTOR], &["A1", "A2"]);
    let medium = robot.media()[0].id;
    let refused = |action: EjectAction, expected: ErrorKind| {
        let before = support::dump(robot.dir.path());
        assert_eq!(kind(eject(&robot, action)), expected, "{action:?}");
        assert!(support::dump(robot.dir.path()) == before);
    };
    for id in [PhysicalMediaId::NULL, unknown()] {
        let expected = match id == PhysicalMediaId::NULL {
            true => ErrorKind::InvalidParameter,
            false => ErrorKind::InvalidMedia,
        };
        for action in [Start(Some(id)), Queue(id), Force(id)] {
            refused(action, expected);
        }
    }
    refused(Start(None), ErrorKind::InvalidParameter);
    refused(Stop(LibraryRequestId::NULL), ErrorKind::InvalidParameter);
    refused(Stop(unknown()), ErrorKind::InvalidOperation);
    let stranger = hall::stranger(&robot);
    for action in [Start(Some(medium)), Queue(medium), Force(medium)] {
        assert_eq!(kind(stranger.eject_media(action)), ErrorKind::AccessDenied);
    }
    let request = offer(&robot, medium);
    assert_eq!(kind(stranger.eject_media(Stop(request))), ErrorKind::AccessDenied);
    eject(&robot, Stop(request)).unwrap();
    robot.until("it has ended", || robot.state(request) == Stopped);
    robot.settle();
    let closed = robot.manager.session("closed").unwrap();
    closed.close().unwrap();
    assert_eq!(kind(closed.eject_media(Start(Some(medium)))), ErrorKind::InvalidHandle);
    robot.session.disable(medium).unwrap();
    refused(Start(Some(medium)), ErrorKind::MediaNotAvailable);
    robot.session.enable(medium).unwrap();
    robot.session.disable(robot.library).unwrap();
    refused(Queue(medium), ErrorKind::ResourceDisabled);
    robot.session.enable(robot.library).unwrap();
    let gone = robot.prepare(robot.by_bar_code("A2").id);
    let _held = robot.allocate(gone);
    let request = offer(&robot, gone);
    take(&robot, 0);
    robot.until("it is out", || robot.state(request) == Passed);
    refused(Start(Some(gone)), ErrorKind::LibraryOffline);
    robot.manager.detach(robot.library).unwrap();
    refused(Force(medium), ErrorKind::DeviceNotAvailable);
    let portless = Robot::with_tapes(1, &["A1"]);
    let medium = portless.media()[0].id;
    assert_eq!(kind(eject(&portless, Queue(medium))), ErrorKind::ResourceNotPresent);
}

#[test]
fn a_full_port_that_does_not_tell_what_is_in_it_is_to_be_emptied_first() {
    let silent = PortLayout { reports_content: false, ..MOTOR };
    let robot = ports(1, &[silent], &["A1", "A2"]);
    let stranger = robot.device.hands().make(tape("B1")).unwrap();
    robot.device.hands().insert(stranger, hall::cell(&robot, 0)).unwrap();
    let medium = robot.by_bar_code("A1").id;
    let request = start(&robot, medium);
    robot.until("people can reach it", || {
        robot.device.hands().take_out(hall::cell(&robot, 0)).is_ok()
    });
    robot.settle();
    assert!(!robot.state(request).is_final(), "nobody has said that it is empty");
    robot.clock.advance(Duration::from_secs(60));
    robot.until("somebody is asked", || !robot.session.operator_requests().unwrap().is_empty());
    let asked = robot.session.operator_requests().unwrap().remove(0).request.id;
    robot.session.satisfy_operator_request(asked).unwrap();
    robot.until("it is out", || robot.state(request).is_final());
    robot.settle();
    assert_eq!(robot.state(request), Passed);
    assert_eq!(robot.slot_state(1), SlotState::Empty);
    robot.check();
}

#[test]
fn a_medium_whose_cartridge_is_read_elsewhere_while_another_lies_in_the_port_is_not_doubled() {
    let robot = hall::ports_and_reader(1, &[MOTOR], &["A1", "A2"], false);
    robot.prepare_all();
    let (one, other) = (robot.in_slot(1).unwrap().id, robot.in_slot(2).unwrap().id);
    robot.device.hands().swap(robot.place(1), robot.place(2)).unwrap();
    let request = start(&robot, one);
    robot.until("it is in the port", || {
        matches!(robot.medium(one).location, Some(Location::Port(_)))
    });
    robot.session.inventory_library(robot.library, InventoryMethod::FullLabelRead).unwrap();
    robot.settle();
    assert_eq!(robot.in_slot(2).unwrap().id, one);
    robot.until("it is taken", || {
        let _taken = robot.device.hands().take_out(hall::cell(&robot, 0));
        robot.clock.advance(Duration::from_secs(1));
        robot.state(request).is_final()
    });
    robot.settle();
    assert_eq!(robot.in_slot(2).unwrap().id, one);
    assert_eq!(robot.medium(other).location, None);
    assert_eq!(robot.all_media().len(), 2);
    robot.check();
}

#[test]
fn a_port_that_is_pushed_in_with_a_medium_in_it_comes_out_again() {
    let robot = ports(1, &[MOTOR], &["A1", "A2"]);
    let request = start(&robot, robot.by_bar_code("A1").id);
    let hands = robot.device.hands();
    robot.until("it is out", || port(&robot).position == PortPosition::Extended);
    robot.settle();
    hands.push_port(0, 0).unwrap();
    assert!(hands.take_out(hall::cell(&robot, 0)).is_err());
    robot.clock.advance(Duration::from_secs(60));
    robot.until("people can reach it", || hands.take_out(hall::cell(&robot, 0)).is_ok());
    robot.until("it ends", || robot.state(request).is_final());
    assert_eq!(robot.state(request), Passed);
    robot.settle();
    robot.check();
}
