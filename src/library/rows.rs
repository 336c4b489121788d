//! The rows of a library's parts: known devices get their rows back, new ones get new rows.

use super::absence::miss_drive;
use super::geometry::Found;
use super::host::Host;
use super::units::{CHUNK, port_groups};
use crate::catalog::{ChangerRow, DeviceTexts, DriveRow, PortRow, Transaction, View};
use crate::device::{DeviceIdentity, ElementAddress, ElementRange};
use crate::error::{ErrorKind, Result};
use crate::ids::Ids;
use crate::model::text::legible;
use crate::model::{
    DoorState, DriveState, OperationalState, PortContent, PortPosition, SlotState, Timestamp,
};

/// The rows of changers and drives, in the order in which they were found.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    pub(super) changers: Vec<i64>,
    pub(super) drives: Vec<DriveRow>,
}

/// A drive to be bound: its changer's place in the list, if it has one, its address, what it says,
/// whether it answers.
type DriveFacts = (Option<usize>, u16, DeviceTexts, bool);

/// What the catalog has to know of changers, drives, ports and doors.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    changers: Vec<DeviceTexts>,
    drives: Vec<DriveFacts>,
    /// Changer, if there is one, address of the first cell, and number of cells.
    ports: Vec<(Option<usize>, u16, u32)>,
    /// Changer, and which of its doors.
    doors: Vec<(usize, u32)>,
}

pub(super) fn facts(found: &Found) -> Facts {
    let ports = found.changers.iter().enumerate().flat_map(|(index, changer)| {
        let geometry = &changer.geometry;
        let ports = port_groups(geometry).into_iter().filter(|group| group.cells.count > 0);
        ports.map(move |group| (Some(index), group.cells.first.0, group.cells.count))
    });
    // The port of a stand-alone library is the mouth of its drive.
    let mouth = found.changers.is_empty().then_some((None, 0, 1));
    let doors = found.changers.iter().enumerate().flat_map(|(index, changer)| {
        (0u32..).zip(&changer.geometry.doors).map(move |(place, _)| (index, place))
    });
    Facts {
        doors: doors.collect(),
        changers: found.changers.iter().map(|changer| texts(&changer.identity)).collect(),
        drives: found
            .drives
            .iter()
            .map(|d| (d.changer, d.address.0, texts(&d.identity), d.device.is_some()))
            .collect(),
        ports: ports.chain(mouth).collect(),
    }
}

fn texts(identity: &DeviceIdentity) -> DeviceTexts {
    DeviceTexts {
        vendor: legible(&identity.vendor),
        product: legible(&identity.product),
        revision: legible(&identity.revision),
        serial: legible(&identity.serial),
        device_name: legible(&identity.device_name),
    }
}

impl Facts {
    /// Makes the rows agree with the devices.
    pub(super) fn store(
        &self,
        transaction: &Transaction<'_>,
        ids: &Ids,
        library: i64,
        now: Timestamp,
    ) -> Result<Rows> {
        let changers = self.store_changers(transaction, ids, library, now)?;
        let drives = self.store_drives(transaction, ids, library, &changers, now)?;
        self.store_ports(transaction, ids, library, &changers, now)?;
        self.store_doors(transaction, ids, library, &changers, now)?;
        Ok(Rows { changers, drives })
    }

    fn store_changers(
        &self,
        transaction: &Transaction<'_>,
        ids: &Ids,
        library: i64,
        now: Timestamp,
    ) -> Result<Vec<i64>> {
        let mut known = transaction.changers_of_library(library)?;
        let mut last = known.iter().map(|row| row.number).max().unwrap_or(0);
        let mut keys = Vec::new();
        for (place, device) in (1u32..).zip(&self.changers) {
            let same = |row: &ChangerRow| {
                if device.serial.is_empty() {
                    row.number == place && row.device.is_like(device)
                } else {
                    row.device.serial == device.serial
                }
            };
            if let Some(at) = known.iter().position(same) {
                let row = known.remove(at);
                transaction.set_changer_device(&row, device, now)?;
                transaction.set_changer_state(&row, OperationalState::Ready, now)?;
                keys.push(row.key);
            } else {
                last += 1;
                let id = ids.fresh();
                keys.push(transaction.insert_changer(id, library, last, device, now)?);
            }
        }
        for gone in known {
            transaction.set_changer_state(&gone, OperationalState::NotPresent, now)?;
        }
        Ok(keys)
    }

