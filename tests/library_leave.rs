//! The leave rule: a test for each row of its table, for what becomes of a record, and for each way
//! on which media leave.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/alone.rs"]
mod alone;
#[path = "support/hall.rs"]
mod hall;
#[path = "support/labelled.rs"]
mod labelled;
#[path = "support/robot.rs"]
mod robot;
mod support;

use std::thread;
use std::time::Duration;

use alone::Alone;
use hall::was_told;
use labelled::label_by_hand;
use robot::{DISK, Robot, TAPE, builder, disk, kind, tape};
use rsm::ErrorKind;
use rsm::device::simulated::{CartridgeId, DoorLayout, Fault, PortLayout};
use rsm::device::{DeviceErrorKind, Position, Refusal};
use rsm::model::{
    CleanerInject, ComputerId, DoorId, DoorInventory, DoorState, EjectAction, InjectAction,
    InventoryMethod, LibraryFlags, LibraryId, LibraryOperation, LibraryRequestState, Location,
    MediaPoolPolicy, MediaState, MediaTypeCode, MountRequest, ObjectId, ObjectType, OperatorTask,
    PhysicalMedia, PhysicalMediaId, Side, SideState, SlotState,
};

use InventoryMethod::{Fast, FullLabelRead as Full, SlotsOnly};

const UPDATE: u8 = 1;
const INSERT: u8 = 2;
const DELETE: u8 = 3;
const NO_POLICY: MediaPoolPolicy = MediaPoolPolicy::empty();
const PORT: PortLayout = PortLayout { cells: 1, motorised: true, reports_content: true };

fn set_policy(robot: &Robot, policy: MediaPoolPolicy) {
    let computer = robot.session.list::<ComputerId>(None).unwrap()[0];
    let mut record = robot.session.info(computer).unwrap();
    record.media_pool_policy = policy;
    robot.session.set_info(&record).unwrap();
}

fn offline(robot: &Robot) -> LibraryId {
    robot.session.list::<LibraryId>(None).unwrap()[0]
}

/// Somebody takes what is in a slot.
fn take(robot: &Robot, slot: u32) -> CartridgeId {
    robot.device.hands().remove(robot.place(slot)).unwrap()
}

fn leave(robot: &Robot, slot: u32) -> CartridgeId {
    let cartridge = take(robot, slot);
    robot.look(Fast);
    assert_eq!(robot.slot_state(slot), SlotState::Empty);
    cartridge
}

/// What a record keeps wherever its medium is.
type Lasting = (ObjectId, String, Vec<(SideState, Option<ObjectId>, Option<rsm::model::Label>)>);

fn lasting(robot: &Robot, medium: &PhysicalMedia) -> Lasting {
    let of = |side: Side| (side.state, side.logical_media.map(Into::into), side.label);
    let sides = robot.sides(medium.id).into_iter().map(of).collect();
    (medium.pool.into(), medium.common.name.clone(), sides)
}

#[track_caller]
fn assert_kept(robot: &Robot, before: &PhysicalMedia, lasts: &Lasting) {
    let after = robot.medium(before.id);
    assert_eq!(after.current_library, offline(robot));
    assert_eq!((after.location, after.home_slot, after.mounted_side), (None, None, None));
    assert_eq!(after.media_state, MediaState::Idle);
    assert_eq!(lasting(robot, &after), *lasts);
    assert!(was_told(robot, (UPDATE, ObjectType::PhysicalMedia, before.id.into())));
    assert!(!was_told(robot, (DELETE, ObjectType::PhysicalMedia, before.id.into())));
    robot.check();
}

#[track_caller]
fn assert_removed(robot: &Robot, medium: PhysicalMediaId, sides: &[Side]) {
    assert_eq!(kind(robot.session.info(medium)), ErrorKind::ObjectNotFound);
    for side in sides {
        assert_eq!(kind(robot.session.info(side.id)), ErrorKind::ObjectNotFound);
    }
    let gone = sides.iter().map(|side| (DELETE, ObjectType::Side, side.id.into()));
    let gone = gone.chain([(DELETE, ObjectType::PhysicalMedia, medium.into())]);
    assert_eq!(deletions(robot), gone.collect::<Vec<_>>(), "the sides go before the medium");
    robot.check();
}

