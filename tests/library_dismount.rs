//! DismountNtmsDrive: examples DD1, DD2 and DD4, what else can be in a drive, and who is in the way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/brake.rs"]
mod brake;
#[path = "support/robot.rs"]
mod robot;
mod support;

use brake::Brake;
use robot::{DEFERRED, IMMEDIATE, Robot, kind, prepared, prepared_on, tape};
use rsm::ErrorKind;
use rsm::device::simulated::Fault;
use rsm::device::{DeviceErrorKind, MediumIo};
use rsm::model::{
    Access, DriveId, DriveState, InventoryMethod, LibraryOperation, LibraryRequest,
    LibraryRequestId, LibraryRequestState, Location, MediaState, MountRequest, ObjectType,
    SlotState,
};

use LibraryRequestState::{Cancelled, Deferred, Failed, InProcess, Passed, Queued, Waiting};

fn drive(robot: &Robot) -> DriveId {
    robot.drives()[0].id
}

fn request(robot: &Robot, id: LibraryRequestId) -> LibraryRequest {
    robot.session.info(id).unwrap()
}

/// Empties the drive, and waits until that is done.
fn empty(robot: &Robot) -> LibraryRequest {
    let id = robot.session.dismount_drive(drive(robot)).unwrap();
    robot.settle();
    request(robot, id)
}

#[test]
fn library_dd1_who_had_it_mounted_loses_it() {
    let (robot, media) = prepared(1, &["A1", "A2", "A3", "A4"]);
    let medium = robot.by_bar_code("A4").id;
    let owner = robot.manager.session("owner").unwrap();
    let mount = owner.mount(MountRequest::from(media[3]).for_writing()).unwrap();
    let done = empty(&robot);
    assert_eq!((done.state, done.operation), (Passed, LibraryOperation::Dismount));
    assert_eq!((done.drive, done.medium), (Some(drive(&robot)), Some(medium)));
    assert_eq!((done.application.as_str(), done.error), ("test", None));
    assert_eq!(robot.in_slot(4).unwrap().id, medium);
    assert_eq!(robot.slot_state(4), SlotState::Full);
    assert_eq!(robot.drives()[0].state, DriveState::Dismounted);
    assert_eq!(robot.medium(medium).media_state, MediaState::Idle);
    assert_eq!(kind(mount.open(Access::Read)), ErrorKind::InvalidState);
    assert_eq!(kind(mount.dismount(DEFERRED)), ErrorKind::InvalidState);
    drop(owner.mount(media[3]).unwrap());
    robot.check();
}

#[test]
fn library_dd1_its_completion_names_the_drive() {
    let (robot, media) = prepared(1, &["A1"]);
    let _mount = robot.mount(media[0]);
    let drive = drive(&robot);
    let request = empty(&robot);
    let database = rusqlite::Connection::open(robot.dir.path().join("catalog.db")).unwrap();
    let mut statement = database.prepare("SELECT changes FROM change_log").unwrap();
    let all = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    let mut wanted = vec![5, ObjectType::Drive.value()];
    wanted.extend(rsm::model::Id::to_bytes(&drive));
    let told = all.filter(|row| row.as_ref().unwrap().chunks(18).any(|event| event == wanted));
    assert_eq!(told.count(), 1);
    assert_eq!(request.state, Passed);
}

#[test]
fn library_dd2_an_open_medium_stays() {
    let (robot, media) = prepared(1, &["A1"]);
    let mount = robot.mount(media[0]);
    let mut medium = mount.open(Access::Write).unwrap();
    let before = support::dump(robot.dir.path());
    assert_eq!(kind(robot.session.dismount_drive(drive(&robot))), ErrorKind::InvalidState);
    assert!(support::dump(robot.dir.path()) == before, "nothing is queued");
    let _ = medium.write_block(b"goes on").unwrap();
    drop(medium);
    assert_eq!(empty(&robot).state, Passed);
    robot.check();
}

#[test]
fn library_dd4_a_taken_home_slot_gives_way_to_the_first_empty_one() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let mount = robot.mount(media[0]);
    let hands = robot.device.hands();
    hands.insert(hands.make(tape("B1")).unwrap(), robot.place(1)).unwrap();
    assert_eq!(empty(&robot).state, Passed);
    let medium = robot.by_bar_code("A1");
    assert_eq!(medium.home_slot, Some(robot.slot(3)));
    assert_eq!(robot.in_slot(3).unwrap().id, medium.id);
    drop(mount);
    robot.check();
}

