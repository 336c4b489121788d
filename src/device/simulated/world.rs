//! Where every cartridge is.
//!
//! Plain data, changed by pure functions; whoever holds it decides where it is kept. Every function
//! that can fail checks first and then changes, so that an error leaves everything as it was.

use super::cartridge::{Kind, Marks, check_bar_code};
use super::frame::Frame;
use super::settings::Settings;
use super::{Cartridge, CartridgeId, Place};
use crate::device::{
    DeviceError, DeviceErrorKind, DeviceResult, ElementAddress, Refusal, VolumeTag,
};

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) settings: Settings,
    /// For each changer, by address: the number of the cartridge, counted from 1.
    cells: Vec<Vec<u32>>,
    kinds: Vec<Kind>,
    pub(super) records: Vec<Record>,
    /// For each changer.
    pub(super) frames: Vec<Frame>,
    /// How many loads there have been, to tell one from another.
    pub(super) loads: u32,
}

/// One cartridge.
#[derive(Clone, Debug)]
pub(super) struct Record {
    kind: u32,
    pub(super) bar_code: VolumeTag,
    pub(super) write_protected: bool,
    pub(super) uses: u32,
    pub(super) spot: Spot,
}

/// Where a cartridge is and how it lies there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spot {
    /// `None`: outside of the library.
    pub place: Option<Place>,
    /// The slot or port it last came from.
    pub source: Option<ElementAddress>,
    /// Side 1 is where side 0 was when the cartridge was made.
    pub turned: bool,
    /// It was turned over since it left `source`.
    pub turned_since: bool,
    /// The number of the load, when it is loaded in a drive.
    pub loaded: Option<u32>,
    /// A person put it where it is.
    pub by_hand: bool,
    /// It cleans the drive it lies in, or has done so.
    pub cleaning: bool,
}

impl World {
    pub(super) fn new(settings: Settings) -> Self {
        let cells = settings
            .changers
            .iter()
            .map(|plan| vec![0; usize::try_from(plan.layout.elements()).unwrap_or(0)])
            .collect();
        let frames = settings.changers.iter().map(Frame::of).collect();
        let (kinds, records) = (Vec::new(), Vec::new());
        Self { settings, cells, kinds, records, frames, loads: 0 }
    }

    /// Makes a cartridge, which is outside of the library.
    pub(super) fn make(&mut self, cartridge: Cartridge) -> DeviceResult<CartridgeId> {
        let usual = self.settings.media_types.first().copied().unwrap_or_default();
        let (kind, marks) = cartridge.into_parts(usual)?;
        self.add(kind, marks)
    }

    pub(super) fn add(&mut self, kind: Kind, marks: Marks) -> DeviceResult<CartridgeId> {
        let full = || DeviceError::refused(Refusal::Invalid, "too many cartridges");
        // The cell of a cartridge holds its number plus one.
        let id = u32::try_from(self.records.len()).ok().filter(|id| *id < u32::MAX);
        let id = CartridgeId(id.ok_or_else(full)?);
        let kind = match self.kinds.iter().position(|k| *k == kind) {
            Some(known) => known,
            None => {
                self.kinds.push(kind);
                self.kinds.len() - 1
            }
        };
        let kind = u32::try_from(kind).map_err(|_| full())?;
        let spot = Spot::default();
        let Marks { bar_code, write_protected, uses } = marks;
        self.records.push(Record { kind, bar_code, write_protected, uses, spot });
        Ok(id)
    }

    /// Every cartridge.
    pub(super) fn ids(&self) -> impl Iterator<Item = (CartridgeId, &Record)> {
        (0u32..).map(CartridgeId).zip(&self.records)
    }

    pub(super) fn record(&self, id: CartridgeId) -> DeviceResult<&Record> {
        self.records.get(id.0 as usize).ok_or_else(|| no_such_cartridge(id))
    }

    pub(super) fn record_mut(&mut self, id: CartridgeId) -> DeviceResult<&mut Record> {
        self.records.get_mut(id.0 as usize).ok_or_else(|| no_such_cartridge(id))
    }

    pub(super) fn kind(&self, record: &Record) -> DeviceResult<Kind> {
        let kind = self.kinds.get(record.kind as usize).copied();
        kind.ok_or_else(|| DeviceError::refused(Refusal::Invalid, "unknown kind of cartridge"))
    }

