//! Reading.

use rsm::device::scsi::{Status, TransportErrorKind};
use rsm::device::{Attention, DeviceErrorKind, Drive, Position, ReadOutcome, Refusal};

use super::tape_drive::{Habits, Tape};
use super::{descriptors, kind, open, sense, two_files};

const READ: u8 = 0x08;

#[test]
fn what_was_written_is_read_back_in_its_blocks() {
    for habits in [Habits::GOOD, Habits { descriptors: true, ..Habits::GOOD }, Habits::EMULATOR] {
        let (mut medium, ..) = open(habits);
        medium.rewind().unwrap();
        let mut buffer = [0; 4];
        assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::EndOfData);
        let _ = medium.write_block(b"hello world").unwrap();
        let _ = medium.write_block(b"four").unwrap();
        let _ = medium.write_filemarks(1).unwrap();
        medium.rewind().unwrap();
        assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::TooLarge(Some(11)));
        assert_eq!(&buffer, b"hell");
        assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Block(4));
        assert_eq!(&buffer, b"four");
        assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Filemark);
        assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::EndOfData);
        medium.rewind().unwrap();
        let mut large = [0; 100];
        assert_eq!(medium.read_block(&mut large).unwrap(), ReadOutcome::Block(11));
        assert_eq!(&large[..11], b"hello world");
        assert_eq!(medium.read_block(&mut []).unwrap(), ReadOutcome::TooLarge(Some(4)));
        assert_eq!(medium.position().unwrap(), Position(2));
    }
}

/// How long a block is, is what the sense data say, in either format, whatever the transport says
/// was transferred.
#[test]
fn a_short_and_a_long_block() {
    let ends = [
        (sense(0, 0x20, 0, Some(996)), ReadOutcome::Block(4)),
        (descriptors(0, 0x20, 0, 996), ReadOutcome::Block(4)),
        (sense(0, 0x20, 0, Some(-24)), ReadOutcome::TooLarge(Some(1024))),
        (descriptors(0, 0x20, 0, -24), ReadOutcome::TooLarge(Some(1024))),
        (descriptors(0, 0x20, 0, 0xffff_ffe8), ReadOutcome::TooLarge(Some(1024))),
        (sense(1, 0x20, 0x1701, Some(996)), ReadOutcome::Block(4)),
    ];
    for (said, found) in ends {
        let short = found == ReadOutcome::Block(4);
        for transferred in if short { vec![4, 1000] } else { vec![1000] } {
            let (mut medium, _, script) = open(Habits::GOOD);
            script
                .expect(&[READ, 0, 0, 3, 0xe8, 0])
                .answer(b"data")
                .says_transferred(transferred)
                .sense_bytes(&said);
            assert_eq!(medium.read_block(&mut [0; 1000]).unwrap(), found);
        }
    }
}

/// The transport has lost a part: the block is read once more, with the length it has.
#[test]
fn a_block_of_which_a_part_is_missing_is_read_again() {
    let (mut medium, _, script) = open(Habits::GOOD);
    medium.rewind().unwrap();
    script.expect_operation(READ).says_transferred(3).sense_bytes(&sense(0, 0x20, 0, Some(4)));
    script.expect(&[0x11, 0, 0xff, 0xff, 0xff, 0]);
    script.expect(&[READ, 0, 0, 0, 4, 0]).answer(b"data");
    let mut buffer = [0; 8];
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Block(4));
    assert_eq!(&buffer[..4], b"data");
    script.expect_operation(READ).says_transferred(0).sense_bytes(&sense(0, 0x20, 0, Some(-2)));
    script.expect(&[0x11, 0, 0xff, 0xff, 0xff, 0]);
    script.expect(&[READ, 0, 0, 0, 10, 0]).answer(b"0123456789");
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::TooLarge(Some(10)));
    assert_eq!(&buffer, b"01234567");
    // It is another one now.
    script.expect_operation(READ).says_transferred(3).sense_bytes(&sense(0, 0x20, 0, Some(4)));
    script.expect(&[0x11, 0, 0xff, 0xff, 0xff, 0]);
    script.expect(&[READ, 0, 0, 0, 4, 0]).sense_bytes(&sense(0, 0x20, 0, Some(1)));
    assert_eq!(kind(medium.read_block(&mut buffer)), DeviceErrorKind::OutcomeUnknown);
    script.done();
}

