//! AllocateNtmsMedia when there is nothing: waiting, and being handed what turns up (3.8).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/shelf.rs"]
mod shelf;
mod support;
#[path = "support/waiter.rs"]
mod waiter;

use std::time::Duration;

use rsm::ErrorKind;
use rsm::model::{AllocateOptions, AllocateRequest, AllocationPolicy, SideState::*, Timeout};
use shelf::Shelf;
use support::{T1, T2};
use waiter::{forever, nobody_waits, open_requests, wait_for, waiting};

#[test]
fn media_a14() {
    let shelf = Shelf::new(T1);
    let p = shelf.p();
    let request = AllocateRequest::from(p).timeout(Timeout::from_millis(50));
    let waiter = wait_for(&shelf, request);
    assert_eq!(open_requests(&shelf).len(), 1);
    shelf.f.clock.advance(Duration::from_millis(49));
    assert!(waiter.is_waiting());
    shelf.f.clock.advance(Duration::from_millis(1));
    let error = waiter.ended().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    // The caller reads what was missing, as the operator did; and nothing about what was not.
    assert!(error.reason().contains("needs a medium of type"), "{error}");
    assert!(!error.reason().contains("wait"), "{error}");
    nobody_waits(&shelf);
}

#[test]
fn media_a16b() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let held = shelf.allocate(p).unwrap().logical_media;
    let waiter = wait_for(&shelf, forever(p));
    shelf.deallocate_media(held).unwrap();
    let given = waiter.ended().unwrap();
    assert_eq!((given.side, given.allocated_from), (m1.sides[0], p));
    let side = shelf.side(m1.sides[0]);
    assert_eq!((side.state, side.logical_media), (Allocated, Some(given.logical_media)));
    assert_eq!(side.allocate_count, 2);
    nobody_waits(&shelf);
}

#[test]
fn media_a22b() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    let older = wait_for(&shelf, forever(p));
    let younger = wait_for(&shelf, forever(p));
    let m1 = shelf.medium(p);
    assert_eq!(older.ended().unwrap().side, m1.sides[0]);
    assert!(younger.is_waiting());
    assert_eq!((waiting(&shelf), open_requests(&shelf).len()), (1, 1));
    younger.session.close().unwrap();
    assert_eq!(younger.ended().unwrap_err().kind(), ErrorKind::Cancelled);
    nobody_waits(&shelf);
}

#[test]
fn media_a24() {
    let mut shelf = Shelf::new(T2);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let held = [shelf.allocate(p).unwrap(), shelf.allocate(p).unwrap()];
    let whole = wait_for(&shelf, forever(p).new_medium());
    let plain = wait_for(&shelf, forever(p));
    shelf.deallocate_media(held[0].logical_media).unwrap();
    let given = plain.ended().unwrap();
    assert_eq!(given.side, m1.sides[0]);
    assert!(whole.is_waiting());
    shelf.deallocate_media(given.logical_media).unwrap();
    assert!(whole.is_waiting());
    shelf.deallocate_media(held[1].logical_media).unwrap();
    assert_eq!(whole.ended().unwrap().side, m1.sides[0]);
    assert_eq!(shelf.state(m1.sides[1]), Reserved);
    nobody_waits(&shelf);
}

#[test]
fn media_a27() {
    let shelf = Shelf::new(T1);
    let p = shelf.p();
    let waiter = wait_for(&shelf, forever(p));
    shelf.delete_pool(p).unwrap();
    assert_eq!(waiter.ended().unwrap_err().kind(), ErrorKind::InvalidMediaPool);
    nobody_waits(&shelf);
}

#[test]
fn media_a28() {
    let mut shelf = Shelf::new(T2);
    let p = shelf.p();
    let m1 = shelf.medium(p);
    let held = [shelf.allocate(p).unwrap(), shelf.allocate(p).unwrap()];
    let whole = wait_for(&shelf, forever(p).new_medium());
    let second = wait_for(&shelf, forever(p));
    let third = wait_for(&shelf, forever(p));
    shelf.deallocate_media(held[0].logical_media).unwrap();
    let newcomer = shelf.allocate_media(AllocateRequest::from(p).error_if_unavailable());
    assert_eq!(newcomer.unwrap_err().kind(), ErrorKind::MediaUnavailable);
    assert_eq!(second.ended().unwrap().side, m1.sides[0]);
    assert!(whole.is_waiting() && third.is_waiting());
    assert_eq!(waiting(&shelf), 2);
    for waiter in [whole, third] {
        waiter.session.close().unwrap();
        assert_eq!(waiter.ended().unwrap_err().kind(), ErrorKind::Cancelled);
    }
    nobody_waits(&shelf);
}

#[test]
fn every_kind_of_change_that_helps_serves_those_who_wait() {
    let mut shelf = Shelf::new(T1);
    let p = shelf.p();
    // Enabled.
    let m1 = shelf.medium(p);
    shelf.disable(m1.id).unwrap();
    let waiter = wait_for(&shelf, forever(p));
    shelf.enable(m1.id).unwrap();
    let held = waiter.ended().unwrap().logical_media;
    shelf.deallocate_media(held).unwrap();
    // The library enabled.
    shelf.disable(shelf.library).unwrap();
    let waiter = wait_for(&shelf, forever(p));
    shelf.enable(shelf.library).unwrap();
    waiter.ended().unwrap();
    // Its free label written, and the policy turned on.
    let waiter = wait_for(&shelf, forever(p));
    let free = shelf.free_medium();
    assert!(waiter.is_waiting());
    let mut record = shelf.info(p).unwrap();
    record.allocation_policy = AllocationPolicy::DRAW_FROM_FREE;
    shelf.set_info(&record).unwrap();
    let given = waiter.ended().unwrap();
    assert_eq!((given.side, given.allocated_from), (free.sides[0], shelf.free()));
    let waiter = wait_for(&shelf, forever(p));
    let another = shelf.blank_medium();
    shelf.move_to_pool(another.id, shelf.free()).unwrap();
    assert_eq!(waiter.ended().unwrap().side, another.sides[0]);
    // Moved by hand.
    let q = shelf.pool(r"\App\Q");
    let waiter = wait_for(&shelf, forever(q));
    let moved = shelf.medium(p);
    shelf.move_to_pool(moved.id, q).unwrap();
    assert_eq!(waiter.ended().unwrap().side, moved.sides[0]);
    nobody_waits(&shelf);
}

#[test]
fn calls_that_may_not_wait_do_not() {
    let shelf = Shelf::new(T1);
    let p = shelf.p();
    let now = AllocateRequest::from(p);
    shelf.f.refused(ErrorKind::Timeout, || shelf.allocate_media(now));
    for timeout in [Timeout::NoWait, Timeout::from_millis(50), Timeout::Forever] {
        let request = AllocateRequest::from(p).error_if_unavailable().timeout(timeout);
        shelf.f.refused(ErrorKind::MediaUnavailable, || shelf.allocate_media(request));
    }
    let mut unknown = forever(p);
    unknown.options |= AllocateOptions::from_bits_retain(0x40);
    shelf.f.refused(ErrorKind::InvalidParameter, || shelf.allocate_media(unknown));
}
