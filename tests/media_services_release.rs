//! DeallocateNtmsMedia, SetNtmsMediaComplete and DecommissionNtmsMedia: the examples of the
//! contract, by their numbers.

#[path = "support/shelf.rs"]
mod shelf;
mod support;

use rsm::ErrorKind;
use rsm::model::{
    AllocateRequest, DismountOptions, LogicalMediaId, MediaState, MountOptions, MountRequest,
    SideId, SideState,
};
use shelf::Shelf;
use support::{T1, T2, cast, unknown};

use SideState::{Allocated, Available, Complete, Decommissioned, Reserved};

#[test]
fn media_b1() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let l = shelf.allocate(p).unwrap().logical_media;
    shelf.deallocate_media(l).unwrap();
    assert_eq!(shelf.state(m1.sides[0]), Available);
    assert_eq!(shelf.pool_of(&m1), p);
    assert_eq!(shelf.side(m1.sides[0]).allocate_count, 1);
    shelf.f.refused(ErrorKind::InvalidMedia, || shelf.deallocate_media(l));
    shelf.f.refused(ErrorKind::InvalidParameter, || shelf.deallocate_media(LogicalMediaId::NULL));
    shelf.f.refused(ErrorKind::InvalidMedia, || shelf.deallocate_media(cast(m1.sides[0])));
    shelf.f.refused(ErrorKind::InvalidMedia, || shelf.deallocate_media(unknown()));
    shelf.check();
}

#[test]
fn media_b2() {
    let mut shelf = Shelf::new(T1);
    let (p, free) = (shelf.p(), shelf.free());
    shelf.return_to_free(p);
    let m1 = shelf.medium(p);
    let old = shelf.side(m1.sides[0]).label;
    let l = shelf.allocate(p).unwrap().logical_media;
    shelf.deallocate_media(l).unwrap();
    assert_eq!(shelf.pool_of(&m1), free);
    shelf.settle();
    let side = shelf.side(m1.sides[0]);
    assert_eq!(side.state, Available);
    assert_eq!(side.logical_media, None);
    assert_ne!(side.label, old, "a new free label was written");
    shelf.f.refused(ErrorKind::ObjectNotFound, || shelf.info(l));
    shelf.check();
}

#[test]
fn media_b3() {
    let mut shelf = Shelf::new(T2);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let l = shelf.allocate_new(p).unwrap().logical_media;
    assert_eq!(shelf.state(m1.sides[1]), Reserved);
    shelf.deallocate_media(l).unwrap();
    assert_eq!([shelf.state(m1.sides[0]), shelf.state(m1.sides[1])], [Available, Available]);
    assert_eq!(shelf.side(m1.sides[1]).allocate_count, 0);
    assert!(shelf.allocate(p).is_ok() && shelf.allocate(p).is_ok(), "shareable again");
    shelf.check();
}

#[test]
fn media_b4() {
    let mut shelf = Shelf::new(T2);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let la = shelf.allocate_new(p).unwrap().logical_media;
    let lb = shelf.allocate_next(p, la).unwrap().logical_media;
    shelf.deallocate_media(la).unwrap();
    assert_eq!(shelf.state(m1.sides[0]), Available);
    let other = shelf.f.manager.session("other").unwrap();
    let request = AllocateRequest::from(p).error_if_unavailable();
    shelf.f.refused(ErrorKind::MediaUnavailable, || other.allocate_media(request));
    shelf.deallocate_media(lb).unwrap();
    assert_eq!(other.allocate_media(request).unwrap().side, m1.sides[0]);
    shelf.check();
}

#[test]
fn media_b5() {
    let mut shelf = Shelf::new(T2);
    let (p, free) = (shelf.p(), shelf.free());
    shelf.return_to_free(p);
    let m1 = shelf.medium(p);
    let other = shelf.f.manager.session("other").unwrap();
    let la = shelf.allocate(p).unwrap().logical_media;
    let lb = other.allocate_media(AllocateRequest::from(p)).unwrap().logical_media;
    shelf.deallocate_media(la).unwrap();
    assert_eq!(shelf.pool_of(&m1), p);
    other.deallocate_media(lb).unwrap();
    assert_eq!(shelf.pool_of(&m1), free);
    shelf.settle();
    shelf.check();
}

