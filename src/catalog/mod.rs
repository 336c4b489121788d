//! The catalog: one SQLite database that survives everything, and all SQL of the crate.
//!
//! Lock order: an opening takes the process table's locks inside the gate; the writer's leader
//! holds the gate, then its connection. Reads take none of these. No device command ever runs
//! inside a transaction.

mod abandoned;
mod absent;
mod allocation_undo;
mod allocation_wait;
mod attachment;
mod attendance;
mod attribute;
mod bay;
mod candidate;
mod cartridge;
mod catalogued;
mod change_log;
mod changer;
mod channels;
mod check;
mod cleaner;
mod cleaning;
mod column;
mod computer;
mod connection;
mod detection;
mod device;
mod device_type;
mod directory;
mod disk;
mod door;
mod drive;
mod enumerate;
mod export;
mod failure;
mod follow_up;
mod free_pool;
mod gate;
mod glance;
mod health;
mod hold;
mod import;
mod label_put_off;
mod library;
mod library_details;
mod library_request;
mod live;
mod logical;
mod media_texts;
mod media_type;
mod migration;
mod mount;
mod movement;
mod object;
mod opening;
mod operator_request;
mod place;
mod pool;
mod port;
mod port_move;
mod presence;
mod reader;
mod removal;
mod reservation;
mod room;
mod security;
mod slot;
mod statistics;
mod submitter;
mod supply;
mod switch;
#[cfg(test)]
mod testing;
mod transaction;
mod ui_destination;
mod ui_message;
mod wakes;
mod watcher;
mod writer;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

pub(crate) use allocation_wait::AllocationWaitRow;
pub(crate) use attendance::Unattended;
pub(crate) use bay::BayRow;
pub(crate) use cartridge::{
    Cartridge, LogicalRow, MediumRow, Place, SideRow, first_side_key, medium_key, release_side,
    side_number,
};
pub(crate) use changer::ChangerRow;
pub(crate) use channels::{Channel, Closing, Taken};
pub use check::Broken;
pub(crate) use computer::ComputerRow;
pub(crate) use detection::Watching;
pub(crate) use device::DeviceFacts;
pub(crate) use device_type::DeviceTypeRow;
pub(crate) use directory::Directory;
pub(crate) use door::DoorRow;
pub(crate) use drive::DriveRow;
pub(crate) use enumerate::{Listing, Position};
pub(crate) use free_pool::{
    finish_pending_return, fits_free_pool, free_pool_to_return_to, give_to_free_pool,
    return_to_free_pool,
};
pub(crate) use glance::Glance;
pub(crate) use health::{FailedCouple, NewEvent};
pub(crate) use library::{LibraryRow, OFFLINE_LIBRARY, Trouble};
pub(crate) use library_details::LibraryDetails;
pub(crate) use library_request::{
    Because, Call, Inventory, LibraryRequestRow, NewRequests, Queued, QueuedRow, RETRACT, Reader,
    Removal, Task, Waiter, WantedMedium,
};
pub(crate) use logical::logical_id;
pub(crate) use media_type::MediaTypeRow;
pub(crate) use mount::MountRow;
pub(crate) use movement::{MovementRow, Purpose};
pub(crate) use operator_request::{
    Answer, NewRequestWait, OperatorRequestRow, Origin, WaitedFor, WaitingCaller,
};
pub(crate) use pool::{NewPool, PoolRow, ROOT_POOL};
pub(crate) use port::PortRow;
pub(crate) use port_move::PortMove;
pub(crate) use presence::MediumPlace;
pub(crate) use reservation::{Asker, DriveWaitRow, Keeper, ReservationRow};
pub(crate) use slot::{SlotContent, SlotRow};
use statistics::Counters;
pub use statistics::Statistics;
pub(crate) use submitter::Submitter;
pub(crate) use supply::Supply;
pub(crate) use transaction::{Transaction, View};
pub(crate) use ui_destination::{UiList, UiOwner};
pub(crate) use ui_message::{UiMessageRow, UiRecallRow};
pub(crate) use wakes::Watch;
pub(crate) use writer::AfterCommit;

use crate::clock::Clock;
use crate::error::Result;
use crate::model::{ObjectType, Timestamp};
use abandoned::Abandoned;
use channels::Channels;
use failure::io;
use hold::Hold;
use live::Life;
pub(crate) use live::Living;
use opening::{Established, Opened};
use reader::Readers;
use uuid::Uuid;
use wakes::Wakes;
use watcher::{Sight, Watcher};
use writer::{Settings, Shared, Writer};

/// How a catalog is opened.
#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) create: Option<NewCatalog>,
    pub(crate) max_pages: Option<u32>,
    pub(crate) busy_timeout: Duration,
    pub(crate) after_commit: Option<AfterCommit>,
    /// Name of this process's liveness lock.
    pub(crate) life: [u8; 16],
    pub(crate) hand_off: HandOff,
    /// Events that a channel holds until somebody takes them.
    pub(crate) channel_limit: usize,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Serves those who wait with what an operation made it possible to find. Runs at the end of every
