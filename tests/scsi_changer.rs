//! A SCSI changer, by script.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "support/scripted.rs"]
mod scripted;
#[path = "support/scsi_model.rs"]
mod scsi_model;

use std::sync::Arc;

use proptest::prelude::*;
use rsm::device::scsi::{ScsiChanger, Status, TransportErrorKind, Unit};
use rsm::device::{
    Attention, Changer, DeviceErrorKind, ElementAddress, ElementKind, ElementRange, ElementStatus,
    Geometry, Occupancy, Refusal, VolumeTag,
};
use rsm::model::PortPosition;
use scripted::{Scripted, fixed_sense};
use scsi_model::Model;

const UNSUPPORTED: DeviceErrorKind = DeviceErrorKind::Refused(Refusal::Unsupported);
const INVALID: DeviceErrorKind = DeviceErrorKind::Refused(Refusal::Invalid);

const fn at(address: u16) -> ElementAddress {
    ElementAddress(address)
}

const fn range(first: u16, count: u32) -> ElementRange {
    ElementRange { first: at(first), count }
}

/// A changer whose answers come from a model where no step is scripted. It knows its geometry.
fn changer(model: &Model) -> (Arc<Scripted>, ScsiChanger) {
    let script = Scripted::new();
    script.otherwise(model.device());
    let changer = ScsiChanger::new(Unit::new(script.clone())).unwrap();
    changer.geometry().unwrap();
    (script, changer)
}

/// Everything of a kind, as the library layer asks for it.
fn all(changer: &ScsiChanger, kind: ElementKind, chunk: u32) -> Vec<ElementStatus> {
    let (mut all, mut first) = (Vec::new(), at(0));
    loop {
        let found = changer.element_status(kind, first, chunk).unwrap();
        let Some(last) = found.last().map(|status| status.address) else { return all };
        assert!(last >= first, "it does not get on");
        all.extend(found);
        let Some(next) = last.0.checked_add(1) else { return all };
        first = at(next);
    }
}

fn kind(done: Result<impl Sized, rsm::device::DeviceError>) -> DeviceErrorKind {
    match done {
        Ok(_) => panic!("it was done"),
        Err(error) => error.kind(),
    }
}

#[test]
fn the_geometry_is_that_of_its_pages() {
    let model = Model { rotates: true, ..Model::default() };
    let (_, changer) = changer(&model);
    let expected = Geometry {
        transports: range(1, 1),
        slots: range(0x400, 20),
        ports: range(0x10, 2),
        drives: range(0x100, 4),
        bar_code_reader: true,
        can_flip: true,
        initializes_range: true,
        ..Geometry::default()
    };
    assert_eq!(changer.geometry().unwrap(), expected);
    let identity = changer.identity();
    assert_eq!((identity.vendor.as_str(), identity.serial.as_str()), ("ACME", "LIB0001"));
}

#[test]
fn a_bar_code_reader_that_is_denied_shows_by_bar_codes() {
    let (_, denied) = changer(&Model { says_reader: false, ..Model::default() });
    assert!(denied.geometry().unwrap().bar_code_reader);
    let none = Model { says_reader: false, bar_codes: false, ..Model::default() };
    assert!(!changer(&none).1.geometry().unwrap().bar_code_reader);
}

#[test]
fn geometry_that_cannot_be_is_refused() {
    let slots_over_drives = Model { slots: (0xF0, 20), ..Model::default() };
    let beyond_the_end = Model { slots: (0xFFFF, 2), ..Model::default() };
    for model in [slots_over_drives, beyond_the_end] {
        let script = Scripted::new();
        script.otherwise(model.device());
        let changer = ScsiChanger::new(Unit::new(script)).unwrap();
        assert_eq!(kind(changer.geometry()), DeviceErrorKind::ChangerFault);
        assert_eq!(
            kind(changer.element_status(ElementKind::Slot, at(0), 1)),
            DeviceErrorKind::ChangerFault
        );
    }
}

