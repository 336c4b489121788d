//! The rows of the calls about libraries, drives and messages.

use rsm::model::{
    CleanerEject, CleanerInject, DismountOptions, DoorInventory, EjectAction, EjectMode,
    FileSystemLabel, Id, InjectAction, InventoryMethod, LabelUpdate, LibraryId, LibraryOperation,
    LibraryRequestId, PhysicalMediaId, SideState, Timeout, UiDestinationAction, UiMessageType,
    UiScope,
};

use crate::scene::{Scene, library, pool, walk_all};

pub const FUNCTIONS: &[&str] = &[
    "AccessNtmsLibraryDoor",
    "BeginNtmsDeviceChangeDetection",
    "CancelNtmsLibraryRequest",
    "CleanNtmsDrive",
    "DeleteNtmsDrive",
    "DeleteNtmsLibrary",
    "DisableNtmsObject",
    "DismountNtmsDrive",
    "EjectDiskFromSADrive",
    "EjectNtmsCleaner",
    "EjectNtmsMedia",
    "EnableNtmsObject",
    "EndNtmsDeviceChangeDetection",
    "GetNtmsUIOptions",
    "GetVolumesFromDrive",
    "IdentifyNtmsSlot",
    "InjectNtmsCleaner",
    "InjectNtmsMedia",
    "InventoryNtmsLibrary",
    "ReleaseNtmsCleanerSlot",
    "ReserveNtmsCleanerSlot",
    "SetNtmsDeviceChangeDetection",
    "SetNtmsUIOptions",
    "UpdateNtmsOmidInfo",
];

