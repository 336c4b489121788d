//! Changer types and drive types: one object for each vendor and product that has been attached.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/hostile.rs"]
mod hostile;
mod support;

use std::sync::Arc;
use std::time::Duration;

use hostile::{Hostile, lies};
use rsm::ErrorKind;
use rsm::device::simulated::{ChangerLayout, SimulatedLibrary, SimulatedLibraryBuilder};
use rsm::device::{DeviceClass, DeviceIdentity, ElementStatus};
use rsm::model::{
    ChangerId, ChangerTypeId, DeviceType, DriveId, DriveTypeId, EnumerateOptions, ObjectType,
    ScsiAddress,
};
use support::{Fixture, T1, T2, cast, open_catalog, unknown};

fn robot(code: rsm::model::MediaTypeCode) -> SimulatedLibraryBuilder {
    let layout = ChangerLayout { transports: 1, drives: 2, ports: 0, slots: 4 };
    SimulatedLibrary::builder().changer(layout).media_type(code.value())
}

fn drive_types(f: &Fixture) -> Vec<DriveTypeId> {
    f.session.list(None).unwrap()
}

#[test]
fn objects_types_there_is_one_for_each_vendor_and_product() {
    let f = open_catalog();
    assert!(drive_types(&f).is_empty());
    let first = f.manager.attach(Arc::new(robot(T1).name("one").seed(1).build().unwrap())).unwrap();
    f.manager.attach(Arc::new(robot(T1).name("two").seed(2).build().unwrap())).unwrap();
    let disks = robot(T2).name("three").seed(3).drive_class(DeviceClass::Disk);
    f.manager.attach(Arc::new(disks.build().unwrap())).unwrap();

    let changers: Vec<ChangerTypeId> = f.session.list(None).unwrap();
    let drives = drive_types(&f);
    assert_eq!((changers.len(), drives.len()), (1, 2));
    let changer = f.session.info(changers[0]).unwrap();
    assert_eq!(changer.id, changers[0]);
    assert_eq!((changer.vendor.as_str(), changer.product.as_str()), ("Simulated", "Changer"));
    assert_eq!(changer.device_type, DeviceType::Changer);
    assert_eq!(changer.common.name, "Simulated Changer");
    let [tape, disk] = [drives[0], drives[1]].map(|id| f.session.info(id).unwrap());
    assert_eq!((tape.vendor.as_str(), tape.product.as_str()), ("Simulated", "Drive"));
    assert_eq!((tape.device_type, tape.number_of_heads), (DeviceType::Tape, 0));
    assert_eq!((disk.product.as_str(), disk.device_type), ("Disk drive", DeviceType::Disk));
    assert!(tape.common.enabled && tape.common.created == tape.common.modified);

    for drive in f.session.list::<DriveId>(Some(first.into())).unwrap() {
        assert_eq!(f.session.info(drive).unwrap().drive_type, drives[0]);
    }
    for changer in f.session.list::<ChangerId>(None).unwrap() {
        assert_eq!(f.session.info(changer).unwrap().changer_type, changers[0]);
    }
    assert_eq!(f.session.find(drives[0]).unwrap(), ObjectType::DriveType);
    assert_eq!(f.session.find(changers[0]).unwrap(), ObjectType::ChangerType);
    f.refused(ErrorKind::InvalidParameter, || f.session.info(cast::<DriveTypeId>(changers[0])));
    f.refused(ErrorKind::InvalidParameter, || f.session.info(cast::<ChangerTypeId>(first)));
    f.refused(ErrorKind::ObjectNotFound, || f.session.info(unknown::<DriveTypeId>()));
    // Types are in no container.
    let kind = ObjectType::DriveType;
    let inside = || f.session.enumerate(Some(first.into()), kind, EnumerateOptions::DEFAULT);
    f.refused(ErrorKind::InvalidParameter, inside);
}

