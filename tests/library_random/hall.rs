//! What a library has besides slots and drives, and cartridges that are no media.

use std::time::Duration;

use rsm::clock::Clock;
use rsm::device::simulated::{
    Cartridge, CartridgeId, DoorLayout, PortLayout, SimulatedLibrary, SimulatedLibraryBuilder,
};
use rsm::model::{InjectAction, InventoryMethod};

use super::people::Errand;
use super::robot::TAPE;
use super::world::{CARTRIDGES, SLOTS, World};

const MOTOR: PortLayout = PortLayout { cells: 3, motorised: true, reports_content: true };
const BY_HAND: PortLayout = PortLayout { cells: 1, motorised: false, reports_content: true };
const BLIND: PortLayout = PortLayout { cells: 1, motorised: true, reports_content: false };

const SECOND: Duration = Duration::from_secs(1);

/// How often the cleaning cartridge can be used.
const USES: u32 = 6;

/// Doors, ports and magazines of a library, and whether its drives get dirty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hall {
    Bare,
    /// A door and magazines.
    Front,
    /// Ports, and drives that get dirty.
    Desk,
    /// Doors of all kinds, a port that does not tell what is in it, and a magazine.
    Shop,
}

impl Hall {
    pub fn of(number: usize) -> Self {
        [Self::Bare, Self::Front, Self::Desk, Self::Shop][number % 4]
    }

    fn ports(self) -> &'static [PortLayout] {
        match self {
            Self::Bare | Self::Front => &[],
            Self::Desk => &[MOTOR, BY_HAND],
            Self::Shop => &[BLIND],
        }
    }

    /// How many cartridges fit into all ports.
    pub fn cells(self) -> u32 {
        self.ports().iter().map(|port| port.cells).sum()
    }

    pub fn doors(self) -> usize {
        match self {
            Self::Bare | Self::Desk => 0,
            Self::Front => 1,
            Self::Shop => 2,
        }
    }

    pub fn magazines(self) -> usize {
        match self {
            Self::Bare | Self::Desk => 0,
            Self::Front => 2,
            Self::Shop => 1,
        }
    }

    pub fn has_cleaner(self) -> bool {
        matches!(self, Self::Desk | Self::Shop)
    }

    /// How many cartridges there are, the cleaner among them.
    pub fn cartridges(self) -> usize {
        CARTRIDGES + usize::from(self.has_cleaner())
    }

    pub fn furnish(self, builder: SimulatedLibraryBuilder) -> SimulatedLibraryBuilder {
        let builder = self.ports().iter().fold(builder, |builder, port| builder.port(*port));
        match self {
            Self::Bare => builder,
            Self::Front => builder.door(DoorLayout::default()).magazine(0..5).magazine(5..10),
            Self::Desk => builder.dirty_after(12),
            Self::Shop => builder
                .door(DoorLayout { slots: 0..8, lockable: false, sensor: true })
                .door(DoorLayout { slots: 8..SLOTS, lockable: true, sensor: false })
                .magazine(10..15)
                .dirty_after(9),
        }
    }

    /// What is outside at first.
    pub fn bring(self, device: &SimulatedLibrary) {
        if self.has_cleaner() {
            let cleaner = Cartridge::with_bar_code("CLN01").media_type(TAPE.value());
            let id = device.hands().make(cleaner.cleaner(USES)).unwrap();
            assert_eq!(id, CLEANER);
        }
    }
}

pub const CLEANER: CartridgeId = CartridgeId(CARTRIDGES as u32);

impl World {
    /// Doors, ports and magazines are closed, and nothing is in the ports any more.
    pub fn close_everything(&self) {
        let hands = self.robot.device.hands();
        (0..self.hall.doors()).for_each(|door| drop(hands.close_door(0, door)));
        (0..self.hall.magazines()).for_each(|number| drop(hands.push_magazine(0, number)));
        (0..self.hall.ports().len()).for_each(|port| drop(hands.push_port(0, port)));
    }

    /// What is in ports is taken in.
    pub fn empty_ports(&mut self) {
        if self.hall.cells() == 0 {
            return;
        }
        // What has been put out is taken.
        self.visit(Errand::TakeOut);
        self.see_everybody_off();
        self.robot.settle();
        // People have emptied slots, or brought them back.
        self.robot.look(InventoryMethod::Fast);
        let request = self.robot.session.inject_media(self.robot.library, InjectAction::Start);
        let Some(request) = self.outcome("inject what is in the ports", request) else { return };
        self.robot.clock.pause(Duration::from_secs(30));
        let stop = InjectAction::Stop(request);
        let stopped = self.robot.session.inject_media(self.robot.library, stop);
        let _ = self.outcome("no more", stopped);
        let ends = || self.robot.session.info(request).unwrap().state.is_final();
        (0..1000).take_while(|_| !ends()).for_each(|_| self.robot.clock.pause(SECOND));
        let ended = self.robot.session.info(request).unwrap();
        self.note(format!("the injection ended: {:?} {}", ended.state, ended.reason));
        let is_over = ended.state.is_final();
        assert!(is_over, "people are waited for although they have done");
        self.robot.settle();
    }
}
