//! Devices that say and do what they should not: the library needs service, with a reason, what can
//! be used is used, and everything else goes on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/hostile.rs"]
mod hostile;
#[path = "support/robot.rs"]
mod robot;

use std::sync::Arc;

use hostile::{Hostile, lies};
use robot::{TAPE, builder, options, tape};
use rsm::clock::VirtualClock;
use rsm::device::simulated::{ChangerLayout, SimulatedLibrary};
use rsm::device::{
    DeviceIdentity, ElementAddress, ElementRange, LibraryDevice, Occupancy, VolumeTag,
};
use rsm::model::{
    ChangerId, Drive, DriveId, InventoryMethod, Library, LibraryId, OperationalState,
    OperatorRequestId, OperatorTask, PhysicalMediaId, ServiceTarget, SlotId, Timeout, limits,
};
use rsm::{ErrorKind, Manager, Session};
use tempfile::TempDir;

/// A catalog with a hostile library and another one.
struct House {
    session: Session,
    manager: Manager,
    hostile: Arc<Hostile>,
    library: LibraryId,
    _dir: TempDir,
}

fn simulated(drives: u32) -> SimulatedLibrary {
    builder(drives, TAPE).cartridges(["A1", "A2", "A3"].map(tape)).build().unwrap()
}

impl House {
    /// The library is `twisted` before it is attached.
    fn new(device: SimulatedLibrary, twist: impl FnOnce(&Hostile)) -> Self {
        let (dir, clock) = (TempDir::new().unwrap(), VirtualClock::new());
        let manager = options(&clock).open(dir.path()).unwrap();
        let session = manager.session("test").unwrap();
        let other = builder(1, TAPE).seed(2).cartridges([tape("B1")]).build().unwrap();
        manager.attach(Arc::new(other)).unwrap();
        let hostile = Hostile::new(device);
        twist(&hostile);
        let library = manager.attach(hostile.clone() as Arc<dyn LibraryDevice>).unwrap();
        manager.wait_until_idle(Timeout::Forever).unwrap();
        Self { session, manager, hostile, library, _dir: dir }
    }

    fn record(&self) -> Library {
        self.session.info(self.library).unwrap()
    }

    fn trouble(&self) -> String {
        let record = self.record();
        assert_eq!(record.common.operational_state, OperationalState::NeedsService);
        record.trouble.expect("a reason")
    }

    fn drives(&self) -> Vec<Drive> {
        let ids = self.session.list::<DriveId>(Some(self.library.into())).unwrap();
        ids.into_iter().map(|id| self.session.info(id).unwrap()).collect()
    }

    fn media(&self) -> usize {
        self.session.list::<PhysicalMediaId>(Some(self.library.into())).unwrap().len()
    }

    /// What people are asked about the library.
    fn asked(&self) -> Vec<OperatorRequestId> {
        let open = self.session.operator_requests().unwrap().into_iter();
        let device = ServiceTarget::Library(self.library);
        let task = OperatorTask::DeviceService { device };
        open.filter(|open| open.request.task == task).map(|open| open.request.id).collect()
    }

    /// Media of both libraries are usable: a label is written on one of each that works.
    fn works(&self, media: usize) {
        self.manager.wait_until_idle(Timeout::Forever).unwrap();
        let media_type = self.session.media_type(TAPE).unwrap();
        let pool = format!("Free\\{}", TAPE.known().name);
        let open = rsm::model::PoolOpenMode::OpenExisting;
        let free = self.session.open_pool(&pool, None, open).unwrap();
        for medium in self.session.list::<PhysicalMediaId>(None).unwrap() {
            let _ = self.session.move_to_pool(medium, free);
        }
        self.manager.wait_until_idle(Timeout::Forever).unwrap();
        let create = rsm::model::PoolOpenMode::OpenAlways;
        let pool = self.session.open_pool("App", Some(media_type), create).unwrap();
        for medium in self.session.list::<PhysicalMediaId>(None).unwrap() {
            let _ = self.session.move_to_pool(medium, pool);
        }
        for _ in 0..media {
            let request = rsm::model::AllocateRequest::from(pool);
            let held = self.session.allocate_media(request).unwrap().logical_media;
            let mount = self.session.mount(held).unwrap();
            mount.dismount(rsm::model::DismountOptions::IMMEDIATE).unwrap();
            self.manager.wait_until_idle(Timeout::Forever).unwrap();
        }
        assert!(self.manager.check().unwrap().is_empty());
    }

