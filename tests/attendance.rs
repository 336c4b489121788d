//! Times in which nobody is there to do what people are asked: `wrong_07_...`, who says so, what
//! fails then and what does not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
#[path = "support/robot.rs"]
mod robot;
#[path = "support/until.rs"]
mod until;

use std::sync::Arc;
use std::thread::{self, ScopedJoinHandle};
use std::time::Duration;

use child::{Child, join};
use robot::{Robot, kind, prepared};
use rsm::device::simulated::DoorLayout;
use rsm::model::{
    AllocateRequest, Attendance, Caller, DoorId, DoorInventory, DoorState, DriveState,
    InventoryMethod, LibraryOperation, LibraryRequestId, LibraryRequestState, Location,
    LogicalMediaId, MediaState, MountRequest, OperatorRequest, OperatorRequestId,
    OperatorRequestState, OperatorTask, PoolId, ServiceTarget, Timeout, Timestamp,
};
use rsm::{ErrorKind, Session};
use until::until;

const HOUR: Duration = Duration::from_secs(3600);

/// A library with one medium, which lies on a shelf, and a pool in which there is nothing.
struct Night {
    robot: Robot,
    media: LogicalMediaId,
    pool: PoolId,
}

impl std::ops::Deref for Night {
    type Target = Robot;

    fn deref(&self) -> &Robot {
        &self.robot
    }
}

impl Night {
    fn new() -> Self {
        let (robot, media) = prepared(1, &["A1"]);
        robot.device.hands().remove(robot.place(1)).unwrap();
        robot.look(InventoryMethod::Fast);
        let pool = robot.pool();
        Self { robot, media: media[0], pool }
    }

    fn leave(&self, until: Option<Timestamp>) {
        self.session.leave_unattended("the vault is locked", until).unwrap();
    }

    fn allocation(&self) -> AllocateRequest {
        AllocateRequest::from(self.pool).timeout(Timeout::Forever)
    }

    fn requests(&self) -> Vec<OperatorRequest> {
        let all = self.session.list::<OperatorRequestId>(None).unwrap();
        all.into_iter().map(|id| self.session.info(id).unwrap()).collect()
    }

    fn open(&self) -> usize {
        self.session.operator_requests().unwrap().len()
    }
}

/// Starts a call in another thread, and returns when people are asked for something.
fn wait<'s, T: Send + 's>(
    scope: &'s thread::Scope<'s, '_>,
    night: &Night,
    call: impl FnOnce() -> rsm::Result<T> + Send + 's,
) -> ScopedJoinHandle<'s, rsm::Result<T>> {
    let before = waits(night);
    let call = scope.spawn(call);
    until(|| waits(night) > before);
    call
}

fn waits(night: &Night) -> usize {
    night.session.operator_requests().unwrap().iter().map(|open| open.waits.len()).sum()
}

/// How a call failed, with the reason that was given.
#[track_caller]
fn refused<T>(result: rsm::Result<T>, expected: ErrorKind) {
    let error = result.err().expect("must fail");
    assert_eq!(error.kind(), expected, "{error}");
    assert!(error.reason().contains("nobody attends: the vault is locked"), "{error}");
}

