//! Begin-, Set- and EndNtmsDeviceChangeDetection: what people put into stand-alone drives and take
//! out of them.

mod targets;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use uuid::Uuid;

pub use targets::Targets;

use super::{Context, Session, closed};
use crate::catalog::{View, Watching};
use crate::error::{Error, ErrorKind, Result};
use crate::model::OperationalState;

/// A set of stand-alone libraries that are watched for changes, from
/// [`Session::begin_change_detection`].
///
/// While a library is watched by anybody, in any session or process, the process that owns it looks
/// into its drive every two seconds, and at once when the device says that something has changed. A
/// medium that was put in is identified by its label and is in the library then, with its drive; one
/// that was taken out has left it. Without that, changes are seen by an
/// [inventory](Session::inventory_library), when the drive is used, and while a mount or an
/// allocation waits for an operator to put in what it needs.
///
/// Dropping it ends it, as [`end`](Self::end) does; an error of that is only logged (`tracing`), and
/// the set ends with its session or process. It ends with its session, too.
#[must_use = "dropping it ends the detection"]
#[doc(alias = "NTMS_DEVICECHANGEDETECTION")]
pub struct ChangeDetection {
    context: Arc<Context>,
    session: Uuid,
    session_closed: Arc<AtomicBool>,
    handle: Uuid,
    ended: AtomicBool,
}

impl Session {
    /// Opens an empty set of libraries to be watched for changes.
    ///
    /// ```no_run
    /// # fn example(session: &rsm::Session, library: rsm::model::LibraryId) -> rsm::Result<()> {
    /// let detection = session.begin_change_detection()?;
    /// detection.watch(library)?;
    /// // Later:
    /// detection.end()?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidHandle`: the session is closed.
    #[doc(alias = "BeginNtmsDeviceChangeDetection")]
    pub fn begin_change_detection(&self) -> Result<ChangeDetection> {
        self.check_open()?;
        self.count_mount();
        Ok(ChangeDetection {
            context: Arc::clone(self.context()),
            session: self.id(),
            session_closed: Arc::clone(&self.closed),
            handle: self.context().ids.uuid(),
            ended: AtomicBool::new(false),
        })
    }

    /// Looks once into stand-alone libraries, and returns when the catalog knows what is inside: what
    /// has to be read has been read. What is being done in a drive is waited for. Robotic libraries,
    /// and those that no process has attached, are passed over.
    ///
    /// Closing the session in another thread ends the wait.
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: nothing is named, or an id is missing; something else than libraries,
    ///   media types and physical media; ids of several kinds.
    /// * `InvalidLibrary`: no such library, or the offline library.
    /// * `InvalidMedia`: no such medium or media type.
    /// * `Cancelled`: the session was closed meanwhile.
    /// * `DeviceNotAvailable`, `NotReady`, `UnableToLoadMedium`, and others that drives cause: a drive
    ///   could not be looked into.
    #[doc(alias = "SetNtmsDeviceChangeDetection")]
    pub fn poll_changes(&self, targets: impl Into<Targets>) -> Result<()> {
        let _running = self.begin_wait()?;
        let targets = targets.into();
        targets.check()?;
        let context = self.context();
        let handle = context.ids.uuid();
        let watch = context.catalog.watch(handle);
        let by = Watching { process: context.catalog.process(), session: self.id(), handle };
        context.catalog.write(move |transaction| {
            let mut libraries = targets.libraries(transaction)?;
            let mut present = Vec::with_capacity(libraries.len());
            for library in libraries.drain(..) {
                if is_there(transaction, library)? {
                    present.push(library);
                }
            }
            transaction.watch_libraries(&present, &by, true)
        })?;
        let done = self.await_polls(&watch, handle);
        context.catalog.write(move |transaction| transaction.end_detection(handle))?;
        done
    }

    /// Waits until the libraries have been looked into, or are not there any more.
    fn await_polls(&self, watch: &crate::catalog::Watch, handle: Uuid) -> Result<()> {
        let context = self.context();
        loop {
            let seen = watch.signal().count();
            let (waits, failure) = context.catalog.read(|view| {
                Ok((view.has_unanswered_poll(handle)?, view.failure_of_poll(handle)?))
            })?;
            if !waits {
                let reason = "a drive could not be looked into";
                return failure.map_or(Ok(()), |kind| Err(Error::new(kind, reason)));
            }
            if self.is_closed() {
                return Err(Error::new(ErrorKind::Cancelled, "the session was closed"));
            }
            context.clock.wait(watch.signal(), seen, None);
        }
    }
}

/// Whether some process has the library, or is about to, and it can be used.
fn is_there(view: &View<'_>, library: i64) -> Result<bool> {
    let row = view.library(library)?;
    let is_stopped = row.trouble.is_some_and(|trouble| trouble.stops);
    Ok(row.operational_state != OperationalState::NotPresent && !is_stopped)
}

impl ChangeDetection {
    /// Watches these as well. Watching twice is harmless. All are checked before any is added.
    /// Robotic libraries are passed over. Media types and media mean the libraries there are now.
    ///
    /// # Errors
    /// * `InvalidHandle`: the set or its session has ended.
    /// * `InvalidParameter`: nothing is named, or an id is missing; something else than libraries,
    ///   media types and physical media; ids of several kinds.
    /// * `InvalidLibrary`: no such library, or the offline library.
    /// * `InvalidMedia`: no such medium or media type.
    #[doc(alias = "SetNtmsDeviceChangeDetection")]
    pub fn watch(&self, targets: impl Into<Targets>) -> Result<()> {
        self.context.check_process()?;
        self.check_session()?;
        if self.ended.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::InvalidHandle, "the detection has ended"));
        }
        let targets = targets.into();
        targets.check()?;
        let process = self.context.catalog.process();
        let by = Watching { process, session: self.session, handle: self.handle };
        self.context.catalog.write(move |transaction| {
            let libraries = targets.libraries(transaction)?;
            transaction.watch_libraries(&libraries, &by, false)
        })?;
        // Closing the session may have passed by before.
        let closed = self.check_session();
        if closed.is_err() {
            self.forget()?;
        }
        closed
    }

    /// Ends the set. Libraries that nobody else watches are watched no more.
    ///
    /// # Errors
    /// `InvalidHandle`: its session is closed, which has ended it.
    #[doc(alias = "EndNtmsDeviceChangeDetection")]
    pub fn end(self) -> Result<()> {
        self.context.check_process()?;
        self.check_session()?;
        self.ended.store(true, Ordering::SeqCst);
        self.forget()
    }

    fn check_session(&self) -> Result<()> {
        if self.session_closed.load(Ordering::SeqCst) { Err(closed()) } else { Ok(()) }
    }

    fn forget(&self) -> Result<()> {
        let handle = self.handle;
        self.context.catalog.write(move |transaction| transaction.end_detection(handle))
    }
}

impl Drop for ChangeDetection {
    fn drop(&mut self) {
        let is_over = self.context.is_kept_for_parent()
            || self.ended.load(Ordering::SeqCst)
            || self.session_closed.load(Ordering::SeqCst);
        if !is_over && let Err(error) = self.forget() {
            tracing::warn!(%error, "a detection ends when its session or process does");
        }
    }
}

impl std::fmt::Debug for ChangeDetection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangeDetection").field("handle", &self.handle).finish_non_exhaustive()
    }
}
