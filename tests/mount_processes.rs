//! Mounts asked for by processes that do not have the library: its owner carries them out.
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

use rsm::model::{
    Access, DismountOptions, DriveId, DriveState, LibraryOperation, LibraryRequest,
    LibraryRequestId, LibraryRequestState, LogicalMediaId, MediaState, MountOptions, MountRequest,
    OperationalState, SideId, Timeout,
};
use rsm::{ErrorKind, Manager, Mount};
use site::{Site, ask};
use until::until;

const AT_ONCE: MountOptions = MountOptions::ERROR_IF_UNAVAILABLE;

fn mounts(site: &Site) -> Vec<LibraryRequest> {
    let all = site.session.list::<LibraryRequestId>(None).unwrap();
    let all = all.into_iter().map(|id| site.session.info(id).unwrap());
    all.filter(|request| request.operation == LibraryOperation::Mount).collect()
}

fn last_mount(site: &Site) -> Option<LibraryRequestState> {
    mounts(site).last().map(|request| request.state)
}

#[test]
fn a_process_without_the_library_mounts_and_dismounts() {
    let site = Site::new();
    let mut guest = site.guest();
    assert_eq!(ask(&mut guest, "mount"), "mounted");
    assert_eq!(last_mount(&site), Some(LibraryRequestState::Passed));
    assert_eq!(mounts(&site)[0].application, "guest");
    assert_eq!(site.drive_state(), DriveState::Loaded);
    assert_eq!(ask(&mut guest, "open"), format!("{:?}", ErrorKind::DeviceNotAvailable));
    // It is nobody else's.
    let refused = site.session.mount(MountRequest::from(site.media[0]).options(AT_ONCE));
    assert_eq!(refused.expect_err("in use").kind(), ErrorKind::Busy);
    assert_eq!(ask(&mut guest, "dismount"), "done");
    until(|| site.drive_state() == DriveState::Dismounted);
    assert_eq!(ask(&mut guest, "queue"), "queued");
    until(|| last_mount(&site) == Some(LibraryRequestState::Passed));
    assert_eq!(ask(&mut guest, "take"), "mounted");
    assert_eq!(ask(&mut guest, "drop"), "done");
    assert_eq!(site.drive_state(), DriveState::Dismountable);
    assert_eq!(ask(&mut guest, "up"), "mounted", "without waiting: it is there");
    assert_eq!(ask(&mut guest, "dismount"), "done");
    until(|| site.drive_state() == DriveState::Dismounted);
    assert_eq!(ask(&mut guest, "up"), format!("{:?}", ErrorKind::Timeout));
    site.check();
}

#[test]
fn it_waits_in_the_same_queue() {
    let site = Site::new();
    let mut guest = site.guest();
    let held = site.session.mount(site.media[1]).unwrap();
    assert_eq!(ask(&mut guest, "try"), format!("{:?}", ErrorKind::Busy));
    guest.say("mount");
    until(|| last_mount(&site) == Some(LibraryRequestState::Waiting));
    held.dismount(DismountOptions::IMMEDIATE).unwrap();
    assert_eq!(guest.next().as_deref(), Some("mounted"));
    // And the other way round.
    let other = site.manager.session("other").unwrap();
    std::thread::scope(|scope| {
        let call = scope.spawn(|| other.mount(site.media[1]).map(drop));
        until(|| last_mount(&site) == Some(LibraryRequestState::Waiting));
        assert_eq!(ask(&mut guest, "dismount"), "done");
        assert!(call.join().unwrap().is_ok());
    });
    site.check();
}

#[test]
fn what_a_dead_process_waited_for_or_had_is_free_soon() {
    let site = Site::new();
    let held = site.session.mount(site.media[1]).unwrap();
    let mut guest = site.guest();
    guest.say("mount");
    until(|| last_mount(&site) == Some(LibraryRequestState::Waiting));
    guest.kill();
    until(|| last_mount(&site) == Some(LibraryRequestState::Cancelled));
    held.dismount(DismountOptions::IMMEDIATE).unwrap();
    let mut guest = site.guest();
    assert_eq!(ask(&mut guest, "mount"), "mounted");
    guest.kill();
    until(|| site.drive_state() == DriveState::Dismountable);
    assert!(site.tapes().iter().all(|tape| tape.media_state == MediaState::Idle));
    drop(site.session.mount(site.media[0]).expect("nobody has it"));
    site.check();
}

