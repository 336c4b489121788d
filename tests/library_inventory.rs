//! Attaching a library and taking inventory: what arrives, moves and leaves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/labelled.rs"]
mod labelled;
#[path = "support/robot.rs"]
mod robot;

use std::sync::Arc;

use labelled::{label_by_hand, register};
use robot::{Robot, builder, tape};
use rsm::device::LibraryDevice;
use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::label::FREE_LABEL_TYPE;
use rsm::model::{
    Id, InventoryMethod, MediaState, MountOptions, MountRequest, OperationalState, PoolType,
    SideState, SlotState,
};
use rsm::{ErrorKind, Manager};

const FAST: InventoryMethod = InventoryMethod::Fast;
const FULL: InventoryMethod = InventoryMethod::FullLabelRead;

#[test]
fn an_attached_library_is_catalogued() {
    let robot = Robot::with_tapes(2, &["A00001L8", "A00002L8"]);
    let info = robot.session.info(robot.library).unwrap();
    assert_eq!(info.common.operational_state, OperationalState::Ready);
    assert_eq!((info.number_of_drives, info.number_of_slots), (2, 8));
    assert_eq!((info.number_of_changers, info.number_of_media), (1, 2));
    assert!(info.bar_code_reader_installed);
    assert_eq!(robot.slot_state(1), SlotState::Full);
    assert_eq!(robot.slot_state(3), SlotState::Empty);
    let drive = &robot.drives()[0];
    assert!(!drive.serial_number.is_empty());
    robot.check();
    robot.assert_all_in_slots(2);
}

#[test]
fn library_control_st3_blank_and_labelled_tapes_are_sorted() {
    let robot = Robot::with_tapes(2, &["A00001L8", "A00002L8"]);
    let first = robot.by_bar_code("A00001L8");
    assert_eq!(first.pool, robot.system("Unrecognized"));
    assert_eq!(first.common.name, "A00001L8");
    assert_eq!(robot.side(first.id).state, SideState::Unrecognized);

    robot.session.move_to_pool(first.id, robot.system("Free")).unwrap();
    robot.settle();
    assert_eq!(robot.side(first.id).label.unwrap().label_type, FREE_LABEL_TYPE);

    // The catalog is lost: what is labelled waits to be imported.
    let Robot { session, manager, device, clock, code, dir, .. } = robot;
    drop((session, manager, dir));
    let dir = tempfile::TempDir::new().unwrap();
    let manager = robot::options(&clock).open(dir.path()).unwrap();
    let session = manager.session("test").unwrap();
    let library = manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
    let robot = Robot { session, library, manager, device, clock, code, dir };
    robot.settle();
    let first = robot.by_bar_code("A00001L8");
    assert_eq!(first.pool, robot.system("Import"));
    assert_eq!(robot.side(first.id).state, SideState::Import);
    assert_eq!(robot.by_bar_code("A00002L8").pool, robot.system("Unrecognized"));
    robot.check();
}

#[test]
fn library_ar3_a_known_bar_code_brings_an_offline_medium_online_without_a_mount() {
    let robot = Robot::with_tapes(1, &[]);
    let medium = register(&robot, "K00001L8", 1);
    assert_eq!(robot.medium(medium).location, None);
    let hands = robot.device.hands();
    hands.insert(hands.make(tape("K00001L8")).unwrap(), robot.place(4)).unwrap();
    robot.look(FAST);
    assert_eq!(robot.in_slot(4).unwrap().id, medium);
    assert_eq!(robot.medium(medium).home_slot, Some(robot.slot(4)));
    assert_eq!(robot.drives()[0].mount_count, 0);
    assert_eq!(robot.session.info(robot.library).unwrap().number_of_media, 1);
    robot.check();
}

