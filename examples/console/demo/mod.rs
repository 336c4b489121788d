//! A simulated site in a temporary directory: a library at work, one that is jammed, one that nobody
//! serves, and a colleague who does what somebody has said to be doing.

mod colleague;
mod nightly;

use std::sync::Arc;
use std::time::Duration;

use rsm::clock::{Clock as _, SystemClock};
use rsm::device::LibraryDevice;
use rsm::device::simulated::{
    Cartridge, ChangerLayout, DoorLayout, Fault, Place, PortLayout, SimulatedLibrary,
};
use rsm::model::{
    AllocateRequest, CleanerInject, InventoryMethod, LibraryId, LogicalMediaId, MediaTypeCode,
    MountRequest, ObjectType, OperatorTask, PhysicalMediaId, PoolId, PoolOpenMode, SideId, SlotId,
    Timeout,
};
use rsm::{Manager, Notifications, OpenOptions, Session};

use crate::Failure;

use colleague::Colleague;
use nightly::Nightly;

const CODE: MediaTypeCode = MediaTypeCode::LtoUltrium;

/// Everything that happens by itself on the site.
pub struct Site {
    pub manager: Manager,
    applications: Vec<Arc<Session>>,
    // The last to go.
    _directory: tempfile::TempDir,
}

/// A library with its device.
pub struct Hall {
    pub device: Arc<SimulatedLibrary>,
    pub library: LibraryId,
}

impl Site {
    /// Returns when the trouble is there.
    pub fn open() -> Result<Self, Failure> {
        let directory = tempfile::tempdir()?;
        let manager = OpenOptions::new().create(true).open(directory.path())?;
        let night = Arc::new(manager.session("Nightly backup")?);
        let applications = vec![Arc::clone(&night)];
        let mut site = Self { manager, applications, _directory: directory };
        let north = site.attach("North hall", 3, (0..8).map(|n| format!("A{n:05}L8")))?;
        let south = site.attach("South hall", 1, (0..2).map(|n| format!("S{n:05}L8")))?;
        let vault = site.attach("Vault", 1, std::iter::empty())?;
        site.manager.detach(vault.library)?;
        let media = site.stock(&night, &north, r"\Nightly")?;
        let far = site.stock(&night, &south, r"\Copies")?;
        site.keep_a_cleaner(&night, &north)?;
        let (work, restore) = media.split_at(6);
        site.take_away(&night, &north, restore)?;
        let asked = night.subscribe(ObjectType::OperatorRequest)?;
        Nightly::begin(&night, work)?;
        site.begin_restore(restore)?;
        site.begin_archive()?;
        site.jam(&south, &far)?;
        night.submit_operator_request(OperatorTask::Message, Some(COURIER))?;
        until_asked(&night, &asked, 4)?;
        let _busy = site.manager.wait_until_idle(SOON);
        Colleague::begin(&site.manager, north, south)?;
        Ok(site)
    }
}

const COURIER: &str =
    "The courier of the bank safe comes at 6 o'clock. Have the box with last week's tapes ready.";

/// How long whoever starts the demonstration waits for it.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long a library may take for a little.
const SOON: Timeout = Timeout::After(Duration::from_secs(30));

impl Site {
    fn attach(
        &self,
        name: &str,
        drives: u32,
        bar_codes: impl Iterator<Item = String>,
    ) -> Result<Hall, Failure> {
        let layout = ChangerLayout { drives, slots: 12, ..ChangerLayout::default() };
        let port = PortLayout { motorised: true, ..PortLayout::default() };
        let device = SimulatedLibrary::builder()
            .name(name)
            .changer(layout)
            .port(port)
            .door(DoorLayout::default())
            .cartridges(bar_codes.map(Cartridge::with_bar_code))
            .build()?;
        let device = Arc::new(device);
        let library = self.manager.attach(Arc::clone(&device) as Arc<dyn LibraryDevice>)?;
        self.manager.wait_until_idle(Timeout::Forever)?;
        Ok(Hall { device, library })
    }

    /// Gives all media of a library to a pool, and allocates them.
    fn stock(
        &self,
        session: &Session,
        hall: &Hall,
        path: &str,
    ) -> Result<Vec<LogicalMediaId>, Failure> {
        let free = session.open_pool(r"\Free\LTO Ultrium", None, PoolOpenMode::OpenExisting)?;
        let media: Vec<PhysicalMediaId> = session.list(Some(hall.library.into()))?;
        for medium in &media {
            session.move_to_pool(*medium, free)?;
        }
        self.manager.wait_until_idle(Timeout::Forever)?;
        let pool = pool(session, path)?;
        let mut allocated = Vec::new();
        for medium in media {
            session.move_to_pool(medium, pool)?;
            let request = AllocateRequest::from(pool).error_if_unavailable();
            allocated.push(session.allocate_media(request)?.logical_media);
        }
        Ok(allocated)
    }

