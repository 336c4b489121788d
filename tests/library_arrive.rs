//! The arrive rule: AR3-AR11 of what an inventory finds, and media that leave with a magazine.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/hall.rs"]
mod hall;
#[path = "support/labelled.rs"]
mod labelled;
#[path = "support/robot.rs"]
mod robot;
mod support;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use labelled::{label_by_hand, put, register};
use robot::{IMMEDIATE, Robot, TAPE, builder, tape};
use rsm::clock::{Clock, VirtualClock};
use rsm::device::Position;
use rsm::device::simulated::{Cartridge, Fault, Timings};
use rsm::model::{
    ComputerId, InventoryMethod, LibraryOperation, LibraryRequestState, MediaPoolPolicy,
    MediaState, MediaTypeCode, PhysicalMedia, PoolType, SideState, SlotState,
};

use InventoryMethod::{Fast, FullLabelRead as Full};

fn pool_type(robot: &Robot, medium: &PhysicalMedia) -> PoolType {
    robot.session.info(medium.pool).unwrap().pool_type
}

fn take(robot: &Robot, slot: u32) -> rsm::device::simulated::CartridgeId {
    robot.device.hands().remove(robot.place(slot)).unwrap()
}

#[test]
fn library_ar3_counts_for_inventories_by_bar_code_only() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let known = register(&robot, "K1", 1);
    put(&robot, 4, "K1");
    robot.look(Full);
    // It is blank, which its record is not.
    assert_ne!(robot.in_slot(4).unwrap().id, known);
    assert_eq!(robot.medium(known).location, None);
    robot.check();
}

#[test]
fn library_ar4_a_bar_code_of_two_media_says_nothing() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let known = robot.in_slot(1).unwrap().id;
    put(&robot, 5, "A1");
    robot.look(Fast);
    // One that is confirmed elsewhere is not moved by a copy of its bar code.
    assert_eq!(robot.in_slot(1).unwrap().id, known);
    let copy = robot.in_slot(5).unwrap().id;
    assert_ne!(copy, known);
    robot.prepare_all();
    take(&robot, 1);
    take(&robot, 5);
    robot.look(Fast);
    let mounts = robot.drives()[0].mount_count;
    put(&robot, 4, "A1");
    robot.look(Fast);
    let found = robot.in_slot(4).unwrap();
    assert!(found.id != known && found.id != copy, "it is blank, and neither is");
    assert_eq!(found.bar_code, "A1");
    assert_eq!(robot.drives()[0].mount_count - mounts, 1);
    robot.check();
}

#[test]
fn library_ar5_a_label_brings_an_offline_medium_back() {
    let robot = Robot::without_reader(1, 1);
    robot.prepare_all();
    let medium = robot.media()[0].id;
    let logical = robot.allocate(medium).logical_media;
    let (pool, side) = (robot.medium(medium).pool, robot.side(medium));
    let cartridge = take(&robot, 1);
    robot.look(Fast);
    assert_eq!(robot.medium(medium).location, None);
    robot.device.hands().insert(cartridge, robot.place(7)).unwrap();
    robot.look(Fast);
    let back = robot.in_slot(7).unwrap();
    assert_eq!((back.id, back.pool), (medium, pool));
    assert_eq!(robot.side(medium).logical_media, side.logical_media);
    assert_eq!(robot.side(medium).state, SideState::Allocated);
    drop(robot.mount(logical));
    robot.check();
}

#[test]
fn library_ar6_a_medium_that_is_seen_elsewhere_has_moved() {
    let robot = Robot::without_reader(1, 2);
    robot.prepare_all();
    let medium = robot.in_slot(1).unwrap().id;
    let cartridge = take(&robot, 1);
    robot.device.hands().insert(cartridge, robot.place(6)).unwrap();
    robot.look(Fast);
    assert_eq!(robot.in_slot(6).unwrap().id, medium);
    assert_eq!(robot.medium(medium).home_slot, Some(robot.slot(6)));
    assert_eq!(robot.slot_state(1), SlotState::Empty);
    assert_eq!(robot.all_media().len(), 2);
    robot.check();
}

#[test]
fn library_ar7_a_copy_of_what_is_in_its_place_is_new() {
    for method in [Fast, Full] {
        let robot = Robot::without_reader(1, 1);
        label_by_hand(&robot, 1, 5);
        robot.look(Full);
        let known = robot.in_slot(1).unwrap().id;
        put(&robot, 2, "");
        label_by_hand(&robot, 2, 5);
        robot.look(method);
        assert_eq!(robot.in_slot(1).unwrap().id, known);
        let copy = robot.in_slot(2).unwrap();
        assert_ne!(copy.id, known);
        assert_eq!(pool_type(&robot, &copy), PoolType::Import);
        assert_eq!(robot.side(copy.id).state, SideState::Import);
        robot.check();
    }
}

