//! Waiting for a side (3.8).
//!
//! A waiting call has a row in the order of those who wait, and an operator request. Others end the
//! wait by what they do to these: a side is handed over, the request is completed, refused or
//! removed. The call watches, and takes the last step itself.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::Call;
use super::search::Searched;
use crate::catalog::{
    AllocationWaitRow, Answer, OperatorRequestRow, Origin, PoolRow, Submitter, Transaction,
    Unattended, View, logical_id, medium_key, side_number,
};
use crate::error::{Error, ErrorKind, Result};
use crate::library::deadline_of;
use crate::model::{
    AllocateOptions, Allocation, Claimant, ObjectType, OperatorRequestId, OperatorRequestKind,
    OperatorRequestState, OperatorTask, PoolId, Timestamp,
};
use crate::session::pools::path_of;
use crate::session::{Context, Session};

/// After a failure that may pass, the catalog is asked again after this time.
const TRY_AGAIN: Duration = Duration::from_secs(1);

/// A call that may have to wait.
#[derive(Clone)]
struct Waiting {
    call: Call,
    process: i64,
    submitter: Arc<Submitter>,
    deadline: Option<Timestamp>,
}

/// How a call begins.
enum Begun {
    Found(Allocation),
    Waits,
    /// Nobody is there to bring anything.
    Refused(String),
}

/// How a wait stands.
enum Step {
    Waits,
    Ended(Result<Allocation>),
}

/// What decides about a wait from outside the catalog.
#[derive(Clone, Copy)]
struct Outside {
    is_over: bool,
    is_closed: bool,
    now: Timestamp,
}

/// Errors of a search that concern the caller; others say that the catalog cannot be used.
pub(super) fn ends_a_wait(error: &Error) -> bool {
    use ErrorKind::{AccessDenied, DeviceNotAvailable, InvalidMediaPool};
    matches!(error.kind(), AccessDenied | DeviceNotAvailable | InvalidMediaPool)
}

impl Session {
    /// Allocates a side, now or when there is one.
    pub(super) fn allocate_or_wait(&self, call: Call) -> Result<Allocation> {
        let context = self.context();
        let _running = self.begin_wait()?;
        context.catalog.release_abandoned(context.clock.now());
        let deadline = deadline_of(context.clock.as_ref(), call.request.timeout);
        let left = deadline.map(|at| at.saturating_sub(context.clock.monotonic()));
        let waiting = Waiting {
            deadline: left.map(|left| call.actor.now.saturating_add(left)),
            call,
            process: context.catalog.process(),
            submitter: self.submitter(),
        };
        let (begun, request) = (waiting.clone(), context.ids.fresh());
        let found = context.catalog.write(move |transaction| begun.begin(transaction, request))?;
        match found {
            Begun::Found(allocation) => Ok(allocation),
            Begun::Refused(reason) => Err(waiting.ended(ErrorKind::Cancelled, reason)),
            Begun::Waits => self.wait_for_side(waiting, deadline),
        }
    }

    fn wait_for_side(&self, waiting: Waiting, deadline: Option<Duration>) -> Result<Allocation> {
        let context = self.context();
        let id = waiting.call.fresh;
        let mut leaving = Leaving { context, wait: Some(id) };
        let watch = context.catalog.watch(id);
        loop {
            let seen = watch.signal().count();
            let outside = Outside {
                is_over: deadline.is_some_and(|at| context.clock.monotonic() >= at),
                is_closed: self.is_closed(),
                now: context.clock.now(),
            };
            let mut until = deadline;
            match self.step(&waiting, outside) {
                Ok(Step::Ended(result)) => {
                    leaving.wait = None;
                    return result;
                }
                Ok(Step::Waits) => {}
                Err(error) if error.is_retryable() && !(outside.is_over || outside.is_closed) => {
                    let again = context.clock.monotonic().saturating_add(TRY_AGAIN);
                    until = Some(deadline.map_or(again, |at| at.min(again)));
                }
                Err(error) => return Err(error),
            }
            context.clock.wait(watch.signal(), seen, until);
        }
    }

    /// Looks how the wait stands; writes only when there is something to do.
    fn step(&self, waiting: &Waiting, outside: Outside) -> Result<Step> {
        let catalog = &self.context().catalog;
        let has_ended = outside.is_over || outside.is_closed;
        if !has_ended && !catalog.read(|view| waiting.is_due(view))? {
            return Ok(Step::Waits);
        }
        let (waiting, request) = (waiting.clone(), self.context().ids.fresh());
        catalog.write(move |transaction| waiting.step(transaction, outside, request))
    }
}

