//! Drives that are kept for one session, apart from any mount.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/brake.rs"]
mod brake;
#[path = "support/robot.rs"]
mod robot;
#[path = "support/until.rs"]
mod until;

use std::sync::Arc;
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use brake::Brake;
use robot::{DEFERRED, IMMEDIATE, Robot, builder, kind, prepared, prepared_on};
use rsm::device::DeviceErrorKind;
use rsm::device::simulated::Fault;
use rsm::model::{
    DriveId, DriveSelector, DriveState, InventoryMethod, LibraryOperation, LibraryRequestState,
    Location, MediaState, MountOptions, MountRequest, Released, ReserveOptions, Timeout,
};
use rsm::{DriveReservation, ErrorKind, Mount, Session};
use until::until;

use LibraryRequestState::{Failed, InProcess, Passed, Waiting};
use Timeout::NoWait;

const AT_ONCE: MountOptions = MountOptions::ERROR_IF_UNAVAILABLE;
const ROBOT_FAILS: Fault = Fault::MoveFails { changer: 0, kind: DeviceErrorKind::ChangerFault };

fn open(robot: &Robot, name: &str) -> Session {
    robot.manager.session(name).unwrap()
}

fn ids(robot: &Robot) -> Vec<DriveId> {
    robot.drives().iter().map(|drive| drive.id).collect()
}

fn at_once(session: &Session, what: impl Into<DriveSelector>) -> rsm::Result<DriveReservation> {
    session.reserve_drive(what, NoWait)
}

type Reserving<'s> = ScopedJoinHandle<'s, rsm::Result<DriveReservation>>;

/// Starts a reservation and returns when it waits.
fn wait<'s>(
    scope: &'s Scope<'s, '_>,
    robot: &'s Robot,
    session: &'s Session,
    selector: impl Into<DriveSelector>,
    timeout: Timeout,
) -> Reserving<'s> {
    let before = robot.session.waiting_drive_reservations().unwrap().len();
    let selector = selector.into();
    let call = scope.spawn(move || session.reserve_drive(selector, timeout));
    until(|| robot.session.waiting_drive_reservations().unwrap().len() > before);
    call
}

/// Starts a mount and returns when it waits.
fn wait_to_mount<'s>(
    scope: &'s Scope<'s, '_>,
    robot: &'s Robot,
    session: &'s Session,
    request: impl Into<MountRequest>,
) -> ScopedJoinHandle<'s, rsm::Result<Mount>> {
    let waiting =
        || robot.states(LibraryOperation::Mount).iter().filter(|state| **state == Waiting).count();
    let (before, request) = (waiting(), request.into());
    let call = scope.spawn(move || session.mount(request));
    until(|| waiting() > before);
    call
}

#[test]
fn rs1_a_mount_waits_for_a_reserved_drive() {
    let (robot, media) = prepared(1, &["A1"]);
    let (a, b) = (open(&robot, "a"), open(&robot, "b"));
    let kept = a.reserve_drive(robot.library, NoWait).unwrap();
    assert_eq!(kept.drive(), robot.drives()[0].id);
    thread::scope(|scope| {
        let call = wait_to_mount(scope, &robot, &b, media[0]);
        robot.settle();
        assert!(!call.is_finished());
        assert_eq!(kept.release().unwrap(), Released::Freed);
        drop(call.join().unwrap().unwrap());
    });
    robot.settle();
    robot.check();
}

#[test]
fn rs2_a_release_leaves_what_is_mounted() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let (a, b) = (open(&robot, "a"), open(&robot, "b"));
    let kept = at_once(&a, robot.library).unwrap();
    let mount = a.mount(media[0]).unwrap();
    assert_eq!(kept.release().unwrap(), Released::Freed);
    assert_eq!(robot.drives()[0].state, DriveState::Loaded);
    thread::scope(|scope| {
        let call = wait_to_mount(scope, &robot, &b, media[1]);
        robot.settle();
        assert!(!call.is_finished());
        mount.dismount(IMMEDIATE).unwrap();
        drop(call.join().unwrap().unwrap());
    });
    assert_eq!(kind(a.mount(MountRequest::from(media[0]).options(AT_ONCE))), ErrorKind::Busy);
    robot.check();
}

