//! The first program of the README: a blank tape becomes one with data.

use std::sync::Arc;

use rsm::OpenOptions;
use rsm::device::MediumIo;
use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::model::*;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let home = std::env::temp_dir().join(format!("rsm-first-{}", std::process::id()));
    let manager = OpenOptions::new().create(true).open(&home)?;
    let library = SimulatedLibrary::builder()
        .changer(ChangerLayout { slots: 4, drives: 1, ..ChangerLayout::default() })
        .cartridge(Cartridge::with_bar_code("A00001L8"))
        .build()?;
    let library = manager.attach(Arc::new(library))?; // looks at slots and bar codes
    manager.wait_until_idle(Timeout::Forever)?; // reads the labels of tapes it does not know

    let session = manager.session("first")?;
    let free = session.open_pool(r"\Free\LTO Ultrium", None, PoolOpenMode::OpenExisting)?;
    for tape in session.list(Some(library.into()))? {
        session.move_to_pool(tape, free)?;
    }
    manager.wait_until_idle(Timeout::Forever)?; // the library writes free labels

    let lto = session.media_type(MediaTypeCode::LtoUltrium)?;
    let pool = session.open_pool(r"\First", Some(lto), PoolOpenMode::OpenAlways)?;
    let mut policy = session.info(pool)?;
    policy.allocation_policy = AllocationPolicy::DRAW_FROM_FREE;
    session.set_info(&policy)?;
    let tape = session.allocate_media(AllocateRequest::from(pool))?;
    let mount = session.mount(MountRequest::from(tape.logical_media).for_writing())?;
    let _near_the_end = mount.open(Access::Write)?.write_block(b"safe")?.early_warning;
    println!("side {} holds our data as {}", tape.side, tape.logical_media);

    drop((mount, session, manager));
    Ok(std::fs::remove_dir_all(home)?)
}
