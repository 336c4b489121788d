//! Media are taken in through the ports.

use super::Ended;
use super::stop::Stop;
use crate::catalog::LibraryRequestRow;
use crate::error::Result;
use crate::library::Attached;
use crate::library::ports::{Port, PortNow};
use crate::model::{OperationOption, PortContent};

impl Attached {
    pub(super) fn carry_out_inject(&self, row: &LibraryRequestRow, stop: &Stop) -> Result<Ended> {
        let is_many = row.task.option == OperationOption::InjectMany;
        loop {
            let ports = self.ports()?;
            let ended = self.have_ports_filled(row, &ports, stop);
            // Whatever has come of it: what people have put in is taken in.
            let taken = self.take_in(&ports);
            if let Some(ended) = ended? {
                return taken.map(|_| ended);
            }
            let taken = taken?;
            if !is_many || taken.stored == 0 || taken.left > 0 {
                return Ok(Ended::Passed);
            }
        }
    }

    /// Lets people have the ports until something is in them, nobody has come in time, or they are
    /// to be taken back now. A port that people have out is waited for.
    pub(super) fn have_ports_filled(
        &self,
        row: &LibraryRequestRow,
        ports: &[Port<'_>],
        stop: &Stop,
    ) -> Result<Option<Ended>> {
        let mut was_out = vec![false; ports.len()];
        self.leave_ports_to_people(row, ports, stop, "push the port in", |now, patience| {
            let mut is_filled = false;
            let mut is_out_by_hand = false;
            for ((port, now), was_out) in ports.iter().zip(now).zip(&mut was_out) {
                is_filled |= is_ready(port, now, *was_out);
                is_out_by_hand |= !port.motorised && !now.is_in();
                *was_out |= !now.is_in();
            }
            let is_over = (is_filled || patience.is_late) && !is_out_by_hand;
            Ok(stop.asked().is_none() && (is_over || stop.was_hurried()))
        })
    }
}

/// Whether people have done with a port: it is full, or they have pushed it in.
fn is_ready(port: &Port<'_>, now: &PortNow, was_out: bool) -> bool {
    let is_pushed = was_out && now.is_in();
    let is_full = now.content() == PortContent::Full;
    is_pushed || (is_full && (port.is_single() || (!port.motorised && now.is_in())))
}
