//! The labels of an application.
#![allow(missing_docs)]

use rsm::label::{LabelFormat, LabelImage, LabelInfo};

/// Labels of the form "ACME" + id.
pub struct Acme;

impl LabelFormat for Acme {
    fn name(&self) -> &str {
        "Acme"
    }

    fn max_label(&self) -> usize {
        512
    }

    fn claim(&self, image: &LabelImage) -> Option<LabelInfo> {
        let id = image.first_data()?.strip_prefix(b"ACME")?;
        Some(LabelInfo::new("Acme Backup", id).described("Nightly"))
    }
}
