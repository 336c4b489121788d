//! When somebody looks into a stand-alone drive.

use std::sync::Arc;
use std::time::Duration;

use super::look::Looked;
use super::sight::Look;
use crate::catalog::View;
use crate::error::Result;
use crate::library::Attached;
use crate::library::crew::caught;
use crate::model::Timestamp;

/// How often a drive that is watched is looked at. **[D]**
pub(super) const INTERVAL: Duration = Duration::from_secs(2);

/// The longest time between two tries to look into a drive that fails.
const LONGEST: Duration = Duration::from_secs(256);

/// When the drive is looked at, and how the button is set.
#[derive(Debug, Default)]
pub(super) struct Tending {
    /// Somebody is there.
    is_looking: bool,
    /// What is to be found out whether or not anybody watches.
    wanted: Option<Look>,
    /// The device says that something has changed.
    noticed: bool,
    /// Not before this time, unless the device says so.
    next: Option<Timestamp>,
    /// The last call that asked for a look.
    asked: Option<i64>,
    /// How often in a row it failed.
    failures: u32,
    /// The button of the drive is locked.
    pub(super) holds: bool,
    /// How often the device has said that something changed, when it was last heard.
    heard: u64,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Now(Look),
    At(Timestamp),
    Never,
}

impl Tending {
    fn due(&mut self, is_watched: bool, now: Timestamp) -> Due {
        if self.is_looking {
            return Due::Never;
        }
        if !is_watched && self.wanted.is_none() {
            (self.noticed, self.next) = (false, None);
            return Due::Never;
        }
        // A look that is wanted is not put off but after a failure.
        let is_put_off = self.failures > 0 || self.wanted.is_none();
        match self.next.filter(|next| *next > now && is_put_off && !self.noticed) {
            Some(next) => Due::At(next),
            None => Due::Now(self.wanted.unwrap_or(Look::POLL)),
        }
    }

    fn begin(&mut self) {
        (self.is_looking, self.noticed) = (true, false);
    }

    fn end(&mut self, look: Look, done: Option<Looked>, now: Timestamp) {
        self.is_looking = false;
        if done.is_some() {
            self.failures = 0;
        } else {
            self.failures = self.failures.saturating_add(1);
        }
        if done == Some(Looked::Done) {
            self.wanted = self.wanted.filter(|wanted| look.and(*wanted) != look);
        }
        let pause = INTERVAL.saturating_mul(1 << self.failures.min(7)).min(LONGEST);
        self.next = Some(now.saturating_add(pause));
    }
}

/// What decides whether somebody is sent to the drive.
struct Situation {
    /// Something is being done in it.
    is_moving: bool,
    is_mounted: bool,
    is_watched: bool,
    /// The last call that waits for one look.
    asked: Option<i64>,
}

impl Attached {
    /// What is in the drive is to be found out.
    pub(in crate::library) fn want_look(&self, look: Look) {
        if let Some(by_hand) = &self.by_hand {
            let mut tending = by_hand.tending.lock();
            tending.wanted = Some(tending.wanted.map_or(look, |wanted| wanted.and(look)));
        }
        self.changed.raise();
    }

    /// Sends somebody to the drive of a stand-alone library, if it is time. Says when it will be, if
    /// nothing happens before.
    pub(in crate::library) fn tend_drive(self: &Arc<Self>) -> Result<Option<Timestamp>> {
        let Some(by_hand) = &self.by_hand else { return Ok(None) };
        let drive = self.only_drive()?.key;
        let said = self.device.changes().map_or(0, |changes| changes.count());
        let now = self.now();
        let situation = self.host.catalog.read(|view| situation(view, self.key, drive))?;
        if situation.is_moving {
            return Ok(None);
        }
        let (releases, due) = {
            let mut tending = by_hand.tending.lock();
            tending.noticed |= said != tending.heard;
            tending.heard = said;
            // Each call gets its look at once, and what comes of it later, if it fails.
            if situation.asked > tending.asked {
                (tending.asked, tending.noticed) = (situation.asked, true);
            }
            let releases = tending.holds && !situation.is_mounted && !tending.is_looking;
            let due = if releases { Due::Never } else { tending.due(situation.is_watched, now) };
            if releases || matches!(due, Due::Now(_)) {
                tending.begin();
            }
            (releases, due)
        };
        let look = match due {
            Due::At(time) => return Ok(Some(time)),
            Due::Never if !releases => return Ok(None),
            Due::Never => None,
            Due::Now(look) => Some(look),
        };
        let sent = self.employ(move |library| library.visit_drive(look));
        if !matches!(sent, Ok(true)) {
            by_hand.tending.lock().is_looking = false;
        }
        sent.map(|_| None)
    }

