//! What it takes to list 100,000 slots, and to read one object of each kind by its id, in a catalog
//! with a library of that size and as many media.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::model::{
    ChangerId, DriveId, DriveTypeId, EnumerateOptions, LibraryId, MediaTypeCode, MediaTypeId,
    ObjectType, PhysicalMediaId, PoolId, SideId, SlotId, Timeout,
};
use rsm::{Identified, Manager, OpenOptions, Session};

const CODE: MediaTypeCode = MediaTypeCode::LtoUltrium;
const CHANGERS: u32 = 2;
const SLOTS: u32 = 50_000;

struct Site {
    session: Session,
    library: LibraryId,
    _manager: Manager,
    _dir: tempfile::TempDir,
}

impl Site {
    fn new() -> rsm::Result<Self> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let manager = OpenOptions::new().create(true).open(dir.path())?;
        let session = manager.session("bench")?;
        let layout =
            ChangerLayout { drives: 2, ports: 0, slots: SLOTS, ..ChangerLayout::default() };
        let cartridge = |n| Cartridge::with_bar_code(format!("T{n:06}L8")).media_type(CODE.value());
        let device = SimulatedLibrary::builder()
            .changer(layout)
            .changer(layout)
            .media_type(CODE.value())
            .cartridges((0..CHANGERS * SLOTS).map(cartridge))
            .build()
            .expect("a library");
        let library = manager.attach(Arc::new(device))?;
        // What remains is to read the labels.
        session.disable(library)?;
        manager.wait_until_idle(Timeout::Forever)?;
        Ok(Self { session, library, _manager: manager, _dir: dir })
    }

    fn all_slots(&self) -> Vec<rsm::model::ObjectId> {
        let (all, kind) = (EnumerateOptions::DEFAULT, ObjectType::StorageSlot);
        self.session.enumerate(Some(self.library.into()), kind, all).expect("a list")
    }

    fn each_slot(&self) -> usize {
        let (all, kind) = (EnumerateOptions::DEFAULT, ObjectType::StorageSlot);
        let slots = self.session.objects(Some(self.library.into()), kind, all).expect("a list");
        slots.inspect(|slot| assert!(black_box(slot).is_ok())).count()
    }

    /// Reads the last object of its kind again and again.
    fn read<I: Identified>(&self, name: &str, criterion: &mut Criterion) {
        let id = *self.session.list::<I>(None).expect("a list").last().expect("an object");
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| black_box(self.session.info(id).expect("a record")));
        });
    }
}

fn objects(criterion: &mut Criterion) {
    let site = Site::new().expect("a catalog");
    assert_eq!(site.each_slot(), (CHANGERS * SLOTS) as usize);
    criterion.bench_function("100,000 slots as a list", |bencher| {
        bencher.iter(|| black_box(site.all_slots()));
    });
    criterion.bench_function("100,000 slots one by one", |bencher| {
        bencher.iter(|| site.each_slot());
    });
    site.read::<SlotId>("a slot", criterion);
    site.read::<PhysicalMediaId>("a medium", criterion);
    site.read::<SideId>("a side", criterion);
    site.read::<DriveId>("a drive", criterion);
    site.read::<DriveTypeId>("a drive type", criterion);
    site.read::<ChangerId>("a changer", criterion);
    site.read::<PoolId>("a pool", criterion);
    site.read::<MediaTypeId>("a media type", criterion);
    site.read::<LibraryId>("a library", criterion);
}

criterion_group!(benches, objects);
criterion_main!(benches);
