//! Sessions: how they are opened, examples SE1-SE4, and every row of what closing does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/hall.rs"]
mod hall;
#[path = "support/robot.rs"]
mod robot;
mod support;

use std::thread;

use hall::ports;
use robot::{Robot, kind, prepared};
use rsm::device::MediumIo;
use rsm::device::simulated::{DoorLayout, PortLayout};
use rsm::model::{
    Access, AllocateRequest, ComputerId, DoorInventory, DriveState, EjectAction, InjectAction,
    InventoryMethod, LibraryOperation, LibraryRequestState, MediaState, MountRequest, ObjectType,
    OperatorRequestId, OperatorRequestState, OperatorTask, SessionOptions, SideState, Timeout,
    UiDestinationAction, UiMessageType, UiScope,
};
use rsm::{ErrorKind, Manager, Session};
use support::open_catalog;

use LibraryRequestState::{Cancelled, InProcess, Passed};

const NOTHING: SessionOptions = SessionOptions::empty();

fn name(session: &Session) -> String {
    let computer = session.list::<ComputerId>(None).unwrap()[0];
    session.info(computer).unwrap().common.name
}

fn on(manager: &Manager, server: &str) -> rsm::Result<Session> {
    manager.open_session(Some(server), Some("test"), NOTHING)
}

// OpenNtmsSession.

#[test]
fn a_session_is_opened_on_this_computer_only() {
    let f = open_catalog();
    let own = name(&f.session);
    for server in [own.clone(), own.to_uppercase(), own.to_lowercase()] {
        on(&f.manager, &server).unwrap().close().unwrap();
    }
    f.manager.open_session(None, Some("test"), NOTHING).unwrap().close().unwrap();
    let longest = "a".repeat(63);
    let others = ["somewhere-else", "else.example.org", "127.0.0.1", "_x", longest.as_str()];
    for other in others {
        f.refused(ErrorKind::NotConnected, || on(&f.manager, other));
    }
}

#[test]
fn a_name_that_no_computer_has_is_refused() {
    let f = open_catalog();
    let too_long = "a".repeat(64);
    let part_too_long = format!("a.{too_long}.b");
    let names = [
        "",
        ".",
        "a..b",
        ".a",
        "a.",
        "a b",
        " ",
        "a\0b",
        "a/b",
        r"\\a",
        "a:1",
        "b\u{fc}ro",
        "a\n",
        too_long.as_str(),
        part_too_long.as_str(),
    ];
    for bad in names {
        f.refused(ErrorKind::InvalidComputerName, || on(&f.manager, bad));
    }
}

#[test]
fn applications_have_a_name_that_need_not_be_theirs_alone() {
    let f = open_catalog();
    let open = |application: Option<&str>| f.manager.open_session(None, application, NOTHING);
    assert_eq!(open(None).unwrap().application(), "RSM");
    let longest = "\u{e4}".repeat(63);
    let two = [open(Some(&longest)).unwrap(), open(Some(&longest)).unwrap()];
    assert!(two.iter().all(|session| session.application() == longest));
    for bad in ["", "a\0b", "a\u{1}", &"a".repeat(64), &"a".repeat(10_000)] {
        f.refused(ErrorKind::InvalidParameter, || open(Some(bad)));
        f.refused(ErrorKind::InvalidParameter, || f.manager.session(bad));
    }
}

#[test]
fn options_that_are_not_known_are_refused() {
    let f = open_catalog();
    let open = |bits| {
        let options = SessionOptions::from_bits_retain(bits);
        f.manager.open_session(None, None, options)
    };
    for bits in [0, 1] {
        open(bits).unwrap().close().unwrap();
    }
    for bits in [2, 3, 0x8000_0000, u32::MAX] {
        f.refused(ErrorKind::InvalidParameter, || open(bits));
    }
    // The computer is looked at first.
    let bad = SessionOptions::from_bits_retain(2);
    f.refused(ErrorKind::NotConnected, || f.manager.open_session(Some("else"), None, bad));
}

#[test]
fn a_session_needs_use_on_the_computer() {
    let f = open_catalog();
    f.user().close().unwrap();
    let computer: ComputerId = f.id("SELECT id FROM computer", []);
    f.grant("computer", computer, 0);
    let caller = rsm::model::Caller {
        user: support::USER,
        groups: vec![],
        administrator: false,
        user_name: "somebody".to_owned(),
    };
    f.refused(ErrorKind::AccessDenied, || f.manager.session_as("user", caller.clone()));
    f.refused(ErrorKind::InvalidParameter, || f.manager.session_as("", caller.clone()));
}

