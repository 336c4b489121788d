//! A library that is not there: for developing and testing an application with no hardware.
//!
//! A [`SimulatedLibrary`] has changers, drives, slots, ports and cartridges that behave as real
//! ones do: a loaded cartridge cannot be taken out, writing on a tape cuts off what follows, a tape
//! ends. It lives in memory, or in a directory that several processes can open and that survives
//! being killed at any moment. Nothing in it is random but what comes from its seed.
//!
//! - What it is made of: [`ChangerLayout`], [doors](SimulatedLibraryBuilder::door),
//!   [ports](SimulatedLibraryBuilder::port), [magazines](SimulatedLibraryBuilder::magazine),
//!   [drives of several kinds](SimulatedLibraryBuilder::drives), or one
//!   [stand-alone drive](SimulatedLibraryBuilder::stand_alone).
//! - What is in it: [`Cartridge`]s with one side or two, that are rewritable, written once, or
//!   [clean drives](Cartridge::cleaner).
//! - What people do to it: [`Hands`].
//! - What goes wrong: each [`Fault`] that is [planned](SimulatedLibrary::inject), or those that come
//!   [by chance](SimulatedLibraryBuilder::random_faults).
//! - How long it takes: [`Timings`], those of real libraries among them, on any
//!   [clock](SimulatedLibraryBuilder::clock).
//!
//! ```
//! use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
//! use rsm::device::{ElementKind, LibraryDevice, ReadOutcome};
//!
//! let library = SimulatedLibrary::builder()
//!     .changer(ChangerLayout { slots: 4, drives: 1, ..ChangerLayout::default() })
//!     .cartridge(Cartridge::with_bar_code("A00001L8").capacity(1 << 20))
//!     .build()?;
//! let (changers, drives) = (library.changers(), library.drives());
//! let (changer, drive) = (&changers[0], &drives[0]);
//!
//! let geometry = changer.geometry()?;
//! changer.move_medium(geometry.slots.first, geometry.drives.first, false)?;
//! drive.load()?;
//! let mut medium = drive.open()?;
//! medium.write_block(b"hello")?;
//! medium.write_filemarks(1)?;
//! medium.rewind()?;
//! let mut buffer = [0; 64];
//! assert_eq!(medium.read_block(&mut buffer)?, ReadOutcome::Block(5));
//! assert_eq!(medium.read_block(&mut buffer)?, ReadOutcome::Filemark);
//!
//! let drive_element = &changer.element_status(ElementKind::Drive, geometry.drives.first, 1)?[0];
//! assert_eq!(drive_element.volume_tag.text(), Some("A00001L8"));
//! # Ok::<(), rsm::device::DeviceError>(())
//! ```

mod builder;
mod builder_parts;
mod cartridge;
mod changer;
mod contents;
mod doors;
mod drive;
mod fault_plan;
mod fault_rates;
mod faults;
mod frame;
mod hands;
mod layout;
mod loaded;
mod magazines;
mod medium_io;
mod moves;
mod plan_text;
mod ports;
mod power;
mod reach;
mod robot;
mod service;
mod settings;
mod shared;
mod stand_alone;
mod status;
mod store;
mod tape;
mod text;
mod timings;
mod upkeep;
mod words;
mod world;

use std::path::Path;
use std::sync::Arc;

pub use builder::SimulatedLibraryBuilder;
pub use cartridge::{Cartridge, CartridgeId};
pub use fault_rates::FaultRates;
pub use faults::Fault;
pub use hands::{Hands, Seen};
pub use layout::{ChangerLayout, DoorLayout, DriveLayout, PortLayout};
pub use settings::Place;
pub use timings::{ScanColumn, Timings, Travel};

use super::{Changer, DeviceResult, Drive, LibraryDevice, LibraryIdentity, LibraryKind};
use crate::clock::Signal;
use changer::SimulatedChanger;
use drive::SimulatedDrive;
use shared::Shared;

/// A library that is not there. See the [module](self).
///
/// A clone is another reference to the same library. Dropping the last one of a library in memory
/// ends it with all its contents; one in a directory stays.
#[derive(Clone, Debug)]
pub struct SimulatedLibrary {
    shared: Arc<Shared>,
}

impl SimulatedLibrary {
    fn new(shared: Shared) -> DeviceResult<Self> {
        shared.know_loads()?;
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Begins to make one.
    pub fn builder() -> SimulatedLibraryBuilder {
        SimulatedLibraryBuilder::default()
    }

    /// Opens the library that is kept in this directory, on the real clock and taking no time.
    ///
    /// # Errors
    /// [`Gone`](super::DeviceErrorKind::Gone) when there is none, or it cannot be used.
    pub fn open(directory: impl AsRef<Path>) -> DeviceResult<Self> {
        Self::builder().open(directory)
    }

    /// What people can do to it.
    pub fn hands(&self) -> Hands {
        Hands::new(&self.shared)
    }

    /// Lets something go wrong the next time there is an occasion. Faults are planned in this
    /// process only, and happen in the order they were planned.
    pub fn inject(&self, fault: Fault) {
        self.inject_times(fault, 1);
    }

    /// Lets something go wrong so many times, on the next occasions.
    pub fn inject_times(&self, fault: Fault, times: u32) {
        self.shared.faults.lock().add(fault, Some(times));
    }

    /// Lets something go wrong every time, until [`clear_faults`](Self::clear_faults).
    pub fn inject_always(&self, fault: Fault) {
        self.shared.faults.lock().add(fault, None);
    }

    /// Nothing more is to go wrong, neither by plan nor
    /// [by chance](SimulatedLibraryBuilder::random_faults).
    pub fn clear_faults(&self) {
        self.shared.faults.lock().clear();
    }

    /// Where its drives are, by changer and address.
    pub fn drive_places(&self) -> Vec<Place> {
        self.shared.drives.keys().copied().collect()
    }
}

impl LibraryDevice for SimulatedLibrary {
    fn identity(&self) -> LibraryIdentity {
        let settings = &self.shared.settings;
        LibraryIdentity {
            key: settings.key(),
            name: settings.name.clone(),
            kind: if settings.stand_alone { LibraryKind::StandAlone } else { LibraryKind::Robotic },
        }
    }

    fn changers(&self) -> Vec<Arc<dyn Changer>> {
        let robots = self.shared.robots.iter().filter(|_| !self.shared.settings.stand_alone);
        let numbers = (0u16..).zip(robots);
        let changer = |number| SimulatedChanger { shared: Arc::clone(&self.shared), number };
        numbers.map(|(number, _)| Arc::new(changer(number)) as Arc<dyn Changer>).collect()
    }

    /// Last drive first: who goes by the order instead of the serial number notices at once.
    fn drives(&self) -> Vec<Arc<dyn Drive>> {
        let places = self.shared.drives.keys().rev();
        let drive = |place: &Place| SimulatedDrive::at(&self.shared, *place);
        places.map(|place| Arc::new(drive(place)) as Arc<dyn Drive>).collect()
    }

    fn media_types(&self) -> Vec<u32> {
        let settings = &self.shared.settings;
        let mut all = settings.media_types.clone();
        for code in settings
            .changers
            .iter()
            .flat_map(|plan| &plan.drives)
            .flat_map(|some| &some.media_types)
        {
            if !all.contains(code) {
                all.push(*code);
            }
        }
        all
    }

    fn changes(&self) -> Option<Arc<Signal>> {
        Some(Arc::clone(&self.shared.changes))
    }
}
