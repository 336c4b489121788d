//! A catalog with somebody whose rights are exactly those that are given for a row.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;
use rsm::device::simulated::{
    Cartridge, ChangerLayout, DoorLayout, SimulatedLibrary, SimulatedLibraryBuilder,
};
use rsm::model::{
    AccessModel, ComputerId, DriveId, Id, LibraryId, ObjectId, PoolId, SlotId, Timeout,
};
use rsm::{ErrorKind, Session};

use crate::support::{Fixture, T1, open_catalog_with};
use crate::table::{Need, Row, rows};

/// Every right there is, but that of the audit list.
const FULL: u32 = 0xf0007;

/// An object with an access list: its table and id, and whether it is a free pool.
pub type Guarded = (&'static str, ObjectId, bool);

pub fn pool(id: PoolId) -> Guarded {
    ("pool", id.into(), false)
}

pub fn free_pool(id: PoolId) -> Guarded {
    ("pool", id.into(), true)
}

pub fn library(id: LibraryId) -> Guarded {
    ("library", id.into(), false)
}

/// The rows that have been walked.
#[derive(Default)]
pub struct Walked(Mutex<BTreeSet<(String, String)>>);

pub struct Scene<'w> {
    pub f: Fixture,
    /// The administrator, and somebody else.
    pub user: Session,
    pub model: AccessModel,
    walked: &'w Walked,
}

/// Runs a walk by both models, each on a catalog of its own, and checks that no row of the
/// functions was left out.
pub fn walk_all(functions: &[&str], walks: &[fn(&Scene<'_>)]) {
    for model in [AccessModel::Server2003, AccessModel::WindowsXp] {
        let walked = Walked::default();
        for walk in walks {
            walk(&Scene::new(model, &walked));
        }
        let walked = walked.0.into_inner();
        for row in rows().iter().filter(|row| functions.contains(&row.function.as_str())) {
            let name = (row.function.clone(), row.object.clone());
            assert!(walked.contains(&name), "{model:?}: {name:?} was not walked");
        }
    }
}

impl<'w> Scene<'w> {
    fn new(model: AccessModel, walked: &'w Walked) -> Self {
        let f = open_catalog_with(model);
        let user = f.user();
        Self { f, user, model, walked }
    }

    /// Everybody, administrators as well, has these rights and no others.
    pub fn grant_only(&self, rights: &[(Guarded, u32)]) {
        for table in ["pool", "library", "computer"] {
            self.f.sql(&format!("UPDATE {table} SET security = 'O:U1D:'"), []);
        }
        for ((table, id, _), rights) in rights {
            let list = format!("O:U1D:(A;{rights:x};E)");
            let sql = format!("UPDATE {table} SET security = ?1 WHERE id = ?2");
            self.f.sql(&sql, (list, id.to_bytes()));
        }
    }

    /// Everybody may do everything, to set the next scene.
    pub fn open_up(&self) {
        for table in ["pool", "library", "computer"] {
            self.f.sql(&format!("UPDATE {table} SET security = 'O:A'"), []);
        }
    }

    /// Walks rows of one function: without the right of any of them the call is refused and
    /// changes nothing, whatever other rights there are; with exactly these rights it gets past.
    #[track_caller]
    pub fn walk<T>(
        &self,
        function: &str,
        objects: &[(&str, Guarded)],
        call: impl Fn(&Session) -> rsm::Result<T>,
    ) -> rsm::Result<T> {
        self.walk_with(&[], function, objects, call)
    }

    /// The same with rights that are there all the time.
    #[track_caller]
    pub fn walk_with<T>(
        &self,
        always: &[(Guarded, u32)],
        function: &str,
        objects: &[(&str, Guarded)],
        call: impl Fn(&Session) -> rsm::Result<T>,
    ) -> rsm::Result<T> {
        let mut needs: Vec<(Guarded, u32)> = Vec::new();
        for (object, guarded) in objects {
            match self.row(function, object).need(self.model, guarded.2) {
                Need::Nothing => {}
                Need::Rights(bits) => match needs.iter_mut().find(|(g, _)| g == guarded) {
                    Some((_, all)) => *all |= bits,
                    None => needs.push((*guarded, bits)),
                },
                Need::Privilege => panic!("{function}: not a right on an object"),
            }
        }
        for missing in 0..needs.len() {
            let (guarded, bits) = needs[missing];
            let single = (0..20).map(|n| 1 << n).filter(|bit| bits & bit != 0);
            for rest in std::iter::once(0).chain(single.map(|bit| FULL & !bit)) {
                let mut granted = needs.clone();
                granted[missing] = (guarded, rest);
                granted.extend(always);
                self.grant_only(&granted);
                self.denied(function, || call(&self.user));
            }
        }
        needs.extend(always);
        self.grant_only(&needs);
        let result = call(&self.user);
        if let Err(error) = &result {
            assert_ne!(error.kind(), ErrorKind::AccessDenied, "{function}: {error:?}");
        }
        self.open_up();
        result
    }

    /// The call is refused for want of a right, and changes nothing.
    #[track_caller]
    pub fn denied<T>(&self, function: &str, call: impl FnOnce() -> rsm::Result<T>) {
        let before = self.f.dump();
        let Err(error) = call() else { panic!("{function}: {:?} permits it", self.model) };
        assert_eq!(error.kind(), ErrorKind::AccessDenied, "{function}: {error:?}");
        assert!(self.f.dump() == before, "{function}: a refused call has changed something");
    }

    /// The row, which counts as walked.
    pub fn row(&self, function: &str, object: &str) -> Row {
        let found = rows().into_iter().find(|r| r.function == function && r.object == object);
        let row = found.unwrap_or_else(|| panic!("no row {function}, {object}"));
        self.walked.0.lock().insert((function.to_owned(), object.to_owned()));
        row
    }

    pub fn computer(&self) -> Guarded {
        ("computer", self.f.id::<ComputerId>("SELECT id FROM computer", []).into(), false)
    }

    pub fn p(&self) -> PoolId {
        self.f.pool(r"\App\P", T1)
    }

    pub fn q(&self) -> PoolId {
        self.f.pool(r"\App\Q", T1)
    }

    pub fn root(&self) -> PoolId {
        self.f.id("SELECT id FROM pool WHERE key = 1", [])
    }

    /// A robot with a door, a port, two drives, and tapes in its first slots.
    pub fn robot(&self) -> LibraryId {
        let layout = ChangerLayout { transports: 1, drives: 2, ports: 1, slots: 6 };
        let tape = |code: &str| Cartridge::with_bar_code(code).media_type(T1.value());
        self.attach(
            SimulatedLibrary::builder()
                .changer(layout)
                .door(DoorLayout::default())
                .cartridges([tape("A1"), tape("A2")]),
        )
    }

    /// A drive by itself.
    pub fn alone(&self) -> LibraryId {
        self.attach(SimulatedLibrary::builder().stand_alone())
    }

    fn attach(&self, device: SimulatedLibraryBuilder) -> LibraryId {
        let device = device.media_type(T1.value()).clock(self.f.clock.clone()).build().unwrap();
        let library = self.f.manager.attach(Arc::new(device)).unwrap();
        self.f.manager.wait_until_idle(Timeout::Forever).unwrap();
        library
    }

    pub fn drive(&self) -> DriveId {
        self.f.session.list(None).unwrap()[0]
    }

    /// An empty slot.
    pub fn slot(&self) -> SlotId {
        *self.f.session.list(None).unwrap().last().unwrap()
    }
}
