//! Stand-alone drives: people put media in and take them out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/alone.rs"]
mod alone;
#[path = "support/robot.rs"]
mod robot;

use alone::{Alone, builder, tape};
use robot::{DEFERRED, IMMEDIATE, TAPE, kind, read};
use rsm::device::simulated::{Cartridge, CartridgeId, Fault, SimulatedLibrary};
use rsm::device::{Attention, DeviceErrorKind, LibraryDevice, Position, Refusal};
use rsm::model::{
    DriveState, EjectAction, InjectAction, InventoryMethod, LibraryOperation, LibraryRequest,
    LibraryRequestId, LibraryRequestState, LibraryType, Location, MediaPoolPolicy, MediaState,
    MountOptions, MountRequest, OperationalState, PortContent, PortId, PortPosition, SideState,
    Timeout,
};
use rsm::{ErrorKind, Session};

fn port(a: &Alone) -> (PortContent, PortPosition) {
    let ports = a.session.list::<PortId>(Some(a.library.into())).unwrap();
    assert_eq!(ports.len(), 1);
    let port = a.session.info(ports[0]).unwrap();
    (port.content, port.position)
}

fn requests(session: &Session, operation: LibraryOperation) -> Vec<LibraryRequest> {
    let all = session.list::<LibraryRequestId>(None).unwrap().into_iter();
    let all = all.map(|id| session.info(id).unwrap());
    all.filter(|request| request.operation == operation).collect()
}

#[test]
fn it_has_one_drive_one_port_and_nothing_else() {
    let a = Alone::empty();
    let library = a.session.info(a.library).unwrap();
    assert_eq!(library.library_type, LibraryType::Standalone);
    assert_eq!(library.common.operational_state, OperationalState::Ready);
    let counts = (library.number_of_drives, library.number_of_ports, library.number_of_slots);
    assert_eq!(counts, (1, 1, 0));
    assert_eq!((library.number_of_changers, library.number_of_doors), (0, 0));
    assert!(!library.bar_code_reader_installed);
    assert_eq!(a.drive_state(), DriveState::Dismounted);
    assert_eq!(a.media(), []);
    a.check();
    let a = a.restart();
    assert_eq!(a.session.list::<PortId>(None).unwrap().len(), 1, "the same port");
    assert_eq!(a.drives().len(), 1, "the same drive");
}

#[test]
fn what_lies_inside_is_identified_in_place() {
    let a = Alone::with_tape();
    let medium = a.inside();
    assert_eq!(medium.pool, a.system("Unrecognized"));
    assert_eq!(a.side(medium.id).state, SideState::Unrecognized);
    let drive = a.the_drive();
    assert_eq!(medium.location, Some(Location::Drive(drive.id)));
    assert_eq!((medium.home_slot, medium.media_state), (None, MediaState::Idle));
    assert_eq!(
        (drive.state, drive.saved_side),
        (DriveState::Dismountable, Some(a.side(medium.id).id))
    );
    assert_eq!(drive.mount_count, 1, "identification counts for the drive");
    assert_eq!(a.side(medium.id).mount_count, 0, "and not for the side");
    assert_eq!(port(&a), (PortContent::Empty, PortPosition::Retracted));
    a.check();
}

#[test]
fn a_medium_is_prepared_allocated_mounted_and_left_inside() {
    let (a, held) = Alone::with_held_tape();
    let mount = a.mount(held);
    assert_eq!(mount.drive(), a.the_drive().id);
    assert_eq!((a.drive_state(), a.inside().media_state), (DriveState::Loaded, MediaState::Loaded));
    mount.dismount(IMMEDIATE).unwrap();
    assert_eq!(a.drive_state(), DriveState::Dismountable);
    assert_eq!(a.inside().media_state, MediaState::Idle, "there is nothing to be waited for");
    a.check();
    let mount = a.mount(held);
    assert!(!read(&mount).is_empty(), "its label");
    mount.dismount(DEFERRED).unwrap();
    assert_eq!(
        (a.drive_state(), a.inside().media_state),
        (DriveState::Dismountable, MediaState::Idle)
    );
    let states: Vec<_> =
        requests(&a.session, LibraryOperation::Dismount).iter().map(|r| r.state).collect();
    assert_eq!(states, [LibraryRequestState::Passed; 2], "no delay, nothing is left to do");
    a.settle();
    a.check();
}

