//! The cleaning cartridge is put in and taken out.

use super::Ended;
use super::door::Access;
use super::stop::Stop;
use crate::catalog::{Because, LibraryRequestRow, SlotRow};
use crate::device::{ElementAddress, Occupancy};
use crate::error::{Error, ErrorKind, Result};
use crate::library::Attached;
use crate::library::failure::device;
use crate::library::handling::NotCarried;
use crate::library::ports::{Port, PortNow};
use crate::library::units::ChangerUnit;
use crate::model::{CleanerTarget, InventoryMethod, OperatorRequestId, OperatorTask, PortPosition};

/// How the cleaner gets into its slot and out of it.
struct Way<'a> {
    slot: SlotRow,
    changer: &'a ChangerUnit,
    ports: Vec<Port<'a>>,
    /// There is no port: people use their hands.
    through_door: bool,
}

impl Attached {
    pub(super) fn carry_out_cleaner_inject(
        &self,
        row: &LibraryRequestRow,
        stop: &Stop,
    ) -> Result<Ended> {
        let way = self.way_of_cleaner()?;
        if way.through_door {
            return self.through_door(row, stop, &way.slot, true);
        }
        let ended = self.have_ports_filled(row, &way.ports, stop);
        let stored = self.store_cleaner(&way, row.task.argument);
        if let Some(ended) = ended? {
            return stored.map(|_| ended);
        }
        Ok(if stored? { Ended::Passed } else { Ended::Failed(nobody_came()) })
    }

    pub(super) fn carry_out_cleaner_eject(
        &self,
        row: &LibraryRequestRow,
        stop: &Stop,
    ) -> Result<Ended> {
        let way = self.way_of_cleaner()?;
        if way.through_door {
            return self.through_door(row, stop, &way.slot, false);
        }
        let Some(cell) = self.put_cleaner_out(&way)? else {
            let reason = "the port is full, or out";
            return Ok(Ended::Failed(Because::new(ErrorKind::PortFull, reason)));
        };
        let Some(ended) = self.have_cleaner_taken(row, &way.ports, cell, stop)? else {
            self.cleaner_is_missing(&way.slot)?;
            return Ok(Ended::Passed);
        };
        for port in &way.ports {
            self.move_port(port, PortPosition::Retracted)?;
        }
        self.carry_cleaner(way.changer, cell, &way.slot, None)?;
        Ok(ended)
    }

    /// The slot that is reserved for the cleaner, and how it is reached.
    fn way_of_cleaner(&self) -> Result<Way<'_>> {
        let (slot, changer) = self.place_of_cleaner()?;
        let mut ports = self.ports()?;
        let through_door = ports.is_empty();
        ports.retain(|port| port.changer.key == changer.key);
        Ok(Way { slot, changer, ports, through_door })
    }

    fn cleaner_is_missing(&self, slot: &SlotRow) -> Result<()> {
        let (library, slot, now) = (self.key, slot.key, self.now());
        self.host.catalog.write(move |on| on.cleaner_is_missing(library, slot, now))
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
    fn store_cleaner(&self, way: &Way<'_>, uses: u32) -> Result<bool> {
        let mut stored = false;
        for port in &way.ports {
            self.move_port(port, PortPosition::Retracted)?;
            let now = self.look_at_port(port)?;
            for cell in now.cells.iter().filter(|_| now.is_in()) {
                let may_be = matches!(cell.occupancy, Occupancy::Full | Occupancy::Unknown);
                if may_be && !stored {
                    stored =
                        self.carry_cleaner(way.changer, cell.address, &way.slot, Some(uses))?;
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
    fn put_cleaner_out(&self, way: &Way<'_>) -> Result<Option<ElementAddress>> {
        for port in &way.ports {
            self.move_port(port, PortPosition::Retracted)?;
            let now = self.look_at_port(port)?;
            for cell in now.cells.iter().filter(|_| now.is_in()) {
                if !matches!(cell.occupancy, Occupancy::Empty | Occupancy::Unknown) {
                    continue;
                }
                let carried = (ElementAddress(way.slot.address), cell.address);
                match self.carry(way.changer, carried, false, || Ok(()))? {
                    Ok(()) => return Ok(Some(cell.address)),
                    Err(NotCarried::DestinationFull) => {}
                    Err(NotCarried::SourceEmpty) => {
                        let reason = "the cleaning cartridge is not in its slot";
                        self.cleaner_is_missing(&way.slot)?;
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
        let task = "take the cleaning cartridge out of the port";
        self.leave_ports_to_people(row, ports, stop, task, |now, _| {
            let is_out = !is_full(now, cell);
            if is_out {
                self.take_ports_back(ports, now)?;
            }
            Ok(is_out)
        })
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
            Access::Refused(because) => return Ok(Ended::Failed(because)),
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
