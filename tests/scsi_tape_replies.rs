//! What tape, disk and optical drives answer, from bytes: captured answers read by hand, and
//! anything at all.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use proptest::prelude::*;
use rsm::device::scsi::Command;
use rsm::device::scsi::command::{disk, tape};
use rsm::device::scsi::reply::Malformed;
use rsm::device::scsi::reply::disk::{Sectors, current_profile};
use rsm::device::scsi::reply::tape::{
    BlockLengths, CartridgeMemory, LongPosition, MediumConfiguration, MemoryKind, ShortPosition,
    densities,
};

#[path = "support/capture.rs"]
mod capture;

use capture::capture;

#[test]
fn the_short_position_of_a_drive_that_knows_it() {
    // Byte 0 is 90h: beginning, and the bytes in the buffer are unknown. Bytes 4 to 7 are 0.
    let beginning = ShortPosition::read(&capture("hp-msl", "ssc-readpos-bot")).unwrap();
    assert!(beginning.beginning && !beginning.end && !beginning.overflow);
    assert_eq!(beginning.object, Some(0));
    // Byte 0 is 10h, bytes 4 to 7 are 00 00 00 07.
    let later = ShortPosition::read(&capture("hp-msl", "ssc-readpos-short")).unwrap();
    assert!(!later.beginning && !later.end);
    assert_eq!(later.object, Some(7));
}

#[test]
fn the_short_position_of_a_drive_that_does_not_know_it() {
    // Byte 0 is 14h: bit 2 says that the position is unknown, wherever it stands.
    for name in ["ssc-readpos-bot", "ssc-readpos-short"] {
        let position = ShortPosition::read(&capture("tgt-l700", name)).unwrap();
        assert!(!position.beginning && !position.end && !position.overflow);
        assert_eq!(position.object, None);
    }
}

#[test]
fn the_long_position() {
    // Bytes 8 to 15 are 7, bytes 16 to 23 are 3.
    let position = LongPosition::read(&capture("hp-msl", "ssc-readpos-long")).unwrap();
    assert_eq!((position.partition, position.object, position.filemarks), (0, Some(7), Some(3)));
    // Byte 0 is 20h, which has none of the bits that are read; everything else is 0.
    let position = LongPosition::read(&capture("tgt-l700", "ssc-readpos-long")).unwrap();
    assert!(!position.beginning && !position.end);
    assert_eq!((position.object, position.filemarks), (Some(0), Some(0)));
    let mut unknown = [0; 32];
    unknown[0] = 0x0c;
    let position = LongPosition::read(&unknown).unwrap();
    assert_eq!((position.object, position.filemarks), (None, None));
}

#[test]
fn a_position_that_does_not_fit_into_the_short_form() {
    let mut answer = [0; 20];
    answer[0] = 0x02;
    let position = ShortPosition::read(&answer).unwrap();
    assert!(position.overflow);
    assert_eq!(position.object, None);
}

#[test]
fn the_lengths_of_blocks() {
    // 00 200000 0001.
    let lengths = BlockLengths::read(&capture("hp-msl", "ssc-rbl")).unwrap();
    assert_eq!((lengths.granularity, lengths.max, lengths.min), (0, Some(0x0020_0000), 1));
    assert_eq!(lengths.fixed(), None);
    // 09 100000 0004.
    let lengths = BlockLengths::read(&capture("tgt-l700", "ssc-rbl")).unwrap();
    assert_eq!((lengths.granularity, lengths.max, lengths.min), (9, Some(0x0010_0000), 4));
    let fixed = BlockLengths::read(&[0, 0, 2, 0, 2, 0]).unwrap();
    assert_eq!(fixed.fixed(), Some(512));
    assert_eq!(BlockLengths::read(&[0, 0, 0, 0, 0, 1]).unwrap().max, None);
    let senseless = BlockLengths::read(&[0, 0, 0, 1, 0, 2]);
    assert!(matches!(senseless, Err(Malformed::Senseless { .. })));
}

