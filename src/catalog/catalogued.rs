//! Whether what identifies a cartridge is in the catalog already.

use rusqlite::params;

use super::transaction::View;
use crate::error::Result;
use crate::model::Label;

// The conditions are those of the partial indexes medium_bar_code and side_label.
const BAR_CODE: &str = "SELECT 1 FROM medium WHERE bar_code = ?1 AND bar_code <> '' LIMIT 1";
const LABEL: &str = "SELECT 1 FROM side WHERE label_id = ?1 AND label_type = ?2 LIMIT 1";

impl View<'_> {
    /// Whether a medium has this bar code. The empty one is nobody's.
    pub(crate) fn bar_code_is_catalogued(&self, bar_code: &str) -> Result<bool> {
        Ok(self.first(BAR_CODE, params![bar_code], |_| Ok(()))?.is_some())
    }

    /// Whether a side has a label of this type and id.
    pub(crate) fn label_is_catalogued(&self, label: &Label) -> Result<bool> {
        Ok(self.first(LABEL, params![label.label_id, label.label_type], |_| Ok(()))?.is_some())
    }
}
