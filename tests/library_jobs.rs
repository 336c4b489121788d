//! Work that libraries do for calls: what enables and disables objects, who waits for it, and what
//! becomes of it when nobody is there to do it; what those who wait are told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/brake.rs"]
mod brake;
#[path = "support/robot.rs"]
mod robot;

use std::sync::Arc;

use brake::Brake;
use robot::{DEFERRED, Robot, builder, kind, prepared};
use rsm::ErrorKind;
use rsm::clock::VirtualClock;
use rsm::model::{
    Caller, DriveState, Id, InventoryMethod, LibraryOperation, LibraryRequestId,
    LibraryRequestState, Location, MountRequest,
};

use LibraryOperation::{DisableDrive, DisableMedia, EnableDrive, EnableLibrary, WriteFreeLabel};
use LibraryRequestState::{Cancelled, InProcess, Passed, Waiting};

#[test]
fn enabling_and_disabling_are_requests_that_have_passed_when_the_call_returns() {
    let (robot, _) = prepared(1, &["A1"]);
    let (drive, medium) = (robot.drives()[0].id, robot.media()[0].id);
    robot.session.disable(drive).unwrap();
    robot.session.disable(medium).unwrap();
    robot.session.enable(drive).unwrap();
    let requests = robot.requests(DisableDrive);
    assert_eq!(requests.len(), 1);
    assert_eq!((requests[0].state, requests[0].drive), (Passed, Some(drive)));
    assert_eq!((requests[0].library, requests[0].error), (robot.library, None));
    assert_eq!(robot.requests(DisableMedia)[0].medium, Some(medium));
    assert_eq!(robot.states(EnableDrive), [Passed]);
    // What is refused at once is not queued.
    assert_eq!(kind(robot.session.enable(drive)), ErrorKind::InvalidState);
    assert_eq!(robot.states(EnableDrive), [Passed]);
    // A library that is disabled can be enabled.
    robot.session.disable(robot.library).unwrap();
    robot.session.enable(robot.library).unwrap();
    assert_eq!(robot.states(EnableLibrary), [Passed]);
    robot.check();
}

#[test]
fn a_disabled_drive_gives_its_idle_medium_away() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    let drive = robot.drives()[0].id;
    robot.session.disable(drive).unwrap();
    assert_eq!(robot.by_bar_code("A1").location, Some(Location::Slot(robot.slot(1))));
    assert_eq!(robot.drive(drive).state, DriveState::Dismounted);
    // A medium in use stays.
    let mount = robot.mount(media[0]);
    assert_ne!(mount.drive(), drive);
    robot.session.disable(mount.drive()).unwrap();
    assert_eq!(robot.by_bar_code("A1").location, Some(Location::Drive(mount.drive())));
    robot.check();
}

#[test]
fn a_disabled_drive_keeps_its_medium_when_no_slot_is_empty() {
    let codes: Vec<String> = (1..=8).map(|n| format!("A{n}")).collect();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let (robot, media) = prepared(1, &codes);
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    let stranger = robot.device.hands().make(robot::tape("X1")).unwrap();
    robot.device.hands().insert(stranger, robot.place(1)).unwrap();
    let drive = robot.drives()[0].id;
    robot.session.disable(drive).unwrap();
    assert_eq!(robot.states(DisableDrive), [Passed]);
    // A person is asked to make room, and then it goes home.
    assert_eq!(robot.drive(drive).state, DriveState::Unloaded);
    assert_eq!(robot.session.operator_requests().unwrap().len(), 1);
    robot.check();
    robot.device.hands().remove(robot.place(5)).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(robot.in_slot(5).unwrap().bar_code, "A1");
    assert!(robot.session.operator_requests().unwrap().is_empty());
    robot.check();
}

#[test]
fn without_a_library_there_is_nobody_to_ask() {
    let (robot, _) = prepared(1, &["A1"]);
    robot.manager.detach(robot.library).unwrap();
    let (drive, medium) = (robot.drives()[0].id, robot.media()[0].id);
    robot.session.disable(drive).unwrap();
    robot.session.disable(medium).unwrap();
    robot.session.disable(robot.library).unwrap();
    assert!(!robot.drive(drive).common.enabled);
    assert_eq!(robot.states(DisableDrive), []);
    assert_eq!(kind(robot.session.disable(medium)), ErrorKind::InvalidState);
    robot.check();
}