#[test]
fn library_control_iv1_exchanged_tapes_exchange_their_places() {
    let robot = Robot::with_tapes(1, &["A1", "A2", "A3", "A4"]);
    let (one, four) = (robot.in_slot(1).unwrap().id, robot.in_slot(4).unwrap().id);
    let mounts = robot.drives()[0].mount_count;
    robot.device.hands().swap(robot.place(1), robot.place(4)).unwrap();
    robot.look(FAST);
    assert_eq!(robot.in_slot(4).unwrap().id, one);
    assert_eq!(robot.in_slot(1).unwrap().id, four);
    assert_eq!(robot.drives()[0].mount_count, mounts);
    assert_eq!(robot.all_media().len(), 4);
    robot.check();
}

#[test]
fn library_control_iv2_without_bar_codes_a_mount_finds_out() {
    let robot = Robot::without_reader(1, 4);
    robot.prepare_all();
    let (one, four) = (robot.in_slot(1).unwrap().id, robot.in_slot(4).unwrap().id);
    let logical = robot.allocate(one).logical_media;
    robot.device.hands().swap(robot.place(1), robot.place(4)).unwrap();
    robot.look(FAST);
    assert_eq!(robot.in_slot(1).unwrap().id, one, "not detected");

    let error = robot.session.mount(logical).expect_err("another tape");
    assert_eq!(error.kind(), ErrorKind::InvalidMedia);
    let source = std::error::Error::source(&error).unwrap();
    let cause = source.downcast_ref::<rsm::Error>().unwrap();
    assert_eq!(cause.kind(), ErrorKind::UnexpectedOmid);
    robot.settle();
    assert_eq!(robot.in_slot(4).unwrap().id, one, "put right by the full inventory");
    assert_eq!(robot.in_slot(1).unwrap().id, four);
    assert_eq!(robot.all_media().len(), 4);
    drop(robot.session.mount(logical).expect("found in its new place"));
    robot.check();
}

#[test]
fn library_control_iv3_a_relabelled_tape_is_another_medium() {
    let robot = Robot::without_reader(1, 1);
    robot.prepare_all();
    let medium = robot.media()[0].id;
    let logical = robot.allocate(medium).logical_media;
    label_by_hand(&robot, 1, 77);
    let error = robot.session.mount(logical).expect_err("another label");
    assert_eq!(error.kind(), ErrorKind::InvalidMedia);
    robot.settle();
    let old = robot.medium(medium);
    assert_eq!(old.location, None);
    assert_eq!(robot.side(medium).state, SideState::Allocated);
    let new = robot.in_slot(1).unwrap();
    assert_ne!(new.id, medium);
    assert_eq!(robot.session.info(new.pool).unwrap().pool_type, PoolType::Import);
    let here = MountRequest::from(logical).options(MountOptions::ERROR_IF_OFFLINE);
    assert_eq!(robot.session.mount(here).unwrap_err().kind(), ErrorKind::MediaOffline);
    robot.check();
}

#[test]
fn library_control_iv4_equal_tapes_are_separate_media() {
    let robot = Robot::without_reader(1, 1);
    label_by_hand(&robot, 1, 5);
    robot.look(FULL);
    let known = robot.in_slot(1).unwrap().id;
    let hands = robot.device.hands();
    hands.insert(hands.make(tape("")).unwrap(), robot.place(2)).unwrap();
    label_by_hand(&robot, 2, 5);
    robot.look(FULL);
    assert_eq!(robot.in_slot(1).unwrap().id, known);
    let twin = robot.in_slot(2).unwrap();
    assert_ne!(twin.id, known);
    let (a, b) = (robot.side(known).label.unwrap(), robot.side(twin.id).label.unwrap());
    assert!(a.same_identity(&b));
    assert_eq!(robot.session.info(twin.pool).unwrap().pool_type, PoolType::Import);
    robot.check();
}