    /// Keeps the last slot for a cleaning cartridge that is nearly used up.
    fn keep_a_cleaner(&self, session: &Session, hall: &Hall) -> Result<(), Failure> {
        let slots: Vec<SlotId> = session.list(Some(hall.library.into()))?;
        let last = slots.last().ok_or("the library has no slot")?;
        session.reserve_cleaner_slot(hall.library, *last)?;
        let events = session.subscribe(ObjectType::Generic)?;
        let start = CleanerInject::Start { cleans_left: 2 };
        let request = session.inject_cleaner(hall.library, start)?;
        let changers = hall.device.changers();
        let changer = changers.first().ok_or("the library has no robot")?;
        let address = changer.geometry()?.ports.first;
        let hands = hall.device.hands();
        let cleaner = hands.make(Cartridge::with_bar_code("CLN001L8").cleaner(2))?;
        let is_in = || Ok(hands.put_in(cleaner, Place { changer: 0, address }).is_ok());
        until(&events, is_in)?;
        until(&events, || Ok(session.info(request)?.state.is_final()))
    }

    /// Somebody has taken these out of the library.
    fn take_away(
        &self,
        session: &Session,
        hall: &Hall,
        media: &[LogicalMediaId],
    ) -> Result<(), Failure> {
        let hands = hall.device.hands();
        for id in media {
            let bar_code = bar_code(session, *id)?;
            let cartridge = hands.find_bar_code(&bar_code)?.ok_or("a cartridge is missing")?;
            hands.remove(hands.find(cartridge)?.ok_or("a cartridge is outside")?)?;
        }
        session.inventory_library(hall.library, InventoryMethod::Fast)?;
        Ok(())
    }

    /// Somebody wants what was taken away, one after the other.
    fn begin_restore(&mut self, media: &[LogicalMediaId]) -> Result<(), Failure> {
        let session = Arc::new(self.manager.session("Restore")?);
        self.applications.push(Arc::clone(&session));
        for (id, pause) in media.iter().copied().zip([0, 60]) {
            let session = Arc::clone(&session);
            spawn("restore", move || {
                SystemClock::new().pause(Duration::from_secs(pause));
                let twelve = Timeout::After(Duration::from_secs(12 * 60));
                drop(session.mount(MountRequest::from(id).timeout(twelve)));
            })?;
        }
        Ok(())
    }

    /// Somebody wants media of a pool that has none.
    fn begin_archive(&mut self) -> Result<(), Failure> {
        let session = Arc::new(self.manager.session("Archive")?);
        self.applications.push(Arc::clone(&session));
        let pool = pool(&session, r"\Archive")?;
        spawn("archive", move || {
            let some = Timeout::After(Duration::from_secs(95 * 60));
            drop(session.allocate_media(AllocateRequest::from(pool).timeout(some)));
        })
    }

    /// The robot jams while it is to mount something.
    fn jam(&mut self, hall: &Hall, media: &[LogicalMediaId]) -> Result<(), Failure> {
        let session = Arc::new(self.manager.session("Copies")?);
        self.applications.push(Arc::clone(&session));
        hall.device.inject(Fault::Jam { changer: 0 });
        for id in media {
            session.queue_mount(MountRequest::from(*id))?;
        }
        Ok(())
    }
}

/// Whoever waits is let go: nobody may wait for a catalog that is being removed.
impl Drop for Site {
    fn drop(&mut self) {
        for session in &self.applications {
            let _closed = session.close();
        }
    }
}

fn pool(session: &Session, path: &str) -> Result<PoolId, Failure> {
    let media_type = session.media_type(CODE)?;
    Ok(session.open_pool(path, Some(media_type), PoolOpenMode::OpenAlways)?)
}

fn bar_code(session: &Session, id: LogicalMediaId) -> Result<String, Failure> {
    let sides: Vec<SideId> = session.list(Some(id.into()))?;
    let side = session.info(*sides.first().ok_or("it has no side")?)?;
    Ok(session.info(side.physical_media)?.bar_code)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), Failure> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work)?;
    Ok(())
}

/// Looks after each event until something is so.
fn until(
    events: &Notifications,
    mut is_so: impl FnMut() -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let clock = SystemClock::new();
    let end = clock.monotonic() + PATIENCE;
    while !is_so()? {
        if clock.monotonic() > end {
            return Err("the simulated libraries take too long".into());
        }
        let _event_or_time = events.wait(Timeout::After(Duration::from_millis(100)));
    }
    Ok(())
}

fn until_asked(session: &Session, events: &Notifications, count: usize) -> Result<(), Failure> {
    until(events, || Ok(session.operator_requests()?.len() >= count))
}
