//! Removable storage management in your own process.
//!
//! `rsm` gives backup applications the media services of the Removable Storage Manager (RSM, the
//! NTMS API of Windows 2000 to 2008): media pools, physical media with their sides, logical media,
//! libraries with slots and drives, in an embedded SQLite catalog that several applications and
//! processes of one host share.
//!
//! Three promises stand above every feature:
//!
//! 1. **Never the wrong medium.** A side has one owner. What is mounted has been identified by its
//!    label, or the mount fails.
//! 2. **Nothing acknowledged is lost.** A call that returned `Ok` survives `kill -9` and power
//!    loss; a call that failed changed nothing.
//! 3. **Nobody waits without end, or blind.** Every wait has a deadline or somebody who can end it,
//!    and a reason that can be [listed](Session::operator_requests).
//!
//! # A first look
//!
//! ```
//! # let directory = tempfile::tempdir()?;
//! # let directory = directory.path();
//! use rsm::OpenOptions;
//! use rsm::model::{MediaTypeCode, PoolOpenMode};
//!
//! let manager = OpenOptions::new().create(true).open(directory)?;
//! let session = manager.session("first look")?;
//! let lto = session.media_type(MediaTypeCode::LtoUltrium)?;
//! let pool = session.open_pool(r"\Backup", Some(lto), PoolOpenMode::CreateNew)?;
//! assert_eq!(session.pool_path(pool)?, r"\Backup");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where things are
//!
//! * [`Manager`] opens a catalog and attaches libraries; [`Session`] has the calls.
//! * [`model`]: ids, states, options, records, rights.
//! * [`device`]: the traits a library implements, and the [simulated
//!   library](device::simulated::SimulatedLibrary) to develop without hardware.
//! * [`label`]: how media say who they are, and how an application brings a format of its own.
//! * [`ui`]: what shows messages to people.
//! * [`drive_items`]: exclusive drives in the manner of other systems' calls.
//! * [`original`]: what the functions of the original API are called here.
//! * [`clock`]: time, which can be virtual.
//! * [`recovery`]: what to do when a machine, or its catalog, is lost.
//!
//! # Features
//!
//! * `iscsi`: SCSI devices behind iSCSI, from user space, in [`device::scsi`]. Needs libiscsi with
//!   its headers (Debian: `libiscsi-dev`), which is linked dynamically.
//! * `serde`: records, ids, states, flags and access lists implement `Serialize` and
//!   `Deserialize`. Ids are UUIDs as text, states are named as here, sets of flags are names with
//!   `|` between them (numbers in formats that are not for people), times are microseconds since
//!   1970 UTC.
//!
//! # What it is not
//!
//! It is no service: it runs in your process, with your rights. Rights inside the catalog are
//! checked by this library, which every program can bypass that may write the catalog's files:
//! the permissions of its directory are the real boundary between people who distrust each other.
//! It does not work on network file systems, whose locks are not reliable.
//!
//! A backup program reads every file, and must not read the catalog's: closing any descriptor of
//! them drops the locks SQLite holds in that process. [`Manager::owns`] tells which files those
//! are.
#![deny(unsafe_code)]
#![warn(missing_docs)]
#![warn(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![warn(clippy::print_stdout, clippy::print_stderr, clippy::dbg_macro, clippy::todo)]

mod catalog;
pub mod clock;
pub mod device;
pub mod drive_items;
mod error;
mod ids;
pub mod label;
mod library;
mod manager;
pub mod model;
pub mod original;
pub mod recovery;
mod session;
pub mod ui;
mod volumes;

pub use catalog::{Broken, Statistics};
pub use error::{Error, ErrorKind, Result};
pub use ids::{Randomness, SeededRandomness, SystemRandomness};
pub use manager::{Manager, OpenOptions};
pub use session::{
    ChangeDetection, DriveReservation, Identified, MediumHandle, Mount, NotificationIter,
    Notifications, Objects, Session, Settable, Switchable, Targets, UiService,
};
pub use volumes::{DriveVolumes, volumes_from_drive};

/// The program in the README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
