//! The simulated library, through the device traits.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::print_stdout)]

#[path = "simulated/cleaning.rs"]
mod cleaning;
#[path = "simulated/directory.rs"]
mod directory;
#[path = "simulated/doors.rs"]
mod doors;
#[path = "simulated/faults.rs"]
mod faults;
#[path = "simulated/media.rs"]
mod media;
#[path = "simulated/moves.rs"]
mod moves;
#[path = "simulated/power.rs"]
mod power;
#[path = "simulated/stand_alone.rs"]
mod stand_alone;
#[path = "simulated/status.rs"]
mod status;
#[path = "simulated/times.rs"]
mod times;
#[path = "simulated/trouble.rs"]
mod trouble;

use std::sync::Arc;

use rsm::device::simulated::{Cartridge, ChangerLayout, Place, SimulatedLibrary};
use rsm::device::{
    Changer, DeviceErrorKind, DeviceResult, Drive, ElementAddress, ElementKind, ElementStatus,
    Geometry, LibraryDevice, MediumIo, Refusal,
};

/// Slots 0 and 1 of the first changer hold `A00000` and `A00001`.
fn small() -> SimulatedLibrary {
    let layout = ChangerLayout { transports: 1, drives: 2, ports: 2, slots: 4 };
    SimulatedLibrary::builder().changer(layout).cartridges(numbered(2)).build().unwrap()
}

fn numbered(count: u32) -> impl Iterator<Item = Cartridge> {
    (0..count).map(|n| Cartridge::with_bar_code(format!("A{n:05}")))
}

fn changer(library: &SimulatedLibrary, number: usize) -> (Arc<dyn Changer>, Geometry) {
    let changer = Arc::clone(&library.changers()[number]);
    let geometry = changer.geometry().unwrap();
    (changer, geometry)
}

fn slot(geometry: &Geometry, index: u32) -> ElementAddress {
    geometry.slots.address(index).unwrap()
}

fn here(address: ElementAddress) -> Place {
    Place { changer: 0, address }
}

fn status_of(changer: &dyn Changer, kind: ElementKind, address: ElementAddress) -> ElementStatus {
    changer.element_status(kind, address, 1).unwrap().remove(0)
}

/// The drive in a drive element, bound by serial number.
fn drive_at(library: &SimulatedLibrary, number: usize, index: u32) -> Arc<dyn Drive> {
    let (changer, geometry) = changer(library, number);
    let address = geometry.drives.address(index).unwrap();
    let serial = status_of(&*changer, ElementKind::Drive, address).device.unwrap().serial;
    library.drives().into_iter().find(|d| d.identity().serial == serial).unwrap()
}

/// Loads the cartridge of a slot in the first drive.
fn load(library: &SimulatedLibrary, slot_index: u32, flip: bool) -> Arc<dyn Drive> {
    let (changer, geometry) = changer(library, 0);
    changer.move_medium(slot(&geometry, slot_index), geometry.drives.first, flip).unwrap();
    let drive = drive_at(library, 0, 0);
    drive.load().unwrap();
    drive
}

fn open_first(library: &SimulatedLibrary) -> Box<dyn MediumIo> {
    load(library, 0, false).open().unwrap()
}

fn kind<T>(result: DeviceResult<T>) -> DeviceErrorKind {
    match result {
        Ok(_) => panic!("it should have failed"),
        Err(error) => error.kind(),
    }
}

fn refusal<T>(result: DeviceResult<T>) -> Refusal {
    match kind(result) {
        DeviceErrorKind::Refused(why) => why,
        other => panic!("not refused, but {other:?}"),
    }
}
