//! What is written at the beginning of a side.

use crate::model::{limits, text};
use crate::{Error, ErrorKind, Result};

/// On-media identifier of a side. Type and id together identify it and are compared byte for
/// byte; the info is for people.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Label {
    /// Same for all media of a format, 1 to 63 characters.
    #[doc(alias = "szOmidLabelType")]
    pub label_type: String,
    /// Different for each side, 1 to 255 bytes.
    #[doc(alias = "OmidLabelId")]
    pub label_id: Vec<u8>,
    /// Friendly text, at most 255 characters.
    #[doc(alias = "szOmidLabelInfo")]
    pub label_info: String,
}

impl Label {
    /// A label with an empty info.
    pub fn new(label_type: impl Into<String>, label_id: impl Into<Vec<u8>>) -> Self {
        Self { label_type: label_type.into(), label_id: label_id.into(), label_info: String::new() }
    }

    /// The same label with this info.
    #[must_use]
    pub fn info(mut self, info: impl Into<String>) -> Self {
        self.label_info = info.into();
        self
    }

    /// Whether both identify the same side: the info is not compared.
    pub fn same_identity(&self, other: &Self) -> bool {
        self.label_type == other.label_type && self.label_id == other.label_id
    }

    /// Checks lengths and characters.
    ///
    /// # Errors
    /// `InvalidParameter`: the type or the id is empty, a part is too long, or a text contains a
    /// control character.
    pub fn check(&self) -> Result<()> {
        let kind = ErrorKind::InvalidParameter;
        let longest = limits::OMIDLABELTYPE_LENGTH - 1;
        text::check("the label type", &self.label_type, 1, longest, kind)?;
        let longest = limits::OMIDLABELINFO_LENGTH - 1;
        text::check("the label info", &self.label_info, 0, longest, kind)?;
        match self.label_id.len() {
            1..=limits::OMIDLABELID_LENGTH => Ok(()),
            length => Err(Error::new(
                kind,
                format!(
                    "the label id has {length} bytes, 1 to {} are permitted",
                    limits::OMIDLABELID_LENGTH
                ),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_checked() {
        assert!(Label::new("t", [1]).check().is_ok());
        assert!(Label::new("t".repeat(63), [0; 255]).info("i".repeat(255)).check().is_ok());
        for bad in [
            Label::new("", [1]),
            Label::new("t".repeat(64), [1]),
            Label::new("t\0", [1]),
            Label::new("t", []),
            Label::new("t", [0; 256]),
            Label::new("t", [1]).info("i".repeat(256)),
        ] {
            let error = bad.check().expect_err("out of limits");
            assert_eq!(error.kind(), ErrorKind::InvalidParameter, "{bad:?}");
        }
    }

    #[test]
    fn info_does_not_identify() {
        let label = Label::new("t", [1]);
        assert!(label.same_identity(&label.clone().info("x")));
        assert!(!label.same_identity(&Label::new("t", [2])));
        assert!(!label.same_identity(&Label::new("u", [1])));
    }
}