/// What was deleted of media, in order.
fn deletions(robot: &Robot) -> Vec<(u8, ObjectType, ObjectId)> {
    let all = support::all_changes(robot.dir.path()).into_iter();
    let of_media = |kind| matches!(kind, ObjectType::Side | ObjectType::PhysicalMedia);
    all.filter(|(event, kind, _)| *event == DELETE && of_media(*kind)).collect()
}

/// A medium in slot 1 leaves with this policy; it is kept, or not.
#[track_caller]
fn leaves(robot: &Robot, policy: MediaPoolPolicy, is_kept: bool) -> CartridgeId {
    set_policy(robot, policy);
    let medium = robot.in_slot(1).unwrap();
    let (sides, lasts) = (robot.sides(medium.id), lasting(robot, &medium));
    let cartridge = leave(robot, 1);
    if is_kept {
        assert_kept(robot, &medium, &lasts);
    } else {
        assert_removed(robot, medium.id, &sides);
    }
    cartridge
}

/// A tape with a label of another system lies in slot 1.
fn with_import() -> Robot {
    let robot = Robot::with_tapes(1, &["A1"]);
    label_by_hand(&robot, 1, 9);
    robot.look(Full);
    assert_eq!(robot.in_slot(1).unwrap().pool, robot.system("Import"));
    robot
}

fn with_disk() -> Robot {
    let robot = Robot::of(builder(1, DISK).cartridges([disk("D1")]), DISK);
    assert_eq!(robot.sides(robot.in_slot(1).unwrap().id).len(), 2);
    robot
}

fn refuse_loads(robot: &Robot) {
    let refused = DeviceErrorKind::Refused(Refusal::Incompatible);
    let drive = robot.device.drive_places()[0];
    robot.device.inject_always(Fault::LoadFails { drive, kind: refused });
}

#[test]
fn leave_rule_a_cleaner_is_no_medium() {
    let robot = hall::ports(1, &[PORT], &["A1"]);
    robot.session.reserve_cleaner_slot(robot.library, robot.slot(8)).unwrap();
    let inject = CleanerInject::Start { cleans_left: 20 };
    let request = robot.session.inject_cleaner(robot.library, inject).unwrap();
    robot.until("people are waited for", || robot.state(request) == LibraryRequestState::InProcess);
    robot.settle();
    let cleaner = robot.device.hands().make(tape("CLN001L8").cleaner(20)).unwrap();
    robot.device.hands().put_in(cleaner, hall::cell(&robot, 0)).unwrap();
    robot.until("it is in", || robot.state(request) == LibraryRequestState::Passed);
    robot.settle();
    let library = robot.session.info(robot.library).unwrap();
    assert!(library.flags.contains(LibraryFlags::CLEANER_PRESENT));
    assert_eq!(library.cleaner_uses_remaining, 20);
    take(&robot, 1);
    leave(&robot, 8);
    let library = robot.session.info(robot.library).unwrap();
    assert!(!library.flags.contains(LibraryFlags::CLEANER_PRESENT));
    assert_eq!(library.cleaner_uses_remaining, 0);
    assert_eq!(robot.all_media(), [], "nothing of it goes offline");
    robot.check();
}

#[test]
fn leave_rule_every_side_incompatible_is_removed() {
    let wrong = tape("W1").media_type(MediaTypeCode::Dlt.value());
    let robot = Robot::of(builder(1, TAPE).cartridges([wrong]), TAPE);
    assert_eq!(robot.side(robot.in_slot(1).unwrap().id).state, SideState::Incompatible);
    leaves(&robot, MediaPoolPolicy::KEEP_OFFLINE_IMPORT, false);
}

#[test]
fn leave_rule_every_side_incompatible_is_removed_from_an_application_pool_too() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let medium = robot.prepare(robot.in_slot(1).unwrap().id);
    refuse_loads(&robot);
    robot.look(Full);
    assert_eq!(robot.side(medium).state, SideState::Incompatible);
    assert_eq!(robot.medium(medium).pool, robot.pool());
    leaves(&robot, MediaPoolPolicy::KEEP_OFFLINE_IMPORT, false);
}