#[test]
fn library_st6_a_process_that_joins_cancels_nothing_of_the_living() {
    let site = Site::new();
    let _held = site.session.mount(site.media[1]).unwrap();
    let mut guest = site.guest();
    guest.say("mount");
    until(|| last_mount(&site) == Some(LibraryRequestState::Waiting));
    let _another = site.guest();
    assert_eq!(last_mount(&site), Some(LibraryRequestState::Waiting));
    guest.kill();
    until(|| last_mount(&site) == Some(LibraryRequestState::Cancelled));
}

#[test]
fn a_process_without_the_library_asks_its_owner_to_disable_a_drive() {
    let site = Site::new();
    let mut guest = site.guest();
    assert_eq!(ask(&mut guest, "mount"), "mounted");
    assert_eq!(ask(&mut guest, "drop"), "done");
    assert_eq!(site.drive_state(), DriveState::Dismountable);
    assert_eq!(ask(&mut guest, "disable"), "disabled");
    assert_eq!(site.drive_state(), DriveState::Dismounted, "its medium has gone home");
    assert_eq!(ask(&mut guest, "disable"), format!("{:?}", ErrorKind::InvalidState));
    site.manager.detach(site.library).unwrap();
    site.check();
}

#[test]
fn without_an_owner_nobody_waits_blindly() {
    let site = Site::new();
    let mut guest = site.guest();
    let held = site.session.mount(site.media[1]).unwrap();
    guest.say("mount");
    until(|| last_mount(&site) == Some(LibraryRequestState::Waiting));
    drop(held);
    until(|| last_mount(&site) == Some(LibraryRequestState::Waiting));
    site.manager.detach(site.library).unwrap();
    let state = site.session.info(site.library).unwrap().common.operational_state;
    assert_eq!(state, OperationalState::NotPresent);
    let refused = format!("{:?}", ErrorKind::ResourceNotAvailable);
    assert_eq!(guest.next(), Some(refused.clone()));
    assert_eq!(ask(&mut guest, "mount"), refused, "its media count as offline");
    site.check();
}

/// A process that has the catalog open, and no library.
fn guest(directory: &Path, media: LogicalMediaId) {
    let manager = Manager::open(directory).expect("catalog");
    let session = manager.session("guest").expect("session");
    let mut mount: Option<Mount> = None;
    let side: SideId = session.list(Some(media.into())).unwrap()[0];
    child::tell("ready");
    while let Some(line) = child::hear() {
        let request = MountRequest::from(media);
        let mounted = match line.as_str() {
            "mount" => session.mount(request),
            "try" => session.mount(request.options(AT_ONCE)),
            "up" => session.mount(request.timeout(Timeout::NoWait)),
            "take" => session.mounted(side),
            other => {
                child::tell(
                    &match other {
                        "disable" => {
                            let drive = session.list::<DriveId>(None).unwrap()[0];
                            session.disable(drive).map(|()| "disabled".to_owned())
                        }
                        "queue" => session.queue_mount(request).map(|_| "queued".to_owned()),
                        "open" => {
                            let opened = mount.as_ref().unwrap().open(Access::Read);
                            opened.map(|_| "open".to_owned())
                        }
                        "dismount" => {
                            let options = DismountOptions::IMMEDIATE;
                            mount.take().unwrap().dismount(options).map(|()| "done".to_owned())
                        }
                        _ => {
                            drop(mount.take());
                            Ok("done".to_owned())
                        }
                    }
                    .unwrap_or_else(|error| format!("{:?}", error.kind())),
                );
                continue;
            }
        };
        child::tell(&match mounted {
            Ok(up) => {
                mount = Some(up);
                "mounted".to_owned()
            }
            Err(error) => format!("{:?}", error.kind()),
        });
    }
}

#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    guest(Path::new(&part[1]), part[2].parse().expect("id"));
}
