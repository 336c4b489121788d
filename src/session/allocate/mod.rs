//! AllocateNtmsMedia: gives the caller one side as a new logical medium.

mod effect;
mod hand_off;
mod named;
mod next;
mod search;
mod wait;

use uuid::Uuid;

pub(crate) use hand_off::hand_off;

use super::Session;
use super::context::{Actor, require_on_pool};
use crate::catalog::{AllocationWaitRow, PoolRow, Transaction, View, medium_key, side_number};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, AllocateOptions, AllocateRequest, Allocation, AllocationPolicy, ObjectType,
    PoolId, PoolType, Timeout, Timestamp,
};

/// One allocation, prepared before it is queued.
#[derive(Clone)]
struct Call {
    request: AllocateRequest,
    actor: Actor,
    session: Uuid,
    /// Whether this session has media mounted; only then their sides are looked at.
    has_mounts: bool,
    /// What the id of the logical medium is made of.
    fresh: Uuid,
    /// The free pool on which the caller was found to have the right.
    granted: Option<i64>,
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
    /// # Waiting
    ///
    /// When nothing can be allocated, and the [time-out](AllocateRequest::timeout) permits it, the
    /// call asks the operators for media and waits. It ends
    /// * with a side, as soon as one turns up that it can use: deallocated, brought online,
    ///   enabled, labelled, moved to the pool. Of all calls that wait for it, in this and other
    ///   processes, the one that came first gets it; nobody who comes later can snatch it away.
    ///   The switch
    ///   [`complete_requests_by_detection`](crate::model::Computer::complete_requests_by_detection)
    ///   turns this off;
    /// * when an operator completes its request: it searches once more, and asks again if there is
    ///   still nothing; or refuses it;
    /// * at its deadline, which counts from the start of the call; when the session is closed; when
    ///   the pool is deleted.
    ///
    /// A side that has been given to the call is returned, whatever happens after that. Calls that
    /// name a side, or go on with `NEXT`, never wait.
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
    /// * `MediaUnavailable`: nothing can be allocated and the options say not to ask for it
    ///   (`ERROR_IF_UNAVAILABLE`); or the named side, or every further side, is in a wrong state.
    /// * `Timeout`: nothing could be allocated before the time was over.
    /// * `Cancelled`: an operator refused the request, or [nobody is there](Session::leave_unattended)
    ///   to bring media; or the session was closed.
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
            granted: None,
        };
        if call.may_wait() {
            return self.allocate_or_wait(call);
        }
        context.catalog.write(move |transaction| call.run(transaction))
    }
}

fn nothing_in(pool: &PoolRow, options: AllocateOptions) -> Error {
    let rest = if pool.allocation_policy.contains(AllocationPolicy::DRAW_FROM_FREE) {
        "nor one of its free pool"
    } else {
        "and it does not draw from the free pool"
    };
    let reason = format!("no side of pool {} can be allocated, {rest}", pool.name);
    let kind = if options.contains(AllocateOptions::ERROR_IF_UNAVAILABLE) {
        ErrorKind::MediaUnavailable
    } else {
        ErrorKind::Timeout
    };
    Error::new(kind, reason).about(ObjectType::MediaPool, pool.id)
}

impl Call {
    /// What a call that waits is asked to allocate.
    fn of_waiting(wait: &AllocationWaitRow, pool: &PoolRow, now: Timestamp) -> Self {
        let request = AllocateRequest::from(pool.id);
        Self {
            request: if wait.whole { request.new_medium() } else { request },
            actor: Actor { caller: wait.claimant.caller.clone(), model: wait.claimant.model, now },
            session: wait.session,
            has_mounts: true,
            fresh: wait.id,
            granted: wait.free_pool,
        }
    }

    /// Whether the call waits when there is nothing. Calls that name a side or a medium never do.
    fn may_wait(&self) -> bool {
        let is_search = self.request.side.is_none() && self.request.next_of.is_none();
        let options = self.request.options;
        is_search
            && !options.contains(AllocateOptions::ERROR_IF_UNAVAILABLE)
            && self.request.timeout != Timeout::NoWait
    }

    fn run(&self, transaction: &Transaction<'_>) -> Result<Allocation> {
        let pool = self.destination(transaction)?;
        if let Some(reference) = self.request.next_of {
            return self.next_side(transaction, &pool, reference);
        }
        if let Some(side) = self.request.side {
            return self.named_side(transaction, &pool, side);
        }
        match self.search(transaction, &pool)?.found {
            Some((source, side)) => self.take(transaction, &pool, source, side),
            None => Err(nothing_in(&pool, self.request.options)),
        }
    }

    /// 3.4: the pool that will hold the medium, which the caller may allocate in.
    fn destination(&self, view: &View<'_>) -> Result<PoolRow> {
        let pool = self.pool(view)?;
        self.actor.require_on_pool(&pool, AccessRights::CONTROL, AccessRights::MODIFY)?;
        Ok(pool)
    }

    /// 3.4, row 3.
    fn pool(&self, view: &View<'_>) -> Result<PoolRow> {
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
        Ok(pool)
    }

    fn require(&self, pool: &PoolRow, wanted: AccessRights) -> Result<()> {
        require_on_pool(&self.actor.caller, pool, wanted)
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
