//! The answers of all devices to the commands that all devices have, from bytes. What is expected
//! was read from the bytes by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/capture.rs"]
mod capture;

use std::time::Duration;

use capture::capture;
use proptest::prelude::*;
use rsm::device::scsi::command::reservation::{
    ReservationAction, ReservationQuestion, ReservationType, persistent_reserve_in,
    persistent_reserve_out, reserve_parameters,
};
use rsm::device::scsi::command::{mode, primary};
use rsm::device::scsi::reply::inquiry::{self, Inquiry};
use rsm::device::scsi::reply::log::{self, DeviceStatistics, LogPage, VolumeStatistics};
use rsm::device::scsi::reply::luns::{Lun, luns};
use rsm::device::scsi::reply::mode::{BlockDescriptor, ModeData};
use rsm::device::scsi::reply::reservation::{self, Reserved, TransportId};
use rsm::device::scsi::reply::sense::SenseData;
use rsm::device::scsi::reply::supported_commands::supported_commands;
use rsm::device::{Capacity, DeviceClass, Sense, TapeAlerts};

/// The makes.
const PERSONALITIES: [&str; 5] = ["hp-msl", "ibm-ts3100", "quantum", "stk-l700", "tgt-l700"];

#[test]
fn changers_say_who_they_are() {
    let expected = [
        ("hp-msl", "HP", "MSL G3 Series", "0108", 2),
        ("ibm-ts3100", "IBM", "3573-TL", "0108", 5),
        ("quantum", "QUANTUM", "Scalar i500", "0108", 5),
        ("stk-l700", "STK", "L700", "0108", 5),
        ("tgt-l700", "STK", "L700", "0107", 5),
    ];
    for (make, vendor, product, revision, version) in expected {
        let inquiry = Inquiry::read(&capture(make, "smc-inquiry")).unwrap();
        assert_eq!((inquiry.vendor.as_str(), inquiry.product.as_str()), (vendor, product));
        assert_eq!((inquiry.revision.as_str(), inquiry.version), (revision, version));
        assert_eq!((inquiry.qualifier, inquiry.device_type), (0, 8), "{make}");
        assert_eq!(inquiry.class(), Some(DeviceClass::Changer));
        assert!(inquiry.removable);
    }
}

#[test]
fn drives_say_who_they_are() {
    for make in PERSONALITIES {
        let inquiry = Inquiry::read(&capture(make, "ssc-inquiry")).unwrap();
        let expected = match make {
            "tgt-l700" => ("HP", "Ultrium 6-SCSI", "J5SW"),
            _ => ("IBM", "ULT3580-TD6", "2160"),
        };
        let said = (inquiry.vendor.as_str(), inquiry.product.as_str(), inquiry.revision.as_str());
        assert_eq!(said, expected, "{make}");
        assert_eq!(inquiry.class(), Some(DeviceClass::Tape));
    }
}

#[test]
fn serial_numbers_are_trimmed_at_both_ends() {
    let expected = [
        ("hp-msl", "XYZZY_A"),
        ("ibm-ts3100", "XYZZY_A     _LL0"),
        ("quantum", "XYZZY_A"),
        ("stk-l700", "XYZZY_A"),
        ("tgt-l700", "LIB0000001"),
    ];
    for (make, serial) in expected {
        assert_eq!(inquiry::serial_number(&capture(make, "smc-vpd80")).unwrap(), serial, "{make}");
        let drive = if make == "tgt-l700" { "DRV0000000" } else { "XYZZY_A1" };
        assert_eq!(inquiry::serial_number(&capture(make, "ssc-vpd80")).unwrap(), drive, "{make}");
    }
}

