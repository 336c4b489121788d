//! Handing what turned up to the calls that wait for it (3.8, point 5).
//!
//! Runs at the end of every operation that made something findable, in its transaction, in whatever
//! process: so no side is free while a call that could use it waits, and those who come later find
//! only what nobody waiting can use.
//!
//! Calls that wait in one pool with the same options stand in a [`Line`]; when a search for the
//! first of a line finds nothing, it finds nothing for those behind. (Where the free pool may be
//! consulted for the first time, each is searched for: the right to it is one's own.) Of all lines,
//! the call that came first is looked at first.

use std::sync::Arc;

use uuid::Uuid;

use super::Call;
use super::search::Searched;
use super::wait::ends_a_wait;
use crate::catalog::{AllocationWaitRow, HandOff, Living, PoolRow, Supply, Transaction, View};
use crate::clock::Clock;
use crate::error::Result;
use crate::model::{AllocationPolicy, OperatorRequestState, PoolId, PoolType, Timestamp};

/// The hand-off, for the catalog to run.
pub(crate) fn hand_off(clock: Arc<dyn Clock>) -> HandOff {
    Arc::new(move |transaction, living| {
        let Some(supply) = transaction.take_supply() else { return Ok(()) };
        if !transaction.anybody_waits()? || !transaction.computer()?.detection {
            return Ok(());
        }
        serve(&Serving { transaction, living, now: clock.now() }, supply)
    })
}

/// One hand-off.
struct Serving<'a, 'c> {
    transaction: &'a Transaction<'c>,
    living: &'a Living,
    now: Timestamp,
}

fn serve(serving: &Serving<'_, '_>, supply: Supply) -> Result<()> {
    let mut supply = Some(supply);
    while let Some(of) = supply {
        let mut lines = lines(serving.transaction, &of)?;
        while let Some(line) = first_in(&mut lines) {
            line.serve_first(serving)?;
        }
        // A medium that left the free pool brought its other side with it.
        supply = serving.transaction.take_supply();
    }
    Ok(())
}

/// Calls that wait for the same.
struct Line {
    pool: PoolRow,
    whole: bool,
    /// Only the calls of this session, which has the medium up in a drive.
    session: Option<Uuid>,
    /// Whether each call is searched for, also behind one for which nothing was found.
    each: bool,
    first: Option<AllocationWaitRow>,
}

/// The line whose first call came before the first of all others.
fn first_in(lines: &mut [Line]) -> Option<&mut Line> {
    let waiting = lines.iter_mut().filter(|line| line.first.is_some());
    waiting.min_by_key(|line| line.first.as_ref().map(|wait| wait.key))
}

/// The lines that may be served with what turned up.
fn lines(view: &View<'_>, supply: &Supply) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    let mut add = |pool: &PoolRow, session: Option<Uuid>| -> Result<()> {
        let each = supply.everywhere || supply.settings.contains(&pool.key);
        for whole in [false, true] {
            let mut line = Line { pool: pool.clone(), whole, session, each, first: None };
            line.advance(view)?;
            lines.push(line);
        }
        Ok(())
    };
    for key in view.pools_waited_for()? {
        let pool = view.pool(key)?;
        if supply.everywhere || is_concerned(view, &pool, supply)? {
            add(&pool, None)?;
        }
    }
    let mut mounted = supply.mounted.clone();
    if supply.everywhere {
        mounted.extend(view.mounted_media()?);
    }
    for medium in mounted {
        let Some(mount) = view.mount_of_medium(medium)? else { continue };
        let pool = view.pool(view.cartridge(medium)?.medium.pool)?;
        add(&pool, Some(mount.session))?;
    }
    Ok(lines)
}

/// Whether sides in one of these pools are found by searches in this one.
fn is_concerned(view: &View<'_>, pool: &PoolRow, supply: &Supply) -> Result<bool> {
    if supply.pools.contains(&pool.key) || supply.settings.contains(&pool.key) {
        return Ok(true);
    }
    let draws = pool.allocation_policy.contains(AllocationPolicy::DRAW_FROM_FREE);
    let Some(media_type) = pool.media_type.filter(|_| draws) else { return Ok(false) };
    let free = view.system_pool(PoolType::Free, media_type)?;
    // Without a free pool the search fails, and the call is to be told.
    Ok(free.is_none_or(|free| supply.pools.contains(&free.key)))
}

impl Line {
    /// The next call is the first now.
    fn advance(&mut self, view: &View<'_>) -> Result<()> {
        let behind = self.first.take().map_or(0, |wait| wait.key);
        self.first = match self.session {
            None => view.next_allocation_wait(self.pool.key, self.whole, behind)?,
            Some(session) => view.allocation_waits_of_session(session)?.into_iter().find(|wait| {
                wait.key > behind
                    && wait.given.is_none()
                    && (wait.pool, wait.whole) == (self.pool.key, self.whole)
            }),
        };
        Ok(())
    }

    /// Gives the first call what it can use. If there is nothing, the line is at its end.
    fn serve_first(&mut self, serving: &Serving<'_, '_>) -> Result<()> {
        let Some(wait) = self.first.clone() else { return Ok(()) };
        let transaction = serving.transaction;
        if !serving.can_take(&wait)? {
            return self.advance(transaction);
        }
        let call = Call::of_waiting(&wait, &self.pool, serving.now);
        match call.search(transaction, &self.pool) {
            Ok(Searched { found: Some((source, side)), .. }) => {
                call.take(transaction, &self.pool, source, side)?;
                serving.give(&wait, side, source)?;
                self.advance(transaction)
            }
            Ok(Searched { found: None, free_pool }) => {
                if free_pool != wait.free_pool {
                    transaction.grant_free_pool(&wait, free_pool)?;
                }
                if self.each {
                    return self.advance(transaction);
                }
                self.first = None;
                Ok(())
            }
            Err(error) if ends_a_wait(&error) => {
                // The call searches itself when its request is gone, and meets the error.
                transaction.end_allocation_wait(&wait)?;
                self.advance(transaction)
            }
            Err(error) => Err(error),
        }
    }
}

impl Serving<'_, '_> {
    /// Whether the call still waits: it has got nothing in another line meanwhile, nobody has
    /// refused it, and its process lives.
    fn can_take(&self, wait: &AllocationWaitRow) -> Result<bool> {
        let row = self.transaction.allocation_wait(wait.id)?;
        if row.is_none_or(|row| row.given.is_some() || row.pool != wait.pool) {
            return Ok(false);
        }
        let request = self.transaction.operator_request(wait.request)?;
        let is_refused = request.is_some_and(|r| r.state == OperatorRequestState::Refused);
        Ok(!is_refused && self.living.is_alive(self.transaction, wait.process)?)
    }

    fn give(&self, wait: &AllocationWaitRow, side: i64, source: PoolId) -> Result<()> {
        self.transaction.give_to_waiting(wait, side, source)?;
        let request = self.transaction.operator_request(wait.request)?;
        if request.is_some_and(|request| !request.state.is_final()) {
            let complete = OperatorRequestState::Complete;
            self.transaction.set_operator_request_state(wait.request, complete, self.now)?;
        }
        Ok(())
    }
}