#[test]
fn the_memory_of_a_cartridge() {
    let memory = CartridgeMemory::read(&capture("hp-msl", "ssc-readattr")).unwrap();
    // Attributes 0000h and 0001h, at 4 and 11h, are 40h MiB each.
    assert_eq!(memory.remaining, Some(0x40 << 20));
    assert_eq!(memory.total, Some(0x40 << 20));
    assert_eq!(memory.loads, Some(1));
    assert_eq!(memory.manufacturer.as_deref(), Some("linuxVTL"));
    assert_eq!(memory.serial.as_deref(), Some("A00001L6_1795206949"));
    assert_eq!(memory.density, Some(0x5a));
    assert_eq!(memory.kind, Some(MemoryKind::Data));
    assert_eq!(memory.bar_code.as_deref(), Some("A00001L6"));
}

#[test]
fn what_is_cut_off_of_the_memory_counts_as_not_given() {
    let whole = capture("hp-msl", "ssc-readattr");
    // The serial number begins at 15Dh with a header of five bytes and has 32.
    let memory = CartridgeMemory::read(&whole[..0x15d + 5 + 31]).unwrap();
    assert_eq!((memory.manufacturer.as_deref(), memory.serial), (Some("linuxVTL"), None));
    let memory = CartridgeMemory::read(&whole[..0x15d + 5 + 32]).unwrap();
    assert_eq!(memory.serial.as_deref(), Some("A00001L6_1795206949"));
    // Said to be shorter than it is.
    let mut lying = whole;
    lying[..4].copy_from_slice(&[0, 0, 0, 13]);
    let memory = CartridgeMemory::read(&lying).unwrap();
    assert_eq!((memory.remaining, memory.total), (Some(0x40 << 20), None));
}

#[test]
fn what_the_page_says_of_media_that_are_written_once() {
    // Page 1Dh of two drives, at 96h and 82h of everything: 1D 1E 00 00 01 01 and 1D 1E 01 00 00 00.
    let page = &capture("hp-msl", "ssc-ms6-3f")[0x96..];
    let plain = MediumConfiguration::read(page).unwrap();
    assert!(!plain.write_once && !plain.is_write_once());
    assert_eq!((plain.label_restrictions, plain.filemark_restrictions), (1, 1));
    let page = &capture("tgt-l700", "ssc-ms6-3f")[0x82..];
    let constant = MediumConfiguration::read(page).unwrap();
    assert!(constant.write_once && !constant.is_write_once(), "it says so of every medium");
    let once = MediumConfiguration::read(&[0x1d, 0x1e, 1, 0, 1, 2]).unwrap();
    assert!(once.is_write_once());
    assert!(MediumConfiguration::read(&[0x1c, 0x1e, 1, 0, 1, 2]).is_err(), "another page");
}

#[test]
fn densities_in_descriptors_of_a_length_of_their_own() {
    let mut descriptor = [0; 52];
    descriptor[..5].copy_from_slice(&[0x5a, 0x5a, 0xa0, 0, 0]);
    descriptor[12..16].copy_from_slice(&2_500_000u32.to_be_bytes());
    descriptor[16..24].copy_from_slice(b"LTO-CVE ");
    descriptor[24..32].copy_from_slice(b"U-616   ");
    descriptor[32..44].copy_from_slice(b"Ultrium 6/16");
    let mut longer = descriptor;
    longer[..5].copy_from_slice(&[0x58, 0x58, 0x01, 0, 55]);
    let mut answer = vec![0, 114, 0, 0];
    answer.extend(longer);
    answer.extend([0xff; 8]);
    answer.extend(descriptor);
    answer.extend([0; 52]);
    let found = densities(&answer);
    assert_eq!(found.len(), 2, "the last one is said not to be there");
    assert_eq!((found[0].code, found[0].writable, found[0].usual), (0x58, false, false));
    let last = &found[1];
    assert_eq!((last.code, last.writable, last.usual), (0x5a, true, true));
    assert_eq!((last.capacity, last.organization.as_str()), (2_500_000, "LTO-CVE"));
    assert_eq!((last.name.as_str(), last.description.as_str()), ("U-616", "Ultrium 6/16"));
}

