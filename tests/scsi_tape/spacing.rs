//! Moving.

use rsm::device::{DeviceErrorKind, Drive, Position, Refusal, Space, SpaceStop, Spaced};

use super::tape_drive::{Habits, Tape};
use super::{kind, open, sense, two_files};

const SPACE: u8 = 0x11;
const LOCATE: u8 = 0x2b;

#[test]
fn spacing_stops_where_it_must() {
    let moved = |moved| Spaced { moved, stopped: None };
    let stopped = |moved, stop| Spaced { moved, stopped: Some(stop) };
    let steps = [
        (0, Space::Blocks(2), moved(2), 2),
        (0, Space::Blocks(3), stopped(2, SpaceStop::Filemark), 3),
        (3, Space::Blocks(5), stopped(1, SpaceStop::Filemark), 5),
        (5, Space::Blocks(1), stopped(0, SpaceStop::EndOfData), 5),
        (3, Space::Blocks(-1), stopped(0, SpaceStop::Filemark), 2),
        (2, Space::Blocks(-3), stopped(2, SpaceStop::Beginning), 0),
        (0, Space::Filemarks(1), moved(1), 3),
        (0, Space::Filemarks(3), stopped(2, SpaceStop::EndOfData), 5),
        (5, Space::Filemarks(-2), moved(2), 2),
        (5, Space::Filemarks(-3), stopped(2, SpaceStop::Beginning), 0),
        (4, Space::Filemarks(-1), moved(1), 2),
        (1, Space::EndOfData, moved(0), 5),
        (3, Space::Blocks(0), moved(0), 3),
        (0, Space::Filemarks(i64::MAX), stopped(2, SpaceStop::EndOfData), 5),
        (5, Space::Filemarks(i64::MIN), stopped(2, SpaceStop::Beginning), 0),
        (0, Space::Blocks(i64::MAX), stopped(2, SpaceStop::Filemark), 3),
    ];
    let no_residual = Habits { tells_residual: false, ..Habits::GOOD };
    let short_form_only = Habits { has_long_form: false, ..Habits::GOOD };
    let constant = Habits { tells_a_constant: true, ..Habits::EMULATOR };
    let constant = Habits { tells_position: true, ..constant };
    for habits in [Habits::GOOD, no_residual, short_form_only, Habits::EMULATOR, constant] {
        let (mut medium, ..) = open(habits);
        medium.rewind().unwrap();
        two_files(&mut *medium);
        for (from, by, expected, to) in steps {
            medium.locate(Position(from)).unwrap();
            assert_eq!(medium.space(by).unwrap(), expected, "{from} {by:?} {habits:?}");
            assert_eq!(medium.position().unwrap(), Position(to), "{from} {by:?} {habits:?}");
        }
    }
}

#[test]
fn a_drive_without_locate_spaces_there() {
    let (mut medium, _, script) = open(Habits { has_locate: false, ..Habits::GOOD });
    two_files(&mut *medium);
    for position in [4, 0, 3, 5, 2] {
        medium.locate(Position(position)).unwrap();
        assert_eq!(medium.position().unwrap(), Position(position));
    }
    let beyond = medium.locate(Position(6));
    assert_eq!(kind(beyond), DeviceErrorKind::Refused(Refusal::Invalid));
    assert_eq!(medium.position().unwrap(), Position(5));
    let asked = script.operations().iter().filter(|operation| **operation == LOCATE).count();
    assert_eq!(asked, 1, "it is not asked again");
}

#[test]
fn a_locate_that_ends_elsewhere_is_found_out() {
    let (mut medium, _, script) = open(Habits::GOOD);
    medium.rewind().unwrap();
    two_files(&mut *medium);
    script.expect_operation(LOCATE);
    assert_eq!(kind(medium.locate(Position(2))), DeviceErrorKind::OutcomeUnknown);
    // It refuses what is beyond the end.
    script.expect_operation(LOCATE).sense(5, 0x24, 0);
    let beyond = medium.locate(Position(9));
    assert_eq!(kind(beyond), DeviceErrorKind::Refused(Refusal::Invalid));
    assert_eq!(medium.position().unwrap(), Position(5));
}

/// A drive that says it has spaced over more, or less, than lies between the positions it tells.
#[test]
fn a_drive_that_contradicts_itself() {
    for said in [None, Some(sense(0, 0x80, 0x0001, Some(1)))] {
        let (mut medium, tape, script) = open(Habits::GOOD);
        medium.rewind().unwrap();
        two_files(&mut *medium);
        medium.rewind().unwrap();
        let expected = script.expect_operation(SPACE);
        if let Some(said) = said {
            drop(expected.sense_bytes(&said));
        }
        tape.lock().at = 0;
        let spaced = medium.space(Space::Blocks(2));
        assert_eq!(kind(spaced), DeviceErrorKind::OutcomeUnknown);
    }
}

#[test]
fn a_residual_of_spacing_out_of_bounds_is_not_believed() {
    let habits = Habits { has_long_form: false, ..Habits::GOOD };
    for information in [None, Some(3), Some(i32::MIN), Some(0)] {
        let (mut medium, _, script) = open(habits);
        medium.rewind().unwrap();
        script.expect_operation(SPACE).sense_bytes(&sense(8, 0, 0x0005, information));
        let spaced = medium.space(Space::Filemarks(2));
        assert_eq!(kind(spaced), DeviceErrorKind::OutcomeUnknown, "{information:?}");
    }
}

#[test]
fn ends_of_spacing() {
    use DeviceErrorKind as Kind;
    for (said, expected) in [
        (sense(3, 0, 0x1100, Some(1)), Kind::MediumFault),
        (sense(3, 0x40, 0x0002, Some(1)), Kind::MediumFault),
        (sense(4, 0, 0x1501, None), Kind::DriveFault),
        (sense(2, 0, 0x3a00, None), Kind::NoMedium),
    ] {
        let (mut medium, _, script) = open(Habits::GOOD);
        medium.rewind().unwrap();
        script.expect_operation(SPACE).sense_bytes(&said);
        assert_eq!(kind(medium.space(Space::Filemarks(2))), expected);
        assert_eq!(medium.position().unwrap(), Position(0));
    }
}

/// Where it stands is not known, and the drive does not tell: the beginning is.
#[test]
fn a_drive_that_does_not_tell_is_rewound_first() {
    let (drive, ..) = Tape::new(Habits::EMULATOR).drive();
    let mut medium = drive.open().unwrap();
    assert_eq!(kind(medium.position()), DeviceErrorKind::OutcomeUnknown);
    assert_eq!(kind(medium.space(Space::Blocks(-1))), DeviceErrorKind::OutcomeUnknown);
    medium.space(Space::EndOfData).unwrap();
    assert_eq!(medium.position().unwrap(), Position(0));
    two_files(&mut *medium);
    drop(medium);
    let mut medium = drive.open().unwrap();
    medium.locate(Position(4)).unwrap();
    assert_eq!(medium.position().unwrap(), Position(4));
}

/// A drive that has told its position rightly is believed: the tape was moved by somebody else.
#[test]
fn a_tape_that_somebody_else_has_moved() {
    let (mut medium, tape, _script) = open(Habits::GOOD);
    medium.rewind().unwrap();
    two_files(&mut *medium);
    assert_eq!(medium.position().unwrap(), Position(5));
    tape.lock().at = 1;
    assert_eq!(kind(medium.position()), DeviceErrorKind::OutcomeUnknown);
    assert_eq!(medium.position().unwrap(), Position(1));
    medium.locate(Position(3)).unwrap();
    assert_eq!(medium.position().unwrap(), Position(3));
}
