//! Doors, ports and magazines, and the people who use them.

use rsm::device::simulated::{
    ChangerLayout, DoorLayout, Hands, Place, PortLayout, SimulatedLibrary, SimulatedLibraryBuilder,
};
use rsm::device::{
    Attention, Changer, DeviceErrorKind, ElementKind, LibraryDevice, Occupancy, Refusal,
};
use rsm::model::{DoorState, PortPosition};

use super::{changer, here, kind, numbered, refusal, slot, status_of};

/// Ten slots, cartridges in the first two; four import/export elements.
fn builder() -> SimulatedLibraryBuilder {
    let layout = ChangerLayout { transports: 1, drives: 1, ports: 4, slots: 10 };
    SimulatedLibrary::builder().changer(layout).cartridges(numbered(2))
}

/// A locked door to the first five slots, and one without lock and sensor to the others.
fn with_doors() -> SimulatedLibrary {
    builder()
        .door(DoorLayout { slots: 0..5, ..DoorLayout::default() })
        .door(DoorLayout { slots: 5..99, lockable: false, sensor: false })
        .build()
        .unwrap()
}

fn slot_at(library: &SimulatedLibrary, index: u32) -> Place {
    here(slot(&changer(library, 0).1, index))
}

fn port_cell(library: &SimulatedLibrary, index: u32) -> Place {
    here(changer(library, 0).1.ports.address(index).unwrap())
}

const CHANGED: DeviceErrorKind = DeviceErrorKind::LookAgain(Attention::MediumChanged);
const ACCESSED: DeviceErrorKind = DeviceErrorKind::LookAgain(Attention::PortAccessed);

#[test]
fn a_locked_door_opens_when_it_is_released_and_stops_the_robot() {
    let library = with_doors();
    let (changer, geometry) = changer(&library, 0);
    let hands = library.hands();
    assert_eq!(geometry.doors.iter().map(|d| d.slots.count).collect::<Vec<_>>(), [5, 5]);
    assert!(geometry.doors[0].lockable && !geometry.doors[1].lockable);
    assert_eq!(refusal(hands.open_door(0, 0)), Refusal::RemovalPrevented);
    assert_eq!(changer.door_state(0).unwrap(), DoorState::Closed);
    changer.release_door(0, true).unwrap();
    changer.ready().unwrap();

    let seen = library.changes().unwrap().count();
    hands.open_door(0, 0).unwrap();
    assert_eq!(changer.door_state(0).unwrap(), DoorState::Open);
    assert_eq!(kind(changer.ready()), DeviceErrorKind::NeedsOperator);
    let (from, to) = (slot(&geometry, 0), slot(&geometry, 8));
    assert_eq!(kind(changer.move_medium(from, to, false)), DeviceErrorKind::NeedsOperator);
    assert_eq!(kind(changer.initialize_element_status(None)), DeviceErrorKind::NeedsOperator);
    hands.close_door(0, 0).unwrap();
    assert_eq!(library.changes().unwrap().count(), seen + 2);
    // Nobody touched anything.
    changer.move_medium(from, to, false).unwrap();

    // Closed, but not locked yet.
    hands.open_door(0, 0).unwrap();
    changer.release_door(0, false).unwrap();
    hands.close_door(0, 0).unwrap();
    assert_eq!(refusal(hands.open_door(0, 0)), Refusal::RemovalPrevented);
}

#[test]
fn hands_without_a_key_reach_only_behind_an_open_door() {
    let library = with_doors();
    let (changer, geometry) = changer(&library, 0);
    let hands = library.hands();
    let (full, behind_the_other) = (slot_at(&library, 0), slot_at(&library, 7));
    changer.release_door(0, true).unwrap();
    assert_eq!(refusal(hands.take_out(full)), Refusal::NotAccessible);
    hands.open_door(0, 0).unwrap();
    let id = hands.take_out(full).unwrap();
    assert_eq!(refusal(hands.put_in(id, behind_the_other)), Refusal::NotAccessible);
    assert_eq!(refusal(hands.put_in(id, slot_at(&library, 1))), Refusal::DestinationFull);
    assert_eq!(refusal(hands.take_out(slot_at(&library, 3))), Refusal::SourceEmpty);
    assert_eq!(refusal(hands.put_in(id, here(geometry.drives.first))), Refusal::NotAccessible);
    hands.put_in(id, slot_at(&library, 4)).unwrap();
    hands.close_door(0, 0).unwrap();
    assert_eq!(kind(changer.ready()), CHANGED);
    changer.ready().unwrap();
    assert_eq!(hands.find(id).unwrap(), Some(slot_at(&library, 4)));
}

