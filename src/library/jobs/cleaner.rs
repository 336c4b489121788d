//! The cleaning cartridge is put in and taken out.

use super::Ended;
use super::door::{Access, not_closed};
use super::inject::{Came, not_seen_to};
use super::stop::Stop;
use crate::catalog::{Because, LibraryRequestRow, SlotRow};
use crate::device::{ElementAddress, Occupancy};
use crate::error::{Error, ErrorKind, Result};
use crate::library::Attached;
use crate::library::failure::device;
use crate::library::handling::NotCarried;
use crate::library::ports::{Port, PortNow};
use crate::library::units::ChangerUnit;
use crate::model::{
    CleanerTarget, InventoryMethod, OperatorRequestId, OperatorRequestState, OperatorTask,
    PortPosition,
};

impl Attached {
    pub(super) fn carry_out_cleaner_inject(
        &self,
        row: &LibraryRequestRow,
        stop: &Stop,
    ) -> Result<Ended> {
        let (slot, changer) = self.place_of_cleaner()?;
        let mut ports = self.ports()?;
        if ports.is_empty() {
            return self.through_door(row, stop, &slot, true);
        }
        ports.retain(|port| port.changer.key == changer.key);
        let came = self.have_ports_filled(row, &ports, stop);
        let stored = self.store_cleaner(&ports, changer, &slot, row.task.argument);
        match came? {
            Came::Asked(how) => return stored.map(|_| how.into()),
            Came::Refused => return Ok(Ended::Failed(not_seen_to())),
            Came::In | Came::Late | Came::Hurried => {}
        }
        Ok(if stored? { Ended::Passed } else { Ended::Failed(nobody_came()) })
    }

    pub(super) fn carry_out_cleaner_eject(
        &self,
        row: &LibraryRequestRow,
        stop: &Stop,
    ) -> Result<Ended> {
        let (slot, changer) = self.place_of_cleaner()?;
        let mut ports = self.ports()?;
        if ports.is_empty() {
            return self.through_door(row, stop, &slot, false);
        }
        ports.retain(|port| port.changer.key == changer.key);
        let Some(cell) = self.put_cleaner_out(&ports, changer, &slot)? else {
            let reason = "the port is full, or out";
            return Ok(Ended::Failed(Because::new(ErrorKind::PortFull, reason)));
        };
        match self.have_cleaner_taken(row, &ports, cell, stop)? {
            None => {
                let (library, slot, now) = (self.key, slot.key, self.now());
                self.host.catalog.write(move |on| on.cleaner_is_missing(library, slot, now))?;
                Ok(Ended::Passed)
            }
            Some(ended) => {
                for port in &ports {
                    self.move_port(port, PortPosition::Retracted)?;
                }
                self.carry_cleaner(changer, cell, &slot, None)?;
                Ok(ended)
            }
        }
    }

    /// The slot that is reserved for the cleaner, and the changer that reaches it.
    fn place_of_cleaner(&self) -> Result<(SlotRow, &ChangerUnit)> {
        let slot = self.host.catalog.read(|view| {
            let reserved = view.library(self.key)?.cleaner_slot;
            reserved.map(|slot| view.slot(slot)).transpose()
        })?;
        let slot = slot.ok_or_else(|| Error::from(ErrorKind::CleanerSlotNotSet))?;
        let changer = self.changers.iter().find(|changer| changer.key == slot.changer);
        let changer = changer.ok_or_else(|| Error::from(ErrorKind::DeviceNotAvailable))?;
        Ok((slot, changer))
    }

