//! Waiting to take over a library whose owner is another process.
//!
//! Nothing is done with the devices until the owner has died or given the library back. That is
//! seen by its lock, which one process at a time can hold: of several standbys one takes over.

use std::sync::Arc;
use std::time::Duration;

use super::Attached;
use super::lock::{LibraryLock, Taking};
use super::member::{Member, Role};
use super::trouble::{is_of_device, tell_trouble};
use crate::catalog::Watch;
use crate::clock::{Clock, Participant, Participation, SystemClock, Woken};
use crate::device::LibraryDevice;
use crate::error::{Error, Result};
use crate::model::{OperationalState, OperatorRequestId, ServiceTarget};

/// How often the lock is tried when nothing is heard. Always real time.
const LOOK: Duration = Duration::from_secs(1);

/// How long after a take-over that failed it is tried again, first and at most.
const RETRY: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(300);

/// A library that failed just before: it is not tried again at once.
pub(super) struct Failed {
    /// The place of the thread in the library's time.
    pub(super) place: Participation,
    /// What people have been asked.
    pub(super) asked: Option<OperatorRequestId>,
}

impl Member {
    /// The life of a standby, and of the owner that it becomes.
    pub(super) fn stand_by(
        &self,
        device: &Arc<dyn LibraryDevice>,
        watch: Watch,
        failed: Option<Failed>,
    ) {
        let time = SystemClock::new();
        let mut pauses = retries();
        let mut here = None;
        if let Some(Failed { place, asked }) = failed {
            here = Some(place.begin());
            self.rest_after_failure(pauses.next(), asked);
        }
        loop {
            let seen = watch.signal().count();
            if self.has_ended() {
                here.into_iter().for_each(Participant::until_the_end);
                return;
            }
            match self.take_over(device, &mut here) {
                Ok(Some(attached)) => {
                    drop(watch);
                    here.into_iter().for_each(Participant::until_the_end);
                    return attached.work();
                }
                Ok(None) => {
                    here = None;
                    let until = time.monotonic().saturating_add(LOOK);
                    time.wait(watch.signal(), seen, Some(until));
                }
                Err(error) => {
                    tracing::error!(%error, "a library could not be taken over");
                    here.get_or_insert_with(|| self.host.clock.participate().begin());
                    self.rest_after_failure(pauses.next(), self.what_is_asked());
                }
            }
        }
    }

    /// Takes over if the library has no owner. From then on this thread takes part in its time.
    fn take_over(
        &self,
        device: &Arc<dyn LibraryDevice>,
        here: &mut Option<Participant>,
    ) -> Result<Option<Arc<Attached>>> {
        let row = self.host.catalog.read(|view| view.library(self.key))?;
        let Taking::Taken(lock) = LibraryLock::take(&self.host.catalog, &row)? else {
            return Ok(None);
        };
        if !self.change_role(Role::TakingOver) {
            return Ok(None);
        }
        here.get_or_insert_with(|| self.host.clock.participate().begin());
        tracing::info!(library = %row.name, "the library has no owner: it is taken over");
        let taken = Attached::take(self.host.clone(), Arc::clone(device), lock);
        let taken = taken.and_then(|attached| {
            // Who sees it Ready finds it here.
            if self.change_role(Role::Owner(Arc::clone(&attached))) {
                attached.begin_service()?;
            }
            Ok(attached)
        });
        match taken {
            Ok(attached) if !self.has_ended() => Ok(Some(attached)),
            // It has been given back meanwhile.
            Ok(attached) => {
                drop(attached);
                self.leave().map(|()| None)
            }
            Err(error) => {
                self.stand_back(&error)?;
                Err(error)
            }
        }
    }

    /// The library could not be made ready.
    fn stand_back(&self, error: &Error) -> Result<()> {
        if !self.change_role(Role::Standby) {
            return self.leave();
        }
        let (library, process, now) = (self.key, self.host.catalog.process(), self.host.now());
        let is_broken = is_of_device(error);
        self.host.catalog.write(move |transaction| {
            transaction.stand_by_for_library(library, process)?;
            if is_broken {
                return Ok(());
            }
            transaction.change_library_state(library, OperationalState::NotPresent, now)
        })?;
        if is_broken { tell_trouble(&self.host, library, error) } else { Ok(()) }
    }

    /// Until the pause is over, or a person says that the library has been looked at.
    fn rest_after_failure(&self, pause: Option<Duration>, asked: Option<OperatorRequestId>) {
        let clock = self.host.clock.as_ref();
        let until = clock.monotonic().saturating_add(pause.unwrap_or(LONGEST));
        loop {
            let seen = self.changed.count();
            let is_answered = asked.is_some() && self.what_is_asked() != asked;
            if is_answered || self.has_ended() {
                return;
            }
            if clock.wait(&self.changed, seen, Some(until)) == Woken::Deadline {
                return;
            }
        }
    }

    pub(super) fn what_is_asked(&self) -> Option<OperatorRequestId> {
        let device = ServiceTarget::Library(self.id);
        let asked = self.host.catalog.read(|view| view.service_request(device));
        asked.unwrap_or_else(|error| {
            tracing::warn!(%error, "it is not known what people were asked");
            None
        })
    }
}

/// Ever longer pauses between tries.
fn retries() -> impl Iterator<Item = Duration> {
    std::iter::successors(Some(RETRY), |pause| Some((*pause * 2).min(LONGEST)))
}
