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
use rsm::device::{ElementRange, LibraryDevice};
use rsm::model::{
    AllocationPolicy, DeallocationPolicy, InventoryMethod, LibraryRequestId, LogicalMediaId,
    PhysicalMediaId, PoolId,
};
use rsm::{ErrorKind, Mount, Session};
use tempfile::TempDir;

use super::acme::Acme;
use super::calls::Call;
use super::hall::Hall;
use super::ledger::Dice;
use super::operator::Order;
use super::plug::Plug;
use super::queued::Queued;
use super::reserved::Reserved;
use super::robot::{self, Robot, TAPE};
use super::trouble::rates;

pub const CARTRIDGES: usize = 12;
pub const SLOTS: u32 = 15;

/// A logical medium somebody was told of, and what was written on it.
pub struct Owned {
    pub id: LogicalMediaId,
    pub medium: PhysicalMediaId,
    /// The cartridge it was on when it was mounted first. It never changes.
    pub cartridge: Option<CartridgeId>,
    /// The number of its label, and the version of its data.
    pub written: Option<(u32, u32)>,
    /// Its label was reported.
    pub told: bool,
    /// Writing it failed half-way.
    pub torn: bool,
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
    pub pool: PoolId,
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
    pub spoiled: Vec<PhysicalMediaId>,
    /// How often something was broken.
    pub faults: u32,
    pub labels: u32,
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

    /// Media that carry nothing of anybody go to the free pool.
    pub fn give_to_free(&mut self) {
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

    /// The place of a slot, counted from 1.
    pub fn place(&self, slot: u32) -> Place {
        self.slots[slot as usize - 1]
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