    /// Puts the first cartridge in the ports into the slot of the cleaner; says whether there was
    /// one. Others stay.
    fn store_cleaner(
        &self,
        ports: &[Port<'_>],
        changer: &ChangerUnit,
        slot: &SlotRow,
        uses: u32,
    ) -> Result<bool> {
        let mut stored = false;
        for port in ports {
            self.move_port(port, PortPosition::Retracted)?;
            let now = self.look_at_port(port)?;
            for cell in now.cells.iter().filter(|_| now.is_in()) {
                let may_be = matches!(cell.occupancy, Occupancy::Full | Occupancy::Unknown);
                if may_be && !stored {
                    stored = self.carry_cleaner(changer, cell.address, slot, Some(uses))?;
                }
            }
            self.look_at_port(port)?;
        }
        Ok(stored)
    }

    /// Carries the cleaner into its slot; says no if it is not there. With uses, it is new.
    fn carry_cleaner(
        &self,
        changer: &ChangerUnit,
        from: ElementAddress,
        slot: &SlotRow,
        uses: Option<u32>,
    ) -> Result<bool> {
        let (library, key, now) = (self.key, slot.key, self.now());
        let carried = self.carry(changer, (from, ElementAddress(slot.address)), false, || {
            self.host.catalog.write(move |transaction| match uses {
                Some(uses) => transaction.cleaner_was_put_in(library, key, uses, now),
                None => transaction.cleaner_seen(&transaction.library(library)?, key, now),
            })
        })?;
        match carried {
            Ok(()) => Ok(true),
            Err(NotCarried::SourceEmpty) => Ok(false),
            Err(NotCarried::DestinationFull) => {
                self.doubt_slot(key)?;
                let reason = "something is in the slot of the cleaner";
                Err(Error::new(ErrorKind::ResourceNotAvailable, reason))
            }
            Err(NotCarried::Failed(error)) => {
                Err(device("the robot could not carry the cleaning cartridge", error))
            }
        }
    }

    /// Carries the cleaner into a port; none if there is no room. Until it is taken out, it counts
    /// as being in its slot for people, and as used for drives.
    fn put_cleaner_out(
        &self,
        ports: &[Port<'_>],
        changer: &ChangerUnit,
        slot: &SlotRow,
    ) -> Result<Option<ElementAddress>> {
        for port in ports {
            self.move_port(port, PortPosition::Retracted)?;
            let now = self.look_at_port(port)?;
            for cell in now.cells.iter().filter(|_| now.is_in()) {
                if !matches!(cell.occupancy, Occupancy::Empty | Occupancy::Unknown) {
                    continue;
                }
                let way = (ElementAddress(slot.address), cell.address);
                match self.carry(changer, way, false, || Ok(()))? {
                    Ok(()) => return Ok(Some(cell.address)),
                    Err(NotCarried::DestinationFull) => {}
                    Err(NotCarried::SourceEmpty) => {
                        let reason = "the cleaning cartridge is not in its slot";
                        let (library, key, time) = (self.key, slot.key, self.now());
                        self.host
                            .catalog
                            .write(move |on| on.cleaner_is_missing(library, key, time))?;
                        return Err(Error::new(ErrorKind::Empty, reason));
                    }
                    Err(NotCarried::Failed(error)) => {
                        let what = "the robot could not put the cleaning cartridge out";
                        return Err(device(what, error));
                    }
                }
            }
        }
        Ok(None)
    }

    /// Lets people have the port until the cleaner is out; else says how that ends.
    fn have_cleaner_taken(
        &self,
        row: &LibraryRequestRow,
        ports: &[Port<'_>],
        cell: ElementAddress,
        stop: &Stop,
    ) -> Result<Option<Ended>> {
        for port in ports {
            self.move_port(port, PortPosition::Extended)?;
        }
        let began = self.now();
        let limit = ports.iter().map(Port::limit).max().unwrap_or_default();
        let limit = began.saturating_add(limit);
        let mut asked: Option<OperatorRequestId> = None;
        loop {
            let seen = stop.signal().count();
            let now =
                ports.iter().map(|port| self.look_at_port(port)).collect::<Result<Vec<_>>>()?;
            if !is_full(&now, cell) {
                self.take_ports_back(ports, &now)?;
                return self.thank(asked).map(|()| None);
            }
            if let Some(how) = stop.asked() {
                return Ok(Some(how.into()));
            }
            let is_late = self.now() >= limit;
            match asked.map(|asked| self.answer_to(asked)).transpose()? {
                Some(OperatorRequestState::Refused) => {
                    return Ok(Some(Ended::Failed(not_seen_to())));
                }
                answer if is_late && answer.is_none_or(OperatorRequestState::is_final) => {
                    let what = "take the cleaning cartridge out of the port";
                    asked = Some(self.ask_about_ports(row, what)?);
                }
                _ => {}
            }
            self.wait_at_ports(stop, seen, began, limit);
        }
    }

    /// People put the cleaner in or take it out with their hands. They are told which slot it is.
    fn through_door(
        &self,
        row: &LibraryRequestRow,
        stop: &Stop,
        slot: &SlotRow,
        inward: bool,
    ) -> Result<Ended> {
        let told = self.tell_slot(slot, inward)?;
        let access = self.let_people_in(row, stop, InventoryMethod::None)?;
        if access != Access::Over {
            self.untell(told)?;
        }
        match access {
            Access::Over => {}
            Access::Refused => return Ok(Ended::Failed(not_closed())),
            Access::Asked(how) => return Ok(how.into()),
        }
        let changer = self.changers.iter().find(|changer| changer.key == slot.changer);
        let changer = changer.ok_or_else(|| Error::from(ErrorKind::DeviceNotAvailable))?;
        let status = changer
            .look(ElementAddress(slot.address))
            .map_err(|error| device("the slot of the cleaner could not be looked at", error))?;
        let is_full = status.is_some_and(|status| status.occupancy == Occupancy::Full);
        if is_full != inward {
            self.untell(told)?;
            return Ok(Ended::Failed(nobody_came()));
        }
        let (library, key, uses, now) = (self.key, slot.key, row.task.argument, self.now());
        self.host.catalog.write(move |transaction| {
            if inward {
                transaction.cleaner_was_put_in(library, key, uses, now)
            } else {
                transaction.cleaner_is_missing(library, key, now)
            }
        })?;
        self.thank(Some(told))?;
        Ok(Ended::Passed)
    }

    fn tell_slot(&self, slot: &SlotRow, inward: bool) -> Result<OperatorRequestId> {
        let (slot, now) = (slot.clone(), self.now());
        self.host.catalog.write(move |transaction| {
            let library = transaction.library(slot.library)?.name;
            let number = slot.number;
            let message = match inward {
                true => format!("Put the cleaning cartridge into slot {number} of {library}."),
                false => format!("Take the cleaning cartridge out of slot {number} of {library}."),
            };
            let task = OperatorTask::Cleaner { target: CleanerTarget::Slot(slot.id) };
            transaction.ask_for(&task, &message, now)
        })
    }

    fn untell(&self, told: OperatorRequestId) -> Result<()> {
        self.host.catalog.write(move |transaction| transaction.delete_operator_request(told))
    }
}

fn is_full(now: &[PortNow], cell: ElementAddress) -> bool {
    let mut cells = now.iter().flat_map(|port| &port.cells);
    cells.any(|status| status.address == cell && status.occupancy == Occupancy::Full)
}

fn nobody_came() -> Because {
    Because::new(ErrorKind::Timeout, "nobody has moved the cleaning cartridge in time")
}
