//! Library requests: what their records tell, what is told of them, how they are cancelled, deleted
//! and purged.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/robot.rs"]
mod robot;

use std::time::Duration;

use robot::{DEFERRED, IMMEDIATE, Robot, builder, kind, prepared};
use rsm::device::simulated::Cartridge;
use rsm::model::{
    Caller, ComputerId, Id, InventoryMethod, LibraryOperation, LibraryRequest, LibraryRequestFlags,
    LibraryRequestId, LibraryRequestState, Location, ObjectId, ObjectType, OperationOption,
    RequestKind, SideState, SlotState,
};
use rsm::{ErrorKind, Session};

use LibraryOperation::{Dismount, Mount, WriteFreeLabel};
use LibraryRequestState::{Cancelled, Deferred, Failed, Passed, Queued, Waiting};

fn all(session: &Session) -> Vec<LibraryRequest> {
    let ids = session.list::<LibraryRequestId>(None).unwrap();
    ids.into_iter().map(|id| session.info(id).unwrap()).collect()
}

fn connection(robot: &Robot) -> rusqlite::Connection {
    rusqlite::Connection::open(robot.dir.path().join("catalog.db")).unwrap()
}

/// What was told since this row of the change log: what, kind of object, id.
fn told(robot: &Robot, since: i64) -> Vec<Vec<(u8, ObjectType, ObjectId)>> {
    let connection = connection(robot);
    let sql = "SELECT changes FROM change_log WHERE sequence > ?1 ORDER BY sequence";
    let mut rows = connection.prepare(sql).unwrap();
    let rows = rows.query_map([since], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    let change = |bytes: &[u8]| {
        let kind = ObjectType::try_from(i64::from(bytes[1])).unwrap();
        (bytes[0], kind, Id::from_uuid(uuid::Uuid::from_slice(&bytes[2..]).unwrap()))
    };
    rows.map(|row| row.unwrap().chunks(18).map(change).collect()).collect()
}

fn last(robot: &Robot) -> i64 {
    let sql = "SELECT max(sequence) FROM change_log";
    connection(robot).query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_record_tells_what_was_asked_for_and_what_became_of_it() {
    let (robot, media) = prepared(1, &["A1"]);
    let before = robot.session.info(robot.library).unwrap();
    assert_eq!(before.number_of_library_requests, 0, "all are done");
    let mount = robot.mount(media[0]);
    let mut request = robot.requests(Mount).remove(0);
    let medium = robot.by_bar_code("A1");
    assert_eq!((request.state, request.library), (Passed, robot.library));
    assert_eq!((request.medium, request.side), (Some(medium.id), Some(mount.side())));
    assert_eq!((request.drive, request.slot), (Some(mount.drive()), None));
    assert_eq!((request.error, request.reason.as_str()), (None, ""));
    assert_eq!(request.application, "test");
    assert!(!request.user.is_empty() && !request.computer.is_empty());
    assert_eq!(request.common.created, request.queued);
    assert!(request.completed.unwrap() >= request.queued);
    assert_eq!(robot.session.find(request.id).unwrap(), ObjectType::LibraryRequest);
    let listed = robot.session.list::<LibraryRequestId>(Some(robot.library.into())).unwrap();
    assert_eq!(listed.len(), all(&robot.session).len());

    request.common.description = "for the auditors".to_owned();
    robot.session.set_info(&request).unwrap();
    let after = robot.session.info(request.id).unwrap();
    assert_eq!(after.common.description, "for the auditors");
    request.common.description = "d".repeat(200);
    assert_eq!(kind(robot.session.set_info(&request)), ErrorKind::InvalidParameter);

    mount.dismount(DEFERRED).unwrap();
    let dismount = robot.requests(Dismount).remove(0);
    assert_eq!(dismount.state, Deferred);
    assert_eq!(dismount.operation_option, OperationOption::Deferred.value());
    let queue = robot.session.info(robot.library).unwrap().number_of_library_requests;
    assert_eq!(queue, 1, "it waits for its medium to leave the drive");
    robot.check();
}

#[test]
fn requests_nt2_each_step_of_a_mount_is_told() {
    let (robot, media) = prepared(1, &["A1"]);
    let since = last(&robot);
    let mount = robot.mount(media[0]);
    let request = robot.requests(Mount)[0].id;
    let events: Vec<u8> = told(&robot, since)
        .iter()
        .flatten()
        .filter(|(_, _, id)| *id == request.into())
        .map(|(what, ..)| *what)
        .collect();
    let (updated, inserted, completed) = (1, 2, 5);
    assert_eq!(events, [inserted, updated, updated], "queued, in process, passed");
    let told_of = |id: ObjectId, since: i64| {
        let all = told(&robot, since).into_iter().flatten();
        all.filter(|(what, _, of)| *what == completed && *of == id).count()
    };
    assert_eq!(told_of(media[0].into(), since), 1, "the id that was given");
    let since = last(&robot);
    robot.session.dismount(&[media[0].into()], IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!(told_of(media[0].into(), since), 1);
    drop(mount);
    // A deferred dismount is complete when the medium is Idle, and only once.
    let since = last(&robot);
    let mount = robot.mount(media[0]);
    let side = mount.side();
    mount.dismount(DEFERRED).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(robot.states(Dismount), [Passed, Passed]);
    assert_eq!(told_of(side.into(), since), 1);
}

#[test]
fn media_v1_each_side_has_a_request_for_its_free_label() {
    let robot = Robot::of(builder(1, robot::DISK).cartridge(robot::disk("D1")), robot::DISK);
    let medium = robot.by_bar_code("D1").id;
    robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
    let requests = robot.requests(WriteFreeLabel);
    let sides: Vec<_> = robot.sides(medium).into_iter().map(|side| Some(side.id)).collect();
    assert_eq!(requests.iter().map(|request| request.side).collect::<Vec<_>>(), sides);
    assert_eq!(requests[0].application, "test", "who moved it");
    robot.settle();
    assert_eq!(robot.states(WriteFreeLabel), [Passed, Passed]);
}

#[test]
fn media_v9_a_label_that_was_not_written_is_queued_again_when_asked() {
    let cartridge = Cartridge::with_bar_code("A1").media_type(robot::TAPE.value());
    let robot =
        Robot::of(builder(1, robot::TAPE).cartridge(cartridge.write_protected()), robot::TAPE);
    let (medium, free) = (robot.by_bar_code("A1").id, robot.system("Free"));
    robot.session.move_to_pool(medium, free).unwrap();
    robot.settle();
    let failed = robot.requests(WriteFreeLabel).remove(0);
    assert_eq!((failed.state, failed.error), (Failed, Some(ErrorKind::WriteProtect)));
    assert_eq!(robot.side(medium).state, SideState::Unprepared);
    assert_eq!(kind(robot.session.move_to_pool(medium, robot.pool())), ErrorKind::Busy);
    let id = robot.device.hands().find_bar_code("A1").unwrap().unwrap();
    robot.device.hands().write_protect(id, false).unwrap();
    robot.session.move_to_pool(medium, free).unwrap();
    robot.settle();
    assert_eq!(robot.states(WriteFreeLabel), [Failed, Passed]);
    assert_eq!(robot.side(medium).state, SideState::Available);
    // Nothing to do: nothing is queued.
    robot.session.move_to_pool(medium, free).unwrap();
    assert_eq!(robot.requests(WriteFreeLabel).len(), 2);
    robot.check();
}

#[test]
fn media_v9_a_cancelled_label_leaves_the_side_unprepared() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let _held = robot.mount(media[0]);
    robot.session.deallocate_media(media[1]).unwrap();
    let (medium, free) = (robot.by_bar_code("A2").id, robot.system("Free"));
    robot.session.move_to_pool(medium, free).unwrap();
    robot.settle();
    let request = robot.requests(WriteFreeLabel).pop().unwrap();
    assert!(matches!(request.state, Queued | Waiting), "no drive is free");
    // One at a time.
    robot.session.move_to_pool(medium, free).unwrap();
    assert_eq!(robot.requests(WriteFreeLabel).last().unwrap().id, request.id);
    let since = last(&robot);
    robot.session.cancel_library_request(request.id).unwrap();
    let told: Vec<_> = told(&robot, since).into_iter().flatten().collect();
    let of_request = |what| (what, ObjectType::LibraryRequest, request.id.into());
    assert_eq!(told, [of_request(1), of_request(5)]);
    let cancelled = robot.session.info(request.id).unwrap();
    assert_eq!((cancelled.state, cancelled.error), (Cancelled, Some(ErrorKind::Cancelled)));
    assert_eq!(robot.side(medium).state, SideState::Unprepared);
    robot.session.move_to_pool(medium, free).unwrap();
    assert_ne!(robot.requests(WriteFreeLabel).last().unwrap().id, request.id);
    robot.check();
}

#[test]
fn media_v10_the_request_of_a_label_that_would_overwrite_another_cartridge_fails() {
    let robot = Robot::without_reader(1, 2);
    robot.prepare_all();
    let one = robot.in_slot(1).unwrap().id;
    robot.device.hands().swap(robot.place(1), robot.place(2)).unwrap();
    robot.session.move_to_pool(one, robot.system("Free")).unwrap();
    robot.settle();
    let request = robot.requests(WriteFreeLabel).pop().unwrap();
    assert_eq!((request.state, request.error), (Failed, Some(ErrorKind::UnexpectedOmid)));
    assert_eq!(robot.side(one).state, SideState::Unprepared);
    assert_eq!(robot.slot_state(1), SlotState::NeedsInventory);
}

#[test]
fn labels_of_offline_media_are_queued_when_they_come_online() {
    let (robot, media) = prepared(1, &["A1"]);
    robot.session.deallocate_media(media[0]).unwrap();
    let medium = robot.by_bar_code("A1").id;
    let hands = robot.device.hands();
    let cartridge = hands.remove(robot.place(1)).unwrap();
    robot.look(InventoryMethod::Fast);
    let before = robot.requests(WriteFreeLabel).len();
    robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
    robot.settle();
    assert_eq!(robot.requests(WriteFreeLabel).len(), before);
    hands.insert(cartridge, robot.place(4)).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(robot.states(WriteFreeLabel)[before..], [Passed]);
    robot.check();
}

#[test]
fn a_label_that_is_not_wanted_any_more_is_cancelled() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let _held = robot.mount(media[0]);
    robot.session.deallocate_media(media[1]).unwrap();
    let medium = robot.by_bar_code("A2").id;
    robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
    robot.device.hands().remove(robot.place(2)).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(robot.requests(WriteFreeLabel).pop().unwrap().state, Cancelled);
    robot.check();
}

#[test]
fn a_queued_dismount_is_cancelled_only_before_it_is_begun() {
    let (robot, media) = prepared(1, &["A1"]);
    let mount = robot.mount(media[0]);
    mount.dismount(DEFERRED).unwrap();
    let request = robot.requests(Dismount).remove(0).id;
    robot.session.cancel_library_request(request).unwrap();
    assert_eq!(robot.states(Dismount), [Cancelled]);
    let state = robot.drives()[0].state;
    assert_eq!(state, rsm::model::DriveState::Dismountable, "it stays where it is");
    robot.mount(media[0]).dismount(IMMEDIATE).unwrap();
    robot.settle();
    let request = robot.requests(Dismount).pop().unwrap();
    assert_eq!(request.state, Passed);
    let done = robot.session.cancel_library_request(request.id);
    assert_eq!(kind(done), ErrorKind::ObjectNotFound);
    let home = Some(Location::Slot(robot.slot(1)));
    assert_eq!(robot.by_bar_code("A1").location, home);
    robot.check();
}

#[test]
fn cancelling_needs_a_right_and_a_request() {
    let (robot, media) = prepared(1, &["A1"]);
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    let request = robot.requests(Dismount).remove(0).id;
    let cancel = |session: &Session, id| session.cancel_library_request(id);
    assert_eq!(
        kind(cancel(&robot.session, Id::from_uuid(uuid::Uuid::nil()))),
        ErrorKind::InvalidParameter
    );
    let unknown = Id::from_uuid(uuid::Uuid::from_u128(5));
    assert_eq!(kind(cancel(&robot.session, unknown)), ErrorKind::ObjectNotFound);
    let nobody = Caller {
        user: 4_000_000,
        groups: vec![],
        administrator: false,
        user_name: "nobody".to_owned(),
    };
    let user = robot.manager.session_as("user", nobody).unwrap();
    assert_eq!(kind(cancel(&user, request)), ErrorKind::AccessDenied);
    assert_eq!(robot.states(Dismount), [Deferred]);
    let closed = robot.manager.session("closed").unwrap();
    closed.close().unwrap();
    assert_eq!(kind(cancel(&closed, request)), ErrorKind::InvalidHandle);
    assert!(cancel(&robot.session, request).is_ok());
}

#[test]
fn library_dq1_finished_requests_are_deleted() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    let (passed, open) = (robot.requests(Mount)[0].id, robot.requests(Dismount)[0].id);
    let unknown = ObjectId::from_uuid(uuid::Uuid::from_u128(5));
    let ids = [passed.into(), open.into(), unknown];
    let since = last(&robot);
    assert_eq!(robot.session.delete_requests(RequestKind::Operator, &ids).unwrap(), 0);
    assert_eq!(robot.session.delete_requests(RequestKind::Library, &ids).unwrap(), 1);
    let told: Vec<_> = told(&robot, since).into_iter().flatten().collect();
    assert_eq!(told, [(3, ObjectType::LibraryRequest, passed.into())]);
    assert_eq!(kind(robot.session.info(passed)), ErrorKind::ObjectNotFound);
    assert_eq!(robot.session.info(open).unwrap().state, Deferred);
    // A number is never used again.
    let again = robot.mount(media[0]);
    assert_ne!(robot.requests(Mount)[0].id, passed);
    drop(again);
}

