//! What each drive did when, as one line without gaps.

use std::time::Duration;

use rsm::model::DriveId;

use crate::applications;
use crate::journal::{Span, Work};
use crate::setting::Setting;

/// What a drive does. Of two at a time the later one in this list counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    Empty,
    Idle,
    Unloading,
    Loading,
    Backup,
    Restore,
    Copy,
    Cleaning,
    OutOfService,
}

impl State {
    pub const ALL: [Self; 9] = [
        Self::Backup,
        Self::Restore,
        Self::Copy,
        Self::Loading,
        Self::Unloading,
        Self::Idle,
        Self::Empty,
        Self::Cleaning,
        Self::OutOfService,
    ];

    /// A drive is used by this application.
    fn used_by(application: &str) -> Self {
        match application {
            applications::BACKUP => Self::Backup,
            applications::COPY => Self::Copy,
            _ => Self::Restore,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Idle => "idle, with a medium",
            Self::Unloading => "unloading",
            Self::Loading => "loading, reading the label",
            Self::Backup => "in use: backup",
            Self::Restore => "in use: restore",
            Self::Copy => "in use: duplication",
            Self::Cleaning => "cleaning",
            Self::OutOfService => "out of service",
        }
    }
}

/// The day of one drive: what it did, without gaps and in order.
pub struct Lane {
    pub parts: Vec<(State, Span)>,
}

impl Lane {
    pub fn new(setting: &Setting, number: usize, drive: DriveId, out: &[Span]) -> Self {
        let mut all: Vec<(State, Span)> = Vec::new();
        for (work, span) in setting.journal.work.lock().iter() {
            let state = match *work {
                Work::Hold(n) if n == number => State::Idle,
                Work::Unload(n) if n == number => State::Unloading,
                Work::Load(n) | Work::Open(n) if n == number => State::Loading,
                Work::Clean(n) if n == number => State::Cleaning,
                _ => continue,
            };
            all.push((state, *span));
        }
        for call in setting.journal.calls.lock().iter().filter(|c| c.drives.contains(&drive)) {
            let state = State::used_by(call.application);
            all.push((state, Span { begin: call.answered, end: call.ended }));
        }
        all.extend(out.iter().map(|span| (State::OutOfService, *span)));
        Self { parts: flatten(&all, setting.day) }
    }

    /// How long it was in that state.
    pub fn time_in(&self, state: State) -> Duration {
        self.parts.iter().filter(|part| part.0 == state).map(|part| part.1.length()).sum()
    }
}

/// Of all that was the case at one time, what counts.
fn flatten(all: &[(State, Span)], day: Span) -> Vec<(State, Span)> {
    let mut edges: Vec<(Duration, bool, State)> = Vec::new();
    for (state, span) in all {
        if let Some(span) = span.within(day) {
            edges.extend([(span.begin, true, *state), (span.end, false, *state)]);
        }
    }
    edges.push((day.end, true, State::Empty));
    edges.sort_unstable_by_key(|edge| edge.0);
    let mut open: Vec<State> = vec![State::Empty];
    let (mut parts, mut begin): (Vec<(State, Span)>, Duration) = (Vec::new(), day.begin);
    for (end, opens, state) in edges {
        if end > begin {
            let now = open.iter().max().copied().unwrap_or(State::Empty);
            match parts.last_mut() {
                Some((last, span)) if *last == now => span.end = end,
                _ => parts.push((now, Span { begin, end })),
            }
            begin = end;
        }
        if opens {
            open.push(state);
        } else if let Some(index) = open.iter().position(|one| *one == state) {
            open.swap_remove(index);
        }
    }
    parts
}

/// How long at least one of these lasted.
pub fn union(spans: impl IntoIterator<Item = Span>, day: Span) -> Duration {
    let all: Vec<_> = spans.into_iter().map(|span| (State::Backup, span)).collect();
    let parts = flatten(&all, day);
    parts.iter().filter(|part| part.0 == State::Backup).map(|part| part.1.length()).sum()
}
