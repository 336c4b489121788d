//! In whose name requests are made.

use uuid::Uuid;

use crate::model::Attendance;

/// Who asked for something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Submitter {
    pub(crate) application: String,
    pub(crate) user: String,
    pub(crate) computer: String,
    /// The session, where it is known.
    pub(crate) session: Option<Uuid>,
    /// Whether people attend to the session, if it has said so for itself.
    pub(crate) attendance: Option<Attendance>,
}

impl Submitter {
    /// The library manager itself.
    pub(crate) fn manager() -> Self {
        Self {
            application: "RSM".to_owned(),
            user: String::new(),
            computer: String::new(),
            session: None,
            attendance: None,
        }
    }
}
