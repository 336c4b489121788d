//! How long things take, in the library and of ours.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rsm::clock::{Clock, VirtualClock};
use rsm::device::simulated::{ChangerLayout, SimulatedLibrary, Timings};
use rsm::device::{Changer, ElementAddress, ElementKind, ElementRange, Geometry, LibraryDevice};
use rsm::{Randomness, SeededRandomness};

use super::{changer, drive_at, here, numbered, slot};

fn with_clock(
    layout: ChangerLayout,
    timings: Timings,
    cartridges: u32,
    clock: &Arc<VirtualClock>,
) -> SimulatedLibrary {
    SimulatedLibrary::builder()
        .changer(layout)
        .cartridges(numbered(cartridges))
        .timings(timings)
        .clock(Arc::clone(clock) as Arc<dyn Clock>)
        .build()
        .unwrap()
}

/// Exchanges the cartridge of a random drive for a random one, again and again.
fn exchanges(changer: &dyn Changer, geometry: &Geometry, count: u32) {
    let chance = SeededRandomness::new(1);
    let below = |limit: u32| (chance.bits() % u128::from(limit)) as u32;
    let drives = geometry.drives.count;
    let mut homes: Vec<_> = (0..drives).collect();
    let mut free: Vec<_> = (drives..geometry.slots.count).collect();
    for _ in 0..count {
        let (drive, new) = (below(drives), below(free.len() as u32) as usize);
        let home = std::mem::replace(&mut homes[drive as usize], free[new]);
        let to = geometry.drives.address(drive).unwrap();
        changer.move_medium(to, slot(geometry, home), false).unwrap();
        changer.move_medium(slot(geometry, free[new]), to, false).unwrap();
        free[new] = home;
    }
}

#[test]
fn a_ts4500_mounts_as_often_as_is_published() {
    for (frames, published) in [(4, 360.0), (8, 270.0), (12, 220.0), (18, 180.0)] {
        let clock = VirtualClock::automatic();
        let (slots, drives) = (720 * frames, 16 * frames);
        let layout = ChangerLayout { transports: 1, drives, ports: 0, slots };
        let library = with_clock(layout, Timings::ts4500(), slots, &clock);
        let (changer, geometry) = changer(&library, 0);
        for (from, to) in geometry.slots.iter().zip(geometry.drives.iter()) {
            changer.move_medium(from, to, false).unwrap();
        }
        let before = clock.monotonic();
        exchanges(&*changer, &geometry, 2000);
        let hours = (clock.monotonic() - before).as_secs_f64() / 3600.0;
        let rate = 2000.0 / hours;
        assert!((rate / published - 1.0).abs() < 0.06, "{frames} frames: {rate} in an hour");
    }
}

#[test]
fn inventories_take_what_is_published() {
    let seconds = Duration::from_secs;
    let time = |layout: ChangerLayout, timings: Timings, range: Option<ElementRange>| {
        let clock = VirtualClock::automatic();
        let library = with_clock(layout, timings, 1, &clock);
        changer(&library, 0).0.initialize_element_status(range).unwrap();
        clock.monotonic()
    };
    let layout = ChangerLayout { transports: 1, drives: 288, ports: 0, slots: 18 * 720 };
    assert_eq!(time(layout, Timings::ts4500(), None), seconds(18 * 60));
    let first = ElementAddress(1 + 288);
    let one_column = ElementRange { first, count: 80 };
    assert_eq!(time(layout, Timings::ts4500(), Some(one_column)), seconds(6));
    let nothing = ElementRange::default();
    assert_eq!(time(layout, Timings::ts4500(), Some(nothing)), seconds(0));
    let small = ChangerLayout { transports: 1, drives: 1, ports: 0, slots: 7 };
    assert_eq!(time(small, Timings::autoloader(), None), seconds(35));
    let with_port = ChangerLayout { ports: 1, ..layout };
    assert_eq!(time(with_port, Timings::ts4500(), None), seconds(18 * 60 + 8));
}

