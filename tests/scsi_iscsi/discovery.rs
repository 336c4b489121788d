//! Finding devices behind a target.

use rsm::device::DeviceClass;
use rsm::device::scsi::TransportErrorKind;
use rsm::device::scsi::discover::{Discovery, target};

use super::{options, url};
use crate::iscsi_proxy::Proxy;
use crate::tgt::{Layout, TARGET, Tgt, wanted};

fn check(found: &Discovery) {
    let said: Vec<_> = found
        .devices
        .iter()
        .map(|device| (device.identity.class, device.identity.serial.as_str()))
        .collect();
    assert_eq!(
        said,
        [
            (DeviceClass::Changer, "LIBRARY001"),
            (DeviceClass::Tape, "DRIVE00000"),
            (DeviceClass::Tape, "DRIVE00001"),
            (DeviceClass::Tape, "DRIVE00002"),
        ]
    );
    assert!(found.failures.is_empty(), "{:?}", found.failures);
    let names: Vec<_> = found.devices.iter().map(|one| one.unit.transport().name()).collect();
    assert!(names[0].ends_with("/1") && names[3].ends_with("/4"), "{names:?}");
    assert_eq!(found.devices[0].identity.device_name, names[0]);
}

#[test]
fn changers_and_drives_of_a_target_are_found_and_belong_together() {
    if !wanted() {
        return;
    }
    let library = Tgt::start(&Layout { drives: 3, ..Layout::default() });
    let found = target(&url(&library.target_url()), &options()).unwrap();
    check(&found);
    let (libraries, alone) = found.libraries();
    let [library] = libraries.as_slice() else { panic!("{libraries:?}") };
    let serials: Vec<_> = library.drives.iter().map(|drive| &drive.identity.serial).collect();
    assert_eq!(serials, ["DRIVE00000", "DRIVE00001", "DRIVE00002"]);
    assert!(alone.is_empty());
}

#[test]
fn units_that_a_target_does_not_list_are_looked_for() {
    if !wanted() {
        return;
    }
    const REPORT_LUNS: u8 = 0xA0;

    let library = Tgt::start(&Layout { drives: 3, ..Layout::default() });
    let proxy = Proxy::to(library.port());
    proxy.forbid(REPORT_LUNS);
    let way = url(&format!("iscsi://127.0.0.1:{}/{TARGET}", proxy.port()));
    check(&target(&way, &options()).unwrap());
    assert_ne!(proxy.count(REPORT_LUNS), 0);
}

#[test]
fn nothing_is_found_behind_a_target_that_is_not_there() {
    if !wanted() {
        return;
    }
    let library = Tgt::start(&Layout::default());
    let another = format!("iscsi://127.0.0.1:{}/iqn.2026-11.test.rsm:another", library.port());
    let error = target(&url(&another), &options()).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Gone);
}
