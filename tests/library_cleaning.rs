//! Cleaning: examples CI1-CI4 and CN1-CN4, CS3 and CS4 with a cleaner that is put in and taken out,
//! and drives that are cleaned because they ask for it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/hall.rs"]
mod hall;
#[path = "support/robot.rs"]
mod robot;
mod support;

use std::sync::Arc;
use std::time::Duration;

use hall::kind;
use robot::{DEFERRED, IMMEDIATE, Robot, TAPE, builder, tape};
use rsm::ErrorKind;
use rsm::clock::VirtualClock;
use rsm::device::simulated::{
    CartridgeId, ChangerLayout, DoorLayout, DriveLayout, PortLayout, SimulatedLibrary, Timings,
};
use rsm::model::{
    Access, CleanerEject, CleanerInject, CleanerTarget, DriveId, DriveState, Id, Library,
    LibraryFlags, LibraryOperation, LibraryRequestId, LibraryRequestState, LogicalMediaId,
    MountRequest, ObjectType, OperatorRequestState, OperatorTask, PortId, SlotState, Timeout,
};
use support::{open_catalog, unknown};

use LibraryOperation::CleanDrive;
use LibraryRequestState::{Cancelled, Failed, InProcess, Passed, Stopped, Waiting};

const MOTOR: PortLayout = PortLayout { cells: 1, motorised: true, reports_content: true };
const PRESENT: LibraryFlags = LibraryFlags::CLEANER_PRESENT;
const IGNORE: LibraryFlags = LibraryFlags::IGNORE_CLEANER_USES_REMAINING;

fn library(robot: &Robot) -> Library {
    robot.session.info(robot.library).unwrap()
}

fn uses(robot: &Robot) -> u32 {
    library(robot).cleaner_uses_remaining
}

fn start(cleans_left: u32) -> CleanerInject {
    CleanerInject::Start { cleans_left }
}

fn inject(robot: &Robot, action: CleanerInject) -> rsm::Result<LibraryRequestId> {
    robot.session.inject_cleaner(robot.library, action)
}

fn eject(robot: &Robot, action: CleanerEject) -> rsm::Result<LibraryRequestId> {
    robot.session.eject_cleaner(robot.library, action)
}

fn cleaner(robot: &Robot, uses: u32) -> CartridgeId {
    robot.device.hands().make(tape("CLN001L8").cleaner(uses)).unwrap()
}

/// A library with a port, tapes in its first slots, and slot 8 reserved for the cleaner.
fn reserved(drives: u32, codes: &[&str]) -> Robot {
    let robot = hall::ports(drives, &[MOTOR], codes);
    robot.session.reserve_cleaner_slot(robot.library, robot.slot(8)).unwrap();
    robot
}

/// The same with a cleaner for so many uses.
fn with_cleaner(drives: u32, codes: &[&str], uses: u32) -> Robot {
    let robot = reserved(drives, codes);
    put_in(&robot, uses);
    robot
}

/// Puts a cleaner in through the port.
fn put_in(robot: &Robot, uses: u32) {
    let request = inject(robot, start(uses)).unwrap();
    robot.until("people are waited for", || robot.state(request) == InProcess);
    robot.settle();
    let cleaner = cleaner(robot, uses.min(50));
    robot.device.hands().put_in(cleaner, hall::cell(robot, 0)).unwrap();
    robot.until("it is in", || robot.state(request) == Passed);
    robot.settle();
}

fn soil(robot: &Robot, drive: usize) {
    robot.device.hands().soil(robot.device.drive_places()[drive]).unwrap();
}

fn owned(robot: &Robot) -> Vec<LogicalMediaId> {
    robot.prepare_all();
    robot.media().iter().map(|medium| robot.allocate(medium.id).logical_media).collect()
}

fn drive(robot: &Robot, number: usize) -> DriveId {
    robot.drives()[number].id
}

fn cleanings(robot: &Robot, number: usize) -> u32 {
    robot.session.drive_health(drive(robot, number)).unwrap().cleanings
}