#[test]
fn rs4_the_release_of_a_free_drive_succeeds() {
    let (robot, _) = prepared(1, &[]);
    let drive = ids(&robot)[0];
    assert_eq!(robot.session.release_drive(drive, None).unwrap(), Released::AlreadyFree);
    let other = open(&robot, "other").owner_id().unwrap();
    assert_eq!(robot.session.release_drive(drive, Some(other)).unwrap(), Released::AlreadyFree);
    assert_eq!(robot.session.force_release_drive(drive).unwrap(), Released::AlreadyFree);
    let kept = at_once(&robot.session, drive).unwrap();
    assert_eq!(robot.session.release_drive(drive, None).unwrap(), Released::Freed);
    assert_eq!(kept.release().unwrap(), Released::AlreadyFree);
    robot.check();
}

#[test]
fn rs5_nobody_releases_what_another_has_reserved_but_an_administrator() {
    let (robot, _) = prepared(1, &[]);
    let (a, b) = (open(&robot, "a"), open(&robot, "b"));
    let drive = ids(&robot)[0];
    let kept = at_once(&a, drive).unwrap();
    let error = b.release_drive(drive, Some(b.owner_id().unwrap())).expect_err("not its own");
    assert_eq!(error.kind(), ErrorKind::AccessDenied);
    assert!(error.reason().contains("reserved by a of"), "{error}");
    assert_eq!(kind(at_once(&b, drive)), ErrorKind::Busy);
    assert_eq!(robot.session.force_release_drive(drive).unwrap(), Released::Freed);
    let theirs = at_once(&b, drive).unwrap();
    // The first owner's handle is of no account any more.
    assert_eq!(kept.release().unwrap(), Released::AlreadyFree);
    assert_eq!(robot.session.drive_reservations().unwrap().len(), 1);
    // By the owner's own id, or without one, any session of the process.
    assert_eq!(a.release_drive(drive, Some(theirs.owner())).unwrap(), Released::Freed);
    let _theirs = at_once(&b, drive).unwrap();
    assert_eq!(a.release_drive(drive, None).unwrap(), Released::Freed);
    robot.check();
}

#[test]
fn rs6_a_disabled_drive_is_passed_over() {
    let (robot, _) = prepared(2, &[]);
    let drives = ids(&robot);
    robot.session.disable(drives[0]).unwrap();
    let kept = at_once(&robot.session, robot.library).unwrap();
    assert_eq!(kept.drive(), drives[1]);
    assert_eq!(kind(at_once(&robot.session, drives[0])), ErrorKind::ResourceDisabled);
    assert_eq!(kind(at_once(&open(&robot, "other"), robot.library)), ErrorKind::Busy);
}

#[test]
fn rs7_what_was_left_in_the_drive_goes_home_first() {
    let (robot, media) = prepared(1, &["A1"]);
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    assert_eq!(robot.drives()[0].state, DriveState::Dismountable);
    let other = open(&robot, "other");
    let kept = at_once(&other, robot.library).unwrap();
    assert_eq!(robot.drives()[0].state, DriveState::Dismounted);
    let medium = robot.by_bar_code("A1");
    assert_eq!(medium.location, Some(Location::Slot(robot.slot(1))));
    assert_eq!(medium.media_state, MediaState::Idle);
    let dismounts = robot.requests(LibraryOperation::Dismount);
    assert_eq!(dismounts.iter().map(|request| request.state).collect::<Vec<_>>(), [Passed; 2]);
    assert_eq!(dismounts[1].application, "other");
    kept.release().unwrap();
    robot.settle();
    robot.check();
}

