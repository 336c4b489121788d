//! Media go from slots and drives into ports, and back.

use super::Attached;
use super::failure::device;
use super::handling::NotCarried;
use super::leave::{dismiss, take_offline};
use super::ports::{Port, PortNow};
use super::put_away::empty_drive_row;
use super::units::ChangerUnit;
use crate::catalog::{
    Cartridge, LibraryRequestRow, MovementRow, Place, PortMove, Purpose, Transaction,
    finish_pending_return,
};
use crate::device::{ElementAddress, ElementStatus, Occupancy};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{DriveState, MediaState, ObjectType, PortPosition, SlotState, Timestamp};

/// What came of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Out {
    /// Media are in the ports.
    Some,
    /// There was no room, or nothing to put there.
    Nothing,
    /// It is not wanted any more.
    Asked,
}

impl PortNow {
    /// The robot, or a person, can put something in.
    pub(super) fn has_room(&self) -> bool {
        let may_be =
            |cell: &ElementStatus| matches!(cell.occupancy, Occupancy::Empty | Occupancy::Unknown);
        self.cells.iter().any(may_be)
    }
}

impl Attached {
    /// What a request still has to put out, or has in the ports.
    pub(super) fn leaving(&self, row: &LibraryRequestRow) -> Result<Vec<PortMove>> {
        let key = row.key;
        self.host.catalog.read(|view| view.port_moves_of(key))
    }

    /// The media that a request puts out are in use from now on.
    pub(super) fn claim_leaving(&self, row: &LibraryRequestRow) -> Result<()> {
        let (key, now) = (row.key, self.now());
        let drives = self.host.catalog.write(move |transaction| {
            let mut drives = Vec::new();
            for leaving in transaction.port_moves_of(key)? {
                let before = transaction.cartridge(leaving.medium)?;
                if let Place::Drive(drive) = before.medium.place {
                    take_from_drive(transaction, &before, drive, now)?;
                    drives.push(drive);
                } else {
                    let mut after = before.clone();
                    after.medium.state = MediaState::InUse;
                    transaction.store_cartridge(&before, after, now)?;
                }
            }
            Ok(drives)
        })?;
        drives.into_iter().for_each(|drive| self.revoke_lease(drive));
        Ok(())
    }

    /// Carries media into the ports, as many as there is room for.
    pub(super) fn put_out(
        &self,
        row: &LibraryRequestRow,
        ports: &[Port<'_>],
        is_asked: impl Fn() -> bool,
    ) -> Result<Out> {
        let mut full: Vec<(i64, u16)> = Vec::new();
        let mut out = Out::Nothing;
        self.lock_ports(ports, true);
        let done = self.leaving(row)?.into_iter().filter(|l| l.cell.is_none()).try_for_each(|l| {
            if is_asked() || self.is_stopped() {
                out = Out::Asked;
                return Ok(());
            }
            if self.put_one_out(l.medium, ports, &mut full)? && out == Out::Nothing {
                out = Out::Some;
            }
            Ok(())
        });
        self.lock_ports(ports, false);
        for port in ports {
            self.look_at_port(port)?;
        }
        done.map(|()| out)
    }

    /// Says whether the medium is in a port now.
    fn put_one_out(
        &self,
        medium: i64,
        ports: &[Port<'_>],
        full: &mut Vec<(i64, u16)>,
    ) -> Result<bool> {
        loop {
            let cartridge = self.host.catalog.read(|view| view.cartridge(medium))?;
            let Some((changer, from)) = self.where_from(&cartridge)? else {
                return self.record_not_there(medium, None).map(|()| false);
            };
            let Some((port, cell)) = self.room_in(ports, changer, full)? else { return Ok(false) };
            if let Place::Drive(drive) = cartridge.medium.place {
                let unit = self.drive_unit(drive)?;
                self.unload(unit).map_err(|error| {
                    self.note_stuck(drive, Some(medium), &error);
                    device("the drive could not unload", error)
                })?;
            }
            self.host
                .catalog
                .write(move |transaction| transaction.set_port_cell(medium, Some(cell.0)))?;
            let flip = cartridge.medium.mounted_side == Some(1);
            let place = cartridge.medium.place;
            let carried = self
                .carry(changer, (from, cell), flip, || self.record_in_port(medium, place, port))?;
            match carried {
                Ok(()) => return Ok(true),
                Err(NotCarried::DestinationFull) => full.push((changer.key, cell.0)),
                Err(NotCarried::SourceEmpty) => {
                    return self.record_not_there(medium, Some(place)).map(|()| false);
                }
                Err(NotCarried::Failed(error)) => {
                    return Err(device("the robot could not put a medium out", error));
                }
            }
        }
    }

    fn where_from(&self, cartridge: &Cartridge) -> Result<Option<(&ChangerUnit, ElementAddress)>> {
        Ok(match cartridge.medium.place {
            Place::Drive(drive) => {
                let unit = self.drive_unit(drive)?;
                Some((self.changer_of(unit)?, unit.address))
            }
            Place::Slot(slot) => {
                let row = self.host.catalog.read(|view| view.slot(slot))?;
                let changer = self.changers.iter().find(|unit| unit.key == row.changer);
                changer.map(|changer| (changer, ElementAddress(row.address)))
            }
            Place::Port(_) | Place::Nowhere => None,
        })
    }

    /// An empty cell that the robot reaches, with the port it belongs to.
    fn room_in(
        &self,
        ports: &[Port<'_>],
        changer: &ChangerUnit,
        full: &[(i64, u16)],
    ) -> Result<Option<(i64, ElementAddress)>> {
        for port in ports.iter().filter(|port| port.changer.key == changer.key) {
            if !self.look_at_port(port)?.is_in() {
                self.move_port(port, PortPosition::Retracted)?;
            }
            let now = self.look_at_port(port)?;
            let is_free = |cell: &&ElementStatus| {
                matches!(cell.occupancy, Occupancy::Empty | Occupancy::Unknown)
                    && !full.contains(&(changer.key, cell.address.0))
            };
            let key = port.row.key;
            let taken = self.host.catalog.read(|view| view.cells_in_use(key))?;
            let mut free = now.cells.iter().filter(is_free);
            let free = free.find(|cell| !taken.contains(&cell.address.0));
            if let Some(cell) = free.filter(|_| now.is_in()) {
                return Ok(Some((port.row.key, cell.address)));
            }
        }
        Ok(None)
    }

    fn record_in_port(&self, medium: i64, from: Place, port: i64) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            let before = transaction.cartridge(medium)?;
            let mut after = before.clone();
            after.medium.place = Place::Port(port);
            after.medium.mounted_side = None;
            after.medium.state = MediaState::InUse;
            transaction.store_cartridge(&before, after, now)?;
            leave_place(transaction, from, now)
        })?;
        self.saw(medium);
        Ok(())
    }