#[test]
fn objects_types_are_described_and_stay() {
    let f = open_catalog();
    let device = Arc::new(robot(T1).build().unwrap());
    let library = f.manager.attach(device.clone()).unwrap();
    let drive_type = drive_types(&f)[0];
    let changer_type: ChangerTypeId = f.session.list(None).unwrap()[0];
    f.clock.advance(Duration::from_secs(60));
    let mut record = f.session.info(drive_type).unwrap();
    (record.common.description, record.vendor) = ("third generation".into(), "no".into());
    let mut changer = f.session.info(changer_type).unwrap();
    changer.common.description = "arm".into();

    let user = f.user();
    let computer = f.id::<rsm::model::ComputerId>("SELECT id FROM computer", []);
    f.grant("computer", computer, 1);
    f.refused(ErrorKind::AccessDenied, || user.set_info(&record));
    f.refused(ErrorKind::AccessDenied, || user.set_info(&changer));
    f.grant("computer", computer, 2);
    user.set_info(&record).unwrap();
    assert_eq!(f.last_changes(), [(1, ObjectType::DriveType, drive_type.into())]);
    user.set_info(&changer).unwrap();
    f.refused(ErrorKind::AccessDenied, || user.info(drive_type));
    let after = f.session.info(drive_type).unwrap();
    assert_eq!(
        (after.common.description.as_str(), &*after.vendor),
        ("third generation", "Simulated")
    );
    assert!(after.common.modified > after.common.created);
    assert_eq!(f.session.info(changer_type).unwrap().common.description, "arm");
    record.common.description = "d".repeat(127);
    f.refused(ErrorKind::InvalidParameter, || f.session.set_info(&record));
    record.id = unknown();
    record.common.description.clear();
    f.refused(ErrorKind::ObjectNotFound, || f.session.set_info(&record));

    f.manager.detach(library).unwrap();
    f.session.delete_library(library).unwrap();
    f.manager.attach(device).unwrap();
    assert_eq!(drive_types(&f), [drive_type]);
    assert_eq!(f.session.info(drive_type).unwrap().common.description, "third generation");
}

/// Drive elements whose devices do not answer, as the changer tells of them.
fn told(status: Vec<ElementStatus>) -> Vec<ElementStatus> {
    let vendors = ["Acme\u{7}", ""];
    let mut drives = 0;
    let told = status.into_iter().map(|mut status| {
        if let Some(device) = &mut status.device {
            let vendor = vendors[drives % 2].to_owned();
            let device_name = String::new();
            *device = DeviceIdentity { vendor, device_name, ..device.clone() };
            device.class = DeviceClass::Tape;
            if drives % 2 == 1 {
                *device = DeviceIdentity::default();
            }
            drives += 1;
        }
        status
    });
    told.collect()
}

#[test]
fn objects_types_of_drives_that_do_not_answer_are_as_the_changer_tells() {
    let f = open_catalog();
    let disks = robot(T2).drive_class(DeviceClass::Disk).build().unwrap();
    let hostile = Hostile::new(disks);
    lies(&hostile.manners.status, |status| Ok(told(status)));
    *hostile.manners.drives_gone.lock() = true;
    let library = f.manager.attach(hostile.clone()).unwrap();
    let records = drive_types(&f).into_iter().map(|id| f.session.info(id).unwrap());
    let found: Vec<_> =
        records.map(|r| (r.vendor, r.product, r.device_type, r.common.name)).collect();
    let text = str::to_owned;
    assert_eq!(
        found,
        [
            (text("Acme"), text("Disk drive"), DeviceType::Tape, text("Acme Disk drive")),
            (text(""), text(""), DeviceType::Tape, text("Drive")),
        ]
    );

    // The device itself knows better.
    lies(&hostile.manners.status, |mut status: Vec<ElementStatus>| {
        let identities = status.iter_mut().filter_map(|status| status.device.as_mut());
        identities.for_each(|device| device.class = DeviceClass::Tape);
        Ok(status)
    });
    f.manager.detach(library).unwrap();
    f.manager.attach(hostile.clone()).unwrap();
    let third = drive_types(&f)[2];
    assert_eq!(f.session.info(third).unwrap().device_type, DeviceType::Tape);
    *hostile.manners.drives_gone.lock() = false;
    f.manager.detach(library).unwrap();
    f.manager.attach(hostile).unwrap();
    assert_eq!(f.session.info(third).unwrap().device_type, DeviceType::Disk);
    assert_eq!(drive_types(&f).len(), 3);
}

#[test]
fn objects_devices_tell_their_addresses() {
    let f = open_catalog();
    let device = robot(T1).changer(ChangerLayout { transports: 1, drives: 1, ports: 0, slots: 2 });
    f.manager.attach(Arc::new(device.build().unwrap())).unwrap();
    let changers: Vec<ChangerId> = f.session.list(None).unwrap();
    let found = changers.into_iter().map(|id| f.session.info(id).unwrap());
    let found: Vec<ScsiAddress> = found.map(|changer| changer.scsi).collect();
    let first = ScsiAddress::default();
    assert_eq!(found, [first, ScsiAddress { bus: 1, ..first }]);
    for drive in f.session.list::<DriveId>(None).unwrap() {
        let drive = f.session.info(drive).unwrap();
        assert_ne!(drive.scsi.target, 0, "{drive:?}");
        assert!(!drive.revision.is_empty() && !drive.device_name.is_empty());
    }
}
