//! What people are asked, in words.

use rsm::model::{
    LibraryId, OperatorRequestState, OperatorRequestSummary, OperatorRequestWait, OperatorTask,
    ServiceTarget, WaitingCall,
};
use rsm::{Result, Session};

use crate::describe;
use crate::view::picture::{Request, Wait};
use crate::view::text::clean;

/// The open requests; `shelves` are the places that are no library.
pub fn requests(session: &Session, shelves: &[LibraryId]) -> Result<Vec<Request>> {
    let mut all: Vec<Request> =
        session.operator_requests()?.iter().map(|open| request(open, shelves)).collect();
    all.sort_by_key(|one| (one.deadline().is_none(), one.deadline(), one.since, one.id));
    Ok(all)
}

fn request(open: &OperatorRequestSummary, shelves: &[LibraryId]) -> Request {
    let request = &open.request;
    let is_taken = request.state == OperatorRequestState::InProgress;
    let taken_by = match request.answered_by.as_str() {
        "" => "somebody".to_owned(),
        name if name == describe::me() => format!("you ({})", clean(name)),
        name => clean(name),
    };
    let subject = clean(open.subject.as_deref().unwrap_or("something"));
    let target = open.target.as_deref().map(clean);
    let (what, advice, library) = match request.task {
        OperatorTask::NewMedia { .. } => {
            let into = target.map(|target| format!(" into {target}")).unwrap_or_default();
            (format!("Bring media for {subject}{into}"), NEW_MEDIA, None)
        }
        OperatorTask::Cleaner { .. } => {
            (format!("Bring a cleaning cartridge for {subject}"), CLEANER, None)
        }
        OperatorTask::DeviceService { device: ServiceTarget::Medium(_) } => {
            (format!("Look at {subject}"), SERVICE, None)
        }
        OperatorTask::DeviceService { .. } => (format!("Repair {subject}"), SERVICE, None),
        OperatorTask::MoveMedia { to, .. } if shelves.contains(&to) => {
            (format!("Take {} out, to the shelf", short(&subject)), TAKE_OUT, None)
        }
        OperatorTask::MoveMedia { to, .. } => {
            let target = target.unwrap_or_else(|| "a library".to_owned());
            let (subject, target) = (short(&subject), short(&target));
            (format!("Put {subject} into {target}"), PUT_IN, Some(to))
        }
        OperatorTask::Message => (format!("Read: {}", clean(&request.message)), MESSAGE, None),
    };
    let mut waits: Vec<Wait> = open.waits.iter().map(wait).collect();
    waits.sort_by_key(|one| (one.deadline.is_none(), one.deadline, one.since));
    let is_message = request.task == OperatorTask::Message;
    Request {
        id: request.id,
        what,
        message: if is_message { String::new() } else { clean(&request.message) },
        advice,
        library,
        asked_by: describe::user(&request.application, &request.user),
        since: request.submitted,
        taken_by: is_taken.then_some(taken_by),
        waits,
    }
}

/// The name alone, where it is plain what it is the name of.
fn short(subject: &str) -> &str {
    subject.strip_prefix("medium ").or_else(|| subject.strip_prefix("library ")).unwrap_or(subject)
}

const NEW_MEDIA: &str = "Put media into the library and into the free pool. Whoever waits takes \
                         what turns up; c makes it look once more.";
const CLEANER: &str = "Put a cartridge with uses left where it belongs, then c.";
const SERVICE: &str = "See what is wrong and repair it, then c: it is tried again.";
const PUT_IN: &str = "Put it in, then i: an inventory finds it, and this goes away by itself.";
const TAKE_OUT: &str = "Take it out, then c.";
const MESSAGE: &str = "Do what it says, then c.";

fn wait(wait: &OperatorRequestWait) -> Wait {
    let what = match wait.call {
        WaitingCall::Allocation => "an allocation",
        WaitingCall::Mount => "a mount",
        WaitingCall::Request => "a call",
        WaitingCall::Library(operation) => describe::operation(operation),
        _ => "something",
    };
    let mut who = describe::user(&wait.application, &wait.user);
    if let Some(process) = wait.process {
        who.push_str(&format!(" in process {process}"));
    }
    Wait {
        what: what.to_owned(),
        who,
        since: wait.since,
        deadline: wait.deadline,
        is_call: !matches!(wait.call, WaitingCall::Library(_)),
    }
}
