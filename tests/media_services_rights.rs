//! The rights of the sixteen media services, as the published table has them, by both access
//! models: exactly those rights do, and without any of them nothing happens.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/placed.rs"]
mod placed;
#[path = "support/shelf.rs"]
mod shelf;
mod support;

use placed::medium_in;
use rsm::model::{
    AccessModel, AllocateRequest, AllocationPolicy, CreateMediaOptions, CreatedMedia,
    DeallocationPolicy, DismountOptions, LibraryId, LogicalMediaId, MediaTypeCode,
    MediumDescription, MountRequest, ObjectId, PoolId, PoolOpenMode, SideDescription, SideState,
};
use rsm::{ErrorKind, Session};
use shelf::Shelf;
use support::{Fixture, T1, T2, label, open_catalog_with};

use SideState::{Allocated, Available, Import, Reserved, Unrecognized};

const NONE: u32 = 0;
const USE: u32 = 1;
const MODIFY: u32 = 2;
const CONTROL: u32 = 4;

/// Another one-sided type.
const OTHER: MediaTypeCode = MediaTypeCode::Dlt;

/// An object with an access list: its table and id.
type Guarded = (&'static str, ObjectId);

fn pool(id: PoolId) -> Guarded {
    ("pool", id.into())
}

fn library(id: LibraryId) -> Guarded {
    ("library", id.into())
}

/// What a call needs on an object: by the rules of 2003, by those of XP.
type Need = (Guarded, u32, u32);

/// A catalog with pools of every kind, and somebody who has no rights yet.
struct Scene<'a> {
    f: &'a Fixture,
    user: Session,
    model: AccessModel,
}

impl Scene<'_> {
    fn new(f: &Fixture, model: AccessModel) -> Scene<'_> {
        Scene { f, user: f.user(), model }
    }

    fn grant_only(&self, rights: &[(Guarded, u32)]) {
        for table in ["pool", "library", "computer"] {
            let list = format!("O:AD:(A;f0007;A)(A;0;U{})", support::USER);
            self.f.sql(&format!("UPDATE {table} SET security = ?1"), [list]);
        }
        for ((table, id), rights) in rights {
            self.f.grant(table, *id, *rights);
        }
    }

    /// The call is refused without one of the rights, whatever others there are on the same
    /// object, and gets past that check with exactly these.
    #[track_caller]
    fn walk<T>(&self, needs: &[Need], call: impl Fn(&Session) -> rsm::Result<T>) -> rsm::Result<T> {
        let needs: Vec<(Guarded, u32)> = needs
            .iter()
            .map(|(object, server_2003, windows_xp)| match self.model {
                AccessModel::Server2003 => (*object, *server_2003),
                AccessModel::WindowsXp => (*object, *windows_xp),
            })
            .filter(|(_, right)| *right != NONE)
            .collect();
        for missing in 0..needs.len() {
            for rest in [NONE, 7 & !needs[missing].1] {
                let mut granted = needs.clone();
                granted[missing].1 = rest;
                self.grant_only(&granted);
                self.f.refused(ErrorKind::AccessDenied, || call(&self.user));
            }
        }
        self.grant_only(&needs);
        call(&self.user)
    }

    fn p(&self) -> PoolId {
        self.f.pool(r"\App\P", T1)
    }

    fn q(&self) -> PoolId {
        self.f.pool(r"\App\Q", T1)
    }

    fn system(&self, root: &str) -> PoolId {
        self.f.system_pool(root, T1)
    }

    fn computer(&self) -> Guarded {
        ("computer", self.f.id("SELECT id FROM computer", []))
    }

    fn library(&self) -> LibraryId {
        self.system("Free");
        self.f.id("SELECT id FROM library WHERE type = 2", [])
    }

    /// A medium in a slot, in a pool of any kind.
    fn medium(&self, pool: PoolId, code: MediaTypeCode, states: &[SideState]) -> CreatedMedia {
        let medium = medium_in(self.f, pool, code, states);
        self.f.bring_online(medium.physical_media, self.library());
        medium
    }

    fn held(&self, pool: PoolId) -> LogicalMediaId {
        self.medium(pool, T1, &[Allocated]).sides[0].logical_media.unwrap()
    }
}

