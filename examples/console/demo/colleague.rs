//! Somebody with hands: does in the simulated libraries what a person at the console has said to be
//! doing.

use std::collections::HashSet;
use std::time::Duration;

use rsm::clock::{Clock as _, SystemClock};
use rsm::device::LibraryDevice as _;
use rsm::device::simulated::{Cartridge, CartridgeId, Place};
use rsm::model::{
    InventoryMethod, ObjectType, OperatorRequestId, OperatorRequestState, OperatorTask,
    PhysicalMediaId, PoolOpenMode, ServiceTarget,
};
use rsm::{Manager, Notifications, Session};

use super::{CODE, Hall};
use crate::Failure;

/// So long it takes to get there.
const WAY: Duration = Duration::from_secs(5);

pub struct Colleague {
    manager: Manager,
    session: Session,
    north: Hall,
    south: Hall,
    done: HashSet<OperatorRequestId>,
    brought: u32,
}

impl Colleague {
    pub fn begin(manager: &Manager, north: Hall, south: Hall) -> Result<(), Failure> {
        let (manager, session) = (manager.clone(), manager.session("colleague")?);
        let events = session.subscribe(ObjectType::OperatorRequest)?;
        let done = HashSet::new();
        let mut colleague = Self { manager, session, north, south, done, brought: 0 };
        super::spawn("colleague", move || colleague.work(&events))
    }

    fn work(&mut self, events: &Notifications) {
        for event in events {
            // What cannot be done stays open.
            if event.is_err() || self.look().is_err() {
                return;
            }
        }
    }

    fn look(&mut self) -> Result<(), Failure> {
        for open in self.session.operator_requests()? {
            let request = open.request;
            if request.state == OperatorRequestState::InProgress && self.done.insert(request.id) {
                SystemClock::new().pause(WAY);
                self.see_to(request.id, request.task)?;
            }
        }
        Ok(())
    }

    fn see_to(&mut self, id: OperatorRequestId, task: OperatorTask) -> Result<(), Failure> {
        match task {
            OperatorTask::MoveMedia { medium, .. } => {
                let bar_code = self.session.info(medium)?.bar_code;
                let cartridge = self.north.device.hands().find_bar_code(&bar_code)?;
                self.put_in(cartridge.ok_or("nobody has it")?)
            }
            OperatorTask::NewMedia { pool, .. } => {
                self.brought += 1;
                let new = Cartridge::with_bar_code(format!("N{:05}L8", self.brought));
                self.put_in(self.north.device.hands().make(new)?)?;
                self.manager.wait_until_idle(super::SOON)?;
                let code = CODE.known().name;
                let path = |root| format!("{root}\\{code}");
                let open =
                    |path: &str| self.session.open_pool(path, None, PoolOpenMode::OpenExisting);
                let (unknown, free) = (open(&path("Unrecognized"))?, open(&path("Free"))?);
                for medium in self.session.list::<PhysicalMediaId>(Some(unknown.into()))? {
                    self.session.move_to_pool(medium, free)?;
                    self.manager.wait_until_idle(super::SOON)?;
                    self.session.move_to_pool(medium, pool)?;
                }
                Ok(())
            }
            OperatorTask::DeviceService { device: ServiceTarget::Library(_) } => {
                self.south.device.hands().clear_jam(0)?;
                Ok(self.session.satisfy_operator_request(id)?)
            }
            _ => Ok(self.session.satisfy_operator_request(id)?),
        }
    }

    /// Into the first slot that is free, where an inventory finds it.
    fn put_in(&self, cartridge: CartridgeId) -> Result<(), Failure> {
        let hands = self.north.device.hands();
        let changers = self.north.device.changers();
        let slots = changers.first().ok_or("the library has no robot")?.geometry()?.slots;
        let mut places = slots.iter().map(|address| Place { changer: 0, address });
        places
            .find(|place| hands.insert(cartridge, *place).is_ok())
            .ok_or("the library is full")?;
        self.session.inventory_library(self.north.library, InventoryMethod::Fast)?;
        Ok(())
    }
}