fn asked_for_cleaner(robot: &Robot) -> Vec<OperatorRequestState> {
    let task = OperatorTask::Cleaner { target: CleanerTarget::Library(robot.library) };
    robot.asked().into_iter().filter(|asked| asked.task == task).map(|asked| asked.state).collect()
}

#[test]
fn library_ci1_the_cleaner_is_put_into_its_slot() {
    let robot = hall::ports(1, &[MOTOR], &["A1"]);
    assert_eq!(kind(inject(&robot, start(20))), ErrorKind::CleanerSlotNotSet);
    robot.session.reserve_cleaner_slot(robot.library, robot.slot(5)).unwrap();
    put_in(&robot, 20);
    assert_eq!(robot.slot_state(5), SlotState::Full);
    assert_eq!((uses(&robot), library(&robot).flags & (PRESENT | IGNORE)), (20, PRESENT));
    let request = robot.last(LibraryOperation::InjectCleaner);
    assert!(hall::was_told(&robot, (5, ObjectType::LibraryRequest, request.id.into())));
    assert_eq!(kind(inject(&robot, start(20))), ErrorKind::ResourceNotAvailable);
    robot.check();
}

#[test]
fn library_ci2_uses_that_are_not_counted_stay() {
    let robot = with_cleaner(1, &["A1"], u32::MAX);
    assert_eq!((uses(&robot), library(&robot).flags & IGNORE), (u32::MAX, IGNORE));
    for _ in 0..2 {
        robot.session.clean_drive(drive(&robot, 0)).unwrap();
        robot.settle();
    }
    assert_eq!(robot.states(CleanDrive), [Passed, Passed]);
    assert_eq!(uses(&robot), u32::MAX);
    robot.check();
}

#[test]
fn library_ci3_the_cleaner_is_taken_out_when_cleaning_has_ended() {
    let clean = Duration::from_secs(120);
    let robot = slow(clean);
    put_in(&robot, 5);
    robot.session.clean_drive(drive(&robot, 0)).unwrap();
    robot.until("it is cleaned", || robot.drives()[0].state == DriveState::BeingCleaned);
    assert_eq!(kind(inject(&robot, start(5))), ErrorKind::ResourceNotAvailable);
    let released = robot.session.release_cleaner_slot(robot.library);
    assert_eq!(kind(released), ErrorKind::ResourceNotAvailable);
    let request = eject(&robot, CleanerEject::Start).unwrap();
    robot.until("it waits", || robot.state(request) == Waiting);
    robot.check();
    robot.until("cleaning ends", || {
        robot.clock.advance(Duration::from_secs(1));
        robot.states(CleanDrive) == [Passed]
    });
    let port = || robot.session.info(robot.session.list::<PortId>(None).unwrap()[0]).unwrap();
    robot.until("it is in the port", || port().content == rsm::model::PortContent::Full);
    robot.settle();
    robot.device.hands().take_out(hall::cell(&robot, 0)).unwrap();
    robot.until("it is out", || robot.state(request) == Passed);
    robot.check();
}

/// A library whose drives take their time for cleaning.
fn slow(clean: Duration) -> Robot {
    let changer = ChangerLayout { ports: 1, ..robot::layout(1) };
    let clock = VirtualClock::new();
    let device = SimulatedLibrary::builder()
        .changer(changer)
        .port(MOTOR)
        .media_type(TAPE.value())
        .cartridge(tape("A1"))
        .timings(Timings { clean, ..Timings::default() })
        .clock(clock.clone());
    let robot = Robot::with_device(Arc::new(device.build().unwrap()), clock, TAPE);
    robot.session.reserve_cleaner_slot(robot.library, robot.slot(8)).unwrap();
    robot
}

fn behind_a_door(codes: &[&str]) -> Robot {
    let tapes = codes.iter().map(|code| tape(code));
    let robot = Robot::of(builder(1, TAPE).door(DoorLayout::default()).cartridges(tapes), TAPE);
    robot.session.reserve_cleaner_slot(robot.library, robot.slot(8)).unwrap();
    robot
}

