//! Free labels, and labels that applications write.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/acme.rs"]
mod acme;
#[path = "support/robot.rs"]
mod robot;

use std::sync::Arc;

use acme::Acme;
use robot::{DEFERRED, IMMEDIATE, Robot, builder, disk, kind, tape, write};
use rsm::ErrorKind;
use rsm::device::simulated::Cartridge;
use rsm::label::FREE_LABEL_TYPE;
use rsm::model::{
    AllocateRequest, DeallocationPolicy, FileSystemLabel, LabelUpdate, LogicalMediaId, MediaState,
    MountRequest, SideState, SlotState,
};

#[test]
fn media_b2_a_deallocated_medium_gets_a_new_free_label() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let medium = robot.prepare(robot.by_bar_code("A1").id);
    let mut pool = robot.session.info(robot.pool()).unwrap();
    pool.deallocation_policy = DeallocationPolicy::RETURN_TO_FREE;
    robot.session.set_info(&pool).unwrap();
    let before = robot.side(medium).label.unwrap();
    let logical = robot.allocate(medium).logical_media;
    robot.session.deallocate_media(logical).unwrap();
    robot.settle();
    assert_eq!(robot.medium(medium).pool, robot.system("Free"));
    let side = robot.side(medium);
    assert_eq!(side.state, SideState::Available);
    let label = side.label.unwrap();
    assert_eq!(label.label_type, FREE_LABEL_TYPE);
    assert!(!label.same_identity(&before));
    assert_eq!(side.mount_count, 0, "labelling is no mount");
    robot.assert_all_in_slots(1);
    robot.check();
}

#[test]
fn media_v1_an_unrecognized_medium_becomes_available() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let medium = robot.by_bar_code("A1").id;
    robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
    robot.settle();
    assert_eq!(robot.side(medium).state, SideState::Available);
    assert_eq!(robot.medium(medium).media_state, MediaState::Idle);
    robot.check();
}

#[test]
fn media_v9_a_label_that_could_not_be_written_is_tried_again_when_asked() {
    let cartridge = Cartridge::with_bar_code("A1").media_type(robot::TAPE.value());
    let robot =
        Robot::of(builder(1, robot::TAPE).cartridge(cartridge.write_protected()), robot::TAPE);
    let medium = robot.by_bar_code("A1").id;
    let free = robot.system("Free");
    robot.session.move_to_pool(medium, free).unwrap();
    robot.settle();
    assert_eq!(robot.side(medium).state, SideState::Unprepared);
    assert_eq!(kind(robot.session.move_to_pool(medium, robot.pool())), ErrorKind::Busy);
    let id = robot.device.hands().find_bar_code("A1").unwrap().unwrap();
    robot.device.hands().write_protect(id, false).unwrap();
    // Nobody asks: nothing is tried.
    robot.look(rsm::model::InventoryMethod::Fast);
    assert_eq!(robot.side(medium).state, SideState::Unprepared);
    robot.session.move_to_pool(medium, free).unwrap();
    robot.settle();
    assert_eq!(robot.side(medium).state, SideState::Available);
    robot.check();
}

#[test]
fn media_v10_another_cartridge_is_never_overwritten() {
    let robot = Robot::without_reader(1, 2);
    robot.prepare_all();
    let (one, two) = (robot.in_slot(1).unwrap().id, robot.in_slot(2).unwrap().id);
    let logical = robot.allocate(two).logical_media;
    let mount = robot.mount(logical);
    let mut medium = mount.open(rsm::model::Access::Write).unwrap();
    use rsm::device::MediumIo;
    medium.space(rsm::device::Space::EndOfData).unwrap();
    let _ = medium.write_block(b"precious").unwrap();
    drop(medium);
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    robot.device.hands().swap(robot.place(1), robot.place(2)).unwrap();
    robot.session.move_to_pool(one, robot.system("Free")).unwrap();
    robot.settle();
    assert_eq!(robot.side(one).state, SideState::Unprepared);
    assert_eq!(robot.slot_state(1), SlotState::NeedsInventory);
    // The other tape is as it was, and found again.
    robot.look(rsm::model::InventoryMethod::FullLabelRead);
    assert_eq!(robot.in_slot(1).unwrap().id, two);
    let mount = robot.session.mount(logical).unwrap();
    let mut medium = mount.open(rsm::model::Access::Read).unwrap();
    medium.space(rsm::device::Space::EndOfData).unwrap();
    medium.space(rsm::device::Space::Blocks(-1)).unwrap();
    let mut buffer = [0; 64];
    let read = medium.read_block(&mut buffer).unwrap();
    assert_eq!(read, rsm::device::ReadOutcome::Block(8));
    assert_eq!(&buffer[..8], b"precious");
    drop((medium, mount));
    robot.check();
}

#[test]
fn both_sides_of_a_tape_library_with_two_sided_media_are_freed() {
    let robot = Robot::of(builder(1, robot::DISK).cartridge(disk("D1")), robot::DISK);
    let medium = robot.by_bar_code("D1").id;
    robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
    robot.settle();
    let sides = robot.sides(medium);
    assert!(sides.iter().all(|side| side.state == SideState::Available));
    assert!(sides.iter().all(|side| side.label.is_none()), "disks get no label of ours");
    robot.assert_all_in_slots(1);
    robot.check();
}