#[test]
fn a_drive_is_no_changer() {
    let script = Scripted::new();
    script.otherwise(Model { device_type: 1, ..Model::default() }.device());
    assert_eq!(kind(ScsiChanger::new(Unit::new(script))), UNSUPPORTED);
}

/// "Count mismatch makes the whole library unusable": chunks of 1, 7, 256 and 1,000 elements, and
/// every address there is.
#[test]
fn wrong_10_every_element_is_seen_whatever_number_comes_at_once() {
    let slots = range(1, 65_535);
    for most in [1, 7, 256, 1000, 65_535] {
        // With a chunk of one, fewer do.
        let count: u32 = if most == 1 { 2_000 } else { slots.count };
        let model = Model {
            transports: (0, 1),
            slots: (1, u16::try_from(count).unwrap()),
            drives: (0, 0),
            ports: (0, 0),
            most,
            refuses_more: most % 2 == 1,
            ..Model::default()
        };
        let (script, changer) = changer(&model);
        let found = all(&changer, ElementKind::Slot, 65_535);
        let expected: Vec<_> = range(1, count).iter().collect();
        let addresses: Vec<_> = found.iter().map(|status| status.address).collect();
        assert!(addresses == expected, "{most}");
        let commands = script.operations().iter().filter(|operation| **operation == 0xB8).count();
        let least = usize::try_from(count / u32::from(most)).unwrap();
        assert!(commands <= 2 * least + 40, "{most}: {commands} commands");
    }
}

#[test]
fn transfers_that_are_too_long_get_shorter() {
    let model = Model { slots: (0x400, 1000), ..Model::default() };
    let (script, changer) = changer(&model);
    script.limit_transfer(4096);
    assert_eq!(all(&changer, ElementKind::Slot, 1000).len(), 1000);
}

#[test]
fn what_lies_outside_is_not_asked_for() {
    let (script, changer) = changer(&Model::default());
    let before = script.sent().len();
    let none = |kind, first| changer.element_status(kind, at(first), 10).unwrap().is_empty();
    assert!(none(ElementKind::Slot, 0x414));
    assert!(none(ElementKind::Drive, 0xFFFF));
    assert!(changer.element_status(ElementKind::Slot, at(0), 0).unwrap().is_empty());
    assert_eq!(script.sent().len(), before);
    let first = changer.element_status(ElementKind::Slot, at(0), 1).unwrap();
    assert_eq!(first[0].address, at(0x400));
    let sent = script.sent().pop().unwrap();
    assert_eq!(sent.command[..7], [0xB8, 0x12, 4, 0, 0, 1, 0]);
}

#[test]
fn less_is_asked_for_where_identifiers_are_refused() {
    let model = Model { takes_identifiers: false, ..Model::default() };
    let (script, changer) = changer(&model);
    let drives = all(&changer, ElementKind::Drive, 10);
    assert_eq!(drives.len(), 4);
    assert!(drives.iter().all(|drive| drive.device.is_none()));
    // That is remembered, and it does not make the chunks smaller.
    let before = script.sent().len();
    assert_eq!(changer.element_status(ElementKind::Drive, at(0), 10).unwrap().len(), 4);
    assert_eq!(script.sent().len(), before + 1);
}

/// A changer that never says which elements are reachable has them all reachable.
#[test]
fn what_a_changer_never_tells_is_not_waited_for() {
    let (_, silent) = changer(&Model { tells_access: false, ..Model::default() });
    for of in [ElementKind::Slot, ElementKind::Drive, ElementKind::Port] {
        assert!(all(&silent, of, 100).iter().all(|status| status.accessible), "{of:?}");
    }
    let port = &all(&silent, ElementKind::Port, 1)[0];
    assert!(port.port.import && port.port.export);
    assert_eq!(kind(silent.port_position(0)), UNSUPPORTED);

    let (_, telling) = changer(&Model { open_port: Some(0x11), ..Model::default() });
    assert_eq!(all(&telling, ElementKind::Port, 2).len(), 2);
    assert_eq!(telling.port_position(0).unwrap(), PortPosition::Retracted);
    assert_eq!(telling.port_position(1).unwrap(), PortPosition::Extended);
    assert_eq!(kind(telling.port_position(2)), DeviceErrorKind::Refused(Refusal::NoSuchElement));
}

