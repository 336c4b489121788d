//! Moves, hands, and that no cartridge is ever lost or doubled.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use rsm::clock::{Clock, VirtualClock};
use rsm::device::simulated::{
    Cartridge, ChangerLayout, DoorLayout, FaultRates, Place, SimulatedLibrary,
    SimulatedLibraryBuilder, Timings,
};
use rsm::device::{
    DeviceErrorKind, DriveStatus, ElementAddress, ElementKind, LibraryDevice, Refusal,
};

use super::{changer, drive_at, here, load, numbered, refusal, slot, small, status_of};

#[test]
fn moves_into_full_and_from_empty_are_refused() {
    let library = small();
    let (changer, geometry) = changer(&library, 0);
    let (one, other, empty) = (slot(&geometry, 0), slot(&geometry, 1), slot(&geometry, 2));
    let nowhere = ElementAddress(999);
    assert_eq!(refusal(changer.move_medium(one, other, false)), Refusal::DestinationFull);
    assert_eq!(refusal(changer.move_medium(empty, one, false)), Refusal::SourceEmpty);
    assert_eq!(refusal(changer.move_medium(nowhere, empty, false)), Refusal::NoSuchElement);
    assert_eq!(refusal(changer.move_medium(one, nowhere, false)), Refusal::NoSuchElement);
    assert_eq!(refusal(changer.move_medium(one, empty, true)), Refusal::Unsupported);
    let tags = changer.element_status(ElementKind::Slot, geometry.slots.first, 4).unwrap();
    let texts: Vec<_> = tags.iter().map(|s| s.volume_tag.text()).collect();
    assert_eq!(texts, [Some("A00000"), Some("A00001"), None, None]);
}

#[test]
fn the_source_is_the_slot_the_cartridge_came_from() {
    let library = small();
    let (changer, geometry) = changer(&library, 0);
    let (home, drive) = (slot(&geometry, 1), geometry.drives.first);
    changer.move_medium(home, drive, false).unwrap();
    assert_eq!(status_of(&*changer, ElementKind::Drive, drive).source, Some(home));
    changer.move_medium(drive, slot(&geometry, 3), false).unwrap();
    let status = status_of(&*changer, ElementKind::Slot, slot(&geometry, 3));
    assert_eq!(status.source, Some(home));
    changer.move_medium(status.address, geometry.transports.first, false).unwrap();
    let hand = status_of(&*changer, ElementKind::Transport, geometry.transports.first);
    assert_eq!(hand.source, Some(status.address));
}

#[test]
fn a_loaded_cartridge_cannot_be_taken_out() {
    let library = small();
    let drive = load(&library, 0, false);
    let (changer, geometry) = changer(&library, 0);
    let (address, home) = (geometry.drives.first, slot(&geometry, 0));
    assert!(!status_of(&*changer, ElementKind::Drive, address).accessible);
    assert_eq!(refusal(changer.move_medium(address, home, false)), Refusal::NotAccessible);
    assert_eq!(refusal(library.hands().remove(here(address))), Refusal::NotAccessible);

    drive.prevent_removal(true).unwrap();
    assert_eq!(refusal(drive.unload()), Refusal::RemovalPrevented);
    drive.prevent_removal(false).unwrap();
    drive.unload().unwrap();
    drive.unload().unwrap();
    assert_eq!(drive.status().unwrap(), DriveStatus::Unloaded);
    changer.move_medium(address, home, false).unwrap();
    assert_eq!(drive.status().unwrap(), DriveStatus::Empty);
    assert_eq!(super::kind(drive.load()), DeviceErrorKind::NoMedium);
}

#[test]
fn locked_doors_stop_hands_and_not_the_robot() {
    let library = small();
    let (changer, geometry) = changer(&library, 0);
    let (hands, at) = (library.hands(), here(slot(&geometry, 0)));
    changer.prevent_removal(true).unwrap();
    assert_eq!(refusal(hands.remove(at)), Refusal::RemovalPrevented);
    changer.move_medium(slot(&geometry, 1), slot(&geometry, 2), false).unwrap();
    changer.prevent_removal(false).unwrap();
    let id = hands.remove(at).unwrap();
    assert_eq!(hands.outside().unwrap(), [id]);
    assert_eq!(hands.find(id).unwrap(), None);
}

