//! Two-sided disks in stand-alone drives: people turn them over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/acme.rs"]
mod acme;
#[path = "support/alone.rs"]
mod alone;
#[path = "support/robot.rs"]
mod robot;

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use acme::Acme;
use alone::{Alone, in_time, until};
use robot::kind;
use rsm::ErrorKind;
use rsm::device::LibraryDevice;
use rsm::device::simulated::{Cartridge, CartridgeId, SimulatedLibrary};
use rsm::model::{
    CreateMediaOptions, InventoryMethod, Label, LibraryOperation, LibraryRequestState,
    MediumDescription, MountOptions, MountRequest, OperatorRequestKind, SideDescription, SideId,
    SideState, Timeout,
};

const HOUR: Duration = Duration::from_secs(3600);
/// Time goes by faster than the library works.
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// A disk with labels on both sides that is known and lies in the drive, its first side up.
fn with_disk() -> (Alone, CartridgeId, Vec<SideId>) {
    let code = robot::DISK;
    let sim = SimulatedLibrary::builder().stand_alone().media_type(code.value());
    let a = Alone { robot: robot::Robot::of(sim, code) };
    a.manager.register_label_format(Arc::new(Acme)).unwrap();
    let hands = a.device.hands();
    let new = Cartridge::new().media_type(code.value()).two_sided();
    let disk = hands.make(new).unwrap();
    for label in [b"ACME2", b"ACME1"] {
        hands.turn_over(disk).unwrap();
        hands.insert(disk, a.mouth()).unwrap();
        let drive = a.device.drives().remove(0);
        // It tells first that something was put in.
        while drive.load().is_err() {}
        let _ = drive.open().unwrap().write_block(label).unwrap();
        if label == b"ACME2" {
            drive.unload().unwrap();
            a.take();
        }
    }
    let side = |id: u8| SideDescription::new(SideState::Allocated, Label::new("Acme Backup", [id]));
    let (sides, known) = (vec![side(b'1'), side(b'2')], MediumDescription::new(a.pool()));
    let known = a.session.create_offline_media(known, sides, CreateMediaOptions::empty()).unwrap();
    a.look(InventoryMethod::Fast);
    assert!(a.holds(known.physical_media));
    let sides = a.sides(known.physical_media).iter().map(|side| side.id).collect();
    (a, disk, sides)
}

fn state(a: &Alone, side: SideId) -> SideState {
    a.session.info(side).unwrap().state
}

#[test]
fn a_person_turns_a_disk_over_whose_other_side_is_wanted() {
    let (a, disk, sides) = with_disk();
    drop(a.session.mount(sides[0]).unwrap());
    let wanted = MountRequest::from(sides[1]).timeout(Timeout::After(YEAR));
    thread::scope(|scope| {
        let call = scope.spawn(|| a.session.mount(wanted.clone()));
        until("somebody is asked", || !a.open_requests().is_empty());
        let asked = a.session.operator_requests().unwrap().remove(0);
        assert_eq!(asked.request.task.kind(), OperatorRequestKind::MoveMedia);
        assert!(asked.request.message.contains("turn it over"), "{asked}");
        // Who waits, and for how long, is seen.
        assert_eq!(asked.waits.len(), 1);
        assert!(asked.waits[0].deadline.is_some());
        // It is not done, whatever somebody says.
        a.session.satisfy_operator_request(asked.request.id).unwrap();
        until("it is asked for again", || {
            a.open_requests().iter().any(|open| open.id != asked.request.id)
        });
        // Whoever wants the side that is up has it meanwhile.
        drop(a.session.mount(sides[0]).unwrap());
        a.settle();
        a.check();
        assert_eq!(a.take(), disk);
        a.device.hands().turn_over(disk).unwrap();
        in_time(&a.clock, "it is seen to be out", || a.count() == 0);
        a.put(disk);
        in_time(&a.clock, "it is seen", || call.is_finished());
        let mount = call.join().unwrap().unwrap();
        assert_eq!(mount.side(), sides[1]);
    });
    assert_eq!(a.open_requests(), []);
    a.check();
}

