//! A library in which applications, people and devices do at random whatever they can do, and
//! what must hold all the time.

use std::collections::BTreeMap;
use std::iter;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rsm::clock::{Clock, Participant, Thread, VirtualClock};
use rsm::device::simulated::{
    Cartridge, CartridgeId, ChangerLayout, FaultRates, Place, SimulatedLibrary, Timings,
};
use rsm::device::{DeviceError, DeviceErrorKind, ElementKind, ElementRange, LibraryDevice};
use rsm::model::{
    Access, AllocateRequest, AllocationPolicy, DeallocationPolicy, InventoryMethod, LabelUpdate,
    LibraryRequestId, LogicalMediaId, MountOptions, MountRequest, PhysicalMediaId, PoolId, PortId,
};
use rsm::{ErrorKind, Mount, Session};
use tempfile::TempDir;

use super::acme::{self, Acme};
use super::calls::Call;
use super::hall::{CLEANER, Hall};
use super::ledger::Dice;
use super::operator::Order;
use super::plug::Plug;
use super::queued::Queued;
use super::reserved::Reserved;
use super::robot::{self, DEFERRED, IMMEDIATE, Robot, TAPE};
use super::trouble::rates;

pub const CARTRIDGES: usize = 12;
pub const SLOTS: u32 = 15;

/// A logical medium somebody was told of, and what was written on it.
pub struct Owned {
    pub id: LogicalMediaId,
    pub medium: PhysicalMediaId,
    /// The cartridge it was on when it was mounted first. It never changes.
    cartridge: Option<CartridgeId>,
    /// The number of its label, and the version of its data.
    written: Option<(u32, u32)>,
    /// Its label was reported.
    told: bool,
    /// Writing it failed half-way.
    torn: bool,
}

pub struct Mounted {
    pub mount: Mount,
    pub media: LogicalMediaId,
    pub writable: bool,
    /// Whose it is.
    pub session: usize,
}