    /// Looks into the drive, or releases its button.
    fn visit_drive(&self, look: Option<Look>) {
        let Some(by_hand) = &self.by_hand else { return };
        let Some(look) = look else {
            if let Err(error) = caught(|| self.let_go_of_medium()) {
                tracing::warn!(%error, "the button of a drive stays locked for now");
            }
            by_hand.tending.lock().is_looking = false;
            return;
        };
        let done = caught(|| self.poll_drive(look));
        if let Err(error) = &done {
            tracing::warn!(%error, "a stand-alone drive could not be looked into");
        }
        by_hand.tending.lock().end(look, done.ok(), self.now());
    }

    /// Looks into the drive, and tells those who wait for that.
    fn poll_drive(&self, look: Look) -> Result<Looked> {
        let library = self.key;
        let (asked, is_watched) = self
            .host
            .catalog
            .read(|view| Ok((view.last_poll_of(library)?, view.is_watched(library)?)))?;
        // Whoever watched may have gone since somebody was sent.
        let by_hand = self.by_hand.as_ref();
        if !is_watched && by_hand.is_some_and(|by_hand| by_hand.tending.lock().wanted.is_none()) {
            return Ok(Looked::Done);
        }
        let done = self.look_inside(look);
        if let Some(last) = asked
            && !matches!(done, Ok(Looked::Busy))
        {
            let kind = done.as_ref().err().map(crate::Error::kind);
            self.host
                .catalog
                .write(move |transaction| transaction.answer_polls(library, last, kind))?;
        }
        done
    }
}

fn situation(view: &View<'_>, library: i64, drive: i64) -> Result<Situation> {
    Ok(Situation {
        is_moving: view.movement_of_drive(drive)?.is_some(),
        is_mounted: view.mount_of_drive(drive)?.is_some(),
        is_watched: view.is_watched(library)?,
        asked: view.last_poll_of(library)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn a_drive_is_looked_at_every_two_seconds_while_it_is_watched() {
        let mut tending = Tending::default();
        assert_eq!(tending.due(false, at(0)), Due::Never);
        assert_eq!(tending.due(true, at(0)), Due::Now(Look::POLL), "at once");
        tending.begin();
        assert_eq!(tending.due(true, at(0)), Due::Never, "somebody is there");
        tending.end(Look::POLL, Some(Looked::Done), at(1));
        assert_eq!(tending.due(true, at(2)), Due::At(at(3)));
        assert_eq!(tending.due(true, at(3)), Due::Now(Look::POLL));
        assert_eq!(tending.due(false, at(3)), Due::Never);
        assert_eq!(tending.due(true, at(3)), Due::Now(Look::POLL), "watched anew");
    }

    #[test]
    fn what_the_device_says_counts_only_while_it_is_watched() {
        let mut tending = Tending { noticed: true, ..Tending::default() };
        assert_eq!(tending.due(false, at(0)), Due::Never);
        tending.begin();
        tending.end(Look::POLL, Some(Looked::Done), at(0));
        tending.noticed = true;
        assert_eq!(tending.due(true, at(1)), Due::Now(Look::POLL));
    }

    #[test]
    fn a_drive_that_fails_is_tried_ever_less_often() {
        let mut tending = Tending { wanted: Some(Look::START), ..Tending::default() };
        let mut now = at(0);
        let mut pauses = Vec::new();
        for _ in 0..9 {
            assert_eq!(tending.due(true, now), Due::Now(Look::START));
            tending.begin();
            tending.end(Look::START, None, now);
            let Due::At(next) = tending.due(true, now) else { panic!("put off") };
            pauses.push((next.as_micros() - now.as_micros()) / 1_000_000);
            now = next;
        }
        assert_eq!(pauses, [4, 8, 16, 32, 64, 128, 256, 256, 256]);
        tending.begin();
        tending.end(Look::START, Some(Looked::Done), now);
        assert_eq!(tending.due(false, now), Due::Never, "it is found out");
    }

    #[test]
    fn what_is_wanted_stays_wanted_until_it_is_found_out() {
        let mut tending = Tending { wanted: Some(Look::FULL), ..Tending::default() };
        tending.begin();
        tending.end(Look::POLL, Some(Looked::Done), at(0));
        assert_eq!(tending.due(false, at(0)), Due::Now(Look::FULL), "that was less");
        tending.begin();
        tending.end(Look::FULL, Some(Looked::Busy), at(0));
        assert_eq!(tending.due(false, at(0)), Due::Now(Look::FULL));
    }
}
