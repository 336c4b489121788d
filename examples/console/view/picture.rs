//! The state of a catalog as far as operators need it, at one moment.

use rsm::model::{LibraryId, LibraryRequestId, OperatorRequestId, Timestamp};

#[derive(Clone, Debug, Default)]
pub struct Picture {
    /// The directory of the catalog.
    pub place: String,
    /// Those with the nearest deadline first, then the oldest.
    pub requests: Vec<Request>,
    pub libraries: Vec<Library>,
    /// What libraries are doing, then what waits, in its order.
    pub work: Vec<Work>,
    pub absence: Option<Absence>,
}

/// What somebody is asked to do.
#[derive(Clone, Debug)]
pub struct Request {
    pub id: OperatorRequestId,
    /// What is to be done, in a few words.
    pub what: String,
    /// What the one who asked says besides.
    pub message: String,
    /// How it is done, and how it ends.
    pub advice: &'static str,
    /// Where an inventory finds what was brought.
    pub library: Option<LibraryId>,
    pub asked_by: String,
    pub since: Timestamp,
    /// Who is at it.
    pub taken_by: Option<String>,
    pub waits: Vec<Wait>,
}

/// Who waits for a request.
#[derive(Clone, Debug)]
pub struct Wait {
    pub what: String,
    pub who: String,
    pub since: Timestamp,
    pub deadline: Option<Timestamp>,
    /// Whether a call fails when the request is refused.
    pub is_call: bool,
}

#[derive(Clone, Debug)]
pub struct Library {
    pub id: LibraryId,
    pub name: String,
    pub health: Health,
    pub enabled: bool,
    pub media: u32,
    pub slots: u32,
    pub has_door: bool,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Health {
    Ready,
    Starting,
    /// Something is broken, for this reason.
    NeedsService(String),
    /// No program has it attached.
    Unserved,
}

/// A drive, a port, a door, or the place of the cleaning cartridge.
#[derive(Clone, Debug, Default)]
pub struct Part {
    pub name: String,
    pub state: String,
    /// Whether somebody should look at it.
    pub is_wrong: bool,
    pub inside: String,
    pub user: String,
    /// Since when it is used.
    pub since: Option<Timestamp>,
}

/// Something that a library does, or is to do.
#[derive(Clone, Debug)]
pub struct Work {
    pub id: LibraryRequestId,
    pub library: String,
    pub what: String,
    pub who: String,
    pub since: Timestamp,
    pub progress: Progress,
    pub why: String,
    /// The rank among mounts that wait; 0 without.
    pub order: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    Working,
    Waiting,
    Queued,
    /// A medium that may stay in its drive until the drive is wanted.
    PutOff,
}

/// That nobody is there.
#[derive(Clone, Debug)]
pub struct Absence {
    pub reason: String,
    pub said_by: String,
    pub since: Timestamp,
    pub until: Option<Timestamp>,
}

impl Request {
    /// When the first of those who wait gives up.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.waits.iter().filter_map(|wait| wait.deadline).min()
    }

    /// How many calls fail when it is refused.
    pub fn calls(&self) -> usize {
        self.waits.iter().filter(|wait| wait.is_call).count()
    }
}