#[test]
fn wrong_07_what_would_wait_for_people_at_night_fails_at_once_with_the_reason() {
    let night = Night::new();
    night.leave(None);
    refused(night.session.allocate_media(night.allocation()), ErrorKind::Cancelled);
    refused(night.session.mount(night.media), ErrorKind::RequestRefused);
    let mounts = night.requests_of_mounts();
    assert_eq!(mounts, [(LibraryRequestState::Failed, Some(ErrorKind::RequestRefused))]);
    assert_eq!(night.by_bar_code("A1").media_state, MediaState::Idle);
    // Those who come back see what was missed, and why nobody was asked.
    let missed = night.requests();
    let medium = night.by_bar_code("A1").id;
    let tasks: Vec<_> = missed.iter().map(|request| request.task).collect();
    let bring = OperatorTask::MoveMedia { medium, to: night.library };
    assert_eq!(tasks, [OperatorTask::NewMedia { pool: night.pool, library: None }, bring]);
    for request in &missed {
        assert_eq!(request.state, OperatorRequestState::Refused);
        assert!(request.answer.contains("the vault is locked"), "{request:?}");
    }
    // A job that tries again and again leaves one record.
    for _ in 0..3 {
        refused(night.session.allocate_media(night.allocation()), ErrorKind::Cancelled);
        refused(night.session.mount(night.media), ErrorKind::RequestRefused);
    }
    assert_eq!(night.requests(), missed);
    // The next night is another one.
    night.clock.advance(HOUR);
    night.leave(None);
    refused(night.session.mount(night.media), ErrorKind::RequestRefused);
    assert_eq!(night.requests().len(), 3);
    assert_eq!(night.open(), 0);
    night.settle();
    night.check();
}

impl Night {
    fn requests_of_mounts(&self) -> Vec<(LibraryRequestState, Option<ErrorKind>)> {
        let mounts = self.robot.requests(LibraryOperation::Mount);
        let offline = mounts.iter().filter(|mount| mount.state != LibraryRequestState::Passed);
        offline.map(|mount| (mount.state, mount.error)).collect()
    }
}

#[test]
fn wrong_07_what_waits_when_the_last_one_leaves_fails_then() {
    let night = Night::new();
    let message = night.session.submit_operator_request(OperatorTask::Message, Some("look"));
    let message = message.unwrap();
    thread::scope(|scope| {
        let session = &night.session;
        let allocation = wait(scope, &night, || session.allocate_media(night.allocation()));
        let mount = wait(scope, &night, || session.mount(night.media));
        let answer =
            wait(scope, &night, || session.wait_operator_request(message, Timeout::Forever));
        night.leave(None);
        refused(allocation.join().unwrap(), ErrorKind::Cancelled);
        refused(mount.join().unwrap(), ErrorKind::RequestRefused);
        refused(answer.join().unwrap(), ErrorKind::Cancelled);
    });
    let states: Vec<_> = night.requests().iter().map(|request| request.state).collect();
    let refused = OperatorRequestState::Refused;
    assert_eq!(states[1..], [refused, refused]);
    // What an application has asked stays open for those who come back.
    let open = night.session.operator_requests().unwrap();
    assert_eq!((open.len(), open[0].request.id), (1, message));
    assert_eq!(open[0].waits, []);
    night.settle();
    night.check();
}

#[test]
fn somebody_is_there_again_when_it_was_said_or_says_so() {
    let night = Night::new();
    let now = night.session.info(night.library).unwrap().common.modified;
    assert_eq!(night.session.absence().unwrap(), None);
    let until = now.saturating_add(HOUR);
    night.leave(Some(until));
    let absence = night.session.absence().unwrap().unwrap();
    assert_eq!((absence.reason.as_str(), absence.until), ("the vault is locked", Some(until)));
    assert_eq!(absence.application, "test");
    night.clock.advance(HOUR - Duration::from_millis(1));
    refused(night.session.mount(night.media), ErrorKind::RequestRefused);
    night.clock.advance(Duration::from_millis(1));
    assert_eq!(night.session.absence().unwrap(), None);
    for _ in 0..2 {
        // Whoever needs people waits for them.
        thread::scope(|scope| {
            let session = night.manager.session("day").unwrap();
            let calling = Arc::new(session);
            let closing = Arc::clone(&calling);
            let call = wait(scope, &night, move || calling.mount(night.media).map(drop));
            closing.close().unwrap();
            assert_eq!(kind(call.join().unwrap()), ErrorKind::Cancelled);
        });
        night.leave(None);
        refused(night.session.mount(night.media), ErrorKind::RequestRefused);
        night.session.attend().unwrap();
        assert_eq!(night.session.absence().unwrap(), None);
        night.session.attend().unwrap();
    }
}