#[test]
fn pages_of_vital_product_data_are_listed() {
    let expected: [(&str, &[u8]); 5] = [
        ("hp-msl", &[0x00, 0x80, 0x83]),
        ("ibm-ts3100", &[0x00, 0x80, 0x83, 0xc0, 0xd0, 0xff]),
        ("quantum", &[0x00, 0x80, 0x83]),
        ("stk-l700", &[0x00, 0x80]),
        ("tgt-l700", &[0x00, 0x80, 0x83, 0xb0, 0xb1, 0xb2]),
    ];
    for (make, pages) in expected {
        let listed = inquiry::supported_pages(&capture(make, "smc-vpd00")).unwrap();
        assert_eq!(listed, pages, "{make}");
        let of_drive = inquiry::supported_pages(&capture(make, "ssc-vpd00")).unwrap();
        let full = [0x00, 0x80, 0x83, 0x86, 0xb0, 0xb1, 0xb2, 0xb5, 0xc0, 0xc1];
        assert_eq!(of_drive, if make == "tgt-l700" { pages } else { &full }, "{make}");
    }
}

#[test]
fn names_of_devices_are_listed_but_not_what_is_cut_off() {
    let names = |make: &str, which: &str| {
        let found = inquiry::designators(&capture(make, which)).unwrap();
        found.iter().map(|one| (one.association, one.kind, one.text())).collect::<Vec<_>>()
    };
    // The changer's world-wide name has 8 bytes, of which the page holds 4.
    assert_eq!(names("hp-msl", "smc-vpd83"), [(0, 1, "HP      MSL G3 Series   XYZZY_A".into())]);
    assert_eq!(
        names("ibm-ts3100", "smc-vpd83"),
        [(0, 1, "IBM     3573-TL         XYZZY_A     _LL0".into())]
    );
    assert_eq!(
        names("quantum", "smc-vpd83"),
        [(0, 1, "QUANTUM Scalar i500     XYZZY_A".into()), (0, 3, "50223344ab000000".into())]
    );
    assert_eq!(
        names("stk-l700", "ssc-vpd83"),
        [(0, 1, "IBM     ULT3580-TD6     XYZZY_A1".into()), (0, 3, "50223344ab000100".into())]
    );
    assert_eq!(
        names("tgt-l700", "ssc-vpd83"),
        [
            (0, 1, "IET     00010002".into()),
            (0, 3, "3000000100000002".into()),
            (0, 3, "60000000000000000e00000000010002".into())
        ]
    );
}

#[test]
fn drives_say_whether_they_take_write_once_media() {
    assert!(inquiry::takes_write_once(&capture("hp-msl", "ssc-vpdb0")).unwrap());
    assert!(!inquiry::takes_write_once(&capture("tgt-l700", "ssc-vpdb0")).unwrap());
    let serial = |make| inquiry::manufacturer_serial(&capture(make, "ssc-vpdb1")).unwrap();
    assert_eq!((serial("hp-msl"), serial("tgt-l700")), ("XYZZY_A1".into(), String::new()));
}

#[test]
fn another_page_is_not_taken_for_the_right_one() {
    let standard = capture("hp-msl", "smc-inquiry");
    assert!(inquiry::serial_number(&standard).is_err(), "its byte 1 says 80h, too");
    assert!(inquiry::designators(&standard).is_err());
    assert!(inquiry::supported_pages(&capture("hp-msl", "smc-vpd80")).is_err());
    assert!(LogPage::read(0x2e, &capture("hp-msl", "ssc-log00")).is_err());
}

#[test]
fn request_sense_brings_sense_data() {
    for make in PERSONALITIES {
        let sense = SenseData::read(&capture(make, "smc-reqsense")).unwrap().sense();
        let expected = if make == "tgt-l700" { (0, 0) } else { (6, 0x29) };
        assert_eq!(sense, Sense { key: expected.0, code: expected.1, qualifier: 0 }, "{make}");
    }
    let drive = SenseData::read(&capture("hp-msl", "ssc-reqsense")).unwrap();
    assert_eq!((drive.key, drive.condition(), drive.information), (2, 0x3a00, Some(0)));
}

