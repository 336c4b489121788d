//! A drive that several hosts can reserve, as SPC-5 has it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, dead_code)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rsm::device::scsi::{Completion, Data, Status, Transport, TransportError, Unit};

/// The drive.
#[derive(Clone, Debug, Default)]
pub struct Reservable(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// The key of each way from a host.
    keys: BTreeMap<u8, u64>,
    /// Which way holds it, with the type of the reservation.
    holder: Option<(u8, u8)>,
    /// Which way has reserved it with RESERVE of SPC-2.
    old: Option<u8>,
    /// Attentions of ways.
    attentions: BTreeMap<u8, (u8, u8)>,
    refused: BTreeSet<(u8, u8)>,
}

/// A way from a host to the drive.
#[derive(Clone, Debug)]
pub struct Way {
    drive: Reservable,
    number: u8,
}

impl Reservable {
    pub fn way(&self, number: u8) -> Unit {
        Unit::new(Arc::new(Way { drive: self.clone(), number }))
    }

    /// The keys that are registered, by way.
    pub fn keys(&self) -> Vec<(u8, u64)> {
        self.0.lock().keys.iter().map(|(way, key)| (*way, *key)).collect()
    }

    /// Which way holds it, with the type of the reservation.
    pub fn holder(&self) -> Option<(u8, u8)> {
        self.0.lock().holder
    }

    /// The way registers this key and reserves the drive, as another program would.
    pub fn hold(&self, way: u8, key: u64, kind: u8) {
        let mut state = self.0.lock();
        state.keys.insert(way, key);
        state.holder = Some((way, kind));
    }

    /// The way registers this key.
    pub fn add(&self, way: u8, key: u64) {
        self.0.lock().keys.insert(way, key);
    }

    /// The way reserves the drive with RESERVE of SPC-2.
    pub fn hold_in_the_old_way(&self, way: u8) {
        self.0.lock().old = Some(way);
    }

    /// The drive does not know this service action of an operation code.
    pub fn refuse(&self, operation: u8, action: u8) {
        self.0.lock().refused.insert((operation, action));
    }

    /// Power goes and comes back.
    pub fn switch_off_and_on(&self) {
        let mut state = self.0.lock();
        let ways: Vec<_> = state.keys.keys().copied().collect();
        *state = State::default();
        state.attentions.extend(ways.into_iter().map(|way| (way, (0x29, 0x01))));
    }
}

impl Transport for Way {
    fn execute(
        &self,
        command: &[u8],
        data: Data<'_>,
        _: Duration,
    ) -> Result<Completion, TransportError> {
        Ok(self.drive.0.lock().execute(self.number, command, data))
    }

    fn name(&self) -> String {
        format!("way {}", self.number)
    }

    fn max_transfer(&self) -> usize {
        1 << 20
    }
}

fn ends(status: Status) -> Completion {
    Completion { status, sense: vec![], transferred: 0 }
}

fn sense(key: u8, code: u8, qualifier: u8) -> Completion {
    let sense = vec![0x72, key, code, qualifier, 0, 0, 0, 0];
    Completion { status: Status::CHECK_CONDITION, sense, transferred: 0 }
}

impl State {
    fn execute(&mut self, way: u8, command: &[u8], data: Data<'_>) -> Completion {
        if let Some((code, qualifier)) = self.attentions.remove(&way) {
            return sense(6, code, qualifier);
        }
        let action = command[1] & 0x1f;
        if self.refused.contains(&(command[0], action)) {
            return sense(5, 0x24, 0);
        }
        if self.old.is_some_and(|holder| holder != way) {
            return ends(Status::RESERVATION_CONFLICT);
        }
        match (command[0], data) {
            (0x5e, Data::In(buffer)) => {
                let answer = self.tell(action);
                buffer[..answer.len()].copy_from_slice(&answer);
                Completion::good(answer.len())
            }
            (0x5f, Data::Out(data)) => {
                assert_eq!((data.len(), command[8]), (24, 24));
                let number = |at: usize| u64::from_be_bytes(data[at..at + 8].try_into().unwrap());
                self.order(way, action, command[2], number(0), number(8))
            }
            _ if self.holder.is_some_and(|(holder, kind)| holder != way && kind == 3) => {
                ends(Status::RESERVATION_CONFLICT)
            }
            _ => Completion::good(0),
        }
    }

