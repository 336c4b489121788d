//! The tapes: the catalog, the library, our pool, and where media come from and go to.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rsm::device::LibraryDevice;
use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::model::{
    AllocateRequest, AllocationPolicy, DeallocationPolicy, DismountOptions, Id, InventoryMethod,
    LabelUpdate, LibraryId, LogicalMediaId, MediaTypeId, MountOptions, MountRequest, ObjectType,
    PoolId, PoolOpenMode, Timeout,
};
use rsm::{ErrorKind, Manager, Mount, OpenOptions, Session};
use uuid::Uuid;

use crate::device;
use crate::failure::{Explain, Failure, Result};
use crate::home::Home;
use crate::label::BackupLabels;
use crate::store::Tape;

/// How long the library may take for what it is asked to do. Real robots are slow; without a limit
/// a jammed one would keep us for ever.
pub const PATIENCE: Timeout = Timeout::After(Duration::from_secs(600));

/// Our pool.
const POOL: &str = r"\Backup";

/// What a new simulated library is made of.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub tapes: u32,
    pub bytes_per_tape: u64,
}

/// Where the tapes are.
#[derive(Clone, Debug)]
pub enum Hardware {
    /// In a simulated library, made like this when it is used first.
    Simulated(Layout),
    /// In the library of a device.
    Device {
        /// Its name.
        name: String,
        /// Tapes of which we know nothing are ours to write on.
        takes_unknown: bool,
    },
}

/// The open catalog with its library, ready for work.
pub struct Tapes {
    manager: Manager,
    session: Session,
    library: LibraryId,
    media_type: MediaTypeId,
    pool: PoolId,
    takes_unknown: bool,
}

impl Tapes {
    /// Opens everything. The order matters:
    ///
    /// 1. The catalog is opened, or made.
    /// 2. Our labels are made known, before any tape is looked at.
    /// 3. The library is attached. Its inventory begins at once; what it knows by bar code it need
    ///    not load.
    /// 4. A session: in its name we allocate and mount.
    /// 5. When the inventory is done, the media types of the library are known, and our pool can be
    ///    opened.
    pub fn open(home: &Home, hardware: &Hardware) -> Result<Self> {
        let manager = OpenOptions::new()
            .create(true)
            .open(home.catalog())
            .explain(|| "cannot open the catalog of the media")?;
        manager
            .register_label_format(Arc::new(BackupLabels))
            .explain(|| "cannot make our labels known")?;
        let device: Arc<dyn LibraryDevice> = match hardware {
            Hardware::Simulated(layout) => Arc::new(simulated_library(&home.library(), *layout)?),
            Hardware::Device { name, .. } => device::library(name)?,
        };
        let library = manager.attach(device).explain(|| "cannot attach the library")?;
        let session = manager.session("backup example").explain(|| "cannot open a session")?;
        let takes_unknown = match hardware {
            Hardware::Simulated(_) => true,
            Hardware::Device { takes_unknown, .. } => *takes_unknown,
        };
        let (media_type, pool) = (MediaTypeId::NULL, PoolId::NULL);
        let mut tapes = Self { manager, session, library, media_type, pool, takes_unknown };
        tapes.wait()?;
        tapes.media_type = tapes.first_media_type()?;
        tapes.pool = tapes.open_pool().explain(|| format!("cannot open the pool {POOL}"))?;
        Ok(tapes)
    }

    /// A pool is how an application keeps its media apart from those of others. Ours takes what it
    /// needs from the free pool, and what it does not need any more goes back there: so several
    /// applications share one heap of tapes.
    fn open_pool(&self) -> rsm::Result<PoolId> {
        let mode = PoolOpenMode::OpenAlways;
        let id = self.session.open_pool(POOL, Some(self.media_type), mode)?;
        let mut pool = self.session.info(id)?;
        pool.allocation_policy = AllocationPolicy::DRAW_FROM_FREE;
        pool.deallocation_policy = DeallocationPolicy::RETURN_TO_FREE;
        self.session.set_info(&pool)?;
        Ok(id)
    }

    fn first_media_type(&self) -> Result<MediaTypeId> {
        let types = self.enumerate(self.library, ObjectType::MediaType)?;
        let first = types.first().ok_or_else(|| Failure::new("the library takes no media"))?;
        Ok(MediaTypeId::from_uuid(first.as_uuid()))
    }

    /// Whether tapes of which we know nothing are ours to write on.
    pub fn takes_unknown(&self) -> bool {
        self.takes_unknown
    }

    /// Whether the file must not be read, because the open catalog depends on it.
    pub fn owns(&self, path: &Path) -> bool {
        self.manager.owns(path)
    }

    /// Waits until the library has done all it was asked for.
    pub fn wait(&self) -> Result<()> {
        self.manager.wait_until_idle(PATIENCE).map_err(|error| {
            Failure::new("the library does not get its work done")
                .advise("look after the library, then start again")
                .caused_by(error)
        })
    }

