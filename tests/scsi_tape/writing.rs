//! Writing.

use rsm::device::scsi::{Status, TransportErrorKind};
use rsm::device::{DeviceErrorKind, Position, Refusal, Written};

use super::tape_drive::{Habits, Record};
use super::{descriptors, kind, open, sense, two_files};

const WRITE: u8 = 0x0a;
const WRITE_FILEMARKS: u8 = 0x10;

#[test]
fn the_early_warning_and_then_the_end() {
    for habits in [Habits::GOOD, Habits { descriptors: true, ..Habits::GOOD }] {
        let (mut medium, tape, _) = open(habits);
        (tape.lock().capacity, tape.lock().early_warning) = (1000, 500);
        medium.rewind().unwrap();
        assert_eq!(medium.write_block(&[1; 384]).unwrap(), Written { early_warning: false });
        assert_eq!(medium.write_block(&[1; 384]).unwrap(), Written { early_warning: true });
        assert_eq!(medium.write_filemarks(1).unwrap(), Written { early_warning: true });
        assert_eq!(kind(medium.write_block(&[1; 384])), DeviceErrorKind::EndOfMedium);
        let _ = medium.write_block(&[1; 4]).unwrap();
        assert_eq!(medium.position().unwrap(), Position(4));
        medium.flush().unwrap();
    }
}

/// A drive that gives its warning once has given it.
#[test]
fn an_early_warning_stays() {
    let (mut medium, _, script) = open(Habits::GOOD);
    medium.rewind().unwrap();
    script.expect_operation(WRITE).sense_bytes(&sense(0, 0x40, 0x0002, None));
    assert!(medium.write_block(b"a").unwrap().early_warning);
    assert!(medium.write_filemarks(1).unwrap().early_warning);
    medium.rewind().unwrap();
    assert!(!medium.write_block(b"a").unwrap().early_warning);
}

/// The drive warns and says that nothing was written: its position tells.
#[test]
fn a_warning_with_a_residual() {
    for said in [sense(0, 0x40, 0x0002, Some(8)), descriptors(0, 0x40, 0x0002, 8)] {
        let (mut medium, tape, script) = open(Habits::GOOD);
        medium.rewind().unwrap();
        script.expect_operation(WRITE).sense_bytes(&said);
        assert_eq!(kind(medium.write_block(&[1; 8])), DeviceErrorKind::EndOfMedium);
        // It lies, and has written it.
        script.expect_operation(WRITE).sense_bytes(&said);
        tape.lock().records.push(Record::Filemark);
        tape.lock().at = 1;
        let again = medium.write_block(&[1; 8]);
        assert_eq!(again.unwrap(), Written { early_warning: true });
    }
    let (mut medium, _, script) = open(Habits::EMULATOR);
    medium.rewind().unwrap();
    script.expect_operation(WRITE).sense_bytes(&sense(0, 0x40, 0x0002, Some(8)));
    assert_eq!(kind(medium.write_block(&[1; 8])), DeviceErrorKind::OutcomeUnknown);
    assert_eq!(kind(medium.position()), DeviceErrorKind::OutcomeUnknown, "nobody can tell");
    medium.rewind().unwrap();
    assert_eq!(medium.position().unwrap(), Position(0));
}

#[test]
fn ends_of_writing() {
    use DeviceErrorKind as Kind;
    let failures = [
        (sense(7, 0, 0x2700, None), Kind::WriteProtected),
        (sense(7, 0, 0x300c, None), Kind::WriteProtected),
        (sense(5, 0, 0x300c, None), Kind::WriteProtected),
        (sense(0xd, 0x40, 0x0002, Some(8)), Kind::EndOfMedium),
        (sense(3, 0, 0x0c00, None), Kind::MediumFault),
        (sense(4, 0, 0x1501, None), Kind::DriveFault),
        (sense(5, 0, 0x2400, None), Kind::Refused(Refusal::Invalid)),
        (sense(0xb, 0, 0x0000, None), Kind::OutcomeUnknown),
    ];
    for (said, expected) in failures {
        for operation in [WRITE, WRITE_FILEMARKS] {
            let (mut medium, _, script) = open(Habits::GOOD);
            script.expect_operation(operation).sense_bytes(&said);
            let written = if operation == WRITE {
                medium.write_block(&[1; 8])
            } else {
                medium.write_filemarks(1)
            };
            assert_eq!(kind(written), expected, "{said:x?}");
        }
    }
}