#[test]
fn others_use_other_drives_and_wait_for_the_one_they_name() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    let drives = ids(&robot);
    let other = open(&robot, "other");
    let _kept = at_once(&robot.session, drives[0]).unwrap();
    let mount = other.mount(media[0]).unwrap();
    assert_eq!(mount.drive(), drives[1]);
    let named = MountRequest::from(media[1]).in_drives([drives[0]]);
    assert_eq!(kind(other.mount(named.clone().options(AT_ONCE))), ErrorKind::Busy);
    let short = Timeout::After(Duration::from_secs(5));
    thread::scope(|scope| {
        let call = wait_to_mount(scope, &robot, &other, named.timeout(short));
        robot.settle();
        robot.clock.advance(Duration::from_secs(5));
        let error = call.join().unwrap().expect_err("it waited too long");
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.reason().contains("reserved"), "{error}");
    });
    robot.check();
}

#[test]
fn the_owner_uses_its_drive_without_naming_it() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    let drives = ids(&robot);
    let owner = open(&robot, "owner");
    let _kept = at_once(&owner, drives[1]).unwrap();
    let mount = owner.mount(media[0]).unwrap();
    assert_eq!(mount.drive(), drives[1]);
    let second = owner.mount(media[1]).unwrap();
    assert_eq!(second.drive(), drives[0], "its own is in use");
    second.dismount(IMMEDIATE).unwrap();
    drop(mount);
    robot.settle();
    // What was left in a reserved drive stays there for its owner.
    let other = open(&robot, "other");
    let theirs = MountRequest::from(media[0]).options(AT_ONCE);
    assert_eq!(kind(other.mount(theirs)), ErrorKind::Busy);
    let again = owner.mount(MountRequest::from(media[0]).timeout(NoWait)).unwrap();
    assert_eq!(again.drive(), drives[1]);
    robot.check();
}

#[test]
fn the_library_does_not_use_it_for_labels() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let kept = at_once(&robot.session, robot.library).unwrap();
    let medium = robot.by_bar_code("A1").id;
    robot.session.move_to_pool(medium, robot.system("Free")).unwrap();
    robot.settle();
    let labels = || robot.requests(LibraryOperation::WriteFreeLabel);
    assert!(!labels()[0].state.is_final());
    kept.release().unwrap();
    robot.settle();
    assert_eq!(labels()[0].state, Passed);
    robot.check();
}

#[test]
fn a_full_inventory_uses_the_other_drives_or_waits() {
    for drives in [1, 2] {
        let robot = Robot::with_tapes(drives, &["A1", "A2"]);
        let first = ids(&robot)[0];
        let kept = at_once(&robot.session, first).unwrap();
        let mounts = robot.drive(first).mount_count;
        robot.look(InventoryMethod::FullLabelRead);
        let reads = |slot| robot.slot_state(slot) == rsm::model::SlotState::Full;
        assert_eq!(reads(1), drives == 2, "{drives}");
        assert_eq!(robot.drive(first).mount_count, mounts);
        kept.release().unwrap();
        robot.settle();
        assert!(reads(1) && reads(2));
        robot.check();
    }
}

#[test]
fn an_inventory_leaves_what_lies_in_a_reserved_drive() {
    let (robot, media) = prepared(1, &["A1"]);
    let _kept = at_once(&robot.session, robot.library).unwrap();
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(robot.drives()[0].state, DriveState::Dismountable);
    drop(robot.session.mount(MountRequest::from(media[0]).timeout(NoWait)).unwrap());
    robot.check();
}

#[test]
fn a_drive_in_use_is_waited_for() {
    let (robot, media) = prepared(1, &["A1"]);
    let other = open(&robot, "other");
    let mount = robot.mount(media[0]);
    let error = at_once(&other, robot.library).expect_err("in use");
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert!(error.reason().contains("in use"), "{error}");
    thread::scope(|scope| {
        let call = wait(scope, &robot, &other, robot.library, Timeout::Forever);
        let waiting = &robot.session.waiting_drive_reservations().unwrap()[0];
        assert_eq!((waiting.library, waiting.drive), (robot.library, None));
        assert_eq!(waiting.holder.application, "other");
        assert_eq!(waiting.holder.owner, other.owner_id().unwrap());
        robot.settle();
        assert!(!call.is_finished());
        // It does not matter how.
        mount.dismount(DEFERRED).unwrap();
        let kept = call.join().unwrap().unwrap();
        assert_eq!(robot.drives()[0].state, DriveState::Dismounted);
        drop(kept);
    });
    assert_eq!(robot.session.waiting_drive_reservations().unwrap(), []);
    robot.settle();
    robot.check();
}

