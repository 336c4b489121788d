//! Geometry and element status.

use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::device::{
    Changer, ElementAddress, ElementKind, ElementRange, LibraryDevice, Occupancy, Refusal,
    VolumeTag,
};

use super::{changer, drive_at, here, numbered, refusal, slot, small, status_of};

/// All bar codes of a range, asked for as a caller must: until nothing more comes.
fn page(changer: &dyn Changer, kind: ElementKind, range: ElementRange, ask: u32) -> Vec<VolumeTag> {
    let mut found = Vec::new();
    let mut next = Some(range.first);
    while let Some(first) = next {
        let part = changer.element_status(kind, first, ask).unwrap();
        assert!(part.len() <= ask as usize);
        next = part.last().and_then(|s| s.address.0.checked_add(1)).map(ElementAddress);
        found.extend(part.into_iter().map(|status| status.volume_tag));
    }
    found
}

#[test]
fn the_geometry_is_what_was_asked_for() {
    let (_, geometry) = changer(&small(), 0);
    let counts = ElementKind::ALL.map(|kind| geometry.range(kind).count);
    assert_eq!(counts, [1, 4, 2, 2]);
    assert!(geometry.bar_code_reader && !geometry.can_flip);
    assert_eq!(geometry.port_groups.len(), 2);
    let kinds = ElementKind::ALL.map(|kind| geometry.kind_of(geometry.range(kind).first));
    assert_eq!(kinds, ElementKind::ALL.map(Some));
    assert_eq!(geometry.kind_of(ElementAddress(9)), None);
}

#[test]
fn paging_finds_every_element_whatever_the_limit() {
    let layout = ChangerLayout { transports: 1, drives: 3, ports: 2, slots: 1000 };
    for limit in [1, 7, 256, 100_000] {
        let builder = SimulatedLibrary::builder().changer(layout).status_limit(limit);
        let library = builder.cartridges(numbered(1000)).build().unwrap();
        let (changer, geometry) = changer(&library, 0);
        let answer = changer.element_status(ElementKind::Slot, geometry.slots.first, 5000).unwrap();
        assert_eq!(answer.len(), limit.min(1000) as usize);
        for ask in [1, 7, 256, 5000] {
            let tags = page(&*changer, ElementKind::Slot, geometry.slots, ask);
            let expected = (0..1000).map(|n| VolumeTag::Read(format!("A{n:05}")));
            assert!(tags.into_iter().eq(expected), "limit {limit}, asked for {ask}");
        }
        assert_eq!(page(&*changer, ElementKind::Drive, geometry.drives, 256).len(), 3);
    }
}

#[test]
fn status_begins_at_the_next_element_of_the_kind_and_ends_with_nothing() {
    let (changer, geometry) = changer(&small(), 0);
    let all = changer.element_status(ElementKind::Slot, ElementAddress(0), 100).unwrap();
    assert_eq!(all.len(), 4);
    assert_eq!(all.first().map(|s| s.address), Some(geometry.slots.first));
    let beyond = ElementAddress(slot(&geometry, 3).0 + 1);
    assert!(changer.element_status(ElementKind::Slot, beyond, 100).unwrap().is_empty());
    assert!(changer.element_status(ElementKind::Slot, ElementAddress(0), 0).unwrap().is_empty());
}

#[test]
fn a_changer_can_use_every_address() {
    let layout = ChangerLayout { transports: 1, drives: 1, ports: 0, slots: 65_534 };
    let library = SimulatedLibrary::builder().changer(layout).build().unwrap();
    let (changer, geometry) = changer(&library, 0);
    let last = changer.element_status(ElementKind::Slot, ElementAddress(u16::MAX), 10).unwrap();
    assert_eq!(last.len(), 1);
    assert_eq!(page(&*changer, ElementKind::Slot, geometry.slots, 4096).len(), 65_534);
}

