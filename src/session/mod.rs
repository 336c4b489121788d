//! Sessions: the public calls, one file per function group. Checks, rights and waiting live here,
//! and nothing else.

mod allocate;
mod complete;
pub(crate) mod context;
mod create_media;
mod deallocate;
mod decommission;
mod delete_media;
mod dismount;
mod enable;
mod enumerate;
mod handle;
mod inventory;
mod label;
mod media_types;
mod mount;
mod mounted;
mod move_media;
mod objects;
mod pools;
mod prepare;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use uuid::Uuid;

pub(crate) use context::Context;
pub use enable::Switchable;
pub use handle::MediumHandle;
pub use mounted::Mount;
pub use objects::{Identified, Settable};
pub(crate) use prepare::fill_new_catalog;

use crate::error::{Error, ErrorKind, Result};
use crate::library::release_mount;
use crate::model::{AccessRights, Caller, ObjectType};

/// An application's way to the catalog and its libraries.
///
/// Made by [`Manager::session`](crate::Manager::session). Cheap to share between threads; calls
/// may run side by side. A session knows who its caller is, and every call checks the caller's
/// rights.
///
/// Closing a session, by [`close`](Session::close) or by dropping it, releases the media it has
/// mounted as a deferred dismount does. Allocations stay: they belong to the catalog.
#[doc(alias = "OpenNtmsSession")]
pub struct Session {
    context: Arc<Context>,
    id: Uuid,
    application: String,
    caller: Caller,
    process: u32,
    closed: AtomicBool,
    mounts: Arc<AtomicUsize>,
}

impl Session {
    /// Opens a session.
    ///
    /// # Errors
    /// `InvalidParameter` for an application name that is empty or longer than 63 characters,
    /// `AccessDenied` without USE on the computer.
    pub(crate) fn open(
        context: Arc<Context>,
        application: &str,
        mut caller: Caller,
    ) -> Result<Self> {
        let application = crate::model::text::application_name(application)?.to_owned();
        let computer = context.catalog.read(|view| view.computer())?;
        caller.administrator |= caller.user == 0 || caller.user == computer.creator;
        context::require(
            &caller,
            &computer.security,
            AccessRights::USE,
            ObjectType::Computer,
            computer.id,
        )?;
        let id = context.ids.uuid();
        Ok(Self {
            context,
            id,
            application,
            caller,
            process: std::process::id(),
            closed: AtomicBool::new(false),
            mounts: Arc::default(),
        })
    }

    /// Closes the session and releases the media it has mounted, as a deferred dismount does.
    ///
    /// # Errors
    /// `InvalidHandle` when it is closed already; errors of the catalog.
    #[doc(alias = "CloseNtmsSession")]
    pub fn close(&self) -> Result<()> {
        self.check_open()?;
        if self.closed.swap(true, Ordering::SeqCst) {
            return Err(closed());
        }
        self.release_mounts()
    }

    /// The application's name, as others see it.
    pub fn application(&self) -> &str {
        &self.application
    }

    fn release_mounts(&self) -> Result<()> {
        // Calls of this session that wait look again and find it closed.
        self.context.libraries.end_leases_of(self.id);
        self.context.catalog.committed().raise();
        if self.mounts.swap(0, Ordering::SeqCst) == 0 {
            return Ok(());
        }
        let (session, now) = (self.id, self.context.clock.now());
        self.context.catalog.write(move |transaction| {
            for mount in transaction.mounts_of_session(session)? {
                release_mount(transaction, &mount, now)?;
            }
            Ok(())
        })?;
        self.context.libraries.want_labels();
        Ok(())
    }

    /// Refuses calls after close, and in a forked child: the locks that prove the session alive
    /// belong to the parent.
    fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(closed());
        }
        if self.process != std::process::id() {
            return Err(Error::new(
                ErrorKind::InvalidHandle,
                "the session belongs to another process",
            ));
        }
        Ok(())
    }

    fn context(&self) -> &Arc<Context> {
        &self.context
    }

    fn caller(&self) -> &Caller {
        &self.caller
    }

    fn id(&self) -> Uuid {
        self.id
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// From now on, closing has something to release.
    fn count_mount(&self) {
        self.mounts.fetch_add(1, Ordering::SeqCst);
    }

    fn has_mounts(&self) -> bool {
        self.mounts.load(Ordering::SeqCst) > 0
    }

    /// Tells the libraries that a medium may wait for its free label.
    fn media_may_need_labels(&self) {
        self.context.libraries.want_labels();
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::InvalidHandle, "the session is closed")
}

impl Drop for Session {
    fn drop(&mut self) {
        let is_ours = self.process == std::process::id();
        if is_ours
            && !self.closed.swap(true, Ordering::SeqCst)
            && let Err(error) = self.release_mounts()
        {
            tracing::warn!(%error, "a session's mounts are released when its process ends");
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .field("application", &self.application)
            .finish_non_exhaustive()
    }
}
