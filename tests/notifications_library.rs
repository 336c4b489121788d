//! What is told of the work of libraries: examples NT1, NT2 and NT6, and the end of every operation
//! that is told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/hall.rs"]
mod hall;
#[path = "support/robot.rs"]
mod robot;
mod support;

use std::thread;

use hall::ports;
use robot::{DEFERRED, DISK, IMMEDIATE, Robot, TAPE, builder, disk, kind, prepared, tape};
use rsm::device::DeviceErrorKind;
use rsm::device::simulated::{DoorLayout, Fault, PortLayout};
use rsm::model::{
    AllocateRequest, CleanerEject, CleanerInject, DismountOptions, DoorInventory, DoorState,
    EjectAction, Id, InjectAction, InventoryMethod, LibraryOperation, LibraryRequestId,
    LibraryRequestState, MediaRef, MediaTypeCode, MountRequest, NotificationOperation, ObjectId,
    ObjectType, PoolOpenMode, SlotState, Timeout,
};
use rsm::{ErrorKind, Notifications};

use LibraryRequestState::{Cancelled, InProcess, Passed};
use NotificationOperation::{Delete, EventComplete, Insert, Update};
use ObjectType::{
    Drive, Library, LibraryRequest, LogicalMedia, MediaPool, PhysicalMedia, Side, StorageSlot,
};

const MOTOR: PortLayout = PortLayout { cells: 1, motorised: true, reports_content: true };

fn all(channel: &Notifications) -> Vec<(NotificationOperation, ObjectType, ObjectId)> {
    let told = channel.try_iter().map(Result::unwrap);
    told.map(|event| (event.operation, event.object_type, event.object)).collect()
}

/// What has ended since somebody looked last.
fn ended(channel: &Notifications) -> Vec<(ObjectType, ObjectId)> {
    let those = all(channel).into_iter().filter(|event| event.0 == EventComplete);
    those.map(|(_, kind, id)| (kind, id)).collect()
}

fn listen(robot: &Robot) -> Notifications {
    robot.session.subscribe(ObjectType::Generic).unwrap()
}

/// What is told of one object.
fn of(channel: &Notifications, object: impl Into<ObjectId>) -> Vec<NotificationOperation> {
    let object = object.into();
    let those = all(channel).into_iter().filter(|event| event.2 == object);
    those.map(|event| event.0).collect()
}

fn begun(robot: &Robot, request: LibraryRequestId) {
    robot.until("people are waited for", || robot.state(request) == InProcess);
    robot.settle();
}

fn passed(robot: &Robot, request: LibraryRequestId) {
    robot.until("it has passed", || robot.state(request) == Passed);
    robot.settle();
}

#[test]
fn requests_nt1_a_tape_that_is_put_out_is_deleted_and_nothing_more() {
    let robot = ports(1, &[MOTOR], &["A1"]);
    // It has a label, and the next catalog has never seen it.
    robot.prepare(robot.in_slot(1).unwrap().id);
    let (device, clock) = (robot.device.clone(), robot.clock.clone());
    robot.manager.detach(robot.library).unwrap();
    drop(robot);
    let robot = Robot::with_device(device, clock, TAPE);
    let medium = robot.in_slot(1).unwrap();
    assert_eq!(medium.pool, robot.system("Import"));
    let channel = robot.session.subscribe(PhysicalMedia).unwrap();
    let request = robot.session.eject_media(EjectAction::Start(Some(medium.id))).unwrap().unwrap();
    begun(&robot, request);
    robot.device.hands().take_out(hall::cell(&robot, 0)).unwrap();
    passed(&robot, request);
    robot.look(InventoryMethod::Fast);
    let mut told = of(&channel, medium.id);
    assert_eq!(told.pop(), Some(Delete));
    assert!(told.len() > 1 && told.iter().all(|what| *what == Update), "{told:?}");
    assert_eq!(kind(robot.session.info(medium.id)), ErrorKind::ObjectNotFound);
}

