//! Inventories as requests of a library: who joins whom, and how they end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/hall.rs"]
mod hall;
#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/robot.rs"]
mod robot;
mod support;

use std::time::Duration;

use hall::{check_library_call, was_told};
use hostile::{Hostile, lies};
use robot::{Robot, TAPE, builder, kind, tape};
use rsm::device::simulated::{ChangerLayout, DoorLayout, Fault, SimulatedLibrary};
use rsm::device::{DeviceError, DeviceErrorKind};
use rsm::model::{
    InventoryMethod, LibraryOperation, LibraryRequest, LibraryRequestId, LibraryRequestState,
    Location, ObjectType, SlotState, Timeout,
};
use rsm::{ErrorKind, Mount};

use InventoryMethod::{Fast, FullLabelRead as Full, LibraryDefault, SlotsOnly, Stop};
use LibraryRequestState::{Cancelled, Failed, InProcess, Passed, Stopped, Waiting};

const COMPLETE: u8 = 5;

fn ask(robot: &Robot, method: InventoryMethod) -> Option<LibraryRequestId> {
    robot.session.inventory_library(robot.library, method).unwrap()
}

fn inventories(robot: &Robot) -> Vec<LibraryRequest> {
    robot.requests(LibraryOperation::Inventory)
}

/// A library whose only drive somebody uses, with a tape in slot 3 that must be read.
fn with_something_to_read() -> (Robot, Mount) {
    let robot = Robot::without_reader(1, 2);
    robot.prepare_all();
    let mount = robot.mount(robot.allocate(robot.in_slot(2).unwrap().id).logical_media);
    put(&robot, 3);
    (robot, mount)
}

fn put(robot: &Robot, slot: u32) {
    let hands = robot.device.hands();
    hands.insert(hands.make(tape("")).unwrap(), robot.place(slot)).unwrap();
}

#[test]
fn an_inventory_is_a_request() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let first = inventories(&robot).pop().unwrap();
    assert_eq!((first.state, first.application.as_str()), (Passed, "RSM"), "that of the start");
    let request = ask(&robot, LibraryDefault).unwrap();
    robot.settle();
    let record = robot.session.info(request).unwrap();
    assert_eq!((record.operation, record.operation_option), (LibraryOperation::Inventory, 0));
    assert_eq!((record.state, record.error), (Passed, None));
    assert_eq!((record.library, record.application.as_str()), (robot.library, "test"));
    assert!(record.completed.is_some());
    assert!(was_told(&robot, (COMPLETE, ObjectType::Library, robot.library.into())));
    let slots = ask(&robot, SlotsOnly).unwrap();
    robot.settle();
    assert_eq!(robot.session.info(slots).unwrap().operation_option, 1);
    assert_eq!(robot.state(slots), Passed);
    robot.check();
}

#[test]
fn calls_for_inventories_are_checked() {
    let robot = Robot::with_tapes(1, &["A1"]);
    check_library_call(&robot, |session, library| {
        session.inventory_library(library, Fast).map(drop)
    });
    let robot = Robot::with_tapes(1, &["A1"]);
    check_library_call(&robot, |session, library| {
        session.inventory_library(library, Stop).map(drop)
    });
}

#[test]
fn nothing_is_queued_for_nothing() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let before = inventories(&robot).len();
    assert_eq!(ask(&robot, InventoryMethod::None), None);
    assert_eq!(ask(&robot, Stop), None);
    let mut library = robot.session.info(robot.library).unwrap();
    library.inventory_method = InventoryMethod::None;
    robot.session.set_info(&library).unwrap();
    assert_eq!(ask(&robot, LibraryDefault), None);
    assert_eq!(ask(&robot, SlotsOnly), None);
    assert_eq!(inventories(&robot).len(), before);
}

#[test]
fn an_inventory_joins_one_that_finds_out_as_much() {
    let (robot, mount) = with_something_to_read();
    let fast = ask(&robot, Fast).unwrap();
    assert_eq!(robot.slot_state(3), SlotState::NeedsInventory, "it has looked");
    assert_eq!(ask(&robot, Fast), Some(fast));
    assert_eq!(ask(&robot, LibraryDefault), Some(fast));
    assert_eq!(ask(&robot, SlotsOnly), Some(fast));
    let full = ask(&robot, Full).unwrap();
    assert_ne!(full, fast, "it is stronger");
    assert_eq!(ask(&robot, Full), Some(full));
    robot.settle();
    assert_eq!([robot.state(fast), robot.state(full)], [InProcess, InProcess]);
    assert_eq!(robot.slot_state(1), SlotState::NeedsInventory, "every label is read");
    drop(mount);
    robot.clock.advance(Duration::from_secs(300));
    robot.settle();
    assert_eq!([robot.state(fast), robot.state(full)], [Passed, Passed]);
    assert!((1..=3).all(|slot| robot.slot_state(slot) == SlotState::Full));
    assert_ne!(ask(&robot, Fast), Some(full), "that is over");
    robot.check();
}

