//! The examples MT1 to MT6, and blocks that are anything.

use proptest::collection::vec;
use proptest::prelude::*;
use uuid::Uuid;

use super::block::{FIXED, at, checksum};
use super::*;

/// Header and TAPE part of the test block.
const HEAD: [u8; FIXED] = [
    0x54, 0x41, 0x50, 0x45, 0x00, 0x00, 0x00, 0x00, 0x5c, 0x01, 0x0e, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x02, 0x00, 0x54, 0x05, 0xcd, 0xab, 0x34, 0x12, 0x02, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x1a, 0x00, 0x5e, 0x00, 0xca, 0x00, 0x78, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x1a, 0x00, 0x42, 0x01, 0x00, 0x04, 0x01, 0x00, 0x1f, 0x44, 0x86, 0x41, 0x46, 0x01,
];

const MEDIA_LABEL: &str = "MTF Media Label|1.0|Acme|Backup|2001/02/03.04:05:06|A00007|1|\
                           {0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0}||";

const ID: Uuid = Uuid::from_u128(0x0f1e2d3c_4b5a_6978_8796_a5b4c3d2e1f0);

/// The test block: 1024 bytes, made from the tables of the contract and not by our own writer.
pub(in crate::label) fn test_block() -> Vec<u8> {
    let mut block = HEAD.to_vec();
    for (offset, text) in [(94, "Nightly set 7"), (120, MEDIA_LABEL), (322, "Acme Backup 3")] {
        assert_eq!(block.len(), offset);
        block.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    }
    assert_eq!(block.len(), 348);
    block.resize(1024, 0);
    block
}

fn claim(record: &[u8]) -> Option<LabelInfo> {
    Mtf.claim(&LabelImage::from_record(record))
}

fn with_checksum(mut block: Vec<u8>) -> Vec<u8> {
    let sum = checksum(&block).to_le_bytes();
    block[at::CHECKSUM..at::CHECKSUM + 2].copy_from_slice(&sum);
    block
}

#[test]
fn labels_mt1() {
    let info = claim(&test_block()).unwrap();
    assert_eq!(info.label_type(), "Acme Backup 3");
    assert_eq!(info.description(), "Nightly set 7");
    assert_eq!(info.label_id(), ID.as_bytes());
    let date = TapeBlock::decode(&test_block()).unwrap().date.unwrap();
    assert_eq!(date.to_string(), "2001/02/03.04:05:06");
}

#[test]
fn labels_mt2() {
    let mut block = test_block();
    block[56] = 0;
    let info = claim(&block).unwrap();
    let expected = Uuid::from_u128(0x4d75f8a4_b160_5fe4_9eaa_94e3be6345bf);
    assert_eq!(info.label_id(), expected.as_bytes());
    assert_eq!(info.label_type(), "Acme Backup 3");
}

#[test]
fn labels_mt3() {
    let mut block = test_block();
    block[10] = 0x1c;
    assert_eq!(claim(&block), None);
    assert!(claim(&with_checksum(block)).is_some());
}

#[test]
fn labels_mt4() {
    assert_eq!(claim(&[0; 1024]), None);
}

#[test]
fn labels_mt5() {
    let mut block = test_block();
    block[80..84].copy_from_slice(&[26, 0, 0xd0, 0x07]);
    assert_eq!(claim(&block).unwrap().label_type(), "MTF");
}

#[test]
fn labels_mt6() {
    assert_eq!(claim(&test_block()[..60]), None);
    assert_eq!(claim(&test_block()[..93]), None);
    assert!(claim(&test_block()[..94]).is_some());
}

#[test]
fn the_test_block_is_written_byte_for_byte() {
    let block = test_block();
    assert_eq!(TapeBlock::decode(&block).unwrap().encode(), block);
}

#[test]
fn other_descriptor_blocks_are_not_claimed() {
    for kind in [b"SSET", b"ESET", b"VOLB", b"EOTM"] {
        let mut block = test_block();
        block[..4].copy_from_slice(kind);
        assert_eq!(claim(&with_checksum(block)), None);
    }
}

#[test]
fn strings_that_make_no_sense_are_empty_or_replaced() {
    let name = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut block = test_block();
        change(&mut block);
        TapeBlock::decode(&with_checksum(block)).unwrap().media_name
    };
    assert_eq!(name(&|b| b[68] = 25), "", "odd size");
    assert_eq!(name(&|b| b[48] = 0), "", "no strings");
    assert_eq!(name(&|b| b[48] = 3), "", "unknown string type");
    assert_eq!(name(&|b| b[94..96].copy_from_slice(&[0, 0xd8])), "\u{fffd}ightly set 7");
    assert_eq!(name(&|b| b[116..120].copy_from_slice(&[32, 0, 0, 0])), "Nightly set");
}

