//! SCSI drives: what they do, what they hold, how they are.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/capture.rs"]
mod capture;
#[path = "support/scripted.rs"]
mod scripted;
#[path = "support/tape_drive.rs"]
mod tape_drive;

use std::sync::Arc;
use std::time::Duration;

use capture::capture;
use rsm::device::scsi::{ScsiDrive, Status, TransportErrorKind, Unit};
use rsm::device::{
    Attention, DeviceClass, DeviceErrorKind, DeviceResult, Drive, DriveStatus, Refusal, TapeAlerts,
};
use rsm::model::MediaTypeCode;
use scripted::Scripted;
use tape_drive::{Habits, Tape};

const TEST_UNIT_READY: u8 = 0x00;
const LOAD_UNLOAD: u8 = 0x1b;
const MODE_SENSE: u8 = 0x1a;
const READ_ATTRIBUTE: u8 = 0x8c;
const LOG_SENSE: u8 = 0x4d;

#[track_caller]
fn kind<T: std::fmt::Debug>(result: DeviceResult<T>) -> DeviceErrorKind {
    result.unwrap_err().kind()
}

/// A drive that has said who it is.
fn drive_of(device_type: u8, product: &str) -> (ScsiDrive, Arc<Scripted>) {
    let script = Scripted::new();
    let mut inquiry = vec![device_type, 0x80, 6, 2, 31, 0, 0, 0];
    inquiry.extend(format!("ACME    {product:<16}0001").as_bytes());
    script.expect_operation(0x12).answer(&inquiry);
    script.expect_operation(0x12).answer(b"\x01\x80\x00\x08 DRV0001");
    let drive = ScsiDrive::new(Unit::new(script.clone())).unwrap();
    script.done();
    (drive, script)
}

fn tape_drive() -> (ScsiDrive, Arc<Scripted>) {
    drive_of(1, "TAPE")
}

#[test]
fn who_it_is() {
    let (drive, _script) = tape_drive();
    let identity = drive.identity();
    assert_eq!((identity.vendor.as_str(), identity.product.as_str()), ("ACME", "TAPE"));
    assert_eq!((identity.serial.as_str(), identity.class), ("DRV0001", DeviceClass::Tape));
    assert_eq!(drive_of(7, "MO").0.identity().class, DeviceClass::Disk);
    let script = Scripted::new();
    script.expect_operation(0x12).answer(&[8, 0x80, 6, 2, 31, 0, 0, 0]);
    script.expect_operation(0x12).answer(b"\x08\x80\x00\x03LIB");
    let changer = ScsiDrive::new(Unit::new(script.clone()));
    assert_eq!(kind(changer), DeviceErrorKind::Refused(Refusal::Unsupported));
}

#[test]
fn what_it_is_doing() {
    let states = [
        ((2, 0x3a, 0x00), DriveStatus::Empty),
        ((2, 0x3a, 0x01), DriveStatus::Empty),
        ((2, 0x3a, 0x03), DriveStatus::Unloaded),
        ((2, 0x3a, 0x04), DriveStatus::Empty),
        ((2, 0x04, 0x00), DriveStatus::BecomingReady),
        ((2, 0x04, 0x01), DriveStatus::BecomingReady),
        ((2, 0x04, 0x02), DriveStatus::Unloaded),
        ((2, 0x04, 0x07), DriveStatus::BecomingReady),
        ((2, 0x30, 0x03), DriveStatus::BecomingReady),
        ((2, 0x30, 0x07), DriveStatus::NotUsable),
        ((2, 0x30, 0x01), DriveStatus::NotUsable),
        ((3, 0x30, 0x02), DriveStatus::NotUsable),
        ((3, 0x53, 0x00), DriveStatus::NotUsable),
        ((5, 0x30, 0x00), DriveStatus::NotUsable),
    ];
    for ((key, code, qualifier), expected) in states {
        let (drive, script) = tape_drive();
        script.expect_operation(TEST_UNIT_READY).sense(key, code, qualifier);
        let status = drive.status();
        assert_eq!(status.unwrap(), expected, "{key:x}/{code:02x}/{qualifier:02x}");
        script.done();
    }
}

