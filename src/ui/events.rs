//! Messages as `tracing` events.

use super::{UiFailure, UiSink};
use crate::model::{UiMessage, UiMessageType, UiRecall};

/// Writes messages as `tracing` events with the target `rsm::ui`: errors as `ERROR`, requests as
/// `WARN`, others and recalls as `INFO`. Never fails.
#[derive(Clone, Copy, Debug, Default)]
pub struct TracingSink;

impl UiSink for TracingSink {
    fn deliver(&self, message: &UiMessage) -> Result<(), UiFailure> {
        let UiMessage { destination, request, text, .. } = message;
        match message.kind {
            UiMessageType::Error => {
                tracing::error!(target: "rsm::ui", %destination, %request, "{text}");
            }
            UiMessageType::Request => {
                tracing::warn!(target: "rsm::ui", %destination, %request, "{text}");
            }
            _ => tracing::info!(target: "rsm::ui", %destination, %request, "{text}"),
        }
        Ok(())
    }

    fn recall(&self, recall: &UiRecall) -> Result<(), UiFailure> {
        let UiRecall { destination, request, outcome, .. } = recall;
        tracing::info!(target: "rsm::ui", %destination, %request, ?outcome, "recalled");
        Ok(())
    }
}
