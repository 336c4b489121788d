//! On-media identifiers: which medium this is.
//!
//! A medium is what its label says; bar codes are only a shortcut. [`read_label`] takes the
//! beginning of a loaded medium as a [`LabelImage`]; the [`LabelFormats`] of a manager say what it
//! [is](Identified): first the [label of free media](FreeLabel), then the formats that
//! applications registered, then the built-in ones. The first that claims it wins.
//!
//! An application that writes labels of its own does three things:
//!
//! 1. it implements [`LabelFormat`] and registers it with
//!    [`Manager::register_label_format`](crate::Manager::register_label_format) in every process,
//!    before libraries are attached;
//! 2. it writes its label as the first block of a side it has allocated and mounted for writing;
//! 3. it hands the same block to [`Session::update_omid`](crate::Session::update_omid) right after.
//!
//! From then on each mount of the side compares what is on the medium with that label. A program
//! that is ended between 2 and 3 leaves a side with another label than the recorded one, whose next
//! mount fails with `InvalidMedia`: the example `backup` shows how to go on.
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
