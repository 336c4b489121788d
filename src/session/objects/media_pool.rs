//! Media pools.

use super::{Checking, Found, Identified, Reading, Settable, Writing};
use crate::catalog::{PoolRow, View};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, Common, MediaPool, MediaTypeId, ObjectType, OperationalState, PoolId, PoolPath,
    PoolType, text,
};
use crate::session::context::present;

impl Identified for PoolId {
    type Record = MediaPool;
    const KIND: ObjectType = ObjectType::MediaPool;

    fn read(self, from: Reading<'_>) -> Result<Option<Found<MediaPool>>> {
        let Some(row) = from.view.pool_by_id(self)? else { return Ok(None) };
        Ok(Some(Found { record: record(&from.view, &row)?, governor: row.into() }))
    }
}

fn record(view: &View<'_>, row: &PoolRow) -> Result<MediaPool> {
    let parent = row.parent.map(|key| view.pool_id(key)).transpose()?;
    Ok(MediaPool {
        id: row.id,
        common: Common {
            created: row.created,
            modified: row.modified,
            enabled: true,
            operational_state: OperationalState::Ready,
            name: row.name.clone(),
            description: row.description.clone(),
        },
        pool_type: row.pool_type,
        media_type: media_type_id(view, row)?,
        parent,
        allocation_policy: row.allocation_policy,
        deallocation_policy: row.deallocation_policy,
        max_allocates: row.max_allocates,
        number_of_physical_media: row.media_count,
        number_of_logical_media: row.logical_count,
        number_of_media_pools: row.pool_count,
    })
}

fn media_type_id(view: &View<'_>, row: &PoolRow) -> Result<Option<MediaTypeId>> {
    row.media_type.map(|key| Ok(view.media_type(key)?.id)).transpose()
}

impl Settable for MediaPool {
    fn check(&self, _: &Checking) -> Result<()> {
        present(self.id, "the media pool")?;
        if let Some(media_type) = self.media_type {
            present(media_type, "the media type")?;
        }
        self.allocation_policy.known()?;
        self.deallocation_policy.known()?;
        text::description(&self.common.description).map(drop)
    }

    fn store(&self, to: &Writing<'_, '_>) -> Result<()> {
        let view = to.transaction;
        let before = view.pool_by_id(self.id)?.ok_or_else(|| to.missing(self.id))?;
        let xp = Some(AccessRights::CONTROL);
        to.require(&before.clone().into(), AccessRights::MODIFY, xp)?;
        let mut after = before.clone();
        after.description.clone_from(&self.common.description);
        if before.pool_type == PoolType::Application {
            self.check_name(view, &before)?;
            after.media_type = self.new_media_type(view, &before)?;
            after.name.clone_from(&self.common.name);
            after.allocation_policy = self.allocation_policy;
            after.deallocation_policy = self.deallocation_policy;
            after.max_allocates = self.max_allocates;
        } else if !self.is_as_before(view, &before)? {
            let reason = "only the description of a system pool can be changed";
            return Err(
                Error::new(ErrorKind::AccessDenied, reason).about(ObjectType::MediaPool, self.id)
            );
        }
        view.set_pool(&after, to.now)
    }
}

impl MediaPool {
    /// The name is a pool's, nobody else's beside it, and leaves room for the paths below.
    fn check_name(&self, view: &View<'_>, row: &PoolRow) -> Result<()> {
        let name = &self.common.name;
        if *name == row.name {
            return Ok(());
        }
        text::pool_name(name)?;
        if let Some(parent) = row.parent
            && let Some(other) = view.child_pool(parent, name)?
        {
            return Err(Error::new(ErrorKind::AlreadyExists, "there is a pool of that name")
                .about(ObjectType::MediaPool, other.id));
        }
        let length = |text: &str| u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        let grows = length(name).saturating_sub(length(&row.name));
        let longest = u32::try_from(PoolPath::LONGEST).unwrap_or(u32::MAX);
        if grows > 0 && view.longest_path_through(row.key)? + grows > longest {
            let reason = format!("a path would have more than {} characters", PoolPath::LONGEST);
            return Err(
                Error::new(ErrorKind::InvalidName, reason).about(ObjectType::MediaPool, self.id)
            );
        }
        Ok(())
    }

    /// The media type changes only while the pool is empty.
    fn new_media_type(&self, view: &View<'_>, row: &PoolRow) -> Result<Option<i64>> {
        let fail = |reason: &'static str| {
            Error::new(ErrorKind::InvalidParameter, reason).about(ObjectType::MediaPool, self.id)
        };
        let wanted = match self.media_type {
            None => None,
            Some(id) => {
                let found = view.media_type_by_id(id)?;
                Some(found.ok_or_else(|| fail("no such media type"))?.key)
            }
        };
        if wanted != row.media_type && (row.media_count > 0 || row.pool_count > 0) {
            return Err(fail("the media type of a pool changes only while it is empty"));
        }
        Ok(wanted)
    }

    fn is_as_before(&self, view: &View<'_>, row: &PoolRow) -> Result<bool> {
        Ok(self.common.name == row.name
            && self.media_type == media_type_id(view, row)?
            && self.allocation_policy == row.allocation_policy
            && self.deallocation_policy == row.deallocation_policy
            && self.max_allocates == row.max_allocates)
    }
}