#[test]
fn ones_own_mount_is_no_obstacle_and_stays() {
    let (robot, media) = prepared(1, &["A1"]);
    let mount = robot.mount(media[0]);
    let kept = at_once(&robot.session, robot.library).unwrap();
    robot::write(&mount, &[b"data"]);
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!(kind(at_once(&open(&robot, "other"), robot.library)), ErrorKind::Busy);
    drop(kept);
    robot.check();
}

#[test]
fn ones_own_drive_again_is_the_same_reservation() {
    let (robot, _) = prepared(2, &[]);
    let drives = ids(&robot);
    let first = at_once(&robot.session, drives[0]).unwrap();
    let again = at_once(&robot.session, drives[0]).unwrap();
    assert_eq!(robot.session.drive_reservations().unwrap().len(), 1);
    assert_eq!(first.release().unwrap(), Released::Freed, "one release is enough");
    assert_eq!(again.release().unwrap(), Released::AlreadyFree);
    // Any means another one than one has; nobody waits for himself.
    let one = robot.session.reserve_drive(robot.library, ReserveOptions::default()).unwrap();
    let two = robot.session.reserve_drive(robot.library, ReserveOptions::default()).unwrap();
    assert_eq!([one.drive(), two.drive()], [drives[0], drives[1]]);
    let third = robot.session.reserve_drive(robot.library, ReserveOptions::default());
    assert_eq!(kind(third), ErrorKind::Busy);
}

#[test]
fn a_disabled_drive_ends_the_reservation_and_its_owner_hears_of_it_once() {
    let (robot, media) = prepared(1, &["A1"]);
    let drive = ids(&robot)[0];
    let disable = |drive| {
        robot.session.disable(drive).unwrap();
        assert_eq!(robot.drive(drive).reservation, None);
    };
    let kept = at_once(&robot.session, drive).unwrap();
    disable(drive);
    assert_eq!(kind(kept.release()), ErrorKind::ResourceDisabled);
    robot.session.enable(drive).unwrap();
    let kept = at_once(&robot.session, drive).unwrap();
    disable(drive);
    let release = || robot.session.release_drive(drive, None);
    assert_eq!(kind(release()), ErrorKind::ResourceDisabled);
    assert_eq!(release().unwrap(), Released::AlreadyFree);
    assert_eq!(kept.release().unwrap(), Released::AlreadyFree);
    // Enabled again it is everybody's, and can be reserved anew.
    let old = {
        robot.session.enable(drive).unwrap();
        let old = at_once(&robot.session, drive).unwrap();
        disable(drive);
        robot.session.enable(drive).unwrap();
        old
    };
    drop(open(&robot, "other").mount(media[0]).unwrap());
    let new = at_once(&robot.session, drive).unwrap();
    assert_eq!(old.release().unwrap(), Released::AlreadyFree);
    assert_eq!(new.release().unwrap(), Released::Freed);
    robot.settle();
    robot.check();
}

#[test]
fn a_library_that_goes_takes_its_reservations_with_it() {
    let (robot, _) = prepared(1, &[]);
    let kept = at_once(&robot.session, robot.library).unwrap();
    robot.session.disable(robot.library).unwrap();
    assert_eq!(kind(kept.release()), ErrorKind::ResourceDisabled);
    robot.session.enable(robot.library).unwrap();
    let kept = at_once(&robot.session, robot.library).unwrap();
    robot.manager.detach(robot.library).unwrap();
    assert_eq!(kind(kept.release()), ErrorKind::DeviceNotAvailable);
    assert_eq!(kind(at_once(&robot.session, robot.library)), ErrorKind::DeviceNotAvailable);
    robot.check();
}