/// operation, in its transaction.
pub(crate) type HandOff = Arc<dyn Fn(&Transaction<'_>, &Living) -> Result<()> + Send + Sync>;

/// Fills a new catalog.
pub(crate) type Fill = Arc<dyn Fn(&Transaction<'_>) -> Result<()> + Send + Sync>;

/// What a new catalog starts with.
#[derive(Clone)]
pub(crate) struct NewCatalog {
    pub(crate) fill: Fill,
}

/// One open catalog.
pub(crate) struct Catalog {
    // First: it uses the others.
    watcher: Watcher,
    directory: Directory,
    writer: Arc<Writer>,
    readers: Arc<Readers>,
    counters: Arc<Counters>,
    wakes: Arc<Wakes>,
    channels: Arc<Channels>,
    living: Arc<Living>,
    abandoned: Arc<Abandoned>,
    life: Life,
    // Last: connections are closed before.
    _hold: Hold,
}

impl Catalog {
    /// Opens the catalog in `path`, or makes one there.
    ///
    /// # Errors
    /// `ObjectNotFound` when there is none and none is to be made, `AccessDenied` when it may not
    /// be written, `DatabaseFailure` when it is damaged, no catalog, or of a later release,
    /// `DatabaseFull`, `Busy`. Whatever is found there is left as it was.
    pub(crate) fn open(path: &Path, options: &Options) -> Result<Self> {
        if options.create.is_some() && !path.exists() {
            fs::create_dir_all(path)
                .map_err(io(format!("cannot make the catalog directory {}", path.display())))?;
        }
        let directory = Directory::new(path)?;
        let place = directory.path().display().to_string();
        Self::open_in(directory, options).map_err(|error| error.at(&place))
    }

    fn open_in(directory: Directory, options: &Options) -> Result<Self> {
        let counters = Arc::new(Counters::default());
        let Opened { gate, wal_pages, established } =
            opening::open(&directory, options, &counters)?;
        let Established { connection, life, hold } = established;
        let wakes = Arc::<Wakes>::default();
        let channels = Arc::new(Channels::new(options.channel_limit));
        let living = Arc::new(Living::new(&directory, life.key()));
        let settings = Settings {
            database: directory.database(),
            max_pages: options.max_pages,
            busy_timeout: options.busy_timeout,
            after_commit: options.after_commit.clone(),
            hand_off: Arc::clone(&options.hand_off),
        };
        let shared = Shared {
            wal_pages,
            counters: Arc::clone(&counters),
            wakes: Arc::clone(&wakes),
            channels: Arc::clone(&channels),
            living: Arc::clone(&living),
        };
        let writer = Arc::new(Writer::new(settings, gate, connection, shared));
        let readers = Arc::new(Readers::new(directory.database()));
        let abandoned = Arc::<Abandoned>::default();
        let watcher = Watcher::new(Sight {
            writer: Arc::clone(&writer),
            readers: Arc::clone(&readers),
            wakes: Arc::clone(&wakes),
            channels: Arc::clone(&channels),
            living: Arc::clone(&living),
            abandoned: Arc::clone(&abandoned),
            clock: Arc::clone(&options.clock),
        });
        Ok(Self {
            watcher,
            directory,
            writer,
            readers,
            counters,
            wakes,
            channels,
            living,
            abandoned,
            life,
            _hold: hold,
        })
    }

    /// Runs `work` on one consistent state of the catalog. Waits for no writer.
    pub(crate) fn read<T>(&self, work: impl FnOnce(&View<'_>) -> Result<T>) -> Result<T> {
        self.readers.read(work)
    }

    /// Runs `work` in a transaction, together with those of other callers, and returns when it is
    /// durable. `work` may be run several times and must have no other effect.
    pub(crate) fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&Transaction<'_>) -> Result<T> + Send + Sync + 'static,
    {
        self.writer.submit(work)
    }

    /// Wakes every call of this process that waits: what it waits for may have changed otherwise
    /// than by an operation.
    pub(crate) fn wake_waiters(&self) {
        self.wakes.wake_all();
    }

    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }

    pub(crate) fn statistics(&self) -> Statistics {
        self.counters.snapshot()
    }

    /// Watches the thing with this id: a request, or whatever else operations
    /// [wake](Transaction::wake).
    pub(crate) fn watch(&self, id: Uuid) -> Watch {
        self.wakes.watch(id, self.watcher.lookout())
    }

    /// Opens a channel, of a session, that tells what happens to objects of this kind from now on.
    pub(crate) fn open_channel(&self, kind: ObjectType, session: Uuid) -> Result<Arc<Channel>> {
        self.channels.open(&self.readers, kind, session, self.watcher.lookout())
    }

    /// The next event of a channel, if there is one.
    pub(crate) fn take(&self, channel: &Channel) -> Result<Taken> {
        self.channels.take(&self.readers, channel)
    }

    /// Closes a channel, unless somebody waits on it.
    pub(crate) fn close_channel(&self, channel: &Arc<Channel>) -> Closing {
        self.channels.close(channel)
    }

    pub(crate) fn close_channels_of_session(&self, session: Uuid) {
        self.channels.close_of_session(session);
    }

    /// A waiting allocation's call has ended and could not say so itself. If it cannot be ended now
    /// either, that is tried again once a second.
    pub(crate) fn abandon(&self, wait: Uuid, now: Timestamp) {
        self.abandoned.add(wait, self.watcher.lookout());
        self.release_abandoned(now);
    }

    /// Ends the waits of calls that could not end them themselves.
    pub(crate) fn release_abandoned(&self, now: Timestamp) {
        self.abandoned.release(&self.writer, now);
    }

    /// Tells who is alive.
    pub(crate) fn living(&self) -> &Arc<Living> {
        &self.living
    }

    /// Whether no other living process had the catalog open when this one opened it: what is
    /// unfinished in it is nobody's.
    pub(crate) fn was_first(&self) -> bool {
        self.life.was_first()
    }

    /// The row of this process.
    pub(crate) fn process(&self) -> i64 {
        self.life.key()
    }
}