    fn store_drives(
        &self,
        transaction: &Transaction<'_>,
        ids: &Ids,
        library: i64,
        changers: &[i64],
        now: Timestamp,
    ) -> Result<Vec<DriveRow>> {
        let mut known = transaction.drives_of_library(library)?;
        let mut last = known.iter().map(|row| row.number).max().unwrap_or(0);
        let mut rows = Vec::new();
        for (changer, address, device, answers) in &self.drives {
            let changer = row_of(changers, *changer)?;
            let same = |row: &DriveRow| {
                if device.serial.is_empty() {
                    (row.changer, row.address) == (changer, *address) && row.device.is_like(device)
                } else {
                    row.device.serial == device.serial
                }
            };
            let found = known.iter().position(same).map(|at| known.remove(at));
            let before = found.unwrap_or_else(|| {
                last += 1;
                new_drive(ids, library, last, now)
            });
            let operational_state = match before.operational_state {
                _ if !*answers => OperationalState::NotPresent,
                // Until a person says otherwise.
                OperationalState::NeedsService => OperationalState::NeedsService,
                _ => OperationalState::Ready,
            };
            let mut row = DriveRow {
                changer,
                address: *address,
                device: device.clone(),
                operational_state,
                ..before.clone()
            };
            if row.key == 0 {
                row.key = transaction.insert_drive(&row, now)?;
            } else {
                transaction.set_drive_device(&before, &row, now)?;
            }
            if !answers {
                miss_drive(transaction, row.key, now)?;
            }
            rows.push(row);
        }
        for gone in known {
            let absent =
                DriveRow { operational_state: OperationalState::NotPresent, ..gone.clone() };
            transaction.set_drive_device(&gone, &absent, now)?;
            miss_drive(transaction, gone.key, now)?;
        }
        Ok(rows)
    }

    fn store_ports(
        &self,
        transaction: &Transaction<'_>,
        ids: &Ids,
        library: i64,
        changers: &[i64],
        now: Timestamp,
    ) -> Result<()> {
        let known = transaction.ports_of_library(library)?;
        let mut last = known.iter().map(|row| row.number).max().unwrap_or(0);
        for (changer, address, cells) in &self.ports {
            let changer = row_of(changers, *changer)?;
            let is_it = |row: &&PortRow| (row.changer, row.address) == (changer, *address);
            if let Some(row) = known.iter().find(is_it) {
                transaction.set_port_cells(row, *cells, now)?;
            } else {
                last += 1;
                let id = ids.fresh();
                transaction.insert_port(id, library, last, (changer, *address, *cells), now)?;
            }
        }
        for row in known.iter().filter(|row| !self.has_port(changers, row.changer, row.address)) {
            transaction.set_port_state(row, PortContent::Unknown, PortPosition::Unknown, now)?;
        }
        Ok(())
    }

    fn store_doors(
        &self,
        transaction: &Transaction<'_>,
        ids: &Ids,
        library: i64,
        changers: &[i64],
        now: Timestamp,
    ) -> Result<()> {
        let known = transaction.doors_of_library(library)?;
        let mut last = known.iter().map(|row| row.number).max().unwrap_or(0);
        for (changer, place) in &self.doors {
            let Some(changer) = changers.get(*changer) else { continue };
            if !known.iter().any(|row| (row.changer, row.place) == (*changer, *place)) {
                last += 1;
                transaction.insert_door(ids.fresh(), library, last, (*changer, *place), now)?;
            }
        }
        for row in &known {
            let is_there = |(at, place): &(usize, u32)| {
                changers.get(*at) == Some(&row.changer) && *place == row.place
            };
            if !self.doors.iter().any(is_there) {
                transaction.set_door_state(row, DoorState::Unknown, now)?;
            }
        }
        Ok(())
    }

