//! The media types a library lists, and the system pools that come and go with them.

use crate::catalog::{LibraryRow, MediaTypeRow, NewPool, ROOT_POOL, Transaction, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{PoolId, PoolType, SecurityDescriptor, Timestamp};

/// Names of the three system roots, with the kind of the pools below them.
pub(crate) const SYSTEM_ROOTS: [(&str, PoolType); 3] = [
    ("Free", PoolType::Free),
    ("Import", PoolType::Import),
    ("Unrecognized", PoolType::Unrecognized),
];

/// Free pools may be used by everyone, the others by administrators. **\[D]**
pub(crate) fn system_pool_security(pool_type: PoolType) -> SecurityDescriptor {
    if pool_type == PoolType::Free {
        SecurityDescriptor::open_for_use()
    } else {
        SecurityDescriptor::administrators_only()
    }
}

/// Puts a media type on the library's list, unless it is there, and makes those of its system
/// pools that are missing, with these ids.
pub(crate) fn ensure_media_type(
    transaction: &Transaction<'_>,
    library: &LibraryRow,
    media_type: &MediaTypeRow,
    ids: [PoolId; SYSTEM_ROOTS.len()],
    now: Timestamp,
) -> Result<()> {
    transaction.list_media_type(library, media_type.key, now)?;
    for ((root, pool_type), id) in SYSTEM_ROOTS.into_iter().zip(ids) {
        if transaction.system_pool(pool_type, media_type.key)?.is_some() {
            continue;
        }
        let new = NewPool {
            id,
            parent: Some(system_root(transaction, root)?),
            name: media_type.name.clone(),
            security: system_pool_security(pool_type),
            pool_type,
            media_type: Some(media_type.key),
        };
        transaction.insert_pool(&new, now)?;
    }
    Ok(())
}

/// Takes a media type off the library's list. When no library lists it and no medium of it is
/// left anywhere, its system pools go.
pub(crate) fn drop_media_type(
    transaction: &Transaction<'_>,
    library: &LibraryRow,
    media_type: &MediaTypeRow,
    now: Timestamp,
) -> Result<()> {
    transaction.unlist_media_type(library, media_type.key, now)?;
    if transaction.is_listed_anywhere(media_type.key)?
        || transaction.has_media_of_type(media_type.key)?
    {
        return Ok(());
    }
    for (_, pool_type) in SYSTEM_ROOTS {
        if let Some(pool) = transaction.system_pool(pool_type, media_type.key)? {
            transaction.delete_pool(&pool, now)?;
        }
    }
    Ok(())
}

fn system_root(view: &View<'_>, name: &str) -> Result<i64> {
    let root = view.child_pool(ROOT_POOL, name)?;
    root.map(|pool| pool.key).ok_or_else(|| {
        Error::new(ErrorKind::DatabaseFailure, format!("the system pool {name} does not exist"))
    })
}
