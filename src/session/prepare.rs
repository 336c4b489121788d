//! What a new catalog starts with: the computer, the offline library, the system pools' roots and
//! every known media type.

use crate::catalog::{LibraryRow, MediaTypeRow, NewPool, OFFLINE_LIBRARY, ROOT_POOL, Transaction};
use crate::error::{Error, ErrorKind, Result};
use crate::ids::Ids;
use crate::library::{SYSTEM_ROOTS, system_pool_security};
use crate::model::{
    InventoryMethod, KNOWN_MEDIA_TYPES, LibraryFlags, LibraryType, OperationalState, PoolType,
    SecurityDescriptor, Timestamp,
};

/// Fills an empty catalog. `creator` is the user who makes it and administers it from then on.
pub(crate) fn fill_new_catalog(
    transaction: &Transaction<'_>,
    ids: &Ids,
    computer_name: &str,
    creator: u32,
    now: Timestamp,
) -> Result<()> {
    let everyone_uses = SecurityDescriptor::open_for_use();
    transaction.insert_computer(ids.fresh(), computer_name, &everyone_uses, creator, now)?;
    expect_key(transaction.insert_library(&offline_library(ids, now))?, OFFLINE_LIBRARY)?;
    let root = NewPool {
        id: ids.fresh(),
        parent: None,
        name: String::new(),
        security: SecurityDescriptor::administrators_only(),
        pool_type: PoolType::Unknown,
        media_type: None,
    };
    expect_key(transaction.insert_pool(&root, now)?, ROOT_POOL)?;
    for (name, pool_type) in SYSTEM_ROOTS {
        transaction.insert_pool(
            &NewPool {
                id: ids.fresh(),
                parent: Some(ROOT_POOL),
                name: name.to_owned(),
                security: system_pool_security(pool_type),
                pool_type,
                media_type: None,
            },
            now,
        )?;
    }
    for known in KNOWN_MEDIA_TYPES {
        transaction.insert_media_type(&MediaTypeRow {
            key: 0,
            id: ids.fresh(),
            code: known.code.value(),
            name: known.name.to_owned(),
            description: String::new(),
            sides: known.sides,
            recording: known.recording,
            device_type: known.device_type(),
            created: now,
            modified: now,
        })?;
    }
    Ok(())
}

fn offline_library(ids: &Ids, now: Timestamp) -> LibraryRow {
    LibraryRow {
        key: OFFLINE_LIBRARY,
        id: ids.fresh(),
        identity: None,
        name: "Offline".to_owned(),
        description: String::new(),
        created: now,
        modified: now,
        security: SecurityDescriptor::open_for_use(),
        enabled: true,
        operational_state: OperationalState::Ready,
        library_type: LibraryType::Offline,
        flags: LibraryFlags::FIXED_OFFLINE,
        auto_recovery: true,
        inventory_method: InventoryMethod::Fast,
        bar_code_reader: false,
        media_count: 0,
        trouble: None,
        door_open: false,
        cleaner_slot: None,
        cleaner_uses: 0,
        drive_cleaning: false,
    }
}

fn expect_key(found: i64, wanted: i64) -> Result<()> {
    if found == wanted {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Internal, "a new catalog numbers its first objects wrongly"))
}
