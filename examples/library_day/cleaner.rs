//! Cleaning: drives get dirty, and a person changes the cleaning cartridge when it is spent.

use std::sync::Arc;
use std::time::Duration;

use rsm::Session;
use rsm::clock::{Clock, Thread, VirtualClock, spawn};
use rsm::device::LibraryDevice;
use rsm::device::simulated::{Cartridge, Place, SimulatedLibrary};
use rsm::model::{
    CleanerEject, CleanerInject, LibraryId, LibraryRequestId, LibraryRequestState, SlotId,
};

use crate::Failure;
use crate::chance::Chance;
use crate::setting::Setting;
use crate::watched::CLEANER;

/// How often a cartridge cleans.
const USES: u32 = 10;

/// In this time a drive gets dirty, on average.
const DIRTY_AFTER: Duration = Duration::from_secs(36 * 3600);

/// How often a person looks whether the robot is done, and for how long.
const GLANCE: Duration = Duration::from_secs(10);
const GLANCES: usize = 180;

/// The changer that has the cleaning cartridge. The drives of the others are cleaned by people who
/// are not part of the day.
pub const CHANGER: u16 = 0;

/// Drives get dirty from now on.
pub fn soil(day: &Arc<Setting>) -> Result<Thread<()>, Failure> {
    let (day, mut chance) = (Arc::clone(day), Chance::new(day.seed, 1 << 34));
    let clock: Arc<dyn Clock> = day.journal.clock.clone();
    let work = move || {
        let mut places = day.watched.inner.drive_places();
        places.retain(|place| place.changer == CHANGER);
        let mean = DIRTY_AFTER / u32::try_from(places.len().max(1)).unwrap_or(u32::MAX);
        loop {
            day.pause(chance.until_next(mean));
            if day.is_over() {
                return;
            }
            let soil = |place| day.watched.inner.hands().soil(place);
            if let Some(Err(error)) = chance.pick(&places).map(soil) {
                day.journal.failed("dirt", error);
            }
        }
    };
    Ok(spawn(&clock, "dirt", work)?)
}

/// Somebody who stands at the port of the library.
pub struct Keeper<'d> {
    pub session: &'d Session,
    pub library: LibraryId,
    pub device: &'d SimulatedLibrary,
    pub clock: &'d VirtualClock,
}

impl Keeper<'_> {
    /// Keeps the first slot for the cleaning cartridge, and puts one in.
    pub fn begin(&self) -> Result<(), Failure> {
        let first = self.session.info(self.library)?.first_slot_number;
        let slots: Vec<SlotId> = self.session.list(Some(self.library.into()))?;
        let is_first = |slot: &&SlotId| self.session.info(**slot).is_ok_and(|s| s.number == first);
        let slot = slots.iter().find(is_first).ok_or("the library has no slot")?;
        self.session.reserve_cleaner_slot(self.library, *slot)?;
        self.put_in(1)
    }

    /// Takes the spent cartridge out and puts this one in.
    pub fn change(&self, number: u32) -> Result<(), Failure> {
        let request = self.session.eject_cleaner(self.library, CleanerEject::Start)?;
        let (cells, hands) = (self.cells()?, self.device.hands());
        self.until(|| Ok(cells.iter().any(|cell| hands.take_out(*cell).is_ok())))?;
        self.until_passed(request)?;
        self.put_in(number)
    }

    fn put_in(&self, number: u32) -> Result<(), Failure> {
        let start = CleanerInject::Start { cleans_left: USES };
        let request = self.session.inject_cleaner(self.library, start)?;
        let (cells, hands) = (self.cells()?, self.device.hands());
        let new = Cartridge::with_bar_code(format!("{CLEANER}{number:03}L8")).cleaner(USES);
        let cleaner = hands.make(new)?;
        self.until(|| Ok(cells.iter().any(|cell| hands.put_in(cleaner, *cell).is_ok())))?;
        self.until_passed(request)
    }

    /// The places in the port.
    fn cells(&self) -> Result<Vec<Place>, Failure> {
        let changers = self.device.changers();
        let changer = changers.get(usize::from(CHANGER)).ok_or("there is no robot")?;
        let ports = changer.geometry()?.ports;
        Ok(ports.iter().map(|address| Place { changer: CHANGER, address }).collect())
    }

    fn until_passed(&self, request: LibraryRequestId) -> Result<(), Failure> {
        let state = || Ok::<_, Failure>(self.session.info(request)?.state);
        self.until(|| Ok(state()?.is_final()))?;
        match state()? {
            LibraryRequestState::Passed => Ok(()),
            other => Err(format!("the cleaner was not moved: {other:?}").into()),
        }
    }

    fn until(&self, mut is_so: impl FnMut() -> Result<bool, Failure>) -> Result<(), Failure> {
        for _ in 0..GLANCES {
            if is_so()? {
                return Ok(());
            }
            self.clock.pause(GLANCE);
        }
        Err("the robot takes too long".into())
    }
}
