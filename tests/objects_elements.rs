//! Slots, drives, changers and ports: their records, what may be set, enabling of drives.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use std::sync::Arc;

use rsm::ErrorKind;
use rsm::device::simulated::{ChangerLayout, SimulatedLibrary};
use rsm::model::{
    ChangerId, DriveId, DriveState, EnumerateOptions, Id, LibraryId, ObjectId, ObjectType,
    OperationalState, PortId, SideId, SlotId, SlotState,
};
use support::{Fixture, T1, cast, open_catalog, unknown};

const DEFAULT: EnumerateOptions = EnumerateOptions::DEFAULT;

/// A library of one changer with two drives, a port and four slots.
fn attached(f: &Fixture) -> LibraryId {
    let layout = ChangerLayout { transports: 1, drives: 2, ports: 1, slots: 4 };
    let device =
        SimulatedLibrary::builder().changer(layout).media_type(T1.value()).build().unwrap();
    f.manager.attach(Arc::new(device)).unwrap()
}

fn list<T: Id>(f: &Fixture, library: LibraryId, kind: ObjectType) -> Vec<T> {
    let ids = f.session.enumerate(Some(library.into()), kind, DEFAULT).unwrap();
    ids.into_iter().map(cast).collect()
}

#[test]
fn objects_elements_have_records() {
    let f = open_catalog();
    let library = attached(&f);
    let slots: Vec<SlotId> = list(&f, library, ObjectType::StorageSlot);
    let drives: Vec<DriveId> = list(&f, library, ObjectType::Drive);
    let ports: Vec<PortId> = list(&f, library, ObjectType::InsertEjectPort);
    let changers: Vec<ChangerId> = list(&f, library, ObjectType::Changer);
    assert_eq!((slots.len(), drives.len(), ports.len(), changers.len()), (4, 2, 1, 1));
    let record = f.session.info(library).unwrap();
    assert_eq!((record.number_of_slots, record.number_of_drives), (4, 2));
    assert_eq!((record.number_of_ports, record.number_of_changers), (1, 1));

    let slot = f.session.info(slots[1]).unwrap();
    assert_eq!(slot.number, record.first_slot_number + 1);
    assert_eq!((slot.state, slot.library), (SlotState::Empty, library));
    let drive = f.session.info(drives[0]).unwrap();
    assert_eq!(drive.number, record.first_drive_number);
    assert_eq!((drive.state, drive.saved_side), (DriveState::Dismounted, None));
    assert_eq!((drive.library, drive.mount_count), (library, 0));
    assert_eq!(drive.defer_dismount_delay, 300);
    assert!(drive.common.enabled && !drive.serial_number.is_empty());
    assert_eq!(drive.common.operational_state, OperationalState::Ready);
    assert_eq!(f.session.info(ports[0]).unwrap().number, record.first_port_number);
    assert_eq!(f.session.info(changers[0]).unwrap().number, record.first_changer_number);

    f.refused(ErrorKind::InvalidParameter, || f.session.info(cast::<SlotId>(drives[0])));
    f.refused(ErrorKind::InvalidParameter, || f.session.info(cast::<DriveId>(ports[0])));
    f.refused(ErrorKind::ObjectNotFound, || f.session.info(unknown::<PortId>()));
    f.refused(ErrorKind::InvalidParameter, || f.session.info(ChangerId::NULL));
    // A drive contains nothing.
    let container: ObjectId = drives[0].into();
    let sides = || f.session.enumerate(Some(container), ObjectType::Side, DEFAULT);
    f.refused(ErrorKind::InvalidParameter, sides);
    f.refused(ErrorKind::ObjectNotFound, || f.session.info(unknown::<SideId>()));
}

#[test]
fn objects_elements_are_described() {
    let f = open_catalog();
    let library = attached(&f);
    let slot: SlotId = list(&f, library, ObjectType::StorageSlot)[0];
    let drive: DriveId = list(&f, library, ObjectType::Drive)[0];
    let port: PortId = list(&f, library, ObjectType::InsertEjectPort)[0];
    let changer: ChangerId = list(&f, library, ObjectType::Changer)[0];
    let mut slot_record = f.session.info(slot).unwrap();
    let mut drive_record = f.session.info(drive).unwrap();
    let mut port_record = f.session.info(port).unwrap();
    let mut changer_record = f.session.info(changer).unwrap();
    slot_record.common.description = "left".into();
    (slot_record.common.name, slot_record.number) = ("no".into(), 77);
    drive_record.common.description = "new head".into();
    drive_record.defer_dismount_delay = 5;
    port_record.common.description = "door side".into();
    port_record.max_extend_secs = 9;
    changer_record.common.description = "arm".into();

    // MODIFY on the library is needed.
    let user = f.user();
    f.grant("library", library, 5);
    f.refused(ErrorKind::AccessDenied, || user.set_info(&slot_record));
    f.refused(ErrorKind::AccessDenied, || user.set_info(&drive_record));
    f.refused(ErrorKind::AccessDenied, || user.set_info(&port_record));
    f.refused(ErrorKind::AccessDenied, || user.set_info(&changer_record));
    f.grant("library", library, 2);
    user.set_info(&slot_record).unwrap();
    user.set_info(&drive_record).unwrap();
    assert_eq!(f.last_changes(), [(1, ObjectType::Drive, drive.into())]);
    user.set_info(&port_record).unwrap();
    user.set_info(&changer_record).unwrap();
    let read = f.session.info(slot).unwrap();
    assert_eq!(read.common.description, "left");
    assert_ne!((read.common.name.as_str(), read.number), ("no", 77));
    let read = f.session.info(drive).unwrap();
    assert_eq!((read.common.description.as_str(), read.defer_dismount_delay), ("new head", 5));
    let read = f.session.info(port).unwrap();
    assert_eq!((read.common.description.as_str(), read.max_extend_secs), ("door side", 9));
    assert_eq!(f.session.info(changer).unwrap().common.description, "arm");

    slot_record.common.description = "d".repeat(127);
    f.refused(ErrorKind::InvalidParameter, || f.session.set_info(&slot_record));
    drive_record.id = cast(slot);
    f.refused(ErrorKind::InvalidParameter, || f.session.set_info(&drive_record));
    drive_record.id = unknown();
    f.refused(ErrorKind::ObjectNotFound, || f.session.set_info(&drive_record));
}

#[test]
fn objects_z3_a_drive_disabled_before_its_library_stays_disabled() {
    let f = open_catalog();
    let library = attached(&f);
    let drives: Vec<DriveId> = list(&f, library, ObjectType::Drive);
    let enabled = || [0, 1].map(|n: usize| f.session.info(drives[n]).unwrap().common.enabled);
    f.session.disable(drives[0]).unwrap();
    f.refused(ErrorKind::InvalidState, || f.session.disable(ObjectId::from(drives[0])));
    assert_eq!(enabled(), [false, true]);
    f.session.disable(library).unwrap();
    assert_eq!(enabled(), [false, false]);
    f.session.enable(library).unwrap();
    assert_eq!(enabled(), [false, true]);
    f.session.enable(drives[0]).unwrap();
    assert_eq!(enabled(), [true, true]);
    f.refused(ErrorKind::ObjectNotFound, || f.session.disable(cast::<DriveId>(library)));
    f.refused(ErrorKind::ObjectNotFound, || f.session.disable(unknown::<DriveId>()));
}