#[test]
fn what_is_waited_for_and_goes_ends_the_wait() {
    let (robot, _) = prepared(1, &[]);
    let (owner, other) = (open(&robot, "owner"), open(&robot, "other"));
    let drive = ids(&robot)[0];
    let forever = Timeout::Forever;
    let _kept = at_once(&owner, drive).unwrap();
    thread::scope(|scope| {
        let call = wait(scope, &robot, &other, drive, forever);
        robot.session.disable(drive).unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::ResourceDisabled);
    });
    robot.session.enable(drive).unwrap();
    let _kept = at_once(&owner, drive).unwrap();
    thread::scope(|scope| {
        let call = wait(scope, &robot, &other, robot.library, forever);
        robot.session.disable(robot.library).unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::ResourceDisabled);
    });
    robot.session.enable(robot.library).unwrap();
    let _kept = at_once(&owner, drive).unwrap();
    thread::scope(|scope| {
        let call = wait(scope, &robot, &other, robot.library, forever);
        robot.manager.detach(robot.library).unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::DeviceNotAvailable);
    });
    robot.check();
}

#[test]
fn nothing_of_it_outlasts_a_restart() {
    let (robot, _) = prepared(1, &[]);
    std::mem::forget(at_once(&robot.session, robot.library).unwrap());
    // What is forgotten keeps the catalog open; another session's end is a restart's as well.
    robot.session.close().unwrap();
    let session = open(&robot, "next");
    assert_eq!(session.drive_reservations().unwrap(), []);
    let kept = at_once(&session, robot.library).unwrap();
    session.close().unwrap();
    assert_eq!(kept.release().unwrap(), Released::AlreadyFree);
    let robot = Robot::with_tapes(1, &[]).restart();
    assert_eq!(robot.session.drive_reservations().unwrap(), []);
}

#[test]
fn who_came_first_is_served_first_and_before_mounts() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let sessions: Vec<Session> = ["a", "b", "c"].map(|name| open(&robot, name)).into();
    let held = robot.mount(media[0]);
    thread::scope(|scope| {
        let mount = wait_to_mount(scope, &robot, &sessions[0], media[1]);
        let first = wait(scope, &robot, &sessions[1], robot.library, Timeout::Forever);
        let second = wait(scope, &robot, &sessions[2], ids(&robot)[0], Timeout::Forever);
        held.dismount(IMMEDIATE).unwrap();
        let kept = first.join().unwrap().unwrap();
        robot.settle();
        assert!(!second.is_finished() && !mount.is_finished());
        // Who comes now does not go before those who wait.
        assert_eq!(kind(at_once(&robot.session, robot.library)), ErrorKind::Busy);
        kept.release().unwrap();
        let kept = second.join().unwrap().unwrap();
        robot.settle();
        assert!(!mount.is_finished());
        drop(kept);
        drop(mount.join().unwrap().unwrap());
    });
    robot.settle();
    robot.check();
}

#[test]
fn time_over_leaves_nothing() {
    let (robot, _) = prepared(1, &[]);
    let other = open(&robot, "other");
    let _kept = at_once(&robot.session, robot.library).unwrap();
    thread::scope(|scope| {
        let short = Timeout::After(Duration::from_secs(7));
        let call = wait(scope, &robot, &other, robot.library, short);
        assert!(robot.session.waiting_drive_reservations().unwrap()[0].deadline.is_some());
        robot.clock.wait_for_waiters(2);
        robot.clock.advance(Duration::from_secs(7));
        let error = call.join().unwrap().expect_err("too long");
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.reason().contains("reserved by test of"), "{error}");
    });
    assert_eq!(robot.session.waiting_drive_reservations().unwrap(), []);
    robot.check();
}

