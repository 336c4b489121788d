//! AllocateNtmsMedia: the examples of the contract that need no waiting, by their numbers.

#[path = "support/shelf.rs"]
mod shelf;
mod support;

use rsm::ErrorKind;
use rsm::model::{
    AllocateOptions, AllocateRequest, DismountOptions, LogicalMediaId, MountRequest, PoolId,
    PoolOpenMode, SideId, SideState,
};
use shelf::Shelf;
use support::{T1, T2, cast, unknown};

use SideState::{Allocated, Available, Decommissioned, Import, Reserved, Unprepared};

#[test]
fn media_a1() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let allocation = shelf.allocate(p).unwrap();
    assert_eq!(allocation.side, m1.sides[0]);
    assert_eq!(allocation.physical_media, m1.id);
    assert_eq!(allocation.allocated_from, p);
    assert_eq!(allocation.side_number, 0);
    let side = shelf.side(m1.sides[0]);
    assert_eq!((side.state, side.allocate_count), (Allocated, 1));
    assert_eq!(side.logical_media, Some(allocation.logical_media));
    let logical = shelf.info(allocation.logical_media).unwrap();
    assert_eq!(logical.pool, p);
    assert_eq!(logical.common.name, shelf.info_of(&m1).common.name);
    shelf.check();
}

#[test]
fn media_a2() {
    let mut shelf = Shelf::new(T1);
    let (p, free) = (shelf.p(), shelf.free());
    shelf.draw_from_free(p);
    let m2 = shelf.free_medium();
    let allocation = shelf.allocate(p).unwrap();
    assert_eq!((allocation.side, allocation.allocated_from), (m2.sides[0], free));
    assert_eq!(shelf.pool_of(&m2), p);
    assert_eq!(shelf.state(m2.sides[0]), Allocated);
    let (p, free) = (shelf.info(p).unwrap(), shelf.info(free).unwrap());
    assert_eq!(
        (p.number_of_physical_media, p.number_of_logical_media, free.number_of_physical_media),
        (1, 1, 0)
    );
    shelf.check();
}

#[test]
fn media_a3() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    shelf.draw_from_free(p);
    // The free medium came first; the pool's own one goes first all the same.
    let m2 = shelf.free_medium();
    let m1 = shelf.medium(p);
    assert_eq!(shelf.allocate(p).unwrap().physical_media, m1.id);
    assert_eq!(shelf.allocate(p).unwrap().physical_media, m2.id);
    shelf.check();
}

#[test]
fn media_a4() {
    let mut shelf = Shelf::new(T1);
    let (p, free) = (shelf.p(), shelf.free());
    let m2 = shelf.free_medium();
    shelf.f.refused(ErrorKind::MediaUnavailable, || shelf.allocate(p));
    assert_eq!(shelf.pool_of(&m2), free);
}

#[test]
fn media_a5() {
    let mut shelf = Shelf::new(T2);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let (a, b) = (shelf.allocate(p).unwrap(), shelf.allocate(p).unwrap());
    assert_eq!([a.side, b.side], [m1.sides[0], m1.sides[1]]);
    assert_eq!([a.side_number, b.side_number], [0, 1]);
    assert_ne!(a.logical_media, b.logical_media);
    assert_eq!([shelf.state(a.side), shelf.state(b.side)], [Allocated, Allocated]);
    shelf.check();
}

#[test]
fn media_a6() {
    let mut shelf = Shelf::new(T2);
    let p = shelf.p();
    let (m1, m2) = (shelf.medium(p), shelf.medium(p));
    assert_eq!(shelf.allocate_new(p).unwrap().side, m1.sides[0]);
    assert_eq!(shelf.state(m1.sides[1]), Reserved);
    assert_eq!(shelf.allocate(p).unwrap().side, m2.sides[0]);
    shelf.check();
}

#[test]
fn media_a7() {
    let mut shelf = Shelf::new(T2);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let l = shelf.allocate_new(p).unwrap().logical_media;
    let next = shelf.allocate_next(p, l).unwrap();
    assert_eq!(next.side, m1.sides[1]);
    assert_eq!(next.allocated_from, p);
    assert_ne!(next.logical_media, l);
    assert!(shelf.info(l).is_ok(), "the first logical medium stays valid");
    shelf.f.refused(ErrorKind::MediaUnavailable, || shelf.allocate_next(p, l));
    shelf.check();
}

#[test]
fn media_a8() {
    let mut shelf = Shelf::new(T2);
    let p = shelf.p();
    shelf.medium(p);
    let l = shelf.allocate(p).unwrap().logical_media;
    shelf.f.refused(ErrorKind::InvalidMedia, || shelf.allocate_next(p, l));
}

#[test]
fn media_a9() {
    let mut shelf = Shelf::new(T2);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let other = shelf.f.manager.session("other").unwrap();
    other.allocate_media(AllocateRequest::from(p)).unwrap();
    shelf.f.refused(ErrorKind::MediaUnavailable, || shelf.allocate_new(p));
    assert_eq!(shelf.state(m1.sides[1]), Available);
}