#[test]
fn mode_pages_of_changers_are_found_in_both_forms() {
    let geometry: [(&str, [u16; 8]); 5] = [
        ("hp-msl", [0x0001, 1, 0x0020, 0x14, 0x01c0, 4, 0x01e0, 4]),
        ("ibm-ts3100", [0x0001, 1, 0x1000, 0x14, 0x0010, 4, 0x0100, 4]),
        ("quantum", [0x02f0, 1, 0x0400, 0x14, 0x0300, 4, 0x0001, 4]),
        ("stk-l700", [0x0001, 1, 0x03e8, 0x14, 0x000a, 4, 0x01f4, 4]),
        ("tgt-l700", [0x0001, 1, 0x0400, 0x14, 0x0010, 2, 0x0100, 4]),
    ];
    for (make, words) in geometry {
        let mut page = vec![0x1d, 0x12];
        page.extend(words.iter().flat_map(|word| word.to_be_bytes()));
        page.extend([0, 0]);
        let short = ModeData::read_6(&capture(make, "smc-ms6-3f")).unwrap();
        let long = ModeData::read_10(&capture(make, "smc-ms10-3f")).unwrap();
        assert_eq!(short, long, "{make}");
        assert_eq!(short.page(0x1d), Some(page.as_slice()), "{make}");
        assert_eq!(short.block, Some(BlockDescriptor::default()), "{make}");
        let codes: Vec<_> = short.pages.iter().map(|page| (page.code, page.subpage)).collect();
        let expected: &[(u8, u8)] = match make {
            // It begins with an empty page 0, and has subpage 1 of page 0Ah.
            "tgt-l700" => &[(0, 0), (0x0a, 0), (0x0a, 1)],
            _ => &[(0x02, 0)],
        };
        assert_eq!(&codes[..expected.len()], expected, "{make}");
        let rest = [0x1a, 0x1c, 0x1d, 0x1e, 0x1f].map(|code| (code, 0));
        assert_eq!(codes[expected.len()..], rest, "{make}");
        assert_eq!(short.page(0x1e).unwrap().len(), 4);
        assert_eq!(short.page(0x1f).unwrap().len(), 20);
    }
}

#[test]
fn mode_parameters_of_drives_have_a_block_descriptor() {
    let fixed = ModeData::read_6(&capture("hp-msl", "ssc-ms6-00-fixed")).unwrap();
    assert_eq!((fixed.medium_type, fixed.device_specific), (0x68, 0x10));
    assert_eq!(fixed.block, Some(BlockDescriptor { density: 0, count: 0, length: 512 }));
    assert!(fixed.pages.is_empty() && !fixed.is_write_protected());
    let dense = ModeData::read_6(&capture("hp-msl", "ssc-ms6-10")).unwrap();
    assert_eq!(dense.block, Some(BlockDescriptor { density: 0x5a, count: 0, length: 0 }));
    assert_eq!(dense.page(0x10).unwrap()[..9], [0x10, 0x0e, 0, 0, 0, 0, 0, 0x64, 0x40]);
    let tgt = ModeData::read_6(&capture("tgt-l700", "ssc-ms6-00-fixed")).unwrap();
    assert_eq!(tgt.block.unwrap().length, 512);
    assert_eq!(tgt.pages.len(), 1, "two bytes more, which look like an empty page 0");
    let long = ModeData::read_10(&capture("hp-msl", "ssc-ms10-3f")).unwrap();
    let codes: Vec<_> = long.pages.iter().map(|page| page.code).collect();
    let expected = [0x01, 0x02, 0x0a, 0x0f, 0x10, 0x11, 0x1a, 0x1c, 0x1d, 0x24, 0x25, 0x2f];
    assert_eq!(codes, expected);
    assert_eq!(long.device_specific, 0x10, "buffered");
    let short = ModeData::read_6(&capture("hp-msl", "smc-ms6-1d-short")).unwrap();
    assert_eq!((short.pages.len(), short.block), (0, None), "only the header came");
    assert!(ModeData::read_6(&[0x17, 0, 0x80, 0]).unwrap().is_write_protected());
}

