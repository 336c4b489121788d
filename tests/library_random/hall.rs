//! What a library has besides slots and drives, and cartridges that are no media.

use std::time::Duration;

use rsm::clock::Clock;
use rsm::device::simulated::{
    Cartridge, CartridgeId, DoorLayout, Place, PortLayout, SimulatedLibrary,
    SimulatedLibraryBuilder,
};
use rsm::model::{InjectAction, InventoryMethod, LibraryOperation, LibraryRequestState};

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
        self.have_ports_left();
        // People have emptied slots, or brought them back.
        self.robot.look(InventoryMethod::Fast);
        let request = self.robot.session.inject_media(self.robot.library, InjectAction::Start);
        let Some(request) = self.outcome("inject what is in the ports", request) else { return };
        // Others may be expected at a door.
        self.wait_while("nothing is taken in", |world| {
            let state = world.robot.session.info(request).unwrap().state;
            matches!(state, LibraryRequestState::Queued | LibraryRequestState::Waiting)
        });
        self.robot.clock.pause(Duration::from_secs(30));
        let stop = InjectAction::Stop(request);
        let stopped = self.robot.session.inject_media(self.robot.library, stop);
        let _ = self.outcome("no more", stopped);
        self.wait_while("people are waited for although they have done", |world| {
            !world.robot.session.info(request).unwrap().state.is_final()
        });
        let ended = self.robot.session.info(request).unwrap();
        self.note(format!("the injection ended: {:?} {}", ended.state, ended.reason));
        self.robot.settle();
        let look = |cell: &Place| self.robot.device.hands().look(*cell).unwrap();
        let left: Vec<CartridgeId> = self.cells.iter().filter_map(look).collect();
        assert!(left.is_empty(), "{left:?} are left in the ports");
    }

    /// Whatever is put out is taken, and people say so, until nobody uses the ports.
    fn have_ports_left(&mut self) {
        for tries in 0.. {
            self.visit(Errand::TakeOut);
            self.see_everybody_off();
            self.robot.settle();
            if !self.are_ports_in_use() {
                break;
            }
            assert!(tries < 20, "people are waited for at the ports for ever");
            self.satisfy_everybody();
        }
    }

    fn are_ports_in_use(&self) -> bool {
        use LibraryOperation as Op;
        [Op::Inject, Op::Eject, Op::InjectCleaner, Op::EjectCleaner]
            .into_iter()
            .flat_map(|operation| self.robot.requests(operation))
            .any(|request| !request.state.is_final())
    }

    fn wait_while(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        for _ in (0..1000).take_while(|_| is_so(self)) {
            self.robot.clock.pause(SECOND);
        }
        assert!(!is_so(self), "{what}");
    }
}
