//! Cartridges with labels of other systems, and records of media that are on no shelf.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(missing_docs, dead_code)]

use rsm::device::LibraryDevice;
use rsm::label::FreeLabel;
use rsm::model::{
    ComputerId, CreateMediaOptions, Id, Label, MediumDescription, PhysicalMediaId, SideDescription,
    SideState, Timestamp,
};
use uuid::Uuid;

use crate::robot::{Robot, tape};

/// An offline medium with a bar code, whose label says `id`.
pub fn register(robot: &Robot, bar_code: &str, id: u8) -> PhysicalMediaId {
    let medium = MediumDescription::new(robot.pool()).bar_code(bar_code);
    let side = SideDescription::new(SideState::Available, Label::new("test", [id]));
    let options = CreateMediaOptions::empty();
    robot.session.create_offline_media(medium, vec![side], options).unwrap().physical_media
}

/// Puts a free label of another system on the cartridge in a slot.
pub fn label_by_hand(robot: &Robot, slot: u32, id: u128) {
    let changer = robot.device.changers().remove(0);
    let drive = robot.device.drives().remove(0);
    let drives = changer.geometry().unwrap().drives;
    let address = robot.place(slot).address;
    changer.move_medium(address, drives.first, false).unwrap();
    drive.load().unwrap();
    let label = FreeLabel {
        media_name: "elsewhere",
        time: Timestamp::default(),
        cartridge: "1",
        side: 1,
        media_id: Uuid::from_u128(id),
        computer_id: ComputerId::from_uuid(Uuid::from_u128(9)),
    };
    label.write(drive.open().unwrap().as_mut()).unwrap();
    drive.unload().unwrap();
    changer.move_medium(drives.first, address, false).unwrap();
}

/// A new cartridge in a slot.
pub fn put(robot: &Robot, slot: u32, bar_code: &str) {
    let hands = robot.device.hands();
    hands.insert(hands.make(tape(bar_code)).unwrap(), robot.place(slot)).unwrap();
}
