//! Mounts of media that are in no online library: an operator is asked to bring them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/robot.rs"]
mod robot;

use std::sync::Arc;
use std::thread::{self, Scope, ScopedJoinHandle};
use std::time::Duration;

use robot::{IMMEDIATE, Robot, builder, kind};
use rsm::device::simulated::CartridgeId;
use rsm::model::{
    DriveId, InventoryMethod, LibraryId, LibraryOperation, LibraryRequest, LibraryRequestId,
    LibraryRequestState, LogicalMediaId, MediaState, MountOptions, MountRequest, OperatorRequest,
    OperatorRequestId, OperatorRequestState, OperatorTask, Timeout, WaitingCall,
};
use rsm::{ErrorKind, Mount, Session};

use LibraryRequestState::{Cancelled, Failed, Passed, Waiting};
use OperatorRequestState::{Complete, Refused};

const SHORT: Timeout = Timeout::After(Duration::from_millis(50));

/// A library whose first tape lies on a shelf.
struct Shelved {
    robot: Robot,
    media: Vec<LogicalMediaId>,
    cartridge: CartridgeId,
}

impl std::ops::Deref for Shelved {
    type Target = Robot;

    fn deref(&self) -> &Robot {
        &self.robot
    }
}

impl Shelved {
    fn new(drives: u32) -> Self {
        let robot = Robot::with_tapes(drives, &["A1", "A2"]);
        robot.prepare_all();
        let media: Vec<_> =
            robot.media().into_iter().map(|m| robot.allocate(m.id).logical_media).collect();
        let cartridge = robot.device.hands().remove(robot.place(1)).unwrap();
        robot.look(InventoryMethod::Fast);
        assert_eq!(robot.by_bar_code("A1").location, None);
        Self { robot, media, cartridge }
    }

    /// Somebody puts the tape back and the library looks.
    fn bring(&self) {
        self.device.hands().insert(self.cartridge, self.place(6)).unwrap();
        self.look(InventoryMethod::Fast);
    }

    fn operator_requests(&self) -> Vec<OperatorRequest> {
        let all = self.session.list::<OperatorRequestId>(None).unwrap();
        all.into_iter().map(|id| self.session.info(id).unwrap()).collect()
    }

    fn open_requests(&self) -> Vec<OperatorRequest> {
        let all = self.operator_requests().into_iter();
        all.filter(|request| !request.state.is_final()).collect()
    }

    fn mounts(&self) -> Vec<LibraryRequest> {
        let all = self.session.list::<LibraryRequestId>(None).unwrap();
        let all = all.into_iter().map(|id| self.session.info(id).unwrap());
        all.filter(|request| request.operation == LibraryOperation::Mount).collect()
    }

    fn states(&self) -> Vec<LibraryRequestState> {
        self.mounts().iter().map(|request| request.state).collect()
    }

    fn state(&self) -> MediaState {
        self.by_bar_code("A1").media_state
    }

    /// Nothing is left of the wait.
    fn assert_nobody_waits(&self) {
        assert_eq!(self.open_requests(), []);
        assert!(self.mounts().iter().all(|request| request.state.is_final()));
        assert_ne!(self.state(), MediaState::WaitingForOperator);
        self.check();
    }
}

type Call<'s> = ScopedJoinHandle<'s, rsm::Result<Mount>>;

/// Starts a call and returns when it waits; so many waited before.
fn wait<'s>(
    scope: &'s Scope<'s, '_>,
    robot: &'s Robot,
    session: &'s Session,
    request: MountRequest,
    before: usize,
) -> Call<'s> {
    let call = scope.spawn(move || session.mount(request));
    robot.clock.wait_for_waiters(before + 2);
    robot.settle();
    call
}

