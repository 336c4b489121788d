//! Finding devices of this computer.

use rsm::device::DeviceClass;
use rsm::device::scsi::discover::host;

use super::{nodes, wanted};

#[test]
fn changers_and_drives_of_this_computer_are_found_and_belong_together() {
    if !wanted() {
        return;
    }
    let found = host();
    assert!(found.failures.is_empty(), "{:?}", found.failures);
    let serial = |node: &std::path::Path| {
        let name = node.to_str().unwrap();
        let device = found.devices.iter().find(|one| one.identity.device_name == name).unwrap();
        assert_eq!(device.unit.transport().address(), device.identity.address);
        device.identity.serial.clone()
    };
    assert_eq!(
        nodes("8", "STK").iter().map(|node| serial(node)).collect::<Vec<_>>(),
        ["LIBRARY001"]
    );
    let (libraries, alone) = found.libraries();
    let [library] = libraries.as_slice() else { panic!("{libraries:?}") };
    // tgt cuts off what it says of its last drive, which could as well be the kernel's.
    let serials: Vec<_> = library.drives.iter().map(|drive| &drive.identity.serial).collect();
    assert_eq!(serials, ["DRIVE00000"]);
    assert!(alone.iter().all(|one| one.identity.class == DeviceClass::Tape));
    assert_eq!(alone.len(), 1 + nodes("1", "Linux").len());
}
