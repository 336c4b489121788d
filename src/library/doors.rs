//! Doors: whether one is open, and what that means for the library.
//!
//! Whoever opens a door on request, or with a key: while one is open nothing is begun, and a
//! movement under way waits. What a request does not wait for any more is seen to here: when the
//! last door is closed, all are locked, and an inventory finds out what people have done.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::Attached;
use super::crew::caught;
use super::failure::device;
use super::units::asking;
use crate::catalog::DoorRow;
use crate::clock::Woken;
use crate::device::{DeviceErrorKind, DeviceResult, Refusal};
use crate::error::Result;
use crate::model::{DoorState, InventoryMethod, ServiceTarget, Timestamp};

/// The longest pause between two looks at something that people are at. Most libraries notice by
/// themselves.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// When to look again at something that people have been at for so long.
pub(super) fn look_after(time: Duration) -> Duration {
    (time / 8).clamp(Duration::from_secs(1), LONGEST_PAUSE)
}

/// What is known of open doors besides their rows.
#[derive(Debug, Default)]
pub(super) struct DoorWatch {
    /// How often the device had noticed something when its doors were looked at last.
    noticed: u64,
    /// Somebody is looking at them.
    is_looking: bool,
    /// When they are looked at again, if nothing happens before.
    next: Option<Timestamp>,
    /// Since when they are open, by the keys of their rows.
    since: HashMap<i64, Timestamp>,
    /// Doors that a person was asked to close.
    asked: HashSet<i64>,
    /// How to look for what people have done, when the last door is closed.
    after: Option<InventoryMethod>,
}

/// What the doors of a library say.
#[derive(Debug, Default)]
pub(super) struct Doors {
    /// Those that are open, with the time since when.
    pub(super) open: Vec<(DoorRow, Timestamp)>,
    /// Those that do not tell.
    pub(super) silent: Vec<DoorRow>,
}

impl Attached {
    pub(super) fn has_doors(&self) -> bool {
        self.changers.iter().any(|changer| !changer.geometry.doors.is_empty())
    }

    /// Looks at every door, and tells the catalog. From now on nothing is begun if one is open.
    pub(super) fn look_at_doors(&self) -> Result<Doors> {
        if !self.has_doors() {
            return Ok(Doors::default());
        }
        let seen = self
            .door_states()
            .map_err(|error| device("the doors could not be looked at", error))?;
        let (library, now) = (self.key, self.now());
        let (row, doors) = self
            .host
            .catalog
            .read(|view| Ok((view.library(library)?, view.doors_of_library(library)?)))?;
        let state_of = |door: &DoorRow| {
            let found = seen.iter().find(|(at, _)| *at == (door.changer, door.place));
            found.map_or(DoorState::Unknown, |(_, state)| *state)
        };
        let is_open = seen.iter().any(|(_, state)| *state == DoorState::Open);
        let is_new = doors.iter().any(|door| door.state != state_of(door));
        if is_new || (is_open && !row.door_open) {
            let changed: Vec<(DoorRow, DoorState)> =
                doors.iter().map(|door| (door.clone(), state_of(door))).collect();
            self.host.catalog.write(move |transaction| {
                for (door, state) in &changed {
                    transaction.set_door_state(door, *state, now)?;
                }
                let row = transaction.library(library)?;
                transaction.set_door_open(&row, row.door_open || is_open, now)
            })?;
        }
        let mut watch = self.doors.lock();
        watch.since.retain(|key, _| {
            doors.iter().any(|door| door.key == *key && state_of(door) == DoorState::Open)
        });
        let mut found = Doors::default();
        for door in doors {
            match state_of(&door) {
                DoorState::Open => {
                    let since = *watch.since.entry(door.key).or_insert(now);
                    found.open.push((door, since));
                }
                DoorState::Unknown => found.silent.push(door),
                DoorState::Closed => {}
            }
        }
        Ok(found)
    }

    /// Whether a door is open now: the robot goes on by itself when it is closed.
    pub(super) fn is_door_open(&self) -> bool {
        let states = self.door_states().unwrap_or_default();
        states.iter().any(|(_, state)| *state == DoorState::Open)
    }

    fn door_states(&self) -> DeviceResult<Vec<((i64, u32), DoorState)>> {
        let mut states = Vec::new();
        for changer in &self.changers {
            for (number, (place, _)) in (0u32..).zip(changer.geometry.doors.iter().enumerate()) {
                let state = match asking(|| changer.device.door_state(place)) {
                    Err(error)
                        if error.kind() == DeviceErrorKind::Refused(Refusal::Unsupported) =>
                    {
                        DoorState::Unknown
                    }
                    other => other?,
                };
                states.push(((changer.key, number), state));
            }
        }
        Ok(states)
    }

    /// Releases the locks of all doors, or locks them again.
    pub(super) fn release_doors(&self, release: bool) -> DeviceResult<()> {
        for changer in &self.changers {
            for (place, door) in changer.geometry.doors.iter().enumerate() {
                if !door.lockable {
                    continue;
                }
                match asking(|| changer.device.release_door(place, release)) {
                    Err(error)
                        if error.kind() == DeviceErrorKind::Refused(Refusal::Unsupported) => {}
                    other => other?,
                }
            }
        }
        Ok(())
    }

