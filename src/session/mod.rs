//! Sessions: the public calls, one file per function group. Checks, rights and waiting live here,
//! and nothing else.

mod allocate;
mod ask_library;
mod attendance;
mod attributes;
mod clean_drive;
mod cleaner;
mod cleaner_passage;
mod complete;
pub(crate) mod context;
mod create_media;
mod deallocate;
mod decommission;
mod delete;
mod delete_media;
mod detection;
mod dismount;
mod dismount_drive;
mod door;
mod eject;
mod eject_standalone;
mod enable;
mod enumerate;
mod export;
mod handle;
mod health;
mod identify;
mod inject;
mod inventory;
mod label;
mod library_requests;
mod media_types;
mod mount;
mod mounted;
mod move_media;
mod notifications;
mod objects;
mod open;
mod operator_requests;
mod pools;
mod prepare;
mod request_order;
mod reserve;
mod security;
mod swap;
mod ui_destinations;
mod ui_service;
mod work_in_words;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use uuid::Uuid;

pub(crate) use allocate::hand_off;
pub(crate) use context::Context;
pub use detection::{ChangeDetection, Targets};
pub use enable::Switchable;
pub use enumerate::Objects;
pub use handle::MediumHandle;
pub use mounted::Mount;
pub use notifications::{NotificationIter, Notifications};
pub use objects::{Identified, Settable};
pub(crate) use prepare::fill_new_catalog;
pub use reserve::DriveReservation;
pub use ui_service::UiService;

use crate::catalog::{Submitter, Transaction};
use crate::clock::{Running, RunningCall, Signal};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{Attendance, Caller, PhysicalMediaId};

