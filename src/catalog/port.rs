//! Insert/eject ports.

use rusqlite::{Row, params};

use super::column::{id, numbered, time};
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{
    Id, ObjectType, OperatorRequestId, PortContent, PortId, PortPosition, ServiceTarget, Timestamp,
};

/// A port's row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PortRow {
    pub(crate) key: i64,
    pub(crate) id: PortId,
    pub(crate) library: i64,
    pub(crate) number: u32,
    /// None where the port is the mouth of a stand-alone drive.
    pub(crate) changer: Option<i64>,
    /// The address of its first cell.
    pub(crate) address: u16,
    /// How many cartridges fit.
    pub(crate) cells: u32,
    pub(crate) content: PortContent,
    pub(crate) position: PortPosition,
    pub(crate) max_extend: u16,
    pub(crate) description: String,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT key, id, library, number, changer, address, cells, content, position, \
             max_extend, description, created, modified FROM port ",
            $rest
        )
    };
}

const BY_ID: &str = select!("WHERE id = ?1");
const OF_LIBRARY: &str = select!("WHERE library = ?1 ORDER BY number");
const INSERT: &str = "INSERT INTO port (id, library, number, changer, address, cells, content, \
     position, created, modified) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)";
const SET_CELLS: &str = "UPDATE port SET cells = ?2, modified = ?3 WHERE key = ?1";
const SET: &str = "UPDATE port SET description = ?2, max_extend = ?3, modified = ?4 WHERE key = ?1";
const SET_STATE: &str = "UPDATE port SET content = ?2, position = ?3, modified = ?4 WHERE key = ?1";

fn read(row: &Row<'_>) -> rusqlite::Result<PortRow> {
    Ok(PortRow {
        key: row.get(0)?,
        id: id(row, 1)?,
        library: row.get(2)?,
        number: row.get(3)?,
        changer: row.get(4)?,
        address: row.get(5)?,
        cells: row.get(6)?,
        content: numbered(row, 7)?,
        position: numbered(row, 8)?,
        max_extend: row.get(9)?,
        description: row.get(10)?,
        created: time(row, 11)?,
        modified: time(row, 12)?,
    })
}

impl View<'_> {
    pub(crate) fn port_by_id(&self, id: PortId) -> Result<Option<PortRow>> {
        self.first(BY_ID, params![id.to_bytes()], read)
    }

    /// A library's ports by number.
    pub(crate) fn ports_of_library(&self, library: i64) -> Result<Vec<PortRow>> {
        self.all(OF_LIBRARY, params![library], read)
    }
}

impl Transaction<'_> {
    pub(crate) fn insert_port(
        &self,
        id: PortId,
        library: i64,
        number: u32,
        (changer, address, cells): (Option<i64>, u16, u32),
        now: Timestamp,
    ) -> Result<i64> {
        let (content, position) = (PortContent::Unknown.value(), PortPosition::Unknown.value());
        let values = params![
            id.to_bytes(),
            library,
            number,
            changer,
            address,
            cells,
            content,
            position,
            now.as_micros()
        ];
        let key = self.insert(INSERT, values)?;
        self.inserted(ObjectType::InsertEjectPort, id);
        Ok(key)
    }

    /// Records how many cartridges fit into a port, if that has changed.
    pub(crate) fn set_port_cells(&self, row: &PortRow, cells: u32, now: Timestamp) -> Result<()> {
        if row.cells != cells {
            self.execute(SET_CELLS, params![row.key, cells, now.as_micros()])?;
            self.updated(ObjectType::InsertEjectPort, row.id);
        }
        Ok(())
    }

    /// Records what a port holds and where it is, if that has changed.
    pub(crate) fn set_port_state(
        &self,
        row: &PortRow,
        content: PortContent,
        position: PortPosition,
        now: Timestamp,
    ) -> Result<()> {
        if (row.content, row.position) == (content, position) {
            return Ok(());
        }
        let values = params![row.key, content.value(), position.value(), now.as_micros()];
        self.execute(SET_STATE, values)?;
        self.updated(ObjectType::InsertEjectPort, row.id);
        Ok(())
    }

    /// Asks a person to see to the ports of a library; gives the request.
    pub(crate) fn ask_about_ports(
        &self,
        library: i64,
        what: &str,
        now: Timestamp,
    ) -> Result<OperatorRequestId> {
        let row = self.library(library)?;
        let message = format!("Library {}: {what}.", row.name);
        self.ask_for_service(ServiceTarget::Library(row.id), &message, now)
    }

    /// Stores the settable fields.
    pub(crate) fn set_port(
        &self,
        row: &PortRow,
        description: &str,
        max_extend: u16,
        now: Timestamp,
    ) -> Result<()> {
        self.execute(SET, params![row.key, description, max_extend, now.as_micros()])?;
        self.updated(ObjectType::InsertEjectPort, row.id);
        // Who waits at the port goes by the new time.
        self.wake_library(row.library)?;
        Ok(())
    }
}