#[test]
fn rights_of_the_calls_about_libraries() {
    let walks: [fn(&Scene<'_>); 12] = [
        drives_and_slots,
        cleaners_in,
        cleaners_out,
        media_in,
        media_out,
        doors,
        requests,
        removal,
        switching,
        alone,
        labels,
        destinations,
    ];
    walk_all(FUNCTIONS, &walks);
}

fn drives_and_slots(s: &Scene<'_>) {
    let robot = s.robot();
    let rows = [("library", library(robot))];
    let (drive, slot) = (s.drive(), s.slot());
    s.walk("ReserveNtmsCleanerSlot", &rows, |u| u.reserve_cleaner_slot(robot, slot)).unwrap();
    s.walk("ReleaseNtmsCleanerSlot", &rows, |u| u.release_cleaner_slot(robot)).unwrap();
    // Drive and slot are empty: there is nothing to be done.
    let settle = || s.f.manager.wait_until_idle(Timeout::Forever).unwrap();
    let identify = |u: &rsm::Session| u.identify_slot(slot, DismountOptions::IMMEDIATE);
    let _ = s.walk("IdentifyNtmsSlot", &rows, identify);
    settle();
    let _ = s.walk("DismountNtmsDrive", &rows, |u| u.dismount_drive(drive));
    settle();
    let _ = s.walk("CleanNtmsDrive", &rows, |u| u.clean_drive(drive));
}

fn cleaners_in(s: &Scene<'_>) {
    let robot = s.robot();
    let start = CleanerInject::Start { cleans_left: 3 };
    let rows = [("library", library(robot))];
    let _ = s.walk("InjectNtmsCleaner", &rows, |u| u.inject_cleaner(robot, start));
}

fn cleaners_out(s: &Scene<'_>) {
    let robot = s.robot();
    let rows = [("library", library(robot))];
    let _ = s.walk("EjectNtmsCleaner", &rows, |u| u.eject_cleaner(robot, CleanerEject::Start));
}

fn media_in(s: &Scene<'_>) {
    let robot = s.robot();
    let rows = [("library", library(robot))];
    s.walk("InjectNtmsMedia", &rows, |u| u.inject_media(robot, InjectAction::Start)).unwrap();
}

fn media_out(s: &Scene<'_>) {
    let robot = s.robot();
    let medium = s.f.session.list::<PhysicalMediaId>(Some(robot.into())).unwrap()[0];
    let rows = [("library", library(robot))];
    s.walk("EjectNtmsMedia", &rows, |u| u.eject_media(EjectAction::Queue(medium))).unwrap();
}

fn doors(s: &Scene<'_>) {
    let robot = s.robot();
    let rows = [("library", library(robot))];
    let open = |u: &rsm::Session| u.access_library_door(robot, DoorInventory::None);
    s.walk("AccessNtmsLibraryDoor", &rows, open).unwrap();
}

fn requests(s: &Scene<'_>) {
    let robot = s.robot();
    let rows = [("library", library(robot))];
    let look = |u: &rsm::Session| u.inventory_library(robot, InventoryMethod::Fast);
    s.walk("InventoryNtmsLibrary", &rows, look).unwrap();

    // What waits in a library that nobody has attached waits as long as is needed here.
    let shelf = s.f.library(1);
    s.f.sql(
        "INSERT INTO library_request (id, call, first, members, library, operation, option, \
         mount_options, state, priority, subject_type, application, user, computer, queued, \
         modified) SELECT randomblob(16), randomblob(16), 9, 1, key, ?2, 0, 0, 0, 0, 0, '', '', \
         '', 0, 0 FROM library WHERE id = ?1",
        (shelf.to_bytes(), LibraryOperation::Inventory.value()),
    );
    let request: LibraryRequestId = s.f.session.list(Some(shelf.into())).unwrap()[0];
    let rows = [("library", library(shelf))];
    let cancel = |u: &rsm::Session| u.cancel_library_request(request);
    s.walk("CancelNtmsLibraryRequest", &rows, cancel).unwrap();
}

fn removal(s: &Scene<'_>) {
    let robot = s.robot();
    s.f.manager.detach(robot).unwrap();
    let rows = [("library", library(robot))];
    let drive = s.drive();
    s.walk("DeleteNtmsDrive", &rows, |u| u.delete_drive(drive)).unwrap();
    s.walk("DeleteNtmsLibrary", &rows, |u| u.delete_library(robot)).unwrap();
}

fn switching(s: &Scene<'_>) {
    let shelf = s.f.library(1);
    let rows = [("library containing the object", library(shelf))];
    s.walk("DisableNtmsObject", &rows, |u| u.disable(shelf)).unwrap();
    s.walk("EnableNtmsObject", &rows, |u| u.enable(shelf)).unwrap();
}

fn alone(s: &Scene<'_>) {
    let desk = s.alone();
    let none = [("none", library(desk))];
    let begin = |u: &rsm::Session| u.begin_change_detection();
    let detection = s.walk("BeginNtmsDeviceChangeDetection", &none, begin).unwrap();
    s.walk("SetNtmsDeviceChangeDetection", &none, |_| detection.watch(desk)).unwrap();
    let detection = parking_lot::Mutex::new(Some(detection));
    let end = |_: &rsm::Session| detection.lock().take().unwrap().end();
    s.walk("EndNtmsDeviceChangeDetection", &none, end).unwrap();
    let _ = s.walk("GetVolumesFromDrive", &none, |_| rsm::volumes_from_drive("/nowhere"));

    // The call opens a session of its own, which needs USE on the computer.
    s.f.manager.wait_until_idle(Timeout::Forever).unwrap();
    let device = s.f.session.info(s.drive()).unwrap().device_name;
    let eject = |_: &rsm::Session| {
        s.f.manager.eject_standalone(None, None, &device, EjectMode::Immediate, None)
    };
    let rows = [("library", library(desk))];
    s.walk_with(&[(s.computer(), 1)], "EjectDiskFromSADrive", &rows, eject).unwrap_err();
}

fn labels(s: &Scene<'_>) {
    let p = s.p();
    let medium = s.f.medium(p, &[SideState::Allocated], 1);
    let held = medium.sides[0].logical_media.unwrap();
    let label = FileSystemLabel { file_system: "UDF", volume_name: "Volume", serial_number: 7 };
    let update = |u: &rsm::Session| u.update_omid(held, LabelUpdate::FileSystem(label));
    let computer = "computer (own decision; instead of the library when the medium is offline)";
    s.walk("UpdateNtmsOmidInfo", &[(computer, s.computer())], update).unwrap();
    let shelf: LibraryId = s.f.library(1);
    s.f.bring_online(medium.physical_media, shelf);
    s.walk("UpdateNtmsOmidInfo", &[("library", library(shelf))], update).unwrap();
    // The pool decides nothing here.
    s.grant_only(&[(pool(p), 7)]);
    s.denied("UpdateNtmsOmidInfo", || update(&s.user));
    s.open_up();
}

fn destinations(s: &Scene<'_>) {
    let shelf = s.f.library(1);
    let kind = UiMessageType::Request;
    for (scope, object, guarded) in [
        (UiScope::Computer, "NTMS_COMPUTER via computer", s.computer()),
        (UiScope::Library(shelf), "NTMS_LIBRARY via library", library(shelf)),
    ] {
        let rows = [(object, guarded)];
        let add = UiDestinationAction::Add;
        let set = |u: &rsm::Session| u.set_ui_destinations(scope, kind, add, Some("operators"));
        s.walk("SetNtmsUIOptions", &rows, set).unwrap();
        s.walk("GetNtmsUIOptions", &rows, |u| u.ui_destinations(scope, kind)).unwrap();
    }
}
