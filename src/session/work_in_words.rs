//! The work of a library, as people are told of it.

use crate::catalog::{LibraryRequestRow, View};
use crate::error::Result;
use crate::model::{ObjectType, TaskArgument};

/// What the work is done with.
pub(super) fn object_of_work(view: &View<'_>, row: &LibraryRequestRow) -> Result<TaskArgument> {
    let task = &row.task;
    let medium = task.medium.map(|id| (ObjectType::PhysicalMedia, id.into()));
    let drive = task.drive.map(|id| (ObjectType::Drive, id.into()));
    let slot = task.slot.map(|id| (ObjectType::StorageSlot, id.into()));
    match medium.or(drive).or(slot) {
        Some(object) => Ok(Some(object)),
        None => Ok(Some((ObjectType::Library, view.library(row.library)?.id.into()))),
    }
}

/// What it is, with the names that people know, what it has come to, and why, in one line.
pub(super) fn work_in_words(view: &View<'_>, row: &LibraryRequestRow) -> Result<String> {
    let task = &row.task;
    let mut words = name_of_work(row);
    if let Some(key) = task.medium.map(|id| view.medium_key(id)).transpose()?.flatten() {
        words += &format!(", medium {}", view.cartridge(key)?.medium.title());
    }
    if let Some(drive) = task.drive.map(|id| view.drive_by_id(id)).transpose()?.flatten() {
        words += &format!(", drive {}", drive.number);
    }
    if let Some(slot) = task.slot.map(|id| view.slot_by_id(id)).transpose()?.flatten() {
        words += &format!(", slot {}", slot.number);
    }
    words += &format!(", library {}: {:?}", view.library(row.library)?.name, row.state);
    match &row.because {
        Some(because) => words += &format!(", {}: {}", because.kind, because.reason),
        None if row.waits_for.is_empty() => (),
        None => words += &format!(", {}", row.waits_for),
    }
    Ok(words.replace(char::is_control, " "))
}

/// What the work is called **\[D]**: by kind and number, as the parts of a library are.
pub(super) fn name_of_work(row: &LibraryRequestRow) -> String {
    format!("{:?} {}", row.task.operation, row.key)
}
