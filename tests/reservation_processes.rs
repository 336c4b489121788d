//! Drives reserved by several processes: who holds one, who waits for one, who dies.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
#[path = "support/owned.rs"]
mod owned;
#[path = "support/site.rs"]
mod site;
#[path = "support/until.rs"]
mod until;

use std::path::Path;
use std::time::{Duration, Instant};

use rsm::model::{
    DriveId, DriveState, LogicalMediaId, MediaState, MountOptions, MountRequest, PhysicalMediaId,
    Released, ReserveOptions, Timeout,
};
use rsm::{DriveReservation, ErrorKind, Manager, Mount};
use site::{Site, ask};
use until::until;

const AT_ONCE: MountOptions = MountOptions::ERROR_IF_UNAVAILABLE;

/// The process that keeps the drive.
fn keeper(site: &Site) -> Option<u32> {
    site.drive().reservation.map(|holder| holder.owner.process.value())
}

fn waits(site: &Site) -> usize {
    site.session.waiting_drive_reservations().unwrap().len()
}

fn reserve(site: &Site, timeout: Timeout) -> rsm::Result<DriveReservation> {
    site.session.reserve_drive(site.library, timeout)
}

fn kind<T>(result: rsm::Result<T>) -> ErrorKind {
    result.err().expect("must fail").kind()
}

#[test]
fn wrong_18_rs3_what_a_killed_process_held_is_free_within_the_watch_interval() {
    let site = Site::new();
    let mut guest = site.guest();
    assert_eq!(ask(&mut guest, "reserve"), "reserved");
    assert_eq!(ask(&mut guest, "mount"), "mounted");
    assert_eq!(keeper(&site), Some(guest.id()));
    let refused = site.session.mount(MountRequest::from(site.media[1]).options(AT_ONCE));
    assert_eq!(kind(refused), ErrorKind::Busy);
    let begun = Instant::now();
    guest.kill();
    until(|| keeper(&site).is_none());
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(site.drive().state, DriveState::Dismountable);
    let tape = site.session.list::<PhysicalMediaId>(None).unwrap();
    let idle = |id: &PhysicalMediaId| site.session.info(*id).unwrap().media_state;
    assert!(tape.iter().all(|id| idle(id) == MediaState::Idle));
    drop(reserve(&site, Timeout::NoWait).unwrap());
    site.check();
}

#[test]
fn a_process_without_the_library_reserves_and_waits_like_any_other() {
    let site = Site::new();
    let mut guest = site.guest();
    // The owner of the library takes home what lies in the drive.
    drop(site.session.mount(site.media[1]).unwrap());
    assert_eq!(site.drive().state, DriveState::Dismountable);
    assert_eq!(ask(&mut guest, "reserve"), "reserved");
    assert_eq!(site.drive().state, DriveState::Dismounted);
    assert_eq!(kind(reserve(&site, Timeout::NoWait)), ErrorKind::Busy);
    assert_eq!(kind(site.session.release_drive(site.drive, None)), ErrorKind::AccessDenied);
    // Knowing its name is not being the owner.
    let theirs = site.drive().reservation.unwrap().owner;
    let stolen = site.session.release_drive(site.drive, Some(theirs));
    assert_eq!(kind(stolen), ErrorKind::AccessDenied);
    std::thread::scope(|scope| {
        let call = scope.spawn(|| reserve(&site, Timeout::Forever));
        until(|| waits(&site) == 1);
        assert_eq!(ask(&mut guest, "release"), "Freed");
        let kept = call.join().unwrap().unwrap();
        assert_eq!(keeper(&site), Some(std::process::id()));
        assert_eq!(ask(&mut guest, "try"), format!("{:?}", ErrorKind::Busy));
        guest.say("reserve");
        until(|| waits(&site) == 1);
        // Who frees it hands it on in the same moment.
        drop(kept);
        assert_eq!(keeper(&site), Some(guest.id()));
        assert_eq!(guest.next().as_deref(), Some("reserved"));
    });
    assert_eq!(site.session.force_release_drive(site.drive).unwrap(), Released::Freed);
    assert_eq!(ask(&mut guest, "release"), "AlreadyFree");
    site.check();
}

