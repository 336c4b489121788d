//! Work that libraries do for calls: what enables and disables objects, who waits for it, and what
//! becomes of it when devices panic or nobody is there to do it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/fuse.rs"]
mod fuse;
#[path = "support/robot.rs"]
mod robot;

use std::sync::Arc;

use fuse::Fuse;
use robot::{DEFERRED, Robot, builder};
use rsm::clock::VirtualClock;
use rsm::model::{
    DriveState, LibraryOperation, LibraryRequest, LibraryRequestId, LibraryRequestState, Location,
    LogicalMediaId, MountRequest,
};
use rsm::{ErrorKind, Session};

use LibraryOperation::{DisableDrive, DisableMedia, EnableDrive, EnableLibrary, WriteFreeLabel};
use LibraryRequestState::{Passed, Waiting};

fn kind<T>(result: rsm::Result<T>) -> ErrorKind {
    result.err().expect("must fail").kind()
}

fn allocated(robot: &Robot) -> Vec<LogicalMediaId> {
    robot.prepare_all();
    let media: Vec<_> = robot.media().into_iter().map(|medium| medium.id).collect();
    media.iter().map(|medium| robot.allocate(*medium).logical_media).collect()
}

fn prepared(drives: u32, codes: &[&str]) -> (Robot, Vec<LogicalMediaId>) {
    let robot = Robot::with_tapes(drives, codes);
    let media = allocated(&robot);
    (robot, media)
}

/// The requests of a kind, oldest first.
fn of(session: &Session, operation: LibraryOperation) -> Vec<LibraryRequest> {
    let ids = session.list::<LibraryRequestId>(None).unwrap();
    let all = ids.into_iter().map(|id| session.info(id).unwrap());
    all.filter(|request| request.operation == operation).collect()
}

fn states(robot: &Robot, operation: LibraryOperation) -> Vec<LibraryRequestState> {
    of(&robot.session, operation).iter().map(|request| request.state).collect()
}

#[test]
fn enabling_and_disabling_are_requests_that_have_passed_when_the_call_returns() {
    let (robot, _) = prepared(1, &["A1"]);
    let (drive, medium) = (robot.drives()[0].id, robot.media()[0].id);
    robot.session.disable(drive).unwrap();
    robot.session.disable(medium).unwrap();
    robot.session.enable(drive).unwrap();
    let requests = of(&robot.session, DisableDrive);
    assert_eq!(requests.len(), 1);
    assert_eq!((requests[0].state, requests[0].drive), (Passed, Some(drive)));
    assert_eq!((requests[0].library, requests[0].error), (robot.library, None));
    assert_eq!(of(&robot.session, DisableMedia)[0].medium, Some(medium));
    assert_eq!(states(&robot, EnableDrive), [Passed]);
    // What is refused at once is not queued.
    assert_eq!(kind(robot.session.enable(drive)), ErrorKind::InvalidState);
    assert_eq!(states(&robot, EnableDrive), [Passed]);
    // A library that is disabled can be enabled.
    robot.session.disable(robot.library).unwrap();
    robot.session.enable(robot.library).unwrap();
    assert_eq!(states(&robot, EnableLibrary), [Passed]);
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
    assert_eq!(states(&robot, DisableDrive), [Passed]);
    assert_eq!(robot.drive(drive).state, DriveState::Dismountable);
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
    assert_eq!(states(&robot, DisableDrive), []);
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

/// A library whose devices panic when the fuse is lit.
fn fused(drives: u32, codes: &[&str]) -> (Robot, Arc<Fuse>) {
    let fuse = Fuse::new();
    let tapes = codes.iter().map(|code| robot::tape(code));
    let device = builder(drives, robot::TAPE).cartridges(tapes).clock(fuse.clone());
    let device = Arc::new(device.build().unwrap());
    (Robot::with_device(device, VirtualClock::new(), robot::TAPE), fuse)
}

#[test]
fn a_device_that_panics_is_asked_again_for_a_mount() {
    let (robot, fuse) = fused(2, &["A1", "A2"]);
    let media = allocated(&robot);
    fuse.light();
    drop(robot.session.mount(media[0]).unwrap());
    robot.settle();
    robot.check();
    fuse.light();
    let mounts = robot.session.mount_all(MountRequest::all([media[0], media[1]])).unwrap();
    assert_eq!(mounts.len(), 2);
    drop(mounts);
    robot.check();
}

#[test]
fn a_device_that_panics_is_asked_again_for_a_label() {
    let (robot, fuse) = fused(1, &["A1", "A2"]);
    fuse.light();
    for medium in robot.media() {
        robot.session.move_to_pool(medium.id, robot.system("Free")).unwrap();
    }
    robot.settle();
    assert_eq!(states(&robot, WriteFreeLabel), [Passed, Passed]);
    robot.assert_all_in_slots(2);
    robot.check();
}

#[test]
fn a_device_that_panics_ends_no_inventory() {
    let (robot, fuse) = fused(1, &["A1"]);
    let cartridge = robot.device.hands().make(robot::tape("B1")).unwrap();
    robot.device.hands().insert(cartridge, robot.place(5)).unwrap();
    robot.session.inventory_library(robot.library, rsm::model::InventoryMethod::Fast).unwrap();
    fuse.light();
    robot.settle();
    robot.look(rsm::model::InventoryMethod::FullLabelRead);
    assert_eq!(robot.media().len(), 2);
    robot.assert_all_in_slots(2);
    robot.check();
}

#[test]
fn while_a_door_is_open_nothing_is_begun() {
    let (robot, media) = prepared(1, &["A1"]);
    let connection = rusqlite::Connection::open(robot.dir.path().join("catalog.db")).unwrap();
    connection.execute("UPDATE library SET door_open = 1", []).unwrap();
    robot.session.queue_mount(media[0]).unwrap();
    robot.settle();
    assert_eq!(states(&robot, LibraryOperation::Mount), [Waiting]);
    let now = MountRequest::from(media[0]).timeout(rsm::model::Timeout::NoWait);
    assert_eq!(kind(robot.session.mount(now)), ErrorKind::Timeout);
    connection.execute("UPDATE library SET door_open = 0", []).unwrap();
    // Another one of the queue is looked at.
    robot.session.disable(robot.media()[0].id).unwrap();
    robot.session.enable(robot.media()[0].id).unwrap();
    robot.settle();
    assert_eq!(states(&robot, LibraryOperation::Mount), [Passed]);
    robot.check();
}
