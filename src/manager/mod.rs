//! The manager: one open catalog and what belongs to it.

mod opening;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::catalog::{Broken, Statistics};
use crate::device::{LibraryDevice, Timeouts};
use crate::error::{Error, ErrorKind, Result};
use crate::label::LabelFormat;
use crate::model::{
    Caller, EjectMode, EjectPrompt, LibraryId, LibraryRequestId, SessionOptions, Timeout,
};
use crate::session::{Context, Session};
pub use opening::OpenOptions;

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

    /// Opens a session for the user of this process, as the original call does.
    ///
    /// `server` is this computer: its name, whatever the case, or none. Without an application name
    /// it is "RSM". The options change nothing.
    ///
    /// ```
    /// # let directory = tempfile::tempdir()?;
    /// # let manager = rsm::OpenOptions::new().create(true).open(directory.path())?;
    /// use rsm::model::SessionOptions;
    ///
    /// let session = manager.open_session(None, None, SessionOptions::empty())?;
    /// assert_eq!(session.application(), "RSM");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// * `InvalidComputerName`: a name that no computer can have: one with an empty part, a part
    ///   longer than 63 characters, or characters other than letters, digits, `-` and `_`.
    /// * `NotConnected`: another computer.
    /// * `InvalidParameter`: an application name that is empty, longer than 63 characters, or holds
    ///   control characters; options that are not known.
    /// * `AccessDenied`: the user has no USE on the computer object.
    /// * `InvalidHandle`: this is a fork of the process that opened the catalog.
    /// * [Those of the catalog](Session#errors-of-the-catalog).
    #[doc(alias = "OpenNtmsSession")]
    pub fn open_session(
        &self,
        server: Option<&str>,
        application: Option<&str>,
        options: SessionOptions,
    ) -> Result<Session> {
        let caller = caller_of_process();
        Session::open(Arc::clone(&self.0), server, application, options, caller)
    }

    /// Opens a session on behalf of somebody else, for servers that know their users. Nothing
    /// checks that the caller is who is stated.
    ///
    /// # Errors
    /// As [`session`](Manager::session), for the caller who is stated.
    pub fn session_as(&self, application: &str, caller: Caller) -> Result<Session> {
        let options = SessionOptions::empty();
        Session::open(Arc::clone(&self.0), None, Some(application), options, caller)
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
        let session = self.open_session(computer, application, SessionOptions::empty())?;
        session.eject_standalone(device, mode, confirm)
    }

    /// Makes labels of another format known, for media that are read from now on. Formats are
    /// asked in the order they were registered, before those built in. Each process that reads
    /// such media registers it.
    ///
    /// To be done before [`attach`](Manager::attach): what is read earlier counts as unrecognized.
    ///
    /// # Errors
    /// As [`LabelFormats::register`](crate::label::LabelFormats::register).
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
