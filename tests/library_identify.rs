//! IdentifyNtmsSlot: examples ID1-ID4, bad input, rights, and what comes in between.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/hall.rs"]
mod hall;
#[path = "support/labelled.rs"]
mod labelled;
#[path = "support/robot.rs"]
mod robot;
mod support;

use std::thread;

use hall::was_told;
use labelled::{label_by_hand, put};
use robot::{DEFERRED, DISK, IMMEDIATE, Robot, TAPE, builder, disk, kind, tape};
use rsm::ErrorKind;
use rsm::device::DeviceErrorKind;
use rsm::device::simulated::{DoorLayout, Fault};
use rsm::model::{
    DismountOptions, DriveState, Id, InventoryMethod, LibraryOperation, LibraryRequestState,
    Location, MediaState, ObjectType, PoolType, SlotId, SlotState,
};
use support::unknown;

const COMPLETE: u8 = 5;

/// A library with a tape in slot 3 of which nothing is known.
fn with_unknown_tape(drives: u32) -> Robot {
    let robot = Robot::without_reader(drives, 1);
    put(&robot, 3, "");
    label_by_hand(&robot, 3, 77);
    // Whoever looks is stopped before he reads.
    robot.doubt(3);
    robot
}

impl Robot {
    /// The slot holds something that is not identified yet.
    fn doubt(&self, slot: u32) {
        let connection = rusqlite::Connection::open(self.dir.path().join("catalog.db")).unwrap();
        let update = "UPDATE slot SET state = 4 WHERE id = ?1";
        connection.execute(update, [self.slot(slot).to_bytes()]).unwrap();
        assert_eq!(self.slot_state(slot), SlotState::NeedsInventory);
    }

    fn identify(&self, slot: u32, after: DismountOptions) -> rsm::Result<()> {
        self.session.identify_slot(self.slot(slot), after)
    }
}

#[test]
fn library_control_id1_an_unknown_tape_is_identified() {
    for after in [IMMEDIATE, DismountOptions::empty()] {
        let robot = with_unknown_tape(1);
        robot.identify(3, after).unwrap();
        assert_eq!(robot.slot_state(3), SlotState::Full);
        let found = robot.in_slot(3).unwrap();
        assert_eq!(robot.session.info(found.pool).unwrap().pool_type, PoolType::Import);
        assert_eq!(robot.drives()[0].state, DriveState::Dismounted);
        let read = robot.last(LibraryOperation::Classify);
        assert_eq!(read.state, LibraryRequestState::Passed);
        assert_eq!((read.slot, read.drive), (Some(robot.slot(3)), Some(robot.drives()[0].id)));
        let slot = robot.slot(3).into();
        assert!(was_told(&robot, (COMPLETE, ObjectType::StorageSlot, slot)));
        robot.check();
    }
}

#[test]
fn library_control_id2_a_tape_that_stays_needs_no_move() {
    let robot = Robot::without_reader(1, 1);
    robot.prepare_all();
    let medium = robot.in_slot(1).unwrap().id;
    let logical = robot.allocate(medium).logical_media;
    robot.identify(1, DEFERRED).unwrap();
    let drive = robot.drives().remove(0);
    assert_eq!(drive.state, DriveState::Dismountable);
    assert_eq!(robot.medium(medium).location, Some(Location::Drive(drive.id)));
    assert_eq!(robot.medium(medium).media_state, MediaState::Idle);
    assert_eq!(robot.medium(medium).home_slot, Some(robot.slot(1)));
    assert_eq!(robot.slot_state(1), SlotState::Empty);
    let stands_still = DeviceErrorKind::ChangerFault;
    robot.device.inject_always(Fault::MoveFails { changer: 0, kind: stands_still });
    let mount = robot.mount(logical);
    robot.device.clear_faults();
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!(robot.in_slot(1).unwrap().id, medium);
    robot.check();
}

#[test]
fn library_control_id2_so_does_one_that_was_not_known() {
    let robot = with_unknown_tape(1);
    robot.identify(3, DEFERRED).unwrap();
    let drive = robot.drives().remove(0);
    assert_eq!(drive.state, DriveState::Dismountable);
    let found = robot.media().into_iter().find(|m| m.home_slot == Some(robot.slot(3))).unwrap();
    assert_eq!(found.location, Some(Location::Drive(drive.id)));
    // An inventory does not wait: it goes home first.
    robot.look(InventoryMethod::Fast);
    assert_eq!(robot.in_slot(3).unwrap().id, found.id);
    robot.assert_all_in_slots(2);
    robot.check();
}

#[test]
fn of_two_sides_the_last_stays_up() {
    let library = builder(1, DISK).cartridges([disk("D1")]);
    let robot = Robot::of(library, DISK);
    let medium = robot.media()[0].id;
    robot.identify(1, DEFERRED).unwrap();
    let second = robot.sides(medium)[1].id;
    assert_eq!(robot.drives()[0].saved_side, Some(second));
    assert_eq!(robot.medium(medium).mounted_side, Some(second));
    robot.look(InventoryMethod::Fast);
    assert_eq!(robot.in_slot(1).unwrap().id, medium);
    robot.check();
}

