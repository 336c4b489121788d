//! A drive that people serve.

use std::sync::Arc;
use std::time::Duration;

use rsm::clock::{Clock, VirtualClock};
use rsm::device::simulated::{Cartridge, ChangerLayout, Place, SimulatedLibrary, Timings};
use rsm::device::{
    Attention, DeviceErrorKind, Drive, DriveStatus, LibraryDevice, LibraryKind, Refusal,
};
use tempfile::TempDir;

use super::{kind, refusal};

const EXCHANGED: DeviceErrorKind = DeviceErrorKind::LookAgain(Attention::MediumChanged);

fn alone() -> SimulatedLibrary {
    SimulatedLibrary::builder().stand_alone().build().unwrap()
}

fn parts(library: &SimulatedLibrary) -> (Arc<dyn Drive>, Place) {
    (Arc::clone(&library.drives()[0]), library.drive_places()[0])
}

fn is_ready(drive: &dyn Drive) -> bool {
    matches!(drive.status().unwrap(), DriveStatus::Ready(_))
}

#[test]
fn it_is_one_drive_without_a_changer() {
    let library = alone();
    assert_eq!(library.identity().kind, LibraryKind::StandAlone);
    assert_eq!((library.changers().len(), library.drives().len()), (0, 1));
    assert_eq!(parts(&library).0.status().unwrap(), DriveStatus::Empty);
    let with_changer =
        SimulatedLibrary::builder().stand_alone().changer(ChangerLayout::default()).build();
    assert_eq!(refusal(with_changer), Refusal::Invalid);
    let two =
        SimulatedLibrary::builder().stand_alone().cartridges([(); 2].map(|()| Cartridge::new()));
    assert_eq!(refusal(two.build()), Refusal::Invalid);
}

#[test]
fn what_is_put_in_loads_and_the_drive_tells_of_it_once() {
    let library = alone();
    let (drive, place) = parts(&library);
    let hands = library.hands();
    let changes = library.changes().unwrap();
    let before = changes.count();
    let tape = hands.make(Cartridge::new()).unwrap();
    hands.insert(tape, place).unwrap();
    assert!(changes.count() > before);
    assert_eq!(kind(drive.status()), EXCHANGED);
    assert!(is_ready(&*drive));
    let _ = drive.open().unwrap().write_block(b"kept").unwrap();
    assert_eq!(refusal(hands.remove(place)), Refusal::NotAccessible);
    hands.press_eject(place).unwrap();
    assert_eq!(drive.status().unwrap(), DriveStatus::Unloaded);
    assert_eq!(hands.remove(place).unwrap(), tape);
    assert_eq!(kind(hands.press_eject(place)), DeviceErrorKind::NoMedium);
    hands.insert(tape, place).unwrap();
    assert_eq!(kind(drive.load()), EXCHANGED, "any verb tells it");
    drive.load().unwrap();
    assert!(is_ready(&*drive));
}

#[test]
fn a_drive_that_has_to_be_asked_does_not_load_by_itself() {
    let library = SimulatedLibrary::builder().stand_alone().loads_by_itself(false);
    let library = library.cartridge(Cartridge::new()).build().unwrap();
    let (drive, place) = parts(&library);
    assert_eq!(drive.status().unwrap(), DriveStatus::Unloaded);
    drive.load().unwrap();
    assert!(is_ready(&*drive));
    drive.unload().unwrap();
    library.hands().remove(place).unwrap();
    assert_eq!(drive.status().unwrap(), DriveStatus::Empty);
}

#[test]
fn the_button_obeys_the_drive_and_force_does_not() {
    let library = SimulatedLibrary::builder().stand_alone();
    let library = library.cartridge(Cartridge::new()).build().unwrap();
    let (drive, place) = parts(&library);
    drive.prevent_removal(true).unwrap();
    assert_eq!(refusal(library.hands().press_eject(place)), Refusal::RemovalPrevented);
    let mut medium = drive.open().unwrap();
    library.hands().pull_out(place).unwrap();
    assert_eq!(drive.status().unwrap(), DriveStatus::Empty);
    assert!(medium.rewind().is_err());
}

#[test]
fn loading_takes_its_time_in_the_background() {
    let clock = VirtualClock::new();
    let load = Duration::from_secs(30);
    let library = SimulatedLibrary::builder().stand_alone().clock(clock.clone());
    let library = library.timings(Timings { load, ..Timings::default() }).build().unwrap();
    let (drive, place) = parts(&library);
    let tape = library.hands().make(Cartridge::new()).unwrap();
    library.hands().insert(tape, place).unwrap();
    assert_eq!(clock.monotonic(), Duration::ZERO);
    assert_eq!(drive.status().unwrap(), DriveStatus::BecomingReady);
    assert_eq!(kind(drive.load()), DeviceErrorKind::NotReady);
    assert_eq!(refusal(library.hands().press_eject(place)), Refusal::NotAccessible);
    clock.advance(load);
    assert_eq!(kind(drive.status()), EXCHANGED);
    assert!(is_ready(&*drive));
}

#[test]
fn what_the_drive_does_not_take_stays_unloaded() {
    let library = alone();
    let (drive, place) = parts(&library);
    let foreign = library.hands().make(Cartridge::new().media_type(7)).unwrap();
    library.hands().insert(foreign, place).unwrap();
    assert_eq!(drive.status().unwrap(), DriveStatus::Unloaded);
    assert_eq!(refusal(drive.load()), Refusal::Incompatible);
}

#[test]
fn it_is_kept_in_a_directory() {
    let dir = TempDir::new().unwrap();
    let builder = SimulatedLibrary::builder().stand_alone().loads_by_itself(false).seed(3);
    let library = builder.cartridge(Cartridge::new()).open_or_create(dir.path()).unwrap();
    let other = SimulatedLibrary::open(dir.path()).unwrap();
    assert_eq!(other.identity(), library.identity());
    let (drive, place) = parts(&library);
    drive.load().unwrap();
    assert_eq!(kind(parts(&other).0.status()), EXCHANGED, "every process is told");
    assert!(is_ready(&*parts(&other).0));
    let third = SimulatedLibrary::open(dir.path()).unwrap();
    assert!(is_ready(&*parts(&third).0), "what was there before is no news");
    other.hands().press_eject(place).unwrap();
    assert_eq!(drive.status().unwrap(), DriveStatus::Unloaded);
}
