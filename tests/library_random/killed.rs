//! A process with a library in a directory, and what it said before it was killed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rsm::device::LibraryDevice;
use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::model::{
    AllocateRequest, AllocationPolicy, DeallocationPolicy, DismountOptions, EnumerateOptions, Id,
    InventoryMethod, LabelUpdate, LibraryId, LogicalMediaId, MediaTypeCode, MountOptions,
    MountRequest, ObjectId, ObjectType, PhysicalMediaId, PoolId, PoolOpenMode, Timeout,
};
use rsm::{Manager, Mount, OpenOptions, Session};
use uuid::Uuid;

use super::acme::{self, Acme};
use super::ledger::Dice;

const CARTRIDGES: usize = 10;
const TYPE: MediaTypeCode = MediaTypeCode::LtoUltrium;
const PATIENCE: Timeout = Timeout::After(Duration::from_secs(60));

/// A catalog and a library, opened by this process.
pub struct Place {
    pub manager: Manager,
    pub session: Session,
    pub device: Arc<SimulatedLibrary>,
    pub library: LibraryId,
    pub pool: PoolId,
}

impl Place {
    pub fn open(directory: &Path) -> Self {
        let manager = OpenOptions::new().create(true).open(directory.join("catalog")).unwrap();
        manager.register_label_format(Arc::new(Acme)).unwrap();
        // Half of them without a bar code.
        let cartridge = |n: usize| match n % 2 {
            0 => Cartridge::with_bar_code(format!("K{n:02}")),
            _ => Cartridge::new(),
        };
        let device = SimulatedLibrary::builder()
            .changer(ChangerLayout { transports: 1, drives: 2, ports: 0, slots: 12 })
            .media_type(TYPE.value())
            .cartridges((0..CARTRIDGES).map(cartridge))
            .open_or_create(directory.join("library"))
            .unwrap();
        let device = Arc::new(device);
        let library = manager.attach(device.clone() as Arc<dyn LibraryDevice>).unwrap();
        manager.wait_until_idle(PATIENCE).unwrap();
        let session = manager.session("test").unwrap();
        let media_type = session.media_type(TYPE).unwrap();
        let pool = session.open_pool("Kept", Some(media_type), PoolOpenMode::OpenAlways).unwrap();
        let mut info = session.info(pool).unwrap();
        info.allocation_policy = AllocationPolicy::DRAW_FROM_FREE;
        info.deallocation_policy = DeallocationPolicy::RETURN_TO_FREE;
        session.set_info(&info).unwrap();
        let place = Self { manager, session, device, library, pool };
        place.free_the_rest();
        place
    }

    pub fn settle(&self) {
        self.manager.wait_until_idle(PATIENCE).unwrap();
    }

    fn ids<T: Id>(&self, of: Option<ObjectId>, kind: ObjectType) -> Vec<T> {
        let ids = self.session.enumerate(of, kind, EnumerateOptions::DEFAULT).unwrap();
        ids.into_iter().map(|id| T::from_uuid(id.as_uuid())).collect()
    }

    /// What nobody owns becomes free.
    fn free_the_rest(&self) {
        let open = |root| {
            let path = format!("{root}\\{}", TYPE.known().name);
            self.session.open_pool(&path, None, PoolOpenMode::OpenExisting).unwrap()
        };
        let free = open("Free");
        for pool in [open("Unrecognized"), open("Import")] {
            for medium in self.ids::<PhysicalMediaId>(Some(pool.into()), ObjectType::PhysicalMedia)
            {
                let _refused = self.session.move_to_pool(medium, free);
            }
        }
        self.settle();
    }

    fn mount(&self, media: LogicalMediaId) -> rsm::Result<Mount> {
        let request = MountRequest::from(media).for_writing().timeout(PATIENCE);
        self.session.mount(request.options(MountOptions::ERROR_IF_OFFLINE))
    }
}

/// Works, and tells what it is about to do and what it has done, until it is killed.
pub fn work(directory: &Path, seed: u64, tell: impl Fn(&str)) {
    let place = Place::open(directory);
    let (mut dice, mut held) = (Dice(seed), Vec::<(LogicalMediaId, bool)>::new());
    let session = &place.session;
    loop {
        match dice.below(10) {
            0..3 if held.len() < 4 => {
                let request = AllocateRequest::from(place.pool).error_if_unavailable();
                match session.allocate_media(request) {
                    Ok(done) => {
                        held.push((done.logical_media, false));
                        tell(&format!("allocated {}", done.logical_media));
                    }
                    Err(_) => place.settle(),
                }
            }
            0..7 if !held.is_empty() => {
                let index = dice.below(held.len());
                let (media, labelled) = held[index];
                let Ok(mount) = place.mount(media) else {
                    tell(&format!("lost {media}"));
                    held.swap_remove(index);
                    continue;
                };
                if !labelled {
                    let number = u32::try_from(seed).unwrap() * 10_000 + dice.below(10_000) as u32;
                    tell(&format!("labelling {media} {number}"));
                    acme::write(&mount, number, 1).unwrap().unwrap();
                    session.update_omid(media, LabelUpdate::Raw(&acme::label(number))).unwrap();
                    tell(&format!("labelled {media} {number}"));
                    held[index].1 = true;
                }
                mount.dismount(DismountOptions::IMMEDIATE).unwrap();
                tell("dismounted -");
            }
            7 if !held.is_empty() => {
                let (media, _) = held.swap_remove(dice.below(held.len()));
                tell(&format!("releasing {media}"));
                session.deallocate_media(media).unwrap();
                tell(&format!("released {media}"));
            }
            8 => {
                let method = [InventoryMethod::Fast, InventoryMethod::FullLabelRead];
                session.inventory_library(place.library, method[dice.below(2)]).unwrap();
                tell("looked -");
            }
            _ => place.settle(),
        }
    }
}

