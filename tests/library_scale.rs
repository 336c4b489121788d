//! A large library: what attaching it and looking at it costs.
//!
//! Run with `--nocapture` to see the times. The number of media is that of the environment
//! variable `RSM_MEDIA`, or 100,000 with two changers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(clippy::print_stdout)]

#[path = "support/robot.rs"]
mod robot;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Instant;

use rsm::OpenOptions;
use rsm::device::LibraryDevice;
use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::model::{
    CreateMediaOptions, InventoryMethod, Label, MediumDescription, PoolOpenMode, SideDescription,
    SideState, Timeout,
};

/// Peak memory of this process in MiB.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

#[test]
fn a_hundred_thousand_slots() {
    let media: u32 =
        std::env::var("RSM_MEDIA").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let per_changer = media.div_ceil(2).min(50_000);
    let changers = media.div_ceil(per_changer);
    let dir = tempfile::TempDir::new().unwrap();
    let manager = OpenOptions::new().create(true).open(dir.path()).unwrap();
    let session = manager.session("scale").unwrap();
    let types = session.media_type(robot::TAPE).unwrap();
    let pool = session.open_pool("P", Some(types), PoolOpenMode::CreateNew).unwrap();
    let next = AtomicU32::new(0);
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= media {
                        break;
                    }
                    let medium = MediumDescription::new(pool).bar_code(format!("T{n:07}"));
                    let label = Label::new("scale", n.to_be_bytes());
                    let side = SideDescription::new(SideState::Available, label);
                    let options = CreateMediaOptions::empty();
                    session.create_offline_media(medium, vec![side], options).unwrap();
                }
            });
        }
    });
    println!("{media} media registered in {:.1?}, {} MiB", started.elapsed(), peak_memory());

    let layout = ChangerLayout { transports: 1, drives: 4, ports: 0, slots: per_changer };
    let mut builder = SimulatedLibrary::builder().media_type(robot::TAPE.value());
    for _ in 0..changers {
        builder = builder.changer(layout);
    }
    let cartridges = (0..media).map(|n| Cartridge::with_bar_code(format!("T{n:07}")));
    let device = Arc::new(builder.cartridges(cartridges).build().unwrap());
    let before = peak_memory();

    let started = Instant::now();
    let library = manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
    manager.wait_until_idle(Timeout::Forever).unwrap();
    let attached = started.elapsed();
    println!("attached in {attached:.1?}, {before} -> {} MiB", peak_memory());
    let info = session.info(library).unwrap();
    assert_eq!(info.number_of_slots, per_changer * changers);
    assert_eq!(info.number_of_media, media);
    assert!(manager.statistics().commits > 0);

    let commits = manager.statistics().commits;
    let started = Instant::now();
    session.inventory_library(library, InventoryMethod::Fast).unwrap();
    manager.wait_until_idle(Timeout::Forever).unwrap();
    println!("looked at again in {:.1?}, {} MiB", started.elapsed(), peak_memory());
    // Those of its request.
    assert!(manager.statistics().commits - commits <= 8, "what is unchanged costs no write");

    // A few are exchanged, and one is taken.
    let (hands, last) = (device.hands(), media - 1);
    let place = |n: u32| {
        let id = hands.find_bar_code(&format!("T{n:07}")).unwrap().unwrap();
        hands.find(id).unwrap().unwrap()
    };
    let (one, other) = (place(0), place(last));
    hands.swap(one, other).unwrap();
    hands.remove(place(1)).unwrap();
    let started = Instant::now();
    session.inventory_library(library, InventoryMethod::Fast).unwrap();
    manager.wait_until_idle(Timeout::Forever).unwrap();
    println!("differences seen in {:.1?}, {} MiB", started.elapsed(), peak_memory());
    assert_eq!(session.info(library).unwrap().number_of_media, media - 1);

    manager.detach(library).unwrap();
    let started = Instant::now();
    session.delete_library(library).unwrap();
    println!("deleted in {:.1?}, {} MiB", started.elapsed(), peak_memory());
    let shelf = session.list::<rsm::model::LibraryId>(None).unwrap();
    assert_eq!(shelf.len(), 1);
    assert_eq!(session.info(shelf[0]).unwrap().number_of_media, media);
}
