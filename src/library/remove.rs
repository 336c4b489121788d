//! Drives and libraries that are gone for good are deleted from the catalog.

use super::absence::miss_drive;
use super::leave::{dismiss, take_offline};
use super::media_types::drop_media_type;
use crate::catalog::{DriveRow, LibraryRow, Transaction};
use crate::error::Result;
use crate::model::Timestamp;

/// How many media are listed at once.
const CHUNK: u32 = 1024;

/// Deletes a drive. Whatever session had a medium mounted in it has lost the mount; the medium has
/// left the library.
pub(crate) fn remove_drive(
    transaction: &Transaction<'_>,
    drive: &DriveRow,
    now: Timestamp,
) -> Result<()> {
    miss_drive(transaction, drive.key, now)?;
    if let Some(medium) = transaction.medium_in_drive(drive.key)? {
        let policy = transaction.computer()?.media_pool_policy;
        dismiss(transaction, medium, policy, now)?;
    }
    transaction.delete_drive(drive, now)
}

/// Deletes a library with all that belongs to it. Its media are in the offline library then,
/// whatever their pools: they are known again wherever they turn up.
pub(crate) fn remove_library(
    transaction: &Transaction<'_>,
    library: &LibraryRow,
    now: Timestamp,
) -> Result<()> {
    transaction.delete_requests_of_library(library.key, now)?;
    transaction.delete_open_requests_about_library(library)?;
    for drive in transaction.drives_of_library(library.key)? {
        miss_drive(transaction, drive.key, now)?;
    }
    transaction.shelve_media_at_rest(library.key, now)?;
    while let Some(places) =
        Some(transaction.media_places(library.key, 0, CHUNK)?).filter(|rest| !rest.is_empty())
    {
        for place in places {
            take_offline(transaction, place.key, now)?;
        }
    }
    for media_type in transaction.listed_media_types(library.key)? {
        drop_media_type(transaction, library, &media_type, now)?;
    }
    transaction.delete_library(library)
}
