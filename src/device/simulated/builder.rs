//! Making and opening simulated libraries.

use std::path::Path;
use std::sync::Arc;

use super::contents::Contents;
use super::layout::ChangerPlan;
use super::settings::Settings;
use super::shared::{Shared, Surroundings};
use super::store::{Directory, Store, failed};
use super::world::World;
use super::{Cartridge, ChangerLayout, FaultRates, Place, SimulatedLibrary, Timings};
use crate::clock::{Clock, SystemClock};
use crate::device::{DeviceClass, DeviceError, DeviceResult, ElementKind, Refusal};

/// The original's code of LTO Ultrium, the usual medium of a simulated library.
const LTO_ULTRIUM: u32 = 86;

/// Makes a [`SimulatedLibrary`].
///
/// Without any call it makes one changer with one hand, two LTO drives, one port, twenty empty
/// slots and a bar-code reader.
#[derive(Debug)]
#[must_use = "nothing is made before `build` or `open_or_create`"]
pub struct SimulatedLibraryBuilder {
    pub(super) settings: Settings,
    seed: Option<u64>,
    cartridges: Vec<Cartridge>,
    clock: Option<Arc<dyn Clock>>,
    timings: Timings,
    rates: Option<FaultRates>,
}

impl Default for SimulatedLibraryBuilder {
    fn default() -> Self {
        let settings = Settings {
            name: "Simulated library".into(),
            seed: 0,
            media_types: Vec::new(),
            drive_class: DeviceClass::Tape,
            changers: Vec::new(),
            status_limit: u32::MAX,
            bar_code_reader: true,
            can_flip: false,
            dirty_after: None,
            stand_alone: false,
            loads_by_itself: true,
        };
        let (cartridges, timings) = (Vec::new(), Timings::default());
        Self { settings, seed: None, cartridges, clock: None, timings, rates: None }
    }
}

