//! The raw limit: one row, one durable transaction at a time.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::Failure;
use crate::setup::Delay;

const UPDATE: &str = "UPDATE t SET value = value + 1 WHERE key = 1";

pub struct Raw {
    connection: Connection,
    delay: Arc<Delay>,
}

impl Raw {
    pub fn new(path: &Path, delay: &Arc<Delay>) -> Result<Self, Failure> {
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "PRAGMA page_size = 4096;
             PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             PRAGMA wal_autocheckpoint = 4000;
             CREATE TABLE t (key INTEGER PRIMARY KEY, value INTEGER NOT NULL) STRICT;
             INSERT INTO t VALUES (1, 0);",
        )?;
        Ok(Self { connection, delay: Arc::clone(delay) })
    }

    /// Transactions per second over `time`, after a third as long that does not count: what the
    /// load before has left to the disk is not the raw limit's to pay for.
    pub fn per_second(&self, time: Duration) -> Result<f64, Failure> {
        self.run(time / 3)?;
        self.run(time)
    }

    fn run(&self, time: Duration) -> Result<f64, Failure> {
        let mut update = self.connection.prepare_cached(UPDATE)?;
        let start = Instant::now();
        let mut done = 0_u32;
        while start.elapsed() < time {
            update.execute([])?;
            self.delay.sleep();
            done += 1;
        }
        Ok(f64::from(done) / start.elapsed().as_secs_f64())
    }
}