    /// The device behaves, a person says so, and the library is Ready by itself.
    fn repair(&self) {
        self.hostile.behave();
        let asked = self.asked();
        let [request] = asked.as_slice() else { panic!("{asked:?}") };
        self.session.satisfy_operator_request(*request).unwrap();
        while self.record().common.operational_state != OperationalState::Ready {
            std::thread::yield_now();
        }
        assert_eq!(self.record().trouble, None);
        self.manager.wait_until_idle(Timeout::Forever).unwrap();
        assert!(self.asked().is_empty());
        self.works(3);
    }
}

#[test]
fn impossible_geometry_needs_service_and_harms_nobody() {
    let overlap = |slots: ElementRange| {
        House::new(simulated(1), move |hostile| {
            lies(&hostile.manners.geometry, move |geometry| {
                Ok(rsm::device::Geometry { slots, ..geometry })
            });
        })
    };
    let range = |first, count| ElementRange { first: ElementAddress(first), count };
    for slots in [range(0, 8), range(60_000, 60_000), range(1, u32::MAX), range(0xFFFF, 2)] {
        let house = overlap(slots);
        assert!(house.trouble().contains("addresses"), "{}", house.trouble());
        assert!(!house.manager.owns_library(house.library));
        house.works(1);
        house.repair();
    }
}

#[test]
fn a_changer_that_is_never_ready_or_panics_needs_service() {
    let house = House::new(simulated(1), |hostile| *hostile.manners.not_ready.lock() = true);
    assert!(house.trouble().contains("initialises"));
    house.works(1);
    house.repair();
    let house = House::new(simulated(1), |hostile| *hostile.manners.panics.lock() = true);
    assert!(house.trouble().contains("panicked"));
    house.works(1);
    house.repair();
}

#[test]
fn a_driver_that_panics_in_the_middle_stops_its_library_and_nothing_else() {
    let house = House::new(simulated(1), |_| {});
    let medium = house.session.list::<PhysicalMediaId>(Some(house.library.into())).unwrap()[0];
    let side = house.session.list::<rsm::model::SideId>(Some(medium.into())).unwrap()[0];
    *house.hostile.manners.panics.lock() = true;
    std::thread::scope(|scope| {
        let call = scope.spawn(|| house.session.mount(side).map(drop));
        while house.asked().is_empty() {
            std::thread::yield_now();
        }
        assert!(house.trouble().contains("panicked"), "{}", house.trouble());
        house.hostile.behave();
        // Whoever was at it when it began to behave may have panicked last: people are asked again.
        while !call.is_finished() {
            for asked in house.asked() {
                // Or the library has found out by itself meanwhile.
                if let Err(error) = house.session.satisfy_operator_request(asked) {
                    assert_eq!(error.kind(), ErrorKind::ObjectNotFound);
                }
            }
            std::thread::yield_now();
        }
        call.join().unwrap().unwrap();
    });
    house.manager.wait_until_idle(Timeout::Forever).unwrap();
    assert_eq!(house.record().common.operational_state, OperationalState::Ready);
    assert!(house.manager.check().unwrap().is_empty());
}

#[test]
fn two_elements_with_one_address_are_none_and_the_others_are_used() {
    let house = House::new(simulated(2), |hostile| {
        lies(&hostile.manners.status, |mut all| {
            // The second slot is told of twice, once full and once empty.
            let second = all.iter().find(|s| s.volume_tag.text() == Some("A2")).cloned();
            if let Some(mut twin) = second {
                twin.occupancy = Occupancy::Empty;
                twin.volume_tag = VolumeTag::Absent;
                all.push(twin);
            }
            Ok(all)
        });
    });
    assert!(house.trouble().contains("two elements with address"), "{}", house.trouble());
    assert_eq!(house.media(), 2, "what is in the doubtful slot is not known");
    assert!(house.manager.owns_library(house.library));
    house.works(3);
    // It comes to its senses: the next inventory notices.
    house.hostile.behave();
    house.session.inventory_library(house.library, InventoryMethod::Fast).unwrap();
    house.manager.wait_until_idle(Timeout::Forever).unwrap();
    assert_eq!(house.record().common.operational_state, OperationalState::Ready);
    assert!(house.asked().is_empty());
    assert_eq!(house.media(), 3);
    house.works(1);
}

