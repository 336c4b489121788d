//! Jams, slow and failing drives, bad bar codes, devices that are gone, and faults by chance.

use std::sync::Arc;
use std::time::Duration;

use rsm::clock::VirtualClock;
use rsm::device::simulated::{Cartridge, ChangerLayout, Fault, FaultRates, SimulatedLibrary};
use rsm::device::{
    DeviceErrorKind, DriveStatus, ElementKind, LibraryDevice, Occupancy, Position, Refusal,
    VolumeTag,
};

use super::{
    changer, drive_at, here, kind, load, numbered, open_first, refusal, slot, small, status_of,
};

#[test]
fn a_jam_holds_the_cartridge_until_hands_clear_it() {
    let library = small();
    let (changer, geometry) = changer(&library, 0);
    let (hands, hand) = (library.hands(), geometry.transports.first);
    let (from, to) = (slot(&geometry, 0), slot(&geometry, 3));
    let id = hands.look(here(from)).unwrap().unwrap();
    library.inject(Fault::Jam { changer: 0 });
    assert_eq!(kind(changer.move_medium(from, to, false)), DeviceErrorKind::NeedsOperator);
    let status = status_of(&*changer, ElementKind::Transport, hand);
    assert_eq!((status.occupancy, status.source), (Occupancy::Full, Some(from)));
    for _ in 0..2 {
        assert_eq!(kind(changer.ready()), DeviceErrorKind::NeedsOperator);
        let again = changer.move_medium(hand, to, false);
        assert_eq!(kind(again), DeviceErrorKind::NeedsOperator);
    }
    hands.clear_jam(0).unwrap();
    changer.ready().unwrap();
    // Stuck again, with what it holds already.
    library.inject(Fault::Jam { changer: 0 });
    assert_eq!(kind(changer.move_medium(hand, to, false)), DeviceErrorKind::NeedsOperator);
    assert_eq!(hands.find(id).unwrap(), Some(here(hand)));
    hands.clear_jam(0).unwrap();
    changer.move_medium(hand, to, false).unwrap();
    assert_eq!(hands.find(id).unwrap(), Some(here(to)));
    assert_eq!(refusal(hands.clear_jam(7)), Refusal::NoSuchElement);
}

#[test]
fn a_jam_without_elements_for_hands_leaves_the_cartridge() {
    let layout = ChangerLayout { transports: 0, ..ChangerLayout::default() };
    let library = SimulatedLibrary::builder().changer(layout).cartridges(numbered(1));
    let library = library.build().unwrap();
    let (changer, geometry) = changer(&library, 0);
    let (from, to) = (slot(&geometry, 0), geometry.drives.first);
    library.inject(Fault::Jam { changer: 0 });
    assert_eq!(kind(changer.move_medium(from, to, false)), DeviceErrorKind::NeedsOperator);
    library.hands().clear_jam(0).unwrap();
    changer.move_medium(from, to, false).unwrap();
}

#[test]
fn a_drive_that_will_not_unload_keeps_the_cartridge() {
    let library = small();
    let drive = load(&library, 0, false);
    let place = here(changer(&library, 0).1.drives.first);
    let fault = Fault::UnloadFails { drive: place, kind: DeviceErrorKind::DriveFault };
    library.inject_times(fault, 2);
    for _ in 0..2 {
        assert_eq!(kind(drive.unload()), DeviceErrorKind::DriveFault);
        assert!(matches!(drive.status().unwrap(), DriveStatus::Ready(_)));
    }
    drive.unload().unwrap();
}

#[test]
fn a_slow_load_is_ready_only_later() {
    let clock = VirtualClock::new();
    let library = SimulatedLibrary::builder().cartridges(numbered(1)).clock(clock.clone());
    let library = library.build().unwrap();
    let extra = Duration::from_secs(300);
    let place = here(changer(&library, 0).1.drives.first);
    library.inject(Fault::SlowLoad { drive: place, extra });
    let drive = load(&library, 0, false);
    assert_eq!(drive.status().unwrap(), DriveStatus::BecomingReady);
    assert_eq!(kind(drive.open()), DeviceErrorKind::NotReady);
    clock.advance(extra);
    assert!(matches!(drive.status().unwrap(), DriveStatus::Ready(_)));
    drive.open().unwrap();
}

#[test]
fn a_load_can_make_a_drive_dirty() {
    let library = small();
    library.inject(Fault::DriveSoiled { drive: here(changer(&library, 0).1.drives.first) });
    let drive = load(&library, 0, false);
    assert!(drive.health().unwrap().needs_cleaning);
}

