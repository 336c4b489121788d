//! The gate: which process may write.
//!
//! Two advisory file locks are taken in turn: `gate`, then `lock`, then `gate` is released. Whoever
//! waits for `lock` holds `gate`, so the holder of `lock` cannot come round and take it again
//! before the one who waits: processes take turns. (SQLite's own way of waiting lets one process
//! starve the others.)
//!
//! File locks cannot be waited for with a deadline. When the locks are taken, a thread of this
//! module waits for them, and the caller waits for that thread with a deadline. So a process that
//! was stopped while it held the gate costs others a `Busy`, never their freedom.
//!
//! Only the leader of the group commit enters, so at most one thread of a process is here.

use std::fs::{File, TryLockError};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

use super::directory::Directory;
use super::failure::io;
use super::statistics::Counters;
use crate::error::{Error, ErrorKind, Result};

#[derive(Debug)]
pub(super) struct Gate {
    files: Arc<Files>,
    keeper: Arc<Keeper>,
    counters: Arc<Counters>,
}

#[derive(Debug)]
struct Files {
    gate: File,
    lock: File,
}

/// Being inside: dropping it lets others in.
#[derive(Debug)]
pub(super) struct Inside<'a>(&'a Gate);

#[derive(Debug, Default)]
struct Keeper {
    state: Mutex<KeeperState>,
    changed: Condvar,
}

#[derive(Debug, Default, PartialEq)]
enum KeeperState {
    /// No thread waits.
    #[default]
    Idle,
    /// The thread waits for the locks on behalf of a caller.
    Wanted,
    /// The thread got the locks for the caller.
    Taken,
    /// The caller gave up; the thread gives the locks back when it gets them.
    Abandoned,
    /// The locks could not be taken.
    Failed(String),
}

impl Gate {
    /// The gate of a catalog. Its files hold nothing and are made anew when they are missing.
    pub(super) fn open(directory: &Directory, counters: Arc<Counters>) -> Result<Self> {
        let open = |path: std::path::PathBuf| {
            File::options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(io(format!("cannot open {}", path.display())))
        };
        let files = Files { gate: open(directory.gate())?, lock: open(directory.lock())? };
        Ok(Self { files: Arc::new(files), keeper: Arc::default(), counters })
    }

    /// Enters, waiting for other processes until `deadline`.
    ///
    /// # Errors
    /// `Busy` when the deadline passes, naming the process that is inside.
    pub(super) fn enter(&self, deadline: Instant) -> Result<Inside<'_>> {
        let entered = match self.try_enter()? {
            Attempt::Inside => true,
            Attempt::Contended { at } => {
                self.counters.waited_at_gate();
                self.enter_with_keeper(at, deadline)?
            }
        };
        if !entered {
            return Err(self.busy());
        }
        self.sign();
        Ok(Inside(self))
    }

    fn try_enter(&self) -> Result<Attempt> {
        if *self.keeper.state.lock() != KeeperState::Idle {
            return Ok(Attempt::Contended { at: Place::Outside });
        }
        match self.files.gate.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Ok(Attempt::Contended { at: Place::Outside });
            }
            Err(TryLockError::Error(e)) => return Err(io("cannot lock the gate".into())(e)),
        }
        let lock = self.files.lock.try_lock();
        if let Err(TryLockError::WouldBlock) = lock {
            // The gate is kept: the one inside cannot come round before us.
            return Ok(Attempt::Contended { at: Place::InGate });
        }
        self.files.gate.unlock().map_err(io("cannot unlock the gate".into()))?;
        match lock {
            Err(TryLockError::Error(e)) => Err(io("cannot lock the catalog".into())(e)),
            _ => Ok(Attempt::Inside),
        }
    }

    fn enter_with_keeper(&self, at: Place, deadline: Instant) -> Result<bool> {
        let mut state = self.keeper.state.lock();
        match &*state {
            KeeperState::Abandoned | KeeperState::Wanted => *state = KeeperState::Wanted,
            KeeperState::Taken => {}
            KeeperState::Idle | KeeperState::Failed(_) => {
                self.start_keeper(at).inspect_err(|_| self.leave(at))?;
                *state = KeeperState::Wanted;
            }
        }
        loop {
            match &*state {
                KeeperState::Taken => {
                    *state = KeeperState::Idle;
                    return Ok(true);
                }
                KeeperState::Failed(reason) => {
                    let reason = reason.clone();
                    *state = KeeperState::Idle;
                    return Err(Error::new(ErrorKind::DatabaseFailure, reason));
                }
                _ => {}
            }
            if self.keeper.changed.wait_until(&mut state, deadline).timed_out()
                && *state == KeeperState::Wanted
            {
                *state = KeeperState::Abandoned;
                return Ok(false);
            }
        }
    }

    /// Gives back what an attempt had got when nobody goes on with it.
    fn leave(&self, at: Place) {
        if at == Place::InGate {
            // Unlocking an open file does not fail.
            let _unlocked = self.files.gate.unlock();
        }
    }

    fn start_keeper(&self, at: Place) -> Result<()> {
        let (files, keeper) = (Arc::clone(&self.files), Arc::clone(&self.keeper));
        thread::Builder::new()
            .name("rsm-gate".into())
            .spawn(move || keeper.wait_for(&files, at))
            .map(drop)
            .map_err(io("cannot start a thread to wait at the gate".into()))
    }

    /// Leaves word who is inside, for those who wait in vain.
    fn sign(&self) {
        let text = format!("{:<20}", std::process::id());
        // A missing signature costs a name in a message, nothing else.
        let _written = self.files.lock.write_at(text.as_bytes(), 0);
    }

    fn busy(&self) -> Error {
        let mut text = [0; 20];
        let read = self.files.lock.read_at(&mut text, 0).unwrap_or(0);
        let holder =
            String::from_utf8_lossy(text.get(..read).unwrap_or_default()).trim().to_owned();
        Error::new(
            ErrorKind::Busy,
            format!("the catalog is being written by process {holder}, which does not finish"),
        )
    }
}

