//! What a label says about its side.

use std::fmt;

/// Longest label type, in characters.
#[doc(alias = "NTMS_OMIDLABELTYPE_LENGTH")]
pub const MAX_LABEL_TYPE: usize = 63;

/// Longest label id, in bytes. **\[D]** Label libraries of the original could hand over 256, the
/// record of a side held 255.
#[doc(alias = "NTMS_OMIDLABELID_LENGTH")]
pub const MAX_LABEL_ID: usize = 255;

/// Longest description, in characters; more is cut.
#[doc(alias = "NTMS_OMIDLABELINFO_LENGTH")]
pub const MAX_DESCRIPTION: usize = 255;

/// The on-media identifier of one side: label type and label id, which together identify it, and
/// a description for people.
///
/// A value made by [`new`](Self::new) is a proposal; [`validated`](Self::validated) applies the
/// limits. What [`LabelFormats::identify`](super::LabelFormats::identify) returns is validated.
#[doc(alias = "MediaLabelInfo")]
#[doc(alias = "OMID")]
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LabelInfo {
    label_type: String,
    label_id: Vec<u8>,
    description: String,
    name: Option<String>,
}

impl LabelInfo {
    /// The identity of a side: `label_type` is equal for all media of a format or application,
    /// `label_id` is unique to each medium.
    pub fn new(label_type: impl Into<String>, label_id: impl Into<Vec<u8>>) -> Self {
        Self {
            label_type: label_type.into(),
            label_id: label_id.into(),
            description: String::new(),
            name: None,
        }
    }

    /// The same identity with a text for people.
    #[doc(alias = "LabelAppDescr")]
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// The same identity with the name the label gives its medium, where that is not the
    /// description.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The type, equal for all media of the format.
    #[doc(alias = "LabelType")]
    pub fn label_type(&self) -> &str {
        &self.label_type
    }

    /// The id, unique to the medium within its type.
    #[doc(alias = "LabelID")]
    pub fn label_id(&self) -> &[u8] {
        &self.label_id
    }

    /// The text for people; may be empty.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The label's own name for its medium: what [`named`](Self::named) set, else the
    /// description. Used to [name new media](super::initial_name); may be empty.
    pub fn media_name(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.description)
    }

    /// Whether both identify the same side: equal type and equal id, byte for byte. Descriptions
    /// are not compared.
    pub fn is_same_label(&self, other: &Self) -> bool {
        self.label_type == other.label_type && self.label_id == other.label_id
    }

    /// Whether this is the label of free media.
    pub fn is_free_label(&self) -> bool {
        self.label_type == super::FREE_LABEL_TYPE
    }

    /// Applies the limits: type of 1 to [`MAX_LABEL_TYPE`] characters, id of 1 to
    /// [`MAX_LABEL_ID`] bytes; the description is cut to [`MAX_DESCRIPTION`] characters.
    ///
    /// # Errors
    /// The first limit that is broken.
    pub fn validated(mut self) -> Result<Self, InvalidLabelInfo> {
        if self.label_type.is_empty() {
            return Err(InvalidLabelInfo::EmptyType);
        }
        if self.label_type.chars().nth(MAX_LABEL_TYPE).is_some() {
            return Err(InvalidLabelInfo::LongType);
        }
        if self.label_id.is_empty() {
            return Err(InvalidLabelInfo::EmptyId);
        }
        if self.label_id.len() > MAX_LABEL_ID {
            return Err(InvalidLabelInfo::LongId);
        }
        cut_chars(&mut self.description, MAX_DESCRIPTION);
        Ok(self)
    }
}

impl fmt::Debug for LabelInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LabelInfo")
            .field("label_type", &self.label_type)
            .field("label_id", &format_args!("{}", self.label_id.escape_ascii()))
            .field("description", &self.description)
            .field("name", &self.name)
            .finish()
    }
}

/// The limit a label breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLabelInfo {
    /// The label type is empty.
    #[error("the label type is empty")]
    EmptyType,
    /// The label type is longer than [`MAX_LABEL_TYPE`] characters.
    #[error("the label type is longer than {MAX_LABEL_TYPE} characters")]
    LongType,
    /// The label id is empty.
    #[error("the label id is empty")]
    EmptyId,
    /// The label id is longer than [`MAX_LABEL_ID`] bytes.
    #[error("the label id is longer than {MAX_LABEL_ID} bytes")]
    LongId,
}

/// Cuts a text to that many characters.
pub(super) fn cut_chars(text: &mut String, characters: usize) {
    if let Some((end, _)) = text.char_indices().nth(characters) {
        text.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_counted_in_characters_and_bytes() {
        let label = |t: usize, i: usize| LabelInfo::new("\u{e9}".repeat(t), vec![7; i]).validated();
        assert!(label(1, 1).is_ok() && label(63, 255).is_ok());
        assert_eq!(label(0, 1), Err(InvalidLabelInfo::EmptyType));
        assert_eq!(label(64, 1), Err(InvalidLabelInfo::LongType));
        assert_eq!(label(1, 0), Err(InvalidLabelInfo::EmptyId));
        assert_eq!(label(1, 256), Err(InvalidLabelInfo::LongId));
    }

    #[test]
    fn a_long_description_is_cut() {
        let info = LabelInfo::new("T", [1]).described("\u{e9}".repeat(300)).validated().unwrap();
        assert_eq!(info.description().chars().count(), MAX_DESCRIPTION);
    }

    #[test]
    fn type_and_id_identify_and_the_description_does_not() {
        let info = LabelInfo::new("T", [1]).described("one");
        assert!(info.is_same_label(&LabelInfo::new("T", [1]).described("two")));
        assert!(!info.is_same_label(&LabelInfo::new("t", [1])));
        assert!(!info.is_same_label(&LabelInfo::new("T", [1, 0])));
    }
}
