//! Open-, WaitFor- and CloseNtmsNotification: being told what happens to objects.

use std::sync::Arc;

use super::context::require_on_computer;
use super::{Context, Session};
use crate::catalog::{Channel, Closing, Taken};
use crate::clock::{Running, Woken};
use crate::error::{Error, ErrorKind, Result};
use crate::library::deadline_of;
use crate::model::{AccessRights, Notification, ObjectType, Timeout};

/// A channel that tells what happens to objects of one kind, or of all, from
/// [`Session::subscribe`]. It can be shared between threads.
///
/// # What it tells
///
/// Everything that any process commits after the channel was opened; nothing of before, and nothing
/// is kept over a restart. What this process commits is there when its call returns, what others
/// commit a hundredth of a second later.
///
/// * An operation that created, changed or deleted an object gives one `Insert`, `Update` or
///   `Delete` of it, however often it changed it; none, if it created and deleted it. A library
///   request that went on in the operation that made it gives an `Insert` and an `Update`.
/// * Events come in the order in which operations were committed. Within one, what holds others is
///   inserted before what it holds, and deleted after it; `EventComplete` comes last.
/// * The new state can be read when its event comes. It may have changed again by then, and the
///   object may be gone: be prepared for `ObjectNotFound`.
/// * What failed or was undone gives no events, except that library requests that failed have
///   ended, which is an `EventComplete`.
///
/// # Which operations are told to have ended
///
/// | operation | kind | id |
/// |---|---|---|
/// | door access, inventory, reserving and releasing the cleaner's slot | `Library` | the library |
/// | cleaning of a drive, dismount by drive | `Drive` | the drive |
/// | identification of a slot | `StorageSlot` | the slot |
/// | eject and inject, of media and of cleaners | `LibraryRequest` | the request |
/// | cancelling a library request | `LibraryRequest` | the request |
/// | mount and dismount | `LogicalMedia` or `Side` | each id that the call was given |
/// | allocation | `LogicalMedia` | what was allocated |
/// | move to a pool | `MediaPool` | the pool it went to |
/// | change of a media type | `PhysicalMedia` | the medium |
///
/// # Loss
///
/// A channel keeps [4096 events](crate::OpenOptions::notification_limit) that nobody has taken. One
/// more, and it has lost events: it drops them all, and every wait fails with `NoData` from then
/// on. So it does if this process was stopped so long that the catalog's log of changes, which
/// holds 65,536 operations (fewer in a catalog that is full), was shortened meanwhile. No event is
/// missing otherwise. Whoever has lost events opens another channel, then reads the objects again.
///
/// # Closing
///
/// Dropping it closes it. Its session closes it, too. Until then it keeps the catalog open.
#[must_use = "dropping it closes the channel"]
#[doc(alias = "OpenNtmsNotification")]
pub struct Notifications {
    context: Arc<Context>,
    channel: Arc<Channel>,
    /// The calls of the session that wait.
    calls: Running,
}

impl Session {
    /// Opens a channel that tells what happens to objects of one kind;
    /// [`Generic`](ObjectType::Generic) means all kinds. Channels do not touch each other: each
    /// gets every event.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// use rsm::OpenOptions;
    /// use rsm::model::{NotificationOperation, ObjectType, PoolOpenMode, Timeout};
    ///
    /// let manager = OpenOptions::new().create(true).open(directory.path())?;
    /// let session = manager.session("listener")?;
    /// let pools = session.subscribe(ObjectType::MediaPool)?;
    /// let pool = session.open_pool(r"\Backup", None, PoolOpenMode::CreateNew)?;
    /// let told = pools.wait(Timeout::from_millis(1000))?;
    /// assert_eq!(told.operation, NotificationOperation::Insert);
    /// assert_eq!(told.object, pool.into());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: [`Unknown`](ObjectType::Unknown).
    /// * `AccessDenied`: USE on the computer is missing (Server 2003 rules; those of Windows XP ask
    ///   for nothing).
    #[doc(alias = "OpenNtmsNotification")]
    pub fn subscribe(&self, object_type: ObjectType) -> Result<Notifications> {
        self.check_open()?;
        if object_type == ObjectType::Unknown {
            let reason = "no kind of objects is named";
            return Err(Error::new(ErrorKind::InvalidParameter, reason));
        }
        let context = self.context();
        let wanted = context.access_model.choose(AccessRights::USE, AccessRights::empty());
        context.catalog.read(|view| require_on_computer(view, self.caller(), wanted))?;
        let channel = context.catalog.open_channel(object_type, self.id())?;
        let calls = self.waiting.clone();
        let notifications = Notifications { context: Arc::clone(context), channel, calls };
        // Closing the session may have passed by before. If so, it is dropped here.
        self.check_open()?;
        Ok(notifications)
    }
}