#[test]
fn requests_nt2_a_mount_is_queued_begun_and_passed() {
    let (robot, media) = prepared(1, &["A1"]);
    let requests = robot.session.subscribe(LibraryRequest).unwrap();
    let logical = robot.session.subscribe(LogicalMedia).unwrap();
    let mount = robot.mount(media[0]);
    let request = robot.requests(LibraryOperation::Mount)[0].id;
    let told = all(&requests);
    let expected = [Insert, Update, Update].map(|what| (what, LibraryRequest, request.into()));
    assert_eq!(told, expected);
    assert_eq!(ended(&logical), [(LogicalMedia, media[0].into())]);
    drop(mount);
}

#[test]
fn requests_nt6_new_tapes_are_inserted_as_they_were_committed() {
    let robot = Robot::with_tapes(1, &[]);
    let channel = robot.session.subscribe(PhysicalMedia).unwrap();
    let hands = robot.device.hands();
    for slot in 1..=8 {
        hands.insert(hands.make(tape(&format!("A{slot}"))).unwrap(), robot.place(slot)).unwrap();
    }
    robot.look(InventoryMethod::Fast);
    let mut told = all(&channel);
    told.retain(|event| event.0 == Insert);
    let told: Vec<ObjectId> = told.into_iter().map(|event| event.2).collect();
    // Keys grow as rows are made.
    let connection = rusqlite::Connection::open(robot.dir.path().join("catalog.db")).unwrap();
    let mut made = connection.prepare("SELECT id FROM medium ORDER BY key").unwrap();
    let made: Vec<[u8; 16]> =
        made.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    let made: Vec<ObjectId> =
        made.into_iter().map(|id| ObjectId::from_uuid(uuid::Uuid::from_bytes(id))).collect();
    assert_eq!(told, made);
    assert_eq!(told.len(), 8);
}

#[test]
fn a_door_access_and_an_inventory_end_with_the_library() {
    let door = DoorLayout { slots: 0..u32::MAX, lockable: true, sensor: true };
    let robot = Robot::of(builder(1, TAPE).door(door).cartridge(tape("A1")), TAPE);
    let channel = listen(&robot);
    let request = robot.session.access_library_door(robot.library, DoorInventory::None).unwrap();
    begun(&robot, request);
    assert_eq!(ended(&channel), []);
    robot.until("it is unlocked", || robot.device.hands().open_door(0, 0).is_ok());
    let doors: Vec<rsm::model::DoorId> = robot.session.list(None).unwrap();
    let state = || robot.session.info(doors[0]).unwrap().state;
    robot.until("the door is seen open", || state() == DoorState::Open);
    robot.device.hands().close_door(0, 0).unwrap();
    passed(&robot, request);
    assert_eq!(ended(&channel), [(Library, robot.library.into())]);
    for method in [InventoryMethod::Fast, InventoryMethod::FullLabelRead] {
        robot.look(method);
        assert!(ended(&channel).contains(&(Library, robot.library.into())), "{method:?}");
    }
}

#[test]
fn the_slot_of_the_cleaner_is_told_with_the_library() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let channel = listen(&robot);
    robot.session.reserve_cleaner_slot(robot.library, robot.slot(8)).unwrap();
    assert_eq!(ended(&channel), [(Library, robot.library.into())]);
    robot.session.release_cleaner_slot(robot.library).unwrap();
    assert_eq!(ended(&channel), [(Library, robot.library.into())]);
}

#[test]
fn cleaners_that_pass_a_port_are_told_with_the_request_and_cleaning_with_the_drive() {
    let robot = ports(1, &[MOTOR], &["A1"]);
    robot.session.reserve_cleaner_slot(robot.library, robot.slot(8)).unwrap();
    let channel = listen(&robot);
    let start = CleanerInject::Start { cleans_left: 5 };
    let request = robot.session.inject_cleaner(robot.library, start).unwrap();
    begun(&robot, request);
    assert_eq!(ended(&channel), []);
    let cleaner = robot.device.hands().make(tape("CLN001L8").cleaner(5)).unwrap();
    robot.device.hands().put_in(cleaner, hall::cell(&robot, 0)).unwrap();
    passed(&robot, request);
    assert_eq!(ended(&channel), [(LibraryRequest, request.into())]);

    let drive = robot.drives()[0].id;
    let request = robot.session.clean_drive(drive).unwrap().unwrap();
    passed(&robot, request);
    assert_eq!(ended(&channel), [(Drive, drive.into())]);

    let request = robot.session.eject_cleaner(robot.library, CleanerEject::Start).unwrap();
    begun(&robot, request);
    robot.device.hands().take_out(hall::cell(&robot, 0)).unwrap();
    passed(&robot, request);
    assert_eq!(ended(&channel), [(LibraryRequest, request.into())]);
}