#[test]
fn media_b6() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    shelf.return_to_free(p);
    shelf.set_pool(p, |pool| pool.max_allocates = 2);
    let m1 = shelf.medium(p);
    shelf.set_pool(p, |pool| pool.deallocation_policy = Default::default());
    let l = shelf.allocate(p).unwrap().logical_media;
    shelf.deallocate_media(l).unwrap();
    shelf.return_to_free(p);
    let l = shelf.allocate(p).unwrap().logical_media;
    assert_eq!(shelf.side(m1.sides[0]).allocate_count, 2);
    shelf.deallocate_media(l).unwrap();
    assert_eq!(shelf.state(m1.sides[0]), Decommissioned);
    assert_eq!(shelf.pool_of(&m1), p);
    shelf.check();
}

#[test]
fn media_b7() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let l = shelf.allocate(p).unwrap().logical_media;
    shelf.complete_media(l).unwrap();
    shelf.deallocate_media(l).unwrap();
    assert_eq!(shelf.state(m1.sides[0]), Available);
    shelf.check();
}

#[test]
fn media_b8() {
    let mut shelf = Shelf::new(T1);
    let (p, free) = (shelf.p(), shelf.free());
    let m1 = shelf.medium(p);
    shelf.return_to_free(p);
    let l = shelf.allocate(p).unwrap().logical_media;
    let mount = shelf.mount(MountRequest::from(l)).unwrap();
    shelf.deallocate_media(l).unwrap();
    assert_eq!((shelf.state(m1.sides[0]), shelf.pool_of(&m1)), (Available, p));
    // The session dismounts it by the id of the side.
    std::mem::forget(mount);
    shelf.dismount(&[m1.sides[0].into()], DismountOptions::IMMEDIATE).unwrap();
    shelf.settle();
    assert_eq!(shelf.pool_of(&m1), free);
    assert_eq!(shelf.info_of(&m1).media_state, MediaState::Idle);
    assert_eq!(shelf.state(m1.sides[0]), Available, "labelled again by now");
    shelf.check();
}

#[test]
fn media_b9() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    shelf.return_to_free(p);
    let l = shelf.allocate(p).unwrap().logical_media;
    let mount = shelf.mount(MountRequest::from(l)).unwrap();
    shelf.deallocate_media(l).unwrap();
    shelf.allocate_side(p, m1.sides[0]).unwrap();
    mount.dismount(DismountOptions::IMMEDIATE).unwrap();
    shelf.settle();
    assert_eq!((shelf.state(m1.sides[0]), shelf.pool_of(&m1)), (Allocated, p));
    shelf.check();
}

#[test]
fn a_missing_right_on_the_free_pool_fails_the_whole_release() {
    let mut shelf = Shelf::new(T1);
    let (p, free) = (shelf.p(), shelf.free());
    let m1 = shelf.medium(p);
    shelf.return_to_free(p);
    shelf.f.grant("pool", p, 4);
    shelf.f.grant("pool", free, 0);
    let user = shelf.f.user();
    let l = user.allocate_media(AllocateRequest::from(p)).unwrap().logical_media;
    shelf.f.refused(ErrorKind::AccessDenied, || user.deallocate_media(l));
    shelf.f.grant("pool", free, 1);
    user.deallocate_media(l).unwrap();
    assert_eq!(shelf.pool_of(&m1), free);
    shelf.settle();
}

#[test]
fn media_d1() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let l = shelf.allocate(p).unwrap().logical_media;
    shelf.complete_media(l).unwrap();
    assert_eq!(shelf.state(m1.sides[0]), Complete);
    let request = MountRequest::from(l).options(MountOptions::WRITE);
    shelf.f.refused(ErrorKind::WriteProtect, || shelf.mount(request));
    drop(shelf.mount(MountRequest::from(l)).unwrap());
}