#[test]
fn wrong_10_more_or_fewer_elements_than_said_do_no_harm() {
    let house = House::new(simulated(1), |hostile| {
        lies(&hostile.manners.status, |mut all| {
            if let Some(last) = all.last().cloned() {
                all.push(rsm::device::ElementStatus { address: ElementAddress(9_999), ..last });
            }
            Ok(all)
        });
    });
    assert!(house.trouble().contains("does not have"), "{}", house.trouble());
    assert_eq!(house.media(), 3);
    house.works(4);
    let house = House::new(simulated(1), |hostile| {
        lies(&hostile.manners.status, |mut all| {
            all.retain(|status| status.volume_tag.text() != Some("A3"));
            Ok(all)
        });
    });
    assert!(house.trouble().contains("7 of its 8 slots"), "{}", house.trouble());
    assert_eq!(house.media(), 2);
    assert_eq!(house.session.list::<SlotId>(Some(house.library.into())).unwrap().len(), 8);
    house.works(3);
}

#[test]
fn wrong_10_status_replies_of_any_size_tell_of_every_slot() {
    let layout = ChangerLayout { transports: 1, drives: 2, ports: 1, slots: 2_500 };
    let codes: Vec<String> = (0..2_500).map(|n| format!("T{n:05}")).collect();
    for limit in [1, 7, 256, 1_000, 65_535] {
        for refuses in [false, true] {
            let device = SimulatedLibrary::builder()
                .changer(layout)
                .media_type(TAPE.value())
                .status_limit(if refuses { u32::MAX } else { limit })
                .cartridges(codes.iter().step_by(50).map(|code| tape(code)))
                .build()
                .unwrap();
            let house = House::new(device, |hostile| {
                *hostile.manners.refuses_over.lock() = refuses.then_some(limit);
            });
            let record = house.record();
            assert_eq!(record.common.operational_state, OperationalState::Ready, "{limit}");
            assert_eq!((record.number_of_slots, record.number_of_drives), (2_500, 2));
            assert_eq!(house.media(), 50, "{limit} refuses {refuses}");
        }
    }
}

#[test]
fn wrong_12_drives_are_bound_by_serial_numbers_that_are_theirs_alone() {
    // Two drives with the same serial number: nobody can tell which is where.
    let serial = |device: &SimulatedLibrary, nth: usize| device.drives()[nth].identity().serial;
    let device = simulated(3);
    let (first, last) = (serial(&device, 2), serial(&device, 0));
    let house = House::new(device, |hostile| {
        let serials = vec![last.clone(), first.clone(), first.clone()];
        *hostile.manners.serials.lock() = Some(serials);
    });
    assert!(house.trouble().contains(&first), "{}", house.trouble());
    let states: Vec<_> = house.drives().iter().map(|d| d.common.operational_state).collect();
    let missing = OperationalState::NotPresent;
    assert_eq!(states, [missing, missing, OperationalState::Ready]);
    assert_eq!(house.drives()[2].serial_number, last);
    house.works(4);
}

/// Texts that are too long, of characters of four bytes, with control characters.
fn talkative(identity: DeviceIdentity) -> DeviceIdentity {
    let long = |text: &str| format!("\u{0}{}\u{7}{text}", "\u{1D11E}".repeat(100_000));
    DeviceIdentity {
        vendor: long(&identity.vendor),
        product: long(&identity.product),
        revision: long(&identity.revision),
        device_name: long(&identity.device_name),
        // What tells them apart comes late.
        serial: format!("{}{}", "\u{1D11E}".repeat(100), identity.serial),
        ..identity
    }
}

