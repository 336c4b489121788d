//! A library of SCSI devices, by script: who it is, and which drive is where.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/scripted.rs"]
mod scripted;
#[path = "support/scsi_model.rs"]
mod scsi_model;

use std::sync::Arc;

use rsm::clock::{Clock, VirtualClock};
use rsm::device::scsi::{
    Completion, Data, ScsiLibrary, ScsiLibraryBuilder, Status, TransportErrorKind,
};
use rsm::device::{
    Changer, DeviceErrorKind, Drive, ElementAddress, ElementKind, LibraryDevice, LibraryKind,
    Refusal,
};
use rsm::model::MediaTypeCode;
use scripted::{Scripted, fixed_sense};
use scsi_model::Model;

const INVALID: DeviceErrorKind = DeviceErrorKind::Refused(Refusal::Invalid);
const LTO: u32 = MediaTypeCode::LtoUltrium.value();

const SERIALS: [&str; 4] = ["DRIVE00000", "DRIVE00001", "DRIVE00002", "DRIVE00003"];

const fn at(address: u16) -> ElementAddress {
    ElementAddress(address)
}

fn device(model: &Model) -> Arc<Scripted> {
    let script = Scripted::new();
    script.otherwise(model.device());
    script
}

/// A changer that tells these serial numbers.
fn changer(serials: &[&'static str]) -> Model {
    Model { serials: serials.to_vec(), ..Model::default() }
}

/// A drive at an element of a changer: it is empty while nothing is there.
fn drive(library: &Model, serial: &'static str, element: u16) -> Arc<Scripted> {
    let model = Model { device_type: 1, product: "Drive", serial, ..library.clone() };
    let script = Scripted::new();
    script.otherwise(move |command, data: &mut Data<'_>| {
        let is_empty = !model.contents.lock().contains_key(&element);
        if command[0] == 0 && is_empty {
            let sense = fixed_sense(2, 0x3A, 0);
            let status = Status::CHECK_CONDITION;
            return Ok(Completion { status, sense, transferred: 0 });
        }
        match command[0] {
            0x1B => Ok(Completion::good(0)),
            _ => model.device()(command, data),
        }
    });
    script
}

/// With the first drives of the four, in no order.
fn with_drives(library: &Model, count: usize) -> ScsiLibraryBuilder {
    let mut builder = ScsiLibrary::builder().changer(device(library)).media_types([LTO]);
    for (index, serial) in SERIALS.iter().enumerate().take(count).rev() {
        let element = 0x100 + u16::try_from(index).unwrap();
        builder = builder.drive(drive(library, serial, element));
    }
    builder
}

/// The serial numbers of the drives at the elements, as the changer tells them.
fn told(library: &ScsiLibrary) -> Vec<String> {
    let changer = library.changers().remove(0);
    changer.geometry().unwrap();
    let elements = changer.element_status(ElementKind::Drive, at(0), 100).unwrap();
    let serial = |device: rsm::device::DeviceIdentity| device.serial;
    elements.into_iter().map(|it| it.device.map(serial).unwrap_or_default()).collect()
}

fn failure(builder: ScsiLibraryBuilder) -> DeviceErrorKind {
    builder.build().unwrap_err().kind()
}

#[test]
fn a_library_is_known_by_its_changer() {
    let library = with_drives(&changer(&SERIALS), 4).build().unwrap();
    let identity = library.identity();
    assert_eq!(identity.key, "scsi:ACME:Library:LIB0001");
    assert_eq!((identity.name.as_str(), identity.kind), ("ACME Library", LibraryKind::Robotic));
    assert_eq!((library.changers().len(), library.drives().len()), (1, 4));
    assert_eq!(library.media_types(), [LTO]);
    assert!(library.changes().is_none());
    let named = with_drives(&changer(&[]), 1).name("Cellar").key("cellar").build().unwrap();
    assert_eq!((named.identity().name, named.identity().key), ("Cellar".into(), "cellar".into()));
}

