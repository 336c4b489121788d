//! Mounts wait in the queue of their library: several media, drives that are named, priorities,
//! what ends a wait.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/brake.rs"]
mod brake;
#[path = "support/robot.rs"]
mod robot;

use std::sync::Arc;
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use brake::Brake;
use robot::{DEFERRED, IMMEDIATE, Robot, builder, kind, prepared, prepared_on, write};
use rsm::device::DeviceErrorKind;
use rsm::device::simulated::Fault;
use rsm::model::{
    Access, DriveState, Id, LibraryOperation, LibraryRequest, LibraryRequestId,
    LibraryRequestState, Location, LogicalMediaId, MediaState, MountOptions, MountPriority,
    MountRequest, Timeout,
};
use rsm::{ErrorKind, Mount, Session};

use LibraryRequestState::{Cancelled, Failed, InProcess, Passed, Waiting};

const AT_ONCE: MountOptions = MountOptions::ERROR_IF_UNAVAILABLE;

type Call<'s> = ScopedJoinHandle<'s, rsm::Result<Vec<Mount>>>;

/// Starts a call and returns when it waits; so many waited before.
fn wait<'s>(
    scope: &'s Scope<'s, '_>,
    robot: &'s Robot,
    session: &'s Session,
    request: MountRequest,
    before: usize,
) -> Call<'s> {
    let call = scope.spawn(move || session.mount_all(request));
    // The library's own thread rests as well.
    robot.clock.wait_for_waiters(before + 2);
    robot.settle();
    call
}

#[test]
fn several_media_come_up_together() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    let request = MountRequest::all([media[1], media[0]]).for_writing();
    let up = robot.session.mount_all(request).unwrap();
    let codes = |mount: &Mount| {
        let side = robot.session.info(mount.side()).unwrap();
        robot.medium(side.physical_media).bar_code
    };
    assert_eq!(up.iter().map(codes).collect::<Vec<_>>(), ["A2", "A1"]);
    assert_ne!(up[0].drive(), up[1].drive());
    let requests = robot.requests(LibraryOperation::Mount);
    assert_eq!(robot.states(LibraryOperation::Mount), [Passed, Passed]);
    for (request, mount) in requests.iter().zip(&up) {
        assert_eq!((request.side, request.drive), (Some(mount.side()), Some(mount.drive())));
        assert_eq!(request.application, "test");
        assert!(request.completed.is_some());
    }
    up.iter().for_each(|mount| write(mount, &[b"data"]));
    drop(up);
    robot.settle();
    robot.check();
}

#[test]
fn media_o5_o6_media_that_cannot_come_up_together() {
    let robot = Robot::of(builder(2, robot::DISK).cartridge(robot::disk("D1")), robot::DISK);
    let medium = robot.prepare(robot.by_bar_code("D1").id);
    let sides: Vec<_> = robot.sides(medium).into_iter().map(|side| side.id).collect();
    let both = MountRequest::all(sides);
    assert_eq!(kind(robot.session.mount_all(both)), ErrorKind::InvalidMedia);
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let two = MountRequest::all([media[0], media[1]]);
    assert_eq!(kind(robot.session.mount_all(two)), ErrorKind::ResourceNotAvailable);
    assert_eq!(robot.requests(LibraryOperation::Mount), []);
}

