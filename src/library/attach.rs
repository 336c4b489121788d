//! A library is attached: its devices are found, known again and put in order.

use std::collections::HashSet;
use std::sync::Arc;

use parking_lot::Mutex;

use super::Attached;
use super::geometry::{Found, examine};
use super::host::Host;
use super::lock::{LibraryLock, Taking, attached_already};
use super::media_types::ensure_media_type;
use super::member::leave;
use super::pool::Pool;
use super::rows::{Facts, Rows, Store, facts, store_slots};
use super::stand_alone::ByHand;
use super::trouble::is_of_device;
use super::units::{ChangerUnit, DriveUnit};
use crate::catalog::{LibraryRow, Purpose, Transaction};
use crate::clock::{Signal, Turn};
use crate::device::{LibraryDevice, LibraryIdentity, LibraryKind};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    Id, InventoryMethod, LibraryFlags, LibraryId, LibraryType, ObjectType, OperationalState,
    PoolId, SecurityDescriptor, Timestamp, text,
};

/// What attaching a library came to.
pub(super) enum Attachment {
    Owned(Arc<Attached>),
    /// Another process owns it.
    Elsewhere(LibraryRow),
    /// Its devices cannot be used.
    Broken(LibraryRow, Error),
}

impl Attached {
    /// Takes a library's hardware, if no other process has it, and brings the catalog and the
    /// library to agree. Returns when everything has been looked at; what must be read is read
    /// later, by the worker. The library is Initializing until the caller makes it Ready.
    pub(super) fn attach(
        host: Host,
        device: Arc<dyn LibraryDevice>,
        known: Option<LibraryRow>,
    ) -> Result<Attachment> {
        let mut known = known;
        let (row, lock) = loop {
            // Of hardware that others use, nothing is asked.
            let row = match known.take() {
                Some(row) => row,
                None => Self::first_row(&host, device.as_ref())?,
            };
            let lock = match LibraryLock::take(&host.catalog, &row)? {
                Taking::Taken(lock) => lock,
                Taking::Held(by) if by == std::process::id().to_string() => {
                    return Err(attached_already(&row));
                }
                Taking::Held(_) => return Ok(Attachment::Elsewhere(row)),
            };
            // Its record may have been deleted before the lock was ours.
            if host.catalog.read(|view| view.library_by_id(row.id))?.is_some() {
                break (row, lock);
            }
            lock.discard();
        };
        let key = row.key;
        match Self::take(host.clone(), device, lock) {
            Ok(attached) => Ok(Attachment::Owned(attached)),
            Err(error) => {
                leave(&host, key)?;
                if is_of_device(&error) { Ok(Attachment::Broken(row, error)) } else { Err(error) }
            }
        }
    }

    /// The row of a library that is seen first, whether it can be used or not.
    fn first_row(host: &Host, device: &dyn LibraryDevice) -> Result<LibraryRow> {
        match look(host, device) {
            Ok((found, _)) => find_or_add(host, &device.identity(), &found),
            Err(error) if is_of_device(&error) => add(host, &device.identity(), false),
            Err(error) => Err(error),
        }
    }

    /// Brings the catalog and a library whose lock this process has to agree.
    pub(super) fn take(
        host: Host,
        device: Arc<dyn LibraryDevice>,
        lock: LibraryLock,
    ) -> Result<Arc<Self>> {
        let (found, types) = look(&host, device.as_ref())?;
        let row = find_or_add(&host, &device.identity(), &found)?;
        let attached = Self::bind(host, device, &row, found, types, lock)?;
        attached.own()?;
        attached.look_at_doors()?;
        attached.settle()?;
        attached.inventory(attached.method_at_start()?)?;
        attached.ask_for_missing_labels()?;
        attached.resume_cleaning()?;
        Ok(attached)
    }

