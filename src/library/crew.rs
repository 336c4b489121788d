//! The threads that use a library's devices, beside the one that decides what is to be done.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::Attached;
use crate::error::{Error, ErrorKind, Result};

/// Does what may panic: devices are the work of others. A panic is an `Internal` error.
pub(super) fn catch<T>(work: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| Error::new(ErrorKind::Internal, "a device panicked"))
}

/// The same for what may fail besides. What was under way is to be settled after either.
pub(super) fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch(work).flatten()
}

/// Counts one of the crew for as long as it is there.
struct Member(Arc<Attached>);

impl Member {
    fn enter(library: &Arc<Attached>) -> Option<Self> {
        let mut tasks = library.tasks.lock();
        if tasks.stop {
            return None;
        }
        tasks.crew += 1;
        Some(Self(Arc::clone(library)))
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        {
            // In one: else the library could seem at rest before what this made possible is seen.
            let mut tasks = self.0.tasks.lock();
            tasks.crew -= 1;
            self.0.changed.raise();
        }
        self.0.rested.raise();
    }
}

pub(super) fn no_thread(error: io::Error) -> Error {
    Error::new(ErrorKind::NotEnoughMemory, "cannot start a thread").caused_by(error)
}

impl Attached {
    /// Runs a job that uses devices, in a thread that does nothing else meanwhile. Says no when the library has been told
    /// to stop.
    ///
    /// # Errors
    /// `NotEnoughMemory`: no thread can be started.
    pub(super) fn employ(
        self: &Arc<Self>,
        job: impl FnOnce(&Arc<Self>) + Send + 'static,
    ) -> Result<bool> {
        let Some(member) = Member::enter(self) else { return Ok(false) };
        let work = move || {
            let member = member;
            job(&member.0);
        };
        self.pool.employ(self.host.clock.as_ref(), work).map_err(no_thread)?;
        Ok(true)
    }

    /// Whether somebody uses devices.
    pub(super) fn is_at_work(&self) -> bool {
        self.tasks.lock().crew > 0
    }

    /// Waits until nobody uses devices any more.
    pub(super) fn wait_for_crew(&self) {
        loop {
            let seen = self.rested.count();
            if !self.is_at_work() {
                return;
            }
            self.host.clock.wait(&self.rested, seen, None);
        }
    }
}
