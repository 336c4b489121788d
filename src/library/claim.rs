//! Taking a drive and a medium for a movement: the decision and the journal entry are one
//! transaction, so nobody else can decide the same.

use super::Attached;
use super::drives::DrivesNow;
use super::plan::{Claim, Plan, Spot, Wanted, Way};
use super::queue::spot;
use crate::catalog::{Cartridge, MovementRow, Place, Purpose, Transaction, View, side_number};
use crate::error::Result;
use crate::model::{MediaState, Timestamp};

/// Whether a drive could be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claiming {
    Granted(Claim),
    /// The medium or every drive is taken. Later it may be different; at this time it is, if
    /// nothing happens before.
    Wait(Option<Timestamp>),
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
        Place::Drive(at) if at == drive && cartridge.medium.is_up(side_number(side)) => {
            Some(Way::InPlace)
        }
        Place::Drive(at) if at == drive => Some(Way::Turn),
        Place::Drive(from) => Some(Way::Transfer { from, evicting }),
        Place::Slot(slot) => Some(Way::Fetch { slot, evicting }),
        Place::Port(_) | Place::Nowhere => None,
    })
}

/// Takes what a claim needs. The claim was found in this transaction.
pub(super) fn record_claim(
    transaction: &Transaction<'_>,
    claim: Claim,
    before: &Cartridge,
    purpose: Purpose,
    now: Timestamp,
) -> Result<()> {
    let (library, medium) = (before.medium.library, before.medium.key);
    begin(transaction, claim, (library, Some(medium)), purpose, now)?;
    let mut after = before.clone();
    after.medium.state = MediaState::InUse;
    transaction.store_cartridge(before, after, now)
}

fn begin(
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
    Ok(())
}

/// Takes a drive for whatever is in a slot, to find out what it is.
pub(super) fn claim_slot(
    transaction: &Transaction<'_>,
    library: i64,
    slot: i64,
    now: Timestamp,
) -> Result<Claiming> {
    if transaction.movement_of_slot(slot)?.is_some() {
        return Ok(Claiming::Wait(None));
    }
    let medium = transaction.medium_in_slot(slot)?;
    let before = medium.map(|medium| transaction.cartridge(medium)).transpose()?;
    let at = match &before {
        None => Some(Spot::Slot { slot, changer: transaction.slot(slot)?.changer }),
        Some(cartridge) => {
            let seen = transaction.wanted_medium(cartridge.medium.id)?;
            let seen = seen.filter(|seen| !seen.is_moving && !seen.is_in_use);
            seen.and_then(|seen| spot(&seen, 0))
        }
    };
    let Some(at) = at else { return Ok(Claiming::Wait(None)) };
    let avoided = match medium {
        Some(medium) => super::health::avoided(transaction, medium, now)?,
        None => Vec::new(),
    };
    let (own, named) = (Vec::new(), None);
    let mut plan = Plan::new(DrivesNow::read(transaction, library, now)?.drives);
    plan.offer(&[Wanted { request: slot, medium, spot: at, named, own, avoided }]);
    let Some(grant) = plan.grants.first() else { return Ok(Claiming::Wait(plan.until)) };
    let purpose = Purpose::Identify;
    match &before {
        Some(before) => record_claim(transaction, grant.claim, before, purpose, now)?,
        None => begin(transaction, grant.claim, (library, None), purpose, now)?,
    }
    Ok(Claiming::Granted(grant.claim))
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
