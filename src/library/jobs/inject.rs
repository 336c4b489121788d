//! Media are taken in through the ports.

use std::time::Duration;

use super::Ended;
use super::stop::Stop;
use crate::catalog::{Because, LibraryRequestRow, Removal};
use crate::error::{ErrorKind, Result};
use crate::library::Attached;
use crate::library::doors::look_after;
use crate::library::ports::{Port, PortNow};
use crate::model::{
    OperationOption, OperatorRequestId, OperatorRequestState, PortContent, PortPosition, Timestamp,
};

/// Why people are not waited for any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// Somebody has put something in, or pushed the port in.
    In,
    /// Nobody has come in time.
    Late,
    /// The port is to be taken back now.
    Hurried,
    /// A person will not push the port in.
    Refused,
    Asked(Removal),
}

impl Attached {
    pub(super) fn carry_out_inject(&self, row: &LibraryRequestRow, stop: &Stop) -> Result<Ended> {
        let is_many = row.task.option == OperationOption::InjectMany;
        loop {
            let ports = self.ports()?;
            let came = self.have_ports_filled(row, &ports, stop);
            // Whatever has come of it: what people have put in is taken in.
            let taken = self.take_in(&ports);
            match came? {
                Came::Asked(how) => return taken.map(|_| how.into()),
                Came::Refused => return Ok(Ended::Failed(not_seen_to())),
                Came::In | Came::Late | Came::Hurried => {}
            }
            let taken = taken?;
            if !is_many || taken.stored == 0 || taken.left > 0 {
                return Ok(Ended::Passed);
            }
        }
    }

    /// Lets people have the ports until something is in them.
    pub(super) fn have_ports_filled(
        &self,
        row: &LibraryRequestRow,
        ports: &[Port<'_>],
        stop: &Stop,
    ) -> Result<Came> {
        for port in ports {
            self.move_port(port, PortPosition::Extended)?;
        }
        let began = self.now();
        let limit = ports.iter().map(Port::limit).max().unwrap_or_default();
        let limit = began.saturating_add(limit);
        let mut was_out = vec![false; ports.len()];
        let mut asked: Option<OperatorRequestId> = None;
        loop {
            let seen = stop.signal().count();
            let mut is_filled = false;
            let mut is_out_by_hand = false;
            for (port, was_out) in ports.iter().zip(&mut was_out) {
                let now = self.look_at_port(port)?;
                is_filled |= is_ready(port, &now, *was_out);
                is_out_by_hand |= !port.motorised && !now.is_in();
                *was_out |= !now.is_in();
            }
            if let Some(how) = stop.asked() {
                return Ok(Came::Asked(how));
            }
            let is_late = self.now() >= limit;
            let done = match () {
                () if is_filled && !is_out_by_hand => Some(Came::In),
                () if stop.was_hurried() => Some(Came::Hurried),
                () if is_late && !is_out_by_hand => Some(Came::Late),
                () => None,
            };
            if let Some(done) = done {
                return self.thank(asked).map(|()| done);
            }
            match asked.map(|asked| self.answer_to(asked)).transpose()? {
                Some(OperatorRequestState::Refused) => return Ok(Came::Refused),
                answer if is_late && answer.is_none_or(OperatorRequestState::is_final) => {
                    asked = Some(self.ask_about_ports(row, "push the port in")?);
                }
                _ => {}
            }
            self.wait_at_ports(stop, seen, began, limit);
        }
    }

    /// Waits until something may have changed at the ports.
    pub(super) fn wait_at_ports(&self, stop: &Stop, seen: u64, began: Timestamp, limit: Timestamp) {
        let now = self.now();
        let waited = now.as_micros().saturating_sub(began.as_micros());
        let waited = Duration::from_micros(u64::try_from(waited).unwrap_or(0));
        let next = now.saturating_add(look_after(waited));
        let next = if limit > now { next.min(limit) } else { next };
        self.wait_for_people(stop, seen, Some(self.monotonic_of(next)));
    }

    /// What a person was asked for has been done.
    pub(super) fn thank(&self, asked: Option<OperatorRequestId>) -> Result<()> {
        let (Some(asked), now) = (asked, self.now()) else { return Ok(()) };
        self.host.catalog.write(move |transaction| {
            let complete = OperatorRequestState::Complete;
            match transaction.operator_request(asked)?.filter(|row| !row.state.is_final()) {
                Some(_) => transaction.set_operator_request_state(asked, complete, now),
                None => Ok(()),
            }
        })
    }

    /// Asks a person to see to the ports, for a request.
    pub(super) fn ask_about_ports(
        &self,
        row: &LibraryRequestRow,
        what: &'static str,
    ) -> Result<OperatorRequestId> {
        let (row, now) = (row.clone(), self.now());
        self.host.catalog.write(move |transaction| {
            let asked = transaction.ask_about_ports(row.library, what, now)?;
            transaction.set_request_operator(&row, Some(asked))?;
            Ok(asked)
        })
    }
}

/// Whether people have done with a port: it is full, or they have pushed it in.
fn is_ready(port: &Port<'_>, now: &PortNow, was_out: bool) -> bool {
    let is_pushed = was_out && now.is_in();
    let is_full = now.content() == PortContent::Full;
    is_pushed || (is_full && (port.is_single() || (!port.motorised && now.is_in())))
}

pub(super) fn not_seen_to() -> Because {
    Because::new(ErrorKind::ControllingPort, "an operator will not see to the port")
}
