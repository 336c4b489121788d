//! The slot that is reserved for the cleaner: examples CS1-CS5, rules AR1 and AR2 of what arrives.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/robot.rs"]
mod robot;
mod support;

use robot::{IMMEDIATE, Robot, builder, kind, tape};
use rsm::ErrorKind;
use rsm::model::{
    CleanerTarget, InventoryMethod, Library, LibraryFlags, LibraryOperation, LibraryRequest,
    LibraryRequestId, LibraryRequestState, MediaState, ObjectType, OperatorRequest,
    OperatorRequestId, OperatorRequestState, OperatorTask, SlotState,
};
use support::{T1, open_catalog, unknown};

const FAST: InventoryMethod = InventoryMethod::Fast;
const PRESENT: LibraryFlags = LibraryFlags::CLEANER_PRESENT;

fn library(robot: &Robot) -> Library {
    robot.session.info(robot.library).unwrap()
}

fn has_cleaner(robot: &Robot) -> bool {
    library(robot).flags.contains(PRESENT)
}

fn reserve(robot: &Robot, slot: u32) -> rsm::Result<()> {
    robot.session.reserve_cleaner_slot(robot.library, robot.slot(slot))
}

fn release(robot: &Robot) -> rsm::Result<()> {
    robot.session.release_cleaner_slot(robot.library)
}

/// Puts a new cartridge into a slot by hand, and looks.
fn insert(robot: &Robot, bar_code: &str, slot: u32) {
    let hands = robot.device.hands();
    hands.insert(hands.make(tape(bar_code)).unwrap(), robot.place(slot)).unwrap();
    robot.look(FAST);
}

fn requests(robot: &Robot) -> Vec<LibraryRequest> {
    let all: Vec<LibraryRequestId> = robot.session.list(None).unwrap();
    all.into_iter().map(|id| robot.session.info(id).unwrap()).collect()
}

/// What people were asked about cleaners.
fn asked(robot: &Robot) -> Vec<OperatorRequest> {
    let all: Vec<OperatorRequestId> = robot.session.list(None).unwrap();
    all.into_iter().map(|id| robot.session.info(id).unwrap()).collect()
}

#[test]
fn library_cs1_an_empty_slot_is_reserved() {
    let robot = Robot::with_tapes(1, &["A1"]);
    assert_eq!(library(&robot).cleaner_slot, None);
    reserve(&robot, 5).unwrap();
    let changes = support::last_changes(robot.dir.path());
    assert!(changes.contains(&(1, ObjectType::Library, robot.library.into())));
    assert_eq!(changes.last(), Some(&(5, ObjectType::Library, robot.library.into())));
    assert_eq!(library(&robot).cleaner_slot, Some(robot.slot(5)));
    let request = requests(&robot).pop().unwrap();
    assert_eq!(request.operation, LibraryOperation::ReserveCleanerSlot);
    assert_eq!(request.state, LibraryRequestState::Passed);
    assert_eq!((request.slot, request.library), (Some(robot.slot(5)), robot.library));
    robot.check();
    // It is kept over a restart.
    let robot = robot.restart();
    assert_eq!(library(&robot).cleaner_slot, Some(robot.slot(5)));
    robot.check();
}

#[test]
fn library_cs2_only_one_slot_is_reserved() {
    let robot = Robot::with_tapes(1, &["A1"]);
    reserve(&robot, 5).unwrap();
    let before = support::dump(robot.dir.path());
    for slot in [5, 6, 1] {
        assert_eq!(kind(reserve(&robot, slot)), ErrorKind::CleanerSlotSet);
    }
    assert!(support::dump(robot.dir.path()) == before);
}