#[test]
fn arguments_of_mounts_are_checked() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    let session = &robot.session;
    let drives: Vec<_> = robot.drives().iter().map(|drive| drive.id).collect();
    let both = || MountRequest::all([media[0], media[1]]);
    let none: [LogicalMediaId; 0] = [];
    let invalid = ErrorKind::InvalidParameter;
    assert_eq!(kind(session.mount_all(MountRequest::all(none))), invalid);
    assert_eq!(kind(session.queue_mount(MountRequest::all(none))), invalid);
    assert_eq!(kind(session.mount(both())), invalid, "it gives one");
    assert_eq!(kind(session.mount_all(both().in_drives([drives[0]]))), invalid);
    let no_drives = both().options(MountOptions::SPECIFIC_DRIVE);
    assert_eq!(kind(session.mount_all(no_drives)), invalid);
    let mut unasked = both();
    unasked.drives.clone_from(&drives);
    assert_eq!(kind(session.mount_all(unasked)), invalid);
    let null = both().in_drives([drives[0], Id::from_uuid(uuid::Uuid::nil())]);
    assert_eq!(kind(session.mount_all(null)), invalid);
    let no_wait = both().options(MountOptions::NO_WAIT);
    assert_eq!(kind(session.mount_all(no_wait)), invalid, "`queue_mount` does that");
    let odd = both().options(MountOptions::from_bits_retain(0x40));
    assert_eq!(kind(session.queue_mount(odd)), invalid);
    let unknown = Id::from_uuid(uuid::Uuid::from_u128(7));
    let in_drives = |drives: [_; 2]| session.mount_all(both().in_drives(drives));
    assert_eq!(kind(in_drives([drives[0], unknown])), ErrorKind::InvalidDrive);
    assert_eq!(kind(in_drives([drives[0], drives[0]])), ErrorKind::InvalidDrive);
    let twice = MountRequest::all([media[0], media[0]]);
    assert_eq!(kind(session.mount_all(twice)), ErrorKind::InvalidMedia);
    session.disable(drives[1]).unwrap();
    let disabled = in_drives([drives[0], drives[1]]);
    assert_eq!(kind(disabled), ErrorKind::ResourceDisabled);
    assert_eq!(kind(session.mount_all(both())), ErrorKind::ResourceNotAvailable);
    session.close().unwrap();
    assert_eq!(kind(session.mount_all(both())), ErrorKind::InvalidHandle);
    assert_eq!(kind(session.queue_mount(both())), ErrorKind::InvalidHandle);
    robot.check();
}

#[test]
fn media_of_two_libraries_do_not_come_up_together() {
    let (robot, media) = prepared(1, &["A1"]);
    let tape = robot::tape("B1");
    let other = builder(1, robot::TAPE).name("Other").cartridge(tape).build().unwrap();
    let other = robot.manager.attach(Arc::new(other)).unwrap();
    robot.settle();
    let there = robot.session.list(Some(other.into())).unwrap();
    let side = robot.side(there[0]).id;
    let one = rsm::model::MediaRef::from(media[0]);
    let request = MountRequest::all([one, side.into()]);
    assert_eq!(kind(robot.session.mount_all(request)), ErrorKind::InvalidLibrary);
    let drives = robot.session.list(Some(other.into())).unwrap();
    let elsewhere = MountRequest::from(media[0]).in_drives(drives);
    assert_eq!(kind(robot.session.mount(elsewhere)), ErrorKind::DriveMediaMismatch);
}

#[test]
fn a_named_drive_is_the_one() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    let drives: Vec<_> = robot.drives().iter().map(|drive| drive.id).collect();
    let second = MountRequest::from(media[0]).in_drives([drives[1]]);
    let mount = robot.session.mount(second).unwrap();
    assert_eq!(mount.drive(), drives[1]);
    mount.dismount(DEFERRED).unwrap();
    // It moves from the drive in which it was left to the one that is named.
    let first = MountRequest::from(media[0]).in_drives([drives[0]]);
    let mount = robot.session.mount(first).unwrap();
    assert_eq!(mount.drive(), drives[0]);
    assert_eq!(robot.drive(drives[1]).state, DriveState::Dismounted);
    // A drive that somebody uses is waited for.
    let busy = MountRequest::from(media[1]).in_drives([drives[0]]);
    let other = robot.manager.session("other").unwrap();
    assert_eq!(kind(other.mount(busy.clone().options(AT_ONCE))), ErrorKind::Busy);
    thread::scope(|scope| {
        let call = wait(scope, &robot, &other, busy, 0);
        mount.dismount(IMMEDIATE).unwrap();
        assert_eq!(call.join().unwrap().unwrap()[0].drive(), drives[0]);
    });
    robot.settle();
    robot.check();
}