fn through_the_door(robot: &Robot, request: LibraryRequestId, work: impl FnOnce()) {
    let hands = robot.device.hands();
    robot.until("people are let in", || hands.open_door(0, 0).is_ok());
    robot.settle();
    let told = robot.asked().pop().unwrap();
    let task = OperatorTask::Cleaner { target: CleanerTarget::Slot(robot.slot(8)) };
    assert_eq!(told.task, task);
    assert!(told.message.contains("slot 8"), "{}", told.message);
    work();
    hands.close_door(0, 0).unwrap();
    robot.until("it has ended", || robot.state(request).is_final());
    robot.settle();
}

#[test]
fn library_ci4_without_a_port_the_cleaner_goes_through_the_door() {
    let robot = behind_a_door(&["A1"]);
    let media = owned(&robot);
    let request = inject(&robot, start(7)).unwrap();
    for bad in [request, unknown()] {
        let stop = CleanerInject::Stop(bad);
        assert_eq!(kind(inject(&robot, stop)), ErrorKind::InvalidOperation);
    }
    let hands = robot.device.hands();
    through_the_door(&robot, request, || {
        // Nothing is moved meanwhile.
        let now = MountRequest::from(media[0]).timeout(Timeout::NoWait);
        assert_eq!(kind(robot.session.mount(now)), ErrorKind::Timeout);
        hands.put_in(cleaner(&robot, 7), robot.place(8)).unwrap();
    });
    assert_eq!((robot.state(request), uses(&robot)), (Passed, 7));
    assert!(library(&robot).flags.contains(PRESENT));
    assert_eq!(robot.asked().pop().unwrap().state, OperatorRequestState::Complete);
    drop(robot.mount(media[0]));
    robot.check();
    let request = eject(&robot, CleanerEject::Start).unwrap();
    let stop = CleanerEject::Stop(request);
    assert_eq!(kind(eject(&robot, stop)), ErrorKind::InvalidOperation);
    through_the_door(&robot, request, || {
        hands.take_out(robot.place(8)).unwrap();
    });
    assert_eq!((robot.state(request), uses(&robot)), (Passed, 0));
    assert!(!library(&robot).flags.contains(PRESENT));
    robot.check();
    // Nobody puts anything in.
    let request = inject(&robot, start(7)).unwrap();
    through_the_door(&robot, request, || {});
    assert_eq!(robot.state(request), Failed);
    assert_eq!(robot.last(LibraryOperation::InjectCleaner).error, Some(ErrorKind::Timeout));
    robot.check();
}

#[test]
fn library_cs3_cs4_the_slot_is_released_when_the_cleaner_has_been_taken_out() {
    let robot = with_cleaner(1, &["A1"], 20);
    let release = || robot.session.release_cleaner_slot(robot.library);
    assert_eq!(kind(release()), ErrorKind::ResourceNotAvailable);
    let request = eject(&robot, CleanerEject::Start).unwrap();
    robot.until("people are waited for", || robot.state(request) == InProcess);
    robot.settle();
    robot.device.hands().take_out(hall::cell(&robot, 0)).unwrap();
    robot.until("it is out", || robot.state(request) == Passed);
    robot.settle();
    assert_eq!((uses(&robot), robot.slot_state(8)), (0, SlotState::Empty));
    assert_eq!(kind(eject(&robot, CleanerEject::Start)), ErrorKind::Empty);
    release().unwrap();
    robot.check();
}