impl Waiting {
    /// The call's first search; if it finds nothing, the call waits from now on, so that nothing
    /// can turn up unseen in between.
    fn begin(&self, transaction: &Transaction<'_>, request: OperatorRequestId) -> Result<Begun> {
        let pool = self.call.destination(transaction)?;
        let searched = self.call.search(transaction, &pool)?;
        if let Some((source, side)) = searched.found {
            return self.call.take(transaction, &pool, source, side).map(Begun::Found);
        }
        let now = self.call.actor.now;
        if let Some(why) = transaction.why_unattended(self.submitter.attendance, now)? {
            return self.miss_people(transaction, &pool, &why, now).map(Begun::Refused);
        }
        self.ask(transaction, &pool, request, now)?;
        transaction.insert_allocation_wait(&AllocationWaitRow {
            key: 0,
            id: self.call.fresh,
            process: self.process,
            session: self.call.session,
            pool: pool.key,
            whole: self.call.request.options.contains(AllocateOptions::NEW),
            claimant: Claimant {
                caller: self.call.actor.caller.clone(),
                model: self.call.actor.model,
            },
            free_pool: searched.free_pool,
            request,
            since: now,
            deadline: self.deadline,
            attendance: self.submitter.attendance,
            given: None,
        })?;
        Ok(Begun::Waits)
    }

    /// Whether somebody has done something about the wait.
    fn is_due(&self, view: &View<'_>) -> Result<bool> {
        let Some(row) = view.allocation_wait(self.call.fresh)? else { return Ok(true) };
        if row.given.is_some() {
            return Ok(true);
        }
        Ok(view.operator_request(row.request)?.is_none_or(|request| request.state.is_final()))
    }

    fn step(
        &self,
        transaction: &Transaction<'_>,
        outside: Outside,
        request: OperatorRequestId,
    ) -> Result<Step> {
        let Some(row) = transaction.allocation_wait(self.call.fresh)? else {
            return Ok(Step::Ended(Err(self.ended(ErrorKind::Cancelled, "the wait was ended"))));
        };
        if let Some((side, source)) = row.given {
            let allocation = self.given(transaction, side, source)?;
            return end(transaction, &row, Ok(allocation));
        }
        let asked = transaction.operator_request(row.request)?;
        let state = asked.as_ref().map(|asked| asked.state);
        if let Some(refused) = asked.filter(|_| state == Some(OperatorRequestState::Refused)) {
            // The request stays for people to see.
            transaction.delete_allocation_wait(&row)?;
            let reason = refused.answer.refusal("an operator has refused the request");
            return Ok(Step::Ended(Err(self.ended(ErrorKind::Cancelled, reason))));
        }
        if outside.is_closed {
            let error = self.ended(ErrorKind::Cancelled, "the session was closed");
            return end(transaction, &row, Err(error));
        }
        let is_open = state.is_some_and(|state| !state.is_final());
        if is_open && outside.is_over {
            return end(transaction, &row, Err(self.timed_out(transaction)));
        }
        if is_open {
            return Ok(Step::Waits);
        }
        // A person has completed the request, or what the call waits for is gone: it searches again.
        self.search_again(transaction, &row, outside, request)
    }

    fn search_again(
        &self,
        transaction: &Transaction<'_>,
        row: &AllocationWaitRow,
        outside: Outside,
        request: OperatorRequestId,
    ) -> Result<Step> {
        let again = Call { granted: row.free_pool, ..self.call.clone() };
        // Rights that were granted are not tested again; what the pool is, is.
        let found = again.pool(transaction).and_then(|pool| {
            let searched = again.search(transaction, &pool)?;
            Ok((pool, searched))
        });
        match found {
            Ok((pool, Searched { found: Some((source, side)), .. })) => {
                let allocation = again.take(transaction, &pool, source, side)?;
                end(transaction, row, Ok(allocation))
            }
            // [D] 3.8, 4: satisfied at the deadline, one retry is made and nobody is asked again.
            Ok(_) if outside.is_over => end(transaction, row, Err(self.timed_out(transaction))),
            Ok((pool, searched)) => {
                if let Some(why) =
                    transaction.why_unattended(self.submitter.attendance, outside.now)?
                {
                    let reason = self.miss_people(transaction, &pool, &why, outside.now)?;
                    return end(transaction, row, Err(self.ended(ErrorKind::Cancelled, reason)));
                }
                transaction.delete_operator_request(row.request)?;
                self.ask(transaction, &pool, request, outside.now)?;
                transaction.ask_again(row, pool.key, request, searched.free_pool)?;
                Ok(Step::Waits)
            }
            Err(error) if ends_a_wait(&error) => end(transaction, row, Err(error)),
            Err(error) => Err(error),
        }
    }

