//! Media pools.

use rusqlite::{Row, params};

use super::column::{id, numbered, parsed, time};
use super::failure::damaged;
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{
    AllocationPolicy, DeallocationPolicy, Id, ObjectType, PoolId, PoolType, SecurityDescriptor,
    Timestamp,
};

/// The key of the root pool.
pub(crate) const ROOT_POOL: i64 = 1;

/// A pool's row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PoolRow {
    pub(crate) key: i64,
    pub(crate) id: PoolId,
    pub(crate) parent: Option<i64>,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) security: SecurityDescriptor,
    pub(crate) pool_type: PoolType,
    pub(crate) media_type: Option<i64>,
    pub(crate) allocation_policy: AllocationPolicy,
    pub(crate) deallocation_policy: DeallocationPolicy,
    pub(crate) max_allocates: u32,
    pub(crate) media_count: u32,
    pub(crate) logical_count: u32,
    pub(crate) pool_count: u32,
}

/// What a new pool is made of.
#[derive(Clone, Debug)]
pub(crate) struct NewPool {
    pub(crate) id: PoolId,
    pub(crate) parent: Option<i64>,
    pub(crate) name: String,
    pub(crate) security: SecurityDescriptor,
    pub(crate) pool_type: PoolType,
    pub(crate) media_type: Option<i64>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, parent, name, description, created, modified, security, type, \
             media_type, allocation_policy, deallocation_policy, max_allocates, media_count, \
             logical_count, pool_count FROM pool ",
            $rest
        )
    };
}

const BY_KEY: &str = select!("WHERE key = ?1");
const BY_ID: &str = select!("WHERE id = ?1");
const BY_NAME: &str = select!("WHERE parent = ?1 AND name = ?2");
// The literals are those of the index pool_system.
const SYSTEM: &str =
    select!("WHERE type = ?1 AND media_type = ?2 AND type IN (1, 2, 3) AND media_type IS NOT NULL");
const ID: &str = "SELECT id FROM pool WHERE key = ?1";
// Each pool adds its separator and its name to the path.
const LENGTH_DOWN_TO: &str = "WITH RECURSIVE up (parent, length) AS ( \
     SELECT parent, length(name) + 1 FROM pool WHERE key = ?1 AND parent IS NOT NULL \
     UNION ALL SELECT p.parent, length(p.name) + 1 FROM up JOIN pool p ON p.key = up.parent \
     WHERE p.parent IS NOT NULL) SELECT coalesce(sum(length), 0) FROM up";
const LENGTH_BELOW: &str = "WITH RECURSIVE below (key, length) AS ( \
     SELECT ?1, 0 UNION ALL SELECT p.key, below.length + length(p.name) + 1 \
     FROM below JOIN pool p ON p.parent = below.key) SELECT max(length) FROM below";
const INSERT: &str = "INSERT INTO pool (id, parent, name, created, modified, security, type, \
     media_type) VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7)";
const COUNT: &str = "UPDATE pool SET media_count = media_count + ?2, \
     logical_count = logical_count + ?3, modified = ?4 WHERE key = ?1 RETURNING id";
const COUNT_POOLS: &str = "UPDATE pool SET pool_count = pool_count + ?2, modified = ?3 \
     WHERE key = ?1 RETURNING id";
const OF_TYPE_WITH_MEDIA: &str =
    "SELECT 1 FROM pool WHERE media_type = ?1 AND media_count > 0 LIMIT 1";
const DELETE: &str = "DELETE FROM pool WHERE key = ?1";
const SET: &str = "UPDATE pool SET name = ?2, description = ?3, media_type = ?4, \
     allocation_policy = ?5, deallocation_policy = ?6, max_allocates = ?7, modified = ?8 \
     WHERE key = ?1";

fn read(row: &Row<'_>) -> rusqlite::Result<PoolRow> {
    Ok(PoolRow {
        key: row.get(0)?,
        id: id(row, 1)?,
        parent: row.get(2)?,
        name: row.get(3)?,
        description: row.get(4)?,
        created: time(row, 5)?,
        modified: time(row, 6)?,
        security: parsed(row, 7)?,
        pool_type: numbered(row, 8)?,
        media_type: row.get(9)?,
        allocation_policy: AllocationPolicy::from_bits_retain(row.get(10)?),
        deallocation_policy: DeallocationPolicy::from_bits_retain(row.get(11)?),
        max_allocates: row.get(12)?,
        media_count: row.get(13)?,
        logical_count: row.get(14)?,
        pool_count: row.get(15)?,
    })
}