#[test]
fn media_o3_an_offline_medium_is_asked_for_until_the_deadline() {
    let s = Shelved::new(1);
    let request = MountRequest::from(s.media[0]);
    let strict = request.clone().options(MountOptions::ERROR_IF_OFFLINE);
    assert_eq!(kind(s.session.mount(strict)), ErrorKind::MediaOffline);
    assert_eq!(kind(s.session.mount(request.clone().timeout(Timeout::NoWait))), ErrorKind::Timeout);
    assert_eq!((s.operator_requests(), s.mounts()), (vec![], vec![]), "nobody was asked");
    thread::scope(|scope| {
        let call = wait(scope, &s, &s.session, request.timeout(SHORT), 0);
        let asked = s.open_requests().remove(0);
        let medium = s.by_bar_code("A1").id;
        assert_eq!(asked.task, OperatorTask::MoveMedia { medium, to: s.library });
        assert!(asked.message.contains("A1"), "{}", asked.message);
        assert!(asked.message.contains("inventory"), "{}", asked.message);
        assert_eq!(asked.application, "test");
        assert_eq!((s.states(), s.state()), (vec![Waiting], MediaState::WaitingForOperator));
        s.clock.advance(Duration::from_millis(50));
        assert_eq!(kind(call.join().unwrap()), ErrorKind::Timeout);
    });
    assert_eq!(s.operator_requests(), [], "the request is gone");
    assert_eq!((s.states(), s.state()), (vec![Cancelled], MediaState::Idle));
    s.assert_nobody_waits();
}

#[test]
fn media_o4_an_operator_refuses() {
    let s = Shelved::new(1);
    thread::scope(|scope| {
        let call = wait(scope, &s, &s.session, s.media[0].into(), 0);
        s.session.cancel_operator_request(s.open_requests()[0].id).unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::RequestRefused);
    });
    let request = &s.mounts()[0];
    assert_eq!((request.state, request.error), (Failed, Some(ErrorKind::RequestRefused)));
    assert_eq!(s.operator_requests()[0].state, Refused);
    s.assert_nobody_waits();
}

#[test]
fn media_o7_an_offline_medium_for_a_named_drive_is_brought_into_its_library() {
    let s = Shelved::new(2);
    let other = builder(2, robot::TAPE).name("Other").build().unwrap();
    let other: LibraryId = s.manager.attach(Arc::new(other)).unwrap();
    let drives = s.session.list::<DriveId>(Some(s.library.into())).unwrap();
    let elsewhere = s.session.list::<DriveId>(Some(other.into())).unwrap();
    let both = MountRequest::all([s.media[0], s.media[1]]);
    let split = both.in_drives([drives[0], elsewhere[0]]);
    assert_eq!(kind(s.session.mount_all(split)), ErrorKind::DriveMediaMismatch);
    thread::scope(|scope| {
        let request = MountRequest::from(s.media[0]).in_drives([drives[1]]);
        // The threads of two libraries rest.
        let call = wait(scope, &s, &s.session, request, 1);
        let medium = s.by_bar_code("A1").id;
        let asked = OperatorTask::MoveMedia { medium, to: s.library };
        assert_eq!(s.open_requests()[0].task, asked);
        s.bring();
        assert_eq!(call.join().unwrap().unwrap().drive(), drives[1]);
    });
    assert_eq!(s.operator_requests()[0].state, Complete);
    s.settle();
    s.assert_nobody_waits();
}