#[test]
fn media_a10_and_a11() {
    let mut shelf = Shelf::new(T2);
    let (p, import) = (shelf.p(), shelf.system("Import"));
    let m3 = shelf.import_medium();
    let allocation = shelf.allocate_side(p, m3.sides[0]).unwrap();
    assert_eq!(allocation.allocated_from, import);
    assert_eq!(shelf.pool_of(&m3), p);
    assert_eq!([shelf.state(m3.sides[0]), shelf.state(m3.sides[1])], [Allocated, Import]);
    shelf.check();
    // A11: an Import side is found by its name only.
    shelf.f.refused(ErrorKind::MediaUnavailable, || shelf.allocate(p));
    let second = shelf.allocate_side(p, m3.sides[1]).unwrap();
    assert_eq!(second.allocated_from, p);
    shelf.check();
}

#[test]
fn an_import_with_new_leaves_the_flip_side_to_next() {
    let mut shelf = Shelf::new(T2);
    let p = shelf.p();
    let m3 = shelf.import_medium();
    let request = AllocateRequest::from(p).naming(m3.sides[1]).new_medium();
    let l = shelf.allocate_media(request).unwrap();
    assert_eq!(shelf.state(m3.sides[0]), Import);
    shelf.f.refused(ErrorKind::MediaUnavailable, || shelf.allocate_side(p, m3.sides[0]));
    assert_eq!(shelf.allocate_next(p, l.logical_media).unwrap().side, m3.sides[0]);
    shelf.check();
}

#[test]
fn media_a12() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let hands = shelf.device.hands();
    let bar_code = shelf.info_of(&m1).bar_code;
    let place = hands.find(hands.find_bar_code(&bar_code).unwrap().unwrap()).unwrap().unwrap();
    hands.remove(place).unwrap();
    shelf.look();
    shelf.f.refused(ErrorKind::MediaOffline, || shelf.allocate_side(p, m1.sides[0]));
    shelf.f.refused(ErrorKind::MediaUnavailable, || shelf.allocate(p));
    shelf.check();
}

#[test]
fn media_a13() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let (m1, m2) = (shelf.medium(p), shelf.medium(p));
    shelf.disable(m1.id).unwrap();
    assert_eq!(shelf.allocate(p).unwrap().physical_media, m2.id);
    shelf.f.refused(ErrorKind::ResourceDisabled, || shelf.allocate_side(p, m1.sides[0]));
    shelf.enable(m1.id).unwrap();
    assert_eq!(shelf.allocate(p).unwrap().physical_media, m1.id);
    shelf.check();
}

#[test]
fn a_disabled_library_hides_its_media() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    shelf.disable(shelf.library).unwrap();
    shelf.f.refused(ErrorKind::MediaUnavailable, || shelf.allocate(p));
    shelf.f.refused(ErrorKind::ResourceDisabled, || shelf.allocate_side(p, m1.sides[0]));
    shelf.enable(shelf.library).unwrap();
    shelf.allocate(p).unwrap();
}

#[test]
fn media_a18() {
    let mut shelf = Shelf::new(T1);
    let (p, free) = (shelf.p(), shelf.free());
    shelf.draw_from_free(p);
    shelf.medium(p);
    shelf.free_medium();
    shelf.f.grant("pool", p, 4);
    shelf.f.grant("pool", free, 0);
    let user = shelf.f.user();
    user.allocate_media(AllocateRequest::from(p)).unwrap();
    shelf.f.refused(ErrorKind::AccessDenied, || user.allocate_media(AllocateRequest::from(p)));
}

#[test]
fn media_a19() {
    let shelf = Shelf::new(T1);
    let p = shelf.f.pool(r"\App\Other", rsm::model::MediaTypeCode::Dlt);
    shelf.draw_from_free(p);
    shelf.f.refused(ErrorKind::DeviceNotAvailable, || shelf.allocate(p));
}

