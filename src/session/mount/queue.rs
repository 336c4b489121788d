//! Mounts become requests in the queue of a library.

use std::sync::Arc;

use uuid::Uuid;

use super::checks::{Checks, Plan, Wanted};
use super::named;
use crate::catalog::{
    Call, LibraryRequestRow, NewRequests, Task, Transaction, View, Waiter, side_number,
};
use crate::error::{Error, ErrorKind, Result};
use crate::library::{serve_call, serve_or_wait};
use crate::model::{
    Caller, LibraryOperation, LibraryRequestId, LibraryRequestState, MountOptions, MountRequest,
    OperationOption, OperationalState, Timeout, Timestamp,
};
use crate::session::Session;

/// One call, prepared.
pub(super) struct Mounting {
    pub(super) request: MountRequest,
    pub(super) caller: Caller,
    pub(super) waiter: Waiter,
    /// What the call watches.
    pub(super) watched: Uuid,
    pub(super) now: Timestamp,
}

/// What was queued.
pub(super) enum Queued {
    Requests {
        call: Call,
        ids: Vec<LibraryRequestId>,
        sides: Vec<i64>,
    },
    /// The call does not wait, and would have to.
    Nothing(ErrorKind),
}

impl Session {
    pub(super) fn mounting(&self, request: MountRequest) -> Mounting {
        let context = self.context();
        let now = context.clock.now();
        let deadline = match request.timeout {
            Timeout::After(time) => Some(now.saturating_add(time)),
            Timeout::NoWait | Timeout::Forever => None,
        };
        Mounting {
            request,
            caller: self.caller().clone(),
            waiter: Waiter { process: context.catalog.process(), session: self.id(), deadline },
            watched: context.ids.uuid(),
            now,
        }
    }

    /// Queues a call, and lets the libraries of this process look at it.
    pub(super) fn queue(&self, mounting: &Arc<Mounting>) -> Result<Queued> {
        // From now on closing has something to cancel or release.
        self.count_mount();
        let call = Arc::clone(mounting);
        self.write(move |transaction| call.queue(transaction))
    }

    pub(super) fn mount_later(&self, request: MountRequest) -> Result<Vec<LibraryRequestId>> {
        let mounting = Arc::new(self.mounting(request));
        let queued = self.queue(&mounting)?;
        if self.is_closed() {
            // It may be up already.
            self.release_all()?;
            return Err(Error::new(ErrorKind::Cancelled, "the session was closed"));
        }
        match queued {
            Queued::Requests { ids, .. } => Ok(ids),
            Queued::Nothing(kind) => Err(self.in_use(&mounting, kind)),
        }
    }

    /// What the call would have had to wait for, for people.
    pub(super) fn in_use(&self, mounting: &Mounting, kind: ErrorKind) -> Error {
        // Only a text depends on it.
        let why = self.context().catalog.read(|view| mounting.obstacle(view));
        let mut reason = why.unwrap_or_else(|_| "a medium or every drive is in use".to_owned());
        if kind == ErrorKind::Timeout {
            reason.push_str(match mounting.request.timeout {
                Timeout::NoWait => ", and the call does not wait",
                _ => ", and the time to wait is over",
            });
        }
        let error = Error::new(kind, reason);
        match mounting.request.media.as_slice() {
            [only] => {
                let (object_type, id) = named(*only);
                error.about(object_type, id)
            }
            _ => error,
        }
    }
}

impl Mounting {
    fn check(&self, view: &View<'_>) -> Result<Plan> {
        Checks { view, request: &self.request, caller: &self.caller, session: self.waiter.session }
            .run()
    }