#[test]
fn leave_rule_a_side_that_is_not_incompatible_keeps_a_medium_of_an_application() {
    let robot = with_disk();
    let medium = robot.prepare(robot.in_slot(1).unwrap().id);
    robot.allocate(medium);
    refuse_loads(&robot);
    robot.look(Full);
    robot.device.clear_faults();
    let states: Vec<_> = robot.sides(medium).into_iter().map(|side| side.state).collect();
    assert_eq!(states, [SideState::Allocated, SideState::Incompatible]);
    leaves(&robot, MediaPoolPolicy::PURGE_OFFLINE_FREE, true);
}

#[test]
fn leave_rule_media_of_applications_are_kept() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let medium = robot.prepare(robot.in_slot(1).unwrap().id);
    let held = robot.allocate(medium).logical_media;
    let cartridge = leaves(&robot, MediaPoolPolicy::PURGE_OFFLINE_FREE, true);
    assert_eq!(robot.side(medium).logical_media, Some(held));
    robot.device.hands().insert(cartridge, robot.place(5)).unwrap();
    robot.look(Fast);
    assert_eq!(robot.in_slot(5).unwrap().id, medium, "and known again");
    drop(robot.mount(held));
    robot.check();
}

#[test]
fn leave_rule_the_most_valuable_side_of_a_medium_counts() {
    let robot = with_disk();
    let medium = robot.prepare(robot.in_slot(1).unwrap().id);
    robot.allocate(medium);
    let states: Vec<_> = robot.sides(medium).into_iter().map(|side| side.state).collect();
    assert_eq!(states, [SideState::Allocated, SideState::Available]);
    leaves(&robot, MediaPoolPolicy::PURGE_OFFLINE_FREE, true);
}

#[test]
fn leave_rule_a_decommissioned_side_is_known_wherever_it_is() {
    let robot = with_disk();
    let medium = robot.in_slot(1).unwrap().id;
    robot.prepare(medium);
    robot.session.decommission_side(robot.sides(medium)[1].id).unwrap();
    robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
    robot.settle();
    let states: Vec<_> = robot.sides(medium).into_iter().map(|side| side.state).collect();
    assert_eq!(states, [SideState::Available, SideState::Decommissioned]);
    leaves(&robot, MediaPoolPolicy::PURGE_OFFLINE_FREE, true);
}

#[test]
fn leave_rule_free_media_are_kept_unless_they_are_to_be_purged() {
    for (policy, is_kept) in [
        (NO_POLICY, true),
        (MediaPoolPolicy::KEEP_OFFLINE_IMPORT, true),
        (MediaPoolPolicy::PURGE_OFFLINE_FREE, false),
    ] {
        let robot = Robot::with_tapes(1, &["A1"]);
        let medium = robot.in_slot(1).unwrap().id;
        robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
        robot.settle();
        leaves(&robot, policy, is_kept);
    }
}

#[test]
fn leave_rule_import_media_are_removed_unless_they_are_to_be_kept() {
    for (policy, is_kept) in [
        (NO_POLICY, false),
        (MediaPoolPolicy::PURGE_OFFLINE_FREE, false),
        (MediaPoolPolicy::KEEP_OFFLINE_IMPORT, true),
    ] {
        leaves(&with_import(), policy, is_kept);
    }
}

#[test]
fn leave_rule_unrecognized_media_are_removed() {
    let robot = Robot::with_tapes(1, &["A1"]);
    assert_eq!(robot.side(robot.in_slot(1).unwrap().id).state, SideState::Unrecognized);
    leaves(&robot, MediaPoolPolicy::KEEP_OFFLINE_IMPORT, false);
}

#[test]
fn leave_rule_unrecognized_media_are_removed_if_they_could_not_be_read() {
    let robot = Robot::without_reader(1, 0);
    labelled::put(&robot, 1, "");
    label_by_hand(&robot, 1, 9);
    let cartridge = robot.device.hands().look(robot.place(1)).unwrap().unwrap();
    let position = Position(0);
    robot.device.inject_always(Fault::MediumError { cartridge, side: 0, position });
    robot.look(Fast);
    assert_eq!(robot.side(robot.in_slot(1).unwrap().id).state, SideState::Unknown);
    leaves(&robot, MediaPoolPolicy::KEEP_OFFLINE_IMPORT, false);
}