#[test]
fn library_cs3_cs4_the_slot_is_released_when_the_cleaner_is_gone() {
    let robot = Robot::with_tapes(1, &["A1"]);
    assert_eq!(kind(release(&robot)), ErrorKind::CleanerSlotNotSet);
    reserve(&robot, 2).unwrap();
    insert(&robot, "CLN001L1", 2);
    assert_eq!(kind(release(&robot)), ErrorKind::ResourceNotAvailable);
    assert_eq!(library(&robot).cleaner_slot, Some(robot.slot(2)));
    let mut record = library(&robot);
    record.cleaner_uses_remaining = 20;
    robot.session.set_info(&record).unwrap();
    robot.device.hands().remove(robot.place(2)).unwrap();
    robot.look(FAST);
    assert_eq!((has_cleaner(&robot), library(&robot).cleaner_uses_remaining), (false, 0));
    release(&robot).unwrap();
    assert_eq!(library(&robot).cleaner_slot, None);
    let request = requests(&robot).pop().unwrap();
    assert_eq!(request.operation, LibraryOperation::ReleaseCleanerSlot);
    assert_eq!(request.state, LibraryRequestState::Passed);
    // Data can be put there again.
    assert_eq!(kind(release(&robot)), ErrorKind::CleanerSlotNotSet);
    insert(&robot, "B1", 2);
    assert_eq!(robot.in_slot(2).unwrap().bar_code, "B1");
    robot.check();
}

#[test]
fn library_cs5_a_library_without_slots_has_none_to_reserve() {
    let f = open_catalog();
    let library = f.library(3);
    f.sql("UPDATE library SET type = 3 WHERE id = ?1", [rsm::model::Id::to_bytes(&library)]);
    f.refused(ErrorKind::ObjectNotFound, || f.session.reserve_cleaner_slot(library, unknown()));
    f.refused(ErrorKind::CleanerSlotNotSet, || f.session.release_cleaner_slot(library));
    // The slot of another library.
    let other = f.library(4);
    let pool = f.pool(r"\P", T1);
    let medium = f.medium(pool, &[rsm::model::SideState::Available], 1).physical_media;
    f.bring_online(medium, other);
    let slot: rsm::model::SlotId = f.session.list(None).unwrap()[0];
    f.refused(ErrorKind::ObjectNotFound, || f.session.reserve_cleaner_slot(library, slot));
}

#[test]
fn slots_that_are_not_empty_are_not_reserved() {
    let robot = Robot::with_tapes(1, &["A1", "A2"]);
    assert_eq!(kind(reserve(&robot, 1)), ErrorKind::ResourceNotAvailable);
    // The home of a medium that is in a drive.
    let side = robot.side(robot.by_bar_code("A2").id).id;
    let mount = robot.session.mount(side).unwrap();
    assert_eq!(robot.slot_state(2), SlotState::Empty);
    assert_eq!(kind(reserve(&robot, 2)), ErrorKind::ResourceNotAvailable);
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!(kind(reserve(&robot, 2)), ErrorKind::ResourceNotAvailable);
    // One that is not there.
    let sql = "UPDATE slot SET state = 3 WHERE number = 8";
    let database = rusqlite::Connection::open(robot.dir.path().join("catalog.db")).unwrap();
    database.execute(sql, []).unwrap();
    assert_eq!(kind(reserve(&robot, 8)), ErrorKind::ResourceNotAvailable);
    reserve(&robot, 7).unwrap();
    database.execute("UPDATE slot SET state = 3 WHERE number = 7", []).unwrap();
    assert_eq!(kind(release(&robot)), ErrorKind::ResourceNotPresent);
    // The cleaner is in a drive.
    database.execute("UPDATE slot SET state = 2 WHERE number = 7", []).unwrap();
    database.execute("UPDATE drive SET state = 6", []).unwrap();
    assert_eq!(kind(release(&robot)), ErrorKind::ResourceNotAvailable);
    database.execute("UPDATE drive SET state = 0", []).unwrap();
    release(&robot).unwrap();
    robot.check();
}

#[test]
fn the_usual_checks_of_a_library_come_first() {
    let robot = Robot::with_tapes(1, &[]);
    let slot = robot.slot(3);
    let session = &robot.session;
    let offline = session.list::<rsm::model::LibraryId>(None).unwrap()[0];
    let both = |library| {
        [session.reserve_cleaner_slot(library, slot), session.release_cleaner_slot(library)]
            .map(kind)
    };
    assert_eq!(both(unknown()), [ErrorKind::InvalidLibrary; 2]);
    assert_eq!(both(offline), [ErrorKind::LibraryOffline; 2]);
    session.disable(robot.library).unwrap();
    assert_eq!(both(robot.library), [ErrorKind::ResourceDisabled; 2]);
    session.enable(robot.library).unwrap();
    robot.manager.detach(robot.library).unwrap();
    assert_eq!(both(robot.library), [ErrorKind::DeviceNotAvailable; 2]);
}