    fn has_port(&self, changers: &[i64], changer: Option<i64>, address: u16) -> bool {
        let is_it =
            |at: &Option<usize>| at.map(|at| changers.get(at)) == changer.as_ref().map(Some);
        self.ports.iter().any(|(at, a, _)| is_it(at) && *a == address)
    }
}

/// The row of a changer in this place of the list, if there is one.
fn row_of(changers: &[i64], place: Option<usize>) -> Result<Option<i64>> {
    let row = |place| changers.get(place).copied().ok_or_else(|| ErrorKind::Internal.into());
    place.map(row).transpose()
}

fn new_drive(ids: &Ids, library: i64, number: u32, now: Timestamp) -> DriveRow {
    DriveRow {
        key: 0,
        id: ids.fresh(),
        library,
        number,
        changer: None,
        address: 0,
        device: DeviceTexts::default(),
        description: String::new(),
        created: now,
        modified: now,
        enabled: true,
        operational_state: OperationalState::Ready,
        state: DriveState::Dismounted,
        saved_side: None,
        deferred_since: None,
        mount_count: 0,
        last_cleaned: None,
        wants_cleaning: false,
        cleaned_at: None,
        defer_delay: 300,
    }
}

/// Gives every slot of a changer a row, and returns their keys in the order of their addresses.
/// Slots the changer does not have any more stay, not present.
pub(super) fn store_slots(
    host: &Host,
    library: i64,
    changer: i64,
    range: ElementRange,
) -> Result<Vec<i64>> {
    let mut keys = vec![0; usize::try_from(range.count).unwrap_or(0)];
    let mut gone = Vec::new();
    let mut from = 0;
    loop {
        let known = host.catalog.read(|view| view.slot_places(changer, from, CHUNK))?;
        let Some((_, last)) = known.last() else { break };
        from = u32::from(*last) + 1;
        for (key, address) in known {
            let index = range.index_of(ElementAddress(address));
            match index.and_then(|i| keys.get_mut(usize::try_from(i).ok()?)) {
                Some(place) => *place = key,
                None => gone.push(key),
            }
        }
    }
    insert_missing(host, library, changer, range, &mut keys)?;
    for batch in gone.chunks(CHUNK as usize) {
        let (batch, now) = (batch.to_vec(), host.now());
        host.catalog.write(move |transaction| {
            batch
                .iter()
                .try_for_each(|slot| transaction.set_slot_state(*slot, SlotState::NotPresent, now))
        })?;
    }
    Ok(keys)
}

fn insert_missing(
    host: &Host,
    library: i64,
    changer: i64,
    range: ElementRange,
    keys: &mut [i64],
) -> Result<()> {
    let missing: Vec<(usize, u16)> = keys
        .iter()
        .enumerate()
        .filter(|(_, key)| **key == 0)
        .filter_map(|(i, _)| Some((i, range.address(u32::try_from(i).ok()?)?.0)))
        .collect();
    for batch in missing.chunks(CHUNK as usize) {
        let new: Vec<_> = batch.iter().map(|(_, address)| (host.ids.fresh(), *address)).collect();
        let now = host.now();
        let made = host.catalog.write(move |transaction| {
            let first = next_number(transaction, library)?;
            (first..)
                .zip(&new)
                .map(|(number, (id, address))| {
                    transaction.insert_slot(*id, library, number, (changer, *address), now)
                })
                .collect::<Result<Vec<i64>>>()
        })?;
        for ((index, _), key) in batch.iter().zip(made) {
            if let Some(place) = keys.get_mut(*index) {
                *place = key;
            }
        }
    }
    Ok(())
}

fn next_number(view: &View<'_>, library: i64) -> Result<u32> {
    Ok(view.last_slot_number(library)? + 1)
}
