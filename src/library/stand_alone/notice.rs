//! Listening to what a stand-alone device notices by itself.

use std::sync::Arc;

use crate::clock;
use crate::error::Result;
use crate::library::Attached;
use crate::library::crew::no_thread;

impl Attached {
    /// Starts the thread that listens, if the device notices anything. It ends when the library is
    /// told to [stop listening](Self::stop_listening).
    pub(in crate::library) fn listen(self: &Arc<Self>) -> Result<()> {
        let changes = self.device.changes().filter(|_| self.is_stand_alone());
        let Some(changes) = changes else { return Ok(()) };
        let (library, time) = (Arc::downgrade(self), Arc::clone(&self.host.clock));
        let mut seen = changes.count();
        let listening = move || {
            loop {
                time.wait(&changes, seen, None);
                seen = changes.count();
                match library.upgrade() {
                    Some(library) if !library.is_stopped() => library.notice(),
                    _ => return,
                }
            }
        };
        let thread = clock::spawn(&self.host.clock, "rsm-notice", listening);
        thread.map(drop).map_err(no_thread)
    }

    /// Whoever listens finds that it is over.
    pub(in crate::library) fn stop_listening(&self) {
        if self.is_stand_alone() {
            self.device.changes().into_iter().for_each(|changes| changes.raise());
        }
    }
}