pub struct World {
    pub robot: Robot,
    pub sessions: Vec<Arc<Session>>,
    pool: PoolId,
    pub dice: Dice,
    pub owned: Vec<Owned>,
    pub mounted: Vec<Mounted>,
    pub queued: Vec<Queued>,
    pub calls: Vec<Call>,
    pub plug: Arc<Plug>,
    /// Where the library is.
    pub shelf: TempDir,
    pub pace: Timings,
    pub rates: FaultRates,
    pub reserved: Vec<Reserved>,
    pub hall: Hall,
    /// People who are at the library.
    pub visits: Vec<Thread<Vec<String>>>,
    pub orders: Vec<Order>,
    /// The requests that operators have queued.
    pub ordered: Vec<LibraryRequestId>,
    /// Since when somebody waits although drives are free.
    pub idle_since: BTreeMap<LogicalMediaId, Duration>,
    /// How often something was mounted.
    pub mounts: u64,
    /// Media with a label nobody was told of, or half a label: their next owner may have them back
    /// before they are labelled anew.
    spoiled: Vec<PhysicalMediaId>,
    /// How often something was broken.
    pub faults: u32,
    labels: u32,
    pub slots: Vec<Place>,
    /// The elements of all ports.
    pub cells: Vec<Place>,
    patient: bool,
    pub log: Vec<String>,
    /// What happens is shown as it happens.
    pub shows: bool,
    _here: Participant,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let kind = seed % 3;
        let drives = 2 + u32::try_from(dice.below(2)).unwrap();
        let hall = Hall::of(dice.below(4));
        let layout = ChangerLayout { transports: 1, drives, ports: hall.cells(), slots: SLOTS };
        let cartridges = (0..CARTRIDGES).map(|n| cartridge(kind, n));
        let clock = VirtualClock::one_at_a_time(seed);
        let here = clock.participate().begin();
        let (shelf, plug, pace) = (robot::directory(), Plug::new(&clock), pace(seed));
        let made = hall
            .furnish(SimulatedLibrary::builder().changer(layout))
            .media_type(TAPE.value())
            .bar_code_reader(kind != 1)
            .seed(seed)
            .cartridges(cartridges)
            .open_or_create(shelf.path());
        hall.bring(&made.unwrap());
        let rates = rates(&mut dice);
        let device = open(shelf.path(), &plug, pace, rates);
        let robot = Robot::with_device(device, clock, TAPE);
        robot.manager.register_label_format(Arc::new(Acme)).unwrap();
        let pool = robot.pool();
        let mut info = robot.session.info(pool).unwrap();
        info.allocation_policy = AllocationPolicy::DRAW_FROM_FREE;
        info.deallocation_policy = DeallocationPolicy::RETURN_TO_FREE;
        robot.session.set_info(&info).unwrap();
        for medium in robot.media().iter().take(8) {
            // It may be read again, where something has failed.
            let _busy = robot.session.move_to_pool(medium.id, robot.system("Free"));
        }
        robot.settle();
        let sessions =
            ["one", "two"].map(|name| Arc::new(robot.manager.session(name).unwrap())).into();
        let changer = robot.device.changers().remove(0);
        // It may have something to tell first.
        let geometry = iter::repeat_with(|| changer.geometry()).find_map(Result::ok).unwrap();
        let places = |elements: ElementRange| {
            elements.iter().map(|address| Place { changer: 0, address }).collect()
        };
        let (slots, cells) = (places(geometry.slots), places(geometry.ports));
        let (owned, mounted, log) = (Vec::new(), Vec::new(), Vec::new());
        let patient = seed % 4 != 3;
        Self {
            robot,
            sessions,
            pool,
            dice,
            owned,
            mounted,
            queued: Vec::new(),
            calls: Vec::new(),
            plug,
            shelf,
            pace,
            rates,
            reserved: Vec::new(),
            hall,
            visits: Vec::new(),
            orders: Vec::new(),
            ordered: Vec::new(),
            idle_since: BTreeMap::new(),
            mounts: 0,
            spoiled: Vec::new(),
            faults: u32::from(rates != FaultRates::default()),
            labels: 0,
            slots,
            cells,
            patient,
            log,
            shows: false,
            _here: here,
        }
    }

    /// One thing happens.
    pub fn step(&mut self) {
        match self.dice.below(116) {
            0..12 => self.allocate(),
            12..22 => self.mount(),
            22..34 => self.queue(),
            34..36 => self.cancel(),
            36..38 => {
                let session = self.dice.below(2);
                self.close(session);
            }
            38..40 => self.answer(),
            40..48 => self.write(),
            48..64 => self.dismount(),
            64..66 => self.reserve(),
            66..68 => self.release(),
            68..72 => self.deallocate(),
            72..75 => self.give_to_free(),
            75..80 => self.look(),
            80..88 => self.reach_in(),
            88..91 => self.break_something(),
            91..93 => self.help(),
            93 => self.come_back(),
            94..97 => self.call(),
            97 => self.die(),
            98..114 => self.operate(),
            _ => self.robot.clock.pause(Duration::from_secs(400)),
        }
        if self.patient || self.dice.below(3) == 0 {
            // Whoever can do something does it before time passes.
            self.robot.clock.pause(Duration::from_millis(1));
            self.robot.settle();
            self.robot.clock.pause(Duration::from_millis(1));
            self.robot.settle();
            self.assert_at_rest();
            self.collect();
            self.collect_calls();
            self.assert_waits_are_justified();
        } else {
            let time = Duration::from_secs(self.dice.below(100) as u64);
            self.robot.clock.pause(time);
        }
        self.collect();
        self.collect_calls();
        self.collect_orders();
        self.assert_reserved_drives_are_their_owners();
        self.check();
    }

    /// What the catalog says and what is where, for whoever looks for an error.
    pub fn show(&self) {
        for medium in self.robot.all_media() {
            let side = self.robot.side(medium.id);
            let label = side.label.map(|l| l.label_id.escape_ascii().to_string());
            let owner = side.logical_media;
            println!(
                "{} {:?} {:?} {:?} {:?} label {label:?} owner {owner:?}",
                medium.common.name,
                medium.bar_code,
                medium.media_state,
                medium.location,
                side.state
            );
        }
        for drive in self.robot.drives() {
            println!(
                "{} {:?} {:?}",
                drive.common.name, drive.state, drive.common.operational_state
            );
        }
        self.show_requests();
        for number in 1..=SLOTS {
            println!("slot {number} {:?}", self.robot.slot_state(number));
        }
        for seen in self.robot.device.hands().elements().unwrap() {
            if let Some(id) = seen.cartridge {
                let code = self.robot.device.hands().bar_code(id);
                println!("{:?} {} {id:?} {code:?}", seen.kind, seen.place.address);
            }
        }
    }

    /// What has not been done, and what people are asked for.
    pub fn show_requests(&self) {
        let requests: Vec<LibraryRequestId> = self.robot.session.list(None).unwrap();
        for request in requests.into_iter().map(|id| self.robot.session.info(id).unwrap()) {
            if !request.state.is_final() {
                let (operation, state) = (request.operation, request.state);
                println!("{operation:?} {state:?} {:?} {:?}", request.reason, request.medium);
            }
        }
        let ports: Vec<PortId> = self.robot.session.list(Some(self.robot.library.into())).unwrap();
        for port in ports.into_iter().map(|id| self.robot.session.info(id).unwrap()) {
            println!("{} {:?} {:?}", port.common.name, port.content, port.position);
        }
        for asked in self.robot.session.operator_requests().unwrap() {
            println!("asked: {:?}", asked.request.task);
        }
    }

    pub fn note(&mut self, what: String) {
        let time = self.robot.clock.monotonic().as_secs();
        let line = format!("{time:>8} {what}");
        if self.shows {
            println!("{line}");
        }
        self.log.push(line);
    }

    pub fn outcome<T>(&mut self, what: &str, result: rsm::Result<T>) -> Option<T> {
        match result {
            Ok(done) => {
                self.note(what.to_owned());
                Some(done)
            }
            Err(error) => {
                self.note(format!("{what}: {error}"));
                let never = [ErrorKind::Internal, ErrorKind::DatabaseFailure];
                assert!(!never.contains(&error.kind()), "{what}: {error:?}");
                None
            }
        }
    }

    pub fn any<'a, T>(dice: &mut Dice, of: &'a [T]) -> Option<&'a T> {
        (!of.is_empty()).then(|| &of[dice.below(of.len())])
    }

    fn allocate(&mut self) {
        let session = &self.sessions[self.dice.below(2)];
        let request = AllocateRequest::from(self.pool).error_if_unavailable();
        let result = session.allocate_media(request);
        if let Some(allocation) = self.outcome("allocate", result) {
            let id = allocation.logical_media;
            let medium = allocation.physical_media;
            let owned =
                Owned { id, medium, cartridge: None, written: None, told: false, torn: false };
            self.owned.push(owned);
        }
    }

    fn mount(&mut self) {
        let Some(owned) = Self::any(&mut self.dice, &self.owned) else { return };
        let media = owned.id;
        let writable = self.dice.below(3) > 0;
        let index = self.dice.below(2);
        let session = &self.sessions[index];
        let at_once = MountOptions::ERROR_IF_UNAVAILABLE | MountOptions::ERROR_IF_OFFLINE;
        let request = MountRequest::from(media).options(at_once);
        let request = if writable { request.for_writing() } else { request };
        let result = session.mount(request);
        let what = format!("mount {}", self.name(media));
        let Some(mount) = self.outcome(&what, result) else { return };
        self.examine(&mount, media);
        self.mounted.push(Mounted { mount, media, writable, session: index });
    }

    /// How many cartridges are not outside.
    fn inside(&self) -> usize {
        let outside = self.robot.device.hands().outside().unwrap();
        assert!(outside.iter().all(|id| *id == CLEANER), "{outside:?}");
        self.hall.cartridges() - outside.len()
    }

    fn name(&self, media: LogicalMediaId) -> String {
        let owned = self.owned.iter().find(|owned| owned.id == media);
        owned.map_or_else(
            || "former".to_owned(),
            |o| format!("{:?} {:?} told {} torn {}", o.cartridge, o.written, o.told, o.torn),
        )
    }

    /// The cartridge in the drive of a mount.
    fn cartridge_of(&self, mount: &Mount) -> CartridgeId {
        let drive = self.robot.drive(mount.drive());
        let is_meant = |place: &Place| {
            drive.device_name.ends_with(&format!(" {}.{}", place.changer, place.address))
        };
        let place = self.robot.device.drive_places().into_iter().find(is_meant).unwrap();
        self.robot.device.hands().look(place).unwrap().expect("a mounted cartridge")
    }

    /// Never the wrong medium.
    pub fn examine(&mut self, mount: &Mount, media: LogicalMediaId) {
        self.mounts += 1;
        let here = self.cartridge_of(mount);
        let read = acme::read(mount);
        let index = self.owned.iter().position(|owned| owned.id == media).expect("owned");
        let owned = &mut self.owned[index];
        let cartridge = *owned.cartridge.get_or_insert(here);
        assert_eq!(cartridge, here, "another cartridge was mounted");
        let (written, torn) = (owned.written, owned.torn);
        // The drive may be gone, or the medium bad.
        let Ok(Ok(blocks)) = read else { return };
        match written {
            Some((number, version)) if !torn => {
                let expected = [acme::label(number), acme::data(number, version)];
                assert_eq!(blocks, expected, "the medium has not its own content");
            }
            _ => {
                let other = blocks.first().and_then(|block| acme::number(block));
                let is_others = |o: &Owned| o.id != media && o.written.map(|w| w.0) == other;
                assert!(
                    other.is_none() || !self.owned.iter().any(is_others),
                    "the medium has the content of {other:?}"
                );
            }
        }
    }

    fn write(&mut self) {
        let writable: Vec<usize> = (0..self.mounted.len())
            .filter(|index| {
                let m = &self.mounted[*index];
                m.writable && self.owned.iter().any(|owned| owned.id == m.media)
            })
            .collect();
        let Some(&index) = Self::any(&mut self.dice, &writable) else { return };
        let media = self.mounted[index].media;
        let forgets = self.dice.below(8) == 0;
        if let Err(error) = self.mounted[index].mount.open(Access::Write) {
            return self.note(format!("the drive cannot be used: {error}"));
        }
        let owned = self.owned.iter_mut().find(|owned| owned.id == media).expect("owned");
        let (number, version) = owned.written.unwrap_or_else(|| {
            self.labels += 1;
            (self.labels, 0)
        });
        owned.torn = true;
        owned.written = Some((number, version + 1));
        let done = acme::write(&self.mounted[index].mount, number, version + 1);
        let done = done.unwrap_or_else(|error| {
            Err(DeviceError::new(DeviceErrorKind::Gone, error.to_string()))
        });
        let mut what = format!("write {number} version {}: {done:?}", version + 1);
        if done.is_ok() {
            owned.torn = false;
            if !owned.told && !forgets {
                let label = acme::label(number);
                self.sessions[0].update_omid(media, LabelUpdate::Raw(&label)).expect("reported");
                owned.told = true;
                what.push_str(", reported");
            }
        }
        self.note(what);
    }

    fn dismount(&mut self) {
        if self.mounted.is_empty() {
            return;
        }
        let mounted = self.mounted.swap_remove(self.dice.below(self.mounted.len()));
        let options = if self.dice.below(2) == 0 { IMMEDIATE } else { DEFERRED };
        let what = format!("dismount {} {options:?}", self.name(mounted.media));
        let result = mounted.mount.dismount(options);
        assert!(self.outcome(&what, result).is_some(), "a mount can be dismounted");
    }

    fn deallocate(&mut self) {
        if self.owned.is_empty() {
            return;
        }
        let owned = self.owned.swap_remove(self.dice.below(self.owned.len()));
        if owned.torn || owned.written.is_some() && !owned.told {
            self.spoiled.push(owned.medium);
        }
        let what = format!("deallocate {:?} {:?}", owned.cartridge, owned.written);
        let result = self.sessions[0].deallocate_media(owned.id);
        assert!(self.outcome(&what, result).is_some(), "an owned medium can be released");
    }

    /// Media that carry nothing of anybody go to the free pool.
    fn give_to_free(&mut self) {
        self.robot.settle();
        let (import, unrecognized) =
            (self.robot.system("Import"), self.robot.system("Unrecognized"));
        let media: Vec<_> = self
            .robot
            .all_media()
            .into_iter()
            .filter(|medium| medium.pool == unrecognized || medium.pool == import)
            .filter(|medium| {
                let label = self.robot.side(medium.id).label;
                let number = label.and_then(|l| String::from_utf8(l.label_id).ok()?.parse().ok());
                let is_label_of = |o: &Owned| number.is_some() && o.written.map(|w| w.0) == number;
                // A free label may be one of a logical medium that was never written.
                medium.pool == unrecognized
                    || !self.owned.iter().any(is_label_of) && number.is_some()
            })
            .map(|medium| medium.id)
            .collect();
        let Some(medium) = Self::any(&mut self.dice, &media) else { return };
        let free = self.robot.system("Free");
        let result = self.robot.session.move_to_pool(*medium, free);
        let _ = self.outcome("to the free pool", result);
    }

    fn look(&mut self) {
        let method = match self.dice.below(2) {
            0 => InventoryMethod::Fast,
            _ => InventoryMethod::FullLabelRead,
        };
        let result = self.robot.session.inventory_library(self.robot.library, method);
        let _ = self.outcome(&format!("inventory {method:?}"), result);
    }

    /// The library is detached, and attached again.
    fn come_back(&mut self) {
        if !self.mounted.is_empty() {
            return;
        }
        let detached = self.robot.manager.detach(self.robot.library);
        if self.outcome("detach", detached).is_some() {
            self.reach_in();
            self.robot.settle();
            self.attach();
        }
    }

    pub fn attach(&mut self) {
        for tries in 0.. {
            let device = self.robot.device.clone() as Arc<dyn LibraryDevice>;
            let attached = self.robot.manager.attach(device);
            if let Some(library) = self.outcome("attach", attached) {
                assert_eq!(library, self.robot.library);
                break;
            }
            assert!(tries < 10, "the library cannot be attached");
        }
    }

    /// When everything works again, everything that was acknowledged is there.
    pub fn finish(&mut self) {
        self.note("finish".to_owned());
        self.robot.device.clear_faults();
        self.see_everybody_off();
        self.close_everything();
        self.help();
        (0..2).for_each(|session| self.close(session));
        self.mounted.clear();
        self.robot.settle();
        self.assert_at_rest();
        // People have seen to everything, and the library is taken into use again.
        self.satisfy_everybody();
        self.robot.clock.pause(Duration::from_secs(3600));
        self.robot.settle();
        self.enable_everything();
        self.satisfy_everybody();
        self.robot.clock.pause(Duration::from_secs(3600));
        self.robot.settle();
        self.assert_orders_have_ended();
        self.empty_ports();
        let detached = self.robot.manager.detach(self.robot.library);
        assert!(self.outcome("detach", detached).is_some());
        self.attach();
        self.robot.settle();
        self.satisfy_everybody();
        self.robot.settle();
        self.bring_everything();
        for _ in 0..2 {
            self.robot.look(InventoryMethod::FullLabelRead);
            self.robot.check();
        }
        self.robot.assert_all_in_slots(self.inside());
        self.assert_nobody_waits();
        self.assert_catalog_agrees();
        let everybody: Vec<LogicalMediaId> = self.owned.iter().map(|owned| owned.id).collect();
        for media in everybody {
            let request = MountRequest::from(media).options(MountOptions::ERROR_IF_OFFLINE);
            let result = self.sessions[0].mount(request);
            let name = self.name(media);
            let mount = self.outcome(&format!("mount {name}"), result);
            if let Some(mount) = mount {
                self.examine(&mount, media);
                mount.dismount(IMMEDIATE).unwrap();
                self.robot.settle();
            } else {
                let owned = self.owned.iter().find(|owned| owned.id == media).unwrap();
                let is_excused = owned.torn
                    || owned.written.is_some() && !owned.told
                    || owned.written.is_none() && self.spoiled.contains(&owned.medium);
                assert!(is_excused, "an acknowledged medium is lost: {name}");
            }
            self.robot.check();
        }
        self.audit();
    }

    /// The place of a slot, counted from 1.
    pub fn place(&self, slot: u32) -> Place {
        self.slots[slot as usize - 1]
    }

    /// Reads the cartridges past the manager: nobody's data was written over.
    fn audit(&mut self) {
        self.robot.manager.detach(self.robot.library).unwrap();
        let device = &self.robot.device;
        let changer = &device.changers()[0];
        let place = device.drive_places()[0];
        let drive = device.drives().pop().unwrap();
        // They may have something to tell first.
        while changer.ready().is_err() || drive.status().is_err() {}
        let everything = device.hands().elements().unwrap();
        let inside = everything.iter().filter(|seen| seen.cartridge.is_some()).count();
        assert_eq!(inside, self.inside());
        for seen in everything.into_iter().filter(|seen| seen.kind == ElementKind::Slot) {
            let Some(id) = seen.cartridge else { continue };
            let is_here = |o: &&Owned| o.cartridge == Some(id) && !o.torn && o.written.is_some();
            let Some(owned) = self.owned.iter().find(is_here) else { continue };
            changer.move_medium(seen.place.address, place.address, false).unwrap();
            drive.load().unwrap();
            let blocks = acme::blocks(drive.open().unwrap().as_mut()).unwrap();
            let (number, version) = owned.written.unwrap();
            let expected = [acme::label(number), acme::data(number, version)];
            assert_eq!(blocks, expected, "data on {id:?} was written over");
            drive.unload().unwrap();
            changer.move_medium(place.address, seen.place.address, false).unwrap();
        }
    }
}

/// The library in this directory.
pub fn open(
    directory: &Path,
    plug: &Arc<Plug>,
    pace: Timings,
    rates: FaultRates,
) -> Arc<SimulatedLibrary> {
    let builder = SimulatedLibrary::builder().clock(plug.clone()).timings(pace);
    Arc::new(builder.random_faults(rates).open(directory).unwrap())
}

/// Everything at once, or as in real libraries, or drives that take their time.
fn pace(seed: u64) -> Timings {
    match seed % 5 {
        0 => Timings::default(),
        1 => Timings { load: Duration::from_secs(200), ..Timings::autoloader() },
        2 => Timings::autoloader(),
        _ => Timings::ts4500(),
    }
}

/// Bar codes on all; on none; on some, of which two are the same and some cannot be read.
fn cartridge(kind: u64, n: usize) -> Cartridge {
    let cartridge = match (kind, n % 4) {
        (1, _) | (2, 3) => robot::tape(""),
        (2, 1) => Cartridge::with_unreadable_bar_code(),
        (2, 2) => Cartridge::with_bar_code(format!("D{:02}", n / 8)),
        _ => Cartridge::with_bar_code(format!("A{n:02}")),
    };
    cartridge.media_type(TAPE.value())
}
