//! What it takes to list 100,000 slots, and to read one object of each kind by its id, in a catalog
//! with a library of that size and as many media.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use rsm::Identified;
use rsm::model::{
    ChangerId, DriveId, DriveTypeId, EnumerateOptions, LibraryId, MediaTypeId, ObjectId,
    ObjectType, PhysicalMediaId, PoolId, SideId, SlotId, Timeout,
};

mod registered;

use registered::{CARTRIDGES, Site};

fn all_slots(site: &Site) -> Vec<ObjectId> {
    let (all, kind) = (EnumerateOptions::DEFAULT, ObjectType::StorageSlot);
    site.session.enumerate(Some(site.library.into()), kind, all).expect("a list")
}

fn each_slot(site: &Site) -> usize {
    let (all, kind) = (EnumerateOptions::DEFAULT, ObjectType::StorageSlot);
    let slots = site.session.objects(Some(site.library.into()), kind, all).expect("a list");
    slots.inspect(|slot| assert!(black_box(slot).is_ok())).count()
}

/// Reads the last object of its kind again and again.
fn read<I: Identified>(site: &Site, name: &str, criterion: &mut Criterion) {
    let id = *site.session.list::<I>(None).expect("a list").last().expect("an object");
    criterion.bench_function(name, |bencher| {
        bencher.iter(|| black_box(site.session.info(id).expect("a record")));
    });
}

fn objects(criterion: &mut Criterion) {
    let site = Site::new().expect("a catalog");
    site.manager.wait_until_idle(Timeout::Forever).expect("the first inventory");
    assert_eq!(each_slot(&site), CARTRIDGES as usize);
    criterion.bench_function("100,000 slots as a list", |bencher| {
        bencher.iter(|| black_box(all_slots(&site)));
    });
    criterion.bench_function("100,000 slots one by one", |bencher| {
        bencher.iter(|| each_slot(&site));
    });
    read::<SlotId>(&site, "a slot", criterion);
    read::<PhysicalMediaId>(&site, "a medium", criterion);
    read::<SideId>(&site, "a side", criterion);
    read::<DriveId>(&site, "a drive", criterion);
    read::<DriveTypeId>(&site, "a drive type", criterion);
    read::<ChangerId>(&site, "a changer", criterion);
    read::<PoolId>(&site, "a pool", criterion);
    read::<MediaTypeId>(&site, "a media type", criterion);
    read::<LibraryId>(&site, "a library", criterion);
}

criterion_group!(benches, objects);
criterion_main!(benches);