#[test]
fn a_cleaner_that_is_not_taken_goes_back() {
    let robot = with_cleaner(1, &["A1"], 20);
    for refuses in [false, true] {
        let asked = robot.asked().len();
        let request = eject(&robot, CleanerEject::Start).unwrap();
        robot.until("people are waited for", || robot.state(request) == InProcess);
        robot.settle();
        if refuses {
            robot.clock.advance(Duration::from_secs(60));
            robot.until("somebody is asked", || robot.asked().len() > asked);
            let last = robot.asked().pop().unwrap();
            robot.session.cancel_operator_request(last.id).unwrap();
        } else {
            eject(&robot, CleanerEject::Stop(request)).unwrap();
        }
        robot.until("it has ended", || robot.state(request).is_final());
        let expected = if refuses { Failed } else { Stopped };
        assert_eq!(robot.state(request), expected);
        robot.settle();
        assert_eq!((uses(&robot), robot.slot_state(8)), (20, SlotState::Full));
        assert!(library(&robot).flags.contains(PRESENT));
        robot.check();
    }
    robot.session.clean_drive(drive(&robot, 0)).unwrap();
    robot.settle();
    assert_eq!((robot.states(CleanDrive), uses(&robot)), (vec![Passed], 19));
}

#[test]
fn library_cn1_the_last_use_asks_for_another_cleaner() {
    let robot = with_cleaner(1, &["A1"], 1);
    let media = owned(&robot);
    robot.mount(media[0]).dismount(DEFERRED).unwrap();
    assert_eq!(robot.drives()[0].last_cleaned, None);
    let request = robot.session.clean_drive(drive(&robot, 0)).unwrap().unwrap();
    robot.until("it is cleaned", || robot.state(request) == Passed);
    robot.settle();
    assert!(hall::was_told(&robot, (5, ObjectType::Drive, drive(&robot, 0).into())));
    let record = robot.drives().remove(0);
    assert!(record.last_cleaned.is_some());
    assert_eq!((record.state, uses(&robot)), (DriveState::Dismounted, 0));
    assert_eq!(asked_for_cleaner(&robot), [OperatorRequestState::Submitted]);
    assert_eq!(cleanings(&robot, 0), 1);
    assert_eq!(robot.slot_state(8), SlotState::Full);
    robot.check();
}

#[test]
fn library_cn2_without_a_cleaner_a_person_is_asked() {
    let robot = reserved(1, &["A1"]);
    let request = robot.session.clean_drive(drive(&robot, 0)).unwrap().unwrap();
    robot.settle();
    assert_eq!(robot.state(request), Waiting);
    assert_eq!(asked_for_cleaner(&robot), [OperatorRequestState::Submitted]);
    // Somebody says that there is one, and there is none.
    robot.session.satisfy_operator_request(robot.asked()[0].id).unwrap();
    robot.settle();
    assert_eq!(robot.state(request), Waiting);
    assert_eq!(asked_for_cleaner(&robot).len(), 2);
    robot.check();
    put_in(&robot, 3);
    robot.until("it is cleaned", || robot.state(request) == Passed);
    robot.settle();
    assert_eq!(asked_for_cleaner(&robot), [OperatorRequestState::Complete; 2]);
    assert_eq!(uses(&robot), 2);
    robot.check();
}

#[test]
fn library_cn2_a_cleaner_that_is_refused_fails_the_cleaning() {
    let robot = reserved(2, &["A1"]);
    let first = robot.session.clean_drive(drive(&robot, 0)).unwrap().unwrap();
    let second = robot.session.clean_drive(drive(&robot, 1)).unwrap().unwrap();
    robot.settle();
    assert_eq!(asked_for_cleaner(&robot).len(), 1, "one for each library");
    // Others wait for the same.
    robot.session.cancel_library_request(first).unwrap();
    assert_eq!(robot.state(first), Cancelled);
    assert!(!robot.asked()[0].state.is_final());
    robot.session.cancel_operator_request(robot.asked()[0].id).unwrap();
    robot.settle();
    assert_eq!(robot.state(second), Failed);
    assert_eq!(robot.last(CleanDrive).error, Some(ErrorKind::UnableToClean));
    robot.check();
}

#[test]
fn library_cn3_a_drive_in_use_is_cleaned_later() {
    let robot = with_cleaner(1, &["A1"], 5);
    let media = owned(&robot);
    let mount = robot.mount(media[0]);
    let request = robot.session.clean_drive(mount.drive()).unwrap().unwrap();
    robot.settle();
    assert_eq!(robot.state(request), Waiting);
    robot::write(&mount, &[b"undisturbed"]);
    assert_eq!(robot::read(&mount), b"undisturbed");
    mount.dismount(IMMEDIATE).unwrap();
    robot.until("it is cleaned", || robot.state(request) == Passed);
    robot.settle();
    robot.check();
}

