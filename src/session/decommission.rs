//! DecommissionNtmsMedia: retires one side for good.

use super::Session;
use super::context::{Actor, present};
use crate::catalog::{Transaction, medium_key};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AccessRights, LibraryStanding, ObjectType, SideEvent, SideId, SideState};

impl Session {
    /// Retires an Available side: it can never be allocated again, and no call takes it out of
    /// that state. Other sides of the medium stay usable.
    ///
    /// # Errors
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, the id is missing.
    /// * `InvalidMedia`: no such side (the id of a logical medium is not accepted).
    /// * `AccessDenied`: CONTROL is missing on the pool.
    /// * `InvalidState`: the side is not Available, or its medium is disabled.
    #[doc(alias = "DecommissionNtmsMedia")]
    pub fn decommission_side(&self, side: SideId) -> Result<()> {
        self.check_open()?;
        present(side, "the side")?;
        let actor = self.actor();
        self.context().catalog.write(move |transaction| decommission(transaction, &actor, side))
    }
}

fn decommission(transaction: &Transaction<'_>, actor: &Actor, side: SideId) -> Result<()> {
    let fail = |kind, reason: &'static str| Error::new(kind, reason).about(ObjectType::Side, side);
    let key =
        transaction.side_key(side)?.ok_or_else(|| fail(ErrorKind::InvalidMedia, "no such side"))?;
    let before = transaction.cartridge(medium_key(key))?;
    let pool = transaction.pool(before.medium.pool)?;
    actor.require_on_pool(&pool, AccessRights::CONTROL, AccessRights::MODIFY)?;
    let mut after = before.clone();
    for row in after.sides.iter_mut().filter(|row| row.key == key) {
        if row.state != SideState::Available {
            return Err(fail(ErrorKind::InvalidState, "the side is not Available"));
        }
        if !before.medium.enabled {
            return Err(fail(ErrorKind::InvalidState, "the medium is disabled"));
        }
        let event = SideEvent::Decommissioned;
        row.state = before.state_after(row.number(), event, LibraryStanding::Offline)?;
    }
    transaction.store_cartridge(&before, after, actor.now)
}
