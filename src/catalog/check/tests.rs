//! Each rule sees the damage it is there for.

use std::sync::Arc;

use rusqlite::Connection;
use uuid::Uuid;

use super::{Broken, RULES};
use crate::catalog::{
    Cartridge, LibraryRow, LogicalRow, MediumRow, NewPool, Place, ROOT_POOL, SideRow, Transaction,
    View, connection, first_side_key, logical_id, migration,
};
use crate::clock::VirtualClock;
use crate::ids::{Ids, SeededRandomness};
use crate::model::{
    BarCodeState, InventoryMethod, LibraryFlags, LibraryType, MediaState, OperationalState,
    PoolType, SecurityDescriptor, SideState, Timestamp,
};
use crate::session::fill_new_catalog;

const NOW: Timestamp = Timestamp::from_micros(1_000_000);
const TWO_SIDED: i64 = 1;

/// Library 2 with slots 1 to 4, drives 1 and 2 and a cleaner; in an application pool the media
/// 1 (A Allocated, B Reserved), 2 (in a drive, mounted), 3 (Available), 4 (offline); 5 is in the
/// free pool. A process keeps drive 1, a call waits for drive 2. Request 1 is that of an allocation that waits, 2 is refused; a call waits for each.
const ELEMENTS: &str = "
    UPDATE media_type SET sides = 2 WHERE key = 1;
    INSERT INTO library_media_type VALUES (2, 1);
    INSERT INTO changer (key, id, library, number, vendor, product, revision, serial, device_name,
        created, modified) VALUES (1, randomblob(16), 2, 0, '', '', '', '', '', 0, 0);
    INSERT INTO slot (key, id, library, number, changer, address, state, created, modified) VALUES
        (1, randomblob(16), 2, 0, 1, 0, 1, 0, 0), (2, randomblob(16), 2, 1, 1, 1, 2, 0, 0),
        (3, randomblob(16), 2, 2, 1, 2, 4, 0, 0), (4, randomblob(16), 2, 3, 1, 3, 1, 0, 0);
    UPDATE library SET cleaner_slot = 4 WHERE key = 2;
    INSERT INTO drive (key, id, library, number, changer, address, serial, vendor, product,
        revision, device_name, created, modified, operational_state, state, saved_side) VALUES
        (1, randomblob(16), 2, 0, 1, 9, '', '', '', '', '', 0, 0, 0, 2, 513),
        (2, randomblob(16), 2, 1, 1, 10, '', '', '', '', '', 0, 0, 0, 0, NULL);
    INSERT INTO process VALUES (7, x'00', 1, 0);
    INSERT INTO drive_reservation (id, drive, process, application, user, since)
        VALUES (randomblob(16), 1, 7, '', '', 0);
    INSERT INTO drive_wait (id, library, drive, process, owner, application, user, since)
        VALUES (randomblob(16), 2, 2, 7, 7, '', '', 0);
    INSERT INTO operator_request (key, id, kind, state, origin, message, argument1_type, argument1,
        argument2_type, application, user, computer, submitted, modified, finished) VALUES
        (1, randomblob(16), 1, 1, 1, '', 12, randomblob(16), 0, '', '', '', 0, 0, NULL),
        (2, randomblob(16), 5, 4, 0, 'read', 0, NULL, 0, '', '', '', 0, 0, 0);
    INSERT INTO allocation_wait (id, process, session, pool, whole, caller, request, since)
        SELECT randomblob(16), 7, randomblob(16), 8, 0, '', id, 0 FROM operator_request
        WHERE key = 1;
    INSERT INTO operator_request_wait (request, process, session, application, user, since, outcome)
        SELECT id, 7, randomblob(16), '', '', 0, CASE key WHEN 2 THEN 4 END FROM operator_request;";
const MOUNT: &str = "
    INSERT INTO mount (medium, side, drive, process, session, since, writable)
    VALUES (2, 513, 1, 7, x'01', 0, 0)";