#[test]
fn a_remark_is_no_failure() {
    let (mut medium, _, script) = open(Habits::GOOD);
    for said in [sense(1, 0, 0x0c01, None), sense(0, 0, 0x0017, None), sense(1, 0, 0x5d00, None)] {
        script.expect_operation(WRITE).sense_bytes(&said);
        assert_eq!(medium.write_block(b"a").unwrap(), Written { early_warning: false });
    }
}

/// What was said to be written was not: this write was not carried out, and the medium is at fault.
#[test]
fn a_deferred_error_is_told_with_the_next_write() {
    let (mut medium, _, script) = open(Habits::GOOD);
    let mut said = sense(3, 0, 0x0c00, None);
    said[0] = 0x71;
    script.expect_operation(WRITE).sense_bytes(&said);
    assert_eq!(kind(medium.write_block(b"a")), DeviceErrorKind::MediumFault);
    script.expect_operation(WRITE_FILEMARKS).sense_bytes(&said);
    assert_eq!(kind(medium.flush()), DeviceErrorKind::MediumFault);
}

#[test]
fn a_write_whose_answer_is_lost_may_have_been_carried_out() {
    for habits in [Habits::GOOD, Habits::EMULATOR] {
        let (mut medium, _, script) = open(habits);
        medium.rewind().unwrap();
        let _ = medium.write_block(b"a").unwrap();
        for lost in [TransportErrorKind::TimedOut, TransportErrorKind::Lost] {
            script.expect_operation(WRITE).fails(lost);
            assert_eq!(kind(medium.write_block(b"b")), DeviceErrorKind::OutcomeUnknown);
        }
        let position = medium.position();
        if habits.tells_position {
            assert_eq!(position.unwrap(), Position(1));
        } else {
            assert_eq!(kind(position), DeviceErrorKind::OutcomeUnknown);
        }
    }
}

#[test]
fn a_reservation_of_another_host() {
    let (mut medium, _, script) = open(Habits::EMULATOR);
    medium.rewind().unwrap();
    script.expect_operation(WRITE).status(Status::RESERVATION_CONFLICT);
    assert_eq!(kind(medium.write_block(b"b")), DeviceErrorKind::Reserved);
    assert_eq!(medium.position().unwrap(), Position(0), "nothing was done");
}

#[test]
fn a_protected_medium() {
    let (mut medium, tape, _) = open(Habits::GOOD);
    tape.lock().protected = true;
    assert_eq!(kind(medium.write_block(b"a")), DeviceErrorKind::WriteProtected);
    assert_eq!(kind(medium.write_filemarks(1)), DeviceErrorKind::WriteProtected);
    medium.flush().unwrap();
    assert_eq!(tape.lock().records, []);
}

#[test]
fn writing_cuts_off_what_follows() {
    for habits in [Habits::GOOD, Habits::EMULATOR] {
        let (mut medium, tape, _) = open(habits);
        medium.rewind().unwrap();
        two_files(&mut *medium);
        medium.locate(Position(1)).unwrap();
        let _ = medium.write_block(b"new").unwrap();
        let block = |data: &[u8]| Record::Block(data.to_vec());
        assert_eq!(tape.lock().records, [block(b"a"), block(b"new")]);
        let beyond = medium.locate(Position(3));
        assert_eq!(kind(beyond), DeviceErrorKind::Refused(Refusal::Invalid));
        assert_eq!(medium.position().unwrap(), Position(2));
    }
}

#[test]
fn filemarks_more_than_a_command_has_room_for() {
    let (mut medium, _, script) = open(Habits::GOOD);
    script.expect(&[WRITE_FILEMARKS, 0, 0xff, 0xff, 0xff, 0]);
    script.expect(&[WRITE_FILEMARKS, 0, 0, 0, 2, 0]);
    let _ = medium.write_filemarks(0x0100_0001).unwrap();
    script.expect(&[WRITE_FILEMARKS, 0, 0, 0, 0, 0]);
    medium.flush().unwrap();
    script.done();
}

#[test]
fn a_block_of_no_length() {
    let (mut medium, ..) = open(Habits::GOOD);
    assert_eq!(kind(medium.write_block(&[])), DeviceErrorKind::Refused(Refusal::Invalid));
}
