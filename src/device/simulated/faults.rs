//! What is to go wrong.

use super::{CartridgeId, Place};
use crate::device::{Attention, DeviceErrorKind, Position};

/// Something that goes wrong in a simulated library.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This place on a medium cannot be read or written.
    MediumError {
        /// The cartridge.
        cartridge: CartridgeId,
        /// Its side, 0 or 1.
        side: u8,
        /// The bad block.
        position: Position,
    },
    /// A drive fails to load; the cartridge stays in it, not loaded.
    LoadFails {
        /// Where the drive is.
        drive: Place,
        /// How it fails.
        kind: DeviceErrorKind,
    },
    /// A move fails; the cartridge stays where it was.
    MoveFails {
        /// The changer.
        changer: u16,
        /// How it fails.
        kind: DeviceErrorKind,
    },
    /// A move is done, and the answer is lost.
    LostReply {
        /// The changer.
        changer: u16,
    },
    /// The changer has something to tell before it does anything else.
    ChangerAttention {
        /// The changer.
        changer: u16,
        /// What it tells.
        attention: Attention,
    },
    /// A drive has something to tell before it does anything else.
    DriveAttention {
        /// Where the drive is.
        drive: Place,
        /// What it tells.
        attention: Attention,
    },
}

/// The faults that are still to come, in the order they were planned.
#[derive(Debug, Default)]
pub(super) struct FaultPlan {
    planned: Vec<Planned>,
}

#[derive(Debug)]
struct Planned {
    fault: Fault,
    once: bool,
}

impl FaultPlan {
    pub(super) fn add(&mut self, fault: Fault, once: bool) {
        self.planned.push(Planned { fault, once });
    }

    pub(super) fn clear(&mut self) {
        self.planned.clear();
    }

    /// The first fault that `matches`; one that is to happen once is struck off.
    pub(super) fn take<T>(&mut self, matches: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        let mut hits = self.planned.iter().enumerate();
        let (index, found, once) =
            hits.find_map(|(i, p)| matches(&p.fault).map(|found| (i, found, p.once)))?;
        if once {
            self.planned.remove(index);
        }
        Some(found)
    }
}