    /// The medium is not where it should be.
    fn record_not_there(&self, medium: i64, place: Option<Place>) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            transaction.end_port_move(medium)?;
            take_offline(transaction, medium, now)?;
            place.map_or(Ok(()), |place| leave_place(transaction, place, now))
        })?;
        self.lost_sight_of(medium);
        Ok(())
    }

    /// Media that are not in their cells any more have left.
    pub(super) fn note_taken(
        &self,
        row: &LibraryRequestRow,
        ports: &[Port<'_>],
        now: &[PortNow],
    ) -> Result<()> {
        for leaving in self.leaving(row)? {
            let medium = leaving.medium;
            let cartridge = self.host.catalog.read(|view| view.cartridge(medium))?;
            let (Some(cell), Place::Port(at)) = (leaving.cell, cartridge.medium.place) else {
                continue;
            };
            let port = ports.iter().zip(now).find(|(port, _)| port.row.key == at);
            let status =
                port.and_then(|(_, now)| now.cells.iter().find(|status| status.address.0 == cell));
            if status.is_none_or(|status| has_left(status, &cartridge)) {
                self.record_left(medium)?;
            }
        }
        Ok(())
    }

    /// A person has taken the medium.
    fn record_left(&self, medium: i64) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            transaction.end_port_move(medium)?;
            let policy = transaction.computer()?.media_pool_policy;
            dismiss(transaction, medium, policy, now)
        })?;
        self.lost_sight_of(medium);
        Ok(())
    }

    /// Whether the robot, or people, have made room for a medium that waits for it.
    pub(super) fn is_there_room(
        &self,
        waiting: &[PortMove],
        ports: &[Port<'_>],
        now: &[PortNow],
    ) -> Result<bool> {
        for leaving in waiting {
            let medium = leaving.medium;
            let cartridge = self.host.catalog.read(|view| view.cartridge(medium))?;
            let Some((changer, _)) = self.where_from(&cartridge)? else { return Ok(true) };
            let reached = ports.iter().zip(now).filter(|(port, _)| port.changer.key == changer.key);
            let has_room = |(port, now): (&Port<'_>, &PortNow)| {
                now.has_room() && (port.motorised || now.is_in())
            };
            if reached.into_iter().any(has_room) {
                return Ok(true);
            }
        }
        Ok(false)
    }

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
                let is_free = |row: &crate::catalog::SlotRow| {
                    row.changer == changer && row.state == SlotState::Empty
                };
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
            let mut after = before.clone();
            if let Place::Drive(drive) = before.medium.place
                && let Some(movement) = transaction.movement_of_drive(drive)?
                && movement.purpose == Purpose::Work
            {
                transaction.end_movement(drive)?;
                transaction.change_drive(drive, now, |row| {
                    row.state = DriveState::Dismountable;
                    row.deferred_since = Some(now);
                })?;
            }
            after.medium.state = MediaState::Idle;
            finish_pending_return(transaction, &mut after)?;
            transaction.store_cartridge(&before, after, now)
        })
    }
}

/// Whether a cell holds something else than the medium, or nothing. One that does not tell has been
/// emptied.
fn has_left(status: &ElementStatus, cartridge: &Cartridge) -> bool {
    let recorded = cartridge.medium.bar_code.as_str();
    let is_another =
        status.volume_tag.text().is_some_and(|code| !recorded.is_empty() && code != recorded);
    status.occupancy != Occupancy::Full || is_another
}

/// Takes a drive from whoever uses it, with the medium in it.
fn take_from_drive(
    transaction: &Transaction<'_>,
    before: &Cartridge,
    drive: i64,
    now: Timestamp,
) -> Result<()> {
    let medium = before.medium.key;
    transaction.delete_mount(medium)?;
    let row = MovementRow {
        drive,
        library: before.medium.library,
        medium: Some(medium),
        slot: None,
        purpose: Purpose::Work,
    };
    transaction.begin_movement(&row, now)?;
    let mut after = before.clone();
    after.medium.state = MediaState::Unloaded;
    transaction.store_cartridge(before, after, now)?;
    transaction.change_drive(drive, now, |row| {
        row.state = DriveState::Unloaded;
        row.deferred_since = None;
    })
}

/// Nothing is in the place any more.
fn leave_place(transaction: &Transaction<'_>, place: Place, now: Timestamp) -> Result<()> {
    match place {
        Place::Slot(slot) => transaction.set_slot_state(slot, SlotState::Empty, now),
        Place::Drive(drive) => empty_drive_row(transaction, drive, true, now),
        Place::Port(_) | Place::Nowhere => Ok(()),
    }
}