#[test]
fn closing_a_session_ends_what_waits_and_releases_what_it_has() {
    let (robot, media) = prepared(2, &["A1"]);
    let (owner, other) = (open(&robot, "owner"), open(&robot, "other"));
    let drives = ids(&robot);
    let _kept = at_once(&owner, drives[0]).unwrap();
    thread::scope(|scope| {
        let _own = at_once(&other, drives[1]).unwrap();
        let call = wait(scope, &robot, &other, drives[0], Timeout::Forever);
        other.close().unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::Cancelled);
    });
    assert_eq!(kind(at_once(&other, drives[1])), ErrorKind::InvalidHandle);
    assert_eq!(kind(other.release_drive(drives[1], None)), ErrorKind::InvalidHandle);
    assert_eq!(kind(other.force_release_drive(drives[1])), ErrorKind::InvalidHandle);
    assert_eq!(kind(other.drive_reservations()), ErrorKind::InvalidHandle);
    assert_eq!(kind(other.waiting_drive_reservations()), ErrorKind::InvalidHandle);
    assert_eq!(kind(other.owner_id()), ErrorKind::InvalidHandle);
    let all = robot.session.drive_reservations().unwrap();
    assert_eq!(all.iter().map(|info| info.drive).collect::<Vec<_>>(), [drives[0]]);
    drop(owner);
    assert_eq!(robot.session.drive_reservations().unwrap(), []);
    drop(robot.mount(media[0]));
    robot.check();
}

#[test]
fn the_records_say_who_keeps_a_drive() {
    let (robot, _) = prepared(1, &[]);
    let drive = ids(&robot)[0];
    let owner = open(&robot, "owner");
    assert_eq!(robot.drive(drive).reservation, None);
    robot.clock.advance(Duration::from_secs(1));
    let kept = at_once(&owner, drive).unwrap();
    let holder = robot.drive(drive).reservation.expect("reserved");
    assert_eq!(holder.owner, owner.owner_id().unwrap());
    assert_eq!(holder.owner, kept.owner());
    assert_eq!(holder.owner.process.value(), std::process::id());
    assert_eq!(holder.application, "owner");
    assert_eq!(holder.since, rsm::clock::Clock::now(robot.clock.as_ref()));
    let all = robot.session.drive_reservations().unwrap();
    assert_eq!((all[0].drive, all[0].library), (drive, robot.library));
    assert_eq!(all[0].holder, holder);
    drop(kept);
    assert_eq!(robot.drive(drive).reservation, None);
    assert_ne!(owner.owner_id().unwrap(), open(&robot, "another").owner_id().unwrap());
}

#[test]
fn a_drive_for_a_medium_or_a_media_type() {
    let (robot, media) = prepared(1, &["A1"]);
    let side = robot.side(robot.by_bar_code("A1").id).id;
    let lto = robot.session.media_type(robot::TAPE).unwrap();
    let own = ids(&robot)[0];
    for selector in [media[0].into(), side.into(), DriveSelector::from(lto)] {
        assert_eq!(at_once(&robot.session, selector).unwrap().drive(), own);
    }
    let disk = robot.session.media_type(robot::DISK).unwrap();
    assert_eq!(kind(at_once(&robot.session, disk)), ErrorKind::DriveMediaMismatch);
    // Of several libraries that take the type, the one that has a drive.
    let second = builder(1, robot::TAPE).name("Second").build().unwrap();
    let second = robot.manager.attach(Arc::new(second)).unwrap();
    let other = open(&robot, "other");
    let kept = at_once(&robot.session, media[0]).unwrap();
    assert_eq!(kind(at_once(&other, side)), ErrorKind::Busy);
    let theirs = at_once(&other, lto).unwrap();
    assert_eq!(robot.drive(theirs.drive()).library, second);
    // Whichever is free first serves a call that waits for the type.
    let third = open(&robot, "third");
    for free in [kept, theirs] {
        let drive = free.drive();
        thread::scope(|scope| {
            let call = scope.spawn(|| third.reserve_drive(lto, Timeout::Forever));
            until(|| robot.session.waiting_drive_reservations().unwrap().len() == 2);
            free.release().unwrap();
            assert_eq!(call.join().unwrap().unwrap().drive(), drive);
        });
        std::mem::forget(at_once(&other, drive).unwrap());
        assert_eq!(robot.session.waiting_drive_reservations().unwrap(), []);
    }
    other.close().unwrap();
    robot.check();
}