#[test]
fn media_that_pass_a_port_are_told_with_the_request() {
    let robot = ports(1, &[MOTOR], &["A1"]);
    let medium = robot.prepare(robot.in_slot(1).unwrap().id);
    let channel = listen(&robot);
    let request = robot.session.eject_media(EjectAction::Start(Some(medium))).unwrap().unwrap();
    begun(&robot, request);
    assert_eq!(ended(&channel), []);
    robot.device.hands().take_out(hall::cell(&robot, 0)).unwrap();
    passed(&robot, request);
    assert_eq!(ended(&channel), [(LibraryRequest, request.into())]);
    let request = robot.session.inject_media(robot.library, InjectAction::Start).unwrap();
    begun(&robot, request);
    let new = robot.device.hands().make(tape("A2")).unwrap();
    robot.device.hands().put_in(new, hall::cell(&robot, 0)).unwrap();
    passed(&robot, request);
    assert!(ended(&channel).contains(&(LibraryRequest, request.into())));
}

#[test]
fn a_request_that_is_cancelled_or_stopped_is_told_once_with_its_id() {
    let robot = ports(1, &[MOTOR], &["A1"]);
    let channel = listen(&robot);
    for cancels in [true, false] {
        let request = robot.session.inject_media(robot.library, InjectAction::Start).unwrap();
        begun(&robot, request);
        assert_eq!(ended(&channel), []);
        if cancels {
            robot.session.cancel_library_request(request).unwrap();
        } else {
            robot.session.inject_media(robot.library, InjectAction::Stop(request)).unwrap();
        }
        robot.until("it has ended", || robot.state(request).is_final());
        robot.settle();
        assert!(ended(&channel).contains(&(LibraryRequest, request.into())));
    }
}

#[test]
fn a_mount_that_waits_and_is_cancelled_is_told_with_its_id_and_its_medium() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let held = robot.mount(media[0]);
    let requests = robot.session.queue_mount(media[1]).unwrap();
    let channel = listen(&robot);
    robot.session.cancel_library_request(requests[0]).unwrap();
    assert_eq!(robot.state(requests[0]), Cancelled);
    let expected = [(LogicalMedia, media[1].into()), (LibraryRequest, requests[0].into())];
    assert_eq!(ended(&channel), expected);
    held.dismount(IMMEDIATE).unwrap();
}

#[test]
fn a_dismount_by_drive_is_told_with_the_drive() {
    let (robot, media) = prepared(1, &["A1"]);
    let mount = robot.mount(media[0]);
    let channel = listen(&robot);
    let request = robot.session.dismount_drive(mount.drive()).unwrap();
    passed(&robot, request);
    let told = ended(&channel);
    assert_eq!(told.iter().filter(|end| **end == (Drive, mount.drive().into())).count(), 1);
}

#[test]
fn an_identification_is_told_with_the_slot_and_that_of_an_empty_one_is_not() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let connection = rusqlite::Connection::open(robot.dir.path().join("catalog.db")).unwrap();
    let update = "UPDATE slot SET state = 4 WHERE id = ?1";
    connection.execute(update, [robot.slot(1).to_bytes()]).unwrap();
    assert_eq!(robot.slot_state(1), SlotState::NeedsInventory);
    let channel = listen(&robot);
    robot.session.identify_slot(robot.slot(1), DismountOptions::empty()).unwrap();
    robot.settle();
    assert_eq!(ended(&channel), [(StorageSlot, robot.slot(1).into())]);
    robot.session.identify_slot(robot.slot(5), DismountOptions::empty()).unwrap();
    assert_eq!(all(&channel), []);
}