#[test]
fn a_session_can_say_for_itself_whether_somebody_attends() {
    let night = Night::new();
    let (never, always) = (&night.session, night.manager.session("by hand").unwrap());
    never.override_attendance(Some(Attendance::Unattended));
    let error = never.allocate_media(night.allocation()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert!(error.reason().contains("does not wait for people"), "{error}");
    assert_eq!(kind(never.mount(night.media)), ErrorKind::RequestRefused);
    let message = never.submit_operator_request(OperatorTask::Message, Some("look")).unwrap();
    let waited = never.wait_operator_request(message, Timeout::Forever);
    assert_eq!(kind(waited), ErrorKind::Cancelled);
    // Asking how it stands is no waiting.
    let asked = never.wait_operator_request(message, Timeout::NoWait);
    assert_eq!(kind(asked), ErrorKind::Timeout);
    never.override_attendance(None);
    let other = night.manager.session("other").unwrap();

    always.override_attendance(Some(Attendance::Attended));
    night.leave(None);
    thread::scope(|scope| {
        let mount = wait(scope, &night, || always.mount(night.media).map(drop));
        let allocation = wait(scope, &night, || always.allocate_media(night.allocation()));
        let answer =
            wait(scope, &night, || always.wait_operator_request(message, Timeout::Forever));
        // Others are refused beside it, and what is asked for it stays.
        refused(other.mount(night.media), ErrorKind::RequestRefused);
        night.leave(None);
        assert_eq!(waits(&night), 3);
        always.close().unwrap();
        assert_eq!(kind(mount.join().unwrap()), ErrorKind::Cancelled);
        assert_eq!(kind(allocation.join().unwrap()), ErrorKind::Cancelled);
        assert_eq!(kind(answer.join().unwrap()), ErrorKind::Cancelled);
    });
    night.settle();
    night.check();
}

#[test]
fn of_those_who_wait_for_one_medium_those_fail_to_whom_nobody_attends() {
    let night = Night::new();
    let (stays, goes) =
        (night.manager.session("stays").unwrap(), night.manager.session("goes").unwrap());
    stays.override_attendance(Some(Attendance::Attended));
    thread::scope(|scope| {
        let first = wait(scope, &night, || stays.mount(night.media).map(drop));
        let second = wait(scope, &night, || goes.mount(night.media).map(drop));
        assert_eq!(night.open(), 1);
        night.leave(None);
        refused(second.join().unwrap(), ErrorKind::RequestRefused);
        let open = night.session.operator_requests().unwrap();
        assert_eq!((open.len(), open[0].waits.len()), (1, 1));
        assert_eq!(night.by_bar_code("A1").media_state, MediaState::WaitingForOperator);
        night.session.cancel_operator_request(open[0].request.id).unwrap();
        assert_eq!(kind(first.join().unwrap()), ErrorKind::RequestRefused);
    });
    night.settle();
    night.check();
}

#[test]
fn a_request_that_is_said_to_be_done_and_is_not_is_not_asked_again_at_night() {
    let night = Night::new();
    let session = night.manager.session("by hand").unwrap();
    thread::scope(|scope| {
        let call = wait(scope, &night, || session.allocate_media(night.allocation()));
        let asked = night.session.operator_requests().unwrap().remove(0).request.id;
        // Nobody is there, which the call has not heard of: as after a time that has come.
        let sql = "INSERT INTO absence VALUES (1, 'the vault is locked', 'x', 'y', 0, NULL)";
        let path = night.dir.path().join("catalog.db");
        rusqlite::Connection::open(path).unwrap().execute(sql, []).unwrap();
        night.session.satisfy_operator_request(asked).unwrap();
        refused(call.join().unwrap(), ErrorKind::Cancelled);
    });
    assert_eq!(night.open(), 0);
    night.check();
}

#[test]
fn several_media_of_one_call_fail_together() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    for slot in [1, 2] {
        robot.device.hands().remove(robot.place(slot)).unwrap();
    }
    robot.look(InventoryMethod::Fast);
    robot.session.leave_unattended("the vault is locked", None).unwrap();
    let both = MountRequest::all([media[0], media[1]]);
    refused(robot.session.mount_all(both.clone()), ErrorKind::RequestRefused);
    let queued = robot.session.queue_mount(both).unwrap();
    let states = queued.iter().map(|id| robot.session.info(*id).unwrap().state);
    let states: Vec<_> = states.collect();
    assert_eq!(states, [LibraryRequestState::Failed, LibraryRequestState::Cancelled]);
    assert_eq!(robot.session.operator_requests().unwrap(), []);
    robot.settle();
    robot.check();
}