    /// The allocation that was made for the call.
    fn given(&self, view: &View<'_>, side: i64, allocated_from: PoolId) -> Result<Allocation> {
        let cartridge = view.cartridge(medium_key(side))?;
        let row = cartridge.sides.iter().find(|row| row.key == side);
        let row = row.ok_or_else(|| Error::from(ErrorKind::InvalidPartition))?;
        Ok(Allocation {
            logical_media: logical_id(self.call.fresh, side),
            side: row.id,
            physical_media: cartridge.medium.id,
            allocated_from,
            side_number: u16::from(side_number(side)),
        })
    }

    /// Asks people for media.
    fn ask(
        &self,
        transaction: &Transaction<'_>,
        pool: &PoolRow,
        id: OperatorRequestId,
        now: Timestamp,
    ) -> Result<()> {
        transaction.insert_operator_request(&OperatorRequestRow {
            key: 0,
            id,
            kind: OperatorRequestKind::NewMedia,
            state: OperatorRequestState::Submitted,
            origin: Origin::Allocation,
            message: message(transaction, pool)?,
            description: String::new(),
            arguments: [Some((ObjectType::MediaPool, pool.id.into())), None],
            submitter: Arc::clone(&self.submitter),
            submitted: now,
            modified: now,
            answer: Answer::default(),
        })
    }

    /// Nobody is there to bring media; says so.
    fn miss_people(
        &self,
        transaction: &Transaction<'_>,
        pool: &PoolRow,
        why: &Unattended,
        now: Timestamp,
    ) -> Result<String> {
        let task = OperatorTask::NewMedia { pool: pool.id, library: None };
        let message = message(transaction, pool)?;
        transaction.note_unattended(&task, &message, &self.submitter, why, now)?;
        Ok(why.answer.refusal("nobody brings media"))
    }

    fn ended(&self, kind: ErrorKind, reason: impl Into<Cow<'static, str>>) -> Error {
        Error::new(kind, reason).about(ObjectType::MediaPool, self.call.request.pool)
    }

    fn timed_out(&self, view: &View<'_>) -> Error {
        let reason = "nothing could be allocated before the time was over";
        let needed = self.call.pool(view).and_then(|pool| message(view, &pool));
        let reason = needed.map_or(reason.to_owned(), |needed| format!("{reason}: {needed}"));
        self.ended(ErrorKind::Timeout, reason)
    }
}

/// The wait is over: nothing of it stays.
fn end(
    transaction: &Transaction<'_>,
    row: &AllocationWaitRow,
    result: Result<Allocation>,
) -> Result<Step> {
    transaction.delete_operator_request(row.request)?;
    transaction.delete_allocation_wait(row)?;
    Ok(Step::Ended(result))
}

/// What people are asked for.
fn message(view: &View<'_>, pool: &PoolRow) -> Result<String> {
    let path = shortened(&path_of(view, pool.clone())?);
    let media_type = match pool.media_type {
        Some(key) => view.media_type(key)?.name,
        None => String::new(),
    };
    let mut not_ready = view.sides_not_ready(pool.key)?;
    if let Some(free) = super::search::drawn_from(view, pool)? {
        not_ready += view.sides_not_ready(free.key)?;
    }
    let only = "to come online, to be enabled or to get a free label";
    let rest = match not_ready {
        0 => ".".to_owned(),
        1 => format!("; 1 side only waits {only}."),
        n => format!("; {n} sides only wait {only}."),
    };
    let text = format!("Pool {path} needs a medium of type {media_type}{rest}");
    Ok(crate::model::text::to_message(&text))
}

/// The end of a path that is too long for a message.
fn shortened(path: &str) -> String {
    const LONGEST: usize = 120;
    let cut = path.chars().count().saturating_sub(LONGEST);
    if cut == 0 {
        path.to_owned()
    } else {
        format!("...{}", path.chars().skip(cut).collect::<String>())
    }
}

/// Leaves the wait, whatever happens to the call.
struct Leaving<'c> {
    context: &'c Arc<Context>,
    wait: Option<uuid::Uuid>,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        if let Some(wait) = self.wait {
            self.context.catalog.abandon(wait, self.context.clock.now());
        }
    }
}