#[test]
fn of_two_who_disable_the_same_one_is_told_so() {
    let (robot, _) = prepared(1, &["A1"]);
    let medium = robot.media()[0].id;
    let results: Vec<_> = std::thread::scope(|scope| {
        let begun: Vec<_> = (0..8).map(|_| scope.spawn(|| robot.session.disable(medium))).collect();
        begun.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    let refused = results.into_iter().filter_map(Result::err);
    assert!(refused.into_iter().all(|error| error.kind() == ErrorKind::InvalidState));
    robot.check();
}

#[test]
fn a_mount_that_waits_says_what_for() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let held = robot.mount(media[0]);
    let session = robot.manager.session("other").unwrap();
    let reason = |id: LibraryRequestId| {
        let request = session.info(id).unwrap();
        assert_eq!((request.state, request.error), (Waiting, None));
        request.reason
    };
    let same = session.queue_mount(media[0]).unwrap()[0];
    let drive = session.queue_mount(media[1]).unwrap()[0];
    let named = MountRequest::from(media[1]).in_drives([held.drive()]);
    let named = session.queue_mount(named).unwrap()[0];
    robot.settle();
    assert_eq!(reason(same), format!("medium A1 is in use by process {}", std::process::id()));
    assert!(reason(drive).starts_with("every drive is in use"));
    assert_eq!(reason(named), "drive 1 is in use");
    drop(held);
    robot.settle();
    let passed = session.info(same).unwrap();
    assert_eq!((passed.state, passed.reason.as_str()), (Passed, ""));
    robot.check();
}

#[test]
fn a_session_cancels_its_own_mounts_without_control() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let _held = robot.mount(media[0]);
    let nobody = Caller {
        user: 4_000_000,
        groups: vec![],
        administrator: false,
        user_name: "nobody".to_owned(),
    };
    let connection = rusqlite::Connection::open(robot.dir.path().join("catalog.db")).unwrap();
    let anybody = "UPDATE pool SET security = (SELECT security FROM library WHERE key > 1)";
    connection.execute(anybody, []).unwrap();
    let user = robot.manager.session_as("user", nobody.clone()).unwrap();
    let own = user.queue_mount(media[1]).unwrap()[0];
    let of_another = robot.session.queue_mount(media[1]).unwrap()[0];
    assert_eq!(kind(user.cancel_library_request(of_another)), ErrorKind::AccessDenied);
    let same_user = robot.manager.session_as("user", nobody).unwrap();
    assert_eq!(kind(same_user.cancel_library_request(own)), ErrorKind::AccessDenied);
    user.cancel_library_request(own).unwrap();
    assert_eq!(user.info(own).unwrap().state, Cancelled);
    assert_eq!(kind(user.cancel_library_request(own)), ErrorKind::ObjectNotFound);
    robot.check();
}

#[test]
fn labels_are_written_side_by_side() {
    let brake = Brake::new();
    let tapes = ["A1", "A2", "A3"].map(robot::tape);
    let device = builder(2, robot::TAPE).cartridges(tapes).clock(brake.clone());
    let device = Arc::new(device.build().unwrap());
    let robot = Robot::with_device(device, VirtualClock::new(), robot::TAPE);
    let seen = brake.pull();
    for medium in robot.media() {
        robot.session.move_to_pool(medium.id, robot.system("Free")).unwrap();
    }
    brake.wait_until_reached(seen);
    // One more look, at most, and both drives are taken.
    let in_process = || robot.states(WriteFreeLabel).iter().filter(|s| **s == InProcess).count();
    while in_process() < 2 {
        std::thread::yield_now();
    }
    assert_eq!(in_process(), 2);
    brake.release();
    robot.settle();
    assert_eq!(robot.states(WriteFreeLabel), [Passed, Passed, Passed]);
    robot.assert_all_in_slots(3);
    robot.check();
}

