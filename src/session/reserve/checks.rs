//! What must be true of library and drives before one can be reserved, and as long as a call waits.

use crate::catalog::{DriveRow, LibraryRow, Place, View, medium_key};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, Caller, DriveId, DriveSelector, LibraryId, LibraryType, MediaRef, MediaTypeId,
    ObjectType, OperationalState,
};
use crate::session::context::{self, require_on_library};
use crate::session::mount::{check_media, find_side};

/// Drives of a library that suit a call.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    pub(super) library: LibraryRow,
    /// This one and no other.
    pub(super) drive: Option<i64>,
    /// Those that this changer reaches.
    pub(super) changer: Option<i64>,
}

/// Refuses a missing id.
pub(super) fn present(selector: DriveSelector) -> Result<()> {
    match selector {
        DriveSelector::Drive(id) => context::present(id, "the drive"),
        DriveSelector::AnyIn(id) => context::present(id, "the library"),
        DriveSelector::ForMedium(media) => check_media(&[media]),
        DriveSelector::ForMediaType(id) => context::present(id, "the media type"),
    }
}

/// The drives that are meant: at least one choice.
pub(super) fn find(view: &View<'_>, selector: DriveSelector) -> Result<Vec<Choice>> {
    Ok(match selector {
        DriveSelector::Drive(id) => vec![one_drive(view, id)?],
        DriveSelector::AnyIn(id) => vec![any_in(view, id)?],
        DriveSelector::ForMedium(media) => vec![for_medium(view, media)?],
        DriveSelector::ForMediaType(id) => for_media_type(view, id)?,
    })
}

fn one_drive(view: &View<'_>, id: DriveId) -> Result<Choice> {
    let row = view.drive_by_id(id)?.ok_or_else(|| no_such_drive(id))?;
    Ok(Choice { library: view.library(row.library)?, drive: Some(row.key), changer: None })
}

pub(super) fn no_such_drive(id: DriveId) -> Error {
    Error::new(ErrorKind::InvalidDrive, "no such drive").about(ObjectType::Drive, id)
}

fn any_in(view: &View<'_>, id: LibraryId) -> Result<Choice> {
    let library = view.library_by_id(id)?.ok_or_else(|| {
        Error::new(ErrorKind::InvalidLibrary, "no such library").about(ObjectType::Library, id)
    })?;
    Ok(Choice { library, drive: None, changer: None })
}

fn for_medium(view: &View<'_>, media: MediaRef) -> Result<Choice> {
    let medium = view.cartridge(medium_key(find_side(view, media)?))?.medium;
    let library = view.library(medium.library)?;
    Ok(match medium.place {
        Place::Slot(slot) => {
            Choice { library, drive: None, changer: Some(view.slot(slot)?.changer) }
        }
        Place::Drive(drive) => {
            let changer = view.drive(drive)?.changer;
            Choice { library, drive: changer.is_none().then_some(drive), changer }
        }
        Place::Port(_) | Place::Nowhere => Choice { library, drive: None, changer: None },
    })
}

fn for_media_type(view: &View<'_>, id: MediaTypeId) -> Result<Vec<Choice>> {
    let error = |kind, reason| Error::new(kind, reason).about(ObjectType::MediaType, id);
    let media_type = view.media_type_by_id(id)?;
    let media_type =
        media_type.ok_or_else(|| error(ErrorKind::InvalidMedia, "no such media type"))?;
    let mut choices = Vec::new();
    for library in view.libraries()? {
        if library.library_type != LibraryType::Offline
            && view.lists_media_type(library.key, media_type.key)?
        {
            choices.push(Choice { library, drive: None, changer: None });
        }
    }
    if choices.is_empty() {
        return Err(error(ErrorKind::DriveMediaMismatch, "no library takes the media type"));
    }
    Ok(choices)
}

/// Those of the choices that pass; if none does, why the first does not.
fn retain(choices: Vec<Choice>, passes: impl Fn(&Choice) -> Result<()>) -> Result<Vec<Choice>> {
    let mut passed = Vec::with_capacity(choices.len());
    let mut refused = None;
    for choice in choices {
        match passes(&choice) {
            Ok(()) => passed.push(choice),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    match refused {
        Some(error) if passed.is_empty() => Err(error),
        _ => Ok(passed),
    }
}

/// Those in whose libraries the caller may use drives.
pub(super) fn allowed(
    view: &View<'_>,
    caller: &Caller,
    choices: Vec<Choice>,
) -> Result<Vec<Choice>> {
    retain(choices, |choice| require_on_library(caller, view, &choice.library, AccessRights::USE))
}

/// Those in which a drive may become free.
pub(super) fn usable(view: &View<'_>, choices: Vec<Choice>) -> Result<Vec<Choice>> {
    retain(choices, |choice| choice.check(view))
}

impl Choice {
    /// The drives that suit, in service or not.
    pub(super) fn drives(&self, view: &View<'_>) -> Result<Vec<DriveRow>> {
        let mut drives = view.drives_of_library(self.library.key)?;
        drives.retain(|row| {
            self.drive.is_none_or(|drive| drive == row.key)
                && (self.changer.is_none() || self.changer == row.changer)
        });
        Ok(drives)
    }

    fn check(&self, view: &View<'_>) -> Result<()> {
        let library = &self.library;
        let fail = |kind, reason: String| {
            Err(Error::new(kind, reason).about(ObjectType::Library, library.id))
        };
        if library.library_type == LibraryType::Offline {
            let reason = "the offline library has no drives".to_owned();
            return fail(ErrorKind::LibraryOffline, reason);
        }
        let drives = self.drives(view)?;
        let is_disabled = |row: &DriveRow| !row.enabled;
        if !library.enabled {
            let reason = format!("library {} is disabled", library.name);
            return fail(ErrorKind::ResourceDisabled, reason);
        }
        if !drives.is_empty() && drives.iter().all(is_disabled) {
            return Err(self.refuse(&drives, ErrorKind::ResourceDisabled, "disabled"));
        }
        if library.operational_state == OperationalState::NotPresent {
            let reason = format!("library {} is not attached anywhere", library.name);
            return fail(ErrorKind::DeviceNotAvailable, reason);
        }
        // Its drives are not all known yet, or not now.
        if !library.is_working() {
            return Ok(());
        }
        if drives.is_empty() {
            let reason = format!("library {} has no such drive", library.name);
            return fail(ErrorKind::DriveMediaMismatch, reason);
        }
        if !drives.iter().any(DriveRow::is_in_service) {
            return Err(self.refuse(&drives, ErrorKind::DeviceNotAvailable, "out of service"));
        }
        Ok(())
    }

    fn refuse(&self, drives: &[DriveRow], kind: ErrorKind, what: &str) -> Error {
        let name = &self.library.name;
        match drives {
            [only] => {
                let reason = format!("drive {} of library {name} is {what}", only.number);
                Error::new(kind, reason).about(ObjectType::Drive, only.id)
            }
            _ => Error::new(kind, format!("every drive of library {name} is {what}"))
                .about(ObjectType::Library, self.library.id),
        }
    }
}
