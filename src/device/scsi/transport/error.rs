//! Why a command did not end.

use std::borrow::Cow;

/// Why a command did not end.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct TransportError {
    kind: TransportErrorKind,
    reason: Cow<'static, str>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl TransportError {
    /// An error of this kind, with the reason a person should read.
    pub fn new(kind: TransportErrorKind, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, reason: reason.into(), source: None }
    }

    /// The same error, with what caused it.
    #[must_use]
    pub fn caused_by(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The transfer is longer than the way to the device allows.
    pub(super) fn too_long(length: usize) -> Self {
        let reason = format!("{length} bytes are too many for one command");
        Self::new(TransportErrorKind::TooLong, reason)
    }

    /// What can be done next.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

/// What can be done after a command that did not end.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransportErrorKind {
    /// No answer came in time. The command may have been carried out, in part or in full, or may
    /// still be.
    TimedOut,
    /// The answer was lost. The command may have been carried out, in part or in full.
    Lost,
    /// The command was not sent: its transfer is longer than the way to the device allows.
    TooLong,
    /// The command was not sent: the device is not there any more.
    Gone,
    /// The command was not sent: this process may not use the device.
    Denied,
}