#[test]
fn a_medium_that_is_on_no_library_has_no_drive() {
    let (robot, media) = prepared(1, &["A1"]);
    robot.device.hands().remove(robot.place(1)).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(kind(at_once(&robot.session, media[0])), ErrorKind::LibraryOffline);
}

#[test]
fn a_medium_that_cannot_go_home_keeps_the_drive_free_for_others() {
    let (robot, media) = prepared(1, &["A1"]);
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    (0..3).for_each(|_| robot.device.inject(ROBOT_FAILS));
    let failed = at_once(&robot.session, robot.library);
    assert_eq!(kind(failed), ErrorKind::DeviceNotAvailable);
    assert_eq!(robot.session.drive_reservations().unwrap(), []);
    let dismounts = robot.requests(LibraryOperation::Dismount);
    assert_eq!(dismounts.last().map(|request| request.state), Some(Failed));
    let again = at_once(&robot.session, robot.library).unwrap();
    assert_eq!(robot.drives()[0].state, DriveState::Dismounted);
    drop(again);
    robot.check();
}

#[test]
fn who_does_not_wait_does_not_wait_for_people_who_free_the_robot() {
    let (robot, media) = prepared(1, &["A1"]);
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    robot.device.inject(Fault::Jam { changer: 0 });
    let refused = at_once(&robot.session, robot.library).err().unwrap();
    assert_eq!(refused.kind(), ErrorKind::Busy);
    assert!(refused.reason().contains("the robot needs a person"), "{refused}");
    assert_eq!(robot.session.drive_reservations().unwrap(), []);
    let going = || robot.requests(LibraryOperation::Dismount).pop().unwrap().state;
    assert_eq!(going(), Waiting);
    robot.device.hands().clear_jam(0).unwrap();
    robot.clock.advance(Duration::from_secs(60));
    until(|| going() == Passed);
    robot.settle();
    robot.assert_all_in_slots(1);
    robot.check();
}

/// The robot is on its way with the medium when something ends the call: the drive is nobody's, and
/// the medium is at home when the robot has done.
fn ended_on_the_way(expected: ErrorKind, end: impl FnOnce(&Robot, &Session)) {
    let brake = Brake::new();
    let (robot, media) = prepared_on(brake.clone(), 1, &["A1"]);
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    let other = open(&robot, "other");
    let seen = brake.pull();
    let time = Timeout::After(Duration::from_secs(60));
    thread::scope(|scope| {
        let call = scope.spawn(|| other.reserve_drive(robot.library, time));
        brake.wait_until_reached(seen);
        assert_eq!(robot.requests(LibraryOperation::Dismount)[1].state, InProcess);
        assert!(robot.drives()[0].reservation.is_some());
        end(&robot, &other);
        assert_eq!(kind(call.join().unwrap()), expected);
        assert_eq!(robot.session.drive_reservations().unwrap(), []);
        brake.release();
    });
    robot.settle();
    assert_eq!(robot.drives()[0].state, DriveState::Dismounted);
    robot.assert_all_in_slots(1);
    robot.check();
}

#[test]
fn a_call_may_end_while_the_medium_goes_home() {
    ended_on_the_way(ErrorKind::Cancelled, |_, session| session.close().unwrap());
    ended_on_the_way(ErrorKind::Cancelled, |robot, _| {
        assert_eq!(robot.session.force_release_drive(ids(robot)[0]).unwrap(), Released::Freed);
    });
    ended_on_the_way(ErrorKind::Timeout, |robot, _| {
        robot.clock.advance(Duration::from_secs(60));
    });
    ended_on_the_way(ErrorKind::ResourceDisabled, |robot, _| {
        robot.session.disable(ids(robot)[0]).unwrap();
    });
}

