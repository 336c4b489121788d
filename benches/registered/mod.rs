//! A library of 100,000 cartridges in two changers that take no time themselves, all of them
//! registered before it is attached: so nothing has to be classified.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::model::{
    CreateMediaOptions, Label, LibraryId, MediaTypeCode, MediumDescription, PoolOpenMode,
    SideDescription, SideState,
};
use rsm::{Manager, OpenOptions, Session};

const CODE: MediaTypeCode = MediaTypeCode::LtoUltrium;
const CHANGERS: u32 = 2;
const SLOTS: u32 = 50_000;

/// How many cartridges there are, one in each slot.
pub const CARTRIDGES: u32 = CHANGERS * SLOTS;

/// Threads that register media: their operations share commits.
const FILLERS: usize = 32;

pub struct Site {
    pub session: Session,
    pub library: LibraryId,
    pub manager: Manager,
    _dir: tempfile::TempDir,
}

fn bar_code(n: u32) -> String {
    format!("T{n:06}L8")
}

/// Registers every cartridge as a medium.
fn register(session: &Session) -> rsm::Result<()> {
    let media_type = session.media_type(CODE)?;
    let pool = session.open_pool("P", Some(media_type), PoolOpenMode::CreateNew)?;
    let next = AtomicU32::new(0);
    let fill = || -> rsm::Result<()> {
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= CARTRIDGES {
                return Ok(());
            }
            let medium = MediumDescription::new(pool).bar_code(bar_code(n));
            let label = Label::new("bench", n.to_be_bytes());
            let side = SideDescription::new(SideState::Available, label);
            session.create_offline_media(medium, vec![side], CreateMediaOptions::empty())?;
        }
    };
    thread::scope(|scope| {
        let fillers: Vec<_> = (0..FILLERS).map(|_| scope.spawn(fill)).collect();
        fillers.into_iter().try_for_each(|filler| filler.join().expect("a filler panicked"))
    })
}

impl Site {
    pub fn new() -> rsm::Result<Self> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let manager = OpenOptions::new().create(true).open(dir.path())?;
        let session = manager.session("bench")?;
        register(&session)?;
        let layout =
            ChangerLayout { drives: 2, ports: 0, slots: SLOTS, ..ChangerLayout::default() };
        let cartridge = |n| Cartridge::with_bar_code(bar_code(n)).media_type(CODE.value());
        let device = SimulatedLibrary::builder()
            .changer(layout)
            .changer(layout)
            .media_type(CODE.value())
            .cartridges((0..CARTRIDGES).map(cartridge))
            .build()
            .expect("a library");
        let library = manager.attach(Arc::new(device))?;
        Ok(Self { session, library, manager, _dir: dir })
    }
}