/// Another allocation has been given side B of medium 2.
const GIVEN: &str = "
    INSERT INTO operator_request (key, id, kind, state, origin, message, argument1_type, argument1,
        argument2_type, application, user, computer, submitted, modified, finished) VALUES
        (3, randomblob(16), 1, 5, 1, '', 12, randomblob(16), 0, '', '', '', 0, 0, 0);
    INSERT INTO allocation_wait (id, process, session, pool, whole, caller, request, since, side,
        source) SELECT randomblob(16), 7, randomblob(16), 8, 0, '', id, 0, 513, randomblob(16)
        FROM operator_request WHERE key = 3;";

fn library(ids: &Ids) -> LibraryRow {
    LibraryRow {
        key: 0,
        id: ids.fresh(),
        identity: Some("robot".into()),
        name: "robot".into(),
        description: String::new(),
        created: NOW,
        modified: NOW,
        security: SecurityDescriptor::open_for_use(),
        enabled: true,
        operational_state: OperationalState::Ready,
        library_type: LibraryType::Online,
        flags: LibraryFlags::empty(),
        auto_recovery: true,
        inventory_method: InventoryMethod::Fast,
        bar_code_reader: true,
        media_count: 0,
        trouble: None,
        door_open: false,
        cleaner_slot: None,
        cleaner_uses: 0,
        drive_cleaning: false,
    }
}

fn medium(ids: &Ids, key: i64, pool: (i64, PoolType), states: [SideState; 2]) -> Cartridge {
    let side = |(key, state)| {
        let owned = matches!(state, SideState::Allocated | SideState::Complete);
        let logical = owned.then(|| LogicalRow {
            id: logical_id(ids.uuid(), key),
            name: "L".into(),
            description: String::new(),
            created: NOW,
            modified: NOW,
        });
        SideRow {
            key,
            id: ids.fresh(),
            grade: None,
            state,
            allocate_count: 0,
            logical,
            mount_count: 0,
            capacity: 0,
            label: None,
            pending_label: None,
            name: None,
            description: String::new(),
            created: NOW,
            modified: NOW,
        }
    };
    Cartridge {
        medium: MediumRow {
            key,
            id: ids.fresh(),
            pool: pool.0,
            pool_type: pool.1,
            media_type: TWO_SIDED,
            library: 2,
            place: Place::Nowhere,
            home_slot: None,
            state: MediaState::Idle,
            enabled: true,
            exclusive: states.contains(&SideState::Reserved),
            return_pending: false,
            mounted_side: None,
            bar_code: format!("B{key}"),
            bar_code_state: BarCodeState::Readable,
            name: format!("B{key}"),
            name_is_manual: false,
            description: String::new(),
            media_code: 0,
            density_code: 0,
            created: NOW,
            modified: NOW,
        },
        sides: (first_side_key(key)..).zip(states).map(side).collect(),
    }
}

fn new_pool(ids: &Ids, parent: i64, name: &str, kind: PoolType) -> NewPool {
    NewPool {
        id: ids.fresh(),
        parent: Some(parent),
        name: name.into(),
        security: SecurityDescriptor::open_for_use(),
        pool_type: kind,
        media_type: Some(TWO_SIDED),
    }
}

fn fill(connection: &Connection, ids: &Ids) -> crate::Result<()> {
    let transaction = &Transaction::new(connection);
    fill_new_catalog(transaction, ids, "host", 0, NOW)?;
    assert_eq!(transaction.insert_library(&library(ids))?, 2);
    connection.execute_batch(ELEMENTS)?;
    let kinds = [PoolType::Free, PoolType::Import, PoolType::Unrecognized];
    let mut system = Vec::new();
    for (root, kind) in (2..).zip(kinds) {
        system.push(transaction.insert_pool(&new_pool(ids, root, "LTO", kind), NOW)?);
    }
    let application =
        transaction.insert_pool(&new_pool(ids, ROOT_POOL, "App", PoolType::Application), NOW)?;
    let pool = (application, PoolType::Application);
    use SideState::{Allocated, Available, Reserved};
    let mut cartridges = [
        medium(ids, 1, pool, [Allocated, Reserved]),
        medium(ids, 2, pool, [Available, Allocated]),
        medium(ids, 3, pool, [Available, Available]),
        medium(ids, 4, pool, [Available, Available]),
        medium(ids, 5, (system[0], PoolType::Free), [Available, Available]),
    ];
    cartridges[0].medium.place = Place::Slot(1);
    cartridges[1].medium.place = Place::Drive(1);
    cartridges[1].medium.state = MediaState::Loaded;
    cartridges[1].medium.mounted_side = Some(1);
    cartridges[2].medium.place = Place::Slot(3);
    cartridges[3].medium.library = 1;
    // An id that came from elsewhere.
    cartridges[1].sides[1].logical.as_mut().expect("allocated").id = ids.fresh();
    for cartridge in &cartridges {
        transaction.take_sequence_number()?;
        transaction.insert_cartridge(cartridge, NOW)?;
    }
    connection.execute_batch(MOUNT)?;
    connection.execute_batch(GIVEN)?;
    Ok(())
}