#[test]
fn the_hands_of_a_changer_work_at_the_same_time() {
    let clock = VirtualClock::new();
    let layout = ChangerLayout { transports: 4, drives: 4, ports: 0, slots: 8 };
    let library = with_clock(layout, Timings::sl8500(), 8, &clock);
    let (changer, geometry) = changer(&library, 0);
    thread::scope(|scope| {
        for (n, to) in (0..).zip(geometry.drives.iter()) {
            let (changer, from) = (Arc::clone(&changer), slot(&geometry, n));
            scope.spawn(move || changer.move_medium(from, to, false).unwrap());
        }
        clock.wait_for_waiters(4);
        clock.advance(Timings::sl8500().move_medium);
    });
    let free = library.hands();
    assert!(geometry.drives.iter().all(|drive| free.look(here(drive)).unwrap().is_some()));
    assert_eq!(clock.monotonic(), Duration::from_secs(11));

    // A fifth waits for a hand, and two for the same cartridge do not double it.
    thread::scope(|scope| {
        let from = slot(&geometry, 5);
        let moves: Vec<_> = (0..5)
            .map(|n| {
                let (changer, to) = (Arc::clone(&changer), slot(&geometry, n % 4));
                scope.spawn(move || changer.move_medium(from, to, false).is_ok())
            })
            .collect();
        clock.wait_for_waiters(5);
        clock.advance(Timings::sl8500().move_medium);
        let done = moves.into_iter().filter_map(|done| done.join().ok()).filter(|done| *done);
        assert_eq!(done.count(), 1);
    });
}

#[test]
fn two_changers_of_50_000_slots_are_made_at_once_and_told_in_parts() {
    let layout = ChangerLayout { transports: 4, drives: 100, ports: 50, slots: 50_000 };
    let started = Instant::now();
    let mut builder = SimulatedLibrary::builder().changer(layout);
    for first in (0..50_000).step_by(50) {
        builder = builder.magazine(first..first + 50);
    }
    let library = builder.changer(layout).cartridges(numbered(100_000)).build().unwrap();
    let built = started.elapsed();
    library.hands().pull_magazine(0, 7).unwrap();
    let mut seen = 0;
    for number in 0..2 {
        let (changer, geometry) = changer_when_told(&library, number);
        let mut next = Some(geometry.slots.first);
        while let Some(first) = next {
            let part = changer.element_status(ElementKind::Slot, first, 1000).unwrap();
            seen += part.len();
            next = part.last().and_then(|s| s.address.0.checked_add(1)).map(ElementAddress);
        }
    }
    assert_eq!(seen, 100_000);
    println!("built in {built:?}, told in {:?}", started.elapsed() - built);
    // What looks at everything for each element takes minutes; a loaded computer some seconds.
    let limit = Duration::from_secs(if cfg!(debug_assertions) { 60 } else { 20 });
    assert!(started.elapsed() < limit, "{:?}", started.elapsed());
}

/// A changer that has told what it had to tell.
fn changer_when_told(library: &SimulatedLibrary, number: usize) -> (Arc<dyn Changer>, Geometry) {
    while let Err(error) = library.changers()[number].ready() {
        assert!(matches!(error.kind(), rsm::device::DeviceErrorKind::LookAgain(_)));
    }
    changer(library, number)
}

#[test]
fn verbs_take_next_to_no_time_of_ours() {
    let layout = ChangerLayout { transports: 1, drives: 24, ports: 4, slots: 50_000 };
    let library = SimulatedLibrary::builder().changer(layout).cartridges(numbered(50_000));
    let library = library.build().unwrap();
    let (changer, geometry) = changer(&library, 0);
    let drives: Vec<_> = (0..24)
        .map(|index| (geometry.drives.address(index).unwrap(), drive_at(&library, 0, index)))
        .collect();
    let rounds = if cfg!(debug_assertions) { 5_000 } else { 100_000 };
    let started = Instant::now();
    for round in 0..rounds {
        let (address, drive) = &drives[round % drives.len()];
        let home = slot(&geometry, (round * 7919 % 50_000) as u32);
        changer.move_medium(home, *address, false).unwrap();
        drive.load().unwrap();
        drive.unload().unwrap();
        changer.move_medium(*address, home, false).unwrap();
    }
    let rate = 4.0 * rounds as f64 / started.elapsed().as_secs_f64();
    println!("{rate:.0} verbs in a second");
    if !cfg!(debug_assertions) {
        assert!(rate > 300_000.0, "{rate:.0} verbs in a second");
    }
}
