//! What a library needs of the program around it.

use std::sync::Arc;

use super::lease::Leases;
use super::outcome::Outcomes;
use super::timeouts::Patience;
use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::ids::Ids;
use crate::label::LabelFormats;
use crate::model::Timestamp;

/// What a library needs of the program around it.
#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) ids: Ids,
    pub(crate) formats: Arc<LabelFormats>,
    pub(crate) leases: Arc<Leases>,
    pub(crate) outcomes: Arc<Outcomes>,
    pub(crate) patience: Arc<Patience>,
}

impl Host {
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