#[test]
fn dropping_a_mount_and_closing_a_session_leave_the_medium_inside() {
    let (a, held) = Alone::with_held_tape();
    drop(a.mount(held));
    a.settle();
    assert_eq!(a.drive_state(), DriveState::Dismountable);
    let other = a.manager.session("other").unwrap();
    let mount = other.mount(held).unwrap();
    other.close().unwrap();
    drop(mount);
    a.settle();
    assert_eq!(a.drive_state(), DriveState::Dismountable);
    a.take();
    a.check();
}

#[test]
fn library_dd3_a_stand_alone_drive_that_is_dismounted_keeps_its_tape() {
    let (a, held) = Alone::with_held_tape();
    let (drive, medium) = (a.the_drive().id, a.inside().id);
    let idle = a.session.dismount_drive(drive).unwrap();
    a.settle();
    assert_eq!(a.session.info(idle).unwrap().state, LibraryRequestState::Passed);
    let mount = a.mount(held);
    let other = a.manager.session("other").unwrap();
    let request = other.dismount_drive(drive).unwrap();
    a.settle();
    assert_eq!(a.session.info(request).unwrap().state, LibraryRequestState::Passed);
    assert_eq!(a.drive_state(), DriveState::Dismountable);
    assert_eq!(a.inside().id, medium, "still inside and still in that library");
    assert_eq!(a.inside().media_state, MediaState::Idle);
    assert_eq!(kind(mount.open(rsm::model::Access::Read)), ErrorKind::InvalidState);
    a.take();
    a.poll();
    assert_eq!(kind(a.session.dismount_drive(drive)), ErrorKind::InvalidState);
    a.check();
}

#[test]
fn a_drive_in_doubt_can_be_dismounted() {
    let (a, held) = Alone::with_held_tape();
    let mut library = a.session.info(a.library).unwrap();
    library.auto_recovery = false;
    a.session.set_info(&library).unwrap();
    a.take();
    a.put_new(tape());
    assert_eq!(kind(a.session.mount(held)), ErrorKind::InvalidMedia);
    a.settle();
    let request = a.session.dismount_drive(a.the_drive().id).unwrap();
    a.settle();
    assert_eq!(a.session.info(request).unwrap().state, LibraryRequestState::Passed);
    assert_eq!(a.drive_state(), DriveState::Dismountable);
    a.check();
}

#[test]
fn the_button_is_locked_while_somebody_has_the_medium() {
    let (a, held) = Alone::with_held_tape();
    let mount = a.mount(held);
    let pressed = a.device.hands().press_eject(a.mouth()).unwrap_err();
    assert_eq!(pressed.kind(), DeviceErrorKind::Refused(Refusal::RemovalPrevented));
    mount.dismount(DEFERRED).unwrap();
    a.settle();
    a.take();
    a.poll();
    assert_eq!(a.media(), []);
    a.check();
}

#[test]
fn a_drive_that_has_to_be_asked_is_asked() {
    let a = Alone::new(builder().loads_by_itself(false));
    let tape = a.put_new(tape());
    a.poll();
    let medium = a.inside().id;
    a.device.hands().press_eject(a.mouth()).unwrap();
    a.poll();
    assert_eq!(a.media(), [], "what is ejected has left");
    assert_eq!(port(&a), (PortContent::Full, PortPosition::Extended));
    a.poll();
    assert_eq!(a.media(), [], "and is not taken back");
    a.look(InventoryMethod::Fast);
    assert_eq!(a.media(), []);
    let a = a.restart();
    assert_eq!(a.media(), [], "not after a restart either");
    a.look(InventoryMethod::FullLabelRead);
    assert_ne!(a.inside().id, medium, "a full inventory takes what there is; the record had gone");
    assert_eq!(port(&a), (PortContent::Empty, PortPosition::Retracted));
    a.device.hands().press_eject(a.mouth()).unwrap();
    assert_eq!(a.device.hands().remove(a.mouth()).unwrap(), tape);
    a.poll();
    assert_eq!(port(&a), (PortContent::Empty, PortPosition::Retracted));
    a.check();
}

