//! Reading and writing.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use rsm::clock::{Clock, VirtualClock};
use rsm::device::simulated::{Cartridge, SimulatedLibrary, Timings};
use rsm::device::{
    Attention, DeviceErrorKind, DriveStatus, ElementKind, MediumIo, Position, ReadOutcome, Refusal,
    Space, SpaceStop, Spaced,
};

use super::{changer, kind, load, open_first, refusal, slot, small, status_of};

fn with(cartridge: Cartridge) -> SimulatedLibrary {
    SimulatedLibrary::builder().can_flip(true).cartridge(cartridge).build().unwrap()
}

fn read(medium: &mut dyn MediumIo) -> Option<Vec<u8>> {
    let mut buffer = vec![0; 4096];
    match medium.read_block(&mut buffer).unwrap() {
        ReadOutcome::Block(len) => Some(buffer[..len].to_vec()),
        _ => None,
    }
}

/// `a b | c |` with `|` for a filemark.
fn two_files(medium: &mut dyn MediumIo) {
    let _ = medium.write_block(b"a").unwrap();
    let _ = medium.write_block(b"b").unwrap();
    let _ = medium.write_filemarks(1).unwrap();
    let _ = medium.write_block(b"c").unwrap();
    let _ = medium.write_filemarks(1).unwrap();
}

#[test]
fn what_was_written_is_read_back_in_its_blocks() {
    let library = small();
    let mut medium = open_first(&library);
    let mut small_buffer = [0; 4];
    assert_eq!(medium.read_block(&mut small_buffer).unwrap(), ReadOutcome::EndOfData);
    let _ = medium.write_block(b"hello world").unwrap();
    let _ = medium.write_filemarks(1).unwrap();
    medium.rewind().unwrap();
    assert_eq!(medium.read_block(&mut small_buffer).unwrap(), ReadOutcome::TooLarge(Some(11)));
    assert_eq!(&small_buffer, b"hell");
    assert_eq!(medium.read_block(&mut small_buffer).unwrap(), ReadOutcome::Filemark);
    assert_eq!(medium.read_block(&mut small_buffer).unwrap(), ReadOutcome::EndOfData);
    medium.rewind().unwrap();
    assert_eq!(read(&mut *medium).unwrap(), b"hello world");
    assert_eq!(medium.position().unwrap(), Position(1));
}

#[test]
fn writing_cuts_off_what_follows() {
    let library = small();
    let mut medium = open_first(&library);
    two_files(&mut *medium);
    medium.locate(Position(1)).unwrap();
    let _ = medium.write_block(b"new").unwrap();
    assert_eq!(read(&mut *medium), None);
    medium.rewind().unwrap();
    assert_eq!(read(&mut *medium).unwrap(), b"a");
    assert_eq!(read(&mut *medium).unwrap(), b"new");
    let mut buffer = [0; 8];
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::EndOfData);
    assert_eq!(refusal(medium.locate(Position(3))), Refusal::Invalid);
    assert_eq!(medium.position().unwrap(), Position(2));
}

#[test]
fn spacing_stops_where_it_must() {
    let library = small();
    let mut medium = open_first(&library);
    two_files(&mut *medium);
    let moved = |moved| Spaced { moved, stopped: None };
    let stopped = |moved, stop| Spaced { moved, stopped: Some(stop) };
    let steps = [
        (0, Space::Blocks(2), moved(2), 2),
        (0, Space::Blocks(3), stopped(2, SpaceStop::Filemark), 3),
        (3, Space::Blocks(-1), stopped(0, SpaceStop::Filemark), 2),
        (2, Space::Blocks(-3), stopped(2, SpaceStop::Beginning), 0),
        (5, Space::Blocks(i64::MAX), stopped(0, SpaceStop::EndOfData), 5),
        (0, Space::Filemarks(1), moved(1), 3),
        (0, Space::Filemarks(3), stopped(2, SpaceStop::EndOfData), 5),
        (5, Space::Filemarks(-1), moved(1), 4),
        (5, Space::Filemarks(i64::MIN), stopped(2, SpaceStop::Beginning), 0),
        (1, Space::Filemarks(0), moved(0), 1),
        (1, Space::EndOfData, moved(0), 5),
    ];
    for (from, by, expected, to) in steps {
        medium.locate(Position(from)).unwrap();
        assert_eq!(medium.space(by).unwrap(), expected, "{by:?} from {from}");
        assert_eq!(medium.position().unwrap(), Position(to), "{by:?} from {from}");
    }
}

