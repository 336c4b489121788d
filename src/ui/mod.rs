//! What shows messages to people.
//!
//! Messages go to destinations, which are names in lists of the
//! [computer, a library or a session](crate::Session::set_ui_destinations). A process that shows
//! what comes for a name [serves](crate::Session::serve_ui_destinations) it with a [`UiSink`]: one
//! of its own, or one of those here.

mod events;
mod file;

use std::error::Error;

pub use events::TracingSink;
pub use file::FileSink;

use crate::model::{UiMessage, UiRecall};

/// Why a sink could not show a message.
pub type UiFailure = Box<dyn Error + Send + Sync>;

/// Something that shows messages to people: a console, a mail program, a file.
///
/// It is called from a thread of its own, one message after the other. It may take its time, and
/// may fail or panic: nobody waits for it but the messages behind.
///
/// ```
/// use rsm::model::{UiMessage, UiRecall};
/// use rsm::ui::{UiFailure, UiSink};
///
/// struct Screen;
///
/// impl UiSink for Screen {
///     fn deliver(&self, message: &UiMessage) -> Result<(), UiFailure> {
///         println!("{}: {}", message.request, message.text);
///         Ok(())
///     }
///
///     fn recall(&self, recall: &UiRecall) -> Result<(), UiFailure> {
///         println!("{}: {:?}", recall.request, recall.outcome);
///         Ok(())
///     }
/// }
/// ```
pub trait UiSink: Send + Sync {
    /// Shows a message.
    ///
    /// # Errors
    /// It was not shown. It is handed out again after ten seconds, to this sink or another that
    /// serves the destination.
    fn deliver(&self, message: &UiMessage) -> Result<(), UiFailure>;

    /// A message that this sink has shown needs no more attention: it was answered, or nobody needs
    /// it any more.
    ///
    /// # Errors
    /// They are logged (`tracing`), and nothing follows.
    fn recall(&self, recall: &UiRecall) -> Result<(), UiFailure>;
}
