//! Ejecting from stand-alone drives.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/alone.rs"]
mod alone;
#[path = "support/child.rs"]
mod child;
#[path = "support/robot.rs"]
mod robot;

use std::cell::Cell;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use alone::{Alone, in_time, tape, until};
use child::Child;
use robot::{TAPE, kind};
use rsm::device::simulated::SimulatedLibrary;
use rsm::device::{LibraryDevice, MediumIo};
use rsm::model::{
    Access, DriveState, EjectAnswer, EjectMode, EjectQuestion, LibraryOperation, LibraryRequest,
    LibraryRequestId, LibraryRequestState, MediaState, MountRequest, PhysicalMediaId, PortContent,
    PortId, Timeout,
};
use rsm::{ErrorKind, Manager};
use tempfile::TempDir;

use EjectMode::{AskUser, Force, Immediate, Queue, Start, Stop};

impl Alone {
    fn device_name(&self) -> String {
        self.the_drive().device_name
    }

    fn eject(&self, mode: EjectMode) -> rsm::Result<Option<LibraryRequestId>> {
        self.manager.eject_standalone(None, None, &self.device_name(), mode, None)
    }

    fn start(&self, mode: EjectMode) -> LibraryRequestId {
        self.eject(mode).unwrap().expect("a request")
    }

    fn request(&self, id: LibraryRequestId) -> LibraryRequest {
        self.session.info(id).unwrap()
    }

    fn content(&self) -> PortContent {
        self.session.info(self.session.list::<PortId>(None).unwrap()[0]).unwrap().content
    }

    /// The cartridge has come out and waits.
    fn until_out(&self) {
        until("it is out", || self.content() == PortContent::Full);
    }

    fn ended(&self, id: LibraryRequestId) -> LibraryRequestState {
        until("it has ended", || self.request(id).state.is_final());
        self.settle();
        self.request(id).state
    }

    fn nothing_is_inside(&self) {
        assert_eq!(self.media(), []);
        assert_eq!(self.drive_state(), DriveState::Dismounted);
        self.check();
    }
}

#[test]
fn sa1_an_import_tape_that_is_ejected_is_forgotten() {
    let a = Alone::with_tape();
    let medium = a.inside().id;
    assert_eq!(a.eject(Immediate).unwrap(), None);
    a.nothing_is_inside();
    assert_eq!(a.content(), PortContent::Full, "it lies in the mouth");
    assert_eq!(kind(a.session.info(medium)), ErrorKind::ObjectNotFound);
    a.device.hands().remove(a.mouth()).unwrap();
    assert_eq!(kind(a.eject(Immediate)), ErrorKind::InvalidState, "the drive is empty");
    assert_eq!(a.content(), PortContent::Empty);
}

#[test]
fn sa2_a_medium_that_somebody_uses_is_ejected_by_force_only() {
    let (a, held) = Alone::with_held_tape();
    let medium = a.inside().id;
    let mount = a.mount(held);
    let mut handle = mount.open(Access::Read).unwrap();
    for mode in [Immediate, Start, Queue] {
        assert_eq!(kind(a.eject(mode)), ErrorKind::Busy);
    }
    assert_eq!(a.drive_state(), DriveState::Loaded);
    handle.rewind().unwrap();
    let request = a.start(Force);
    a.until_out();
    assert!(handle.rewind().is_err(), "the handle has ended");
    a.device.hands().remove(a.mouth()).unwrap();
    assert_eq!(a.ended(request), LibraryRequestState::Passed);
    assert_eq!(a.medium(medium).location, None);
    assert_eq!(kind(mount.open(Access::Read)), ErrorKind::InvalidState);
    a.nothing_is_inside();
}

#[test]
fn sa3_whoever_is_asked_can_cancel() {
    let (a, held) = Alone::with_held_tape();
    let mount = a.mount(held);
    let asked = Cell::new(0);
    let device = a.device_name();
    let answer = |answer: EjectAnswer| {
        let (asked, device) = (&asked, device.clone());
        move |question: &EjectQuestion| {
            assert_eq!((question.kind, &question.device), (ErrorKind::Busy, &device));
            asked.set(asked.get() + 1);
            answer
        }
    };
    let cancel = answer(EjectAnswer::Cancel);
    let result = a.manager.eject_standalone(None, None, &device, AskUser, Some(&cancel));
    assert_eq!(kind(result), ErrorKind::Cancelled);
    assert_eq!((a.drive_state(), asked.get()), (DriveState::Loaded, 1));
    assert_eq!(a.inside().media_state, MediaState::Loaded, "nothing has changed");
    assert!(mount.open(Access::Read).is_ok());
    let force = answer(EjectAnswer::Force);
    let result = a.manager.eject_standalone(None, None, &device, AskUser, Some(&force));
    let request = result.unwrap().expect("as Force");
    a.until_out();
    a.device.hands().remove(a.mouth()).unwrap();
    assert_eq!(a.ended(request), LibraryRequestState::Passed);
    a.nothing_is_inside();
    drop(mount);
}

