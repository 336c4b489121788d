//! People at the library, each in time of his own: they come, open, exchange cartridges and go.

use std::sync::Arc;
use std::time::Duration;

use rsm::clock::{Clock, Thread, spawn};
use rsm::device::simulated::{CartridgeId, Place, SimulatedLibrary};

use super::hall::{CLEANER, Hall};
use super::ledger::Dice;
use super::world::World;

/// What somebody comes for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    Door,
    PutIn,
    TakeOut,
    Cleaner,
    Magazine,
}

/// Somebody at the library.
struct Visitor {
    device: Arc<SimulatedLibrary>,
    clock: Arc<dyn Clock>,
    dice: Dice,
    hall: Hall,
    slots: Vec<Place>,
    cells: Vec<Place>,
}

/// How often somebody tries to open what is locked.
const TRIES: usize = 40;

impl World {
    /// Somebody comes.
    pub fn visit(&mut self, errand: Errand) {
        let clock: Arc<dyn Clock> = self.robot.clock.clone();
        let mut visitor = Visitor {
            device: Arc::clone(&self.robot.device),
            clock: Arc::clone(&clock),
            dice: Dice(self.dice.below(1 << 40) as u64),
            hall: self.hall,
            slots: self.slots.clone(),
            cells: self.cells.clone(),
        };
        self.note(format!("somebody comes for {errand:?}"));
        let visit = spawn(&clock, "person", move || visitor.carry_out(errand));
        self.visits.push(visit.expect("a thread"));
    }

    /// Everybody goes.
    pub fn see_everybody_off(&mut self) {
        for visit in std::mem::take(&mut self.visits) {
            let done: Vec<String> = Thread::join(visit).expect("people do not panic");
            done.into_iter().for_each(|line| self.note(line));
        }
    }
}

impl Visitor {
    fn carry_out(&mut self, errand: Errand) -> Vec<String> {
        self.idle(40);
        match errand {
            Errand::Door => self.at_door(),
            Errand::Magazine => self.at_magazine(),
            Errand::PutIn | Errand::TakeOut | Errand::Cleaner => self.at_ports(errand),
        }
    }

    fn idle(&mut self, most: usize) {
        let time = Duration::from_secs(1 + self.dice.below(most) as u64);
        self.clock.pause(time);
    }

    fn at_door(&mut self) -> Vec<String> {
        let mut done = Vec::new();
        let door = self.dice.below(self.hall.doors());
        for _ in 0..TRIES {
            if self.device.hands().open_door(0, door).is_ok() {
                let count = self.dice.below(4);
                (0..count).for_each(|_| done.push(self.exchange()));
                // One who takes his time is asked to close it.
                let most = if self.dice.below(6) == 0 { 2000 } else { 40 };
                self.idle(most);
                let closed = self.device.hands().close_door(0, door);
                done.push(format!("a door was open: {closed:?}"));
                break;
            }
            self.idle(10);
        }
        done
    }

    fn at_magazine(&mut self) -> Vec<String> {
        let magazine = self.dice.below(self.hall.magazines());
        let mut done = Vec::new();
        if self.device.hands().pull_magazine(0, magazine).is_ok() {
            let count = self.dice.below(3);
            (0..count).for_each(|_| done.push(self.exchange()));
            self.idle(600);
            let back = self.device.hands().push_magazine(0, magazine);
            done.push(format!("magazine {magazine} is back: {back:?}"));
        }
        done
    }

    /// Takes a cartridge out of a slot, or puts one in.
    fn exchange(&mut self) -> String {
        self.idle(10);
        let place = self.slots[self.dice.below(self.slots.len())];
        let is_enough = self.device.hands().outside().is_ok_and(|outside| outside.len() > 2);
        match self.device.hands().look(place) {
            Ok(Some(_)) if is_enough => "enough is outside".to_owned(),
            Ok(Some(_)) => format!("taken out: {:?}", self.device.hands().take_out(place)),
            _ => match self.outside(false) {
                Some(id) => format!("put in {id:?}: {:?}", self.device.hands().put_in(id, place)),
                None => "nothing to put in".to_owned(),
            },
        }
    }

    fn outside(&mut self, is_cleaner: bool) -> Option<CartridgeId> {
        let mut outside = self.device.hands().outside().ok()?;
        outside.retain(|id| (*id == CLEANER) == is_cleaner);
        World::any(&mut self.dice, &outside).copied()
    }

    fn at_ports(&mut self, errand: Errand) -> Vec<String> {
        let mut done = Vec::new();
        for _ in 0..TRIES {
            (0..self.cells.len()).for_each(|port| drop(self.device.hands().pull_port(0, port)));
            let before = done.len();
            for cell in self.cells.clone() {
                done.extend(self.at_cell(errand, cell));
            }
            if self.dice.below(4) > 0 {
                (0..self.cells.len()).for_each(|port| drop(self.device.hands().push_port(0, port)));
            }
            if done.len() > before {
                self.idle(20);
                (0..self.cells.len()).for_each(|port| drop(self.device.hands().push_port(0, port)));
                break;
            }
            self.idle(10);
        }
        (0..self.cells.len()).for_each(|port| drop(self.device.hands().push_port(0, port)));
        done
    }

    fn at_cell(&mut self, errand: Errand, cell: Place) -> Option<String> {
        let hands = self.device.hands();
        let is_full = hands.look(cell).ok()?.is_some();
        if is_full {
            let takes = errand == Errand::TakeOut || self.dice.below(4) == 0;
            let taken = takes.then(|| hands.take_out(cell))?.ok()?;
            return Some(format!("{taken:?} taken out of a port"));
        }
        if errand == Errand::TakeOut || self.dice.below(3) == 0 {
            return None;
        }
        let id = self.outside(errand == Errand::Cleaner)?;
        self.device.hands().put_in(id, cell).ok()?;
        Some(format!("{id:?} put into a port"))
    }
}
