//! Power that is lost between two steps.

use rsm::device::simulated::{DoorLayout, Fault, SimulatedLibrary, SimulatedLibraryBuilder};
use rsm::device::{
    Attention, DeviceErrorKind, DriveStatus, ElementAddress, LibraryDevice, MediumIo, ReadOutcome,
    Refusal, Space,
};

use super::{changer, drive_at, here, kind, load, numbered, refusal, slot};

const RESET: DeviceErrorKind = DeviceErrorKind::LookAgain(Attention::Reset);

fn builder() -> SimulatedLibraryBuilder {
    SimulatedLibrary::builder().cartridges(numbered(2)).door(DoorLayout::default())
}

fn lose_power(library: &SimulatedLibrary, after: u32) {
    library.inject(Fault::PowerLoss { after, gone: 1 });
}

/// What every verb finds first: nobody, and then a reset of each device.
fn come_back(library: &SimulatedLibrary) {
    let changer = changer_of(library);
    assert_eq!(kind(changer.ready()), DeviceErrorKind::Gone);
    assert_eq!(kind(changer.ready()), RESET);
    changer.ready().unwrap();
    for drive in library.drives() {
        assert_eq!(kind(drive.status()), RESET);
        drive.status().unwrap();
    }
}

fn changer_of(library: &SimulatedLibrary) -> std::sync::Arc<dyn rsm::device::Changer> {
    library.changers().remove(0)
}

#[test]
fn a_move_is_cut_off_before_in_and_after_the_hand() {
    let directory = tempfile::tempdir().unwrap();
    for kept in [false, true] {
        for after in 0..4 {
            let path = directory.path().join(after.to_string());
            let library = match kept {
                true => builder().open_or_create(&path).unwrap(),
                false => builder().build().unwrap(),
            };
            let (changer, geometry) = changer(&library, 0);
            let (from, to) = (slot(&geometry, 0), slot(&geometry, 9));
            let id = library.hands().look(here(from)).unwrap().unwrap();
            lose_power(&library, after);
            let moved = changer.move_medium(from, to, false);
            let expected: ElementAddress =
                [from, geometry.transports.first, to, to][after as usize];
            let mut where_it_is = vec![library.hands().find(id).unwrap()];
            if kept {
                // Another process sees the same.
                let other = SimulatedLibrary::open(&path).unwrap();
                where_it_is.push(other.hands().find(id).unwrap());
            }
            assert!(where_it_is.iter().all(|place| *place == Some(here(expected))), "{after}");
            if after < 3 {
                assert_eq!(kind(moved), DeviceErrorKind::OutcomeUnknown);
                come_back(&library);
            } else {
                moved.unwrap();
            }
        }
    }
}

#[test]
fn nothing_is_loaded_or_locked_afterwards() {
    let library = builder().build().unwrap();
    let (changer, geometry) = changer(&library, 0);
    let drive = load(&library, 0, false);
    drive.prevent_removal(true).unwrap();
    let mut medium = drive.open().unwrap();
    changer.release_door(0, true).unwrap();
    changer.prevent_removal(true).unwrap();
    lose_power(&library, 0);
    let moved = changer.move_medium(slot(&geometry, 1), slot(&geometry, 2), false);
    assert_eq!(kind(moved), DeviceErrorKind::OutcomeUnknown);
    come_back(&library);
    assert_eq!(kind(medium.position()), DeviceErrorKind::NotReady);
    drop(medium);
    assert_eq!(drive.status().unwrap(), DriveStatus::Unloaded);
    assert_eq!(refusal(library.hands().open_door(0, 0)), Refusal::RemovalPrevented);
    library.hands().pull_port(0, 0).unwrap();
    drive.load().unwrap();
    drive.unload().unwrap();
}

#[test]
fn loading_and_unloading_are_cut_off() {
    for after in 0..2 {
        let library = builder().build().unwrap();
        let (changer, geometry) = changer(&library, 0);
        changer.move_medium(slot(&geometry, 0), geometry.drives.first, false).unwrap();
        let drive = drive_at(&library, 0, 0);
        lose_power(&library, after);
        assert_eq!(kind(drive.load()), DeviceErrorKind::OutcomeUnknown);
        come_back(&library);
        assert_eq!(drive.status().unwrap(), DriveStatus::Unloaded);
        drive.load().unwrap();
        lose_power(&library, after);
        assert_eq!(kind(drive.unload()), DeviceErrorKind::OutcomeUnknown);
        come_back(&library);
        assert_eq!(drive.status().unwrap(), DriveStatus::Unloaded);
    }
}

/// One file of one block, then another block: how many records are there afterwards?
fn records_after(library: &SimulatedLibrary, after: u32) -> u64 {
    let drive = load(library, 0, false);
    let mut medium = drive.open().unwrap();
    lose_power(library, after);
    let written = write(&mut *medium);
    assert_eq!(kind(written), DeviceErrorKind::OutcomeUnknown);
    drop(medium);
    come_back(library);
    drive.load().unwrap();
    let mut medium = drive.open().unwrap();
    medium.space(Space::EndOfData).unwrap();
    let records = medium.position().unwrap().0;
    medium.rewind().unwrap();
    if records > 0 {
        assert_eq!(medium.read_block(&mut [0; 8]).unwrap(), ReadOutcome::Block(5));
    }
    let _ = medium.write_block(b"goes on").unwrap();
    records
}

fn write(medium: &mut dyn MediumIo) -> rsm::device::DeviceResult<()> {
    let _ = medium.write_block(b"first")?;
    let _ = medium.write_filemarks(1)?;
    let _ = medium.write_block(b"second")?;
    medium.flush()
}

#[test]
fn what_was_not_flushed_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    // Two steps a block, two a mark and one to flush; once more two and one.
    let expected = [0, 0, 0, 0, 0, 2, 2, 2];
    for (after, records) in (0..).zip(expected) {
        let library = builder().build().unwrap();
        assert_eq!(records_after(&library, after), records, "{after}");
        let library = builder().open_or_create(directory.path().join(after.to_string())).unwrap();
        assert_eq!(records_after(&library, after), records, "{after} in a directory");
    }
}
