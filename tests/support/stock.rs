//! Media that can be allocated, made as an application would: registered by their bar codes, then
//! found in the slots of a library that is attached.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, dead_code)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rsm::device::LibraryDevice;
use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::model::{
    CreateMediaOptions, EnumerateOptions, Label, MediaTypeCode, MediumDescription, ObjectType,
    PoolId, PoolOpenMode, SideDescription, SideState, Timeout,
};
use rsm::{Manager, OpenOptions};

const TYPE: MediaTypeCode = MediaTypeCode::LtoUltrium;
const POOL: &str = "Stock";

fn bar_code(n: u32) -> String {
    format!("S{n:05}L8")
}

/// A new catalog with a pool of so many one-sided media, none of them online yet.
pub fn register(directory: &Path, media: u32) -> PoolId {
    let manager = OpenOptions::new().create(true).open(directory).expect("catalog");
    let session = manager.session("stock").expect("session");
    let media_type = session.media_type(TYPE).expect("known");
    let pool = session.open_pool(POOL, Some(media_type), PoolOpenMode::CreateNew).expect("pool");
    for n in 0..media {
        let medium = MediumDescription::new(pool).bar_code(bar_code(n));
        let side = SideDescription::new(SideState::Available, Label::new("test", n.to_be_bytes()));
        let options = CreateMediaOptions::empty();
        session.create_offline_media(medium, vec![side], options).expect("registered");
    }
    pool
}

/// Attaches the library that holds the registered media. They stay online as long as the manager
/// lives.
pub fn attach(manager: &Manager, media: u32) {
    let device = SimulatedLibrary::builder()
        .changer(ChangerLayout { transports: 1, drives: 1, ports: 0, slots: media })
        .media_type(TYPE.value())
        .cartridges((0..media).map(|n| Cartridge::with_bar_code(bar_code(n))))
        .build()
        .expect("library");
    let device: Arc<dyn LibraryDevice> = Arc::new(device);
    let library = manager.attach(device).expect("attached");
    manager.wait_until_idle(Timeout::After(Duration::from_secs(60))).expect("idle");
    let session = manager.session("stock").expect("session");
    let found = session
        .enumerate(Some(library.into()), ObjectType::PhysicalMedia, EnumerateOptions::empty())
        .expect("media");
    assert_eq!(found.len(), media as usize, "every medium is online");
}

/// The pool of a catalog made by [`register`].
pub fn pool(manager: &Manager) -> PoolId {
    let session = manager.session("stock").expect("session");
    session.open_pool(POOL, None, PoolOpenMode::OpenExisting).expect("pool")
}
