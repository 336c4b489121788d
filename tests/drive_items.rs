//! The calls with items: what each item says, what the call says, and in what order they are looked
//! at.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/child.rs"]
mod child;
#[path = "support/robot.rs"]
mod robot;

use std::path::Path;
use std::sync::Arc;

use child::Child;
use robot::Robot;
use rsm::drive_items::{
    Device, DriveItems, Failure, Item, ItemCall, ItemStatus, Items, Overall, PIN,
};
use rsm::model::{
    Access, DriveId, DriveState, LogicalMediaId, MountOptions, MountRequest, ObjectType, Timeout,
};
use rsm::{ErrorKind, Manager};

use ItemStatus::{
    DuplicateItemIgnored, InvalidPin, NotOwner, Ok as Fine, UnknownItem, UnreadableValue,
};

const VENDOR: i32 = 1234;
const WITH_ID: Option<i32> = Some(VENDOR);

/// A library with one drive, number 7, and the calls.
struct Scene {
    layer: DriveItems,
    robot: Robot,
    drive: DriveId,
    media: Vec<LogicalMediaId>,
}

impl Scene {
    fn new() -> Self {
        let robot = Robot::with_tapes(1, &["A1", "A2"]);
        robot.prepare_all();
        let media = robot.media().into_iter().map(|m| robot.allocate(m.id).logical_media).collect();
        let drive = robot.drives()[0].id;
        let session = Arc::new(robot.manager.session("items").unwrap());
        let layer = DriveItems::new(session, VENDOR).waiting(Timeout::NoWait);
        layer.assign(7, drive).unwrap();
        Self { layer, robot, drive, media }
    }

    fn allocated() -> Self {
        let scene = Self::new();
        assert_eq!(ended(&scene.allocate()), (0, vec![]));
        scene
    }

    fn allocate(&self) -> ItemCall {
        self.layer.mo_allocate(self.robot.library, Items::None, WITH_ID)
    }

    fn deallocate(&self, items: &[(i32, i32)]) -> (i32, Vec<ItemStatus>) {
        let items: Vec<Item> = items.iter().map(|(n, value)| Item::new(*n, *value)).collect();
        ended(&self.layer.mo_deallocate(7, &items[..], WITH_ID))
    }

    fn owner(&self) -> Option<u32> {
        self.layer.owner(7).unwrap().map(|process| process.value())
    }

    fn is_kept(&self) -> bool {
        self.owner() == Some(std::process::id())
    }
}

fn ended(call: &ItemCall) -> (i32, Vec<ItemStatus>) {
    (call.overall.value(), call.item_status.clone())
}

fn own() -> i32 {
    std::process::id().try_into().unwrap()
}

/// A process that lives, and is not this one.
fn somebody_else() -> i32 {
    std::os::unix::process::parent_id().try_into().unwrap()
}

/// No process has a number that large.
const NOBODY: i32 = i32::MAX;

#[test]
fn af1_allocate_mount_deallocate() {
    let scene = Scene::new();
    let allocated = scene.allocate();
    assert_eq!((ended(&allocated), allocated.ldev), ((0, vec![]), Some(7)));
    let mounted = scene.layer.mo_mount(7, scene.media[0], Items::None, WITH_ID);
    assert_eq!(ended(&mounted), (0, vec![]));
    assert_eq!(scene.deallocate(&[]), (0, vec![]));
    assert_eq!(scene.owner(), None, "others may have it, whatever is mounted there");
    assert_eq!(scene.robot.drive(scene.drive).state, DriveState::Loaded);
    // It can be read as long as it is mounted.
    drop(scene.layer.mounted(7).unwrap().open(Access::Read).unwrap());
    // What the reservation itself does is to wait for the dismount.
    let other = scene.robot.manager.session("other").unwrap();
    let refused = other.reserve_drive(scene.drive, Timeout::NoWait);
    assert_eq!(refused.expect_err("in use").kind(), ErrorKind::Busy);
    assert_eq!(ended(&scene.layer.mo_dismount(7, Items::None, WITH_ID)), (0, vec![]));
    scene.robot.settle();
    assert_eq!(scene.robot.drive(scene.drive).state, DriveState::Dismounted);
    drop(other.reserve_drive(scene.drive, Timeout::NoWait).unwrap());
    scene.robot.check();
}

#[test]
fn af2_a_second_deallocation_is_as_good() {
    let scene = Scene::allocated();
    assert_eq!(scene.deallocate(&[]), (0, vec![]));
    assert_eq!(scene.deallocate(&[]), (0, vec![]));
}