#[test]
fn subpages_and_long_block_descriptors_are_passed_over() {
    let bytes = [
        0, 36, 0, 0x10, 0x01, 0, 0, 16, // header, long block descriptors
        0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, // one of them
        0x50, 0x01, 0, 2, 0xaa, 0xbb, // page 10h, subpage 1
        0x90, 0x04, 1, 2, 3, 4, // page 10h, which can be saved
        0x1d, 0x12, // cut off
    ];
    let data = ModeData::read_10(&bytes).unwrap();
    assert_eq!(data.block, None);
    assert_eq!(data.page(0x10), Some(&[0x90, 0x04, 1, 2, 3, 4][..]));
    assert_eq!((data.pages[0].code, data.pages[0].subpage), (0x10, 1));
    assert_eq!(data.page(0x1d), Some(&[0x1d, 0x12][..]));
    let selected = mode::select_parameters_10(0x10, None, &[data.page(0x10).unwrap()]);
    assert_eq!(selected, [0, 0, 0, 0x10, 0, 0, 0, 0, 0x10, 0x04, 1, 2, 3, 4]);
    let block = BlockDescriptor { density: 0x5a, count: 0, length: 0x010203 };
    let selected = mode::select_parameters_6(0x10, Some(block), &[]);
    assert_eq!(selected, [0, 0, 0x10, 8, 0x5a, 0, 0, 0, 0, 1, 2, 3]);
}

#[test]
fn log_pages_are_listed() {
    assert_eq!(log::supported_pages(&capture("hp-msl", "smc-log00")).unwrap(), [0, 0x0d, 0x2e]);
    let pages = [0, 2, 3, 0x0c, 0x0d, 0x10, 0x11, 0x17, 0x2e, 0x30, 0x31, 0x32, 0x37];
    assert_eq!(log::supported_pages(&capture("hp-msl", "ssc-log00")).unwrap(), pages);
}

#[test]
fn tape_alerts_are_the_parameters_whose_bit_is_set() {
    let mut bytes = vec![0x2e, 0, 0x01, 0x40];
    for flag in 1..=64 {
        bytes.extend([0, flag, 0x00, 1, u8::from(matches!(flag, 1 | 20 | 64))]);
    }
    let alerts = log::tape_alerts(&bytes).unwrap();
    assert_eq!(alerts, TapeAlerts(1 | 1 << 19 | 1 << 63));
    assert!(alerts.has(TapeAlerts::CLEAN_NOW));
    bytes.truncate(4 + 20 * 5 - 1);
    assert_eq!(log::tape_alerts(&bytes).unwrap(), TapeAlerts(1), "flag 20 is cut off");
    let strange = [0x2e, 0, 0, 10, 0x01, 0x14, 0, 1, 1, 0, 0, 0, 1, 1];
    assert_eq!(log::tape_alerts(&strange).unwrap(), TapeAlerts(0), "there is no flag 276, nor 0");
}