#[test]
fn nobody_is_asked_when_it_works() {
    let a = Alone::with_tape();
    let never = |_: &EjectQuestion| -> EjectAnswer { panic!("asked") };
    let device = a.device_name();
    let done = a.manager.eject_standalone(None, None, &device, AskUser, Some(&never));
    assert_eq!(done.unwrap(), None);
    a.nothing_is_inside();
}

#[test]
fn a_started_eject_ends_when_the_cartridge_is_taken() {
    let (a, _) = Alone::with_held_tape();
    let medium = a.inside().id;
    let request = a.start(Start);
    a.until_out();
    assert!(a.holds(medium), "until somebody takes it");
    assert_eq!(a.request(request).state, LibraryRequestState::InProcess);
    assert_eq!(kind(a.eject(Start)), ErrorKind::Busy, "that is under way");
    a.device.hands().remove(a.mouth()).unwrap();
    assert_eq!(a.ended(request), LibraryRequestState::Passed);
    assert_eq!(a.content(), PortContent::Empty);
    a.nothing_is_inside();
}

#[test]
fn a_started_eject_ends_when_the_time_of_the_port_is_over() {
    let (a, _) = Alone::with_held_tape();
    let request = a.start(Queue);
    a.until_out();
    in_time(&a.clock, "the time is over", || a.request(request).state.is_final());
    assert_eq!(a.ended(request), LibraryRequestState::Passed);
    assert_eq!(a.content(), PortContent::Full, "it still lies there");
    a.nothing_is_inside();
    a.poll();
    a.nothing_is_inside();
}

#[test]
fn a_stopped_eject_takes_the_medium_back() {
    let (a, held) = Alone::with_held_tape();
    let medium = a.inside().id;
    assert_eq!(kind(a.eject(Stop)), ErrorKind::InvalidOperation);
    let request = a.start(Start);
    a.until_out();
    assert_eq!(a.eject(Stop).unwrap(), Some(request));
    assert_eq!(a.ended(request), LibraryRequestState::Stopped);
    assert_eq!(a.inside().id, medium);
    assert_eq!(a.drive_state(), DriveState::Dismountable);
    assert_eq!(a.content(), PortContent::Empty);
    assert_eq!(kind(a.eject(Stop)), ErrorKind::InvalidOperation);
    drop(a.mount(held));
    a.settle();
    let request = a.start(Start);
    a.until_out();
    a.session.cancel_library_request(request).unwrap();
    assert_eq!(a.ended(request), LibraryRequestState::Cancelled);
    assert_eq!(a.inside().id, medium);
    a.check();
}

#[test]
fn a_mount_waits_until_an_eject_has_ended() {
    let (a, held) = Alone::with_held_tape();
    let request = a.start(Start);
    a.until_out();
    thread::scope(|scope| {
        let call = scope.spawn(|| a.session.mount(MountRequest::from(held)));
        until("it waits", || {
            let all = a.session.list::<LibraryRequestId>(None).unwrap();
            let mut mounts = all.into_iter().map(|id| a.request(id));
            mounts.any(|r| r.operation == LibraryOperation::Mount && !r.state.is_final())
        });
        a.eject(Stop).unwrap();
        assert_eq!(a.ended(request), LibraryRequestState::Stopped);
        assert!(call.join().unwrap().is_ok());
    });
    a.settle();
    a.check();
}

#[test]
fn bad_input_is_refused_in_order() {
    let (a, _) = Alone::with_held_tape();
    let device = a.device_name();
    let eject = |device: &str, mode| a.manager.eject_standalone(None, None, device, mode, None);
    assert_eq!(kind(eject("", Immediate)), ErrorKind::InvalidParameter);
    assert_eq!(kind(eject(&device, AskUser)), ErrorKind::InvalidParameter, "nobody to ask");
    assert_eq!(kind(eject("/dev/none", Immediate)), ErrorKind::InvalidDrive);
    assert!(EjectMode::try_from(6).is_err());
    assert_eq!(EjectMode::try_from(5), Ok(AskUser));
    let (_, robot) = a.attach(robot::builder(1, TAPE));
    let of_robot = robot.drives()[0].identity().device_name;
    assert_eq!(kind(eject(&of_robot, Immediate)), ErrorKind::InvalidDrive);
    let on = |computer, application| {
        a.manager.eject_standalone(Some(computer), application, &device, Stop, None)
    };
    assert_eq!(kind(on("no such..name", None)), ErrorKind::InvalidComputerName);
    assert_eq!(kind(on("elsewhere.example", None)), ErrorKind::NotConnected);
    let name = {
        let computer = a.session.list::<rsm::model::ComputerId>(None).unwrap()[0];
        a.session.info(computer).unwrap().common.name
    };
    assert_eq!(kind(on(&name, Some(""))), ErrorKind::InvalidParameter);
    assert_eq!(kind(on(&name, Some("mine"))), ErrorKind::InvalidOperation);
    let medium = a.inside().id;
    a.session.disable(medium).unwrap();
    assert_eq!(kind(eject(&device, Immediate)), ErrorKind::MediaNotAvailable);
    assert_eq!(kind(eject(&device, Force)), ErrorKind::MediaNotAvailable);
    a.session.enable(medium).unwrap();
    a.session.disable(a.library).unwrap();
    assert_eq!(kind(eject(&device, Immediate)), ErrorKind::DeviceNotAvailable);
    a.session.enable(a.library).unwrap();
    let serial = a.the_drive().serial_number;
    assert_eq!(eject(&serial, Immediate).unwrap(), None, "a serial number will do");
    a.manager.detach(a.library).unwrap();
    assert_eq!(kind(eject(&device, Immediate)), ErrorKind::DeviceNotAvailable);
    a.check();
}