#[test]
fn all_or_nothing() {
    let (robot, media) = prepared(2, &["A1", "A2", "A3"]);
    let held = robot.mount(media[2]);
    let large = robot.manager.session("large").unwrap();
    let small = robot.manager.session("small").unwrap();
    thread::scope(|scope| {
        let both = MountRequest::all([media[0], media[1]]);
        let call = wait(scope, &robot, &large, both, 0);
        assert_eq!(robot.states(LibraryOperation::Mount)[1..], [Waiting, Waiting]);
        // It holds nothing meanwhile: somebody who needs one drive goes first.
        let one = small.mount(media[0]).expect("a drive is free");
        one.dismount(IMMEDIATE).unwrap();
        robot.clock.wait_for_waiters(2);
        assert!(!call.is_finished());
        held.dismount(IMMEDIATE).unwrap();
        assert_eq!(call.join().unwrap().unwrap().len(), 2);
    });
    robot.settle();
    robot.check();
}

#[test]
fn if_one_medium_fails_the_others_are_put_away() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    robot.device.hands().remove(robot.place(2)).unwrap();
    let both = MountRequest::all([media[0], media[1]]);
    assert_eq!(kind(robot.session.mount_all(both)), ErrorKind::MediaOffline);
    robot.settle();
    assert_eq!(robot.states(LibraryOperation::Mount), [Cancelled, Failed]);
    let failed = &robot.requests(LibraryOperation::Mount)[1];
    assert_eq!(failed.error, Some(ErrorKind::Empty), "{}", failed.reason);
    let first = robot.by_bar_code("A1");
    assert_eq!(first.location, Some(Location::Slot(robot.slot(1))));
    assert_eq!(first.media_state, MediaState::Idle);
    assert!(robot.drives().iter().all(|drive| drive.state == DriveState::Dismounted));
    robot.check();
}

#[test]
fn higher_priorities_go_first_and_equal_ones_in_their_order() {
    let (robot, media) = prepared(1, &["A1", "A2", "A3", "A4"]);
    let held = robot.mount(media[0]);
    let sessions: Vec<Session> =
        ["low", "first", "high"].map(|name| robot.manager.session(name).unwrap()).into();
    thread::scope(|scope| {
        let low = MountRequest::from(media[1]).priority(MountPriority::LOW);
        let first = MountRequest::from(media[2]);
        let high = MountRequest::from(media[3]).priority(MountPriority::HIGHEST);
        let low = wait(scope, &robot, &sessions[0], low, 0);
        let first = wait(scope, &robot, &sessions[1], first, 1);
        let high = wait(scope, &robot, &sessions[2], high, 2);
        assert_eq!(robot.requests(LibraryOperation::Mount)[3].priority, MountPriority::HIGHEST);
        held.dismount(IMMEDIATE).unwrap();
        let up = high.join().unwrap().unwrap();
        assert!(!low.is_finished() && !first.is_finished());
        // Who comes now and asks for less does not go first, though the drive is free for a moment.
        up.into_iter().next().unwrap().dismount(IMMEDIATE).unwrap();
        let up = first.join().unwrap().unwrap();
        assert!(!low.is_finished());
        drop(up);
        robot.clock.advance(Duration::from_secs(300));
        drop(low.join().unwrap().unwrap());
    });
    robot.settle();
    robot.check();
}

#[test]
fn a_call_that_cannot_go_on_holds_up_nobody() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    let _held = robot.mount(media[0]);
    let other = robot.manager.session("other").unwrap();
    let third = robot.manager.session("third").unwrap();
    thread::scope(|scope| {
        let wanted = MountRequest::from(media[0]).priority(MountPriority::HIGHEST);
        let call = wait(scope, &robot, &other, wanted, 0);
        drop(third.mount(media[1]).expect("another medium, another drive"));
        other.close().unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::Cancelled);
    });
}