#[test]
fn a_move_names_the_hand_and_turns_over() {
    let (script, changer) = changer(&Model { rotates: true, ..Model::default() });
    script.expect(&[0xA5, 0, 0, 1, 4, 0, 1, 0, 0, 0, 0, 0]);
    changer.move_medium(at(0x400), at(0x100), false).unwrap();
    script.expect(&[0xA5, 0, 0, 1, 1, 0, 4, 0, 0, 0, 1, 0]);
    changer.move_medium(at(0x100), at(0x400), true).unwrap();
    script.done();
}

#[test]
fn nothing_is_turned_over_by_a_changer_that_cannot() {
    let (script, changer) = changer(&Model::default());
    let before = script.sent().len();
    assert_eq!(kind(changer.move_medium(at(0x400), at(0x100), true)), UNSUPPORTED);
    assert_eq!(script.sent().len(), before);
}

#[test]
fn two_cartridges_change_places_in_one_command() {
    let (script, changer) = changer(&Model { rotates: true, ..Model::default() });
    script.expect(&[0xA6, 0, 0, 1, 4, 0, 1, 0, 4, 1, 1, 0]);
    changer.exchange_medium(at(0x400), at(0x100), at(0x401), [false, true]).unwrap();
    script.expect_operation(0xA6).sense(5, 0x20, 0);
    let refused = changer.exchange_medium(at(0x400), at(0x100), at(0x401), [false, false]);
    assert_eq!(kind(refused), UNSUPPORTED);
    script.done();
}

#[test]
fn a_move_is_sent_once_whatever_becomes_of_it() {
    let cases = [
        ((6, 0x28, 1), DeviceErrorKind::LookAgain(Attention::PortAccessed)),
        ((6, 0x29, 0), DeviceErrorKind::LookAgain(Attention::Reset)),
        ((2, 0x04, 1), DeviceErrorKind::NotReady),
        ((5, 0x3B, 0x0D), DeviceErrorKind::Refused(Refusal::DestinationFull)),
        ((5, 0x3B, 0x0E), DeviceErrorKind::Refused(Refusal::SourceEmpty)),
        ((5, 0x21, 1), DeviceErrorKind::Refused(Refusal::NoSuchElement)),
        ((5, 0x24, 0), INVALID),
        ((5, 0x53, 2), DeviceErrorKind::Refused(Refusal::RemovalPrevented)),
        ((4, 0x15, 1), DeviceErrorKind::ChangerFault),
    ];
    let (script, changer) = changer(&Model::default());
    for ((key, code, qualifier), expected) in cases {
        script.expect_operation(0xA5).sense(key, code, qualifier);
        assert_eq!(kind(changer.move_medium(at(0x400), at(0x100), false)), expected);
        script.done();
    }
    for (lost, expected) in [
        (TransportErrorKind::TimedOut, DeviceErrorKind::OutcomeUnknown),
        (TransportErrorKind::Lost, DeviceErrorKind::OutcomeUnknown),
        (TransportErrorKind::Gone, DeviceErrorKind::Gone),
    ] {
        script.expect_operation(0xA5).fails(lost);
        assert_eq!(kind(changer.move_medium(at(0x400), at(0x100), false)), expected);
        script.done();
    }
    script.expect_operation(0xA5).status(Status::RESERVATION_CONFLICT);
    let conflict = changer.move_medium(at(0x400), at(0x100), false);
    assert_eq!(kind(conflict), DeviceErrorKind::Reserved);
    let moves = script.operations().iter().filter(|operation| **operation == 0xA5).count();
    assert_eq!(moves, cases.len() + 4);
}

#[test]
fn sense_data_in_descriptor_format_say_the_same() {
    let (script, changer) = changer(&Model::default());
    script.expect_operation(0xA5).sense_bytes(&[0x72, 5, 0x3B, 0x0D, 0, 0, 0, 0]);
    let full = changer.move_medium(at(0x400), at(0x100), false);
    assert_eq!(kind(full), DeviceErrorKind::Refused(Refusal::DestinationFull));
}