impl View<'_> {
    pub(crate) fn pool(&self, key: i64) -> Result<PoolRow> {
        self.first(BY_KEY, params![key], read)?
            .ok_or_else(|| damaged("a pool that is referred to does not exist"))
    }

    pub(crate) fn pool_id(&self, key: i64) -> Result<PoolId> {
        self.first(ID, params![key], |row| id(row, 0))?
            .ok_or_else(|| damaged("a pool that is referred to does not exist"))
    }

    /// Length in characters of the longest path of the pool and all below it.
    pub(crate) fn longest_path_through(&self, key: i64) -> Result<u32> {
        let own: Option<u32> = self.first(LENGTH_DOWN_TO, params![key], |row| row.get(0))?;
        let below: Option<u32> = self.first(LENGTH_BELOW, params![key], |row| row.get(0))?;
        Ok(own.unwrap_or(0) + below.unwrap_or(0))
    }

    pub(crate) fn pool_by_id(&self, id: PoolId) -> Result<Option<PoolRow>> {
        self.first(BY_ID, params![id.to_bytes()], read)
    }

    pub(crate) fn child_pool(&self, parent: i64, name: &str) -> Result<Option<PoolRow>> {
        self.first(BY_NAME, params![parent, name], read)
    }

    /// The free, import or unrecognized pool of a media type.
    pub(crate) fn system_pool(&self, kind: PoolType, media_type: i64) -> Result<Option<PoolRow>> {
        self.first(SYSTEM, params![kind.value(), media_type], read)
    }

    /// Whether a medium of the type exists anywhere: it then lies in a pool of that type.
    pub(crate) fn has_media_of_type(&self, media_type: i64) -> Result<bool> {
        Ok(self.first(OF_TYPE_WITH_MEDIA, params![media_type], |_| Ok(()))?.is_some())
    }
}

impl Transaction<'_> {
    pub(crate) fn insert_pool(&self, new: &NewPool, now: Timestamp) -> Result<i64> {
        let key = self.insert(
            INSERT,
            params![
                new.id.to_bytes(),
                new.parent,
                new.name,
                now.as_micros(),
                new.security.to_string(),
                new.pool_type.value(),
                new.media_type
            ],
        )?;
        self.inserted(ObjectType::MediaPool, new.id);
        self.count_pools(new.parent, 1, now)?;
        Ok(key)
    }

    /// Removes an empty pool.
    pub(crate) fn delete_pool(&self, pool: &PoolRow, now: Timestamp) -> Result<()> {
        self.execute(DELETE, params![pool.key])?;
        self.end_allocation_waits(pool.key)?;
        self.deleted(ObjectType::MediaPool, pool.id);
        self.count_pools(pool.parent, -1, now)
    }

    fn count_pools(&self, parent: Option<i64>, by: i64, now: Timestamp) -> Result<()> {
        let values = params![parent, by, now.as_micros()];
        let id = self.first(COUNT_POOLS, values, |row| id::<PoolId>(row, 0))?;
        id.into_iter().for_each(|id| self.updated(ObjectType::MediaPool, id));
        Ok(())
    }

    pub(super) fn count_in_pool(
        &self,
        pool: i64,
        media: i64,
        logical: i64,
        now: Timestamp,
    ) -> Result<()> {
        let values = params![pool, media, logical, now.as_micros()];
        let id = self.first(COUNT, values, |row| id::<PoolId>(row, 0))?;
        id.into_iter().for_each(|id| self.updated(ObjectType::MediaPool, id));
        Ok(())
    }

    /// Stores the settable fields of a pool.
    pub(crate) fn set_pool(&self, row: &PoolRow, now: Timestamp) -> Result<()> {
        self.execute(
            SET,
            params![
                row.key,
                row.name,
                row.description,
                row.media_type,
                row.allocation_policy.bits(),
                row.deallocation_policy.bits(),
                row.max_allocates,
                now.as_micros()
            ],
        )?;
        self.supplied_by_settings(row.key);
        if row.media_type.is_none() {
            self.end_allocation_waits(row.key)?;
        }
        self.updated(ObjectType::MediaPool, row.id);
        Ok(())
    }
}
