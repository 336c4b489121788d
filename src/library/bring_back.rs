//! Media that were put into ports and not taken go home.

use super::Attached;
use super::failure::device;
use super::handling::NotCarried;
use super::ports::Port;
use super::put_out::has_left;
use crate::catalog::{
    Cartridge, LibraryRequestRow, Place, PortMove, Purpose, SlotRow, finish_pending_return,
};
use crate::device::ElementAddress;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{MediaState, ObjectType, PortPosition, SlotState};

impl Attached {
    /// What a request has put into the ports goes home, as far as the robot reaches it; the rest
    /// when it does.
    pub(super) fn bring_back(&self, row: &LibraryRequestRow) -> Result<()> {
        let ports = self.ports()?;
        for port in &ports {
            self.move_port(port, PortPosition::Retracted)?;
        }
        for leaving in self.leaving(row)? {
            self.bring_one_back(leaving, &ports)?;
        }
        Ok(())
    }

    /// Takes a medium home from its port, or finds that it has left, or that the robot has never
    /// fetched it.
    pub(super) fn bring_one_back(&self, leaving: PortMove, ports: &[Port<'_>]) -> Result<()> {
        let PortMove { medium, cell, .. } = leaving;
        let cartridge = self.host.catalog.read(|view| view.cartridge(medium))?;
        let Some(cell) = cell else { return self.release(medium) };
        let of_cell = |port: &&Port<'_>| match cartridge.medium.place {
            Place::Port(at) => port.row.key == at,
            _ => port.has(ElementAddress(cell)),
        };
        let Some(port) = ports.iter().find(of_cell) else { return Ok(()) };
        let now = self.look_at_port(port)?;
        let status = now.cells.iter().find(|status| status.address.0 == cell);
        let is_in_port = matches!(cartridge.medium.place, Place::Port(_));
        let is_there = status.is_some_and(|status| !has_left(status, &cartridge));
        match is_there {
            // Before the robot was to fetch it.
            false if !is_in_port => self.release(medium),
            false => self.record_left(medium),
            true if !now.is_in() && is_in_port => Ok(()),
            true if !now.is_in() => {
                self.record_in_port(medium, cartridge.medium.place, port.row.key)
            }
            true => self.carry_home(&cartridge, port, ElementAddress(cell)),
        }
    }

    fn carry_home(
        &self,
        cartridge: &Cartridge,
        port: &Port<'_>,
        cell: ElementAddress,
    ) -> Result<()> {
        let medium = cartridge.medium.key;
        loop {
            let changer = port.changer.key;
            let home = cartridge.medium.home_slot;
            let slot = self.host.catalog.read(|view| {
                let home = home.map(|home| view.slot(home)).transpose()?;
                let is_free =
                    |row: &SlotRow| row.changer == changer && row.state == SlotState::Empty;
                match home.filter(is_free) {
                    Some(row) => Ok(Some(row)),
                    None => view.first_free_slot(changer)?.map(|slot| view.slot(slot)).transpose(),
                }
            })?;
            let Some(row) = slot else {
                let reason = format!("no slot is empty for medium {}", cartridge.medium.title());
                return Err(Error::new(ErrorKind::LibraryFull, reason)
                    .about(ObjectType::PhysicalMedia, cartridge.medium.id));
            };
            let (slot, way) = (row.key, (cell, ElementAddress(row.address)));
            let carried =
                self.carry(port.changer, way, false, || self.record_back(medium, slot))?;
            match carried {
                Ok(()) => return self.look_at_port(port).map(drop),
                Err(NotCarried::DestinationFull) => self.doubt_slot(slot)?,
                Err(NotCarried::SourceEmpty) => return self.record_left(medium),
                Err(NotCarried::Failed(error)) => {
                    return Err(device("the robot could not take a medium back", error));
                }
            }
        }
    }

    fn record_back(&self, medium: i64, slot: i64) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            transaction.end_port_move(medium)?;
            let before = transaction.cartridge(medium)?;
            let mut after = before.clone();
            after.medium.place = Place::Slot(slot);
            after.medium.home_slot = Some(slot);
            after.medium.state = MediaState::Idle;
            finish_pending_return(transaction, &mut after)?;
            transaction.store_cartridge(&before, after, now)?;
            transaction.set_slot_state(slot, SlotState::Full, now)
        })?;
        self.saw(medium);
        Ok(())
    }

    /// The medium stays where it is.
    fn release(&self, medium: i64) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            transaction.end_port_move(medium)?;
            let before = transaction.cartridge(medium)?;
            if let Place::Drive(drive) = before.medium.place
                && let Some(movement) = transaction.movement_of_drive(drive)?
                && movement.purpose == Purpose::Work
            {
                transaction.end_movement(drive)?;
                return transaction.stay_in_drive(medium, drive, now);
            }
            let mut after = before.clone();
            after.medium.state = MediaState::Idle;
            finish_pending_return(transaction, &mut after)?;
            transaction.store_cartridge(&before, after, now)
        })
    }
}
