//! How close a full queue of mounts comes to the time that robot and drives need for it.
//!
//! 1,000 mounts wait in a library with the times of a TS4500, on a virtual clock. Each medium is
//! dismounted as soon as it is up. What is measured is the time in the library; of the catalog and
//! the planner nothing is in it but what they let robot and drives wait for.
//!
//! The bound is that of the robot or of the drives, whichever is longer; no order in which the media
//! are carried, and no choice of drives, can be faster.
//! - The robot needs two moves for each mount, and each time the way between the slot and the
//!   nearest drive.
//! - It also goes with an empty hand. From the drive into which it has put a cartridge it goes on to
//!   a slot, or to another drive, since this one loads; and to each drive that it empties it comes
//!   from a slot or from another drive. Between slot and drive that is the way between them at
//!   least, between two drives their distance. So many times as it goes from a drive to a slot it
//!   comes from a slot to a drive: that makes twice the way for a mount, or once the distance.
//! - A drive needs its load, its unload and both moves with their ways.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use rsm::clock::{Clock, VirtualClock, spawn};
use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary, Timings};
use rsm::model::{DismountOptions, LogicalMediaId, MediaTypeCode, MountRequest, Timeout};
use rsm::{Manager, OpenOptions, SeededRandomness, Session};

#[path = "../tests/support/owned.rs"]
mod owned;

const CODE: MediaTypeCode = MediaTypeCode::LtoUltrium;
const MOUNTS: u32 = 1_000;

struct Site {
    manager: Manager,
    session: Arc<Session>,
    clock: Arc<VirtualClock>,
    media: Vec<LogicalMediaId>,
    drives: u32,
    _dir: tempfile::TempDir,
}

impl Site {
    fn new(drives: u32) -> rsm::Result<Self> {
        // The time in the library does not depend on the disk.
        let memory = Path::new("/dev/shm");
        let dir = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
        let dir = dir.expect("a temporary directory");
        let clock = VirtualClock::automatic();
        let here = clock.participate().begin();
        let layout = ChangerLayout { drives, ports: 0, slots: MOUNTS, ..ChangerLayout::default() };
        let tape = |n| Cartridge::with_bar_code(format!("Q{n:05}L8")).media_type(CODE.value());
        let device = SimulatedLibrary::builder()
            .changer(layout)
            .media_type(CODE.value())
            .seed(1)
            .cartridges((0..MOUNTS).map(tape))
            .timings(Timings::ts4500())
            .clock(clock.clone())
            .build()
            .expect("a library");
        let manager = OpenOptions::new()
            .create(true)
            .clock(clock.clone())
            .randomness(Arc::new(SeededRandomness::new(1)))
            .open(dir.path())?;
        manager.attach(Arc::new(device))?;
        manager.wait_until_idle(Timeout::Forever)?;
        let session = Arc::new(manager.session("bench")?);
        let media = owned::allocate_all(&manager, &session, CODE);
        drop(here);
        Ok(Self { manager, session, clock, media, drives, _dir: dir })
    }

    /// Queues all mounts, and waits until everything is at home again. Gives the time in the library.
    fn empty_the_queue(&self) -> rsm::Result<Duration> {
        let _here = self.clock.participate().begin();
        let start = self.clock.monotonic();
        let clock: Arc<dyn Clock> = self.clock.clone();
        let callers: Vec<_> = self
            .media
            .iter()
            .map(|medium| {
                let (session, request) = (Arc::clone(&self.session), MountRequest::from(*medium));
                let call = move || session.mount(request)?.dismount(DismountOptions::IMMEDIATE);
                spawn(&clock, "caller", call).expect("a thread")
            })
            .collect();
        for caller in callers {
            caller.join().expect("a caller panicked")?;
        }
        self.manager.wait_until_idle(Timeout::Forever)?;
        Ok(self.clock.monotonic() - start)
    }

    fn bound(&self) -> Duration {
        let times = Timings::ts4500();
        let frame = f64::from(times.travel.slots_per_frame);
        let apart = frame / f64::from(times.travel.drives_per_frame);
        let way = |slot: u32| {
            let drives = (0..self.drives).map(|drive| f64::from(drive) * apart);
            drives.map(|at| (at - f64::from(slot)).abs()).fold(f64::INFINITY, f64::min)
        };
        let time = |slots: f64| times.travel.per_frame.mul_f64(slots / frame);
        let moves = 2 * MOUNTS * times.move_medium;
        let loaded = time((0..MOUNTS).map(|slot| 2.0 * way(slot)).sum());
        let empty = time((0..MOUNTS).map(|slot| apart.min(2.0 * way(slot))).sum());
        let robot = moves + loaded + empty;
        let drives = (moves + loaded + MOUNTS * (times.load + times.unload)) / self.drives;
        robot.max(drives)
    }
}

fn full_queue(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("a full queue of 1,000 mounts, time in the library");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(1)).measurement_time(Duration::from_millis(1));
    for drives in [4, 24] {
        let site = Site::new(drives).expect("a site");
        let (mut queues, mut all) = (0, Duration::ZERO);
        group.bench_function(format!("{drives} drives"), |bencher| {
            bencher.iter_custom(|times| {
                let of_one = |_| site.empty_the_queue().expect("a queue");
                let time: Duration = (0..times).map(of_one).sum();
                queues += u32::try_from(times).unwrap_or(0);
                all += time;
                time
            });
        });
        if queues > 0 {
            let (mean, bound) = (all / queues, site.bound());
            let ratio = bound.as_secs_f64() / mean.as_secs_f64();
            println!("{drives} drives: bound {bound:.1?}, mean {mean:.1?}, ratio {ratio:.3}");
        }
    }
    group.finish();
}

criterion_group!(benches, full_queue);
criterion_main!(benches);
