//! Ejecting from a stand-alone drive.

use super::numbered::numbered;
use crate::error::ErrorKind;

numbered! {
    /// How the medium of a stand-alone drive is to be ejected.
    #[doc(alias = "NtmsEjectOperation")]
    EjectMode: u32 {
        /// Queue it and return. The eject ends when somebody has taken the cartridge, when the time
        /// of the port is over, or when it is stopped.
        #[doc(alias = "NTMS_EJECT_START")]
        Start = 0,
        /// Stop the eject of the drive that has been started and has not ended.
        #[doc(alias = "NTMS_EJECT_STOP")]
        Stop = 1,
        /// As `Start`.
        #[doc(alias = "NTMS_EJECT_QUEUE")]
        Queue = 2,
        /// As `Start`, even if somebody uses the medium.
        #[doc(alias = "NTMS_EJECT_FORCE")]
        Force = 3,
        /// Eject it now, and return when the cartridge is out.
        #[doc(alias = "NTMS_EJECT_IMMEDIATE")]
        Immediate = 4,
        /// As `Immediate`; if that fails, ask.
        #[doc(alias = "NTMS_EJECT_ASK_USER")]
        AskUser = 5,
    }
}

/// Why a person is asked about an eject.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EjectQuestion {
    /// The device that was named.
    pub device: String,
    /// What the eject failed with.
    pub kind: ErrorKind,
    /// The same in words.
    pub reason: String,
}

impl EjectQuestion {
    pub(crate) fn new(device: &str, kind: ErrorKind, reason: &str) -> Self {
        Self { device: device.to_owned(), kind, reason: reason.to_owned() }
    }
}

/// What a person answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EjectAnswer {
    /// The medium stays.
    Cancel,
    /// Whoever uses it loses it.
    Force,
}

/// Somebody who can be asked, by a window or in another way. It may take as long as it likes; the
/// medium can be used meanwhile.
///
/// Closures that take a question and give an answer can be asked.
pub trait EjectPrompt {
    /// Asks what is to be done about an eject that failed.
    fn ask(&self, question: &EjectQuestion) -> EjectAnswer;
}

impl<F: Fn(&EjectQuestion) -> EjectAnswer> EjectPrompt for F {
    fn ask(&self, question: &EjectQuestion) -> EjectAnswer {
        self(question)
    }
}
