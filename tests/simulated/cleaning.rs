//! Dirty drives, cleaning cartridges, and drives that differ from each other.

use std::sync::Arc;
use std::time::Duration;

use rsm::clock::VirtualClock;
use rsm::device::simulated::{
    Cartridge, ChangerLayout, DriveLayout, Place, SimulatedLibrary, SimulatedLibraryBuilder,
    Timings,
};
use rsm::device::{
    DeviceErrorKind, Drive, DriveStatus, ElementKind, LibraryDevice, MediumPurpose, Refusal,
    TapeAlerts,
};

use super::{changer, drive_at, here, kind, load, refusal, slot, status_of};

/// Slot 0: a tape, slot 1: a cleaning cartridge for so many times.
fn with_cleaner(uses: u32) -> SimulatedLibraryBuilder {
    SimulatedLibrary::builder()
        .cartridge(Cartridge::with_bar_code("A00000"))
        .cartridge(Cartridge::with_bar_code("CLN001").cleaner(uses))
}

fn drive_place(library: &SimulatedLibrary, index: u32) -> Place {
    here(changer(library, 0).1.drives.address(index).unwrap())
}

/// The cleaning cartridge goes into a drive. Returns that.
fn bring(library: &SimulatedLibrary, index: u32) -> Arc<dyn Drive> {
    let (changer, geometry) = changer(library, 0);
    let to = drive_place(library, index).address;
    changer.move_medium(slot(&geometry, 1), to, false).unwrap();
    drive_at(library, 0, index)
}

fn take_back(library: &SimulatedLibrary, index: u32) {
    let (changer, geometry) = changer(library, 0);
    let from = drive_place(library, index).address;
    changer.move_medium(from, slot(&geometry, 1), false).unwrap();
}

fn uses(library: &SimulatedLibrary) -> u32 {
    let hands = library.hands();
    hands.uses_left(hands.find_bar_code("CLN001").unwrap().unwrap()).unwrap()
}

#[test]
fn a_dirty_drive_asks_and_goes_on_until_it_is_cleaned() {
    let library = with_cleaner(1).build().unwrap();
    let hands = library.hands();
    let drive = load(&library, 0, false);
    hands.soil(drive_place(&library, 0)).unwrap();
    let health = drive.health().unwrap();
    assert!(health.needs_cleaning && health.alerts.has(TapeAlerts::CLEAN_NOW));
    assert!(!drive_at(&library, 0, 1).health().unwrap().needs_cleaning);
    let _ = drive.open().unwrap().write_block(b"still works").unwrap();
    drive.unload().unwrap();
    let (changer, geometry) = changer(&library, 0);
    changer.move_medium(geometry.drives.first, slot(&geometry, 0), false).unwrap();

    let drive = bring(&library, 0);
    assert_eq!(drive.status().unwrap(), DriveStatus::Unloaded);
    drive.load().unwrap();
    assert_eq!(drive.status().unwrap(), DriveStatus::Unloaded);
    assert_eq!(drive.health().unwrap(), Default::default());
    assert_eq!(kind(drive.open()), DeviceErrorKind::NotReady);
    take_back(&library, 0);
    assert_eq!(uses(&library), 0);
    assert_eq!(refusal(hands.soil(here(slot(&geometry, 0)))), Refusal::NoSuchElement);
}

#[test]
fn a_spent_cleaning_cartridge_is_refused_with_an_alert() {
    let library = with_cleaner(1).build().unwrap();
    bring(&library, 0).load().unwrap();
    take_back(&library, 0);
    library.hands().soil(drive_place(&library, 1)).unwrap();
    let drive = bring(&library, 1);
    assert_eq!(drive.status().unwrap(), DriveStatus::NotUsable);
    assert_eq!(kind(drive.load()), DeviceErrorKind::MediumFault);
    let health = drive.health().unwrap();
    assert!(health.needs_cleaning && health.alerts.has(TapeAlerts::EXPIRED_CLEANER));
    take_back(&library, 1);
    assert!(!drive.health().unwrap().alerts.has(TapeAlerts::EXPIRED_CLEANER));
    assert_eq!(uses(&library), 0);
}

#[test]
fn a_drive_can_refuse_cleaning_cartridges() {
    let picky = DriveLayout { drives: 1..2, takes_cleaners: false, ..DriveLayout::default() };
    let library = with_cleaner(3).drives(picky).build().unwrap();
    let drive = bring(&library, 1);
    assert_eq!(drive.status().unwrap(), DriveStatus::NotUsable);
    assert_eq!(refusal(drive.load()), Refusal::Incompatible);
    assert_eq!(drive.health().unwrap().alerts, TapeAlerts::default());
    take_back(&library, 1);
    assert_eq!(uses(&library), 3);
    bring(&library, 0).load().unwrap();
    assert_eq!(uses(&library), 2);
}