#[test]
fn a_weaker_inventory_of_slots_does_not_stand_for_all() {
    let (robot, _mount) = with_something_to_read();
    let slots = ask(&robot, SlotsOnly).unwrap();
    let fast = ask(&robot, Fast).unwrap();
    assert_ne!(slots, fast, "drives are looked at as well");
    robot.settle();
    assert_eq!([robot.state(slots), robot.state(fast)], [InProcess, InProcess]);
}

#[test]
fn stop_ends_inventories() {
    let (robot, mount) = with_something_to_read();
    let known = robot.in_slot(1).unwrap().id;
    robot.device.hands().remove(robot.place(1)).unwrap();
    let fast = ask(&robot, Fast).unwrap();
    let full = ask(&robot, Full).unwrap();
    robot.settle();
    assert_eq!(ask(&robot, Stop), Some(fast));
    robot.settle();
    for request in [fast, full] {
        let record = robot.session.info(request).unwrap();
        assert_eq!((record.state, record.error), (Stopped, Some(ErrorKind::Cancelled)));
        assert!(was_told(&robot, (COMPLETE, ObjectType::LibraryRequest, request.into())));
    }
    assert_eq!(ask(&robot, Stop), None);
    drop(mount);
    robot.clock.advance(Duration::from_secs(300));
    robot.settle();
    assert!(robot.medium(known).location.is_some(), "nobody has left");
    assert_eq!(robot.slot_state(3), SlotState::NeedsInventory);
    robot.look(Fast);
    assert!(robot.medium(known).location.is_none());
    robot.check();
}

#[test]
fn one_of_two_inventories_can_be_cancelled() {
    let (robot, mount) = with_something_to_read();
    let fast = ask(&robot, Fast).unwrap();
    let full = ask(&robot, Full).unwrap();
    robot.settle();
    robot.session.cancel_library_request(full).unwrap();
    robot.settle();
    assert_eq!([robot.state(fast), robot.state(full)], [InProcess, Cancelled]);
    drop(mount);
    robot.clock.advance(Duration::from_secs(300));
    robot.settle();
    assert_eq!(robot.state(fast), Passed);
    assert_eq!(robot.slot_state(3), SlotState::Full);
    robot.check();
}

#[test]
fn an_inventory_that_cannot_look_fails() {
    let robot = Robot::with_tapes(1, &["A1"]);
    let Robot { session, manager, clock, dir, library, .. } = robot;
    manager.detach(library).unwrap();
    let other = builder(1, TAPE).seed(9).cartridges([tape("B1")]).clock(clock.clone());
    let hostile = Hostile::new(other.build().unwrap());
    let library = manager.attach(hostile.clone()).unwrap();
    manager.wait_until_idle(Timeout::Forever).unwrap();
    lies(&hostile.manners.status, |_| {
        Err(DeviceError::new(DeviceErrorKind::ChangerFault, "it does not know where anything is"))
    });
    assert_eq!(kind(session.inventory_library(library, Fast)), ErrorKind::DeviceNotAvailable);
    manager.wait_until_idle(Timeout::Forever).unwrap();
    let last = session.list::<LibraryRequestId>(Some(library.into())).unwrap().pop().unwrap();
    let record = session.info(last).unwrap();
    assert_eq!((record.state, record.error), (Failed, Some(ErrorKind::DeviceNotAvailable)));
    hostile.behave();
    let request = session.inventory_library(library, Fast).unwrap().unwrap();
    manager.wait_until_idle(Timeout::Forever).unwrap();
    assert_eq!(session.info(request).unwrap().state, Passed);
    drop((session, manager, dir));
}