/// A small catalog in memory with something of everything.
fn catalog() -> Connection {
    let connection = Connection::open_in_memory().expect("in memory");
    connection.pragma_update(None, "application_id", connection::APPLICATION_ID).expect("pragma");
    migration::migrate(&connection).expect("schema");
    let ids = Ids::new(VirtualClock::new(), Arc::new(SeededRandomness::new(1)));
    connection.execute_batch("BEGIN").expect("begin");
    fill(&connection, &ids).expect("filled");
    connection.execute_batch("COMMIT").expect("commit");
    connection
}

fn check(connection: &Connection) -> Vec<Broken> {
    View::new(connection).check().expect("readable")
}

#[test]
fn a_healthy_catalog_breaks_no_rule() {
    assert_eq!(check(&catalog()), []);
}

/// What is done to the catalog, and the rule that must say so.
const DAMAGE: &[(&str, &str)] = &[
    ("I1", "UPDATE side SET pool = 1 WHERE key = 768"),
    ("library", "UPDATE side SET library = 1 WHERE key = 768"),
    ("I2", "UPDATE side SET state = 4 WHERE key = 256"),
    ("I2", "UPDATE side SET state = 6 WHERE key = 768"),
    ("I2", "UPDATE side SET logical_name = NULL WHERE key = 256"),
    ("I2", "UPDATE side SET logical = (SELECT logical FROM side WHERE key = 256) WHERE key = 513"),
    ("forward", "DELETE FROM logical_forward"),
    ("forward", "INSERT INTO logical_forward SELECT logical, key FROM side WHERE key = 256"),
    ("forward", "INSERT INTO logical_forward VALUES (randomblob(16), 768)"),
    ("I4", "DELETE FROM side WHERE key = 769"),
    ("I4", "UPDATE side SET key = 770 WHERE key = 769"),
    ("I4", "DELETE FROM side WHERE key BETWEEN 768 AND 769"),
    ("I4", "DELETE FROM medium WHERE key = 3"),
    ("I5", "UPDATE medium SET media_type = 2 WHERE key = 3"),
    ("I6", "UPDATE medium SET pool = 1 WHERE key = 3"),
    ("I6", "UPDATE pool SET parent = 8 WHERE key = 6"),
    ("I7", "UPDATE side SET state = 1 WHERE key = 768"),
    ("I7", "UPDATE side SET state = 9 WHERE key = 1280"),
    ("I8", "UPDATE medium SET exclusive = 0 WHERE key = 1"),
    ("I8", "UPDATE side SET state = 4, logical = NULL WHERE key = 256"),
    ("I9", "UPDATE medium SET exclusive = 1 WHERE key = 3"),
    ("return", "UPDATE medium SET return_pending = 1 WHERE key = 3"),
    ("return", "UPDATE medium SET return_pending = 1, enabled = 0 WHERE key = 5"),
    ("I12", "UPDATE medium SET slot = 2 WHERE key = 4"),
    ("I12", "UPDATE medium SET state = 1 WHERE key = 4"),
    ("I12", "UPDATE medium SET mounted_side = 0 WHERE key = 4"),
    ("I12", "UPDATE slot SET library = 1 WHERE key = 1"),
    ("I13", "UPDATE slot SET state = 2 WHERE key = 1"),
    ("I13", "UPDATE slot SET state = 1 WHERE key = 2"),
    ("I13", "UPDATE library SET cleaner_slot = NULL"),
    ("cleaner", "UPDATE library SET cleaner_slot = 77 WHERE key = 2"),
    ("cleaner", "UPDATE library SET flags = 2, cleaner_slot = NULL WHERE key = 2"),
    ("I14", "UPDATE drive SET state = 0 WHERE key = 1"),
    ("I14", "UPDATE drive SET state = 7, saved_side = 768 WHERE key = 2"),
    ("I14", "UPDATE medium SET drive = NULL WHERE key = 2"),
    ("I15", "UPDATE medium SET mounted_side = NULL WHERE key = 2"),
    ("I15", "UPDATE medium SET mounted_side = 2 WHERE key = 2"),
    ("mount", "UPDATE medium SET state = 0 WHERE key = 2"),
    ("mount", "UPDATE drive SET state = 7 WHERE key = 1"),
    ("mount", "UPDATE mount SET side = 512"),
    ("mount", "UPDATE mount SET medium = 3"),
    ("mount", "UPDATE mount SET handles = -1"),
    ("I16", "UPDATE pool SET parent = NULL WHERE key = 8"),
    ("I16", "UPDATE pool SET parent = 8 WHERE key = 8"),
    ("I16", "UPDATE pool SET parent = 8 WHERE key = 2"),
    ("I16", "UPDATE pool SET type = 1000 WHERE key = 3"),
    ("I16", "DELETE FROM pool WHERE key = 6"),
    ("I16", "UPDATE pool SET parent = 3, name = 'x' WHERE key = 5"),
    ("I17", "UPDATE pool SET media_count = media_count + 1 WHERE key = 8"),
    ("I17", "UPDATE pool SET logical_count = logical_count - 1 WHERE key = 8"),
    ("I17", "UPDATE pool SET pool_count = pool_count + 1 WHERE key = 1"),
    ("I17", "UPDATE library SET media_count = media_count - 1 WHERE key = 2"),
    ("I18", "UPDATE computer SET next_sequence = 5"),
    ("I18", "UPDATE medium SET id = (SELECT id FROM pool WHERE key = 1) WHERE key = 3"),
    ("I22", "INSERT INTO attribute (object, name, data) VALUES (randomblob(16), 'a', x'00')"),
    ("I20", "DELETE FROM allocation_wait"),
    ("request", "UPDATE operator_request_wait SET outcome = NULL"),
    ("request", "UPDATE operator_request_wait SET outcome = 5"),
    ("request", "UPDATE operator_request SET argument1_type = 9 WHERE key = 1"),
    ("request", "UPDATE operator_request SET argument1 = NULL WHERE key = 1"),
    ("request", "UPDATE operator_request SET kind = 0 WHERE key = 2"),
    (
        "request",
        "INSERT INTO ui_message (request, kind, destination, folded, time) \
         SELECT id, 2, 'ops', 'ops', 0 FROM operator_request WHERE key = 2",
    ),
    (
        "request",
        "INSERT INTO ui_message (request, work, kind, destination, folded, time) \
         SELECT id, 1, 1, 'ops', 'ops', 0 FROM operator_request WHERE key = 2",
    ),
    (
        "request",
        "INSERT INTO operator_request (id, kind, state, origin, message, argument1_type, \
         argument1, argument2_type, argument2, application, user, computer, submitted, modified) \
         SELECT randomblob(16), 4, 1, 2, '', 15, id, 9, randomblob(16), '', '', '', 0, 0 \
         FROM medium WHERE key = 4",
    ),
    ("request", "UPDATE medium SET state = 6 WHERE key = 4"),
    ("request", "INSERT INTO label_not_asked (side) VALUES (768)"),
    (
        "request",
        "INSERT INTO library_request (id, call, first, members, library, operation, option, \
         mount_options, state, priority, side, subject_type, application, user, computer, queued, \
         modified) SELECT randomblob(16), randomblob(16), 1, 1, 2, 18, 0, 0, 0, 0, id, 0, '', '', \
         '', 0, 0 FROM side WHERE key = 768",
    ),
    (
        "request",
        "INSERT INTO library_request (id, call, first, members, library, operation, option, \
         mount_options, state, priority, medium, subject_type, application, user, computer, \
         queued, modified) SELECT randomblob(16), randomblob(16), 1, 1, 2, 16, 1, 0, 6, 0, id, 0, \
         '', '', '', 0, 0 FROM medium WHERE key = 3",
    ),
    ("I20", "UPDATE allocation_wait SET pool = 0 WHERE side IS NULL"),
    ("I20", "DELETE FROM operator_request WHERE finished IS NULL"),
    ("I20", "UPDATE operator_request SET origin = 0"),
    ("I20", "UPDATE operator_request SET state = 4 WHERE state = 5"),
    ("wait", "UPDATE allocation_wait SET pool = 77 WHERE side IS NULL"),
    ("wait", "UPDATE allocation_wait SET pool = 6 WHERE side IS NULL"),
    ("reservation", "UPDATE drive_reservation SET session = randomblob(16)"),
    ("reservation", "UPDATE drive SET enabled = 0 WHERE key = 1"),
    ("reservation", "UPDATE library SET operational_state = 21 WHERE key = 2"),
    ("reservation", "UPDATE drive_wait SET id = (SELECT id FROM drive_reservation)"),
    ("reservation", "UPDATE drive_wait SET library = 1"),
    ("reference", "UPDATE medium SET library = 77 WHERE key = 3"),
    ("grade", "UPDATE side SET grade = NULL WHERE key = 768"),
    ("grade", "UPDATE side SET grade = 1 WHERE key = 768"),
    ("grade", "UPDATE side SET grade = 2 WHERE key = 256"),
    ("grade", "UPDATE medium SET enabled = 0 WHERE key = 5"),
];