#[test]
fn a_medium_on_its_way_to_a_reserved_drive_is_no_obstacle_to_its_owner() {
    let brake = Brake::new();
    let (robot, media) = prepared_on(brake.clone(), 1, &["A1"]);
    let kept = at_once(&robot.session, robot.library).unwrap();
    let other = open(&robot, "other");
    let seen = brake.pull();
    thread::scope(|scope| {
        let call = scope.spawn(|| robot.session.mount(media[0]));
        brake.wait_until_reached(seen);
        kept.release().unwrap();
        // The drive is the mount's.
        assert_eq!(kind(at_once(&other, robot.library)), ErrorKind::Busy);
        brake.release();
        drop(call.join().unwrap().unwrap());
    });
    robot.check();
}

#[test]
fn wrong_15_nothing_is_unloaded_that_another_has_reserved() {
    let brake = Brake::new();
    let (robot, media) = prepared_on(brake.clone(), 2, &["A1", "A2", "A3"]);
    let (a, b, c) = (open(&robot, "a"), open(&robot, "b"), open(&robot, "c"));
    // A has done with its medium; C reserves the drive; B wants to swap in another one, and finds
    // only this drive.
    let done = a.mount(media[0]).unwrap();
    let drive = done.drive();
    let _held = robot.mount(media[2]);
    done.dismount(DEFERRED).unwrap();
    robot.clock.advance(Duration::from_secs(300));
    let seen = brake.pull();
    thread::scope(|scope| {
        let reserving = scope.spawn(|| c.reserve_drive(drive, Timeout::Forever));
        brake.wait_until_reached(seen);
        // The robot is at the drive for C: one owner of the drive, one of its medium.
        let swap = wait_to_mount(scope, &robot, &b, media[1]);
        assert_eq!(kind(b.mount(MountRequest::from(media[0]).options(AT_ONCE))), ErrorKind::Busy);
        brake.release();
        let kept = reserving.join().unwrap().unwrap();
        robot.settle();
        assert!(!swap.is_finished());
        // C's own medium lies there for its next mount; nobody else has it unloaded.
        c.mount(media[0]).unwrap().dismount(DEFERRED).unwrap();
        robot.clock.advance(Duration::from_secs(600));
        robot.settle();
        assert!(!swap.is_finished());
        assert_eq!(robot.drive(drive).state, DriveState::Dismountable);
        kept.release().unwrap();
        let up = swap.join().unwrap().unwrap();
        assert_eq!(up.drive(), drive);
    });
    robot.settle();
    robot.check();
}

#[test]
fn a_drive_never_has_two_owners() {
    const THREADS: usize = 8;
    const ROUNDS: usize = 12;
    let (robot, media) = prepared(2, &["A1", "A2"]);
    let drives = ids(&robot);
    let taken: [std::sync::atomic::AtomicUsize; 2] = Default::default();
    let order = std::sync::atomic::Ordering::SeqCst;
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (robot, drives, taken, media) = (&robot, &drives, &taken, &media);
            scope.spawn(move || {
                let session = open(robot, &format!("thread {number}"));
                for round in 0..ROUNDS {
                    let selector = match (number + round) % 3 {
                        0 => robot.library.into(),
                        1 => drives[round % 2].into(),
                        _ => DriveSelector::from(media[round % 2]),
                    };
                    let kept = session.reserve_drive(selector, Timeout::Forever).unwrap();
                    let at = drives.iter().position(|drive| *drive == kept.drive()).unwrap();
                    assert_eq!(taken[at].fetch_add(1, order), 0, "somebody has it");
                    if round % 4 == 0 {
                        let named = MountRequest::from(media[at]).in_drives([kept.drive()]);
                        let mount = session.mount(named.options(AT_ONCE));
                        mount.map_or_else(|e| assert_eq!(e.kind(), ErrorKind::Busy), drop);
                    }
                    taken[at].fetch_sub(1, order);
                    if round % 2 == 0 {
                        drop(kept);
                    } else {
                        assert_eq!(kept.release().unwrap(), Released::Freed);
                    }
                }
            });
        }
    });
    assert_eq!(robot.session.drive_reservations().unwrap(), []);
    robot.settle();
    robot.check();
}