#[test]
fn media_o8_one_request_serves_all_who_wait() {
    let s = Shelved::new(1);
    let (one, two) = (s.manager.session("S1").unwrap(), s.manager.session("S2").unwrap());
    thread::scope(|scope| {
        let request = MountRequest::from(s.media[0]);
        let first = wait(scope, &s, &one, request.clone().timeout(SHORT), 0);
        let second = wait(scope, &s, &two, request, 1);
        let asked = s.open_requests();
        assert_eq!(asked.len(), 1);
        let listed = s.session.operator_requests().unwrap().remove(0);
        let waits = |call: usize| (listed.waits[call].call, listed.waits[call].application.clone());
        assert_eq!(waits(0), (WaitingCall::Mount, "S1".to_owned()));
        assert_eq!(waits(1), (WaitingCall::Mount, "S2".to_owned()));
        assert!(listed.waits[0].deadline.is_some() && listed.waits[1].deadline.is_none());
        let asked = s.open_requests();
        s.clock.advance(Duration::from_millis(50));
        assert_eq!(kind(first.join().unwrap()), ErrorKind::Timeout);
        assert_eq!(s.open_requests(), asked, "the other one still waits for it");
        assert_eq!(s.state(), MediaState::WaitingForOperator);
        s.bring();
        assert!(second.join().unwrap().is_ok());
    });
    assert_eq!(s.states(), [Cancelled, Passed]);
    s.settle();
    s.assert_nobody_waits();
}

#[test]
fn somebody_who_says_that_it_is_there_is_asked_again() {
    let s = Shelved::new(1);
    thread::scope(|scope| {
        let call = wait(scope, &s, &s.session, s.media[0].into(), 0);
        let first = s.open_requests()[0].id;
        s.session.satisfy_operator_request(first).unwrap();
        let again = s.open_requests();
        assert_eq!(again.len(), 1);
        assert_ne!(again[0].id, first);
        assert_eq!(s.session.info(first).unwrap().state, Complete);
        assert!(!call.is_finished());
        s.bring();
        assert!(call.join().unwrap().is_ok());
    });
    s.settle();
    s.assert_nobody_waits();
}

#[test]
fn without_detection_only_a_person_completes_the_request() {
    let s = Shelved::new(1);
    let computer = s.session.list::<rsm::model::ComputerId>(None).unwrap()[0];
    let mut record = s.session.info(computer).unwrap();
    record.complete_requests_by_detection = false;
    s.session.set_info(&record).unwrap();
    thread::scope(|scope| {
        let call = wait(scope, &s, &s.session, s.media[0].into(), 0);
        s.bring();
        assert_eq!(s.states(), [Waiting]);
        s.session.satisfy_operator_request(s.open_requests()[0].id).unwrap();
        assert!(call.join().unwrap().is_ok());
    });
    s.settle();
    s.assert_nobody_waits();
}

#[test]
fn a_medium_that_goes_offline_while_it_is_waited_for_is_asked_for() {
    let robot = Robot::with_tapes(1, &["A1", "A2"]);
    robot.prepare_all();
    let media: Vec<_> =
        robot.media().into_iter().map(|m| robot.allocate(m.id).logical_media).collect();
    let held = robot.mount(media[1]);
    let cartridge = robot.device.hands().remove(robot.place(1)).unwrap();
    let s = Shelved { robot, media, cartridge };
    let (one, two) = (s.manager.session("S1").unwrap(), s.manager.session("S2").unwrap());
    thread::scope(|scope| {
        let request = MountRequest::from(s.media[0]);
        let strict = request.clone().options(MountOptions::ERROR_IF_OFFLINE);
        let strict = wait(scope, &s, &one, strict, 0);
        let patient = wait(scope, &s, &two, request, 1);
        s.look(InventoryMethod::Fast);
        assert_eq!(kind(strict.join().unwrap()), ErrorKind::MediaOffline);
        assert_eq!(s.open_requests().len(), 1);
        held.dismount(IMMEDIATE).unwrap();
        s.bring();
        assert!(patient.join().unwrap().is_ok());
    });
    s.settle();
    s.assert_nobody_waits();
}

