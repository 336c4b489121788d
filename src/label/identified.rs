//! What a side's label says.

use std::fmt;

use super::LabelInfo;

/// What the label of a side says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identified {
    /// A format recognised the label: this is the identity of the side.
    Claimed(LabelInfo),
    /// There is nothing on the side.
    Blank,
    /// There is something on the side that no format claims.
    Unclaimed {
        /// What it seems to be.
        hint: DataKind,
    },
    /// The side could not be read far enough to know;
    /// [`LabelImage::read_error`](super::LabelImage::read_error) says why. It may well have a
    /// label.
    ReadError,
}

impl Identified {
    /// The identity of the side, if a format claimed its label.
    pub fn label(&self) -> Option<&LabelInfo> {
        match self {
            Self::Claimed(info) => Some(info),
            _ => None,
        }
    }

    /// The label info that a side without a recognised label gets **\[D]**: `blank`, or
    /// `data: <kind>`. `None` for the others.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Blank => Some("blank".to_owned()),
            Self::Unclaimed { hint } => Some(hint.to_string()),
            Self::Claimed(_) | Self::ReadError => None,
        }
    }
}

/// What data without a label seem to be. They identify no medium: the hint is for people only.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DataKind {
    /// Nothing known.
    Unknown,
}

impl fmt::Display for DataKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("data: unknown"),
        }
    }
}
