//! One stream over several tapes, on simulated tapes in memory.

use std::io::{Read, Write};

use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::device::{ElementAddress, LibraryDevice};

use crate::failure::{Failure, Result};
use crate::span::{BLOCK_SIZE, OpenTape, SpanReader, SpanWriter, TapeFeed};

/// Loads the tapes of the slots in turn.
struct Robot {
    library: SimulatedLibrary,
    next: u32,
    taken_back: u32,
}

impl Robot {
    fn new(tapes: u32, tape: Cartridge) -> Self {
        let layout = ChangerLayout { slots: tapes, drives: 1, ..ChangerLayout::default() };
        let tapes = (0..tapes).map(|_| tape.clone());
        let library = SimulatedLibrary::builder().changer(layout).cartridges(tapes);
        Self { library: library.build().unwrap(), next: 0, taken_back: 0 }
    }

    fn rewound(self) -> Self {
        Self { next: 0, taken_back: 0, ..self }
    }

    /// The slot of tape `index`, and the drive.
    fn addresses(&self, index: u32) -> Option<(ElementAddress, ElementAddress)> {
        let geometry = self.library.changers()[0].geometry().unwrap();
        Some((geometry.slots.address(index)?, geometry.drives.first))
    }
}

impl TapeFeed for Robot {
    fn next(&mut self) -> Result<OpenTape> {
        let (slot, drive) =
            self.addresses(self.next).ok_or_else(|| Failure::new("no tape is left"))?;
        self.library.changers()[0].move_medium(slot, drive, false).unwrap();
        self.library.drives()[0].load().unwrap();
        let mut medium = self.library.drives()[0].open().unwrap();
        medium.rewind().unwrap();
        self.next += 1;
        Ok(OpenTape { medium, name: format!("tape {}", self.next) })
    }

    fn done(&mut self, tape: OpenTape) -> Result<()> {
        drop(tape);
        let (slot, drive) = self.addresses(self.next - 1).unwrap();
        self.library.drives()[0].unload().unwrap();
        self.library.changers()[0].move_medium(drive, slot, false).unwrap();
        self.taken_back += 1;
        Ok(())
    }
}

fn stream(length: usize) -> Vec<u8> {
    (0..length).map(|at| (at.wrapping_mul(2_654_435_761) >> 11) as u8).collect()
}

fn write(robot: &mut Robot, data: &[u8]) -> Result<()> {
    let mut writer = SpanWriter::new(robot);
    writer.write_all(data)?;
    writer.finish()
}

fn read(robot: &mut Robot, length: usize) -> Result<Vec<u8>> {
    let mut data = vec![0; length];
    let mut reader = SpanReader::new(robot);
    reader.read_exact(&mut data)?;
    reader.finish()?;
    Ok(data)
}

#[test]
fn what_was_written_over_several_tapes_is_read_back() {
    let data = stream(1_500_000);
    // One that warns before its end, and one that does not.
    for early_warning in [100 << 10, 0] {
        let tape = Cartridge::new().capacity(512 << 10).early_warning(early_warning);
        let mut robot = Robot::new(8, tape);
        write(&mut robot, &data).unwrap();
        assert!((3..=5).contains(&robot.next), "{} tapes", robot.next);
        assert_eq!(robot.taken_back, robot.next);
        let mut robot = robot.rewound();
        assert_eq!(read(&mut robot, data.len()).unwrap(), data);
        assert_eq!(robot.taken_back, robot.next);
    }
}

#[test]
fn every_length_around_a_block_and_a_tape_comes_back() {
    // Two blocks fill a tape, with or without room for the mark.
    let full = 2 * (BLOCK_SIZE as u64 + 16);
    for capacity in [full, full + 16] {
        for length in
            [1, BLOCK_SIZE - 1, BLOCK_SIZE, BLOCK_SIZE + 1, 2 * BLOCK_SIZE, 4 * BLOCK_SIZE]
        {
            let mut robot = Robot::new(4, Cartridge::new().capacity(capacity).early_warning(0));
            write(&mut robot, &stream(length)).unwrap();
            assert_eq!(robot.taken_back, robot.next);
            assert_eq!(u64::from(robot.next), length.div_ceil(2 * BLOCK_SIZE) as u64);
            assert_eq!(read(&mut robot.rewound(), length).unwrap(), stream(length));
        }
    }
}

#[test]
fn an_empty_stream_takes_no_tape() {
    let mut robot = Robot::new(1, Cartridge::new());
    write(&mut robot, &[]).unwrap();
    assert_eq!(robot.next, 0);
}

#[test]
fn a_stream_that_does_not_fit_fails_with_the_words_of_the_feed() {
    let mut robot = Robot::new(2, Cartridge::new().capacity(512 << 10));
    let failure = write(&mut robot, &stream(1_500_000)).unwrap_err();
    assert_eq!(failure.report(), "error: no tape is left");
    assert_eq!(robot.taken_back, 2);
}

#[test]
fn a_tape_too_small_for_one_block_is_an_error_and_no_endless_loop() {
    let mut robot = Robot::new(3, Cartridge::new().capacity(1000));
    let failure = write(&mut robot, &stream(100)).unwrap_err();
    assert!(failure.report().starts_with("error: cannot write to tape 1"), "{}", failure.report());
}

#[test]
fn reading_on_behind_the_last_tape_fails() {
    let mut robot = Robot::new(1, Cartridge::new());
    write(&mut robot, &stream(100)).unwrap();
    let failure = read(&mut robot.rewound(), BLOCK_SIZE + 1).unwrap_err();
    assert_eq!(failure.report(), "error: no tape is left");
}