#[test]
fn af3_the_first_of_two_counts_and_the_second_is_a_warning() {
    let scene = Scene::allocated();
    let items = [(PIN, own()), (PIN, somebody_else())];
    assert_eq!(scene.deallocate(&items), (0, vec![Fine, DuplicateItemIgnored]));
    assert_eq!(scene.owner(), None);
    assert!(DuplicateItemIgnored.value() > 0 && !DuplicateItemIgnored.is_error());
}

#[test]
fn af4_the_first_counts_when_it_is_wrong_too() {
    let scene = Scene::allocated();
    let items = [(PIN, somebody_else()), (PIN, own())];
    assert_eq!(scene.deallocate(&items), (1, vec![NotOwner, DuplicateItemIgnored]));
    let items = [(PIN, NOBODY), (PIN, own())];
    assert_eq!(scene.deallocate(&items), (1, vec![InvalidPin, DuplicateItemIgnored]));
    assert_eq!(scene.deallocate(&[(PIN, -1)]), (1, vec![InvalidPin]));
    assert!(scene.is_kept());
}

#[test]
fn af5_the_last_bad_item_is_named_and_nothing_done() {
    let scene = Scene::allocated();
    let items = [(5, 1), (PIN, 0), (6, 1)];
    assert_eq!(scene.deallocate(&items), (3, vec![UnknownItem, Fine, UnknownItem]));
    assert!(scene.is_kept());
    assert!(UnknownItem.value() < 0 && UnknownItem.is_error());
}

#[test]
fn af6_an_empty_list_is_no_item() {
    let scene = Scene::allocated();
    let lists = Items::Lists { numbers: Some(&[0]), values: Some(&[None]), statuses: true };
    assert_eq!(ended(&scene.layer.mo_deallocate(7, lists, WITH_ID)), (0, vec![]));
    assert_eq!(scene.owner(), None);
    // What follows the end is not looked at.
    let items = [Item::new(PIN, 0), Item::new(0, 0), Item::new(5, 0)];
    assert_eq!(ended(&scene.layer.mo_deallocate(7, &items, WITH_ID)), (0, vec![Fine]));
}

#[test]
fn af7_a_process_that_ends_needs_no_call() {
    let scene = Scene::new();
    let path = scene.robot.dir.path().to_str().unwrap().to_owned();
    let mut guest = Child::start(&["guest", &path]);
    assert_eq!(guest.next().as_deref(), Some("0 Some(1)"));
    let theirs = i32::try_from(guest.id()).unwrap();
    assert_eq!(scene.owner(), Some(guest.id()));
    let not_owner = Failure::NotOwner.value();
    assert_eq!(scene.deallocate(&[]), (not_owner, vec![]));
    assert_eq!(scene.deallocate(&[(PIN, 0)]), (1, vec![NotOwner]));
    // The right pin is not enough: the reservation is another process's.
    let denied = -i32::try_from(ErrorKind::AccessDenied.code()).unwrap();
    assert_eq!(scene.deallocate(&[(PIN, theirs)]), (denied, vec![]));
    let refused = scene.layer.mo_mount(7, scene.media[0], Items::None, WITH_ID);
    assert_eq!(ended(&refused), (not_owner, vec![]));
    assert_eq!(scene.allocate().overall.value(), -170, "busy");
    guest.say("end");
    assert_eq!(guest.next(), None);
    let waiting = scene.robot.manager.session("waiting").unwrap();
    drop(waiting.reserve_drive(scene.drive, Timeout::Forever).unwrap());
    assert_eq!(scene.owner(), None);
    scene.robot.check();
}

#[test]
fn af8_nobodys_drive_is_anybodys() {
    let scene = Scene::new();
    assert_eq!(scene.deallocate(&[(PIN, somebody_else())]), (0, vec![Fine]));
    // A pin that is no process at all is bad whosever the drive is.
    assert_eq!(scene.deallocate(&[(PIN, NOBODY)]), (1, vec![InvalidPin]));
}

#[test]
fn af9_all_lists_or_none() {
    let scene = Scene::allocated();
    let (numbers, values) = (&[PIN][..], &[Some(0)][..]);
    for bits in 0..8 {
        let lists = Items::Lists {
            numbers: (bits & 1 > 0).then_some(numbers),
            values: (bits & 2 > 0).then_some(values),
            statuses: bits & 4 > 0,
        };
        let call = ended(&scene.layer.mo_deallocate(7, lists, WITH_ID));
        let expected = match bits {
            0 => (0, vec![]),
            7 => (0, vec![Fine]),
            _ => (Failure::ItemArraysIncomplete.value(), vec![]),
        };
        assert_eq!(call, expected, "{bits}");
        assert_eq!(scene.is_kept(), !matches!(bits, 0 | 7));
        let _again = scene.allocate();
    }
    // A value that is missing is missing for its item.
    let short = Items::Lists { numbers: Some(&[PIN, 5]), values: Some(&[]), statuses: true };
    let call = ended(&scene.layer.mo_deallocate(7, short, WITH_ID));
    assert_eq!(call, (2, vec![UnreadableValue, UnknownItem]));
    assert!(scene.is_kept());
}

