//! On-media identifiers: which medium this is.
//!
//! A medium is what its label says; bar codes are only a shortcut. [`read_label`] takes the
//! beginning of a loaded medium as a [`LabelImage`]; the [`LabelFormats`] of a manager say what it
//! [is](Identified): first the [label of free media](FreeLabel), then the formats that
//! applications registered, then the built-in ones. The first that claims it wins.
//!
//! Nothing here decides where a medium goes, and nothing is written but what [`FreeLabel::write`]
//! is asked to.

mod bytes;
mod format;
mod free;
mod identified;
mod image;
mod info;
pub mod mtf;
mod name;
mod read;
mod registry;
#[cfg(test)]
mod tests;
mod uuids;

pub use format::{LabelFormat, MAX_LABEL_SIZE};
pub use free::{FREE_LABEL_TYPE, FreeLabel};
pub use identified::{DataKind, Identified};
pub use image::{LabelImage, LabelRecord};
pub use info::{InvalidLabelInfo, LabelInfo, MAX_DESCRIPTION, MAX_LABEL_ID, MAX_LABEL_TYPE};
pub use name::{NameSources, initial_name, side_name};
pub use read::{MAX_RECORDS, MIN_FIRST_READ, read_label};
pub use registry::LabelFormats;
