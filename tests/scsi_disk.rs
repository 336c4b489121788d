//! Reading and writing disks over SCSI.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/disk_drive.rs"]
mod disk_drive;
#[path = "support/scripted.rs"]
mod scripted;
#[path = "support/verbs.rs"]
mod verbs;

use disk_drive::Disk;
use proptest::prelude::*;
use rsm::device::simulated::Cartridge;
use rsm::device::{
    DeviceErrorKind, DeviceResult, Drive, MediumIo, Position, ReadOutcome, Refusal, Space,
};
use verbs::{Verb, act, reference, verb};

#[track_caller]
fn kind<T: std::fmt::Debug>(result: DeviceResult<T>) -> DeviceErrorKind {
    result.unwrap_err().kind()
}

/// All blocks and filemarks (`None`), and how reading ended.
fn contents(medium: &mut dyn MediumIo) -> (Vec<Option<Vec<u8>>>, Option<DeviceErrorKind>) {
    medium.rewind().unwrap();
    let mut found = vec![];
    let mut buffer = vec![0; 4096];
    loop {
        match medium.read_block(&mut buffer) {
            Ok(ReadOutcome::Block(length)) => found.push(Some(buffer[..length].to_vec())),
            Ok(ReadOutcome::Filemark) => found.push(None),
            Ok(ReadOutcome::EndOfData) => return (found, None),
            Ok(other) => panic!("{other:?}"),
            Err(error) => return (found, Some(error.kind())),
        }
    }
}

#[test]
fn what_was_written_is_read_back_after_it_was_opened_again() {
    for (length, sectors) in [(512, 4000), (2048, 1000)] {
        let (drive, disk, _script) = Disk::new(length, sectors).drive();
        let mut medium = drive.open().unwrap();
        assert_eq!(contents(&mut *medium), (vec![], None), "blank");
        let _ = medium.write_block(b"label").unwrap();
        let _ = medium.write_filemarks(1).unwrap();
        assert_eq!(disk.lock().flushed, 2, "a filemark is there to stay");
        let _ = medium.write_block(&vec![5; 600_000]).unwrap();
        medium.flush().unwrap();
        let capacity = medium.capacity().unwrap();
        assert_eq!(capacity.total, Some((length * sectors) as u64));
        assert!(capacity.remaining.unwrap() < capacity.total.unwrap() - 600_000);
        drop(medium);
        let mut medium = drive.open().unwrap();
        let mut buffer = vec![0; 700_000];
        assert_eq!(medium.read_block(&mut [0; 3]).unwrap(), ReadOutcome::TooLarge(Some(5)));
        assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Filemark);
        assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Block(600_000));
        assert!(buffer[..600_000].iter().all(|byte| *byte == 5));
        assert_eq!(medium.position().unwrap(), Position(3));
    }
}

#[test]
fn what_a_disk_holds_that_was_not_written_here_is_seen_and_kept() {
    let mut disk = Disk::new(2048, 100);
    // A volume descriptor, behind 32 KiB of nothing.
    let mut descriptor = vec![0; 2048];
    descriptor[..6].copy_from_slice(b"\x01CD001");
    disk.put(0, &vec![0; 16 * 2048]);
    disk.put(16, &descriptor);
    let (drive, disk, _script) = disk.drive();
    let mut medium = drive.open().unwrap();
    let mut buffer = vec![1; 64 << 10];
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Block(32 << 10));
    assert!(buffer[..32 << 10].iter().all(|byte| *byte == 0));
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Block(32 << 10));
    assert_eq!(&buffer[..6], b"\x01CD001", "also with sectors behind it that were never written");
    assert_eq!(kind(medium.write_block(b"x")), DeviceErrorKind::Refused(Refusal::Invalid));
    medium.space(Space::EndOfData).unwrap();
    assert_eq!(medium.position().unwrap(), Position(7));
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::EndOfData);
    assert_eq!(medium.capacity().unwrap().remaining, Some(0));
    assert!(disk.lock().written.is_empty());
    medium.rewind().unwrap();
    let _ = medium.write_block(b"ours").unwrap();
    assert_eq!(contents(&mut *medium), (vec![Some(b"ours".to_vec())], None));
}

#[test]
fn a_full_disk() {
    let (drive, ..) = Disk::new(512, 200).drive();
    let mut medium = drive.open().unwrap();
    let block = vec![1; 512 * 4 - 160];
    let mut warned = 0;
    let end = loop {
        match medium.write_block(&block) {
            Ok(written) => warned += u32::from(written.early_warning),
            Err(error) => break error.kind(),
        }
    };
    assert_eq!(end, DeviceErrorKind::EndOfMedium);
    assert!(warned > 0);
    let (found, ended) = contents(&mut *medium);
    assert_eq!((found.len(), ended), (50, None), "all of them");
}

#[test]
fn a_block_that_has_changed_is_at_fault() {
    let (drive, disk, _script) = Disk::new(512, 1000).drive();
    let mut medium = drive.open().unwrap();
    for _ in 0..3 {
        let _ = medium.write_block(&[9; 1000]).unwrap();
    }
    disk.lock().sectors[4].as_mut().unwrap()[7] ^= 1;
    medium.rewind().unwrap();
    let mut buffer = [0; 1000];
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Block(1000));
    assert_eq!(kind(medium.read_block(&mut buffer)), DeviceErrorKind::MediumFault);
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Block(1000));
}