#[test]
fn access_comes_first() {
    let scene = Scene::new();
    let refused = Failure::NotAuthorised.value();
    let broken = Items::Lists { numbers: None, values: None, statuses: true };
    for id in [None, Some(0), Some(VENDOR + 1), Some(i32::MIN)] {
        let calls = [
            scene.layer.mo_deallocate(-5, broken, id),
            scene.layer.mo_allocate(scene.drive, broken, id),
            scene.layer.mo_mount(-5, scene.media[0], broken, id),
            scene.layer.mo_dismount(-5, broken, id),
        ];
        for call in calls {
            assert_eq!(ended(&call), (refused, vec![]), "{id:?}");
            assert_eq!(call.ldev, None);
        }
    }
    assert_eq!(scene.layer.switch_on(VENDOR + 1).value(), refused);
    assert_eq!(scene.layer.mo_deallocate(7, Items::None, None).overall.value(), refused);
    assert!(matches!(scene.layer.switch_on(VENDOR), Overall::Success));
    assert_eq!(ended(&scene.layer.mo_deallocate(7, Items::None, None)), (0, vec![]));
    assert_eq!(ended(&scene.layer.mo_deallocate(7, Items::None, Some(0))), (0, vec![]));
    let wrong = scene.layer.mo_deallocate(7, Items::None, Some(9));
    assert_eq!(wrong.overall.value(), refused, "a wrong id is wrong all the same");
}

#[test]
fn lists_come_before_the_device_and_the_device_before_the_items() {
    let scene = Scene::new();
    scene.layer.assign(8, scene.robot.library).unwrap();
    let bad = [Item::new(5, 0)];
    let broken = Items::Lists { numbers: Some(&[5]), values: None, statuses: false };
    let of = |ldev, items| ended(&scene.layer.mo_deallocate(ldev, items, WITH_ID));
    let bad = || Items::List(&bad);
    for ldev in [0, -1, 1, i32::MAX, i32::MIN] {
        assert_eq!(of(ldev, broken).0, Failure::ItemArraysIncomplete.value());
        assert_eq!(of(ldev, bad()), (Failure::InvalidDrive.value(), vec![]));
        assert!(scene.layer.owner(ldev).is_err());
    }
    assert_eq!(of(8, bad()), (Failure::NotAnOpticalDrive.value(), vec![]));
    assert_eq!(of(7, bad()), (1, vec![UnknownItem]));
    let calls = [
        scene.layer.mo_mount(8, scene.media[0], Items::None, WITH_ID),
        scene.layer.mo_dismount(8, Items::None, WITH_ID),
    ];
    for call in calls {
        assert_eq!(call.overall.value(), Failure::NotAnOpticalDrive.value());
    }
    let allocated = scene.layer.mo_allocate(scene.drive, bad(), WITH_ID);
    assert_eq!((ended(&allocated), allocated.ldev), ((1, vec![UnknownItem]), None));
    assert_eq!(scene.owner(), None);
    // Items come before the owner.
    let _kept = scene.robot.session.reserve_drive(scene.drive, Timeout::NoWait).unwrap();
    assert_eq!(of(7, bad()), (1, vec![UnknownItem]));
}

#[test]
fn devices_have_the_numbers_they_are_given_or_the_lowest_free_ones() {
    let robot = Robot::with_tapes(3, &[]);
    let drives: Vec<DriveId> = robot.drives().iter().map(|drive| drive.id).collect();
    let session = Arc::new(robot.manager.session("items").unwrap());
    let layer = DriveItems::new(session, VENDOR);
    for bad in [0, -1, i32::MIN] {
        assert!(layer.assign(bad, drives[0]).is_err());
    }
    layer.assign(2, drives[1]).unwrap();
    let allocate = |drive: DriveId| layer.mo_allocate(drive, Items::None, WITH_ID).ldev;
    assert_eq!(allocate(drives[1]), Some(2));
    assert_eq!(allocate(drives[0]), Some(1));
    assert_eq!(allocate(drives[2]), Some(3));
    assert_eq!(allocate(drives[2]), Some(3), "again: it is the same");
    assert_eq!(robot.session.drive_reservations().unwrap().len(), 3);
    layer.assign(9, drives[2]).unwrap();
    assert_eq!((layer.device(3), layer.device(9)), (None, Some(Device::Drive(drives[2]))));
    assert_eq!(ended(&layer.mo_deallocate(9, Items::None, WITH_ID)).0, 0);
    assert_eq!(robot.session.drive_reservations().unwrap().len(), 2);
    drop(layer);
    assert_eq!(robot.session.drive_reservations().unwrap(), []);
}