    /// No door is open any more: work goes on. What people were asked for has been done.
    pub(super) fn doors_are_closed(&self) -> Result<()> {
        if let Err(error) = self.release_doors(false) {
            tracing::warn!(%error, "the doors could not be locked");
        }
        let (library, now) = (self.key, self.now());
        *self.doors.lock() = DoorWatch { noticed: self.noticed(), ..DoorWatch::default() };
        self.host.catalog.write(move |transaction| {
            let row = transaction.library(library)?;
            transaction.set_door_open(&row, false, now)?;
            for door in transaction.doors_of_library(library)? {
                transaction.end_service(ServiceTarget::Door(door.id), now)?;
            }
            Ok(())
        })?;
        self.changed.raise();
        Ok(())
    }

    /// Nobody waits for the open doors any more. When they are closed, this is done.
    pub(super) fn leave_doors_open(&self, after: InventoryMethod) {
        self.doors.lock().after = Some(after);
    }

    /// How often the device has noticed something.
    pub(super) fn noticed(&self) -> u64 {
        self.changes.as_ref().map_or(0, |changes| changes.count())
    }

    /// Has the doors looked at if the device has noticed something, or if it is time. Says when it
    /// is, if nothing happens before.
    pub(super) fn tend_doors(self: &Arc<Self>) -> Result<Option<Timestamp>> {
        if !self.has_doors() || self.is_at_doors()? {
            return Ok(None);
        }
        {
            let (now, noticed) = (self.now(), self.noticed());
            let mut watch = self.doors.lock();
            let is_time = watch.next.is_some_and(|next| next <= now);
            // Whoever looks says when to look again.
            if watch.is_looking {
                return Ok(None);
            }
            if watch.noticed == noticed && !is_time {
                return Ok(watch.next);
            }
            (watch.is_looking, watch.noticed) = (true, noticed);
        }
        let sent = self.employ(|library| library.watch_doors());
        if !matches!(sent, Ok(true)) {
            self.doors.lock().is_looking = false;
        }
        sent.map(|_| None)
    }

    /// Whether a request is about doors: it looks after them.
    fn is_at_doors(&self) -> Result<bool> {
        let library = self.key;
        self.host.catalog.read(|view| view.are_doors_asked_for(&view.library(library)?))
    }

    fn watch_doors(&self) {
        let next = caught(|| self.look_after_open_doors()).unwrap_or_else(|error| {
            tracing::warn!(%error, "the doors of a library are looked at later");
            Some(self.now().saturating_add(LONGEST_PAUSE))
        });
        let mut watch = self.doors.lock();
        (watch.is_looking, watch.next) = (false, next);
    }

    fn look_after_open_doors(&self) -> Result<Option<Timestamp>> {
        let doors = self.look_at_doors()?;
        if doors.open.is_empty() {
            if self.host.catalog.read(|view| view.library(self.key))?.door_open {
                let after = self.doors.lock().after.take();
                self.doors_are_closed()?;
                self.inventory(after.unwrap_or(InventoryMethod::LibraryDefault))?;
            }
            return Ok(None);
        }
        let now = self.now();
        let mut next = None;
        for (door, since) in doors.open {
            let limit = since.saturating_add(Duration::from_secs(u64::from(door.max_open)));
            if limit <= now && self.doors.lock().asked.insert(door.key) {
                self.host
                    .catalog
                    .write(move |transaction| transaction.ask_to_close(&door, now).map(drop))?;
            }
            let again = now.saturating_add(look_after(now.saturating_since(since)));
            let again = if limit > now { again.min(limit) } else { again };
            next = Some(next.map_or(again, |next: Timestamp| next.min(again)));
        }
        Ok(next)
    }

    /// The robot has met an open door. Waits until all are closed; says no if none is open, or the
    /// library is given back.
    pub(super) fn await_closed_doors(&self) -> bool {
        let began = self.host.clock.monotonic();
        let mut was_open = false;
        loop {
            let seen = self.changed.count();
            let is_open = match self.look_at_doors() {
                Ok(doors) => !doors.open.is_empty(),
                Err(error) => {
                    tracing::warn!(%error, "a movement waits for a person");
                    return false;
                }
            };
            if !is_open {
                return was_open;
            }
            was_open = true;
            let tasks = self.tasks.lock();
            if !tasks.works || tasks.stop {
                return false;
            }
            drop(tasks);
            self.have_doors_watched();
            let now = self.host.clock.monotonic();
            let until = now.saturating_add(look_after(now.saturating_sub(began)));
            let _woken: Woken = self.host.clock.wait(&self.changed, seen, Some(until));
        }
    }

    /// Somebody is to ask for them to be closed.
    fn have_doors_watched(&self) {
        let mut watch = self.doors.lock();
        if watch.next.is_none() && !watch.is_looking {
            watch.next = Some(self.now());
            drop(watch);
            self.changed.raise();
        }
    }
}