#[test]
fn media_never_go_into_the_reserved_slot() {
    let robot = Robot::with_tapes(1, &["A1"]);
    reserve(&robot, 2).unwrap();
    let side = robot.side(robot.by_bar_code("A1").id).id;
    // The home is taken by hand: the next slot would be the reserved one.
    let mount = robot.session.mount(side).unwrap();
    let hands = robot.device.hands();
    hands.insert(hands.make(tape("X1")).unwrap(), robot.place(1)).unwrap();
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!(robot.in_slot(3).unwrap().bar_code, "A1");
    assert_eq!(robot.by_bar_code("A1").home_slot, Some(robot.slot(3)));
    // Nor when somebody put a tape into a drive, nor after a restart.
    let drive = robot.device.drive_places()[0];
    hands.insert(hands.make(tape("Y1")).unwrap(), drive).unwrap();
    robot.look(FAST);
    assert_eq!(robot.in_slot(4).unwrap().bar_code, "Y1");
    hands.insert(hands.make(tape("Z1")).unwrap(), drive).unwrap();
    let robot = robot.restart();
    assert_eq!(robot.in_slot(5).unwrap().bar_code, "Z1");
    assert_eq!(robot.slot_state(2), SlotState::Empty);
    robot.assert_all_in_slots(4);
    robot.check();
}

#[test]
fn with_only_the_reserved_slot_empty_the_medium_stays_in_the_drive() {
    let robot = Robot::with_tapes(1, &["A1", "A2", "A3", "A4", "A5", "A6", "A7"]);
    reserve(&robot, 8).unwrap();
    let medium = robot.by_bar_code("A7").id;
    let mount = robot.session.mount(robot.side(medium).id).unwrap();
    let hands = robot.device.hands();
    hands.insert(hands.make(tape("X1")).unwrap(), robot.place(7)).unwrap();
    mount.dismount(IMMEDIATE).unwrap();
    robot.settle();
    assert_eq!(robot.slot_state(8), SlotState::Empty);
    assert_eq!(robot.medium(medium).location_type(), ObjectType::Drive);
    robot.check();
}

#[test]
fn library_ar1_a_cleaner_in_the_reserved_slot_is_the_librarys() {
    let robot = Robot::with_tapes(1, &["A1"]);
    reserve(&robot, 4).unwrap();
    insert(&robot, "CLN007L1", 4);
    assert!(has_cleaner(&robot));
    assert_eq!(robot.slot_state(4), SlotState::Full);
    assert_eq!((robot.all_media().len(), robot.drives()[0].mount_count), (1, 1));
    assert!(asked(&robot).is_empty());
    // Every label is read, but not the cleaner's.
    robot.look(InventoryMethod::FullLabelRead);
    assert_eq!(robot.all_media().len(), 1);
    assert!(has_cleaner(&robot));
    robot.check();
    let robot = robot.restart();
    assert!(has_cleaner(&robot));
    robot.check();
}

#[test]
fn library_ar1_a_cleaner_elsewhere_is_to_be_moved_and_that_is_asked_once() {
    // Already when the library is attached for the first time.
    let robot = Robot::with_tapes(1, &["A1", "CLN001L1"]);
    assert_eq!((robot.slot_state(2), robot.all_media().len()), (SlotState::Full, 1));
    let [request] = asked(&robot).try_into().unwrap();
    let target = CleanerTarget::Slot(robot.slot(2));
    assert_eq!(request.task, OperatorTask::Cleaner { target });
    assert!(!has_cleaner(&robot));
    robot.look(FAST);
    robot.look(InventoryMethod::FullLabelRead);
    let robot = robot.restart();
    assert_eq!(asked(&robot).len(), 1, "not again");
    assert_eq!(robot.drives()[0].mount_count, 2, "one tape, read twice");
    // Who moves it has done what was asked.
    reserve(&robot, 8).unwrap();
    robot.device.hands().swap(robot.place(2), robot.place(8)).unwrap();
    robot.look(FAST);
    assert!(has_cleaner(&robot));
    assert_eq!(asked(&robot)[0].state, OperatorRequestState::Complete);
    assert_eq!(robot.slot_state(2), SlotState::Empty);
    robot.check();
    // Into a wrong one again: it is asked for again, and the library has none.
    robot.device.hands().swap(robot.place(8), robot.place(3)).unwrap();
    robot.look(FAST);
    assert!(!has_cleaner(&robot));
    assert_eq!(asked(&robot).len(), 2);
    robot.check();
}

