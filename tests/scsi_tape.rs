//! Reading and writing tapes over SCSI.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "scsi_tape/against_simulator.rs"]
mod against_simulator;
#[path = "scsi_tape/reading.rs"]
mod reading;
#[path = "support/scripted.rs"]
mod scripted;
#[path = "scsi_tape/spacing.rs"]
mod spacing;
#[path = "support/tape_drive.rs"]
mod tape_drive;
#[path = "support/verbs.rs"]
mod verbs;
#[path = "scsi_tape/writing.rs"]
mod writing;

use std::sync::Arc;

use parking_lot::Mutex;
use rsm::device::{DeviceErrorKind, DeviceResult, Drive, MediumIo};
use scripted::Scripted;
use tape_drive::{Habits, Tape};

/// A tape in a drive of these habits, opened; what the drive is told next can be scripted.
fn open(habits: Habits) -> (Box<dyn MediumIo>, Arc<Mutex<Tape>>, Arc<Scripted>) {
    let (drive, tape, script) = Tape::new(habits).drive();
    (drive.open().unwrap(), tape, script)
}

/// `a b | c |` with `|` for a filemark.
fn two_files(medium: &mut dyn MediumIo) {
    let _ = medium.write_block(b"a").unwrap();
    let _ = medium.write_block(b"b").unwrap();
    let _ = medium.write_filemarks(1).unwrap();
    let _ = medium.write_block(b"c").unwrap();
    let _ = medium.write_filemarks(1).unwrap();
}

#[track_caller]
fn kind<T: std::fmt::Debug>(result: DeviceResult<T>) -> DeviceErrorKind {
    result.unwrap_err().kind()
}

/// Sense data in fixed format with bits (80h filemark, 40h end of medium, 20h incorrect length) and
/// an information field.
fn sense(key: u8, bits: u8, condition: u16, information: Option<i32>) -> Vec<u8> {
    let [code, qualifier] = condition.to_be_bytes();
    let mut bytes = scripted::fixed_sense(key | bits, code, qualifier);
    if let Some(information) = information {
        bytes[0] |= 0x80;
        bytes[3..7].copy_from_slice(&information.to_be_bytes());
    }
    bytes
}

/// The same in descriptors, with a number of eight bytes.
fn descriptors(key: u8, bits: u8, condition: u16, information: i64) -> Vec<u8> {
    let [code, qualifier] = condition.to_be_bytes();
    let mut bytes = vec![0x72, key, code, qualifier, 0, 0, 0, 16, 4, 2, 0, bits, 0, 10, 0x80, 0];
    bytes.extend(information.to_be_bytes());
    bytes
}
