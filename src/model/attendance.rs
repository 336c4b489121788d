//! Whether anybody is there to do what people are asked.

use super::{Timestamp, numbered};

numbered! {
    /// Whether anybody is there to do what people are asked.
    Attendance: u32 {
        /// Somebody does it, sooner or later: whoever needs it waits.
        Attended = 1,
        /// Nobody does it for now: whoever needs it fails at once.
        Unattended = 2,
    }
}

/// That nobody is there, for all sessions of all processes.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Absence {
    /// Why, for those who fail because of it.
    pub reason: String,
    /// The application that said so.
    pub application: String,
    /// Its user.
    pub user: String,
    /// Since when.
    pub since: Timestamp,
    /// When somebody is there again; none: when somebody says so.
    pub until: Option<Timestamp>,
}

impl Absence {
    pub(crate) fn new(
        reason: String,
        (application, user): (String, String),
        since: Timestamp,
        until: Option<Timestamp>,
    ) -> Self {
        Self { reason, application, user, since, until }
    }
}