#[test]
fn a_mount_and_a_dismount_are_told_with_what_they_were_asked_for() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    let channel = listen(&robot);
    let side = robot.side(robot.by_bar_code("A2").id).id;
    let both = |media| vec![(LogicalMedia, ObjectId::from(media)), (Side, side.into())];
    let named = [MediaRef::from(media[0]), MediaRef::from(side)];
    for option in [IMMEDIATE, DEFERRED] {
        let mounts = robot.session.mount_all(MountRequest::all(named)).unwrap();
        let mut told = ended(&channel);
        told.sort();
        let mut expected = both(media[0]);
        expected.sort();
        assert_eq!(told, expected, "one each");
        robot.session.dismount(&named, option).unwrap();
        robot.settle();
        let mut told = ended(&channel);
        told.sort();
        assert_eq!(told, expected, "{option:?}");
        drop(mounts);
        robot.look(InventoryMethod::Fast);
        let again = ended(&channel);
        assert!(expected.iter().all(|end| !again.contains(end)), "once only: {again:?}");
    }
    let requests = robot.session.queue_mount(media[0]).unwrap();
    passed(&robot, requests[0]);
    assert_eq!(ended(&channel), [(LogicalMedia, media[0].into())], "without waiting, too");
}

#[test]
fn a_mount_that_fails_is_told_as_well() {
    let (robot, media) = prepared(1, &["A1"]);
    let (drive, kind) = (robot.device.drive_places()[0], DeviceErrorKind::MediumFault);
    robot.device.inject(Fault::LoadFails { drive, kind });
    let channel = listen(&robot);
    robot.session.queue_mount(media[0]).unwrap();
    robot.settle();
    assert_eq!(robot.states(LibraryOperation::Mount), [LibraryRequestState::Failed]);
    assert_eq!(ended(&channel), [(LogicalMedia, media[0].into())]);
}

#[test]
fn an_allocation_is_told_with_what_was_allocated_also_to_who_waited() {
    let (robot, media) = prepared(1, &["A1"]);
    let pool = robot.pool();
    robot.session.deallocate_media(media[0]).unwrap();
    let channel = listen(&robot);
    let held = robot.session.allocate_media(AllocateRequest::from(pool)).unwrap().logical_media;
    assert_eq!(ended(&channel), [(LogicalMedia, held.into())]);
    thread::scope(|scope| {
        let request = AllocateRequest::from(pool).timeout(Timeout::Forever);
        let session = &robot.session;
        let waiting = scope.spawn(move || session.allocate_media(request));
        robot.until("people are asked", || !robot.asked().is_empty());
        assert_eq!(ended(&channel), []);
        robot.session.deallocate_media(held).unwrap();
        let given = waiting.join().unwrap().unwrap().logical_media;
        assert_eq!(ended(&channel), [(LogicalMedia, given.into())]);
    });
}

#[test]
fn a_move_is_told_with_the_pool_and_a_change_of_type_with_the_medium() {
    let robot = Robot::of(builder(1, DISK).cartridge(disk("D1")), DISK);
    let medium = robot.by_bar_code("D1").id;
    let channel = listen(&robot);
    let free = robot.system("Free");
    robot.session.move_to_pool(medium, free).unwrap();
    assert_eq!(ended(&channel), [(MediaPool, free.into())]);
    robot.settle();
    let pool = robot.pool();
    let _ = all(&channel);
    robot.session.move_to_pool(medium, pool).unwrap();
    assert_eq!(ended(&channel), [(MediaPool, pool.into())]);

    let other = MediaTypeCode::Mo5Limdow;
    let types = robot.session.media_type(other).unwrap();
    robot.session.add_media_type(types, robot.library).unwrap();
    let path = format!(r"\Unrecognized\{}", other.known().name);
    let unrecognized = robot.session.open_pool(&path, None, PoolOpenMode::OpenExisting).unwrap();
    let new = robot.device.hands().make(disk("D2")).unwrap();
    robot.device.hands().insert(new, robot.place(5)).unwrap();
    robot.look(InventoryMethod::Fast);
    let medium = robot.by_bar_code("D2").id;
    let _ = all(&channel);
    robot.session.move_and_retype(medium, unrecognized).unwrap();
    assert_eq!(ended(&channel), [(PhysicalMedia, medium.into())]);
}