/// Runs a test by both models, each time on a new catalog.
fn by_both_models(test: impl Fn(&Scene<'_>)) {
    for model in [AccessModel::Server2003, AccessModel::WindowsXp] {
        let f = open_catalog_with(model);
        test(&Scene::new(&f, model));
    }
}

#[test]
fn allocate_media_in_the_pool_itself() {
    by_both_models(|s| {
        let p = s.p();
        s.medium(p, T1, &[Available]);
        let request = AllocateRequest::from(p).error_if_unavailable();
        s.walk(&[(pool(p), CONTROL, MODIFY)], |u| u.allocate_media(request)).unwrap();
    });
    by_both_models(|s| {
        let p = s.p();
        let side = s.medium(p, T1, &[Available]).sides[0].side;
        let request = AllocateRequest::from(p).naming(side);
        s.walk(&[(pool(p), CONTROL, MODIFY)], |u| u.allocate_media(request)).unwrap();
    });
}

#[test]
fn allocate_media_drawing_from_the_free_pool() {
    by_both_models(|s| {
        let (p, free) = (s.p(), s.system("Free"));
        let mut info = s.f.session.info(p).unwrap();
        info.allocation_policy = AllocationPolicy::DRAW_FROM_FREE;
        s.f.session.set_info(&info).unwrap();
        s.medium(free, T1, &[Available]);
        let request = AllocateRequest::from(p).error_if_unavailable();
        let needs = [(pool(p), CONTROL, MODIFY), (pool(free), USE, NONE)];
        let allocation = s.walk(&needs, |u| u.allocate_media(request)).unwrap();
        assert_eq!(allocation.allocated_from, free);
    });
}

#[test]
fn allocate_media_naming_a_side_elsewhere() {
    by_both_models(|s| {
        let p = s.p();
        for (source, state, server_2003, windows_xp) in [
            (s.system("Free"), Available, USE, NONE),
            (s.system("Import"), Import, CONTROL, MODIFY),
            (s.q(), Available, CONTROL, MODIFY),
        ] {
            let side = s.medium(source, T1, &[state]).sides[0].side;
            let request = AllocateRequest::from(p).naming(side);
            let needs = [(pool(p), CONTROL, MODIFY), (pool(source), server_2003, windows_xp)];
            let allocation = s.walk(&needs, |u| u.allocate_media(request)).unwrap();
            assert_eq!(allocation.allocated_from, source);
        }
        let source = s.system("Unrecognized");
        let side = s.medium(source, T1, &[Unrecognized]).sides[0].side;
        let request = AllocateRequest::from(p).naming(side);
        let needs = [(pool(p), CONTROL, MODIFY), (pool(source), CONTROL, MODIFY)];
        let refused = s.walk(&needs, |u| u.allocate_media(request)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::MediaUnavailable);
    });
}

#[test]
fn allocate_media_the_next_side() {
    by_both_models(|s| {
        let p = s.f.pool(r"\App\P", T2);
        let medium = s.medium(p, T2, &[Allocated, Reserved]);
        let held = medium.sides[0].logical_media.unwrap();
        let request = AllocateRequest::from(p).next_of(held);
        s.walk(&[(pool(p), CONTROL, MODIFY)], |u| u.allocate_media(request)).unwrap();
    });
}

#[test]
fn deallocate_media() {
    by_both_models(|s| {
        let (p, held) = (s.p(), s.held(s.p()));
        s.walk(&[(pool(p), CONTROL, MODIFY)], |u| u.deallocate_media(held)).unwrap();
    });
    by_both_models(|s| {
        let (p, free, held) = (s.p(), s.system("Free"), s.held(s.p()));
        let mut info = s.f.session.info(p).unwrap();
        info.deallocation_policy = DeallocationPolicy::RETURN_TO_FREE;
        s.f.session.set_info(&info).unwrap();
        let needs = [(pool(p), CONTROL, MODIFY), (pool(free), USE, NONE)];
        s.walk(&needs, |u| u.deallocate_media(held)).unwrap();
        assert_eq!(s.f.session.info(free).unwrap().number_of_physical_media, 1);
    });
}

#[test]
fn complete_media() {
    by_both_models(|s| {
        let (p, held) = (s.p(), s.held(s.p()));
        s.walk(&[(pool(p), CONTROL, MODIFY)], |u| u.complete_media(held)).unwrap();
    });
}

#[test]
fn swap_media() {
    by_both_models(|s| {
        let (p, q) = (s.p(), s.q());
        let (one, other, elsewhere) = (s.held(p), s.held(p), s.held(q));
        s.walk(&[(pool(p), MODIFY, MODIFY)], |u| u.swap_media(one, other)).unwrap();
        // On the pool of each, before it matters that they differ.
        let needs = [(pool(p), MODIFY, MODIFY), (pool(q), MODIFY, MODIFY)];
        for (first, second) in [(one, elsewhere), (elsewhere, one)] {
            let refused = s.walk(&needs, |u| u.swap_media(first, second)).unwrap_err();
            assert_eq!(refused.kind(), ErrorKind::InvalidMediaPool);
        }
    });
}

#[test]
fn decommission_side() {
    by_both_models(|s| {
        let p = s.p();
        let side = s.medium(p, T1, &[Available]).sides[0].side;
        s.walk(&[(pool(p), CONTROL, MODIFY)], |u| u.decommission_side(side)).unwrap();
    });
}

#[test]
fn create_offline_media() {
    by_both_models(|s| {
        let offline = s.f.id("SELECT id FROM library WHERE key = 1", []);
        for (into, state) in [(s.p(), Available), (s.system("Import"), Import)] {
            let needs = [
                (pool(into), MODIFY, CONTROL),
                (s.computer(), MODIFY, NONE),
                (library(offline), NONE, MODIFY),
            ];
            let side = SideDescription::new(state, label(1));
            s.walk(&needs, |u| {
                let medium = MediumDescription::new(into);
                u.create_offline_media(medium, vec![side.clone()], CreateMediaOptions::empty())
            })
            .unwrap();
        }
    });
}

#[test]
fn delete_offline_media() {
    by_both_models(|s| {
        let p = s.p();
        let medium = s.f.medium(p, &[Available], 1).physical_media;
        let needs = [(pool(p), MODIFY, MODIFY), (s.computer(), MODIFY, NONE)];
        s.walk(&needs, |u| u.delete_offline_media(medium)).unwrap();
    });
}

#[test]
fn move_to_pool() {
    by_both_models(|s| {
        let (p, q, free, import) = (s.p(), s.q(), s.system("Free"), s.system("Import"));
        for (from, state, to) in [
            (p, Available, q),
            (p, Available, p),
            (p, Available, free),
            (free, Available, p),
            (import, Import, free),
            (import, Import, import),
        ] {
            let medium = s.medium(from, T1, &[state]).physical_media;
            let need = |id| (pool(id), if id == free { USE } else { CONTROL }, MODIFY);
            let mut needs = vec![need(from), need(to)];
            needs.dedup();
            s.walk(&needs, |u| u.move_to_pool(medium, to)).unwrap();
        }
    });
}

#[test]
fn move_and_retype() {
    by_both_models(|s| {
        let (p, free) = (s.p(), s.system("Free"));
        let unrecognized = s.system("Unrecognized");
        let other = s.f.pool(r"\App\Other", OTHER);
        let other_free = s.f.system_pool("Free", OTHER);
        for (from, state, to, on_destination) in [
            (p, Available, other, MODIFY),
            (p, Available, other_free, USE),
            (free, Available, other, MODIFY),
            (unrecognized, Unrecognized, other_free, USE),
        ] {
            let medium = s.medium(from, T1, &[state]).physical_media;
            let needs = [
                (pool(from), MODIFY, MODIFY),
                (s.computer(), MODIFY, NONE),
                (pool(to), on_destination, NONE),
            ];
            s.walk(&needs, |u| u.move_and_retype(medium, to)).unwrap();
        }
    });
}

#[test]
fn open_pool() {
    by_both_models(|s| {
        let p = s.p();
        let [root, app] = [r"\", r"\App"]
            .map(|path| s.f.session.open_pool(path, None, PoolOpenMode::OpenExisting).unwrap());
        let new = PoolOpenMode::CreateNew;
        s.walk(&[(pool(root), CONTROL, MODIFY)], |u| u.open_pool(r"\Top", None, new)).unwrap();
        let needs = [(pool(root), CONTROL, NONE), (pool(app), CONTROL, MODIFY)];
        s.walk(&needs, |u| u.open_pool(r"\App\New", None, new)).unwrap();
        s.walk(&needs, |u| u.open_pool(r"\App\Newer", None, PoolOpenMode::OpenAlways)).unwrap();
        for mode in [PoolOpenMode::OpenExisting, PoolOpenMode::OpenAlways] {
            assert_eq!(s.walk(&[], |u| u.open_pool(r"\App\P", None, mode)).unwrap(), p);
        }
    });
}

#[test]
fn delete_pool() {
    by_both_models(|s| {
        let p = s.p();
        s.walk(&[(pool(p), MODIFY, CONTROL)], |u| u.delete_pool(p)).unwrap();
    });
}

#[test]
fn pool_path_needs_no_right() {
    by_both_models(|s| {
        let p = s.p();
        assert_eq!(s.walk(&[], |u| u.pool_path(p)).unwrap(), r"\App\P");
    });
}

#[test]
fn add_and_remove_media_type() {
    by_both_models(|s| {
        let (shelf, of) = (s.library(), s.f.media_type(OTHER));
        let needs = [(library(shelf), MODIFY, CONTROL)];
        s.walk(&needs, |u| u.add_media_type(of, shelf)).unwrap();
        s.walk(&needs, |u| u.remove_media_type(of, shelf)).unwrap();
    });
}

#[test]
fn mount_and_dismount() {
    for model in [AccessModel::Server2003, AccessModel::WindowsXp] {
        let mut shelf = Shelf::with_model(T1, 1, model);
        let p = shelf.p();
        let side = shelf.medium(p).sides[0];
        let held = shelf.allocate(p).unwrap().logical_media;
        let s = Scene::new(&shelf.f, model);
        let needs = [(pool(p), USE, USE), (library(shelf.library), USE, USE)];
        drop(s.walk(&needs, |u| u.mount(MountRequest::from(side))).unwrap());
        let mount = s.walk(&needs, |u| u.mount(MountRequest::from(held))).unwrap();
        s.walk(&needs, |u| u.dismount(&[held.into()], DismountOptions::IMMEDIATE)).unwrap();
        drop(mount);
        shelf.settle();
    }
}
