//! CreateNtmsMedia: media that are in no device.

use uuid::Uuid;

use super::Session;
use super::context::{Actor, require, require_on_computer, require_on_pool};
use crate::catalog::{
    Cartridge, LogicalRow, MediaTypeRow, MediumRow, OFFLINE_LIBRARY, Place, PoolRow, SideRow,
    Transaction, View, first_side_key, logical_id,
};
use crate::error::{Error, ErrorKind, Result};
use crate::label::{NameSources, initial_name};
use crate::model::pool_matrix::{creation_permitted, owned};
use crate::model::{
    AccessModel, AccessRights, BarCodeState, CreateMediaOptions, CreatedMedia, CreatedSide, Id,
    LogicalMediaId, MediaState, MediumDescription, ObjectId, ObjectType, PhysicalMediaId, PoolType,
    SideDescription, SideId, SideState, text,
};

impl Session {
    /// Registers an offline medium with its sides, in their order. Nothing is written to it.
    ///
    /// An Allocated or Complete side gets a logical medium: the one given, or a new one. A medium
    /// with a Reserved side is held whole by the owner of its logical media. Null ids count as not
    /// given. Without a name the medium is named after its bar code; a medium of one side after the
    /// info of its label; else after its sequence number.
    ///
    /// # Errors
    /// In the order of the checks:
    /// * `InvalidHandle`: the session is closed.
    /// * `InvalidParameter`: an unknown option; a text or a label that is too long, malformed or
    ///   missing; a current library other than the offline library.
    /// * `InvalidMediaPool`: no import or application pool with a media type.
    /// * `AccessDenied`: MODIFY is missing on the pool or on the computer.
    /// * `MediaIncompatible`: not as many sides as the pool's media type has.
    /// * `InvalidMedia`: the bar code is catalogued already.
    /// * `DuplicateOmid`: with `ERROR_ON_DUPLICATE`, a label of that type and id is catalogued.
    /// * `InvalidParameter`: a state that media of that kind of pool cannot have; a logical medium
    ///   for a side that is neither Allocated nor Complete.
    /// * `AlreadyExists`: a given id is in use.
    #[doc(alias = "CreateNtmsMedia")]
    pub fn create_offline_media(
        &self,
        medium: MediumDescription,
        sides: Vec<SideDescription>,
        options: CreateMediaOptions,
    ) -> Result<CreatedMedia> {
        self.check_open()?;
        options.known()?;
        medium.check()?;
        sides.iter().try_for_each(SideDescription::check)?;
        let context = self.context();
        let creation = Creation {
            bar_code: text::bar_code(&medium.bar_code)?.to_owned(),
            fresh_medium: context.ids.fresh(),
            fresh_sides: sides.iter().map(|_| (context.ids.fresh(), context.ids.uuid())).collect(),
            medium,
            sides,
            options,
            actor: self.actor(),
        };
        context.catalog.write(move |transaction| creation.run(transaction))
    }
}

/// A registration, prepared before it is queued.
struct Creation {
    medium: MediumDescription,
    sides: Vec<SideDescription>,
    options: CreateMediaOptions,
    /// As it will be stored: without trailing blanks.
    bar_code: String,
    fresh_medium: PhysicalMediaId,
    /// For each side, its id and what the id of its logical medium is made of.
    fresh_sides: Vec<(SideId, Uuid)>,
    actor: Actor,
}

impl Creation {
    fn run(&self, transaction: &Transaction<'_>) -> Result<CreatedMedia> {
        self.check_library(transaction)?;
        let (pool, media_type) = self.destination(transaction)?;
        self.check_rights(transaction, &pool)?;
        self.check_number_of_sides(&media_type)?;
        self.check_not_catalogued(transaction)?;
        check_states(&self.sides, pool.pool_type)?;
        self.check_ids(transaction)?;
        let cartridge = self.cartridge(transaction.take_sequence_number()?, &pool, &media_type);
        transaction.insert_cartridge(&cartridge, self.actor.now)?;
        Ok(CreatedMedia {
            physical_media: cartridge.medium.id,
            sides: cartridge
                .sides
                .iter()
                .map(|side| CreatedSide {
                    side: side.id,
                    logical_media: side.logical.as_ref().map(|logical| logical.id),
                })
                .collect(),
        })
    }

    fn check_library(&self, view: &View<'_>) -> Result<()> {
        let Some(id) = given(self.medium.current_library) else { return Ok(()) };
        match view.library_by_id(id)? {
            Some(library) if library.key == OFFLINE_LIBRARY => Ok(()),
            _ => Err(invalid("a new medium can be in the offline library only")
                .about(ObjectType::Library, id)),
        }
    }

