//! Showing messages to people, from a thread of its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use uuid::Uuid;

use super::context::require_on_computer;
use super::operator_requests::{mark_read, summary_of};
use super::work_in_words::{object_of_work, work_in_words};
use super::{Context, Session};
use crate::catalog::{Transaction, UiMessageRow, UiRecallRow, View, Watch};
use crate::clock::Signal;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, Id, ObjectId, ObjectType, TaskArgument, Timestamp, UiMessage, UiRecall,
    UiRequest, text,
};
use crate::ui::{UiFailure, UiSink};

/// How long a sink that has failed is left alone.
const REST: Duration = Duration::from_secs(10);

/// Serves destinations of messages, from [`Session::serve_ui_destinations`]. Ends when it is
/// dropped, or its session closed: what was shown and is still needed may then be shown by another.
/// Until its thread has ended it keeps the catalog open.
#[must_use = "dropping it ends the service"]
pub struct UiService {
    stopped: Arc<AtomicBool>,
    signal: Arc<Signal>,
    thread: Option<JoinHandle<()>>,
    process: u32,
}

impl Session {
    /// Shows people what comes for these destinations: a thread hands each message to the sink, and
    /// recalls it when nobody needs to do anything any more. Without names those of this computer
    /// are meant.
    ///
    /// What comes, from whatever process:
    /// * as [`Request`](crate::model::UiMessageType::Request) what people are asked to do;
    /// * as [`Error`](crate::model::UiMessageType::Error) devices and media that somebody has to
    ///   look at, and work of libraries that has failed;
    /// * as [`Information`](crate::model::UiMessageType::Information) what the work of libraries
    ///   comes to: that it is queued, waits and for what, is begun, has ended and how. What is
    ///   passed through before it can be shown is left out.
    ///
    /// A message that nobody serves waits in the catalog, however long, until it is needed no more;
    /// of work, until its [request](crate::model::LibraryRequest) is purged. If several serve a
    /// destination, in this or other processes, each message is shown by one of them; when that
    /// ends or its process dies, another shows what is still needed. What was told of work is not
    /// recalled.
    ///
    /// A request is Active once a sink has shown it. A sink that is slow, fails or panics holds up
    /// nobody but the messages behind; nothing is lost by it.
    ///
    /// For administrators, who have CONTROL on the computer.
    ///
    /// ```no_run
    /// use std::sync::Arc;
    /// use rsm::model::{UiDestinationAction, UiMessageType, UiScope};
    /// use rsm::ui::FileSink;
    /// # fn example(session: &rsm::Session) -> rsm::Result<()> {
    /// for kind in [UiMessageType::Request, UiMessageType::Error] {
    ///     let (scope, add) = (UiScope::Computer, UiDestinationAction::Add);
    ///     session.set_ui_destinations(scope, kind, add, Some("operators"))?;
    /// }
    /// let file = Arc::new(FileSink::new("/var/log/operators"));
    /// let service = session.serve_ui_destinations(&["operators"], file)?;
    /// # drop(service);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: a name is empty, longer than 63 characters, or holds a control
    ///   character.
    /// * `AccessDenied`: CONTROL on the computer is missing.
    /// * `NotEnoughMemory`: no thread can be started.
    pub fn serve_ui_destinations(
        &self,
        destinations: &[&str],
        sink: Arc<dyn UiSink>,
    ) -> Result<UiService> {
        self.check_open()?;
        let mut names = Vec::with_capacity(destinations.len());
        for name in destinations {
            names.push(text::object_name(name)?.to_owned());
        }
        let context = Arc::clone(self.context());
        let control = AccessRights::CONTROL;
        let computer =
            context.catalog.read(|view| require_on_computer(view, self.caller(), control))?;
        if names.is_empty() {
            names.push(computer.name);
        }
        let watch = context.catalog.watch(computer.id.as_uuid());
        let (stopped, signal) = (Arc::<AtomicBool>::default(), Arc::clone(watch.signal()));
        let server = Server {
            id: context.ids.uuid(),
            context,
            names,
            sink,
            watch,
            stopped: Arc::clone(&stopped),
            closed: Arc::clone(&self.closed),
        };
        let thread = Builder::new().name("rsm-ui".into()).spawn(move || server.run());
        let thread = thread.map_err(|error| {
            Error::new(ErrorKind::NotEnoughMemory, "no thread can be started").caused_by(error)
        })?;
        self.services.lock().push(Arc::downgrade(&signal));
        let service =
            UiService { stopped, signal, thread: Some(thread), process: self.context().process };
        // Closing the session may have passed by before.
        self.check_open()?;
        Ok(service)
    }

    /// The session is closed: whatever shows messages in its name looks, and ends.
    pub(super) fn wake_ui_services(&self) {
        self.services
            .lock()
            .drain(..)
            .filter_map(|signal| signal.upgrade())
            .for_each(|it| it.raise());
    }
}

impl UiService {
    /// Ends the service and waits until the sink has done with what it is doing.
    pub fn close(mut self) {
        if self.process != std::process::id() {
            return;
        }
        self.stop();
        let other = self.thread.take();
        let other = other.filter(|thread| thread.thread().id() != std::thread::current().id());
        if other.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the thread that shows messages to people has panicked");
        }
    }

    fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
        self.signal.raise();
    }
}

impl Drop for UiService {
    fn drop(&mut self) {
        // A forked child has no such thread.
        if self.process == std::process::id() {
            self.stop();
        }
    }
}