#[test]
fn cds_and_dvds_are_only_read_but_for_one_kind() {
    for (profile, writes) in [(0x0011, false), (0x0008, false), (0x0012, true)] {
        let mut disk = Disk::new(2048, 1000);
        (disk.device_type, disk.profile) = (5, profile);
        let (drive, ..) = disk.drive();
        let written = drive.open().unwrap().write_block(b"data");
        assert_eq!(written.is_ok(), writes, "{profile:04x}");
        assert!(writes || kind(written) == DeviceErrorKind::WriteProtected);
    }
}

#[test]
fn a_disk_that_is_written_once_takes_more_behind_what_it_holds() {
    let mut disk = Disk::new(1024, 1000);
    disk.write_once = true;
    let (drive, ..) = disk.drive();
    for number in 0..3u8 {
        let mut medium = drive.open().unwrap();
        medium.space(Space::EndOfData).unwrap();
        let _ = medium.write_block(&[number; 1500]).unwrap();
        let _ = medium.write_filemarks(1).unwrap();
    }
    let mut medium = drive.open().unwrap();
    assert_eq!(kind(medium.write_block(b"over it")), DeviceErrorKind::WriteProtected);
    let (found, ended) = contents(&mut *medium);
    assert_eq!((found.len(), ended), (6, None));
    assert_eq!(found[4], Some(vec![2; 1500]));
}

#[test]
fn ends_of_writing() {
    use DeviceErrorKind as Kind;
    for ((key, code), expected) in [
        ((7, 0x27), Kind::WriteProtected),
        ((3, 0x0c), Kind::MediumFault),
        ((4, 0x44), Kind::DriveFault),
        ((2, 0x3a), Kind::NoMedium),
    ] {
        let (drive, _disk, script) = Disk::new(512, 1000).drive();
        let mut medium = drive.open().unwrap();
        let _ = medium.write_block(b"first").unwrap();
        script.expect_operation(0x2a).sense(key, code, 0);
        assert_eq!(kind(medium.write_block(b"second")), expected);
        assert_eq!(medium.position().unwrap(), Position(1));
        assert_eq!(contents(&mut *medium), (vec![Some(b"first".to_vec())], None));
    }
}

/// What is on the disk after these verbs, and after each of its records.
fn records(verbs: &[Verb], same: bool) -> (Disk, Vec<Vec<Option<Vec<u8>>>>) {
    let (drive, disk, _script) = Disk::new(512, 1000).drive();
    let mut medium = drive.open().unwrap();
    let mut states = vec![vec![]];
    let mut now: Vec<Option<Vec<u8>>> = vec![];
    for (number, verb) in verbs.iter().enumerate() {
        let at = medium.position().unwrap().0 as usize;
        // The same may be written over itself.
        let number = if same { 0 } else { number };
        let _done = act(&mut *medium, *verb, number as u8);
        let added = match verb {
            Verb::Write(length) => vec![Some(vec![number as u8; *length])],
            Verb::Filemarks(count) => vec![None; *count as usize],
            _ => vec![],
        };
        for record in added.into_iter().enumerate() {
            now.truncate(at + record.0);
            now.push(record.1);
            states.push(now.clone());
        }
    }
    drop(medium);
    let disk = disk.lock().clone();
    (disk, states)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn disks_do_what_the_simulator_does(
        verbs in prop::collection::vec(verb(), 0..40),
        length in prop::sample::select(vec![512, 1024, 2048]),
        transfer in 1..20usize,
    ) {
        let mut expected = reference(Cartridge::new()).open().unwrap();
        let (drive, _disk, script) = Disk::new(length, 1000).drive();
        script.limit_transfer(transfer * length);
        let mut medium = drive.open().unwrap();
        for (number, verb) in verbs.iter().enumerate() {
            let number = number as u8;
            let found = act(&mut *medium, *verb, number);
            prop_assert_eq!(found, act(&mut *expected, *verb, number), "{}: {:?}", number, verb);
        }
        drop(medium);
        // The same is there for whoever opens it next.
        let found = contents(&mut *drive.open().unwrap());
        prop_assert_eq!(found, contents(&mut *expected));
    }

    /// The power fails in the middle of a command: what is read then was written, and nothing from
    /// another time comes back.
    #[test]
    fn a_disk_whose_power_failed(
        verbs in prop::collection::vec(verb(), 1..30),
        cut in any::<prop::sample::Index>(),
        sectors in 0..4usize,
        same in any::<bool>(),
    ) {
        let (whole, states) = records(&verbs, same);
        prop_assert_eq!(whole.written.len() + 1, states.len());
        prop_assume!(!whole.written.is_empty());
        let cut = cut.index(whole.written.len());
        let mut disk = Disk::new(512, 1000);
        for (first, data) in &whole.written[..cut] {
            disk.put(*first, data);
        }
        let (first, data) = &whole.written[cut];
        disk.put(*first, &data[..(sectors * 512).min(data.len())]);
        let (drive, ..) = disk.drive();
        let (found, ended) = contents(&mut *drive.open().unwrap());
        let (before, after) = (&states[cut], &states[cut + 1]);
        let torn = ended == Some(DeviceErrorKind::MediumFault)
            && found.len() + 1 == after.len()
            && found[..] == after[..found.len()];
        prop_assert!(found == *before || found == *after || torn, "{:?}", found);
    }

    /// Whatever lies on a disk, it can be opened and read.
    #[test]
    fn any_disk_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        let mut disk = Disk::new(512, 50);
        disk.put(0, &{ let mut all = bytes; all.resize(2048, 0); all });
        let (drive, ..) = disk.drive();
        let mut medium = drive.open().unwrap();
        let mut buffer = vec![0; 64 << 10];
        while medium.read_block(&mut buffer).unwrap() != ReadOutcome::EndOfData {}
    }
}