#[test]
fn what_was_put_in_unseen_is_ejected_too() {
    let a = Alone::empty();
    a.put_new(tape());
    assert_eq!(a.media(), []);
    assert_eq!(a.eject(Immediate).unwrap(), None);
    a.nothing_is_inside();
    assert_eq!(a.all_media(), []);
}

fn open(directory: &Path) -> Manager {
    rsm::OpenOptions::new().create(true).open(directory.join("catalog")).expect("catalog")
}

fn desk(directory: &Path) -> Arc<SimulatedLibrary> {
    let desk = alone::builder().seed(1).cartridge(tape());
    Arc::new(desk.open_or_create(directory.join("desk")).expect("library"))
}

/// A child that starts an eject, or tries to as another user.
#[test]
#[ignore = "a part that other tests play"]
fn child() {
    let Some(part) = child::part() else { return };
    let directory = Path::new(&part[1]);
    let manager = open(directory);
    match part[0].as_str() {
        "ejects" => {
            let desk = desk(directory);
            manager.attach(desk.clone()).expect("attached");
            manager.wait_until_idle(Timeout::Forever).expect("idle");
            let device = desk.drives()[0].identity().device_name;
            let request = manager.eject_standalone(None, None, &device, Start, None);
            child::tell(&request.expect("started").expect("queued").to_string());
            child::hear();
        }
        "guest" => {
            let eject = |mode| manager.eject_standalone(None, None, &part[2], mode, None);
            let kinds = [Immediate, Force, Stop].map(|mode| kind(eject(mode)));
            assert_eq!(kinds, [ErrorKind::AccessDenied; 3]);
            child::tell("refused");
        }
        other => panic!("{other}"),
    }
}

#[test]
fn an_eject_that_was_under_way_at_a_crash_is_undone() {
    let dir = TempDir::new().unwrap();
    let manager = open(dir.path());
    let session = manager.session("parent").unwrap();
    let mut child = Child::start(&["ejects", dir.path().to_str().unwrap()]);
    let request: LibraryRequestId = child.next().unwrap().parse().unwrap();
    let port = session.list::<PortId>(None).unwrap()[0];
    until("it is out", || session.info(port).unwrap().content == PortContent::Full);
    let medium = session.list::<PhysicalMediaId>(None).unwrap()[0];
    child.kill();
    manager.attach(desk(dir.path())).unwrap();
    manager.wait_until_idle(Timeout::Forever).unwrap();
    assert_eq!(session.info(request).unwrap().state, LibraryRequestState::Cancelled);
    assert!(session.info(medium).unwrap().location.is_some(), "it is loaded again");
    assert_eq!(session.info(port).unwrap().content, PortContent::Empty);
    assert_eq!(manager.check().unwrap(), []);
}

#[test]
fn control_on_the_library_is_needed() {
    let dir = TempDir::new().unwrap();
    let programs = TempDir::new().unwrap();
    let manager = open(dir.path());
    let desk = desk(dir.path());
    manager.attach(desk.clone()).unwrap();
    manager.wait_until_idle(Timeout::Forever).unwrap();
    let device = desk.drives()[0].identity().device_name;
    let everybody = |path: &Path| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).unwrap();
    };
    let catalog = dir.path().join("catalog");
    [dir.path(), &catalog, &catalog.join("live")].into_iter().for_each(everybody);
    for place in [catalog.clone(), catalog.join("live")] {
        let files = std::fs::read_dir(place).unwrap().flatten();
        files.for_each(|file| everybody(&file.path()));
    }
    let program = child::program_for_everybody(programs.path());
    let part = ["guest", dir.path().to_str().unwrap(), &device];
    let mut child = Child::start_with(&part, &program, |command| {
        use std::os::unix::process::CommandExt;
        command.uid(4711).gid(4711);
    });
    assert_eq!(child.next().as_deref(), Some("refused"));
    let session = manager.session("parent").unwrap();
    assert_eq!(session.list::<PhysicalMediaId>(None).unwrap().len(), 1);
}
