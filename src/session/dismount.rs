//! DismountNtmsMedia: gives mounted sides back.

use std::collections::HashSet;

use uuid::Uuid;

use super::Session;
use super::context::{require, require_on_pool};
use super::mount::{check_media, find_side, named};
use super::mounted::dismount_side;
use crate::catalog::{Cartridge, Transaction, View, medium_key};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AccessRights, Caller, DismountOptions, MediaRef, ObjectType, Timestamp};

impl Session {
    /// Dismounts sides that this session has mounted: all or none.
    ///
    /// Immediate, which is what no option means: their media go home. Deferred: they stay in their
    /// drives, Idle, and can be mounted again there; when a drive is needed after its
    /// [delay](crate::model::Drive::defer_dismount_delay), its medium goes home. In a stand-alone
    /// drive both leave the medium inside, Idle, and it may be taken out. The library does the work after the call; a medium is Idle when it is done. Handles that are open on them
    /// end.
    ///
    /// # Errors
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: nothing is named, an id is missing, options are unknown or both.
    /// * `InvalidMedia`: no such logical medium or side; one medium twice.
    /// * `AccessDenied`: USE on the pool or on the library is missing.
    /// * `MediaOffline`: the medium is in no online library.
    /// * `MediaNotAvailable`, `DeviceNotAvailable`: the medium or its library is disabled, and this
    ///   session does not have it mounted.
    /// * `InvalidState`: the side is not mounted by this session.
    #[doc(alias = "DismountNtmsMedia")]
    pub fn dismount(&self, media: &[MediaRef], options: DismountOptions) -> Result<()> {
        self.check_open()?;
        let deferred = options.checked()?.contains(DismountOptions::DEFERRED);
        check_media(media)?;
        let context = self.context();
        let call = Call {
            media: media.to_vec(),
            caller: self.caller().clone(),
            session: self.id(),
            deferred,
            now: context.clock.now(),
        };
        let drives = self.write(move |transaction| call.run(transaction))?;
        drives.into_iter().for_each(|drive| context.libraries.leases().end_of_drive(drive));
        Ok(())
    }
}

struct Call {
    media: Vec<MediaRef>,
    caller: Caller,
    session: Uuid,
    deferred: bool,
    now: Timestamp,
}

impl Call {
    /// Gives the drives that were given back.
    fn run(&self, transaction: &Transaction<'_>) -> Result<Vec<i64>> {
        let mut sides = Vec::new();
        for media in &self.media {
            sides.push((*media, find_side(transaction, *media)?));
        }
        let distinct: HashSet<i64> = sides.iter().map(|(_, side)| medium_key(*side)).collect();
        if distinct.len() < sides.len() {
            return Err(Error::new(ErrorKind::InvalidMedia, "a medium is named twice"));
        }
        let mut drives = Vec::new();
        for (media, side) in sides {
            let cartridge = transaction.cartridge(medium_key(side))?;
            self.check(transaction, &cartridge)?;
            let mount = transaction.mount_of_medium(cartridge.medium.key)?;
            let asked = named(media);
            dismount_side(transaction, side, self.session, asked, self.deferred, self.now)?;
            drives.extend(mount.map(|mount| mount.drive));
        }
        Ok(drives)
    }

    fn check(&self, view: &View<'_>, cartridge: &Cartridge) -> Result<()> {
        let medium = &cartridge.medium;
        let library = view.library(medium.library)?;
        require_on_pool(&self.caller, &view.pool(medium.pool)?, AccessRights::USE)?;
        let (wanted, object_type) = (AccessRights::USE, ObjectType::Library);
        require(&self.caller, &library.security, wanted, object_type, library.id)?;
        let fail = |kind, reason: &str| {
            let reason = format!("medium {}: {reason}", medium.title());
            Err(Error::new(kind, reason).about(ObjectType::PhysicalMedia, medium.id))
        };
        if library.is_offline() {
            return fail(ErrorKind::MediaOffline, "it is in no online library");
        }
        let mount = view.mount_of_medium(medium.key)?;
        let is_own = mount.is_some_and(|mount| mount.session == self.session);
        if !medium.enabled && !is_own {
            return fail(ErrorKind::MediaNotAvailable, "it is disabled");
        }
        if !library.enabled && !is_own {
            return fail(ErrorKind::DeviceNotAvailable, "its library is disabled");
        }
        Ok(())
    }
}
