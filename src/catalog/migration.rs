//! Schema versions: numbered, forward only.

use rusqlite::Connection;

use super::connection;
use crate::error::Result;

/// The scripts, oldest first; a script's place is the version it leads to, minus one.
const SCRIPTS: [&str; 1] = [include_str!("schema/0001.sql")];

/// The version this release writes.
pub(super) const NEWEST: i32 = SCRIPTS.len() as i32;

/// Brings a catalog to the newest version, one transaction per step.
pub(super) fn migrate(connection: &Connection) -> Result<()> {
    let from = connection::read_identity(connection)?.version;
    for (version, script) in (1..).zip(SCRIPTS).filter(|(version, _)| *version > from) {
        connection.execute_batch(&format!(
            "BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {version};\nCOMMIT;"
        ))?;
    }
    Ok(())
}
