//! How many mounts a library makes in a second of real time, on a virtual clock.
//!
//! Each session mounts one of its media after the other and dismounts it, until all have made their
//! share. Time in the library costs nothing: what is left is the work of this crate.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use rsm::clock::{Clock, Thread, VirtualClock, spawn};
use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary, Timings};
use rsm::device::{ElementKind, LibraryDevice};
use rsm::model::{
    AllocateRequest, DismountOptions, EnumerateOptions, Id, LibraryId, LogicalMediaId,
    MediaTypeCode, MountRequest, ObjectId, ObjectType, PhysicalMediaId, PoolId, PoolOpenMode,
    Timeout,
};
use rsm::{Manager, OpenOptions, SeededRandomness, Session};

use crate::Failure;

const CODE: MediaTypeCode = MediaTypeCode::LtoUltrium;

/// Media for each session to choose from.
const SHARE: usize = 8;

/// What the library is like.
#[derive(Clone, Copy)]
pub struct Setting {
    pub mounts: usize,
    pub drives: usize,
    pub pace: Pace,
    pub order: Order,
}

/// How long its movements take, in virtual time.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Pace {
    /// None at all.
    Zero,
    /// As those of a large library with LTO drives.
    Large,
}

/// Who works at a time.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Order {
    /// Everybody.
    SideBySide,
    /// One thread at a time: every run is the same.
    OneAtATime,
}

impl Pace {
    fn timings(self) -> Timings {
        let seconds = Duration::from_secs;
        match self {
            Self::Zero => Timings::default(),
            Self::Large => Timings {
                move_medium: seconds(5),
                load: seconds(15),
                unload: seconds(24),
                rewind: seconds(80),
                seek: seconds(90),
                bytes_per_second: Some(300_000_000),
                ..Timings::default()
            },
        }
    }
}

impl Order {
    fn clock(self) -> Arc<VirtualClock> {
        match self {
            Self::SideBySide => VirtualClock::automatic(),
            Self::OneAtATime => VirtualClock::one_at_a_time(1),
        }
    }
}

pub fn measure(directory: &Path, setting: Setting) -> Result<(), Failure> {
    println!("drives {}", setting.drives);
    println!("moves_loads_unloads_per_s {:.0}", devices_per_s(setting)?);
    let clock = setting.order.clock();
    let _here = clock.participate().begin();
    let device = Arc::new(library(setting, &clock)?);
    let manager = OpenOptions::new()
        .create(true)
        .clock(clock.clone())
        .randomness(Arc::new(SeededRandomness::new(1)))
        .open(directory)?;
    let media = prepare(&manager, device, setting)?;
    let (before, virtually, start) = (manager.statistics(), clock.monotonic(), Instant::now());
    let each = setting.mounts.div_ceil(setting.drives);
    let sessions: Vec<Thread<_>> = media
        .chunks(SHARE)
        .map(|share| work(&manager, &clock, share.to_vec(), each))
        .collect::<Result<_, _>>()?;
    for session in sessions {
        session.join().map_err(|_| "a session panicked")??;
    }
    manager.wait_until_idle(Timeout::Forever)?;
    let time = start.elapsed().as_secs_f64();
    let (after, mounts) = (manager.statistics(), (each * setting.drives) as f64);
    println!("mounts_per_s {:.0}", mounts / time);
    println!("us_per_mount {:.1}", time * 1e6 / mounts);
    println!("transactions_per_mount {:.2}", (after.commits - before.commits) as f64 / mounts);
    println!("operations_per_mount {:.2}", (after.operations - before.operations) as f64 / mounts);
    println!("pages_per_mount {:.2}", (after.pages_written - before.pages_written) as f64 / mounts);
    let virtually = (clock.monotonic() - virtually).as_secs_f64();
    println!("virtual_mounts_per_h {:.0}", mounts * 3600.0 / virtually);
    Ok(())
}

