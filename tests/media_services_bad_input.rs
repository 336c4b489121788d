//! Ids that a call of the media services cannot use: missing, unknown, of other kinds, of logical
//! media that were deallocated; and sessions that are closed. Nothing is changed by any of them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/shelf.rs"]
mod shelf;
mod support;

use rsm::model::{
    AllocateRequest, CreateMediaOptions, DismountOptions, EnumerateOptions, LogicalMediaId,
    MediaRef, MediumDescription, MountRequest, ObjectId, ObjectType, PhysicalMediaId, PoolId,
    PoolOpenMode, SideDescription, SideId, SideState,
};
use rsm::{ErrorKind, Session};
use shelf::Shelf;
use support::{T1, cast, label, unknown};

type Run = Box<dyn Fn(&Session, ObjectId) -> rsm::Result<()>>;

/// A call with one id left open.
struct Call {
    name: &'static str,
    /// What the id must be of.
    kind: ObjectType,
    /// The answer to any other id.
    wrong: ErrorKind,
    /// The answer to a missing one.
    missing: ErrorKind,
    run: Run,
}

/// The objects that the calls are given besides.
#[derive(Clone, Copy)]
struct Good {
    pool: PoolId,
    medium: PhysicalMediaId,
    held: LogicalMediaId,
}

fn call(
    name: &'static str,
    kind: ObjectType,
    wrong: ErrorKind,
    run: impl Fn(&Session, ObjectId) -> rsm::Result<()> + 'static,
) -> Call {
    Call { name, kind, wrong, missing: ErrorKind::InvalidParameter, run: Box::new(run) }
}

fn create_in(session: &Session, medium: MediumDescription) -> rsm::Result<()> {
    let side = SideDescription::new(SideState::Available, label(77));
    session.create_offline_media(medium, vec![side], CreateMediaOptions::empty()).map(drop)
}

/// Every id that a media service takes.
fn calls(good: Good) -> Vec<Call> {
    use ErrorKind::{InvalidLibrary, InvalidMedia, InvalidMediaPool};
    use ObjectType::{Library, LogicalMedia, MediaPool, MediaType, PhysicalMedia, Side};
    let Good { pool, medium, held } = good;
    let in_pool = move || AllocateRequest::from(pool).error_if_unavailable();
    vec![
        call("allocate", MediaPool, InvalidMediaPool, |s, id| {
            let request = AllocateRequest::from(cast::<PoolId>(id)).error_if_unavailable();
            s.allocate_media(request).map(drop)
        }),
        call("allocate naming", Side, InvalidMedia, move |s, id| {
            s.allocate_media(in_pool().naming(cast(id))).map(drop)
        }),
        call("allocate next of", LogicalMedia, InvalidMedia, move |s, id| {
            s.allocate_media(in_pool().next_of(cast(id))).map(drop)
        }),
        call("deallocate", LogicalMedia, InvalidMedia, |s, id| s.deallocate_media(cast(id))),
        call("complete", LogicalMedia, InvalidMedia, |s, id| s.complete_media(cast(id))),
        call("swap first", LogicalMedia, InvalidMedia, move |s, id| s.swap_media(cast(id), held)),
        call("swap second", LogicalMedia, InvalidMedia, move |s, id| s.swap_media(held, cast(id))),
        call("decommission", Side, InvalidMedia, |s, id| s.decommission_side(cast(id))),
        Call {
            missing: InvalidMediaPool,
            ..call("create in", MediaPool, InvalidMediaPool, |s, id| {
                create_in(s, MediumDescription::new(cast(id)))
            })
        },
        call("delete", PhysicalMedia, InvalidMedia, |s, id| s.delete_offline_media(cast(id))),
        call("move", PhysicalMedia, InvalidMedia, move |s, id| s.move_to_pool(cast(id), pool)),
        call("move to", MediaPool, InvalidMediaPool, move |s, id| s.move_to_pool(medium, cast(id))),
        call("retype", PhysicalMedia, InvalidMedia, move |s, id| s.move_and_retype(cast(id), pool)),
        call("retype to", MediaPool, InvalidMediaPool, move |s, id| {
            s.move_and_retype(medium, cast(id))
        }),
        call("open pool of", MediaType, InvalidMedia, |s, id| {
            s.open_pool(r"\App\New", Some(cast(id)), PoolOpenMode::CreateNew).map(drop)
        }),
        call("delete pool", MediaPool, InvalidMediaPool, |s, id| s.delete_pool(cast(id))),
        call("pool path", MediaPool, InvalidMediaPool, |s, id| s.pool_path(cast(id)).map(drop)),
        call("mount logical", LogicalMedia, InvalidMedia, |s, id| {
            s.mount(MountRequest::from(cast::<LogicalMediaId>(id))).map(drop)
        }),
        call("mount side", Side, InvalidMedia, |s, id| {
            s.mount(MountRequest::from(cast::<SideId>(id))).map(drop)
        }),
        call("dismount logical", LogicalMedia, InvalidMedia, |s, id| {
            s.dismount(&[MediaRef::Logical(cast(id))], DismountOptions::IMMEDIATE)
        }),
        call("dismount side", Side, InvalidMedia, |s, id| {
            s.dismount(&[MediaRef::Side(cast(id))], DismountOptions::IMMEDIATE)
        }),
        // These take two kinds of object, and one goes before the other.
        call("add type", MediaType, InvalidMedia, |s, id| s.add_media_type(cast(id), unknown())),
        call("remove type", MediaType, InvalidMedia, |s, id| {
            s.remove_media_type(cast(id), unknown())
        }),
        call("add type to", Library, InvalidLibrary, |s, id| {
            s.add_media_type(s.media_type(T1)?, cast(id))
        }),
        call("remove type from", Library, InvalidLibrary, |s, id| {
            s.remove_media_type(s.media_type(T1)?, cast(id))
        }),
    ]
}

