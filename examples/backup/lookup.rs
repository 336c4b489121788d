//! Looking things up in the catalog of the media.
//!
//! Two calls do it all: `enumerate` lists the ids of what something contains, `info` gives the
//! record behind an id.

use rsm::model::{
    EnumerateOptions, Id, ObjectId, ObjectType, PhysicalMediaId, PoolId, PoolOpenMode, Side,
    SideId, SideState,
};

use crate::failure::{Explain, Result};
use crate::tapes::Tapes;

/// How many tapes there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stock {
    /// Tapes in the library.
    pub all: usize,
    /// Of these, the ones that can be allocated.
    pub free: usize,
}

impl Tapes {
    /// What a container holds.
    pub fn enumerate(
        &self,
        container: impl Into<ObjectId>,
        kind: ObjectType,
    ) -> Result<Vec<ObjectId>> {
        self.session()
            .enumerate(Some(container.into()), kind, EnumerateOptions::DEFAULT)
            .explain(|| "cannot look through the catalog of the media")
    }

    /// The media in a pool.
    pub fn media_of(&self, pool: PoolId) -> Result<Vec<PhysicalMediaId>> {
        let media = self.enumerate(pool, ObjectType::PhysicalMedia)?;
        Ok(media.iter().map(|id| PhysicalMediaId::from_uuid(id.as_uuid())).collect())
    }

    /// The sides of a medium: one, with tapes.
    pub fn sides(&self, medium: PhysicalMediaId) -> Result<Vec<Side>> {
        let sides = self.enumerate(medium, ObjectType::Side)?;
        let side = |id: &ObjectId| self.session().info(SideId::from_uuid(id.as_uuid()));
        let sides: rsm::Result<_> = sides.iter().map(side).collect();
        sides.explain(|| "cannot look through the catalog of the media")
    }

    /// Whether a medium is in the library.
    pub fn is_here(&self, medium: PhysicalMediaId) -> Result<bool> {
        let medium = self.session().info(medium).explain(|| "cannot look at a medium")?;
        Ok(medium.current_library == self.library())
    }

    /// What is printed on a cartridge; without a bar code its name has to do.
    pub fn bar_code(&self, medium: PhysicalMediaId) -> Result<String> {
        let medium = self.session().info(medium).explain(|| "cannot look at a medium")?;
        let no_code = medium.bar_code.is_empty();
        Ok(if no_code { medium.common.name } else { medium.bar_code })
    }

    /// One of the pools the manager keeps for each media type: `Free`, `Import`, `Unrecognized`.
    pub fn system_pool(&self, kind: &str) -> Result<PoolId> {
        let open = || {
            let media_type = self.session().info(self.media_type())?;
            let path = format!(r"\{kind}\{}", media_type.common.name);
            self.session().open_pool(&path, None, PoolOpenMode::OpenExisting)
        };
        open().explain(|| format!("cannot open the pool \\{kind}"))
    }

    /// How many tapes the library holds, and how many of them can be allocated.
    pub fn stock(&self) -> Result<Stock> {
        let all = self.enumerate(self.library(), ObjectType::PhysicalMedia)?.len();
        let free = self.media_of(self.system_pool("Free")?)?;
        let sides: Vec<Side> =
            free.into_iter().map(|medium| self.sides(medium)).collect::<Result<Vec<_>>>()?.concat();
        let free = sides.iter().filter(|side| side.state == SideState::Available).count();
        Ok(Stock { all, free })
    }
}
