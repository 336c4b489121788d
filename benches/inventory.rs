//! An inventory of a library in which nothing has changed: 100,000 cartridges in two changers that
//! take no time themselves. Beside it somebody reads the catalog all the time; how long the worst
//! of his reads took is printed at the end, with the time of one read in a thousand.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use rsm::device::LibraryDevice;
use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::model::{
    CreateMediaOptions, InventoryMethod, Label, LibraryId, MediaTypeCode, MediumDescription,
    PhysicalMediaId, PoolOpenMode, SideDescription, SideState, Timeout,
};
use rsm::{Manager, OpenOptions, Session};

const CODE: MediaTypeCode = MediaTypeCode::LtoUltrium;
const CHANGERS: u32 = 2;
const SLOTS: u32 = 50_000;

/// Threads that register media: their operations share commits.
const FILLERS: usize = 32;

struct Site {
    manager: Manager,
    session: Session,
    library: LibraryId,
    medium: PhysicalMediaId,
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
            if n >= CHANGERS * SLOTS {
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
    fn new() -> rsm::Result<Self> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let manager = OpenOptions::new().create(true).open(dir.path())?;
        let session = manager.session("bench")?;
        register(&session)?;
        let layout =
            ChangerLayout { drives: 2, ports: 0, slots: SLOTS, ..ChangerLayout::default() };
        let cartridge = |n| Cartridge::with_bar_code(bar_code(n)).media_type(CODE.value());
        let device: Arc<dyn LibraryDevice> = Arc::new(
            SimulatedLibrary::builder()
                .changer(layout)
                .changer(layout)
                .media_type(CODE.value())
                .cartridges((0..CHANGERS * SLOTS).map(cartridge))
                .build()
                .expect("a library"),
        );
        let library = manager.attach(device)?;
        manager.wait_until_idle(Timeout::Forever)?;
        let all = session.list::<PhysicalMediaId>(Some(library.into()))?;
        let medium = *all.last().expect("a medium");
        Ok(Self { manager, session, library, medium, _dir: dir })
    }

    fn look(&self) -> rsm::Result<()> {
        self.session.inventory_library(self.library, InventoryMethod::Fast)?;
        self.manager.wait_until_idle(Timeout::Forever)
    }
}

/// Does one thing while the medium is read over and over; gives how long each read took.
fn beside_a_reader(site: &Site, work: impl FnOnce()) -> Vec<Duration> {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut times = Vec::new();
            while !is_over.load(Ordering::Relaxed) {
                let start = Instant::now();
                black_box(site.session.info(site.medium).expect("a medium"));
                times.push(start.elapsed());
            }
            times
        });
        work();
        is_over.store(true, Ordering::Relaxed);
        reader.join().expect("the reader panicked")
    })
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let rare = times.len().saturating_sub(1 + times.len() / 1_000);
    if let (Some(worst), Some(rare)) = (times.last(), times.get(rare)) {
        let reads = times.len();
        println!("{what}: {reads} reads, p99.9 {rare:.1?}, worst {worst:.1?}");
    }
}

fn unchanged(criterion: &mut Criterion) {
    let site = Site::new().expect("a site");
    // As long as an inventory takes, or longer.
    report(
        "reads beside nothing",
        beside_a_reader(&site, || thread::sleep(Duration::from_secs(5))),
    );
    let mut group = criterion.benchmark_group("100,000 cartridges in two changers");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.measurement_time(Duration::from_secs(20));
    let times = beside_a_reader(&site, || {
        group.bench_function("an inventory that finds nothing new", |bencher| {
            bencher.iter(|| site.look().expect("an inventory"));
        });
    });
    report("reads beside inventories", times);
    group.finish();
}

criterion_group!(benches, unchanged);
criterion_main!(benches);