#[test]
fn how_many_sectors_a_disk_has() {
    let small = Sectors::read_10(&[0, 0x0a, 0, 0, 0, 0, 2, 0]).unwrap().unwrap();
    assert_eq!((small.count, small.length), (0x000a_0001, 512));
    assert_eq!(Sectors::read_10(&[0xff, 0xff, 0xff, 0xff, 0, 0, 2, 0]).unwrap(), None);
    let large = Sectors::read_16(&[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 8, 0]).unwrap();
    assert_eq!((large.count, large.length), (0x1_0000_0001, 2048));
    assert!(matches!(Sectors::read_10(&[0; 8]), Err(Malformed::Senseless { .. })));
    assert_eq!(current_profile(&[0, 0, 0, 4, 0, 0, 0x00, 0x12]).unwrap(), 0x0012);
}

#[test]
fn commands_as_the_standards_have_them() {
    let bytes = |command: Command| command.bytes().to_vec();
    assert_eq!(bytes(tape::read_block(0x012345)), [0x08, 0, 0x01, 0x23, 0x45, 0]);
    assert_eq!(bytes(tape::write_filemarks(2)), [0x10, 0, 0, 0, 2, 0]);
    use tape::SpaceOver::{Blocks, EndOfData, Filemarks};
    assert_eq!(bytes(tape::space(Blocks, -1)), [0x11, 0, 0xff, 0xff, 0xff, 0]);
    assert_eq!(bytes(tape::space(Filemarks, 0x7f_ffff)), [0x11, 1, 0x7f, 0xff, 0xff, 0]);
    assert_eq!(
        bytes(tape::space(Filemarks, -0x80_0001)),
        [0x91, 1, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0, 0, 0, 0]
    );
    assert_eq!(bytes(tape::space(EndOfData, 0)), [0x11, 3, 0, 0, 0, 0]);
    assert_eq!(bytes(tape::locate(0xffff_ffff)), [0x2b, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0]);
    assert_eq!(
        bytes(tape::locate(0x1_0000_0000)),
        [0x92, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    );
    assert_eq!(
        bytes(tape::read_attribute(0x0401, 0x1000)),
        [0x8c, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0x10, 0, 0, 0]
    );
    assert_eq!(bytes(disk::read(0x01020304, 8)), [0x28, 0, 1, 2, 3, 4, 0, 0, 8, 0]);
}

proptest! {
    /// Nothing panics, and nothing is found that is longer than what came.
    #[test]
    fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = ShortPosition::read(&bytes);
        let _ = LongPosition::read(&bytes);
        let _ = BlockLengths::read(&bytes);
        let _ = MediumConfiguration::read(&bytes);
        let _ = Sectors::read_10(&bytes);
        let _ = Sectors::read_16(&bytes);
        let _ = current_profile(&bytes);
        prop_assert!(densities(&bytes).len() <= bytes.len() / 52);
        if let Ok(memory) = CartridgeMemory::read(&bytes) {
            prop_assert!(memory.serial.unwrap_or_default().len() <= bytes.len());
        }
    }

    /// A captured answer that ends anywhere says nothing else than the whole one.
    #[test]
    fn a_cut_answer_says_no_other_thing(length in 0..1024usize) {
        let whole = capture("hp-msl", "ssc-readattr");
        let all = CartridgeMemory::read(&whole).unwrap();
        if let Ok(memory) = CartridgeMemory::read(&whole[..length.min(whole.len())]) {
            prop_assert!(memory.serial.is_none() || memory.serial == all.serial);
            prop_assert!(memory.total.is_none() || memory.total == all.total);
            prop_assert!(memory.kind.is_none() || memory.kind == all.kind);
        }
    }
}