#[test]
fn media_leave_by_the_leave_rule() {
    let (a, _held) = Alone::with_held_tape();
    let medium = a.inside().id;
    let held = a.take();
    a.poll();
    assert_eq!(a.medium(medium).location, None, "an allocated one is kept offline");
    assert_eq!(a.medium(medium).media_state, MediaState::Idle);
    assert_eq!(a.drive_state(), DriveState::Dismounted);
    a.put(held);
    a.poll();
    assert_eq!(a.inside().id, medium, "and known again by its label");
    a.take();
    a.poll();
    let blank = a.put_new(tape());
    a.poll();
    let unknown = a.inside().id;
    a.take();
    a.poll();
    assert_eq!(
        kind(a.session.info(unknown)),
        ErrorKind::ObjectNotFound,
        "a blank one is forgotten"
    );
    a.put(blank);
    a.poll();
    assert_ne!(a.inside().id, unknown);
    a.check();
}

#[test]
fn a_foreign_label_lands_in_the_import_pool() {
    let a = Alone::with_tape();
    let medium = a.prepare(a.inside().id);
    let allocation = a.allocate(medium);
    a.session.deallocate_media(allocation.logical_media).unwrap();
    let tape = a.take();
    a.poll();
    a.session.delete_offline_media(medium).unwrap();
    a.put(tape);
    a.poll();
    let found = a.inside();
    assert_ne!(found.id, medium);
    assert_eq!(found.pool, a.system("Import"));
    assert_eq!(a.side(found.id).state, SideState::Import);
    a.take();
    a.poll();
    assert_eq!(a.all_media(), [], "import media that leave are forgotten");
    let computer = a.session.list::<rsm::model::ComputerId>(None).unwrap()[0];
    let mut record = a.session.info(computer).unwrap();
    record.media_pool_policy = MediaPoolPolicy::KEEP_OFFLINE_IMPORT;
    a.session.set_info(&record).unwrap();
    a.put(tape);
    a.poll();
    a.take();
    a.poll();
    assert_eq!(a.all_media().len(), 1, "unless they are to be kept");
    a.check();
}

#[test]
fn what_the_drive_cannot_use_is_unrecognized() {
    let a = Alone::empty();
    a.put_new(Cartridge::new().media_type(rsm::model::MediaTypeCode::Dlt.value()));
    a.poll();
    let medium = a.inside();
    assert_eq!(a.side(medium.id).state, SideState::Incompatible);
    assert_eq!(medium.pool, a.system("Unrecognized"));
    a.poll();
    assert_eq!(a.inside().id, medium.id);
    a.check();
}

/// The label of this tape cannot be read.
fn spoil(a: &Alone, cartridge: CartridgeId) {
    let position = Position(0);
    a.device.inject_always(Fault::MediumError { cartridge, side: 0, position });
}

#[test]
fn library_ar12_an_unreadable_tape_is_tried_again_by_the_next_inventory() {
    let a = Alone::with_tape();
    let labelled = a.prepare(a.inside().id);
    let tape = a.take();
    a.poll();
    a.session.delete_offline_media(labelled).unwrap();
    spoil(&a, tape);
    a.put(tape);
    a.poll();
    let medium = a.inside();
    assert_eq!(medium.media_state, MediaState::RecoverableError);
    assert_eq!(a.side(medium.id).state, SideState::Unknown);
    assert_eq!(medium.pool, a.system("Unrecognized"));
    a.poll();
    assert_eq!(a.inside().id, medium.id, "once is enough");
    a.device.clear_faults();
    a.look(InventoryMethod::Fast);
    assert_eq!(a.inside().id, medium.id);
    assert_eq!(a.inside().pool, a.system("Import"));
    assert_eq!(a.inside().media_state, MediaState::Idle);
    a.check();
}

