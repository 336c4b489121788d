//! Robots that jam, people who move tapes, drives that take their time: nothing is lost, nothing is
//! doubled, and nothing is tried for ever.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/robot.rs"]
mod robot;
#[path = "support/until.rs"]
mod until;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use hostile::{Hostile, lies};
use robot::{IMMEDIATE, Robot, TAPE, builder, options, read, tape, write};
use rsm::ErrorKind;
use rsm::clock::{Clock, Signal, SystemClock, VirtualClock};
use rsm::device::simulated::{Fault, Timings};
use rsm::device::{DeviceErrorKind, LibraryDevice};
use rsm::model::{
    DriveState, InventoryMethod, Library, LibraryOperation, LibraryRequestState, LogicalMediaId,
    MediaState, MountRequest, OperationalState, OperatorRequestId, OperatorTask, PhysicalMediaId,
    ServiceTarget, Timeout,
};
use tempfile::TempDir;
use until::until;

const SECOND: Duration = Duration::from_secs(1);

/// Every tape labelled and allocated.
fn owned(robot: &Robot) -> Vec<LogicalMediaId> {
    robot.prepare_all();
    robot.media().into_iter().map(|medium| robot.allocate(medium.id).logical_media).collect()
}

fn prepared(drives: u32, codes: &[&str]) -> (Robot, Vec<LogicalMediaId>) {
    let robot = Robot::with_tapes(drives, codes);
    let media = owned(&robot);
    (robot, media)
}

fn library(robot: &Robot) -> Library {
    robot.session.info(robot.library).unwrap()
}

fn state(robot: &Robot) -> OperationalState {
    library(robot).common.operational_state
}

/// What people are asked about the library.
fn asked(robot: &Robot) -> Option<OperatorRequestId> {
    let task = OperatorTask::DeviceService { device: ServiceTarget::Library(robot.library) };
    let open = robot.session.operator_requests().unwrap();
    open.iter().find(|open| open.request.task == task).map(|open| open.request.id)
}

fn clear_jam(robot: &Robot) {
    robot.device.hands().clear_jam(0).unwrap();
    robot.session.satisfy_operator_request(asked(robot).unwrap()).unwrap();
    until(|| state(robot) == OperationalState::Ready);
    robot.settle();
    assert_eq!(asked(robot), None);
}

#[test]
fn wrong_21_a_mount_goes_on_by_itself_when_a_person_has_cleared_the_jam() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    robot.device.inject(Fault::Jam { changer: 0 });
    thread::scope(|scope| {
        let call = scope.spawn(|| robot.session.mount(media[0]));
        until(|| state(&robot) == OperationalState::NeedsService);
        until(|| asked(&robot).is_some());
        assert!(library(&robot).trouble.unwrap().contains("stuck"));
        robot.settle();
        // In vain: it is jammed still, and people are asked again.
        let first = asked(&robot).unwrap();
        robot.session.satisfy_operator_request(first).unwrap();
        until(|| asked(&robot).is_some_and(|second| second != first));
        clear_jam(&robot);
        let mount = call.join().unwrap().unwrap();
        mount.dismount(IMMEDIATE).unwrap();
    });
    robot.settle();
    robot.assert_all_in_slots(2);
    assert_eq!(robot.in_slot(1).unwrap().bar_code, "A1");
    drop(robot.mount(media[1]));
    robot.check();
}

#[test]
fn wrong_21_a_dismount_goes_on_by_itself_when_a_person_has_cleared_the_jam() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    let mount = robot.mount(media[0]);
    robot.device.inject(Fault::Jam { changer: 0 });
    mount.dismount(IMMEDIATE).unwrap();
    until(|| state(&robot) == OperationalState::NeedsService);
    robot.settle();
    let waiting = robot.session.queue_mount(media[1]).unwrap().remove(0);
    robot.settle();
    assert!(!robot.session.info(waiting).unwrap().state.is_final(), "nothing moves");
    clear_jam(&robot);
    assert_eq!(robot.by_bar_code("A1").media_state, MediaState::Idle);
    assert_eq!(robot.in_slot(1).unwrap().bar_code, "A1");
    until(|| robot.session.info(waiting).unwrap().state.is_final());
    drop(robot.mount(media[0]));
    robot.check();
}