#[test]
fn hands_exchange_what_lies_in_two_places() {
    let library = small();
    let (_, geometry) = changer(&library, 0);
    let hands = library.hands();
    let (one, two, empty) = (0, 1, 2);
    let at = |index| here(slot(&geometry, index));
    let (a, b) = (hands.look(at(one)).unwrap(), hands.look(at(two)).unwrap());
    hands.swap(at(one), at(two)).unwrap();
    assert_eq!((hands.look(at(one)).unwrap(), hands.look(at(two)).unwrap()), (b, a));
    hands.swap(at(one), at(empty)).unwrap();
    assert_eq!((hands.look(at(one)).unwrap(), hands.look(at(empty)).unwrap()), (None, b));
    let nowhere = here(ElementAddress(999));
    assert_eq!(refusal(hands.swap(at(empty), nowhere)), Refusal::NoSuchElement);
    assert_eq!(hands.look(at(empty)).unwrap(), b);
    assert_eq!(refusal(hands.insert(a.unwrap(), at(3))), Refusal::Invalid);
    let new = hands.make(Cartridge::with_bar_code("NEW")).unwrap();
    assert_eq!(refusal(hands.insert(new, at(two))), Refusal::DestinationFull);
    assert_eq!(hands.find_bar_code("NEW").unwrap(), Some(new));
    assert_eq!(hands.elements().unwrap().iter().filter(|e| e.cartridge.is_some()).count(), 2);
}

#[test]
fn a_drive_refuses_media_of_another_type() {
    let builder = SimulatedLibrary::builder().cartridge(Cartridge::new().media_type(32));
    let library = builder.build().unwrap();
    let (changer, geometry) = changer(&library, 0);
    changer.move_medium(slot(&geometry, 0), geometry.drives.first, false).unwrap();
    assert_eq!(refusal(drive_at(&library, 0, 0).load()), Refusal::Incompatible);
}

#[test]
fn a_load_takes_its_time_and_shows_it() {
    let clock = VirtualClock::new();
    let seconds = Duration::from_secs;
    let timings = Timings { move_medium: seconds(3), load: seconds(60), ..Timings::default() };
    let builder = SimulatedLibrary::builder().cartridges(numbered(1)).timings(timings);
    let library = builder.clock(Arc::clone(&clock) as Arc<dyn Clock>).build().unwrap();
    let (changer, geometry) = changer(&library, 0);
    let drive = drive_at(&library, 0, 0);
    let (from, to) = (slot(&geometry, 0), geometry.drives.first);
    let busy = {
        let (changer, drive) = (Arc::clone(&changer), Arc::clone(&drive));
        thread::spawn(move || {
            changer.move_medium(from, to, false).unwrap();
            drive.load().unwrap();
        })
    };
    clock.wait_for_waiters(1);
    assert_eq!(drive.status().unwrap(), DriveStatus::Empty);
    clock.advance(seconds(3));
    while drive.status().unwrap() != DriveStatus::BecomingReady {
        thread::yield_now();
    }
    assert!(!status_of(&*changer, ElementKind::Drive, to).accessible);
    assert_eq!(refusal(changer.move_medium(to, from, false)), Refusal::NotAccessible);
    clock.wait_for_waiters(1);
    clock.advance(seconds(60));
    busy.join().unwrap();
    assert!(matches!(drive.status().unwrap(), DriveStatus::Ready(_)));
    assert_eq!(clock.monotonic(), seconds(63));
}

#[derive(Clone, Debug)]
enum Step {
    Move { changer: usize, from: u16, to: u16, flip: bool },
    Load(usize),
    Unload(usize),
    Insert { nth: usize, at: (u16, u16) },
    Remove((u16, u16)),
    Swap((u16, u16), (u16, u16)),
    PutIn { nth: usize, at: (u16, u16) },
    TakeOut((u16, u16)),
    Door { changer: u16, open: bool },
    Port { changer: u16, out: bool },
    Magazine { changer: u16, out: bool },
    ClearJam(u16),
    ExchangeDrive((u16, u16)),
}

