//! Record of a request to a person, and what an operator needs to see of it.

use std::fmt;
use std::time::Duration;

use uuid::Uuid;

use super::Common;
use crate::model::{
    LibraryOperation, LibraryRequestId, OperatorRequestId, OperatorRequestState, OperatorTask,
    ProcessId, ServiceTarget, Timestamp,
};

/// A request to a person: what is to be done, who asked, how far it has got.
#[doc(alias = "NTMS_OPREQUESTINFORMATION")]
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OperatorRequest {
    /// Its id.
    pub id: OperatorRequestId,
    /// What every object has. The name is the kind of task in words.
    pub common: Common,
    /// What is to be done. Objects it names may be gone.
    #[doc(alias("Request", "Arg1", "Arg2"))]
    pub task: OperatorTask,
    /// How far it has got.
    #[doc(alias = "State")]
    pub state: OperatorRequestState,
    /// When it was made.
    #[doc(alias = "Submitted")]
    pub submitted: Timestamp,
    /// What the person should know, at most 255 characters.
    #[doc(alias = "szMessage")]
    pub message: String,
    /// The application that asked.
    #[doc(alias = "szApplication")]
    pub application: String,
    /// The user for whom it asked.
    #[doc(alias = "szUser")]
    pub user: String,
    /// The computer it runs on.
    #[doc(alias = "szComputer")]
    pub computer: String,
    /// The user who is at it, or has said that it is done or will not be. Empty: nobody has, or
    /// the library manager has seen for itself that it is done.
    pub answered_by: String,
    /// Why it was refused, as far as whoever refused it has said.
    pub answer: String,
}

/// An open request as an operator needs to see it. Its text form is one line that says what to do,
/// who asks for it and until when.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OperatorRequestSummary {
    /// The request.
    pub request: OperatorRequest,
    /// What the task is about, by the name people know: the path of a pool, the bar code and name
    /// of a medium, a drive or slot with its library. None for a message.
    pub subject: Option<String>,
    /// The library it should come into, by its name.
    pub target: Option<String>,
    /// How long ago it was made.
    pub age: Duration,
    /// What waits for it, in this process and in others: calls, and work of libraries. Nothing waits
    /// for a request that an application made without waiting, or to tell of a device at fault.
    pub waits: Vec<OperatorRequestWait>,
}

/// A call that waits for a request, or work of a library that does.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OperatorRequestWait {
    /// What kind of call it is.
    pub call: WaitingCall,
    /// The work item of the library, for mounts and work of libraries.
    pub work_item: Option<LibraryRequestId>,
    /// Its application.
    pub application: String,
    /// Its user.
    pub user: String,
    /// The computer it runs on.
    pub computer: String,
    /// Its process; none when no process waits, but the library itself.
    pub process: Option<ProcessId>,
    /// Its session, told apart from others of the process.
    pub session: Option<Uuid>,
    /// When it began: an allocation or a wait when it began to wait, anything else when it was
    /// queued.
    pub since: Timestamp,
    /// When it gives up; none: when its session is closed or its process ends.
    pub deadline: Option<Timestamp>,
}

/// What kind of call waits for a request.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum WaitingCall {
    /// [`allocate_media`](crate::Session::allocate_media).
    Allocation,
    /// [`mount`](crate::Session::mount) and the calls beside it.
    Mount,
    /// [`wait_operator_request`](crate::Session::wait_operator_request).
    Request,
    /// Work of a library that no call need wait for: cleaning, a dismount, people at a port.
    Library(LibraryOperation),
}

impl OperatorRequestSummary {
    /// When the first of those who wait gives up, if any does.
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.waits.iter().filter_map(|wait| wait.deadline).min()
    }

    /// What is to be done and why, in one line.
    pub fn what(&self) -> String {
        let task = self.task_in_words();
        if self.request.message.is_empty() {
            return task;
        }
        format!("{task}: {}", self.request.message.replace(char::is_control, " "))
    }

    /// What is to be done, in words.
    fn task_in_words(&self) -> String {
        let subject = self.subject.as_deref().unwrap_or_default();
        let text = match self.request.task {
            OperatorTask::NewMedia { .. } => format!("bring media for {subject}"),
            OperatorTask::Cleaner { .. } => format!("see to the cleaning cartridge of {subject}"),
            OperatorTask::DeviceService { device: ServiceTarget::Medium(_) } => {
                format!("look at {subject}")
            }
            OperatorTask::DeviceService { .. } => format!("service {subject}"),
            OperatorTask::MoveMedia { .. } => format!("move {subject}"),
            OperatorTask::Message => "read".to_owned(),
        };
        match &self.target {
            Some(target) => format!("{text} to {target}"),
            None => text,
        }
    }
}

impl fmt::Display for OperatorRequestSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let request = &self.request;
        write!(f, "{}", self.what())?;
        let asker = format!("{} of user {}", request.application, request.user);
        write!(f, " [{:?}", request.state)?;
        if !request.answered_by.is_empty() {
            write!(f, " by {}", request.answered_by)?;
        }
        write!(f, ", asked {} ago by {asker}", Brief(self.age))?;
        let is_call = |wait: &&OperatorRequestWait| !matches!(wait.call, WaitingCall::Library(_));
        match self.waits.iter().filter(is_call).count() {
            0 if self.waits.is_empty() => write!(f, "; nobody waits")?,
            0 => write!(f, "; the library waits")?,
            1 => write!(f, "; 1 call waits")?,
            count => write!(f, "; {count} calls wait")?,
        }
        if let Some(deadline) = self.next_deadline() {
            let now = request.submitted.saturating_add(self.age);
            write!(f, ", {} are left", Brief(deadline.saturating_since(now)))?;
        }
        write!(f, "]")
    }
}

/// A time in the unit that says enough.
struct Brief(Duration);

impl fmt::Display for Brief {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            seconds @ 0..120 => write!(f, "{seconds} s"),
            seconds @ 120..7_200 => write!(f, "{} min", seconds / 60),
            seconds @ 7_200..172_800 => write!(f, "{} h", seconds / 3_600),
            seconds => write!(f, "{} days", seconds / 86_400),
        }
    }
}
