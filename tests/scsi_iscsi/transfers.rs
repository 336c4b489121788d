//! Much data.

use rsm::device::scsi::{Data, Status, Transport, TransportErrorKind};

use super::{LONG, move_medium, open, plain, settle};
use crate::tgt::{CHANGER, DRIVES, FIRST_DRIVE, Layout, SLOTS, Tgt, wanted};

const REWIND: [u8; 6] = [0x01, 0, 0, 0, 0, 0];

fn six(operation: u8, length: usize) -> [u8; 6] {
    let [_, a, b, c] = u32::try_from(length).unwrap().to_be_bytes();
    [operation, 0, a, b, c, 0]
}

#[test]
fn long_blocks_are_written_and_read_back() {
    if !wanted() {
        return;
    }
    let library = Tgt::start(&Layout::default());
    let changer = open(&library, CHANGER);
    let drive = open(&library, FIRST_DRIVE);
    settle(&changer);
    assert_eq!(plain(&changer, &move_medium(SLOTS, DRIVES)).unwrap().status, Status::GOOD);
    settle(&drive);
    let lengths = [1, 511, 8192, 65_536, 65_537, 262_144, 1_048_576, 2_097_152];
    let block = |length: usize| (0..length).map(|at| (at % 251) as u8).collect::<Vec<_>>();
    for length in lengths {
        let bytes = block(length);
        let ended = drive.execute(&six(0x0A, length), Data::Out(&bytes), LONG).unwrap();
        assert_eq!((ended.status, ended.transferred), (Status::GOOD, length));
    }
    assert_eq!(plain(&drive, &REWIND).unwrap().status, Status::GOOD);
    for length in lengths {
        let mut bytes = vec![0; length];
        let ended = drive.execute(&six(0x08, length), Data::In(&mut bytes), LONG).unwrap();
        assert_eq!((ended.status, ended.transferred), (Status::GOOD, length));
        assert_eq!(bytes, block(length));
    }
}

#[test]
fn what_is_too_long_is_not_sent() {
    if !wanted() {
        return;
    }
    let library = Tgt::start(&Layout::default());
    let drive = open(&library, FIRST_DRIVE);
    let mut bytes = vec![0; drive.max_transfer() + 1];
    let error = drive.execute(&six(0x08, 0), Data::In(&mut bytes), LONG).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::TooLong);
}