#[test]
fn statistics_of_drive_and_medium_are_read() {
    let drive = [
        0x14, 0, 0, 40, // header
        0, 0, 0x03, 4, 0, 0, 0x12, 0x34, // loads
        0, 1, 0x03, 2, 0, 7, // cleanings
        0, 3, 0x03, 4, 0, 0, 0, 100, // head hours
        0, 8, 0x03, 4, 0xff, 0xff, 0xff, 0xff, // not told
        0, 0x0e, 0x03, 1, 3, // write errors
        0, 0x0f, 0x03, 4, 0, // cut off
    ];
    let drive = DeviceStatistics::read(&drive).unwrap();
    assert_eq!((drive.loads, drive.cleanings), (Some(0x1234), Some(7)));
    assert_eq!(drive.head_time, Some(Duration::from_secs(360_000)));
    assert_eq!((drive.head_time_since_cleaning, drive.hard_read_errors), (None, None));
    assert_eq!(drive.hard_write_errors, Some(3));
    let medium = [
        0x17, 0, 0, 56, // header
        0, 0, 0x03, 1, 1, // valid
        0, 1, 0x03, 4, 0, 0, 0, 9, // loads
        0, 0x16, 0x03, 4, 0, 0, 0x09, 0xc4, // 2500 MB
        0, 0x17, 0x03, 4, 0, 0, 0, 10, // 10 MB
        0, 0x40, 0x01, 8, b' ', b'S', b'E', b'R', b'1', b' ', 0, 0, // serial number
        0, 0x80, 0x03, 1, 0, 0, 0x81, 0x03, 1, 1, // not protected, written once
    ];
    let medium = VolumeStatistics::read(&medium).unwrap();
    assert_eq!((medium.loads, medium.serial.as_deref()), (Some(9), Some("SER1")));
    assert_eq!((medium.capacity, medium.used), (Some(2_500_000_000), Some(10_000_000)));
    assert_eq!((medium.write_protected, medium.write_once), (Some(false), Some(true)));
    let empty = [0x17, 0, 0, 13, 0, 0, 3, 1, 0, 0, 1, 3, 4, 0, 0, 0, 9];
    assert_eq!(VolumeStatistics::read(&empty).unwrap(), VolumeStatistics::default());
    let capacity = [0x31, 0, 0, 16, 0, 1, 0x43, 4, 0, 0, 0, 2, 0, 3, 0x43, 4, 0, 0, 0, 3];
    let expected = Capacity { total: Some(3 << 20), remaining: Some(2 << 20) };
    assert_eq!(log::tape_capacity(&capacity).unwrap(), expected);
    let cleaning = [0x0c, 0, 0, 6, 1, 0, 0x43, 2, 0, 1];
    assert_eq!(log::wants_cleaning(&cleaning).unwrap(), Some(true));
    assert_eq!(log::wants_cleaning(&cleaning[..8]).unwrap(), None);
}

#[test]
fn units_are_listed_as_far_as_they_came() {
    let (count, found) = luns(&capture("tgt-l700", "smc-reportluns")).unwrap();
    assert_eq!(count, 6);
    let numbers: Vec<_> = found.iter().map(|lun| lun.number()).collect();
    assert_eq!(numbers, (0..6).map(Some).collect::<Vec<_>>());
    // 32 are said to be there, and 128 bytes came.
    let (count, found) = luns(&capture("hp-msl", "smc-reportluns")).unwrap();
    assert_eq!((count, found.len(), found[14]), (32, 15, Lun(14 << 48)));
    assert_eq!(Lun(0x4123 << 48).number(), Some(0x123));
    assert_eq!(Lun(0x0100 << 48).number(), None);
    assert_eq!(Lun(0xc101 << 48).number(), None);
    assert_eq!(Lun(1 << 48 | 1).number(), None);
}

#[test]
fn supported_commands_are_listed_with_their_times() {
    let changer = supported_commands(&capture("tgt-l700", "smc-rsoc")).unwrap();
    let codes: Vec<_> = changer.iter().map(|one| one.operation).collect();
    let expected = [0x00, 0x03, 0x07, 0x12, 0x1a, 0x37, 0x5a, 0xa0, 0xa3, 0xa5, 0xb8];
    assert_eq!(codes, expected);
    assert_eq!((changer[8].service_action, changer[8].length), (Some(0x0c), 12));
    assert_eq!((changer[5].service_action, changer[5].length), (None, 10));
    assert_eq!(changer[5].recommended, None);
    assert_eq!(supported_commands(&capture("tgt-l700", "ssc-rsoc")).unwrap().len(), 19);
    let timed = [
        0, 0, 0, 28, // header
        0xa5, 0, 0, 0, 0, 0x02, 0, 12, // MOVE MEDIUM
        0, 10, 0, 0, 0, 0, 0, 60, 0, 0, 1, 0, // usually a minute, at most 256 seconds
        0xb8, 0, 0, 0, 0, 0x02, 0, 12, // whose time is cut off
    ];
    let timed = supported_commands(&timed).unwrap();
    assert_eq!(timed[0].nominal, Some(Duration::from_secs(60)));
    assert_eq!(timed[0].recommended, Some(Duration::from_secs(256)));
    assert_eq!((timed.len(), timed[1].recommended), (2, None));
}

