//! Taking a drive and a medium for a movement: the decision and the journal entry are one
//! transaction, so nobody else can decide the same.

use super::Attached;
use super::plan::{Claim, Spot, Wanted, Way};
use super::queue::spot;
use crate::catalog::{Cartridge, MovementRow, Place, Purpose, Transaction, View, side_number};
use crate::error::Result;
use crate::model::{MediaState, Timestamp};

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

/// What is in a slot, as it is wanted for a request that is to find out what it is; none while
/// somebody uses it.
pub(super) fn wanted_in_slot(
    view: &View<'_>,
    request: i64,
    slot: i64,
    now: Timestamp,
) -> Result<Option<Wanted>> {
    if view.movement_of_slot(slot)?.is_some() {
        return Ok(None);
    }
    let (own, named) = (Vec::new(), None);
    let Some(medium) = view.medium_in_slot(slot)? else {
        let spot = Spot::Slot { slot, changer: view.slot(slot)?.changer };
        return Ok(Some(Wanted { request, medium: None, spot, named, own, avoided: Vec::new() }));
    };
    let seen = view.wanted_medium(view.cartridge(medium)?.medium.id)?;
    let seen = seen.filter(|seen| !seen.is_moving && !seen.is_in_use);
    let Some(spot) = seen.and_then(|seen| spot(&seen, 0)) else { return Ok(None) };
    let avoided = super::health::avoided(view, medium, now)?;
    Ok(Some(Wanted { request, medium: Some(medium), spot, named, own, avoided }))
}

/// Takes a drive, and what is in a slot, to find out what it is.
pub(super) fn record_reading(
    transaction: &Transaction<'_>,
    claim: Claim,
    (library, medium): (i64, Option<i64>),
    now: Timestamp,
) -> Result<()> {
    let purpose = Purpose::Identify;
    match medium {
        Some(medium) => {
            record_claim(transaction, claim, &transaction.cartridge(medium)?, purpose, now)
        }
        None => begin(transaction, claim, (library, None), purpose, now),
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
