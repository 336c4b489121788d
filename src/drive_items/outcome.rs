//! How calls end.

use std::fmt;

use super::item::ItemStatus;
use crate::error::Error;

/// Why a call failed as a whole. Nothing was changed.
#[non_exhaustive]
#[derive(Debug)]
pub enum Failure {
    /// Some of the item lists are there, and some are not.
    ItemArraysIncomplete,
    /// The vendor's id is wrong, or none was given and access was never switched on.
    NotAuthorised,
    /// The device number stands for nothing.
    InvalidDrive,
    /// The device number is that of a library.
    NotAnOpticalDrive,
    /// The drive is somebody else's.
    NotOwner,
    /// What was to be done failed.
    Rsm(Error),
}

impl Failure {
    /// Always negative: for an error of this crate, its [number](Error::code).
    pub fn value(&self) -> i32 {
        match self {
            Self::ItemArraysIncomplete => -10_001,
            Self::NotAuthorised => -10_002,
            Self::InvalidDrive => -10_003,
            Self::NotAnOpticalDrive => -10_004,
            Self::NotOwner => -10_005,
            Self::Rsm(error) => i32::try_from(error.code()).map_or(i32::MIN, |code| -code),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Rsm(error)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ItemArraysIncomplete => "some of the item lists are missing",
            Self::NotAuthorised => "the vendor's id is wrong, or access was not switched on",
            Self::InvalidDrive => "no such device",
            Self::NotAnOpticalDrive => "the device is a library, not a drive",
            Self::NotOwner => "the drive is somebody else's",
            Self::Rsm(error) => return error.fmt(f),
        })
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Rsm(error) => error.source(),
            _ => None,
        }
    }
}

/// How a call ended.
#[derive(Debug)]
pub enum Overall {
    /// It did what it should. Items may have warnings.
    Success,
    /// An item has an error; this is the number of the last one, counted from 1. Nothing was done.
    Item(u32),
    /// It failed as a whole.
    Failed(Failure),
}

impl Overall {
    /// 0, the number of the item, or a negative number.
    pub fn value(&self) -> i32 {
        match self {
            Self::Success => 0,
            Self::Item(number) => i32::try_from(*number).unwrap_or(i32::MAX),
            Self::Failed(failure) => failure.value(),
        }
    }
}

impl From<Failure> for Overall {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What a call returns.
#[derive(Debug)]
pub struct ItemCall {
    /// How it ended.
    pub overall: Overall,
    /// A status for each item; none when the call failed as a whole.
    pub item_status: Vec<ItemStatus>,
    /// The number of the drive that was allocated.
    pub ldev: Option<i32>,
}