#[test]
fn reservations_are_read() {
    let keys = [0, 0, 0, 5, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    assert_eq!(reservation::keys(&keys).unwrap(), [1, 0x0102_0304_0506_0708]);
    let none = [0, 0, 0, 5, 0, 0, 0, 0];
    assert_eq!(reservation::reserved(&none).unwrap(), None);
    let held = [0, 0, 0, 5, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0x12, 0x34, 0, 0, 0, 0, 0, 0x03, 0, 0];
    let expected = Reserved { key: 0x1234, kind: ReservationType::ExclusiveAccess };
    assert_eq!(reservation::reserved(&held).unwrap(), Some(expected));
    assert!(reservation::reserved(&held[..20]).is_err(), "cut off");
    let mut full = vec![0, 0, 0, 5, 0, 0, 0, 24 + 16 + 24 + 24 + 1];
    full.extend([0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0x01, 0x06, 0, 0, 0, 0, 0, 1, 0, 0, 0, 16]);
    full.extend(b"\x05\0\0\x0ciqn.2026.a:b");
    full.extend([0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0x00, 0x00, 0, 0, 0, 0, 0, 1, 0, 0, 0, 24]);
    full.extend([0x06, 0, 0, 0, 0x50, 0, 0, 0, 0, 0, 0, 1]);
    full.extend([0; 12]);
    full.push(0);
    let found = reservation::registrants(&full).unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].transport_id, TransportId::Iscsi("iqn.2026.a:b".to_owned()));
    assert_eq!(found[0].holds, Some(ReservationType::ExclusiveAccessRegistrantsOnly));
    assert_eq!((found[1].key, found[1].holds), (8, None));
    assert_eq!(found[1].transport_id, TransportId::Sas(0x5000_0000_0000_0001));
    let channel = TransportId::FibreChannel(0x2100_0000_0000_0001);
    assert_eq!(channel.to_string(), "Fibre Channel port 2100000000000001");
}