    /// What lies in an element; an error where there is no such element.
    pub(super) fn cartridge_at(&self, place: Place) -> DeviceResult<Option<CartridgeId>> {
        let cells = self.cells.get(usize::from(place.changer));
        let cell = cells.and_then(|cells| cells.get(usize::from(place.address.0)));
        let number = cell.ok_or_else(|| no_such_element(place))?;
        Ok(number.checked_sub(1).map(CartridgeId))
    }

    /// Puts a cartridge that is outside into an element.
    pub(super) fn put(&mut self, id: CartridgeId, place: Place) -> DeviceResult<()> {
        if self.record(id)?.spot.place.is_some() {
            return Err(DeviceError::refused(
                Refusal::Invalid,
                format!("cartridge {} is in the library already", id.0),
            ));
        }
        if self.cartridge_at(place)?.is_some() {
            return Err(full(place));
        }
        self.set_cell(place, id.0 + 1);
        self.record_mut(id)?.spot.place = Some(place);
        Ok(())
    }

    /// Whether what is in an element, if anything, can be taken out. Returns what it is.
    pub(super) fn check_take(&self, place: Place) -> DeviceResult<Option<CartridgeId>> {
        let id = self.cartridge_at(place)?;
        if let Some(id) = id
            && self.record(id)?.spot.loaded.is_some()
        {
            return Err(DeviceError::refused(
                Refusal::NotAccessible,
                "the cartridge is loaded in a drive: unload it first",
            ));
        }
        Ok(id)
    }

    /// Takes a cartridge out of an element.
    pub(super) fn take(&mut self, place: Place) -> DeviceResult<CartridgeId> {
        let id = self.check_take(place)?.ok_or_else(|| empty(place))?;
        self.set_cell(place, 0);
        let spot = &mut self.record_mut(id)?.spot;
        (spot.place, spot.cleaning) = (None, false);
        Ok(id)
    }

    fn set_cell(&mut self, place: Place, number: u32) {
        let cells = self.cells.get_mut(usize::from(place.changer));
        if let Some(cell) = cells.and_then(|cells| cells.get_mut(usize::from(place.address.0))) {
            *cell = number;
        }
    }

    /// Puts a cartridge into an element by hand.
    pub(super) fn put_by_hand(&mut self, id: CartridgeId, place: Place) -> DeviceResult<()> {
        self.put(id, place)?;
        let spot = &mut self.record_mut(id)?.spot;
        *spot = Spot { source: None, turned_since: false, by_hand: true, ..*spot };
        self.arrived(id, place)
    }

    /// Loads what lies in a drive. Returns the number of the load.
    pub(super) fn load(&mut self, drive: Place) -> DeviceResult<u32> {
        let id = self.cartridge_at(drive)?.ok_or_else(no_medium)?;
        let loads = self.loads.wrapping_add(1);
        let spot = &mut self.record_mut(id)?.spot;
        if let Some(load) = spot.loaded {
            return Ok(load);
        }
        spot.loaded = Some(loads);
        self.loads = loads;
        self.wear(drive)?;
        Ok(loads)
    }

    /// Unloads what lies in a drive.
    pub(super) fn unload(&mut self, drive: Place) -> DeviceResult<()> {
        let id = self.cartridge_at(drive)?.ok_or_else(no_medium)?;
        self.record_mut(id)?.spot.loaded = None;
        Ok(())
    }

    /// Puts a cartridge back where a saved state says it was.
    pub(super) fn restore(&mut self, id: CartridgeId, spot: Spot) -> DeviceResult<()> {
        if let VolumeTag::Read(text) = &self.record(id)?.bar_code {
            check_bar_code(text)?;
        }
        if let Some(place) = spot.place {
            self.put(id, place)?;
        }
        self.record_mut(id)?.spot = spot;
        Ok(())
    }
}

pub(super) fn no_medium() -> DeviceError {
    DeviceError::new(DeviceErrorKind::NoMedium, "there is no cartridge in the drive")
}

pub(super) fn no_such_element(place: Place) -> DeviceError {
    let Place { changer, address } = place;
    DeviceError::refused(
        Refusal::NoSuchElement,
        format!("changer {changer} has no element {address}"),
    )
}

fn no_such_cartridge(id: CartridgeId) -> DeviceError {
    DeviceError::refused(Refusal::Invalid, format!("there is no cartridge {}", id.0))
}

pub(super) fn empty(place: Place) -> DeviceError {
    DeviceError::refused(Refusal::SourceEmpty, format!("element {} is empty", place.address))
}

pub(super) fn full(place: Place) -> DeviceError {
    DeviceError::refused(
        Refusal::DestinationFull,
        format!("element {} holds a cartridge", place.address),
    )
}