#[test]
fn a_disk_that_nobody_turns_over_is_waited_for_until_the_deadline() {
    let (a, _, sides) = with_disk();
    let wanted = MountRequest::from(sides[1]).timeout(Timeout::After(HOUR));
    thread::scope(|scope| {
        let call = scope.spawn(|| a.session.mount(wanted.clone()));
        until("somebody is asked", || !a.open_requests().is_empty());
        in_time(&a.clock, "the time is over", || call.is_finished());
        assert_eq!(kind(call.join().unwrap()), ErrorKind::Timeout);
    });
    assert_eq!(a.open_requests(), []);
    let refused = thread::scope(|scope| {
        let call = scope.spawn(|| a.session.mount(sides[1]));
        until("somebody is asked", || !a.open_requests().is_empty());
        a.session.cancel_operator_request(a.open_requests()[0].id).unwrap();
        call.join().unwrap()
    });
    assert_eq!(kind(refused), ErrorKind::RequestRefused);
    let at_once = MountRequest::from(sides[1]).timeout(Timeout::NoWait);
    assert_eq!(kind(a.session.mount(at_once)), ErrorKind::Timeout);
    let at_once = MountRequest::from(sides[1]).options(MountOptions::ERROR_IF_UNAVAILABLE);
    assert_eq!(kind(a.session.mount(at_once)), ErrorKind::Busy);
    assert_eq!(a.open_requests(), []);
    drop(a.session.mount(sides[0]).unwrap());
    a.check();
}

#[test]
fn a_person_turns_a_disk_over_whose_other_side_is_to_get_its_free_label() {
    let (a, disk, sides) = with_disk();
    let medium = a.inside().id;
    for side in a.sides(medium) {
        a.session.deallocate_media(side.logical_media.unwrap()).unwrap();
    }
    a.session.move_to_pool(medium, a.system("Free")).unwrap();
    until("the upper side is done", || state(&a, sides[0]) == SideState::Available);
    until("somebody is asked", || !a.open_requests().is_empty());
    a.settle();
    let label = || a.requests(LibraryOperation::WriteFreeLabel).pop().unwrap();
    let waiting = label();
    assert_eq!((waiting.side, waiting.state), (Some(sides[1]), LibraryRequestState::Waiting));
    assert!(waiting.reason.contains("turn"), "{}", waiting.reason);
    assert_eq!(state(&a, sides[1]), SideState::Unprepared);
    let asked = a.session.operator_requests().unwrap().remove(0);
    assert!(asked.request.message.contains("turn it over"), "{asked}");
    assert!(asked.request.message.contains("free label"), "{asked}");
    a.check();
    assert_eq!(a.take(), disk);
    in_time(&a.clock, "it is seen to be out", || a.count() == 0);
    assert_eq!(label().id, waiting.id);
    assert!(!label().state.is_final(), "it waits for the disk");
    a.device.hands().turn_over(disk).unwrap();
    a.put(disk);
    in_time(&a.clock, "its label is recorded", || state(&a, sides[1]) == SideState::Available);
    a.settle();
    assert_eq!((label().id, label().state), (waiting.id, LibraryRequestState::Passed));
    assert_eq!(a.inside().id, medium);
    assert_eq!(a.open_requests(), []);
    a.check();
}

#[test]
fn a_free_label_for_which_nobody_turns_the_disk_over_fails() {
    let (a, _, sides) = with_disk();
    let medium = a.inside().id;
    for side in a.sides(medium) {
        a.session.deallocate_media(side.logical_media.unwrap()).unwrap();
    }
    a.session.move_to_pool(medium, a.system("Free")).unwrap();
    until("somebody is asked", || !a.open_requests().is_empty());
    a.settle();
    a.session.cancel_operator_request(a.open_requests()[0].id).unwrap();
    a.settle();
    let label = a.requests(LibraryOperation::WriteFreeLabel).pop().unwrap();
    assert_eq!((label.side, label.state), (Some(sides[1]), LibraryRequestState::Failed));
    assert_eq!(label.error, Some(ErrorKind::RequestRefused));
    assert_eq!(state(&a, sides[1]), SideState::Unprepared);
    assert_eq!(state(&a, sides[0]), SideState::Available);
    assert_eq!(a.open_requests(), []);
    a.check();
}
