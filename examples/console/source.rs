//! Reads the catalog for the picture. What libraries did long ago is read once; after that,
//! notifications say what has changed.

use std::collections::HashMap;
use std::sync::Arc;

use rsm::model::{
    DriveId, Id, LibraryId, LibraryOperation, LibraryRequest, LibraryRequestId,
    LibraryRequestState, LibraryType, Notification, ObjectType, PhysicalMediaId, Timestamp,
};
use rsm::{ErrorKind, Result, Session};

use crate::asked;
use crate::describe;
use crate::view::picture::{Absence, Health, Library, Part, Picture, Progress, Work};
use crate::view::text::clean;

pub struct Source {
    session: Arc<Session>,
    place: String,
    /// Requests of libraries that are not finished.
    work: HashMap<LibraryRequestId, LibraryRequest>,
    /// Who was the last to mount something in each drive.
    mounts: HashMap<DriveId, LastMount>,
    names: HashMap<PhysicalMediaId, String>,
}

/// A mount that has succeeded.
pub struct LastMount {
    pub medium: Option<PhysicalMediaId>,
    pub user: String,
    pub since: Timestamp,
}

/// What there is; none if it has gone, or this user may not see it.
fn there<T>(found: Result<T>) -> Result<Option<T>> {
    let is_hidden = |kind| matches!(kind, ErrorKind::ObjectNotFound | ErrorKind::AccessDenied);
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if is_hidden(error.kind()) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Source {
    pub fn new(session: Arc<Session>, place: String) -> Result<Self> {
        let (work, mounts, names) = (HashMap::new(), HashMap::new(), HashMap::new());
        let mut source = Self { session, place, work, mounts, names };
        for id in source.session.list::<LibraryRequestId>(None)? {
            source.read_work(id)?;
        }
        Ok(source)
    }

    /// Says whether the picture has to be made again.
    pub fn note(&mut self, event: &Notification) -> Result<bool> {
        match event.object_type {
            ObjectType::LibraryRequest => {
                self.read_work(LibraryRequestId::from_uuid(event.object.as_uuid()))?;
            }
            ObjectType::PhysicalMedia => {
                return Ok(self
                    .names
                    .remove(&PhysicalMediaId::from_uuid(event.object.as_uuid()))
                    .is_some());
            }
            ObjectType::Library
            | ObjectType::Drive
            | ObjectType::InsertEjectDoor
            | ObjectType::InsertEjectPort
            | ObjectType::OperatorRequest
            | ObjectType::Computer => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn read_work(&mut self, id: LibraryRequestId) -> Result<()> {
        self.work.remove(&id);
        let Some(record) = there(self.session.info(id))? else { return Ok(()) };
        if !record.state.is_final() {
            self.work.insert(id, record);
        } else if record.state == LibraryRequestState::Passed
            && record.operation == LibraryOperation::Mount
            && let (Some(drive), Some(since)) = (record.drive, record.completed)
        {
            let user = describe::user(&record.application, &record.user);
            let newer = LastMount { medium: record.medium, user, since };
            if self.mounts.get(&drive).is_none_or(|last| last.since <= since) {
                self.mounts.insert(drive, newer);
            }
        }
        Ok(())
    }

    pub fn picture(&mut self) -> Result<Picture> {
        let mut libraries = Vec::new();
        let mut shelves = Vec::new();
        for id in self.session.list::<LibraryId>(None)? {
            let Some(record) = there(self.session.info(id))? else { continue };
            if record.library_type == LibraryType::Offline {
                shelves.push(id);
            } else {
                libraries.push(self.library(record)?);
            }
        }
        let work = self.queue(&libraries)?;
        let absence = self.session.absence()?.map(|absence| Absence {
            reason: clean(&absence.reason),
            said_by: describe::user(&absence.application, &absence.user),
            since: absence.since,
            until: absence.until,
        });
        let requests = asked::requests(&self.session, &shelves)?;
        Ok(Picture { place: self.place.clone(), requests, libraries, work, absence })
    }

    fn library(&mut self, record: rsm::model::Library) -> Result<Library> {
        let health = describe::health(&record);
        let mut parts = Vec::new();
        for id in self.session.list::<DriveId>(Some(record.id.into()))? {
            let Some(drive) = there(self.session.info(id))? else { continue };
            let medium = match drive.saved_side {
                Some(side) => there(self.session.info(side))?.map(|side| side.physical_media),
                None => None,
            };
            let inside = match medium {
                Some(medium) => self.name(medium)?,
                None if drive.saved_side.is_some() => "(not shown to you)".to_owned(),
                None => String::new(),
            };
            parts.push(describe::drive(&drive, medium, inside, self.mounts.get(&id)));
        }
        for port in self.session.list(Some(record.id.into()))? {
            let port: rsm::model::PortId = port;
            parts.extend(there(self.session.info(port))?.map(|port| describe::port(&port)));
        }
        for door in self.session.list(Some(record.id.into()))? {
            let door: rsm::model::DoorId = door;
            parts.extend(there(self.session.info(door))?.map(|door| describe::door(&door)));
        }
        parts.extend(self.cleaner(&record)?);
        if health == Health::Unserved {
            let unknown =
                |part: Part| Part { name: part.name, state: "not known".into(), ..Part::default() };
            parts = parts.into_iter().map(unknown).collect();
        }
        Ok(Library {
            id: record.id,
            name: clean(&record.common.name),
            health,
            enabled: record.common.enabled,
            media: record.number_of_media,
            slots: record.number_of_slots,
            has_door: record.number_of_doors > 0,
            parts,
        })
    }

    fn cleaner(&self, record: &rsm::model::Library) -> Result<Option<Part>> {
        let slot = match record.cleaner_slot {
            Some(slot) => there(self.session.info(slot))?,
            None => None,
        };
        Ok(slot.map(|slot| describe::cleaner(&slot, record.cleaner_uses_remaining)))
    }

    /// What people call a medium.
    fn name(&mut self, medium: PhysicalMediaId) -> Result<String> {
        if let Some(name) = self.names.get(&medium) {
            return Ok(name.clone());
        }
        let record = there(self.session.info(medium))?;
        let name = record.map_or_else(|| "a medium".to_owned(), |record| describe::medium(&record));
        self.names.insert(medium, name.clone());
        Ok(name)
    }

    fn queue(&mut self, libraries: &[Library]) -> Result<Vec<Work>> {
        let records: Vec<LibraryRequest> = self.work.values().cloned().collect();
        let mut all = Vec::with_capacity(records.len());
        for record in records {
            let medium = record.medium.map(|medium| self.name(medium)).transpose()?;
            let drive = match record.drive {
                Some(drive) => there(self.session.info(drive))?.map(|drive| drive.number),
                None => None,
            };
            let library = libraries.iter().find(|library| library.id == record.library);
            all.push(Work {
                id: record.id,
                library: library.map(|library| library.name.clone()).unwrap_or_default(),
                what: describe::work(&record, medium, drive),
                who: describe::user(&record.application, &record.user),
                since: record.queued,
                progress: progress(record.state),
                why: clean(&record.reason),
                order: record.order,
            });
        }
        let in_turn = |one: &Work, other: &Work| {
            let key = |work: &Work| (work.progress, work.order, work.since, work.id);
            (one.progress, &one.library)
                .cmp(&(other.progress, &other.library))
                .then(key(one).cmp(&key(other)))
        };
        all.sort_by(in_turn);
        Ok(all)
    }
}

fn progress(state: LibraryRequestState) -> Progress {
    match state {
        LibraryRequestState::InProcess => Progress::Working,
        LibraryRequestState::Waiting => Progress::Waiting,
        LibraryRequestState::Deferred => Progress::PutOff,
        _ => Progress::Queued,
    }
}