    fn queue(&self, transaction: &Transaction<'_>) -> Result<Queued> {
        let plan = self.check(transaction)?;
        let does_not_wait = self.request.timeout == Timeout::NoWait;
        if does_not_wait && !plan.wanted.iter().all(is_up) {
            return Ok(Queued::Nothing(ErrorKind::Timeout));
        }
        let rows = self.insert(transaction, &plan)?;
        let mut all_online = true;
        for (wanted, row) in plan.wanted.iter().zip(&rows).filter(|(wanted, _)| wanted.is_offline) {
            all_online = false;
            // It may have ended with another one of the call, for which nobody is there.
            if transaction.unfinished_request(row.id)?.is_some() {
                transaction.ask_for_medium(row, &wanted.cartridge, self.now)?;
            }
        }
        let sides = plan.wanted.iter().map(|wanted| wanted.side).collect();
        // [D] a medium that is offline is not in use: it is asked for with this option too.
        let at_once = self.request.options.contains(MountOptions::ERROR_IF_UNAVAILABLE);
        if all_online
            && (does_not_wait || at_once)
            && !serve_call(transaction, plan.library.key, &rows, self.now)?
        {
            rows.iter().try_for_each(|row| transaction.withdraw_request(row))?;
            let kind = if does_not_wait { ErrorKind::Timeout } else { ErrorKind::Busy };
            return Ok(Queued::Nothing(kind));
        }
        if all_online && !does_not_wait && !at_once {
            serve_or_wait(transaction, plan.library.key, &rows, self.now)?;
        }
        let ids = rows.iter().map(|row| row.id).collect();
        let first = rows.first().ok_or_else(|| Error::from(ErrorKind::Internal))?;
        Ok(Queued::Requests { call: first.call, ids, sides })
    }

    fn insert(&self, transaction: &Transaction<'_>, plan: &Plan) -> Result<Vec<LibraryRequestRow>> {
        let mut tasks = Vec::with_capacity(plan.wanted.len());
        let mut mount_options = self.request.options;
        if self.request.timeout == Timeout::NoWait {
            mount_options |= MountOptions::ERROR_IF_UNAVAILABLE;
        }
        let mut drives = self.request.drives.iter().copied();
        // Whoever does not wait at the beginning does not later.
        let at_once = match self.request.timeout {
            Timeout::NoWait => MountOptions::ERROR_IF_UNAVAILABLE,
            _ => MountOptions::empty(),
        };
        let mount_options = self.request.options | at_once;
        for (wanted, media) in plan.wanted.iter().zip(&self.request.media) {
            tasks.push(Task {
                option: OperationOption::Immediate,
                mount_options,
                priority: self.request.priority,
                drive: drives.next(),
                subject: Some(named(*media)),
                ..Task::on_side(
                    LibraryOperation::Mount,
                    wanted.cartridge.medium.id,
                    wanted.row()?.id,
                )
            });
        }
        let new = NewRequests {
            library: plan.library.key,
            tasks: &tasks,
            state: LibraryRequestState::Queued,
            waiter: Some(self.waiter),
            watched: Some(self.watched),
        };
        transaction.insert_library_requests(&new, self.now)
    }

    /// Why the sides cannot come up at once.
    fn obstacle(&self, view: &View<'_>) -> Result<String> {
        let plan = self.check(view)?;
        if plan.library.operational_state == OperationalState::Initializing {
            return Ok(format!("library {} is being attached", plan.library.name));
        }
        if let Some(trouble) = plan.library.trouble.as_ref().filter(|trouble| trouble.stops) {
            let (name, reason) = (&plan.library.name, &trouble.reason);
            return Ok(format!("library {name} needs service: {reason}"));
        }
        for wanted in &plan.wanted {
            let medium = &wanted.cartridge.medium;
            let title = medium.title();
            if wanted.is_offline {
                return Ok(format!("medium {title} is offline: no library has seen it yet"));
            }
            let is_taken = view.mount_of_medium(medium.key)?.is_some()
                || view.movement_of_medium(medium.key)?.is_some();
            if is_taken {
                return Ok(format!("medium {title} is in use"));
            }
            if self.request.timeout == Timeout::NoWait && !is_up(wanted) {
                return Ok(format!("the side of medium {title} is not up in a drive"));
            }
        }
        let titles: Vec<String> =
            plan.wanted.iter().map(|wanted| wanted.cartridge.medium.title()).collect();
        Ok(format!(
            "every drive for medium {} is in use, reserved, or keeps its medium after a deferred \
             dismount",
            titles.join(", ")
        ))
    }
}

fn is_up(wanted: &Wanted) -> bool {
    wanted.cartridge.medium.is_up(side_number(wanted.side))
}