/// The answer to a move is lost, and the move was done: the status says so.
#[test]
fn a_time_out_with_the_move_done_shows_in_the_status() {
    let model = Model::default();
    let (script, changer) = changer(&model);
    let shared = model.clone();
    script.otherwise(move |command, data| {
        let done = shared.device()(command, data)?;
        if command[0] == 0xA5 {
            let kind = TransportErrorKind::TimedOut;
            return Err(rsm::device::scsi::TransportError::new(kind, "too late"));
        }
        Ok(done)
    });
    let unknown = changer.move_medium(at(0x400), at(0x100), false);
    assert_eq!(kind(unknown), DeviceErrorKind::OutcomeUnknown);
    let drive = &changer.element_status(ElementKind::Drive, at(0x100), 1).unwrap()[0];
    assert_eq!(drive.occupancy, Occupancy::Full);
    assert_eq!(drive.volume_tag, VolumeTag::Read("A00000".to_owned()));
    assert_eq!(drive.source, Some(at(0x400)));
    let slot = &changer.element_status(ElementKind::Slot, at(0x400), 1).unwrap()[0];
    assert_eq!(slot.occupancy, Occupancy::Empty);
}

#[test]
fn becoming_ready_is_told() {
    let (script, changer) = changer(&Model::default());
    script.expect(&[0; 6]).sense(2, 0x04, 1);
    assert_eq!(kind(changer.ready()), DeviceErrorKind::NotReady);
    script.expect(&[0; 6]).sense(2, 0x04, 0x83);
    assert_eq!(kind(changer.ready()), DeviceErrorKind::NeedsOperator);
    script.expect(&[0; 6]);
    changer.ready().unwrap();
    script.done();
}

/// What was noticed while something harmless was asked is not lost.
#[test]
fn an_attention_reaches_whoever_acts_next() {
    let (script, changer) = changer(&Model::default());
    script.expect_operation(0x1A).sense(6, 0x28, 1);
    changer.geometry().unwrap();
    let told = changer.move_medium(at(0x400), at(0x100), false);
    assert_eq!(kind(told), DeviceErrorKind::LookAgain(Attention::PortAccessed));
    changer.move_medium(at(0x400), at(0x100), false).unwrap();
    script.expect_operation(0xB8).sense(6, 0x28, 0);
    let told = changer.element_status(ElementKind::Slot, at(0), 1);
    assert_eq!(kind(told), DeviceErrorKind::LookAgain(Attention::MediumChanged));
    script.done();
}

#[test]
fn the_form_with_a_range_is_that_which_the_changer_knows() {
    let some = Some(range(0x402, 3));
    let (script, standard) = changer(&Model::default());
    script.expect(&[0x37, 1, 4, 2, 0, 0, 0, 3, 0, 0]);
    standard.initialize_element_status(some).unwrap();
    script.expect(&[0x07, 0, 0, 0, 0, 0]);
    standard.initialize_element_status(None).unwrap();
    script.done();

    let (script, other) = changer(&Model::default());
    script.expect_operation(0x37).sense(5, 0x20, 0);
    script.expect(&[0xE7, 1, 4, 2, 0, 0, 0, 3, 0, 0]);
    other.initialize_element_status(some).unwrap();
    // It is remembered.
    script.expect_operation(0xE7).sense(2, 0x04, 1);
    assert_eq!(kind(other.initialize_element_status(some)), DeviceErrorKind::NotReady);
    script.done();

    let quantum = Model { vendor: "QUANTUM", product: "Scalar i500", ..Model::default() };
    let (script, first) = changer(&quantum);
    script.expect_operation(0xE7);
    first.initialize_element_status(some).unwrap();
    script.done();

    let (script, neither) = changer(&Model::default());
    script.expect_operation(0x37).sense(5, 0x20, 0);
    script.expect_operation(0xE7).sense(5, 0x20, 0);
    assert_eq!(kind(neither.initialize_element_status(some)), UNSUPPORTED);
    assert!(!neither.geometry().unwrap().initializes_range);
    assert_eq!(kind(neither.initialize_element_status(some)), UNSUPPORTED);
    script.done();
}

