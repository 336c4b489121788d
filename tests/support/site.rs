//! A library that this process owns, and other processes without it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(missing_docs, dead_code)]

use std::sync::Arc;

use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::model::{
    Drive, DriveId, DriveState, LibraryId, LogicalMediaId, MediaTypeCode, PhysicalMedia,
    PhysicalMediaId, Timeout,
};
use rsm::{Manager, OpenOptions, Session};
use tempfile::TempDir;

use crate::child::Child;
use crate::owned;

const TAPE: MediaTypeCode = MediaTypeCode::LtoUltrium;

/// A catalog, and a library that this process owns, with one drive and two media in a pool.
pub struct Site {
    pub dir: TempDir,
    pub manager: Manager,
    pub session: Session,
    pub library: LibraryId,
    pub drive: DriveId,
    pub media: Vec<LogicalMediaId>,
}

impl Site {
    pub fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let manager = OpenOptions::new().create(true).open(dir.path()).unwrap();
        let session = manager.session("owner").unwrap();
        let layout = ChangerLayout { transports: 1, drives: 1, ports: 0, slots: 4 };
        let tape = |code| Cartridge::with_bar_code(code).media_type(TAPE.value());
        let device = SimulatedLibrary::builder()
            .changer(layout)
            .media_type(TAPE.value())
            .cartridges(["A1", "A2"].map(tape));
        let library = manager.attach(Arc::new(device.build().unwrap())).unwrap();
        manager.wait_until_idle(Timeout::Forever).unwrap();
        let media = owned::allocate_all(&manager, &session, TAPE);
        let drive = session.list::<DriveId>(None).unwrap()[0];
        Self { dir, manager, session, library, drive, media }
    }

    pub fn tapes(&self) -> Vec<PhysicalMedia> {
        let all = self.session.list::<PhysicalMediaId>(None).unwrap();
        all.into_iter().map(|id| self.session.info(id).unwrap()).collect()
    }

    pub fn drive(&self) -> Drive {
        self.session.info(self.drive).unwrap()
    }

    pub fn drive_state(&self) -> DriveState {
        self.drive().state
    }

    /// Another process, without the library.
    pub fn guest(&self) -> Child {
        let media = self.media[0].to_string();
        let mut guest = Child::start(&["guest", self.dir.path().to_str().unwrap(), &media]);
        assert_eq!(guest.next().as_deref(), Some("ready"));
        guest
    }

    /// At rest everything holds.
    pub fn check(&self) {
        self.manager.wait_until_idle(Timeout::Forever).unwrap();
        assert_eq!(self.manager.check().unwrap(), []);
    }
}

/// What it says to that.
pub fn ask(guest: &mut Child, what: &str) -> String {
    guest.say(what);
    guest.next().expect("an answer")
}
