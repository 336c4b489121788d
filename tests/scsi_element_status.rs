//! The status of a changer's elements and what it is made of, from bytes.
//!
//! The five libraries have been filled alike: slots with A00001L6 to A00008L6 and CLN001L1, then
//! empty ones. What is expected is read by hand from the captured bytes.
#![allow(clippy::unwrap_used)]

#[path = "support/capture.rs"]
mod capture;

use capture::capture;
use proptest::prelude::*;
use rsm::device::scsi::reply::mode_changer::{Capabilities, ElementAddresses, can_rotate};
use rsm::device::scsi::reply::{ElementStatusReport, Malformed};
use rsm::device::{
    DeviceIdentity, ElementAddress, ElementKind, ElementRange, ElementStatus, MediumPurpose,
    Occupancy, PortAccess, Sense, VolumeTag,
};

/// Where the elements of a make are: the first slot, port and drive, and the hand.
fn bases(personality: &str) -> (u16, u16, u16, u16) {
    match personality {
        "hp-msl" => (0x0020, 0x01C0, 0x01E0, 0x0001),
        "ibm-ts3100" => (0x1000, 0x0010, 0x0100, 0x0001),
        "quantum" => (0x0400, 0x0300, 0x0001, 0x02F0),
        "stk-l700" => (0x03E8, 0x000A, 0x01F4, 0x0001),
        _ => (0x0400, 0x0010, 0x0100, 0x0001),
    }
}

const PERSONALITIES: [&str; 5] = ["hp-msl", "ibm-ts3100", "quantum", "stk-l700", "tgt-l700"];
const REAL: [&str; 4] = ["hp-msl", "ibm-ts3100", "quantum", "stk-l700"];

fn read(personality: &str, name: &str) -> Vec<ElementStatus> {
    let answer = capture(personality, name);
    ElementStatusReport::read(&answer).unwrap().status()
}

fn tag(text: &str) -> VolumeTag {
    VolumeTag::Read(text.to_owned())
}

/// An element with the flags of its make: the emulation sets none of them.
fn element(personality: &str, kind: ElementKind, address: u16) -> ElementStatus {
    let is_real = personality != "tgt-l700";
    let is_port = is_real && kind == ElementKind::Port;
    ElementStatus {
        accessible: is_real || kind == ElementKind::Transport,
        port: PortAccess { import: is_port, export: is_port, placed_by_operator: is_port },
        ..ElementStatus::empty(kind, ElementAddress(address))
    }
}

/// A full one. Only the emulation does not tell what a cartridge is for.
fn full(status: ElementStatus, personality: &str, code: &str) -> ElementStatus {
    let purpose = match personality {
        "tgt-l700" => MediumPurpose::Unknown,
        _ if code.starts_with("CLN") => MediumPurpose::Cleaning,
        _ => MediumPurpose::Data,
    };
    ElementStatus { occupancy: Occupancy::Full, purpose, volume_tag: tag(code), ..status }
}

fn slots(personality: &str) -> Vec<ElementStatus> {
    let (first, ..) = bases(personality);
    let slot = |index: u16| {
        let empty = element(personality, ElementKind::Slot, first + index);
        match index {
            0..8 => full(empty, personality, &format!("A{:05}L6", index + 1)),
            8 => full(empty, personality, "CLN001L1"),
            _ => empty,
        }
    };
    (0..20).map(slot).collect()
}

fn ports(personality: &str) -> Vec<ElementStatus> {
    let (_, first, ..) = bases(personality);
    let count = if personality == "tgt-l700" { 2 } else { 4 };
    (0..count).map(|index| element(personality, ElementKind::Port, first + index)).collect()
}

fn drives(personality: &str) -> Vec<ElementStatus> {
    let (.., first, _) = bases(personality);
    (0..4).map(|index| element(personality, ElementKind::Drive, first + index)).collect()
}

