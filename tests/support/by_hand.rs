//! Media that are online without a device: what a library would do to the catalog, done by hand.
//! For tests that need nothing of a library but that its media can be used.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, dead_code)]

use rsm::model::{Id, LibraryId, PhysicalMediaId};
use rusqlite::{Connection, params};
use uuid::Uuid;

/// An enabled online library with one changer and no media.
pub fn add_library(database: &Connection, n: u8) -> LibraryId {
    let id = LibraryId::from_uuid(Uuid::from_u128(0x1000 + u128::from(n)));
    let library = "INSERT INTO library (id, name, created, modified, security, \
         operational_state, type) \
         SELECT ?1, 'Shelf', 0, 0, security, 0, 2 FROM library WHERE key = 1";
    database.execute(library, [id.to_bytes()]).unwrap();
    let changer = "INSERT INTO changer (id, library, number, vendor, product, revision, serial, \
         device_name, created, modified) \
         SELECT randomblob(16), key, 0, '', '', '', '', '', 0, 0 FROM library WHERE id = ?1";
    database.execute(changer, [id.to_bytes()]).unwrap();
    id
}

/// Puts offline media into new slots of a library.
pub fn bring_online(database: &Connection, library: LibraryId, media: &[PhysicalMediaId]) {
    let library: i64 = database
        .query_row("SELECT key FROM library WHERE id = ?1", [library.to_bytes()], |r| r.get(0))
        .unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let slot = "INSERT INTO slot (id, library, number, changer, address, state, created, modified) \
         SELECT randomblob(16), ?1, n, c.key, n, 1, 0, 0 FROM changer c, \
         (SELECT coalesce(max(number), 0) + 1 AS n FROM slot WHERE library = ?1) \
         WHERE c.library = ?1 RETURNING key";
    let medium = "UPDATE medium SET library = ?1, slot = ?2 WHERE id = ?3 RETURNING key";
    let sides = "UPDATE side SET library = ?1 WHERE key BETWEEN ?2 * 256 AND ?2 * 256 + 255";
    for id in media {
        let slot: i64 =
            database.prepare_cached(slot).unwrap().query_row([library], |r| r.get(0)).unwrap();
        let values = params![library, slot, id.to_bytes()];
        let key: i64 =
            database.prepare_cached(medium).unwrap().query_row(values, |r| r.get(0)).unwrap();
        database.prepare_cached(sides).unwrap().execute([library, key]).unwrap();
    }
    count_media(database);
    database.execute_batch("COMMIT").unwrap();
}

/// Takes a medium out of its slot, onto the shelf of the offline library.
pub fn take_offline(database: &Connection, medium: PhysicalMediaId) {
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let slot = "UPDATE slot SET state = 2 WHERE key = (SELECT slot FROM medium WHERE id = ?1)";
    database.execute(slot, [medium.to_bytes()]).unwrap();
    let key: i64 = database
        .query_row(
            "UPDATE medium SET library = 1, slot = NULL WHERE id = ?1 RETURNING key",
            [medium.to_bytes()],
            |row| row.get(0),
        )
        .unwrap();
    database.execute("UPDATE side SET library = 1 WHERE key >> 8 = ?1", [key]).unwrap();
    end_label_requests(database, medium);
    count_media(database);
    database.execute_batch("COMMIT").unwrap();
}

/// What follows when the library has written the free labels of a medium.
pub fn write_free_labels(database: &Connection, medium: PhysicalMediaId) {
    let sides = "UPDATE side SET state = 4, label_type = 'RSM Free Label', \
         label_id = randomblob(16), label_info = '', \
         grade = (SELECT CASE WHEN enabled THEN 2 END FROM medium WHERE id = ?1) \
         WHERE state = 1 AND key >> 8 = (SELECT key FROM medium WHERE id = ?1)";
    database.execute(sides, [medium.to_bytes()]).unwrap();
    end_label_requests(database, medium);
}

/// The library has carried out what it was asked for, or has no part in it any more.
fn end_label_requests(database: &Connection, medium: PhysicalMediaId) {
    let passed = "UPDATE library_request SET state = 2, completed = queued \
         WHERE medium = ?1 AND operation = 18 AND completed IS NULL";
    database.execute(passed, [medium.to_bytes()]).unwrap();
}

fn count_media(database: &Connection) {
    let count = "UPDATE library SET media_count = \
         (SELECT count(*) FROM medium m WHERE m.library = library.key)";
    database.execute(count, []).unwrap();
}
