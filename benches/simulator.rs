//! How fast the simulator is: mounts in a second of real time, on one thread and a virtual clock.
//!
//! A library of 4,000 slots and 24 drives with the times of a TS4500 is kept at work without a
//! catalog. For each mount the medium that has been up longest is unloaded and carried home; the
//! planner decides who of those that wait gets the drive; the robot is asked for the slot, carries
//! the cartridge, the drive loads it, and its label is read. One thing is done after the other, so
//! virtual time is that of a library that does not work side by side.

#[path = "../src/library/plan/mod.rs"]
#[allow(dead_code, reason = "shared with the library, which uses all of it")]
mod plan;

/// What the planner needs of the crate.
mod model {
    pub use rsm::model::Timestamp;
}

use std::collections::VecDeque;
use std::convert::Infallible;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use plan::{Bay, Drives, Plan, Spot, Use, Wanted, Way};
use rsm::clock::{Clock, VirtualClock};
use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary, Timings};
use rsm::device::{
    Changer, DeviceResult, Drive, DriveStatus, ElementAddress, ElementKind, ElementRange,
    LibraryDevice, Occupancy, ReadOutcome,
};
use rsm::model::MediaTypeCode;

const CODE: MediaTypeCode = MediaTypeCode::LtoUltrium;
const LABEL: &[u8] = &[b'L'; 512];
const SLOTS: u32 = 4_000;
const DRIVES: u32 = 24;

/// Media are asked for in steps of so many slots, which takes all of them in turn.
const STRIDE: i64 = 1_663;

/// Mounts that wait all the time.
const WAITING: i64 = 1_000;

struct Unit {
    address: ElementAddress,
    drive: Arc<dyn Drive>,
}

/// A medium in its drive, and where it belongs.
struct Up {
    drive: i64,
    home: ElementAddress,
}

struct Site {
    changer: Arc<dyn Changer>,
    slots: ElementRange,
    units: Vec<Unit>,
    clock: Arc<VirtualClock>,
    /// Those that are up, the longest first.
    up: VecDeque<Up>,
    /// How many mounts there have been.
    done: i64,
}

impl Site {
    /// A library whose cartridges are labelled; the first mounts fill its drives.
    fn new(clock: Arc<VirtualClock>) -> DeviceResult<Self> {
        let tape = |n| Cartridge::with_bar_code(format!("S{n:05}L8")).media_type(CODE.value());
        let library = SimulatedLibrary::builder()
            .changer(ChangerLayout { drives: DRIVES, slots: SLOTS, ..ChangerLayout::default() })
            .media_type(CODE.value())
            .cartridges((0..SLOTS).map(tape))
            .timings(Timings::ts4500())
            .clock(clock.clone())
            .build()?;
        let changer = Arc::clone(&library.changers()[0]);
        let geometry = changer.geometry()?;
        // The drives are listed last drive first.
        let drives = library.drives().into_iter().rev();
        let units = geometry.drives.iter().zip(drives);
        let units = units.map(|(address, drive)| Unit { address, drive }).collect();
        let up = VecDeque::new();
        let mut site = Self { changer, slots: geometry.slots, units, clock, up, done: 0 };
        let homes: Vec<_> = geometry.slots.iter().collect();
        homes.into_iter().try_for_each(|home| site.label(home))?;
        (0..DRIVES).try_for_each(|_| site.mount())?;
        Ok(site)
    }

    fn label(&mut self, home: ElementAddress) -> DeviceResult<()> {
        let Unit { address, drive } = &self.units[0];
        self.changer.move_medium(home, *address, false)?;
        drive.load()?;
        let mut medium = drive.open()?;
        assert!(!medium.write_block(LABEL)?.early_warning);
        assert!(!medium.write_filemarks(1)?.early_warning);
        drop(medium);
        self.dismount(&Up { drive: 0, home })
    }

    fn dismount(&mut self, up: &Up) -> DeviceResult<()> {
        let Unit { address, drive } = &self.units[up.drive as usize];
        drive.unload()?;
        self.changer.move_medium(*address, up.home, false)
    }

    /// Who gets a drive now, which, and where the cartridge is.
    fn decide(&self) -> Option<Up> {
        let bay = |key| Bay {
            key,
            changer: Some(0),
            used: if self.up.iter().any(|up| up.drive == key) { Use::Taken } else { Use::Empty },
            in_service: true,
            is_dirty: false,
            is_reserved: false,
        };
        let bays = (0..i64::from(DRIVES)).map(bay).collect();
        let mut plan = Plan::new(Drives::new(bays, self.clock.now()));
        let waiting = self.done..self.done + WAITING;
        let Ok(()) = plan.go_through(waiting.map(|n| Ok::<_, Infallible>(Some(wanted(n)))));
        let claim = plan.grants.first()?.claim;
        let Way::Fetch { slot, .. } = claim.way else { return None };
        let home = self.slots.address(u32::try_from(slot).ok()?)?;
        Some(Up { drive: claim.drive, home })
    }

    /// One mount, and the dismount before it when no drive is free.
    fn mount(&mut self) -> DeviceResult<()> {
        if self.up.len() == self.units.len()
            && let Some(longest) = self.up.pop_front()
        {
            self.dismount(&longest)?;
        }
        let up = self.decide().expect("a drive is free, and somebody waits");
        let Unit { address, drive } = &self.units[up.drive as usize];
        let seen = self.changer.element_status(ElementKind::Slot, up.home, 1)?;
        assert_eq!(seen[0].occupancy, Occupancy::Full);
        self.changer.move_medium(up.home, *address, false)?;
        drive.load()?;
        assert!(matches!(drive.status()?, DriveStatus::Ready(_)));
        let mut medium = drive.open()?;
        medium.rewind()?;
        let mut label = [0; LABEL.len()];
        assert_eq!(medium.read_block(&mut label)?, ReadOutcome::Block(LABEL.len()));
        black_box(label);
        self.up.push_back(up);
        self.done += 1;
        Ok(())
    }
}

fn wanted(request: i64) -> [Wanted; 1] {
    let slot = request * STRIDE % i64::from(SLOTS);
    [Wanted {
        request,
        medium: Some(slot),
        spot: Spot::Slot { slot, changer: 0 },
        named: None,
        own: Vec::new(),
        avoided: Vec::new(),
    }]
}

fn simulator(criterion: &mut Criterion) {
    let clock = VirtualClock::automatic();
    let _here = clock.participate().begin();
    let mut site = Site::new(clock.clone()).expect("a library");
    let mut group = criterion.benchmark_group("the simulator and the planner, one thread");
    group.measurement_time(Duration::from_secs(5)).throughput(Throughput::Elements(1));
    group.bench_function("mounts with their dismounts", |bencher| {
        bencher.iter(|| site.mount().expect("a mount"));
    });
    group.finish();
    let (done, time) = (site.done, clock.monotonic());
    println!("{done} mounts and {SLOTS} labels took {} virtual days", time.as_secs() / 86_400);
}

criterion_group!(benches, simulator);
criterion_main!(benches);