#[test]
fn what_keeps_it_from_telling() {
    use DeviceErrorKind as Kind;
    let failures = [
        ((6, 0x28, 0x00), Kind::LookAgain(Attention::MediumChanged)),
        ((6, 0x2a, 0x01), Kind::LookAgain(Attention::Other)),
        ((4, 0x44, 0x00), Kind::DriveFault),
        ((2, 0x04, 0x03), Kind::NeedsOperator),
        ((2, 0x04, 0x12), Kind::NeedsOperator),
        ((0xb, 0x00, 0x00), Kind::OutcomeUnknown),
    ];
    for ((key, code, qualifier), expected) in failures {
        let (drive, script) = tape_drive();
        script.expect_operation(TEST_UNIT_READY).sense(key, code, qualifier);
        assert_eq!(kind(drive.status()), expected, "{key:x}/{code:02x}/{qualifier:02x}");
    }
    let (drive, script) = tape_drive();
    script.expect_operation(TEST_UNIT_READY).status(Status::RESERVATION_CONFLICT);
    assert_eq!(kind(drive.status()), Kind::Reserved);
    script.expect_operation(TEST_UNIT_READY).fails(TransportErrorKind::TimedOut);
    assert_eq!(kind(drive.status()), Kind::OutcomeUnknown);
}

#[test]
fn a_loaded_tape_with_all_that_can_be_known() {
    let (drive, script) = tape_drive();
    script.expect_operation(TEST_UNIT_READY);
    // Density 5Ah in the block descriptor, page 1Dh that says "not written once".
    let mut mode = capture("hp-msl", "ssc-ms6-3f");
    mode[1..3].copy_from_slice(&[0x68, 0x90]);
    mode[4] = 0x5a;
    script.expect_operation(MODE_SENSE).answer(&mode);
    script.expect_operation(READ_ATTRIBUTE).answer(&capture("hp-msl", "ssc-readattr"));
    let DriveStatus::Ready(medium) = drive.status().unwrap() else { panic!("it is ready") };
    assert_eq!(medium.media_type, Some(MediaTypeCode::LtoUltrium.value()));
    assert_eq!((medium.density, medium.medium_code), (Some(0x5a), Some(0x68)));
    assert!(medium.write_protected && !medium.write_once);
    assert_eq!(medium.serial.as_deref(), Some("A00001L6_1795206949"));
    script.done();
}

/// An emulator has no READ ATTRIBUTE, and a page that calls every tape written once.
#[test]
fn a_loaded_tape_of_which_little_can_be_known() {
    let (drive, script) = tape_drive();
    for asks_memory in [true, false] {
        script.expect_operation(TEST_UNIT_READY);
        script.expect_operation(MODE_SENSE).answer(&capture("tgt-l700", "ssc-ms6-3f"));
        if asks_memory {
            script.expect_operation(READ_ATTRIBUTE).sense(5, 0x20, 0);
        }
        let DriveStatus::Ready(medium) = drive.status().unwrap() else { panic!("it is ready") };
        assert_eq!((medium.media_type, medium.density, medium.serial), (None, None, None));
        assert!(!medium.write_protected && !medium.write_once);
        script.done();
    }
}

#[test]
fn a_tape_that_is_written_once() {
    let page = |restrictions| [vec![15, 0, 0x10, 0], vec![0x1d, 10, 1, 0, 1, restrictions]];
    for (restrictions, kind, write_once) in
        [(2, 0x00, true), (3, 0x00, true), (0, 0x80, true), (0, 0x00, false)]
    {
        let (drive, script) = tape_drive();
        script.expect_operation(TEST_UNIT_READY);
        let mut mode = page(restrictions).concat();
        mode.resize(16, 0);
        script.expect_operation(MODE_SENSE).answer(&mode);
        let memory = [0, 0, 0, 6, 0x04, 0x08, 0x80, 0, 1, kind];
        script.expect_operation(READ_ATTRIBUTE).answer(&memory);
        let DriveStatus::Ready(medium) = drive.status().unwrap() else { panic!("it is ready") };
        assert_eq!(medium.write_once, write_once, "{restrictions} {kind}");
    }
}

/// A drive without the page is not asked for it again.
#[test]
fn a_drive_without_medium_configuration() {
    let (drive, script) = tape_drive();
    for first in [true, false] {
        script.expect_operation(TEST_UNIT_READY);
        if first {
            script.expect(&[MODE_SENSE, 0, 0x1d, 0, 0xff, 0]).sense(5, 0x24, 0);
        }
        script
            .expect(&[MODE_SENSE, 0, 0, 0, 0xff, 0])
            .answer(&[11, 0, 0x10, 8, 0x46, 0, 0, 0, 0, 0, 0, 0]);
        script.expect_operation(READ_ATTRIBUTE).sense(5, 0x24, 0);
        let DriveStatus::Ready(medium) = drive.status().unwrap() else { panic!("it is ready") };
        assert_eq!(medium.media_type, Some(MediaTypeCode::LtoUltrium.value()));
    }
    script.done();
}