#[test]
fn a_residual_out_of_bounds_is_not_believed() {
    let lies = [
        sense(0, 0x20, 0, Some(1001)),
        sense(0, 0x20, 0, Some(1000)),
        sense(0, 0x20, 0, Some(0)),
        sense(0, 0x20, 0, Some(i32::MIN)),
        sense(0, 0x20, 0, None),
        descriptors(0, 0x20, 0, i64::MIN),
        descriptors(0, 0x20, 0, i64::MAX),
        // No bit, no code: what was found is not told.
        sense(0, 0, 0, None),
    ];
    for lie in lies {
        let (mut medium, _, script) = open(Habits::GOOD);
        script.expect_operation(READ).answer(b"data").sense_bytes(&lie);
        assert_eq!(kind(medium.read_block(&mut [0; 1000])), DeviceErrorKind::MediumFault);
        assert_eq!(medium.position().unwrap(), Position(0), "the drive knows");
    }
}

/// A drive says that all was well, and the transport that less came.
#[test]
fn a_block_that_came_only_in_part_is_no_block() {
    let (mut medium, _, script) = open(Habits::GOOD);
    script.expect_operation(READ).answer(&[1; 10]).says_transferred(10);
    assert_eq!(kind(medium.read_block(&mut [0; 1000])), DeviceErrorKind::OutcomeUnknown);
}

#[test]
fn ends_of_reading() {
    use DeviceErrorKind as Kind;
    let failures = [
        (sense(3, 0, 0x1100, Some(1000)), Kind::MediumFault),
        (sense(3, 0x40, 0x0002, None), Kind::MediumFault),
        (sense(4, 0, 0x4400, None), Kind::DriveFault),
        (sense(8, 0, 0x1403, None), Kind::MediumFault),
        (sense(2, 0, 0x3a00, None), Kind::NoMedium),
        (sense(2, 0, 0x0401, None), Kind::NotReady),
        (sense(0xb, 0, 0x4700, None), Kind::OutcomeUnknown),
        (sense(3, 0, 0x3001, None), Kind::Refused(Refusal::Incompatible)),
        (vec![], Kind::OutcomeUnknown),
    ];
    for (said, expected) in failures {
        let (mut medium, _, script) = open(Habits::GOOD);
        script.expect_operation(READ).sense_bytes(&said);
        assert_eq!(kind(medium.read_block(&mut [0; 8])), expected, "{said:x?}");
    }
    let found = [
        (sense(8, 0, 0x0005, None), ReadOutcome::EndOfData),
        // As an emulator says it.
        (sense(8, 0x40, 0, None), ReadOutcome::EndOfData),
        (sense(0, 0, 0x0005, None), ReadOutcome::EndOfData),
        (sense(0, 0x80, 0x0001, Some(8)), ReadOutcome::Filemark),
        (sense(1, 0, 0x1701, None), ReadOutcome::Block(8)),
        (sense(0, 0x40, 0x0002, None), ReadOutcome::Block(8)),
    ];
    for (said, expected) in found {
        let (mut medium, _, script) = open(Habits::GOOD);
        script.expect_operation(READ).answer(&[7; 8]).sense_bytes(&said);
        assert_eq!(medium.read_block(&mut [0; 8]).unwrap(), expected, "{said:x?}");
    }
}

/// An error of a write before, told when something is read: the read was not carried out.
#[test]
fn a_deferred_error_is_no_block() {
    let (mut medium, _, script) = open(Habits::GOOD);
    let mut said = sense(3, 0x40, 0x0c00, Some(4));
    said[0] = 0xf1;
    script.expect_operation(READ).sense_bytes(&said);
    assert_eq!(kind(medium.read_block(&mut [0; 8])), DeviceErrorKind::MediumFault);
}

#[test]
fn a_reservation_and_a_lost_answer() {
    let (mut medium, _, script) = open(Habits::GOOD);
    script.expect_operation(READ).status(Status::RESERVATION_CONFLICT);
    assert_eq!(kind(medium.read_block(&mut [0; 8])), DeviceErrorKind::Reserved);
    script.expect_operation(READ).fails(TransportErrorKind::TimedOut);
    assert_eq!(kind(medium.read_block(&mut [0; 8])), DeviceErrorKind::OutcomeUnknown);
    script.expect_operation(READ).fails(TransportErrorKind::Gone);
    assert_eq!(kind(medium.read_block(&mut [0; 8])), DeviceErrorKind::Gone);
}