#[test]
fn labels_uo1_a_reported_label_is_expected_from_then_on() {
    let robot = Robot::with_tapes(1, &["A1"]);
    robot.manager.register_label_format(Arc::new(Acme)).unwrap();
    let twice = robot.manager.register_label_format(Arc::new(Acme));
    assert_eq!(kind(twice), ErrorKind::AlreadyExists);
    let medium = robot.prepare(robot.by_bar_code("A1").id);
    let logical = robot.allocate(medium).logical_media;
    let mount = robot.mount(logical);
    write(&mount, &[b"ACME42", b"data"]);
    robot.session.update_omid(logical, LabelUpdate::Raw(b"ACME42")).unwrap();
    mount.dismount(DEFERRED).unwrap();
    let label = robot.side(medium).label.unwrap();
    assert_eq!((label.label_type.as_str(), label.label_id.as_slice()), ("Acme Backup", &b"42"[..]));
    assert_eq!(robot.medium(medium).common.name, "A1", "named by its bar code");
    drop(robot.mount(logical));
    robot.check();
}

#[test]
fn labels_uo2_a_label_nobody_told_of_is_another_medium() {
    let robot = Robot::with_tapes(1, &["A1"]);
    robot.manager.register_label_format(Arc::new(Acme)).unwrap();
    let medium = robot.prepare(robot.by_bar_code("A1").id);
    let logical = robot.allocate(medium).logical_media;
    let mount = robot.mount(logical);
    write(&mount, &[b"ACME43"]);
    mount.dismount(DEFERRED).unwrap();
    assert_eq!(kind(robot.session.mount(logical)), ErrorKind::InvalidMedia);
    robot.settle();
    assert_eq!(robot.medium(medium).location, None);
    assert_eq!(robot.in_slot(1).unwrap().pool, robot.system("Import"));
    robot.check();
}

#[test]
fn labels_uo3_uo5_wrong_reports_change_nothing() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let medium = robot.prepare(robot.by_bar_code("A1").id);
    let logical = robot.allocate(medium).logical_media;
    let before = robot.side(medium).label;
    let update = |update| robot.session.update_omid(logical, update);
    assert_eq!(kind(update(LabelUpdate::Raw(b"hello"))), ErrorKind::BadFormat);
    assert_eq!(kind(update(LabelUpdate::Raw(b""))), ErrorKind::InvalidParameter);
    let file_system = FileSystemLabel { file_system: "", volume_name: "V", serial_number: 7 };
    let nameless = LabelUpdate::FileSystem(file_system);
    assert_eq!(kind(update(nameless)), ErrorKind::InvalidParameter);
    assert_eq!(robot.side(medium).label, before);
    let null = robot.session.update_omid(LogicalMediaId::NULL, LabelUpdate::Raw(b"x"));
    assert_eq!(kind(null), ErrorKind::InvalidParameter);
    robot.session.deallocate_media(logical).unwrap();
    assert_eq!(kind(update(LabelUpdate::Raw(b"hello"))), ErrorKind::InvalidMedia);
}

#[test]
fn a_file_system_identifies_a_side_too() {
    let robot = Robot::without_reader(1, 1);
    let medium = robot.prepare(robot.media()[0].id);
    let logical = robot.allocate(medium).logical_media;
    let label = FileSystemLabel { file_system: "EXT4", volume_name: "VOL", serial_number: 7 };
    robot.session.update_omid(logical, LabelUpdate::FileSystem(label)).unwrap();
    let stored = robot.side(medium).label.unwrap();
    assert_eq!(stored.label_type, "EXT4");
    assert_eq!(stored.label_id, 7u32.to_be_bytes());
    assert_eq!(robot.medium(medium).common.name, "VOL", "no bar code: named after its label");
}

#[test]
fn media_that_come_back_get_the_label_they_waited_for() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let medium = robot.by_bar_code("A1").id;
    robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
    robot.settle();
    robot.session.move_to_pool(medium, robot.pool()).unwrap();
    let hands = robot.device.hands();
    let cartridge = hands.remove(robot.place(1)).unwrap();
    robot.look(rsm::model::InventoryMethod::Fast);
    robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
    robot.settle();
    assert_eq!(robot.side(medium).state, SideState::Unprepared, "offline");
    hands.insert(cartridge, robot.place(6)).unwrap();
    robot.look(rsm::model::InventoryMethod::Fast);
    assert_eq!(robot.side(medium).state, SideState::Available);
    assert_eq!(robot.in_slot(6).unwrap().id, medium);
    robot.check();
}

#[test]
fn labelling_waits_for_a_drive_and_lets_users_go_first() {
    let robot = Robot::with_tapes(1, &["A1", "A2"]);
    let first = robot.prepare(robot.by_bar_code("A1").id);
    let mount = robot.mount(robot.allocate(first).logical_media);
    let second = robot.by_bar_code("A2").id;
    robot.session.move_to_pool(second, robot.system("Free")).unwrap();
    robot.settle();
    assert_eq!(robot.side(second).state, SideState::Unprepared);
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!(robot.side(second).state, SideState::Available);
    robot.check();
}

#[test]
fn a_free_medium_can_be_drawn_when_it_has_its_label() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let medium = robot.by_bar_code("A1").id;
    let mut pool = robot.session.info(robot.pool()).unwrap();
    pool.allocation_policy = rsm::model::AllocationPolicy::DRAW_FROM_FREE;
    robot.session.set_info(&pool).unwrap();
    robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
    robot.settle();
    let request = AllocateRequest::from(robot.pool()).error_if_unavailable();
    let allocation = robot.session.allocate_media(request).unwrap();
    assert_eq!(allocation.physical_media, medium);
    drop(robot.session.mount(MountRequest::from(allocation.logical_media)).unwrap());
    let _ = tape("");
    robot.check();
}
