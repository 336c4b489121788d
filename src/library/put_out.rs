//! Media go from slots and drives into ports.

use super::Attached;
use super::failure::device;
use super::handling::NotCarried;
use super::leave::{dismiss, take_offline};
use super::ports::{Port, PortNow};
use super::put_away::empty_drive_row;
use super::units::ChangerUnit;
use crate::catalog::{
    Cartridge, LibraryRequestRow, MovementRow, Place, PortMove, Purpose, Transaction,
};
use crate::device::{ElementAddress, ElementStatus, Occupancy};
use crate::error::Result;
use crate::model::{DriveState, MediaState, PortPosition, SlotState, Timestamp};

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
    /// Whether something can be put in, as far as the port tells; where it does not, as somebody
    /// `says`.
    pub(super) fn has_room(&self, says: bool) -> bool {
        let is_free = |cell: &ElementStatus| {
            cell.occupancy == Occupancy::Empty || (cell.occupancy == Occupancy::Unknown && says)
        };
        self.cells.iter().any(is_free)
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
                self.unload_or_note(self.drive_unit(drive)?, Some(medium))?;
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
                Err(NotCarried::DestinationFull) => {
                    self.host
                        .catalog
                        .write(move |transaction| transaction.set_port_cell(medium, None))?;
                    full.push((changer.key, cell.0));
                }
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

    pub(super) fn record_in_port(&self, medium: i64, from: Place, port: i64) -> Result<()> {
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
        self.supposes(medium);
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
    pub(super) fn record_left(&self, medium: i64) -> Result<()> {
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
        says: bool,
    ) -> Result<bool> {
        for leaving in waiting {
            let medium = leaving.medium;
            let cartridge = self.host.catalog.read(|view| view.cartridge(medium))?;
            let Some((changer, _)) = self.where_from(&cartridge)? else { return Ok(true) };
            let reached = ports.iter().zip(now).filter(|(port, _)| port.changer.key == changer.key);
            let has_room = |(port, now): (&Port<'_>, &PortNow)| {
                now.has_room(says) && (port.motorised || now.is_in())
            };
            if reached.into_iter().any(has_room) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether a cell holds something else than the medium, or nothing. One that does not tell has been
/// emptied.
pub(super) fn has_left(status: &ElementStatus, cartridge: &Cartridge) -> bool {
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
