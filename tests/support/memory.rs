//! A sink for messages to people that remembers them.
#![allow(clippy::panic)]
#![allow(missing_docs, dead_code)]

use parking_lot::Mutex;
use rsm::model::{OperatorRequestId, OperatorRequestState, UiMessage, UiRecall, UiRequest};
use rsm::ui::{UiFailure, UiSink};

use crate::until::until;

/// Remembers what it was given.
#[derive(Default)]
pub struct Memory {
    pub shown: Mutex<Vec<UiMessage>>,
    pub recalled: Mutex<Vec<UiRecall>>,
}

impl UiSink for Memory {
    fn deliver(&self, message: &UiMessage) -> Result<(), UiFailure> {
        self.shown.lock().push(message.clone());
        Ok(())
    }

    fn recall(&self, recall: &UiRecall) -> Result<(), UiFailure> {
        self.recalled.lock().push(recall.clone());
        Ok(())
    }
}

impl Memory {
    /// Destination and request of each message, once there are so many.
    pub fn shown(&self, count: usize) -> Vec<(String, OperatorRequestId)> {
        until(|| self.shown.lock().len() >= count);
        let shown = self.shown.lock();
        assert_eq!(shown.len(), count, "{shown:?}");
        shown.iter().map(|message| (message.destination.clone(), asked(message))).collect()
    }

    pub fn recalled(&self, count: usize) -> Vec<(OperatorRequestId, Option<OperatorRequestState>)> {
        until(|| self.recalled.lock().len() >= count);
        let recalled = self.recalled.lock();
        assert_eq!(recalled.len(), count, "{recalled:?}");
        recalled.iter().map(|recall| (recall.request, recall.outcome)).collect()
    }
}

/// What people are asked by a message.
pub fn asked(message: &UiMessage) -> OperatorRequestId {
    match message.request {
        UiRequest::Operator(request) => request,
        UiRequest::Library(work) => panic!("work: {work}"),
    }
}
