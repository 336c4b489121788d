//! What several tests need: a catalog to work on, and a look at every row of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, dead_code)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rsm::clock::VirtualClock;
use rsm::model::{
    AccessModel, Caller, CreateMediaOptions, CreatedMedia, Id, Label, LibraryId, MediaTypeCode,
    MediaTypeId, MediumDescription, ObjectId, ObjectType, PhysicalMediaId, PoolId, PoolOpenMode,
    SideDescription, SideState,
};
use rsm::{ErrorKind, Manager, OpenOptions, Session};
use rusqlite::{Connection, Params, types::Value};
use tempfile::TempDir;
use uuid::Uuid;

/// The one-sided and the two-sided rewritable type of the examples.
pub const T1: MediaTypeCode = MediaTypeCode::LtoUltrium;
pub const T2: MediaTypeCode = MediaTypeCode::Mo5Rw;

/// A new catalog with a session of its administrator.
pub struct Fixture {
    pub session: Session,
    pub clock: Arc<VirtualClock>,
    pub manager: Manager,
    pub dir: TempDir,
}

pub fn open_catalog() -> Fixture {
    open_catalog_with(AccessModel::Server2003)
}

pub fn open_catalog_with(model: AccessModel) -> Fixture {
    let dir = TempDir::new().unwrap();
    let clock = VirtualClock::new();
    let options = OpenOptions::new().create(true).access_model(model).clock(clock.clone());
    let manager = options.open(dir.path()).unwrap();
    let session = manager.session("test").unwrap();
    Fixture { session, clock, manager, dir }
}

/// The user of the tests that has only the rights he is given.
pub const USER: u32 = 4_000_000;

impl Fixture {
    /// A session of somebody without rights.
    pub fn user(&self) -> Session {
        let caller = Caller {
            user: USER,
            groups: vec![],
            administrator: false,
            user_name: "somebody".to_owned(),
        };
        self.manager.session_as("user", caller).unwrap()
    }

    /// Gives [`USER`] these rights (hexadecimal bits) and no others on what a table's row stands
    /// for.
    pub fn grant(&self, table: &str, id: impl Id, rights: u32) {
        let descriptor = format!("O:AD:(A;f0007;A)(A;{rights:x};U{USER})");
        let id = id.to_bytes();
        self.sql(&format!("UPDATE {table} SET security = ?1 WHERE id = ?2"), (descriptor, id));
    }

    /// Changes what no call can bring about without devices.
    pub fn sql(&self, sql: &str, params: impl Params) {
        self.connection().execute(sql, params).unwrap();
    }

    pub fn connection(&self) -> Connection {
        Connection::open(self.dir.path().join("catalog.db")).unwrap()
    }

    pub fn id<T: Id>(&self, sql: &str, params: impl Params) -> T {
        let bytes: [u8; 16] = self.connection().query_row(sql, params, |row| row.get(0)).unwrap();
        T::from_uuid(Uuid::from_bytes(bytes))
    }

    pub fn media_type(&self, code: MediaTypeCode) -> MediaTypeId {
        self.id("SELECT id FROM media_type WHERE code = ?1", [code.value()])
    }

    /// What the last operation changed: event (1 updated, 2 inserted, 3 deleted, 5 completed),
    /// kind and id of each object.
    pub fn last_changes(&self) -> Vec<(u8, ObjectType, ObjectId)> {
        last_changes(self.dir.path())
    }

    pub fn dump(&self) -> Dump {
        dump(self.dir.path())
    }

    /// An online library without devices, disabled or enabled by whoever wants.
    pub fn library(&self, n: u8) -> LibraryId {
        let id = LibraryId::from_uuid(Uuid::from_u128(u128::from(n) + 0x1000));
        self.sql(
            "INSERT INTO library (id, name, created, modified, security, operational_state, type) \
             SELECT ?1, 'Library', 0, 0, security, 0, 2 FROM library WHERE key = 1",
            [id.to_bytes()],
        );
        id
    }

    /// Brings a medium into a slot of a library made by [`library`](Self::library).
    pub fn bring_online(&self, medium: PhysicalMediaId, library: LibraryId) {
        let (medium, library) = (medium.to_bytes(), library.to_bytes());
        let of_library = "(SELECT key FROM library WHERE id = ?1)";
        let changer = format!(
            "INSERT INTO changer (id, library, number, vendor, product, revision, serial, \
             device_name, created, modified) \
             SELECT randomblob(16), {of_library}, count(*), '', '', '', '', '', 0, 0 FROM changer"
        );
        self.sql(&changer, [library]);
        let slot = format!(
            "INSERT INTO slot (id, library, number, changer, address, state, created, modified) \
             SELECT randomblob(16), {of_library}, max(key), max(key), 1, 1, 0, 0 FROM changer"
        );
        self.sql(&slot, [library]);
        self.sql(
            "UPDATE medium SET library = (SELECT key FROM library WHERE id = ?1), \
             slot = (SELECT max(key) FROM slot) WHERE id = ?2",
            (library, medium),
        );
        self.sql(
            "UPDATE side SET library = (SELECT key FROM library WHERE id = ?1) \
             WHERE key >> 8 = (SELECT key FROM medium WHERE id = ?2)",
            (library, medium),
        );
        self.sql(
            "UPDATE library SET media_count = \
             (SELECT count(*) FROM medium m WHERE m.library = library.key)",
            [],
        );
    }