    fn destination(&self, view: &View<'_>) -> Result<(PoolRow, MediaTypeRow)> {
        let id = self.medium.pool;
        let refuse = |reason: &'static str| {
            Error::new(ErrorKind::InvalidMediaPool, reason).about(ObjectType::MediaPool, id)
        };
        let pool = view.pool_by_id(id)?.ok_or_else(|| refuse("no such pool"))?;
        if !matches!(pool.pool_type, PoolType::Import | PoolType::Application) {
            return Err(refuse("media are registered in import and application pools only"));
        }
        let media_type = pool.media_type.ok_or_else(|| refuse("this pool holds pools only"))?;
        Ok((pool, view.media_type(media_type)?))
    }

    fn check_rights(&self, view: &View<'_>, pool: &PoolRow) -> Result<()> {
        match self.actor.model {
            AccessModel::Server2003 => {
                require_on_pool(&self.actor.caller, pool, AccessRights::MODIFY)?;
                require_on_computer(view, &self.actor.caller, AccessRights::MODIFY).map(drop)
            }
            AccessModel::WindowsXp => {
                require_on_pool(&self.actor.caller, pool, AccessRights::CONTROL)?;
                let offline = view.library(OFFLINE_LIBRARY)?;
                let (kind, modify) = (ObjectType::Library, AccessRights::MODIFY);
                require(&self.actor.caller, &offline.security, modify, kind, offline.id)
            }
        }
    }

    fn check_number_of_sides(&self, media_type: &MediaTypeRow) -> Result<()> {
        let (found, wanted) = (self.sides.len(), usize::from(media_type.sides));
        if found == wanted {
            return Ok(());
        }
        let reason =
            format!("{found} sides given, media of type {} have {wanted}", media_type.name);
        Err(Error::new(ErrorKind::MediaIncompatible, reason)
            .about(ObjectType::MediaType, media_type.id))
    }

    fn check_not_catalogued(&self, view: &View<'_>) -> Result<()> {
        if view.bar_code_is_catalogued(&self.bar_code)? {
            let reason = format!("the bar code {} is catalogued already", self.bar_code);
            return Err(Error::new(ErrorKind::InvalidMedia, reason));
        }
        if self.options.contains(CreateMediaOptions::ERROR_ON_DUPLICATE) {
            for side in &self.sides {
                if view.label_is_catalogued(&side.label)? {
                    return Err(ErrorKind::DuplicateOmid.into());
                }
            }
        }
        Ok(())
    }

    /// Ids that were given must be nobody's, and differ.
    fn check_ids(&self, view: &View<'_>) -> Result<()> {
        let medium = given(self.medium.id).map(ObjectId::from);
        let of_sides = self.sides.iter().flat_map(|side| {
            let logical = given(side.logical_media).map(ObjectId::from);
            [given(side.id).map(ObjectId::from), logical]
        });
        let mut seen = Vec::new();
        for id in std::iter::once(medium).chain(of_sides).flatten() {
            if seen.contains(&id) || view.id_in_use(id)? {
                let reason = format!("the id {id} is in use");
                return Err(Error::new(ErrorKind::AlreadyExists, reason));
            }
            seen.push(id);
        }
        Ok(())
    }

    fn cartridge(&self, key: i64, pool: &PoolRow, media_type: &MediaTypeRow) -> Cartridge {
        let name = self.name(key);
        let readable = !self.bar_code.is_empty();
        let medium = MediumRow {
            key,
            id: given(self.medium.id).unwrap_or(self.fresh_medium),
            pool: pool.key,
            pool_type: pool.pool_type,
            media_type: media_type.key,
            library: OFFLINE_LIBRARY,
            place: Place::Nowhere,
            home_slot: None,
            state: MediaState::Idle,
            enabled: self.medium.enabled,
            exclusive: self.sides.iter().any(|side| side.state == SideState::Reserved),
            return_pending: false,
            mounted_side: None,
            bar_code: self.bar_code.clone(),
            bar_code_state: if readable {
                BarCodeState::Readable
            } else {
                BarCodeState::Unreadable
            },
            name: name.clone(),
            name_is_manual: !self.medium.name.is_empty(),
            description: self.medium.description.clone(),
            media_code: self.medium.media_type_code,
            density_code: self.medium.density_code,
            created: self.actor.now,
            modified: self.actor.now,
        };
        let sides = self.sides.iter().zip(&self.fresh_sides).zip(first_side_key(key)..);
        let sides = sides.map(|((side, fresh), key)| self.side(side, *fresh, key, &name)).collect();
        Cartridge { medium, sides }
    }

    fn name(&self, key: i64) -> String {
        if !self.medium.name.is_empty() {
            return self.medium.name.clone();
        }
        initial_name(&NameSources {
            bar_code: Some(&self.bar_code),
            sides: u32::try_from(self.sides.len()).unwrap_or(u32::MAX),
            label_name: self.sides.first().map(|side| side.label.label_info.as_str()),
            sequence_number: &key.to_string(),
        })
    }

    fn side(
        &self,
        side: &SideDescription,
        (id, fresh): (SideId, Uuid),
        key: i64,
        name: &str,
    ) -> SideRow {
        let logical = owned(side.state).then(|| LogicalRow {
            id: given(side.logical_media).unwrap_or_else(|| logical_id(fresh, key)),
            name: name.to_owned(),
            description: String::new(),
            created: self.actor.now,
            modified: self.actor.now,
        });
        SideRow {
            key,
            id: given(side.id).unwrap_or(id),
            grade: None,
            state: side.state,
            allocate_count: side.allocate_count,
            logical,
            mount_count: side.mount_count,
            capacity: side.capacity,
            label: Some(side.label.clone()),
            pending_label: None,
            name: Some(side.name.clone()).filter(|name| !name.is_empty()),
            description: side.description.clone(),
            created: self.actor.now,
            modified: self.actor.now,
        }
    }
}

/// Which states the sides of a new medium may have, by the kind of its pool.
fn check_states(sides: &[SideDescription], pool: PoolType) -> Result<()> {
    let wrong_logical = |side: &SideDescription| {
        given::<LogicalMediaId>(side.logical_media).is_some() && !owned(side.state)
    };
    if sides.iter().any(wrong_logical) {
        return Err(invalid("only Allocated and Complete sides have a logical medium"));
    }
    let states: Vec<SideState> = sides.iter().map(|side| side.state).collect();
    if creation_permitted(pool, &states) {
        return Ok(());
    }
    Err(invalid("media of such a pool cannot have sides in these states"))
}

/// A null id counts as none.
fn given<T: Id>(id: Option<T>) -> Option<T> {
    id.filter(|id| !id.is_null())
}

fn invalid(reason: &'static str) -> Error {
    Error::new(ErrorKind::InvalidParameter, reason)
}