impl Notifications {
    /// Waits for the next event and takes it. [`Timeout::NoWait`], the original's 0, takes what is
    /// there.
    ///
    /// Several threads may wait: each event goes to one of them. The end of a wait loses nothing.
    ///
    /// # Errors
    /// * `InvalidHandle`: the channel, or its session, is closed, or was closed meanwhile; this is a
    ///   child after `fork`.
    /// * `Timeout`: nothing has happened in this time.
    /// * `NoData`: events have been lost, once and for all.
    /// * `DatabaseFailure`, `NotEnoughMemory`: the catalog cannot be read. Nothing is lost by that.
    #[doc(alias = "WaitForNtmsNotification")]
    pub fn wait(&self, timeout: Timeout) -> Result<Notification> {
        self.context.check_process()?;
        let _running = self.calls.begin();
        let _waiting = self.channel.begin_wait();
        let clock = &self.context.clock;
        let deadline = deadline_of(clock.as_ref(), timeout);
        loop {
            let signal = self.channel.signal();
            let seen = signal.count();
            if let Some(event) = self.take()? {
                return Ok(event);
            }
            if timeout == Timeout::NoWait || clock.wait(signal, seen, deadline) == Woken::Deadline {
                return Err(Error::new(ErrorKind::Timeout, "nothing has happened"));
            }
        }
    }

    fn take(&self) -> Result<Option<Notification>> {
        match self.context.catalog.take(&self.channel)? {
            Taken::Event(event) => Ok(Some(event)),
            Taken::Nothing => Ok(None),
            Taken::Lost => Err(Error::new(
                ErrorKind::NoData,
                "events were lost: open another channel, then read the objects again",
            )),
            Taken::Closed => Err(is_closed()),
        }
    }

    /// Waits for each event, without a limit. Ends when the channel or its session is closed, and
    /// after an error, which is the last item.
    ///
    /// ```no_run
    /// use rsm::model::ObjectType;
    /// # fn example(session: &rsm::Session) -> rsm::Result<()> {
    /// for event in &session.subscribe(ObjectType::PhysicalMedia)? {
    ///     let event = event?;
    ///     println!("{:?} of {}", event.operation, event.object);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn iter(&self) -> NotificationIter<'_> {
        NotificationIter { notifications: self, timeout: Timeout::Forever, ended: false }
    }

    /// Takes the events that are there, and waits for none. Ends as [`iter`](Self::iter), and when
    /// there is none.
    pub fn try_iter(&self) -> NotificationIter<'_> {
        NotificationIter { timeout: Timeout::NoWait, ..self.iter() }
    }

    /// Closes the channel.
    ///
    /// # Errors
    /// * `InvalidHandle`: it is closed already, or its session is; this is a child after `fork`.
    /// * `Busy`: another thread waits on it. It stays open.
    #[doc(alias = "CloseNtmsNotification")]
    pub fn close(&self) -> Result<()> {
        self.context.check_process()?;
        match self.context.catalog.close_channel(&self.channel) {
            Closing::Closed => Ok(()),
            Closing::WasClosed => Err(is_closed()),
            Closing::IsWaitedOn => {
                Err(Error::new(ErrorKind::Busy, "another thread waits on the channel"))
            }
        }
    }
}

fn is_closed() -> Error {
    Error::new(ErrorKind::InvalidHandle, "the channel is closed")
}

/// The events of a channel, from [`Notifications::iter`] and [`Notifications::try_iter`].
#[derive(Debug)]
#[must_use = "it takes nothing until it is asked"]
pub struct NotificationIter<'n> {
    notifications: &'n Notifications,
    timeout: Timeout,
    ended: bool,
}

impl Iterator for NotificationIter<'_> {
    type Item = Result<Notification>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let event = self.notifications.wait(self.timeout);
        self.ended = event.is_err();
        let is_end =
            |error: &Error| matches!(error.kind(), ErrorKind::InvalidHandle | ErrorKind::Timeout);
        (!event.as_ref().is_err_and(is_end)).then_some(event)
    }
}

impl std::iter::FusedIterator for NotificationIter<'_> {}

impl<'n> IntoIterator for &'n Notifications {
    type Item = Result<Notification>;
    type IntoIter = NotificationIter<'n>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl Drop for Notifications {
    fn drop(&mut self) {
        if !self.context.is_kept_for_parent() {
            // Nobody else can be waiting.
            self.context.catalog.close_channel(&self.channel);
        }
    }
}

impl std::fmt::Debug for Notifications {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notifications").field("channel", &self.channel).finish_non_exhaustive()
    }
}
