//! A forked child has copies of everything its parent has, and must not use them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(unsafe_code)]

#[path = "support/child.rs"]
mod child;
#[path = "support/robot.rs"]
mod robot;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use child::Child;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};
use robot::{Robot, TAPE};
use rsm::device::simulated::SimulatedLibrary;
use rsm::device::{DeviceErrorKind, LibraryDevice, MediumIo};
use rsm::model::{
    Access, AllocateRequest, DismountOptions, EnumerateOptions, LogicalMediaId, ObjectType, PoolId,
    Released, Timeout,
};
use rsm::{DriveReservation, ErrorKind, Manager, MediumHandle, Mount, Notifications, Session};

/// What a process has that has everything.
struct All {
    manager: Manager,
    session: Session,
    mount: Mount,
    handle: MediumHandle,
    other_mount: Mount,
    reservation: DriveReservation,
    pool: PoolId,
    media: LogicalMediaId,
    device: Arc<dyn LibraryDevice>,
    channel: Notifications,
}

#[test]
fn a_forked_child_can_use_nothing_and_takes_nothing_from_its_parent() {
    let mut parent = Child::start(&["parent"]);
    let directory = parent.next().unwrap();
    assert_eq!(parent.next().as_deref(), Some("the child is through"));
    // To us the parent is alive: its files are there, and locked.
    let manager = Manager::open(directory).unwrap();
    let session = manager.session("test").unwrap();
    let drives = session.enumerate(None, ObjectType::Drive, EnumerateOptions::DEFAULT).unwrap();
    assert_eq!(drives.len(), 2);
    assert_eq!(manager.check().unwrap(), []);
    parent.say("go on");
    assert_eq!(parent.next().as_deref(), Some("went on"));
    assert_eq!(parent.next(), None);
}

/// In the child.
fn try_everything(all: All, catalog: &Path) {
    let All {
        manager,
        session,
        mount,
        mut handle,
        other_mount,
        reservation,
        pool,
        media,
        device,
        channel,
    } = all;
    let drive = reservation.drive();
    let refused = |result: Result<(), rsm::Error>| {
        let error = result.expect_err("the child may not");
        assert_eq!(error.kind(), ErrorKind::InvalidHandle, "{error}");
    };
    refused(session.allocate_media(AllocateRequest::from(pool)).map(drop));
    refused(session.deallocate_media(media));
    refused(session.mount(media).map(drop));
    refused(session.info(pool).map(drop));
    refused(session.reserve_drive(drive, Timeout::NoWait).map(drop));
    refused(session.release_drive(drive, None).map(drop));
    refused(session.force_release_drive(drive).map(drop));
    refused(session.drive_reservations().map(drop));
    refused(session.owner_id().map(drop));
    refused(reservation.release().map(drop));
    refused(session.subscribe(ObjectType::Drive).map(drop));
    refused(channel.wait(Timeout::Forever).map(drop));
    assert_eq!(channel.iter().count(), 0);
    refused(channel.close());
    refused(session.close());
    refused(mount.open(Access::Read).map(drop));
    refused(other_mount.dismount(DismountOptions::IMMEDIATE));
    assert_eq!(handle.rewind().unwrap_err().kind(), DeviceErrorKind::NoMedium);
    assert_eq!(handle.write_block(b"child").unwrap_err().kind(), DeviceErrorKind::NoMedium);
    refused(manager.session("child").map(drop));
    refused(manager.attach(device).map(drop));
    refused(manager.wait_until_idle(Timeout::Forever));
    refused(manager.check().map(drop));
    refused(Manager::open(catalog).map(drop));
    drop(channel);
    drop(handle);
    drop(mount);
    drop(session);
    drop(manager.clone());
    drop(manager);
}

/// In the parent.
fn go_on(all: All, library: &Robot) {
    let All { manager, session, mount, mut handle, other_mount, reservation, channel, .. } = all;
    assert!(manager.owns_library(library.library));
    assert!(library.drives().iter().all(|drive| drive.state == rsm::model::DriveState::Loaded));
    assert_eq!(session.drive_reservations().unwrap().len(), 1);
    assert_eq!(reservation.release().unwrap(), Released::Freed);
    assert_eq!(channel.wait(Timeout::Forever).unwrap().object_type, ObjectType::Drive);
    channel.close().unwrap();
    handle.rewind().unwrap();
    let _ = handle.write_block(b"parent").unwrap();
    drop(handle);
    mount.dismount(DismountOptions::IMMEDIATE).unwrap();
    other_mount.dismount(DismountOptions::IMMEDIATE).unwrap();
    session.close().unwrap();
    library.settle();
    library.assert_all_in_slots(2);
    library.check();
}

#[test]
#[ignore = "another part of the test above"]
fn child() {
    assert_eq!(child::part().expect("started by a test"), ["parent"]);
    let robot = Robot::with_tapes(2, &["A1", "A2"]);
    let catalog = robot.dir.path();
    child::tell(catalog.to_str().unwrap());
    robot.prepare_all();
    let media: Vec<_> =
        robot.media().iter().map(|tape| robot.allocate(tape.id).logical_media).collect();
    let session = robot.manager.session("parent").unwrap();
    let mounted = |media: LogicalMediaId| {
        session.mount(rsm::model::MountRequest::from(media).for_writing()).unwrap()
    };
    let (mount, other_mount) = (mounted(media[0]), mounted(media[1]));
    let handle = mount.open(Access::Write).unwrap();
    let reservation = session.reserve_drive(mount.drive(), Timeout::NoWait).unwrap();
    let another = SimulatedLibrary::builder().media_type(TAPE.value()).build().unwrap();
    let all = All {
        manager: robot.manager.clone(),
        session,
        mount,
        handle,
        reservation,
        other_mount,
        pool: robot.pool(),
        media: media[0],
        device: Arc::new(another),
        channel: robot.session.subscribe(ObjectType::Drive).unwrap(),
    };
    // SAFETY: the other threads rest, so that nothing the child uses is locked for ever.
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            let tried = catch_unwind(AssertUnwindSafe(|| try_everything(all, catalog)));
            // SAFETY: ends the child without running what is the parent's to run.
            unsafe { nix::libc::_exit(i32::from(tried.is_err())) }
        }
        ForkResult::Parent { child } => {
            assert_eq!(waitpid(child, None).unwrap(), WaitStatus::Exited(child, 0));
            child::tell("the child is through");
            assert_eq!(child::hear().as_deref(), Some("go on"));
            go_on(all, &robot);
            child::tell("went on");
        }
    }
}