#[test]
fn a_moved_medium_is_moved_not_doubled() {
    // what-goes-wrong 4: the known tape went offline and a twin appeared.
    let robot = Robot::without_reader(1, 3);
    robot.prepare_all();
    let before: Vec<_> = robot.media().into_iter().map(|medium| medium.id).collect();
    let hands = robot.device.hands();
    let a = hands.remove(robot.place(1)).unwrap();
    let b = hands.remove(robot.place(2)).unwrap();
    let c = hands.remove(robot.place(3)).unwrap();
    for (cartridge, slot) in [(a, 2), (b, 3), (c, 1)] {
        hands.insert(cartridge, robot.place(slot)).unwrap();
    }
    robot.look(FULL);
    let after: Vec<_> = robot.all_media().into_iter().map(|medium| medium.id).collect();
    assert_eq!(before, after);
    let in_slots: Vec<_> = (1..=3).map(|slot| robot.in_slot(slot).unwrap().id).collect();
    assert_eq!(in_slots, [before[2], before[0], before[1]]);
    robot.check();
}

#[test]
fn what_leaves_follows_the_leave_rule() {
    let robot = Robot::with_tapes(1, &["A1", "A2", "A3"]);
    let kept = robot.prepare(robot.by_bar_code("A1").id);
    let free = robot.by_bar_code("A2").id;
    robot.session.move_to_pool(free, robot.system("Free")).unwrap();
    robot.settle();
    let hands = robot.device.hands();
    for slot in 1..=3 {
        hands.remove(robot.place(slot)).unwrap();
    }
    robot.look(FAST);
    let left: Vec<_> = robot.all_media().into_iter().map(|medium| medium.id).collect();
    assert_eq!(left, [kept, free], "the unrecognized one is forgotten");
    assert!(robot.all_media().iter().all(|medium| medium.location.is_none()));
    assert_eq!(robot.slot_state(1), SlotState::Empty);
    assert!(robot.media().is_empty());
    robot.check();
}

#[test]
fn library_control_iv6_a_stopped_inventory_takes_nothing_for_missing() {
    let robot = Robot::without_reader(1, 2);
    robot.prepare_all();
    let mount = robot.mount(robot.allocate(robot.in_slot(2).unwrap().id).logical_media);
    let known = robot.in_slot(1).unwrap().id;
    robot.device.hands().remove(robot.place(1)).unwrap();
    let hands = robot.device.hands();
    hands.insert(hands.make(tape("")).unwrap(), robot.place(3)).unwrap();
    // The only drive is in use: what is in slot 3 cannot be read, so the run does not end.
    robot.session.inventory_library(robot.library, FAST).unwrap();
    robot.settle();
    assert_eq!(robot.slot_state(1), SlotState::NeedsInventory);
    assert_eq!(robot.slot_state(3), SlotState::NeedsInventory);
    robot.session.inventory_library(robot.library, InventoryMethod::Stop).unwrap();
    drop(mount);
    robot.settle();
    assert!(robot.medium(known).location.is_some(), "not missing yet");
    robot.look(FAST);
    assert!(robot.medium(known).location.is_none());
    robot.check();
}

#[test]
fn cleaners_are_never_mounted() {
    let robot = Robot::with_tapes(1, &["CLN001L1", "A1"]);
    assert_eq!(robot.media().len(), 1);
    assert_eq!(robot.slot_state(1), SlotState::Full);
    robot.look(FULL);
    assert_eq!(robot.media().len(), 1);
    assert!(robot.in_slot(1).is_none());
    robot.check();
}

#[test]
fn equal_bar_codes_identify_nothing() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let hands = robot.device.hands();
    hands.insert(hands.make(tape("A1")).unwrap(), robot.place(5)).unwrap();
    robot.look(FAST);
    let known = robot.in_slot(1).unwrap();
    let other = robot.in_slot(5).unwrap();
    assert_ne!(known.id, other.id);
    assert_eq!(known.bar_code, other.bar_code, "both keep the code");
    robot.check();
}