#[test]
fn library_ar13_a_known_tape_that_cannot_be_read_keeps_its_record() {
    let (a, held) = Alone::with_held_tape();
    let medium = a.inside().id;
    let hands = a.device.hands();
    let tape = hands.look(a.mouth()).unwrap().unwrap();
    spoil(&a, tape);
    a.look(InventoryMethod::FullLabelRead);
    assert_eq!(a.inside().id, medium);
    assert_eq!(a.inside().media_state, MediaState::RecoverableError);
    assert_eq!(a.side(medium).state, SideState::Allocated);
    a.device.clear_faults();
    a.look(InventoryMethod::Fast);
    assert_eq!(a.inside().media_state, MediaState::Idle);
    drop(a.mount(held));
    a.settle();
    a.check();
}

#[test]
fn a_mount_of_what_was_taken_fails_and_the_record_is_kept() {
    let (a, held) = Alone::with_held_tape();
    let medium = a.inside().id;
    a.take();
    assert!(a.holds(medium), "nobody has looked");
    assert_eq!(kind(a.session.mount(held)), ErrorKind::MediaOffline);
    a.settle();
    assert_eq!(a.medium(medium).location, None);
    assert_eq!(a.drive_state(), DriveState::Dismounted);
    let mounts = requests(&a.session, LibraryOperation::Mount);
    assert_eq!(mounts[0].error, Some(ErrorKind::Empty));
    a.check();
}

#[test]
fn another_tape_is_never_mounted_and_is_identified() {
    let (a, held) = Alone::with_held_tape();
    let medium = a.inside().id;
    let own = a.take();
    let other = a.put_new(tape());
    assert_eq!(kind(a.session.mount(held)), ErrorKind::InvalidMedia);
    a.settle();
    assert_eq!(a.medium(medium).location, None, "it has left");
    assert_eq!(a.inside().pool, a.system("Unrecognized"), "what is inside is known");
    assert_eq!(a.take(), other);
    a.poll();
    a.put(own);
    a.poll();
    drop(a.mount(held));
    a.check();
}

#[test]
fn without_recovery_another_tape_stays_in_doubt_until_somebody_looks() {
    let (a, held) = Alone::with_held_tape();
    let mut library = a.session.info(a.library).unwrap();
    library.auto_recovery = false;
    a.session.set_info(&library).unwrap();
    let medium = a.inside().id;
    a.take();
    a.put_new(tape());
    assert_eq!(kind(a.session.mount(held)), ErrorKind::InvalidMedia);
    a.settle();
    assert!(a.holds(medium));
    assert_eq!(a.the_drive().saved_side, None, "what is inside is to be identified");
    assert_eq!(kind(a.session.mount(held)), ErrorKind::InvalidMedia);
    a.look(InventoryMethod::FullLabelRead);
    assert_eq!(a.medium(medium).location, None);
    assert_ne!(a.inside().id, medium);
    a.check();
}

#[test]
fn a_mount_is_lost_when_its_medium_is_pulled_out() {
    let (a, held) = Alone::with_held_tape();
    let medium = a.inside().id;
    let mount = a.mount(held);
    let tape = a.device.hands().pull_out(a.mouth()).unwrap();
    a.poll();
    assert_eq!(a.medium(medium).location, None);
    assert_eq!(a.drive_state(), DriveState::Dismounted);
    assert_eq!(kind(mount.open(rsm::model::Access::Read)), ErrorKind::InvalidState);
    assert_eq!(kind(mount.dismount(IMMEDIATE)), ErrorKind::InvalidState);
    a.check();
    a.put(tape);
    a.poll();
    drop(a.mount(held));
    a.settle();
    a.check();
}

#[test]
fn a_mount_is_lost_when_its_medium_is_exchanged() {
    let (a, held) = Alone::with_held_tape();
    let medium = a.inside().id;
    let mount = a.mount(held);
    a.device.hands().pull_out(a.mouth()).unwrap();
    a.put_new(tape());
    a.poll();
    assert_eq!(a.medium(medium).location, None);
    assert_ne!(a.inside().id, medium);
    assert_eq!(kind(mount.open(rsm::model::Access::Read)), ErrorKind::InvalidState);
    drop(mount);
    a.settle();
    a.check();
}

