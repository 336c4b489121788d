//! The whole life of media in a library over iSCSI.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "support/tgt.rs"]
mod tgt;

#[cfg(not(feature = "iscsi"))]
#[test]
fn over_iscsi() {
    tgt::left_out(
        "it needs --features iscsi, libiscsi (Debian: libiscsi-dev), tgt, RSM_TEST_TGT=1",
    );
}

#[cfg(feature = "iscsi")]
#[path = "support/life_cycle.rs"]
mod life_cycle;

#[cfg(feature = "iscsi")]
#[path = "support/iscsi_proxy.rs"]
mod iscsi_proxy;

#[cfg(feature = "iscsi")]
mod over_iscsi {
    use std::cell::RefCell;
    use std::sync::Arc;
    use std::time::Duration;

    use rsm::device::scsi::{IscsiOptions, IscsiUrl, ScsiLibrary, Transport};
    use rsm::device::{ElementAddress, ElementKind, LibraryDevice};
    use rsm::model::{DismountOptions, LibraryRequestState, Location};

    use super::iscsi_proxy::{Cut, Proxy};
    use super::life_cycle::{Hands, Life, live};
    use super::tgt::{self, CHANGER, DRIVES, FIRST_DRIVE, Layout, SLOTS, TARGET, Tgt};

    const MOVE_MEDIUM: u8 = 0xA5;

    fn open(target: &Tgt, unit: u16) -> Arc<dyn Transport> {
        open_at(&target.url(unit))
    }

    fn open_at(url: &str) -> Arc<dyn Transport> {
        let url: IscsiUrl = url.parse().unwrap();
        let options = IscsiOptions::new().login_timeout(Duration::from_secs(120));
        Arc::new(options.open(&url).unwrap())
    }

    fn library(target: &Tgt, drives: u16) -> ScsiLibrary {
        library_with(open(target, CHANGER), target, drives)
    }

    fn library_with(changer: Arc<dyn Transport>, target: &Tgt, drives: u16) -> ScsiLibrary {
        let builder = ScsiLibrary::builder().changer(changer);
        // Not in their order: it says nothing.
        let units = (FIRST_DRIVE..FIRST_DRIVE + drives).rev();
        units.fold(builder, |builder, unit| builder.drive(open(target, unit))).build().unwrap()
    }

    /// Does it by the daemon.
    struct Operator<'a>(&'a RefCell<Tgt>);

    impl Hands for Operator<'_> {
        fn take_out(&mut self, cell: u16) {
            self.0.borrow_mut().take_out(cell);
        }

        fn put_in(&mut self, cell: u16, bar_code: &str) {
            self.0.borrow_mut().put_in(cell, bar_code);
        }
    }

    #[test]
    fn a_whole_life() {
        if !tgt::wanted() {
            return;
        }
        let layout = Layout { tapes: "A00001L6 A00002L6 A00003L6".to_owned(), ..Layout::default() };
        let target = RefCell::new(Tgt::start(&layout));
        let attach =
            || Arc::new(library(&target.borrow(), layout.drives)) as Arc<dyn LibraryDevice>;
        // Its drives take a cleaning cartridge for a tape that can be written.
        live(attach, &mut Operator(&target), LibraryRequestState::Failed);
    }

    /// The changer does what it was told, and its answer is lost: the status shows where the
    /// cartridge is, and nobody notices.
    #[test]
    fn a_move_whose_answer_is_lost_is_a_move() {
        if !tgt::wanted() {
            return;
        }
        let layout = Layout { tapes: "A00001L6".to_owned(), ..Layout::default() };
        let target = Tgt::start(&layout);
        let proxy = Proxy::to(target.port());
        let changer = open_at(&format!("iscsi://127.0.0.1:{}/{TARGET}/{CHANGER}", proxy.port()));
        let life = Life::begin(Arc::new(library_with(changer, &target, layout.drives)));
        life.free("A00001L6");
        let media = life.allocate();
        let before = proxy.count(MOVE_MEDIUM);
        proxy.cut(Cut::BeforeAnswer(MOVE_MEDIUM));
        let mount = life.mount(media);
        assert!(matches!(life.medium("A00001L6").location, Some(Location::Drive(_))));
        proxy.cut(Cut::BeforeAnswer(MOVE_MEDIUM));
        mount.dismount(DismountOptions::IMMEDIATE).unwrap();
        life.settle();
        assert!(matches!(life.medium("A00001L6").location, Some(Location::Slot(_))));
        assert_eq!(proxy.count(MOVE_MEDIUM), before + 2, "each was sent once");
        life.check();
    }

    /// Its answers end eight bytes early, and so does the serial number of the last drive: that is
    /// the one that is left. One drive of two, and nothing fits: then it is found out by a cartridge.
    #[test]
    fn wrong_12_every_drive_is_found_by_its_serial_number() {
        if !tgt::wanted() {
            return;
        }
        let target = Tgt::start(&Layout { drives: 3, ..Layout::default() });
        let library = library(&target, 3);
        let changer = &library.changers()[0];
        let geometry = changer.geometry().unwrap();
        let ask = || changer.element_status(ElementKind::Drive, geometry.drives.first, 10);
        // A new session begins with an attention.
        let drives = ask().or_else(|_| ask()).unwrap();
        let serials: Vec<_> =
            drives.iter().map(|drive| drive.device.clone().map(|device| device.serial)).collect();
        let expected = ["DRIVE00000", "DRIVE00001", "DRIVE00002"];
        assert_eq!(serials, expected.map(|serial| Some(serial.to_owned())));
        let found = library.find_drive(0, ElementAddress(DRIVES + 1), ElementAddress(SLOTS));
        assert_eq!(found.unwrap(), "DRIVE00001");
    }
}