#[test]
fn all_of_a_long_call_is_seen_behind_one_that_cannot_go_on() {
    let codes = ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"];
    let (robot, media) = prepared(8, &codes);
    let (first, last) = (robot.mount(media[0]), robot.mount(media[7]));
    let (mounts, session) = (LibraryOperation::Mount, robot.manager.session("other").unwrap());
    session.queue_mount(MountRequest::all(media[..6].to_vec())).unwrap();
    session.queue_mount(MountRequest::all(media[1..].to_vec())).unwrap();
    robot.settle();
    assert_eq!(robot.states(mounts)[2..], [Waiting; 13]);
    last.dismount(IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!(robot.states(mounts)[2..8], [Waiting; 6]);
    assert_eq!(robot.states(mounts)[8..], [Passed; 7]);
    session.close().unwrap();
    drop(first);
    robot.settle();
    robot.check();
}

#[test]
fn media_o2_the_request_of_a_call_that_waited_too_long_is_cancelled() {
    let (robot, media) = prepared(2, &["A1"]);
    let _held = robot.mount(media[0]);
    let other = robot.manager.session("other").unwrap();
    assert_eq!(kind(other.mount(MountRequest::from(media[0]).options(AT_ONCE))), ErrorKind::Busy);
    assert_eq!(robot.requests(LibraryOperation::Mount).len(), 1, "nothing was queued");
    let short = MountRequest::from(media[0]).timeout(Timeout::After(Duration::from_millis(50)));
    thread::scope(|scope| {
        let call = wait(scope, &robot, &other, short, 0);
        assert_eq!(robot.requests(LibraryOperation::Mount)[1].state, Waiting);
        robot.clock.advance(Duration::from_millis(50));
        assert_eq!(kind(call.join().unwrap()), ErrorKind::Timeout);
    });
    let request = &robot.requests(LibraryOperation::Mount)[1];
    assert_eq!((request.state, request.error), (Cancelled, Some(ErrorKind::Timeout)));
    assert!(request.reason.contains("in use"), "{}", request.reason);
    robot.check();
}

/// The robot is in the middle of it: the call returns all the same, and what was begun is undone.
fn given_up_in_the_middle(end: impl FnOnce(&Robot, &Session, Call<'_>)) {
    let brake = Brake::new();
    let (robot, media) = prepared_on(brake.clone(), 1, &["A1"]);
    let other = robot.manager.session("other").unwrap();
    let seen = brake.pull();
    thread::scope(|scope| {
        let time = Timeout::After(Duration::from_secs(60));
        let request = MountRequest::from(media[0]).timeout(time);
        let call = scope.spawn(|| other.mount_all(request));
        brake.wait_until_reached(seen);
        assert_eq!(robot.states(LibraryOperation::Mount), [InProcess]);
        end(&robot, &other, call);
        assert_eq!(robot.states(LibraryOperation::Mount), [Cancelled]);
        brake.release();
    });
    robot.settle();
    let medium = robot.by_bar_code("A1");
    assert_eq!(medium.location, Some(Location::Slot(robot.slot(1))));
    assert_eq!(medium.media_state, MediaState::Idle);
    assert_eq!(robot.drives()[0].state, DriveState::Dismounted);
    robot.assert_all_in_slots(1);
    robot.check();
    drop(robot.mount(media[0]));
}

#[test]
fn a_deadline_ends_a_mount_in_the_middle() {
    given_up_in_the_middle(|robot, _, call| {
        robot.clock.wait_for_waiters(2);
        robot.clock.advance(Duration::from_secs(60));
        assert_eq!(kind(call.join().unwrap()), ErrorKind::Timeout);
    });
}

#[test]
fn requests_se1_closing_the_session_ends_a_mount_in_the_middle() {
    given_up_in_the_middle(|_, session, call| {
        session.close().unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::Cancelled);
    });
}

#[test]
fn what_is_in_process_is_not_cancelled() {
    let brake = Brake::new();
    let (robot, media) = prepared_on(brake.clone(), 1, &["A1"]);
    let seen = brake.pull();
    thread::scope(|scope| {
        let call = scope.spawn(|| robot.session.mount(media[0]));
        brake.wait_until_reached(seen);
        let request = robot.requests(LibraryOperation::Mount)[0].id;
        let refused = robot.session.cancel_library_request(request);
        assert_eq!(kind(refused), ErrorKind::AccessDenied);
        brake.release();
        assert!(call.join().unwrap().is_ok());
    });
    robot.settle();
    robot.check();
}

#[test]
fn library_cr1_cr4_a_waiting_mount_is_cancelled() {
    let (robot, media) = prepared(1, &["A1", "A2", "A3"]);
    let held = robot.mount(media[0]);
    let sessions: Vec<Session> =
        ["one", "two"].map(|name| robot.manager.session(name).unwrap()).into();
    thread::scope(|scope| {
        let one = wait(scope, &robot, &sessions[0], media[1].into(), 0);
        let two = wait(scope, &robot, &sessions[1], media[2].into(), 1);
        let request = robot.requests(LibraryOperation::Mount)[1].id;
        robot.session.cancel_library_request(request).unwrap();
        assert_eq!(kind(one.join().unwrap()), ErrorKind::Cancelled);
        let again = robot.session.cancel_library_request(request);
        assert_eq!(kind(again), ErrorKind::ObjectNotFound);
        held.dismount(IMMEDIATE).unwrap();
        let up = two.join().unwrap().expect("the next one gets the drive");
        drop(up);
    });
    assert_eq!(robot.states(LibraryOperation::Mount), [Passed, Cancelled, Passed]);
    robot.settle();
    robot.check();
}

#[test]
fn the_mounts_of_a_call_are_cancelled_together() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    let held = robot.mount(media[0]);
    let other = robot.manager.session("other").unwrap();
    thread::scope(|scope| {
        let both = MountRequest::all([media[1], media[0]]);
        let call = wait(scope, &robot, &other, both, 0);
        robot
            .session
            .cancel_library_request(robot.requests(LibraryOperation::Mount)[2].id)
            .unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::Cancelled);
    });
    assert_eq!(robot.states(LibraryOperation::Mount), [Passed, Cancelled, Cancelled]);
    drop(held);
    robot.check();
}