#[test]
fn texts_of_devices_are_cut_to_the_published_lengths() {
    let house = House::new(simulated(2), |hostile| {
        *hostile.manners.identity.lock() = Some(talkative);
        lies(&hostile.manners.status, |mut all| {
            for status in &mut all {
                status.device = status.device.take().map(talkative);
                if let VolumeTag::Read(text) = &mut status.volume_tag {
                    *text = format!("\u{0}{text}{}", "\u{1D11E}".repeat(100_000));
                }
            }
            Ok(all)
        });
    });
    let clefs = |count: usize| "\u{1D11E}".repeat(count);
    // Both are bound, each to its own device.
    let drives = house.drives();
    assert_eq!(drives.len(), 2);
    for drive in &drives {
        assert_eq!(drive.common.operational_state, OperationalState::Ready);
        assert_eq!(drive.serial_number, clefs(limits::SERIALNUMBER_LENGTH - 1));
        assert_eq!(drive.revision, clefs(limits::REVISION_LENGTH - 1));
        assert_eq!(drive.device_name, clefs(limits::DEVICENAME_LENGTH - 1));
        let model = house.session.info(drive.drive_type).unwrap();
        assert_eq!(model.vendor, clefs(limits::VENDORNAME_LENGTH - 1));
        assert_eq!(model.product, clefs(limits::PRODUCTNAME_LENGTH - 1));
    }
    let changer = house.session.list::<ChangerId>(Some(house.library.into())).unwrap()[0];
    let changer = house.session.info(changer).unwrap();
    assert_eq!(changer.serial_number, clefs(limits::SERIALNUMBER_LENGTH - 1));
    assert_eq!(changer.revision, clefs(limits::REVISION_LENGTH - 1));
    let media = house.session.list::<PhysicalMediaId>(Some(house.library.into())).unwrap();
    let mut codes: Vec<_> =
        media.iter().map(|id| house.session.info(*id).unwrap().bar_code).collect();
    codes.sort();
    let expected = ["A1", "A2", "A3"].map(|code| format!("{code}{}", clefs(61)));
    assert_eq!(codes, expected);
    house.works(4);
}

#[test]
fn wrong_12_empty_and_garbage_serial_numbers_bind_nothing() {
    for garbage in [String::new(), " ".repeat(3), "\0\u{7}".to_owned(), "x".repeat(100_000)] {
        let house = House::new(simulated(2), |hostile| {
            let own = hostile.inner.drives()[0].identity().serial;
            *hostile.manners.serials.lock() = Some(vec![own, garbage.clone()]);
        });
        assert!(house.trouble().contains("no drive answers"), "{}", house.trouble());
        let drives = house.drives();
        assert_eq!(drives[0].common.operational_state, OperationalState::NotPresent);
        assert_eq!(drives[1].common.operational_state, OperationalState::Ready);
        house.works(4);
    }
}

#[test]
fn a_drive_that_is_not_there_is_missed_and_the_others_are_used() {
    let house = House::new(simulated(1), |hostile| *hostile.manners.drives_gone.lock() = true);
    assert!(house.trouble().contains("no drive answers"), "{}", house.trouble());
    assert_eq!(house.media(), 0, "what nobody knows waits for a drive");
    let state = house.drives()[0].common.operational_state;
    assert_eq!(state, OperationalState::NotPresent);
    house.works(1);
}

#[test]
fn a_changer_that_lies_about_full_and_empty_loses_nothing() {
    for says in [Occupancy::Full, Occupancy::Empty, Occupancy::Unknown, Occupancy::NotPresent] {
        let house = House::new(simulated(2), |_| {});
        house.works(4);
        lies(&house.hostile.manners.status, move |mut all| {
            all.iter_mut().for_each(|status| status.occupancy = says);
            Ok(all)
        });
        for method in [InventoryMethod::Fast, InventoryMethod::FullLabelRead] {
            let _ = house.session.inventory_library(house.library, method);
            house.manager.wait_until_idle(Timeout::Forever).unwrap();
        }
        for held in house.session.list::<rsm::model::LogicalMediaId>(None).unwrap() {
            let request = rsm::model::MountRequest::from(held).timeout(Timeout::NoWait);
            let _ = house.session.mount(request);
        }
        house.hostile.behave();
        house.session.inventory_library(house.library, InventoryMethod::FullLabelRead).unwrap();
        house.manager.wait_until_idle(Timeout::Forever).unwrap();
        let seen = house.hostile.inner.hands().elements().unwrap();
        assert_eq!(seen.iter().filter(|e| e.cartridge.is_some()).count(), 3);
        assert_eq!(house.media(), 3, "{says:?}");
        assert!(*house.hostile.manners.moves.lock() < 200, "it does not go on for ever");
        assert!(house.manager.check().unwrap().is_empty());
    }
}
