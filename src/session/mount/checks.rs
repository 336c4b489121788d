//! What must be true of media, drives and library before a mount is queued.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::find_side;
use crate::catalog::{Cartridge, DriveRow, LibraryRow, Place, SideRow, View, medium_key};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    AccessRights, Caller, MountOptions, MountRequest, ObjectType, ReadWriteKind, SideState,
};
use crate::session::context::{require_on_library, require_on_pool};

const OFFLINE: &str = "it is in no online library";

/// A side that is to come up.
pub(super) struct Wanted {
    pub(super) cartridge: Cartridge,
    pub(super) side: i64,
    /// The medium is in no online library.
    pub(super) is_offline: bool,
}

impl Wanted {
    pub(super) fn row(&self) -> Result<&SideRow> {
        let row = self.cartridge.sides.iter().find(|row| row.key == self.side);
        row.ok_or_else(|| ErrorKind::InvalidPartition.into())
    }

    fn error(&self, kind: ErrorKind, reason: &str) -> Error {
        let reason = format!("medium {}: {reason}", self.cartridge.medium.title());
        Error::new(kind, reason).about(ObjectType::PhysicalMedia, self.cartridge.medium.id)
    }
}

/// What a call wants, and the library that is to do it.
pub(super) struct Plan {
    pub(super) library: LibraryRow,
    pub(super) wanted: Vec<Wanted>,
}

/// Who asks for what.
pub(super) struct Checks<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) request: &'a MountRequest,
    pub(super) caller: &'a Caller,
    pub(super) session: Uuid,
}

