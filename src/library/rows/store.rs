//! The rows of changers, drives, ports and doors.

use super::facts::Facts;
use crate::catalog::{ChangerRow, DeviceFacts, DriveRow, PortRow, Transaction};
use crate::error::{ErrorKind, Result};
use crate::ids::Ids;
use crate::library::absence::miss_drive;
use crate::library::health::ask_about_drive;
use crate::model::{DoorState, DriveState, OperationalState, PortContent, PortPosition, Timestamp};

/// The rows of changers and drives, in the order in which they were found.
#[derive(Clone, Debug, Default)]
pub(in crate::library) struct Rows {
    pub(in crate::library) changers: Vec<i64>,
    pub(in crate::library) drives: Vec<DriveRow>,
}

/// Where rows of a library are stored.
pub(in crate::library) struct Store<'a, 'c> {
    pub(in crate::library) on: &'a Transaction<'c>,
    pub(in crate::library) ids: &'a Ids,
    pub(in crate::library) library: i64,
    pub(in crate::library) now: Timestamp,
}

impl Store<'_, '_> {
    /// Makes the rows agree with the devices.
    pub(in crate::library) fn store(&self, facts: &Facts) -> Result<Rows> {
        self.store_models(&facts.models)?;
        let changers = self.store_changers(facts)?;
        let drives = self.store_drives(facts, &changers)?;
        self.store_ports(facts, &changers)?;
        self.store_doors(facts, &changers)?;
        Ok(Rows { changers, drives })
    }

    fn store_changers(&self, facts: &Facts) -> Result<Vec<i64>> {
        let mut known = self.on.changers_of_library(self.library)?;
        let mut last = known.iter().map(|row| row.number).max().unwrap_or(0);
        let mut keys = Vec::new();
        for (place, device) in (1u32..).zip(&facts.changers) {
            let same = |row: &ChangerRow| {
                if device.serial.is_empty() {
                    row.number == place && row.device.is_like(device)
                } else {
                    row.device.serial == device.serial
                }
            };
            if let Some(at) = known.iter().position(same) {
                let row = known.remove(at);
                self.on.set_changer_device(&row, device, self.now)?;
                self.on.set_changer_state(&row, OperationalState::Ready, self.now)?;
                keys.push(row.key);
            } else {
                last += 1;
                let id = self.ids.fresh();
                keys.push(self.on.insert_changer(id, self.library, last, device, self.now)?);
            }
        }
        for gone in known {
            self.on.set_changer_state(&gone, OperationalState::NotPresent, self.now)?;
        }
        Ok(keys)
    }

    fn store_drives(&self, facts: &Facts, changers: &[i64]) -> Result<Vec<DriveRow>> {
        let mut known = self.on.drives_of_library(self.library)?;
        let mut last = known.iter().map(|row| row.number).max().unwrap_or(0);
        let mut rows = Vec::new();
        for (changer, address, device, answers) in &facts.drives {
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
                new_drive(self.ids, self.library, last, self.now)
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
                row.key = self.on.insert_drive(&row, self.now)?;
            } else {
                self.on.set_drive_device(&before, &row, self.now)?;
            }
            if row.operational_state == OperationalState::NeedsService {
                // Whoever was asked may have refused.
                ask_about_drive(self.on, &row, "it is out of service", self.now)?;
            }
            if !answers {
                miss_drive(self.on, row.key, self.now)?;
            }
            rows.push(row);
        }
        for gone in known {
            let absent =
                DriveRow { operational_state: OperationalState::NotPresent, ..gone.clone() };
            self.on.set_drive_device(&gone, &absent, self.now)?;
            miss_drive(self.on, gone.key, self.now)?;
        }
        Ok(rows)
    }

    fn store_ports(&self, facts: &Facts, changers: &[i64]) -> Result<()> {
        let known = self.on.ports_of_library(self.library)?;
        let mut last = known.iter().map(|row| row.number).max().unwrap_or(0);
        for (changer, address, cells) in &facts.ports {
            let changer = row_of(changers, *changer)?;
            let is_it = |row: &&PortRow| (row.changer, row.address) == (changer, *address);
            if let Some(row) = known.iter().find(is_it) {
                self.on.set_port_cells(row, *cells, self.now)?;
            } else {
                last += 1;
                let id = self.ids.fresh();
                self.on.insert_port(
                    id,
                    self.library,
                    last,
                    (changer, *address, *cells),
                    self.now,
                )?;
            }
        }
        for row in known.iter().filter(|row| !has_port(facts, changers, row.changer, row.address)) {
            self.on.set_port_state(row, PortContent::Unknown, PortPosition::Unknown, self.now)?;
        }
        Ok(())
    }

    fn store_doors(&self, facts: &Facts, changers: &[i64]) -> Result<()> {
        let known = self.on.doors_of_library(self.library)?;
        let mut last = known.iter().map(|row| row.number).max().unwrap_or(0);
        for (changer, place) in &facts.doors {
            let Some(changer) = changers.get(*changer) else { continue };
            if !known.iter().any(|row| (row.changer, row.place) == (*changer, *place)) {
                last += 1;
                self.on.insert_door(
                    self.ids.fresh(),
                    self.library,
                    last,
                    (*changer, *place),
                    self.now,
                )?;
            }
        }
        for row in &known {
            let is_there = |(at, place): &(usize, u32)| {
                changers.get(*at) == Some(&row.changer) && *place == row.place
            };
            if !facts.doors.iter().any(is_there) {
                self.on.set_door_state(row, DoorState::Unknown, self.now)?;
            }
        }
        Ok(())
    }
}

fn has_port(facts: &Facts, changers: &[i64], changer: Option<i64>, address: u16) -> bool {
    let is_it = |at: &Option<usize>| at.map(|at| changers.get(at)) == changer.as_ref().map(Some);
    facts.ports.iter().any(|(at, a, _)| is_it(at) && *a == address)
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
        device: DeviceFacts::default(),
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