#[test]
fn a_medium_that_turns_up_in_another_library_is_mounted_there() {
    let s = Shelved::new(1);
    let other = Arc::new(builder(1, robot::TAPE).name("Other").build().unwrap());
    let theirs: LibraryId = s.manager.attach(other.clone()).unwrap();
    s.settle();
    thread::scope(|scope| {
        let call = wait(scope, &s, &s.session, s.media[0].into(), 1);
        assert_eq!(s.mounts()[0].library, s.library, "the first that takes it");
        // The same cartridge, for all that its bar code and label tell.
        let tape = other.hands().make(robot::tape("A1")).unwrap();
        other.hands().insert(tape, robot_place(&other)).unwrap();
        s.session.inventory_library(theirs, InventoryMethod::Fast).unwrap();
        let mount = call.join().unwrap();
        // Its label is not the recorded one: the other library has tried.
        assert_eq!(kind(mount), ErrorKind::InvalidMedia);
    });
    assert_eq!(s.mounts()[0].library, theirs);
    assert_eq!(s.operator_requests()[0].state, Complete);
    s.settle();
    s.check();
}

fn robot_place(device: &rsm::device::simulated::SimulatedLibrary) -> rsm::device::simulated::Place {
    use rsm::device::LibraryDevice;
    let geometry = device.changers()[0].geometry().unwrap();
    let address = geometry.slots.address(3).unwrap();
    rsm::device::simulated::Place { changer: 0, address }
}

#[test]
fn library_cr3_cancelling_a_mount_refuses_what_was_asked_for_it() {
    let s = Shelved::new(1);
    let (one, two) = (s.manager.session("S1").unwrap(), s.manager.session("S2").unwrap());
    thread::scope(|scope| {
        let first = wait(scope, &s, &one, s.media[0].into(), 0);
        let second = wait(scope, &s, &two, s.media[0].into(), 1);
        let requests: Vec<_> = s.mounts().iter().map(|request| request.id).collect();
        s.session.cancel_library_request(requests[0]).unwrap();
        assert_eq!(kind(first.join().unwrap()), ErrorKind::Cancelled);
        assert_eq!(s.open_requests().len(), 1, "the other one waits for it");
        s.session.cancel_library_request(requests[1]).unwrap();
        assert_eq!(kind(second.join().unwrap()), ErrorKind::Cancelled);
    });
    assert_eq!(s.operator_requests()[0].state, Refused);
    assert_eq!(s.operator_requests().len(), 1, "nobody is asked again");
    s.assert_nobody_waits();
}

#[test]
fn requests_se1_closing_a_session_ends_what_was_asked_for_it() {
    let s = Shelved::new(1);
    let other = s.manager.session("other").unwrap();
    thread::scope(|scope| {
        let call = wait(scope, &s, &other, s.media[0].into(), 0);
        other.close().unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::Cancelled);
    });
    assert_eq!(s.operator_requests(), []);
    s.assert_nobody_waits();
}

#[test]
fn a_medium_that_is_deleted_ends_the_wait() {
    let s = Shelved::new(2);
    s.session.deallocate_media(s.media[0]).unwrap();
    let medium = s.by_bar_code("A1").id;
    let sides = [s.side(medium).id, s.side(s.by_bar_code("A2").id).id];
    thread::scope(|scope| {
        let call = scope.spawn(|| s.session.mount_all(MountRequest::all(sides)));
        s.clock.wait_for_waiters(2);
        s.settle();
        s.session.delete_offline_media(medium).unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::InvalidMedia);
    });
    assert_eq!(s.states(), [LibraryRequestState::Invalid, Cancelled]);
    assert_eq!(s.operator_requests(), []);
    s.check();
}

#[test]
fn offline_media_without_a_library_that_takes_them() {
    let s = Shelved::new(1);
    s.session.disable(s.library).unwrap();
    let request = MountRequest::from(s.media[0]);
    assert_eq!(kind(s.session.mount(request.clone())), ErrorKind::ResourceNotAvailable);
    s.session.enable(s.library).unwrap();
    let other = s.manager.session("other").unwrap();
    thread::scope(|scope| {
        let call = wait(scope, &s, &other, request, 0);
        s.manager.detach(s.library).unwrap();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::ResourceNotAvailable);
    });
    assert_eq!(s.operator_requests(), []);
    s.assert_nobody_waits();
}