#[test]
fn media_a20() {
    let shelf = Shelf::new(T1);
    shelf.p();
    let app = shelf.open_pool(r"\App", None, PoolOpenMode::OpenExisting).unwrap();
    let root = shelf.open_pool(r"\", None, PoolOpenMode::OpenExisting).unwrap();
    for pool in [shelf.free(), app, root, unknown()] {
        shelf.f.refused(ErrorKind::InvalidMediaPool, || shelf.allocate(pool));
    }
}

#[test]
fn media_a21_and_other_bad_arguments() {
    let mut shelf = Shelf::new(T2);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let l = shelf.allocate(p).unwrap().logical_media;
    let with = |options, next_of| {
        let mut request = AllocateRequest::from(p);
        (request.options, request.next_of) = (options, next_of);
        request
    };
    let both = AllocateOptions::NEW | AllocateOptions::NEXT;
    for request in [
        with(both, Some(l)),
        with(AllocateOptions::NEXT, None),
        with(AllocateOptions::NEXT, Some(LogicalMediaId::NULL)),
        with(AllocateOptions::from_bits_retain(8), None),
        AllocateRequest::from(PoolId::NULL),
        AllocateRequest::from(p).naming(SideId::NULL),
    ] {
        shelf.f.refused(ErrorKind::InvalidParameter, || shelf.allocate_media(request));
    }
    // Ids of another kind are no ids of this kind.
    let kinds = [
        (ErrorKind::InvalidMediaPool, AllocateRequest::from(cast::<PoolId>(m1.id))),
        (ErrorKind::InvalidMedia, AllocateRequest::from(p).naming(cast::<SideId>(m1.id))),
        (ErrorKind::InvalidMedia, AllocateRequest::from(p).naming(cast::<SideId>(l))),
        (ErrorKind::InvalidMedia, AllocateRequest::from(p).next_of(cast(m1.sides[0]))),
    ];
    for (kind, request) in kinds {
        shelf.f.refused(kind, || shelf.allocate_media(request));
    }
}

#[test]
fn media_a23() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    shelf.set_pool(p, |pool| pool.max_allocates = 1);
    let m1 = shelf.medium(p);
    let l = shelf.allocate(p).unwrap().logical_media;
    shelf.deallocate_media(l).unwrap();
    assert_eq!(shelf.state(m1.sides[0]), Decommissioned);
    shelf.f.refused(ErrorKind::MediaUnavailable, || shelf.allocate(p));
    shelf.check();
}

#[test]
fn media_a25() {
    let mut shelf = Shelf::new(T2);
    let (p, free) = (shelf.p(), shelf.free());
    shelf.draw_from_free(p);
    let m2 = shelf.free_medium();
    // A label that could not be written leaves this state; only hardware brings it about.
    shelf.f.sql(
        "UPDATE side SET state = 1, grade = NULL WHERE id = ?1",
        [rsm::model::Id::to_bytes(&m2.sides[1])],
    );
    shelf.f.sql(
        "UPDATE side SET grade = NULL WHERE id = ?1",
        [rsm::model::Id::to_bytes(&m2.sides[0])],
    );
    assert_eq!(shelf.state(m2.sides[1]), Unprepared);
    shelf.check();
    shelf.f.refused(ErrorKind::MediaUnavailable, || shelf.allocate(p));
    shelf.f.refused(ErrorKind::Busy, || shelf.allocate_side(p, m2.sides[0]));
    assert_eq!(shelf.pool_of(&m2), free);
}

#[test]
fn media_a26() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let l = shelf.allocate(p).unwrap().logical_media;
    let mount = shelf.mount(MountRequest::from(l)).unwrap();
    shelf.deallocate_media(l).unwrap();
    let other = shelf.f.manager.session("other").unwrap();
    let request = AllocateRequest::from(p).error_if_unavailable();
    shelf.f.refused(ErrorKind::MediaUnavailable, || other.allocate_media(request));
    mount.dismount(DismountOptions::IMMEDIATE).unwrap();
    shelf.settle();
    assert_eq!(other.allocate_media(request).unwrap().side, m1.sides[0]);
    shelf.check();
}

#[test]
fn a_session_may_take_again_what_it_has_up_in_a_drive() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let l = shelf.allocate(p).unwrap().logical_media;
    let _mount = shelf.mount(MountRequest::from(l)).unwrap();
    shelf.deallocate_media(l).unwrap();
    assert_eq!(shelf.allocate(p).unwrap().side, m1.sides[0]);
    shelf.check();
}

#[test]
fn next_with_a_wrong_pool_or_side() {
    let mut shelf = Shelf::new(T2);
    let (p, q) = (shelf.p(), shelf.pool(r"\App\Q"));
    let (m1, m2) = (shelf.medium(p), shelf.medium(p));
    let l = shelf.allocate_new(p).unwrap().logical_media;
    shelf.f.refused(ErrorKind::InvalidMediaPool, || shelf.allocate_next(q, l));
    let foreign = AllocateRequest::from(p).next_of(l).naming(m2.sides[1]);
    shelf.f.refused(ErrorKind::InvalidMedia, || shelf.allocate_media(foreign));
    // A side of the medium may be named; it decides nothing.
    let named = AllocateRequest::from(p).next_of(l).naming(m1.sides[0]);
    assert_eq!(shelf.allocate_media(named).unwrap().side, m1.sides[1]);
    shelf.check();
}

#[test]
fn a_closed_session_refuses() {
    let shelf = Shelf::new(T1);
    let p = shelf.p();
    let session = shelf.f.manager.session("closing").unwrap();
    session.close().unwrap();
    shelf.f.refused(ErrorKind::InvalidHandle, || session.close());
    shelf.f.refused(ErrorKind::InvalidHandle, || session.allocate_media(AllocateRequest::from(p)));
}
