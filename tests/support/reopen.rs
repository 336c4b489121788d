//! Everything is closed, and opened again.
#![allow(clippy::unwrap_used, missing_docs, dead_code)]

use std::sync::Arc;
use std::thread;

use rsm::device::LibraryDevice;
use rsm::{ErrorKind, Manager};

use crate::robot::{self, Robot};

/// Closes everything, opens the catalog, and attaches the library after `prepare`.
pub fn reopened(robot: Robot, prepare: impl FnOnce(&Manager)) -> Robot {
    let Robot { session, library, manager, device, clock, code, dir } = robot;
    drop(session);
    // It may not be attached.
    let _detached = manager.detach(library);
    drop(manager);
    let manager = loop {
        match robot::options(&clock).open(dir.path()) {
            // Threads of the former one are about to end.
            Err(error) if error.kind() == ErrorKind::NotReady => thread::yield_now(),
            opened => break opened.unwrap(),
        }
    };
    prepare(&manager);
    let session = manager.session("test").unwrap();
    let library = manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
    let robot = Robot { session, library, manager, device, clock, code, dir };
    robot.settle();
    robot
}