#[test]
fn a_medium_that_was_left_in_a_drive_goes_home_before_its_delay() {
    let (robot, media) = prepared(1, &["A1"]);
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    assert_eq!(robot.drives()[0].state, DriveState::Dismountable);
    assert_eq!(empty(&robot).state, Passed);
    assert_eq!(robot.in_slot(1).unwrap().bar_code, "A1");
    let all: Vec<LibraryRequestId> = robot.session.list(None).unwrap();
    assert!(all.iter().all(|id| request(&robot, *id).state.is_final()), "the deferred one too");
    robot.check();
}

#[test]
fn what_somebody_has_put_into_a_drive_goes_into_a_slot() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let hands = robot.device.hands();
    let place = robot.device.drive_places()[0];
    hands.insert(hands.make(tape("X1")).unwrap(), place).unwrap();
    assert_eq!(robot.drives()[0].state, DriveState::Dismounted, "nobody has looked");
    let done = empty(&robot);
    assert_eq!((done.state, done.medium), (Passed, None));
    assert_eq!(robot.slot_state(2), SlotState::NeedsInventory);
    robot.assert_all_in_slots(2);
    robot.look(InventoryMethod::Fast);
    assert_eq!(robot.in_slot(2).unwrap().bar_code, "X1");
    assert_eq!(kind(robot.session.dismount_drive(drive(&robot))), ErrorKind::InvalidState);
    robot.check();
}

#[test]
fn an_empty_drive_is_refused_as_are_those_nobody_can_use() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let (session, drive) = (&robot.session, drive(&robot));
    let before = support::dump(robot.dir.path());
    assert_eq!(kind(session.dismount_drive(drive)), ErrorKind::InvalidState);
    assert!(support::dump(robot.dir.path()) == before);
    session.disable(drive).unwrap();
    assert_eq!(kind(session.dismount_drive(drive)), ErrorKind::ResourceDisabled);
    session.enable(drive).unwrap();
    session.disable(robot.library).unwrap();
    assert_eq!(kind(session.dismount_drive(drive)), ErrorKind::ResourceDisabled);
    session.enable(robot.library).unwrap();
    robot.manager.detach(robot.library).unwrap();
    assert_eq!(kind(session.dismount_drive(drive)), ErrorKind::DeviceNotAvailable);
    robot.check();
}

#[test]
fn who_asks_twice_is_served_at_once() {
    let (robot, media) = prepared(1, &["A1"]);
    let _mount = robot.mount(media[0]);
    let kind = DeviceErrorKind::ChangerFault;
    robot.device.inject_always(Fault::MoveFails { changer: 0, kind });
    let requests: Vec<_> =
        (0..3).filter_map(|_| robot.session.dismount_drive(drive(&robot)).ok()).collect();
    robot.settle();
    // Whatever the first one comes to, nobody waits for ever.
    for id in &requests {
        assert_eq!(request(&robot, *id).state, Failed);
    }
    robot.device.clear_faults();
    assert_eq!(empty(&robot).state, Passed);
    robot.check();
}

#[test]
fn a_cancelled_dismount_leaves_the_drive_to_others() {
    let (robot, media) = prepared(1, &["A1"]);
    let _mount = robot.mount(media[0]);
    let brake = robot.manager.session("brake").unwrap();
    // The library is being given back: nothing is begun.
    let sql = "UPDATE library SET operational_state = 10 WHERE type = 2";
    let database = rusqlite::Connection::open(robot.dir.path().join("catalog.db")).unwrap();
    database.execute(sql, []).unwrap();
    let [one, two] = [(); 2].map(|()| robot.session.dismount_drive(drive(&robot)).unwrap());
    brake.cancel_library_request(one).unwrap();
    assert_eq!(request(&robot, one).state, Cancelled);
    database.execute("UPDATE library SET operational_state = 0 WHERE type = 2", []).unwrap();
    robot.settle();
    assert!(matches!(request(&robot, two).state, Passed | Queued));
    robot.check();
}

#[test]
fn drives_are_emptied_while_others_mount_and_dismount() {
    let (robot, media) = prepared(2, &["A1", "A2", "A3"]);
    let drives: Vec<DriveId> = robot.drives().iter().map(|drive| drive.id).collect();
    for mut drive in robot.drives() {
        drive.defer_dismount_delay = 0;
        robot.session.set_info(&drive).unwrap();
    }
    std::thread::scope(|scope| {
        for (number, media) in media.iter().enumerate() {
            let session = robot.manager.session(&format!("user {number}")).unwrap();
            scope.spawn(move || {
                for round in 0..8 {
                    match session.mount(MountRequest::from(*media)) {
                        Ok(mount) if round % 2 == 0 => drop(mount.dismount(robot::IMMEDIATE)),
                        Ok(mount) => drop(mount),
                        // Emptied before the call had seen it.
                        Err(error) => assert_eq!(error.kind(), ErrorKind::Cancelled, "{error:?}"),
                    }
                }
            });
        }
        let robot = &robot;
        for drive in drives {
            scope.spawn(move || {
                for _ in 0..30 {
                    if let Err(error) = robot.session.dismount_drive(drive) {
                        assert_eq!(error.kind(), ErrorKind::InvalidState, "{error:?}");
                        std::thread::yield_now();
                    }
                }
            });
        }
    });
    robot.settle();
    let all: Vec<LibraryRequestId> = robot.session.list(None).unwrap();
    let open: Vec<_> = all
        .iter()
        .map(|id| request(&robot, *id))
        .filter(|row| !row.state.is_final() && row.state != LibraryRequestState::Deferred)
        .collect();
    assert!(open.is_empty(), "{open:#?}");
    robot.check();
}