#[test]
fn media_checks_of_a_mount_count_the_one_drive() {
    let (a, held) = Alone::with_held_tape();
    let drive = a.the_drive().id;
    a.session.disable(drive).unwrap();
    assert_eq!(kind(a.session.mount(held)), ErrorKind::ResourceNotAvailable);
    let named = MountRequest::from(held).in_drives([drive]);
    assert_eq!(kind(a.session.mount(named)), ErrorKind::ResourceDisabled);
    a.session.enable(drive).unwrap();
    let mount = a.mount(held);
    let other = a.manager.session("other").unwrap();
    let at_once = MountRequest::from(held).options(MountOptions::ERROR_IF_UNAVAILABLE);
    assert_eq!(kind(other.mount(at_once)), ErrorKind::Busy);
    drop(mount);
    a.settle();
    a.check();
}

#[test]
fn a_restart_looks_again() {
    let (a, held) = Alone::with_held_tape();
    let medium = a.inside().id;
    let mount = a.mount(held);
    drop(mount);
    let a = a.restart();
    assert!(a.holds(medium));
    assert_eq!(a.drive_state(), DriveState::Dismountable);
    let Alone { robot } = a;
    let robot::Robot { session, manager, device, clock, code, dir, .. } = robot;
    drop((session, manager));
    alone::take(&device);
    let other = device.hands().make(tape()).unwrap();
    device.hands().insert(other, alone::mouth(&device)).unwrap();
    let manager = robot::options(&clock).open(dir.path()).unwrap();
    let session = manager.session("test").unwrap();
    let library = manager.attach(device.clone()).unwrap();
    let a = Alone { robot: robot::Robot { session, library, manager, device, clock, code, dir } };
    a.settle();
    assert_eq!(a.medium(medium).location, None, "exchanged while nobody looked");
    assert_ne!(a.inside().id, medium);
    a.check();
}

#[test]
fn with_inventory_method_none_nothing_is_looked_at() {
    let a = Alone::with_tape();
    let mut library = a.session.info(a.library).unwrap();
    library.inventory_method = InventoryMethod::None;
    a.session.set_info(&library).unwrap();
    let medium = a.inside().id;
    a.take();
    let a = a.restart();
    assert!(a.holds(medium));
    a.look(InventoryMethod::LibraryDefault);
    assert!(a.holds(medium));
    a.look(InventoryMethod::Fast);
    assert!(!a.holds(medium));
    a.check();
}

#[test]
fn rc11_a_refresh_of_a_stand_alone_drive_shows_what_was_put_in() {
    let a = Alone::empty();
    a.put_new(tape());
    assert_eq!(a.media(), []);
    a.look(InventoryMethod::Fast);
    assert_eq!(a.media().len(), 1);
    a.check();
}

#[test]
fn a_disk_lies_with_either_side_up() {
    let code = robot::DISK;
    let disk = || Cartridge::new().media_type(code.value()).two_sided();
    let sim = SimulatedLibrary::builder().stand_alone().media_type(code.value()).cartridge(disk());
    let a = Alone { robot: robot::Robot::of(sim, code) };
    let medium = a.inside();
    assert_eq!(a.sides(medium.id).len(), 2);
    let states: Vec<_> = a.sides(medium.id).iter().map(|side| side.state).collect();
    assert_eq!(states, [SideState::Unrecognized, SideState::Unknown]);
    let other = MountRequest::from(a.sides(medium.id)[1].id).timeout(Timeout::NoWait);
    assert_eq!(kind(a.session.mount(other)), ErrorKind::Timeout, "only people turn it over");
    assert_eq!(a.drive_state(), DriveState::Dismountable);
    a.check();
}

