//! Media types of a library, with their system pools.

use crate::catalog::{LibraryRow, MediaTypeRow, NewPool, ROOT_POOL, Transaction};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{PoolId, PoolType, SecurityDescriptor, Timestamp};

/// Names of the three system roots, with the kind of the pools below them.
pub(crate) const SYSTEM_ROOTS: [(&str, PoolType); 3] = [
    ("Free", PoolType::Free),
    ("Import", PoolType::Import),
    ("Unrecognized", PoolType::Unrecognized),
];

/// Free pools may be used by everyone, the others by administrators. **[D]**
pub(crate) fn system_pool_security(pool_type: PoolType) -> SecurityDescriptor {
    if pool_type == PoolType::Free {
        SecurityDescriptor::open_for_use()
    } else {
        SecurityDescriptor::administrators_only()
    }
}

/// Makes a library list a media type, and makes those of its system pools that are missing, with
/// these ids.
pub(crate) fn ensure_media_type(
    transaction: &Transaction<'_>,
    library: &LibraryRow,
    media_type: &MediaTypeRow,
    ids: [PoolId; 3],
    now: Timestamp,
) -> Result<()> {
    transaction.list_media_type(library, media_type.key)?;
    for ((root, pool_type), id) in SYSTEM_ROOTS.into_iter().zip(ids) {
        if transaction.system_pool(pool_type, media_type.key)?.is_some() {
            continue;
        }
        let parent = transaction.child_pool(ROOT_POOL, root)?.ok_or_else(|| {
            Error::new(ErrorKind::DatabaseFailure, "a root of the system pools is missing")
        })?;
        let new = NewPool {
            id,
            parent: Some(parent.key),
            name: media_type.name.clone(),
            security: system_pool_security(pool_type),
            pool_type,
            media_type: Some(media_type.key),
        };
        transaction.insert_pool(&new, now)?;
    }
    Ok(())
}
