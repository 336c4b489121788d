//! ProcessOmid: the labels that an inventory reads which reads every one, each a request.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/hall.rs"]
mod hall;
#[path = "support/labelled.rs"]
mod labelled;
#[path = "support/robot.rs"]
mod robot;
mod support;

use std::collections::BTreeSet;
use std::time::Duration;

use robot::{DISK, IMMEDIATE, Robot, builder, disk, kind};
use rsm::model::{
    InventoryMethod, LibraryOperation, LibraryRequest, LibraryRequestState, ObjectId, SlotState,
    Timeout,
};
use rsm::{ErrorKind, Mount};

use InventoryMethod::{Fast, FullLabelRead as Full, Stop};
use LibraryOperation::{Classify, Mount as MountRequest, ProcessLabel};
use LibraryRequestState::{Cancelled, InProcess, Passed, Queued, Waiting};

fn ask(robot: &Robot, method: InventoryMethod) -> rsm::model::LibraryRequestId {
    robot.session.inventory_library(robot.library, method).unwrap().unwrap()
}

/// Six tapes; somebody uses the first one in the only drive.
fn held() -> (Robot, Vec<rsm::model::LogicalMediaId>, Mount) {
    let (robot, media) = robot::prepared(1, &["A1", "A2", "A3", "A4", "A5", "A6"]);
    let mount = robot.mount(media[0]);
    (robot, media, mount)
}

/// When the request was touched last, as the change log has it.
fn last_touched(robot: &Robot, request: &LibraryRequest) -> usize {
    let id = ObjectId::from(request.id);
    let all = support::all_changes(robot.dir.path());
    all.iter().rposition(|(_, _, changed)| *changed == id).unwrap()
}

#[test]
fn library_control_code_14_every_label_that_is_read_is_a_request() {
    let (robot, _) = robot::prepared(2, &["A1", "A2", "A3"]);
    assert_eq!(robot.requests(ProcessLabel), [], "bar codes were enough");
    let classified = robot.requests(Classify).len();
    let inventory = ask(&robot, Full);
    robot.settle();
    let read = robot.requests(ProcessLabel);
    assert_eq!(robot.requests(Classify).len(), classified);
    let slots: BTreeSet<_> = read.iter().map(|request| request.slot.unwrap()).collect();
    let all: BTreeSet<_> = (1..=3).map(|slot| robot.slot(slot)).collect();
    assert_eq!((read.len(), slots), (3, all), "each once");
    for request in read {
        assert_eq!((request.state, request.error), (Passed, None));
        assert!(request.drive.is_some());
        assert!(request.completed.unwrap() >= request.queued);
        assert_eq!((request.library, request.application.as_str()), (robot.library, "RSM"));
    }
    assert_eq!(robot.state(inventory), Passed);
    robot.check();
}

#[test]
fn what_is_new_is_classified() {
    let (robot, _) = robot::prepared(1, &["A1"]);
    labelled::put(&robot, 3, "B1");
    robot.look(Fast);
    assert_eq!(robot.last(Classify).slot, Some(robot.slot(3)));
    assert_eq!(robot.requests(ProcessLabel), []);
    labelled::put(&robot, 4, "B2");
    robot.look(Full);
    assert_eq!(robot.requests(ProcessLabel).len(), 2, "an inventory of labels reads all it knows");
    assert_eq!(robot.last(Classify).slot, Some(robot.slot(4)));
    robot.check();
}

#[test]
fn a_label_that_waits_for_a_drive_says_so_and_ends_with_its_inventory() {
    let (robot, _, mount) = held();
    ask(&robot, Full);
    robot.settle();
    let waiting = robot.requests(ProcessLabel);
    assert_eq!(waiting.len(), 2, "a few at a time");
    assert!(waiting.iter().all(|read| read.state == Waiting && !read.reason.is_empty()));
    ask(&robot, Stop);
    robot.settle();
    for read in robot.requests(ProcessLabel) {
        assert_eq!((read.state, read.error), (Cancelled, Some(ErrorKind::Cancelled)));
        assert_eq!(robot.slot_state(2), SlotState::NeedsInventory);
    }
    drop(mount);
    robot.clock.advance(Duration::from_secs(300));
    robot.settle();
    robot.check();
}

