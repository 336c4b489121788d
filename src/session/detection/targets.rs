//! Which stand-alone libraries a call about changes means.

use crate::catalog::View;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Id, LibraryId, LibraryType, MediaTypeId, ObjectId, ObjectType, PhysicalMediaId,
};
use crate::session::Identified;

/// What is to be watched for changes: libraries, or every stand-alone library whose drive can take
/// a media type or a medium. All of one kind.
///
/// ```
/// use rsm::Targets;
/// # fn example(one: rsm::model::LibraryId, other: rsm::model::LibraryId) {
/// let targets = Targets::of([one, other]);
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Targets(Vec<(ObjectType, ObjectId)>);

impl Targets {
    /// The objects with these ids. Calls take those of libraries, media types and physical media.
    pub fn of<I: Identified>(ids: impl IntoIterator<Item = I>) -> Self {
        Self::default().and(ids)
    }

    /// These as well.
    #[must_use]
    pub fn and<I: Identified>(mut self, ids: impl IntoIterator<Item = I>) -> Self {
        self.0.extend(ids.into_iter().map(|id| (I::KIND, id.into())));
        self
    }

    /// Refuses what names nothing, kinds that cannot be watched, and several kinds.
    pub(super) fn check(&self) -> Result<()> {
        let refuse = |reason| Err(Error::new(ErrorKind::InvalidParameter, reason));
        let Some((kind, _)) = self.0.first() else { return refuse("no id is given") };
        if !matches!(kind, ObjectType::Library | ObjectType::MediaType | ObjectType::PhysicalMedia)
        {
            return refuse("only libraries, media types and physical media can be watched");
        }
        if self.0.iter().any(|(other, _)| other != kind) {
            return refuse("the ids are not all of one kind");
        }
        if self.0.iter().any(|(_, id)| id.is_null()) {
            return refuse("an id is missing");
        }
        Ok(())
    }

    /// The stand-alone libraries that are meant.
    pub(super) fn libraries(&self, view: &View<'_>) -> Result<Vec<i64>> {
        let mut keys = Vec::new();
        for (kind, id) in &self.0 {
            let media_type = match kind {
                ObjectType::Library => {
                    keys.extend(library(view, LibraryId::from_uuid(id.as_uuid()))?);
                    continue;
                }
                ObjectType::MediaType => {
                    let id = MediaTypeId::from_uuid(id.as_uuid());
                    view.media_type_by_id(id)?.map(|row| row.key)
                }
                _ => {
                    let key = view.medium_key(PhysicalMediaId::from_uuid(id.as_uuid()))?;
                    let cartridge = key.map(|key| view.cartridge(key)).transpose()?;
                    cartridge.map(|cartridge| cartridge.medium.media_type)
                }
            };
            let media_type = media_type.ok_or_else(|| {
                let reason = "no such medium or media type";
                Error::new(ErrorKind::InvalidMedia, reason).about(*kind, *id)
            })?;
            keys.extend(libraries_for(view, media_type)?);
        }
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }
}

impl<I: Identified> From<I> for Targets {
    fn from(id: I) -> Self {
        Self::of([id])
    }
}

/// The library, if there is anything to be watched. [D] In a robotic library there is not.
fn library(view: &View<'_>, id: LibraryId) -> Result<Option<i64>> {
    let row = view.library_by_id(id)?.filter(|row| row.library_type != LibraryType::Offline);
    let row = row.ok_or_else(|| {
        let reason = "no such library, or the offline library";
        Error::new(ErrorKind::InvalidLibrary, reason).about(ObjectType::Library, id)
    })?;
    Ok((row.library_type == LibraryType::Standalone).then_some(row.key))
}

/// The stand-alone libraries whose drives take media of this type.
fn libraries_for(view: &View<'_>, media_type: i64) -> Result<Vec<i64>> {
    let mut keys = Vec::new();
    for row in view.libraries()? {
        if row.library_type == LibraryType::Standalone
            && view.lists_media_type(row.key, media_type)?
        {
            keys.push(row.key);
        }
    }
    Ok(keys)
}