fn library(setting: Setting, clock: &Arc<VirtualClock>) -> Result<SimulatedLibrary, Failure> {
    let media = setting.drives * SHARE;
    let count = |n: usize| u32::try_from(n);
    let layout = ChangerLayout {
        transports: 1,
        drives: count(setting.drives)?,
        ports: 0,
        slots: count(media + 10)?,
    };
    let cartridge = |n| Cartridge::with_bar_code(format!("M{n:05}L8")).media_type(CODE.value());
    Ok(SimulatedLibrary::builder()
        .changer(layout)
        .media_type(CODE.value())
        .seed(1)
        .cartridges((0..media).map(cartridge))
        .timings(setting.pace.timings())
        .clock(clock.clone())
        .build()?)
}

/// The simulator alone: from slot to drive, load, unload and back.
fn devices_per_s(setting: Setting) -> Result<f64, Failure> {
    let clock = setting.order.clock();
    let _here = clock.participate().begin();
    let device = library(setting, &clock)?;
    let (changers, drives, places) = (device.changers(), device.drives(), device.drive_places());
    let changer = changers.first().ok_or("no changer")?;
    let slots = changer.geometry()?.range(ElementKind::Slot);
    let start = Instant::now();
    let mut cycles = 0_u32;
    while start.elapsed() < Duration::from_millis(500) {
        // The drives are listed last drive first.
        for ((drive, place), slot) in drives.iter().rev().zip(&places).zip(slots.iter()) {
            changer.move_medium(slot, place.address, false)?;
            drive.load()?;
            drive.unload()?;
            changer.move_medium(place.address, slot, false)?;
            cycles += 1;
        }
    }
    Ok(f64::from(cycles) / start.elapsed().as_secs_f64())
}

/// Every cartridge becomes an allocated medium.
fn prepare(
    manager: &Manager,
    device: Arc<SimulatedLibrary>,
    setting: Setting,
) -> Result<Vec<LogicalMediaId>, Failure> {
    let library = manager.attach(device)?;
    manager.wait_until_idle(Timeout::Forever)?;
    let session = manager.session("limits")?;
    let name = CODE.known().name;
    let free = session.open_pool(&format!(r"Free\{name}"), None, PoolOpenMode::OpenExisting)?;
    let media_type = session.media_type(CODE)?;
    let pool = session.open_pool(r"\Limits", Some(media_type), PoolOpenMode::OpenAlways)?;
    let media = media(&session, library)?;
    let to = |pool: PoolId| media.iter().try_for_each(|medium| session.move_to_pool(*medium, pool));
    to(free)?;
    manager.wait_until_idle(Timeout::Forever)?;
    to(pool)?;
    let request = || AllocateRequest::from(pool).error_if_unavailable();
    (0..setting.drives * SHARE)
        .map(|_| Ok(session.allocate_media(request())?.logical_media))
        .collect()
}

fn media(session: &Session, library: LibraryId) -> Result<Vec<PhysicalMediaId>, Failure> {
    let (kind, all) = (ObjectType::PhysicalMedia, EnumerateOptions::DEFAULT);
    let ids: Vec<ObjectId> = session.enumerate(Some(library.into()), kind, all)?;
    Ok(ids.into_iter().map(|id| PhysicalMediaId::from_uuid(id.as_uuid())).collect())
}

type Work = Thread<rsm::Result<()>>;

fn work(
    manager: &Manager,
    clock: &Arc<VirtualClock>,
    media: Vec<LogicalMediaId>,
    mounts: usize,
) -> Result<Work, Failure> {
    let (session, clock): (_, Arc<dyn Clock>) = (manager.session("limits")?, clock.clone());
    let work = move || {
        for one in media.iter().cycle().take(mounts) {
            session.mount(MountRequest::from(*one))?.dismount(DismountOptions::IMMEDIATE)?;
        }
        Ok(())
    };
    Ok(spawn(&clock, "session", work)?)
}