#[test]
fn library_order_labels_go_before_mounts_by_their_code_and_hold_none_up() {
    let (robot, media, mount) = held();
    ask(&robot, Full);
    robot.settle();
    let queued = robot.requests(ProcessLabel);
    let request = robot.session.queue_mount(media[5]).unwrap();
    robot.settle();
    assert_eq!(robot.last(MountRequest).state, Waiting);
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    // The labels that were queued have been read, then the mount had the drive, and no more labels
    // were queued before it.
    let mounted = robot.last(MountRequest);
    assert_eq!(mounted.state, Passed, "{request:?}");
    let read: Vec<_> = robot.requests(ProcessLabel);
    let begun = read.iter().filter(|read| read.state == Passed).count();
    assert!(begun < 5, "{begun} were read first");
    for label in &queued {
        let label = robot.session.info(label.id).unwrap();
        assert_eq!(label.state, Passed);
        assert!(last_touched(&robot, &label) < last_touched(&robot, &mounted));
    }
    assert!(read.iter().all(|read| matches!(read.state, Passed | Waiting | Queued)));
    robot.check();
}

#[test]
fn one_label_can_be_cancelled_and_nobody_has_left_for_that() {
    let (robot, _, mount) = held();
    let inventory = ask(&robot, Full);
    robot.settle();
    let read = robot.requests(ProcessLabel).remove(0);
    let medium = robot
        .media()
        .into_iter()
        .find(|medium| medium.location == read.slot.map(rsm::model::Location::Slot));
    let medium = medium.unwrap().id;
    robot.session.cancel_library_request(read.id).unwrap();
    assert_eq!(kind(robot.session.cancel_library_request(read.id)), ErrorKind::ObjectNotFound);
    assert_eq!(robot.state(inventory), InProcess);
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!(robot.state(inventory), Passed);
    assert_eq!(robot.state(read.id), Cancelled);
    assert!(robot.medium(medium).location.is_some(), "it was not looked for");
    robot.check();
}

/// The slots whose labels were read, and the items for them that passed.
fn read_slots(robot: &Robot) -> BTreeSet<rsm::model::SlotId> {
    let read = robot.requests(ProcessLabel).into_iter();
    read.filter(|read| read.state == Passed).filter_map(|read| read.slot).collect()
}

#[test]
fn what_a_mount_has_read_meanwhile_is_not_read_again() {
    let (robot, media, mount) = held();
    let inventory = ask(&robot, Full);
    robot.settle();
    robot.session.queue_mount(media[5]).unwrap();
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!(robot.last(MountRequest).state, Passed);
    let drive = robot.drives().remove(0).id;
    let before = robot.drive(drive).mount_count;
    let known = read_slots(&robot);
    robot.session.dismount_drive(drive).unwrap();
    robot.settle();
    assert_eq!(robot.state(inventory), Passed);
    let read = read_slots(&robot);
    assert!(!read.contains(&robot.slot(6)), "the mount has read it");
    assert_eq!(robot.drive(drive).mount_count - before, (read.len() - known.len()) as u32);
    assert!((2..=6).all(|slot| robot.slot_state(slot) == SlotState::Full));
    assert_eq!(robot.media().len(), 6, "nobody has left");
    robot.check();
}

#[test]
fn a_label_that_waits_passes_when_a_mount_has_read_it() {
    let (robot, media) = robot::prepared(2, &["A1", "A2", "A3"]);
    let mount = robot.mount(media[0]);
    let keeper = robot.manager.session("keeper").unwrap();
    let other = robot.drives().into_iter().find(|drive| drive.saved_side.is_none()).unwrap();
    let _kept = keeper.reserve_drive(other.id, Timeout::NoWait).unwrap();
    let inventory = ask(&robot, Full);
    robot.settle();
    assert_eq!(robot.states(ProcessLabel), [Waiting; 2]);
    let before = robot.drive(other.id).mount_count;
    let second = keeper.mount(media[1]).unwrap();
    robot.settle();
    assert_eq!(robot.states(ProcessLabel), [Passed, Waiting]);
    second.dismount(IMMEDIATE).unwrap();
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!(robot.state(inventory), Passed);
    assert_eq!(robot.drive(other.id).mount_count - before, 1);
    assert!((2..=3).all(|slot| robot.slot_state(slot) == SlotState::Full));
    robot.check();
}

#[test]
fn a_disk_of_which_a_mount_has_read_one_side_is_read_again() {
    let robot = Robot::of(builder(1, DISK).cartridges([disk("D1"), disk("D2")]), DISK);
    let media = robot.allocate_all();
    let mount = robot.mount(media[0]);
    ask(&robot, Full);
    robot.settle();
    robot.session.queue_mount(media[1]).unwrap();
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    if robot.last(MountRequest).state == Passed {
        robot.session.dismount_drive(robot.drives()[0].id).unwrap();
        robot.settle();
    }
    assert!(read_slots(&robot).contains(&robot.slot(2)));
    robot.check();
}
