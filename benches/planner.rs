//! What one decision costs with 10,000 requests and 200 drives: of the planner by itself, and with
//! a catalog that is read and written.

#[path = "../tests/support/owned.rs"]
mod owned;
#[path = "../src/library/plan/mod.rs"]
#[allow(dead_code, reason = "shared with the library, which uses all of it")]
mod plan;

/// What the planner needs of the crate.
mod model {
    pub use rsm::model::Timestamp;
}

use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use plan::{Bay, Drives, Plan, Spot, Use, Wanted};
use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::model::{Drive, DriveId, LogicalMediaId, MediaTypeCode, MountRequest, Timeout, Timestamp};
use rsm::{Manager, Mount, OpenOptions, Session};

const REQUESTS: i64 = 10_000;
const DRIVES: i64 = 200;

/// Drives of two changers.
fn drives(used: impl Fn(i64) -> Use) -> Drives {
    let bay = |key| Bay {
        key,
        changer: Some(key % 2),
        used: used(key),
        in_service: true,
        is_dirty: false,
        is_reserved: false,
    };
    Drives::new((0..DRIVES).map(bay).collect(), Timestamp::from_micros(1_000))
}

fn wanted(request: i64, named: Option<i64>) -> Vec<Wanted> {
    vec![Wanted {
        request,
        medium: Some(request),
        spot: Spot::Slot { slot: request, changer: request % 2 },
        named,
        own: Vec::new(),
        avoided: Vec::new(),
    }]
}

fn kept(key: i64) -> Use {
    let until = Timestamp::from_micros(2_000 + key);
    Use::Left { medium: -key, since: Timestamp::from_micros(key), until }
}

fn decide(drives: Drives, calls: &[Vec<Wanted>]) -> Plan {
    let mut plan = Plan::new(drives);
    let calls = calls.iter().map(|call| Ok::<_, Infallible>(Some(call)));
    let Ok(()) = plan.go_through(calls);
    plan
}

fn by_itself(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("10,000 requests, 200 drives");
    let all = |named: Option<i64>| (0..REQUESTS).map(|n| wanted(n, named)).collect::<Vec<_>>();
    let mut case = |name: &str, drives: &Drives, calls: &[Vec<Wanted>], grants: usize| {
        assert_eq!(decide(drives.clone(), calls).grants.len(), grants, "{name}");
        group.bench_function(name, |bencher| {
            let fresh = || drives.clone();
            let decided = |drives| black_box(decide(drives, calls));
            bencher.iter_batched(fresh, decided, BatchSize::SmallInput);
        });
    };
    let one_free = |key| if key == 7 { Use::Empty } else { Use::Taken };
    case("one drive has come free", &drives(one_free), &all(None), 1);
    case("all drives are free", &drives(|_| Use::Empty), &all(None), DRIVES as usize);
    case("all wait for the end of a delay", &drives(kept), &all(None), 0);
    let at_7 = drives(|key| if key == 7 { Use::Taken } else { Use::Empty });
    case("all wait for one named drive", &at_7, &all(Some(7)), 0);
    let mut hot = all(None);
    hot.iter_mut().flatten().for_each(|wanted| wanted.medium = Some(1));
    case("all wait for one medium", &drives(|_| Use::Empty), &hot, 1);
    group.finish();
}

/// A catalog with 10,000 mounts that wait: 50 calls, each for 200 media. One of these is in use.
struct Site {
    manager: Manager,
    session: Session,
    media: Vec<LogicalMediaId>,
    drive: Drive,
    _dir: tempfile::TempDir,
}

impl Site {
    fn new() -> rsm::Result<(Self, Vec<Mount>)> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let tapes = DRIVES as u32;
        let layout = ChangerLayout { drives: tapes, slots: tapes, ..ChangerLayout::default() };
        let code = MediaTypeCode::LtoUltrium;
        let tape = |n| Cartridge::with_bar_code(format!("A{n}")).media_type(code.value());
        let device = SimulatedLibrary::builder()
            .changer(layout)
            .media_type(code.value())
            .cartridges((0..tapes).map(tape))
            .build()
            .expect("a library");
        let manager = OpenOptions::new().create(true).open(dir.path())?;
        manager.attach(Arc::new(device))?;
        manager.wait_until_idle(Timeout::Forever)?;
        let session = manager.session("bench")?;
        let media = owned::allocate_all(&manager, &session, code);
        let held = vec![session.mount(media[0])?];
        let drives = session.list::<DriveId>(None)?;
        let drive = session.info(drives[0])?;
        Ok((Self { manager, session, media, drive, _dir: dir }, held))
    }

    /// Something changes that lets the library look at its queue, and it does.
    fn look(&mut self) -> rsm::Result<()> {
        self.drive.defer_dismount_delay ^= 1;
        self.session.set_info(&self.drive)?;
        self.manager.wait_until_idle(Timeout::Forever)
    }
}

fn through_the_catalog(criterion: &mut Criterion) {
    let (mut site, mut held) = Site::new().expect("a site");
    let waiting = site.manager.session("waiting").expect("a session");
    let mut group = criterion.benchmark_group("one look with its commit");
    let mut measure = |name: &str, site: &mut Site| {
        group.bench_function(name, |bencher| bencher.iter(|| site.look().expect("a look")));
    };
    measure("nobody waits", &mut site);
    for _ in 0..REQUESTS / DRIVES {
        waiting.queue_mount(MountRequest::all(site.media.clone())).expect("queued");
    }
    measure("10,000 wait for a medium that is in use", &mut site);
    let others = MountRequest::all(site.media[1..].to_vec());
    held.extend(site.session.mount_all(others).expect("drives and media are free"));
    measure("10,000 wait, and no drive is free", &mut site);
    group.finish();
}

criterion_group!(benches, by_itself, through_the_catalog);
criterion_main!(benches);