#[test]
fn loading() {
    // It is loaded already, or is loading by itself.
    for sense in [None, Some((2, 0x04, 0x01)), Some((2, 0x30, 0x03))] {
        let (drive, script) = tape_drive();
        let ready = script.expect_operation(TEST_UNIT_READY);
        if let Some((key, code, qualifier)) = sense {
            drop(ready.sense(key, code, qualifier));
        }
        drive.load().unwrap();
        script.done();
    }
    use DeviceErrorKind as Kind;
    let ends = [
        ((2, 0x3a, 0x00), Err(Kind::NoMedium)),
        ((2, 0x04, 0x01), Ok(())),
        ((2, 0x30, 0x03), Ok(())),
        ((3, 0x30, 0x07), Err(Kind::MediumFault)),
        ((5, 0x30, 0x03), Err(Kind::Refused(Refusal::Incompatible))),
        ((5, 0x30, 0x07), Err(Kind::MediumFault)),
        ((3, 0x30, 0x02), Err(Kind::Refused(Refusal::Incompatible))),
        ((3, 0x53, 0x00), Err(Kind::MediumFault)),
        ((4, 0x53, 0x00), Err(Kind::DriveFault)),
    ];
    for ((key, code, qualifier), expected) in ends {
        let (drive, script) = tape_drive();
        script.expect_operation(TEST_UNIT_READY).sense(2, 0x04, 0x02);
        script.expect(&[LOAD_UNLOAD, 0, 0, 0, 1, 0]).sense(key, code, qualifier);
        let loaded = drive.load().map_err(|error| error.kind());
        assert_eq!(loaded, expected, "{key:x}/{code:02x}/{qualifier:02x}");
        script.done();
    }
}

#[test]
fn unloading() {
    let (drive, script) = tape_drive();
    script.expect(&[LOAD_UNLOAD, 0, 0, 0, 0, 0]);
    script.expect_operation(TEST_UNIT_READY).sense(2, 0x3a, 0);
    drive.unload().unwrap();
    // Nothing is in it.
    script.expect(&[LOAD_UNLOAD, 0, 0, 0, 0, 0]).sense(2, 0x3a, 0);
    drive.unload().unwrap();
    script.expect(&[LOAD_UNLOAD, 0, 0, 0, 0, 0]).sense(5, 0x53, 0x02);
    let locked = DeviceErrorKind::Refused(Refusal::RemovalPrevented);
    assert_eq!(kind(drive.unload()), locked);
    script.expect(&[LOAD_UNLOAD, 0, 0, 0, 0, 0]).sense(4, 0x53, 0x00);
    assert_eq!(kind(drive.unload()), DeviceErrorKind::DriveFault);
    script.done();
}

#[test]
fn a_drive_that_unloads_only_when_it_is_told_to_eject() {
    let (drive, tape, script) = Tape::new(Habits::EMULATOR).drive();
    drive.unload().unwrap();
    assert!(!tape.lock().loaded);
    tape.lock().loaded = true;
    let before = script.sent().len();
    drive.unload().unwrap();
    assert!(!tape.lock().loaded);
    let sent = script.sent();
    let commands = sent[before..].iter().map(|sent| sent.command[4]).collect::<Vec<_>>();
    assert_eq!(commands, [2], "it was learned");
}

#[test]
fn unloading_ends_what_is_open() {
    let (drive, tape, _script) = Tape::new(Habits::GOOD).drive();
    let mut medium = drive.open().unwrap();
    drive.unload().unwrap();
    tape.lock().loaded = true;
    let dead = DeviceErrorKind::LookAgain(Attention::MediumChanged);
    assert_eq!(kind(medium.write_block(b"to another medium")), dead);
    assert_eq!(tape.lock().records, []);
}