#[test]
fn a_changer_that_is_becoming_ready_is_waited_for() {
    let clock = VirtualClock::automatic();
    let _here = clock.participate().begin();
    let model = changer(&SERIALS);
    let script = device(&model);
    let library = || {
        let builder = ScsiLibrary::builder().changer(script.clone()).media_types([LTO]);
        builder.drive(drive(&model, SERIALS[0], 0x100)).clock(clock.clone()).build()
    };
    script.expect_operation(0x00).sense(6, 0x29, 0);
    script.expect_operation(0x00).sense(2, 0x04, 1);
    script.expect_operation(0x00).sense(6, 0x28, 0);
    script.expect_operation(0x00).sense(2, 0x04, 1);
    library().unwrap();
    script.done();
    // A door is for people to close: that is told when the library is used.
    script.expect_operation(0x00).sense(2, 0x04, 0x83);
    library().unwrap();
    script.done();

    let limit = rsm::device::Timeouts::of(rsm::device::DeviceClass::Changer).ready;
    let begun = clock.monotonic();
    script.otherwise(move |command, data: &mut Data<'_>| match command[0] {
        0x00 => {
            let sense = fixed_sense(2, 0x04, 1);
            let status = Status::CHECK_CONDITION;
            Ok(Completion { status, sense, transferred: 0 })
        }
        _ => model.clone().device()(command, data),
    });
    let changer = ScsiLibrary::builder().changer(script.clone()).media_types([LTO]);
    let late = changer.clock(clock.clone()).build().unwrap_err();
    assert_eq!(late.kind(), DeviceErrorKind::NotReady);
    assert!(clock.monotonic() - begun >= limit);
}

#[test]
fn a_drive_alone_is_a_library() {
    let model = Model { device_type: 1, product: "ULT3580-TD6", serial: "D1", ..Model::default() };
    let library = ScsiLibrary::stand_alone(device(&model)).unwrap();
    let identity = library.identity();
    assert_eq!(
        (identity.key.as_str(), identity.kind),
        ("scsi:ACME:ULT3580-TD6:D1", LibraryKind::StandAlone)
    );
    assert!(library.changers().is_empty());
    assert_eq!(library.drives().len(), 1);
    assert_eq!(library.media_types(), [LTO]);
}

#[test]
fn what_cannot_be_a_library_is_refused() {
    let model = changer(&[]);
    assert_eq!(failure(ScsiLibrary::builder()), INVALID);
    let two = ScsiLibrary::builder();
    let two = two.drive(drive(&model, "A", 0x100)).drive(drive(&model, "B", 0x101));
    assert_eq!(failure(two.media_types([LTO])), INVALID);
    let nameless = Model { serial: "", ..model.clone() };
    assert_eq!(failure(with_drives(&nameless, 1)), INVALID);
    assert!(with_drives(&nameless, 1).key("mine").build().is_ok());
    let of_no_type = ScsiLibrary::builder().changer(device(&model));
    assert_eq!(failure(of_no_type.drive(drive(&model, "A", 0x100))), INVALID);
    let no_changer = ScsiLibrary::builder().changer(drive(&model, "A", 0x100));
    let unsupported = DeviceErrorKind::Refused(Refusal::Unsupported);
    assert_eq!(failure(no_changer.media_types([LTO])), unsupported);
}

#[test]
fn a_drive_that_does_not_answer_is_left_out() {
    let gone = || {
        let script = Scripted::new();
        script.otherwise(|_, _| {
            let kind = TransportErrorKind::Gone;
            Err(rsm::device::scsi::TransportError::new(kind, "switched off"))
        });
        script
    };
    let library = with_drives(&changer(&SERIALS), 2).drive(gone()).build().unwrap();
    assert_eq!(library.drives().len(), 2);
    let gone = ScsiLibrary::stand_alone(gone()).unwrap_err();
    assert_eq!(gone.kind(), DeviceErrorKind::Gone);
}

#[test]
fn wrong_12_what_the_changer_says_is_believed() {
    let library = with_drives(&changer(&SERIALS), 4).build().unwrap();
    assert_eq!(told(&library), SERIALS);
    // Also against a table, and for drives that are not there.
    let swapped = with_drives(&changer(&SERIALS), 2).drive_at(at(0x100), SERIALS[1]);
    assert_eq!(told(&swapped.build().unwrap()), SERIALS);
}

