//! Read connections. Reads never wait for a writer or a robot.

use std::path::PathBuf;

use parking_lot::Mutex;
use rusqlite::Connection;

use super::connection::{self, run};
use super::failure::has_fatal_cause;
use super::transaction::View;
use crate::error::Result;

/// Connections kept for the next read; more are opened when more threads read at once.
const KEPT: usize = 16;

pub(super) struct Readers {
    database: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(super) fn new(database: PathBuf) -> Self {
        Self { database, idle: Mutex::default() }
    }

    /// Runs `work` on one consistent state of the catalog.
    pub(super) fn read<T>(&self, work: impl FnOnce(&View<'_>) -> Result<T>) -> Result<T> {
        let idle = self.idle.lock().pop();
        let connection = idle.map_or_else(|| connection::reading(&self.database), Ok)?;
        let result = read_once(&connection, work);
        let is_dead =
            result.as_ref().err().is_some_and(has_fatal_cause) || !connection.is_autocommit();
        let mut idle = self.idle.lock();
        if !is_dead && idle.len() < KEPT {
            idle.push(connection);
        }
        result
    }
}

fn read_once<T>(connection: &Connection, work: impl FnOnce(&View<'_>) -> Result<T>) -> Result<T> {
    run(connection, "BEGIN")?;
    let result = work(&View::new(connection));
    let ended = run(connection, "COMMIT");
    let value = result?;
    ended?;
    Ok(value)
}