#[test]
fn opening_without_a_medium() {
    let (drive, tape, _script) = Tape::new(Habits::GOOD).drive();
    tape.lock().loaded = false;
    assert_eq!(kind(drive.open().map(drop)), DeviceErrorKind::NoMedium);
    tape.lock().loaded = true;
    tape.lock().attentions.push_back((2, 0x04, 0x01));
    assert_eq!(kind(drive.open().map(drop)), DeviceErrorKind::NotReady);
    drive.open().unwrap();
}

#[test]
fn opening_sets_variable_blocks_and_keeps_the_density() {
    let (drive, tape, script) = Tape::new(Habits::GOOD).drive();
    tape.lock().block_length = 512;
    drive.open().unwrap();
    assert_eq!(tape.lock().block_length, 0);
    let sent = script.sent();
    let select = sent.iter().find(|sent| sent.command[0] == 0x15).unwrap();
    assert_eq!(select.data, [0, 0, 0x10, 8, 0x5a, 0, 0, 0, 0, 0, 0, 0]);
    let before = sent.len();
    drive.open().unwrap();
    assert!(script.operations()[before..].iter().all(|operation| *operation != 0x15));
}

#[test]
fn a_drive_that_refuses_variable_blocks_is_used_with_its_own() {
    let (drive, tape, script) = Tape::new(Habits::GOOD).drive();
    tape.lock().block_length = 512;
    script.expect_operation(TEST_UNIT_READY);
    script.expect_operation(0x05).sense(5, 0x20, 0);
    script.expect_operation(MODE_SENSE).answer(&[11, 0, 0x10, 8, 0, 0, 0, 0, 0, 0, 2, 0]);
    script.expect_operation(0x15).sense(5, 0x26, 0);
    let limits = drive.open().unwrap().block_limits().unwrap();
    assert_eq!((limits.min, limits.max), (512, 512));
}

#[test]
fn removal_is_prevented_and_allowed() {
    let (drive, script) = tape_drive();
    script.expect(&[0x1e, 0, 0, 0, 1, 0]);
    script.expect(&[0x1e, 0, 0, 0, 0, 0]);
    drive.prevent_removal(true).unwrap();
    drive.prevent_removal(false).unwrap();
    script.done();
}

/// A TapeAlert page with these flags raised.
fn alerts(raised: &[u16]) -> Vec<u8> {
    let mut page = vec![0x2e, 0, 1, 0x40];
    for flag in 1..=64u16 {
        let [high, low] = flag.to_be_bytes();
        page.extend([high, low, 0x40, 1, u8::from(raised.contains(&flag))]);
    }
    page
}

#[test]
fn health() {
    let (drive, script) = tape_drive();
    script.expect(&[LOG_SENSE, 0, 0x6e, 0, 0, 0, 0, 16, 0, 0]).answer(&alerts(&[3, 20]));
    // 150 hours of head motion.
    let statistics = [0x14, 0, 0, 8, 0, 3, 3, 4, 0, 0, 0, 150];
    script.expect(&[LOG_SENSE, 0, 0x54, 0, 0, 0, 0, 16, 0, 0]).answer(&statistics);
    let health = drive.health().unwrap();
    assert!(health.needs_cleaning);
    assert_eq!(health.alerts, TapeAlerts::default().with(3).with(TapeAlerts::CLEAN_NOW));
    assert_eq!(health.head_time, Some(Duration::from_secs(150 * 3600)));
    // The drive has forgotten it, and it was told.
    script.expect_operation(LOG_SENSE).answer(&alerts(&[21]));
    script.expect_operation(LOG_SENSE).sense(5, 0x24, 0);
    let health = drive.health().unwrap();
    assert!(!health.needs_cleaning && health.alerts.has(TapeAlerts::CLEAN_PERIODIC));
    script.done();
}

/// The drive tells an alert once. If it cannot be handed on, it is not lost.
#[test]
fn alerts_are_kept_until_they_are_told() {
    let (drive, script) = tape_drive();
    script.expect_operation(LOG_SENSE).answer(&alerts(&[20, 22]));
    script.expect_operation(LOG_SENSE).fails(TransportErrorKind::TimedOut);
    assert_eq!(kind(drive.health()), DeviceErrorKind::OutcomeUnknown);
    script.expect_operation(LOG_SENSE).answer(&alerts(&[]));
    script.expect_operation(LOG_SENSE).sense(5, 0x24, 0);
    let health = drive.health().unwrap();
    assert!(health.needs_cleaning && health.alerts.has(TapeAlerts::EXPIRED_CLEANER));
}