#[test]
fn library_ar8_of_several_the_one_with_the_bar_code_is_picked() {
    let robot = Robot::with_tapes(1, &["A1", "A2", "A3"]);
    for slot in 1..=3 {
        label_by_hand(&robot, slot, 5);
    }
    robot.look(Full);
    let copies: Vec<_> = (1..=3).map(|slot| robot.in_slot(slot).unwrap().id).collect();
    assert_eq!(copies.len(), 3);
    let computer = robot.session.list::<ComputerId>(None).unwrap()[0];
    let mut record = robot.session.info(computer).unwrap();
    record.media_pool_policy = MediaPoolPolicy::KEEP_OFFLINE_IMPORT;
    robot.session.set_info(&record).unwrap();
    let tapes: Vec<_> = (1..=3).map(|slot| take(&robot, slot)).collect();
    robot.look(Fast);
    assert!(copies.iter().all(|copy| robot.medium(*copy).location.is_none()));
    // Every label is read, so all three could be this one.
    robot.device.hands().insert(tapes[1], robot.place(6)).unwrap();
    robot.look(Full);
    assert_eq!(robot.in_slot(6).unwrap().id, copies[1]);
    assert_eq!(robot.all_media().len(), 3);
    robot.check();
}

#[test]
fn library_ar9_a_label_nobody_knows_waits_for_import() {
    let robot = Robot::without_reader(1, 0);
    put(&robot, 3, "");
    label_by_hand(&robot, 3, 77);
    robot.look(Fast);
    let new = robot.in_slot(3).unwrap();
    assert_eq!(pool_type(&robot, &new), PoolType::Import);
    assert_eq!(robot.side(new.id).state, SideState::Import);
    assert_eq!(robot.slot_state(3), SlotState::Full);
    robot.check();
}

#[test]
fn library_ar10_a_blank_tape_is_unrecognized() {
    let robot = Robot::without_reader(1, 0);
    put(&robot, 3, "");
    robot.look(Fast);
    let new = robot.in_slot(3).unwrap();
    assert_eq!(pool_type(&robot, &new), PoolType::Unrecognized);
    assert_eq!(robot.side(new.id).state, SideState::Unrecognized);
    assert_eq!(robot.side(new.id).mount_count, 0, "it was not mounted for anybody");
    robot.check();
}

#[test]
fn library_ar11_a_tape_of_a_wrong_type_is_incompatible() {
    let robot = Robot::without_reader(1, 0);
    let hands = robot.device.hands();
    let wrong = Cartridge::new().media_type(MediaTypeCode::Dlt.value());
    hands.insert(hands.make(wrong).unwrap(), robot.place(3)).unwrap();
    robot.look(Fast);
    let new = robot.in_slot(3).unwrap();
    assert_eq!(pool_type(&robot, &new), PoolType::Unrecognized);
    assert_eq!(robot.side(new.id).state, SideState::Incompatible);
    robot.check();
}

fn spoil(robot: &Robot, cartridge: rsm::device::simulated::CartridgeId) {
    robot.device.inject_always(Fault::MediumError { cartridge, side: 0, position: Position(0) });
}

#[test]
fn library_ar12_what_cannot_be_read_is_tried_again() {
    let robot = Robot::without_reader(1, 0);
    put(&robot, 3, "");
    label_by_hand(&robot, 3, 77);
    let hands = robot.device.hands();
    let cartridge = hands.remove(robot.place(3)).unwrap();
    hands.insert(cartridge, robot.place(3)).unwrap();
    spoil(&robot, cartridge);
    robot.look(Fast);
    let new = robot.in_slot(3).unwrap();
    assert_eq!(pool_type(&robot, &new), PoolType::Unrecognized);
    assert_eq!(robot.side(new.id).state, SideState::Unknown);
    assert_eq!(new.media_state, MediaState::RecoverableError);
    assert_eq!(robot.slot_state(3), SlotState::NeedsInventory);
    robot.device.clear_faults();
    robot.look(Fast);
    let now = robot.in_slot(3).unwrap();
    assert_eq!((now.id, pool_type(&robot, &now)), (new.id, PoolType::Import));
    assert_eq!(robot.slot_state(3), SlotState::Full);
    robot.check();
}

#[test]
fn library_ar13_a_known_medium_that_cannot_be_read_is_tried_in_another_drive() {
    let robot = Robot::with_tapes(2, &["A1"]);
    robot.prepare_all();
    let medium = robot.media()[0].clone();
    let before: Vec<u32> = robot.drives().iter().map(|drive| drive.mount_count).collect();
    spoil(&robot, robot.device.hands().find_bar_code("A1").unwrap().unwrap());
    robot.look(Full);
    let after = robot.medium(medium.id);
    assert_eq!(after.media_state, MediaState::RecoverableError);
    assert_eq!((after.pool, after.location), (medium.pool, medium.location), "it is kept");
    assert_eq!(robot.side(medium.id).state, SideState::Available);
    assert_eq!(robot.slot_state(1), SlotState::NeedsInventory);
    let tried = |nth: usize| robot.drives()[nth].mount_count - before[nth];
    assert_eq!([tried(0), tried(1)], [1, 1]);
    assert!(!robot.asked().is_empty(), "a person is told");
    robot.check();
}