#[test]
fn while_a_changer_does_not_answer_nobody_has_left() {
    let layout = ChangerLayout { slots: 3, ..robot::layout(1) };
    let library = SimulatedLibrary::builder().changer(layout).changer(layout);
    let tapes = (1..=6).map(|n| tape(&format!("A{n}")));
    let robot = Robot::of(library.media_type(TAPE.value()).cartridges(tapes), TAPE);
    robot.prepare_all();
    let known: Vec<_> = robot.media().into_iter().map(|medium| medium.id).collect();
    let hands = robot.device.hands();
    for code in ["A1", "A6"] {
        let id = hands.find_bar_code(code).unwrap().unwrap();
        hands.remove(hands.find(id).unwrap().unwrap()).unwrap();
    }
    robot.device.inject_always(Fault::ChangerGone { changer: 1 });
    assert_eq!(
        kind(robot.session.inventory_library(robot.library, Fast)),
        ErrorKind::DeviceNotAvailable
    );
    robot.settle();
    assert_eq!(inventories(&robot).pop().unwrap().state, Failed);
    assert!(known.iter().all(|medium| robot.medium(*medium).location.is_some()));
    robot.device.clear_faults();
    robot.look(Fast);
    let left = known.iter().filter(|medium| robot.medium(**medium).location.is_none()).count();
    assert_eq!(left, 2);
    robot.check();
}

#[test]
fn behind_an_open_door_an_inventory_waits() {
    let door = DoorLayout { slots: 0..u32::MAX, lockable: false, sensor: true };
    let robot = Robot::of(builder(1, TAPE).door(door).cartridges([tape("A1"), tape("A2")]), TAPE);
    let one = robot.in_slot(1).unwrap().id;
    let hands = robot.device.hands();
    hands.open_door(0, 0).unwrap();
    robot.until("the door is seen open", || {
        let door = robot.session.list::<rsm::model::DoorId>(None).unwrap()[0];
        robot.session.info(door).unwrap().state == rsm::model::DoorState::Open
    });
    let request = ask(&robot, Fast).unwrap();
    assert_eq!(robot.state(request), Waiting);
    hands.swap(robot.place(1), robot.place(2)).unwrap();
    let before = inventories(&robot).len();
    hands.close_door(0, 0).unwrap();
    robot.until("it has passed", || robot.state(request) == Passed);
    robot.settle();
    assert_eq!(robot.in_slot(2).unwrap().id, one);
    let all = inventories(&robot);
    assert_eq!(all.len(), before + 1, "and the one after the door");
    assert_eq!((all[before].state, all[before].application.as_str()), (Passed, "RSM"));
    robot.check();
}

#[test]
fn after_a_mismatch_an_inventory_is_queued() {
    let robot = Robot::without_reader(1, 2);
    robot.prepare_all();
    let one = robot.in_slot(1).unwrap().id;
    let logical = robot.allocate(one).logical_media;
    let before = inventories(&robot).len();
    robot.device.hands().swap(robot.place(1), robot.place(2)).unwrap();
    assert_eq!(kind(robot.session.mount(logical)), ErrorKind::InvalidMedia);
    robot.settle();
    let all = inventories(&robot);
    assert_eq!(all.len(), before + 1);
    assert_eq!((all[before].state, all[before].application.as_str()), (Passed, "RSM"));
    assert_eq!(robot.in_slot(2).unwrap().id, one);
    // Without it, the mismatch stays for a person or an application to see to.
    let mut library = robot.session.info(robot.library).unwrap();
    library.auto_recovery = false;
    robot.session.set_info(&library).unwrap();
    robot.device.hands().swap(robot.place(1), robot.place(2)).unwrap();
    assert_eq!(kind(robot.session.mount(logical)), ErrorKind::InvalidMedia);
    robot.settle();
    assert_eq!(inventories(&robot).len(), before + 1);
    assert_eq!(robot.slot_state(2), SlotState::NeedsInventory);
    assert_eq!(robot.medium(one).location, Some(Location::Slot(robot.slot(2))));
    robot.check();
}

#[test]
fn an_interrupted_inventory_is_cancelled_and_taken_up_again() {
    let (robot, mount) = with_something_to_read();
    let full = ask(&robot, Full).unwrap();
    robot.settle();
    drop(mount);
    let robot = robot.restart();
    let record = robot.session.info(full).unwrap();
    assert_eq!(record.state, Cancelled);
    let last = inventories(&robot).pop().unwrap();
    assert_ne!(last.id, full);
    assert_eq!((last.state, last.application.as_str()), (Passed, "RSM"));
    // Slots that were to be read are read.
    assert!((1..=3).all(|slot| robot.slot_state(slot) == SlotState::Full));
    robot.check();
}
