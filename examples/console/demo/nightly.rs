//! A backup that is always at work: as many media as there are drives are mounted, the rest waits.

use std::sync::Arc;
use std::time::Duration;

use rsm::clock::{Clock as _, SystemClock};
use rsm::model::{DismountOptions, LogicalMediaId, MediaRef, MountRequest};
use rsm::{ErrorKind, Session};

use crate::Failure;

/// So often one medium has been written long enough.
const TURN: Duration = Duration::from_secs(15);

pub struct Nightly {
    session: Arc<Session>,
    media: Vec<LogicalMediaId>,
}

impl Nightly {
    pub fn begin(session: &Arc<Session>, media: &[LogicalMediaId]) -> Result<(), Failure> {
        let mut nightly = Self { session: Arc::clone(session), media: media.to_vec() };
        for id in media {
            nightly.session.queue_mount(MountRequest::from(*id).for_writing())?;
        }
        super::spawn("nightly", move || nightly.work())
    }

    /// Until the session is closed.
    fn work(&mut self) {
        loop {
            SystemClock::new().pause(TURN);
            if self.turn().is_err_and(|error| error.kind() == ErrorKind::InvalidHandle) {
                return;
            }
        }
    }

    /// The medium that was mounted first makes room, and wants to be mounted again.
    fn turn(&mut self) -> rsm::Result<()> {
        let Some(first) = self.media.first().copied() else { return Ok(()) };
        self.session.dismount(&[MediaRef::from(first)], DismountOptions::IMMEDIATE)?;
        self.media.rotate_left(1);
        self.session.queue_mount(MountRequest::from(first).for_writing())?;
        Ok(())
    }
}