#[test]
fn a_door_without_a_sensor_is_never_noticed() {
    let library = with_doors();
    let changer = changer(&library, 0).0;
    let hands = library.hands();
    assert_eq!(refusal(changer.release_door(1, true)), Refusal::Unsupported);
    hands.open_door(0, 1).unwrap();
    assert_eq!(changer.door_state(1).unwrap(), DoorState::Unknown);
    changer.ready().unwrap();
    hands.put_in(hands.make(super::Cartridge::new()).unwrap(), slot_at(&library, 9)).unwrap();
    hands.close_door(0, 1).unwrap();
    changer.ready().unwrap();
    assert_eq!(refusal(hands.open_door(0, 2)), Refusal::NoSuchElement);
    assert_eq!(refusal(changer.door_state(2)), Refusal::NoSuchElement);
    assert_eq!(refusal(changer.release_door(2, true)), Refusal::NoSuchElement);
}

#[test]
fn prevented_removal_keeps_locked_doors_ports_and_magazines_in() {
    let library = builder().door(DoorLayout::default()).magazine(0..4).build().unwrap();
    let changer = changer(&library, 0).0;
    let hands = library.hands();
    changer.release_door(0, true).unwrap();
    changer.prevent_removal(true).unwrap();
    assert_eq!(refusal(hands.open_door(0, 0)), Refusal::RemovalPrevented);
    assert_eq!(refusal(hands.pull_port(0, 0)), Refusal::RemovalPrevented);
    assert_eq!(refusal(hands.pull_magazine(0, 0)), Refusal::RemovalPrevented);
    changer.prevent_removal(false).unwrap();
    hands.open_door(0, 0).unwrap();
    hands.pull_port(0, 0).unwrap();
    hands.pull_magazine(0, 0).unwrap();
}

/// A port of three cells with a motor, and one cell that is pulled by hand.
fn with_ports() -> (SimulatedLibrary, Hands) {
    let motorised = PortLayout { cells: 3, motorised: true, ..PortLayout::default() };
    let library = builder().port(motorised).build().unwrap();
    let hands = library.hands();
    (library, hands)
}

fn occupancy(changer: &dyn Changer, place: Place) -> Occupancy {
    status_of(changer, ElementKind::Port, place.address).occupancy
}

#[test]
fn ports_are_groups_of_cells() {
    let (_, geometry) = changer(&with_ports().0, 0);
    let groups: Vec<_> =
        geometry.port_groups.iter().map(|g| (g.cells.first, g.cells.count, g.motorised)).collect();
    let first = geometry.ports.address(0).unwrap();
    let last = geometry.ports.address(3).unwrap();
    assert_eq!(groups, [(first, 3, true), (last, 1, false)]);
}

#[test]
fn a_port_with_a_motor_is_extended_by_the_host_and_the_robot_waits() {
    let (library, hands) = with_ports();
    let (changer, geometry) = changer(&library, 0);
    let cell = port_cell(&library, 2);
    let new = hands.make(super::Cartridge::with_bar_code("NEW")).unwrap();
    assert_eq!(refusal(hands.pull_port(0, 0)), Refusal::Invalid);
    assert_eq!(refusal(hands.put_in(new, cell)), Refusal::NotAccessible);
    assert_eq!(refusal(changer.set_port(0, PortPosition::Unknown)), Refusal::Invalid);
    assert_eq!(refusal(changer.set_port(9, PortPosition::Extended)), Refusal::NoSuchElement);
    changer.set_port(0, PortPosition::Extended).unwrap();
    assert_eq!(changer.port_position(0).unwrap(), PortPosition::Extended);
    assert!(!status_of(&*changer, ElementKind::Port, cell.address).accessible);
    let (from, other) = (slot(&geometry, 0), geometry.ports.address(3).unwrap());
    assert_eq!(refusal(changer.move_medium(from, cell.address, false)), Refusal::NotAccessible);
    changer.move_medium(from, other, false).unwrap();

    hands.put_in(new, cell).unwrap();
    changer.ready().unwrap();
    changer.set_port(0, PortPosition::Retracted).unwrap();
    assert_eq!(kind(changer.ready()), ACCESSED);
    let status = status_of(&*changer, ElementKind::Port, cell.address);
    assert!(status.accessible && status.port.placed_by_operator);
    assert_eq!(status.volume_tag.text(), Some("NEW"));
    changer.move_medium(cell.address, slot(&geometry, 5), false).unwrap();

    // In and out again without anything being done.
    changer.set_port(0, PortPosition::Extended).unwrap();
    hands.push_port(0, 0).unwrap();
    assert_eq!(changer.port_position(0).unwrap(), PortPosition::Retracted);
}

#[test]
fn a_port_without_a_motor_is_pulled_by_hand() {
    let (library, hands) = with_ports();
    let (changer, geometry) = changer(&library, 0);
    let cell = port_cell(&library, 3);
    changer.move_medium(slot(&geometry, 0), cell.address, false).unwrap();
    assert_eq!(refusal(changer.set_port(1, PortPosition::Extended)), Refusal::Unsupported);
    hands.pull_port(0, 1).unwrap();
    assert_eq!(changer.port_position(1).unwrap(), PortPosition::Extended);
    let id = hands.take_out(cell).unwrap();
    hands.push_port(0, 1).unwrap();
    assert_eq!(kind(changer.port_position(1)), ACCESSED);
    assert_eq!(changer.port_position(1).unwrap(), PortPosition::Retracted);
    assert_eq!(hands.outside().unwrap(), [id]);
    assert_eq!(occupancy(&*changer, cell), Occupancy::Empty);
}

