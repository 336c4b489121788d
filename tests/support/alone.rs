//! A catalog with one stand-alone library, and short ways to what tests do with it. Needs `robot`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, dead_code)]

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use rsm::clock::VirtualClock;
use rsm::device::LibraryDevice;
use rsm::device::simulated::{
    Cartridge, CartridgeId, Place, SimulatedLibrary, SimulatedLibraryBuilder,
};
use rsm::model::{
    Drive, DriveState, LibraryId, LogicalMediaId, OperatorRequest, OperatorRequestId,
    PhysicalMedia, PhysicalMediaId,
};

use crate::robot::{Robot, TAPE};

/// How often a watched drive is looked at.
pub const POLL: Duration = Duration::from_secs(2);

/// A robot without a robot.
pub struct Alone {
    pub robot: Robot,
}

impl std::ops::Deref for Alone {
    type Target = Robot;

    fn deref(&self) -> &Robot {
        &self.robot
    }
}

pub fn builder() -> SimulatedLibraryBuilder {
    SimulatedLibrary::builder().stand_alone().media_type(TAPE.value()).name("Desk")
}

pub fn tape() -> Cartridge {
    Cartridge::new().media_type(TAPE.value())
}

/// Waits until others have brought it about.
#[track_caller]
pub fn until(what: &str, so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(120), "never: {what}");
        thread::yield_now();
    }
}

impl Alone {
    pub fn new(builder: SimulatedLibraryBuilder) -> Self {
        Self { robot: Robot::of(builder, TAPE) }
    }

    /// The drive is empty.
    pub fn empty() -> Self {
        Self::new(builder())
    }

    /// A blank tape is inside.
    pub fn with_tape() -> Self {
        Self::new(builder().cartridge(tape()))
    }

    /// A tape is inside that somebody has allocated.
    pub fn with_held_tape() -> (Self, LogicalMediaId) {
        let alone = Self::with_tape();
        let medium = alone.prepare(alone.inside().id);
        let held = alone.allocate(medium).logical_media;
        (alone, held)
    }

    pub fn restart(self) -> Self {
        Self { robot: self.robot.restart() }
    }

    pub fn mouth(&self) -> Place {
        mouth(&self.device)
    }

    /// Somebody takes the tape out as he should.
    pub fn take(&self) -> CartridgeId {
        take(&self.device)
    }

    pub fn put(&self, cartridge: CartridgeId) {
        self.device.hands().insert(cartridge, self.mouth()).unwrap();
    }

    /// Somebody unpacks a tape and puts it in.
    pub fn put_new(&self, cartridge: Cartridge) -> CartridgeId {
        let new = self.device.hands().make(cartridge).unwrap();
        self.put(new);
        new
    }

    /// One look.
    pub fn poll(&self) {
        self.session.poll_changes(self.library).unwrap();
    }

    /// The drive of the library.
    pub fn the_drive(&self) -> Drive {
        self.drives().remove(0)
    }

    pub fn drive_state(&self) -> DriveState {
        self.the_drive().state
    }

    /// The one medium of the library.
    pub fn inside(&self) -> PhysicalMedia {
        let media = self.media();
        assert_eq!(media.len(), 1, "{media:#?}");
        media.into_iter().next().unwrap()
    }

    pub fn holds(&self, medium: PhysicalMediaId) -> bool {
        self.session.info(medium).is_ok_and(|medium| medium.current_library == self.library)
    }

    /// How many media are in the library, while others may change that.
    pub fn count(&self) -> u32 {
        self.session.info(self.library).unwrap().number_of_media
    }

    pub fn open_requests(&self) -> Vec<OperatorRequest> {
        let all = self.session.list::<OperatorRequestId>(None).unwrap();
        let all = all.into_iter().map(|id| self.session.info(id).unwrap());
        all.filter(|request| !request.state.is_final()).collect()
    }

    /// Another library in the same catalog.
    pub fn attach(&self, builder: SimulatedLibraryBuilder) -> (LibraryId, Arc<SimulatedLibrary>) {
        let device = Arc::new(builder.clock(self.clock.clone()).build().unwrap());
        let library = self.manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
        self.settle();
        (library, device)
    }
}

pub fn mouth(device: &SimulatedLibrary) -> Place {
    device.drive_places().into_iter().next().unwrap()
}

pub fn take(device: &SimulatedLibrary) -> CartridgeId {
    device.hands().press_eject(mouth(device)).unwrap();
    device.hands().remove(mouth(device)).unwrap()
}

/// Moves time until something has come about: drives that are watched are looked at.
#[track_caller]
pub fn in_time(clock: &VirtualClock, what: &str, so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(120), "never: {what}");
        clock.advance(POLL);
        thread::yield_now();
    }
}