#[test]
fn library_ar1_without_the_flag_such_bar_codes_are_ordinary() {
    let robot = Robot::with_tapes(1, &[]);
    let mut record = library(&robot);
    record.flags = LibraryFlags::empty();
    robot.session.set_info(&record).unwrap();
    insert(&robot, "CLN001L1", 3);
    assert_eq!(robot.in_slot(3).unwrap().bar_code, "CLN001L1");
    assert!(asked(&robot).is_empty());
    robot.check();
}

#[test]
fn library_ar2_whatever_is_in_the_reserved_slot_is_the_cleaner() {
    for code in ["NOBODY", ""] {
        let robot = Robot::with_tapes(1, &["A1"]);
        reserve(&robot, 4).unwrap();
        let mounts = robot.drives()[0].mount_count;
        insert(&robot, code, 4);
        assert!(has_cleaner(&robot), "{code:?}");
        assert_eq!((robot.slot_state(4), robot.all_media().len()), (SlotState::Full, 1));
        assert_eq!(robot.drives()[0].mount_count, mounts);
        robot.check();
    }
    // A known medium too: it has left its slot, and the library.
    let robot = Robot::with_tapes(1, &["A1"]);
    let medium = robot.prepare(robot.by_bar_code("A1").id);
    reserve(&robot, 4).unwrap();
    robot.device.hands().swap(robot.place(1), robot.place(4)).unwrap();
    robot.look(FAST);
    assert!(has_cleaner(&robot));
    assert_eq!(robot.medium(medium).location, None);
    assert_eq!(robot.medium(medium).media_state, MediaState::Idle);
    robot.check();
    // Without a reader it is the same.
    let robot = Robot::of(builder(1, robot::TAPE).bar_code_reader(false), robot::TAPE);
    reserve(&robot, 4).unwrap();
    insert(&robot, "", 4);
    assert!(has_cleaner(&robot));
    robot.check();
}

#[test]
fn the_number_of_uses_is_set_by_people() {
    let robot = Robot::with_tapes(1, &[]);
    let ignores = LibraryFlags::IGNORE_CLEANER_USES_REMAINING;
    for (uses, ignored) in [(u32::MAX, true), (5, false), (u32::MAX, true), (0, false)] {
        let mut record = library(&robot);
        record.cleaner_uses_remaining = uses;
        // These follow from other things.
        record.flags ^= ignores | PRESENT;
        record.cleaner_slot = Some(robot.slot(1));
        robot.session.set_info(&record).unwrap();
        let after = library(&robot);
        assert_eq!(after.cleaner_uses_remaining, uses);
        assert_eq!(after.flags.contains(ignores), ignored);
        assert_eq!((after.flags.contains(PRESENT), after.cleaner_slot), (false, None));
    }
    robot.check();
}

#[test]
fn slots_are_reserved_and_released_by_many_at_once() {
    let robot = Robot::with_tapes(2, &["A1", "A2"]);
    let slots: Vec<_> = (3..7).map(|number| robot.slot(number)).collect();
    std::thread::scope(|scope| {
        for slot in &slots {
            scope.spawn(|| {
                for _ in 0..20 {
                    match robot.session.reserve_cleaner_slot(robot.library, *slot) {
                        Ok(()) => robot.session.release_cleaner_slot(robot.library).unwrap(),
                        Err(error) => assert_eq!(error.kind(), ErrorKind::CleanerSlotSet),
                    }
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..5 {
                robot.session.inventory_library(robot.library, FAST).unwrap();
            }
        });
    });
    robot.settle();
    assert_eq!(library(&robot).cleaner_slot, None);
    robot.check();
}
