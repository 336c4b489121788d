//! The manager: one open catalog and what belongs to it.

use std::collections::HashMap;
use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;

use crate::catalog::{AfterCommit, Broken, Catalog, NewCatalog, Options, Statistics};
use crate::clock::{Clock, SystemClock};
use crate::device::{LibraryDevice, Timeouts};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::{Ids, Randomness, SystemRandomness};
use crate::label::{LabelFormat, LabelFormats};
use crate::library::Libraries;
use crate::model::{
    AccessModel, Caller, EjectMode, EjectPrompt, LibraryId, LibraryRequestId, Timeout,
};
use crate::session::{Context, Session, fill_new_catalog, hand_off};

/// How long a call waits for other processes that write the catalog, unless told otherwise.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// Managers of this process, by the device and inode of their directory.
static OPEN: Mutex<Option<HashMap<(u64, u64), Opened>>> = Mutex::new(None);

struct Opened {
    context: Weak<Context>,
    options: OpenOptions,
}

/// One open catalog, and the libraries this process has attached to it.
///
/// Made by [`open`](Manager::open) or [`OpenOptions`]. Cheap to clone and to share between
/// threads.
///
/// The catalog is closed when the last clone, the last [`Session`] and the last
/// [`Mount`](crate::Mount) are gone. Closing gives back the libraries without waiting for their
/// devices; [`detach`](Manager::detach) waits.
///
/// # Several processes
///
/// Several processes of one host may have one catalog open. One of them at a time owns a library's
/// hardware; others that [attach](Manager::attach) it stand by, and one of them takes over when the
/// owner dies or gives it back.
///
/// What a process that has died held is released by the others: its mounts as when a session
/// closes, and its libraries. Every process that has a library attached, or that waits in a call,
/// looks for the dead once a second of real time; so does every opening. Allocations stay. A
/// process that is merely stopped keeps everything.
///
/// A program that forks opens the catalog afterwards. In a forked child of a process that has it
/// open, every call fails with `InvalidHandle`, opening it included, until the child runs another
/// program (`exec`); what the child inherited it may drop, which changes nothing for the parent. A
/// child that does neither keeps its parent's locks: should the parent die, it counts as alive
/// until the child has ended.
///
/// ```
/// # let directory = tempfile::tempdir()?;
/// use std::sync::Arc;
///
/// use rsm::OpenOptions;
/// use rsm::device::simulated::SimulatedLibrary;
/// use rsm::model::Timeout;
///
/// let manager = OpenOptions::new().create(true).open(directory.path().join("catalog"))?;
/// let library = SimulatedLibrary::builder()
///     .name("Small")
///     .open_or_create(directory.path().join("library"))?;
/// let library = manager.attach(Arc::new(library))?;
/// manager.wait_until_idle(Timeout::Forever)?;
/// assert_eq!(manager.session("example")?.info(library)?.common.name, "Small");
/// manager.detach(library)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Manager(Arc<Context>);

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

    /// Opens the catalog in `directory`.
    ///
    /// Opening a catalog that this process has open already, with options that agree, gives the
    /// same manager. `create` may differ.
    ///
    /// # Errors
    /// As [`Manager::open`], and `InvalidParameter` when this process has the catalog open with
    /// other options. With [`create`](OpenOptions::create) a missing catalog is no error.
    pub fn open(self, directory: impl AsRef<Path>) -> Result<Manager> {
        let directory = directory.as_ref();
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

fn new_catalog(ids: Ids, now: crate::model::Timestamp) -> NewCatalog {
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

impl Manager {
    /// Opens the catalog in `directory`, which must hold one: [`OpenOptions::create`] makes one.
    /// Opening a catalog that this process has open already gives the same manager.
    ///
    /// # Errors
    /// Each names the directory. Whatever is found there is left as it was.
    /// * `ObjectNotFound`: there is no such directory, or no catalog in it.
    /// * `InvalidParameter`: the path is no directory, or this process has the catalog open with
    ///   other options.
    /// * `AccessDenied`: its files, or the directory, may not be written.
    /// * `DatabaseFailure`: it is damaged, no catalog, or of a later release.
    /// * `DatabaseFull`, `NotEnoughMemory`: no room on the disk, or in memory.
    /// * `Busy`: another process, which is named, writes and does not finish within the
    ///   [busy time-out](OpenOptions::busy_timeout).
    /// * `InvalidHandle`: this is a fork of a process that has it open.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self> {
        OpenOptions::new().open(directory)
    }

    /// Opens a session for the user of this process. `application` is the name by which operators
    /// and other applications see it, 1 to 63 characters; it need not be unique.
    ///
    /// # Errors
    /// * `InvalidParameter`: an application name that is empty, longer than 63 characters, or holds
    ///   control characters.
    /// * `AccessDenied`: the user has no USE on the computer object.
    /// * [Those of the catalog](Session#errors-of-the-catalog).
    #[doc(alias = "OpenNtmsSession")]
    pub fn session(&self, application: &str) -> Result<Session> {
        self.session_as(application, caller_of_process())
    }

    /// Opens a session on behalf of somebody else, for servers that know their users. Nothing
    /// checks that the caller is who is stated.
    ///
    /// # Errors
    /// As [`session`](Manager::session), for the caller who is stated.
    pub fn session_as(&self, application: &str, caller: Caller) -> Result<Session> {
        self.0.check_process()?;
        Session::open(Arc::clone(&self.0), application, caller)
    }

    /// Attaches a library: this process owns its hardware until [`detach`](Manager::detach), or
    /// until the manager and its sessions are gone.
    ///
    /// When another process owns it, this one becomes a standby: the call returns at once and
    /// nothing is done with the device. When the owner dies, which is looked for once a second of
    /// real time, or gives the library back, one of the standbys takes over: it settles what was
    /// under way, looks at everything, and the library is Ready again. Media that other processes
    /// have mounted stay mounted. A take-over that fails is logged (`tracing`) and tried again every
    /// ten seconds. [`owns_library`](Manager::owns_library) tells which this process is; calls that
    /// need the hardware fail with `DeviceNotAvailable` in a standby.
    ///
    /// A library that was attached before, here or in another process, is known again by its
    /// [identity](crate::device::LibraryIdentity::key), with its slots, drives and media; drives
    /// are known by their serial numbers wherever they are. Everyone may use a new library,
    /// administrators may do everything with it. Its media types get their system pools.
    ///
    /// For its owner the call returns when the library is Ready: its drives are empty, except for
    /// media that are mounted, every slot has been looked at, and what bar codes can tell is in the
    /// catalog. Cartridges that must be read are read by the library's own thread afterwards;
    /// [`wait_until_idle`](Manager::wait_until_idle) waits for it. What people put in or take out
    /// later, other than through [ports](Session::inject_media) and [doors](Session::access_library_door),
    /// is seen by the next [inventory](Session::inventory_library).
    ///
    /// A [stand-alone](crate::device::LibraryKind::StandAlone) library has one drive, which people
    /// serve, and one port, which is the mouth of the drive. What lies in the drive is read in place
    /// by the library's own thread. What people do later is seen as
    /// [`ChangeDetection`](crate::ChangeDetection) says. A medium that nobody uses stays inside, and
    /// may be taken; the drive's button is locked while somebody has the medium mounted.
    ///
    /// Devices that do not do what they should make the library NeedsService, with the
    /// [reason](crate::model::Library::trouble) in its record and an operator request to look at it;
    /// the call succeeds, and other libraries are not concerned. What can be used is used: a drive
    /// that does not answer, or whose serial number is also another's, is left out. When nothing
    /// can be used (the changer does not answer, or says what cannot be), the library is tried again
    /// when the request is [satisfied](Session::satisfy_operator_request), and every now and then: after 10
    /// seconds of real time first, after 5 minutes at most.
    ///
    /// # Errors
    /// * `Busy`: this process has the library attached, or is attaching it.
    /// * `InvalidLibrary`: a robotic library without changer; a stand-alone library that is anything
    ///   else than one drive; no media types.
    /// * `InvalidMedia`: a media type the catalog does not know.
    /// * `DeviceNotAvailable`: the library does not even tell who it is.
    /// * `NotEnoughMemory`: no thread can be started.
    /// * [Those of the catalog](Session#errors-of-the-catalog).
    ///
    /// A library that could not be made ready is NotPresent.
    pub fn attach(&self, library: Arc<dyn LibraryDevice>) -> Result<LibraryId> {
        self.0.check_process()?;
        self.0.libraries.attach(self.0.host(), library)
    }

    /// Gives a library back. Waits until its thread has ended what it is doing. If another process
    /// stands by, that takes over; else the library is NotPresent then, and its media count as
    /// offline, until somebody attaches it again. A standby just stands by no longer.
    ///
    /// # Errors
    /// * `InvalidLibrary`: this process does not have it attached.
    /// * `Busy`: sessions have media of it mounted.
    /// * [Those of the catalog](Session#errors-of-the-catalog).
    pub fn detach(&self, library: LibraryId) -> Result<()> {
        self.0.check_process()?;
        self.0.libraries.detach(library)
    }

    /// Whether this process owns the hardware of a library. After [`attach`](Manager::attach) it
    /// does, unless another process was first: then this one is a standby until it takes over. Not
    /// for a library that is not attached here, or unknown, and never in a forked child.
    pub fn owns_library(&self, library: LibraryId) -> bool {
        self.0.check_process().is_ok() && self.0.libraries.owns(library)
    }

    /// Sets how long a drive or changer may take, by its serial number, for the libraries that this
    /// process attaches: from the next command on, until it is set again. Without, it is what the
    /// device [says itself](crate::device::Drive::timeouts). It is not kept in the catalog.
    ///
    /// # Errors
    /// * `InvalidParameter`: the serial number is empty, or a time is zero.
    /// * `InvalidHandle`: this is a fork of the process that opened the catalog.
    pub fn set_timeouts(&self, serial: &str, timeouts: Option<Timeouts>) -> Result<()> {
        self.0.check_process()?;
        let is_zero = |t: Timeouts| [t.load, t.unload, t.ready].contains(&Duration::ZERO);
        if serial.is_empty() || timeouts.is_some_and(is_zero) {
            let reason = "a device needs a serial number, and more than no time";
            return Err(Error::new(ErrorKind::InvalidParameter, reason));
        }
        self.0.libraries.patience().set(serial, timeouts);
        Ok(())
    }

    /// Waits until the attached libraries have done everything they can: dismounts, free labels,
    /// identification of cartridges. Work that waits for people, or for a drive somebody else uses, is not waited
    /// for, and work that failed counts as done: what became of it is in the records, and in the
    /// log (`tracing`). Without an attached library it returns at once; a standby has nothing to do
    /// until it takes over.
    ///
    /// # Errors
    /// `Timeout`: a library has not finished by then; it goes on.
    pub fn wait_until_idle(&self, timeout: Timeout) -> Result<()> {
        self.0.check_process()?;
        self.0.libraries.wait_until_idle(self.0.clock.as_ref(), timeout)
    }

    /// Ejects the medium of a stand-alone drive. `device` is the
    /// [name of its device](crate::model::Drive::device_name) or its
    /// [serial number](crate::model::Drive::serial_number); `computer` this computer, or none;
    /// `application` the name under which it is done, "RSM" without. The call opens a session of its
    /// own for the user of this process.
    ///
    /// The drive is looked into first. A medium that is out has left the library: allocated media
    /// are offline, import and unrecognized media are forgotten, free ones as the
    /// [policy](crate::model::MediaPoolPolicy) says.
    ///
    /// `Start`, `Queue` and `Force` queue a [library request](crate::model::LibraryRequest), whose id
    /// they return. It ends when somebody has taken the cartridge, or when the
    /// [time of the port](crate::model::InsertEjectPort::max_extend_secs) is over; until then the
    /// medium belongs to the library still, and `Stop` loads it again. With `Force`, whoever uses the
    /// medium loses his mount. `Immediate` returns nothing, when the cartridge is out. `AskUser` does
    /// the same; if that fails, it asks `confirm`, and goes on as `Force` or gives up.
    ///
    /// ```no_run
    /// use rsm::model::{EjectAnswer, EjectMode, EjectQuestion};
    /// # fn example(manager: &rsm::Manager) -> rsm::Result<()> {
    /// manager.eject_standalone(None, None, "/dev/nst0", EjectMode::Immediate, None)?;
    /// let ask = |_: &EjectQuestion| EjectAnswer::Cancel;
    /// manager.eject_standalone(None, None, "/dev/nst1", EjectMode::AskUser, Some(&ask))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// * `InvalidParameter`: the device is missing; `AskUser`, and nobody can be asked; an
    ///   application name that cannot be one.
    /// * `InvalidComputerName`, `NotConnected`: a name that no computer has; another computer.
    /// * `InvalidDrive`: the device is not the drive of a stand-alone library.
    /// * `AccessDenied`: CONTROL on the library is missing.
    /// * `DeviceNotAvailable`: the library is disabled or not present; the drive does not do what it
    ///   should.
    /// * `InvalidOperation`: `Stop`, and no eject of the drive is under way.
    /// * `MediaNotAvailable`: the medium is disabled.
    /// * `Busy`: somebody uses the medium, and it is not to be taken by force; or it is being ejected
    ///   already.
    /// * `InvalidState`: the drive is empty.
    /// * `Cancelled`: whoever was asked does not want it; or the request was cancelled.
    /// * `NotReady`, `UnableToLoadMedium`: the drive does not do what it should.
    #[doc(alias = "EjectDiskFromSADrive")]
    pub fn eject_standalone(
        &self,
        computer: Option<&str>,
        application: Option<&str>,
        device: &str,
        mode: EjectMode,
        confirm: Option<&dyn EjectPrompt>,
    ) -> Result<Option<LibraryRequestId>> {
        let session = self.session(application.unwrap_or("RSM"))?;
        session.check_computer(computer)?;
        session.eject_standalone(device, mode, confirm)
    }

    /// Makes labels of another format known, for media that are read from now on. Formats are
    /// asked in the order they were registered, before those built in. Each process that reads
    /// such media registers it.
    ///
    /// To be done before [`attach`](Manager::attach): what is read earlier counts as unrecognized.
    ///
    /// # Errors
    /// As [`LabelFormats::register`].
    #[doc(alias = "MaxMediaLabel")]
    pub fn register_label_format(&self, format: Arc<dyn LabelFormat>) -> Result<()> {
        self.0.check_process()?;
        self.0.formats.register(format)
    }

    /// Whether `path` is one of the catalog's own files. A backup program must not read these:
    /// closing a file of the database drops the locks that this process holds on it.
    pub fn owns(&self, path: impl AsRef<Path>) -> bool {
        self.0.catalog.directory().owns(path.as_ref())
    }

    /// Looks for what breaks the rules of the catalog: nothing, on a healthy one. Reads everything
    /// once, from one consistent state; other callers go on meanwhile. Reports about a hundred
    /// objects per rule at most.
    ///
    /// # Errors
    /// `DatabaseFailure` when the catalog cannot be read.
    pub fn check(&self) -> Result<Vec<Broken>> {
        self.0.check_process()?;
        self.0.catalog.read(|view| view.check())
    }

    /// What the catalog has done in this process since it was opened.
    pub fn statistics(&self) -> Statistics {
        self.0.catalog.statistics()
    }
}

/// The user and groups this process runs as.
fn caller_of_process() -> Caller {
    let user = rustix::process::geteuid().as_raw();
    let mut groups = vec![rustix::process::getegid().as_raw()];
    if let Ok(more) = rustix::process::getgroups() {
        groups.extend(more.into_iter().map(|group| group.as_raw()));
    }
    let user_name = std::env::var("USER").unwrap_or_else(|_| user.to_string());
    Caller { user, groups, administrator: false, user_name }
}

impl Drop for Manager {
    fn drop(&mut self) {
        // If it is, it is kept by this call.
        let _kept = self.0.is_kept_for_parent();
    }
}

impl fmt::Debug for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Manager").field(&self.0.catalog.directory().path()).finish()
    }
}