#[test]
fn library_3_4_cleanings_are_dropped_at_the_start_of_the_service_and_other_work_is_cancelled() {
    let (robot, _) = prepared(1, &["A1"]);
    // In a copy: nobody is there who would begin it.
    let copy = tempfile::TempDir::new().unwrap();
    for file in ["catalog.db", "catalog.db-wal"] {
        std::fs::copy(robot.dir.path().join(file), copy.path().join(file)).unwrap();
    }
    let connection = rusqlite::Connection::open(copy.path().join("catalog.db")).unwrap();
    let id = |n: u128| uuid::Uuid::from_u128(n);
    for (n, operation) in [(1, 15), (2, 8)] {
        connection
            .execute(
                "INSERT INTO library_request (id, call, first, members, library, operation, \
                 option, mount_options, state, priority, subject_type, application, user, \
                 computer, queued, modified) SELECT ?1, ?1, 0, 1, key, ?2, 0, 0, 5, 0, 0, '', '', \
                 '', 0, 0 FROM library WHERE type <> 0 AND key > 1",
                rusqlite::params![id(n).as_bytes(), operation],
            )
            .unwrap();
    }
    drop(connection);
    let manager = robot::options(&robot.clock).open(copy.path()).unwrap();
    let session = manager.session("after").unwrap();
    let info = |n| session.info(LibraryRequestId::from_uuid(id(n)));
    assert_eq!(kind(info(1)), ErrorKind::ObjectNotFound);
    let cancelled = info(2).unwrap();
    assert_eq!((cancelled.state, cancelled.error), (Cancelled, Some(ErrorKind::Cancelled)));
    assert!(cancelled.completed.is_some());
    assert_eq!(manager.check().unwrap(), []);
}

#[test]
fn while_a_door_is_open_nothing_is_begun() {
    let (robot, media) = prepared(1, &["A1"]);
    let connection = rusqlite::Connection::open(robot.dir.path().join("catalog.db")).unwrap();
    connection.execute("UPDATE library SET door_open = 1", []).unwrap();
    robot.session.queue_mount(media[0]).unwrap();
    robot.settle();
    assert_eq!(robot.states(LibraryOperation::Mount), [Waiting]);
    let now = MountRequest::from(media[0]).timeout(rsm::model::Timeout::NoWait);
    assert_eq!(kind(robot.session.mount(now)), ErrorKind::Timeout);
    connection.execute("UPDATE library SET door_open = 0", []).unwrap();
    // Another one of the queue is looked at.
    robot.session.disable(robot.media()[0].id).unwrap();
    robot.session.enable(robot.media()[0].id).unwrap();
    robot.settle();
    assert_eq!(robot.states(LibraryOperation::Mount), [Passed]);
    robot.check();
}

#[test]
fn who_waits_for_a_request_that_is_deleted_is_told_that_it_was_cancelled() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let connection = rusqlite::Connection::open(robot.dir.path().join("catalog.db")).unwrap();
    connection.execute("UPDATE library SET door_open = 1", []).unwrap();
    connection.execute("UPDATE computer SET library_request_purge = 0", []).unwrap();
    let medium = robot.by_bar_code("A1").id;
    for _ in 0..20 {
        std::thread::scope(|scope| {
            let call = scope.spawn(|| robot.session.disable(medium));
            let waiting = loop {
                let rows = robot.requests(DisableMedia);
                if let Some(row) = rows.iter().find(|row| !row.state.is_final()) {
                    break row.id;
                }
                std::thread::yield_now();
            };
            robot.session.cancel_library_request(waiting).unwrap();
            // Whatever is queued next takes the records away whose time is over.
            let next = robot.session.queue_mount(media[1]).unwrap()[0];
            assert_eq!(kind(robot.session.info(waiting)), ErrorKind::ObjectNotFound);
            robot.session.cancel_library_request(next).unwrap();
            assert_eq!(kind(call.join().unwrap()), ErrorKind::Cancelled);
        });
    }
    robot.check();
}