// CloseNtmsSession.

#[test]
fn requests_se1_a_mount_ends_with_its_session() {
    let (robot, media) = prepared(1, &["A1"]);
    robot.device.hands().remove(robot.place(1)).unwrap();
    robot.look(InventoryMethod::Fast);
    let session = robot.manager.session("closes").unwrap();
    thread::scope(|scope| {
        let request = MountRequest::from(media[0]).timeout(Timeout::Forever);
        let closing = &session;
        let call = scope.spawn(move || closing.mount(request));
        robot.until("somebody is asked", || !robot.asked().is_empty());
        session.close().unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::Cancelled);
    });
    assert_eq!(robot.asked(), [], "the request is gone");
    assert_eq!(robot.states(LibraryOperation::Mount), [Cancelled]);
    assert_eq!(robot.drives()[0].state, DriveState::Dismounted);
    robot.check();
}

#[test]
fn requests_se2_what_was_mounted_is_free_and_what_was_allocated_stays() {
    let (robot, media) = prepared(1, &["A1"]);
    for closes in [true, false] {
        let session = robot.manager.session("closes").unwrap();
        let mount = session.mount(media[0]).unwrap();
        let mut handle = mount.open(Access::Read).unwrap();
        if closes {
            session.close().unwrap();
        } else {
            drop(session);
        }
        assert!(handle.rewind().is_err(), "its handles are closed");
        let medium = robot.by_bar_code("A1");
        assert_eq!(robot.drive(mount.drive()).state, DriveState::Dismountable);
        assert_eq!(medium.media_state, MediaState::Idle);
        assert_eq!(robot.side(medium.id).logical_media, Some(media[0]));
        let again = robot.session.mount(media[0]).unwrap();
        assert_eq!(again.drive(), mount.drive());
        drop(again);
    }
    robot.settle();
    robot.check();
}

#[test]
fn requests_se3_a_closed_session_does_nothing() {
    let f = open_catalog();
    let session = f.manager.session("closes").unwrap();
    session.close().unwrap();
    f.refused(ErrorKind::InvalidHandle, || session.close());
    f.refused(ErrorKind::InvalidHandle, || session.list::<ComputerId>(None));
    f.refused(ErrorKind::InvalidHandle, || session.subscribe(ObjectType::Drive));
    f.refused(ErrorKind::InvalidHandle, || {
        session.submit_operator_request(OperatorTask::Message, Some("x"))
    });
}

#[test]
fn requests_se4_what_was_queued_without_waiting_goes_on() {
    let door = DoorLayout { slots: 0..u32::MAX, lockable: true, sensor: true };
    let device = robot::builder(1, robot::TAPE).door(door).cartridge(robot::tape("A1"));
    let robot = Robot::of(device, robot::TAPE);
    let session = robot.manager.session("closes").unwrap();
    let library = robot.library;
    let inventory = session.inventory_library(library, InventoryMethod::Fast).unwrap().unwrap();
    let access = session.access_library_door(library, DoorInventory::None).unwrap();
    session.close().unwrap();
    robot.until("the inventory has run", || robot.state(inventory) == Passed);
    robot.until("people are let in", || robot.state(access) == InProcess);
    robot.session.cancel_library_request(access).unwrap();
    robot.settle();
    let robot = with_port();
    let session = robot.manager.session("closes").unwrap();
    let medium = robot.media()[0].id;
    let eject = session.eject_media(EjectAction::Start(Some(medium))).unwrap().unwrap();
    session.close().unwrap();
    robot.until("it is offered", || robot.state(eject) == InProcess);
    robot.settle();
    robot.device.hands().take_out(hall::cell(&robot, 0)).unwrap();
    robot.until("it has passed", || robot.state(eject) == Passed);
    let session = robot.manager.session("closes").unwrap();
    let inject = session.inject_media(robot.library, InjectAction::Start).unwrap();
    session.close().unwrap();
    robot.until("people are waited for", || robot.state(inject) == InProcess);
    robot.session.inject_media(robot.library, InjectAction::Stop(inject)).unwrap();
    robot.settle();
    robot.check();
}

fn with_port() -> Robot {
    let motor = PortLayout { cells: 1, motorised: true, reports_content: true };
    ports(1, &[motor], &["A1"])
}