#[test]
fn who_dies_while_it_waits_is_passed_over() {
    let site = Site::new();
    let kept = reserve(&site, Timeout::NoWait).unwrap();
    let (mut first, mut second) = (site.guest(), site.guest());
    first.say("reserve");
    until(|| waits(&site) == 1);
    second.say("reserve");
    until(|| waits(&site) == 2);
    first.kill();
    until(|| waits(&site) == 1);
    kept.release().unwrap();
    assert_eq!(second.next().as_deref(), Some("reserved"));
    second.kill();
    until(|| keeper(&site).is_none());
    // It is granted to the dead if nobody has noticed yet, and taken back then.
    let mut third = site.guest();
    let kept = reserve(&site, Timeout::Forever).unwrap();
    third.say("reserve");
    until(|| waits(&site) == 1);
    third.kill();
    drop(kept);
    drop(reserve(&site, Timeout::Forever).unwrap());
    assert_eq!(waits(&site), 0);
    site.check();
}

#[test]
fn a_drive_can_be_reserved_for_another_process() {
    let site = Site::new();
    let mut guest = site.guest();
    let options = || ReserveOptions::from(Timeout::NoWait).for_process(guest.id());
    let kept = site.session.reserve_drive(site.library, options()).unwrap();
    assert_eq!((kept.owner().process.value(), kept.owner().session), (guest.id(), None));
    assert_eq!(keeper(&site), Some(guest.id()));
    // We may not use it, they may: any of their sessions.
    let refused = site.session.mount(MountRequest::from(site.media[1]).options(AT_ONCE));
    assert_eq!(kind(refused), ErrorKind::Busy);
    assert_eq!(kind(site.session.release_drive(site.drive, None)), ErrorKind::AccessDenied);
    assert_eq!(ask(&mut guest, "mount"), "mounted");
    assert_eq!(ask(&mut guest, "try"), "reserved", "it has it");
    assert_eq!(ask(&mut guest, "release"), "Freed");
    assert_eq!(kept.release().unwrap(), Released::AlreadyFree);
    assert_eq!(ask(&mut guest, "dismount"), "done");
    until(|| site.drive().state == DriveState::Dismounted);
    // Who made it can end it, and it ends with its owner.
    let options = ReserveOptions::default().for_process(guest.id());
    let kept = site.session.reserve_drive(site.drive, options).unwrap();
    assert_eq!(kept.release().unwrap(), Released::Freed);
    let kept = site.session.reserve_drive(site.drive, options).unwrap();
    let mut other = site.guest();
    let options = ReserveOptions::default().for_process(other.id());
    std::thread::scope(|scope| {
        let call = scope.spawn(|| site.session.reserve_drive(site.drive, options).map(drop));
        until(|| waits(&site) == 1);
        other.kill();
        assert_eq!(kind(call.join().unwrap()), ErrorKind::Cancelled);
    });
    guest.kill();
    until(|| keeper(&site).is_none());
    assert_eq!(kept.release().unwrap(), Released::AlreadyFree);
    site.check();
}

/// A process that has the catalog open, and no library.
fn guest(directory: &Path, media: LogicalMediaId) {
    let manager = Manager::open(directory).expect("catalog");
    let session = manager.session("guest").expect("session");
    let drive = session.list::<DriveId>(None).unwrap()[0];
    let (mut kept, mut mount): (Vec<DriveReservation>, Option<Mount>) = (Vec::new(), None);
    child::tell("ready");
    while let Some(line) = child::hear() {
        let answer = match line.as_str() {
            "reserve" | "try" => {
                let timeout = if line == "try" { Timeout::NoWait } else { Timeout::Forever };
                session.reserve_drive(drive, timeout).map(|reservation| {
                    kept.push(reservation);
                    "reserved".to_owned()
                })
            }
            "mount" => session.mount(media).map(|up| {
                mount = Some(up);
                "mounted".to_owned()
            }),
            "dismount" => {
                let options = rsm::model::DismountOptions::IMMEDIATE;
                mount.take().unwrap().dismount(options).map(|()| "done".to_owned())
            }
            _ => session.release_drive(drive, None).map(|released| format!("{released:?}")),
        };
        child::tell(&answer.unwrap_or_else(|error| format!("{:?}", error.kind())));
    }
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    guest(Path::new(&part[1]), part[2].parse().expect("id"));
}