#[test]
fn a_mount_can_be_queued_and_taken_later() {
    let (robot, media) = prepared(1, &["A1"]);
    let side = robot.side(robot.by_bar_code("A1").id).id;
    assert_eq!(kind(robot.session.mounted(side)), ErrorKind::InvalidState);
    let queued = robot.session.queue_mount(MountRequest::from(media[0]).for_writing()).unwrap();
    robot.settle();
    assert_eq!(queued, [robot.requests(LibraryOperation::Mount)[0].id]);
    assert_eq!(robot.states(LibraryOperation::Mount), [Passed]);
    assert_eq!(robot.by_bar_code("A1").media_state, MediaState::Loaded);
    let other = robot.manager.session("other").unwrap();
    assert_eq!(kind(other.mounted(side)), ErrorKind::InvalidState, "it is not this session's");
    let mount = robot.session.mounted(side).unwrap();
    write(&mount, &[b"data"]);
    assert!(mount.open(Access::Write).is_ok());
    let same = robot.session.mounted(side).unwrap();
    mount.dismount(IMMEDIATE).unwrap();
    assert_eq!(kind(same.open(Access::Read)), ErrorKind::InvalidState);
    robot.settle();
    assert_eq!(kind(robot.session.mounted(side)), ErrorKind::InvalidState);
    let missing = Id::from_uuid(uuid::Uuid::from_u128(9));
    assert_eq!(kind(robot.session.mounted(missing)), ErrorKind::InvalidMedia);
    robot.check();
}

#[test]
fn closing_a_session_cancels_what_it_has_queued_and_releases_what_is_up() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let short = robot.manager.session("short").unwrap();
    short.queue_mount(media[0]).unwrap();
    short.queue_mount(media[1]).unwrap();
    robot.settle();
    assert_eq!(robot.states(LibraryOperation::Mount), [Passed, Waiting]);
    short.close().unwrap();
    assert_eq!(robot.states(LibraryOperation::Mount), [Passed, Cancelled]);
    assert_eq!(robot.drives()[0].state, DriveState::Dismountable);
    robot.settle();
    robot.check();
}