#[test]
fn leave_rule_a_slot_that_a_mount_finds_empty_deletes_nothing() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let mut library = robot.session.info(robot.library).unwrap();
    library.auto_recovery = false;
    robot.session.set_info(&library).unwrap();
    let medium = robot.in_slot(1).unwrap();
    let (sides, lasts) = (robot.sides(medium.id), lasting(&robot, &medium));
    take(&robot, 1);
    let mount = robot.session.mount(MountRequest::from(sides[0].id));
    assert_eq!(kind(mount), ErrorKind::MediaOffline);
    robot.settle();
    assert_eq!(robot.slot_state(1), SlotState::Empty);
    assert_kept(&robot, &medium, &lasts);
    robot.look(Full);
    assert_kept(&robot, &medium, &lasts);
    robot.session.delete_offline_media(medium.id).unwrap();
    assert_removed(&robot, medium.id, &sides);
}

#[test]
fn leave_rule_a_mount_of_what_has_left_waits_for_an_offline_medium() {
    let (robot, media) = robot::prepared(1, &["A1", "A2"]);
    let medium = robot.in_slot(2).unwrap().id;
    let held = robot.mount(media[0]);
    robot.session.queue_mount(media[1]).unwrap();
    robot.settle();
    let cartridge = take(&robot, 2);
    robot.look(Fast);
    let record = robot.medium(medium);
    assert_eq!(record.media_state, MediaState::WaitingForOperator);
    assert_eq!((record.current_library, record.location), (offline(&robot), None));
    let asked = robot.asked();
    let wanted = OperatorTask::MoveMedia { medium, to: robot.library };
    assert!(asked.iter().any(|asked| asked.task == wanted), "{asked:?}");
    robot.device.hands().insert(cartridge, robot.place(4)).unwrap();
    robot.look(Fast);
    drop(held);
    robot.clock.advance(Duration::from_secs(300));
    robot.settle();
    assert!(robot.requests(LibraryOperation::Mount).iter().all(|mount| mount.error.is_none()));
    robot.check();
}

#[test]
fn leave_rule_a_mount_of_what_is_removed_ends() {
    let (robot, media) = robot::prepared(1, &["A1"]);
    labelled::put(&robot, 2, "A2");
    robot.look(Fast);
    let unrecognized = robot.in_slot(2).unwrap();
    let side = robot.side(unrecognized.id).id;
    let session = robot.manager.session("waits").unwrap();
    let held = robot.mount(media[0]);
    thread::scope(|scope| {
        let call = scope.spawn(|| session.mount(MountRequest::from(side)));
        robot.until("it waits", || {
            robot.last(LibraryOperation::Mount).state == LibraryRequestState::Waiting
        });
        take(&robot, 2);
        robot.look(Fast);
        assert_eq!(kind(call.join().unwrap()), ErrorKind::InvalidMedia);
    });
    assert_eq!(robot.last(LibraryOperation::Mount).state, LibraryRequestState::Invalid);
    assert_eq!(kind(robot.session.info(unrecognized.id)), ErrorKind::ObjectNotFound);
    drop(held);
    robot.check();
}

/// A kept one and one that is removed lie in slots 1 and 2.
fn kept_and_removed(robot: &Robot) -> [PhysicalMedia; 2] {
    let kept = robot.prepare(robot.in_slot(1).unwrap().id);
    robot.allocate(kept);
    let media = [robot.medium(kept), robot.in_slot(2).unwrap()];
    assert_eq!(robot.side(media[1].id).state, SideState::Unrecognized);
    media
}

