//! The tests.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use rsm::device::scsi::command::changer::move_medium;
use rsm::device::scsi::{IscsiOptions, IscsiUrl, ScsiDrive, Unit};
use rsm::device::simulated::Cartridge;
use rsm::device::{
    Capacity, DeviceClass, DeviceErrorKind, DeviceResult, Drive, DriveStatus, ElementAddress,
    Position, ReadOutcome, Refusal, Space, SpaceStop, Spaced,
};

use crate::tgt::{CHANGER, DRIVES, FIRST_DRIVE, Layout, SLOTS, Tgt, wanted};
use crate::verbs::{Verb, act, reference, verb};

/// Longer than anything takes, also on a slow machine.
const LONG: Duration = Duration::from_secs(120);

fn unit(library: &Tgt, number: u16) -> Unit {
    let url: IscsiUrl = library.url(number).parse().unwrap();
    Unit::new(Arc::new(IscsiOptions::new().login_timeout(LONG).open(&url).unwrap()))
}

/// The first drive of a library, with the tape of a slot in it.
fn loaded(library: &Tgt, slot: u16) -> ScsiDrive {
    let changer = unit(library, CHANGER).with_class(DeviceClass::Changer);
    // What it tells everybody new.
    let _told = changer.test_unit_ready();
    let (from, to) = (ElementAddress(SLOTS + slot), ElementAddress(DRIVES));
    let hand = ElementAddress(0);
    changer.run(&move_medium(hand, from, to, false)).unwrap();
    ScsiDrive::new(unit(library, FIRST_DRIVE)).unwrap()
}

fn library(size: u32) -> Tgt {
    Tgt::start(&Layout { size, ..Layout::default() })
}

#[track_caller]
fn kind<T: std::fmt::Debug>(result: DeviceResult<T>) -> DeviceErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn a_tape_is_written_and_read_back() {
    if !wanted() {
        return;
    }
    let library = library(16);
    let drive = loaded(&library, 0);
    assert_eq!(drive.identity().class, DeviceClass::Tape);
    assert!(!drive.identity().serial.is_empty());
    drive.load().unwrap();
    let DriveStatus::Ready(medium) = drive.status().unwrap() else { panic!("it is loaded") };
    assert!(!medium.write_protected && !medium.write_once);
    assert!(!drive.health().unwrap().needs_cleaning);
    let mut medium = drive.open().unwrap();
    assert_eq!(medium.capacity().unwrap(), Capacity::default());
    let largest = medium.block_limits().unwrap().max as usize;
    medium.rewind().unwrap();
    assert_eq!(medium.read_block(&mut [0; 100]).unwrap(), ReadOutcome::EndOfData);
    for length in [1024, 64 << 10, largest] {
        assert!(!medium.write_block(&vec![7; length]).unwrap().early_warning);
    }
    let _ = medium.write_filemarks(2).unwrap();
    let _ = medium.write_block(b"behind").unwrap();
    medium.flush().unwrap();
    assert_eq!(medium.position().unwrap(), Position(6));
    drop(medium);

    let mut medium = drive.open().unwrap();
    medium.rewind().unwrap();
    let mut buffer = vec![0; largest];
    for length in [1024, 64 << 10, largest] {
        buffer.fill(0);
        assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Block(length));
        assert!(buffer[..length].iter().all(|byte| *byte == 7));
    }
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Filemark);
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Filemark);
    assert_eq!(medium.read_block(&mut [0; 3]).unwrap(), ReadOutcome::TooLarge(Some(6)));
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::EndOfData);
    let back = Spaced { moved: 2, stopped: None };
    assert_eq!(medium.space(Space::Filemarks(-2)).unwrap(), back);
    assert_eq!(medium.position().unwrap(), Position(3));
    let stopped = Spaced { moved: 0, stopped: Some(SpaceStop::Filemark) };
    assert_eq!(medium.space(Space::Blocks(4)).unwrap(), stopped);
    medium.space(Space::EndOfData).unwrap();
    assert_eq!(medium.position().unwrap(), Position(6));
}

/// The same on the emulator's tape and on a simulated one, whose meaning is the reference.
#[test]
fn random_verbs_do_what_the_simulator_does() {
    if !wanted() {
        return;
    }
    let library = library(16);
    let drive = loaded(&library, 0);
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 20,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    // Its shortest block has four bytes.
    let verb = verb().prop_map(|verb| match verb {
        Verb::Write(length) => Verb::Write(length + 3),
        verb => verb,
    });
    let verbs = prop::collection::vec(verb, 0..30);
    let result = runner.run(&verbs, |verbs| {
        let mut expected = reference(Cartridge::new()).open().unwrap();
        let mut medium = drive.open().unwrap();
        medium.rewind().unwrap();
        // Whatever another case has written is cut off.
        let _ = medium.write_filemarks(1).unwrap();
        let _ = expected.write_filemarks(1).unwrap();
        for (number, verb) in verbs.into_iter().enumerate() {
            let (found, wanted) =
                (act(&mut *medium, verb, number as u8), act(&mut *expected, verb, number as u8));
            prop_assert_eq!(found, wanted, "{}: {:?}", number, verb);
        }
        Ok(())
    });
    result.unwrap();
}

#[test]
fn the_end_of_a_tape_is_told_of_before_it_comes() {
    if !wanted() {
        return;
    }
    let library = library(4);
    let drive = loaded(&library, 1);
    let mut medium = drive.open().unwrap();
    medium.rewind().unwrap();
    let block = vec![3; 256 << 10];
    let mut written = 0;
    while !medium.write_block(&block).unwrap().early_warning {
        written += 1;
        assert!(written < 100, "it never ends");
    }
    assert!(medium.write_block(b"trailer").unwrap().early_warning);
    assert!(medium.write_filemarks(1).unwrap().early_warning);
    medium.rewind().unwrap();
    let mut buffer = vec![0; 256 << 10];
    for _ in 0..=written {
        assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Block(block.len()));
    }
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Block(7));
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Filemark);
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::EndOfData);
}

#[test]
fn a_tape_is_unloaded_unless_that_is_prevented() {
    if !wanted() {
        return;
    }
    let library = library(16);
    let drive = loaded(&library, 0);
    let mut medium = drive.open().unwrap();
    medium.rewind().unwrap();
    drive.prevent_removal(true).unwrap();
    let locked = DeviceErrorKind::Refused(Refusal::RemovalPrevented);
    assert_eq!(kind(drive.unload()), locked);
    let _ = medium.write_block(b"still there").unwrap();
    drive.prevent_removal(false).unwrap();
    drive.unload().unwrap();
    assert_eq!(drive.status().unwrap(), DriveStatus::Empty);
    assert!(matches!(kind(medium.write_block(b"gone")), DeviceErrorKind::LookAgain(_)));
    drop(medium);
    assert_eq!(kind(drive.open().map(drop)), DeviceErrorKind::NoMedium);
    drive.unload().unwrap();
}

/// Nothing is said to be written to a tape that is not there any more.
#[test]
fn a_library_that_was_switched_off_and_on() {
    if !wanted() {
        return;
    }
    let mut library = library(16);
    let drive = loaded(&library, 0);
    let mut medium = drive.open().unwrap();
    medium.rewind().unwrap();
    let _ = medium.write_block(b"before").unwrap();
    library.kill();
    library.start_again();
    for _ in 0..4 {
        assert!(medium.write_block(b"after").is_err());
    }
}
