//! Media are put out through the ports.

use super::Ended;
use super::inject::not_seen_to;
use super::stop::Stop;
use crate::catalog::{LibraryRequestRow, Removal};
use crate::error::Result;
use crate::library::Attached;
use crate::library::ports::{Port, PortNow};
use crate::library::put_out::Out;
use crate::model::{OperatorRequestId, OperatorRequestState, PortPosition};

/// How it went with people who were to take something out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Took {
    /// It is out.
    All,
    Refused,
    Asked(Removal),
}

impl Attached {
    pub(super) fn carry_out_eject(&self, row: &LibraryRequestRow, stop: &Stop) -> Result<Ended> {
        self.claim_leaving(row)?;
        let done = self.eject_all(row, stop);
        if !matches!(done, Ok(Took::All)) {
            self.bring_back(row)?;
        }
        Ok(match done? {
            Took::All => Ended::Passed,
            Took::Refused => Ended::Failed(not_seen_to()),
            Took::Asked(how) => how.into(),
        })
    }

    /// In rounds, if not everything fits at once.
    fn eject_all(&self, row: &LibraryRequestRow, stop: &Stop) -> Result<Took> {
        loop {
            let ports = self.ports()?;
            // A port that is out, or full of something else, is waited for.
            match self.put_out(row, &ports, || stop.asked().is_some())? {
                Out::Asked => return Ok(stop.asked().map_or(Took::Refused, Took::Asked)),
                Out::Nothing if self.leaving(row)?.is_empty() => return Ok(Took::All),
                Out::Nothing | Out::Some => {}
            }
            let took = self.have_ports_emptied(row, &ports, stop)?;
            if took != Took::All {
                return Ok(took);
            }
        }
    }

    /// Lets people have the ports until what was put there is taken out; without any such, until
    /// there is room.
    fn have_ports_emptied(
        &self,
        row: &LibraryRequestRow,
        ports: &[Port<'_>],
        stop: &Stop,
    ) -> Result<Took> {
        for port in ports {
            self.move_port(port, PortPosition::Extended)?;
        }
        let waits_for_room = !self.leaving(row)?.iter().any(|leaving| leaving.cell.is_some());
        let began = self.now();
        let limit = ports.iter().map(Port::limit).max().unwrap_or_default();
        let limit = began.saturating_add(limit);
        let mut asked: Option<OperatorRequestId> = None;
        loop {
            let seen = stop.signal().count();
            let now =
                ports.iter().map(|port| self.look_at_port(port)).collect::<Result<Vec<_>>>()?;
            self.note_taken(row, ports, &now)?;
            let left = self.leaving(row)?;
            let is_done = if waits_for_room {
                self.is_there_room(&left, ports, &now)?
            } else {
                !left.iter().any(|leaving| leaving.cell.is_some())
            };
            if is_done {
                self.take_ports_back(ports, &now)?;
                return self.thank(asked).map(|()| Took::All);
            }
            if let Some(how) = stop.asked() {
                return Ok(Took::Asked(how));
            }
            let is_late = self.now() >= limit;
            match asked.map(|asked| self.answer_to(asked)).transpose()? {
                Some(OperatorRequestState::Refused) => return Ok(Took::Refused),
                answer if is_late && answer.is_none_or(OperatorRequestState::is_final) => {
                    asked = Some(self.ask_about_ports(row, "take out what is in the port")?);
                }
                _ => {}
            }
            self.wait_at_ports(stop, seen, began, limit);
        }
    }

    /// Ports that are empty are taken back.
    pub(super) fn take_ports_back(&self, ports: &[Port<'_>], now: &[PortNow]) -> Result<()> {
        for (port, now) in ports.iter().zip(now) {
            if now.has_room() && !now.is_in() {
                self.move_port(port, PortPosition::Retracted)?;
            }
        }
        Ok(())
    }
}