impl Checks<'_> {
    /// 16.2, in its order.
    pub(super) fn run(&self) -> Result<Plan> {
        let wanted = self.wanted()?;
        let library = self.library_of_media(&wanted)?;
        let drives = self.drives()?;
        self.check_pools(&wanted)?;
        let library = self.target(library, &wanted, &drives)?;
        self.check_library(&library)?;
        self.check_named(&library, &wanted, &drives)?;
        self.check_enabled(&library, &wanted, &drives)?;
        wanted.iter().try_for_each(|wanted| self.check_writing(wanted))?;
        self.check_number(&library, &wanted)?;
        self.check_own(&wanted)?;
        self.check_offline(&wanted)?;
        Ok(Plan { library, wanted })
    }

    fn wanted(&self) -> Result<Vec<Wanted>> {
        let mut wanted = Vec::with_capacity(self.request.media.len());
        let mut seen = HashSet::new();
        for media in &self.request.media {
            let side = find_side(self.view, *media)?;
            let cartridge = self.view.cartridge(medium_key(side))?;
            let is_offline = self.view.library(cartridge.medium.library)?.is_offline();
            let found = Wanted { cartridge, side, is_offline };
            if !seen.insert(medium_key(side)) {
                return Err(found.error(ErrorKind::InvalidMedia, "it is named twice"));
            }
            wanted.push(found);
        }
        Ok(wanted)
    }

    /// The one library of the media that are online.
    fn library_of_media(&self, wanted: &[Wanted]) -> Result<Option<LibraryRow>> {
        let mut of_all: Option<LibraryRow> = None;
        for wanted in wanted.iter().filter(|wanted| !wanted.is_offline) {
            let library = self.view.library(wanted.cartridge.medium.library)?;
            if of_all.as_ref().is_some_and(|of_all| of_all.key != library.key) {
                let reason = "it is in another library than the others";
                return Err(wanted.error(ErrorKind::InvalidLibrary, reason));
            }
            of_all = Some(library);
        }
        Ok(of_all)
    }

    /// 16.3, step 1: where offline media are to go: the library of the named drives, else that of
    /// the other media, else the first that takes them.
    fn target(
        &self,
        of_media: Option<LibraryRow>,
        wanted: &[Wanted],
        drives: &[DriveRow],
    ) -> Result<LibraryRow> {
        if let Some(library) = of_media {
            return Ok(library);
        }
        if let Some(drive) = drives.first() {
            return self.view.library(drive.library);
        }
        let types: Vec<i64> =
            wanted.iter().map(|wanted| wanted.cartridge.medium.media_type).collect();
        let found = self.view.library_for_types(&types)?;
        found.ok_or_else(|| match wanted.first() {
            Some(first) if self.request.options.contains(MountOptions::ERROR_IF_OFFLINE) => {
                first.error(ErrorKind::MediaOffline, OFFLINE)
            }
            Some(first) => {
                let reason = "it is offline, and no library that takes it is there";
                first.error(ErrorKind::ResourceNotAvailable, reason)
            }
            None => ErrorKind::InvalidParameter.into(),
        })
    }

    fn drives(&self) -> Result<Vec<DriveRow>> {
        let mut rows: Vec<DriveRow> = Vec::with_capacity(self.request.drives.len());
        for drive in &self.request.drives {
            let refuse = |reason: &'static str| {
                Error::new(ErrorKind::InvalidDrive, reason).about(ObjectType::Drive, *drive)
            };
            let row = self.view.drive_by_id(*drive)?.ok_or_else(|| refuse("no such drive"))?;
            if rows.iter().any(|other| other.key == row.key) {
                return Err(refuse("the drive is named twice"));
            }
            rows.push(row);
        }
        Ok(rows)
    }

    fn check_pools(&self, wanted: &[Wanted]) -> Result<()> {
        for wanted in wanted {
            let pool = self.view.pool(wanted.cartridge.medium.pool)?;
            require_on_pool(self.caller, &pool, AccessRights::USE)?;
        }
        Ok(())
    }

    fn check_library(&self, library: &LibraryRow) -> Result<()> {
        require_on_library(self.caller, self.view, library, AccessRights::USE)
    }

    fn check_offline(&self, wanted: &[Wanted]) -> Result<()> {
        let refuses = self.request.options.contains(MountOptions::ERROR_IF_OFFLINE);
        match wanted.iter().find(|wanted| wanted.is_offline && refuses) {
            Some(wanted) => Err(wanted.error(ErrorKind::MediaOffline, OFFLINE)),
            None => Ok(()),
        }
    }

    fn check_named(
        &self,
        library: &LibraryRow,
        wanted: &[Wanted],
        drives: &[DriveRow],
    ) -> Result<()> {
        for (wanted, drive) in wanted.iter().zip(drives) {
            let changer = self.changer_of(wanted)?;
            let reaches =
                drive.library == library.key && (changer.is_none() || drive.changer == changer);
            if !reaches {
                return Err(Error::new(
                    ErrorKind::DriveMediaMismatch,
                    format!("drive {} does not reach the medium", drive.number),
                )
                .about(ObjectType::Drive, drive.id));
            }
        }
        Ok(())
    }

    fn check_enabled(
        &self,
        library: &LibraryRow,
        wanted: &[Wanted],
        drives: &[DriveRow],
    ) -> Result<()> {
        let disabled = ErrorKind::ResourceDisabled;
        if !library.enabled {
            let reason = format!("library {} is disabled", library.name);
            return Err(Error::new(disabled, reason).about(ObjectType::Library, library.id));
        }
        for wanted in wanted {
            if !wanted.cartridge.medium.enabled {
                return Err(wanted.error(disabled, "it is disabled"));
            }
        }
        for drive in drives {
            if !drive.enabled {
                let reason = format!("drive {} is disabled", drive.number);
                return Err(Error::new(disabled, reason).about(ObjectType::Drive, drive.id));
            }
        }
        Ok(())
    }

    fn check_writing(&self, wanted: &Wanted) -> Result<()> {
        if !self.request.options.contains(MountOptions::WRITE) {
            return Ok(());
        }
        let (medium, side) = (&wanted.cartridge.medium, wanted.row()?);
        let read_only =
            self.view.media_type(medium.media_type)?.recording == ReadWriteKind::ReadOnly;
        if side.state == SideState::Complete || read_only {
            let what = if read_only { "of a type that cannot be written" } else { "Complete" };
            let reason = format!("the side of medium {} is {what}", medium.title());
            return Err(
                Error::new(ErrorKind::WriteProtect, reason).about(ObjectType::Side, side.id)
            );
        }
        Ok(())
    }

    /// There are drives in service, busy or not, for all of the media at once.
    fn check_number(&self, library: &LibraryRow, wanted: &[Wanted]) -> Result<()> {
        // While a library is being attached, its drives are not all known yet.
        if !library.is_working() {
            return Ok(());
        }
        let mut changers = Vec::with_capacity(wanted.len());
        for wanted in wanted {
            changers.push(self.changer_of(wanted)?);
        }
        let mut counted: HashMap<Option<i64>, u32> = HashMap::new();
        for (wanted, changer) in wanted.iter().zip(&changers) {
            let reach = match counted.get(changer) {
                Some(known) => *known,
                None => self.view.drives_in_service(library.key, *changer)?,
            };
            counted.insert(*changer, reach);
            let need = changers.iter().filter(|other| changer.is_none() || *other == changer);
            if u32::try_from(need.count()).is_ok_and(|need| reach < need) {
                let reason = "there are not enough drives in service that reach it";
                return Err(wanted.error(ErrorKind::ResourceNotAvailable, reason));
            }
        }
        Ok(())
    }

    /// The changer that must carry the medium, if that is known.
    fn changer_of(&self, wanted: &Wanted) -> Result<Option<i64>> {
        Ok(match wanted.cartridge.medium.place {
            _ if wanted.is_offline => None,
            Place::Slot(slot) => Some(self.view.slot(slot)?.changer),
            Place::Drive(drive) => self.view.drive(drive)?.changer,
            Place::Port(_) | Place::Nowhere => None,
        })
    }

    fn check_own(&self, wanted: &[Wanted]) -> Result<()> {
        for wanted in wanted {
            let mount = self.view.mount_of_medium(wanted.cartridge.medium.key)?;
            if mount.is_some_and(|mount| mount.session == self.session) {
                // The call would wait for itself.
                return Err(wanted.error(ErrorKind::Busy, "this session has it mounted"));
            }
        }
        Ok(())
    }
}
