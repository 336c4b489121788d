//! The search for a side that nobody has named (3.5).

use super::Call;
use crate::catalog::{PoolRow, View, medium_key};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessModel, AccessRights, AllocateOptions, AllocationPolicy, Grade, ObjectType, PoolId,
    PoolType,
};

/// What a search came to.
pub(super) struct Searched {
    /// The pool the side is in, and the side.
    pub(super) found: Option<(PoolId, i64)>,
    /// The free pool that was looked into; the caller has the right to.
    pub(super) free_pool: Option<i64>,
}

/// The free pool that a pool draws from, by its policy.
///
/// # Errors
/// `DeviceNotAvailable` when there is none.
pub(super) fn drawn_from(view: &View<'_>, pool: &PoolRow) -> Result<Option<PoolRow>> {
    let draws = pool.allocation_policy.contains(AllocationPolicy::DRAW_FROM_FREE);
    let Some(media_type) = pool.media_type.filter(|_| draws) else { return Ok(None) };
    let free = view.system_pool(PoolType::Free, media_type)?.ok_or_else(|| {
        Error::new(ErrorKind::DeviceNotAvailable, "the media type has no free pool")
            .about(ObjectType::MediaPool, pool.id)
    })?;
    Ok(Some(free))
}

impl Call {
    /// The first side of the pool, or of the free pool, that suits.
    pub(super) fn search(&self, view: &View<'_>, pool: &PoolRow) -> Result<Searched> {
        let libraries = view.usable_libraries()?;
        let whole = self.request.options.contains(AllocateOptions::NEW);
        let found = view.first_candidate(pool.key, &libraries, whole)?;
        let own =
            if self.has_mounts { self.own_candidate(view, pool, &libraries, whole)? } else { None };
        if let Some(side) = [found, own].into_iter().flatten().min() {
            return Ok(Searched { found: Some((pool.id, side)), free_pool: self.granted });
        }
        let Some(free) = self.free_pool(view, pool)? else {
            return Ok(Searched { found: None, free_pool: self.granted });
        };
        let side = view.first_candidate(free.key, &libraries, whole)?;
        Ok(Searched { found: side.map(|side| (free.id, side)), free_pool: Some(free.key) })
    }

    /// The free pool, if the pool draws from it and the caller may.
    fn free_pool(&self, view: &View<'_>, pool: &PoolRow) -> Result<Option<PoolRow>> {
        let Some(free) = drawn_from(view, pool)? else { return Ok(None) };
        // [D] 3.8, 6: a right that was found once is not tested again.
        if self.actor.model == AccessModel::Server2003 && self.granted != Some(free.key) {
            self.require(&free, AccessRights::USE)?;
        }
        Ok(Some(free))
    }

    /// What this session itself has up in a drive is hidden from the index, not from the session.
    fn own_candidate(
        &self,
        view: &View<'_>,
        pool: &PoolRow,
        libraries: &[i64],
        whole: bool,
    ) -> Result<Option<i64>> {
        let mut first: Option<i64> = None;
        for mount in view.mounts_of_session(self.session)? {
            let cartridge = view.cartridge(medium_key(mount.side))?;
            let medium = &cartridge.medium;
            if medium.pool != pool.key || !libraries.contains(&medium.library) {
                continue;
            }
            let suits = |grade| grade == Grade::New || (grade == Grade::Plain && !whole);
            let mut graded = cartridge.sides.iter().zip(cartridge.grades_for_user());
            if let Some((side, _)) = graded.find(|(_, grade)| suits(*grade)) {
                first = Some(first.map_or(side.key, |key| key.min(side.key)));
            }
        }
        Ok(first)
    }
}