#[test]
fn the_medium_warns_and_then_ends() {
    // Ten blocks of 84 + 16 bytes; the warning comes with the eighth.
    let library = with(Cartridge::new().capacity(1000).early_warning(200));
    let mut medium = open_first(&library);
    let warnings: Vec<bool> =
        (0..10).map(|_| medium.write_block(&[7; 84]).unwrap().early_warning).collect();
    let expected: Vec<bool> = (1..=10).map(|n| n >= 8).collect();
    assert_eq!(warnings, expected);
    assert_eq!(medium.capacity().unwrap().remaining, Some(0));
    assert_eq!(kind(medium.write_block(&[7])), DeviceErrorKind::EndOfMedium);
    assert_eq!(kind(medium.write_filemarks(1)), DeviceErrorKind::EndOfMedium);
    assert_eq!(medium.position().unwrap(), Position(10));
    medium.locate(Position(9)).unwrap();
    assert!(medium.write_filemarks(2).unwrap().early_warning);
    medium.rewind().unwrap();
    assert!(!medium.write_block(&[7]).unwrap().early_warning);
}

#[test]
fn a_protected_medium_is_read_only() {
    let library = with(Cartridge::new().write_protected());
    let drive = load(&library, 0, false);
    let DriveStatus::Ready(loaded) = drive.status().unwrap() else { panic!("not ready") };
    assert!(loaded.write_protected);
    assert_eq!(loaded.media_type, Some(86));
    let mut medium = drive.open().unwrap();
    assert_eq!(kind(medium.write_block(b"x")), DeviceErrorKind::WriteProtected);
    assert_eq!(kind(medium.write_filemarks(0)), DeviceErrorKind::WriteProtected);
    assert_eq!(read(&mut *medium), None);
}

#[test]
fn what_was_written_once_stays() {
    let library = with(Cartridge::new().write_once());
    let drive = load(&library, 0, false);
    let DriveStatus::Ready(loaded) = drive.status().unwrap() else { panic!("not ready") };
    assert!(loaded.write_once && !loaded.write_protected);
    let mut medium = drive.open().unwrap();
    two_files(&mut *medium);
    medium.rewind().unwrap();
    assert_eq!(kind(medium.write_block(b"x")), DeviceErrorKind::WriteProtected);
    assert_eq!(kind(medium.write_filemarks(1)), DeviceErrorKind::WriteProtected);
    let _ = medium.write_filemarks(0).unwrap();
    assert_eq!(read(&mut *medium).unwrap(), b"a");
    medium.space(Space::EndOfData).unwrap();
    let _ = medium.write_block(b"more").unwrap();
    assert_eq!(medium.position().unwrap(), Position(6));
}

#[test]
fn blocks_have_limits() {
    let library = small();
    let mut medium = open_first(&library);
    let limits = medium.block_limits().unwrap();
    assert_eq!(refusal(medium.write_block(&[])), Refusal::Invalid);
    let too_long = vec![0; limits.max as usize + 1];
    assert_eq!(refusal(medium.write_block(&too_long)), Refusal::Invalid);
    let _ = medium.write_block(&too_long[1..]).unwrap();
}

#[test]
fn two_sides_hold_data_of_their_own() {
    let library = with(Cartridge::new().two_sided());
    let (changer, geometry) = changer(&library, 0);
    let (home, address) = (slot(&geometry, 0), geometry.drives.first);
    let visit = |flip: bool, write: Option<&[u8]>| {
        let drive = load(&library, 0, flip);
        assert_eq!(status_of(&*changer, ElementKind::Drive, address).flipped, flip);
        let mut medium = drive.open().unwrap();
        if let Some(data) = write {
            let _ = medium.write_block(data).unwrap();
            medium.rewind().unwrap();
        }
        let found = read(&mut *medium);
        drop(medium);
        drive.unload().unwrap();
        changer.move_medium(address, home, flip).unwrap();
        assert!(!status_of(&*changer, ElementKind::Slot, home).flipped);
        found
    };
    visit(false, Some(b"front"));
    assert_eq!(visit(true, None), None);
    visit(true, Some(b"back"));
    assert_eq!(visit(false, None).unwrap(), b"front");
    assert_eq!(visit(true, None).unwrap(), b"back");
}