#[test]
fn wrong_21_a_dismount_that_is_asked_for_while_the_robot_is_jammed_says_what_it_waits_for() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    let (first, second) = (robot.mount(media[0]), robot.mount(media[1]));
    robot.device.inject(Fault::Jam { changer: 0 });
    first.dismount(IMMEDIATE).unwrap();
    until(|| state(&robot) == OperationalState::NeedsService);
    robot.settle();
    second.dismount(IMMEDIATE).unwrap();
    robot.settle();
    let asked = robot.requests(LibraryOperation::Dismount);
    let states: Vec<_> = asked.iter().map(|request| request.state).collect();
    assert_eq!(states, [LibraryRequestState::Waiting; 2]);
    assert!(asked.iter().all(|request| request.reason.contains("needs a person")), "{asked:?}");
    clear_jam(&robot);
    assert_eq!(robot.states(LibraryOperation::Dismount), [LibraryRequestState::Passed; 2]);
    robot.assert_all_in_slots(2);
    robot.check();
}

#[test]
fn wrong_21_a_cartridge_that_was_to_be_read_waits_for_the_person_and_is_read_then() {
    for method in [InventoryMethod::Fast, InventoryMethod::FullLabelRead] {
        let (robot, _) = prepared(1, &["A1"]);
        let hands = robot.device.hands();
        hands.insert(hands.make(tape("B1")).unwrap(), robot.place(3)).unwrap();
        hands.insert(hands.make(tape("B2")).unwrap(), robot.place(4)).unwrap();
        robot.device.inject(Fault::Jam { changer: 0 });
        robot.session.inventory_library(robot.library, method).unwrap();
        until(|| state(&robot) == OperationalState::NeedsService);
        robot.settle();
        let readings = || {
            let mut all = robot.requests(LibraryOperation::Classify);
            all.extend(robot.requests(LibraryOperation::ProcessLabel));
            all
        };
        let waiting = readings();
        let waiting: Vec<_> = waiting.iter().filter(|read| !read.state.is_final()).collect();
        assert_eq!(waiting.len(), 2);
        for read in &waiting {
            assert_eq!(read.state, LibraryRequestState::Waiting);
            assert!(!read.reason.is_empty(), "{read:?}");
        }
        assert!(waiting.iter().any(|read| read.reason.contains("needs a person")), "{waiting:?}");
        clear_jam(&robot);
        let ended = readings().into_iter().all(|read| read.state == LibraryRequestState::Passed);
        assert!(ended, "{:?}", readings());
        robot.assert_all_in_slots(3);
        assert_eq!(robot.media().len(), 3);
        robot.check();
    }
}

#[test]
fn a_library_whose_robot_is_jammed_when_it_is_attached_needs_service_whatever_its_drives_do() {
    let (robot, media) = prepared(2, &["A1", "A2"]);
    let mount = robot.mount(media[0]);
    let drive = mount.drive();
    let place = robot.device.drive_places()[0];
    let kind = DeviceErrorKind::DriveFault;
    robot.device.inject_times(Fault::UnloadFails { drive: place, kind }, 2);
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!(robot.drive(drive).common.operational_state, OperationalState::NeedsService);
    robot.manager.detach(robot.library).unwrap();
    robot.device.clear_faults();
    robot.device.inject(Fault::Jam { changer: 0 });
    robot.manager.attach(robot.device.clone() as Arc<dyn LibraryDevice>).unwrap();
    assert_eq!(state(&robot), OperationalState::NeedsService);
    assert!(asked(&robot).is_some());
    clear_jam(&robot);
    robot.assert_all_in_slots(2);
    robot.check();
}

#[test]
fn a_tape_whose_magazine_was_pulled_out_meanwhile_goes_to_another_slot() {
    let cartridges = ["A1", "A2"].map(tape);
    let robot = Robot::of(builder(1, TAPE).magazine(0..4).cartridges(cartridges), TAPE);
    let media = owned(&robot);
    let mount = robot.mount(media[0]);
    robot.device.hands().pull_magazine(0, 0).unwrap();
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!(robot.in_slot(5).unwrap().bar_code, "A1");
    robot.device.hands().push_magazine(0, 0).unwrap();
    robot.look(InventoryMethod::Fast);
    robot.assert_all_in_slots(2);
    assert_eq!(robot.in_slot(2).unwrap().bar_code, "A2");
    robot.check();
}

