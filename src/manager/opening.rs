//! How a catalog is opened, and the managers this process has.

use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;

use super::Manager;
use crate::catalog::{AfterCommit, Catalog, NewCatalog, Options};
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{Ids, Randomness, SystemRandomness};
use crate::label::LabelFormats;
use crate::library::Libraries;
use crate::model::{AccessModel, Timestamp};
use crate::session::{Context, fill_new_catalog, hand_off};

/// Managers of this process, by the device and inode of their directory.
static OPEN: Mutex<Option<HashMap<(u64, u64), Opened>>> = Mutex::new(None);

struct Opened {
    context: Weak<Context>,
    options: OpenOptions,
}

/// How long a call waits for other processes that write the catalog, unless told otherwise.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Events a channel keeps, unless told otherwise, and at least.
const NOTIFICATION_LIMIT: usize = 4096;
const LEAST_NOTIFICATION_LIMIT: usize = 16;

/// How a catalog is opened.
#[derive(Clone)]
pub struct OpenOptions {
    create: bool,
    max_size: Option<u64>,
    busy_timeout: Duration,
    access_model: AccessModel,
    clock: Option<Arc<dyn Clock>>,
    randomness: Option<Arc<dyn Randomness>>,
    after_commit: Option<AfterCommit>,
    notification_limit: usize,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl OpenOptions {
    /// An existing catalog, real time, no limit of size.
    pub fn new() -> Self {
        Self {
            create: false,
            max_size: None,
            busy_timeout: BUSY_TIMEOUT,
            access_model: AccessModel::default(),
            clock: None,
            randomness: None,
            after_commit: None,
            notification_limit: NOTIFICATION_LIMIT,
        }
    }

    /// Whether a catalog is made when the directory holds none, and the directory with its parents
    /// when it does not exist; no unless said otherwise. The user who makes it becomes its
    /// administrator, besides the superuser.
    #[must_use]
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// The largest size of the catalog's database, in bytes; rounded down to whole pages of 4096.
    /// Calls that would need more fail with `DatabaseFull`. The write-ahead log beside it comes on
    /// top. No limit unless said otherwise.
    #[must_use]
    pub fn max_size(mut self, bytes: u64) -> Self {
        self.max_size = Some(bytes);
        self
    }

    /// How long a call waits while another process writes; then it fails with `Busy`. 30 seconds
    /// unless said otherwise. Always real time.
    #[must_use]
    pub fn busy_timeout(mut self, time: Duration) -> Self {
        self.busy_timeout = time;
        self
    }

    /// The rules of access rights; those of Server 2003 unless said otherwise.
    #[must_use]
    pub fn access_model(mut self, model: AccessModel) -> Self {
        self.access_model = model;
        self
    }

    /// Where time comes from; the system unless said otherwise.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Where the random part of new ids comes from; the system unless said otherwise.
    #[must_use]
    pub fn randomness(mut self, randomness: Arc<dyn Randomness>) -> Self {
        self.randomness = Some(randomness);
        self
    }

    /// Something to be called after each commit, before the callers it served go on: for
    /// measuring what a slower disk would cost.
    #[must_use]
    pub fn after_commit(mut self, call: impl Fn() + Send + Sync + 'static) -> Self {
        self.after_commit = Some(Arc::new(call));
        self
    }

    /// How many events each [channel](crate::Notifications) of this process keeps that nobody has
    /// taken; one more, and the channel has lost them. At least 16; 4096 unless said otherwise. Each
    /// takes 18 bytes.
    #[must_use]
    pub fn notification_limit(mut self, events: usize) -> Self {
        self.notification_limit = events;
        self
    }

    /// Opens the catalog in `directory`.
    ///
    /// Opening a catalog that this process has open already, with options that agree, gives the
    /// same manager. `create` may differ.
    ///
    /// # Errors
    /// As [`Manager::open`], and `InvalidParameter` when this process has the catalog open with
    /// other options, or when channels are to keep less than 16 events. With [`create`](OpenOptions::create) a missing catalog is no error.
    pub fn open(self, directory: impl AsRef<Path>) -> Result<Manager> {
        let directory = directory.as_ref();
        if self.notification_limit < LEAST_NOTIFICATION_LIMIT {
            let reason = format!("a channel keeps at least {LEAST_NOTIFICATION_LIMIT} events");
            return Err(Error::new(ErrorKind::InvalidParameter, reason));
        }
        let mut open = OPEN.lock();
        let open = open.get_or_insert_with(HashMap::new);
        open.retain(|_, opened| opened.context.strong_count() > 0);
        if let Some(identity) = identity(directory)
            && let Some(opened) = open.get(&identity)
            && let Some(context) = opened.context.upgrade()
        {
            let manager = Manager(context);
            manager.0.check_process()?;
            self.check_same(&opened.options)?;
            return Ok(manager);
        }
        let context = self.open_context(directory)?;
        if let Some(identity) = identity(directory) {
            let opened = Opened { context: Arc::downgrade(&context), options: self };
            open.insert(identity, opened);
        }
        Ok(Manager(context))
    }

    fn open_context(&self, directory: &Path) -> Result<Arc<Context>> {
        let clock = self.clock.clone().unwrap_or_else(|| Arc::new(SystemClock::new()));
        let randomness = self.randomness.clone().unwrap_or_else(|| Arc::new(SystemRandomness));
        let ids = Ids::new(Arc::clone(&clock), randomness);
        let now = clock.now();
        let options = Options {
            create: self.create.then(|| new_catalog(ids.clone(), now)),
            max_pages: self.max_size.map(|bytes| u32::try_from(bytes / 4096).unwrap_or(u32::MAX)),
            busy_timeout: self.busy_timeout,
            after_commit: self.after_commit.clone(),
            life: *ids.uuid().as_bytes(),
            hand_off: hand_off(Arc::clone(&clock)),
            channel_limit: self.notification_limit,
            clock: Arc::clone(&clock),
        };
        let catalog = Arc::new(Catalog::open(directory, &options)?);
        tracing::debug!(first = catalog.was_first(), "the catalog is open");
        Ok(Arc::new(Context {
            catalog,
            clock,
            ids,
            access_model: self.access_model,
            formats: Arc::new(LabelFormats::new()),
            libraries: Libraries::default(),
            process: std::process::id(),
        }))
    }

    /// Options that decide what the catalog does must agree; `create` asks for nothing more once
    /// it is there.
    fn check_same(&self, other: &Self) -> Result<()> {
        let same = self.max_size == other.max_size
            && self.busy_timeout == other.busy_timeout
            && self.access_model == other.access_model
            && self.notification_limit == other.notification_limit
            && is_same(&self.clock, &other.clock)
            && is_same(&self.randomness, &other.randomness)
            && is_same(&self.after_commit, &other.after_commit);
        if same {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::InvalidParameter,
            "this process has the catalog open with other options",
        ))
    }
}

/// Whether both are the same thing, or both are missing.
fn is_same<T: ?Sized>(a: &Option<Arc<T>>, b: &Option<Arc<T>>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        _ => false,
    }
}

fn new_catalog(ids: Ids, now: Timestamp) -> NewCatalog {
    let creator = rustix::process::geteuid().as_raw();
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let name = crate::model::text::to_object_name(&name);
    NewCatalog {
        fill: Arc::new(move |transaction| fill_new_catalog(transaction, &ids, &name, creator, now)),
    }
}

fn identity(directory: &Path) -> Option<(u64, u64)> {
    let metadata = std::fs::metadata(directory).ok()?;
    Some((metadata.dev(), metadata.ino()))
}