#[test]
fn calls_that_wait_for_people_end_and_so_does_what_was_asked_for_them_alone() {
    let robot = Robot::with_tapes(1, &[]);
    let pool = robot.pool();
    let session = robot.manager.session("closes").unwrap();
    let own = OperatorTask::Message;
    let submitted = session.submit_operator_request(own, Some("insert set 7")).unwrap();
    thread::scope(|scope| {
        let request = AllocateRequest::from(pool).timeout(Timeout::Forever);
        let session = &session;
        let allocation = scope.spawn(move || session.allocate_media(request));
        let wait = scope.spawn(move || session.wait_operator_request(submitted, Timeout::Forever));
        robot.until("somebody is asked", || robot.asked().len() == 2);
        robot.until("both wait", || {
            let listed = robot.session.operator_requests().unwrap();
            listed.iter().map(|request| request.waits.len()).sum::<usize>() == 2
        });
        session.close().unwrap();
        assert_eq!(kind(allocation.join().unwrap()), ErrorKind::Cancelled);
        assert_eq!(kind(wait.join().unwrap()), ErrorKind::Cancelled);
    });
    let left = robot.asked();
    assert_eq!(left.iter().map(|asked| asked.id).collect::<Vec<_>>(), [submitted], "it stays");
    assert!(!left[0].state.is_final());
    robot.check();
}

#[test]
fn what_a_session_holds_is_released_when_it_is_closed_or_dropped() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    for closes in [true, false] {
        let blocker = robot.session.reserve_drive(robot.library, Timeout::NoWait).unwrap();
        let session = robot.manager.session("holds").unwrap();
        let mount = session.mount(media[0]).unwrap();
        let queued = session.queue_mount(media[1]).unwrap()[0];
        let channel = session.subscribe(ObjectType::Generic).unwrap();
        let detection = session.begin_change_detection().unwrap();
        detection.watch(robot.library).unwrap();
        let (add, kind_of) = (UiDestinationAction::Add, UiMessageType::Request);
        session.set_ui_destinations(UiScope::Application, kind_of, add, Some("desk")).unwrap();
        if closes {
            session.close().unwrap();
        } else {
            drop(session);
        }
        assert_eq!(robot.state(queued), Cancelled, "it would be nobody's");
        assert_eq!(robot.drive(mount.drive()).state, DriveState::Dismountable);
        assert_eq!(kind(channel.wait(Timeout::NoWait)), ErrorKind::InvalidHandle);
        assert_eq!(kind(detection.watch(robot.library)), ErrorKind::InvalidHandle);
        let connection = rusqlite::Connection::open(robot.dir.path().join("catalog.db")).unwrap();
        let count = |table: &str| -> u32 {
            let sql = format!("SELECT count(*) FROM {table}");
            connection.query_row(&sql, [], |row| row.get(0)).unwrap()
        };
        assert_eq!((count("ui_destination"), count("detection"), count("mount")), (0, 0, 0));
        drop(blocker);
        robot.settle();
    }
    assert!(media.iter().all(|held| robot.session.info(*held).is_ok()), "allocations stay");
    robot.check();
}

#[test]
fn a_reserved_drive_is_free_when_its_session_is_closed() {
    let (robot, media) = prepared(1, &["A1"]);
    let session = robot.manager.session("closes").unwrap();
    let reservation = session.reserve_drive(robot.library, Timeout::NoWait).unwrap();
    session.close().unwrap();
    assert_eq!(robot.session.drive_reservations().unwrap(), []);
    drop(reservation);
    drop(robot.mount(media[0]));
    robot.settle();
    robot.check();
}

#[test]
fn a_result_that_was_committed_before_is_returned() {
    let (robot, media) = prepared(1, &["A1"]);
    let session = robot.manager.session("closes").unwrap();
    let request = session.submit_operator_request(OperatorTask::Message, Some("x")).unwrap();
    thread::scope(|scope| {
        let wait = scope.spawn(|| session.wait_operator_request(request, Timeout::Forever));
        robot.clock.wait_for_waiters(2);
        robot.session.satisfy_operator_request(request).unwrap();
        session.close().unwrap();
        wait.join().unwrap().unwrap();
    });
    let done: Vec<OperatorRequestId> = robot.session.list(None).unwrap();
    assert_eq!(robot.session.info(done[0]).unwrap().state, OperatorRequestState::Complete);
    let side = robot.side(robot.by_bar_code("A1").id);
    assert_eq!((side.state, side.logical_media), (SideState::Allocated, Some(media[0])));
}
