//! Messages in a file.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use super::{UiFailure, UiSink};
use crate::model::{UiMessage, UiRecall};

/// Appends messages to a file, one line for each: time in UTC, kind, destination, request, text.
/// A recall is a line, too.
///
/// The file is opened anew for each line and made if need be, so that it can be renamed or removed
/// at any time. A line is written at once: several sinks in several processes may have the same
/// file on a local file system, and their lines do not mix.
///
/// ```text
/// 2026-03-01T18:00:05Z Request ops1 0195…: move medium A00017 to library L1: Bring medium …
/// 2026-03-01T18:04:40Z Request ops1 0195…: recalled, Complete
/// ```
#[derive(Clone, Debug)]
pub struct FileSink {
    path: PathBuf,
}

impl FileSink {
    /// A sink that appends to this file. Nothing is opened yet.
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned() }
    }

    fn append(&self, line: &str) -> Result<(), UiFailure> {
        let line = format!("{}\n", line.replace(char::is_control, " "));
        let mut file = File::options().append(true).create(true).open(&self.path)?;
        // A part of a line that others could write into is no line.
        if file.write(line.as_bytes())? < line.len() {
            return Err(format!("a line was cut off in {}", self.path.display()).into());
        }
        Ok(())
    }
}

impl UiSink for FileSink {
    fn deliver(&self, message: &UiMessage) -> Result<(), UiFailure> {
        let UiMessage { destination, kind, request, time, text, .. } = message;
        self.append(&format!("{time} {kind:?} {destination} {request}: {text}"))
    }

    fn recall(&self, recall: &UiRecall) -> Result<(), UiFailure> {
        let UiRecall { destination, kind, request, time, outcome } = recall;
        let outcome = outcome.map_or("deleted".to_owned(), |state| format!("{state:?}"));
        self.append(&format!("{time} {kind:?} {destination} {request}: recalled, {outcome}"))
    }
}
