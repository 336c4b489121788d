//! What goes wrong where it was planned.

use rsm::device::simulated::Fault;
use rsm::device::{
    Attention, DeviceErrorKind, DriveStatus, ElementKind, LibraryDevice, Position, ReadOutcome,
};

use super::{changer, drive_at, here, kind, open_first, slot, small};

#[test]
fn a_bad_block_is_bad_until_cleared_and_can_be_passed() {
    let library = small();
    let mut medium = open_first(&library);
    for data in [b"one", b"two"] {
        let _ = medium.write_block(data).unwrap();
    }
    let cartridge = library.hands().find_bar_code("A00000").unwrap().unwrap();
    library.inject_always(Fault::MediumError { cartridge, side: 0, position: Position(0) });
    let mut buffer = [0; 8];
    for _ in 0..2 {
        medium.rewind().unwrap();
        assert_eq!(kind(medium.read_block(&mut buffer)), DeviceErrorKind::MediumFault);
        assert_eq!(medium.position().unwrap(), Position(1));
        assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::Block(3));
    }
    medium.rewind().unwrap();
    assert_eq!(kind(medium.write_block(b"x")), DeviceErrorKind::MediumFault);
    assert_eq!(medium.position().unwrap(), Position(0));
    assert_eq!(medium.read_block(&mut buffer).unwrap(), ReadOutcome::EndOfData);
    library.clear_faults();
    let _ = medium.write_block(b"x").unwrap();
}

#[test]
fn a_load_that_fails_leaves_the_cartridge_in_the_drive() {
    let library = small();
    let (changer, geometry) = changer(&library, 0);
    let address = geometry.drives.first;
    changer.move_medium(slot(&geometry, 0), address, false).unwrap();
    let drive = drive_at(&library, 0, 0);
    library.inject(Fault::LoadFails { drive: here(address), kind: DeviceErrorKind::MediumFault });
    assert_eq!(kind(drive.load()), DeviceErrorKind::MediumFault);
    assert_eq!(drive.status().unwrap(), DriveStatus::Unloaded);
    drive.load().unwrap();
}

#[test]
fn a_move_that_fails_moves_nothing_and_a_lost_reply_hides_a_move() {
    let library = small();
    let (changer, geometry) = changer(&library, 0);
    let (from, to) = (slot(&geometry, 0), slot(&geometry, 3));
    let hands = library.hands();
    let id = hands.look(here(from)).unwrap();

    library.inject(Fault::MoveFails { changer: 0, kind: DeviceErrorKind::ChangerFault });
    assert_eq!(kind(changer.move_medium(from, to, false)), DeviceErrorKind::ChangerFault);
    assert_eq!((hands.look(here(from)).unwrap(), hands.look(here(to)).unwrap()), (id, None));

    library.inject(Fault::LostReply { changer: 0 });
    assert_eq!(kind(changer.move_medium(from, to, false)), DeviceErrorKind::OutcomeUnknown);
    assert_eq!((hands.look(here(from)).unwrap(), hands.look(here(to)).unwrap()), (None, id));
}

#[test]
fn an_attention_comes_once_and_stops_what_was_asked() {
    let library = small();
    let (changer, geometry) = changer(&library, 0);
    let (from, to) = (slot(&geometry, 0), geometry.drives.first);
    let attention = Attention::Reset;
    let expected = DeviceErrorKind::LookAgain(attention);
    library.inject(Fault::ChangerAttention { changer: 0, attention });
    assert_eq!(kind(changer.move_medium(from, to, false)), expected);
    changer.move_medium(from, to, false).unwrap();
    library.inject(Fault::ChangerAttention { changer: 0, attention });
    assert_eq!(kind(changer.element_status(ElementKind::Slot, from, 1)), expected);

    let drive = drive_at(&library, 0, 0);
    library.inject(Fault::DriveAttention { drive: here(to), attention });
    let other = library.drives().into_iter().find(|d| d.identity() != drive.identity()).unwrap();
    assert_eq!(other.status().unwrap(), DriveStatus::Empty);
    assert_eq!(kind(drive.load()), expected);
    assert_eq!(drive.status().unwrap(), DriveStatus::Unloaded);
}
