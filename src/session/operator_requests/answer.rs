//! SatisfyNtmsOperatorRequest and CancelNtmsOperatorRequest: what an operator answers.

use super::{find, missing};
use crate::catalog::{self, Transaction};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AccessRights, ObjectType, OperatorRequestId, OperatorRequestState, text};
use crate::session::Session;
use crate::session::context::{Actor, present, require_on_computer};

impl Session {
    /// Says that what a request asks for has been done: it is Complete, and whoever waits for it
    /// goes on. An allocation or a mount looks into the catalog again; when it still cannot do its
    /// work, it makes another request. No device is looked at: that a medium lies in a slot is known
    /// after an [inventory](Session::inventory_library), in the process that owns the library.
    ///
    /// For administrators, who have CONTROL on the computer; the submitter is no exception.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `ObjectNotFound`: no such request, or it is Complete or Refused already.
    /// * `AccessDenied`: CONTROL on the computer is missing.
    #[doc(alias = "SatisfyNtmsOperatorRequest")]
    pub fn satisfy_operator_request(&self, request: OperatorRequestId) -> Result<()> {
        self.answer(request, Answer::Satisfied, "")
    }

    /// Says that what a request asks for will not be done: it is Refused. Whoever waits for it
    /// fails at once: an allocation and [`wait_operator_request`](Session::wait_operator_request) with
    /// `Cancelled`, a mount with `RequestRefused`.
    ///
    /// For administrators, who have CONTROL on the computer; the submitter is no exception.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `ObjectNotFound`: no such request.
    /// * `AccessDenied`: CONTROL on the computer is missing.
    /// * `InvalidState`: it is Complete or Refused already.
    #[doc(alias = "CancelNtmsOperatorRequest")]
    pub fn cancel_operator_request(&self, request: OperatorRequestId) -> Result<()> {
        self.refuse_operator_request(request, "")
    }

    /// As [`cancel_operator_request`](Session::cancel_operator_request), and says why: whoever waits
    /// reads it in his error, and the request [keeps it](crate::model::OperatorRequest::answer). At
    /// most 255 characters. The original has no such call.
    ///
    /// ```no_run
    /// # fn example(session: &rsm::Session) -> rsm::Result<()> {
    /// for open in session.operator_requests()? {
    ///     session.refuse_operator_request(open.request.id, "the vault is locked until Monday")?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`cancel_operator_request`](Session::cancel_operator_request), and
    /// * `MessageExceedsMaxSize`: the reason is longer.
    /// * `InvalidParameter`: the reason holds a control character other than line ends and tabs.
    pub fn refuse_operator_request(&self, request: OperatorRequestId, reason: &str) -> Result<()> {
        self.answer(request, Answer::Refused, reason)
    }

    /// Says that somebody is at it: the request is InProgress, for other operators to see, with
    /// the [name](crate::model::OperatorRequest::answered_by) of this user. Nobody who waits is woken, and no deadline changes.
    ///
    /// For administrators, who have CONTROL on the computer. The original has no such call.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `ObjectNotFound`: no such request.
    /// * `AccessDenied`: CONTROL on the computer is missing.
    /// * `InvalidState`: somebody is at it already, or it is Complete or Refused.
    pub fn acknowledge_operator_request(&self, request: OperatorRequestId) -> Result<()> {
        self.answer(request, Answer::Acknowledged, "")
    }

    fn answer(&self, request: OperatorRequestId, answer: Answer, reason: &str) -> Result<()> {
        self.check_open()?;
        present(request, "the operator request")?;
        let reason = text::operator_message(reason)?.to_owned();
        let actor = self.actor();
        let said = catalog::Answer { by: actor.caller.user_name.clone(), reason };
        self.context()
            .catalog
            .write(move |transaction| give(transaction, &actor, request, answer, &said))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Satisfied,
    Refused,
    // [D] the sources have the state, and no call that leads to it.
    Acknowledged,
}

fn give(
    transaction: &Transaction<'_>,
    actor: &Actor,
    request: OperatorRequestId,
    answer: Answer,
    said: &catalog::Answer,
) -> Result<()> {
    let row = find(transaction, request)?;
    // [D] also for the submitter.
    require_on_computer(transaction, &actor.caller, AccessRights::CONTROL)?;
    let state = row.state;
    if state.is_final() && answer == Answer::Satisfied {
        return Err(missing(request));
    }
    if state.is_final()
        || (answer == Answer::Acknowledged && state == OperatorRequestState::InProgress)
    {
        let reason = format!("the request is {state:?} already");
        return Err(
            Error::new(ErrorKind::InvalidState, reason).about(ObjectType::OperatorRequest, request)
        );
    }
    let state = match answer {
        Answer::Satisfied => OperatorRequestState::Complete,
        Answer::Refused => OperatorRequestState::Refused,
        Answer::Acknowledged => OperatorRequestState::InProgress,
    };
    transaction.note_answer(request, said)?;
    transaction.set_operator_request_state(request, state, actor.now)
}