#[test]
fn a_port_that_cannot_see_tells_nothing_of_its_content() {
    let blind = PortLayout { cells: 2, reports_content: false, ..PortLayout::default() };
    let library = builder().port(blind).build().unwrap();
    let (changer, geometry) = changer(&library, 0);
    let (cell, next) = (port_cell(&library, 0), port_cell(&library, 1));
    assert_eq!(occupancy(&*changer, cell), Occupancy::Unknown);
    changer.move_medium(slot(&geometry, 0), cell.address, false).unwrap();
    assert_eq!(occupancy(&*changer, cell), Occupancy::Unknown);
    assert_eq!(occupancy(&*changer, port_cell(&library, 2)), Occupancy::Empty);
    // Who wants to know has to try.
    let to = slot(&geometry, 0);
    assert_eq!(refusal(changer.move_medium(next.address, to, false)), Refusal::SourceEmpty);
    changer.move_medium(cell.address, to, false).unwrap();
}

#[test]
fn a_magazine_takes_its_cartridges_along() {
    let library = builder().magazine(0..4).magazine(4..8).build().unwrap();
    let (changer, geometry) = changer(&library, 0);
    let hands = library.hands();
    let present = || {
        let all = changer.element_status(ElementKind::Slot, geometry.slots.first, 10).unwrap();
        all.iter().filter(|s| s.occupancy != Occupancy::NotPresent).count()
    };
    let (first, id) = (slot_at(&library, 0), hands.look(slot_at(&library, 0)).unwrap().unwrap());
    assert_eq!(refusal(hands.take_out(first)), Refusal::NotAccessible);
    hands.pull_magazine(0, 0).unwrap();
    assert_eq!(kind(changer.ready()), CHANGED);
    assert_eq!(present(), 6);
    let status = status_of(&*changer, ElementKind::Slot, first.address);
    assert_eq!(status.exception.map(|s| (s.key, s.code, s.qualifier)), Some((2, 0x3B, 0x11)));
    assert!(!status.accessible && status.volume_tag.text().is_none());
    let free = slot(&geometry, 9);
    assert_eq!(refusal(changer.move_medium(first.address, free, false)), Refusal::NotAccessible);

    assert_eq!(hands.take_out(first).unwrap(), id);
    hands.put_in(id, slot_at(&library, 3)).unwrap();
    changer.ready().unwrap();
    hands.push_magazine(0, 0).unwrap();
    assert_eq!(kind(changer.ready()), CHANGED);
    assert_eq!(present(), 10);
    changer.move_medium(slot(&geometry, 3), free, false).unwrap();
    assert_eq!(refusal(hands.pull_magazine(0, 2)), Refusal::NoSuchElement);
    hands.push_magazine(0, 0).unwrap();
    changer.ready().unwrap();
}

#[test]
fn impossible_ports_and_magazines_are_refused() {
    let port = |cells| PortLayout { cells, ..PortLayout::default() };
    assert_eq!(refusal(builder().port(port(3)).port(port(2)).build()), Refusal::Invalid);
    assert_eq!(refusal(builder().port(port(0)).build()), Refusal::Invalid);
    assert_eq!(refusal(builder().port(port(u32::MAX)).port(port(9)).build()), Refusal::Invalid);
    assert_eq!(refusal(builder().magazine(0..4).magazine(3..5).build()), Refusal::Invalid);
    assert_eq!(refusal(builder().magazine(4..4).build()), Refusal::Invalid);
}

#[test]
fn doors_ports_and_magazines_are_kept_in_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    let blind = PortLayout { cells: 3, motorised: true, reports_content: false };
    let first = builder()
        .door(DoorLayout { slots: 2..7, lockable: true, sensor: true })
        .port(blind)
        .magazine(7..10)
        .open_or_create(directory.path())
        .unwrap();
    let second = SimulatedLibrary::open(directory.path()).unwrap();
    let (one, other) = (changer(&first, 0).0, changer(&second, 0).0);
    one.release_door(0, true).unwrap();
    one.set_port(0, PortPosition::Extended).unwrap();
    second.hands().open_door(0, 0).unwrap();
    second.hands().pull_magazine(0, 0).unwrap();
    assert_eq!(kind(one.door_state(0)), CHANGED);
    assert_eq!(one.door_state(0).unwrap(), DoorState::Open);
    assert_eq!(other.port_position(0).unwrap(), PortPosition::Extended);
    assert_eq!(other.geometry().unwrap(), one.geometry().unwrap());
    let pulled = slot_at(&first, 8).address;
    let third = SimulatedLibrary::open(directory.path()).unwrap();
    let seen = status_of(&*changer(&third, 0).0, ElementKind::Slot, pulled);
    assert_eq!(seen.occupancy, Occupancy::NotPresent);
    one.prevent_removal(true).unwrap();
    assert_eq!(refusal(third.hands().pull_port(0, 1)), Refusal::RemovalPrevented);
}
