//! Taking a drive and a medium for a movement: the decision and the journal entry are one
//! transaction, so nobody else can decide the same.

use std::sync::Arc;

use super::Attached;
use crate::catalog::{Cartridge, DriveRow, MovementRow, Place, Purpose, Transaction, View};
use crate::error::Result;
use crate::model::{DriveState, MediaState, OperationalState, Timestamp};

/// A drive, and what is to happen in it, that nobody else touches until the movement ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(super) drive: i64,
    pub(super) way: Way,
}

/// How the cartridge gets into the drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It is there, with the right side up.
    InPlace,
    /// It is there, with the wrong side up.
    Turn,
    /// It is in this slot; another medium that is in the drive goes home first.
    Fetch { slot: i64, evicting: Option<i64> },
}

/// Whether a drive could be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claiming {
    Granted(Claim),
    /// The medium or every drive is taken. Later it may be different; at this time it is, if
    /// nothing happens before.
    Wait(Option<Timestamp>),
}

/// What deciding about drives takes: the library and those of its drives that answer.
#[derive(Clone, Debug)]
pub(crate) struct Claims {
    library: i64,
    drives: Arc<[i64]>,
}

impl Claims {
    pub(super) fn new(library: i64, drives: impl Iterator<Item = i64>) -> Self {
        Self { library, drives: drives.collect() }
    }

    /// Takes a drive for one side of a medium.
    pub(crate) fn claim_side(
        &self,
        transaction: &Transaction<'_>,
        before: &Cartridge,
        number: u8,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<Claiming> {
        let medium = &before.medium;
        if transaction.movement_of_medium(medium.key)?.is_some()
            || transaction.mount_of_medium(medium.key)?.is_some()
        {
            return Ok(Claiming::Wait(None));
        }
        let claim = match medium.place {
            Place::Drive(drive) => {
                let row = transaction.drive(drive)?;
                if !self.is_in_service(&row) || transaction.movement_of_drive(drive)?.is_some() {
                    return Ok(Claiming::Wait(None));
                }
                let is_up = medium.mounted_side == Some(number);
                Claim { drive, way: if is_up { Way::InPlace } else { Way::Turn } }
            }
            Place::Slot(slot) => match self.choose_drive(transaction, slot, now)? {
                Choice::Drive(drive, evicting) => {
                    Claim { drive, way: Way::Fetch { slot, evicting } }
                }
                Choice::Wait(until) => return Ok(Claiming::Wait(until)),
            },
            Place::Port(_) | Place::Nowhere => return Ok(Claiming::Wait(None)),
        };
        self.begin(transaction, claim, Some(medium.key), purpose, now)?;
        let mut after = before.clone();
        after.medium.state = MediaState::InUse;
        transaction.store_cartridge(before, after, now)?;
        Ok(Claiming::Granted(claim))
    }

    /// Takes a drive for whatever is in a slot.
    pub(super) fn claim_slot(
        &self,
        transaction: &Transaction<'_>,
        slot: i64,
        now: Timestamp,
    ) -> Result<Claiming> {
        if transaction.movement_of_slot(slot)?.is_some() {
            return Ok(Claiming::Wait(None));
        }
        if let Some(medium) = transaction.medium_in_slot(slot)? {
            let before = transaction.cartridge(medium)?;
            return self.claim_side(transaction, &before, 0, Purpose::Identify, now);
        }
        let claim = match self.choose_drive(transaction, slot, now)? {
            Choice::Drive(drive, evicting) => Claim { drive, way: Way::Fetch { slot, evicting } },
            Choice::Wait(until) => return Ok(Claiming::Wait(until)),
        };
        self.begin(transaction, claim, None, Purpose::Identify, now)?;
        Ok(Claiming::Granted(claim))
    }

    fn begin(
        &self,
        transaction: &Transaction<'_>,
        claim: Claim,
        medium: Option<i64>,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<()> {
        let slot = match claim.way {
            Way::Fetch { slot, .. } => Some(slot),
            Way::InPlace | Way::Turn => None,
        };
        let row = MovementRow { drive: claim.drive, library: self.library, medium, slot, purpose };
        transaction.begin_movement(&row, now)
    }

    /// Whether a drive can be used, apart from what is in it now.
    pub(crate) fn is_in_service(&self, row: &DriveRow) -> bool {
        row.enabled
            && row.operational_state == OperationalState::Ready
            && self.drives.contains(&row.key)
    }

    /// The lowest-numbered empty drive that reaches the slot; else, of those whose medium is
    /// nobody's and has stayed long enough, the one that has waited longest.
    fn choose_drive(&self, view: &View<'_>, slot: i64, now: Timestamp) -> Result<Choice> {
        let changer = view.slot(slot)?.changer;
        let mut longest: Option<(Timestamp, i64, i64)> = None;
        let mut until: Option<Timestamp> = None;
        for row in view.drives_of_library(self.library)? {
            let is_free = row.changer == Some(changer)
                && self.is_in_service(&row)
                && view.movement_of_drive(row.key)?.is_none();
            if !is_free {
                continue;
            }
            let inside = view.medium_in_drive(row.key)?;
            match (row.state, inside) {
                (DriveState::Dismounted, None) => return Ok(Choice::Drive(row.key, None)),
                (DriveState::Dismountable, Some(medium)) => {
                    let since = row.deferred_since.unwrap_or_default();
                    let delay = std::time::Duration::from_secs(u64::from(row.defer_delay));
                    let over = since.saturating_add(delay);
                    if over > now {
                        until = Some(until.map_or(over, |until| until.min(over)));
                    } else if longest.is_none_or(|(first, ..)| since < first) {
                        longest = Some((since, row.key, medium));
                    }
                }
                _ => {}
            }
        }
        Ok(match longest {
            Some((_, drive, medium)) => Choice::Drive(drive, Some(medium)),
            None => Choice::Wait(until),
        })
    }
}

impl Attached {
    /// Gives back what was taken, before anything was moved.
    pub(super) fn relinquish(&self, drive: i64, medium: Option<i64>) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            if let Some(medium) = medium {
                let before = transaction.cartridge(medium)?;
                let mut after = before.clone();
                after.medium.state = MediaState::Idle;
                crate::catalog::finish_pending_return(transaction, &mut after)?;
                transaction.store_cartridge(&before, after, now)?;
            }
            transaction.end_movement(drive)
        })
    }
}

enum Choice {
    /// A drive, and the medium to be put away first.
    Drive(i64, Option<i64>),
    Wait(Option<Timestamp>),
}
