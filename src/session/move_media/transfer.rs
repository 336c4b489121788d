//! What the calls that move a medium have in common.

use crate::catalog::{Cartridge, MediaTypeRow, PoolRow, View, fits_free_pool, give_to_free_pool};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    MediaState, ObjectType, PhysicalMediaId, PoolId, PoolType, SideState, Timestamp,
};

/// A medium as it is, the pool it is in, and the one it is to go to.
pub(super) struct Transfer {
    pub(super) before: Cartridge,
    pub(super) source: PoolRow,
    pub(super) destination: PoolRow,
    /// The destination's.
    pub(super) media_type: MediaTypeRow,
}

impl Transfer {
    /// Finds the medium, then the pool, which must be one that holds media.
    pub(super) fn load(view: &View<'_>, medium: PhysicalMediaId, pool: PoolId) -> Result<Self> {
        let key = view.medium_key(medium)?.ok_or_else(|| {
            Error::new(ErrorKind::InvalidMedia, "no such medium")
                .about(ObjectType::PhysicalMedia, medium)
        })?;
        let before = view.cartridge(key)?;
        let source = view.pool(before.medium.pool)?;
        let invalid = |reason: &'static str| {
            Error::new(ErrorKind::InvalidMediaPool, reason).about(ObjectType::MediaPool, pool)
        };
        let destination = view.pool_by_id(pool)?.ok_or_else(|| invalid("no such pool"))?;
        let media_type =
            destination.media_type.ok_or_else(|| invalid("this pool holds pools, not media"))?;
        let media_type = view.media_type(media_type)?;
        Ok(Self { before, source, destination, media_type })
    }

    /// The key of the medium.
    pub(super) fn key(&self) -> i64 {
        self.before.medium.key
    }

    /// Whether the medium is in that pool already.
    pub(super) fn is_there(&self) -> bool {
        self.source.key == self.destination.key
    }

    pub(super) fn states(&self) -> Vec<SideState> {
        self.before.sides.iter().map(|side| side.state).collect()
    }

    fn to_free(&self) -> bool {
        self.destination.pool_type == PoolType::Free
    }

    /// Refuses media that would wait in a free pool for a label they cannot get.
    pub(super) fn check_fits(&self) -> Result<()> {
        if !self.to_free() || fits_free_pool(&self.media_type, &self.before) {
            return Ok(());
        }
        let reason = "the medium cannot be written again and gets no free label";
        Err(self.refuse(ErrorKind::MediaIncompatible, reason))
    }

    /// Refuses media that somebody works with, or whose content nobody knows.
    pub(super) fn check_at_rest(&self) -> Result<()> {
        let states = self.states();
        if self.before.medium.state != MediaState::Idle {
            return Err(self.refuse(ErrorKind::Busy, "the medium is in use"));
        }
        if states.contains(&SideState::Unprepared) {
            return Err(self.refuse(ErrorKind::Busy, "a side waits for its free label"));
        }
        // What has not been read is not overwritten.
        if self.to_free() && states.contains(&SideState::Unknown) {
            return Err(self.refuse(ErrorKind::Busy, "a side has not been read"));
        }
        Ok(())
    }

    /// The medium in the other pool.
    pub(super) fn moved(&self, now: Timestamp) -> Cartridge {
        let mut after = self.before.clone();
        if self.is_there() {
            return after;
        }
        if self.to_free() {
            give_to_free_pool(&mut after, &self.destination);
            return after;
        }
        after.medium.pool = self.destination.key;
        after.medium.pool_type = self.destination.pool_type;
        after.medium.return_pending = false;
        // Their pool changes too.
        for logical in after.sides.iter_mut().filter_map(|side| side.logical.as_mut()) {
            logical.modified = now;
        }
        after
    }

    pub(super) fn refuse(&self, kind: ErrorKind, reason: &'static str) -> Error {
        Error::new(kind, reason).about(ObjectType::PhysicalMedia, self.before.medium.id)
    }

    /// The error about the pool, not the medium.
    pub(super) fn refuse_pool(&self, reason: &'static str) -> Error {
        Error::new(ErrorKind::InvalidMediaPool, reason)
            .about(ObjectType::MediaPool, self.destination.id)
    }
}