#[test]
fn single_byte_strings_are_read() {
    let mut block = test_block();
    block[48] = 1;
    block[94..120].copy_from_slice(b"Archive \xff 1998           \0");
    let block = TapeBlock::decode(&with_checksum(block)).unwrap();
    assert_eq!(block.media_name, "Archive \u{fffd} 1998");
}

#[test]
fn a_long_software_name_is_cut_to_a_valid_type() {
    let mut block = TapeBlock::decode(&test_block()).unwrap();
    block.software_name = "\u{1f4fc}".repeat(200);
    let info = claim(&block.encode()).unwrap().validated().unwrap();
    assert_eq!(info.label_type(), "\u{1f4fc}".repeat(63));
}

#[test]
fn the_digest_covers_the_block_as_long_as_it_says() {
    let id = |size: u16, length: usize, changed: usize| {
        let mut block = test_block();
        block[56] = 0;
        block[84..86].copy_from_slice(&size.to_le_bytes());
        block.resize(2048, 0);
        block[changed] = 1;
        claim(&block[..length]).unwrap().label_id().to_vec()
    };
    assert_ne!(id(1024, 2048, 1023), id(1024, 2048, 1024));
    assert_eq!(id(1024, 2048, 1024), id(1024, 2048, 1025));
    for nonsense in [0, 511, 1000] {
        assert_ne!(id(nonsense, 2048, 511), id(nonsense, 2048, 512));
        assert_eq!(id(nonsense, 2048, 512), id(nonsense, 2048, 513));
    }
    assert_eq!(id(512 * 100, 700, 700), id(512 * 100, 700, 701));
}

/// Bytes that pass for a TAPE block at first sight.
fn nearly_tape() -> impl Strategy<Value = Vec<u8>> {
    (vec(any::<u8>(), FIXED..3000), 0..4_u8).prop_map(|(mut block, string_type)| {
        block[..4].copy_from_slice(b"TAPE");
        block[at::STRING_TYPE] = string_type;
        with_checksum(block)
    })
}

proptest! {
    #[test]
    fn arbitrary_records_are_claimed_with_a_valid_identity_or_not_at_all(
        record in prop_oneof![vec(any::<u8>(), 0..2000), nearly_tape()],
    ) {
        if let Some(info) = claim(&record) {
            prop_assert_eq!(info.label_id().len(), 16);
            prop_assert!(info.validated().is_ok());
        }
    }

    #[test]
    fn a_changed_or_cut_test_block_never_panics(
        at in 0..1024_usize, byte: u8, length in 0..=1024_usize,
    ) {
        let mut block = test_block();
        block[at] = byte;
        let _ = claim(&block[..length]);
        let _ = claim(&with_checksum(block)[..length]);
    }

    #[test]
    fn blocks_read_back(
        media_name in "[^ \0]{0,80}",
        media_label in "[^ \0]{0,300}",
        software_name in "[^ \0]{0,80}",
        numbers: (u8, u32, u32, u16, u16),
        micros: i64,
        large: bool,
    ) {
        let block = TapeBlock {
            os_id: numbers.0,
            media_family_id: numbers.1,
            attributes: numbers.2,
            sequence: numbers.3,
            media_name,
            media_label,
            software_name,
            logical_block_size: if large { 1024 } else { 512 },
            vendor_id: numbers.4,
            date: Some(MtfDate::from(crate::model::Timestamp::from_micros(micros))),
            major_version: 1,
        };
        let bytes = block.encode();
        prop_assert_eq!(bytes.len() % usize::from(block.logical_block_size), 0);
        prop_assert_eq!(TapeBlock::decode(&bytes), Some(block));
    }

    #[test]
    fn overlong_strings_are_cut_and_the_block_stays_readable(length in 3990..9000_usize) {
        let text = "x".repeat(length);
        let block = TapeBlock {
            media_name: text.clone(),
            media_label: text.clone(),
            software_name: text,
            logical_block_size: 512,
            ..TapeBlock::default()
        };
        let read = TapeBlock::decode(&block.encode()).unwrap();
        prop_assert_eq!(read.software_name.len(), length.min(MAX_TEXT));
    }
}