    /// What a former owner was doing will not be finished.
    fn own(&self) -> Result<()> {
        let (library, process, now) = (self.key, self.host.catalog.process(), self.now());
        self.host.catalog.write(move |transaction| {
            transaction.own_library(library, process, now)?;
            // Its doors are looked at presently.
            transaction.set_door_open(&transaction.library(library)?, false, now)?;
            transaction.cancel_interrupted_requests(library, now)
        })
    }

    /// With an empty catalog every label is read, whatever is set for the library.
    fn method_at_start(&self) -> Result<InventoryMethod> {
        let has_media = self.host.catalog.read(|view| view.has_media())?;
        Ok(if has_media { InventoryMethod::LibraryDefault } else { InventoryMethod::FullLabelRead })
    }

    /// Sides that still wait for a free label get it now.
    fn ask_for_missing_labels(&self) -> Result<()> {
        let mut from = Some(0);
        while let Some(first) = from {
            let (library, now) = (self.key, self.now());
            from = self.host.catalog.write(move |transaction| {
                transaction.ask_for_missing_labels_from(library, first, now)
            })?;
        }
        Ok(())
    }

    fn bind(
        host: Host,
        device: Arc<dyn LibraryDevice>,
        row: &LibraryRow,
        found: Found,
        types: Vec<i64>,
        lock: LibraryLock,
    ) -> Result<Arc<Self>> {
        let rows = store_parts(&host, row.key, facts(&found), types.clone())?;
        let mut changers = Vec::new();
        for (changer, key) in found.changers.into_iter().zip(rows.changers) {
            changers.push(ChangerUnit {
                key,
                slots: store_slots(&host, row.key, key, changer.geometry.slots)?,
                device: changer.device,
                geometry: changer.geometry,
                arm: Turn::default(),
                oddity: Mutex::default(),
            });
        }
        let bound = found.drives.into_iter().zip(rows.drives);
        let drives: Vec<DriveUnit> = bound
            .filter_map(|(drive, row)| {
                let (changer, address) = (drive.changer, drive.address);
                let unit = |device| DriveUnit { key: row.key, changer, address, device };
                drive.device.map(unit)
            })
            .collect();
        let usual_type = types.first().copied().ok_or_else(|| Error::from(ErrorKind::Internal))?;
        let watch = host.catalog.watch(row.id.as_uuid());
        let by_hand = changers.is_empty().then(ByHand::default);
        let changes = device.changes();
        changes.iter().for_each(|changes| changes.pass_on_to(watch.signal()));
        Ok(Arc::new(Self {
            host,
            key: row.key,
            id: row.id,
            device,
            changers,
            drives,
            usual_type,
            changed: Arc::clone(watch.signal()),
            _watch: watch,
            tasks: Mutex::default(),
            rested: Signal::new(),
            by_hand,
            run: Mutex::default(),
            under_way: Mutex::new(HashSet::new()),
            debts: Mutex::default(),
            stuck: Mutex::default(),
            troubles: Mutex::new(found.troubles),
            jobs: Mutex::default(),
            doors: Mutex::default(),
            changes,
            pool: Pool::default(),
            lock: Mutex::new(Some(lock)),
        }))
    }
}

/// What the library has, and which media types it takes.
fn look(host: &Host, device: &dyn LibraryDevice) -> Result<(Found, Vec<i64>)> {
    Ok((examine(device)?, known_types(host, device)?))
}

/// The keys of the media types the library takes, the usual one first.
fn known_types(host: &Host, device: &dyn LibraryDevice) -> Result<Vec<i64>> {
    let codes = device.media_types();
    let keys = host.catalog.read(|view| {
        codes
            .iter()
            .map(|code| {
                let known = view.media_type_by_code(*code)?;
                known.map(|row| row.key).ok_or_else(|| {
                    let reason = format!("the library takes media of the unknown type {code}");
                    Error::new(ErrorKind::InvalidMedia, reason)
                })
            })
            .collect::<Result<Vec<i64>>>()
    })?;
    if keys.is_empty() {
        let reason = "the library does not say which media it takes";
        return Err(Error::new(ErrorKind::InvalidLibrary, reason));
    }
    Ok(keys)
}