    /// Takes a blank or freed tape for a set. From now on its side is ours, in every process and
    /// across restarts, until we deallocate it.
    pub fn allocate(&self, label: Uuid, written: usize) -> Result<Tape> {
        // Nobody stands by to bring tapes, so there is no use in waiting for them.
        let request = AllocateRequest::from(self.pool).error_if_unavailable();
        let allocation = self.session.allocate_media(request).map_err(|error| {
            if error.kind() != ErrorKind::MediaUnavailable {
                return Failure::new("cannot allocate a tape").caused_by(error);
            }
            let why =
                format!("the backup does not fit: {written} tapes are full, no other is free");
            let advice = "give tapes of old sets back (prune --keep 1), put more tapes into the \
                          library, or use a new --home with more or larger ones (--tapes, \
                          --tape-size)";
            Failure::new(why).advise(advice).caused_by(error)
        })?;
        Ok(Tape {
            logical_media: allocation.logical_media.to_string(),
            label: label.to_string(),
            bar_code: self.bar_code(allocation.physical_media)?,
        })
    }

    /// Deallocates a tape. One that is not allocated any more is what we want.
    pub fn give_back(&self, tape: &Tape) -> Result<()> {
        match self.session.deallocate_media(logical_media(tape)?) {
            Err(error) if error.kind() == ErrorKind::InvalidMedia => Ok(()),
            other => other.explain(|| format!("cannot give tape {} back", tape.bar_code)),
        }
    }

    /// Brings a tape into a drive. When this returns, the manager has read the label of what is
    /// there and knows that it is the right one.
    pub fn mount(&self, tape: &Tape, access: MountOptions) -> Result<Mount> {
        // Nobody stands by to fetch a tape from a shelf: say so at once instead of waiting.
        let request = MountRequest::from(logical_media(tape)?)
            .options(access | MountOptions::ERROR_IF_OFFLINE)
            .timeout(PATIENCE);
        self.session.mount(request).map_err(|error| {
            let advice = match error.kind() {
                ErrorKind::MediaOffline => "put the tape back into the library, then try again",
                ErrorKind::InvalidMedia => {
                    "somebody exchanged or overwrote the tape: look for the right one"
                }
                ErrorKind::Timeout => "see what keeps the drives busy, then try again",
                _ => "look after the library, then try again",
            };
            Failure::new(format!("cannot mount tape {}", tape.bar_code))
                .advise(advice)
                .caused_by(error)
        })
    }

    /// Puts a tape back into its slot and waits until it is there.
    pub fn put_away(&self, mounted: Mount, name: &str) -> Result<()> {
        mounted
            .dismount(DismountOptions::IMMEDIATE)
            .explain(|| format!("cannot put {name} away"))?;
        self.wait()
    }

    /// Tells the manager which label the tape has now.
    pub fn tell_label(&self, tape: &Tape, block: &[u8]) -> Result<()> {
        self.session
            .update_omid(logical_media(tape)?, LabelUpdate::Raw(block))
            .explain(|| format!("cannot make the label of tape {} known", tape.bar_code))
    }

    /// Marks a tape as written full. Nobody can mount it for writing any more.
    pub fn complete(&self, tape: &Tape) -> Result<()> {
        self.session
            .complete_media(logical_media(tape)?)
            .explain(|| format!("cannot complete tape {}", tape.bar_code))
    }

    /// Reads the label of every medium in the library, and waits until that is done.
    pub fn read_all_labels(&self) -> Result<()> {
        self.session
            .inventory_library(self.library, InventoryMethod::FullLabelRead)
            .explain(|| "cannot take an inventory of the library")?;
        self.wait()
    }

    pub fn pool(&self) -> PoolId {
        self.pool
    }

    pub fn session(&self) -> &Session {
        &self.session
    }

    pub fn library(&self) -> LibraryId {
        self.library
    }

    pub fn media_type(&self) -> MediaTypeId {
        self.media_type
    }
}

/// The logical medium of a tape, as the manager names it.
fn logical_media(tape: &Tape) -> Result<LogicalMediaId> {
    tape.logical_media
        .parse()
        .explain(|| format!("the catalog of sets names tape {} wrongly", tape.bar_code))
}

/// Opens the simulated library that is kept in a directory; a new one gets blank tapes with bar
/// codes.
fn simulated_library(directory: &Path, layout: Layout) -> Result<SimulatedLibrary> {
    let tape = |number| {
        let tape = Cartridge::with_bar_code(format!("B{number:05}L8"));
        tape.capacity(layout.bytes_per_tape)
    };
    SimulatedLibrary::builder()
        .name("Backup library")
        .changer(ChangerLayout { slots: layout.tapes, drives: 2, ..ChangerLayout::default() })
        .cartridges((1..=layout.tapes).map(tape))
        .open_or_create(directory)
        .explain(|| format!("cannot open the library in {}", directory.display()))
}
