//! A library of which parts are not there: drives that do not answer, changers that are gone.
#![allow(clippy::unwrap_used, missing_docs, dead_code)]

use std::sync::Arc;

use rsm::clock::Signal;
use rsm::device::simulated::SimulatedLibrary;
use rsm::device::{Changer, Drive, LibraryDevice, LibraryIdentity};

/// A library without the drives, and the changers, with these serial numbers.
#[derive(Debug)]
pub struct Partial {
    pub whole: Arc<SimulatedLibrary>,
    pub missing: Vec<String>,
}

impl Partial {
    pub fn without(whole: &Arc<SimulatedLibrary>, serial: &str) -> Arc<dyn LibraryDevice> {
        Arc::new(Self { whole: Arc::clone(whole), missing: vec![serial.to_owned()] })
    }

    fn is_there(&self, serial: &str) -> bool {
        !self.missing.iter().any(|missing| missing == serial)
    }
}

impl LibraryDevice for Partial {
    fn identity(&self) -> LibraryIdentity {
        self.whole.identity()
    }

    fn changers(&self) -> Vec<Arc<dyn Changer>> {
        let mut all = self.whole.changers();
        all.retain(|changer| self.is_there(&changer.identity().serial));
        all
    }

    fn drives(&self) -> Vec<Arc<dyn Drive>> {
        let mut all = self.whole.drives();
        all.retain(|drive| self.is_there(&drive.identity().serial));
        all
    }

    fn media_types(&self) -> Vec<u32> {
        self.whole.media_types()
    }

    fn changes(&self) -> Option<Arc<Signal>> {
        self.whole.changes()
    }
}
