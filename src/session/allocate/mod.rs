//! AllocateNtmsMedia: gives the caller one side as a new logical medium.

mod effect;
mod named;
mod next;

use uuid::Uuid;

use super::Session;
use super::context::{Actor, require_on_pool};
use crate::catalog::{PoolRow, Transaction, View, medium_key, side_number};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessModel, AccessRights, AllocateOptions, AllocateRequest, Allocation, AllocationPolicy,
    Grade, ObjectType, PoolId, PoolType,
};

/// One allocation, prepared before it is queued.
#[derive(Clone)]
struct Call {
    request: AllocateRequest,
    actor: Actor,
    session: Uuid,
    /// Whether this session has media mounted; only then their sides are looked at.
    has_mounts: bool,
    fresh: Uuid,
}

impl Session {
    /// Allocates one side and gives it to the caller as a new logical medium.
    ///
    /// Looks in the pool itself, in the order in which its media came; then, when the pool's
    /// policy says so, in the free pool of its media type, whose medium moves to the pool whole.
    /// With [`AllocateRequest::naming`] a particular side is taken or imported, with
    /// [`AllocateRequest::next_of`] another side of a medium allocated as a whole.
    ///
    /// The allocation is durable when this returns. It belongs to the catalog, not to the session:
    /// only [`deallocate_media`](Session::deallocate_media) ends it.
    ///
    /// When nothing can be allocated the call answers `MediaUnavailable`, whatever its time-out.
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: an id is missing, options are unknown or contradict each other.
    /// * `InvalidMediaPool`: no such pool, no application pool, or a pool that holds only pools;
    ///   with NEXT: not the pool of the medium.
    /// * `InvalidMedia`: no such side; with NEXT: no logical medium of a whole allocated medium.
    /// * `AccessDenied`: CONTROL is missing on the pool or on the pool the medium comes from, or
    ///   USE on the free pool.
    /// * `DeviceNotAvailable`: the free pool is needed and does not exist.
    /// * `MediaIncompatible`, `MediaOffline`, `ResourceDisabled`, `Busy`: the named side is of
    ///   another type, offline, disabled, or in use.
    /// * `MediaUnavailable`: nothing can be allocated, or the named side is in a wrong state.
    #[doc(alias = "AllocateNtmsMedia")]
    pub fn allocate_media(&self, request: AllocateRequest) -> Result<Allocation> {
        self.check_open()?;
        request.check()?;
        let next = request.options.contains(AllocateOptions::NEXT);
        let request = AllocateRequest { next_of: request.next_of.filter(|_| next), ..request };
        let context = self.context();
        let call = Call {
            request,
            actor: self.actor(),
            session: self.id(),
            has_mounts: self.has_mounts(),
            fresh: context.ids.uuid(),
        };
        context.catalog.write(move |transaction| call.run(transaction))
    }
}

fn nothing_in(pool: &PoolRow) -> Error {
    let rest = if pool.allocation_policy.contains(AllocationPolicy::DRAW_FROM_FREE) {
        "nor one of its free pool"
    } else {
        "and it does not draw from the free pool"
    };
    let reason = format!("no side of pool {} can be allocated, {rest}", pool.name);
    Error::new(ErrorKind::MediaUnavailable, reason).about(ObjectType::MediaPool, pool.id)
}

impl Call {
    fn run(&self, transaction: &Transaction<'_>) -> Result<Allocation> {
        let pool = self.destination(transaction)?;
        if let Some(reference) = self.request.next_of {
            return self.next_side(transaction, &pool, reference);
        }
        if let Some(side) = self.request.side {
            return self.named_side(transaction, &pool, side);
        }
        match self.search(transaction, &pool)? {
            Some((source, side)) => self.take(transaction, &pool, source, side),
            None => Err(nothing_in(&pool)),
        }
    }

    /// 3.4: the pool that will hold the medium.
    fn destination(&self, view: &View<'_>) -> Result<PoolRow> {
        let invalid = |reason: &'static str| {
            Error::new(ErrorKind::InvalidMediaPool, reason)
                .about(ObjectType::MediaPool, self.request.pool)
        };
        let pool = view.pool_by_id(self.request.pool)?.ok_or_else(|| invalid("no such pool"))?;
        if pool.pool_type != PoolType::Application {
            return Err(invalid("media are allocated in application pools only"));
        }
        if pool.media_type.is_none() {
            return Err(invalid("this pool holds pools, not media"));
        }
        match self.actor.model {
            AccessModel::Server2003 => self.require(&pool, AccessRights::CONTROL)?,
            // The XP right is that of the medium's pool and is tested where that is known.
            AccessModel::WindowsXp => {}
        }
        Ok(pool)
    }

    fn require(&self, pool: &PoolRow, wanted: AccessRights) -> Result<()> {
        require_on_pool(&self.actor.caller, pool, wanted)
    }

    /// 3.5: the first side of the pool, or of the free pool, that suits.
    fn search(&self, view: &View<'_>, pool: &PoolRow) -> Result<Option<(PoolId, i64)>> {
        if self.actor.model == AccessModel::WindowsXp {
            self.require(pool, AccessRights::MODIFY)?;
        }
        let libraries = view.usable_libraries()?;
        let whole = self.request.options.contains(AllocateOptions::NEW);
        let found = view.first_candidate(pool.key, &libraries, whole)?;
        let own =
            if self.has_mounts { self.own_candidate(view, pool, &libraries, whole)? } else { None };
        if let Some(side) = [found, own].into_iter().flatten().min() {
            return Ok(Some((pool.id, side)));
        }
        let Some(media_type) = pool
            .media_type
            .filter(|_| pool.allocation_policy.contains(AllocationPolicy::DRAW_FROM_FREE))
        else {
            return Ok(None);
        };
        let free = view.system_pool(PoolType::Free, media_type)?.ok_or_else(|| {
            Error::new(ErrorKind::DeviceNotAvailable, "the media type has no free pool")
                .about(ObjectType::MediaPool, pool.id)
        })?;
        if self.actor.model == AccessModel::Server2003 {
            self.require(&free, AccessRights::USE)?;
        }
        let side = view.first_candidate(free.key, &libraries, whole)?;
        Ok(side.map(|side| (free.id, side)))
    }

    /// What this session itself has up in a drive is hidden from the index, not from the session.
    fn own_candidate(
        &self,
        view: &View<'_>,
        pool: &PoolRow,
        libraries: &[i64],
        whole: bool,
    ) -> Result<Option<i64>> {
        let mut first: Option<i64> = None;
        for mount in view.mounts_of_session(self.session)? {
            let cartridge = view.cartridge(medium_key(mount.side))?;
            let medium = &cartridge.medium;
            if medium.pool != pool.key || !libraries.contains(&medium.library) {
                continue;
            }
            let suits = |grade| grade == Grade::New || (grade == Grade::Plain && !whole);
            let mut graded = cartridge.sides.iter().zip(cartridge.grades_for_user());
            if let Some((side, _)) = graded.find(|(_, grade)| suits(*grade)) {
                first = Some(first.map_or(side.key, |key| key.min(side.key)));
            }
        }
        Ok(first)
    }

    fn take(
        &self,
        transaction: &Transaction<'_>,
        pool: &PoolRow,
        source: PoolId,
        side: i64,
    ) -> Result<Allocation> {
        let cartridge = transaction.cartridge(medium_key(side))?;
        self.hand_out(transaction, cartridge, pool, source, side_number(side))
    }
}