#[test]
fn a_magazine_that_is_pulled_out_while_its_tapes_are_read_stops_nobody_for_ever() {
    let clock = VirtualClock::automatic();
    let _here = clock.participate().begin();
    let pace = Timings { move_medium: SECOND, load: 9 * SECOND, ..Timings::default() };
    let cartridges = ["A1", "A2", "A3"].map(tape);
    let device = builder(1, TAPE).magazine(0..8).cartridges(cartridges).timings(pace);
    let device = Arc::new(device.clock(clock.clone()).build().unwrap());
    let robot = Robot::with_device(device, clock.clone(), TAPE);
    let media = owned(&robot);
    robot.session.inventory_library(robot.library, InventoryMethod::FullLabelRead).unwrap();
    clock.pause(5 * SECOND);
    robot.device.hands().pull_magazine(0, 0).unwrap();
    clock.pause(600 * SECOND);
    robot.device.hands().push_magazine(0, 0).unwrap();
    clock.pause(600 * SECOND);
    robot.look(InventoryMethod::Fast);
    robot.assert_all_in_slots(3);
    assert_eq!(robot.all_media().len(), 3);
    media.into_iter().for_each(|media| drop(robot.mount(media)));
    robot.settle();
    robot.check();
}

#[test]
fn who_waits_for_a_robot_that_nobody_will_repair_fails() {
    let (robot, media) = prepared(1, &["A1"]);
    robot.device.inject(Fault::Jam { changer: 0 });
    thread::scope(|scope| {
        let call = scope.spawn(|| robot.session.mount(media[0]));
        until(|| asked(&robot).is_some());
        robot.settle();
        robot.session.cancel_operator_request(asked(&robot).unwrap()).unwrap();
        let error = call.join().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::DeviceNotAvailable);
    });
    // It is repaired after all, and nobody need say so.
    robot.device.hands().clear_jam(0).unwrap();
    while state(&robot) != OperationalState::Ready {
        robot.clock.advance(Duration::from_secs(60));
        robot.settle();
    }
    robot.assert_all_in_slots(1);
    drop(robot.mount(media[0]));
    robot.check();
}

#[test]
fn wrong_03_whatever_fails_no_cartridge_vanishes_or_is_doubled() {
    let (robot, media) = prepared(2, &["A1", "A2", "A3"]);
    let drives = robot.device.drive_places();
    let changer = 0;
    let kinds = [
        DeviceErrorKind::ChangerFault,
        DeviceErrorKind::OutcomeUnknown,
        DeviceErrorKind::DriveFault,
    ];
    let mut faults: Vec<Fault> = kinds.map(|kind| Fault::MoveFails { changer, kind }).to_vec();
    faults.push(Fault::LostReply { changer });
    faults.push(Fault::Jam { changer });
    for drive in &drives {
        let kind = DeviceErrorKind::DriveFault;
        faults.push(Fault::LoadFails { drive: *drive, kind });
        faults.push(Fault::UnloadFails { drive: *drive, kind });
    }
    let ids: Vec<PhysicalMediaId> = robot.media().iter().map(|medium| medium.id).collect();
    for fault in faults {
        for before in [true, false] {
            let request = MountRequest::from(media[0]).timeout(Timeout::Forever);
            if before {
                robot.device.inject(fault);
            }
            thread::scope(|scope| {
                let call = scope.spawn(|| robot.session.mount(request));
                repair_until(&robot, || call.is_finished());
                if let Ok(mount) = call.join().unwrap() {
                    if !before {
                        robot.device.inject(fault);
                    }
                    mount.dismount(IMMEDIATE).unwrap();
                }
            });
            let is_calm = || {
                let all = robot.device.hands().elements().unwrap();
                all.iter().filter(|e| e.cartridge.is_some()).count() == 3
                    && state(&robot) == OperationalState::Ready
            };
            repair_until(&robot, is_calm);
            robot.device.clear_faults();
            let now: Vec<PhysicalMediaId> = robot.media().iter().map(|medium| medium.id).collect();
            assert_eq!(now, ids, "{fault:?}");
            robot.check();
        }
    }
}

/// Does what people are asked, until something is so.
fn repair_until(robot: &Robot, is_so: impl Fn() -> bool) {
    loop {
        robot.settle();
        if is_so() {
            return;
        }
        let _ = robot.device.hands().clear_jam(0);
        for open in robot.session.operator_requests().unwrap() {
            let _ = robot.session.satisfy_operator_request(open.request.id);
        }
        thread::yield_now();
    }
}

