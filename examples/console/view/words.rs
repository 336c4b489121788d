//! Times and states in words.

use std::time::Duration;

use jiff::tz::TimeZone;
use rsm::model::Timestamp;

use super::picture::{Health, Progress};

/// The moment at which somebody looks, in the place where that person is.
#[derive(Clone, Debug)]
pub struct Now {
    pub time: Timestamp,
    pub zone: TimeZone,
}

/// Less than this is left: hurry.
pub const URGENT: Duration = Duration::from_secs(15 * 60);

/// Less than this apart, an hour says enough.
const NEAR: Duration = Duration::from_secs(12 * 3600);

impl Now {
    /// The hour, with the day if it is another day and not near.
    pub fn clock(&self, time: Timestamp) -> String {
        let (Some(here), Some(there)) = (self.local(self.time), self.local(time)) else {
            return "?".to_owned();
        };
        let days = (there.date() - here.date()).get_days();
        let apart = (time.saturating_since(self.time)).max(self.time.saturating_since(time));
        let form = match days {
            _ if apart < NEAR => "%H:%M",
            -6..=6 => "%a %H:%M",
            _ => "%b %d %H:%M",
        };
        there.strftime(form).to_string()
    }

    fn local(&self, time: Timestamp) -> Option<jiff::Zoned> {
        let time = jiff::Timestamp::from_microsecond(time.as_micros()).ok()?;
        Some(time.to_zoned(self.zone.clone()))
    }

    /// How long ago it was.
    pub fn age(&self, since: Timestamp) -> String {
        span(self.time.saturating_since(since))
    }

    /// When it is, and how long until then.
    pub fn deadline(&self, at: Timestamp) -> String {
        let left = at.saturating_since(self.time);
        if left.is_zero() {
            return format!("{}, over", self.clock(at));
        }
        format!("{}, in {}", self.clock(at), span(left))
    }

    pub fn is_urgent(&self, deadline: Option<Timestamp>) -> bool {
        deadline.is_some_and(|at| at.saturating_since(self.time) < URGENT)
    }

    /// The next time that the clock shows `HH:MM`.
    pub fn next(&self, text: &str) -> Option<Timestamp> {
        let (hour, minute) = text.trim().split_once(':')?;
        let time = jiff::civil::Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?;
        let here = self.local(self.time)?;
        let today = here.date().to_datetime(time).to_zoned(self.zone.clone()).ok()?;
        let next = if today > here {
            today
        } else {
            here.date().tomorrow().ok()?.to_datetime(time).to_zoned(self.zone.clone()).ok()?
        };
        Some(Timestamp::from_micros(next.timestamp().as_microsecond()))
    }
}

/// A time in the unit that says enough.
pub fn span(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds @ 60..5_400 => format!("{} min", seconds / 60),
        seconds @ 5_400..36_000 => format!("{} h {:02}", seconds / 3_600, seconds / 60 % 60),
        seconds @ 36_000..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// One of something, or several.
pub fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

pub fn progress(progress: Progress) -> &'static str {
    match progress {
        Progress::Working => "at it",
        Progress::Waiting => "waits",
        Progress::Queued => "next",
        Progress::PutOff => "put off",
    }
}

/// What is the matter with a library, in a line.
pub fn health(health: &Health, enabled: bool) -> &'static str {
    match health {
        Health::NeedsService(_) => "NEEDS SERVICE",
        Health::Unserved => "NOBODY SERVES IT",
        _ if !enabled => "DISABLED",
        Health::Starting => "starting",
        Health::Ready => "ready",
    }
}