#[test]
fn commands_are_as_the_standard_has_them() {
    let bytes = |command: rsm::device::scsi::Command| command.bytes().to_vec();
    assert_eq!(bytes(primary::inquiry(0x0124)), [0x12, 0, 0, 1, 0x24, 0]);
    assert_eq!(bytes(primary::inquiry_vpd(0x83, 255)), [0x12, 1, 0x83, 0, 255, 0]);
    assert_eq!(bytes(primary::request_sense(252)), [0x03, 0, 0, 0, 252, 0]);
    assert_eq!(bytes(primary::log_sense(0x2e, 0x400)), [0x4d, 0, 0x6e, 0, 0, 0, 0, 4, 0, 0]);
    assert_eq!(bytes(primary::report_luns(0x100)), [0xa0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    assert_eq!(
        bytes(primary::report_supported_operation_codes(true, 0x800)),
        [0xa3, 0x0c, 0x80, 0, 0, 0, 0, 0, 8, 0, 0, 0]
    );
    assert_eq!(bytes(primary::prevent_allow_medium_removal(true)), [0x1e, 0, 0, 0, 1, 0]);
    assert_eq!(bytes(mode::mode_sense_6(0x1d, false, 255)), [0x1a, 8, 0x1d, 0, 255, 0]);
    let changeable = mode::PageControl::Changeable;
    assert_eq!(
        bytes(mode::mode_sense_10(0x1d, 0, changeable, true, 0x400)),
        [0x5a, 0, 0x5d, 0, 0, 0, 0, 4, 0, 0]
    );
    assert_eq!(bytes(mode::mode_select_6(false, 12)), [0x15, 0x10, 0, 0, 12, 0]);
    assert_eq!(bytes(mode::mode_select_10(true, 16)), [0x55, 0x11, 0, 0, 0, 0, 0, 0, 16, 0]);
    assert_eq!(
        bytes(persistent_reserve_in(ReservationQuestion::FullStatus, 0x1000)),
        [0x5e, 3, 0, 0, 0, 0, 0, 0x10, 0, 0]
    );
    let all = ReservationType::ExclusiveAccessAllRegistrants;
    assert_eq!(
        bytes(persistent_reserve_out(ReservationAction::Preempt, all)),
        [0x5f, 4, 8, 0, 0, 0, 0, 0, 24, 0]
    );
    let parameters = reserve_parameters(0x0102, 0x0304);
    assert_eq!((parameters[6..8].to_vec(), parameters[14..16].to_vec()), (vec![1, 2], vec![3, 4]));
    assert_eq!(parameters.iter().filter(|byte| **byte != 0).count(), 4);
    for code in 0..16 {
        assert_eq!(ReservationType::of(code).code(), code);
    }
}

/// Whatever the decoders make of it, they end, and what they return is not larger than what they
/// were given.
fn read_as_everything(bytes: &[u8]) {
    let within = |count: usize| assert!(count <= bytes.len());
    let _ = Inquiry::read(bytes);
    let _ = inquiry::serial_number(bytes).map(|text| within(text.len()));
    let _ = inquiry::manufacturer_serial(bytes).map(|text| within(text.len()));
    let _ = inquiry::takes_write_once(bytes);
    let _ = inquiry::supported_pages(bytes).map(|pages| within(pages.len()));
    let _ = inquiry::designators(bytes)
        .map(|all| within(all.iter().map(|one| one.bytes.len() + 4).sum()));
    for data in [ModeData::read_6(bytes), ModeData::read_10(bytes)].into_iter().flatten() {
        within(data.pages.iter().map(|page| page.bytes.len()).sum());
    }
    let _ = log::supported_pages(bytes).map(|pages| within(pages.len()));
    let _ = log::tape_alerts(bytes);
    let _ = log::wants_cleaning(bytes);
    let _ = log::tape_capacity(bytes);
    let _ = DeviceStatistics::read(bytes);
    let _ = VolumeStatistics::read(bytes);
    let _ = luns(bytes).map(|(_, found)| within(found.len() * 8));
    let _ = supported_commands(bytes).map(|found| within(found.len() * 8));
    let _ = reservation::keys(bytes).map(|keys| within(keys.len() * 8));
    let _ = reservation::reserved(bytes);
    let _ = reservation::registrants(bytes).map(|found| within(found.len() * 24));
    let _ = SenseData::read(bytes);
}

#[test]
fn every_captured_answer_may_end_anywhere() {
    for make in PERSONALITIES {
        for name in [
            "smc-inquiry",
            "smc-vpd80",
            "ssc-vpd83",
            "smc-ms6-3f",
            "smc-ms10-3f",
            "smc-reportluns",
            "smc-reqsense",
        ] {
            let whole = capture(make, name);
            for length in 0..=whole.len() {
                read_as_everything(&whole[..length]);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(
        first in prop_oneof![
            any::<[u8; 4]>(),
            (prop_oneof![Just(0u8), Just(0x0c), Just(0x14), Just(0x17), Just(0x2e), Just(0x31)],
                any::<u16>()).prop_map(|(code, length)| {
                    let [high, low] = length.to_be_bytes();
                    [code, 0, high, low]
                }),
            (prop_oneof![Just(0u8), Just(0x80), Just(0x83), Just(0xb0), Just(0xb1)], any::<u16>())
                .prop_map(|(code, length)| {
                    let [high, low] = length.to_be_bytes();
                    [1, code, high, low]
                }),
            Just([0, 0, 0, 0]),
        ],
        rest in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0), Just(0xff)], 0..700),
    ) {
        let bytes = [first.to_vec(), rest].concat();
        read_as_everything(&bytes);
        read_as_everything(&bytes[..bytes.len() / 2]);
    }
}