/// The library's row: the known one, or a new one.
fn find_or_add(host: &Host, identity: &LibraryIdentity, found: &Found) -> Result<LibraryRow> {
    add(host, identity, found.changers.iter().any(|changer| changer.geometry.bar_code_reader))
}

fn add(host: &Host, identity: &LibraryIdentity, has_reader: bool) -> Result<LibraryRow> {
    let new = new_row(host.ids.fresh(), identity, has_reader, host.now());
    host.catalog.write(move |transaction| {
        let key = new.identity.as_deref().unwrap_or_default();
        match transaction.library_by_identity(key)? {
            Some(known) => {
                transaction.set_bar_code_reader(&known, has_reader, new.created)?;
                Ok(known)
            }
            None => {
                let key = transaction.insert_library(&new)?;
                transaction.library(key)
            }
        }
    })
}

fn new_row(
    id: LibraryId,
    identity: &LibraryIdentity,
    has_reader: bool,
    now: Timestamp,
) -> LibraryRow {
    let name = text::to_object_name(&identity.name);
    // Cleaners are told by their bar codes where bar codes can be read.
    let flags =
        if has_reader { LibraryFlags::RECOGNIZE_CLEANER_BAR_CODE } else { LibraryFlags::empty() };
    LibraryRow {
        key: 0,
        id,
        identity: Some(identity.key.clone()),
        name: if name.is_empty() { "Library".to_owned() } else { name },
        description: String::new(),
        created: now,
        modified: now,
        security: SecurityDescriptor::open_for_use(),
        enabled: true,
        operational_state: OperationalState::NotPresent,
        library_type: match identity.kind {
            LibraryKind::Robotic => LibraryType::Online,
            LibraryKind::StandAlone => LibraryType::Standalone,
        },
        flags,
        auto_recovery: true,
        inventory_method: InventoryMethod::Fast,
        bar_code_reader: has_reader,
        media_count: 0,
        trouble: None,
        door_open: false,
        cleaner_slot: None,
        cleaner_uses: 0,
        drive_cleaning: true,
    }
}

/// Rows of changers, drives, ports and doors, and the listed media types.
fn store_parts(host: &Host, library: i64, facts: Facts, types: Vec<i64>) -> Result<Rows> {
    let now = host.now();
    let pools: Vec<[PoolId; 3]> =
        types.iter().map(|_| [host.ids.fresh(), host.ids.fresh(), host.ids.fresh()]).collect();
    let ids = host.ids.clone();
    host.catalog.write(move |transaction| {
        list_types(transaction, library, &types, &pools, now)?;
        Store { on: transaction, ids: &ids, library, now }.store(&facts)
    })
}

fn list_types(
    transaction: &Transaction<'_>,
    library: i64,
    types: &[i64],
    pools: &[[PoolId; 3]],
    now: Timestamp,
) -> Result<()> {
    let library = transaction.library(library)?;
    for (media_type, pools) in types.iter().zip(pools) {
        let media_type = transaction.media_type(*media_type)?;
        ensure_media_type(transaction, &library, &media_type, *pools, now)?;
    }
    Ok(())
}

impl Attached {
    /// The library is given back. Media that sessions have mounted keep it.
    pub(super) fn check_unused(&self) -> Result<()> {
        let drives: Vec<i64> = self.drives.iter().map(|drive| drive.key).collect();
        let is_used = self.host.catalog.read(|view| {
            for drive in &drives {
                let is_mounting = view
                    .movement_of_drive(*drive)?
                    .is_some_and(|movement| movement.purpose == Purpose::Mount);
                if is_mounting || view.mount_of_drive(*drive)?.is_some() {
                    return Ok(true);
                }
            }
            Ok(false)
        })?;
        if is_used {
            return Err(Error::new(ErrorKind::Busy, "sessions have media of the library mounted")
                .about(ObjectType::Library, self.id));
        }
        Ok(())
    }
}