impl std::fmt::Debug for UiService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UiService").finish_non_exhaustive()
    }
}

/// What the thread has.
struct Server {
    id: Uuid,
    context: Arc<Context>,
    names: Vec<String>,
    sink: Arc<dyn UiSink>,
    watch: Watch,
    stopped: Arc<AtomicBool>,
    closed: Arc<AtomicBool>,
}

impl Server {
    fn run(&self) {
        while !self.has_ended() {
            let seen = self.watch.signal().count();
            let rest = match self.look() {
                Ok(()) => None,
                Err(error) => {
                    tracing::warn!(%error, "messages to people wait");
                    Some(self.context.clock.monotonic().saturating_add(REST))
                }
            };
            self.wait(seen, rest);
        }
        let id = self.id;
        // Others may serve the same destinations.
        let released =
            self.context.catalog.write(move |transaction| transaction.release_ui_sink(id));
        if let Err(error) = released {
            tracing::warn!(%error, "messages that were shown are handed out when the process ends");
        }
    }

    fn has_ended(&self) -> bool {
        self.stopped.load(Ordering::SeqCst) || self.closed.load(Ordering::SeqCst)
    }

    /// Waits for something new; whoever rests, until he has rested or is to end.
    fn wait(&self, seen: u64, rest: Option<Duration>) {
        let (clock, signal) = (&self.context.clock, self.watch.signal());
        let Some(until) = rest else {
            clock.wait(signal, seen, None);
            return;
        };
        while !self.has_ended() && clock.monotonic() < until {
            let seen = signal.count();
            if !self.has_ended() {
                clock.wait(signal, seen, Some(until));
            }
        }
    }

    /// Recalls and shows what is to be recalled and shown.
    fn look(&self) -> Result<()> {
        let catalog = &self.context.catalog;
        for row in catalog.read(|view| view.recalled_ui_messages(self.id))? {
            self.recall(&row);
            catalog.write(move |transaction| transaction.delete_ui_message(row.key))?;
        }
        for name in &self.names {
            while let Some(row) = catalog.read(|view| view.waiting_ui_message(name))? {
                if self.has_ended() {
                    return Ok(());
                }
                self.show(row)?;
            }
        }
        Ok(())
    }

    fn recall(&self, row: &UiRecallRow) {
        let UiRecallRow { destination, kind, request, outcome, .. } = row.clone();
        let time = self.context.clock.now();
        let recall = UiRecall::new(destination, kind, request, time, outcome);
        if let Err(error) = guarded(|| self.sink.recall(&recall)) {
            tracing::warn!(%error, %request, "a message to people could not be recalled");
        }
    }

    fn show(&self, row: UiMessageRow) -> Result<()> {
        let catalog = &self.context.catalog;
        let (key, id, process) = (row.key, self.id, catalog.process());
        let (request, now) = (row.request, self.context.clock.now());
        let claimed = catalog.write(move |transaction| claim(transaction, &row, id, process, now));
        let Some(message) = claimed? else { return Ok(()) };
        match guarded(|| self.sink.deliver(&message)) {
            Ok(()) => catalog.write(move |transaction| match request {
                UiRequest::Operator(request) => mark_read(transaction, request, now),
                UiRequest::Library(_) => transaction.end_news_of_work(key, id),
            }),
            Err(failure) => {
                catalog.write(move |transaction| transaction.put_back_ui_message(key, id))?;
                let reason = format!("a message to {} could not be shown", message.destination);
                let about = match request {
                    UiRequest::Operator(_) => ObjectType::OperatorRequest,
                    UiRequest::Library(_) => ObjectType::LibraryRequest,
                };
                Err(Error::new(ErrorKind::NotReady, reason)
                    .about(about, ObjectId::from(request))
                    .caused_by(failure))
            }
        }
    }
}

/// Takes a message that is to be shown, as it is now; none if nobody needs it, or another has taken
/// it.
fn claim(
    transaction: &Transaction<'_>,
    row: &UiMessageRow,
    sink: Uuid,
    process: i64,
    now: Timestamp,
) -> Result<Option<UiMessage>> {
    let Some((object, text)) = content(transaction, row.request, now)? else {
        transaction.delete_ui_message(row.key)?;
        return Ok(None);
    };
    if !transaction.claim_ui_message(row, sink, process)? {
        return Ok(None);
    }
    let about = (row.request, object);
    Ok(Some(UiMessage::new(row.destination.clone(), row.kind, about, row.time, text)))
}

/// What a message is about and what it says, if there is still a need for it.
fn content(
    view: &View<'_>,
    request: UiRequest,
    now: Timestamp,
) -> Result<Option<(TaskArgument, String)>> {
    match request {
        UiRequest::Operator(request) => {
            let asked = summary_of(view, request, now)?;
            let asked = asked.filter(|asked| !asked.request.state.is_final());
            Ok(asked.map(|asked| {
                let [object, _] = asked.request.task.arguments();
                (object, asked.what())
            }))
        }
        UiRequest::Library(request) => {
            let row = view.library_request(request)?;
            row.map(|row| Ok((object_of_work(view, &row)?, work_in_words(view, &row)?))).transpose()
        }
    }
}

/// What a sink does, whatever it does.
fn guarded(call: impl FnOnce() -> std::result::Result<(), UiFailure>) -> Result<(), UiFailure> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err("the sink has panicked".into()))
}
