//! Devices that panic: the work of others goes on, and theirs is done again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/fuse.rs"]
mod fuse;
#[path = "support/robot.rs"]
mod robot;

use std::sync::Arc;

use fuse::Fuse;
use robot::Robot;
use rsm::model::{LibraryOperation, LibraryRequestState, MountRequest};

use LibraryOperation::WriteFreeLabel;
use LibraryRequestState::Passed;

/// A library whose devices panic when the fuse is lit.
fn fused(drives: u32, codes: &[&str]) -> (Robot, Arc<Fuse>) {
    let fuse = Fuse::new();
    (Robot::on_clock(fuse.clone(), drives, codes), fuse)
}

#[test]
fn a_device_that_panics_is_asked_again_for_a_mount() {
    let (robot, fuse) = fused(2, &["A1", "A2"]);
    let media = robot.allocate_all();
    fuse.light();
    drop(robot.session.mount(media[0]).unwrap());
    robot.settle();
    robot.check();
    fuse.light();
    let mounts = robot.session.mount_all(MountRequest::all([media[0], media[1]])).unwrap();
    assert_eq!(mounts.len(), 2);
    drop(mounts);
    robot.check();
}

#[test]
fn a_device_that_panics_is_asked_again_for_a_label() {
    let (robot, fuse) = fused(1, &["A1", "A2"]);
    fuse.light();
    for medium in robot.media() {
        robot.session.move_to_pool(medium.id, robot.system("Free")).unwrap();
    }
    robot.settle();
    assert_eq!(robot.states(WriteFreeLabel), [Passed, Passed]);
    robot.assert_all_in_slots(2);
    robot.check();
}

#[test]
fn a_device_that_panics_ends_no_inventory() {
    let (robot, fuse) = fused(1, &["A1"]);
    let cartridge = robot.device.hands().make(robot::tape("B1")).unwrap();
    robot.device.hands().insert(cartridge, robot.place(5)).unwrap();
    robot.session.inventory_library(robot.library, rsm::model::InventoryMethod::Fast).unwrap();
    fuse.light();
    robot.settle();
    robot.look(rsm::model::InventoryMethod::FullLabelRead);
    assert_eq!(robot.media().len(), 2);
    robot.assert_all_in_slots(2);
    robot.check();
}
