//! Where messages to people go.

use super::{LibraryId, numbered};

numbered! {
    /// What kind of message it is.
    #[doc(alias = "NtmsUITypes")]
    UiMessageType: u32 {
        /// No kind; calls refuse it.
        #[doc(alias = "NTMS_UITYPE_INVALID")]
        Invalid = 0,
        /// How work goes on.
        #[doc(alias = "NTMS_UITYPE_INFO")]
        Information = 1,
        /// Something that a person is asked to do.
        #[doc(alias = "NTMS_UITYPE_REQ")]
        Request = 2,
        /// Something has gone wrong.
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
pub enum UiScope {
    /// What the session itself has caused. The lists of a session are its own, and end with it.
    Application,
    /// A library.
    Library(LibraryId),
    /// Everything.
    Computer,
}
