//! A stand-alone library: one drive that people serve.
//!
//! Nothing is moved here. What people put in is read in place, and what they took out has left by
//! the leave rule. The [look](look) at the drive is made by one of the crew when somebody watches
//! the library, when an inventory is taken, and when what is inside is in doubt. The one port of
//! the library is the mouth of the drive: what was ejected lies there, Full and Extended, until
//! somebody takes it.

mod eject;
mod examine;
mod hold;
mod inject;
mod look;
mod sight;
mod taken;
mod tend;

use parking_lot::Mutex;

pub(crate) use eject::AfterEject;
pub(in crate::library) use look::Looked;
pub(in crate::library) use sight::Look;
pub(in crate::library) use taken::{Mouth, set_mouth};
use tend::Tending;

use super::Attached;
use super::units::DriveUnit;
use crate::error::{Error, ErrorKind, Result};

/// What is remembered of a library whose drive people serve. The lock is held for a few
/// instructions.
#[derive(Debug, Default)]
pub(in crate::library) struct ByHand {
    tending: Mutex<Tending>,
}

impl Attached {
    pub(super) fn is_stand_alone(&self) -> bool {
        self.by_hand.is_some()
    }

    /// The one drive of a stand-alone library.
    fn only_drive(&self) -> Result<&DriveUnit> {
        self.drives.first().ok_or_else(|| Error::from(ErrorKind::Internal))
    }
}