    /// The system pool of a type, made as a library that takes the type makes it.
    pub fn system_pool(&self, root: &str, code: MediaTypeCode) -> PoolId {
        let library: Option<LibraryId> = self
            .connection()
            .query_row("SELECT id FROM library WHERE type = 2", [], |row| row.get(0))
            .ok()
            .map(|bytes: [u8; 16]| Id::from_uuid(Uuid::from_bytes(bytes)));
        let library = library.unwrap_or_else(|| self.library(0));
        self.session.add_media_type(self.media_type(code), library).unwrap();
        let path = format!("{root}\\{}", code.known().name);
        self.session.open_pool(&path, None, PoolOpenMode::OpenExisting).unwrap()
    }

    /// A pool below the root; its parents are made as needed.
    pub fn pool(&self, path: &str, code: MediaTypeCode) -> PoolId {
        if let Some((parent, _)) = path.rsplit_once('\\').filter(|(parent, _)| !parent.is_empty()) {
            self.session.open_pool(parent, None, PoolOpenMode::OpenAlways).unwrap();
        }
        let media_type = Some(self.media_type(code));
        self.session.open_pool(path, media_type, PoolOpenMode::OpenAlways).unwrap()
    }

    /// An offline medium with sides in these states, labelled `n`, `n + 1`, ...
    pub fn medium(&self, pool: PoolId, states: &[SideState], n: u32) -> CreatedMedia {
        let sides = states.iter().zip(n..).map(|(s, n)| SideDescription::new(*s, label(n)));
        let medium = MediumDescription::new(pool);
        let options = CreateMediaOptions::empty();
        self.session.create_offline_media(medium, sides.collect(), options).unwrap()
    }

    /// Runs a call that must fail with this kind and change nothing.
    #[track_caller]
    pub fn refused<T>(&self, kind: ErrorKind, call: impl FnOnce() -> rsm::Result<T>) {
        let before = self.dump();
        let error = call().err().expect("the call must fail");
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(self.dump() == before, "a refused call changed the catalog: {error}");
    }
}

/// What the last operation changed: event, kind and id of each object.
pub fn last_changes(dir: &Path) -> Vec<(u8, ObjectType, ObjectId)> {
    changes(dir, "SELECT changes FROM change_log ORDER BY sequence DESC LIMIT 1")
}

/// What all operations changed that are still logged, in order.
pub fn all_changes(dir: &Path) -> Vec<(u8, ObjectType, ObjectId)> {
    changes(dir, "SELECT changes FROM change_log ORDER BY sequence")
}

fn changes(dir: &Path, sql: &str) -> Vec<(u8, ObjectType, ObjectId)> {
    let connection = Connection::open(dir.join("catalog.db")).unwrap();
    let mut log = connection.prepare(sql).unwrap();
    let rows = log.query_map([], |row| row.get(0)).unwrap();
    let bytes: Vec<u8> = rows.collect::<Result<Vec<Vec<u8>>, _>>().unwrap().concat();
    let change = |bytes: &[u8]| {
        let id = Uuid::from_slice(bytes.get(2..).unwrap()).unwrap();
        let kind = ObjectType::try_from(i64::from(*bytes.get(1).unwrap())).unwrap();
        (*bytes.first().unwrap(), kind, ObjectId::from_uuid(id))
    };
    bytes.chunks(18).map(change).collect()
}

pub fn label(n: u32) -> Label {
    Label::new("test", n.to_be_bytes())
}

/// An id that no object has.
pub fn unknown<T: Id>() -> T {
    T::from_uuid(Uuid::from_u128(0xdead_beef))
}

/// The same 128 bits as the id of another kind of object.
pub fn cast<T: Id>(id: impl Id) -> T {
    T::from_uuid(id.as_uuid())
}

/// Names that no object may have.
pub fn bad_names() -> Vec<String> {
    let mut names: Vec<String> = [64, 10_000].map(|n| "n".repeat(n)).into();
    names.extend(["a\0b".to_owned(), "\u{1}".to_owned(), "\u{e9}".repeat(64)]);
    names
}

/// Every row of every table.
pub type Dump = BTreeMap<String, Vec<Vec<Value>>>;

pub fn dump(dir: &Path) -> Dump {
    let connection = Connection::open(dir.join("catalog.db")).unwrap();
    let tables: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let rows = |table: &String| {
        let mut statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let width = statement.column_count();
        let read = |row: &rusqlite::Row<'_>| (0..width).map(|c| row.get(c)).collect();
        statement.query_map([], read).unwrap().collect::<Result<_, _>>().unwrap()
    };
    tables.iter().map(|table| (table.clone(), rows(table))).collect()
}