fn keep(robot: &Robot, seconds: u32, flags: LibraryRequestFlags) {
    let computer = robot.session.list::<ComputerId>(None).unwrap()[0];
    let mut record = robot.session.info(computer).unwrap();
    record.library_request_purge_time = seconds;
    record.library_request_flags = flags;
    robot.session.set_info(&record).unwrap();
}

#[test]
fn finished_requests_are_purged_in_time() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let purged = |flags| {
        keep(&robot, 3600, flags);
        robot.device.hands().remove(robot.place(2)).unwrap();
        assert_eq!(kind(robot.session.mount(media[1])), ErrorKind::MediaOffline);
        robot.clock.advance(Duration::from_secs(3599));
        robot.mount(media[0]).dismount(DEFERRED).unwrap();
        let count = |state| all(&robot.session).iter().filter(|r| r.state == state).count();
        let (passed, failed) = (count(Passed), count(Failed));
        assert!(passed > 2 && failed == 1, "{passed} {failed}");
        robot.clock.advance(Duration::from_secs(2));
        // A few at a time, with each new request.
        for _ in 0..4 {
            robot.mount(media[0]).dismount(DEFERRED).unwrap();
        }
        count(Failed)
    };
    assert_eq!(purged(LibraryRequestFlags::NO_FAILED_PURGE), 1);
    let old = |robot: &Robot| {
        let now = rsm::clock::Clock::now(robot.clock.as_ref()).as_micros();
        let is_old = |r: &&LibraryRequest| {
            r.completed.is_some_and(|at| now - at.as_micros() > 3_600_000_000)
        };
        all(&robot.session).iter().filter(is_old).map(|r| r.state).collect::<Vec<_>>()
    };
    assert_eq!(old(&robot), [Failed]);
    keep(&robot, 3600, LibraryRequestFlags::NO_AUTO_PURGE);
    robot.clock.advance(Duration::from_secs(7200));
    drop(robot.mount(media[0]));
    let kept = old(&robot).len();
    assert!(kept > 4, "{kept}");
    keep(&robot, 3600, LibraryRequestFlags::empty());
    for _ in 0..8 {
        drop(robot.mount(media[0]));
    }
    assert_eq!(old(&robot), []);
    // The open ones stay.
    assert_eq!(all(&robot.session).iter().filter(|r| r.state == Deferred).count(), 1);
    robot.check();
}