/// Whether nobody is there before something needs people, or leaves when it waits for them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leaves {
    Before,
    While,
}

/// How work ended, which is to have failed for want of people.
fn failed_work(robot: &Robot, id: LibraryRequestId) -> (LibraryRequestState, Option<ErrorKind>) {
    let work = robot.session.info(id).unwrap();
    assert!(work.reason.contains("nobody attends: the vault is locked"), "{work:?}");
    (work.state, work.error)
}

/// The one request to people, which is to be refused.
fn missed(robot: &Robot) -> OperatorTask {
    let all = robot.session.list::<OperatorRequestId>(None).unwrap();
    let [request] = all.try_into().expect("one request");
    let request = robot.session.info(request).unwrap();
    assert_eq!(request.state, OperatorRequestState::Refused);
    assert!(request.answer.contains("the vault is locked"), "{request:?}");
    request.task
}

fn leave(robot: &Robot) {
    robot.session.leave_unattended("the vault is locked", None).unwrap();
}

/// A medium whose slot has been taken by another, in a library that is full.
fn without_room() -> (Robot, LogicalMediaId) {
    let codes = ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"];
    let (robot, media) = prepared(1, &codes);
    (robot, media[0])
}

fn fill(robot: &Robot) {
    let hands = robot.device.hands();
    hands.insert(hands.make(robot::tape("X1")).unwrap(), robot.place(1)).unwrap();
}

#[test]
fn wrong_07_a_dismount_that_finds_no_slot_at_night_fails_and_the_medium_stays() {
    for leaves in [Leaves::Before, Leaves::While] {
        let (robot, media) = without_room();
        let held = robot.mount(media);
        fill(&robot);
        if leaves == Leaves::Before {
            leave(&robot);
        }
        held.dismount(robot::IMMEDIATE).unwrap();
        robot.settle();
        if leaves == Leaves::While {
            assert_eq!(robot.session.operator_requests().unwrap().len(), 1);
            leave(&robot);
            robot.settle();
        }
        let dismount = robot.requests(LibraryOperation::Dismount).pop().unwrap().id;
        let failed = (LibraryRequestState::Failed, Some(ErrorKind::LibraryFull));
        assert_eq!(failed_work(&robot, dismount), failed);
        let medium = robot.by_bar_code("A1");
        let OperatorTask::MoveMedia { medium: asked, .. } = missed(&robot) else { panic!() };
        assert_eq!(asked, medium.id);
        assert!(matches!(medium.location, Some(Location::Drive(_))), "{medium:?}");
        assert_eq!(robot.drives()[0].state, DriveState::Dismountable);
        robot.check();
        // It can be mounted where it is, and goes home when there is room.
        drop(robot.mount(media));
        robot.device.hands().remove(robot.place(1)).unwrap();
        robot.look(InventoryMethod::Fast);
        robot.session.attend().unwrap();
        robot.mount(media).dismount(robot::IMMEDIATE).unwrap();
        robot.settle();
        assert!(matches!(robot.by_bar_code("A1").location, Some(Location::Slot(_))));
        robot.check();
    }
}