#[test]
fn library_cn4_of_a_drive_by_itself_the_time_is_noted() {
    let f = open_catalog();
    let library = f.library(3);
    let drive: DriveId = unknown();
    f.sql("UPDATE library SET type = 3 WHERE id = ?1", [library.to_bytes()]);
    f.sql(
        "INSERT INTO drive (id, library, number, address, serial, vendor, product, revision, \
         device_name, created, modified, operational_state, state) \
         SELECT ?1, key, 1, 0, '', '', '', '', '', 0, 0, 0, 0 FROM library WHERE id = ?2",
        (drive.to_bytes(), library.to_bytes()),
    );
    f.sql(
        "INSERT INTO device_type (id, kind, vendor, product, device_type, created, modified) \
         VALUES (randomblob(16), 6, '', '', 31, 0, 0)",
        [],
    );
    assert_eq!(f.session.clean_drive(drive).unwrap(), None);
    assert!(f.session.info(drive).unwrap().last_cleaned.is_some());
    assert!(f.session.list::<LibraryRequestId>(None).unwrap().is_empty());
}

#[test]
fn library_cr2_cancelling_a_cleaning_that_goes_on_is_refused() {
    let robot = slow(Duration::from_secs(120));
    put_in(&robot, 5);
    let request = robot.session.clean_drive(drive(&robot, 0)).unwrap().unwrap();
    robot.until("it is cleaned", || robot.drives()[0].state == DriveState::BeingCleaned);
    let cancelled = robot.session.cancel_library_request(request);
    assert_eq!(kind(cancelled), ErrorKind::AccessDenied);
    robot.until("cleaning ends", || {
        robot.clock.advance(Duration::from_secs(1));
        robot.state(request) == Passed
    });
    robot.check();
}

#[test]
fn a_drive_that_rejects_the_cleaner_or_finds_it_spent_says_so() {
    let changer = ChangerLayout { ports: 1, ..robot::layout(2) };
    let device = SimulatedLibrary::builder().changer(changer).port(MOTOR);
    let fussy = DriveLayout { drives: 1..2, takes_cleaners: false, ..DriveLayout::default() };
    let device = device.drives(fussy).media_type(TAPE.value()).cartridge(tape("A1"));
    let robot = Robot::of(device, TAPE);
    robot.session.reserve_cleaner_slot(robot.library, robot.slot(8)).unwrap();
    // It cleans once, whatever people say.
    let request = inject(&robot, start(9)).unwrap();
    robot.until("people are waited for", || robot.state(request) == InProcess);
    robot.settle();
    robot.device.hands().put_in(cleaner(&robot, 1), hall::cell(&robot, 0)).unwrap();
    robot.until("it is in", || robot.state(request) == Passed);
    robot.session.clean_drive(drive(&robot, 1)).unwrap();
    robot.settle();
    let last = robot.last(CleanDrive);
    assert_eq!((last.state, last.error), (Failed, Some(ErrorKind::InvalidCleaner)));
    assert_eq!((uses(&robot), asked_for_cleaner(&robot).len()), (9, 1));
    robot.check();
    // Until a person has seen to it, nothing is cleaned.
    let request = robot.session.clean_drive(drive(&robot, 0)).unwrap().unwrap();
    robot.settle();
    assert_eq!(robot.state(request), Waiting);
    robot.session.satisfy_operator_request(robot.asked().pop().unwrap().id).unwrap();
    robot.until("it is cleaned", || robot.state(request) == Passed);
    robot.settle();
    robot.session.clean_drive(drive(&robot, 0)).unwrap();
    robot.settle();
    let last = robot.last(CleanDrive);
    assert_eq!((last.state, last.error), (Failed, Some(ErrorKind::CleanerCartridgeSpent)));
    assert_eq!((uses(&robot), asked_for_cleaner(&robot).len()), (0, 2));
    assert_eq!(robot.slot_state(8), SlotState::Full);
    assert!(robot.drives().iter().all(|drive| drive.state == DriveState::Dismounted));
    robot.check();
}