#[test]
fn cleaning_takes_its_time() {
    let clock = VirtualClock::new();
    let minutes = |n: u64| Duration::from_secs(60 * n);
    let timings = Timings { clean: minutes(2), ..Timings::default() };
    let library = with_cleaner(5).timings(timings).clock(clock.clone()).build().unwrap();
    let (changer, geometry) = changer(&library, 0);
    let drive = bring(&library, 0);
    let home = slot(&geometry, 1);
    for passed in [minutes(0), minutes(1)] {
        clock.advance(passed);
        assert_eq!(drive.status().unwrap(), DriveStatus::BecomingReady);
        assert_eq!(kind(drive.unload()), DeviceErrorKind::NotReady);
        let status = status_of(&*changer, ElementKind::Drive, geometry.drives.first);
        assert!(!status.accessible);
        assert_eq!(status.purpose, MediumPurpose::Cleaning);
        let taken = changer.move_medium(geometry.drives.first, home, false);
        assert_eq!(refusal(taken), Refusal::NotAccessible);
    }
    clock.advance(minutes(1));
    assert_eq!(drive.status().unwrap(), DriveStatus::Unloaded);
    take_back(&library, 0);

    // Who loads it waits for the end.
    let drive = bring(&library, 0);
    let waiter = std::thread::spawn(move || drive.load().unwrap());
    clock.wait_for_waiters(1);
    clock.advance(minutes(2));
    waiter.join().unwrap();
}

#[test]
fn a_drive_is_dirty_after_so_many_loads() {
    let library = with_cleaner(1).dirty_after(2).build().unwrap();
    let drive = load(&library, 0, false);
    drive.load().unwrap();
    assert!(!drive.health().unwrap().needs_cleaning);
    drive.unload().unwrap();
    drive.load().unwrap();
    assert!(drive.health().unwrap().needs_cleaning);
}

#[test]
fn the_changer_knows_what_the_bar_code_says() {
    let library = SimulatedLibrary::builder()
        .cartridge(Cartridge::with_bar_code("CLN001").cleaner(1))
        .cartridge(Cartridge::with_bar_code("X00001").cleaner(1))
        .cartridge(Cartridge::new())
        .cartridge(Cartridge::with_bar_code("A00001"))
        .cartridge(Cartridge::with_bar_code("W00001").write_once())
        .build()
        .unwrap();
    let (changer, geometry) = changer(&library, 0);
    let seen = changer.element_status(ElementKind::Slot, geometry.slots.first, 5).unwrap();
    let purposes: Vec<_> = seen.iter().map(|status| status.purpose).collect();
    use MediumPurpose::{Cleaning, Data, Unknown, WriteOnce};
    assert_eq!(purposes, [Cleaning, Unknown, Unknown, Data, WriteOnce]);
}

#[test]
fn drives_of_different_kinds_take_different_media() {
    let (old, new) = (82, 86);
    let only = |drives, types: &[u32]| DriveLayout {
        drives,
        media_types: types.to_vec(),
        ..DriveLayout::default()
    };
    let directory = tempfile::tempdir().unwrap();
    SimulatedLibrary::builder()
        .changer(ChangerLayout { drives: 3, ..ChangerLayout::default() })
        .media_type(new)
        .drives(only(0..1, &[new, old]))
        .drives(only(1..2, &[old]))
        .drives(only(2..3, &[new]))
        .cartridge(Cartridge::new().media_type(old))
        .open_or_create(directory.path())
        .unwrap();
    let library = SimulatedLibrary::open(directory.path()).unwrap();
    assert_eq!(library.media_types(), [new, old]);
    let (changer, geometry) = changer(&library, 0);
    let mut from = slot(&geometry, 0);
    let mut takes = |index| {
        let to = geometry.drives.address(index).unwrap();
        changer.move_medium(std::mem::replace(&mut from, to), to, false).unwrap();
        let drive = drive_at(&library, 0, index);
        let loaded = drive.load();
        drive.unload().unwrap();
        loaded
    };
    takes(0).unwrap();
    takes(1).unwrap();
    assert_eq!(refusal(takes(2)), Refusal::Incompatible);
}

#[test]
fn a_drive_that_was_exchanged_is_gone_and_the_new_one_is_another() {
    let directory = tempfile::tempdir().unwrap();
    let library = with_cleaner(1).open_or_create(directory.path()).unwrap();
    let old = load(&library, 0, false);
    let mut medium = old.open().unwrap();
    let place = drive_place(&library, 0);
    library.hands().soil(place).unwrap();
    library.hands().swap_drive(place).unwrap();
    assert_eq!(kind(old.status()), DeviceErrorKind::Gone);
    assert_eq!(kind(medium.rewind()), DeviceErrorKind::Gone);
    let again = SimulatedLibrary::open(directory.path()).unwrap();
    let new = drive_at(&again, 0, 0);
    assert_ne!(new.identity().serial, old.identity().serial);
    assert_eq!(new.status().unwrap(), DriveStatus::Unloaded);
    assert!(!new.health().unwrap().needs_cleaning);
    assert_eq!(library.drives().len(), 2);
    new.load().unwrap();
}
