//! Mounts when something else happens at the same time, or something breaks: nobody waits without
//! end, and nobody gets what is not his.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/robot.rs"]
mod robot;

use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use robot::{DEFERRED, IMMEDIATE, Robot, kind, prepared};
use rsm::device::DeviceErrorKind;
use rsm::device::simulated::Fault;
use rsm::model::{
    DriveState, InventoryMethod, LibraryOperation, LibraryRequestState, MediaState, MountOptions,
    MountRequest,
};
use rsm::{ErrorKind, Mount, Session};

use LibraryRequestState::{Failed, Invalid, Waiting};

const ROBOT_FAILS: Fault = Fault::MoveFails { changer: 0, kind: DeviceErrorKind::ChangerFault };

#[test]
fn a_medium_that_could_not_be_put_away_can_be_mounted_again() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let mount = robot.mount(media[0]);
    (0..3).for_each(|_| robot.device.inject(ROBOT_FAILS));
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    let dismount = &robot.requests(LibraryOperation::Dismount)[0];
    assert_eq!(dismount.state, Failed);
    assert_eq!(robot.drives()[0].state, DriveState::Dismountable);
    // It is still there, and the drive as good as ever.
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    robot.clock.advance(Duration::from_secs(300));
    drop(robot.mount(media[1]));
    robot.check();
}

/// Starts a call and returns when it waits; so many waited before.
fn wait<'s>(
    scope: &'s Scope<'s, '_>,
    robot: &'s Robot,
    session: &'s Session,
    request: MountRequest,
    before: usize,
) -> ScopedJoinHandle<'s, rsm::Result<Vec<Mount>>> {
    let call = scope.spawn(move || session.mount_all(request));
    // The library's own thread rests as well.
    robot.clock.wait_for_waiters(before + 2);
    robot.settle();
    call
}

#[test]
fn who_waits_for_a_logical_medium_that_is_deallocated_does_not_get_its_next_owners() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let (late, next) =
        (robot.manager.session("late").unwrap(), robot.manager.session("next").unwrap());
    let held = robot.mount(media[1]);
    thread::scope(|scope| {
        let call = wait(scope, &robot, &late, MountRequest::from(media[0]).for_writing(), 0);
        let queued = next.queue_mount(media[0]).unwrap();
        let side = robot.side(robot.by_bar_code("A1").id).id;
        let by_side = next.queue_mount(side).unwrap();
        robot.settle();
        robot.session.deallocate_media(media[0]).unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::InvalidMedia);
        let queued = robot.session.info(queued[0]).unwrap();
        assert_eq!((queued.state, queued.error), (Invalid, Some(ErrorKind::InvalidMedia)));
        let by_side = robot.session.info(by_side[0]).unwrap();
        assert_eq!(by_side.state, Waiting, "the side is still there");
    });
    let theirs = robot.allocate(robot.by_bar_code("A1").id).logical_media;
    assert_ne!(theirs, media[0]);
    drop(held);
    robot.check();
}

#[test]
fn who_waits_for_a_logical_medium_that_is_swapped_does_not_get_the_other_side() {
    let (robot, media) = prepared(1, &["A1", "A2", "A3"]);
    let late = robot.manager.session("late").unwrap();
    let held = robot.mount(media[2]);
    thread::scope(|scope| {
        let call = wait(scope, &robot, &late, MountRequest::from(media[0]), 0);
        robot.session.swap_media(media[0], media[1]).unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::InvalidMedia);
    });
    drop(held);
    robot.check();
}

#[test]
fn a_mount_goes_on_when_the_delay_of_its_drive_is_made_shorter() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    thread::scope(|scope| {
        let call = wait(scope, &robot, &robot.session, MountRequest::from(media[1]), 0);
        let mut drive = robot.drives().remove(0);
        drive.defer_dismount_delay = 0;
        robot.session.set_info(&drive).unwrap();
        assert_eq!(call.join().unwrap().unwrap().len(), 1);
    });
    robot.check();
}

#[test]
fn a_medium_that_a_mount_waited_for_returns_to_the_free_pool_when_nobody_does() {
    let (robot, media) = prepared(1, &["A1"]);
    let medium = robot.by_bar_code("A1").id;
    let mut pool = robot.session.info(robot.pool()).unwrap();
    pool.deallocation_policy = rsm::model::DeallocationPolicy::RETURN_TO_FREE;
    robot.session.set_info(&pool).unwrap();
    robot.device.hands().remove(robot.place(1)).unwrap();
    robot.look(InventoryMethod::Fast);
    // By its side: the mount outlives the logical medium.
    let late = robot.manager.session("late").unwrap();
    let request = late.queue_mount(robot.side(medium).id).unwrap().remove(0);
    robot.settle();
    robot.session.deallocate_media(media[0]).unwrap();
    assert_eq!(robot.medium(medium).media_state, MediaState::WaitingForOperator);
    robot.check();
    robot.session.cancel_library_request(request).unwrap();
    assert_eq!(robot.medium(medium).pool, robot.system("Free"));
    robot.check();
}

#[test]
fn who_does_not_wait_for_a_drive_does_not_wait_for_a_second_one() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    let held = robot.mount(media[1]);
    for drive in robot.device.drive_places() {
        robot.device.inject(Fault::LoadFails { drive, kind: DeviceErrorKind::DriveFault });
    }
    let other = robot.manager.session("other").unwrap();
    let at_once = MountRequest::from(media[0]).options(MountOptions::ERROR_IF_UNAVAILABLE);
    assert_eq!(kind(other.mount(at_once)), ErrorKind::UnableToLoadMedium);
    robot.settle();
    held.dismount(IMMEDIATE).unwrap();
    robot.settle();
    robot.check();
}