#[test]
fn ports_and_locks_are_as_the_changer_has_them() {
    let (script, changer) = changer(&Model::default());
    script.expect(&[0x1B, 0, 0, 0x11, 0, 0]);
    changer.set_port(1, PortPosition::Extended).unwrap();
    script.expect(&[0x1B, 0, 0, 0x11, 1, 0]);
    changer.set_port(1, PortPosition::Retracted).unwrap();
    assert_eq!(kind(changer.set_port(1, PortPosition::Unknown)), INVALID);
    script.expect(&[0x1E, 0, 0, 0, 1, 0]);
    changer.prevent_removal(true).unwrap();
    script.expect(&[0x1E, 0, 0, 0, 0, 0]).sense(5, 0x20, 0);
    assert_eq!(kind(changer.prevent_removal(false)), UNSUPPORTED);
    assert_eq!(kind(changer.door_state(0)), UNSUPPORTED);
    assert_eq!(kind(changer.release_door(0, true)), UNSUPPORTED);
    script.done();
}

proptest! {
    /// Whatever it answers, asking ends, and gives no more than was asked for.
    #[test]
    fn hostile_answers_end(
        answer in proptest::collection::vec(any::<u8>(), 0..400),
        first in any::<u16>(),
        count in any::<u16>(),
    ) {
        let (script, changer) = changer(&Model::default());
        script.expect_operation(0xB8).answer(&answer);
        if let Ok(found) = changer.element_status(ElementKind::Slot, at(first), count.into()) {
            prop_assert!(found.len() <= usize::from(count));
            prop_assert!(found.iter().all(|status| status.address >= at(first)));
        }
    }
}

#[test]
fn refused_for_good_ends() {
    let (script, changer) = changer(&Model::default());
    script.otherwise(|_, _| {
        let sense = fixed_sense(5, 0x24, 0);
        Ok(rsm::device::scsi::Completion { status: Status::CHECK_CONDITION, sense, transferred: 0 })
    });
    assert_eq!(kind(changer.element_status(ElementKind::Drive, at(0), 100)), INVALID);
}

/// REPORT SUPPORTED OPERATION CODES says which form of the command it knows, that it opens ports,
/// and how long a move may take.
#[test]
fn wrong_19_what_a_changer_says_it_knows_is_believed() {
    let script = Scripted::new();
    let model = Model::default();
    script.otherwise(model.device());
    let plain = |operation| [operation, 0, 0, 0, 0, 0, 0, 12];
    let mut list = vec![0, 0, 0, 36];
    list.extend(plain(0xE7));
    list.extend(plain(0x1B));
    list.extend([0xA5, 0, 0, 0, 0, 2, 0, 12, 0, 10, 0, 0, 0, 0, 0, 60, 0, 0, 1, 0x2C]);
    script.expect_operation(0x12).answer(&{
        let mut inquiry = vec![8, 0x80, 5, 2, 31, 0, 0, 0];
        inquiry.extend(b"ACME    Library         0001");
        inquiry
    });
    script.expect_operation(0x12).answer(&[8, 0x80, 0, 4, b'L', b'I', b'B', b'1']);
    script.expect_operation(0xA3).answer(&list);
    let changer = ScsiChanger::new(Unit::new(script.clone())).unwrap();
    let geometry = changer.geometry().unwrap();
    assert!(geometry.initializes_range);
    assert_eq!(geometry.port_groups.len(), 2);
    assert!(geometry.port_groups.iter().all(|port| port.motorised && port.cells.count == 1));
    script.expect_operation(0xE7);
    changer.initialize_element_status(Some(range(0x400, 1))).unwrap();
    changer.move_medium(at(0x400), at(0x100), false).unwrap();
    let sent = script.sent().pop().unwrap();
    assert_eq!(sent.timeout, std::time::Duration::from_secs(300));
    script.done();
}
