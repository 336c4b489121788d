//! Media are put out through the ports.

use super::Ended;
use super::stop::Stop;
use crate::catalog::LibraryRequestRow;
use crate::error::Result;
use crate::library::Attached;
use crate::library::ports::Port;
use crate::library::put_out::Out;

impl Attached {
    pub(super) fn carry_out_eject(&self, row: &LibraryRequestRow, stop: &Stop) -> Result<Ended> {
        self.claim_leaving(row)?;
        let ended = self.eject_all(row, stop);
        if !matches!(ended, Ok(Ended::Passed)) {
            self.bring_back(row)?;
        }
        ended
    }

    /// In rounds, if not everything fits at once.
    fn eject_all(&self, row: &LibraryRequestRow, stop: &Stop) -> Result<Ended> {
        loop {
            let ports = self.ports()?;
            // A port that is out, or full of something else, is waited for.
            let out = self.put_out(row, &ports, || stop.asked().is_some())?;
            if out == Out::Nothing && self.leaving(row)?.is_empty() {
                return Ok(Ended::Passed);
            }
            if out == Out::Asked
                && let Some(how) = stop.asked()
            {
                return Ok(how.into());
            }
            if let Some(ended) = self.have_ports_emptied(row, &ports, stop)? {
                return Ok(ended);
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
    ) -> Result<Option<Ended>> {
        let waits_for_room = !self.leaving(row)?.iter().any(|leaving| leaving.cell.is_some());
        self.leave_ports_to_people(
            row,
            ports,
            stop,
            "take out what is in the port",
            |now, patience| {
                self.note_taken(row, ports, now)?;
                let left = self.leaving(row)?;
                let is_done = if waits_for_room {
                    self.is_there_room(&left, ports, now, patience.is_answered)?
                } else {
                    !left.iter().any(|leaving| leaving.cell.is_some())
                };
                if is_done {
                    self.take_ports_back(ports, now)?;
                }
                Ok(is_done)
            },
        )
    }
}
