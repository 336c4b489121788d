//! Waiting for a drive.
//!
//! A waiting call has a row in the order of those who wait. Whoever frees a drive makes it a
//! reservation; when what lies in the drive has gone home, the call returns.

use std::sync::Arc;

use uuid::Uuid;

use super::list::owner_of;
use super::release::release_by_id;
use super::request::{Begun, Reserving, find_owner};
use super::{Context, DriveReservation};
use crate::catalog::{Asker, Because, Keeper, ReservationRow, View};
use crate::error::{Error, ErrorKind, Result};
use crate::library::{deadline_of, error_of};
use crate::model::{DriveSelector, LibraryRequestState, ReserveOptions, Timeout};
use crate::session::Session;

/// How a call stands.
enum Step {
    Waits,
    /// It has its drive, and what was in it is at home.
    Has(ReservationRow),
    Failed(Error),
}

/// What follows from the rows of a call.
fn step(view: &View<'_>, call: &Reserving) -> Result<Step> {
    let Some(row) = view.reservation(call.id)? else {
        if !view.is_drive_waited_for(call.id)? {
            let reason = "somebody has ended the reservation, or its owner has died";
            return Ok(Step::Failed(Error::new(ErrorKind::Cancelled, reason)));
        }
        return Ok(match call.check(view) {
            Ok(()) => Step::Waits,
            Err(error) => Step::Failed(error),
        });
    };
    if let Some(why) = row.ended {
        return Ok(Step::Failed(super::release::ended(why)));
    }
    let request = row.dismount.map(|id| view.library_request(id)).transpose()?.flatten();
    Ok(match request {
        // For people, as nobody does who does not wait.
        Some(request) if request.state == LibraryRequestState::Waiting && !call.waits => {
            let reason = format!("what is in the drive stays there for now: {}", request.waits_for);
            let asks = request.operator_request.is_some();
            let kind = if asks { ErrorKind::LibraryFull } else { ErrorKind::Busy };
            Step::Failed(Error::new(kind, reason))
        }
        Some(request) if request.completed.is_none() => Step::Waits,
        Some(request) if request.state != LibraryRequestState::Passed => {
            let because = request.because;
            let because = because.unwrap_or_else(|| Because::from(&ErrorKind::Cancelled.into()));
            Step::Failed(error_of(&because))
        }
        _ => Step::Has(row),
    })
}

impl Session {
    pub(super) fn reserve_and_wait(
        &self,
        selector: DriveSelector,
        options: ReserveOptions,
    ) -> Result<DriveReservation> {
        let _running = self.begin_wait()?;
        let context = self.context();
        context.catalog.release_abandoned(context.clock.now());
        let deadline = match options.timeout {
            // What is to be had at once may still have to go home.
            Timeout::NoWait => None,
            timeout => deadline_of(context.clock.as_ref(), timeout),
        };
        let call = Arc::new(self.reserving(selector, options)?);
        let watch = context.catalog.watch(call.id);
        // From now on closing has something to release.
        self.count_mount();
        let (begun, living) = (Arc::clone(&call), Arc::clone(context.catalog.living()));
        match self.write(move |transaction| begun.begin(transaction, &living))? {
            Begun::Had(row) => return self.reserved(row),
            Begun::Nothing => return Err(self.without_drive(&call, ErrorKind::Busy)),
            Begun::Waits => {}
        }
        let mut leaving = Leaving { context, id: Some(call.id) };
        loop {
            let seen = watch.signal().count();
            match context.catalog.read(|view| step(view, &call))? {
                Step::Waits => {}
                Step::Failed(error) => return Err(error),
                Step::Has(row) => {
                    leaving.id = None;
                    return self.reserved(row);
                }
            }
            if self.is_closed() {
                return Err(Error::new(ErrorKind::Cancelled, "the session was closed"));
            }
            if deadline.is_some_and(|at| context.clock.monotonic() >= at) {
                return Err(self.without_drive(&call, ErrorKind::Timeout));
            }
            context.clock.wait(watch.signal(), seen, deadline);
        }
    }

    fn reserving(&self, selector: DriveSelector, options: ReserveOptions) -> Result<Reserving> {
        let context = self.context();
        let (process, now) = (context.catalog.process(), context.clock.now());
        let living = context.catalog.living();
        let keeper = match options.owner.filter(|owner| owner.value() != context.process) {
            None => Keeper::session(process, self.id()),
            Some(owner) => context.catalog.read(|view| find_owner(living, view, owner))?,
        };
        let deadline = match options.timeout {
            Timeout::After(time) => Some(now.saturating_add(time)),
            Timeout::NoWait | Timeout::Forever => None,
        };
        let submitter = self.submitter();
        Ok(Reserving {
            id: context.ids.uuid(),
            selector,
            caller: self.caller().clone(),
            process,
            asker: Asker {
                keeper,
                application: submitter.application.clone(),
                user: submitter.user.clone(),
                since: now,
            },
            deadline,
            waits: options.timeout != Timeout::NoWait,
        })
    }

    fn reserved(&self, row: ReservationRow) -> Result<DriveReservation> {
        let context = Arc::clone(self.context());
        let (drive, owner) = context
            .catalog
            .read(|view| Ok((view.drive_id(row.drive)?, owner_of(view, row.asker.keeper)?)))?;
        Ok(DriveReservation { context, id: row.id, drive, owner })
    }

    /// The error of a call that has got no drive.
    fn without_drive(&self, call: &Reserving, kind: ErrorKind) -> Error {
        // Only a text depends on it.
        let why = self.context().catalog.read(|view| call.obstacle(view));
        Error::new(kind, why.unwrap_or_else(|_| "every drive in question is taken".to_owned()))
    }
}

/// Leaves nothing of the call, whatever happens to it.
struct Leaving<'c> {
    context: &'c Arc<Context>,
    id: Option<Uuid>,
}

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        let Some(id) = self.id else { return };
        if release_by_id(self.context, id).is_err() {
            self.context.catalog.abandon(id, self.context.clock.now());
        }
    }
}
