//! Sense data, from bytes.

use proptest::prelude::*;
use rsm::device::Sense;
use rsm::device::scsi::reply::sense::{SenseData, SenseSpecific};
use rsm::device::scsi::reply::{Fields, Malformed};

fn read(bytes: &[u8]) -> SenseData {
    SenseData::read(bytes).unwrap()
}

/// A changer refuses REPORT SUPPORTED OPERATION CODES: 5/20/00, the field is byte 0 of the command.
#[test]
fn a_refused_operation_code_in_fixed_format() {
    let mut bytes = vec![0xf0, 0, 0x05, 0, 0, 0, 0, 0x58, 0, 0, 0, 0, 0x20, 0, 0, 0xc0, 0, 0];
    bytes.resize(96, 0);
    let sense = read(&bytes);
    assert_eq!(sense.sense(), Sense { key: 5, code: 0x20, qualifier: 0 });
    assert_eq!(sense.information, Some(0));
    let field = SenseSpecific::Field { in_command: true, byte: 0, bit: None };
    assert_eq!(sense.specific, Some(field));
    assert!(!sense.deferred && !sense.filemark);
}

#[test]
fn a_block_longer_than_asked_for_has_a_negative_residual() {
    let sense = read(&[0xf0, 0, 0x20, 0xff, 0xff, 0xfe, 0x00, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!((sense.key, sense.residual), (0, Some(-512)));
    assert_eq!(sense.information, Some(0xffff_fe00));
    assert!(sense.incorrect_length && !sense.filemark && !sense.end_of_medium);
}

#[test]
fn a_filemark_and_the_end_of_the_medium_have_their_bits() {
    let sense = read(&[0x70, 0, 0x80, 0, 0, 0, 9, 10, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]);
    assert!(sense.filemark && !sense.end_of_medium);
    assert_eq!(sense.condition(), 0x0001);
    assert_eq!((sense.information, sense.residual), (None, None), "the field is not valid");
    let sense = read(&[0x70, 0, 0x4d, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]);
    assert!(sense.end_of_medium);
    assert_eq!(sense.key, SenseData::VOLUME_OVERFLOW);
}

#[test]
fn becoming_ready_says_how_far() {
    let sense = read(&[0x70, 0, 0x02, 0, 0, 0, 0, 10, 0, 0, 0, 0, 4, 1, 0, 0x80, 0x40, 0x00]);
    assert_eq!(sense.specific, Some(SenseSpecific::Progress(0x4000)));
}

#[test]
fn an_invalid_field_in_the_parameters_has_a_byte_and_a_bit() {
    let sense = read(&[0x70, 0, 5, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0x26, 0, 0, 0x8b, 0x00, 0x0c]);
    let field = SenseSpecific::Field { in_command: false, byte: 12, bit: Some(3) };
    assert_eq!(sense.specific, Some(field));
}

#[test]
fn descriptors_say_the_same() {
    let sense = read(&[
        0x72, 0x05, 0x26, 0x00, 0, 0, 0, 36, // header
        0x00, 0x0a, 0x80, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, // information
        0x01, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x34, // command-specific
        0x02, 0x06, 0, 0, 0x8b, 0x00, 0x0c, 0, // sense key specific
        0x04, 0x02, 0, 0xa0, // stream commands
    ]);
    assert_eq!(sense.sense(), Sense { key: 5, code: 0x26, qualifier: 0 });
    assert_eq!((sense.residual, sense.command_specific), (Some(-256), Some(0x1234)));
    let field = SenseSpecific::Field { in_command: false, byte: 12, bit: Some(3) };
    assert_eq!(sense.specific, Some(field));
    assert!(sense.filemark && sense.incorrect_length && !sense.end_of_medium);
}

#[test]
fn sense_of_an_earlier_command_is_deferred() {
    assert!(read(&[0x71, 0, 3, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0x0c, 0]).deferred);
    assert!(read(&[0x73, 3, 0x0c, 0, 0, 0, 0, 0]).deferred);
}

#[test]
fn what_is_cut_off_counts_as_not_given() {
    let whole = [0xf0, 0, 0x05, 0, 0, 0, 1, 10, 0, 0, 0, 2, 0x21, 0x01, 0, 0xc0, 0, 4];
    let at = |length: usize| read(&whole[..length]);
    assert_eq!(
        SenseData::read(&whole[..2]).unwrap_err().to_string(),
        "the sense data is cut off: it has 2 bytes, and 3 are needed"
    );
    assert_eq!((at(3).key, at(3).code, at(3).information), (5, 0, None));
    assert_eq!((at(12).information, at(12).code), (Some(1), 0));
    assert_eq!((at(13).code, at(13).qualifier), (0x21, 0));
    assert_eq!((at(17).condition(), at(17).specific), (0x2101, None));
    let mut lying = whole;
    lying[7] = 5;
    assert_eq!((read(&lying).code, read(&lying).qualifier), (0x21, 0), "only 13 bytes are stated");
}

#[test]
fn what_is_no_sense_data_is_refused() {
    assert!(matches!(SenseData::read(&[]), Err(Malformed::Short { needed: 1, given: 0, .. })));
    for first in [0x00, 0x12, 0x6f, 0x74, 0x7f] {
        let error = SenseData::read(&[first; 18]).unwrap_err();
        assert!(matches!(error, Malformed::Senseless { answer: "sense data", .. }), "{error}");
    }
}

#[test]
fn fields_end_where_the_bytes_end() {
    let fields = Fields::new("test", b"\x00\x01\x02 \0 XY Z\0 \xff ");
    assert_eq!(fields.u24(0), Ok(0x0102));
    assert_eq!(fields.text(3, 7), "XY Z");
    assert_eq!(fields.text(9, usize::MAX), "Z? ?");
    assert_eq!(fields.text(40, 3), "");
    assert_eq!(fields.part(usize::MAX, usize::MAX).len(), 0);
    assert!(fields.whole(usize::MAX, usize::MAX).is_err());
    assert_eq!(fields.part(0, 3).number(), Some(0x0102));
    assert_eq!(fields.number(), None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = SenseData::read(&bytes);
    }

    #[test]
    fn any_descriptors_are_read_without_harm(
        format in prop_oneof![Just(0x70u8), Just(0x71), Just(0x72), Just(0xf2), Just(0x73)],
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let whole = [vec![format], bytes].concat();
        for length in 0..whole.len() {
            if let Ok(sense) = SenseData::read(&whole[..length]) {
                prop_assert!(sense.key < 16);
            }
        }
    }
}
