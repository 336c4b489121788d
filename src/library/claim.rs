//! Taking a drive and a medium for a movement: the decision and the journal entry are one
//! transaction, so nobody else can decide the same.

use super::Attached;
use super::drives::{Choice, Drives};
use super::health::avoided;
use crate::catalog::{Cartridge, MovementRow, Place, Purpose, Transaction, View, side_number};
use crate::error::Result;
use crate::model::{MediaState, Timestamp};

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
    /// It was left in this other drive, and goes home first, as does what is in its own.
    Transfer { from: i64, evicting: Option<i64> },
}

impl Way {
    /// The cartridge is in the drive already.
    fn in_place(cartridge: &Cartridge, number: u8) -> Self {
        if cartridge.medium.is_up(number) { Self::InPlace } else { Self::Turn }
    }
}

/// Whether a drive could be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claiming {
    Granted(Claim),
    /// The medium or every drive is taken. Later it may be different; at this time it is, if
    /// nothing happens before.
    Wait(Option<Timestamp>),
}

impl Claiming {
    const WAIT: Self = Self::Wait(None);
}

impl From<(Choice, i64)> for Claiming {
    /// A drive was chosen for what is in this slot.
    fn from((choice, slot): (Choice, i64)) -> Self {
        match choice {
            Choice::Drive(drive, evicting) => {
                Self::Granted(Claim { drive, way: Way::Fetch { slot, evicting } })
            }
            Choice::Wait(until) => Self::Wait(until),
        }
    }
}

/// How a side could be brought up now, in the drive that is named, if one is. Takes nothing.
pub(super) fn way_to(
    view: &View<'_>,
    drives: &Drives,
    cartridge: &Cartridge,
    number: u8,
    named: Option<i64>,
) -> Result<Claiming> {
    let medium = &cartridge.medium;
    let is_taken = view.movement_of_medium(medium.key)?.is_some()
        || view.mount_of_medium(medium.key)?.is_some()
        || view.is_being_put_out(medium.key)?;
    if is_taken {
        return Ok(Claiming::WAIT);
    }
    match medium.place {
        Place::Drive(drive) => {
            if drives.left_in(drive) != Some(medium.key) {
                return Ok(Claiming::WAIT);
            }
            let Some(other) = named.filter(|named| *named != drive) else {
                let way = Way::in_place(cartridge, number);
                return Ok(Claiming::Granted(Claim { drive, way }));
            };
            Ok(match drives.choose_named(other) {
                Choice::Drive(to, evicting) => Claiming::Granted(Claim {
                    drive: to,
                    way: Way::Transfer { from: drive, evicting },
                }),
                Choice::Wait(until) => Claiming::Wait(until),
            })
        }
        Place::Slot(slot) => {
            let choice = match named {
                Some(drive) => drives.choose_named(drive),
                None => {
                    let avoided = avoided(view, medium.key, drives.now())?;
                    drives.choose(view.slot(slot)?.changer, &avoided)
                }
            };
            Ok((choice, slot).into())
        }
        Place::Port(_) | Place::Nowhere => Ok(Claiming::WAIT),
    }
}

/// The way that a claim in the journal stands for.
pub(super) fn way_of(
    view: &View<'_>,
    drive: i64,
    cartridge: &Cartridge,
    side: i64,
) -> Result<Option<Way>> {
    let evicting = view.medium_in_drive(drive)?;
    Ok(match cartridge.medium.place {
        Place::Drive(at) if at == drive => Some(Way::in_place(cartridge, side_number(side))),
        Place::Drive(from) => Some(Way::Transfer { from, evicting }),
        Place::Slot(slot) => Some(Way::Fetch { slot, evicting }),
        Place::Port(_) | Place::Nowhere => None,
    })
}

impl Drives {
    /// Takes what a claim needs. The claim was found with these drives, in this transaction.
    pub(super) fn claim(
        &mut self,
        transaction: &Transaction<'_>,
        claim: Claim,
        before: &Cartridge,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<()> {
        let (library, medium) = (before.medium.library, before.medium.key);
        self.begin(transaction, claim, (library, Some(medium)), purpose, now)?;
        let mut after = before.clone();
        after.medium.state = MediaState::InUse;
        transaction.store_cartridge(before, after, now)
    }

    /// The same, for planning only.
    pub(super) fn take_for(&mut self, claim: &Claim) {
        self.take(claim.drive);
        if let Way::Transfer { from, .. } = claim.way {
            self.take(from);
        }
    }

    fn begin(
        &mut self,
        transaction: &Transaction<'_>,
        claim: Claim,
        (library, medium): (i64, Option<i64>),
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<()> {
        let slot = match claim.way {
            Way::Fetch { slot, .. } => Some(slot),
            Way::InPlace | Way::Turn | Way::Transfer { .. } => None,
        };
        let row = MovementRow { drive: claim.drive, library, medium, slot, purpose };
        transaction.begin_movement(&row, now)?;
        if let Way::Transfer { from, .. } = claim.way {
            let row = MovementRow { drive: from, library, medium: None, slot: None, purpose };
            transaction.begin_movement(&row, now)?;
        }
        self.take_for(&claim);
        Ok(())
    }

    /// Takes a drive for whatever is in a slot.
    pub(super) fn claim_slot(
        &mut self,
        transaction: &Transaction<'_>,
        library: i64,
        slot: i64,
        now: Timestamp,
    ) -> Result<Claiming> {
        if transaction.movement_of_slot(slot)?.is_some() {
            return Ok(Claiming::WAIT);
        }
        let purpose = Purpose::Identify;
        if let Some(medium) = transaction.medium_in_slot(slot)? {
            let before = transaction.cartridge(medium)?;
            let claiming = way_to(transaction, self, &before, 0, None)?;
            if let Claiming::Granted(claim) = claiming {
                self.claim(transaction, claim, &before, purpose, now)?;
            }
            return Ok(claiming);
        }
        let claiming = (self.choose(transaction.slot(slot)?.changer, &[]), slot).into();
        if let Claiming::Granted(claim) = claiming {
            self.begin(transaction, claim, (library, None), purpose, now)?;
        }
        Ok(claiming)
    }
}

/// Gives back what was taken, before anything was moved.
pub(super) fn relinquish(
    transaction: &Transaction<'_>,
    drive: i64,
    medium: Option<i64>,
    now: Timestamp,
) -> Result<()> {
    if let Some(medium) = medium {
        let before = transaction.cartridge(medium)?;
        let mut after = before.clone();
        after.medium.state = MediaState::Idle;
        crate::catalog::finish_pending_return(transaction, &mut after)?;
        transaction.store_cartridge(&before, after, now)?;
        if let Place::Drive(from) = before.medium.place
            && from != drive
        {
            transaction.end_movement(from)?;
        }
    }
    transaction.end_movement(drive)
}

impl Attached {
    /// Gives back what was taken, before anything was moved.
    pub(super) fn relinquish(&self, drive: i64, medium: Option<i64>) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| relinquish(transaction, drive, medium, now))
    }
}
