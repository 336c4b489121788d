//! What operators are asked to do now.

use crate::catalog::{LibraryRequestRow, LibraryRow, OperatorRequestRow, View, WaitingCaller};
use crate::error::Result;
use crate::model::{
    AccessRights, CleanerTarget, LibraryId, LibraryOperation, LibraryRequestId, OperatorRequestId,
    OperatorRequestState, OperatorRequestSummary, OperatorRequestWait, OperatorTask,
    PhysicalMediaId, ProcessId, ServiceTarget, Timestamp, WaitingCall,
};
use crate::session::Session;
use crate::session::context::require_on_computer;
use crate::session::objects::operator_request_record;
use crate::session::pools::path_of;

impl Session {
    /// The open requests: what people are asked to do, oldest first, with names instead of ids, who
    /// waits for it and until when. The list is one consistent state of the catalog.
    ///
    /// # What to do
    ///
    /// | task | what is asked | how it ends |
    /// |---|---|---|
    /// | new media | bring media of the pool's type into a library, and give them to the pool, or to its free pool when it draws from that | an allocation takes what turns up by itself; [satisfy](Session::satisfy_operator_request) makes it look once more |
    /// | move a medium | put the medium into the library that is named; the offline library is the shelf | the mount goes on when an [inventory](Session::inventory_library) has seen it; satisfying before that makes the mount ask again |
    /// | cleaner | put a cleaning cartridge with uses left where it belongs | satisfy |
    /// | service | repair the device, or look at the medium | satisfy when it works again: a drive gets back into service, a library is tried at once; a robot that moves again, and a medium that can be read again, are seen without |
    /// | message | what the text says | satisfy |
    ///
    /// Tell other operators with [`acknowledge_operator_request`](Session::acknowledge_operator_request)
    /// that somebody is at it. When it cannot be done,
    /// [`cancel_operator_request`](Session::cancel_operator_request): whoever waits fails at once
    /// instead of at his deadline. A request that its callers no longer need vanishes: a deadline
    /// has passed, a session was closed, a process died.
    ///
    /// A request is Submitted in the first list that an administrator gets it in, and Active from
    /// then on.
    ///
    /// ```no_run
    /// # fn example(session: &rsm::Session) -> rsm::Result<()> {
    /// for open in session.operator_requests()? {
    ///     println!("{} {open}", open.request.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidHandle`: the session is closed; `AccessDenied`: USE on the computer is missing
    /// (Server 2003 rules).
    pub fn operator_requests(&self) -> Result<Vec<OperatorRequestSummary>> {
        self.check_open()?;
        let actor = self.actor();
        let wanted = actor.model.choose(AccessRights::USE, AccessRights::empty());
        let open = self.context().catalog.read(|view| {
            require_on_computer(view, &actor.caller, wanted)?;
            let listing = Listing::new(view, actor.now)?;
            let rows = view.open_operator_requests()?.into_iter();
            rows.map(|row| listing.summary(row)).collect::<Result<Vec<_>>>()
        })?;
        let is_new =
            |open: &&OperatorRequestSummary| open.request.state == OperatorRequestState::Submitted;
        self.note_delivery(open.iter().filter(is_new).map(|open| open.request.id).collect());
        Ok(open)
    }
}

/// One look at the catalog.
struct Listing<'a> {
    view: &'a View<'a>,
    computer: String,
    /// What waits in the queues of libraries for people.
    work: Vec<LibraryRequestRow>,
    now: Timestamp,
}

/// One request, as the list shows it.
pub(in crate::session) fn summary_of(
    view: &View<'_>,
    request: OperatorRequestId,
    now: Timestamp,
) -> Result<Option<OperatorRequestSummary>> {
    let row = view.operator_request(request)?;
    row.map(|row| Listing::new(view, now)?.summary(row)).transpose()
}

impl<'a> Listing<'a> {
    fn new(view: &'a View<'a>, now: Timestamp) -> Result<Self> {
        let work = view.all_requests_with_operator()?;
        Ok(Self { view, computer: view.computer()?.name, work, now })
    }