#[test]
fn a_bar_code_can_be_misread_missed_or_replaced() {
    let library = small();
    let (changer, geometry) = changer(&library, 0);
    let hands = library.hands();
    let id = hands.find_bar_code("A00001").unwrap().unwrap();
    let tag = || status_of(&*changer, ElementKind::Slot, slot(&geometry, 1)).volume_tag;
    library.inject(Fault::BarCodeUnreadable { cartridge: id });
    library.inject(Fault::BarCodeMissing { cartridge: id });
    let other = status_of(&*changer, ElementKind::Slot, slot(&geometry, 0));
    assert_eq!(other.volume_tag.text(), Some("A00000"));
    assert_eq!([tag(), tag()], [VolumeTag::Unreadable, VolumeTag::Absent]);
    assert_eq!(tag().text(), Some("A00001"));
    hands.relabel(id, VolumeTag::Unreadable).unwrap();
    assert_eq!(tag(), VolumeTag::Unreadable);
    let long = VolumeTag::Read("X".repeat(33));
    assert_eq!(refusal(hands.relabel(id, long)), Refusal::Invalid);
    hands.relabel(id, VolumeTag::Read("NEW".into())).unwrap();
    assert_eq!(tag().text(), Some("NEW"));
}

#[test]
fn a_device_can_be_gone_for_a_while() {
    let library = small();
    let (changer, geometry) = changer(&library, 0);
    library.inject_times(Fault::ChangerGone { changer: 0 }, 2);
    let place = here(geometry.drives.first);
    library.inject_always(Fault::DriveGone { drive: place });
    for _ in 0..2 {
        assert_eq!(kind(changer.geometry()), DeviceErrorKind::Gone);
    }
    changer.move_medium(slot(&geometry, 0), place.address, false).unwrap();
    let drive = drive_at(&library, 0, 0);
    for _ in 0..5 {
        assert_eq!(kind(drive.load()), DeviceErrorKind::Gone);
    }
    library.clear_faults();
    drive.load().unwrap();
    library.inject(Fault::DriveExchanged { drive: place });
    assert_eq!(kind(drive.status()), DeviceErrorKind::Gone);
    assert_eq!(kind(drive.status()), DeviceErrorKind::Gone);
    assert_eq!(drive_at(&library, 0, 0).status().unwrap(), DriveStatus::Unloaded);
}

/// What came of a fixed row of verbs, as text.
fn story(seed: u64, rates: FaultRates) -> String {
    let library = SimulatedLibrary::builder()
        .cartridges(numbered(4))
        .seed(seed)
        .random_faults(rates)
        .build()
        .unwrap();
    let hands = library.hands();
    let places = library.hands().elements().unwrap();
    let slots: Vec<_> = places.iter().filter(|e| e.kind == ElementKind::Slot).collect();
    let changer = Arc::clone(&library.changers()[0]);
    let mut text = String::new();
    for turn in 0..400usize {
        let place = library.drive_places()[turn % 2];
        let drive = library.drives().remove(1 - turn % 2);
        let home = slots[turn % 4].place.address;
        let results = [
            changer.move_medium(home, place.address, false),
            drive.load(),
            drive.open().and_then(|mut medium| medium.write_filemarks(1)).map(drop),
            drive.unload(),
            changer.move_medium(place.address, home, false),
        ];
        let kinds = results.map(|result| result.err().map(|error| error.kind()));
        text += &format!("{kinds:?}\n");
        hands.clear_jam(0).unwrap();
        let lost = hands.elements().unwrap().iter().filter(|e| e.cartridge.is_some()).count();
        assert_eq!(lost, 4, "seed {seed}, turn {turn}");
    }
    text
}

#[test]
fn chance_comes_from_the_seed() {
    let rates = FaultRates::all(FaultRates::OCCASIONS / 50);
    assert_eq!(story(1, rates), story(1, rates));
    assert_ne!(story(1, rates), story(2, rates));
    let all_well = "[None, None, None, None, None]\n".repeat(400);
    assert_eq!(story(1, FaultRates::default()), all_well);
    for expected in
        ["NeedsOperator", "OutcomeUnknown", "DriveFault", "ChangerFault", "Reset", "Gone"]
    {
        assert!(story(3, rates).contains(expected), "{expected}");
    }
}

#[test]
fn a_rate_is_what_it_says() {
    let rates = FaultRates { failed_loads: FaultRates::OCCASIONS / 10, ..FaultRates::default() };
    let library = SimulatedLibrary::builder().cartridges(numbered(1)).random_faults(rates);
    let library = library.build().unwrap();
    let (changer, geometry) = changer(&library, 0);
    changer.move_medium(slot(&geometry, 0), geometry.drives.first, false).unwrap();
    let drive = drive_at(&library, 0, 0);
    let failed = (0..10_000).filter(|_| {
        let failed = drive.load().is_err();
        drive.unload().unwrap();
        failed
    });
    let failed = failed.count();
    assert!((900..1100).contains(&failed), "{failed}");
}

#[test]
fn a_block_that_is_bad_by_chance_stays_so() {
    let rates = FaultRates { bad_blocks: FaultRates::OCCASIONS / 4, ..FaultRates::default() };
    let library = SimulatedLibrary::builder().cartridge(Cartridge::new()).random_faults(rates);
    let library = library.build().unwrap();
    let mut medium = open_first(&library);
    let mut bad = || {
        medium.rewind().unwrap();
        while medium.write_block(b"x").is_ok() {}
        medium.position().unwrap()
    };
    let first = bad();
    assert_eq!([bad(), bad()], [first, first]);
    library.clear_faults();
    let _ = medium.write_block(b"x").unwrap();
    assert_eq!(medium.position().unwrap(), Position(first.0 + 1));
}