#[test]
fn wrong_16_a_drive_that_asks_is_cleaned_before_its_next_mount() {
    let robot = with_cleaner(1, &["A1", "A2"], 5);
    let media = owned(&robot);
    assert!(library(&robot).supports_drive_cleaning);
    soil(&robot, 0);
    let mount = robot.mount(media[0]);
    assert_eq!((cleanings(&robot, 0), uses(&robot)), (1, 4));
    // It asks while it is used: that fails nothing, and it is cleaned afterwards.
    soil(&robot, 0);
    let mut handle = mount.open(Access::Write).unwrap();
    rsm::device::MediumIo::rewind(&mut handle).unwrap();
    drop(handle);
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!((cleanings(&robot, 0), uses(&robot)), (2, 3));
    assert!(!robot.session.drive_health(drive(&robot, 0)).unwrap().needs_cleaning);
    robot.check();
    drop(robot.mount(media[1]));
    assert_eq!(cleanings(&robot, 0), 2);
}

#[test]
fn wrong_16_a_dirty_drive_is_passed_over_for_a_clean_one() {
    let robot = reserved(2, &["A1", "A2", "A3"]);
    let media = owned(&robot);
    soil(&robot, 0);
    let first = robot.mount(media[0]);
    assert_eq!(first.drive(), drive(&robot, 1), "the clean one");
    robot.settle();
    // Nobody has a cleaner: it is asked for, and the flag fails nothing.
    assert_eq!(asked_for_cleaner(&robot), [OperatorRequestState::Submitted]);
    assert_eq!(robot.states(CleanDrive), [Waiting]);
    first.dismount(IMMEDIATE).unwrap();
    robot.settle();
    let clean = robot.mount(media[1]);
    assert_eq!(clean.drive(), drive(&robot, 1), "the clean one");
    let dirty = robot.mount(media[2]);
    assert_eq!(dirty.drive(), drive(&robot, 0), "there is no other");
    assert!(robot.session.drive_health(dirty.drive()).unwrap().needs_cleaning);
    robot.check();
    // When there is a cleaner, it is cleaned after its use.
    put_in(&robot, 5);
    dirty.dismount(IMMEDIATE).unwrap();
    robot.until("it is cleaned", || robot.states(CleanDrive) == [Passed]);
    robot.settle();
    assert_eq!((cleanings(&robot, 0), uses(&robot)), (1, 4));
    drop(clean);
    robot.check();
}

#[test]
fn wrong_16_a_refused_cleaner_does_not_stop_the_drive() {
    let robot = reserved(1, &["A1"]);
    let media = owned(&robot);
    soil(&robot, 0);
    for _ in 0..3 {
        robot.mount(media[0]).dismount(IMMEDIATE).unwrap();
        robot.settle();
        if let Some(asked) = robot.asked().into_iter().find(|asked| !asked.state.is_final()) {
            robot.session.cancel_operator_request(asked.id).unwrap();
            robot.settle();
        }
    }
    // Nobody is asked again and again.
    assert_eq!(asked_for_cleaner(&robot), [OperatorRequestState::Refused]);
    assert_eq!(robot.states(CleanDrive), [Failed]);
    robot.check();
    // What is asked for is done when there is a cleaner.
    put_in(&robot, 5);
    robot.until("it is cleaned", || robot.states(CleanDrive) == [Failed, Passed]);
    robot.check();
}

