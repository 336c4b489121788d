//! Channels: who wants to be told what happens to objects of a kind.
//!
//! One place per process reads the change log, once for all channels, and puts what each of them
//! wants into its queue. Nobody who writes does that. Whoever takes from a channel reads first what
//! has been committed meanwhile; and the [watcher](super::watcher) reads every few milliseconds,
//! for those who wait for other processes, and so that whoever comes seldom has his events in his
//! queue long before the log is trimmed. Who writes only wakes those who wait for the kinds of
//! objects he has changed.
//!
//! Lock order: `fed`, then `open`, then a queue. A writer takes `open` for a few instructions.

mod queue;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};

use parking_lot::Mutex;
use uuid::Uuid;

use super::change_log::{Kinds, LogRow};
use super::reader::Readers;
use super::watcher::Lookout;
use crate::clock::Signal;
use crate::error::Result;
use crate::model::{Notification, ObjectType};
use queue::Queue;
pub(crate) use queue::{Closing, Taken};

/// Operations read at a time.
const PAGE: usize = 256;

/// The channels of one open catalog.
#[derive(Debug)]
pub(super) struct Channels {
    /// Events that a channel holds for whoever takes them.
    limit: usize,
    open: Mutex<Vec<Opened>>,
    /// The bits of the kinds that some channel wants.
    wanted: AtomicU32,
    /// Counts what has been committed.
    committed: AtomicU64,
    fed: Mutex<Fed>,
}

#[derive(Debug)]
struct Opened {
    channel: Arc<Channel>,
    _lookout: Lookout,
}

/// How far the log has been read.
#[derive(Debug, Default)]
struct Fed {
    sequence: i64,
    /// What [`Channels::committed`] said before.
    committed: u64,
}

/// One channel. It is closed by [`Channels::close`] or with its session.
#[derive(Debug)]
pub(crate) struct Channel {
    kinds: Kinds,
    session: Uuid,
    /// The last operation it does not tell of.
    since: i64,
    signal: Arc<Signal>,
    queue: Queue,
}

/// Somebody waits on a channel, until this is dropped.
pub(crate) struct ChannelWait<'c>(&'c Queue);

impl Drop for ChannelWait<'_> {
    fn drop(&mut self) {
        self.0.end_wait();
    }
}

impl Channel {
    /// Raised when there may be something to take.
    pub(crate) fn signal(&self) -> &Arc<Signal> {
        &self.signal
    }

    pub(crate) fn begin_wait(&self) -> ChannelWait<'_> {
        self.queue.begin_wait();
        ChannelWait(&self.queue)
    }

    /// Puts what it wants of an operation into the queue. `before`: the operation handed out last.
    fn put(&self, row: &LogRow, before: i64) {
        let known = before.max(self.since);
        if row.sequence <= known {
            return;
        }
        match &row.events {
            Some(events) if row.sequence == known + 1 => self.put_events(events),
            _ => self.lose(),
        }
    }

    fn put_events(&self, events: &[Notification]) {
        let is_wanted =
            |event: &&Notification| Kinds::wanted_as(event.object_type).intersects(self.kinds);
        let mut is_news = false;
        for event in events.iter().filter(is_wanted) {
            is_news |= self.queue.put(*event);
        }
        if is_news {
            self.signal.raise();
        }
    }

    /// Events are missing, or nobody knows which there were.
    fn lose(&self) {
        self.queue.lose();
        self.signal.raise();
    }
}

impl Channels {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            open: Mutex::default(),
            wanted: AtomicU32::new(0),
            committed: AtomicU64::new(0),
            fed: Mutex::default(),
        }
    }

    /// Opens a channel for what is committed from now on.
    pub(super) fn open(
        &self,
        readers: &Readers,
        kind: ObjectType,
        session: Uuid,
        lookout: Lookout,
    ) -> Result<Arc<Channel>> {
        let mut fed = self.fed.lock();
        let since = readers.read(|view| view.newest_change())?;
        let channel = Arc::new(Channel {
            kinds: Kinds::wanted_as(kind),
            session,
            since,
            signal: Signal::new(),
            queue: Queue::new(self.limit),
        });
        let mut open = self.open.lock();
        if open.is_empty() {
            fed.sequence = since;
        }
        open.push(Opened { channel: Arc::clone(&channel), _lookout: lookout });
        self.note_wanted(&open);
        Ok(channel)
    }

    fn note_wanted(&self, open: &[Opened]) {
        let kinds = open.iter().map(|opened| opened.channel.kinds);
        self.wanted.store(kinds.fold(Kinds::default(), Kinds::or).0, SeqCst);
    }

    /// This process has committed changes of objects of these kinds.
    pub(super) fn tell(&self, kinds: Kinds) {
        self.committed.fetch_add(1, SeqCst);
        if !kinds.intersects(Kinds(self.wanted.load(SeqCst))) {
            return;
        }
        for Opened { channel, .. } in &*self.open.lock() {
            if channel.kinds.intersects(kinds) {
                channel.signal.raise();
            }
        }
    }

    /// Another process has committed something.
    pub(super) fn others_have_committed(&self) {
        self.committed.fetch_add(1, SeqCst);
    }

    /// Puts what has been committed into the queues.
    pub(super) fn feed(&self, readers: &Readers) -> Result<()> {
        let committed = self.committed.load(SeqCst);
        if self.wanted.load(SeqCst) == 0 {
            return Ok(());
        }
        let mut fed = self.fed.lock();
        if fed.committed >= committed {
            return Ok(());
        }
        loop {
            let rows = readers.read(|view| view.changes_after(fed.sequence, PAGE))?;
            let channels: Vec<Arc<Channel>> =
                self.open.lock().iter().map(|opened| Arc::clone(&opened.channel)).collect();
            for row in &rows {
                channels.iter().for_each(|channel| channel.put(row, fed.sequence));
                fed.sequence = row.sequence;
            }
            if rows.len() < PAGE {
                break;
            }
        }
        fed.committed = committed;
        Ok(())
    }

    /// The next event of a channel, if there is one.
    pub(super) fn take(&self, readers: &Readers, channel: &Channel) -> Result<Taken> {
        self.feed(readers)?;
        Ok(channel.queue.take())
    }

    /// Closes a channel, unless somebody waits on it.
    pub(super) fn close(&self, channel: &Arc<Channel>) -> Closing {
        let closing = channel.queue.try_close();
        if closing == Closing::Closed {
            self.forget(|opened| Arc::ptr_eq(opened, channel));
        }
        closing
    }

    /// Closes the channels of a session; whoever waits on them is woken.
    pub(super) fn close_of_session(&self, session: Uuid) {
        self.forget(|channel| channel.session == session);
    }

    fn forget(&self, is_over: impl Fn(&Arc<Channel>) -> bool) {
        let mut open = self.open.lock();
        for Opened { channel, .. } in open.extract_if(.., |opened| is_over(&opened.channel)) {
            channel.queue.close();
            channel.signal.raise();
        }
        self.note_wanted(&open);
    }
}