#[test]
fn a_medium_left_in_a_drive_that_was_disabled_meanwhile_goes_home_for_the_next_mount() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    let mount = robot.mount(media[0]);
    let drive = mount.drive();
    robot.session.disable(drive).unwrap();
    mount.dismount(DEFERRED).unwrap();
    let request = robot.session.queue_mount(media[0]).unwrap().remove(0);
    robot.settle();
    assert!(!robot.session.info(request).unwrap().state.is_final());
    robot.clock.advance(std::time::Duration::from_secs(300));
    while !robot.session.info(request).unwrap().state.is_final() {
        robot.settle();
    }
    assert_eq!(robot.session.info(request).unwrap().state, LibraryRequestState::Passed);
    assert_ne!(robot.medium(robot.by_bar_code("A1").id).location, Some(Location::Drive(drive)));
    robot.check();
}

#[test]
fn library_cancel_a_dismount_that_is_carried_out_goes_on() {
    let brake = Brake::new();
    let (robot, media) = prepared_on(brake.clone(), 1, &["A1"]);
    for by_drive in [true, false] {
        let mount = robot.mount(media[0]);
        let seen = brake.pull();
        let id = if by_drive {
            robot.session.dismount_drive(drive(&robot)).unwrap()
        } else {
            robot.session.dismount(&[media[0].into()], IMMEDIATE).unwrap();
            robot.requests(LibraryOperation::Dismount).pop().unwrap().id
        };
        brake.wait_until_reached(seen);
        assert_eq!(request(&robot, id).state, InProcess);
        assert_eq!(kind(robot.session.cancel_library_request(id)), ErrorKind::AccessDenied);
        assert_eq!(request(&robot, id).state, InProcess);
        brake.release();
        robot.settle();
        assert_eq!((request(&robot, id).state, request(&robot, id).error), (Passed, None));
        let again = robot.session.cancel_library_request(id);
        assert_eq!(kind(again), ErrorKind::ObjectNotFound);
        drop(mount);
        robot.assert_all_in_slots(1);
        robot.check();
    }
}

#[test]
fn library_cancel_a_dismount_that_is_deferred_leaves_the_medium_in_its_drive() {
    let (robot, media) = prepared(1, &["A1"]);
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    let id = robot.requests(LibraryOperation::Dismount).pop().unwrap().id;
    assert_eq!(request(&robot, id).state, Deferred);
    robot.session.cancel_library_request(id).unwrap();
    assert_eq!(request(&robot, id).state, Cancelled);
    robot.settle();
    assert_eq!(robot.drives()[0].state, DriveState::Dismountable);
    assert_eq!(robot.by_bar_code("A1").media_state, MediaState::Idle);
    robot.check();
    assert_eq!(empty(&robot).state, Passed);
    robot.assert_all_in_slots(1);
}

#[test]
fn library_cancel_a_dismount_that_waits_for_a_person_loses_no_cartridge() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let mount = robot.mount(media[0]);
    robot.device.inject(Fault::Jam { changer: 0 });
    mount.dismount(IMMEDIATE).unwrap();
    let id = robot.requests(LibraryOperation::Dismount).pop().unwrap().id;
    robot.settle();
    assert_eq!(request(&robot, id).state, Waiting);
    robot.session.cancel_library_request(id).unwrap();
    assert_eq!(request(&robot, id).state, Cancelled);
    robot.settle();
    robot.check();
    robot.device.hands().clear_jam(0).unwrap();
    for _ in 0..3 {
        robot.clock.advance(std::time::Duration::from_secs(60));
        robot.settle();
    }
    robot.check();
    assert_eq!(robot.drives()[0].state, DriveState::Dismounted);
    assert_eq!(robot.all_media().len(), 2, "no cartridge is taken for two");
    for media in [media[1], media[0]] {
        robot.mount(media).dismount(IMMEDIATE).unwrap();
        robot.settle();
    }
    robot.assert_all_in_slots(2);
    robot.check();
}