#[test]
fn each_damage_is_reported_by_its_rule() {
    let connection = catalog();
    connection
        .execute_batch("PRAGMA ignore_check_constraints = 1; PRAGMA foreign_keys = 0")
        .expect("pragmas");
    let mut seen = Vec::new();
    for (rule, damage) in DAMAGE {
        connection.execute_batch(&format!("BEGIN; {damage}")).expect(damage);
        let broken = check(&connection);
        assert!(broken.iter().any(|b| b.rule == *rule), "{rule}: {damage}: {broken:?}");
        connection.execute_batch("ROLLBACK").expect("rollback");
        seen.extend(broken);
    }
    assert_eq!(check(&connection), []);
    for rule in RULES.iter().copied().flatten() {
        let reported = seen.iter().any(|b| b.rule == rule.name && b.what.starts_with(rule.what));
        assert!(reported, "no damage shows that this query works: {}", rule.what);
    }
}

#[test]
fn what_is_broken_names_the_object() {
    let connection = catalog();
    connection.execute_batch("UPDATE side SET grade = NULL WHERE key = 768").expect("damage");
    let broken = check(&connection);
    assert_eq!(broken.len(), 1);
    let id: [u8; 16] = connection
        .query_row("SELECT id FROM side WHERE key = 768", [], |row| row.get(0))
        .expect("side");
    let text = broken[0].to_string();
    assert!(text.contains(&Uuid::from_bytes(id).to_string()), "{text}");
}

#[test]
fn damaged_storage_is_reported() {
    let directory = tempfile::tempdir().expect("temporary directory");
    let path = directory.path().join("copy.db");
    let connection = catalog();
    connection.execute("VACUUM INTO ?1", [path.to_str()]).expect("copy");
    let id: [u8; 16] = connection
        .query_row("SELECT id FROM medium WHERE key = 3", [], |row| row.get(0))
        .expect("medium");
    let mut bytes = std::fs::read(&path).expect("file");
    let at = bytes.windows(16).position(|window| window == id).expect("a row or an index entry");
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).expect("file");
    let broken = check(&Connection::open(&path).expect("database"));
    assert!(broken.iter().any(|b| b.rule == "storage"), "{broken:?}");
}