#[test]
fn a_medium_that_was_exchanged_is_dead_to_whoever_had_opened_it() {
    for (code, attention) in [(0x28, Attention::MediumChanged), (0x29, Attention::Reset)] {
        let (drive, tape, _script) = Tape::new(Habits::GOOD).drive();
        let mut medium = drive.open().unwrap();
        tape.lock().attentions.push_back((6, code, 0));
        assert_eq!(kind(medium.read_block(&mut [0; 8])), DeviceErrorKind::LookAgain(attention));
        let before = tape.lock().commands;
        let dead = DeviceErrorKind::LookAgain(Attention::MediumChanged);
        assert_eq!(kind(medium.read_block(&mut [0; 8])), dead);
        assert_eq!(kind(medium.write_block(&[0; 8])), dead);
        assert_eq!(kind(medium.write_filemarks(1)), dead);
        assert_eq!(kind(medium.rewind()), dead);
        assert_eq!(kind(medium.position()), dead);
        assert_eq!(kind(medium.flush()), dead);
        assert_eq!(tape.lock().commands, before, "nothing reaches the other medium");
        drop(medium);
        drive.open().unwrap().rewind().unwrap();
    }
}

/// Somebody else is told first: what is open is dead all the same.
#[test]
fn an_exchange_that_the_status_is_told_of_kills_the_open_medium() {
    let (drive, tape, _script) = Tape::new(Habits::GOOD).drive();
    let mut medium = drive.open().unwrap();
    tape.lock().attentions.push_back((6, 0x28, 0));
    let told = DeviceErrorKind::LookAgain(Attention::MediumChanged);
    assert_eq!(kind(drive.status()), told);
    assert_eq!(kind(medium.write_block(&[0; 8])), told);
}

#[test]
fn a_drive_of_fixed_blocks() {
    let fixed = Habits { fixed: Some(512), ..Habits::GOOD };
    let (mut medium, tape, script) = open(fixed);
    let limits = medium.block_limits().unwrap();
    assert_eq!((limits.min, limits.max), (512, 512));
    medium.rewind().unwrap();
    let refused = DeviceErrorKind::Refused(Refusal::Invalid);
    assert_eq!(kind(medium.write_block(&[1; 511])), refused);
    assert_eq!(kind(medium.write_block(&[1; 1024])), refused);
    let _ = medium.write_block(&[1; 512]).unwrap();
    let _ = medium.write_filemarks(1).unwrap();
    let _ = medium.write_block(&[2; 512]).unwrap();
    assert!(script.sent().iter().all(|sent| sent.command[0] != 0x0a || sent.command[1] == 1));
    assert_eq!(tape.lock().records.len(), 3);
    medium.rewind().unwrap();
    let mut buffer = [0; 2000];
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Block(512));
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Filemark);
    let mut small = [0; 5];
    assert_eq!(medium.read_block(&mut small).unwrap(), ReadOutcome::TooLarge(Some(512)));
    assert_eq!(small, [2; 5]);
    // Somebody else wrote blocks of another length.
    script.expect_operation(READ).sense_bytes(&sense(0, 0x20, 0, Some(1)));
    assert_eq!(kind(medium.read_block(&mut buffer)), DeviceErrorKind::MediumFault);
}

#[test]
fn blocks_longer_than_the_way_to_the_drive_allows() {
    let (drive, tape, script) = Tape::new(Habits::GOOD).drive();
    script.limit_transfer(4096);
    let mut medium = drive.open().unwrap();
    assert_eq!(medium.block_limits().unwrap().max, 4096);
    assert_eq!(kind(medium.write_block(&[0; 4097])), DeviceErrorKind::Refused(Refusal::Invalid));
    let _ = medium.write_block(&[3; 4096]).unwrap();
    medium.rewind().unwrap();
    assert_eq!(medium.read_block(&mut [0; 9000]).unwrap(), ReadOutcome::Block(4096));
    tape.lock().records = vec![super::tape_drive::Record::Block(vec![1; 5000])];
    medium.rewind().unwrap();
    let mut small = [0; 100];
    assert_eq!(medium.read_block(&mut small).unwrap(), ReadOutcome::TooLarge(Some(5000)));
    medium.rewind().unwrap();
    let whole = medium.read_block(&mut [0; 9000]);
    assert_eq!(kind(whole), DeviceErrorKind::Refused(Refusal::Unsupported));
    assert_eq!(medium.position().unwrap(), Position(1));
}

#[test]
fn a_drive_serves_one_at_a_time() {
    let (drive, ..) = Tape::new(Habits::GOOD).drive();
    let mut first = drive.open().unwrap();
    two_files(&mut *first);
    assert_eq!(kind(drive.open().map(drop)), DeviceErrorKind::Refused(Refusal::InUse));
    drop(first);
    assert_eq!(drive.open().unwrap().position().unwrap(), Position(5));
}