/// The drives with their identifiers. The emulation cuts off the last one.
fn identified(personality: &str) -> Vec<ElementStatus> {
    let device = |index: usize| match personality {
        "hp-msl" => Some(identity("", "", format!("XYZZY_A{}", index + 1))),
        "tgt-l700" if index == 3 => None,
        "tgt-l700" => Some(identity("HP", "Ultrium 6-SCSI", format!("DRV000000{index}"))),
        _ => Some(identity("IBM", "ULT3580-TD6", format!("XYZZY_A{}", index + 1))),
    };
    let drives = drives(personality).into_iter().enumerate();
    drives.map(|(index, drive)| ElementStatus { device: device(index), ..drive }).collect()
}

fn identity(vendor: &str, product: &str, serial: String) -> DeviceIdentity {
    let (vendor, product) = (vendor.to_owned(), product.to_owned());
    DeviceIdentity { vendor, product, serial, ..DeviceIdentity::default() }
}

fn without_tags(mut elements: Vec<ElementStatus>) -> Vec<ElementStatus> {
    elements.iter_mut().for_each(|element| element.volume_tag = VolumeTag::Absent);
    elements
}

fn come_from(status: ElementStatus, source: u16) -> ElementStatus {
    ElementStatus { source: Some(ElementAddress(source)), ..status }
}

#[test]
fn slots_of_every_make() {
    for make in PERSONALITIES {
        assert_eq!(read(make, "smc-res-storage-voltag"), slots(make), "{make}");
        assert_eq!(read(make, "smc-res-storage"), without_tags(slots(make)), "{make}");
    }
}

#[test]
fn slots_after_moves_say_where_their_cartridges_came_from() {
    for make in PERSONALITIES {
        let (slot, port, drive, _) = bases(make);
        let mut expected = slots(make);
        // A drive and a port: what was moved there and back. The second went to the eleventh.
        for (place, source) in [(0, drive), (1, slot + 10), (2, port)] {
            expected[place] = come_from(expected[place].clone(), source);
        }
        assert_eq!(read(make, "smc-res-storage-after"), expected, "{make}");
    }
}

#[test]
fn some_slots_are_those_asked_for_but_of_the_emulation() {
    for make in REAL {
        assert_eq!(read(make, "smc-res-storage-3"), slots(make)[..3], "{make}");
        assert_eq!(read(make, "smc-res-storage-2at2"), slots(make)[2..4], "{make}");
    }
    // It ignores how many are asked for.
    assert_eq!(read("tgt-l700", "smc-res-storage-3"), slots("tgt-l700"));
    assert_eq!(read("tgt-l700", "smc-res-storage-2at2"), slots("tgt-l700")[2..]);
}

#[test]
fn hands_of_every_make() {
    for make in PERSONALITIES {
        let hand = vec![element(make, ElementKind::Transport, bases(make).3)];
        assert_eq!(read(make, "smc-res-picker"), hand, "{make}");
        assert_eq!(read(make, "smc-res-picker-voltag"), hand, "{make}");
    }
}

#[test]
fn ports_of_every_make() {
    for make in PERSONALITIES {
        assert_eq!(read(make, "smc-res-ie"), ports(make), "{make}");
        assert_eq!(read(make, "smc-res-ie-voltag"), ports(make), "{make}");
        let mut exported = ports(make);
        let mut first = full(exported[0].clone(), make, "A00003L6");
        first.port.placed_by_operator = false;
        exported[0] = come_from(first, bases(make).0 + 2);
        assert_eq!(read(make, "smc-res-ie-full"), exported, "{make}");
    }
}

#[test]
fn drives_of_every_make() {
    for make in PERSONALITIES {
        for name in ["smc-res-drive-dvcid", "smc-res-drive-voltag-dvcid"] {
            assert_eq!(read(make, name), identified(make), "{make} {name}");
        }
        // One make tells of its drives whether it is asked or not.
        let told = if make == "hp-msl" { identified(make) } else { drives(make) };
        for name in ["smc-res-drive", "smc-res-drive-voltag", "smc-res-drive-curdata"] {
            assert_eq!(read(make, name), told, "{make} {name}");
        }
        let mut loaded = told;
        let first = full(loaded[0].clone(), make, "A00001L6");
        loaded[0] = ElementStatus { accessible: false, ..come_from(first, bases(make).0) };
        assert_eq!(read(make, "smc-res-drive-loaded"), loaded, "{make}");
    }
}