/// What the killed processes said.
#[derive(Default)]
pub struct Said {
    held: BTreeMap<LogicalMediaId, Label>,
    releasing: BTreeSet<LogicalMediaId>,
    released: BTreeSet<LogicalMediaId>,
    pub answers: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Label {
    None,
    /// It may or may not be there, and may or may not have been reported.
    Begun(u32),
    Reported(u32),
}

impl Said {
    pub fn note(&mut self, line: &str) {
        let mut words = line.split(' ');
        let what = words.next().unwrap();
        let id = words.next().and_then(|id| Uuid::parse_str(id).ok()).unwrap_or_default();
        let media = LogicalMediaId::from_uuid(id);
        let number = words.next().map_or(0, |number| number.parse().unwrap());
        self.answers += 1;
        match what {
            "allocated" => drop(self.held.insert(media, Label::None)),
            "labelling" => drop(self.held.insert(media, Label::Begun(number))),
            "labelled" => drop(self.held.insert(media, Label::Reported(number))),
            "releasing" => {
                self.held.remove(&media);
                self.releasing.insert(media);
            }
            "released" => {
                self.releasing.remove(&media);
                self.released.insert(media);
            }
            "dismounted" | "looked" => {}
            other => panic!("{other} {media}"),
        }
    }

    /// Opens what was left, holds it against what was said, and tidies up for the next one.
    pub fn settle(&mut self, directory: &Path) {
        let place = Place::open(directory);
        let broken = place.manager.check().unwrap();
        assert!(broken.is_empty(), "{broken:#?}");
        let elements = place.device.hands().elements().unwrap();
        assert_eq!(elements.iter().filter(|e| e.cartridge.is_some()).count(), CARTRIDGES);
        let here: Vec<PhysicalMediaId> =
            place.ids(Some(place.library.into()), ObjectType::PhysicalMedia);
        assert_eq!(here.len(), CARTRIDGES, "the catalog knows every cartridge once");
        let all: BTreeSet<LogicalMediaId> =
            place.ids(None, ObjectType::LogicalMedia).into_iter().collect();
        assert!(all.is_disjoint(&self.released), "what was released came back");
        for (media, label) in &self.held {
            assert!(all.contains(media), "{media} is lost");
            self.examine(&place, *media, *label);
        }
        // What nobody was told of, what was being released or labelled, and what is too much.
        let kept = |label: &Label| !matches!(label, Label::Begun(_));
        self.held.retain(|_, label| kept(label));
        self.held = std::mem::take(&mut self.held).into_iter().take(3).collect();
        for media in all.iter().filter(|media| !self.held.contains_key(media)) {
            place.session.deallocate_media(*media).unwrap();
            self.released.insert(*media);
        }
        self.releasing.clear();
        place.settle();
        place.free_the_rest();
        // Work goes on.
        let request = AllocateRequest::from(place.pool).error_if_unavailable();
        let media = place.session.allocate_media(request).unwrap().logical_media;
        place.mount(media).unwrap().dismount(DismountOptions::IMMEDIATE).unwrap();
        place.session.deallocate_media(media).unwrap();
        place.settle();
        assert!(place.manager.check().unwrap().is_empty());
    }

    fn examine(&self, place: &Place, media: LogicalMediaId, label: Label) {
        let mount = match place.mount(media) {
            Ok(mount) => mount,
            Err(_) if matches!(label, Label::Begun(_)) => return place.settle(),
            Err(error) => panic!("{media} {label:?} cannot be mounted: {error:?}"),
        };
        let blocks = acme::read(&mount).unwrap().unwrap();
        let found = blocks.first().and_then(|block| acme::number(block));
        match label {
            Label::None => assert_eq!(found, None, "{media}: another one's label"),
            Label::Begun(number) => assert!(found.is_none_or(|found| found == number)),
            Label::Reported(number) => {
                assert_eq!(blocks, [acme::label(number), acme::data(number, 1)], "{media}");
            }
        }
        mount.dismount(DismountOptions::IMMEDIATE).unwrap();
        place.settle();
    }
}