#[test]
fn library_control_id3_in_an_empty_slot_is_nothing() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let before = support::dump(robot.dir.path());
    robot.identify(5, IMMEDIATE).unwrap();
    assert!(support::dump(robot.dir.path()) == before);
    // Nor in one whose medium is in a drive.
    robot.prepare_all();
    let mount = robot.mount(robot.allocate(robot.media()[0].id).logical_media);
    let before = support::dump(robot.dir.path());
    robot.identify(1, IMMEDIATE).unwrap();
    assert!(support::dump(robot.dir.path()) == before);
    drop(mount);
    robot.check();
}

#[test]
fn library_control_id4_an_unknown_option_is_refused() {
    let robot = with_unknown_tape(1);
    let before = support::dump(robot.dir.path());
    for bits in [3, 4, u32::MAX] {
        let after = DismountOptions::from_bits_retain(bits);
        assert_eq!(kind(robot.identify(3, after)), ErrorKind::InvalidParameter, "{bits}");
    }
    assert!(support::dump(robot.dir.path()) == before);
}

#[test]
fn an_identification_can_be_asked_for_without_waiting() {
    let robot = with_unknown_tape(1);
    assert_eq!(robot.session.queue_identify_slot(robot.slot(7), IMMEDIATE).unwrap(), None);
    let other = robot.manager.session("other").unwrap();
    let request = other.queue_identify_slot(robot.slot(3), IMMEDIATE).unwrap().unwrap();
    other.close().unwrap();
    robot.settle();
    assert_eq!(robot.session.info(request).unwrap().state, LibraryRequestState::Passed);
    assert_eq!(robot.slot_state(3), SlotState::Full);
    robot.check();
}

#[test]
fn slots_of_cleaners_are_not_read() {
    let robot = Robot::with_tapes(1, &["CLN001L1", "A1"]);
    robot.identify(1, IMMEDIATE).unwrap();
    robot.session.reserve_cleaner_slot(robot.library, robot.slot(6)).unwrap();
    robot.identify(6, IMMEDIATE).unwrap();
    assert_eq!(robot.drives()[0].mount_count, 1, "the tape was, at the start");
    robot.check();
}

#[test]
fn calls_that_cannot_be_are_refused() {
    let robot = with_unknown_tape(1);
    let slot = robot.slot(3);
    let refused = |session: &rsm::Session, slot: SlotId, expected| {
        let before = support::dump(robot.dir.path());
        assert_eq!(kind(session.identify_slot(slot, IMMEDIATE)), expected);
        assert_eq!(kind(session.queue_identify_slot(slot, IMMEDIATE)), expected);
        assert!(support::dump(robot.dir.path()) == before, "{expected:?}");
    };
    let session = &robot.session;
    refused(session, SlotId::NULL, ErrorKind::InvalidParameter);
    refused(session, unknown(), ErrorKind::ObjectNotFound);
    let stranger = hall::stranger(&robot);
    refused(&stranger, slot, ErrorKind::AccessDenied);
    let closed = robot.manager.session("closed").unwrap();
    closed.close().unwrap();
    refused(&closed, slot, ErrorKind::InvalidHandle);
    session.disable(robot.library).unwrap();
    refused(session, slot, ErrorKind::ResourceDisabled);
    session.enable(robot.library).unwrap();
    robot.settle();
    robot.manager.detach(robot.library).unwrap();
    refused(session, slot, ErrorKind::DeviceNotAvailable);
}

#[test]
fn a_slot_of_a_magazine_that_is_out_is_not_present() {
    let robot = Robot::of(builder(1, TAPE).magazine(0..8).cartridges([tape("A1")]), TAPE);
    robot.device.hands().pull_magazine(0, 0).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(kind(robot.identify(1, IMMEDIATE)), ErrorKind::ResourceNotPresent);
}

#[test]
fn who_closes_his_session_waits_no_longer() {
    let door = DoorLayout { slots: 0..u32::MAX, lockable: false, sensor: true };
    let robot = Robot::of(builder(1, TAPE).door(door).cartridges([tape("A1")]), TAPE);
    robot.device.hands().open_door(0, 0).unwrap();
    robot.until("the door is seen open", || {
        let door = robot.session.list::<rsm::model::DoorId>(None).unwrap()[0];
        robot.session.info(door).unwrap().state == rsm::model::DoorState::Open
    });
    let other = robot.manager.session("other").unwrap();
    let slot = robot.slot(1);
    thread::scope(|scope| {
        let call = scope.spawn(|| other.identify_slot(slot, IMMEDIATE));
        robot.until("it waits", || robot.requests(LibraryOperation::Classify).len() == 2);
        other.close().unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::Cancelled);
    });
    robot.device.hands().close_door(0, 0).unwrap();
    robot.settle();
    assert_eq!(robot.last(LibraryOperation::Classify).state, LibraryRequestState::Cancelled);
    assert_eq!(robot.in_slot(1).unwrap().bar_code, "A1");
    robot.check();
}