#[test]
fn library_control_iv5_a_magazine_takes_its_media_along() {
    let tapes = (1..=8).map(|n| tape(&format!("A{n}")));
    let robot = Robot::of(builder(1, TAPE).magazine(0..8).cartridges(tapes), TAPE);
    let kept = robot.prepare(robot.in_slot(2).unwrap().id);
    let held = robot.allocate(kept).logical_media;
    let import = robot.in_slot(5).unwrap().id;
    label_by_hand(&robot, 5, 9);
    robot.look(Full);
    let import_now = robot.in_slot(5).unwrap();
    assert_eq!(pool_type(&robot, &import_now), PoolType::Import, "{import:?}");
    let hands = robot.device.hands();
    hands.pull_magazine(0, 0).unwrap();
    robot.look(Fast);
    assert!((1..=8).all(|slot| robot.slot_state(slot) == SlotState::NotPresent));
    let left: Vec<_> = robot.all_media().into_iter().map(|medium| medium.id).collect();
    assert_eq!(left, [kept], "import media and unrecognized ones are deleted");
    assert_eq!(robot.medium(kept).location, None);
    let mounts = robot.drives()[0].mount_count;
    hands.push_magazine(0, 0).unwrap();
    robot.look(Fast);
    assert_eq!(robot.in_slot(2).unwrap().id, kept, "by its bar code");
    assert_eq!(robot.drives()[0].mount_count - mounts, 7, "the others were read");
    assert_eq!(robot.media().len(), 8);
    drop(robot.mount(held));
    robot.check();
}

#[test]
fn cartridges_are_read_side_by_side() {
    const LOAD: Duration = Duration::from_secs(100);
    let clock = VirtualClock::one_at_a_time(1);
    let _here = clock.participate().begin();
    let timings = Timings { load: LOAD, ..Timings::default() };
    let tapes = (0..8).map(|_| tape(""));
    let device = builder(4, TAPE).bar_code_reader(false).timings(timings).cartridges(tapes);
    let device = Arc::new(device.clock(clock.clone()).build().unwrap());
    let began = clock.monotonic();
    let robot = Robot::with_device(device, clock, TAPE);
    let took = robot.clock.monotonic() - began;
    assert!(took < LOAD * 4, "eight were read in {took:?}");
    let reads = robot.requests(LibraryOperation::Classify);
    assert!(reads.iter().all(|read| read.state == LibraryRequestState::Passed));
    let drives: BTreeSet<_> = reads.iter().map(|read| read.drive).collect();
    let slots: BTreeSet<_> = reads.iter().map(|read| read.slot).collect();
    assert_eq!((reads.len(), drives.len(), slots.len()), (8, 4, 8), "each once");
    robot.assert_all_in_slots(8);
    robot.check();
}

#[test]
fn applications_go_before_what_an_inventory_reads() {
    let robot = Robot::without_reader(1, 2);
    robot.prepare_all();
    let media: Vec<_> =
        (1..=2).map(|slot| robot.allocate(robot.in_slot(slot).unwrap().id).logical_media).collect();
    let mount = robot.mount(media[0]);
    put(&robot, 3, "");
    let looked = robot.session.inventory_library(robot.library, Fast).unwrap().unwrap();
    robot.settle();
    let read = robot.requests(LibraryOperation::Classify).pop().unwrap();
    assert_eq!(read.state, LibraryRequestState::Waiting);
    assert_eq!(read.slot, Some(robot.slot(3)));
    assert!(!read.reason.is_empty(), "it says for what");
    robot.session.queue_mount(media[1]).unwrap();
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    // The mount came later, and has the drive.
    assert_eq!(robot.states(LibraryOperation::Mount).pop(), Some(LibraryRequestState::Passed));
    assert_eq!(robot.state(read.id), LibraryRequestState::Waiting);
    robot.session.dismount(&[media[1].into()], IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!(robot.state(read.id), LibraryRequestState::Passed);
    assert_eq!(robot.state(looked), LibraryRequestState::Passed);
    robot.check();
}

#[test]
fn a_stopped_inventory_reads_nothing_more() {
    let robot = Robot::without_reader(1, 2);
    robot.prepare_all();
    let mount = robot.mount(robot.allocate(robot.in_slot(2).unwrap().id).logical_media);
    put(&robot, 3, "");
    robot.session.inventory_library(robot.library, Fast).unwrap();
    robot.settle();
    let read = robot.requests(LibraryOperation::Classify).pop().unwrap();
    robot.session.inventory_library(robot.library, InventoryMethod::Stop).unwrap();
    robot.settle();
    assert_eq!(robot.state(read.id), LibraryRequestState::Cancelled);
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!(robot.slot_state(3), SlotState::NeedsInventory);
    robot.check();
}
