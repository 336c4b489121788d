//! Looks over the catalog's shoulder: triggers in its database note, inside the transactions, which
//! calls waited when a side was allocated, and who got it; and whether, when an operation ends, a
//! side is free that a call waits for. So the order is judged from what was committed, whatever
//! thread or process did it, and by other means than the crate's own.
//!
//! Callers must have all rights, and nobody may switch detection off.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(missing_docs, dead_code)]

use std::path::Path;

use rusqlite::{Connection, Row};

// States: 3 Decommissioned, 4 Available, 5 Allocated, 6 Complete, 9 Reserved. Policy 1: from the
// free pool. A refused request (4) gets nothing.
const TRIGGERS: &str = "
    CREATE TABLE observed (n INTEGER PRIMARY KEY, what TEXT NOT NULL, side INTEGER, wait INTEGER,
        pool INTEGER, other INTEGER, flag INTEGER);
    CREATE TABLE came_from (side INTEGER PRIMARY KEY, pool INTEGER NOT NULL);
    CREATE VIEW waiting AS
        SELECT w.key, w.pool, w.whole, c.pid, f.key AS draws_from FROM allocation_wait w
        JOIN pool p ON p.key = w.pool JOIN process c ON c.key = w.process
        LEFT JOIN pool f ON f.type = 1 AND f.media_type = p.media_type
            AND p.allocation_policy & 1
        WHERE w.side IS NULL AND NOT EXISTS
            (SELECT 1 FROM operator_request r WHERE r.id = w.request AND r.state = 4);

    CREATE TRIGGER observe_place AFTER UPDATE OF pool ON side WHEN old.pool <> new.pool BEGIN
        INSERT OR REPLACE INTO came_from VALUES (new.key, old.pool);
    END;

    -- What is held whole is given by NEXT only: another side of it is held already.
    CREATE TRIGGER observe_allocation AFTER UPDATE OF state ON side
        WHEN old.state = 4 AND new.state = 5 AND NOT EXISTS (SELECT 1 FROM medium m
            JOIN side o ON o.key >> 8 = m.key WHERE m.key = new.key >> 8 AND m.exclusive
            AND o.key <> new.key AND o.state IN (5, 6))
    BEGIN
        INSERT INTO observed (what, side, pool, other, flag) SELECT 'allocated', new.key, new.pool,
            (SELECT pool FROM came_from WHERE side = new.key),
            NOT EXISTS (SELECT 1 FROM side o WHERE o.key >> 8 = new.key >> 8 AND o.key <> new.key
                AND o.state NOT IN (3, 4, 9));
        INSERT INTO observed (what, wait, pool, other, flag, side)
            SELECT 'waiting', key, pool, pid, whole, draws_from FROM waiting;
    END;

    CREATE TRIGGER observe_gift AFTER UPDATE OF side ON allocation_wait WHEN new.side IS NOT NULL
    BEGIN
        INSERT INTO observed (what, side, wait, pool, flag) SELECT 'given', new.side, new.key,
            (SELECT key FROM pool WHERE id = new.source),
            old.side IS NULL AND EXISTS (SELECT 1 FROM side s WHERE s.key = new.side AND s.state = 5
                AND substr(hex(s.logical), 1, 22) = substr(hex(new.id), 1, 22));
    END;

    CREATE TRIGGER observe_end BEFORE DELETE ON allocation_wait WHEN old.side IS NOT NULL BEGIN
        INSERT INTO observed (what, flag) SELECT 'ended', EXISTS (SELECT 1 FROM side s
            WHERE s.key = old.side AND substr(hex(s.logical), 1, 22) = substr(hex(old.id), 1, 22));
    END;

    CREATE TRIGGER observe_operation AFTER INSERT ON change_log BEGIN
        DELETE FROM came_from;
        INSERT INTO observed (what, wait, side, other)
            SELECT 'free', w.key, s.key, w.pid FROM waiting w
            JOIN side s ON s.pool IN (w.pool, w.draws_from) AND s.state = 4
            JOIN medium m ON m.key = s.key >> 8 JOIN library l ON l.key = m.library
            WHERE m.enabled AND NOT m.exclusive AND m.state <> 5 AND l.enabled
            AND l.operational_state = 0 AND l.type IN (2, 3)
            AND (m.pool = w.pool OR (m.state = 0 AND NOT EXISTS
                (SELECT 1 FROM side o WHERE o.key >> 8 = m.key AND o.state = 1)))
            AND (NOT w.whole OR NOT EXISTS (SELECT 1 FROM side o WHERE o.key >> 8 = m.key
                AND o.key <> s.key AND o.state NOT IN (3, 4)))
            AND NOT (m.state IN (2, 3, 4) AND (w.whole OR m.mounted_side = s.key & 255))
            GROUP BY w.pid;
        INSERT INTO observed (what) VALUES ('operation');
    END;";

