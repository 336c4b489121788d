//! After an unclean end everything is put in order by itself, in a bounded number of attempts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/robot.rs"]
mod robot;

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use hostile::Hostile;
use parking_lot::Mutex;
use robot::{IMMEDIATE, Robot, TAPE, builder, options, tape};
use rsm::clock::VirtualClock;
use rsm::device::LibraryDevice;
use rsm::model::{
    DriveState, LibraryRequest, LibraryRequestId, LibraryRequestState, LogicalMediaId, MediaState,
};
use tempfile::TempDir;

/// A robot whose devices can be twisted.
fn hostile_robot(drives: u32, codes: &[&str]) -> (Robot, Arc<Hostile>) {
    let clock = VirtualClock::new();
    let builder = builder(drives, TAPE).cartridges(codes.iter().map(|code| tape(code)));
    let hostile = Hostile::new(builder.clock(clock.clone()).build().unwrap());
    let dir = TempDir::new().unwrap();
    let options = options(&clock).busy_timeout(Duration::from_millis(20));
    let manager = options.open(dir.path()).unwrap();
    let session = manager.session("test").unwrap();
    let library = manager.attach(hostile.clone() as Arc<dyn LibraryDevice>).unwrap();
    let device = Arc::clone(&hostile.inner);
    let robot = Robot { session, library, manager, device, clock, code: TAPE, dir };
    robot.settle();
    robot.prepare_all();
    (robot, hostile)
}

fn held(robot: &Robot, code: &str) -> LogicalMediaId {
    robot.allocate(robot.by_bar_code(code).id).logical_media
}

fn unfinished(robot: &Robot) -> Vec<LibraryRequest> {
    let all = robot.session.list::<LibraryRequestId>(Some(robot.library.into())).unwrap();
    let all = all.into_iter().map(|id| robot.session.info(id).unwrap());
    all.filter(|request| !request.state.is_final()).collect()
}

/// Time goes by until something is so.
fn later(robot: &Robot, is_so: impl Fn() -> bool) {
    for _ in 0..10_000 {
        robot.clock.advance(Duration::from_secs(60));
        robot.settle();
        if is_so() {
            return;
        }
        std::thread::yield_now();
    }
    panic!("it never is");
}

/// Nothing can be written while this is kept.
fn close_gate(robot: &Robot) -> File {
    let gate = File::open(robot.dir.path().join("gate")).unwrap();
    gate.lock().unwrap();
    gate
}

#[test]
fn wrong_21_a_mount_whose_last_step_cannot_be_written_is_undone_by_itself() {
    let (robot, hostile) = hostile_robot(1, &["A1", "A2"]);
    let (first, second) = (held(&robot, "A1"), held(&robot, "A2"));
    let gate = Arc::new(Mutex::new(None));
    let (path, held) = (robot.dir.path().join("gate"), Arc::clone(&gate));
    *hostile.manners.before_load.lock() = Some(Box::new(move || {
        let file = File::open(&path).unwrap();
        file.lock().unwrap();
        *held.lock() = Some(file);
    }));
    robot.session.mount(first).unwrap_err();
    robot.settle();
    *hostile.manners.before_load.lock() = None;
    assert_eq!(unfinished(&robot).len(), 1, "nobody could write that it failed");
    // Tried again, in vain.
    robot.clock.advance(Duration::from_secs(1));
    robot.settle();
    *gate.lock() = None;
    // The session is still open.
    later(&robot, || unfinished(&robot).is_empty());
    assert_eq!(robot.by_bar_code("A1").media_state, MediaState::Idle);
    assert_eq!(robot.in_slot(1).unwrap().bar_code, "A1");
    assert_eq!(robot.drives()[0].state, DriveState::Dismounted);
    robot.assert_all_in_slots(2);
    for media in [second, first] {
        robot.mount(media).dismount(IMMEDIATE).unwrap();
        robot.settle();
    }
    robot.check();
}

#[test]
fn wrong_21_a_dismount_that_cannot_be_written_loses_nothing() {
    let (robot, _hostile) = hostile_robot(1, &["A1", "A2"]);
    let media = [held(&robot, "A1"), held(&robot, "A2")];
    let mount = robot.mount(media[0]);
    // Closed when the robot has the tape: the dismount was acknowledged before.
    mount.dismount(IMMEDIATE).unwrap();
    let gate = close_gate(&robot);
    robot.settle();
    drop(gate);
    later(&robot, || unfinished(&robot).is_empty());
    assert_eq!(robot.by_bar_code("A1").media_state, MediaState::Idle);
    for media in media {
        robot.mount(media).dismount(IMMEDIATE).unwrap();
        robot.settle();
    }
    robot.assert_all_in_slots(2);
    robot.check();
    let all = robot.session.list::<LibraryRequestId>(Some(robot.library.into())).unwrap();
    let states = all.into_iter().map(|id| robot.session.info(id).unwrap().state);
    assert!(states.into_iter().all(LibraryRequestState::is_final));
}