#[test]
fn library_st1_st5_nothing_goes_on_after_a_restart_but_labels() {
    let (robot, media) = prepared(1, &["A1", "A2", "A3"]);
    let _held = std::mem::ManuallyDrop::new(robot.mount(media[0]));
    robot.session.queue_mount(media[1]).unwrap();
    robot.session.deallocate_media(media[2]).unwrap();
    let medium = robot.by_bar_code("A3").id;
    robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
    robot.settle();
    assert_eq!(robot.states(Mount), [Passed, Waiting]);
    let waiting = robot.requests(WriteFreeLabel).pop().unwrap().id;
    // The process dies: what it had open is left as it is.
    let copy = tempfile::TempDir::new().unwrap();
    for file in ["catalog.db", "catalog.db-wal"] {
        std::fs::copy(robot.dir.path().join(file), copy.path().join(file)).unwrap();
    }
    let clock = robot.clock.clone();
    let manager = robot::options(&clock).open(copy.path()).unwrap();
    let session = manager.session("after").unwrap();
    let state = |id: LibraryRequestId| session.info(id).unwrap().state;
    assert_eq!(state(robot.requests(Mount)[1].id), Cancelled);
    assert_eq!(state(waiting), Cancelled);
    assert!(all(&session).iter().all(|request| request.state.is_final()));
    assert_eq!(manager.check().unwrap(), []);
}
