//! What of a medium becomes its label image.

use super::medium::ListedMedium;
use crate::device::{Attention, DeviceErrorKind};
use crate::label::*;

fn data(byte: u8) -> LabelRecord {
    LabelRecord::Data(vec![byte; 80])
}

fn read(medium: &mut ListedMedium) -> LabelImage {
    read_label(medium, 0).unwrap()
}

#[test]
fn at_most_nine_records_are_read() {
    let records: Vec<_> = (0..20).map(data).collect();
    let image = read(&mut ListedMedium::new(records.clone()));
    assert_eq!(image.records, records[..9]);
    assert!(!image.blank && image.read_error.is_none());
}

#[test]
fn reading_ends_with_the_record_after_the_second_filemark() {
    let mark = LabelRecord::Filemark;
    for third in [data(3), mark.clone()] {
        let records = [data(1), mark.clone(), data(2), mark.clone(), third, data(4)];
        let image = read(&mut ListedMedium::new(records.clone()));
        assert_eq!(image.records, records[..5]);
    }
}

#[test]
fn reading_ends_at_the_end_of_data() {
    let records = [data(1), LabelRecord::Filemark];
    let image = read(&mut ListedMedium::new(records.clone()));
    assert_eq!(image.records, records);
    assert!(!image.blank);
    assert!(read(&mut ListedMedium::new([])).blank);
}

#[test]
fn of_a_longer_block_its_beginning_is_kept() {
    let long: Vec<u8> = (0..300_000).map(|n| n as u8).collect();
    let image = read(&mut ListedMedium::new([LabelRecord::Data(long.clone()), data(1)]));
    assert_eq!(image.first_data(), Some(&long[..MIN_FIRST_READ]));
    assert_eq!(image.records[1], data(1));
}

#[test]
fn a_medium_fault_keeps_what_came_before() {
    let mut medium = ListedMedium::new([data(1), data(2)]);
    medium.fails = Some((1, DeviceErrorKind::MediumFault));
    let image = read(&mut medium);
    assert_eq!(image.records, [data(1)]);
    assert_eq!(image.read_error.unwrap().kind(), DeviceErrorKind::MediumFault);
}

#[test]
fn other_faults_say_nothing_about_the_medium() {
    for kind in [
        DeviceErrorKind::LookAgain(Attention::MediumChanged),
        DeviceErrorKind::DriveFault,
        DeviceErrorKind::Gone,
        DeviceErrorKind::OutcomeUnknown,
    ] {
        let mut medium = ListedMedium::new([data(1), data(2)]);
        medium.fails = Some((1, kind));
        assert_eq!(read_label(&mut medium, 0).unwrap_err().kind(), kind);
    }
}