impl SimulatedLibraryBuilder {
    /// The name to show. Printable, not empty.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = name.into();
        self
    }

    /// What everything random comes from, serial numbers among it; with the name it makes the
    /// library's identity. Without one, a library in memory has seed 0 and one in a new directory a
    /// random seed, which the directory keeps.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Adds a changer; none to a [stand-alone drive](Self::stand_alone). A library has as many as
    /// are added, or one of the [usual layout](ChangerLayout::default).
    pub fn changer(mut self, layout: ChangerLayout) -> Self {
        self.settings.changers.push(ChangerPlan::of(layout));
        self
    }

    /// After this many loads, a drive asks to be cleaned; never unless told otherwise. It goes on
    /// working.
    pub fn dirty_after(mut self, loads: u32) -> Self {
        self.settings.dirty_after = Some(loads);
        self
    }

    /// Adds a media type that its drives take, by the original's code
    /// ([`MediaTypeCode::value`](crate::model::MediaTypeCode::value)); the first one is the usual
    /// one. Without any it is LTO Ultrium. A type with two sides wants cartridges that are
    /// [`two_sided`](Cartridge::two_sided), and a robot that [can flip](Self::can_flip).
    pub fn media_type(mut self, code: u32) -> Self {
        self.settings.media_types.push(code);
        self
    }

    /// What its drives are; tape drives unless told otherwise. For magneto-optical media take
    /// [`DeviceClass::Disk`].
    pub fn drive_class(mut self, class: DeviceClass) -> Self {
        self.settings.drive_class = class;
        self
    }

    /// Whether there is a bar-code reader; yes unless told otherwise.
    pub fn bar_code_reader(mut self, installed: bool) -> Self {
        self.settings.bar_code_reader = installed;
        self
    }

    /// Whether the robot can turn media over; no unless told otherwise, and then second sides
    /// cannot be mounted.
    pub fn can_flip(mut self, can: bool) -> Self {
        self.settings.can_flip = can;
        self
    }

    /// Makes it a stand-alone drive: one drive that people serve with their [hands](super::Hands),
    /// and no changer. It reads no bar codes. A cartridge that is added is in the drive.
    pub fn stand_alone(mut self) -> Self {
        self.settings.stand_alone = true;
        self
    }

    /// Whether a stand-alone drive loads what is put into it; yes unless told otherwise, and else
    /// only when it is [asked](crate::device::Drive::load).
    pub fn loads_by_itself(mut self, loads: bool) -> Self {
        self.settings.loads_by_itself = loads;
        self
    }

    /// Report no more than this many elements in one answer.
    pub fn status_limit(mut self, elements: u32) -> Self {
        self.settings.status_limit = elements.max(1);
        self
    }

    /// Puts a cartridge into the next empty slot.
    pub fn cartridge(mut self, cartridge: Cartridge) -> Self {
        self.cartridges.push(cartridge);
        self
    }

    /// Puts cartridges into the next empty slots.
    pub fn cartridges(mut self, cartridges: impl IntoIterator<Item = Cartridge>) -> Self {
        self.cartridges.extend(cartridges);
        self
    }

    /// The clock on which things take their time; real time unless told otherwise.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// How long things take; no time unless told otherwise.
    pub fn timings(mut self, timings: Timings) -> Self {
        self.timings = timings;
        self
    }

    /// Lets things go wrong by chance, made from the [seed](Self::seed), until
    /// [`clear_faults`](SimulatedLibrary::clear_faults); never unless told otherwise. A library in a
    /// directory does not keep it, no more than planned faults.
    ///
    /// ```
    /// use rsm::device::simulated::{FaultRates, SimulatedLibrary};
    ///
    /// let one_in_a_hundred = FaultRates::OCCASIONS / 100;
    /// let library = SimulatedLibrary::builder()
    ///     .seed(7)
    ///     .random_faults(FaultRates { lost_replies: one_in_a_hundred, ..FaultRates::default() })
    ///     .build()?;
    /// # Ok::<(), rsm::device::DeviceError>(())
    /// ```
    pub fn random_faults(mut self, rates: FaultRates) -> Self {
        self.rates = Some(rates);
        self
    }

    /// Makes the library in memory. It is gone with its last reference.
    ///
    /// # Errors
    /// [`Refusal::Invalid`]: a changer with more than 65,536 elements, more cartridges than slots
    /// (in a stand-alone library: than one), a changer besides a stand-alone drive, an impossible
    /// name or bar code.
    pub fn build(mut self) -> DeviceResult<SimulatedLibrary> {
        self.settings.seed = self.seed.unwrap_or(0);
        let around = self.around();
        let world = self.world()?;
        let settings = world.settings.clone();
        let store = Store::Memory(world.into());
        SimulatedLibrary::new(Shared::new(settings, store, Contents::memory(), around))
    }

    /// Opens the library that is kept in this directory; if there is none yet, makes it.
    ///
    /// For one that is there already only the clock, the timings and the random faults of this builder
    /// count. Several processes can have it open.
    ///
    /// # Errors
    /// As [`build`](Self::build); [`Gone`](crate::device::DeviceErrorKind::Gone) when the directory
    /// cannot be used or what is in it is damaged.
    pub fn open_or_create(mut self, directory: impl AsRef<Path>) -> DeviceResult<SimulatedLibrary> {
        self.settings.seed = self.seed.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0);
        let around = self.around();
        let new = self.world()?;
        Self::open_directory(directory.as_ref(), Some(new), around)
    }

    /// Opens the library that is kept in this directory. Only the clock, the timings and
    /// the random faults of this builder count.
    ///
    /// # Errors
    /// [`Gone`](crate::device::DeviceErrorKind::Gone) when there is none, or it cannot be used.
    pub fn open(mut self, directory: impl AsRef<Path>) -> DeviceResult<SimulatedLibrary> {
        let around = self.around();
        Self::open_directory(directory.as_ref(), None, around)
    }

    fn open_directory(
        path: &Path,
        new: Option<World>,
        around: Surroundings,
    ) -> DeviceResult<SimulatedLibrary> {
        let store = Store::Directory(Directory::open(path, new)?);
        let contents = Contents::directory(path.join("cartridges")).map_err(failed)?;
        let settings = store.look(|world| Ok(world.settings.clone()))?;
        SimulatedLibrary::new(Shared::new(settings, store, contents, around))
    }

    fn around(&mut self) -> Surroundings {
        let clock = self.clock.take().unwrap_or_else(|| Arc::new(SystemClock::new()));
        Surroundings { clock, timings: self.timings, rates: self.rates }
    }

    /// The library with its cartridges in their slots.
    fn world(mut self) -> DeviceResult<World> {
        if self.settings.changers.is_empty() {
            let alone = self.settings.stand_alone;
            let plan = if alone { ChangerPlan::stand_alone() } else { ChangerPlan::default() };
            self.settings.changers.push(plan);
        }
        if self.settings.media_types.is_empty() {
            self.settings.media_types.push(LTO_ULTRIUM);
        }
        self.settings.check()?;
        let plans = self.settings.changers.clone();
        let alone = self.settings.stand_alone;
        let kind = if alone { ElementKind::Drive } else { ElementKind::Slot };
        let mut places = (0u16..).zip(&plans).flat_map(|(changer, plan)| {
            let addresses = plan.layout.range(kind).iter();
            addresses.map(move |address| Place { changer, address })
        });
        let mut world = World::new(self.settings);
        for cartridge in self.cartridges {
            let place = places.next().ok_or_else(|| {
                DeviceError::refused(Refusal::Invalid, "there are more cartridges than places")
            })?;
            let id = world.make(cartridge)?;
            if alone {
                world.put_in_by_hand(id, place)?;
            } else {
                world.put(id, place)?;
            }
        }
        Ok(world)
    }
}