/// An application's way to the catalog and its libraries.
///
/// Made by [`Manager::session`](crate::Manager::session). Cheap to share between threads (by
/// reference, or in an [`Arc`]); calls may run side by side. A session knows who its caller is,
/// and every call checks the caller's rights.
///
/// Closing a session, by [`close`](Session::close) or by dropping it, releases the media it has
/// mounted as a deferred dismount does, and the drives it has reserved, and closes its channels.
/// Allocations stay: they belong to the catalog.
///
/// # What to call for what
///
/// | to | call |
/// |---|---|
/// | make or find a pool | [`open_pool`](Session::open_pool), [`pool_path`](Session::pool_path), [`delete_pool`](Session::delete_pool) |
/// | set its policies | [`info`](Session::info), [`set_info`](Session::set_info) |
/// | keep something of one's own beside an object | [`set_attribute`](Session::set_attribute), [`get_attribute`](Session::get_attribute) |
/// | say who may do what | [`get_security`](Session::get_security), [`set_security`](Session::set_security) |
/// | see what there is | [`enumerate`](Session::enumerate), [`info`](Session::info), [`find`](Session::find) |
/// | make new tapes usable | [`move_to_pool`](Session::move_to_pool), to the free pool `\Free\<media type>` |
/// | get a side to write on | [`allocate_media`](Session::allocate_media) |
/// | bring it into a drive | [`mount`](Session::mount), then [`Mount::open`] |
/// | bring up several, or without waiting | [`mount_all`](Session::mount_all); [`queue_mount`](Session::queue_mount), then [`mounted`](Session::mounted) |
/// | keep a drive for oneself | [`reserve_drive`](Session::reserve_drive), [`release_drive`](Session::release_drive), [`drive_reservations`](Session::drive_reservations) |
/// | say what label was written | [`update_omid`](Session::update_omid) |
/// | close a side for writing | [`complete_media`](Session::complete_media) |
/// | find copied data under the old id | [`swap_media`](Session::swap_media) |
/// | prune | [`deallocate_media`](Session::deallocate_media), [`decommission_side`](Session::decommission_side) |
/// | say which mount goes first | [`request_order`](Session::request_order), [`set_request_order`](Session::set_request_order) |
/// | see what a library is doing, and end it | [`list`](Session::list) of [`LibraryRequestId`](crate::model::LibraryRequestId), [`cancel_library_request`](Session::cancel_library_request) |
/// | correct a wrong media type | [`move_and_retype`](Session::move_and_retype) |
/// | see what people are asked for, and answer | [`operator_requests`](Session::operator_requests), [`acknowledge_operator_request`](Session::acknowledge_operator_request), [`satisfy_operator_request`](Session::satisfy_operator_request), [`cancel_operator_request`](Session::cancel_operator_request) |
/// | ask people for something | [`submit_operator_request`](Session::submit_operator_request), [`wait_operator_request`](Session::wait_operator_request) |
/// | say that nobody is there to do it | [`leave_unattended`](Session::leave_unattended), [`attend`](Session::attend), [`absence`](Session::absence); for one session, [`override_attendance`](Session::override_attendance) |
/// | register media on a shelf | [`create_offline_media`](Session::create_offline_media), [`delete_offline_media`](Session::delete_offline_media) |
/// | count what was exchanged by hand | [`inventory_library`](Session::inventory_library); of one slot, [`identify_slot`](Session::identify_slot) |
/// | see what is put into and taken out of stand-alone drives | [`begin_change_detection`](Session::begin_change_detection), [`poll_changes`](Session::poll_changes) |
/// | let people reach the slots | [`access_library_door`](Session::access_library_door) |
/// | empty a drive, whoever uses it | [`dismount_drive`](Session::dismount_drive) |
/// | take media in, put them out | [`inject_media`](Session::inject_media), [`eject_media`](Session::eject_media) |
/// | keep a slot for the cleaning cartridge | [`reserve_cleaner_slot`](Session::reserve_cleaner_slot), [`release_cleaner_slot`](Session::release_cleaner_slot) |
/// | put in and take out the cleaning cartridge, clean a drive | [`inject_cleaner`](Session::inject_cleaner), [`eject_cleaner`](Session::eject_cleaner), [`clean_drive`](Session::clean_drive) |
/// | be told what happens to objects | [`subscribe`](Session::subscribe) |
/// | forget hardware that is gone for good | [`delete_drive`](Session::delete_drive), [`delete_library`](Session::delete_library) |
/// | back up the catalog, bring it back | [`export_database`](Session::export_database), [`import_database`](Session::import_database); [recovery](crate::recovery) |
/// | forget requests that are done | [`delete_requests`](Session::delete_requests) |
/// | say where messages to people go | [`set_ui_destinations`](Session::set_ui_destinations), [`ui_destinations`](Session::ui_destinations) |
/// | show them | [`serve_ui_destinations`](Session::serve_ui_destinations) |
///
/// # After a restart
///
/// An application keeps the [`LogicalMediaId`](crate::model::LogicalMediaId)s of its allocations in
/// a catalog of its own, as text (`Display`, `FromStr`) or as 16 bytes, and goes on with them in
/// another session or process: they can be mounted, completed and deallocated as before. Those it
/// lost it finds by enumerating the logical media of its pool.
///
/// ```no_run
/// use rsm::model::{EnumerateOptions, Id, LogicalMediaId, ObjectType, PoolId, SideId};
/// # fn example(session: &rsm::Session, pool: PoolId) -> rsm::Result<()> {
/// let all = EnumerateOptions::DEFAULT;
/// for held in session.enumerate(Some(pool.into()), ObjectType::LogicalMedia, all)? {
///     let held = LogicalMediaId::from_uuid(held.as_uuid());
///     for side in session.enumerate(Some(held.into()), ObjectType::Side, all)? {
///         let side = session.info(SideId::from_uuid(side.as_uuid()))?;
///         println!("{held} is {} with label {:?}", side.common.name, side.label);
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors of the catalog
///
/// Every call that looks into the catalog can fail with these, which the calls do not repeat:
/// * `InvalidHandle`: the session belongs to another process: this is a child after `fork`.
/// * `Busy`: another process writes the catalog, and does not finish within the
///   [busy time-out](crate::OpenOptions::busy_timeout).
/// * `DatabaseFull`: the disk, or the [size allowed](crate::OpenOptions::max_size), is full.
/// * `DatabaseFailure`: the catalog cannot be read or written, or is damaged.
/// * `AccessDenied`: its files have become read-only.
/// * `NotEnoughMemory`, `Internal`: memory ran out; the crate broke a rule of its own.
#[doc(alias = "OpenNtmsSession")]
pub struct Session {
    context: Arc<Context>,
    id: Uuid,
    submitter: Arc<Submitter>,
    caller: Caller,
    closed: Arc<AtomicBool>,
    mounts: Arc<AtomicUsize>,
    waiting: Running,
    /// What is to be put out together.
    batch: Mutex<Vec<PhysicalMediaId>>,
    /// Whether people attend to it, if that was said.
    attendance: Mutex<Option<Attendance>>,
    /// What shows messages in its name.
    services: Mutex<Vec<Weak<Signal>>>,
}

