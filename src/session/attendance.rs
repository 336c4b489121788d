//! Whether anybody is there to do what people are asked.

use super::Session;
use super::context::require_on_computer;
use crate::catalog::View;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Absence, AccessRights, Attendance, Timestamp, text};

impl Session {
    /// Says that nobody is there to do what people are asked, until somebody
    /// [attends](Session::attend) again or until a time: at night, over a holiday. It goes for all
    /// sessions in all processes, and is kept in the catalog.
    ///
    /// Whatever would wait for people fails at once then, with the reason, instead of at its
    /// deadline or never:
    /// * [`allocate_media`](Session::allocate_media) that finds nothing: `Cancelled`;
    /// * [`mount`](Session::mount) of a medium that is offline, or is to be turned over:
    ///   `RequestRefused`, and so its [work item](crate::model::LibraryRequest);
    /// * [`wait_operator_request`](Session::wait_operator_request): `Cancelled`. The request stays
    ///   open;
    /// * the work item of a [dismount](crate::Mount::dismount) that finds no empty slot:
    ///   `LibraryFull`. The medium stays in its drive, as after a deferred dismount;
    /// * that of a [cleaning](Session::clean_drive) for which there is no cleaning cartridge:
    ///   `UnableToClean`;
    /// * that of a [door](Session::access_library_door) that is left open: `ControllingPort`.
    ///
    /// What waits already fails as well. For each cause a Refused
    /// [request](crate::model::OperatorRequest) stays for those who come back, with the reason as
    /// its [answer](crate::model::OperatorRequest::answer). What a library asks for itself stays
    /// open, for nothing waits for it that could not go on without: devices to look at, cleaning
    /// cartridges, doors and ports, room for what it puts away by itself. So do requests that
    /// applications [submit](Session::submit_operator_request), and what is asked of people who
    /// take too long at a port: the medium is in their hands.
    ///
    /// A session to which somebody attends all the same [says so](Session::override_attendance).
    ///
    /// Called again it replaces what was said before. `reason` is for those who fail: 1 to 255
    /// characters. For administrators, who have CONTROL on the computer. The original has no such
    /// call.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use rsm::clock::{Clock, SystemClock};
    /// # fn example(session: &rsm::Session) -> rsm::Result<()> {
    /// let morning = SystemClock::new().now().saturating_add(Duration::from_secs(14 * 3600));
    /// session.leave_unattended("nobody is in the vault before 8 o'clock", Some(morning))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `MessageExceedsMaxSize`: the reason is longer.
    /// * `InvalidParameter`: the reason is empty, or holds a control character other than line ends
    ///   and tabs; the time is not in the future.
    /// * `AccessDenied`: CONTROL on the computer is missing.
    pub fn leave_unattended(&self, reason: &str, until: Option<Timestamp>) -> Result<()> {
        self.check_open()?;
        let reason = text::operator_message(reason)?;
        let invalid = |what| Err(Error::new(ErrorKind::InvalidParameter, what));
        if reason.trim().is_empty() {
            return invalid("why nobody is there is missing");
        }
        let actor = self.actor();
        if until.is_some_and(|until| until <= actor.now) {
            return invalid("somebody is there again since then");
        }
        let asker = (self.application().to_owned(), actor.caller.user_name.clone());
        let absence = Absence::new(reason.to_owned(), asker, actor.now, until);
        self.context().catalog.write(move |transaction| {
            let control = AccessRights::CONTROL;
            let computer = require_on_computer(transaction, &actor.caller, control)?;
            transaction.begin_absence(&absence, &computer)
        })
    }

    /// Says that somebody is there again: whoever needs people waits for them. Nothing happens when
    /// nobody had said otherwise. For administrators. The original has no such call.
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `AccessDenied`: CONTROL on the computer is missing.
    pub fn attend(&self) -> Result<()> {
        self.check_open()?;
        let actor = self.actor();
        self.context().catalog.write(move |transaction| {
            let control = AccessRights::CONTROL;
            let computer = require_on_computer(transaction, &actor.caller, control)?;
            transaction.end_absence(&computer)
        })
    }

    /// Whether nobody is there now, as somebody [has said](Session::leave_unattended): why, and
    /// until when. None when somebody is. Nothing is told of what sessions say for themselves.
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `AccessDenied`: USE on the computer is missing (Server 2003 rules).
    pub fn absence(&self) -> Result<Option<Absence>> {
        self.check_open()?;
        let actor = self.actor();
        let wanted = actor.model.choose(AccessRights::USE, AccessRights::empty());
        self.context().catalog.read(|view: &View<'_>| {
            require_on_computer(view, &actor.caller, wanted)?;
            view.absence(actor.now)
        })
    }

    /// Says for this session alone whether anybody is there, for the calls that it makes from now
    /// on: a job that never waits for people, or one beside which somebody sits at night. None: it
    /// goes by [what was said for all](Session::leave_unattended), as a new session does.
    ///
    /// ```no_run
    /// use rsm::model::{AllocateRequest, Attendance, PoolId, Timeout};
    /// # fn example(session: &rsm::Session, pool: PoolId) -> rsm::Result<()> {
    /// session.override_attendance(Some(Attendance::Unattended));
    /// let request = AllocateRequest::from(pool).timeout(Timeout::Forever);
    /// let _there_or_not = session.allocate_media(request); // does not wait
    /// # Ok(())
    /// # }
    /// ```
    pub fn override_attendance(&self, attendance: Option<Attendance>) {
        *self.attendance.lock() = attendance;
    }

    /// What this session says for itself.
    pub(super) fn own_attendance(&self) -> Option<Attendance> {
        *self.attendance.lock()
    }
}
