//! Waiting to take over a library whose owner is another process.
//!
//! Nothing is done with the devices until the owner has died or given the library back. That is
//! seen by its lock, which one process at a time can hold: of several standbys one takes over.

use std::sync::Arc;
use std::time::Duration;

use super::Attached;
use super::lock::{LibraryLock, Taking};
use super::member::{Member, Role};
use crate::catalog::Watch;
use crate::clock::{Clock, Participant, SystemClock, Woken};
use crate::device::LibraryDevice;
use crate::error::Result;
use crate::model::OperationalState;

/// How often the lock is tried when nothing is heard. Always real time.
const LOOK: Duration = Duration::from_secs(1);

/// How long after a take-over that failed it is tried again.
const RETRY: Duration = Duration::from_secs(10);

/// The library, and the part that this thread takes in its time from then on.
type TakenOver = (Arc<Attached>, Participant);

impl Member {
    /// The life of a standby, and of the owner that it becomes.
    pub(super) fn stand_by(&self, device: &Arc<dyn LibraryDevice>, watch: Watch) {
        let time = SystemClock::new();
        loop {
            let seen = watch.signal().count();
            if self.has_ended() {
                return;
            }
            match self.take_over(device) {
                Ok(Some((attached, _here))) => {
                    drop(watch);
                    return attached.work();
                }
                Ok(None) => {
                    let until = time.monotonic().saturating_add(LOOK);
                    time.wait(watch.signal(), seen, Some(until));
                }
                Err(error) => {
                    tracing::error!(%error, "a library could not be taken over");
                    self.rest_after_failure(&time);
                }
            }
        }
    }

    /// Takes over if the library has no owner.
    fn take_over(&self, device: &Arc<dyn LibraryDevice>) -> Result<Option<TakenOver>> {
        let row = self.host.catalog.read(|view| view.library(self.key))?;
        let Taking::Taken(lock) = LibraryLock::take(&self.host.catalog, &row)? else {
            return Ok(None);
        };
        if !self.change_role(Role::TakingOver) {
            return Ok(None);
        }
        let here = self.host.clock.participate().begin();
        tracing::info!(library = %row.name, "the library has no owner: it is taken over");
        let taken = Attached::take(self.host.clone(), Arc::clone(device), lock);
        let taken = taken.and_then(|attached| {
            // Who sees it Ready finds it here.
            if self.change_role(Role::Owner(Arc::clone(&attached))) {
                attached.set_state(OperationalState::Ready)?;
            }
            Ok(attached)
        });
        match taken {
            Ok(attached) if !self.has_ended() => Ok(Some((attached, here))),
            // It has been given back meanwhile.
            Ok(attached) => {
                drop(attached);
                self.leave().map(|()| None)
            }
            Err(error) => {
                self.stand_back()?;
                Err(error)
            }
        }
    }

    /// The library could not be made ready.
    fn stand_back(&self) -> Result<()> {
        if !self.change_role(Role::Standby) {
            return self.leave();
        }
        let (library, process, now) = (self.key, self.host.catalog.process(), self.host.now());
        self.host.catalog.write(move |transaction| {
            transaction.stand_by_for_library(library, process)?;
            transaction.change_library_state(library, OperationalState::NotPresent, now)
        })
    }

    fn rest_after_failure(&self, time: &SystemClock) {
        let until = time.monotonic().saturating_add(RETRY);
        loop {
            let seen = self.changed.count();
            let is_over =
                self.has_ended() || time.wait(&self.changed, seen, Some(until)) == Woken::Deadline;
            if is_over {
                return;
            }
        }
    }
}
