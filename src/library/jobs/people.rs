//! People have the ports of a library for a while.

use super::Ended;
use super::stop::Stop;
use crate::catalog::{Because, LibraryRequestRow};
use crate::error::{ErrorKind, Result};
use crate::library::Attached;
use crate::library::doors::look_after;
use crate::library::ports::{Port, PortNow};
use crate::model::{OperatorRequestId, OperatorRequestState, PortPosition, Timestamp};

/// How people at the ports stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Their time is over.
    pub(super) is_late: bool,
    /// They say that they have done what they were asked for then.
    pub(super) is_answered: bool,
}

impl Attached {
    /// Lets people have the ports until what they are there for is `done`; it is told how they stand.
    /// Says how the work ends if it is not done: they refuse, or it is stopped.
    ///
    /// Who takes too long is asked to do the `task`, as often as it is said to be done and is not.
    pub(super) fn leave_ports_to_people(
        &self,
        row: &LibraryRequestRow,
        ports: &[Port<'_>],
        stop: &Stop,
        task: &'static str,
        mut done: impl FnMut(&[PortNow], Patience) -> Result<bool>,
    ) -> Result<Option<Ended>> {
        self.extend_ports(ports)?;
        let began = self.now();
        let limit = ports.iter().map(Port::limit).max().unwrap_or_default();
        let limit = began.saturating_add(limit);
        let mut asked: Option<OperatorRequestId> = None;
        loop {
            let seen = stop.signal().count();
            let look = |port| self.look_at_port(port);
            let now = ports.iter().map(look).collect::<Result<Vec<_>>>()?;
            let answer = asked.map(|asked| self.answer_to(asked)).transpose()?;
            let is_late = self.now() >= limit;
            let is_answered = answer.is_some_and(OperatorRequestState::is_final);
            if done(&now, Patience { is_late, is_answered })? {
                return self.thank(asked).map(|()| None);
            }
            if let Some(how) = stop.asked() {
                return Ok(Some(how.into()));
            }
            match answer {
                Some(OperatorRequestState::Refused) => return Ok(Some(refused())),
                answer if is_late && answer.is_none_or(OperatorRequestState::is_final) => {
                    // Somebody may have pushed one in, and not have done.
                    self.extend_ports(ports)?;
                    asked = Some(self.ask_about_ports(row, task)?);
                }
                _ => {}
            }
            self.wait_at_ports(stop, seen, began, limit);
        }
    }

    fn extend_ports(&self, ports: &[Port<'_>]) -> Result<()> {
        ports.iter().try_for_each(|port| self.move_port(port, PortPosition::Extended))
    }

    /// Ports that are empty are taken back.
    pub(super) fn take_ports_back(&self, ports: &[Port<'_>], now: &[PortNow]) -> Result<()> {
        for (port, now) in ports.iter().zip(now) {
            if now.has_room(true) && !now.is_in() {
                self.move_port(port, PortPosition::Retracted)?;
            }
        }
        Ok(())
    }

    /// Waits until something may have changed at the ports.
    fn wait_at_ports(&self, stop: &Stop, seen: u64, began: Timestamp, limit: Timestamp) {
        let now = self.now();
        let next = now.saturating_add(look_after(now.saturating_since(began)));
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
    fn ask_about_ports(
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

fn refused() -> Ended {
    let reason = "an operator will not see to the port";
    Ended::Failed(Because::new(ErrorKind::ControllingPort, reason))
}