#[test]
fn a_one_sided_medium_is_not_turned_over() {
    let library = with(Cartridge::new());
    let (changer, geometry) = changer(&library, 0);
    let (from, to) = (slot(&geometry, 0), slot(&geometry, 1));
    assert_eq!(refusal(changer.move_medium(from, to, true)), Refusal::Invalid);
}

#[test]
fn an_open_medium_ends_with_its_load() {
    let library = small();
    let drive = load(&library, 0, false);
    let mut medium = drive.open().unwrap();
    let _ = medium.write_block(b"first").unwrap();
    assert_eq!(refusal(drive.open()), Refusal::InUse);
    drive.unload().unwrap();
    assert_eq!(kind(medium.read_block(&mut [0])), DeviceErrorKind::NotReady);
    assert_eq!(kind(drive.open()), DeviceErrorKind::NotReady);

    let (changer, geometry) = changer(&library, 0);
    changer.move_medium(geometry.drives.first, slot(&geometry, 0), false).unwrap();
    assert_eq!(kind(medium.rewind()), DeviceErrorKind::NoMedium);
    let _ = load(&library, 1, false);
    let changed = DeviceErrorKind::LookAgain(Attention::MediumChanged);
    assert_eq!(kind(medium.write_block(b"wrong medium")), changed);
    let mut other = drive.open().unwrap();
    drop(medium);
    assert_eq!(refusal(drive.open()), Refusal::InUse);
    assert_eq!(read(&mut *other), None);
}

#[test]
fn a_medium_stands_where_it_was_left() {
    let library = small();
    let drive = load(&library, 0, false);
    let mut medium = drive.open().unwrap();
    two_files(&mut *medium);
    drop(medium);
    assert_eq!(drive.open().unwrap().position().unwrap(), Position(5));
    drive.unload().unwrap();
    drive.load().unwrap();
    assert_eq!(drive.open().unwrap().position().unwrap(), Position(0));
}

#[test]
fn reading_and_winding_take_their_time() {
    let clock = VirtualClock::automatic();
    let seconds = Duration::from_secs;
    let timings = Timings {
        rewind: seconds(100),
        seek: seconds(50),
        unload: seconds(5),
        bytes_per_second: Some(84),
        ..Timings::default()
    };
    let library = SimulatedLibrary::builder()
        .cartridge(Cartridge::new().capacity(1000))
        .timings(timings)
        .clock(Arc::clone(&clock) as Arc<dyn Clock>)
        .build()
        .unwrap();
    let drive = load(&library, 0, false);
    let mut medium = drive.open().unwrap();
    for _ in 0..5 {
        let _ = medium.write_block(&[1; 84]).unwrap();
    }
    assert_eq!(clock.monotonic(), seconds(5));
    medium.rewind().unwrap();
    assert_eq!(clock.monotonic(), seconds(5 + 50));
    medium.locate(Position(2)).unwrap();
    assert_eq!(clock.monotonic(), seconds(55 + 10));
    drop(medium);
    drive.unload().unwrap();
    assert_eq!(clock.monotonic(), seconds(65 + 20 + 5));
}

proptest! {
    /// Random writes against a plain list of records.
    #[test]
    fn a_tape_is_a_list_that_writing_cuts_off(
        steps in prop::collection::vec((0..20u64, prop::option::of(1..50usize)), 1..60)
    ) {
        let library = small();
        let mut medium = open_first(&library);
        let mut model: Vec<Option<Vec<u8>>> = Vec::new();
        for (number, (at, len)) in steps.iter().enumerate() {
            let at = (*at).min(model.len() as u64);
            medium.locate(Position(at)).unwrap();
            model.truncate(at as usize);
            let data = len.map(|len| vec![number as u8; len]);
            match &data {
                Some(data) => drop(medium.write_block(data).unwrap()),
                None => drop(medium.write_filemarks(1).unwrap()),
            }
            model.push(data);
        }
        medium.rewind().unwrap();
        for expected in &model {
            let mut buffer = [0; 64];
            let found = match medium.read_block(&mut buffer).unwrap() {
                ReadOutcome::Block(len) => Some(buffer[..len].to_vec()),
                ReadOutcome::Filemark => None,
                other => panic!("{other:?}"),
            };
            prop_assert_eq!(&found, expected);
        }
        prop_assert_eq!(medium.read_block(&mut [0]).unwrap(), ReadOutcome::EndOfData);
    }
}