const OBSERVED: &str = "SELECT what, side, wait, pool, other, flag FROM observed ORDER BY n";

const KILLED: &str = "INSERT INTO observed (what, other) VALUES ('killed', ?1)";

/// The triggers are in the catalog, and the connection to read what they note.
pub struct Observer(Connection);

/// What was seen.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seen {
    pub allocations: usize,
    pub handed_over: usize,
    /// Hand-overs while a call waited that had come earlier and could not use the side.
    pub overtaking: usize,
    /// Hand-overs out of a free pool.
    pub from_free: usize,
    /// Hand-overs that were taken back.
    pub undone: usize,
}

/// A side that was allocated, and the calls that waited then.
#[derive(Debug)]
struct Allocated {
    side: i64,
    /// The pool it is in, and the one it was moved from by the same operation.
    pools: (i64, Option<i64>),
    /// Whether its medium was whole.
    whole: bool,
    waiting: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    key: i64,
    pool: i64,
    process: i64,
    whole: bool,
    draws_from: Option<i64>,
}

#[derive(Debug)]
struct Noted {
    what: String,
    side: Option<i64>,
    wait: Option<i64>,
    pool: Option<i64>,
    other: Option<i64>,
    flag: Option<bool>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Noted> {
    Ok(Noted {
        what: row.get(0)?,
        side: row.get(1)?,
        wait: row.get(2)?,
        pool: row.get(3)?,
        other: row.get(4)?,
        flag: row.get(5)?,
    })
}

impl Allocated {
    /// The oldest call that could have used the side when it was in this pool.
    fn oldest(&self, source: i64, dead: &[i64]) -> Option<i64> {
        let could = |w: &&Waiting| {
            let finds = w.pool == source || w.draws_from == Some(source);
            finds && (self.whole || !w.whole) && !dead.contains(&w.process)
        };
        self.waiting.iter().filter(could).map(|w| w.key).min()
    }
}

impl Observer {
    pub fn install(directory: &Path) -> Self {
        let database = Connection::open(directory.join("catalog.db")).expect("database");
        database.execute_batch(TRIGGERS).expect("triggers");
        Self(database)
    }

    /// A process is about to be killed: from now on its calls may be passed over.
    pub fn kills(&self, process: u32) {
        self.0.execute(KILLED, [process]).expect("noted");
    }

    /// Judges everything that has happened.
    pub fn verify(&self) -> Seen {
        let mut dead = Vec::new();
        let mut statement = self.0.prepare(OBSERVED).expect("statement");
        let rows = statement.query_map([], read).expect("rows");
        let (mut seen, mut last) = (Seen::default(), None::<Allocated>);
        for noted in rows.map(|row| row.expect("row")) {
            match noted.what.as_str() {
                "allocated" => {
                    newcomer(last.take(), &dead);
                    seen.allocations += 1;
                    last = Some(Allocated {
                        side: noted.side.unwrap(),
                        pools: (noted.pool.unwrap(), noted.other),
                        whole: noted.flag.unwrap(),
                        waiting: Vec::new(),
                    });
                }
                "waiting" => last.as_mut().expect("allocated").waiting.push(Waiting {
                    key: noted.wait.unwrap(),
                    pool: noted.pool.unwrap(),
                    process: noted.other.unwrap(),
                    whole: noted.flag.unwrap(),
                    draws_from: noted.side,
                }),
                "given" => {
                    let given = last.take().expect("what is given has been allocated");
                    assert_eq!(noted.flag, Some(true), "given twice, or to nobody: {noted:?}");
                    assert_eq!(noted.side, Some(given.side));
                    let oldest = given.oldest(noted.pool.unwrap(), &dead);
                    let wait = noted.wait.unwrap();
                    let is_dead =
                        given.waiting.iter().any(|w| w.key == wait && dead.contains(&w.process));
                    assert!(oldest == Some(wait) || is_dead, "{wait} before {oldest:?}: {given:?}");
                    seen.handed_over += 1;
                    seen.from_free += usize::from(noted.pool != Some(given.pools.0));
                    seen.overtaking += usize::from(given.waiting.iter().any(|w| w.key < wait));
                }
                "operation" => newcomer(last.take(), &dead),
                "ended" => seen.undone += usize::from(noted.flag == Some(false)),
                "killed" => dead.push(noted.other.unwrap()),
                "free" if dead.contains(&noted.other.unwrap()) => {}
                "free" => panic!("a side is free that a call waits for: {noted:?}"),
                other => panic!("{other}"),
            }
        }
        seen
    }
}

/// What nobody was given who waited, nobody who waited could use.
fn newcomer(allocated: Option<Allocated>, dead: &[i64]) {
    let Some(allocated) = allocated else { return };
    let source = allocated.pools.1.unwrap_or(allocated.pools.0);
    assert_eq!(allocated.oldest(source, dead), None, "somebody waited for it: {allocated:?}");
}