#[test]
fn an_unreadable_tape_is_kept_in_doubt_and_tried_again() {
    let robot = Robot::with_tapes(1, &["A1"]);
    robot.prepare_all();
    let medium = robot.media()[0].id;
    let cartridge = robot.device.hands().find_bar_code("A1").unwrap().unwrap();
    let bad = rsm::device::simulated::Fault::MediumError {
        cartridge,
        side: 0,
        position: rsm::device::Position(0),
    };
    robot.device.inject_always(bad);
    robot.look(FULL);
    assert_eq!(robot.medium(medium).media_state, MediaState::RecoverableError);
    assert_eq!(robot.slot_state(1), SlotState::NeedsInventory);
    assert_eq!(robot.side(medium).state, SideState::Available, "AR13: nothing else changes");
    robot.device.clear_faults();
    robot.look(FAST);
    assert_eq!(robot.medium(medium).media_state, MediaState::Idle);
    assert_eq!(robot.slot_state(1), SlotState::Full);
    robot.check();
}

#[test]
fn one_process_owns_a_library() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let again = robot.manager.attach(robot.device.clone() as Arc<dyn LibraryDevice>);
    let error = again.expect_err("attached already");
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert!(error.reason().contains(&std::process::id().to_string()), "{error}");

    robot.manager.detach(robot.library).unwrap();
    let info = robot.session.info(robot.library).unwrap();
    assert_eq!(info.common.operational_state, OperationalState::NotPresent);
    let error = robot.session.inventory_library(robot.library, FAST).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DeviceNotAvailable);
    let known = robot.all_media()[0].id;
    let back = robot.manager.attach(robot.device.clone() as Arc<dyn LibraryDevice>).unwrap();
    robot.settle();
    assert_eq!(back, robot.library, "known again");
    assert_eq!(robot.in_slot(1).unwrap().id, known);
    assert_eq!(robot.drives().len(), 1);
    robot.check();
}

#[test]
fn a_manager_that_is_dropped_gives_its_libraries_back() {
    let robot = Robot::with_tapes(2, &["A1", "A2"]);
    let known: Vec<_> = robot.media().into_iter().map(|medium| medium.id).collect();
    let robot = robot.restart();
    let again: Vec<_> = robot.media().into_iter().map(|medium| medium.id).collect();
    assert_eq!(known, again);
    assert_eq!(robot.drives().len(), 2);
    robot.check();
}

#[test]
fn a_changer_may_answer_in_small_pieces() {
    // what-goes-wrong 10
    for limit in [1, 3, 7] {
        let codes = (0..8).map(|n| Cartridge::with_bar_code(format!("A{n}")));
        let robot =
            Robot::of(builder(2, robot::TAPE).status_limit(limit).cartridges(codes), robot::TAPE);
        assert_eq!(robot.media().len(), 8, "limit {limit}");
    }
}

#[test]
fn calls_about_a_library_are_checked() {
    let robot = Robot::with_tapes(1, &[]);
    use robot::kind;
    let session = &robot.session;
    let null = rsm::model::LibraryId::NULL;
    assert_eq!(kind(session.inventory_library(null, FAST)), ErrorKind::InvalidParameter);
    let unknown = rsm::model::LibraryId::from_uuid(uuid::Uuid::from_u128(1));
    assert_eq!(kind(session.inventory_library(unknown, FAST)), ErrorKind::InvalidLibrary);
    assert_eq!(kind(robot.manager.detach(unknown)), ErrorKind::InvalidLibrary);
    session.disable(robot.library).unwrap();
    let disabled = session.inventory_library(robot.library, FAST);
    assert_eq!(kind(disabled), ErrorKind::ResourceDisabled);
}

#[test]
fn libraries_of_one_manager_are_apart() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let layout = ChangerLayout { slots: 3, ..robot::layout(1) };
    let other = SimulatedLibrary::builder()
        .name("other")
        .changer(layout)
        .changer(layout)
        .cartridges((1..=5).map(|n| tape(&format!("B{n}"))))
        .build()
        .unwrap();
    let manager: &Manager = &robot.manager;
    let second = manager.attach(Arc::new(other)).unwrap();
    robot.settle();
    let info = robot.session.info(second).unwrap();
    assert_eq!((info.number_of_changers, info.number_of_slots), (2, 6));
    assert_eq!((info.number_of_drives, info.number_of_media), (2, 5));
    // Each cartridge was read in a drive of its own changer.
    assert_eq!(robot.media().len(), 1);
    robot.check();
}