enum Attempt {
    Inside,
    Contended { at: Place },
}

/// How far somebody who waits has come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    Outside,
    /// Holds `gate`: the next one inside.
    InGate,
}

impl Keeper {
    fn wait_for(&self, files: &Files, at: Place) {
        let gate = if at == Place::InGate { Ok(()) } else { files.gate.lock() };
        let taken = gate.and_then(|()| {
            let taken = files.lock.lock();
            files.gate.unlock().and(taken)
        });
        let mut state = self.state.lock();
        *state = match taken {
            Err(e) => KeeperState::Failed(format!("cannot take the catalog's lock: {e}")),
            Ok(()) if *state == KeeperState::Wanted => KeeperState::Taken,
            Ok(()) => {
                // Failing to unlock is impossible while the file is open; closing it unlocks too.
                let _unlocked = files.lock.unlock();
                KeeperState::Idle
            }
        };
        self.changed.notify_all();
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        // See above: unlocking an open file does not fail.
        let _unlocked = self.0.files.lock.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn two_gates() -> (tempfile::TempDir, Gate, Gate) {
        let temp = tempfile::tempdir().expect("temporary directory");
        let directory = Directory::new(temp.path()).expect("directory");
        // Separate open files exclude each other as separate processes do.
        let first = Gate::open(&directory, Arc::default()).expect("gate");
        let second = Gate::open(&directory, Arc::default()).expect("gate");
        (temp, first, second)
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_millis(30)
    }

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[test]
    fn the_gate_lets_one_in_and_names_the_holder() {
        let (_temp, first, second) = two_gates();
        let inside = first.enter(later()).expect("free");
        let refused = second.enter(soon()).expect_err("taken");
        assert_eq!(refused.kind(), ErrorKind::Busy);
        assert!(refused.reason().contains(&std::process::id().to_string()), "{refused}");
        drop(inside);
        second.enter(later()).expect("free again, although a thread of ours still waits");
    }

    #[test]
    fn who_waits_gets_in_when_the_other_leaves() {
        let (_temp, first, second) = two_gates();
        let inside = first.enter(later()).expect("free");
        thread::scope(|scope| {
            let waiter = scope.spawn(|| second.enter(later()).map(drop));
            while second.counters.snapshot().gate_waits == 0 {
                thread::yield_now();
            }
            drop(inside);
            assert!(waiter.join().expect("no panic").is_ok());
        });
        first.enter(later()).expect("given back");
    }
}