#[test]
fn media_d2() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let l = shelf.allocate(p).unwrap().logical_media;
    let mount = shelf.mount(MountRequest::from(l)).unwrap();
    shelf.f.refused(ErrorKind::InvalidState, || shelf.complete_media(l));
    mount.dismount(DismountOptions::IMMEDIATE).unwrap();
    shelf.settle();
    shelf.complete_media(l).unwrap();
    assert_eq!(shelf.state(m1.sides[0]), Complete);
    shelf.check();
}

#[test]
fn media_d3() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    shelf.medium(p);
    let l = shelf.allocate(p).unwrap().logical_media;
    shelf.complete_media(l).unwrap();
    shelf.f.refused(ErrorKind::InvalidState, || shelf.complete_media(l));
    shelf.f.refused(ErrorKind::InvalidMedia, || shelf.complete_media(unknown()));
    shelf.f.refused(ErrorKind::InvalidParameter, || shelf.complete_media(LogicalMediaId::NULL));
}

#[test]
fn media_d4() {
    let mut shelf = Shelf::new(T2);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let l = shelf.allocate_new(p).unwrap().logical_media;
    shelf.complete_media(l).unwrap();
    assert_eq!(shelf.allocate_next(p, l).unwrap().side, m1.sides[1]);
    assert_eq!([shelf.state(m1.sides[0]), shelf.state(m1.sides[1])], [Complete, Allocated]);
    shelf.check();
}

#[test]
fn media_r1() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    shelf.decommission_side(m1.sides[0]).unwrap();
    assert_eq!(shelf.state(m1.sides[0]), Decommissioned);
    shelf.f.refused(ErrorKind::MediaUnavailable, || shelf.allocate_side(p, m1.sides[0]));
    shelf.f.refused(ErrorKind::InvalidState, || shelf.decommission_side(m1.sides[0]));
    shelf.check();
}

#[test]
fn media_r2() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    shelf.allocate(p).unwrap();
    shelf.f.refused(ErrorKind::InvalidState, || shelf.decommission_side(m1.sides[0]));
}

#[test]
fn media_r3() {
    let mut shelf = Shelf::new(T2);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    shelf.decommission_side(m1.sides[0]).unwrap();
    assert_eq!(shelf.allocate_new(p).unwrap().side, m1.sides[1]);
    assert_eq!(shelf.state(m1.sides[0]), Decommissioned);
    shelf.check();
}

#[test]
fn media_r4() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let l = shelf.allocate(p).unwrap().logical_media;
    shelf.f.refused(ErrorKind::InvalidMedia, || shelf.decommission_side(cast(l)));
    shelf.f.refused(ErrorKind::InvalidMedia, || shelf.decommission_side(cast(m1.id)));
    shelf.f.refused(ErrorKind::InvalidParameter, || shelf.decommission_side(SideId::NULL));
}

#[test]
fn a_disabled_medium_is_not_retired() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    shelf.disable(m1.id).unwrap();
    shelf.f.refused(ErrorKind::InvalidState, || shelf.decommission_side(m1.sides[0]));
}

#[test]
fn every_call_asks_for_control() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let (m1, m2) = (shelf.medium(p), shelf.medium(p));
    let l = shelf.allocate_side(p, m1.sides[0]).unwrap().logical_media;
    let user = shelf.f.user();
    for rights in [0, 1, 2, 3] {
        shelf.f.grant("pool", p, rights);
        shelf.f.refused(ErrorKind::AccessDenied, || user.deallocate_media(l));
        shelf.f.refused(ErrorKind::AccessDenied, || user.complete_media(l));
        shelf.f.refused(ErrorKind::AccessDenied, || user.decommission_side(m2.sides[0]));
        let request = AllocateRequest::from(p);
        shelf.f.refused(ErrorKind::AccessDenied, || user.allocate_media(request));
    }
    shelf.f.grant("pool", p, 4);
    user.complete_media(l).unwrap();
    user.deallocate_media(l).unwrap();
    user.decommission_side(m2.sides[0]).unwrap();
    user.allocate_media(AllocateRequest::from(p)).unwrap();
}
