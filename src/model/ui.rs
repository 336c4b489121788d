//! Where messages to people go.

use std::fmt;

use super::{
    Id, LibraryId, LibraryRequestId, ObjectId, OperatorRequestId, OperatorRequestState,
    TaskArgument, Timestamp, numbered,
};

numbered! {
    /// What kind of message it is.
    #[doc(alias = "NtmsUITypes")]
    UiMessageType: u32 {
        /// No kind; calls refuse it.
        #[doc(alias = "NTMS_UITYPE_INVALID")]
        Invalid = 0,
        /// How the work of libraries goes on: each state that it comes to.
        #[doc(alias = "NTMS_UITYPE_INFO")]
        Information = 1,
        /// Something that a person is asked to do.
        #[doc(alias = "NTMS_UITYPE_REQ")]
        Request = 2,
        /// Something has gone wrong: work has failed, or somebody has to look at a device or
        /// medium. The lists of sessions are kept, and never used.
        #[doc(alias = "NTMS_UITYPE_ERR")]
        Error = 3,
    }
}

numbered! {
    /// What is done to a list of destinations.
    #[doc(alias = "NtmsUIOperations")]
    UiDestinationAction: u32 {
        /// One is added.
        #[doc(alias = "NTMS_UIDEST_ADD")]
        Add = 1,
        /// One is removed.
        #[doc(alias = "NTMS_UIDEST_DELETE")]
        Delete = 2,
        /// All are removed.
        #[doc(alias = "NTMS_UIDEST_DELETEALL")]
        DeleteAll = 3,
    }
}

/// What the messages of a list of destinations are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum UiScope {
    /// What the session itself has caused. The lists of a session are its own, and end with it.
    Application,
    /// A library.
    Library(LibraryId),
    /// Everything.
    Computer,
}

/// What a message tells of. Its text form is the id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum UiRequest {
    /// What people are asked to do.
    Operator(OperatorRequestId),
    /// Work of a library.
    Library(LibraryRequestId),
}

impl From<UiRequest> for ObjectId {
    fn from(request: UiRequest) -> Self {
        match request {
            UiRequest::Operator(id) => id.into(),
            UiRequest::Library(id) => id.into(),
        }
    }
}

impl fmt::Display for UiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ObjectId::from(*self).as_uuid().fmt(f)
    }
}

/// A message to people, as a destination gets it.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UiMessage {
    /// The destination, as it was added to the list.
    pub destination: String,
    /// What kind of message it is.
    pub kind: UiMessageType,
    /// The request that people are asked to answer, or the work.
    pub request: UiRequest,
    /// What it is about; none for a request that is only a text.
    pub object: TaskArgument,
    /// When it was made; of work, when it came to its state.
    pub time: Timestamp,
    /// What is to be done and why, or what the work has come to: one line, with the names that
    /// people know.
    pub text: String,
}

/// That a message needs no more attention.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct UiRecall {
    /// The destination that had the message.
    pub destination: String,
    /// What kind of message it was.
    pub kind: UiMessageType,
    /// The request it was about.
    pub request: OperatorRequestId,
    /// When it was recalled.
    pub time: Timestamp,
    /// Complete or Refused; none when the request was deleted: nobody needs it any more.
    pub outcome: Option<OperatorRequestState>,
}

impl UiMessage {
    pub(crate) fn new(
        destination: String,
        kind: UiMessageType,
        (request, object): (UiRequest, TaskArgument),
        time: Timestamp,
        text: String,
    ) -> Self {
        Self { destination, kind, request, object, time, text }
    }
}

impl UiRecall {
    pub(crate) fn new(
        destination: String,
        kind: UiMessageType,
        request: OperatorRequestId,
        time: Timestamp,
        outcome: Option<OperatorRequestState>,
    ) -> Self {
        Self { destination, kind, request, time, outcome }
    }
}
