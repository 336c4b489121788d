//! People who reach into the library, and devices that fail.

use std::time::Duration;

use rsm::device::simulated::{CartridgeId, Fault, FaultRates};
use rsm::device::{Attention, DeviceErrorKind, Position};

use super::hall::CLEANER;
use super::ledger::Dice;
use super::world::{CARTRIDGES, SLOTS, World};

impl World {
    /// People exchange, take and bring cartridges.
    pub fn reach_in(&mut self) {
        // Not during an inventory: a cartridge that is seen twice is taken for two.
        self.robot.settle();
        let hands = self.robot.device.hands();
        let place = |dice: &mut Dice| 1 + u32::try_from(dice.below(SLOTS as usize)).unwrap();
        let (one, other) = (place(&mut self.dice), place(&mut self.dice));
        let (here, there) = (self.place(one), self.place(other));
        let mut outside = hands.outside().unwrap();
        outside.retain(|id| *id != CLEANER);
        let what = match self.dice.below(3) {
            1 if outside.len() > 2 => format!("enough is outside: {outside:?}"),
            0 => format!("swap {one} and {other}: {:?}", hands.swap(here, there)),
            1 => format!("remove {one}: {:?}", hands.remove(here)),
            _ => match Self::any(&mut self.dice, &outside) {
                Some(id) => format!("insert {id:?} into {one}: {:?}", hands.insert(*id, here)),
                None => format!("swap {one} and {other}: {:?}", hands.swap(here, there)),
            },
        };
        self.note(what);
    }

    /// Everything is in a slot for media again: what lies in that of the cleaner is taken for one.
    pub fn bring_everything(&mut self) {
        let hands = self.robot.device.hands();
        let reserved = self.robot.session.info(self.robot.library).unwrap().cleaner_slot;
        let reserved = reserved.map(|slot| self.robot.session.info(slot).unwrap().number);
        if let Some(number) = reserved
            && hands.look(self.place(number)).unwrap().is_some_and(|id| id != CLEANER)
        {
            hands.remove(self.place(number)).unwrap();
        }
        for id in hands.outside().unwrap().into_iter().filter(|id| *id != CLEANER) {
            let is_free = |n: &u32| hands.look(self.place(*n)).unwrap().is_none();
            let mut free = (1..=SLOTS).filter(|n| Some(*n) != reserved).filter(is_free);
            hands.insert(id, self.place(free.next().unwrap())).unwrap();
        }
    }

    /// Somebody frees the robot, if it has to be freed.
    pub fn help(&mut self) {
        let done = self.robot.device.hands().clear_jam(0);
        self.note(format!("somebody frees the robot: {done:?}"));
    }

    pub fn break_something(&mut self) {
        let fault = self.fault();
        let times = if self.dice.below(3) == 0 { 4 } else { 1 };
        for _ in 0..times {
            self.robot.device.inject(fault);
            self.faults += 1;
        }
        self.note(format!("{times} x {fault:?}"));
    }

    fn fault(&mut self) -> Fault {
        let drives = self.robot.device.drive_places();
        let drive = drives[self.dice.below(drives.len())];
        let attention = [Attention::Reset, Attention::MediumChanged, Attention::Other];
        let attention = attention[self.dice.below(3)];
        let cartridge = CartridgeId(u32::try_from(self.dice.below(CARTRIDGES)).unwrap());
        let position = Position(self.dice.below(3) as u64);
        let count = u32::try_from(self.dice.below(5)).unwrap();
        let changer = 0;
        let kinds = [DeviceErrorKind::ChangerFault, DeviceErrorKind::OutcomeUnknown];
        let kind = kinds[self.dice.below(2)];
        match self.dice.below(FAULTS) {
            0 => Fault::MoveFails { changer, kind },
            1 => Fault::LoadFails { drive, kind: DeviceErrorKind::DriveFault },
            2 => Fault::LoadFails { drive, kind: DeviceErrorKind::MediumFault },
            3 => Fault::LostReply { changer },
            4 => Fault::ChangerAttention { changer, attention },
            5 => Fault::DriveAttention { drive, attention },
            6 => Fault::MediumError { cartridge, side: 0, position },
            7 => Fault::BarCodeUnreadable { cartridge },
            8 => Fault::BarCodeMissing { cartridge },
            9 => Fault::SlowLoad { drive, extra: Duration::from_secs(u64::from(count) * 40) },
            10 => Fault::UnloadFails { drive, kind: DeviceErrorKind::DriveFault },
            11 => Fault::Jam { changer },
            12 => Fault::ChangerGone { changer },
            13 => Fault::DriveGone { drive },
            14 => Fault::PowerLoss { after: count, gone: count },
            15 => Fault::DriveSoiled { drive },
            _ => Fault::DriveExchanged { drive },
        }
    }
}

/// In one of three libraries everything that can go wrong does so by chance, too.
pub fn rates(dice: &mut Dice) -> FaultRates {
    match dice.below(3) {
        0 => FaultRates::all(FaultRates::OCCASIONS / 400),
        _ => FaultRates::default(),
    }
}

/// Kinds of faults.
const FAULTS: usize = 17;