#[test]
fn a_queued_mount_that_fails_says_why() {
    let (robot, media) = prepared(1, &["A1"]);
    robot.device.inject(Fault::LoadFails {
        drive: robot.device.drive_places()[0],
        kind: DeviceErrorKind::MediumFault,
    });
    robot.session.queue_mount(media[0]).unwrap();
    robot.settle();
    let request = &robot.requests(LibraryOperation::Mount)[0];
    assert_eq!(request.state, Failed);
    assert_eq!(request.error, Some(ErrorKind::UnableToLoadMedium), "{}", request.reason);
}

#[test]
fn what_was_queued_before_something_was_disabled_waits_until_it_is_enabled() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let other = robot.manager.session("other").unwrap();
    let held = robot.mount(media[0]);
    thread::scope(|scope| {
        let call = wait(scope, &robot, &other, media[1].into(), 0);
        let medium = robot.by_bar_code("A2").id;
        robot.session.disable(medium).unwrap();
        held.dismount(IMMEDIATE).unwrap();
        robot.settle();
        assert_eq!(robot.states(LibraryOperation::Mount), [Passed, Waiting]);
        robot.session.disable(robot.library).unwrap();
        robot.session.enable(medium).unwrap();
        robot.settle();
        assert_eq!(robot.states(LibraryOperation::Mount), [Passed, Waiting]);
        robot.session.enable(robot.library).unwrap();
        assert!(call.join().unwrap().is_ok());
    });
    robot.settle();
    robot.check();
}

/// A whole application in one thread, whose clock moves by itself.
#[test]
fn deadlines_are_kept_on_a_clock_that_moves_by_itself() {
    let clock = rsm::clock::VirtualClock::automatic();
    let _here = rsm::clock::Clock::participate(clock.as_ref()).begin();
    let load = Duration::from_secs(40);
    let timings = rsm::device::simulated::Timings { load, ..Default::default() };
    let device = builder(1, robot::TAPE).cartridge(robot::tape("A1")).timings(timings);
    let device = Arc::new(device.clock(clock.clone()).build().unwrap());
    let robot = Robot::with_device(device, clock, robot::TAPE);
    let media = robot.allocate_all();
    let within = |seconds| {
        let time = Timeout::After(Duration::from_secs(seconds));
        robot.session.mount(MountRequest::from(media[0]).timeout(time))
    };
    within(60).unwrap().dismount(IMMEDIATE).unwrap();
    robot.settle();
    let held = within(60).unwrap();
    let other = robot.manager.session("other").unwrap();
    let time = Timeout::After(Duration::from_secs(3600));
    let request = MountRequest::from(media[0]).timeout(time);
    assert_eq!(kind(other.mount(request)), ErrorKind::Timeout);
    drop(held);
}

#[test]
fn media_u3_a_drive_can_be_waited_for_beyond_its_delay() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    robot.session.queue_mount(media[1]).unwrap();
    robot.settle();
    assert_eq!(robot.states(LibraryOperation::Mount), [Passed, Waiting]);
    // Nobody but the library waits for that time.
    robot.clock.wait_for_waiters(1);
    assert_eq!(robot.clock.advance_to_next(), Some(Duration::from_secs(300)));
    robot.clock.wait_for_waiters(1);
    while robot.states(LibraryOperation::Mount)[1] != Passed {
        thread::yield_now();
    }
    robot.settle();
    robot.check();
}

#[test]
fn media_u2_a_deferred_dismount_is_over_when_its_medium_is_mounted_again() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let dismounts = || {
        let all = robot.session.list::<LibraryRequestId>(None).unwrap();
        let all = all.into_iter().map(|id| robot.session.info(id).unwrap());
        let of = |request: &LibraryRequest| request.operation == LibraryOperation::Dismount;
        all.filter(of).map(|request| request.state).collect::<Vec<_>>()
    };
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    assert_eq!(dismounts(), [LibraryRequestState::Deferred]);
    let mount = robot.mount(media[0]);
    assert_eq!(dismounts(), [Passed]);
    mount.dismount(DEFERRED).unwrap();
    robot.clock.advance(Duration::from_secs(300));
    let other = robot.mount(media[1]);
    assert_eq!(dismounts(), [Passed, Passed], "its medium has left the drive");
    other.dismount(IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!(dismounts(), [Passed; 3]);
    robot.check();
}
