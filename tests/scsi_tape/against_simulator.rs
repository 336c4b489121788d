//! The same verbs on a simulated tape, whose meaning is the reference, and on drives of several
//! habits.

use proptest::prelude::*;
use rsm::device::simulated::{Cartridge, SimulatedLibrary};
use rsm::device::{Drive, LibraryDevice, MediumIo, Position, Space};

use super::tape_drive::{Habits, Tape};

#[derive(Clone, Copy, Debug)]
enum Verb {
    Write(usize),
    Filemarks(u32),
    Read(usize),
    Space(Space),
    Rewind,
    Locate(u64),
    Flush,
}

fn verb() -> impl Strategy<Value = Verb> {
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

fn habits() -> impl Strategy<Value = Habits> {
    let good = (any::<[bool; 5]>(), any::<bool>()).prop_map(|([a, b, c, d, e], constant)| Habits {
        tells_position: true,
        has_long_form: a || b,
        has_locate: b,
        descriptors: c,
        tells_residual: d || !(a || b),
        tells_a_constant: constant && e,
        ..Habits::GOOD
    });
    prop_oneof![3 => good, 1 => Just(Habits::EMULATOR)]
}

/// What a verb does and gives, as text; of an error its kind.
fn act(medium: &mut dyn MediumIo, verb: Verb, number: u8) -> String {
    let result = match verb {
        Verb::Write(length) => {
            medium.write_block(&vec![number; length]).map(|written| format!("{written:?}"))
        }
        Verb::Filemarks(count) => {
            medium.write_filemarks(count).map(|written| format!("{written:?}"))
        }
        Verb::Read(length) => {
            let mut buffer = vec![0; length];
            medium.read_block(&mut buffer).map(|found| format!("{found:?} {buffer:?}"))
        }
        Verb::Space(by) => medium.space(by).map(|spaced| format!("{spaced:?}")),
        Verb::Rewind => medium.rewind().map(|()| String::new()),
        Verb::Locate(position) => medium.locate(Position(position)).map(|()| String::new()),
        Verb::Flush => medium.flush().map(|()| String::new()),
    };
    let ended = result.unwrap_or_else(|error| format!("{:?}", error.kind()));
    format!("{ended} at {:?}", medium.position().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn drives_do_what_the_simulator_does(
        habits in habits(),
        verbs in prop::collection::vec(verb(), 0..40),
        capacity in 400..3000u64,
    ) {
        let warning = 300;
        // Nobody can tell where a full tape stands if the drive does not.
        let tells = habits.tells_position && !habits.tells_a_constant;
        let capacity = if tells { capacity } else { 1 << 20 };
        let cartridge = Cartridge::new().capacity(capacity).early_warning(warning);
        let library = SimulatedLibrary::builder().stand_alone().cartridge(cartridge);
        let library = library.build().unwrap();
        let reference = &library.drives()[0];
        reference.load().unwrap();
        let mut expected = reference.open().unwrap();
        let mut tape = Tape::new(habits);
        (tape.capacity, tape.early_warning) = (capacity, warning);
        let (drive, ..) = tape.drive();
        let mut medium = drive.open().unwrap();
        medium.rewind().unwrap();
        for (number, verb) in verbs.into_iter().enumerate() {
            let number = number as u8;
            prop_assert_eq!(
                act(&mut *medium, verb, number),
                act(&mut *expected, verb, number),
                "{}: {:?}", number, verb
            );
        }
    }
}
