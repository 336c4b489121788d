//! ChangeNtmsMediaType: a medium changes its pool and its type.

use super::Transfer;
use crate::catalog::{Cartridge, LibraryRow, Transaction, View};
use crate::error::{Error, ErrorKind, Result};
use crate::library::{SYSTEM_ROOTS, ensure_media_type};
use crate::model::pool_matrix::retype_permitted;
use crate::model::{
    AccessModel, AccessRights, LibraryStanding, ObjectType, PhysicalMediaId, PoolId, PoolType,
    SideEvent, SideState,
};
use crate::session::Session;
use crate::session::context::{Actor, present, require_on_computer};

impl Session {
    /// Moves a medium with all its sides, and the logical media on them, to a pool, and gives it
    /// the media type of that pool: for cartridges that are recorded under a wrong type.
    ///
    /// What happens in the pool is as with [`move_to_pool`](Session::move_to_pool): in a free pool
    /// the sides get a free label, and **what was on them is lost**. A side that is Incompatible
    /// is taken as one of the new type: it is Unprepared in a free pool, Unrecognized in an
    /// unrecognized one, and else Import: nobody gets it without naming it. A library that does
    /// not list the new type lists it from then on, and missing system pools of the type are made.
    ///
    /// # Errors
    /// In the order of the checks:
    /// * `InvalidHandle`, `InvalidParameter`: the session is closed, an id is missing.
    /// * `InvalidMedia`: no such medium.
    /// * `InvalidMediaPool`: no such pool, or one that holds only pools.
    /// * `AccessDenied`: MODIFY is missing on the pool the medium is in, on the computer or on the
    ///   other pool; USE, when that is a free pool.
    /// * `LibraryOffline`: the medium is offline.
    /// * `ResourceDisabled`: the medium or its library is disabled.
    /// * `InvalidMediaPool`: media do not move from such a pool to such a pool. They go as with
    ///   `move_to_pool`, and also from unrecognized to unrecognized and from import to import
    ///   pools. Or the new type has another number of sides.
    /// * `MediaIncompatible`: the pool is a free pool, and media of its type get no free label.
    /// * `Busy`: the medium is in use or waits for a free label; a side that is to be relabelled
    ///   has not been read.
    #[doc(alias = "ChangeNtmsMediaType")]
    pub fn move_and_retype(&self, medium: PhysicalMediaId, pool: PoolId) -> Result<()> {
        self.check_open()?;
        present(medium, "the medium")?;
        present(pool, "the media pool")?;
        let context = self.context();
        let system_pools = std::array::from_fn(|_| context.ids.fresh());
        let call = Retype { medium, pool, actor: self.actor(), system_pools };
        self.write(move |transaction| call.run(transaction))
    }
}

/// One call, prepared before it is queued.
struct Retype {
    medium: PhysicalMediaId,
    pool: PoolId,
    actor: Actor,
    /// Ids for those that are missing.
    system_pools: [PoolId; SYSTEM_ROOTS.len()],
}

impl Retype {
    /// Gives the key of the medium.
    fn run(&self, transaction: &Transaction<'_>) -> Result<()> {
        let transfer = Transfer::load(transaction, self.medium, self.pool)?;
        self.check_rights(transaction, &transfer)?;
        let library = transaction.library(transfer.before.medium.library)?;
        check_library(&transfer, &library)?;
        check(&transfer)?;
        let (after, now) = (self.retyped(&transfer)?, self.actor.now);
        ensure_media_type(transaction, &library, &transfer.media_type, self.system_pools, now)?;
        transaction.store_cartridge(&transfer.before, after, now)?;
        transaction.completed(ObjectType::PhysicalMedia, self.medium);
        Ok(())
    }

    fn check_rights(&self, view: &View<'_>, transfer: &Transfer) -> Result<()> {
        let modify = AccessRights::MODIFY;
        self.actor.require_on_pool(&transfer.source, modify, modify)?;
        if self.actor.model == AccessModel::WindowsXp {
            return Ok(());
        }
        require_on_computer(view, &self.actor.caller, modify)?;
        // [D] the sources ask for nothing on the destination.
        let to_free = transfer.destination.pool_type == PoolType::Free;
        let wanted = if to_free { AccessRights::USE } else { modify };
        self.actor.require_on_pool(&transfer.destination, wanted, wanted)
    }

    fn retyped(&self, transfer: &Transfer) -> Result<Cartridge> {
        let mut after = transfer.moved(self.actor.now);
        after.medium.media_type = transfer.media_type.key;
        let before = &transfer.before;
        for (old, new) in before.sides.iter().zip(&mut after.sides) {
            if old.state == SideState::Incompatible {
                let event = SideEvent::Retyped(transfer.destination.pool_type);
                new.state = before.state_after(old.number(), event, LibraryStanding::Online)?;
            }
        }
        Ok(after)
    }
}

fn check_library(transfer: &Transfer, library: &LibraryRow) -> Result<()> {
    let fail = |kind, reason: &'static str| {
        Err(Error::new(kind, reason).about(ObjectType::Library, library.id))
    };
    if library.is_offline() {
        return fail(ErrorKind::LibraryOffline, "the medium is in no online library");
    }
    if !library.enabled {
        return fail(ErrorKind::ResourceDisabled, "the library of the medium is disabled");
    }
    if !transfer.before.medium.enabled {
        return Err(transfer.refuse(ErrorKind::ResourceDisabled, "the medium is disabled"));
    }
    Ok(())
}

/// Section 11 from row 6 on, in its order.
fn check(transfer: &Transfer) -> Result<()> {
    let Transfer { before, source, destination, media_type } = transfer;
    let permitted = transfer.is_there()
        || retype_permitted(source.pool_type, destination.pool_type, &transfer.states());
    if !permitted {
        return Err(transfer.refuse_pool("a medium like this does not move between such pools"));
    }
    // [D] a record has the sides it has.
    if usize::from(media_type.sides) != before.sides.len() {
        return Err(transfer.refuse_pool("media of the pool's type have another number of sides"));
    }
    transfer.check_fits()?;
    transfer.check_at_rest()
}