#[test]
fn what_a_library_puts_away_by_itself_waits_for_those_who_come_back() {
    let (robot, media) = without_room();
    leave(&robot);
    let held = robot.mount(media);
    fill(&robot);
    held.dismount(robot::IMMEDIATE).unwrap();
    robot.settle();
    // Its drive is wanted for another medium: that fails for want of room, and then people are
    // asked once, not over and over.
    robot.clock.advance(HOUR);
    let other = robot.by_bar_code("A2");
    let side = robot.side(other.id).id;
    let mount = MountRequest::from(side);
    assert_eq!(kind(robot.session.mount(mount)), ErrorKind::LibraryFull);
    robot.settle();
    let open = robot.session.operator_requests().unwrap();
    assert_eq!(open.len(), 1);
    robot.device.hands().remove(robot.place(1)).unwrap();
    robot.look(InventoryMethod::Fast);
    robot.settle();
    assert!(matches!(robot.by_bar_code("A1").location, Some(Location::Slot(_))));
    assert_eq!(robot.session.operator_requests().unwrap(), []);
    robot.check();
}

#[test]
fn wrong_07_a_cleaning_without_a_cleaner_fails_at_night() {
    for leaves in [Leaves::Before, Leaves::While] {
        let robot = Robot::with_tapes(1, &["A1"]);
        robot.session.reserve_cleaner_slot(robot.library, robot.slot(8)).unwrap();
        robot.settle();
        if leaves == Leaves::Before {
            leave(&robot);
        }
        let cleaning = robot.session.clean_drive(robot.drives()[0].id).unwrap().unwrap();
        robot.settle();
        if leaves == Leaves::While {
            assert_eq!(robot.session.operator_requests().unwrap().len(), 1);
            leave(&robot);
            robot.settle();
        }
        let failed = (LibraryRequestState::Failed, Some(ErrorKind::UnableToClean));
        assert_eq!(failed_work(&robot, cleaning), failed);
        let task = OperatorTask::Cleaner { target: robot.library.into() };
        assert_eq!(missed(&robot), task);
        robot.check();
    }
}

#[test]
fn wrong_07_a_door_that_is_left_open_at_night_fails_the_request() {
    for leaves in [Leaves::Before, Leaves::While] {
        let tapes = ["A1"].map(robot::tape);
        let builder = robot::builder(1, robot::TAPE).door(DoorLayout::default());
        let robot = Robot::of(builder.cartridges(tapes), robot::TAPE);
        let door = robot.session.list::<DoorId>(None).unwrap()[0];
        if leaves == Leaves::Before {
            leave(&robot);
        }
        let access = robot.session.access_library_door(robot.library, DoorInventory::Fast).unwrap();
        until(|| robot.device.hands().open_door(0, 0).is_ok());
        if leaves == Leaves::While {
            until(|| {
                robot.clock.advance(Duration::from_secs(60));
                robot.session.operator_requests().unwrap().len() == 1
            });
            leave(&robot);
        }
        let state = || robot.session.info(access).unwrap().state;
        until(|| {
            if leaves == Leaves::Before {
                robot.clock.advance(Duration::from_secs(60));
            }
            state() == LibraryRequestState::Failed
        });
        let failed = (LibraryRequestState::Failed, Some(ErrorKind::ControllingPort));
        assert_eq!(failed_work(&robot, access), failed);
        let all = robot.session.list::<OperatorRequestId>(None).unwrap();
        let first = robot.session.info(all[0]).unwrap();
        let task = OperatorTask::DeviceService { device: ServiceTarget::Door(door) };
        assert_eq!((first.task, first.state), (task, OperatorRequestState::Refused));
        // What was asked for is still done when the door is closed.
        robot.device.hands().close_door(0, 0).unwrap();
        let closed = || robot.session.info(door).unwrap().state == DoorState::Closed;
        until(closed);
        robot.settle();
        robot.check();
    }
}