#[test]
fn wrong_16_a_drive_that_always_asks_is_not_cleaned_for_ever() {
    let layout = robot::layout(1);
    let changer = ChangerLayout { ports: 1, ..layout };
    let device = SimulatedLibrary::builder().changer(changer).port(MOTOR);
    let device = device.media_type(TAPE.value()).cartridge(tape("A1")).dirty_after(1);
    let robot = Robot::of(device, TAPE);
    robot.session.reserve_cleaner_slot(robot.library, robot.slot(8)).unwrap();
    put_in(&robot, 50);
    let media = owned(&robot);
    let before = cleanings(&robot, 0);
    for _ in 0..3 {
        robot.mount(media[0]).dismount(IMMEDIATE).unwrap();
        robot.settle();
    }
    assert_eq!(cleanings(&robot, 0), before + 3, "once for each use");
    robot.check();
}

#[test]
fn cleaning_is_taken_up_again_after_a_restart() {
    let robot = reserved(1, &["A1"]);
    let media = owned(&robot);
    soil(&robot, 0);
    robot.mount(media[0]).dismount(IMMEDIATE).unwrap();
    robot.settle();
    let before = robot.last(CleanDrive);
    assert_eq!(before.state, Waiting);
    let asked = robot.asked().pop().unwrap();
    let robot = robot.restart();
    // What was queued has ended, and is asked for again.
    assert_eq!(robot.state(before.id), Failed);
    assert_eq!(robot.session.info(asked.id).unwrap().state, OperatorRequestState::Refused);
    assert_eq!(robot.states(CleanDrive), [Failed, Waiting]);
    put_in(&robot, 5);
    robot.until("it is cleaned", || robot.states(CleanDrive) == [Failed, Passed]);
    robot.check();
}

#[test]
fn a_crash_in_the_middle_of_cleaning_brings_the_cleaner_home() {
    let robot = slow(Duration::from_secs(120));
    put_in(&robot, 5);
    let request = robot.session.clean_drive(drive(&robot, 0)).unwrap().unwrap();
    robot.until("it is cleaned", || robot.drives()[0].state == DriveState::BeingCleaned);
    let robot = hall::crash_at_work(robot);
    robot.settle();
    assert!(robot.session.info(request).is_err() || robot.state(request) == Cancelled);
    assert_eq!(robot.drives()[0].state, DriveState::Dismounted);
    assert_eq!(robot.slot_state(8), SlotState::Full);
    assert!(library(&robot).flags.contains(PRESENT));
    assert_eq!(robot.media().len(), 1, "the cleaner is no medium");
    robot.check();
}

#[test]
fn cleaning_is_for_those_who_may_control_the_library() {
    let robot = with_cleaner(1, &["A1"], 5);
    let id = drive(&robot, 0);
    assert_eq!(kind(robot.session.clean_drive(DriveId::NULL)), ErrorKind::InvalidParameter);
    assert_eq!(kind(robot.session.clean_drive(unknown())), ErrorKind::InvalidDrive);
    let stranger = hall::stranger(&robot);
    assert_eq!(kind(stranger.clean_drive(id)), ErrorKind::AccessDenied);
    robot.session.disable(id).unwrap();
    assert_eq!(kind(robot.session.clean_drive(id)), ErrorKind::ResourceDisabled);
    robot.session.enable(id).unwrap();
    assert_eq!(kind(inject(&robot, start(0))), ErrorKind::InvalidParameter);
    assert_eq!(kind(inject(&robot, CleanerInject::Stop(unknown()))), ErrorKind::InvalidOperation);
    assert_eq!(kind(eject(&robot, CleanerEject::Stop(unknown()))), ErrorKind::InvalidOperation);
    let null = LibraryRequestId::NULL;
    assert_eq!(kind(eject(&robot, CleanerEject::Stop(null))), ErrorKind::InvalidParameter);
    assert!(robot.requests(CleanDrive).is_empty());
    let other = with_cleaner(1, &["A1"], 5);
    hall::check_library_call(&robot, |session, library| {
        session.eject_cleaner(library, CleanerEject::Start).map(drop)
    });
    hall::check_library_call(&other, |session, library| {
        session.inject_cleaner(library, start(5)).map(drop)
    });
    assert_eq!(kind(robot.session.clean_drive(id)), ErrorKind::ResourceNotPresent);
}