    fn summary(&self, row: OperatorRequestRow) -> Result<OperatorRequestSummary> {
        let request = operator_request_record(row)?;
        let (subject, target) = names(self.view, request.task)?;
        let mut waits = Vec::new();
        let allocation = self.view.allocation_waiting_for(request.id)?;
        waits.extend(allocation.map(|caller| self.wait(WaitingCall::Allocation, None, caller)));
        for row in self.work.iter().filter(|row| row.operator_request == Some(request.id)) {
            let call = match row.task.operation {
                LibraryOperation::Mount => WaitingCall::Mount,
                other => WaitingCall::Library(other),
            };
            waits.push(self.wait(call, Some(row.id), self.view.caller_of(row)?));
        }
        let callers = self.view.waiting_for_request(request.id)?.into_iter();
        waits.extend(callers.map(|caller| self.wait(WaitingCall::Request, None, caller)));
        let age = self.now.saturating_since(request.submitted);
        Ok(OperatorRequestSummary { subject, target, age, waits, request })
    }

    fn wait(
        &self,
        call: WaitingCall,
        work_item: Option<LibraryRequestId>,
        caller: WaitingCaller,
    ) -> OperatorRequestWait {
        OperatorRequestWait {
            call,
            work_item,
            application: caller.application,
            user: caller.user,
            computer: self.computer.clone(),
            process: caller.process.map(ProcessId::from),
            session: caller.session,
            since: caller.since,
            deadline: caller.deadline,
        }
    }
}

/// What the arguments of a task are called.
fn names(view: &View<'_>, task: OperatorTask) -> Result<(Option<String>, Option<String>)> {
    Ok(match task {
        OperatorTask::NewMedia { pool, library } => {
            let path = view.pool_by_id(pool)?.map(|row| path_of(view, row)).transpose()?;
            let subject = named("pool", path);
            (Some(subject), library.map(|id| library_name(view, id)).transpose()?)
        }
        OperatorTask::Cleaner { target: CleanerTarget::Library(library) }
        | OperatorTask::DeviceService { device: ServiceTarget::Library(library) } => {
            (Some(library_name(view, library)?), None)
        }
        OperatorTask::Cleaner { target: CleanerTarget::Slot(slot) } => {
            let row = view.slot_by_id(slot)?;
            let name = row.map(|row| element(view, row.number, row.library)).transpose()?;
            (Some(named("slot", name)), None)
        }
        OperatorTask::DeviceService { device: ServiceTarget::Drive(drive) } => {
            let row = view.drive_by_id(drive)?;
            let name = row.map(|row| element(view, row.number, row.library)).transpose()?;
            (Some(named("drive", name)), None)
        }
        OperatorTask::DeviceService { device: ServiceTarget::Door(door) } => {
            let row = view.door_by_id(door)?;
            let name = row.map(|row| element(view, row.number, row.library)).transpose()?;
            (Some(named("door", name)), None)
        }
        OperatorTask::DeviceService { device: ServiceTarget::Medium(medium) } => {
            (Some(medium_name(view, medium)?), None)
        }
        OperatorTask::DeviceService { device: ServiceTarget::Computer(_) } => {
            (Some(named("computer", Some(view.computer()?.name))), None)
        }
        OperatorTask::MoveMedia { medium, to } => {
            (Some(medium_name(view, medium)?), Some(library_name(view, to)?))
        }
        OperatorTask::Message => (None, None),
    })
}

/// A kind of thing with its name. What is gone has none.
fn named(kind: &str, name: Option<String>) -> String {
    match name {
        Some(name) => format!("{kind} {name}"),
        None => format!("a {kind} that is gone"),
    }
}

fn library_name(view: &View<'_>, library: LibraryId) -> Result<String> {
    Ok(named("library", view.library_by_id(library)?.map(|row: LibraryRow| row.name)))
}

fn medium_name(view: &View<'_>, medium: PhysicalMediaId) -> Result<String> {
    let title = match view.medium_key(medium)? {
        Some(key) => Some(view.cartridge(key)?.medium.title()),
        None => None,
    };
    Ok(named("medium", title))
}

fn element(view: &View<'_>, number: u32, library: i64) -> Result<String> {
    Ok(format!("{number} of library {}", view.library(library)?.name))
}
