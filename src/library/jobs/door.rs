//! People are let in through the doors.

use std::time::Duration;

use super::Ended;
use super::stop::Stop;
use crate::catalog::{Answer, Because, DoorRow, LibraryRequestRow, Removal, Unattended};
use crate::error::{ErrorKind, Result};
use crate::library::Attached;
use crate::library::doors::{Doors, look_after};
use crate::library::failure::device;
use crate::model::{
    DoorInventory, InventoryMethod, OperatorRequestId, OperatorRequestState, Timestamp,
};

/// How long people have to open a door that is to be closed at once.
const TO_OPEN: Duration = Duration::from_secs(300);

/// How it went with people who were let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// They have gone; the doors are locked.
    Over,
    /// A person will not close a door, or nobody is there to do it.
    Refused(Because),
    Asked(Removal),
}

impl Attached {
    pub(super) fn carry_out_door_access(
        &self,
        row: &LibraryRequestRow,
        stop: &Stop,
    ) -> Result<Ended> {
        let action = i64::from(row.task.argument);
        let method = DoorInventory::try_from(action).unwrap_or(DoorInventory::Default).method();
        match self.let_people_in(row, stop, method)? {
            Access::Over => self.inventory(method).map(|()| Ended::Passed),
            Access::Refused(because) => Ok(Ended::Failed(because)),
            Access::Asked(how) => Ok(how.into()),
        }
    }

    /// Unlocks the doors and waits until people have gone. What is not waited for any more is done
    /// when the last door is closed.
    pub(super) fn let_people_in(
        &self,
        row: &LibraryRequestRow,
        stop: &Stop,
        after: InventoryMethod,
    ) -> Result<Access> {
        self.tidy_drives()?;
        self.release_doors(true)
            .map_err(|error| device("the doors could not be unlocked", error))?;
        let access = self.wait_for_doors(row, stop);
        let is_open = self.look_at_doors().is_ok_and(|doors| !doors.open.is_empty());
        if is_open {
            self.leave_doors_open(after);
        } else {
            self.doors_are_closed()?;
        }
        access
    }

    fn wait_for_doors(&self, row: &LibraryRequestRow, stop: &Stop) -> Result<Access> {
        let began = self.now();
        let mut was_open = false;
        let mut asked: Option<OperatorRequestId> = None;
        loop {
            let seen = stop.signal().count();
            let doors = self.look_at_doors()?;
            if let Some(how) = stop.asked() {
                return Ok(Access::Asked(how));
            }
            let now = self.now();
            let end = end_of(&doors, began, self)?;
            was_open |= !doors.open.is_empty();
            let answer = asked.map(|asked| self.answer_to(asked)).transpose()?;
            if doors.open.is_empty() {
                let is_told =
                    !doors.silent.is_empty() && answer == Some(OperatorRequestState::Complete);
                if was_open || is_told || end.is_some_and(|end| end <= now) {
                    return Ok(Access::Over);
                }
            }
            if let (Some(OperatorRequestState::Refused), Some(asked)) = (answer, asked) {
                return Ok(Access::Refused(self.not_closed(asked)?));
            }
            if answer.is_none_or(OperatorRequestState::is_final) {
                asked = match overdue(&doors, began, now) {
                    Some(door) => match self.ask_to_close(row, door)? {
                        Ok(asked) => Some(asked),
                        Err(why) => return Ok(Access::Refused(nobody_closes(&why.answer))),
                    },
                    None => None,
                };
            }
            let next = next_look(&doors, began, now, end);
            self.wait_for_people(stop, seen, Some(self.monotonic_of(next)));
        }
    }

    fn ask_to_close(
        &self,
        row: &LibraryRequestRow,
        door: &DoorRow,
    ) -> Result<std::result::Result<OperatorRequestId, Unattended>> {
        let (row, door, now) = (row.clone(), door.clone(), self.now());
        self.host.catalog.write(move |transaction| transaction.ask_to_close_for(&row, &door, now))
    }

    fn not_closed(&self, asked: OperatorRequestId) -> Result<Because> {
        let row = self.host.catalog.read(|view| view.operator_request(asked))?;
        let answer = row.map(|row| row.answer).unwrap_or_default();
        Ok(nobody_closes(&answer))
    }

    /// How a person has answered. A request that is gone counts as done.
    pub(super) fn answer_to(&self, asked: OperatorRequestId) -> Result<OperatorRequestState> {
        let row = self.host.catalog.read(|view| view.operator_request(asked))?;
        Ok(row.map_or(OperatorRequestState::Complete, |row| row.state))
    }
}

fn nobody_closes(answer: &Answer) -> Because {
    Because::new(ErrorKind::ControllingPort, answer.refusal("nobody closes the door"))
}

fn seconds(secs: u16) -> Duration {
    Duration::from_secs(u64::from(secs))
}

/// When nobody is waited for any longer who has not opened a door: none when a person has to say so.
fn end_of(doors: &Doors, began: Timestamp, library: &Attached) -> Result<Option<Timestamp>> {
    if doors.silent.iter().any(|door| door.max_open == 0) {
        return Ok(None);
    }
    let key = library.key;
    let rows = library.host.catalog.read(|view| view.doors_of_library(key))?;
    let longest = rows.iter().map(|door| seconds(door.max_open)).max().unwrap_or_default();
    let longest = if longest.is_zero() { TO_OPEN } else { longest };
    Ok(Some(began.saturating_add(longest)))
}

/// A door that has been open too long, or that nobody but a person can tell of.
fn overdue(doors: &Doors, began: Timestamp, now: Timestamp) -> Option<&DoorRow> {
    let is_over =
        |since: Timestamp, door: &DoorRow| since.saturating_add(seconds(door.max_open)) <= now;
    let open = doors.open.iter().find(|(door, since)| is_over(*since, door));
    let silent = doors.silent.iter().find(|door| door.max_open == 0 && is_over(began, door));
    open.map(|(door, _)| door).or(silent)
}

fn next_look(doors: &Doors, began: Timestamp, now: Timestamp, end: Option<Timestamp>) -> Timestamp {
    let limits =
        doors.open.iter().map(|(door, since)| since.saturating_add(seconds(door.max_open)));
    let ahead = limits.chain(end).filter(|time| *time > now);
    ahead.fold(now.saturating_add(look_after(now.saturating_since(began))), Timestamp::min)
}