#[test]
fn wrong_12_the_one_that_is_left_belongs_to_the_end_that_is_cut_off() {
    let model = Model { short: 8, ..changer(&SERIALS) };
    assert_eq!(told(&with_drives(&model, 4).build().unwrap()), SERIALS);
    // Without it, or with two that could be it, nobody knows.
    let mut known = SERIALS.map(str::to_owned);
    known[3].clear();
    assert_eq!(told(&with_drives(&model, 3).build().unwrap()), known);
    let five = with_drives(&model, 4).drive(drive(&model, "DR", 0x1FF)).build().unwrap();
    assert_eq!(told(&five), known);
    // One that does not begin like that is not it.
    let other = with_drives(&model, 3).drive(drive(&model, "OTHER", 0x103)).build().unwrap();
    assert_eq!(told(&other), known);
}

#[test]
fn wrong_12_nothing_is_bound_by_order() {
    let library = with_drives(&changer(&[]), 4).build().unwrap();
    assert_eq!(told(&library), [""; 4]);
    let one = with_drives(&changer(&[]), 1).build().unwrap();
    assert_eq!(told(&one), [""; 4]);
}

#[test]
fn wrong_12_a_table_says_what_the_changer_does_not() {
    let table = |library: &Model| {
        let builder = with_drives(library, 4);
        let builder = builder.drive_at(at(0x100), SERIALS[0]).drive_at(at(0x102), SERIALS[2]);
        builder.drive_at(at(0x103), "NOBODY").build().unwrap()
    };
    let model = changer(&[]);
    assert_eq!(told(&table(&model)), [SERIALS[0], "", SERIALS[2], ""]);
    // What lies where shows that the table is wrong: the element is empty, and its drive is not.
    let wrong = with_drives(&model, 4).drive_at(at(0x100), SERIALS[1]).build().unwrap();
    model.contents.lock().insert(0x101, ("A1".to_owned(), None));
    assert_eq!(told(&wrong), [""; 4]);
    // The other way round says nothing: a drive that has unloaded calls itself empty.
    assert_eq!(told(&table(&model))[0], SERIALS[0]);
}

#[test]
fn wrong_12_a_drive_is_found_by_a_cartridge() {
    let clock = VirtualClock::automatic();
    let _here = clock.participate().begin();
    let model = changer(&[]);
    let library = with_drives(&model, 4).clock(clock.clone()).build().unwrap();
    assert_eq!(told(&library), [""; 4]);
    let found = library.find_drive(0, at(0x102), at(0x400)).unwrap();
    assert_eq!(found, SERIALS[2]);
    assert!(model.contents.lock().contains_key(&0x400), "it is back in its slot");
    assert_eq!(told(&library), ["", "", SERIALS[2], ""]);
    assert_eq!(library.find_drive(1, at(0x102), at(0x400)).unwrap_err().kind(), INVALID);
    let empty = library.find_drive(0, at(0x102), at(0x410)).unwrap_err();
    assert_eq!(empty.kind(), DeviceErrorKind::Refused(Refusal::SourceEmpty));
}

#[test]
fn a_drive_that_is_nobodys_is_not_found() {
    let clock = VirtualClock::automatic();
    let _here = clock.participate().begin();
    let model = changer(&[]);
    let library = with_drives(&model, 2).clock(clock.clone()).build().unwrap();
    let begun = clock.monotonic();
    let none = library.find_drive(0, at(0x103), at(0x400)).unwrap_err();
    assert_eq!(none.kind(), DeviceErrorKind::DriveFault);
    assert!(model.contents.lock().contains_key(&0x400), "it is back in its slot");
    let limit = library.drives()[0].timeouts().load;
    assert!(clock.monotonic() - begun >= limit);
}

#[test]
fn the_parts_of_a_library_can_do_more_than_the_traits() {
    let library = with_drives(&changer(&SERIALS), 1).build().unwrap();
    let changer = &library.scsi_changers()[0];
    let refused = changer.exchange_medium(at(0x400), at(0x100), at(0x401), [false, false]);
    let unsupported = DeviceErrorKind::Refused(Refusal::Unsupported);
    assert_eq!(refused.unwrap_err().kind(), unsupported);
    assert_eq!(library.scsi_drives()[0].identity().serial, SERIALS[0]);
    assert_eq!(changer.identity().serial, "LIB0001");
}
