//! WaitForNtmsOperatorRequest: waiting until a person has answered.

use std::time::Duration;

use super::{find, missing};
use crate::catalog::{NewRequestWait, OperatorRequestRow, WaitedFor};
use crate::clock::Woken;
use crate::error::{Error, ErrorKind, Result};
use crate::library::deadline_of;
use crate::model::{
    AccessRights, Attendance, Id, ObjectType, OperatorRequestId, OperatorRequestState, Timeout,
    text,
};
use crate::session::Session;
use crate::session::context::{present, require_on_computer};

impl Session {
    /// Waits until a request is done, by whatever process. [`Timeout::NoWait`] only looks.
    ///
    /// Who waits is listed with the request, and learns what became of it also when the request is
    /// deleted right afterwards. The end of the wait leaves the request as it is: it belongs to
    /// nobody's wait.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `ObjectNotFound`: no such request, or it was deleted before it was done: what it was made
    ///   for no longer waits for it. An application should allocate or mount again.
    /// * `AccessDenied`: USE on the computer is missing (Server 2003 rules).
    /// * `Cancelled`: the request is Refused; or the session was closed meanwhile; or
    ///   [nobody is there](Session::leave_unattended) to answer.
    /// * `Timeout`: it is still open at the deadline.
    #[doc(alias = "WaitForNtmsOperatorRequest")]
    pub fn wait_operator_request(
        &self,
        request: OperatorRequestId,
        timeout: Timeout,
    ) -> Result<()> {
        self.check_open()?;
        present(request, "the operator request")?;
        let context = self.context();
        let deadline = deadline_of(context.clock.as_ref(), timeout);
        let (own, waits) = (self.own_attendance(), timeout != Timeout::NoWait);
        // [D] the sources name no right.
        let wanted = context.access_model.choose(AccessRights::USE, AccessRights::empty());
        let row = context.catalog.read(|view| {
            let row = find(view, request)?;
            require_on_computer(view, self.caller(), wanted)?;
            Ok(row)
        })?;
        let found = match state_of(&row) {
            WaitedFor::Open if waits && self.why_unanswered(own).is_none() => {
                self.await_answer(request, deadline, own)?
            }
            found => found,
        };
        match found {
            WaitedFor::Complete => Ok(()),
            WaitedFor::Refused => {
                Err(ended(ErrorKind::Cancelled, &self.why_refused(request), request))
            }
            WaitedFor::Gone => Err(missing(request)),
            WaitedFor::Open if self.is_closed() => {
                Err(ended(ErrorKind::Cancelled, "the session was closed", request))
            }
            WaitedFor::Open => Err(match self.why_unanswered(own).filter(|_| waits) {
                Some(why) => ended(ErrorKind::Cancelled, &why, request),
                None => ended(ErrorKind::Timeout, "nobody has answered yet", request),
            }),
        }
    }

    /// Whether nobody is there to answer, and why. What cannot be read ends no wait.
    fn why_unanswered(&self, own: Option<Attendance>) -> Option<String> {
        let context = self.context();
        let now = context.clock.now();
        let why = context.catalog.read(|view| view.why_unattended(own, now));
        why.ok().flatten().map(|why| why.answer.refusal("nobody answers"))
    }

    /// Only a text depends on it.
    fn why_refused(&self, request: OperatorRequestId) -> String {
        let row = self.context().catalog.read(|view| view.operator_request(request));
        let answer = row.ok().flatten().map(|row| row.answer).unwrap_or_default();
        answer.refusal("it was refused")
    }

    /// Waits until something has become of the request, the deadline has passed, the session is
    /// closed or nobody is there to answer. Whatever the reason, what has become of the request by then counts.
    fn await_answer(
        &self,
        request: OperatorRequestId,
        deadline: Option<Duration>,
        own: Option<Attendance>,
    ) -> Result<WaitedFor> {
        let context = self.context();
        let (clock, catalog) = (&context.clock, &context.catalog);
        let _running = self.begin_wait()?;
        let watch = catalog.watch(request.as_uuid());
        let signal = watch.signal();
        let now = clock.now();
        let until = deadline.map(|at| now.saturating_add(at.saturating_sub(clock.monotonic())));
        let new = NewRequestWait {
            request,
            process: catalog.process(),
            session: self.id(),
            application: self.application().to_owned(),
            user: text::to_object_name(&self.caller().user_name),
            since: now,
            deadline: until,
        };
        let begun = catalog.write(move |transaction| {
            let row = transaction.operator_request(new.request)?;
            match row.as_ref().map_or(WaitedFor::Gone, state_of) {
                WaitedFor::Open => transaction.begin_request_wait(&new).map(Ok),
                found => Ok(Err(found)),
            }
        })?;
        let wait = match begun {
            Ok(wait) => wait,
            Err(found) => return Ok(found),
        };
        let looked = loop {
            let seen = signal.count();
            let found = catalog.read(|view| view.waited_for(wait));
            let has_ended = !matches!(found, Ok(WaitedFor::Open)) || self.is_closed();
            if has_ended || self.why_unanswered(own).is_some() {
                break found;
            }
            if clock.wait(signal, seen, deadline) == Woken::Deadline {
                break found;
            }
        };
        match (catalog.write(move |transaction| transaction.end_request_wait(wait)), looked) {
            (Ok(WaitedFor::Open), looked) => looked,
            (Err(error), Ok(WaitedFor::Open) | Err(_)) => Err(error),
            (Err(error), Ok(found)) => {
                tracing::warn!(%error, "a wait that has ended stays listed until the process ends");
                Ok(found)
            }
            (found, _) => found,
        }
    }
}

fn state_of(row: &OperatorRequestRow) -> WaitedFor {
    match row.state {
        OperatorRequestState::Complete => WaitedFor::Complete,
        OperatorRequestState::Refused => WaitedFor::Refused,
        _ => WaitedFor::Open,
    }
}

fn ended(kind: ErrorKind, why: &str, request: OperatorRequestId) -> Error {
    let reason = format!("the operator request was waited for in vain: {why}");
    Error::new(kind, reason).about(ObjectType::OperatorRequest, request)
}