    fn order(&mut self, way: u8, action: u8, kind: u8, key: u64, about: u64) -> Completion {
        let conflict = ends(Status::RESERVATION_CONFLICT);
        let registered = self.keys.get(&way).copied();
        if action == 0 && registered.unwrap_or(0) != key {
            return conflict;
        }
        if action != 0 && action != 6 && registered != Some(key) {
            return conflict;
        }
        match action {
            0 | 6 => self.register(way, about),
            1 if self.holder.is_none() => self.holder = Some((way, kind)),
            1 if self.holder == Some((way, kind)) => {}
            1 => return conflict,
            2 if self.holder.is_some_and(|(holder, _)| self.all_hold() || holder == way) => {
                if self.holder.is_some_and(|(_, held)| held != kind) {
                    return sense(5, 0x26, 0x04);
                }
                self.holder = None;
            }
            2 => {}
            4 | 5 => return self.preempt(way, kind, about),
            _ => return sense(5, 0x24, 0),
        }
        Completion::good(24)
    }

    fn register(&mut self, way: u8, key: u64) {
        if key != 0 {
            self.keys.insert(way, key);
            return;
        }
        self.keys.remove(&way);
        if self.holder.is_some_and(|(holder, _)| holder == way) {
            self.holder = None;
        }
    }

    fn preempt(&mut self, way: u8, kind: u8, about: u64) -> Completion {
        let held_by = self.holder.and_then(|(holder, _)| self.keys.get(&holder)).copied();
        let takes = if self.all_hold() { about == 0 } else { held_by == Some(about) };
        let gone: Vec<_> = self
            .keys
            .iter()
            .filter(|(other, key)| **other != way && (**key == about || about == 0))
            .map(|(other, _)| *other)
            .collect();
        if !takes && gone.is_empty() {
            return ends(Status::RESERVATION_CONFLICT);
        }
        for other in gone {
            self.keys.remove(&other);
            self.attentions.insert(other, (0x2a, 0x05));
        }
        if takes {
            self.holder = Some((way, kind));
        }
        Completion::good(24)
    }

    fn all_hold(&self) -> bool {
        self.holder.is_some_and(|(_, kind)| kind >= 7)
    }

    fn tell(&self, action: u8) -> Vec<u8> {
        let list: Vec<u8> = match action {
            0 => self.keys.values().flat_map(|key| key.to_be_bytes()).collect(),
            1 => self.holder.map_or(vec![], |(way, kind)| {
                let key = if self.all_hold() { 0 } else { self.keys[&way] };
                [&key.to_be_bytes()[..], &[0, 0, 0, 0, 0, kind, 0, 0]].concat()
            }),
            _ => self.keys.iter().flat_map(|(way, key)| self.registrant(*way, *key)).collect(),
        };
        let length = u32::try_from(list.len()).unwrap();
        [&[0; 4][..], &length.to_be_bytes(), &list].concat()
    }

    fn registrant(&self, way: u8, key: u64) -> Vec<u8> {
        let held = self.holder.filter(|(holder, _)| *holder == way || self.all_hold());
        let (holds, kind) = held.map_or((0, 0), |(_, kind)| (1, kind));
        let name = format!("iqn.2026.test:{way:03}");
        let id = [&[0x45, 0, 0, 17][..], name.as_bytes()].concat();
        let head = [0, 0, 0, 0, holds, kind, 0, 0, 0, 0, 0, 1, 0, 0, 0, 21];
        [&key.to_be_bytes()[..], &head, &id].concat()
    }
}