#[test]
fn everything_in_one_answer() {
    for make in REAL {
        let mut all = read(make, "smc-res-all-voltag");
        all.sort_by_key(|status| (status.kind, status.address));
        let mut expected = vec![element(make, ElementKind::Transport, bases(make).3)];
        expected.extend(slots(make));
        expected.extend(ports(make));
        expected.extend(if make == "hp-msl" { identified(make) } else { drives(make) });
        assert_eq!(all, expected, "{make}");
    }
}

#[test]
fn answers_that_are_cut_off_give_what_came() {
    for make in PERSONALITIES {
        let header = capture(make, "smc-res-alloc8");
        let report = ElementStatusReport::read(&header).unwrap();
        assert_eq!((report.announced(), report.full_length()), (20, 1056), "{make}");
        assert!(report.is_cut_off() && report.elements().next().is_none(), "{make}");
    }
    for make in REAL {
        for name in ["smc-res-alloc100", "smc-res-shortbuf"] {
            let answer = capture(make, name);
            let report = ElementStatusReport::read(&answer).unwrap();
            assert!(report.is_cut_off());
            let cut: Vec<bool> = report.elements().map(|e| e.is_cut_off()).collect();
            assert_eq!(cut, [false, true], "{make}");
            assert_eq!(report.status(), slots(make)[..2], "{make}");
        }
    }
    // The emulation says 100 bytes were 1,048: what it did not send is nought.
    let status = read("tgt-l700", "smc-res-alloc100");
    assert_eq!(status[..2], slots("tgt-l700")[..2]);
    assert!(status[2..].iter().all(|status| status.address == ElementAddress(0)));
}

#[test]
fn behind_the_last_element_there_is_none() {
    assert_eq!(read("tgt-l700", "smc-res-beyond"), []);
}

/// 84 bytes are declared, and 86 sent; without bar codes 48 and 50.
#[test]
fn the_real_length_of_descriptors_is_found() {
    for (name, stride) in [("smc-res-drive-voltag-dvcid", 86), ("smc-res-drive-dvcid", 50)] {
        let answer = capture("quantum", name);
        let report = ElementStatusReport::read(&answer).unwrap();
        assert_eq!(report.pages().map(|page| page.stride()).collect::<Vec<_>>(), [stride]);
        // One drive alone: what the answer says it is long, the descriptor is.
        let mut single = answer[..16 + stride].to_vec();
        single[3] = 1;
        single[5..8].copy_from_slice(&[0, 0, u8::try_from(8 + stride).unwrap()]);
        let declared = single[11];
        single[13..16].copy_from_slice(&[0, 0, declared]);
        let report = ElementStatusReport::read(&single).unwrap();
        assert_eq!(report.status(), identified("quantum")[..1]);
    }
}

#[test]
fn an_identifier_that_is_cut_off_is_a_beginning() {
    let answer = capture("tgt-l700", "smc-res-drive-voltag-dvcid");
    for missing in 0..=1 {
        // A transport may say that all came: then NULs stand for what did not.
        let mut answer = answer.clone();
        answer.resize(answer.len() + missing * 8, 0);
        let report = ElementStatusReport::read(&answer).unwrap();
        let last = report.elements().last().unwrap();
        let identifier = last.device_identifier().unwrap();
        assert!(!identifier.is_whole());
        let beginning = identity("HP", "Ultrium 6-SCSI", "DR".to_owned());
        assert_eq!(identifier.identity(), Some(beginning));
        assert_eq!(last.status().device, None);
    }
}

/// A page of these descriptors, as an answer of its own.
fn page(kind: u8, flags: u8, descriptors: &[Vec<u8>]) -> Vec<u8> {
    let stride = descriptors.first().map_or(0, Vec::len);
    let length = stride * descriptors.len();
    let [_, a, b, c] = u32::try_from(length + 8).unwrap().to_be_bytes();
    let [_, d, e, f] = u32::try_from(length).unwrap().to_be_bytes();
    let [g, h] = u16::try_from(stride).unwrap().to_be_bytes();
    let [i, j] = u16::try_from(descriptors.len()).unwrap().to_be_bytes();
    let mut answer = vec![0, 0, i, j, 0, a, b, c, kind, flags, g, h, 0, d, e, f];
    answer.extend(descriptors.concat());
    answer
}

