//! AllocateNtmsMedia: gives the caller one side as a new logical medium.

use uuid::Uuid;

use super::Session;
use super::context::require_on_pool;
use crate::catalog::{
    Cartridge, LogicalRow, PoolRow, Transaction, View, logical_id, medium_key, side_number,
};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessModel, AccessRights, AllocateOptions, AllocateRequest, Allocation, AllocationPolicy,
    Caller, LibraryStanding, LogicalMediaId, MediaState, ObjectType, PoolType, SideEvent, SideId,
    SideState, Timestamp,
};

/// One allocation, prepared before it is queued.
#[derive(Clone)]
struct Call {
    request: AllocateRequest,
    caller: Caller,
    model: AccessModel,
    session: Uuid,
    /// Whether this session has media mounted; only then their sides are looked at.
    has_mounts: bool,
    fresh: Uuid,
    now: Timestamp,
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
            caller: self.caller().clone(),
            model: context.access_model,
            session: self.id(),
            has_mounts: self.has_mounts(),
            fresh: context.ids.uuid(),
            now: context.clock.now(),
        };
        context.catalog.write(move |transaction| call.run(transaction))
    }
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
            Some((source, side)) => self.take(transaction, &pool, &source, side),
            None => Err(Error::new(
                ErrorKind::MediaUnavailable,
                format!("no side of pool {} can be allocated", pool.name),
            )
            .about(ObjectType::MediaPool, pool.id)),
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
        match self.model {
            AccessModel::Server2003 => self.require(&pool, AccessRights::CONTROL)?,
            // The XP right is that of the medium's pool and is tested where that is known.
            AccessModel::WindowsXp => {}
        }
        Ok(pool)
    }

    fn require(&self, pool: &PoolRow, wanted: AccessRights) -> Result<()> {
        require_on_pool(&self.caller, pool, wanted)
    }

    /// 3.5: the first side of the pool, or of the free pool, that suits.
    fn search(&self, view: &View<'_>, pool: &PoolRow) -> Result<Option<(PoolRow, i64)>> {
        if self.model == AccessModel::WindowsXp {
            self.require(pool, AccessRights::MODIFY)?;
        }
        let libraries = view.usable_libraries()?;
        let whole = self.request.options.contains(AllocateOptions::NEW);
        let found = view.first_candidate(pool.key, &libraries, whole)?;
        let own =
            if self.has_mounts { self.own_candidate(view, pool, &libraries, whole)? } else { None };
        if let Some(side) = [found, own].into_iter().flatten().min() {
            return Ok(Some((pool.clone(), side)));
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
        if self.model == AccessModel::Server2003 {
            self.require(&free, AccessRights::USE)?;
        }
        let side = view.first_candidate(free.key, &libraries, whole)?;
        Ok(side.map(|side| (free, side)))
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
            let usable = medium.pool == pool.key
                && medium.enabled
                && !medium.exclusive
                && libraries.contains(&medium.library);
            let free = |state| matches!(state, SideState::Available | SideState::Decommissioned);
            let side = cartridge.sides.iter().find(|side| {
                side.state == SideState::Available
                    && (!whole || cartridge.siblings(side.number()).all(free))
            });
            if let Some(side) = side.filter(|_| usable) {
                first = Some(first.map_or(side.key, |key| key.min(side.key)));
            }
        }
        Ok(first)
    }

    fn take(
        &self,
        transaction: &Transaction<'_>,
        pool: &PoolRow,
        source: &PoolRow,
        side: i64,
    ) -> Result<Allocation> {
        let cartridge = transaction.cartridge(medium_key(side))?;
        self.hand_out(transaction, cartridge, pool, source, side_number(side))
    }

    /// 3.6: a particular side.
    fn named_side(
        &self,
        transaction: &Transaction<'_>,
        pool: &PoolRow,
        side: SideId,
    ) -> Result<Allocation> {
        let no_side =
            || Error::new(ErrorKind::InvalidMedia, "no such side").about(ObjectType::Side, side);
        let key = transaction.side_key(side)?.ok_or_else(no_side)?;
        let cartridge = transaction.cartridge(medium_key(key))?;
        let moves = cartridge.medium.pool != pool.key;
        let source = if moves { transaction.pool(cartridge.medium.pool)? } else { pool.clone() };
        self.require_source(&source, moves)?;
        let refuse = |kind, reason: &'static str| {
            Err(Error::new(kind, reason).about(ObjectType::Side, side))
        };
        let medium = &cartridge.medium;
        if Some(medium.media_type) != pool.media_type {
            return refuse(
                ErrorKind::MediaIncompatible,
                "the medium is of another type than the pool",
            );
        }
        let number = side_number(key);
        let state = cartridge.sides.iter().find(|s| s.key == key).map(|s| s.state);
        if !matches!(state, Some(SideState::Available | SideState::Import)) {
            return refuse(ErrorKind::MediaUnavailable, "the side is neither Available nor Import");
        }
        if medium.exclusive {
            return refuse(
                ErrorKind::MediaUnavailable,
                "the medium is held whole by an application",
            );
        }
        check_reachable(transaction, &cartridge)?;
        let held =
            |s| matches!(s, SideState::Allocated | SideState::Complete | SideState::Reserved);
        if moves && cartridge.siblings(number).any(held) {
            return refuse(ErrorKind::MediaUnavailable, "another side of the medium is in use");
        }
        self.check_not_busy(transaction, &cartridge, key, moves)?;
        let may_follow =
            |s| matches!(s, SideState::Available | SideState::Decommissioned | SideState::Import);
        if self.request.options.contains(AllocateOptions::NEW)
            && !cartridge.siblings(number).all(may_follow)
        {
            return refuse(ErrorKind::MediaUnavailable, "another side of the medium is in use");
        }
        self.hand_out(transaction, cartridge, pool, &source, number)
    }

    fn require_source(&self, source: &PoolRow, moves: bool) -> Result<()> {
        match self.model {
            AccessModel::WindowsXp => self.require(source, AccessRights::MODIFY),
            AccessModel::Server2003 if !moves => Ok(()),
            AccessModel::Server2003 if source.pool_type == PoolType::Free => {
                self.require(source, AccessRights::USE)
            }
            AccessModel::Server2003 => self.require(source, AccessRights::CONTROL),
        }
    }

    /// 3.6 row 9.
    fn check_not_busy(
        &self,
        view: &View<'_>,
        cartridge: &Cartridge,
        side: i64,
        moves: bool,
    ) -> Result<()> {
        let busy = |reason: &'static str| {
            Err(Error::new(ErrorKind::Busy, reason)
                .about(ObjectType::PhysicalMedia, cartridge.medium.id))
        };
        let mount = view.mount_of_medium(cartridge.medium.key)?;
        if mount.is_some_and(|m| m.side == side && m.session != self.session) {
            return busy("the side is up in a drive for another session");
        }
        if moves && cartridge.medium.state != MediaState::Idle {
            return busy("the medium is in use");
        }
        if moves && cartridge.siblings(side_number(side)).any(|s| s == SideState::Unprepared) {
            return busy("another side of the medium waits for its free label");
        }
        Ok(())
    }

    /// 3.7: another side of a medium that was allocated whole.
    fn next_side(
        &self,
        transaction: &Transaction<'_>,
        pool: &PoolRow,
        reference: LogicalMediaId,
    ) -> Result<Allocation> {
        let invalid = |reason: &'static str| {
            Error::new(ErrorKind::InvalidMedia, reason).about(ObjectType::LogicalMedia, reference)
        };
        let key = transaction
            .side_of_logical(reference)?
            .ok_or_else(|| invalid("no such logical medium"))?;
        let cartridge = transaction.cartridge(medium_key(key))?;
        if !cartridge.medium.exclusive {
            return Err(invalid("its medium was not allocated with NEW"));
        }
        if let Some(side) = self.request.side
            && !cartridge.sides.iter().any(|s| s.id == side)
        {
            return Err(invalid("the side named is not one of its medium"));
        }
        if cartridge.medium.pool != pool.key {
            return Err(Error::new(ErrorKind::InvalidMediaPool, "the medium is in another pool")
                .about(ObjectType::MediaPool, pool.id));
        }
        if self.model == AccessModel::WindowsXp {
            self.require(pool, AccessRights::MODIFY)?;
        }
        check_reachable(transaction, &cartridge)?;
        let number = next_number(&cartridge, side_number(key)).ok_or_else(|| {
            Error::new(ErrorKind::MediaUnavailable, "the medium has no further side")
                .about(ObjectType::PhysicalMedia, cartridge.medium.id)
        })?;
        self.hand_out(transaction, cartridge, pool, pool, number)
    }

    /// 3.9: the effect, in the transaction that found the side.
    fn hand_out(
        &self,
        transaction: &Transaction<'_>,
        before: Cartridge,
        pool: &PoolRow,
        source: &PoolRow,
        number: u8,
    ) -> Result<Allocation> {
        let mut after = before.clone();
        after.medium.pool = pool.key;
        after.medium.pool_type = pool.pool_type;
        after.medium.return_pending = false;
        let whole = self.request.options.contains(AllocateOptions::NEW);
        after.medium.exclusive |= whole;
        let event = self.event(before.medium.pool != pool.key);
        let named = self.request.side.is_some();
        let library = if named || self.request.next_of.is_some() {
            LibraryStanding::Online
        } else {
            LibraryStanding::Ready
        };
        let mut allocation = None;
        for side in &mut after.sides {
            if side.number() == number {
                let logical = logical_id(self.fresh, side.key);
                side.state = before.state_after(number, event, library)?;
                side.allocate_count = side.allocate_count.saturating_add(1);
                side.logical = Some(LogicalRow {
                    id: logical,
                    name: before.medium.name.clone(),
                    description: String::new(),
                    created: self.now,
                    modified: self.now,
                });
                allocation = Some(Allocation {
                    logical_media: logical,
                    side: side.id,
                    physical_media: before.medium.id,
                    allocated_from: source.id,
                    side_number: u16::from(number),
                });
            } else if whole && side.state == SideState::Available {
                let reserved = SideEvent::Reserved { named };
                side.state = before.state_after(side.number(), reserved, library)?;
            }
        }
        let allocation = allocation.ok_or_else(|| Error::from(ErrorKind::Internal))?;
        transaction.store_cartridge(&before, after, self.now)?;
        transaction.completed(ObjectType::LogicalMedia, allocation.logical_media);
        Ok(allocation)
    }
}

