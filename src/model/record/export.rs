//! What is known of an exported catalog.

use std::path::PathBuf;

use crate::model::Timestamp;

/// An exported catalog: what its manifest says.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportInfo {
    /// Where it is: the folder `export` in the catalog's directory.
    pub directory: PathBuf,
    /// The version of the manifest's format.
    pub format_version: u32,
    /// The version of the catalog's schema. A release reads those of its own and of earlier
    /// releases.
    pub schema_version: u32,
    /// How often the catalog had been imported when it was exported, plus one. An import makes it
    /// larger than before.
    pub generation: u64,
    /// When the export was asked for: all that had been acknowledged by then is in it.
    pub time: Timestamp,
    /// The files beside the manifest.
    pub files: Vec<ExportedFile>,
}

/// A file of an exported catalog.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedFile {
    /// Its name in the folder.
    pub name: String,
    /// Its size, in bytes.
    pub size: u64,
    /// The SHA-256 checksum of its contents, in hexadecimal digits, as `sha256sum` prints it.
    pub sha256: String,
}