#[test]
fn what_the_catalog_refuses_is_the_overall_status() {
    let scene = Scene::allocated();
    let at_once = MountRequest::from(scene.media[0]).options(MountOptions::ERROR_IF_UNAVAILABLE);
    let held = scene
        .robot
        .session
        .mount(MountRequest::from(scene.media[0]).options(MountOptions::ERROR_IF_UNAVAILABLE));
    assert_eq!(held.expect_err("reserved").kind(), ErrorKind::Busy);
    assert_eq!(ended(&scene.layer.mo_mount(7, at_once, Items::None, WITH_ID)), (0, vec![]));
    let nothing = scene.layer.mo_mount(7, scene.media[0], Items::None, WITH_ID);
    let Overall::Failed(Failure::Rsm(error)) = nothing.overall else { panic!("{nothing:?}") };
    assert_eq!(error.kind(), ErrorKind::Busy);
    assert_eq!(error.object().map(|(kind, _)| kind), Some(ObjectType::PhysicalMedia));
    assert_eq!(ended(&scene.layer.mo_dismount(7, Items::None, WITH_ID)), (0, vec![]));
    let state = -i32::try_from(ErrorKind::InvalidState.code()).unwrap();
    assert_eq!(ended(&scene.layer.mo_dismount(7, Items::None, WITH_ID)), (state, vec![]));
    assert!(scene.layer.mounted(7).is_none());
    scene.robot.session.disable(scene.drive).unwrap();
    let disabled = -i32::try_from(ErrorKind::ResourceDisabled.code()).unwrap();
    assert_eq!(scene.deallocate(&[]), (disabled, vec![]));
    assert_eq!(scene.allocate().overall.value(), disabled);
    assert_eq!(scene.deallocate(&[]), (0, vec![]));
    scene.robot.settle();
    scene.robot.check();
}

#[test]
fn a_drive_is_allocated_for_the_process_of_the_pin() {
    let scene = Scene::new();
    let path = scene.robot.dir.path().to_str().unwrap().to_owned();
    let mut guest = Child::start(&["idle", &path]);
    assert_eq!(guest.next().as_deref(), Some("ready"));
    let pin = |pin: i32| {
        let items = [Item::new(PIN, pin)];
        scene.layer.mo_allocate(scene.drive, &items, WITH_ID)
    };
    let theirs = i32::try_from(guest.id()).unwrap();
    assert_eq!(ended(&pin(NOBODY)), (1, vec![InvalidPin]));
    assert_eq!(pin(somebody_else()).overall.value(), -87, "it does not have the catalog open");
    assert_eq!((ended(&pin(theirs)), scene.owner()), ((0, vec![Fine]), Some(guest.id())));
    guest.kill();
    let waiting = scene.robot.manager.session("waiting").unwrap();
    drop(waiting.reserve_drive(scene.drive, Timeout::Forever).unwrap());
    assert_eq!((ended(&pin(own())), scene.is_kept()), ((0, vec![Fine]), true));
    assert_eq!(scene.deallocate(&[(PIN, own())]), (0, vec![Fine]));
    assert_eq!((ended(&pin(0)), scene.is_kept()), ((0, vec![Fine]), true));
}

/// A process that allocates the drive, or only has the catalog open.
#[test]
#[ignore = "another part of the tests above"]
fn child() {
    let part = child::part().expect("started by a test");
    let manager = Manager::open(Path::new(&part[1])).expect("catalog");
    let session = Arc::new(manager.session("guest").expect("session"));
    let drive = session.list::<DriveId>(None).unwrap()[0];
    if part[0] == "idle" {
        child::tell("ready");
    } else {
        let layer = DriveItems::new(session, VENDOR);
        let allocated = layer.mo_allocate(drive, Items::None, WITH_ID);
        child::tell(&format!("{} {:?}", allocated.overall.value(), allocated.ldev));
        std::mem::forget(layer);
    }
    child::hear();
    std::process::exit(0);
}