impl Session {
    fn of(context: Arc<Context>, id: Uuid, submitter: Submitter, caller: Caller) -> Self {
        Self {
            context,
            id,
            submitter: Arc::new(submitter),
            caller,
            closed: Arc::default(),
            mounts: Arc::default(),
            waiting: Running::default(),
            batch: Mutex::default(),
            attendance: Mutex::default(),
            services: Mutex::default(),
        }
    }

    /// Closes the session and releases the media it has mounted, as a deferred dismount does, and
    /// the drives it has reserved.
    ///
    /// Calls that wait in other threads end with `Cancelled`, and closing waits until they have;
    /// what was allocated for them before is returned. Who waits on one of its
    /// [channels](crate::Notifications) gets `InvalidHandle`. Waits for no robot.
    ///
    /// # Errors
    /// `InvalidHandle` when it is closed already;
    /// [those of the catalog](Session#errors-of-the-catalog), after which the session is closed all
    /// the same, and its mounts end with the process.
    #[doc(alias = "CloseNtmsSession")]
    pub fn close(&self) -> Result<()> {
        self.check_open()?;
        if self.closed.swap(true, Ordering::SeqCst) {
            return Err(closed());
        }
        self.unwind_waits();
        self.release_mounts()
    }

    /// Ends the calls that wait, and waits until they have ended.
    fn unwind_waits(&self) {
        self.context.catalog.wake_waiters();
        self.context.catalog.close_channels_of_session(self.id);
        self.wake_ui_services();
        self.waiting.wait_for_end(self.context.clock.as_ref());
        self.context.catalog.release_abandoned(self.context.clock.now());
    }

    /// A call may wait from now on; closing waits until it has ended.
    fn begin_wait(&self) -> Result<RunningCall> {
        let call = self.waiting.begin();
        self.check_open()?;
        Ok(call)
    }

    /// The application's name, as others see it.
    pub fn application(&self) -> &str {
        &self.submitter.application
    }

    fn release_mounts(&self) -> Result<()> {
        self.context.libraries.leases().end_of_session(self.id);
        if self.mounts.swap(0, Ordering::SeqCst) == 0 {
            return Ok(());
        }
        self.release_all()
    }

    /// Whatever the session has mounted or queued by now is nobody's any more.
    fn release_all(&self) -> Result<()> {
        let (session, now) = (self.id, self.context.clock.now());
        self.write(move |transaction| {
            // Calls that wait are woken, and find the session closed.
            transaction.cancel_requests_of_session(session, now)?;
            transaction.end_detection_of_session(session)?;
            transaction.delete_ui_destinations_of(session)?;
            for mount in transaction.mounts_of_session(session)? {
                transaction.release_mount(&mount, None, now)?;
            }
            transaction.release_reservations_of_session(session)
        })
    }

    /// Refuses calls after close, and in a forked child: the locks that prove the session alive
    /// belong to the parent.
    fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(closed());
        }
        self.context.check_process()
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

    /// From now on, closing has a mount, a reservation or a destination of messages to release.
    fn count_mount(&self) {
        self.mounts.fetch_add(1, Ordering::SeqCst);
    }

    fn has_mounts(&self) -> bool {
        self.mounts.load(Ordering::SeqCst) > 0
    }

    /// Runs `work` in a transaction: the requests it makes are this session's.
    fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&Transaction<'_>) -> Result<T> + Send + Sync + 'static,
    {
        let submitter = self.submitter();
        self.context.catalog.write(move |transaction| {
            transaction.act_for(&submitter);
            work(transaction)
        })
    }

    /// In whose name requests are made.
    fn submitter(&self) -> Arc<Submitter> {
        match self.own_attendance() {
            None => Arc::clone(&self.submitter),
            attendance => Arc::new(Submitter { attendance, ..Submitter::clone(&self.submitter) }),
        }
    }
}

fn closed() -> Error {
    Error::new(ErrorKind::InvalidHandle, "the session is closed")
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.context.is_kept_for_parent() || self.closed.swap(true, Ordering::SeqCst) {
            return;
        }
        self.context.catalog.close_channels_of_session(self.id);
        self.wake_ui_services();
        if let Err(error) = self.release_mounts() {
            tracing::warn!(%error, "a session's mounts are released when its process ends");
        }
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("id", &self.id)
            .field("application", &self.submitter.application)
            .finish_non_exhaustive()
    }
}