fn only(answer: &[u8]) -> ElementStatus {
    let status = ElementStatusReport::read(answer).unwrap().status();
    assert_eq!(status.len(), 1);
    status.into_iter().next().unwrap()
}

fn padded(text: &str) -> Vec<u8> {
    let mut field = text.as_bytes().to_vec();
    field.resize(32, b' ');
    field.extend([0; 4]);
    field
}

#[test]
fn a_two_sided_cartridge_has_two_bar_codes() {
    for end in [vec![], vec![0; 4]] {
        let mut descriptor = vec![0, 9, 0x09, 0, 0, 0, 0, 0, 0, 0xC4, 0, 7];
        descriptor.extend(padded("FRONT"));
        descriptor.extend(padded("BACK"));
        descriptor.extend(end);
        let status = only(&page(2, 0xC0, &[descriptor]));
        assert_eq!(status.volume_tag, tag("FRONT"));
        assert_eq!(status.alternate_volume_tag, tag("BACK"));
        assert_eq!((status.source, status.flipped), (Some(ElementAddress(7)), true));
        assert_eq!(status.purpose, MediumPurpose::WriteOnce);
    }
}

/// The flag alone is not believed, also where an identifier leaves enough room.
#[test]
fn an_alternate_tag_that_is_no_text_is_the_identifier() {
    let mut descriptor = vec![0, 9, 0x08, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    descriptor.extend(padded("A00001L6"));
    descriptor.extend([2, 1, 0, 40]);
    descriptor.extend(b"VENDOR  PRODUCT         SERIAL          ");
    let status = only(&page(4, 0xC0, &[descriptor]));
    assert_eq!(status.alternate_volume_tag, VolumeTag::Absent);
    assert_eq!(status.device, Some(identity("VENDOR", "PRODUCT", "SERIAL".to_owned())));
}

#[test]
fn exceptions_say_what_is_not_known() {
    let status = |flags: u8, code: u8, qualifier: u8, disabled: u8| {
        only(&page(2, 0, &[vec![1, 0, flags, 0, code, qualifier, 0, 0, 0, disabled, 0, 0]]))
    };
    let sense = |code, qualifier| Some(Sense { key: 2, code, qualifier });
    let gone = status(0x04, 0x3B, 0x12, 0);
    assert_eq!((gone.occupancy, gone.exception), (Occupancy::NotPresent, sense(0x3B, 0x12)));
    let off = status(0x08, 0, 0, 0x08);
    assert_eq!((off.occupancy, off.exception), (Occupancy::NotPresent, sense(0x3B, 0x18)));
    let unknown = status(0x04, 0x83, 0, 0);
    assert_eq!((unknown.occupancy, unknown.exception), (Occupancy::Unknown, sense(0x83, 0)));
    let unread = status(0x05, 0x30, 0, 0);
    assert_eq!((unread.occupancy, unread.exception), (Occupancy::Full, sense(0x30, 0)));
    // Without the flag the code means nothing.
    let sound = status(0x08, 0x3B, 0x12, 0);
    assert_eq!((sound.occupancy, sound.exception), (Occupancy::Empty, None));
}

#[test]
fn bar_codes_that_cannot_be_read_are_no_text() {
    let with = |text: &[u8]| {
        let mut descriptor = vec![0, 9, 0x09, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        descriptor.extend(text);
        descriptor.resize(52, 0);
        descriptor
    };
    let read = |text: &[u8]| only(&page(2, 0x80, &[with(text)])).volume_tag;
    assert_eq!(read(b"  A1  \0rubbish\x01"), tag("A1"));
    assert_eq!(read(b"\0\0"), VolumeTag::Absent);
    assert_eq!(read(b"A\x01"), VolumeTag::Unreadable);
    assert_eq!(read(&[0xFF; 32]), VolumeTag::Unreadable);
    // Its end is missing: it could be another's.
    let mut cut = page(2, 0x80, &[with(b"A00001L6")]);
    cut.truncate(16 + 12 + 5);
    assert_eq!(only(&cut).volume_tag, VolumeTag::Unreadable);
}

#[test]
fn answers_that_make_no_sense_are_refused() {
    let short = ElementStatusReport::read(&[0; 7]).unwrap_err();
    assert!(matches!(short, Malformed::Short { .. }));
    for length in [0, 1, 11] {
        let answer = [0, 0, 0, 1, 0, 0, 0, 24, 2, 0, 0, length, 0, 0, 0, 16, 0, 1, 2, 3];
        let wrong = ElementStatusReport::read(&answer).unwrap_err();
        assert!(matches!(wrong, Malformed::Senseless { .. }), "{length}");
    }
    // A kind that the standard does not know has no elements for us.
    assert_eq!(ElementStatusReport::read(&page(9, 0, &[vec![0; 16]])).unwrap().status(), []);
}

#[test]
fn the_addresses_of_every_make() {
    for make in PERSONALITIES {
        let (slot, port, drive, hand) = bases(make);
        let ports = if make == "tgt-l700" { 2 } else { 4 };
        let range = |first, count| ElementRange { first: ElementAddress(first), count };
        let expected = ElementAddresses {
            transports: range(hand, 1),
            slots: range(slot, 20),
            ports: range(port, ports),
            drives: range(drive, 4),
        };
        // Behind the header of four bytes.
        let page = &capture(make, "smc-ms6-1d")[4..];
        assert_eq!(ElementAddresses::read(page).unwrap(), expected, "{make}");
        assert!(ElementAddresses::read(&page[..17]).is_err());
        assert!(!can_rotate(&capture(make, "smc-ms6-1e")[4..]).unwrap(), "{make}");
        assert!(can_rotate(page).is_err());
    }
    assert!(can_rotate(&[0x9E, 4, 0, 0, 1, 1]).unwrap());
    assert!(!can_rotate(&[0x9E, 4, 0, 1, 0, 1]).unwrap());
}

#[test]
fn the_capabilities_of_every_make() {
    use ElementKind::{Drive, Port, Slot, Transport};
    for make in PERSONALITIES {
        let can = Capabilities::read(&capture(make, "smc-ms6-1f")[4..]).unwrap();
        let is_ibm = make == "ibm-ts3100";
        assert_eq!(can.volume_tag_reader, !is_ibm, "{make}");
        assert_eq!(can.stores(Transport), !is_ibm, "{make}");
        assert!(can.stores(Slot) && can.stores(Port) && can.stores(Drive), "{make}");
        assert!(can.moves(Slot, Drive) && can.moves(Drive, Port), "{make}");
        assert_eq!(can.moves(Slot, Transport), !is_ibm, "{make}");
        let exchanges = matches!(make, "ibm-ts3100" | "tgt-l700");
        assert_eq!(can.exchanges(Slot, Drive), exchanges, "{make}");
    }
    assert!(Capabilities::read(&[0x1F, 4, 0, 0, 0, 0]).is_err());
    assert!(Capabilities::read(&[0x1F, 6, 0, 0, 0, 8, 0, 0]).unwrap().moves(Slot, Drive));
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_read_or_refused(
        bytes in proptest::collection::vec(any::<u8>(), 0..2000),
    ) {
        if let Ok(report) = ElementStatusReport::read(&bytes) {
            // Each takes twelve bytes, but for the last, which takes at least six.
            prop_assert!(report.status().len() <= bytes.len() / 12 + 1);
        }
        let _ = ElementAddresses::read(&bytes);
        let _ = can_rotate(&bytes);
        let _ = Capabilities::read(&bytes);
    }

    #[test]
    fn damaged_answers_are_read_or_refused(
        make in 0..5usize,
        cut in 0..400usize,
        damage in proptest::collection::vec((0..400usize, any::<u8>()), 0..12),
    ) {
        let mut answer = capture(PERSONALITIES[make], "smc-res-drive-voltag-dvcid");
        for (at, byte) in damage {
            if let Some(place) = answer.get_mut(at) {
                *place = byte;
            }
        }
        answer.truncate(answer.len().saturating_sub(cut));
        if let Ok(report) = ElementStatusReport::read(&answer) {
            prop_assert!(report.status().len() <= answer.len() / 12 + 1);
        }
    }
}