#[test]
fn a_session_to_which_somebody_attends_waits_for_a_slot_and_a_cleaner() {
    let (robot, media) = without_room();
    let by_hand = robot.manager.session("by hand").unwrap();
    by_hand.override_attendance(Some(Attendance::Attended));
    leave(&robot);
    let held = by_hand.mount(MountRequest::from(media).for_writing()).unwrap();
    let cleaning = by_hand.clean_drive(robot.drives()[0].id).unwrap().unwrap();
    fill(&robot);
    held.dismount(robot::IMMEDIATE).unwrap();
    robot.settle();
    let open = robot.session.operator_requests().unwrap();
    assert!(open.iter().any(|open| matches!(open.request.task, OperatorTask::MoveMedia { .. })));
    assert_eq!(robot.session.info(cleaning).unwrap().state, LibraryRequestState::Waiting);
    // They stay when it is said again that nobody is there.
    leave(&robot);
    robot.settle();
    assert_eq!(robot.session.operator_requests().unwrap().len(), open.len());
    // The other way round.
    robot.session.attend().unwrap();
    by_hand.override_attendance(Some(Attendance::Unattended));
    let second = by_hand.clean_drive(robot.drives()[0].id).unwrap().unwrap();
    robot.settle();
    let work = robot.session.info(second).unwrap();
    assert_eq!(work.error, Some(ErrorKind::UnableToClean));
    assert!(work.reason.contains("does not wait for people"), "{work:?}");
    robot.check();
}

#[test]
fn attendance_is_for_administrators_and_read_by_users() {
    let night = Night::new();
    let user = user(&night);
    let set = || user.leave_unattended("x", None);
    assert_eq!(kind(set()), ErrorKind::AccessDenied);
    assert_eq!(kind(user.attend()), ErrorKind::AccessDenied);
    assert_eq!(user.absence().unwrap(), None);
    night.leave(None);
    assert!(user.absence().unwrap().is_some());
    user.close().unwrap();
    assert_eq!(kind(set()), ErrorKind::InvalidHandle);
    assert_eq!(kind(user.attend()), ErrorKind::InvalidHandle);
    assert_eq!(kind(user.absence()), ErrorKind::InvalidHandle);
}

fn user(night: &Night) -> Session {
    let caller = Caller {
        user: 4_000_000,
        groups: vec![],
        administrator: false,
        user_name: "somebody".to_owned(),
    };
    night.manager.session_as("user", caller).unwrap()
}

#[test]
fn attendance_bad_input() {
    let night = Night::new();
    let bad = |reason: &str, until| kind(night.session.leave_unattended(reason, until));
    for reason in ["", " \n", "\u{7}"] {
        assert_eq!(bad(reason, None), ErrorKind::InvalidParameter);
    }
    assert_eq!(bad(&"x".repeat(256), None), ErrorKind::MessageExceedsMaxSize);
    let now = night.session.operator_requests().map(|_| Timestamp::from_micros(0)).unwrap();
    assert_eq!(bad("x", Some(now)), ErrorKind::InvalidParameter);
    assert_eq!(night.session.absence().unwrap(), None);
    night.session.leave_unattended(&"x".repeat(255), None).unwrap();
}

#[test]
fn nobody_is_there_for_other_processes_either() {
    let night = Night::new();
    let directory = night.dir.path().to_str().unwrap();
    let (pool, media) = (night.pool.to_string(), night.media.to_string());
    // It waits in the other process, and fails there when the last one leaves here.
    let mut child = Child::start(&["allocate", directory, &pool]);
    until(|| waits(&night) > 0);
    night.leave(None);
    assert_eq!(child.next().as_deref(), Some("Cancelled"));
    assert_eq!(child.next(), None);
    let mut child = Child::start(&["mount", directory, &media]);
    assert_eq!(child.next().as_deref(), Some("RequestRefused"));
    assert_eq!(child.next(), None);
    night.check();
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    let (_manager, session) = join(&part[1], "child");
    let kind = match part[0].as_str() {
        "allocate" => {
            let pool: PoolId = part[2].parse().expect("id");
            let request = AllocateRequest::from(pool).timeout(Timeout::Forever);
            kind(session.allocate_media(request))
        }
        "mount" => {
            let media: LogicalMediaId = part[2].parse().expect("id");
            kind(session.mount(media))
        }
        other => panic!("no such part: {other}"),
    };
    child::tell(&format!("{kind:?}"));
}