/// A library with a medium that is held in a pool, and one more.
fn scene() -> (Shelf, Good) {
    let mut shelf = Shelf::with_drives(T1, 1);
    let pool = shelf.p();
    let medium = shelf.medium(pool).id;
    let held = shelf.allocate(pool).unwrap().logical_media;
    shelf.medium(pool);
    (shelf, Good { pool, medium, held })
}

/// One object of every kind the catalog has.
fn one_of_each(shelf: &Shelf) -> Vec<(ObjectType, ObjectId)> {
    use ObjectType::*;
    let one = |kind| {
        let all = shelf.enumerate(None, kind, EnumerateOptions::DEFAULT).unwrap();
        all.first().map(|id| (kind, *id))
    };
    let listed = [Changer, Drive, Library, LogicalMedia, MediaPool, MediaType];
    let more = [PhysicalMedia, Side, StorageSlot];
    let mut found: Vec<_> = listed.into_iter().chain(more).filter_map(one).collect();
    found.push((Computer, shelf.f.id("SELECT id FROM computer", [])));
    assert_eq!(found.len(), 10, "{found:?}");
    found
}

#[test]
fn ids_of_nothing_and_of_other_kinds() {
    let (shelf, good) = scene();
    let objects = one_of_each(&shelf);
    for Call { name, kind, wrong, missing, run } in calls(good) {
        let refused = |expected, id| {
            shelf.f.refused(expected, || run(&shelf, id).inspect(|()| panic!("{name} took {id}")));
        };
        refused(missing, ObjectId::NULL);
        refused(wrong, unknown());
        for (_, id) in objects.iter().filter(|(other, _)| *other != kind) {
            refused(wrong, *id);
        }
    }
}

#[test]
fn a_deallocated_id_is_nothing() {
    let (shelf, good) = scene();
    let other = shelf.allocate(good.pool).unwrap().logical_media;
    for gone in [good.held, other] {
        shelf.deallocate_media(gone).unwrap();
    }
    // Its side is another's now.
    let held = shelf.allocate(good.pool).unwrap().logical_media;
    assert!(held != good.held && held != other);
    for Call { wrong, run, .. } in calls(Good { held, ..good }) {
        shelf.f.refused(wrong, || run(&shelf, good.held.into()));
    }
    shelf.f.refused(ErrorKind::ObjectNotFound, || shelf.info(good.held));
    assert_eq!(shelf.list::<LogicalMediaId>(None).unwrap(), [held]);
    // Only who registers a medium may bring it back.
    let side = SideDescription::new(SideState::Allocated, label(78)).logical_media(good.held);
    let medium = MediumDescription::new(good.pool);
    shelf.create_offline_media(medium, vec![side], CreateMediaOptions::empty()).unwrap();
    shelf.swap_media(good.held, held).unwrap();
    shelf.check();
}

#[test]
fn a_medium_and_a_pool_that_were_deleted_are_nothing() {
    let (shelf, good) = scene();
    let gone = shelf.f.medium(good.pool, &[SideState::Available], 50);
    let pool = shelf.pool(r"\App\Gone");
    shelf.delete_offline_media(gone.physical_media).unwrap();
    shelf.delete_pool(pool).unwrap();
    for Call { wrong, run, .. } in calls(good) {
        for id in [gone.physical_media.into(), gone.sides[0].side.into(), pool.into()] {
            shelf.f.refused(wrong, || run(&shelf, id));
        }
    }
}

#[test]
fn a_closed_session_is_refused_before_all_else() {
    let (shelf, good) = scene();
    let closed = shelf.f.manager.session("closed").unwrap();
    let media_type = shelf.media_type(T1).unwrap();
    closed.close().unwrap();
    for Call { kind, run, .. } in calls(good) {
        let mut ids = vec![ObjectId::NULL, unknown()];
        ids.extend(one_of_each(&shelf).into_iter().filter(|(of, _)| *of == kind).map(|(_, id)| id));
        for id in ids {
            shelf.f.refused(ErrorKind::InvalidHandle, || match kind {
                // That call asks for the type first.
                ObjectType::Library => closed.add_media_type(media_type, cast(id)),
                _ => run(&closed, id),
            });
        }
    }
    let remove = || closed.remove_media_type(media_type, shelf.library);
    shelf.f.refused(ErrorKind::InvalidHandle, remove);
}