#[test]
fn impossible_libraries_are_refused() {
    #[derive(Debug)]
    struct Posing(SimulatedLibrary);
    impl LibraryDevice for Posing {
        fn identity(&self) -> rsm::device::LibraryIdentity {
            let kind = rsm::device::LibraryKind::StandAlone;
            rsm::device::LibraryIdentity { kind, ..self.0.identity() }
        }
        fn changers(&self) -> Vec<std::sync::Arc<dyn rsm::device::Changer>> {
            self.0.changers()
        }
        fn drives(&self) -> Vec<std::sync::Arc<dyn rsm::device::Drive>> {
            self.0.drives()
        }
        fn media_types(&self) -> Vec<u32> {
            self.0.media_types()
        }
    }
    let a = Alone::empty();
    for drives in [0, 1, 2] {
        let layout = rsm::device::simulated::ChangerLayout { drives, ..robot::layout(drives) };
        let robotic = SimulatedLibrary::builder().changer(layout).media_type(TAPE.value());
        let posing = std::sync::Arc::new(Posing(robotic.build().unwrap()));
        assert_eq!(kind(a.manager.attach(posing)), ErrorKind::InvalidLibrary);
    }
    let libraries = a.session.list::<rsm::model::LibraryId>(None).unwrap();
    assert_eq!(libraries.len(), 2, "the offline one and ours");
}

#[test]
fn a_drive_that_fails_says_so_and_is_tried_again() {
    let a = Alone::empty();
    let drive = a.mouth();
    a.put_new(tape());
    a.device.inject(Fault::DriveAttention { drive, attention: Attention::Other });
    a.poll();
    assert_eq!(a.media().len(), 1, "telling something is no failure");
    a.check();
}

fn state(a: &Alone, request: LibraryRequestId) -> LibraryRequestState {
    a.session.info(request).unwrap().state
}

/// Waits until a request has come so far, in real time: on the library's clock time stands still.
fn until(a: &Alone, request: LibraryRequestId, wanted: LibraryRequestState) {
    let begun = std::time::Instant::now();
    while state(a, request) != wanted {
        assert!(begun.elapsed().as_secs() < 20, "it does not become {wanted:?}");
        std::thread::yield_now();
    }
}

#[test]
fn a_medium_is_put_in_on_request() {
    let a = Alone::empty();
    let inject = |action| a.session.inject_media(a.library, action);
    let request = inject(InjectAction::Start).unwrap();
    until(&a, request, LibraryRequestState::InProcess);
    let hands = a.device.hands();
    let tape = hands.make(tape()).unwrap();
    hands.insert(tape, a.device.drive_places()[0]).unwrap();
    until(&a, request, LibraryRequestState::Passed);
    a.settle();
    assert_eq!(a.inside().pool, a.system("Unrecognized"));
    a.check();
    // Another one is in already.
    let request = inject(InjectAction::Start).unwrap();
    until(&a, request, LibraryRequestState::Passed);
}

#[test]
fn nobody_puts_anything_in() {
    let a = Alone::empty();
    let inject = |action| a.session.inject_media(a.library, action);
    let request = inject(InjectAction::Start).unwrap();
    until(&a, request, LibraryRequestState::InProcess);
    assert_eq!(kind(inject(InjectAction::Retract(request))), ErrorKind::InvalidOperation);
    inject(InjectAction::Stop(request)).unwrap();
    until(&a, request, LibraryRequestState::Stopped);
    let request = inject(InjectAction::StartMany).unwrap();
    until(&a, request, LibraryRequestState::InProcess);
    a.settle();
    a.clock.advance(std::time::Duration::from_secs(60));
    until(&a, request, LibraryRequestState::Passed);
    a.check();
}

#[test]
fn a_medium_is_put_out_on_request() {
    let (a, held) = Alone::with_held_tape();
    let medium = a.inside().id;
    let eject = |action| a.session.eject_media(action);
    let mount = a.mount(held);
    assert_eq!(kind(eject(EjectAction::Start(Some(medium)))), ErrorKind::Busy);
    let request = eject(EjectAction::Force(medium)).unwrap().unwrap();
    until(&a, request, LibraryRequestState::InProcess);
    assert_eq!(kind(eject(EjectAction::Start(Some(medium)))), ErrorKind::Busy);
    assert_eq!(kind(mount.open(rsm::model::Access::Read)), ErrorKind::InvalidState);
    let begun = std::time::Instant::now();
    let drive = a.device.drive_places()[0];
    while a.device.hands().remove(drive).is_err() {
        assert!(begun.elapsed().as_secs() < 20, "it does not come out");
        std::thread::yield_now();
    }
    until(&a, request, LibraryRequestState::Passed);
    drop(mount);
    a.settle();
    assert_ne!(a.session.info(medium).unwrap().current_library, a.library);
    a.check();
}