impl Call {
    /// What happens to the side, for the state machine.
    fn event(&self, pool_change: bool) -> SideEvent {
        match self.request.next_of {
            Some(_) => SideEvent::AllocatedNext { same_medium: true },
            None => SideEvent::Allocated {
                named: self.request.side.is_some(),
                new: self.request.options.contains(AllocateOptions::NEW),
                pool_change,
            },
        }
    }
}

/// The side that NEXT takes: Reserved before Available before Import, each from the side after
/// the reference on, round to it.
fn next_number(cartridge: &Cartridge, reference: u8) -> Option<u8> {
    let count = cartridge.sides.len();
    let after = usize::from(reference) + 1;
    let in_turn = || cartridge.sides.iter().cycle().skip(after).take(count);
    [SideState::Reserved, SideState::Available, SideState::Import].into_iter().find_map(|wanted| {
        in_turn()
            .find(|side| side.state == wanted && side.number() != reference)
            .map(|s| s.number())
    })
}

/// The medium is online and enabled, and so is its library.
fn check_reachable(view: &View<'_>, cartridge: &Cartridge) -> Result<()> {
    let medium = &cartridge.medium;
    let library = view.library(medium.library)?;
    if library.is_offline() {
        return Err(Error::new(ErrorKind::MediaOffline, "the medium is in no online library")
            .about(ObjectType::PhysicalMedia, medium.id));
    }
    if !medium.enabled {
        return Err(Error::new(ErrorKind::ResourceDisabled, "the medium is disabled")
            .about(ObjectType::PhysicalMedia, medium.id));
    }
    if !library.enabled {
        return Err(Error::new(
            ErrorKind::ResourceDisabled,
            "the library of the medium is disabled",
        )
        .about(ObjectType::Library, library.id));
    }
    Ok(())
}