fn step() -> impl Strategy<Value = Step> {
    let place = || (0..2u16, 0..12u16);
    prop_oneof![
        6 => (0..2usize, 0..12u16, 0..12u16, any::<bool>())
            .prop_map(|(changer, from, to, flip)| Step::Move { changer, from, to, flip }),
        1 => (0..4usize).prop_map(Step::Load),
        1 => (0..4usize).prop_map(Step::Unload),
        1 => (0..8usize, place()).prop_map(|(nth, at)| Step::Insert { nth, at }),
        1 => place().prop_map(Step::Remove),
        1 => (place(), place()).prop_map(|(a, b)| Step::Swap(a, b)),
        2 => (0..8usize, place()).prop_map(|(nth, at)| Step::PutIn { nth, at }),
        2 => place().prop_map(Step::TakeOut),
        2 => (0..2u16, any::<bool>()).prop_map(|(changer, open)| Step::Door { changer, open }),
        1 => (0..2u16, any::<bool>()).prop_map(|(changer, out)| Step::Port { changer, out }),
        1 => (0..2u16, any::<bool>()).prop_map(|(changer, out)| Step::Magazine { changer, out }),
        1 => (0..2u16).prop_map(Step::ClearJam),
        1 => place().prop_map(Step::ExchangeDrive),
    ]
}

fn place((changer, address): (u16, u16)) -> Place {
    Place { changer, address: ElementAddress(address) }
}

/// Does the step. Whether it worked does not matter here.
fn perform(library: &SimulatedLibrary, step: &Step) {
    let hands = library.hands();
    let _ = match *step {
        Step::Move { changer, from, to, flip } => {
            library.changers()[changer].move_medium(ElementAddress(from), ElementAddress(to), flip)
        }
        Step::Load(drive) => library.drives()[drive].load(),
        Step::Unload(drive) => library.drives()[drive].unload(),
        Step::Insert { nth, at } => match hands.outside().unwrap().get(nth) {
            Some(id) => hands.insert(*id, place(at)),
            None => Ok(()),
        },
        Step::Remove(at) => hands.remove(place(at)).map(|_| ()),
        Step::Swap(one, other) => hands.swap(place(one), place(other)),
        Step::PutIn { nth, at } => match hands.outside().unwrap().get(nth) {
            Some(id) => hands.put_in(*id, place(at)),
            None => Ok(()),
        },
        Step::TakeOut(at) => hands.take_out(place(at)).map(|_| ()),
        Step::Door { changer, open: true } => hands.open_door(changer, 0),
        Step::Door { changer, open: false } => hands.close_door(changer, 0),
        Step::Port { changer, out: true } => hands.pull_port(changer, 0),
        Step::Port { changer, out: false } => hands.push_port(changer, 0),
        Step::Magazine { changer, out: true } => hands.pull_magazine(changer, 0),
        Step::Magazine { changer, out: false } => hands.push_magazine(changer, 0),
        Step::ClearJam(changer) => hands.clear_jam(changer),
        Step::ExchangeDrive(at) => hands.swap_drive(place(at)),
    };
}

fn check_all_there(library: &SimulatedLibrary, count: u32) -> Result<(), TestCaseError> {
    let hands = library.hands();
    let mut ids: Vec<u32> = hands.outside().unwrap().into_iter().map(|id| id.0).collect();
    for seen in hands.elements().unwrap() {
        if let Some(id) = seen.cartridge {
            prop_assert_eq!(hands.find(id).unwrap(), Some(seen.place));
            ids.push(id.0);
        }
    }
    ids.sort_unstable();
    prop_assert_eq!(ids, (0..count).collect::<Vec<_>>());
    Ok(())
}

proptest! {
    #[test]
    fn no_cartridge_is_lost_or_doubled(
        steps in prop::collection::vec(step(), 1..80),
        rate in prop_oneof![Just(0), Just(FaultRates::OCCASIONS / 20)],
    ) {
        let layout = ChangerLayout { transports: 1, drives: 2, ports: 1, slots: 5 };
        let door = DoorLayout { lockable: false, ..DoorLayout::default() };
        let of_two = |builder: SimulatedLibraryBuilder| {
            builder.changer(layout).door(door.clone()).magazine(1..4)
        };
        let library = of_two(of_two(SimulatedLibrary::builder()))
            .can_flip(true)
            .cartridges(numbered(5).map(Cartridge::two_sided))
            .cartridge(Cartridge::new().cleaner(3))
            .random_faults(FaultRates::all(rate))
            .build()
            .unwrap();
        for step in &steps {
            perform(&library, step);
            check_all_there(&library, 6)?;
        }
    }
}