#[test]
fn wrong_04_tapes_that_people_exchanged_are_moved_and_none_is_made_or_lost() {
    let robot = Robot::without_reader(2, 4);
    robot.prepare_all();
    let before: Vec<PhysicalMediaId> =
        (1..=4).map(|slot| robot.in_slot(slot).unwrap().id).collect();
    let media: Vec<_> = before.iter().map(|id| robot.allocate(*id).logical_media).collect();
    // Every tape is in the place of the next one.
    for slot in 1..4 {
        robot.device.hands().swap(robot.place(slot), robot.place(slot + 1)).unwrap();
    }
    robot.look(InventoryMethod::FullLabelRead);
    let after: Vec<PhysicalMediaId> = (1..=4).map(|slot| robot.in_slot(slot).unwrap().id).collect();
    assert_eq!(after, [before[1], before[2], before[3], before[0]]);
    assert_eq!(robot.all_media().len(), 4, "no twin");
    for media in media {
        robot.mount(media).dismount(IMMEDIATE).unwrap();
        robot.settle();
    }
    robot.check();
}

#[test]
fn wrong_09_an_inventory_stops_nobody_and_deletes_nothing() {
    let (robot, media) = prepared(2, &["A1", "A2", "A3"]);
    let mount = robot.mount(media[1]);
    write(&mount, &[b"before"]);
    let gone = robot.device.hands().remove(robot.place(1)).unwrap();
    robot.look(InventoryMethod::Fast);
    // The missing medium is known, and whoever works goes on working.
    let missing = robot.by_bar_code("A1");
    assert_eq!(missing.location, None);
    assert_eq!(read(&mount), b"before");
    drop(robot.mount(media[2]));
    robot.device.hands().insert(gone, robot.place(7)).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(robot.in_slot(7).unwrap().id, missing.id);
    drop(mount);
    drop(robot.mount(media[0]));
    robot.check();
}

