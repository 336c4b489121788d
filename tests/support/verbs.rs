//! Random verbs on an open medium, to compare one with another.
#![allow(clippy::unwrap_used, missing_docs, dead_code)]

use std::sync::Arc;

use proptest::prelude::*;
use rsm::device::simulated::{Cartridge, SimulatedLibrary};
use rsm::device::{Drive, LibraryDevice, MediumIo, Position, ReadOutcome, Space};

#[derive(Clone, Copy, Debug)]
pub enum Verb {
    Write(usize),
    Filemarks(u32),
    Read(usize),
    Space(Space),
    Rewind,
    Locate(u64),
    Flush,
}

pub fn verb() -> impl Strategy<Value = Verb> {
    prop_oneof![
        4 => (1..200usize).prop_map(Verb::Write),
        2 => (1..4u32).prop_map(Verb::Filemarks),
        4 => (0..200usize).prop_map(Verb::Read),
        2 => (-6..7i64).prop_map(|count| Verb::Space(Space::Blocks(count))),
        2 => (-4..5i64).prop_map(|count| Verb::Space(Space::Filemarks(count))),
        1 => Just(Verb::Space(Space::EndOfData)),
        1 => Just(Verb::Rewind),
        2 => (0..20u64).prop_map(Verb::Locate),
        1 => Just(Verb::Flush),
    ]
}

/// What a verb does and gives, as text; of an error its kind.
pub fn act(medium: &mut dyn MediumIo, verb: Verb, number: u8) -> String {
    let result = match verb {
        Verb::Write(length) => {
            medium.write_block(&vec![number; length]).map(|written| format!("{written:?}"))
        }
        Verb::Filemarks(count) => {
            medium.write_filemarks(count).map(|written| format!("{written:?}"))
        }
        Verb::Read(length) => {
            let mut buffer = vec![0; length];
            medium.read_block(&mut buffer).map(|found| {
                let filled = match found {
                    ReadOutcome::Block(length) => length,
                    ReadOutcome::TooLarge(_) => length,
                    ReadOutcome::Filemark | ReadOutcome::EndOfData => 0,
                };
                format!("{found:?} {:?}", buffer.get(..filled))
            })
        }
        Verb::Space(by) => medium.space(by).map(|spaced| format!("{spaced:?}")),
        Verb::Rewind => medium.rewind().map(|()| String::new()),
        Verb::Locate(position) => medium.locate(Position(position)).map(|()| String::new()),
        Verb::Flush => medium.flush().map(|()| String::new()),
    };
    let ended = result.unwrap_or_else(|error| format!("{:?}", error.kind()));
    format!("{ended} at {:?}", medium.position().unwrap())
}

/// A simulated drive with a cartridge loaded: its tape is the reference.
pub fn reference(cartridge: Cartridge) -> Arc<dyn Drive> {
    let library = SimulatedLibrary::builder().stand_alone().cartridge(cartridge).build().unwrap();
    let drive = Arc::clone(&library.drives()[0]);
    drive.load().unwrap();
    drive
}
