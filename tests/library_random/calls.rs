//! Calls that wait in threads of their own, while the world goes on.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use rsm::Mount;
use rsm::clock::{Clock, Thread, spawn};
use rsm::model::{LogicalMediaId, MountOptions, MountRequest, Timeout};

use super::world::{Mounted, World};

type Result = rsm::Result<Mount>;

/// A mount that somebody waits for.
pub struct Call {
    pub session: usize,
    pub media: LogicalMediaId,
    writable: bool,
    result: Arc<Mutex<Option<Result>>>,
    thread: Thread<()>,
}

impl Call {
    fn has_ended(&self) -> bool {
        self.result.lock().is_some()
    }

    fn ended(self) -> Result {
        self.thread.join().expect("a call does not panic");
        self.result.lock().take().expect("it has ended")
    }
}

impl World {
    /// Somebody mounts a medium and waits, for ever perhaps.
    pub fn call(&mut self) {
        let Some(media) = Self::any(&mut self.dice, &self.owned).map(|owned| owned.id) else {
            return;
        };
        let (index, writable) = (self.dice.below(2), self.dice.below(3) > 0);
        let patience = match self.dice.below(4) {
            0 => Timeout::Forever,
            _ => Timeout::After(Duration::from_secs(self.dice.below(2000) as u64)),
        };
        let mut request = MountRequest::from(media).timeout(patience);
        if self.dice.below(3) == 0 {
            request = request.options(MountOptions::ERROR_IF_OFFLINE);
        }
        if writable {
            request = request.for_writing();
        }
        let session = Arc::clone(&self.sessions[index]);
        let result: Arc<Mutex<Option<Result>>> = Arc::default();
        let clock: Arc<dyn Clock> = self.robot.clock.clone();
        let told = Arc::clone(&result);
        let work = move || *told.lock() = Some(session.mount(request));
        let thread = spawn(&clock, "application", work).expect("a thread");
        self.note(format!("session {index} waits for a mount, {patience:?}"));
        self.calls.push(Call { session: index, media, writable, result, thread });
    }

    /// Takes what has come up.
    pub fn collect_calls(&mut self) {
        let ended: Vec<Call> = self.calls.extract_if(.., |call| call.has_ended()).collect();
        for call in ended {
            let (media, writable, session) = (call.media, call.writable, call.session);
            let what = format!("the mount session {session} waited for");
            let Some(mount) = self.outcome(&what, call.ended()) else { continue };
            if self.owned.iter().any(|owned| owned.id == media) {
                self.examine(&mount, media);
            }
            self.mounted.push(Mounted { mount, media, writable, session });
        }
    }

    /// The calls of a session that is closed end.
    pub fn end_calls(&mut self, session: usize) {
        let ended: Vec<Call> = self.calls.extract_if(.., |call| call.session == session).collect();
        for call in ended {
            let result = call.ended();
            let _ = self.outcome("a call of a closed session", result);
        }
    }
}