#[test]
fn a_drive_without_log_pages_is_not_asked_again() {
    let (drive, script) = tape_drive();
    script.expect_operation(LOG_SENSE).sense(5, 0x20, 0);
    script.expect_operation(LOG_SENSE).sense(5, 0x20, 0);
    assert_eq!(drive.health().unwrap(), Default::default());
    assert_eq!(drive.health().unwrap(), Default::default());
    script.done();
}

/// The sense alone never fails an operation, and is remembered.
#[test]
fn wrong_16_a_drive_that_asks_for_cleaning_while_it_writes() {
    for (code, qualifier) in [(0x00, 0x17), (0x80, 0x01)] {
        let (drive, _tape, script) = Tape::new(Habits::GOOD).drive();
        let mut medium = drive.open().unwrap();
        script.expect_operation(0x0a).sense(1, code, qualifier);
        assert!(!medium.write_block(b"data").unwrap().early_warning);
        assert!(drive.health().unwrap().needs_cleaning);
        assert!(!drive.health().unwrap().needs_cleaning, "it was told");
    }
}

/// The whole of a cleaning: begun by itself, at work, the cartridge given back.
#[test]
fn a_cleaning_cartridge_at_work() {
    let (drive, script) = tape_drive();
    for qualifier in [0x03, 0x03] {
        script.expect_operation(TEST_UNIT_READY).sense(2, 0x30, qualifier);
    }
    script.expect_operation(TEST_UNIT_READY).sense(2, 0x3a, 0x00);
    drive.load().unwrap();
    assert_eq!(drive.status().unwrap(), DriveStatus::BecomingReady);
    assert_eq!(drive.status().unwrap(), DriveStatus::Empty);
    script.done();
}

/// It is spent: the drive cannot use it, says so when told to load, and raises its alert.
#[test]
fn a_cleaning_cartridge_that_is_spent() {
    let (drive, script) = tape_drive();
    script.expect_operation(TEST_UNIT_READY).sense(2, 0x30, 0x07);
    assert_eq!(drive.status().unwrap(), DriveStatus::NotUsable);
    script.expect_operation(TEST_UNIT_READY).sense(2, 0x30, 0x07);
    script.expect_operation(LOAD_UNLOAD).sense(3, 0x30, 0x07);
    assert_eq!(kind(drive.load()), DeviceErrorKind::MediumFault);
    script.expect_operation(LOG_SENSE).answer(&alerts(&[22]));
    script.expect_operation(LOG_SENSE).sense(5, 0x24, 0);
    assert!(drive.health().unwrap().alerts.has(TapeAlerts::EXPIRED_CLEANER));
}

#[test]
fn optical_media_are_known_by_their_profile() {
    let types = [
        (0x0008, Some(MediaTypeCode::CdRom), true, false),
        (0x0011, Some(MediaTypeCode::DvdR), false, true),
        (0x0012, Some(MediaTypeCode::DvdRam), false, false),
        (0xffff, None, false, false),
    ];
    for (profile, media_type, write_protected, write_once) in types {
        let (drive, script) = drive_of(5, "DVD");
        script.expect_operation(TEST_UNIT_READY);
        let [high, low] = u16::to_be_bytes(profile);
        script.expect_operation(0x46).answer(&[0, 0, 0, 4, 0, 0, high, low]);
        let DriveStatus::Ready(medium) = drive.status().unwrap() else { panic!("it is ready") };
        assert_eq!(medium.media_type, media_type.map(MediaTypeCode::value));
        assert_eq!((medium.write_protected, medium.write_once), (write_protected, write_once));
        script.expect(&[0x1b, 0, 0, 0, 2, 0]);
        drive.unload().unwrap();
        script.expect_operation(TEST_UNIT_READY).sense(2, 0x3a, 0x01);
        script.expect(&[0x1b, 0, 0, 0, 3, 0]);
        drive.load().unwrap();
        script.done();
    }
}

#[test]
fn a_protected_disk() {
    let (drive, script) = drive_of(7, "MO");
    script.expect_operation(TEST_UNIT_READY);
    script.expect_operation(MODE_SENSE).answer(&[11, 3, 0x80, 8, 0, 0, 0, 0, 0, 0, 2, 0]);
    let DriveStatus::Ready(medium) = drive.status().unwrap() else { panic!("it is ready") };
    assert!(medium.write_protected);
    assert_eq!((medium.medium_code, medium.media_type), (Some(3), None));
}