#[test]
fn leave_rule_counts_for_ejected_media() {
    let robot = hall::ports(1, &[PortLayout { cells: 2, ..PORT }], &["A1", "A2"]);
    let media = kept_and_removed(&robot);
    let (sides, lasts) = (robot.sides(media[1].id), lasting(&robot, &media[0]));
    robot.session.eject_media(EjectAction::Queue(media[0].id)).unwrap();
    let request = EjectAction::Start(Some(media[1].id));
    let request = robot.session.eject_media(request).unwrap().unwrap();
    let in_port = |medium: &PhysicalMedia| {
        matches!(robot.medium(medium.id).location, Some(Location::Port(_)))
    };
    robot.until("they are in the port", || media.iter().all(in_port));
    robot.settle();
    for number in 0..2 {
        robot.device.hands().take_out(hall::cell(&robot, number)).unwrap();
    }
    robot.until("it has passed", || robot.state(request) == LibraryRequestState::Passed);
    assert_kept(&robot, &media[0], &lasts);
    assert_removed(&robot, media[1].id, &sides);
}

#[test]
fn leave_rule_counts_for_media_that_are_taken_through_a_door() {
    let device = builder(1, TAPE).cartridges([tape("A1"), tape("A2")]);
    let robot = Robot::of(device.door(DoorLayout::default()), TAPE);
    let media = kept_and_removed(&robot);
    let (sides, lasts) = (robot.sides(media[1].id), lasting(&robot, &media[0]));
    let access = robot.session.access_library_door(robot.library, DoorInventory::Fast).unwrap();
    robot.until("it is unlocked", || robot.device.hands().open_door(0, 0).is_ok());
    let door = robot.session.list::<DoorId>(None).unwrap()[0];
    robot.until("the door is seen open", || {
        robot.session.info(door).unwrap().state == DoorState::Open
    });
    take(&robot, 1);
    take(&robot, 2);
    robot.device.hands().close_door(0, 0).unwrap();
    robot.until("it is closed", || robot.state(access) == LibraryRequestState::Passed);
    robot.settle();
    assert_kept(&robot, &media[0], &lasts);
    assert_removed(&robot, media[1].id, &sides);
}

#[test]
fn leave_rule_counts_for_the_media_of_a_magazine() {
    let tapes = [tape("A1"), tape("A2")];
    let robot = Robot::of(builder(1, TAPE).magazine(0..8).cartridges(tapes), TAPE);
    let media = kept_and_removed(&robot);
    let (sides, lasts) = (robot.sides(media[1].id), lasting(&robot, &media[0]));
    robot.device.hands().pull_magazine(0, 0).unwrap();
    robot.look(Fast);
    assert!((1..=8).all(|slot| robot.slot_state(slot) == SlotState::NotPresent));
    assert_kept(&robot, &media[0], &lasts);
    assert_removed(&robot, media[1].id, &sides);
}

#[test]
fn leave_rule_counts_for_stand_alone_drives() {
    let (a, _) = Alone::with_held_tape();
    let kept = a.inside();
    let lasts = lasting(&a, &kept);
    a.take();
    a.poll();
    assert_kept(&a, &kept, &lasts);
    a.put_new(alone::tape());
    a.poll();
    let removed = a.inside();
    let sides = a.sides(removed.id);
    assert!(was_told(&a, (INSERT, ObjectType::PhysicalMedia, removed.id.into())));
    a.take();
    a.poll();
    assert_removed(&a, removed.id, &sides);
}

#[test]
fn leave_rule_what_waits_in_a_port_has_not_left() {
    let robot = hall::ports(1, &[PORT], &["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"]);
    let surplus = leave(&robot, 8);
    robot.prepare_all();
    labelled::register(&robot, "A8", 8);
    let inject = robot.session.inject_media(robot.library, InjectAction::Start).unwrap();
    robot.until("people are waited for", || robot.state(inject) == LibraryRequestState::InProcess);
    robot.settle();
    // Meanwhile the last slot is filled by hand.
    let hands = robot.device.hands();
    hands.insert(hands.make(tape("B1")).unwrap(), robot.place(8)).unwrap();
    hands.put_in(surplus, hall::cell(&robot, 0)).unwrap();
    robot.until("it is over", || robot.state(inject) == LibraryRequestState::Passed);
    robot.settle();
    let medium = robot.by_bar_code("A8");
    assert!(matches!(medium.location, Some(Location::Port(_))), "{medium:?}");
    for method in [Fast, SlotsOnly, Full] {
        robot.look(method);
        assert_eq!(robot.medium(medium.id).location, medium.location, "{method:?}");
    }
    robot.check();
}
