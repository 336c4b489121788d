//! Much data.

use rsm::device::scsi::{Data, SgTransport, Status, Transport, TransportErrorKind};

use super::{LONG, REWIND, changer, drives, good, move_medium, settle, wanted};

const SLOT: u16 = 1024;
const DRIVE: u16 = 256;

fn six(operation: u8, length: usize) -> [u8; 6] {
    let [_, a, b, c] = u32::try_from(length).unwrap().to_be_bytes();
    [operation, 0, a, b, c, 0]
}

/// The drive of the first drive element.
fn first_drive() -> SgTransport {
    drives().into_iter().find(|drive| drive.address().unwrap().lun == 2).unwrap()
}

#[test]
fn blocks_up_to_the_limit_are_written_and_read_back() {
    if !wanted() {
        return;
    }
    let (changer, drive) = (changer(), first_drive());
    settle(&changer);
    good(&changer, &move_medium(SLOT, DRIVE));
    settle(&drive);
    let longest = drive.max_transfer().min(1 << 20);
    let lengths = [1, 511, 8192, 65_537, 262_144, longest];
    let block = |length: usize| (0..length).map(|at| (at % 251) as u8).collect::<Vec<_>>();
    for length in lengths {
        let bytes = block(length);
        let ended = drive.execute(&six(0x0A, length), Data::Out(&bytes), LONG).unwrap();
        assert_eq!((ended.status, ended.transferred), (Status::GOOD, length));
    }
    good(&drive, &REWIND);
    for length in lengths {
        let mut bytes = vec![0; length];
        let ended = drive.execute(&six(0x08, length), Data::In(&mut bytes), LONG).unwrap();
        assert_eq!((ended.status, ended.transferred), (Status::GOOD, length));
        assert_eq!(bytes, block(length));
    }
    good(&drive, &[0x1B, 0, 0, 0, 0, 0]);
    good(&drive, &[0x1B, 0, 0, 0, 2, 0]);
    good(&changer, &move_medium(DRIVE, SLOT));
}

#[test]
fn what_is_too_long_is_not_sent_and_the_limit_is_known() {
    if !wanted() {
        return;
    }
    let changer = changer();
    settle(&changer);
    let longest = changer.max_transfer();
    assert!(longest >= 32 * 1024, "{longest}");
    let mut bytes = vec![0; longest + 1];
    let error = changer.execute(&six(0x08, 0), Data::In(&mut bytes), LONG).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::TooLong);
    assert_eq!(changer.max_transfer(), longest);
    good(&changer, &[0; 6]);
}
