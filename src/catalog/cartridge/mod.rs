//! A physical medium together with its sides: the unit that is read, changed and stored.
//!
//! Calls load a [`Cartridge`], change it in memory by the rules of the model, and
//! [store](Transaction::store_cartridge) it. Storing writes only what differs, in statements that
//! touch no index without need, and keeps everything that follows from the change in the same
//! transaction: how searches find the sides, the counters of pools and libraries, the names that
//! logical ids go by, and the change log.

mod create;
mod exchange;
mod read;
mod release;
mod store;

pub(crate) use release::release_side;

use super::transaction::{Transaction, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    BarCodeState, Grade, Label, LibraryStanding, LogicalMediaId, MediaState, MediumFacts,
    PhysicalMediaId, PoolType, SideContext, SideEvent, SideId, SideState, Timestamp, side_after,
};

/// A medium's row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MediumRow {
    pub(crate) key: i64,
    pub(crate) id: PhysicalMediaId,
    pub(crate) pool: i64,
    pub(crate) pool_type: PoolType,
    pub(crate) media_type: i64,
    pub(crate) library: i64,
    pub(crate) place: Place,
    pub(crate) home_slot: Option<i64>,
    pub(crate) state: MediaState,
    pub(crate) enabled: bool,
    pub(crate) exclusive: bool,
    pub(crate) return_pending: bool,
    pub(crate) mounted_side: Option<u8>,
    pub(crate) bar_code: String,
    pub(crate) bar_code_state: BarCodeState,
    pub(crate) name: String,
    pub(crate) name_is_manual: bool,
    pub(crate) description: String,
    pub(crate) media_code: u32,
    pub(crate) density_code: u32,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

impl MediumRow {
    /// Whether this side is the one that is up in a drive.
    pub(crate) fn is_up(&self, number: u8) -> bool {
        self.mounted_side == Some(number)
    }

    /// What people know the medium by: its bar code, and its name where that is another.
    pub(crate) fn title(&self) -> String {
        match (self.bar_code.as_str(), self.name.as_str()) {
            ("", name) => name.to_owned(),
            (bar_code, name) if bar_code == name => bar_code.to_owned(),
            (bar_code, name) => format!("{bar_code} ({name})"),
        }
    }
}

/// Where a cartridge is, as the key of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Nowhere,
    Slot(i64),
    Drive(i64),
    Port(i64),
}

/// A side's row, with the logical medium on it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SideRow {
    pub(crate) key: i64,
    pub(crate) id: SideId,
    pub(crate) grade: Option<i64>,
    pub(crate) state: SideState,
    pub(crate) allocate_count: u32,
    pub(crate) logical: Option<LogicalRow>,
    pub(crate) mount_count: u32,
    pub(crate) capacity: i64,
    pub(crate) label: Option<Label>,
    pub(crate) pending_label: Option<Vec<u8>>,
    pub(crate) name: Option<String>,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

impl SideRow {
    /// 0 = A, 1 = B.
    pub(crate) fn number(&self) -> u8 {
        side_number(self.key)
    }
}

/// A logical medium, as part of its side's row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LogicalRow {
    pub(crate) id: LogicalMediaId,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

/// A medium and its sides in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cartridge {
    pub(crate) medium: MediumRow,
    pub(crate) sides: Vec<SideRow>,
}

/// Sides of a medium have keys from here on.
pub(crate) fn first_side_key(medium: i64) -> i64 {
    medium << 8
}

pub(crate) fn medium_key(side: i64) -> i64 {
    side >> 8
}

pub(crate) fn side_number(side: i64) -> u8 {
    (side & 0xFF) as u8
}

impl Cartridge {
    fn logical_count(&self) -> i64 {
        self.sides.iter().filter(|side| side.logical.is_some()).count() as i64
    }

    /// The state that `event` takes a side to, asked before anything of the cartridge is changed.
    ///
    /// # Errors
    /// `InvalidState` when the state machine does not permit it. Calls check their documented
    /// conditions first; this is the last guard.
    pub(crate) fn state_after(
        &self,
        number: u8,
        event: SideEvent,
        library: LibraryStanding,
    ) -> Result<SideState> {
        let siblings: Vec<SideState> = self.siblings(number).collect();
        let labelled = |own: bool| {
            let mut sides = self.sides.iter().filter(|side| (side.number() == number) == own);
            sides.any(|side| side.label.is_some())
        };
        let context = SideContext {
            exclusive: self.medium.exclusive,
            media_state: self.medium.state,
            enabled: self.medium.enabled,
            library,
            labelled: labelled(true),
            sibling_labelled: labelled(false),
            ..SideContext::at_rest(self.medium.pool_type, &siblings)
        };
        let from = self.sides.iter().find(|side| side.number() == number).map(|side| side.state);
        side_after(from, event, &context)?
            .ok_or_else(|| Error::new(ErrorKind::Internal, "a side in use cannot vanish"))
    }

    /// How the session that has a side of this medium up in a drive may find each side: what is up
    /// is hidden from others, not from it.
    pub(crate) fn grades_for_user(&self) -> impl Iterator<Item = Grade> + '_ {
        self.graded(None)
    }

    fn graded(&self, side_up: Option<u8>) -> impl Iterator<Item = Grade> + '_ {
        let facts = MediumFacts {
            enabled: self.medium.enabled,
            state: self.medium.state,
            exclusive: self.medium.exclusive,
            side_up,
            pool: self.medium.pool_type,
        };
        let states: Vec<SideState> = self.sides.iter().map(|side| side.state).collect();
        (0..states.len()).map(move |number| Grade::of_side(number, &states, &facts))
    }

    /// The states of all sides but this one.
    pub(crate) fn siblings(&self, number: u8) -> impl Iterator<Item = SideState> + '_ {
        self.sides.iter().filter(move |side| side.number() != number).map(|side| side.state)
    }
}

/// How a search may find each side, in order.
fn grades(cartridge: &Cartridge) -> Vec<Option<i64>> {
    let side_up = side_up(cartridge.medium.state, cartridge.medium.mounted_side);
    cartridge.graded(side_up).map(Grade::stored).collect()
}

/// The side that is up in a drive, whose user may still be writing.
pub(super) fn side_up(state: MediaState, mounted_side: Option<u8>) -> Option<u8> {
    let is_up = matches!(state, MediaState::Mounted | MediaState::Loaded | MediaState::Unloaded);
    mounted_side.filter(|_| is_up)
}
fn place_columns(place: Place) -> [Option<i64>; 3] {
    match place {
        Place::Nowhere => [None, None, None],
        Place::Slot(key) => [Some(key), None, None],
        Place::Drive(key) => [None, Some(key), None],
        Place::Port(key) => [None, None, Some(key)],
    }
}