#[test]
fn impossible_libraries_are_refused() {
    let builder = SimulatedLibrary::builder;
    let large = ChangerLayout { slots: 65_533, ..ChangerLayout::default() };
    let overflowing = ChangerLayout { slots: u32::MAX, drives: u32::MAX, ..large };
    assert_eq!(refusal(builder().changer(large).build()), Refusal::Invalid);
    assert_eq!(refusal(builder().changer(overflowing).build()), Refusal::Invalid);
    assert_eq!(refusal(builder().cartridges(numbered(21)).build()), Refusal::Invalid);
    assert_eq!(refusal(builder().name("").build()), Refusal::Invalid);
    for bar_code in ["", "A B", "A\n", &"A".repeat(33)] {
        let cartridge = Cartridge::with_bar_code(bar_code);
        assert_eq!(refusal(builder().cartridge(cartridge).build()), Refusal::Invalid);
    }
}

#[test]
fn bar_codes_are_absent_unreadable_or_read() {
    let cartridges =
        [Cartridge::new(), Cartridge::with_unreadable_bar_code(), Cartridge::with_bar_code("A1")];
    for reader in [true, false] {
        let builder = SimulatedLibrary::builder().bar_code_reader(reader);
        let library = builder.cartridges(cartridges.clone()).build().unwrap();
        let (changer, geometry) = changer(&library, 0);
        let found = changer.element_status(ElementKind::Slot, geometry.slots.first, 4).unwrap();
        let tags: Vec<_> = found.iter().map(|s| s.volume_tag.clone()).collect();
        let expected = if reader {
            [VolumeTag::Absent, VolumeTag::Unreadable, VolumeTag::Read("A1".into())]
        } else {
            [const { VolumeTag::Absent }; 3]
        };
        assert_eq!(tags[..3], expected);
        let full = [Occupancy::Full, Occupancy::Full, Occupancy::Full, Occupancy::Empty];
        assert!(found.iter().map(|s| s.occupancy).eq(full));
    }
}

#[test]
fn several_changers_have_elements_and_drives_of_their_own() {
    let layout = ChangerLayout { slots: 2, ..ChangerLayout::default() };
    let builder = SimulatedLibrary::builder().changer(layout).changer(layout);
    let library = builder.cartridges(numbered(4)).build().unwrap();
    let (first, geometry) = changer(&library, 0);
    let (second, _) = changer(&library, 1);
    assert_ne!(first.identity().serial, second.identity().serial);

    let from = slot(&geometry, 1);
    second.move_medium(from, geometry.drives.first, false).unwrap();
    let tag = |c: &dyn Changer, kind, address| status_of(c, kind, address).volume_tag;
    assert_eq!(tag(&*first, ElementKind::Slot, from).text(), Some("A00001"));
    let drive = tag(&*second, ElementKind::Drive, geometry.drives.first);
    assert_eq!(drive.text(), Some("A00003"));

    let serials: std::collections::BTreeSet<_> =
        library.drives().iter().map(|d| d.identity().serial).collect();
    assert_eq!(serials.len(), 4);
    assert_eq!(
        drive_at(&library, 1, 0).status().unwrap(),
        rsm::device::DriveStatus::Unloaded,
        "the drive found by serial number is the one that got the cartridge"
    );
}

#[test]
fn a_port_tells_who_put_the_cartridge_in() {
    let library = small();
    let (changer, geometry) = changer(&library, 0);
    let (port, hands) = (geometry.ports.first, library.hands());
    let by_hand = || status_of(&*changer, ElementKind::Port, port).port.placed_by_operator;
    let seen = library.changes().unwrap().count();
    let id = hands.remove(here(slot(&geometry, 0))).unwrap();
    hands.insert(id, here(port)).unwrap();
    assert!(by_hand());
    assert_eq!(library.changes().unwrap().count(), seen + 2);
    changer.move_medium(port, slot(&geometry, 0), false).unwrap();
    changer.move_medium(slot(&geometry, 0), port, false).unwrap();
    assert!(!by_hand());
}

#[test]
fn the_identity_comes_from_seed_and_name() {
    let key = |seed: u64, name: &str| {
        SimulatedLibrary::builder().seed(seed).name(name).build().unwrap().identity().key
    };
    assert_eq!(key(1, "a"), key(1, "a"));
    assert_ne!(key(1, "a"), key(2, "a"));
    assert_ne!(key(1, "a"), key(1, "b"));
}