#[test]
fn wrong_13_a_bar_code_is_no_identity() {
    let (robot, media) = prepared(1, &["A1", "A2"]);
    let hands = robot.device.hands();
    let known = robot.by_bar_code("A1").id;
    // Somebody puts another tape with the same bar code into its place.
    let own = hands.remove(robot.place(1)).unwrap();
    hands.insert(hands.make(tape("A1")).unwrap(), robot.place(1)).unwrap();
    let error = robot.session.mount(media[0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidMedia, "nobody gets the wrong tape");
    robot.settle();
    assert_eq!(robot.medium(known).location, None);
    // The bar code of its own tape is lost: the label tells who it is.
    hands.relabel(own, rsm::device::VolumeTag::Unreadable).unwrap();
    hands.insert(own, robot.place(5)).unwrap();
    robot.look(InventoryMethod::Fast);
    assert_eq!(robot.in_slot(5).unwrap().id, known);
    drop(robot.mount(media[0]));
    robot.check();
}

/// A robot whose devices can be twisted, with everything labelled.
fn hostile_robot(clock: &Arc<VirtualClock>, codes: &[&str]) -> (Robot, Arc<Hostile>) {
    let builder = builder(1, TAPE).cartridges(codes.iter().map(|code| tape(code)));
    let hostile = Hostile::new(builder.clock(clock.clone()).build().unwrap());
    let dir = TempDir::new().unwrap();
    let manager = options(clock).open(dir.path()).unwrap();
    let session = manager.session("test").unwrap();
    let library = manager.attach(hostile.clone() as Arc<dyn LibraryDevice>).unwrap();
    let (device, clock) = (Arc::clone(&hostile.inner), Arc::clone(clock));
    (Robot { session, library, manager, device, clock, code: TAPE, dir }, hostile)
}

#[test]
fn wrong_11_no_robot_is_sent_to_a_drive_that_is_still_busy() {
    let clock = VirtualClock::automatic();
    let (robot, hostile) = hostile_robot(&clock, &["A1", "A2"]);
    robot.settle();
    let media = owned(&robot);
    for media in [media[0], media[1], media[0]] {
        let mount = robot.mount(media);
        let busy = Arc::clone(&clock);
        let until = clock.monotonic() + Duration::from_secs(8 * 60);
        *hostile.manners.busy.lock() = Some(Box::new(move || busy.monotonic() < until));
        mount.dismount(IMMEDIATE).unwrap();
        robot.settle();
        assert_eq!(robot.drives()[0].state, DriveState::Dismounted);
        *hostile.manners.busy.lock() = None;
    }
    assert_eq!(*hostile.manners.moved_while_busy.lock(), 0);
    robot.assert_all_in_slots(2);
    robot.check();
}

#[test]
fn wrong_20_a_medium_found_wrong_is_not_tried_again_until_something_has_changed() {
    let clock = VirtualClock::new();
    let (robot, hostile) = hostile_robot(&clock, &["", ""]);
    robot.settle();
    let media = owned(&robot);
    let mut record = library(&robot);
    record.auto_recovery = false;
    robot.session.set_info(&record).unwrap();
    robot.device.hands().swap(robot.place(1), robot.place(2)).unwrap();
    let mount = || robot.session.mount(media[0]).map(drop);
    assert_eq!(mount().unwrap_err().kind(), ErrorKind::InvalidMedia);
    robot.settle();
    let moves = *hostile.manners.moves.lock();
    for _ in 0..5 {
        assert_eq!(mount().unwrap_err().kind(), ErrorKind::InvalidMedia);
        robot.settle();
    }
    assert_eq!(*hostile.manners.moves.lock(), moves, "no tape was loaded in vain");
    robot.look(InventoryMethod::FullLabelRead);
    mount().unwrap();
    robot.check();
}

/// A drive that stands in the middle of its load for as long as the test likes.
struct HeldLoad {
    begun: Arc<Signal>,
    released: Arc<Signal>,
    is_held: Arc<AtomicBool>,
}

impl HeldLoad {
    fn of(hostile: &Hostile) -> Self {
        let (begun, released) = (Signal::new(), Signal::new());
        let is_held = Arc::new(AtomicBool::new(true));
        let (told, wait, held) = (Arc::clone(&begun), Arc::clone(&released), Arc::clone(&is_held));
        *hostile.manners.before_load.lock() = Some(Box::new(move || {
            let seen = wait.count();
            told.raise();
            if held.load(SeqCst) {
                SystemClock::new().wait(&wait, seen, None);
            }
        }));
        Self { begun, released, is_held }
    }

    fn wait_until_begun(&self) {
        SystemClock::new().wait(&self.begun, 0, None);
    }

    fn go_on(&self) {
        self.is_held.store(false, SeqCst);
        self.released.raise();
    }
}

#[test]
fn wrong_22_whoever_reads_waits_for_no_robot() {
    let clock = VirtualClock::new();
    let (robot, hostile) = hostile_robot(&clock, &["A1", "A2"]);
    robot.settle();
    let media = owned(&robot);
    let load = HeldLoad::of(&hostile);
    thread::scope(|scope| {
        let call = scope.spawn(|| robot.session.mount(media[0]).map(drop));
        load.wait_until_begun();
        // The drive stands in the middle of its load, for as long as it likes.
        assert_eq!(robot.drives()[0].state, DriveState::Mounted);
        assert_eq!(robot.media().len(), 2);
        assert!(robot.session.drive_health(robot.drives()[0].id).is_ok());
        assert!(robot.session.operator_requests().unwrap().is_empty());
        assert!(robot.manager.check().unwrap().is_empty());
        robot.session.queue_mount(media[1]).unwrap();
        load.go_on();
        call.join().unwrap().unwrap();
    });
}

#[test]
fn what_is_read_while_an_inventory_looks_may_be_another_cartridge() {
    let (robot, hostile) = hostile_robot(&VirtualClock::new(), &["A1", "A2", "A3"]);
    robot.settle();
    robot.prepare_all();
    let media = [1, 2, 3].map(|slot| robot.in_slot(slot).unwrap().id);
    robot.device.hands().swap(robot.place(1), robot.place(2)).unwrap();
    let looks = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&looks);
    lies(&hostile.manners.status, move |seen| {
        counted.fetch_add(usize::from(seen.len() > media.len()), SeqCst);
        Ok(seen)
    });
    let load = HeldLoad::of(&hostile);
    let session = &robot.session;
    session.inventory_library(robot.library, InventoryMethod::FullLabelRead).unwrap();
    load.wait_until_begun();
    // What has come out of slot 1 is in the drive; that it is another cartridge is not known yet.
    let before = looks.load(SeqCst);
    session.inventory_library(robot.library, InventoryMethod::Fast).unwrap();
    until(|| looks.load(SeqCst) > before);
    load.go_on();
    robot.settle();
    assert_eq!(robot.all_media().len(), 3, "nothing is doubled");
    assert_eq!([2, 1, 3].map(|slot| robot.in_slot(slot).map(|m| m.id)), media.map(Some));
    robot.check();
}
