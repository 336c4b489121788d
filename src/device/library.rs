//! A whole library: what a manager attaches.

use std::fmt::Debug;
use std::sync::Arc;

use super::{Changer, Drive};
use crate::clock::Signal;

/// A library of removable media: changers and drives that belong together, or one stand-alone
/// drive.
///
/// The lists are those of now: a library whose parts come and go answers differently later.
/// Dropping the last reference releases the devices and moves nothing.
pub trait LibraryDevice: Send + Sync + Debug {
    /// Who the library is.
    fn identity(&self) -> LibraryIdentity;

    /// Its robots; none in a stand-alone library. The order is that of their numbers.
    fn changers(&self) -> Vec<Arc<dyn Changer>>;

    /// Its drives, in any order: which element holds one is told by serial number.
    fn drives(&self) -> Vec<Arc<dyn Drive>>;

    /// The original's codes of the media types its drives take, the usual one first.
    fn media_types(&self) -> Vec<u32>;

    /// Raised when the library notices by itself that something has changed (a door, a port, a
    /// cartridge put in). `None` where it has to be asked: then a door is looked at when somebody
    /// is to open it, and when the robot does not move. A stand-alone drive is looked into at once
    /// while the library is [watched](crate::ChangeDetection).
    fn changes(&self) -> Option<Arc<Signal>> {
        None
    }
}

/// Who a library is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LibraryIdentity {
    /// What re-identifies the library in the catalog, in every process and after every restart;
    /// two libraries never share it. Made of serial numbers where there are any.
    pub key: String,
    /// The name to show when it is seen first.
    pub name: String,
    /// What kind of library it is.
    pub kind: LibraryKind,
}

/// What kind of library it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LibraryKind {
    /// Robots and drives.
    Robotic,
    /// One drive, served by hand.
    StandAlone,
}
